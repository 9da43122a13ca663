"""Home: what the lab answers, the story in six steps, the current data set at a glance, ready views.

What takes long to import is imported where it is used: the title of a server that just woke up stands there before.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import streamlit as st

from pages.ui import page, state, tour
from pages.ui.text import four_digits, literal

if TYPE_CHECKING:
    from dbl_core.config import DatasetConfig

STEPS = (
    ("Dataset", "Choose how uneven", "How many images the rarest label has left, and which."),
    ("Labels", "See the long tail", "How often each label occurs, and which come together."),
    ("Loss Lab", "Move the loss", "What its options do to a rare and to a frequent label."),
    ("Playground", "Retrain a head live", "A slider moves, and a second later head, medium and tail mAP answer."),
    ("Train", "Train and compare", "Head, medium and tail mAP beside plain BCE, in seconds."),
    ("Learn", "Understand why", "Eight lessons of five minutes: predict, then see it computed."),
)

DOUBLE_CLICK_S = 3.0


def demo() -> None:
    """Offer the first comparison of the story as one button."""
    if state.hidden("launch"):
        return
    if st.button("Train BCE and DB-Focal, and compare", type="primary", icon=":material/play_arrow:", width="stretch"):
        page.go_to("Runs", runs=",".join(demo_runs()))
    st.caption("Two short runs on the drawn VOC-MLT: plain cross-entropy (BCE), and the loss and sampler of the paper.")


def demo_runs() -> tuple[str, ...]:
    """Start the two runs and return their ids; the second click of a double click finds them started."""
    from pages.ui import launch

    until, started = state.value_of("home_demo", (0.0, ()))
    if time.monotonic() >= until:
        started = launch.launch_demo()
        state.keep("home_demo", (time.monotonic() + DOUBLE_CLICK_S, started))
    return started


def steps() -> None:
    """Show the story as numbered links; nothing where links are hidden."""
    if state.hidden("navigation"):
        return
    for number, (title, name, sentence) in enumerate(STEPS, start=1):
        if page.PAGES[title].exists:
            with st.container(border=True, gap=None):
                page.link(title, f"**{number}. {name}**")
                st.caption(sentence)


def tail(choice: DatasetConfig) -> None:
    """Draw the frequency curve of the chosen data set."""
    from dbl_core.viz import labels as figures
    from pages.ui import cache, tables
    from pages.ui.labels_convention import convention
    from pages.ui.show_figure import show_figure

    data = cache.dataset(choice)
    numbers = tables.facts(data)
    borders = convention()
    show_figure(
        figures.frequency(tables.label_table(data, borders.name), convention=borders, height=600),
        key="home_counts",
        alt="Training images per label, most frequent first, coloured by head, medium and tail",
    )
    noun = tables.noun(data)
    spread = f"the most frequent label has {four_digits(numbers['ratio'])} times as many {noun}s as the rarest"
    if numbers["n_absent"]:
        spread = f"{numbers['n_absent']:,} of them on no training {noun}; of the others, {spread}"
    st.caption(
        f"{literal(page.describe(choice))}: {numbers['n_train']:,} training {noun}s, {numbers['n_labels']:,} labels; "
        f"{spread}."
    )


with page.frame(
    "Home",
    "When a few labels have most of the images, a multi-label classifier learns those and forgets the rest. See why, "
    "move the loss that repairs it, and train with it here.",
) as chosen:
    tour.tour()
    chart, story = st.columns([5, 3], gap="large")
    with chart, page.guard():
        tail(chosen)
    with story, page.guard():
        if page.PAGES["Runs"].exists:
            demo()
        steps()
    from pages.ui import run_data, views
    from pages.ui.run_picker import run_picker

    if run_data.all_runs():
        run_picker()
    else:
        st.info("No run yet. The button above starts the first two; Train starts any other.", icon=":material/flag:")
    with page.guard():
        views.gallery()
