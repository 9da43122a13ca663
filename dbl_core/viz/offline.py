"""Figures for a page that stands alone: plotly's own script, and figures as JSON without what that page decides."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.io.json import to_json_plotly
from plotly.offline import get_plotlyjs


def plotly_script() -> str:
    """The whole of plotly.js, which draws the figures without any network."""
    return get_plotlyjs()


def figure_json(figure: go.Figure) -> str:
    """A figure as JSON without plotly's default template: font colours follow the page, in light and in dark."""
    parts = figure.to_dict()
    parts["layout"].pop("template", None)
    return to_json_plotly(parts)
