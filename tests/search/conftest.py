"""Searches for tests: folders of runs, small real searches, and runs that are over as soon as they start."""

import math

import pytest

from dbl_core.config import RunConfig, TrainConfig
from dbl_core.runs import process, store
from dbl_core.runs.child import StatusWriter
from dbl_core.runs.paths import RunPaths
from dbl_core.runs.record import write_json
from dbl_core.search import start
from dbl_core.search.config import SearchConfig
from dbl_core.search.space import Dimension

SMALL = RunConfig(train=TrainConfig(epochs=1, max_steps=4, device="cpu"))
MU = Dimension(setting="loss.mu", low=0.1, high=0.9)
RATE = Dimension(setting="train.learning_rate", low=0.003, high=0.3, scale="log")


@pytest.fixture
def search(runs_dir):
    """A function that creates a search without starting it."""

    def create(name="a search", *, space=(MU, RATE), base=SMALL, **options):
        return start.create_search(runs_dir / name, SearchConfig(base=base, space=space, **options))

    return create


def hill(config):
    """A made-up mAP with a single top at mu 0.4 and rate 0.05; another seed moves it by a little."""
    rate = math.log10(config.train.peak_rate / 0.05)
    total = 0.8 - (config.loss.options["mu"] - 0.4) ** 2 - 0.05 * rate**2 + 0.01 * (config.train.seed % 3)
    return {"total": total, "head": total + 0.05 * rate, "medium": total, "tail": total - 0.05 * rate}


@pytest.fixture
def instant_runs(monkeypatch):
    """Let a run be over as soon as it is launched; the function decides its mAPs, or raises for a run that fails."""

    def use(maps=hill):
        def launch(run, *, queue=False, command=None):
            paths = RunPaths.at(run)
            status, config = StatusWriter(paths), store.read_config(paths.folder)
            try:
                found = maps(config)
            except Exception as error:
                status.failed(error)
                return 0
            write_json(paths.result, {"map": found, "config": config.model_dump(mode="json")})
            status.finished()
            return 0

        monkeypatch.setattr(process, "launch", launch)

    return use
