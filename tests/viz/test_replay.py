"""The replay of a run: what every frame shows, and how much of a long run or a large data set."""

import json
import math

import pytest

from dbl_core.runs.outcome import ClassResult, epochs_of
from dbl_core.viz import replay as figures
from tests.fake_runs import epoch_line

GROUP_COUNTS = {"head": 300, "medium": 50, "tail": 5}


def epochs(n, n_labels=3):
    return epochs_of(epoch_line(number, n_labels=n_labels) for number in range(1, n + 1))


def classes(n=3):
    counts = list(GROUP_COUNTS.values())
    return [ClassResult(label=f"c{i}", train_count=counts[i % 3], test_positives=9, ap=0.5) for i in range(n)]


def test_every_epoch_is_a_frame_whose_lines_end_there():
    found = epochs(8)
    figure = figures.replay(found, classes())
    assert [frame.name for frame in figure.frames] == [str(epoch.epoch) for epoch in found]
    assert len(figure.data) == 4 + 6 + 3
    for n, frame in enumerate(figure.frames):
        assert list(frame.traces) == list(range(13))
        total, *_ = frame.data
        assert list(total.x) == list(range(1, n + 2))
        assert total.y[-1] == pytest.approx(100 * found[n].map["total"])
        tail_weight = frame.data[9]
        assert tail_weight.y[-1] == pytest.approx(found[n].weights["negative"]["tail"])
        assert frame.data[10].y[0] == pytest.approx(100 * found[n].ap[0])


def test_it_opens_at_the_last_epoch_and_its_steps_lead_to_the_frames():
    figure = figures.replay(epochs(8), classes())
    (slider,) = figure.layout.sliders
    assert slider.active == 7
    assert [step.args[0][0] for step in slider.steps] == [frame.name for frame in figure.frames]
    assert len(figure.data[0].x) == 8
    assert [button.label for button in figure.layout.updatemenus[0].buttons] == ["Play", "Pause"]


def test_nothing_jumps_while_it_plays():
    figure = figures.replay(epochs(8), classes())
    top = figure.layout.yaxis.range[1]
    assert max(max(frame.data[1].y) for frame in figure.frames) < top
    assert tuple(figure.layout.yaxis4.range) == (0, 104)
    assert figure.layout.xaxis.range == figure.layout.xaxis2.range == figure.layout.xaxis3.range


@pytest.mark.parametrize("known", [0, 2, 5])
def test_classes_that_do_not_fit_the_records_are_left_out(known):
    figure = figures.replay(epochs(3), classes(known))
    assert len(figure.data) == 10
    assert figure.layout.height < figures.HEIGHT


def test_a_long_run_and_a_large_data_set_stay_small():
    many = epochs(1000)
    shown = figures.frames_of(many)
    assert (shown[0].epoch, shown[-1].epoch, len(shown)) == (1, 1000, figures.MOST_FRAMES)
    assert len({epoch.epoch for epoch in shown}) == figures.MOST_FRAMES
    large = figures.replay(epochs(50, figures.MOST_CLASSES), classes(figures.MOST_CLASSES))
    assert len(large.to_json()) < 2_000_000
    over = figures.replay(epochs(2, figures.MOST_CLASSES + 1), classes(figures.MOST_CLASSES + 1))
    assert len(over.data) == 10


def test_missing_numbers_are_gaps_not_errors():
    bare = epochs_of([{"epoch": 1}, {"epoch": 2, "map": {"total": None}}])
    figure = figures.replay(bare, classes())
    assert all(math.isnan(value) for value in figure.data[0].y)
    json.loads(figure.to_json())
    assert figures.replay_rows(bare)[0]["epoch"] == 1


def test_the_table_has_the_same_numbers():
    found = epochs(2)
    rows = figures.replay_rows(found)
    assert len(rows) == 2
    assert rows[1]["tail mAP (%)"] == pytest.approx(100 * found[1].map["tail"])
    assert rows[1]["head positives"] == found[1].weights["positive"]["head"]


def test_names_of_classes_are_text():
    hostile = [ClassResult(label="<b>x</b>", train_count=5, test_positives=1, ap=0.5)]
    figure = figures.replay(epochs(2, 1), hostile)
    assert "<b>" not in str(figure.data[12].text)


def test_without_an_epoch_there_is_nothing_to_replay():
    with pytest.raises(ValueError, match="no epoch"):
        figures.replay([])
