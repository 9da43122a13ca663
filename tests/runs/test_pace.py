"""The time that remains, from made-up clocks."""

import pytest

from dbl_core.runs.pace import Pace


def followed(moments, *, total):
    pace = Pace()
    return [pace.remaining(done, total, now=now) for now, done in moments]


def test_an_even_pace_is_known_after_a_second():
    found = followed([(100 + 0.1 * step, step) for step in range(51)], total=100)
    assert found[:10] == [None] * 10
    assert found[50] == pytest.approx(5.0, rel=0.05)


def test_a_slow_beginning_is_forgotten():
    first, steps = 30.0, 400  # the first step waits for the GPU to be ready
    found = followed([(0, 0), *((first + 0.1 * step, step) for step in range(1, steps + 1))], total=1000)
    overall = (first + 0.1 * steps) / steps * 600
    assert found[-1] == pytest.approx(60.0, rel=0.02)
    assert overall > 100


def test_pauses_between_epochs_count():
    moments, now = [], 0.0
    for step in range(800):
        now += 0.1 + (2.0 if step % 100 == 99 else 0.0)  # an evaluation after every hundredth step
        moments.append((now, step + 1))
    assert followed(moments, total=1600)[-1] == pytest.approx(now, rel=0.1)


def test_it_goes_on_from_a_checkpoint_and_ends_at_nothing():
    found = followed([(0.5 * step, 900 + step) for step in range(101)], total=1000)
    assert found[60] == pytest.approx(20.0, rel=0.05)
    assert found[-1] == 0.0


def test_hours_of_steps_keep_few_moments():
    pace = Pace()
    for step in range(200_000):
        pace.remaining(step, 400_000, now=0.1 * step)
    assert len(pace._moments) <= 65
    assert pace.remaining(200_000, 400_000, now=20_000.0) == pytest.approx(20_000, rel=0.02)


def test_no_progress_is_no_estimate():
    assert followed([(now, 3) for now in range(10)], total=9) == [None] * 10
