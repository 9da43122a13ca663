"""Histograms of cells: every cell is in a bar, medians where they belong, axes that can be read."""

import numpy as np
import pytest

from dbl_core.losses.cell_bins import BINS_PER_DECADE, LOWEST_EXPONENT, bin_exponent
from dbl_core.viz import loss_histograms
from dbl_core.viz.loss_histograms import distributions, quantile_rows, round_numbers, written
from dbl_core.viz.theme import GROUP_COLORS, NEUTRAL


def bin_of(value):
    return int((np.log10(value) - LOWEST_EXPONENT) * BINS_PER_DECADE) + 1


def record(group, side, values, measure="gradient"):
    bins, counts = np.unique([bin_of(value) for value in values], return_counts=True)
    quantiles = dict(zip(("q05", "q25", "median", "q75", "q95"), np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95)),
                         strict=True)) if values else dict.fromkeys(("q05", "q25", "median", "q75", "q95"))  # fmt: skip
    found = {"measure": measure, "group": group, "side": side, "cells": len(values), **quantiles}
    return found | {"bins": bins.tolist(), "counts": counts.tolist()}


def answer(scale=1.0):
    values = [scale * value for value in (0.001, 0.01, 0.01, 0.1, 0.5)]
    return {
        "distributions": [
            record("head", "positive", values),
            record("head", "negative", values[1:]),
            record("tail", "positive", []),
            record("tail", "negative", [scale * 0.5]),
        ]
    }


def bars(figure):
    return [trace for trace in figure.data if trace.type == "bar" and trace.width is not None]


def test_every_group_and_side_with_cells_has_a_histogram_of_all_its_cells():
    figure = distributions({"db": answer()})
    assert len(bars(figure)) == 3
    for bar in bars(figure):
        assert max(bar.y) == 1
        assert sum(float(share) for _, share in bar.customdata) == pytest.approx(100, abs=0.1)
    assert [bar.marker.color for bar in bars(figure)] == [GROUP_COLORS[g] for g in ("head", "head", "tail")]
    assert "5 head, positive cells" in bars(figure)[0].hovertemplate


def test_bars_stand_where_the_values_are():
    bar = bars(distributions({"db": answer()}))[0]
    at = np.array(bar.x)[np.array(bar.y) > 0]
    assert at == pytest.approx(np.log10([0.001, 0.01, 0.1, 0.5]), abs=0.1)
    assert len(bar.x) <= loss_histograms.MOST_BARS


def test_the_second_loss_is_a_line_over_the_same_edges():
    figure = distributions({"db": answer(), "bce": answer(3)})
    lines = [trace for trace in figure.data if trace.type == "scatter" and trace.mode == "lines" and len(trace.x) > 1]
    assert len(lines) == 3
    assert {line.line.color for line in lines} == {NEUTRAL}
    assert list(lines[0].x) == list(bars(figure)[0].x)
    assert [trace.name for trace in figure.data if trace.showlegend is None] == ["db", "bce"]


def test_a_mark_stands_at_the_median():
    marks = [
        trace for trace in distributions({"db": answer()}).data if trace.type == "scatter" and trace.mode == "markers"
    ]
    assert [round(10 ** mark.x[0], 3) for mark in marks] == [0.01, pytest.approx(0.055), 0.5]
    assert "median 0.01" in marks[0].hovertemplate


def test_one_value_alone_is_a_narrow_bar():
    figure = distributions({"bce": {"distributions": [record("head", "positive", [0.5, 0.5])]}})
    (bar,) = bars(figure)
    assert np.count_nonzero(bar.y) == 1
    assert bar.width[0] < 0.1 * np.ptp(figure.layout.xaxis.range)


def test_what_is_far_below_the_largest_is_gathered_at_the_left():
    figure = distributions({"db": {"distributions": [record("head", "negative", [1e-8, 2e-8, 3.0, 100.0])]}})
    (bar,) = bars(figure)
    assert float(bar.customdata[0][1]) == 50
    assert bar.customdata[0][0].startswith("up to")


def test_nothing_and_unknown_measures():
    assert not bars(distributions({"zlpr": answer()}, measure="factor"))
    assert not bars(distributions({}))
    with pytest.raises(ValueError, match="allowed: factor, gradient"):
        distributions({}, measure="loss")


def test_quantiles_are_rows_by_measure_and_group():
    rows = quantile_rows({"db": answer(), "bce": answer(2)})
    assert len(rows) == 8
    assert [row["group"] for row in rows] == ["head"] * 4 + ["tail"] * 4
    assert rows[0]["median"] == pytest.approx(0.01)
    assert next(row for row in rows if row["number"] == 0)["median"] is None


@pytest.mark.parametrize(("low", "high"), [(-0.3, 0.2), (-2, 0), (-9, 3), (-3.2, 0.1), (0, 0.31)])
def test_axes_have_a_few_round_numbers(low, high):
    ticks = round_numbers(low, high)
    assert 2 <= len(ticks) <= 8
    assert all(low <= np.log10(tick) <= high for tick in ticks)
    assert all(f"{tick:e}"[0] in "12357" for tick in ticks)


def test_numbers_of_an_axis():
    assert [written(value) for value in (0.001, 0.5, 20.0, 1e-6, 3e-7, 1e6)] == [
        *("0.001", "0.5", "20", "10<sup>-6</sup>", "3·10<sup>-7</sup>", "10<sup>6</sup>")
    ]


def test_bins_and_their_middles_fit():
    for value in (1e-8, 0.02, 1.0, 5000.0):
        assert 10 ** bin_exponent(bin_of(value)) == pytest.approx(value, rel=0.012)
    assert bin_exponent(0) == LOWEST_EXPONENT
