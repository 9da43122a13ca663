"""What the compute worker says about a loss, kept by the small values that determine it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dbl_core.config import DatasetConfig, LossConfig
from dbl_core.worker import client
from pages.ui import cache
from pages.ui.labels_convention import convention

KEEP = {"ttl": 3600, "max_entries": 256, "show_spinner": False}
Contexts = tuple[tuple[int, tuple[int, ...]], ...]
"""For each class its column and the columns of the image's other labels."""
NO_CELLS = (
    "This file holds class counts alone: what the loss does to the cells of every image, and which settings are odd "
    "there, needs labelled rows."
)
"""Why there are neither cells nor hints for a file of class counts."""


def curves(choice: DatasetConfig, config: LossConfig, contexts: Contexts) -> dict[str, Any]:
    """Return loss, gradient and weight against the logit, see ``dbl_core.losses.explore.loss_curves``.

    Raises:
        WorkerError: the worker gave no answer.
    """
    return _curves(choice.model_dump_json(), config.model_dump_json(), contexts)


def scrub(
    choice: DatasetConfig, config: LossConfig, option: str, values: tuple[tuple[float, ...], int], contexts: Contexts
) -> dict[str, Any]:
    """Return the curves of a loss for many values of one option, see ``dbl_core.losses.scrub.option_curves``.

    Args:
        choice: The data set.
        config: The loss; what it says of the option itself does not matter.
        option: The option that is moved.
        values: Its values, and the number of logits of a curve.
        contexts: Which class in which image.

    Raises:
        WorkerError: the worker gave no answer.
    """
    others = {key: value for key, value in config.options.items() if key != option}
    loss = LossConfig(name=config.name, options=others)
    return _scrub(choice.model_dump_json(), loss.model_dump_json(), option, values, contexts)


def cells(choice: DatasetConfig, config: LossConfig) -> dict[str, Any]:
    """Return mean weights and gradients of the training cells, see ``dbl_core.losses.explore.cell_table``.

    Raises:
        WorkerError: the worker gave no answer.
    """
    return _cells(choice.model_dump_json(), config.model_dump_json(), convention().name)


@st.cache_data(**KEEP)
def _curves(choice: str, config: str, contexts: Contexts) -> dict[str, Any]:
    dataset = cache.dataset(DatasetConfig.model_validate_json(choice))
    return client.ask(
        "loss_curves",
        loss=_loss(config),
        label_counts=dataset.label_counts.tolist(),
        n_samples=dataset.n_train,
        contexts=[{"label": label, "others": list(others)} for label, others in contexts],
    )


@st.cache_data(**KEEP | {"max_entries": 64})
def _scrub(
    choice: str, config: str, option: str, values: tuple[tuple[float, ...], int], contexts: Contexts
) -> dict[str, Any]:
    dataset = cache.dataset(DatasetConfig.model_validate_json(choice))
    return client.ask(
        "loss_scrub",
        loss=_loss(config),
        values={option: list(values[0])},
        label_counts=dataset.label_counts.tolist(),
        n_samples=dataset.n_train,
        contexts=[{"label": label, "others": list(others)} for label, others in contexts],
        points=values[1],
    )


@st.cache_data(**KEEP)
def _cells(choice: str, config: str, borders: str) -> dict[str, Any]:
    chosen = DatasetConfig.model_validate_json(choice)
    dataset = {"name": chosen.name, **chosen.options}
    return client.ask("cell_table", loss=_loss(config), dataset=dataset, convention=borders)


def _loss(config: str) -> dict[str, Any]:
    return LossConfig.model_validate_json(config).model_dump()
