"""Where a finished run goes wrong: the best and worst test images of a class, and classes seen beside others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st
from scipy.special import expit

from dbl_core.datasets import MultiLabelDataset
from dbl_core.runs.store import Run
from dbl_core.viz import thresholds as figures
from pages.ui import gallery, play_fields, tables
from pages.ui import run_scores_cache as answers
from pages.ui.run_thresholds import class_picker
from pages.ui.show_figure import show_figure

IMAGES = 6
KINDS = {
    "worst_negatives": "Highest scores without it",
    "worst_positives": "Lowest scores with it",
    "best_positives": "Highest scores with it",
}
KIND_WORDS = {
    "worst_negatives": "False alarms, or labels that the annotators forgot.",
    "worst_positives": "The ones it misses most.",
    "best_positives": "What it takes for typical.",
}
CUTS = {"matched": "as often as each class occurs", "half": "from probability 0.5 on"}
ORDERS = {"excess": "most false alarms beyond the base rate", "lift": "highest lift"}
LEAST_STEPS = (1, 2, 5, 10, 20, 50, 100)
PAIR_COLUMNS = dict.fromkeys(
    ("rate (%)", "base rate (%)", "lift", "beyond base rate"), st.column_config.NumberColumn(format="%.1f")
)


def images_view(run: Run) -> None:
    """Show the best and the worst test images of a class with their scores."""
    key = answers.key_of(run)
    data = answers.dataset_of(run.config)
    label = class_picker(key, "Class", "runs_images_class")
    found, rows, n_test = answers.extremes(key, label, IMAGES)
    for kind, title in KINDS.items():
        st.markdown(f"**{title}.** {KIND_WORDS[kind]}")
        if not rows[kind].size:
            st.caption("There is none in the test split.")
            continue
        chances, places = expit(found.scores[kind].astype(np.float64)), found.places[kind]
        here = rows[kind]
        if data.has_images:
            notes = {
                int(row): f"{chance:.3f} · place {place:,}"
                for row, chance, place in zip(here, chances, places, strict=True)
            }
            gallery.show(run.config.dataset, data, here, notes=notes)
        else:
            st.dataframe(_rows_table(data, here, chances, places), hide_index=True, alt=title)
    noun = tables.noun(data)
    st.caption(
        f"Probability and place among the {n_test:,} test {noun}s, 1 for the highest score; equal scores share one."
    )


def _rows_table(data: MultiLabelDataset, rows: np.ndarray, chances: np.ndarray, places: np.ndarray) -> pd.DataFrame:
    names = np.array(data.label_names, dtype=object)
    return pd.DataFrame(
        {
            "id": data.ids[rows],
            "probability": chances.round(4),
            "place": places,
            "labels": [" ".join(names[carried]) for carried in data.labels[rows]],
        }
    )


def confusions_view(run: Run) -> None:
    """Show which classes are falsely seen where another class is, against how often they are falsely seen at all."""
    key = answers.key_of(run)
    names = answers.classes(key).names
    asked = _confusion_switches(names)
    answer = answers.confused(key, asked.cut, asked.by, asked.least, label=asked.label)
    if not answer.pairs["seen"].size:
        st.info(_nothing(answer.n_alarms), icon=":material/check:")
        return
    show_figure(
        figures.confusion_bars(answer.pairs, names),
        key="runs_confusions",
        alt="How often a class is falsely seen beside another, against its base rate",
    )
    st.dataframe(
        _pairs_table(answer.pairs, names),
        hide_index=True,
        column_config=PAIR_COLUMNS,
        alt="Pairs of classes that are confused most",
    )
    rest = f" {answer.n_masked:,} pairs rest on fewer than {asked.least} images: not shown." if answer.n_masked else ""
    st.caption(
        "Of the test images that carry the second class and not the first: in how many the first is predicted, and how "
        "many times its base rate (all images without it) that is. A high lift is no proof of the cause: it may be "
        f"what comes with the second class.{rest}"
    )


class _Asked(NamedTuple):
    """What the user asks of the confusions: arguments of ``run_scores_cache.confused``."""

    cut: float | None
    by: str
    least: int
    label: int | None


def _confusion_switches(names: tuple[str, ...]) -> _Asked:
    with st.container(horizontal=True, gap="medium"):
        cut = st.segmented_control(
            "Predict",
            list(CUTS),
            format_func=CUTS.get,
            default="matched",
            required=True,
            wrap=True,
            key="runs_cut",
            bind="query-params",
        )
        by = st.segmented_control(
            "First",
            list(ORDERS),
            format_func=ORDERS.get,
            default="excess",
            required=True,
            wrap=True,
            key="runs_confusion_order",
            bind="query-params",
        )
        least = st.select_slider(
            "Images a pair needs", LEAST_STEPS, value=5, key="runs_least", bind="query-params", width=220
        )
        titles = {"": "any class", **{name: name for name in names}}
        label = play_fields.choice("runs_confused_class", "Falsely seen", titles, "", width=220)
    return _Asked(None if cut == "matched" else 0.5, by, least, names.index(label) if label else None)


def _nothing(n_alarms: int) -> str:
    if not n_alarms:
        return "At this threshold no class is predicted falsely at all; predict more often to see confusions."
    return "No pair with enough images is confused more often than the base rate."


def _pairs_table(pairs: dict[str, np.ndarray], names: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "falsely seen": [names[j] for j in pairs["seen"]],
            "beside": [names[j] for j in pairs["beside"]],
            "false alarms": pairs["alarms"],
            "of images": pairs["chances"],
            "rate (%)": 100 * pairs["rate"],
            "base rate (%)": 100 * pairs["base_rate"],
            "lift": pairs["lift"].astype(np.float64),
            "beyond base rate": pairs["excess"].astype(np.float64),
        }
    )
