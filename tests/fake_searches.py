"""Searches that were never conducted: folders with Optuna's journal and made-up mAPs, for tests of what is shown."""

import math
import time

import numpy as np

from dbl_core.config import RunConfig
from dbl_core.runs.record import write_json
from dbl_core.search import start
from dbl_core.search.config import SearchConfig
from dbl_core.search.space import Dimension, with_settings
from dbl_core.search.study import Proposals

SPACE = (
    Dimension(setting="loss.mu", low=0.1, high=1.2),
    Dimension(setting="train.learning_rate", low=0.003, high=0.3, scale="log"),
    Dimension(setting="train.sampler", choices=("uniform", "class_aware")),
    Dimension(setting="loss.name", choices=("bce", "db_focal")),
)
FAILED = (5, 10)
REASON = "its run failed: the loss became nan in epoch 2; lower the learning rate"


def made_up_map(config: RunConfig, noise: float) -> dict[str, float]:
    """A larger mu helps the tail and harms the head."""
    mu = config.loss.options.get("mu", 1.5)
    total = 0.7 - 0.2 * (mu - 0.4) ** 2 - 0.03 * abs(math.log10(config.train.peak_rate / 0.05)) + noise
    total += 0.05 * (config.train.sampler == "class_aware")
    return {"total": total, "head": total + 0.1 - 0.3 * mu, "medium": total, "tail": total - 0.15 + 0.3 * mu}


def write_search(folder, *, n_trials=14, seeds=1, space=SPACE, objective="total", state="finished"):
    """Leave a search behind as its process would after so many trials; numbers 5 and 10 failed."""
    config = SearchConfig(space=space, objective=objective, runs=n_trials * seeds, seeds=seeds)
    paths = start.create_search(folder, config)
    proposals, rng = Proposals(paths, config), np.random.default_rng(0)
    for _ in range(n_trials):
        trial = proposals.propose()
        run = with_settings(config.base, trial.settings)
        maps = [made_up_map(run, float(rng.normal(0, 0.01))) for _ in range(seeds)]
        ids = [f"{paths.folder.name}-{trial.number:03d}{f'-s{seed}' if seeds > 1 else ''}" for seed in range(seeds)]
        if trial.number in FAILED:
            trial.note(runs=ids, seconds=1.0)
            trial.failed(REASON)
        else:
            trial.note(runs=ids, maps=maps, seconds=2.0)
            trial.succeeded([sum(each[key] for each in maps) / seeds for key in config.keys])
    said = {"state": state, "phase": "searching", "done": 1000, "total": 1000, "message": "the budget is used"}
    write_json(paths.status, {**said, "updated_at": time.time()})
    write_json(paths.process, {"pid": 2**22 + 1, "create_time": 1.0, "started_at": time.time() - 60})
    return paths
