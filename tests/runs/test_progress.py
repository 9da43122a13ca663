"""How far a run is, whatever its status says."""

import math

import pytest

from dbl_core.runs.outcome import epochs_of
from dbl_core.runs.progress import duration, progress_of
from tests.fake_runs import epoch_line

EPOCHS = epochs_of([epoch_line(1), epoch_line(2)])  # 242 steps in 0.8 s


def test_the_pace_of_the_epochs_gives_the_time_that_remains():
    progress = progress_of({"phase": "training", "done": 242, "total": 968}, EPOCHS)
    assert progress.share == 0.25
    assert progress.remaining_s == pytest.approx(2.4)
    assert str(progress) == "Training, 25 %, about 2.4 s left"


def test_other_phases_have_a_share_but_no_estimate():
    drawing = {"phase": "drawing the images", "done": 1, "total": 2}
    assert str(progress_of(drawing, EPOCHS)) == "Drawing the images, 50 %"


@pytest.mark.parametrize(
    "status",
    [{}, {"done": "x", "total": []}, {"done": -1, "total": 0}, {"done": math.nan, "total": math.inf}, {"phase": None}],
)
def test_nonsense_is_a_run_that_starts(status):
    assert str(progress_of(status, ())) == "Starting"


def test_more_than_all_is_all():
    assert progress_of({"phase": "training", "done": 9, "total": 3}, EPOCHS).share == 1
    assert progress_of({"phase": "training", "done": 9, "total": 3}, EPOCHS).remaining_s == 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (math.nan, "–"), (0.04, "0.0 s"), (9.96, "10 s"), (59.7, "1 min 0 s"), (7500, "2 h 5 min")],
)
def test_durations_are_words(seconds, text):
    assert duration(seconds) == text
