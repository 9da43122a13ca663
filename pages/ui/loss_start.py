"""Starting values of a loss from the chosen training set: a button that takes them, and a table that gives reasons."""

from __future__ import annotations

import streamlit as st

from dbl_core.config import DatasetConfig, LossConfig
from dbl_core.losses.starting_values import StartingValue, values_from
from dbl_core.losses.training_facts import TrainingFacts
from pages.ui import cache, loss_form, state
from pages.ui.folded import folded
from pages.ui.text import literal


def section(choice: DatasetConfig, configs: list[LossConfig], titles: list[str]) -> None:
    """Give the reasons for the starting values of losses that have options.

    Args:
        choice: the data set.
        configs: the losses.
        titles: short names, in the same order.
    """
    named = [(config, title) for config, title in zip(configs, titles, strict=True) if config.options]
    if not named:
        return
    label = "Starting values from your data, with the reasons"
    with folded(label, key="loss_reasons", icon=":material/flag:") as opened:
        for config, title in named if opened else ():
            st.markdown(f"**{literal(title)}**")
            found = values(choice, config)
            st.dataframe(
                [_row(start, config) for start in found],
                hide_index=True,
                alt=f"Starting values of {title}, with their source",
            )
            for start in found:
                if start.from_data:
                    st.markdown(
                        f"- `{start.option}` **{_text(start.value)}**: {literal(start.reason)} {_source(start)}"
                    )


def button(prefix: str, choice: DatasetConfig, config: LossConfig) -> None:
    """Draw the button that sets every option to its starting value; it cannot be pressed where all are set so.

    Args:
        prefix: the prefix of the loss's form, see ``loss_form.loss_form``.
        choice: the data set.
        config: the loss as it is set; one without options gets no button.
    """
    if not config.options:
        return
    found = {start.option: start.value for start in values(choice, config)}
    st.button(
        "Start from my data",
        key=f"{prefix}_start",
        icon=":material/flag:",
        disabled=found == config.options or state.locked(*(f"{prefix}_{option}" for option in found)),
        help=", ".join(f"{key} {_text(value)}" for key, value in found.items()),
        on_click=_take,
        args=(prefix, LossConfig(name=config.name, options=found)),
    )


def values(choice: DatasetConfig, config: LossConfig) -> tuple[StartingValue, ...]:
    """Return the starting values of a loss on the chosen training set."""
    return values_from(config.name, facts(choice))


def facts(choice: DatasetConfig) -> TrainingFacts:
    """Return what a loss can know of the chosen training set; of a file of class counts, the counts."""
    return _facts(choice.model_dump_json(), cache.dataset(choice).fingerprint)


@st.cache_resource(ttl=3600, max_entries=8, show_spinner=False)
def _facts(choice: str, fingerprint: str) -> TrainingFacts:
    dataset = cache.dataset(DatasetConfig.model_validate_json(choice))
    if dataset.has_rows:
        return TrainingFacts.of(labels=dataset.labels[dataset.train_rows])
    return TrainingFacts.of(label_counts=dataset.label_counts, n_samples=dataset.n_train)


def _take(prefix: str, config: LossConfig) -> None:
    for key, value in loss_form.address(prefix, config).items():
        state.write_address(key, value)


def _row(start: StartingValue, config: LossConfig) -> dict[str, str]:
    return {
        "option": start.option,
        "now": _text(config.options[start.option]),
        "start": _text(start.value),
        "decided by": "your data" if start.from_data else "what was published",
        "source": start.source,
    }


def _source(start: StartingValue) -> str:
    return f"*{literal(start.source)}.*"


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.9g}"
