"""The form of a search: what is varied, over which range, for which aim, and for how long (address: ``search_...``)."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dbl_core.config import RunConfig
from dbl_core.losses import LOSSES
from dbl_core.samplers import SAMPLERS
from dbl_core.search.config import MOST_DIMENSIONS, SearchConfig
from dbl_core.search.space import LOSS_NAME, Dimension, Searchable, searchable
from pages.ui import loss_form, play_fields, state

VARY = "search_vary"
FIRST_CHOICES = ("loss.mu", "loss.lam", "loss.kappa")
"""What is varied where nothing is said: the knobs of the paper, where the loss has them."""
OTHERWISE = ("train.learning_rate", "train.sampler")
LOSSES_AT_FIRST = ("bce", "db_focal")
AIMS = {
    "total": "Total mAP",
    "head": "Head mAP",
    "medium": "Medium mAP",
    "tail": "Tail mAP",
    "head_and_tail": "Head and tail mAP",
}
MOST_RUNS = 2000
WORD_TITLES = {
    LOSS_NAME: {name: about.title for name, about in LOSSES.items()},
    "train.sampler": {name: about.title for name, about in SAMPLERS.items()},
}
COLUMNS = 3


def search_form(configs: list[RunConfig]) -> SearchConfig:
    """Draw the form of a search and return it.

    Args:
        configs: The runs that the form above describes, one a seed: what the search leaves alone, and a trial's seeds.

    Raises:
        ValueError: A range, a choice or the budget makes no sense; one sentence.
    """
    base = configs[0]
    seeds = "one seed" if len(configs) == 1 else f"{len(configs)} seeds"
    st.caption(
        "Optuna proposes settings, each is trained as an ordinary run, and what came out decides the next proposal. "
        f"What is not varied stays as above; a trial is {seeds}, as above."
    )
    known = searchable([base.loss.name])
    varied = _varied(base.loss.name, known)
    losses = _words(known[LOSS_NAME]) if LOSS_NAME in varied else (base.loss.name,)
    known = searchable(loss for loss in (base.loss.name, *losses) if loss in LOSSES)
    space = [Dimension(setting=LOSS_NAME, choices=losses)] if LOSS_NAME in varied else []
    fields = [known[name] for name in varied if name != LOSS_NAME]
    for start in range(0, len(fields), COLUMNS):  # row by row, so that a narrow page keeps the order
        for place, entry in zip(st.columns(COLUMNS, gap="medium"), fields[start : start + COLUMNS], strict=False):
            with place:
                space.append(_dimension(entry, base.loss.name))
    return SearchConfig(base=base, space=tuple(space), seeds=len(configs), **_aim_and_budget())


def title(setting: str, loss: str) -> str:
    """A setting as the form of its loss calls it: ``μ · mu``; settings of training by their name."""
    section, _, name = setting.partition(".")
    if setting == LOSS_NAME:
        return "loss"
    option = next((option for option in LOSSES[loss].options if option.name == name), None)
    if section != "loss" or option is None:
        return name.replace("_", " ")
    symbol = loss_form.symbol(option)
    return name if symbol == name else f"{symbol} · {name}"


def _varied(loss: str, known: dict[str, Searchable]) -> list[str]:
    """Choose what is varied."""
    usual = [name for name in FIRST_CHOICES if name in known] or list(OTHERWISE)
    titles = {name: title(name, loss) for name in known}
    help_text = "Few settings are searched well by few runs: about ten runs for each is a beginning."
    return _several(VARY, "What to vary", titles, usual, max_selections=MOST_DIMENSIONS, help=help_text)


def _words(entry: Searchable) -> tuple[str, ...]:
    """Choose the words among which a choice varies."""
    titles = {word: word for word in entry.choices} | WORD_TITLES.get(entry.setting, {})
    usual = LOSSES_AT_FIRST if entry.setting == LOSS_NAME else entry.choices
    label = f"{entry.name.replace('_', ' ').capitalize()} among"
    return tuple(_several(f"search_words_{entry.name}", label, titles, list(usual)))


def _several(key: str, label: str, titles: dict[str, str], usual: list[str], **look: Any) -> list[str]:
    """Choose some of several words; the address holds the words themselves, unknown ones are left out."""
    named = dict.fromkeys(state.address_value(key).split(","))
    value = [word for word in named if word in titles][: look.get("max_selections")] or usual
    widget = f"form_{key}"
    state.shows(key, ",".join(value))
    if state.value_of(widget) != value:
        state.seed_widget(widget, value)
    st.multiselect(
        label, list(titles), format_func=titles.get, key=widget, on_change=_changed, args=(key, usual), **look
    )
    return value


def _changed(key: str, usual: list[str]) -> None:
    value = state.value_of(f"form_{key}")
    state.write_address(key, None if value == usual else ",".join(value))


def _dimension(entry: Searchable, loss: str) -> Dimension:
    """Draw the range or the words of one setting; a range in the address belongs to the option of that loss."""
    if entry.choices:
        words = _words(entry)
        if len(words) < 2:
            raise ValueError(f"{title(entry.setting, loss)} needs at least two different words to choose among")
        return Dimension(setting=entry.setting, choices=words)
    owner = f"{loss}_" if entry.setting.startswith("loss.") else ""
    scale = {"linear": "", "log": ", on a log scale", "log1m": ", on a log scale of 1 - value"}[entry.scale]
    low, high = st.columns(2)
    shared: dict[str, Any] = {"format": "%.6g", "bind": "query-params", "step": _step(entry)}
    with low:
        first = st.number_input(
            f"{title(entry.setting, loss)} from", value=entry.low, key=f"search_low_{owner}{entry.name}", **shared
        )
    with high:
        last = st.number_input(
            "to",
            value=entry.high,
            key=f"search_high_{owner}{entry.name}",
            help=f"Usual: {entry.low:.6g} to {entry.high:.6g}{scale}.",
            **shared,
        )
    return Dimension(setting=entry.setting, low=first, high=last, scale=entry.scale)


def _step(entry: Searchable) -> float:
    return float(f"{(entry.high - entry.low) / 20:.1g}") if entry.scale == "linear" else entry.low or 0.001


def _aim_and_budget() -> dict[str, Any]:
    aim, runs, minutes, seed = st.columns([2, 1, 1, 1], gap="medium", vertical_alignment="bottom")
    with aim:
        objective = play_fields.word("search_aim", "Make largest", AIMS, "total")
    with runs:
        most = play_fields.whole("search_runs", "Runs in all", 30, (1, MOST_RUNS))
    with minutes:
        longest = st.number_input(
            "Minutes",
            value=None,
            min_value=0.1,
            max_value=100_000.0,
            step=5.0,
            format="%.6g",
            placeholder="no limit",
            key="search_minutes",
            bind="query-params",
            help="No trial begins after so many minutes of trials; the one at work is finished.",
        )
    with seed:
        proposals = play_fields.whole("search_seed", "Search seed", 0, (0, 2**31 - 1), help="Decides the proposals.")
    return {"objective": objective, "runs": most, "minutes": longest, "search_seed": proposals}
