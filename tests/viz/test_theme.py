import itertools
import tomllib
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
from plotly.subplots import make_subplots

from dbl_core.longtail import GROUPS
from dbl_core.viz import theme

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
BACKGROUNDS = [SETTINGS["theme"][mode]["backgroundColor"] for mode in ("light", "dark")]
# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(color):
    channels = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    xyz = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.95047, 1, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(color, background):
    light, dark = sorted(((linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (color, background)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("sight", SIGHT)
def test_group_colors_differ_for_every_eye(sight):
    seen = [lab(SIGHT[sight] @ linear(color)) for color in theme.GROUP_COLORS.values()]
    assert all(np.linalg.norm(a - b) >= 25 for a, b in itertools.combinations(seen, 2))


@pytest.mark.parametrize("color", [*theme.GROUP_COLORS.values(), *theme.RUN_COLORS, theme.NEUTRAL])
def test_colors_stand_out_on_both_backgrounds(color):
    assert all(contrast(color, background) >= 3 for background in BACKGROUNDS)


def test_color_never_stands_alone():
    for marks in (theme.GROUP_PATTERNS, theme.GROUP_SYMBOLS, theme.GROUP_DASHES):
        assert set(marks) == set(GROUPS)
        assert len(set(marks.values())) == len(GROUPS)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_streamlit_draws_with_the_same_colors(mode):
    assert SETTINGS["theme"][mode]["chartCategoricalColors"][:3] == list(theme.GROUP_COLORS.values())
    assert len(SETTINGS["theme"][mode]["chartSequentialColors"]) == 10


def test_the_app_asks_nobody_outside():
    assert SETTINGS["browser"]["gatherUsageStats"] is False
    fonts = {value for key, value in SETTINGS["theme"].items() if key.lower().endswith("font")}
    assert fonts <= {"sans-serif", "serif", "monospace"}


def test_styled_titles_the_axes_and_leaves_colors_to_the_page():
    figure = theme.styled(go.Figure(go.Bar(x=["a"], y=[1])), x_title="", y_title="images (count)", height=300)
    assert figure.layout.yaxis.title.text == "images (count)"
    assert figure.layout.xaxis.title.text is None
    assert figure.layout.height == 300
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.font.color is None


def test_a_name_is_text_not_markup():
    assert theme.plain("<b>x</b> & y") == "&lt;b&gt;x&lt;/b&gt; &amp; y"


def panels():
    return make_subplots(2, 1, subplot_titles=["above", "below"])


def test_laying_a_figure_out_part_by_part_is_what_plotly_s_update_does():
    parts = {"legend": {"y": 1.2, "itemclick": False}, "barmode": "stack", "height": 200}
    ours = theme.lay(theme.lay(panels(), legend={"x": 0.5}), **parts)
    assert ours == panels().update_layout(legend={"x": 0.5}).update_layout(**parts)
    axis = {"showgrid": False, "range": [0, 3], "title": {"text": "<b>n</b>"}}
    assert theme.lay_axes(panels(), "y", **axis) == panels().update_yaxes(**axis)
    assert theme.lay_axes(go.Figure(), "x", **axis) == go.Figure().update_xaxes(**axis)


def test_a_rule_is_plotly_s_own_line_across_the_plot():
    line = {"color": theme.NEUTRAL, "width": 2, "dash": "dot"}
    plotly_s = go.Figure().add_vline(x=3, line=line).add_hline(y=-1, line={**line, "color": "#000000"})
    ours = theme.rule(theme.rule(go.Figure(), x=3, width=2, dash="dot"), y=-1, width=2, dash="dot", color="#000000")
    assert ours == plotly_s


def test_a_layout_makes_other_figures_look_the_same():
    first = theme.styled(panels(), x_title="x (s)", y_title="y")
    layout = theme.layout_of(first)
    assert go.Figure(layout=dict(layout)) == go.Figure(layout=first.layout)
    with pytest.raises(TypeError):
        layout["height"] = 1
