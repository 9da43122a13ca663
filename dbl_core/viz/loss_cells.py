"""What losses do to the real cells of a training set: mean weights and gradients, shares of the gradient.

The records come from ``dbl_core.losses.explore``. Colour is always the group. Of two losses the first is drawn strong
and the second pale; positives are solid and negatives hatched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.colors import hex_to_rgb
from plotly.subplots import make_subplots

from dbl_core.longtail.groups import GROUPS
from dbl_core.viz.labels import NAME_LIMIT, name_ticks, shortened
from dbl_core.viz.losses import PALE, SIDES, CurveClass
from dbl_core.viz.theme import GROUP_COLORS, NEUTRAL, layout_of, plain, styled

MEASURES = {"weight": "mean weight", "gradient": "mean |gradient|"}
"""What the means over cells can show."""
_HATCH = {"shape": "/", "size": 6, "solidity": 0.4, "fillmode": "replace"}


def cell_means(
    tables: Mapping[str, Mapping[str, Any]], *, measure: str = "weight", relative: bool = False, height: int = 340
) -> go.Figure:
    """Draw the mean weight or gradient of the real cells of a training set, by group, positives beside negatives.

    Args:
        tables: for each loss its short title and what ``explore.cell_table`` returned; the first is drawn strong.
        measure: key of :data:`MEASURES`.
        relative: divide by the loss's mean over all cells; takes away the size of a loss, which acts like a learning
            rate and not like a balance.
        height: height in pixels.

    Raises:
        ValueError: an unknown measure.
    """
    if measure not in MEASURES:
        raise ValueError(f"measure is {measure!r}; allowed: {', '.join(MEASURES)}")
    bars = []
    for place, (title, table) in enumerate(tables.items()):
        whole = _overall(table["groups"], measure) if relative else 1.0
        for side, panel in zip(SIDES, ("", "2"), strict=True):
            records = [r for g in GROUPS for r in table["groups"] if (r["group"], r["side"]) == (g, side)]
            axes = {"xaxis": f"x{panel}", "yaxis": f"y{panel}"}
            bars.append({**_bars(records, title, measure, whole, pale=place > 0), **axes})
    bars += [_bar_key(title, pale=place > 0) for place, title in enumerate(tables if len(tables) > 1 else ())]
    y_title = f"relative {MEASURES[measure]}" if relative else MEASURES[measure]
    return go.Figure(data=bars, layout=dict(_mean_layout(y_title, height)))


@lru_cache(maxsize=8)
def _mean_layout(y_title: str, height: int) -> Mapping[str, Any]:
    """Return what does not depend on the means."""
    titles = [f"{side} cells" for side in SIDES]
    figure = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.04, column_titles=titles)
    styled(figure, x_title="", y_title="", height=height, margins=(8, 8, 56, 8))
    figure.update_yaxes(title_text=y_title, rangemode="tozero", row=1, col=1)
    figure.update_xaxes(showgrid=False, categoryorder="array", categoryarray=list(GROUPS))
    figure.update_annotations(font_size=12)
    figure.update_layout(legend={"y": 1.09, "itemclick": False, "itemdoubleclick": False})
    figure.update_layout(barmode="group", bargap=0.2, uniformtext={"minsize": 9, "mode": "show"})
    return layout_of(figure)


def _bars(
    records: Sequence[Mapping[str, Any]], title: str, measure: str, whole: float, *, pale: bool
) -> dict[str, Any]:
    values = [None if record[measure] is None else record[measure] / whole for record in records]
    marker: dict[str, Any] = {"color": [GROUP_COLORS[record["group"]] for record in records]}
    marker["opacity"] = PALE if pale else 1
    if records and records[0]["side"] == "negative":
        marker["pattern"] = _HATCH
    return {
        "type": "bar",
        "x": [record["group"] for record in records],
        "y": values,
        "text": [_written(value) for value in values],
        "textposition": "outside",
        "textangle": 0,
        "cliponaxis": False,
        "textfont": {"size": 11},
        "marker": marker,
        "offsetgroup": str(int(pale)),
        "customdata": [[record["cells"], record["side"]] for record in records],
        "hovertemplate": f"<b>%{{x}}</b>, %{{customdata[1]}} cells<br>{plain(title)}"
        f"<br>{MEASURES[measure]} %{{y:.4g}}<br>mean of %{{customdata[0]:,}} cells<extra></extra>",
        "showlegend": False,
    }


def _written(value: float | None) -> str:
    """Write a value shortly, for two bars stand close together on a narrow page; the hover text has more digits."""
    if value is None:
        return "none"
    if value < 0.0005:
        return "≈ 0"
    return f"{value:.2f}" if 0.1 <= value < 10 else f"{value:.2g}" if value < 0.1 else f"{value:,.0f}"


def _bar_key(title: str, *, pale: bool) -> dict[str, Any]:
    look = {"marker": {"color": NEUTRAL}, "opacity": PALE if pale else 1, "hoverinfo": "skip"}
    return {"type": "bar", "x": [None], "y": [None], "name": plain(title), **look}


def _overall(records: Sequence[Mapping[str, Any]], measure: str) -> float:
    """Return the mean over all cells; 1 where that is nothing to divide by."""
    known = [record for record in records if record[measure] is not None]
    cells = sum(record["cells"] for record in known)
    total = sum(record["cells"] * record[measure] for record in known)
    return total / cells if total else 1.0


def gradient_shares(
    tables: Mapping[str, Mapping[str, Any]],
    classes: Sequence[CurveClass],
    *,
    sides: Sequence[str] = SIDES,
    height: int | None = None,
) -> go.Figure:
    """Draw how much of the gradient each class receives, most frequent first, one row of bars a loss.

    Of more than ``NAME_LIMIT`` classes the bars grow together into areas, pale instead of hatched for negatives.

    Args:
        tables: for each loss its short title and what ``explore.cell_table`` returned.
        classes: all classes of the data set.
        sides: which cells count, "positive", "negative" or both; the shares of a row of bars add up to 100 %.
        height: height in pixels; None fits the number of losses.
    """
    ordered = sorted(classes, key=lambda chosen: -chosen.count)
    drawn = _share_areas if len(ordered) > NAME_LIMIT else _share_bars
    top, traces = 100 / max(len(ordered), 1), []
    for row, (title, table) in enumerate(tables.items()):
        shares = _shares(table["labels"], ordered, sides)
        axes = {letter + "axis": f"{letter}{row + 1 if row else ''}" for letter in "xy"}
        traces += [{**trace, **axes} for trace in drawn(shares, ordered, title)]
        top = max(top, sum(shares.values()).max(initial=0))
    traces += _share_keys(sides, many=len(ordered) > NAME_LIMIT)
    titles, names = (tuple(map(plain, words)) for words in (tables, [chosen.name for chosen in ordered]))
    layout = dict(_share_layout(titles, names, height or 190 + 170 * len(tables)))
    for name in [name for name in layout if name.startswith("yaxis")]:
        layout[name] = {**layout[name], "range": [0, 1.08 * top]}
    return go.Figure(data=traces, layout=layout)


@lru_cache(maxsize=8)
def _share_layout(titles: tuple[str, ...], names: tuple[str, ...], height: int) -> Mapping[str, Any]:
    """Return what does not depend on the shares."""
    figure = make_subplots(len(titles), 1, shared_xaxes=True, vertical_spacing=0.13, subplot_titles=titles)
    equal = {"y": 100 / max(len(names), 1), "line": {"color": NEUTRAL, "dash": "dot", "width": 1.5}}
    figure.add_hline(**equal, row="all", col=1, exclude_empty_subplots=False)
    styled(figure, x_title="", y_title="share (%)", height=height, margins=(8, 8, 56, 8))
    figure.update_xaxes(showgrid=False, categoryorder="array", categoryarray=names, **name_ticks(list(names)))
    figure.update_annotations(font_size=12)
    figure.update_layout(legend={"y": 1.07, "traceorder": "normal", "itemclick": False, "itemdoubleclick": False})
    return layout_of(figure.update_layout(barmode="stack", bargap=0.25))


def _shares(
    records: Sequence[Mapping[str, Any]], ordered: Sequence[CurveClass], sides: Sequence[str]
) -> dict[str, np.ndarray]:
    """Return each class's share in percent of the gradient of the cells that count, from positives and negatives."""
    by_label = {record["label"]: record for record in records}
    share = np.array([by_label[chosen.label]["share"] or 0.0 for chosen in ordered])
    positive = share * np.array([by_label[chosen.label]["positive_share"] or 0.0 for chosen in ordered])
    parts = {"positive": positive, "negative": share - positive}
    total = sum(parts[side].sum() for side in sides) or 1.0
    return {side: 100 * parts[side] / total for side in sides}


