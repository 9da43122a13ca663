"""What the compute worker says about a loss, kept by the small values that determine it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dbl_core.config import DatasetConfig, LossConfig
from dbl_core.runs import store
from dbl_core.runs.paths import RunPaths
from dbl_core.worker import client
from pages.ui import cache, launch
from pages.ui.labels_convention import convention

KEEP = {"ttl": 3600, "max_entries": 256, "show_spinner": False}
Contexts = tuple[tuple[int, tuple[int, ...]], ...]
"""For each class its column and the columns of the image's other labels."""
Logits = tuple[str, int] | None
"""A run and when it left its logits; None is logit 0."""
NO_CELLS = "This file holds class counts alone: what the loss does to the cells of every image needs labelled rows."
"""Why there are no cells for a file of class counts."""
COMPUTING = "Computing the losses; the first time their process has to start, which takes a few seconds"


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


def cells(choice: DatasetConfig, config: LossConfig, run: str | None = None) -> dict[str, Any]:
    """Return weights and gradients of the training cells, see the task ``cell_table`` of ``dbl_core.worker``.

    Args:
        choice: the data set.
        config: the loss.
        run: id of a finished run of this data set whose logits are taken; None takes logit 0.

    Raises:
        ValueError: there is no such run.
        WorkerError: the worker gave no answer, or the run kept no logits.
    """
    return _cells(choice.model_dump_json(), config.model_dump_json(), convention().name, _logits_of(run))


def anatomy(
    choice: DatasetConfig, config: LossConfig, row: int, *, run: str | None = None, off: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return every term of a loss on every class of one training image, see the task ``anatomy`` of the worker.

    Args:
        choice: the data set.
        config: the loss.
        row: which training image, from 0.
        run: as for :func:`cells`.
        off: terms to take out of the loss, keys of ``dbl_core.losses.switches.SWITCHES``.

    Raises:
        ValueError: there is no such run or image.
        WorkerError: as :func:`cells`.
    """
    return _anatomy(choice.model_dump_json(), config.model_dump_json(), row, _logits_of(run), off)


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


@st.cache_data(**KEEP | {"max_entries": 32})
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
def _cells(choice: str, config: str, borders: str, logits: Logits) -> dict[str, Any]:
    return client.ask(
        "cell_table", loss=_loss(config), dataset=_dataset(choice), convention=borders, run=_folder(logits)
    )


@st.cache_data(**KEEP)
def _anatomy(choice: str, config: str, row: int, logits: Logits, off: tuple[str, ...]) -> dict[str, Any]:
    return client.ask(
        "anatomy", loss=_loss(config), dataset=_dataset(choice), row=row, run=_folder(logits), off=list(off)
    )


def _logits_of(run: str | None) -> Logits:
    """Return a run by its id and the time of its logits, so that no answer outlives them."""
    if run is None:
        return None
    path = RunPaths(store.resolve(launch.runs_dir(), run)).train_logits
    return run, path.stat().st_mtime_ns if path.is_file() else 0


def _folder(logits: Logits) -> str | None:
    """Return the folder of a run: ids come from addresses, so only the folder of runs is looked into."""
    return None if logits is None else str(store.resolve(launch.runs_dir(), logits[0]))


def _dataset(choice: str) -> dict[str, Any]:
    chosen = DatasetConfig.model_validate_json(choice)
    return {"name": chosen.name, **chosen.options}


def _loss(config: str) -> dict[str, Any]:
    return LossConfig.model_validate_json(config).model_dump()
