"""Fixtures shared by all tests."""

import os
import tempfile
from pathlib import Path

import pytest

# Before anything of the lab is imported: tests leave the user's runs and cached arrays alone, their children too.
_SCRATCH = tempfile.TemporaryDirectory(prefix="long-tail-lab-tests-")
os.environ["DBL_CACHE_DIR"] = str(Path(_SCRATCH.name) / "cache")
os.environ["DBL_RUNS_DIR"] = str(Path(_SCRATCH.name) / "runs")
# Files of tests run side by side and start children: threads of one that wait for each other would hold up all of them.
os.environ.setdefault("OMP_NUM_THREADS", "1")

SHARED = Path(os.environ.get("DBL_SHARED_DIR", Path(__file__).resolve().parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The optional folder of reference values and real data, beside the checkout or named by DBL_SHARED_DIR."""
    if not SHARED.is_dir():
        pytest.skip("the optional reference data are not there (set DBL_SHARED_DIR to their folder)")
    return SHARED


@pytest.fixture
def runs_dir(tmp_path):
    """An empty folder of runs and searches; whatever works in it is ended after the test."""
    from dbl_core.runs import process, store
    from dbl_core.runs.paths import RunPaths
    from dbl_core.runs.record import read_json
    from dbl_core.search.store import list_searches

    root = tmp_path / "runs"
    root.mkdir()
    yield root
    for folder in (*(one.paths for one in list_searches(root)), *(run.folder for run in store.list_runs(root))):
        if (read_json(RunPaths.at(folder).process) or {}).get("pid") != os.getpid():
            process.stop(folder, grace_s=0.0)
