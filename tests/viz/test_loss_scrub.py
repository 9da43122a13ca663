"""The chart that follows a slider in the browser: its table holds the numbers, its description only picks them."""

import json

import numpy as np
import pytest

from dbl_core.viz import loss_scrub
from dbl_core.viz.loss_scrub import Handle, fitting_points, quantities, scrub_chart, scrub_table
from dbl_core.viz.losses import CurveClass
from dbl_core.viz.theme import GROUP_COLORS

CLASSES = [CurveClass(2, "person", "head", 775), CurveClass(0, 'it\'s "so"', "medium", 40)]
SERIES = [{"label": label, "side": side} for label in (2, 0) for side in ("positive", "negative")]
LOGITS = np.linspace(-8, 8, 5)
HANDLE = Handle(label="μ", symbol="μ", values=(0.0, 0.5, 1.0), places=(0.0, 0.5, 1.0), step=0.5, at=1)


def answer(**changes):
    numbers = np.arange(4 * 5 * 3, dtype=np.float32).reshape(4, 5, 3)
    found = {"logits": LOGITS, "series": SERIES, "loss": numbers, "gradient": -numbers, "factor": numbers / 10}
    return found | changes


def test_the_table_has_a_row_for_each_point_and_a_column_for_each_value():
    table = scrub_table(answer(), CLASSES)
    assert len(table) == 4 * 5
    assert [name for name in table if name.startswith("gradient")] == ["gradient0", "gradient1", "gradient2"]
    assert table["z"].tolist() == pytest.approx(np.tile(LOGITS, 4))
    assert table["p"].tolist() == pytest.approx(1 / (1 + np.exp(-np.tile(LOGITS, 4))), rel=1e-5)
    assert table["class"][0] == "person (head, 775)"
    assert table["cell"].tolist() == (["positive cell"] * 5 + ["negative cell"] * 5) * 2
    for index in range(3):
        assert table[f"loss{index}"].to_numpy() == pytest.approx(answer()["loss"][:, :, index].ravel())
        assert table[f"loss{index}"].dtype == np.float32


def test_the_chart_takes_the_column_of_the_place_and_keeps_the_one_that_is_set():
    chart = scrub_chart(answer(), CLASSES, HANDLE)
    json.dumps(chart, allow_nan=False)
    assert len(chart["vconcat"]) == 3
    picked = [step["calculate"] for step in chart["vconcat"][1]["transform"] if "calculate" in step]
    assert picked == ["datum['gradient' + step]", "datum['gradient' + 1]"]
    slider = next(one for one in chart["params"] if one["name"] == "place")
    assert slider["value"] == 0.5
    assert slider["bind"] == {"input": "range", "name": "μ ", "min": 0.0, "max": 1.0, "step": 0.5}
    assert next(one for one in chart["params"] if one["name"] == "named")["value"] == ["0", "0.5", "1"]


def test_colour_is_the_group_and_dash_the_side():
    encoding = scrub_chart(answer(), CLASSES, HANDLE)["vconcat"][0]["encoding"]
    assert encoding["color"]["scale"]["range"] == [GROUP_COLORS["head"], GROUP_COLORS["medium"]]
    assert encoding["color"]["scale"]["domain"] == list(scrub_table(answer(), CLASSES)["class"].unique())
    assert encoding["strokeWidth"]["scale"]["range"] == sorted(encoding["strokeWidth"]["scale"]["range"], reverse=True)
    assert encoding["strokeDash"]["scale"] == {"domain": ["positive cell", "negative cell"], "range": [[1, 0], [7, 5]]}


def test_axes_hold_every_value_of_the_option_and_only_the_lowest_is_named():
    panels = scrub_chart(answer(), CLASSES, HANDLE)["vconcat"]
    for panel, quantity in zip(panels, ("loss", "gradient", "factor"), strict=True):
        low, high = panel["encoding"]["y"]["scale"]["domain"]
        assert low < answer()[quantity].min()
        assert high > answer()[quantity].max()
        assert panel["encoding"]["y"]["title"]
    assert [panel["encoding"]["x"]["axis"]["title"] for panel in panels] == [None, None, "logit z"]


def test_probability_and_logarithm():
    panel = scrub_chart(answer(), CLASSES, HANDLE, axis="probability", log=True)["vconcat"][-1]
    assert panel["encoding"]["x"]["field"] == "p"
    assert panel["encoding"]["x"]["scale"]["domain"] == [0, 1]
    assert panel["encoding"]["y"]["scale"]["type"] == "log"
    assert panel["encoding"]["y"]["scale"]["domain"][0] > 0
    assert panel["transform"][0]["calculate"].startswith("max(abs(datum['factor' + step]), ")


def test_a_loss_that_is_no_sum_of_cells_has_two_panels():
    whole = answer(factor=None)
    assert quantities(whole) == ["loss", "gradient"]
    panels = scrub_chart(whole, CLASSES, HANDLE)["vconcat"]
    assert [panel["encoding"]["x"]["axis"]["title"] for panel in panels] == [None, "logit z"]
    assert not [name for name in scrub_table(whole, CLASSES) if name.startswith("factor")]


def test_curves_of_nothing_still_have_axes():
    flat = answer(loss=np.zeros((4, 5, 3)), gradient=np.zeros((4, 5, 3)), factor=np.zeros((4, 5, 3)))
    for panel in scrub_chart(flat, CLASSES, HANDLE)["vconcat"]:
        low, high = panel["encoding"]["y"]["scale"]["domain"]
        assert low < 0 < high


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="allowed: logit or probability"):
        scrub_chart(answer(), CLASSES, HANDLE, axis="odds")
    with pytest.raises(ValueError, match="3 values do not fit 2 curves"):
        scrub_chart(answer(loss=np.zeros((4, 5, 2))), CLASSES, HANDLE)


@pytest.mark.parametrize("n_values", [15, 31, 61, 101, 200])
def test_all_curves_together_stay_small(n_values):
    points = fitting_points(3, n_values)
    assert 41 <= points <= 161
    assert 4 * points * 6 * 3 * n_values <= 700_000
    assert loss_scrub.MOST_NUMBERS * 4 <= 700_000
