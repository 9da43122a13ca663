"""Real data end to end, as a user types it: photographs in COCO's format, and features that came with a data set."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from dbl_core.models.torchvision_models import import_torchvision_models
from dbl_core.runs.paths import RunPaths

ROOT = Path(__file__).resolve().parents[2]


def lab(run_dir: Path, cache: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    words = ["run", "--run-dir", run_dir, "--dataset", "file", "--device", "cpu", "--loss", "db_focal", *arguments]
    return subprocess.run(
        [sys.executable, "-m", "dbl_core", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env=os.environ | {"DBL_CACHE_DIR": str(cache)},
    )


def result_of(done: subprocess.CompletedProcess[str], run_dir: Path) -> dict:
    assert done.returncode == 0, done.stderr
    return json.loads(RunPaths(run_dir).result.read_text())


@pytest.fixture(scope="module")
def photographs(shared_dir, tmp_path_factory) -> Path:
    """A hundred photographs of COCO 2017, 50 for training and 50 for testing."""
    return Path(
        shutil.copytree(
            shared_dir / "data" / "coco_small" / "coco_format",
            tmp_path_factory.mktemp("data") / "coco",
            copy_function=shutil.copyfile,
        )
    )


def test_photographs_subset_features_and_a_head(photographs, tmp_path):
    cache, run_dir = tmp_path / "cache", tmp_path / "run"
    options = ("--path", photographs, "--side", 64, "--backbone", "resnet18", "--weights", "random", "--epochs", 2)
    result = result_of(lab(run_dir, cache, *options, "--ratio", 10), run_dir)
    assert result["config"]["dataset"]["ratio"] == 10
    assert result["backbone"]["weights"] == "random, not pre-trained"
    assert result["backbone"]["fingerprint"].startswith("resnet18-random-torch")
    assert result["backbone"]["side"] == 64
    assert result["test_images"] == 50
    counts = [one["train_count"] for one in result["per_class"]]
    assert 0 < max(counts) <= 50
    assert 0 < result["map"]["total"] <= 1
    kept = load_file(RunPaths(run_dir).weights)
    assert kept["feature_mean"].shape == (512,)

    before = {path.name: path.stat().st_ino for path in cache.glob("features-*.npy")}
    assert len(before) == 2
    again = result_of(lab(tmp_path / "again", cache, *options, "--ratio", 10, "--seed", 1), tmp_path / "again")
    assert {path.name: path.stat().st_ino for path in cache.glob("features-*.npy")} == before
    assert again["backbone"] == result["backbone"]


def test_photographs_with_a_local_weights_file(photographs, tmp_path):
    torch.manual_seed(3)
    network = import_torchvision_models().get_model("mobilenet_v3_large", weights=None)
    torch.save(network.state_dict(), tmp_path / "mine.pth")
    options = ("--path", photographs, "--side", 64, "--backbone", "mobilenet_v3_large", "--epochs", 1)
    run_dir = tmp_path / "run"
    result = result_of(lab(run_dir, tmp_path / "cache", *options, "--weights", tmp_path / "mine.pth"), run_dir)
    assert result["backbone"]["weights"] == "file mine.pth"
    assert result["backbone"]["fingerprint"].startswith("mobilenet_v3_large-")
    (tmp_path / "mine.pth").write_bytes(b"no weights at all")
    refused = lab(tmp_path / "refused", tmp_path / "cache", *options, "--weights", tmp_path / "mine.pth")
    assert refused.returncode == 2
    assert "mine.pth is damaged" in refused.stderr
    assert not (tmp_path / "refused").exists()


@pytest.mark.parametrize(("name", "floor"), [("emotions", 0.55), ("yeast", 0.4)])
def test_a_head_on_features_that_came_with_the_labels(shared_dir, tmp_path, name, floor):
    for part in ("labels", "features"):
        shutil.copyfile(shared_dir / "data" / "mld" / f"{name}_{part}.npz", tmp_path / f"{name}_{part}.npz")
    run_dir = tmp_path / "run"
    done = lab(run_dir, tmp_path / "cache", "--path", tmp_path / f"{name}_labels.npz", "--epochs", 4)
    result = result_of(done, run_dir)
    assert result["backbone"]["source"] == "features of the data set"
    prevalence = np.mean([one["test_positives"] for one in result["per_class"]]) / result["test_images"]
    assert result["map"]["total"] > max(floor, prevalence + 0.1)
    (tmp_path / f"{name}_features.npz").unlink()
    alone = lab(tmp_path / "alone", tmp_path / "cache", "--path", tmp_path / f"{name}_labels.npz")
    assert alone.returncode == 2
    assert "has labels alone" in alone.stderr
