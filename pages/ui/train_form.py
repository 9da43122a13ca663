"""The form that describes a run; every choice is part of the address (keys ``train_...``)."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dbl_core import hosting
from dbl_core.config import MODES, DatasetConfig, RunConfig, TrainConfig
from dbl_core.datasets import MultiLabelDataset, own_files
from dbl_core.errors import DataError
from dbl_core.models.catalog import BACKBONES
from dbl_core.runs import visitors
from dbl_core.samplers import SAMPLERS
from pages.ui import cache, loss_form, page, state, train_network, train_options, train_recipe
from pages.ui.text import literal
from pages.ui.train_fields import DEFAULTS, departs, number, optional, segments

MODE_TITLES = {"head": "Head only", "finetune": "Fine-tune", "scratch": "From scratch"}
WEIGHT_TITLES = {"": "Pre-trained", "random": "Random"}
MOST_SEEDS = 5


def train_form(choice: DatasetConfig) -> list[RunConfig]:
    """Draw the form and return the runs it describes, one a seed.

    Args:
        choice: The data set of all pages.

    Raises:
        ValueError: A value (of the address, say) is out of range; one sentence says which and what is allowed.
    """
    data = trainable(choice)
    recipe = train_recipe.recipe_picker()
    place = st.container()
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**Data** {literal(page.describe(choice))}")
        loss = loss_form.loss_form("train_loss")
    with right:
        values = _main_fields(data)
        with st.expander("Network and augmentation", icon=":material/account_tree:"):
            values |= train_network.network_fields(values["mode"], values.get("backbone", DEFAULTS.backbone))
        with st.expander("Optimizer, regularization, device", icon=":material/tune:"):
            values |= train_options.advanced_fields()
        with st.expander("After the paper: schedule, soft targets, averages, two stages", icon=":material/science:"):
            values |= train_options.modern_fields()
        with st.expander("Limits", icon=":material/timer:"):
            values |= train_options.limit_fields()
    seed = values.pop("seed")
    repeats = min(max(values.pop("repeats"), 1), MOST_SEEDS)
    dataset = _for_backbone(choice, values.get("backbone", DEFAULTS.backbone))
    configs = [
        visitors.launchable(RunConfig(dataset=dataset, loss=loss, train=TrainConfig(**values, seed=seed + number)))
        for number in range(repeats)
    ]
    with place:
        train_recipe.departures(recipe, configs[0])
    return configs


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
    values |= _sampler_options(values["sampler"])
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
            disabled=state.locked("train_repeats"),
            help="How many runs to launch, each with the next seed: their spread tells what is noise.",
        )
    return values


def _sampler_options(sampler: str) -> dict[str, Any]:
    if sampler != "repeat_factor":
        return {}
    (described,) = SAMPLERS[sampler].options
    threshold = optional(
        "repeat_threshold",
        f"{described.title} {described.symbol} (share of the images)",
        (described.low, described.high),
        step=0.01,
        format="%.4g",
        placeholder="automatic: the median share",
        help=described.help,
    )
    return {"repeat_threshold": threshold}


def _network_fields(data: MultiLabelDataset) -> dict[str, Any]:
    """Choose what learns and on which backbone; features without images leave no choice, nor does a public lab."""
    if not data.has_images:
        st.caption(f"The {data.features.shape[1]:,} features of your file are the input: only the classifier learns.")
        return {"mode": "head"}
    if hosting.is_public() and not departs("mode", "backbone", "weights"):
        st.caption(f"Only the classifier learns, on the backbone that comes with the lab; {visitors.AT_HOME}.")
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
