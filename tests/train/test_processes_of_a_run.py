"""Several real processes train one run: it is killed, stopped, resumed, and ends as one that was left alone."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from PIL import Image

from dbl_core.config import DatasetConfig, RunConfig, TrainConfig
from dbl_core.runs import identity, process, store
from dbl_core.runs.child import StatusWriter
from dbl_core.runs.paths import RunPaths
from dbl_core.runs.record import read_json
from dbl_core.runs.resume import Reopen, checkpoint_epoch
from dbl_core.runs.state import standing
from dbl_core.train import __main__ as child
from dbl_core.train.run import train_run
from tests.train import shared_training
from tests.waiting import lives, wait_for

ROOT = Path(__file__).resolve().parents[2]
NETWORK = {"mode": "finetune", "norm_statistics": "pretrained", "dropout": 0.0, "device": "cpu", "batch_size": 7}


@pytest.fixture(scope="module")
def small_run(tmp_path_factory):
    """A function that makes a run of 12 epochs on 50 small images."""
    folder = tmp_path_factory.mktemp("small")
    data = shared_training.problem()
    pixels = torch.cat([data.train_inputs, data.test_inputs]).numpy()
    labels = np.concatenate([data.train_labels, data.test_labels]).astype(int)
    (folder / "images").mkdir()
    lines = ["file,cat,dog,owl"]
    for number, (image, row) in enumerate(zip(pixels, labels, strict=True)):
        Image.fromarray(image).save(folder / "images" / f"{number}.png")
        lines.append(",".join([f"{number}.png", *map(str, row)]))
    (folder / "labels.csv").write_text("\n".join(lines))
    own = {"name": "file", "path": str(folder / "labels.csv"), "images": str(folder / "images"), "side": 32}

    def create(name, **train):
        config = RunConfig(
            dataset=DatasetConfig(**own), train=TrainConfig(**NETWORK | {"epochs": 12, "learning_rate": 1e-3} | train)
        )
        return store.create(folder / name, config)

    return create


def family(paths: RunPaths) -> list[psutil.Process]:
    leader = identity.find(read_json(paths.process))
    return [leader, *leader.children(recursive=True)]


def epochs_done(paths: RunPaths) -> int:
    return len(store.read_metrics(paths.folder))


def test_a_killed_a_stopped_and_a_resumed_run_end_as_one_that_was_left_alone(small_run, tmp_path, monkeypatch):
    paths = small_run("several", nproc=2)
    process.launch(paths.folder)
    wait_for(lambda: epochs_done(paths) >= 2)
    everyone = family(paths)
    _, second = sorted(each.pid for each in everyone if "spawn_main" in " ".join(each.cmdline()))
    os.kill(second, signal.SIGKILL)
    wait_for(lambda: standing(paths).state == "failed")
    assert standing(paths).message.startswith("one of its 2 processes ended without a word; ")
    wait_for(lambda: not any(lives(each) for each in everyone))
    assert checkpoint_epoch(paths.folder) == epochs_done(paths)

    done = epochs_done(paths)
    process.launch(paths.folder, reopen=Reopen())
    wait_for(lambda: epochs_done(paths) > done)
    everyone = family(paths)
    assert process.stop(paths.folder) == "stopped"
    assert not any(lives(each) for each in everyone)
    assert epochs_done(paths) < 12

    with Reopen(nproc=1).opened(paths):  # the child of the resumed run, without the time that another process takes
        monkeypatch.setattr(sys, "argv", ["train", str(paths.folder), "--nproc", "1"])
        monkeypatch.setattr(child, "stop_on_terminate", lambda: None)
        assert child.main() == 0
    assert store.read_result(paths.folder)["config"]["train"]["nproc"] == 1
    alone = small_run("alone")
    status = StatusWriter(alone)
    train_run(alone.folder, status, cache_dir=tmp_path)
    for one, several in zip(store.read_metrics(alone.folder), store.read_metrics(paths.folder), strict=True):
        assert several["train_loss"] == pytest.approx(one["train_loss"], rel=1e-3)
    scores = [store.read_scores(each.folder)["scores"] for each in (alone, paths)]
    assert np.allclose(*scores, atol=2e-3)


def test_torchrun_trains_a_run_too(small_run):
    paths = small_run("torchrun", epochs=1)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*command, "-m", "dbl_core.train", str(paths.folder)],
        **{"capture_output": True, "text": True, "cwd": ROOT, "check": False},
    )
    assert done.returncode == 0, done.stderr
    result = store.read_result(paths.folder)
    assert standing(paths).state == "finished"
    assert result["device"] == "2 x cpu (1 thread)"
    assert result["config"]["train"]["nproc"] == 2
