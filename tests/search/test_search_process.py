"""Searches as processes: three tiny trials, killed and continued, stopped, refused."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dbl_core.errors import RunError
from dbl_core.runs import process, store
from dbl_core.runs.paths import RunPaths, SearchPaths
from dbl_core.runs.record import read_json
from dbl_core.runs.turn import Turn
from dbl_core.search import start
from dbl_core.search.store import read_search
from dbl_core.search.study import read_trials
from tests.search.conftest import SMALL
from tests.waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]
TINY = ("--device", "cpu", "--epochs", "1", "--max-steps", "4")


def lab(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "dbl_core", *map(str, arguments)], capture_output=True, text=True, cwd=ROOT, check=False
    )


def state_of(paths):
    return read_search(paths.folder).state


def test_three_trials_from_the_command_line_then_one_more_then_confirmed(runs_dir):
    folder = runs_dir / "mine"
    varied = ("--vary", "mu=0.1:0.9", "--vary", "sampler=uniform,class_aware")
    done = lab("search", "--search-dir", folder, *TINY, *varied, "--runs", 3, "--objective", "tail")
    assert done.returncode == 0, done.stderr
    assert "3 trials finished, 0 failed" in done.stdout
    assert "optimistic" in done.stdout
    trials = read_trials(SearchPaths(folder))
    assert [trial.state for trial in trials] == ["complete"] * 3
    assert all(0.1 <= trial.settings["loss.mu"] <= 0.9 for trial in trials)
    for trial in trials:
        run = store.read_run(runs_dir / trial.runs[0])
        assert run.state == "finished"
        assert run.config.train.max_steps == 4
        assert run.config.loss.options["mu"] == trial.settings["loss.mu"]
        assert run.map == pytest.approx(dict(trial.maps[0]))
    again = lab("search", "--search-dir", folder, "--continue")
    assert again.returncode == 2
    assert "budget of this search is used up" in again.stderr
    confirmed = lab("search", "--search-dir", folder, "--confirm", 1)
    assert confirmed.returncode == 0, confirmed.stderr
    assert "fresh seeds" in confirmed.stdout
    best = max(trials, key=lambda trial: trial.mean("tail"))
    (seed,) = start.confirming_runs(SearchPaths(folder), best.number)
    assert seed == 1
    listed = json.loads(lab("runs", "--runs-dir", runs_dir, "--json").stdout)
    assert len(listed) == 4, "the search itself is no run"


def test_killed_by_force_it_is_lost_and_goes_on_with_the_trial_it_was_in(search, runs_dir):
    paths = search(runs=3)
    pid = start.launch_search(paths)
    wait_for(lambda: [trial.state for trial in read_trials(paths)] == ["complete", "running"])
    wait_for(lambda: len(read_trials(paths)[1].runs) == 1)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: state_of(paths) == "lost")
    half_done = read_trials(paths)[1]
    start.continue_search(paths)
    with pytest.raises(RunError, match="at work already"):
        start.continue_search(paths)
    wait_for(lambda: state_of(paths) == "finished")
    trials = read_trials(paths)
    assert [trial.state for trial in trials] == ["complete", "interrupted", "complete", "complete"]
    assert trials[2].settings == half_done.settings
    assert trials[2].runs != half_done.runs
    assert store.read_run(runs_dir / half_done.runs[0]).state in ("stopped", "finished")
    assert not [run.id for run in store.list_runs(runs_dir) if run.active]


def test_a_stop_ends_the_search_and_its_run_together(search, runs_dir):
    paths = search(runs=50)
    start.launch_search(paths)
    wait_for(lambda: read_trials(paths) and read_trials(paths)[0].runs)
    run = RunPaths(runs_dir / read_trials(paths)[0].runs[0])
    assert process.stop(paths) == "stopped"
    assert read_trials(paths)[0].state == "interrupted"
    assert store.read_run(run.folder).state in ("stopped", "finished")
    assert "continue it" in read_search(paths.folder).message


def test_a_run_stopped_by_hand_costs_one_trial_and_the_search_waits_for_its_turn(search, runs_dir):
    paths, other = search(runs=2), store.create(runs_dir / "other", SMALL)
    with Turn(other.folder, check=lambda: None, say=lambda words: None):  # someone else computes
        start.launch_search(paths)
        wait_for(lambda: "waiting, 1 run ahead" in str((read_json(paths.status) or {}).get("message")))
        process.stop(runs_dir / read_trials(paths)[0].runs[0])
        wait_for(lambda: len(read_trials(paths)) == 2)
    wait_for(lambda: state_of(paths) == "finished")
    first, second = read_trials(paths)
    assert (first.state, second.state) == ("failed", "complete")
    assert "stopped" in first.message


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--vary", "mu=0.9:0.1"), "needs a range from low to high"),
        (("--vary", "mu=much"), "is no range"),
        (("--vary", "nu=0:1"), "there is no such setting"),
        (("--vary", "mu=0.1:20"), "mu must be a number from 0 to 10"),
        (("--vary", "learning_rate=0:1"), "a log scale starts above 0"),
        (("--loss", "bce"), "say what to vary"),
        (("--objective", "luck"), "objective"),
        (("--runs", "0"), "runs = 0"),
        (("--continue",), "is not a search"),
        (("--confirm", "3"), "is not a search"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(runs_dir, flags, words):
    done = lab("search", "--search-dir", runs_dir / "x", *flags)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(runs_dir.iterdir()) == []


def test_the_server_side_loads_optuna_only_when_it_reads_trials():
    code = (
        "import sys, dbl_core.search.start, dbl_core.search.study;"
        "sys.exit(any(name in sys.modules for name in ('optuna', 'sqlalchemy', 'torch', 'streamlit')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
