"""Means over groups."""

import math

import numpy as np
import pytest

from dbl_core.metrics import REPORT_KEYS, group_report


def test_means_of_groups_exclude_undefined_labels():
    report = group_report([0.2, 0.4, 0.6, np.nan, 1.0], [500, 100, 50, 30, 5])
    assert list(report) == list(REPORT_KEYS)
    assert report["head"] == pytest.approx(0.3)
    assert report["medium"] == 0.6
    assert report["tail"] == 1.0
    assert report["total"] == pytest.approx(0.55)
    assert all(type(value) is float for value in report.values())


def test_the_convention_decides():
    ap = [0.1, 0.9]
    assert group_report(ap, [100, 20], "db")["head"] == 0.1
    assert math.isnan(group_report(ap, [100, 20], "kang")["head"])
    assert group_report(ap, [100, 20], "oltr")["tail"] == 0.9


def test_a_group_without_a_defined_label_is_nan():
    report = group_report([np.nan, 0.5], [1, 300])
    assert math.isnan(report["tail"])
    assert report["total"] == report["head"] == 0.5
    assert all(math.isnan(value) for value in group_report([], []).values())


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"ap must be 3 numbers, one a label, but its shape is \(2,\)"):
        group_report([0.1, 0.2], [1, 2, 3])
    with pytest.raises(ValueError, match="unknown convention 'x'"):
        group_report([0.1], [1], "x")
