"""How far a run is, whatever its status says."""

import math

import pytest

from dbl_core.runs.outcome import epochs_of
from dbl_core.runs.progress import about, duration, progress_of
from tests.fake_runs import epoch_line

EPOCHS = epochs_of([epoch_line(1), epoch_line(2)])  # 242 steps in 0.8 s


def test_the_pace_of_the_epochs_gives_the_time_that_remains():
    progress = progress_of({"phase": "training", "done": 242, "total": 968}, EPOCHS)
    assert progress.share == 0.25
    assert progress.remaining_s == pytest.approx(2.4)
    assert str(progress) == "Training, 25 %, a few seconds left"


def test_what_the_process_expects_counts_more():
    status = {"phase": "training", "done": 242, "total": 968, "remaining_s": 61.3}
    assert str(progress_of(status, EPOCHS)) == "Training, 25 %, about 1 min left"
    assert progress_of(status | {"remaining_s": "soon"}, EPOCHS).remaining_s == pytest.approx(2.4)
    assert progress_of(status | {"phase": "drawing"}, EPOCHS).remaining_s is None


@pytest.mark.parametrize("seconds", [1e308, -5.0, math.nan])
def test_no_record_makes_an_endless_estimate(seconds):
    epochs = epochs_of([epoch_line(1) | {"seconds": seconds}])
    status = {"phase": "training", "done": 1, "total": 10**14, "remaining_s": math.inf}
    assert progress_of(status, epochs).remaining_s in (None, 0.0)
    assert "Training, 0 %" in str(progress_of(status, epochs))


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


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "a few seconds"),
        (7.4, "a few seconds"),
        (7.6, "about 10 s"),
        (17, "about 15 s"),
        (38, "about 40 s"),
        (56, "about 1 min"),
        (100, "about 2 min"),
        (569, "about 9 min"),
        (575, "about 10 min"),
        (2000, "about 35 min"),
        (3500, "about 1 h"),
        (9000, "about 2.5 h"),
        (40_000, "about 11 h"),
        (200_000, "about 2 days"),
    ],
)
def test_estimates_promise_no_more_than_they_hold(seconds, words):
    assert about(seconds) == words
