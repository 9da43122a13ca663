"""Move a slider, and a head is really retrained: its mAP, its classes, its curve, and the setting before as a ghost."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dbl_core.config import DatasetConfig, RunConfig
from dbl_core.runs.heads import Head, Heads
from dbl_core.viz import playground as figures
from pages.ui import cache, launch, page, play_answers, play_baseline, play_form, state, tables, train_form
from pages.ui.labels_convention import convention, convention_switch
from pages.ui.show_figure import show_figure
from pages.ui.text import literal

SEEN = "play_seen"
NAMED_UNTESTED = 6
ONE_SEED = (
    "This is one seed, and the intervals know nothing of seeds: another one moves every number. To rank settings, use "
    "several, as Sweep and The paper's table can."
)


@dataclass(frozen=True)
class Seen:
    """A setting that this browser session has looked at, and what came out under which borders of the groups."""

    config: RunConfig
    borders: str
    head: Head

    def comparable(self, config: RunConfig) -> bool:
        """Whether its classes and groups are those of a setting."""
        return self.config.dataset == config.dataset and self.borders == convention().name


def live(choice: DatasetConfig) -> None:
    """Draw the form, train what it describes, and show it."""
    left, right = st.columns(play_form.BESIDE, gap="medium")
    with left:
        with st.container(border=True):
            config = play_form.setting_form(choice)
        _take_along(config)
    below = st.container()
    with right, page.guard():
        _trained(choice, config, below)


def _trained(choice: DatasetConfig, config: RunConfig, below: DeltaGenerator) -> None:
    place = st.empty()
    found = play_answers.head(config, place)
    if found is None:
        return  # a newer setting is being trained for this tab
    (now,) = found.heads
    place.caption(_facts(choice, found))
    if now.diverged:
        _diverged(now)
        if not now.has_numbers:
            return
    before = _remember(config, now)
    baseline = play_baseline.pinned_head(config)
    _bars(now, before, baseline)
    with page.guard():
        play_baseline.panel(config, now, baseline)
    _classes(now, before, baseline, found.untested)
    with below:
        _curves(now, before)


def _facts(choice: DatasetConfig, found: Heads) -> str:
    data = cache.dataset(choice)
    noun = tables.noun(data)
    return (
        f"{found.n_steps:,} steps {play_form.took(found)} · {literal(page.describe(choice))}, {data.n_train:,} "
        f"training {noun}s · mAP on {len(data.test_rows):,} test {noun}s"
    )


def _diverged(now: Head) -> None:
    sentence = now.diverged[:1].upper() + now.diverged[1:].rstrip(".")
    st.warning(f"{literal(sentence)}.", icon=":material/trending_up:")


def _remember(config: RunConfig, now: Head) -> Head | None:
    """Note the setting as seen; return the head of the one before where the two can be compared."""
    seen: list[Seen] = state.value_of(SEEN, [])
    present = Seen(config, convention().name, now)
    if not seen or (seen[-1].config, seen[-1].borders) != (present.config, present.borders):
        seen = [*seen, present][-2:]
        state.keep(SEEN, seen)
    before = seen[0] if len(seen) > 1 else None
    return before.head if before is not None and before.comparable(config) else None


def _bars(now: Head, before: Head | None, baseline: Head | None) -> None:
    shown = [None if head is None else head.result for head in (now, before, baseline)]
    show_figure(
        figures.map_bars(*shown),
        key="play_bars",
        alt="mAP of total, head, medium and tail of this setting, with the setting before and the baseline",
    )
    lines = " Lines are 95 % intervals over resampled test images." if now.intervals else ""
    st.caption(f"Mean average precision by group of classes; pale: the setting before.{lines} {ONE_SEED}")


def _classes(now: Head, before: Head | None, baseline: Head | None, untested: tuple[str, ...]) -> None:
    shown = [None if head is None else head.result for head in (now, before, baseline)]
    with st.container(horizontal=True):
        convention_switch("play")
    show_figure(
        figures.class_points(*shown),
        key="play_classes",
        alt="Average precision of every class against its training images, with where it was in the setting before",
    )
    notes = ["Each marker is a class; a line leads from where it was. Hover for its test positives."]
    if untested:
        named = ", ".join(map(literal, untested[:NAMED_UNTESTED]))
        more = f" and {len(untested) - NAMED_UNTESTED:,} more" if len(untested) > NAMED_UNTESTED else ""
        notes.append(f"Without a positive in the test split, so in no mean: {named}{more}.")
    unseen = sum(not each.train_count for each in now.classes)
    if unseen:
        notes.append(f"{unseen:,} without a training image have no place on the axis; they count as tail.")
    st.caption(" ".join(notes))


def _curves(now: Head, before: Head | None) -> None:
    old = () if before is None else before.curve
    left, right = st.columns(2)
    with left:
        show_figure(
            figures.map_curve(now.curve, old), key="play_map_curve", alt="mAP by group against the optimizer steps"
        )
    with right:
        show_figure(
            figures.loss_curve(now.curve, old), key="play_loss_curve", alt="Training and test loss against the steps"
        )
    st.caption(
        "How it came about; the learning rate falls at 5/8 and 7/8 of the steps. Losses of different formulas have "
        "different heights: look at shapes."
    )


def _take_along(config: RunConfig) -> None:
    page.link("Train", "Train this for real", run="", **train_form.address(config))
    with st.expander("The same on the command line", icon=":material/terminal:"):
        st.code(launch.command_line(config), language="bash", wrap_lines=True)
