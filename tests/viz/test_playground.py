"""Figures of the Playground: ghosts, baselines, many classes, sweeps over one and two options, methods."""

import math

import numpy as np
import pytest

from dbl_core.config import DatasetConfig, RunConfig
from dbl_core.runs import heads, method_table
from dbl_core.runs.outcome import ClassResult, Result
from dbl_core.runs.sweeps import Axis, read_sweep, sweep_configs
from dbl_core.viz import method_table as method_figures
from dbl_core.viz import playground, sweeps, theme
from tests import fake_heads
from tests.fake_heads import setting


def trained(*configs, **arguments):
    runs = [config.model_dump() for config in configs]
    return heads.read_heads(fake_heads.train_heads(runs=runs, **arguments), configs)


@pytest.fixture(scope="module")
def now():
    return trained(setting({"mu": 0.5}), intervals=True).heads[0]


@pytest.fixture(scope="module")
def before():
    return trained(setting({"mu": 1.2})).heads[0]


def by_name(figure):
    return {trace.name: trace for trace in figure.data}


def test_bars_stand_before_their_ghost_and_carry_the_baseline(now, before):
    figure = playground.map_bars(now.result, before.result, before.result)
    assert [trace.name for trace in figure.data] == ["the setting before", "this setting", None, "baseline"]
    ghost, bars, _, mark = figure.data
    assert bars.y == pytest.approx([100 * now.map[key] for key in ("total", "head", "medium", "tail")])
    assert ghost.y[3] == pytest.approx(100 * before.map["tail"]) == mark.y[3]
    assert ghost.width > bars.width
    assert bars.marker.color[1:] == tuple(theme.GROUP_COLORS.values())
    assert bars.error_y.array[0] == pytest.approx(3)
    assert f"<b>{100 * now.map['tail']:.1f}</b>" in figure.layout.xaxis.ticktext[3]
    assert f"was {100 * before.map['tail']:.1f}" in figure.layout.xaxis.ticktext[3]
    assert figure.layout.yaxis.title.text.endswith("(%)")


def test_the_first_setting_has_neither_ghost_nor_whiskers_without_intervals(before):
    figure = playground.map_bars(before.result)
    assert [trace.name for trace in figure.data] == ["this setting"]
    assert not figure.data[0].error_y.visible
    assert "was" not in "".join(figure.layout.xaxis.ticktext)


def test_a_group_without_classes_says_so(now):
    empty = now.result.model_copy(update={"map": {**now.map, "head": math.nan}, "intervals": {}})
    assert "no class" in playground.map_bars(empty).layout.xaxis.ticktext[1]


@pytest.mark.parametrize(("highest", "top"), [(0.07, 10), (0.09, 20), (0.5, 60), (0.99, 100)])
def test_the_axis_ends_at_the_ten_above(now, highest, top):
    low = now.result.model_copy(update={"map": dict.fromkeys(now.map, highest), "intervals": {}})
    assert playground.map_bars(low).layout.yaxis.range == (0, top)


def test_classes_are_joined_with_where_they_were(now, before):
    figure = playground.class_points(now.result, before.result, before.result)
    moves, old, base, *groups = figure.data
    assert [trace.name for trace in groups] == ["head", "medium", "tail"]
    assert len(old.x) == 20
    assert len(moves.x) == 60
    assert base.marker.symbol == "line-ew"
    points = {name: y for trace in groups for name, y in zip(trace.text, trace.y, strict=True)}
    ap = dict(zip([each.label for each in now.classes], now.ap, strict=True))
    assert points["cow"] == pytest.approx(100 * ap["cow"])
    spot = list(old.x).index(775)
    assert moves.y[3 * spot] == pytest.approx(old.y[spot])
    assert figure.layout.xaxis.type == "log"


def test_every_class_has_its_name_where_there_is_room(now):
    figure = playground.class_points(now.result)
    named = {name for trace in figure.data for name in trace.text or () if name}
    rows = [row for row in now.result.per_class if row.train_count and row.ap == row.ap]
    rarest = min(rows, key=lambda row: (row.train_count, row.ap))
    assert {rarest.label} < named <= {row.label for row in rows}


def test_of_classes_in_one_place_some_are_left_to_the_hover_text():
    entries = tuple(ClassResult(label=f"class {n}", train_count=9, test_positives=5, ap=0.5) for n in range(20))
    figure = playground.class_points(Result(map={}, per_class=entries, config=RunConfig()))
    (trace,) = figure.data
    assert len(trace.x) == len(trace.textposition) == 20
    assert sum(bool(name) for name in trace.text) == 2  # above and below; beside it a name would reach into these


def result_of_many(n_labels, *, untested=0, unseen=0):
    entries = tuple(
        ClassResult(
            label=f"label <{number}> " + "x" * 60,
            train_count=0 if number < unseen else number + 1,
            test_positives=0 if number >= n_labels - untested else 5,
            ap=math.nan if number >= n_labels - untested else 0.1,
        )
        for number in range(n_labels)
    )
    return heads.Head(setting(), {}, np.zeros(0), ()).result.model_copy(update={"per_class": entries})