def _share_bars(shares: Mapping[str, np.ndarray], ordered: Sequence[CurveClass], title: str) -> list[dict[str, Any]]:
    """Return a bar a class and side, to be stacked."""
    whole = sum(shares.values())
    bars = []
    for side, share in shares.items():
        marker: dict[str, Any] = {"color": [GROUP_COLORS[chosen.group] for chosen in ordered]}
        if side == "negative":
            marker["pattern"] = _HATCH
        bars.append(
            {
                "type": "bar",
                "x": [plain(chosen.name) for chosen in ordered],
                "y": share,
                "marker": marker,
                "customdata": [[chosen.group, chosen.count, one] for chosen, one in zip(ordered, whole, strict=True)],
                "hovertemplate": f"<b>%{{x}}</b>, %{{customdata[0]}}, %{{customdata[1]:,}} training images<br>"
                f"{plain(title)}<br>%{{y:.2f}} % from its {side} cells<br>%{{customdata[2]:.2f}} % shown in all"
                "<extra></extra>",
                "showlegend": False,
            }
        )
    return bars


def _share_areas(shares: Mapping[str, np.ndarray], ordered: Sequence[CurveClass], title: str) -> list[dict[str, Any]]:
    """Return an area a group and side: what all sides give together, and over it what the first gives alone."""
    heights = np.cumsum(list(shares.values()), axis=0)
    areas = []
    for side, share, height in reversed(list(zip(shares, shares.values(), heights, strict=True))):
        for group in GROUPS:
            places = [place for place, chosen in enumerate(ordered) if chosen.group == group]
            members = [ordered[place] for place in places]
            areas.append(
                {
                    "type": "scatter",
                    "x": [plain(chosen.name) for chosen in members],
                    "y": height[places],
                    "mode": "lines",
                    "line": {"width": 0, "shape": "hvh"},
                    "fill": "tozeroy",
                    "fillcolor": _filled(GROUP_COLORS[group], side),
                    "hovertext": [
                        f"<b>{shortened(plain(chosen.name))}</b>, {group}, {chosen.count:,} training images"
                        f"<br>{share[place]:.3g} % from its {side} cells"
                        for place, chosen in zip(places, members, strict=True)
                    ],
                    "hovertemplate": f"%{{hovertext}}<br>{plain(title)}<extra></extra>",
                    "showlegend": False,
                }
            )
    return areas


def _filled(color: str, side: str) -> str:
    red, green, blue = hex_to_rgb(color)
    return f"rgba({red},{green},{blue},{PALE if side == 'negative' else 1})"


def _share_keys(sides: Sequence[str], *, many: bool) -> list[dict[str, Any]]:
    """Return the entries of the legend: what the two kinds of bars and the dotted line mean."""
    keys = []
    for side in sides:
        negative = side == "negative"
        marker = {"color": NEUTRAL, "pattern": _HATCH if negative and not many else None}
        opacity = PALE if negative and many else 1
        look = {"marker": marker, "opacity": opacity, "hoverinfo": "skip"}
        keys.append(dict(type="bar", x=[None], y=[None], name=f"{side} cells", **look))
    dotted = {"color": NEUTRAL, "dash": "dot", "width": 1.5}
    look = {"mode": "lines", "line": dotted, "name": "equal shares", "hoverinfo": "skip"}
    keys.append({"type": "scatter", "x": [None], "y": [None], **look})
    return keys
