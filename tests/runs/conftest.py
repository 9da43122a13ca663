"""Real child processes for the tests of runs: small programs that report as a training child does."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dbl_core.config import RunConfig
from dbl_core.runs import process, record, store
from dbl_core.runs.paths import RunPaths

_ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
_CHILD = Path(__file__).with_name("fake_child.py")


@pytest.fixture
def environment():
    """The environment in which a process finds the package."""
    return _ENVIRONMENT


@pytest.fixture
def command():
    """A function that gives the command of a fake child of a run."""
    return lambda paths, behaviour: [sys.executable, str(_CHILD), str(paths.folder), behaviour]


@pytest.fixture
def wait_for():
    """A function that waits until something holds, or fails."""

    def wait(condition: Callable[[], object], *, seconds: float = 15.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not come to pass in time"
            time.sleep(0.02)

    return wait


@pytest.fixture
def runs_dir(tmp_path):
    """An empty folder of runs, whose processes are ended after the test."""
    root = tmp_path / "runs"
    root.mkdir()
    yield root
    for run in store.list_runs(root):
        if run.active and (record.read_json(RunPaths(run.folder).process) or {}).get("pid") != os.getpid():
            process.stop(run.folder, grace_s=0.0)


@pytest.fixture
def new_run(runs_dir):
    """A function that creates a run of a given name."""

    def create(name: str = "run"):
        return store.create(runs_dir / name, RunConfig())

    return create


@pytest.fixture
def start(new_run, command):
    """A function that creates a run and launches a fake child for it."""

    def started(behaviour: str, *, name: str = "run"):
        paths = new_run(name)
        process.launch(paths.folder, command=command(paths, behaviour))
        return paths

    return started


@pytest.fixture
def state():
    """A function that tells the state of a run."""
    return lambda paths: store.read_run(paths.folder).state
