"""The setting that the Playground trains: its form, its address, and a pinned setting as one short text."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import streamlit as st

from dbl_core.config import DatasetConfig, LossConfig, RunConfig, TrainConfig
from dbl_core.losses import LOSSES
from dbl_core.runs.heads import Heads
from dbl_core.samplers import SAMPLERS
from pages.ui import glossary, loss_form, page, play_fields, state
from pages.ui.text import literal

LOSS = "play_loss"
BESIDE = (3, 5)
"""Widths of the form and of what it does; the names of options need theirs."""
STEPS, STEPS_RANGE = 480, (50, 4000)
SEED_RANGE = (0, 2**31 - 100)
DEFAULTS = TrainConfig()


def setting_form(choice: DatasetConfig) -> RunConfig:
    """Draw the form and return the setting it describes; every value is valid, whatever the address says."""
    loss = loss_form.loss_form(LOSS)
    titles = {name: entry.title for name, entry in SAMPLERS.items()}
    sampler = play_fields.word("play_sampler", "Sampler", titles, DEFAULTS.sampler, help=glossary.tip("sampler"))
    rate = play_fields.rate("play_rate", "Learning rate", DEFAULTS.peak_rate)
    left, right = st.columns(2)
    with left:
        steps = steps_field()
    with right:
        seed = play_fields.whole(
            "play_seed",
            "Seed",
            0,
            SEED_RANGE,
            help="Decides initial weights, the order of images and dropout; another seed moves every number.",
        )
    return _config(choice, loss, {"sampler": sampler, "learning_rate": rate, "max_steps": steps, "seed": seed})


def steps_field() -> int:
    """Choose how many steps a head is trained."""
    return play_fields.whole(
        "play_steps", "Steps", STEPS, STEPS_RANGE, step=10, help="Optimizer steps of 32 images; fewer is quicker."
    )


def _config(choice: DatasetConfig, loss: LossConfig, train: dict[str, object]) -> RunConfig:
    return RunConfig(dataset=choice, loss=loss, train=TrainConfig(**train))


def write_setting(config: RunConfig) -> None:
    """Put a setting into the form, by the address; for callbacks."""
    usual = LOSSES[config.loss.name].defaults
    for key, text in loss_form.address(LOSS, config.loss).items():
        option = key.removeprefix(f"{LOSS}_")
        plain = config.loss.options.get(option) == usual.get(option) if key != LOSS else text == "db_focal"
        state.write_address(key, None if plain else text)
    train = config.train
    state.write_address("play_sampler", None if train.sampler == DEFAULTS.sampler else train.sampler)
    state.write_address("play_rate", None if train.learning_rate is None else f"{train.learning_rate:.9g}")
    state.write_address("play_steps", None if train.max_steps == STEPS else str(train.max_steps))
    state.write_address("play_seed", None if not train.seed else str(train.seed))


def text_of(config: RunConfig) -> str:
    """A setting as one short text for the address: what departs from the defaults, without the data set."""
    usual, train = LOSSES[config.loss.name].defaults, config.train
    words = {"loss": config.loss.name}
    words |= {key: str(value) for key, value in config.loss.options.items() if value != usual[key]}
    others = {"sampler": train.sampler, "learning_rate": train.learning_rate, "seed": train.seed}
    words |= {key: str(value) for key, value in others.items() if value != getattr(DEFAULTS, key)}
    return urlencode(words | ({} if train.max_steps == STEPS else {"steps": str(train.max_steps)}))


def setting_of(text: str, choice: DatasetConfig) -> RunConfig | None:
    """The setting of :func:`text_of`, its values made valid; None where the text names no loss that exists."""
    words = dict(parse_qsl(text))
    name = words.get("loss")
    if name not in LOSSES:
        return None
    options = {option.name: loss_form.valid(option, words.get(option.name, "")) for option in LOSSES[name].options}
    sampler = words.get("sampler", DEFAULTS.sampler)
    train = {
        "sampler": sampler if sampler in SAMPLERS else DEFAULTS.sampler,
        "learning_rate": state.number_in(words.get("learning_rate"), None, *play_fields.RATE_RANGE),
        "max_steps": round(state.number_in(words.get("steps"), STEPS, *STEPS_RANGE)),
        "seed": round(state.number_in(words.get("seed"), 0, *SEED_RANGE)),
    }
    return _config(choice, LossConfig(name=name, options=options), train)


def described(config: RunConfig) -> str:
    """Say a setting in a few words, only what departs from the defaults after loss and sampler; Markdown."""
    usual, train = LOSSES[config.loss.name].defaults, config.train
    parts = [LOSSES[config.loss.name].title]
    parts += [
        f"{key} {value if isinstance(value, str) else f'{value:.6g}'}"
        for key, value in config.loss.options.items()
        if value != usual[key]
    ]
    parts.append(f"{SAMPLERS[train.sampler].title.lower()} sampling")
    if train.learning_rate is not None:
        parts.append(f"learning rate {train.learning_rate:g}")
    if train.max_steps != STEPS:
        parts.append(f"{train.max_steps:,} steps")
    parts.append(f"seed {train.seed}")
    return literal(", ".join(parts))


def took(found: Heads) -> str:
    """Say how long a training took: ``in 0.6 s``."""
    return f"in {found.seconds:.1f} s" if found.seconds > 0 else "(trained before)"


def nothing_to_train(sentence: str) -> None:
    """Say what is missing, and where it can be chosen."""
    st.info(literal(sentence), icon=":material/joystick:")
    page.link("Dataset", "Choose another data set")
