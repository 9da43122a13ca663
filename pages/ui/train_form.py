"""The form that describes a run; every choice is part of the address (keys ``train_...``)."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dbl_core.config import DEFAULT_LEARNING_RATE, MODES, OPTIMIZERS, DatasetConfig, RunConfig, TrainConfig
from dbl_core.datasets import MultiLabelDataset, own_files
from dbl_core.errors import DataError
from dbl_core.models.catalog import BACKBONES
from dbl_core.samplers import SAMPLERS
from pages.ui import cache, loss_form, page, state
from pages.ui.text import literal
from pages.ui.train_fields import DEFAULTS, number, optional, segments

MODE_TITLES = {"head": "Head only", "finetune": "Fine-tune", "scratch": "From scratch"}
OPTIMIZER_TITLES = {"sgd": "SGD", "adamw": "AdamW"}
WEIGHT_TITLES = {"": "Pre-trained", "random": "Random"}
DEVICE_TITLES = {"auto": "Automatic", "cpu": "CPU", "cuda": "GPU"}
MOST_SEEDS = 5


def train_form(choice: DatasetConfig) -> list[RunConfig]:
    """Draw the form and return the runs it describes, one a seed.

    Args:
        choice: The data set of all pages.

    Raises:
        ValueError: A value (of the address, say) is out of range; one sentence says which and what is allowed.
    """
    data = trainable(choice)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**Data** {literal(page.describe(choice))}")
        loss = loss_form.loss_form("train_loss")
    with right:
        values = _main_fields(data)
        with st.expander("Optimizer, regularization, device", icon=":material/tune:"):
            values |= _advanced_fields()
        with st.expander("Limits", icon=":material/timer:"):
            values |= _limit_fields()
    seed = values.pop("seed")
    repeats = min(max(values.pop("repeats"), 1), MOST_SEEDS)
    dataset = _for_backbone(choice, values.get("backbone", DEFAULTS.backbone))
    return [
        RunConfig(dataset=dataset, loss=loss, train=TrainConfig(**values, seed=seed + number))
        for number in range(repeats)
    ]


def trainable(choice: DatasetConfig) -> MultiLabelDataset:
    """Return the data set; refuse labels alone, the other pages have more to say about them."""
    data = cache.dataset(choice)
    if not data.has_rows:
        raise DataError(
            f"{own_files.name_of(choice.path)} holds class counts alone, and training needs labelled rows, with "
            "features or images. Choose a file that has them on the page Dataset."
        )
    if not data.has_images and data.features is None:
        raise DataError(
            f"{page.describe(choice)}: these are labels alone, and training needs features or images too. Choose a "
            "folder of its images on the page Dataset, or upload an NPZ file with labels and features."
        )
    return data


def _for_backbone(choice: DatasetConfig, backbone: str) -> DatasetConfig:
    """Read the user's own images at the size that the backbone was pre-trained on."""
    if choice.name != "file" or choice.side is not None or BACKBONES[backbone].shipped:
        return choice
    return DatasetConfig.model_validate({**choice.model_dump(), "side": BACKBONES[backbone].side})


def address(config: RunConfig) -> dict[str, str]:
    """Return the address parameters that make the form of this page show a run's settings."""
    train = config.train.model_dump()
    values = {f"train_{field}": "" if value is None else str(value) for field, value in train.items()}
    values["train_repeats"] = "1"
    return {**state.dataset_query(config.dataset), **loss_form.address("train_loss", config.loss), **values}


def _main_fields(data: MultiLabelDataset) -> dict[str, Any]:
    values = {
        "sampler": segments("sampler", "Sampler", {name: entry.title for name, entry in SAMPLERS.items()}),
    }
    st.caption(SAMPLERS[values["sampler"]].idea)
    values |= _network_fields(data)
    first, second, third = st.columns(3, vertical_alignment="bottom")
    with first:
        values["epochs"] = number(
            "epochs",
            "Epochs",
            1,
            1000,
            help="One epoch shows max(n) · C / 4 images, whatever the sampler, so that methods get equal steps.",
        )
    with second:
        values["seed"] = number(
            "seed",
            "Seed",
            0,
            2**31 - 1 - MOST_SEEDS,
            help="Decides initial weights, the order of images and dropout; the same seed gives the same run.",
        )
    with third:
        values["repeats"] = st.number_input(
            "How many seeds",
            1,
            MOST_SEEDS,
            1,
            key="train_repeats",
            bind="query-params",
            help="How many runs to launch, each with the next seed: their spread tells what is noise.",
        )
    return values


