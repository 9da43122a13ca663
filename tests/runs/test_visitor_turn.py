"""The line of a public lab: one at a time, first come first served, and nobody waits for the dead."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dbl_core.errors import RunError
from dbl_core.runs.paths import turns_dir
from dbl_core.runs.visitor_turn import VisitorTurn
from tests.waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys, time
from dbl_core.runs.visitor_turn import VisitorTurn
with VisitorTurn(sys.argv[1], waiting=lambda ahead: None):
    print("in", flush=True)
    time.sleep(60)
"""


class GaveUp(Exception):  # noqa: N818
    pass


def test_they_go_one_at_a_time_in_the_order_of_arrival(tmp_path):
    went, inside, lined_up = [], [], []

    def go(number):
        with VisitorTurn(tmp_path, waiting=lambda ahead: lined_up.append(number), poll_s=0.01):
            inside.append(number)
            assert len(inside) == 1
            time.sleep(0.02)
            inside.remove(number)
            went.append(number)

    with VisitorTurn(tmp_path, waiting=lambda ahead: None):
        threads = [threading.Thread(target=go, args=(number,)) for number in range(5)]
        for number, thread in enumerate(threads):
            thread.start()
            wait_for(lambda number=number: number in lined_up)
    for thread in threads:
        thread.join()
    assert went == [0, 1, 2, 3, 4]
    assert not list(turns_dir(tmp_path).iterdir())


def test_who_is_killed_leaves_the_line(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], cwd=ROOT, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"in\n"
        told = []

        def waiting(ahead):
            told.append(ahead)
            holder.kill()

        with VisitorTurn(tmp_path, waiting=waiting, poll_s=0.01):
            assert told[0] == 1
            assert len(list(turns_dir(tmp_path).iterdir())) == 1


def test_who_gives_up_leaves_the_line(tmp_path):
    def give_up(ahead):
        raise GaveUp

    with VisitorTurn(tmp_path, waiting=give_up):
        with pytest.raises(GaveUp), VisitorTurn(tmp_path, waiting=give_up):
            pass
        assert len(list(turns_dir(tmp_path).iterdir())) == 1


def test_a_place_that_was_taken_away_is_taken_anew(tmp_path):
    def take_away(ahead):
        paths = sorted(turns_dir(tmp_path).iterdir())
        paths[0].unlink()

    with VisitorTurn(tmp_path, waiting=lambda ahead: None), VisitorTurn(tmp_path, waiting=take_away, poll_s=0.01):
        assert len(list(turns_dir(tmp_path).iterdir())) == 1


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "visitors").write_text("no folder")
    with pytest.raises(RunError, match="cannot write"), VisitorTurn(tmp_path, waiting=lambda ahead: None):
        pass
