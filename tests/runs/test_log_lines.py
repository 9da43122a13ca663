"""Lines of a log: found by words, troubles told from the rest, of a huge file only the end read."""

import time

import pytest

from dbl_core.runs.log_lines import MAX_BYTES, MAX_LINE, find_lines
from dbl_core.runs.paths import RunPaths

LOG = "reading features\nepoch 1: loss 0.4\nUserWarning: few positives\nepoch 2: loss nan\nValueError: stop\n"


@pytest.fixture
def log(tmp_path):
    path = RunPaths(tmp_path).log
    path.write_text(LOG, encoding="utf-8")
    return path


def test_without_words_the_last_lines_are_shown(log, tmp_path):
    found = find_lines(tmp_path, n_lines=2)
    assert found.lines == ("epoch 2: loss nan", "ValueError: stop")
    assert (found.n_fitting, found.n_read, found.whole) == (5, 5, True)


def test_lines_hold_every_word_in_any_case(log, tmp_path):
    assert find_lines(tmp_path, words=" EPOCH loss ").n_fitting == 2
    assert find_lines(tmp_path, words="epoch nan").lines == ("epoch 2: loss nan",)
    assert find_lines(tmp_path, words="epoch [").lines == ()  # no pattern language


def test_troubles_are_warnings_and_errors(log, tmp_path):
    assert find_lines(tmp_path, troubles=True).n_fitting == 3
    assert find_lines(tmp_path, words="value", troubles=True).lines == ("ValueError: stop",)


def test_a_missing_log_has_no_lines(tmp_path):
    assert find_lines(tmp_path) == ((), 0, 0, True)


def test_of_a_huge_log_only_the_end_is_read(log, tmp_path):
    with log.open("r+b") as file:
        file.truncate(100 << 20)  # a hole of 100 MB, then the end
        file.seek(0, 2)
        file.write(b"\nthe last error\n" + b"x" * (2 * MAX_LINE) + b"\n")
    began = time.perf_counter()
    found = find_lines(tmp_path, words="the last error")
    assert time.perf_counter() - began < 2
    assert found.lines == ("the last error",)
    assert not found.whole
    assert len(find_lines(tmp_path, n_lines=1).lines[0]) == MAX_LINE
    assert log.stat().st_size > 100 << 20 > MAX_BYTES


def test_bytes_that_are_no_text_are_shown_as_such(log, tmp_path):
    log.write_bytes(b"\xff\xfe error \x00\n")
    (line,) = find_lines(tmp_path, troubles=True).lines
    assert line.encode("utf-8")
