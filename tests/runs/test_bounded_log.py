"""A log stays below a size, however much a child prints."""

import os
import threading
import time

from dbl_core.runs import store
from dbl_core.runs.bounded_log import bounded_log, cut
from dbl_core.runs.paths import RunPaths
from tests.waiting import wait_for


def test_a_child_that_prints_ten_megabytes_a_second(start, state):
    """A real process; its 21 MB go straight to the file."""
    paths = start("flood")
    largest = 0

    def ended():
        nonlocal largest
        largest = max(largest, paths.log.stat().st_size)
        return state(paths) == "finished"

    wait_for(ended, seconds=30)
    assert largest < 12 << 20  # what is printed between two looks comes on top of the 4 MB
    assert paths.log.stat().st_size < 6 << 20
    assert store.read_log_tail(paths.folder, 1) == "the last line"
    assert "MB of this log were cut away]" in paths.log.read_text()[:100]


def test_a_short_log_is_left_alone(tmp_path):
    log = tmp_path / "log.txt"
    log.write_bytes(b"a\nb\n")
    cut(log, max_bytes=4, kept_bytes=2)
    assert log.read_bytes() == b"a\nb\n"
    cut(tmp_path / "none", max_bytes=4, kept_bytes=2)
    assert not (tmp_path / "none").exists()


def test_whole_lines_of_the_end_are_kept_and_writing_goes_on_behind_them(tmp_path):
    log = tmp_path / "log.txt"
    log.write_bytes(b"")
    with log.open("ab", buffering=0) as child:
        child.write(b"first\n" * 300_000 + b"last but one\nlast\n")
        cut(log, max_bytes=1000, kept_bytes=17)
        child.write(b"next\n")
    assert log.read_bytes() == b"[the first 2 MB of this log were cut away]\nlast\nnext\n"


def test_no_other_file_is_cut(tmp_path):
    precious = tmp_path / "precious"
    precious.write_bytes(b"x" * 100)
    (tmp_path / "log.txt").symlink_to(precious)
    cut(tmp_path / "log.txt", max_bytes=10, kept_bytes=5)
    assert precious.stat().st_size == 100
    os.mkfifo(tmp_path / "pipe")
    cut(tmp_path / "pipe", max_bytes=-1, kept_bytes=5)


def test_the_watch_ends_with_the_block(tmp_path):
    log = RunPaths(tmp_path).log
    with bounded_log(tmp_path, max_bytes=100, kept_bytes=20, interval_s=0.01):
        log.write_bytes(b"line\n" * 100)
        deadline = time.monotonic() + 10
        while log.stat().st_size > 100:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert "bounded-log" not in [thread.name for thread in threading.enumerate()]
