"""Runs that are killed, really: with SIGKILL at random moments, resumed, and equal to one that nobody disturbed.

``DBL_KILLS`` sets how many kills there are (default 4), four to a run.
"""

import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from dbl_core.runs import identity, store
from dbl_core.runs.paths import RunPaths
from dbl_core.runs.record import read_json
from tests.cli.test_run_command import ROOT, lab

KILLS_A_RUN = 4
N_RUNS = -(-int(os.environ.get("DBL_KILLS", "4")) // KILLS_A_RUN)
SETTINGS = ("--device", "cpu", "--max-steps", "600", "--optimizer", "adamw", "--seed", "3")
SETTINGS += ("--epochs", "7", "--second-stage-epochs", "5")


def numbers(folder: Path) -> tuple[list[dict], np.ndarray, dict]:
    """What must be equal: every line without its time, the scores, the mAP."""
    lines = [json.loads(line) for line in RunPaths(folder).metrics.read_text().splitlines()]
    timeless = [{key: value for key, value in line.items() if key != "seconds"} for line in lines]
    return timeless, load_file(RunPaths(folder).scores)["scores"], read_json(RunPaths(folder).result)["map"]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "run"
    done = lab("run", "--run-dir", folder, *SETTINGS)
    assert done.returncode == 0, done.stderr
    return folder


def killed_at(folder: Path, arguments: tuple[str, ...], *, lines: int, wait_s: float) -> int:
    """Start or resume a run and kill its child some time after it has written so many lines; returns the lines left."""
    paths = RunPaths(folder)
    command = [sys.executable, "-m", "dbl_core", "run", "--run-dir", str(folder), *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as terminal:
        deadline = time.monotonic() + 120
        while terminal.poll() is None and time.monotonic() < deadline:
            child = identity.find(read_json(paths.process))
            if child is not None and len(store.read_metrics(folder)) >= lines:
                time.sleep(wait_s)
                child.send_signal(signal.SIGKILL)
                break
            time.sleep(0.002)
        terminal.wait(timeout=60)
    return len(store.read_metrics(folder))


@pytest.mark.parametrize("seed", range(N_RUNS))
def test_a_run_killed_at_random_moments_equals_the_undisturbed_one(undisturbed, tmp_path, seed):
    rng = random.Random(seed)
    folder, done, states = tmp_path / "run", 0, []
    for kill in range(KILLS_A_RUN):
        arguments = ("--resume",) if kill else SETTINGS
        done = killed_at(folder, arguments, lines=min(done + rng.randint(0, 2), 11), wait_s=rng.uniform(0, 0.4))
        states.append(store.read_run(folder).state)
        if states[-1] == "finished":
            break
    if states[-1] != "finished":
        assert set(states) == {"lost"}
        resumed = lab("run", "--run-dir", folder, "--resume")
        assert resumed.returncode == 0, resumed.stderr
        assert "mAP on the test split" in resumed.stdout
    lines, scores, means = numbers(folder)
    expected_lines, expected_scores, expected_means = numbers(undisturbed)
    assert [line["epoch"] for line in lines] == list(range(1, 13))
    assert lines == expected_lines
    assert np.array_equal(scores, expected_scores)
    assert means == expected_means
    if states[-1] != "finished":  # else the last kill may have come before its removal; it does no harm then
        assert not RunPaths(folder).checkpoint.exists()
    assert not list(folder.glob(".*.tmp"))


def test_a_damaged_checkpoint_is_one_sentence_and_the_run_can_start_over(undisturbed, tmp_path):
    folder = tmp_path / "run"
    killed_at(folder, SETTINGS, lines=2, wait_s=0.0)
    paths = RunPaths(folder)
    content = bytearray(paths.checkpoint.read_bytes())
    content[-300] ^= 255
    paths.checkpoint.write_bytes(bytes(content))
    before = len(store.read_metrics(folder))
    refused = lab("run", "--run-dir", folder, "--resume")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "--resume --start-over" in refused.stderr
    assert len(store.read_metrics(folder)) == before
    again = lab("run", "--run-dir", folder, "--resume", "--start-over")
    assert again.returncode == 0, again.stderr
    assert np.array_equal(numbers(folder)[1], numbers(undisturbed)[1])
    assert numbers(folder)[0] == numbers(undisturbed)[0]


def test_a_finished_run_is_not_resumed(undisturbed):
    before = RunPaths(undisturbed).result.read_bytes()
    refused = lab("run", "--run-dir", undisturbed, "--resume")
    assert refused.returncode == 2
    assert "is finished; there is nothing left to resume" in refused.stderr
    assert RunPaths(undisturbed).result.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--resume"], "is not a run"),
        (["--start-over"], "goes with --resume"),
        (["--resume", "--epochs", "3", "--loss", "bce"], "leave --loss, --epochs out"),
        (["--resume", "--option", "mu=1"], "leave --option out"),
        (["--resume", "--nproc", "0"], "--nproc is '0', must be a whole number from 1 to 64"),
    ],
)
def test_bad_ways_to_resume_are_one_line_and_leave_nothing(tmp_path, arguments, words):
    refused = lab("run", "--run-dir", tmp_path / "run", *arguments)
    assert refused.returncode == 2
    assert words in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_limit_of_time_keeps_the_epochs_and_resuming_goes_on_after_them(undisturbed, tmp_path):
    trained = read_json(RunPaths(undisturbed).result)["training_seconds"]
    seconds = 5 + 2 * math.ceil(trained)  # enough for an epoch on this machine
    folder, limit = tmp_path / "run", ("--device", "cpu", "--epochs", "1000", "--max-seconds", str(seconds))
    stopped = lab("run", "--run-dir", folder, *limit)
    assert stopped.returncode == 130
    assert "stopped: the limit of time is reached" in stopped.stderr
    assert f"(max_seconds {seconds})" in stopped.stderr
    run = store.read_run(folder)
    assert (run.state, run.message.split(",")[0]) == ("stopped", "the limit of time is reached")
    before = [line["epoch"] for line in store.read_metrics(folder)]
    assert before == list(range(1, len(before) + 1))
    assert before
    assert lab("run", "--run-dir", folder, "--resume").returncode == 130
    after = [line["epoch"] for line in store.read_metrics(folder)]
    assert after == list(range(1, len(after) + 1))
    assert len(after) > len(before)


def test_a_limit_of_memory_stops_the_run_with_a_reason(tmp_path):
    folder = tmp_path / "run"
    stopped = lab("run", "--run-dir", folder, "--device", "cpu", "--max-memory-mb", "64")
    assert stopped.returncode == 130
    assert "more than max_memory_mb 64" in stopped.stderr
    assert store.read_run(folder).state == "stopped"
