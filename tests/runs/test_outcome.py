"""Records of a run: read with care, refused with a sentence."""

import csv
import io
import json
import math

import pytest

from dbl_core.errors import RunError
from dbl_core.runs import outcome
from dbl_core.runs.paths import RunPaths
from dbl_core.runs.record import append_jsonl, write_json
from tests.fake_runs import DB_FOCAL, damage, epoch_line, write_run


def test_epochs_come_in_order_and_null_is_nan():
    epochs = outcome.epochs_of([epoch_line(2), epoch_line(1)])
    assert [epoch.epoch for epoch in epochs] == [1, 2]
    assert math.isnan(epochs[0].gradients["negative"]["tail"])


@pytest.mark.parametrize("line", [{}, {"epoch": 0}, {"epoch": "x"}, {"epoch": 1, "map": 5}, {"epoch": 1, "ap": "abc"}])
def test_lines_that_do_not_fit_are_left_out(line):
    assert outcome.epochs_of([line, epoch_line(3)])[0].epoch == 3


def test_a_repeated_epoch_counts_once_with_its_last_line():
    assert len(outcome.epochs_of([epoch_line(1, skill=0.1), epoch_line(1, skill=0.9)])) == 1


def test_a_finished_run_is_read_whole(tmp_path):
    folder = write_run(tmp_path / "a")
    result = outcome.read_outcome(folder)
    assert result.config == DB_FOCAL
    assert {entry.group for entry in result.per_class} == {"head", "medium", "tail"}
    assert result.label_counts[result.label_counts.index(775)] == 775
    assert len(outcome.read_epochs(folder)) == 8


@pytest.mark.parametrize("nonsense", [{}, {"map": 3}, {"map": {}, "config": {"loss": {"name": "nope"}}}])
def test_a_damaged_result_is_refused_in_a_sentence(tmp_path, nonsense):
    folder = write_run(tmp_path / "a")
    write_json(RunPaths(folder).result, nonsense)
    with pytest.raises(RunError, match="result of run 'a' is damaged: "):
        outcome.read_outcome(folder)


def test_torn_files_are_no_result(tmp_path):
    folder = write_run(tmp_path / "a")
    damage(folder, "result")
    damage(folder, "metrics")
    append_jsonl(RunPaths(folder).metrics, epoch_line(1))
    with pytest.raises(RunError, match="no readable result"):
        outcome.read_outcome(folder)
    assert len(outcome.read_epochs(folder)) == 1


def test_the_csv_has_a_row_a_class_and_a_group(tmp_path):
    result = outcome.read_outcome(write_run(tmp_path / "a"))
    rows = list(csv.DictReader(io.StringIO(outcome.result_csv(result))))
    assert len(rows) == 24
    assert float(rows[-4]["ap"]) == result.map["total"]


def test_f1_ranking_and_calibration_are_read_where_a_run_has_them(tmp_path):
    folder = write_run(tmp_path / "a")
    result = outcome.read_outcome(folder)
    assert result.f_scores.threshold == 0.5
    assert 0 < result.f_scores.tail["macro_f1"] < 1
    assert result.f_scores.total["of1"] == result.f_scores.total["micro_f1"]
    assert 0 <= result.calibration.head["ece"] <= 1
    assert 0 < result.label_ranking.one_error < 1
    older = json.loads(RunPaths(folder).result.read_text(encoding="utf-8"))
    for key in ("f_scores", "calibration", "label_ranking"):
        del older[key]
    write_json(RunPaths(folder).result, older)
    assert outcome.read_outcome(folder).f_scores is None


def test_undefined_f1_is_nan(tmp_path):
    folder = write_run(tmp_path / "a")
    values = json.loads(RunPaths(folder).result.read_text(encoding="utf-8"))
    values["f_scores"]["tail"]["cf1"] = None
    write_json(RunPaths(folder).result, values)
    assert math.isnan(outcome.read_outcome(folder).f_scores.tail["cf1"])


def test_undefined_numbers_are_empty_in_the_csv(tmp_path):
    result = outcome.read_outcome(write_run(tmp_path / "a"))
    undefined = result.model_copy(update={"map": {"total": math.nan}})
    assert list(csv.DictReader(io.StringIO(outcome.result_csv(undefined))))[-4]["ap"] == ""
