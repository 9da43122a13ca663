"""Which classes the curves show, and in which image: chosen among the classes of the chosen data set."""

from __future__ import annotations

import streamlit as st

from dbl_core.config import DatasetConfig
from dbl_core.longtail.groups import GROUPS, group_of
from dbl_core.viz.losses import CurveClass
from pages.ui import cache
from pages.ui.labels_convention import convention
from pages.ui.loss_answers import Contexts
from pages.ui.text import literal

ALONE = "nothing else"


def classes_of(choice: DatasetConfig) -> list[CurveClass]:
    """Return all classes of a training set, most frequent first."""
    dataset = cache.dataset(choice)
    counts = dataset.label_counts
    rows = enumerate(zip(dataset.label_names, group_of(counts, convention()), counts, strict=True))
    classes = [CurveClass(label, name, str(group), int(count)) for label, (name, group, count) in rows]
    return sorted(classes, key=lambda chosen: -chosen.count)


def facts(choice: DatasetConfig, classes: list[CurveClass]) -> str:
    """Return one line on what a loss learns of the data."""
    most, fewest = classes[0], classes[-1]
    head, medium, tail = (sum(chosen.group == group for chosen in classes) for group in GROUPS)
    return (
        f"What a loss knows of the data: **{cache.dataset(choice).n_train:,}** training images; in a class "
        f"**{most.count:,}** ({literal(most.name)}) to **{fewest.count:,}** ({literal(fewest.name)}); "
        f"{head} head, {medium} medium, {tail} tail classes."
    )


def pick(classes: list[CurveClass]) -> tuple[list[CurveClass], Contexts]:
    """Draw the choice of a head, a medium and a tail class and of what else the image shows.

    The middle class of each group is chosen at first, and that of the tail as the other label: in an image of a rare
    class a frequent one matters less, which is what the re-balanced weight is about.

    Returns:
        The chosen classes, and for each its column and the columns of the image's other labels.
    """
    chosen, places = [], st.columns(4)
    for place, group in zip(places, GROUPS, strict=False):
        members = {one.name: one for one in classes if one.group == group}
        title = f"{group.capitalize()} class"
        with place:
            if members:
                name = _name(title, list(members), f"loss_{group}", len(members) // 2)
                chosen.append(members[name])
            else:
                st.selectbox(title, [], placeholder="none in this set", disabled=True, key=f"loss_no_{group}")
    names = [ALONE, *(one.name for one in classes)]
    rarest = max(chosen, key=lambda one: GROUPS.index(one.group))
    with places[3]:
        other = _name("The image also shows", names, "loss_beside", names.index(rarest.name))
    others = tuple(one.label for one in classes if one.name == other)
    return chosen, tuple((one.label, tuple(label for label in others if label != one.label)) for one in chosen)


def _name(label: str, names: list[str], key: str, middle: int) -> str:
    return st.selectbox(label, names, index=middle, key=key, bind="query-params")