def _network_fields(data: MultiLabelDataset) -> dict[str, Any]:
    """Choose what learns and on which backbone; features without images leave no choice."""
    if not data.has_images:
        st.caption(f"The {data.features.shape[1]:,} features of your file are the input: only the classifier learns.")
        return {"mode": "head"}
    mode = segments("mode", "What learns", MODE_TITLES)
    st.caption(MODES[mode])
    backbone = segments("backbone", "Backbone", {name: entry.title for name, entry in BACKBONES.items()})
    weights = None
    if mode != "scratch" and not BACKBONES[backbone].shipped:
        weights = segments("weights", "Its weights", WEIGHT_TITLES) or None
    st.caption(_cost(data, mode, backbone, weights))
    return {"mode": mode, "backbone": backbone, "weights": weights}


def _cost(data: MultiLabelDataset, mode: str, backbone: str, weights: str | None) -> str:
    """Say what a backbone takes: what is fetched, how long it computes, and what it does not know."""
    entry = BACKBONES[backbone]
    if entry.shipped:
        weak = (
            "" if data.name == "picto-voc" else " It has seen drawings only: on photographs the others know far more."
        )
        return f"Small and quick, comes with the lab.{weak}"
    words = []
    if mode != "scratch" and weights is None:
        words.append("Its weights are fetched at first use and checked; without a network the run ends and says so.")
    if mode == "head":
        n_images = data.n_train + len(data.test_rows)
        words.append(
            f"Features of {n_images:,} images are computed once and kept: minutes on a CPU, then seconds a run."
        )
    else:
        words.append("Every step goes through the whole network: hours on a CPU, so choose a GPU or few epochs.")
    return " ".join(words)


def _advanced_fields() -> dict[str, Any]:
    optimizer = segments("optimizer", "Optimizer", OPTIMIZER_TITLES)
    st.caption(OPTIMIZERS[optimizer])
    first, second = st.columns(2)
    with first:
        rate = _rate(optimizer)
        decay = number(
            "weight_decay", "Weight decay", 0.0, 1.0, step=1e-4, format="%.5g", help="Pulls weights to 0; 0: off."
        )
        dropout = number(
            "dropout", "Dropout", 0.0, 0.99, step=0.1, format="%.2f", help="Share of hidden units silenced; 0: off."
        )
    with second:
        batch_size = number("batch_size", "Batch size", 1, 4096, help="Images a step.")
        max_steps = optional(
            "max_steps",
            "Most steps",
            (1, 10_000_000),
            step=10,
            placeholder="all",
            help="Most steps in all, at least one an epoch: every epoch gets shorter. Empty: whole epochs.",
        )
        momentum = number("momentum", "Momentum", 0.0, 0.99, step=0.05, format="%.2f", help="Only SGD uses it; 0: off.")
        clip_norm = number(
            "clip_norm", "Clip norm", 0.0, None, step=5.0, format="%.5g", help="Longest gradient allowed; 0: no limit."
        )
    device = segments("device", "Device", DEVICE_TITLES)
    return {
        "optimizer": optimizer,
        "learning_rate": rate,
        "weight_decay": decay,
        "dropout": dropout,
        "batch_size": batch_size,
        "max_steps": max_steps,
        "momentum": momentum,
        "clip_norm": clip_norm,
        "device": device,
    }


def _rate(optimizer: str) -> float | None:
    return optional(
        "learning_rate",
        "Learning rate",
        (0.0, None),
        step=0.005,
        format="%.5g",
        placeholder=f"automatic: {DEFAULT_LEARNING_RATE[optimizer]:g}",
        help="The peak after warm-up; it falls tenfold at 5/8 and 7/8 of the run. Empty: what suits the optimizer.",
    )


def _limit_fields() -> dict[str, Any]:
    st.caption("A run over a limit stops itself, says why and keeps its epochs.")
    first, second = st.columns(2)
    with first:
        seconds = optional(
            "max_seconds",
            "Most seconds",
            (1.0, 10_000_000.0),
            step=60.0,
            format="%.6g",
            placeholder="no limit",
            help="From the moment the run has its turn; resuming it starts the clock anew.",
        )
    with second:
        memory = optional(
            "max_memory_mb",
            "Most memory (MiB)",
            (64, 100_000_000),
            step=256,
            placeholder="no limit",
            help="Resident memory of the run's process; the libraries alone take about 500.",
        )
    return {"max_seconds": seconds, "max_memory_mb": memory}