def test_of_many_classes_names_are_left_to_hovering():
    figure = playground.class_points(result_of_many(400, untested=30, unseen=20))
    assert sum(len(trace.x) for trace in figure.data) == 350
    assert all(trace.mode == "markers" for trace in figure.data)
    assert all(count > 0 for trace in figure.data for count in trace.x)
    first = figure.data[0].customdata[0][0]
    assert first.startswith("label &lt;")
    assert first.endswith("…")


def test_a_result_without_any_class_gives_an_empty_figure():
    assert not playground.class_points(result_of_many(3, untested=3)).data


def test_curves_go_by_step_and_keep_the_total_before(now, before):
    figure = playground.map_curve(now.curve, before.curve)
    lines = by_name(figure)
    assert set(lines) == {"total before", "total", "head", "medium", "tail"}
    assert lines["tail"].x == (6, 12, 18, 25, 31, 37, 43, 50)
    assert lines["tail"].line.dash == theme.GROUP_DASHES["tail"]
    assert lines["total before"].opacity < lines["total"].opacity
    losses = by_name(playground.loss_curve(now.curve))
    assert set(losses) == {"training", "test"}
    assert losses["training"].y[0] == 1


MU = Axis("mu", "μ · mu", (0.1, 0.5, 0.9))
RATE = Axis("learning_rate", "learning rate", (0.01, 0.1, 20.0), "log")


def swept(*axes, n_seeds=1):
    configs = sweep_configs(setting(), axes, n_seeds)
    return read_sweep(trained(*configs, evaluate="end"), axes, n_seeds)


def test_a_line_for_every_group_with_the_best_and_the_form():
    found = swept(MU, n_seeds=2)
    figure = sweeps.sweep_lines(found, "tail", setting({"mu": 0.3}))
    lines = by_name(figure)
    assert lines["tail"].line.width > lines["head"].line.width
    assert list(lines["tail"].customdata) == [0, 1, 2]
    assert lines["best"].x == (0.5,)
    assert lines["tail"].error_y.array == pytest.approx(100 * found.maps[:, :, 3].std(axis=1, ddof=1))
    assert figure.layout.shapes[0].x0 == 0.3
    assert figure.layout.xaxis.ticktext == ("0.1", "0.5", "0.9")


def test_a_logarithmic_axis_has_equal_decades():
    figure = sweeps.sweep_lines(swept(RATE), "total", setting())
    assert by_name(figure)["total"].x == pytest.approx((-2, -1, np.log10(20)))
    assert figure.layout.shapes[0].x0 == pytest.approx(np.log10(0.02))
    assert "(log)" in figure.layout.xaxis.title.text


def test_a_surface_has_clickable_cells_the_best_and_the_form():
    found = swept(MU, RATE)
    figure = sweeps.sweep_surface(found, "total", setting({"mu": 0.5}, learning_rate=0.1))
    heat, cells, best, form = figure.data
    assert heat.z.shape == (3, 3)
    assert np.isnan(heat.z[2]).all()  # a rate of 20 diverges
    assert list(cells.customdata) == list(range(9))
    assert cells.marker.opacity == 0
    assert "diverged" in cells.text[8]
    assert round(best.x[0]) == 1
    assert (round(form.x[0]), round(form.y[0])) == (1, 1)
    assert figure.layout.xaxis.ticktext == ("0.1", "0.5", "0.9")


def test_a_form_outside_the_surface_is_not_marked():
    figure = sweeps.sweep_surface(swept(MU, RATE), "total", setting({"mu": 1.4}))
    assert "the form" not in by_name(figure)


def test_head_against_tail_has_the_front_and_every_setting():
    found = swept(MU, RATE)
    figure = sweeps.head_against_tail(found, "total", setting({"mu": 0.9}, learning_rate=0.01))
    lines = by_name(figure)
    beaten, front = lines["beaten settings"], lines["Pareto front"]
    assert sorted([*beaten.customdata, *front.customdata]) == list(range(9))
    assert list(front.customdata) == found.front()
    assert front.y == pytest.approx(100 * found.means[found.front(), 3])
    assert beaten.x == pytest.approx(100 * found.means[list(beaten.customdata), 1], nan_ok=True)
    assert lines["the form"].x[0] == pytest.approx(100 * found.means[2, 1])
    assert f"tail {front.y[0]:.1f} %" in front.text[0]


def test_methods_are_rows_with_their_spread():
    configs = method_table.method_configs(DatasetConfig(), fake_heads.STEPS)
    groups = method_table.method_groups(trained(*configs, evaluate="end"))
    figure = method_figures.method_dots(groups)
    assert [trace.name for trace in figure.data] == ["total", "head", "medium", "tail"]
    assert figure.layout.yaxis.ticktext[0] == "BCE"
    assert figure.data[3].error_x.array[0] == pytest.approx(100 * groups[0].spread("tail"))
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
