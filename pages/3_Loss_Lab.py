"""Loss Lab: two losses side by side on the chosen data, their options on sliders, computed by the training module."""

from functools import partial

import streamlit as st

from dbl_core.config import DatasetConfig, LossConfig
from pages.ui import (
    loss_anatomy,
    loss_card,
    loss_cells,
    loss_classes,
    loss_curves,
    loss_doctor,
    loss_export,
    loss_form,
    loss_ladder,
    loss_presets,
    loss_scrub,
    loss_start,
    page,
)

FIRST = {"prefix": "loss_a", "default": "db_focal"}
SECOND = {"prefix": "loss_b", "default": "bce", "optional": True}
SIGNS = (
    "z is the logit of class i in an image, y is 1 where the image shows it and 0 where not; n of N training "
    "images show it; ζ(x) = log(1 + eˣ), σ(x) = 1 / (1 + e⁻ˣ). The numbers set above stand in blue."
)


def forms(choice: DatasetConfig) -> list[LossConfig]:
    """Choose one or two losses: on the ladder, by their names, term by term, option by option."""
    first = loss_form.read_address(**FIRST)
    loss_ladder.ladder(
        first,
        change=lambda name: loss_form.switch_to("loss_a", first.name, name, FIRST["default"]),
        compare=lambda name: loss_form.write_loss("loss_b", loss_form.sharing(name, first), SECOND["default"]),
    )
    left, right = st.columns(2)
    with left, st.container(border=True):
        start = partial(loss_start.button, "loss_a", choice)
        first = loss_form.loss_form(**FIRST, label="Loss A", switches=True, beside=start)
    with right, st.container(border=True):
        start = partial(loss_start.button, "loss_b", choice)
        second = loss_form.loss_form(**SECOND, label="Loss B, to compare with", switches=True, beside=start)
    return [first] if second is None else [first, second]


with page.frame("Loss Lab", "What does a loss really do to the head, the middle and the tail?") as choice:
    st.markdown(loss_classes.facts(choice, loss_classes.classes_of(choice)))
    chosen = forms(choice)
    titles = loss_card.short_titles(chosen)
    with page.guard():
        view = loss_curves.section(choice, chosen, titles)
        loss_presets.gallery(chosen[0], choose=lambda new: loss_form.write_loss("loss_a", new, FIRST["default"]))
        loss_scrub.section(choice, chosen[0], titles[0], view)
    with page.guard():
        loss_doctor.section(choice, chosen, titles)
    st.header("What is computed", anchor=False)
    for place, config in zip(st.columns(len(chosen)), chosen, strict=True):
        with place:
            loss_card.loss_card(config)
    st.caption(SIGNS)
    with page.guard():
        loss_cells.section(choice, chosen, titles)
    with page.guard():
        loss_anatomy.section(choice, chosen, titles)
    loss_export.export(choice, chosen)
