"""Real child processes for the tests of runs: small programs that report as a training child does."""

import io
import os
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from dbl_core import hosting
from dbl_core.config import RunConfig
from dbl_core.errors import RunError
from dbl_core.runs import archive, process, store
from dbl_core.runs.paths import RunPaths
from tests.fake_runs import write_run
from tests.runs.two_visitors import ANN

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


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A finished run with weights; tests only read it."""
    folder = write_run(tmp_path_factory.mktemp("lab") / "first run")
    save_file({"head.weight": np.ones((20, 8), dtype=np.float32)}, RunPaths(folder).weights)
    return folder


@pytest.fixture(scope="session")
def exported(finished):
    """The file of that run."""
    return archive.export_run(finished, finished.parent / "first.run.zip").path


@pytest.fixture
def members_of():
    """A function that gives the members of a zip file by name."""

    def members(path):
        with zipfile.ZipFile(path) as file:
            return {name: file.read(name) for name in file.namelist()}

    return members


@pytest.fixture
def packed():
    """A function that packs members into a zip file, some of them changed; None leaves one out."""

    def pack(members, **changes):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
            for name, content in (members | changes).items():
                if content is not None:
                    target.writestr(name, content)
        return file

    return pack


@pytest.fixture
def refused(runs_dir):
    """A function that imports what must be refused in one sentence and leave nothing; gives the sentence."""

    def refuse(file, match):
        before = sorted(runs_dir.rglob("*"))
        with pytest.raises(RunError, match=match) as caught:
            archive.import_run(runs_dir, file, name="theirs.zip")
        assert "\n" not in str(caught.value)
        assert sorted(runs_dir.rglob("*")) == before
        return str(caught.value)

    return refuse


@pytest.fixture
def public(monkeypatch, tmp_path):
    """A public lab; gives a function that changes whom the test works for."""
    monkeypatch.setenv("DBL_MODE", "public")
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(hosting, "_lookup", lambda: ANN)
    return lambda name: monkeypatch.setattr(hosting, "_lookup", lambda: name)
