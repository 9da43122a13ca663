"""The section "Anatomy of one image" of the Loss Lab: every term of every class, and one formula with its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from dbl_core.config import DatasetConfig, LossConfig
from dbl_core.losses import LOSSES
from dbl_core.losses.anatomy_steps import Cell, calculation
from dbl_core.losses.switches import SWITCHES, switches_of
from dbl_core.viz import loss_anatomy
from dbl_core.viz.losses import CurveClass
from pages.ui import cache, gallery, glossary, loss_answers, loss_classes, loss_image, loss_run, play_fields, tables
from pages.ui.show_figure import show_figure
from pages.ui.text import literal

SWITCH_NAMES = {"weighting": "Re-weighting", "tolerance": "Tolerance", "focal": "Focal factor"}
COLUMNS = {
    "r": "r", "weight": "weight", "nu": "ν", "lam": "λ", "logit": "z", "shifted": "z − ν", "p_t": "p_t",
    "focal": "focal", "plain": "cross-entropy", "loss": "loss", "gradient": "gradient",
}  # fmt: skip
"""The terms in the order of the calculation, and how a table calls them."""
HELP = {
    "y": "1 where the image shows the class, else 0.",
    "n": "Training images of the class.",
    "r": "How often the class should be drawn over how often this image is.",
    "weight": "What multiplies the loss of the cell.",
    "ν": "Shift of the logit, from how rare the class is.",
    "λ": "Scale of the negatives.",
    "z": "The logit of the class.",
    "z − ν": "The logit after the shift.",
    "p_t": "Probability of the right answer.",
    "focal": "Factor that fades cells that are right already.",
    "cross-entropy": "Loss of the cell before weight and focal factor.",
    "loss": "Loss of the cell, with its weight and focal factor.",
    "gradient": "By the logit; training moves against it.",
}
"""How to read the columns of the table."""
NEUTRAL = {COLUMNS["weight"]: 1, COLUMNS["nu"]: 0, COLUMNS["lam"]: 1, COLUMNS["focal"]: 1}
"""Values with which a term changes nothing."""
OF_BATCH = (
    "compares the images of a batch with each other, so that one image alone has no gradient to take apart; "
    "On your cells shows what it does to the whole training set."
)
OF_IMAGE = "has one value for the whole image, not for each cell: there are gradients, but no terms to take apart."


def section(choice: DatasetConfig, configs: list[LossConfig], titles: list[str]) -> None:
    """Take one training image apart under one of the losses.

    Raises:
        WorkerError: the worker gave no answer, or the chosen run kept no logits.
    """
    dataset = cache.dataset(choice)
    if not dataset.has_rows or not dataset.n_train:
        return  # On your cells has said why there is none
    st.header("Anatomy of one image", anchor=False, help=glossary.tip("anatomy"))
    classes = loss_classes.classes_of(choice)
    row = loss_image.picked(choice, classes)
    run, config, title = _of_what(choice, configs, titles)
    shown, numbers = st.columns([1, 4])
    with shown:
        _image(choice, dataset.train_rows[row])
    with numbers:
        if LOSSES[config.name].unit == "batch":
            st.info(f"{title} {OF_BATCH}", icon=":material/select_all:")
            return
        off = _switches(config)
        with st.spinner(loss_answers.COMPUTING):
            whole = loss_answers.anatomy(choice, config, row, run=run)
            answer = loss_answers.anatomy(choice, config, row, run=run, off=off) if off else whole
        answers = {LOSSES[answer["config"]["name"]].short: answer, f"{title}, whole": whole} if off else {title: whole}
        _pulls(answers, classes, loss_run.words(run))
    _numbers(classes, answer, whole if off else None)
    if answer["unit"] == "cell":
        _formula(classes, answer, dataset.n_train)
    else:
        st.caption(f"{title} {OF_IMAGE}")


def _of_what(choice: DatasetConfig, configs: list[LossConfig], titles: list[str]) -> tuple[str | None, LossConfig, str]:
    """Draw the choice of logits, and of one loss where there are two."""
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with right:
        run = loss_run.picker(choice, "anatomy")
    place = 0
    if len(titles) > 1:
        with left:
            place = st.segmented_control(
                "Of the loss", [0, 1], format_func=lambda one: titles[one], default=0, required=True,
                key="loss_anatomy_of", bind="query-params",
            )  # fmt: skip
    return run, configs[place], titles[place]


def _image(choice: DatasetConfig, row: int) -> None:
    dataset = cache.dataset(choice)
    names = [dataset.label_names[label] for label in np.flatnonzero(dataset.labels[row])]
    noun = tables.noun(dataset).capitalize()
    if dataset.has_images:
        gallery.show(choice, dataset, [row])
        st.caption(f"{noun} {literal(dataset.ids[row])}")
    else:
        st.caption(f"{noun} {literal(dataset.ids[row])}: {literal(', '.join(names) or 'no label')}")


def _switches(config: LossConfig) -> tuple[str, ...]:
    """Draw a switch for each term that the loss has; return those that are off."""
    offered = switches_of(config.name)
    if not offered:
        return ()
    with st.container(horizontal=True):
        on = {
            switch: st.toggle(SWITCH_NAMES[switch], value=True, key=f"loss_with_{switch}", bind="query-params")
            for switch in offered
        }
    return tuple(switch for switch in SWITCHES if switch in on and not on[switch])


def _pulls(answers: dict[str, Any], classes: list[CurveClass], where: str) -> None:
    show_figure(
        loss_anatomy.pulls(answers, classes),
        key="loss_pulls",
        alt="Minus the gradient of every class of the image, most frequent class first",
    )
    some = f" The image's classes and the strongest others, of {len(classes):,}." if len(
        classes) > loss_anatomy.MOST_CLASSES else ""  # fmt: skip
    totals = " · ".join(f"{literal(title)} {answer['loss']:.4g}" for title, answer in answers.items())
    st.caption(f"A step of training moves a logit up or down like this, {where}. Loss of the image: {totals}.{some}")


def _numbers(classes: list[CurveClass], answer: dict[str, Any], whole: dict[str, Any] | None) -> None:
    """Show the table of all terms; with the loss before its terms were switched, what that changes."""
    before = {record["label"]: record for record in whole["classes"]} if whole else {}
    records = {record["label"]: record for record in answer["classes"]}
    ordered = sorted(classes, key=lambda one: (not records[one.label]["present"], one.count))
    rows = []
    for one in ordered:
        record = records[one.label]
        row: dict[str, Any] = {"class": one.name, "y": int(record["present"]), "n": one.count}
        row |= {title: record[key] for key, title in COLUMNS.items() if key in record}
        if before and "loss" in record:
            row |= {"loss, whole": before[one.label]["loss"]}
        if before:
            row |= {"gradient, whole": before[one.label]["gradient"]}
        rows.append(row)
    rows = rows if before else _without_idle(rows)
    formats = {
        key: st.column_config.NumberColumn(format="localized" if key == "n" else "%.4g", help=HELP.get(key))
        for key in rows[0]
        if key != "class"
    }
    st.dataframe(
        rows, hide_index=True, height=min(36 * (len(rows) + 1), 396), column_config=formats,
        alt="Every term of the loss for every class of the image, its own labels first",
    )  # fmt: skip


def _without_idle(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the terms that change no cell, because the loss does not have them."""
    idle = {key for key, value in NEUTRAL.items() if all(row.get(key, value) == value for row in rows)}
    idle |= {COLUMNS["shifted"]} if COLUMNS["nu"] in idle else set()
    return [{key: value for key, value in row.items() if key not in idle} for row in rows]


def _formula(classes: list[CurveClass], answer: dict[str, Any], n_train: int) -> None:
    """Show the formula of one class filled in with its numbers."""
    records = {record["label"]: record for record in answer["classes"]}
    ordered = sorted(classes, key=lambda one: (not records[one.label]["present"], one.count))
    names = {one.name: one for one in ordered}
    titles = {name: _told(one, records) for name, one in names.items()}
    name = play_fields.choice("loss_formula_class", "The formula for", titles, next(iter(titles)), width=320)
    carried = [record["count"] for record in records.values() if record["present"]]
    loss = answer["config"]
    cell = Cell(loss["name"], loss["options"], n_train, carried)
    with st.container(border=True):
        for step in calculation(cell, records[names[name].label]):
            left, right = st.columns([1, 5], vertical_alignment="center")
            left.caption(step.title)
            right.markdown(rf"$\displaystyle {step.latex}$")


def _told(one: CurveClass, records: dict[int, dict[str, Any]]) -> str:
    return f"{one.name} ({'in' if records[one.label]['present'] else 'not in'} the image)"
