"""The trials of a search: figures, the trial that is chosen, how far it can be trusted, and its repetition."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from dbl_core.longtail import CONVENTIONS
from dbl_core.metrics import REPORT_KEYS
from dbl_core.search.config import SearchConfig
from dbl_core.search.store import Search
from dbl_core.search.study import LEAST_FOR_IMPORTANCE
from dbl_core.search.trials import Trial, Verdict, verdict
from dbl_core.viz import search as figures
from pages.ui import glossary, page, play_fields, run_data, search_data, search_form, state, train_form
from pages.ui.labels_convention import DEFAULT
from pages.ui.search_confirmation import confirmation
from pages.ui.search_form import AIMS
from pages.ui.show_figure import show_figure
from pages.ui.text import literal

CHOSEN = "trial"
VIEWS = {"history": "History", "settings": "All settings", "importance": "Importance", "front": "Head against tail"}
LEAST_LINES = 2
PAPER = CONVENTIONS[DEFAULT]
"""The borders by which trials are measured and a search decides, whatever the other pages show."""


def show_trials(search: Search, trials: list[Trial]) -> None:
    """Show what the trials of a search say so far."""
    config = search.config
    found = verdict(trials, config)
    names = {each.setting: search_form.title(each.setting, config.base.loss.name) for each in config.space}
    if not trials:
        st.info(
            "No trial has begun yet. The first starts as soon as no other run computes.", icon=":material/hourglass:"
        )
        return
    failed = [trial for trial in trials if trial.state == "failed"]
    st.caption(
        f"{len(found.finished):,} trials finished, {len(failed):,} failed.{_last_failure(failed)} Head and tail are "
        f"the paper's on this page: {PAPER.rule('head')} and {PAPER.rule('tail')} training images."
    )
    if not found.finished:
        _table(trials, names)
        return
    chosen = _chosen(found)
    usual = "front" if len(config.keys) > 1 else "history"
    view = play_fields.word("search_figure", "What to look at", VIEWS, usual, label_visibility="collapsed")
    _figure(view, search, trials, found, names, chosen)
    _one_trial(search, found, chosen, names)
    with st.expander("All trials", icon=":material/table_rows:"):
        _table(trials, names)


def _last_failure(failed: list[Trial]) -> str:
    return f" The last failure: {literal(failed[-1].message)}" if failed else ""


def _chosen(found: Verdict) -> Trial:
    """The trial that the address names, else the best one."""
    number = state.address_number(CHOSEN, None, 1, 1e9)
    return next((trial for trial in found.finished if trial.number == number), found.best)


def _figure(
    view: str, search: Search, trials: list[Trial], found: Verdict, names: dict[str, str], chosen: Trial
) -> None:
    config = search.config
    if view == "history":
        for key in config.keys:
            _clickable(
                f"search_history_{key}", figures.history(trials, key, names, chosen.number), f"{key} mAP by trial"
            )
        st.caption("Every mark is a trial, a bar its standard deviation over seeds; click one to choose it.")
    elif view == "settings":
        _all_settings(found, config, names)
    elif view == "importance":
        _importance(search, trials, names)
    else:
        _clickable("search_front", figures.head_against_tail(found, names, chosen.number), "Tail against head mAP")
        st.caption("On the front no other trial is at least as good in head and in tail. Click a mark to choose it.")


def _clickable(key: str, figure: object, alt: str) -> None:
    show_figure(figure, key=key, alt=alt, selection_mode="points", on_select=lambda: _picked(key))


def _picked(chart: str) -> None:
    for number, *_ in state.clicked(chart):
        state.write_address(CHOSEN, str(int(number)))


def _all_settings(found: Verdict, config: SearchConfig, names: dict[str, str]) -> None:
    if len(found.finished) < LEAST_LINES:
        st.caption("Two finished trials are needed to see settings side by side.")
        return
    key = config.keys[0]
    if len(config.keys) > 1:
        key = play_fields.word("search_colour", "Coloured by", {each: AIMS[each] for each in config.keys}, key)
    show_figure(
        figures.all_settings(found, config, key, names),
        key="search_settings",
        alt=f"Every trial as a line over all settings, coloured by {key} mAP",
        numbers=False,
    )
    st.caption(
        "Every line is a trial, grey-blue is low and pink is high. Drag along an axis to keep only a stretch of it."
    )


def _importance(search: Search, trials: list[Trial], names: dict[str, str]) -> None:
    shares = {key: search_data.importance_of(search, trials, key) for key in search.config.keys}
    shares = {key: of_one for key, of_one in shares.items() if of_one}
    if not shares:
        st.caption(f"At least {LEAST_FOR_IMPORTANCE} finished trials of different mAP are needed to tell what matters.")
        return
    show_figure(
        figures.importance(shares, names), key="search_importance", alt="Importance of every setting in percent"
    )
    st.caption(
        "How much a setting decides whether a trial is among the best tenth (PED-ANOVA), within the ranges searched. "
        "With few trials this is itself a rough guess."
    )


def _one_trial(search: Search, found: Verdict, chosen: Trial, names: dict[str, str]) -> None:
    """The chosen trial: its settings and numbers, where to take it, and whether to believe it."""
    config = search.config
    words = ", ".join(f"{names.get(name, name)} {_shown(value)}" for name, value in chosen.settings.items())
    rank = " (the best)" if chosen is found.best and len(config.keys) == 1 else ""
    st.markdown(f"**Trial {chosen.number}{rank}** {literal(words)}")
    with st.container(horizontal=True, gap="medium"):
        for key in REPORT_KEYS:
            spread = chosen.spread(key)
            st.metric(
                f"{key.capitalize()} mAP (%)",
                run_data.percent(chosen.mean(key)),
                delta=f"± {100 * spread:.1f} over {config.seeds} seeds" if math.isfinite(spread) else None,
                delta_color="off",
                delta_arrow="off",
                width=160,
                help=glossary.group_tip(key),
            )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        settings = {**train_form.address(chosen.config(config)), "train_start": "run"}
        page.link("Train", "Put these settings into the form", run="", search="", **settings)
        runs = search_data.runs_of(list(chosen.runs))
        if runs:
            page.link("Train", "Open its run", run=runs[0].id, search="")
        page.link("Runs", "Compare the best three", runs=run_data.ids_text(_best_runs(found, config)))
    st.info(caution(found, config), icon=":material/casino:")
    confirmation(search, chosen)


def _best_runs(found: Verdict, config: SearchConfig) -> list[str]:
    ranked = sorted(found.finished, key=lambda trial: -sum(map(trial.mean, config.keys)))
    return [run for trial in ranked[:3] for run in trial.runs]


def _shown(value: float | str) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def caution(found: Verdict, config: SearchConfig) -> str:
    """Say how far the best of many trials can be trusted."""
    text = (
        f"The best of {len(found.finished):,} trials was picked by the very test images it is measured on, so its "
        "numbers are optimistic: the winner is partly the luckiest."
    )
    key = config.keys[0]
    noise, clear = found.noise[key], found.least_clear[key]
    if math.isnan(noise):
        return f"{text} With one seed a trial nobody knows how much is luck: repeat it with fresh seeds below."
    apart = "" if math.isnan(clear) else f"; two trials closer than {100 * clear:.1f} points cannot be told apart"
    return f"{text} From seed to seed the {key} mAP of a trial moves by {100 * noise:.1f} points{apart}."


def _table(trials: list[Trial], names: dict[str, str]) -> None:
    rows = []
    for trial in reversed(trials):
        row = {"trial": trial.number, "state": trial.state}
        row |= {names.get(name, name): _shown(value) for name, value in trial.settings.items()}
        row |= {key: run_data.points(trial.mean(key)) for key in REPORT_KEYS}
        rows.append({**row, "seconds": trial.seconds or None, "runs": ", ".join(trial.runs), "note": trial.message})
    number = st.column_config.NumberColumn(format="%.1f", help="Mean over seeds, percent")
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={**dict.fromkeys(REPORT_KEYS, number), "seconds": st.column_config.NumberColumn(format="%.1f")},
        placeholder="–",
        alt="All trials, the last first: settings, mAP in percent, runs",
    )
