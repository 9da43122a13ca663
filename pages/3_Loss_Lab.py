"""Loss Lab: two losses side by side on the chosen data, their options on sliders, computed by the training module."""

import streamlit as st

from dbl_core.config import DatasetConfig, LossConfig
from dbl_core.viz import loss_cells
from pages.ui import (
    cache,
    loss_answers,
    loss_card,
    loss_classes,
    loss_curves,
    loss_export,
    loss_form,
    loss_ladder,
    loss_presets,
    loss_scrub,
    page,
)

FIRST = {"prefix": "loss_a", "default": "db_focal"}
SECOND = {"prefix": "loss_b", "default": "bce", "optional": True}
SCALES = {"absolute": "As computed", "relative": "Relative to the mean"}
SHARES = {"all": ("positive", "negative"), "positives": ("positive",), "negatives": ("negative",)}
SIGNS = (
    "z is the logit of class i in an image, y is 1 where the image shows it and 0 where not; n of N training "
    "images show it; ζ(x) = log(1 + eˣ), σ(x) = 1 / (1 + e⁻ˣ). The numbers set above stand in blue."
)


def forms() -> list[LossConfig]:
    """Choose one or two losses: on the ladder, by their names, term by term, option by option."""
    first = loss_form.read_address(**FIRST)
    loss_ladder.ladder(
        first,
        change=lambda name: loss_form.switch_to("loss_a", first.name, name, FIRST["default"]),
        compare=lambda name: loss_form.write_loss("loss_b", loss_form.sharing(name, first), SECOND["default"]),
    )
    left, right = st.columns(2)
    with left, st.container(border=True):
        first = loss_form.loss_form(**FIRST, label="Loss A", columns=3, switches=True)
    with right, st.container(border=True):
        second = loss_form.loss_form(**SECOND, label="Loss B, to compare with", columns=3, switches=True)
    return [first] if second is None else [first, second]


def cells(choice: DatasetConfig, configs: list[LossConfig], titles: list[str]) -> None:
    """Show where weight and gradient go on the real cells of the training set."""
    st.subheader("On your cells", anchor=False)
    if not cache.dataset(choice).has_rows:
        st.info(loss_answers.NO_CELLS, icon=":material/grid_off:")
        return
    with st.spinner(loss_curves.STARTING):
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
        view = loss_curves.section(choice, chosen, titles)
        loss_presets.gallery(chosen[0], choose=lambda new: loss_form.write_loss("loss_a", new, FIRST["default"]))
        loss_scrub.section(choice, chosen[0], titles[0], view)
    loss_card.doctor(choice, chosen, titles)
    st.subheader("What is computed", anchor=False)
    for place, config in zip(st.columns(len(chosen)), chosen, strict=True):
        with place:
            loss_card.loss_card(config)
    st.caption(SIGNS)
    with page.guard():
        cells(choice, chosen, titles)
    loss_export.export(choice, chosen)
