"""The command: a small run in a real child process learns, repeats itself and leaves whole files."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from dbl_core.metrics import average_precision
from dbl_core.models import load_backbone
from dbl_core.pretrain.__main__ import command_of, main
from dbl_core.pretrain.loop import HELD_OUT_FIRST, PretrainSettings, augment, pretrain
from dbl_core.pretrain.shapes import draw_pictures, present_families

ROOT = Path(__file__).resolve().parents[2]


def test_quick_run_in_a_child_process_learns(tmp_path):
    out = tmp_path / "made here" / "b.safetensors"
    command = [sys.executable, "-m", "dbl_core.pretrain", "--out", str(out), "--quick", "--seed", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "held-out mAP" in done.stderr
    log = json.loads(out.with_suffix(".json").read_text())
    assert log["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    places = draw_pictures(log["settings"]["held_out"], seed=1, first=HELD_OUT_FIRST)[1]
    guesses = np.random.default_rng(0).random((len(places), log["families"]))
    blind = np.nanmean(average_precision(present_families(places), guesses))
    assert log["held_out_map"] > 1.1 * blind > log["chance_map"]
    assert log["curve"][-1]["loss"] < log["curve"][0]["loss"]
    assert sorted(entry.name for entry in out.parent.iterdir()) == ["b.json", "b.safetensors"]
    backbone = load_backbone(out)
    assert bool((backbone.feature_std > 0).all())
    assert backbone.feature_mean.any()


def test_one_seed_gives_one_backbone():
    settings = PretrainSettings(seed=3, pictures=64, held_out=16, epochs=1, batch_size=32, threads=1)
    first, same = pretrain(settings), pretrain(settings)
    states = first.backbone.state_dict(), same.backbone.state_dict()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert first.curve[0]["loss"] == same.curve[0]["loss"]


def test_mirroring_moves_picture_and_places_together():
    images = torch.zeros(40, 64, 64, 3, dtype=torch.uint8)
    images[:, :, :8] = 200
    places = torch.full((40, 8, 8), -1, dtype=torch.int16)
    places[:, :, 0] = 5
    batch, moved = augment(images, places, generator=torch.Generator().manual_seed(0))
    assert batch.shape == (40, 3, 64, 64)
    assert 0 <= batch.min() <= batch.max() <= 1
    left = batch[:, 0, 0, 0] > batch[:, 0, 0, -1]
    assert 0 < left.sum() < 40
    assert torch.equal(moved[:, 0, 0] == 5, left)
    assert torch.equal(moved[:, 0, -1] == 5, ~left)


def test_command_repeats_what_differs_from_the_defaults():
    assert command_of(PretrainSettings(), "b.safetensors") == "python -m dbl_core.pretrain --out b.safetensors --seed 0"
    assert command_of(PretrainSettings(seed=2, batch_size=32), "b").endswith("--out b --seed 2 --batch-size 32")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--seed", "-1"], "seed is -1: 0 or more"),
        (["--epochs", "0"], "epochs is 0: 1 or more"),
        (["--pictures", "5"], "at least one batch of 64"),
        (["--held-out", "0"], "held_out is 0"),
        (["--learning-rate", "nan"], "learning_rate is nan"),
        (["--precision", "float8"], "float32 or bfloat16"),
        (["--threads", "0"], "threads is 0"),
        (["--out", "b.pt"], "ends in .safetensors"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch, capsys, options, sentence):
    monkeypatch.chdir(tmp_path)
    assert main(["--out", "b.safetensors", *options]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_a_file_is_refused_before_training(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["--out", str(tmp_path / "file" / "b.safetensors")]) == 2
    assert "a file in a folder is needed" in capsys.readouterr().err
