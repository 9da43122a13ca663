import math

import pytest

from dbl_core.config import RunConfig
from dbl_core.metrics import group_report
from dbl_core.runs.outcome import Calibration, Epoch, Result
from dbl_core.runs.regroup import regrouped, regrouped_epochs

COUNTS = (500, 60, 15, 8)
AP = (0.9, 0.7, 0.5, math.nan)


@pytest.fixture
def result():
    return Result(
        map=group_report(AP, COUNTS),
        intervals={"total": (0.6, 0.8), "tail": (0.3, 0.7)},
        per_class=[
            {"label": f"l{j}", "train_count": count, "test_positives": 9, "ap": ap}
            for j, (count, ap) in enumerate(zip(COUNTS, AP, strict=True))
        ],
        config=RunConfig(),
    )


def test_groups_and_means_follow_the_borders(result):
    other = regrouped(result, "custom-10-9")
    assert [entry.group for entry in other.per_class] == ["head", "head", "head", "tail"]
    assert other.map["head"] == pytest.approx(0.7)
    assert math.isnan(other.map["tail"])
    assert other.map["total"] == result.map["total"]
    assert [entry.group for entry in result.per_class] == ["head", "medium", "tail", "tail"]


def test_intervals_of_other_groups_are_not_kept(result):
    assert set(regrouped(result, "lvis").intervals) == {"total"}


def test_f1_and_calibration_of_other_groups_are_not_kept(result):
    means = {"total": {"ece": 0.1}, "tail": {"ece": 0.2}}
    other = regrouped(result.model_copy(update={"calibration": Calibration(**means)}), "lvis")
    assert (other.calibration.total, other.calibration.tail) == ({"ece": 0.1}, {})
    assert other.f_scores is None


def test_the_same_borders_change_no_number(result):
    again = regrouped(result, "db")
    assert again.per_class == result.per_class
    assert {key: again.map[key] for key in ("total", "head", "medium", "tail")} == pytest.approx(dict(result.map))


def test_epochs_without_ap_keep_their_total_only():
    epochs = [Epoch(epoch=1, map={"total": 0.5, "tail": 0.1}), Epoch(epoch=2, ap=AP)]
    first, second = regrouped_epochs(epochs, COUNTS, "lvis")
    assert first.map == {"total": 0.5}
    assert second.map == pytest.approx(group_report(AP, COUNTS, "lvis"), nan_ok=True)
