"""Real child processes for the tests of runs: small programs that report as a training child does."""

import os

import pytest
from fake_run import command

from dbl_core.config import RunConfig
from dbl_core.runs import process, record, store
from dbl_core.runs.paths import RunPaths


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
def start(new_run):
    """A function that creates a run and launches a fake child for it."""

    def started(behaviour: str, *arguments: str, name: str = "run"):
        paths = new_run(name)
        process.launch(paths.folder, command=command(paths, behaviour, *arguments))
        return paths

    return started


@pytest.fixture
def state():
    """A function that tells the state of a run."""
    return lambda paths: store.read_run(paths.folder).state
