"""Loss Lab: two losses side by side on the chosen data, their options on sliders, computed by the training module."""

import streamlit as st

from dbl_core.config import DatasetConfig, LossConfig
from dbl_core.viz import loss_cells, losses
from pages.ui import cache, loss_answers, loss_card, loss_classes, loss_export, loss_form, page

AXES = {"logit": "Logit", "probability": "Probability"}
SCALES = {"absolute": "As computed", "relative": "Relative to the mean"}
SHARES = {"all": ("positive", "negative"), "positives": ("positive",), "negatives": ("negative",)}
SIGNS = (
    "z is the logit of class i in an image, y is 1 where the image shows it and 0 where not; n of N training "
    "images show it; ζ(x) = log(1 + eˣ), σ(x) = 1 / (1 + e⁻ˣ). The numbers set above stand in blue."
)
STARTING = "Starting the process that computes the losses; it takes a few seconds, once"


def forms() -> list[LossConfig]:
    """Choose one or two losses and their options."""
    left, right = st.columns(2)
    with left, st.container(border=True):
        first = loss_form.loss_form("loss_a", columns=3)
    with right, st.container(border=True):
        second = loss_form.loss_form("loss_b", label="Compare with", default="bce", optional=True, columns=3)
    return [first] if second is None else [first, second]


def curves(choice: DatasetConfig, configs: list[LossConfig], titles: list[str]) -> None:
    """Show loss, gradient and weight of three classes against the logit."""
    st.subheader("Against the logit", anchor=False)
    classes, contexts = loss_classes.pick(loss_classes.classes_of(choice))
    with st.spinner(STARTING):
        found = [loss_answers.curves(choice, config, contexts) for config in configs]
    answers = dict(zip(titles, found, strict=True))
    charts = st.columns(3)
    with st.container(horizontal=True, vertical_alignment="center"):
        axis = st.segmented_control(
            "Horizontal axis", list(AXES), format_func=AXES.get, default="logit", required=True, key="loss_axis",
            bind="query-params", label_visibility="collapsed",
        )  # fmt: skip
        log = st.toggle("Logarithmic", key="loss_log", bind="query-params", help="Of the absolute values.")
    for place, quantity in zip(charts, losses.QUANTITIES, strict=True):
        with place:
            st.plotly_chart(
                losses.curves(answers, classes, quantity=quantity, axis=axis, log=log),
                key=f"loss_curves_{quantity}",
                alt=f"{quantity} of {' and '.join(titles)} against the {axis} for {', '.join(c.name for c in classes)}",
            )
    pale = f", pale lines {titles[1]}" if len(titles) > 1 else ""
    st.caption(
        "Above: cells whose class is in the image; below: cells whose class is not. "
        f"Strong lines are {titles[0]}{pale}. Weight × focal is what multiplies the plain loss of a cell; "
        "a mark shows the shift ν where a class starts in training."
    )
    with st.expander("The numbers behind the curves", icon=":material/table:"):
        rows = loss_card.class_rows(answers, classes, cache.dataset(choice).n_train)
        st.dataframe(rows, hide_index=True, alt="Weights and shifts of the chosen classes")


def cells(choice: DatasetConfig, configs: list[LossConfig], titles: list[str]) -> None:
    """Show where weight and gradient go on the real cells of the training set."""
    st.subheader("On your cells", anchor=False)
    if not cache.dataset(choice).has_rows:
        st.info(loss_answers.NO_CELLS, icon=":material/grid_off:")
        return
    with st.spinner(STARTING):
        found = [loss_answers.cells(choice, config) for config in configs]
    tables = dict(zip(titles, found, strict=True))
    scale = st.segmented_control(
        "Scale", list(SCALES), format_func=SCALES.get, default="absolute", required=True, key="loss_scale",
        bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    for place, measure in zip(st.columns(2), loss_cells.MEASURES, strict=True):
        with place:
            st.plotly_chart(
                loss_cells.cell_means(tables, measure=measure, relative=scale == "relative"),
                key=f"loss_cells_{measure}",
                alt=f"{loss_cells.MEASURES[measure]} of the training cells of head, medium and tail",
            )
    st.caption(
        "Every image has one cell for each class. Bars are means over all real cells of a group, at logit 0, where "
        "training starts."
    )
    which = st.segmented_control(
        "Gradient of which cells", list(SHARES), default="all", required=True, key="loss_share", bind="query-params"
    )
    st.plotly_chart(
        loss_cells.gradient_shares(tables, loss_classes.classes_of(choice), sides=SHARES[which]),
        key="loss_shares",
        alt="Share of the total gradient that each class receives, most frequent class first",
    )
    st.caption("Who gets the gradient at the start of training under uniform sampling; 100 % in each row of bars.")


with page.frame("Loss Lab", "What does a loss really do to the head, the middle and the tail?") as choice:
    st.markdown(loss_classes.facts(choice, loss_classes.classes_of(choice)))
    chosen = forms()
    titles = loss_card.short_titles(chosen)
    with page.guard():
        curves(choice, chosen, titles)
    loss_card.doctor(choice, chosen, titles)
    st.subheader("What is computed", anchor=False)
    for place, config in zip(st.columns(len(chosen)), chosen, strict=True):
        with place:
            loss_card.loss_card(config)
    st.caption(SIGNS)
    with page.guard():
        cells(choice, chosen, titles)
    loss_export.export(choice, chosen[0])
