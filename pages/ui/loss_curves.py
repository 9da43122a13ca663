"""The curves of one or two losses against the logit or the probability, for a head, a medium and a tail class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dbl_core.config import DatasetConfig, LossConfig
from dbl_core.losses import LOSSES
from dbl_core.viz import losses
from dbl_core.viz.losses import CurveClass
from pages.ui import cache, glossary, loss_answers, loss_card, loss_classes
from pages.ui.folded import folded
from pages.ui.loss_answers import Contexts
from pages.ui.show_figure import show_figure

AXES = {"logit": "Logit", "probability": "Probability"}
WHOLE = {
    "image": "{0} compares the labels of one image with each other: its curve is the loss of the whole image whose "
    "other logits are 0, and no cell has a weight of its own.",
    "batch": "{0} compares the labels of an image and the images of a batch: its curve is the loss of a batch of one "
    "image whose other logits are 0, and no cell has a weight of its own.",
}
"""What a curve is for a loss that is no sum of (image, class) cells."""


@dataclass(frozen=True)
class View:
    """What the curves are drawn for.

    Attributes:
        classes: the chosen classes.
        contexts: in which image each is looked at.
        axis: "logit" or "probability".
        log: logarithmic vertical axes.
    """

    classes: Sequence[CurveClass]
    contexts: Contexts
    axis: str
    log: bool


def section(choice: DatasetConfig, configs: Sequence[LossConfig], titles: Sequence[str]) -> View:
    """Choose the classes and show loss, gradient and weight; return what is looked at.

    Raises:
        WorkerError: the worker gave no answer.
    """
    st.header("Loss, gradient and weight of a cell", anchor=False, help=glossary.tip("cell"))
    classes, contexts = loss_classes.pick(loss_classes.classes_of(choice))
    charts = st.columns(3)
    with st.container(horizontal=True, vertical_alignment="center"):
        axis = st.segmented_control(
            "Horizontal axis", list(AXES), format_func=AXES.get, default="logit", required=True, key="loss_axis",
            bind="query-params", label_visibility="collapsed",
        )  # fmt: skip
        log = st.toggle("Logarithmic", key="loss_log", bind="query-params", help="Of the absolute values.")
    view = View(classes, contexts, axis, log)
    with st.spinner(loss_answers.COMPUTING):
        found = [loss_answers.curves(choice, config, contexts) for config in configs]
    answers = dict(zip(titles, found, strict=True))
    for place, quantity in zip(charts, losses.QUANTITIES, strict=True):
        with place:
            _chart(answers, view, quantity)
    _explain(configs, titles)
    with folded("Weights and shifts of these classes", key="loss_class_numbers", icon=":material/table:") as opened:
        if opened:
            rows = loss_card.class_rows(answers, classes, cache.dataset(choice).n_train)
            formats = {key: st.column_config.NumberColumn(format="%.4g") for key in loss_card.CLASS_NUMBERS}
            st.dataframe(rows, hide_index=True, column_config=formats, alt="Weights and shifts of the chosen classes")
    return view


def _chart(answers: Mapping[str, Mapping[str, Any]], view: View, quantity: str) -> None:
    if all(record[quantity] is None for answer in answers.values() for record in answer["curves"]):
        st.info("No weight to draw: this loss is no sum of cells.", icon=":material/grid_off:")
        return
    names = ", ".join(chosen.name for chosen in view.classes)
    show_figure(
        losses.curves(answers, view.classes, quantity=quantity, axis=view.axis, log=view.log),
        key=f"loss_curves_{quantity}",
        alt=f"{quantity} of {' and '.join(answers)} against the {view.axis} for {names}",
    )


def _explain(configs: Sequence[LossConfig], titles: Sequence[str]) -> None:
    pale = f", pale lines {titles[1]}" if len(titles) > 1 else ""
    st.caption(
        "Above: the class is in the image; below: it is not. "
        f"Strong lines are {titles[0]}{pale}; the head class has the thickest line, the tail class the thinnest. "
        "Weight × focal multiplies the plain loss of a cell; marks are the logits ν at which training starts."
    )
    for config, title in zip(configs, titles, strict=True):
        if LOSSES[config.name].unit in WHOLE:
            st.caption(WHOLE[LOSSES[config.name].unit].format(title))
