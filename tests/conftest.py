"""Fixtures shared by all tests."""

import os
import tempfile
from pathlib import Path

import pytest

# Before anything of the lab is imported: tests leave the user's runs and cached arrays alone, their children too.
_SCRATCH = tempfile.TemporaryDirectory(prefix="long-tail-lab-tests-")
os.environ["DBL_CACHE_DIR"] = str(Path(_SCRATCH.name) / "cache")
os.environ["DBL_RUNS_DIR"] = str(Path(_SCRATCH.name) / "runs")

SHARED = Path(os.environ.get("DBL_SHARED_DIR", Path(__file__).resolve().parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The optional folder of reference values and real data, beside the checkout or named by DBL_SHARED_DIR."""
    if not SHARED.is_dir():
        pytest.skip("the optional reference data are not there (set DBL_SHARED_DIR to their folder)")
    return SHARED
