"""Which way one image pulls the logit of every class, and how hard.

The records come from ``dbl_core.losses.anatomy.dissect``. Colour is the group; negatives are hatched, and what a loss
did before its terms were switched is drawn pale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from dbl_core.longtail.groups import GROUPS
from dbl_core.viz.labels import name_ticks
from dbl_core.viz.losses import PALE, CurveClass
from dbl_core.viz.theme import GROUP_COLORS, NEUTRAL, layout_of, plain, styled

MOST_CLASSES = 60
"""Of more classes only those of the image and the strongest others are drawn."""
_HATCH = {"shape": "/", "size": 6, "solidity": 0.4, "fillmode": "replace"}


def pulls(answers: Mapping[str, Mapping[str, Any]], classes: Sequence[CurveClass], *, height: int = 360) -> go.Figure:
    """Draw minus the gradient of every class: what a step of training adds to the logit, up or down.

    Args:
        answers: for each loss its title and what ``dissect`` returned; the first is drawn strong.
        classes: all classes of the data set.
        height: height in pixels.
    """
    shown = _shown(list(answers.values()), classes)
    bars = []
    for place, (title, answer) in enumerate(answers.items()):
        records = {record["label"]: record for record in answer["classes"]}
        for group in GROUPS:
            for present in (True, False):
                members = [one for one in shown if one.group == group and records[one.label]["present"] == present]
                if members:
                    bars.append(_bars(members, records, title, present=present, pale=place > 0))
    bars += _keys(answers, shown)
    return go.Figure(data=bars, layout=dict(_layout(tuple(plain(one.name) for one in shown), height)))


@lru_cache(maxsize=8)
def _layout(names: tuple[str, ...], height: int) -> Mapping[str, Any]:
    """Return what does not depend on the gradients."""
    figure = go.Figure()
    styled(figure, x_title="", y_title="−gradient", height=height, margins=(8, 8, 56, 8))
    figure.update_xaxes(showgrid=False, categoryorder="array", categoryarray=names, **name_ticks(list(names)))
    figure.add_hline(0, line={"color": NEUTRAL, "width": 1})
    figure.update_layout(legend={"y": 1.07, "itemclick": False, "itemdoubleclick": False})
    return layout_of(figure.update_layout(barmode="group", bargap=0.25, bargroupgap=0.05))


def _shown(answers: Sequence[Mapping[str, Any]], classes: Sequence[CurveClass]) -> list[CurveClass]:
    ordered = sorted(classes, key=lambda one: -one.count)
    if len(ordered) <= MOST_CLASSES:
        return ordered
    strength: dict[int, tuple[bool, float]] = {}
    for answer in answers:
        for record in answer["classes"]:
            _, before = strength.get(record["label"], (False, 0.0))
            strength[record["label"]] = record["present"], max(before, abs(record["gradient"]))
    kept = sorted(strength, key=strength.get, reverse=True)[:MOST_CLASSES]
    return [one for one in ordered if one.label in set(kept)]


def _bars(
    members: Sequence[CurveClass], records: Mapping[int, Mapping[str, Any]], title: str, *, present: bool, pale: bool
) -> dict[str, Any]:
    marker: dict[str, Any] = {"color": GROUP_COLORS[members[0].group], "opacity": PALE if pale else 1}
    if not present:
        marker["pattern"] = _HATCH
    return {
        "type": "bar",
        "x": [plain(one.name) for one in members],
        "y": [-records[one.label]["gradient"] for one in members],
        "marker": marker,
        "offsetgroup": str(int(pale)),
        "customdata": [[one.group, one.count] for one in members],
        "hovertemplate": f"<b>%{{x}}</b>, %{{customdata[0]}}, %{{customdata[1]:,}} training images<br>{plain(title)}"
        f"<br>{'in' if present else 'not in'} the image, −gradient %{{y:.4g}}<extra></extra>",
        "showlegend": False,
    }


def _keys(answers: Mapping[str, Any], shown: Sequence[CurveClass]) -> list[dict[str, Any]]:
    """Return the entries of the legend."""
    looks: list[tuple[str, dict[str, Any]]] = [
        ("in the image", {"marker": {"color": NEUTRAL}}),
        ("not in the image", {"marker": {"color": NEUTRAL, "pattern": _HATCH}}),
    ]
    if len(answers) > 1:
        looks += [
            (plain(title), {"marker": {"color": NEUTRAL}, "opacity": PALE if place else 1})
            for place, title in enumerate(answers)
        ]
    key = {"type": "bar", "x": [None], "y": [None], "hoverinfo": "skip"}
    return [{**key, "name": text, **look} for text, look in looks] if shown else []
