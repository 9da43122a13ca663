"""The section "On your cells" of the Loss Lab: weights and gradients of all (image, class) cells of a training set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dbl_core.config import DatasetConfig, LossConfig
from dbl_core.losses.doctor import pair_hint
from dbl_core.samplers import SAMPLERS
from dbl_core.viz import loss_balance, loss_cells, loss_histograms
from pages.ui import cache, glossary, loss_answers, loss_classes, loss_doctor, loss_run, state
from pages.ui.folded import folded
from pages.ui.show_figure import show_figure

VIEWS = {"means": "Group means", "spread": "Distribution", "classes": "Class by class", "balance": "Balance"}
SCALES = {"absolute": "As computed", "relative": "Relative to the mean"}
SHARES = {"all": ("positive", "negative"), "positives": ("positive",), "negatives": ("negative",)}
NO_WEIGHTS = "no sum of cells, so that there is no weight that multiplies a cell; its gradients are shown"
Answers = Mapping[str, Mapping[str, Any]]


def section(choice: DatasetConfig, configs: list[LossConfig], titles: list[str]) -> None:
    """Show where weight and gradient go on the real cells of the training set.

    Raises:
        WorkerError: the worker gave no answer, or the chosen run kept no logits.
    """
    st.header("On your cells", anchor=False, help=glossary.tip("cell"))
    if not cache.dataset(choice).has_rows:
        st.info(loss_answers.NO_CELLS, icon=":material/grid_off:")
        return
    left, right = st.columns([3, 2])
    with left:
        view = st.segmented_control(
            "View", list(VIEWS), format_func=VIEWS.get, default="means", required=True, key="loss_view",
            bind="query-params", wrap=True,
        )  # fmt: skip
    with right:
        run = loss_run.picker(choice, loss_run.FIRST)
    with st.spinner(loss_answers.COMPUTING):
        found = [loss_answers.cells(choice, config, run) for config in configs]
    answers = dict(zip(titles, found, strict=True))
    for title, answer in answers.items():
        if answer["unit"] != "cell":
            st.caption(f"{title} compares the cells of {_whole(answer['unit'])}: it is {NO_WEIGHTS}.")
    shown = {"means": _means, "spread": _spread, "classes": _classes, "balance": _balance}[view]
    shown(choice, answers, loss_run.words(run))


def _means(choice: DatasetConfig, answers: Answers, where: str) -> None:
    scale = _scale()
    if scale == "absolute":
        loss_doctor.show_pair(pair_hint(list(answers), [answer["mean_loss"] for answer in answers.values()]))
    for place, measure in zip(st.columns(2), loss_cells.MEASURES, strict=True):
        with place:
            show_figure(
                loss_cells.cell_means(_with(answers, measure), measure=measure, relative=scale == "relative"),
                key=f"loss_cells_{measure}",
                alt=f"{loss_cells.MEASURES[measure]} of the training cells of head, medium and tail",
            )
    st.caption(f"Every image has one cell for each class. Bars are means over all real cells of a group, {where}.")
    with st.container(horizontal=True, gap="large"):
        which = st.segmented_control(
            "Gradient of which cells", list(SHARES), default="all", required=True, key="loss_share", bind="query-params"
        )
        sampler = _sampler(answers)
    show_figure(
        loss_cells.gradient_shares(
            {title: loss_balance.drawn_shares(answer, sampler) for title, answer in answers.items()},
            loss_classes.classes_of(choice),
            sides=SHARES[which],
        ),
        key="loss_shares",
        alt="Share of the total gradient that each class receives, most frequent class first",
    )
    st.caption(f"Who gets the gradient {where}, as images are drawn by the sampler; 100 % in each row of bars.")


def _spread(choice: DatasetConfig, answers: Answers, where: str) -> None:
    for place, measure in zip(st.columns(2), loss_histograms.MEASURES, strict=True):
        with place:
            if any(record["measure"] == measure for answer in answers.values() for record in answer["distributions"]):
                show_figure(
                    loss_histograms.distributions(answers, measure=measure),
                    key=f"loss_histogram_{measure}",
                    alt=f"Histograms of {loss_histograms.MEASURES[measure]} of positive and negative cells by group",
                )
            else:
                st.caption(f"None of the losses has a {loss_histograms.MEASURES[measure]}.")
    second = " The line is the second loss." if len(answers) > 1 else ""
    st.caption(
        f"All cells of the training set {where}, on logarithmic axes whose first bar holds all smaller values. Each "
        f"histogram is scaled to its own height, a triangle marks the median.{second}"
    )
    with folded("Median and quantiles", key="loss_quantiles", icon=":material/table:") as opened:
        if opened:
            rows = loss_histograms.quantile_rows(answers)
            keys = ("5 %", "25 %", "median", "75 %", "95 %")
            columns = {key: st.column_config.NumberColumn(format="%.4g") for key in keys}
            st.dataframe(rows, hide_index=True, column_config=columns, alt="Quantiles of weights and gradients")


def _classes(choice: DatasetConfig, answers: Answers, where: str) -> None:
    classes = loss_classes.classes_of(choice)
    for measure, name in loss_balance.MEASURES.items():
        if _with(answers, measure):
            show_figure(
                loss_balance.class_means(_with(answers, measure), classes, measure=measure),
                key=f"loss_classes_{measure}",
                alt=f"{name} of the positive and the negative cells of every class against its training images",
            )
    st.caption(f"Each mark is a class, the mean over all of its cells {where}.")


def _balance(choice: DatasetConfig, answers: Answers, where: str) -> None:
    classes = loss_classes.classes_of(choice)
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        sampler = _sampler(answers)
    offered = [key for key in loss_balance.EFFECTS if key == "pull" or _with(answers, "factor")]
    with right:
        effect = st.segmented_control(
            "What a class counts by", offered, format_func=loss_balance.EFFECTS.get, default=offered[0], required=True,
            key="loss_effect", bind="query-params",
        )  # fmt: skip
    show_figure(
        loss_balance.spreads(
            answers, [one.count for one in classes], sampler=sampler, sampler_title=SAMPLERS[sampler].title
        ),
        key="loss_spreads",
        alt="How many times the largest class counts as the smallest, in the data, as drawn, and under each loss",
    )
    st.caption(
        "Imbalance that is left between the classes, as the sum over a class's positive cells; 1 would be balance."
    )
    left, right = st.columns(2)
    with left:
        show_figure(
            loss_balance.effective(answers, classes, sampler=sampler, effect=effect),
            key="loss_effective",
            alt="How much each class counts through its positives, relative to the average class",
        )
    with right:
        show_figure(
            loss_balance.push_and_pull(answers, classes, sampler=sampler),
            key="loss_push_pull",
            alt="Gradient of the negatives of each class over that of its positives",
        )
    st.caption(
        f"Left: what its positives make a class count {where}; dashes are the images that the sampler draws. Right: "
        "how many times as hard its negatives push as its positives pull; above 1 the logit falls. Dotted: balance."
    )


def _scale() -> str:
    if state.value_of("loss_scale") is None:
        state.seed_widget("loss_scale", "absolute")
    return st.segmented_control(
        "Scale", list(SCALES), format_func=SCALES.get, required=True, key="loss_scale", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip


def _sampler(answers: Answers) -> str:
    """Draw the choice of a sampler; two views share it."""
    offered = list(next(iter(answers.values()))["balance"])
    return st.segmented_control(
        "Images drawn by", offered, format_func=lambda key: SAMPLERS[key].title, default=offered[0], required=True,
        key="loss_sampler", bind="query-params", wrap=True,
        help="At its usual options; progressive half-way through training.",
    )  # fmt: skip


def _with(answers: Answers, measure: str) -> Answers:
    """Return the losses that have a measure: weights belong to sums of cells only."""
    return {
        title: answer
        for title, answer in answers.items()
        if measure in ("gradient", "pull") or answer["unit"] == "cell"
    }


def _whole(unit: str) -> str:
    return "an image" if unit == "image" else "a whole batch"
