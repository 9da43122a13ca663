"""``--recipe`` as a user types it: what it sets, what overrides it, and the paper's recipe from end to end."""

import json

import pytest
import torch
from safetensors.torch import load_file

from dbl_core.cli import build_parser
from dbl_core.cli.run import config_from
from dbl_core.config import RunConfig
from dbl_core.models import load_backbone, write_weights
from dbl_core.recipes import RECIPES, recipe
from dbl_core.runs.paths import RunPaths
from tests.cli.test_run_command import lab


def parsed(*arguments: str) -> RunConfig:
    return config_from(build_parser().parse_args(["run", "--run-dir", "x", *arguments]))


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_its_settings_and_the_data_stay_the_users(name):
    config = parsed("--recipe", name, "--ratio", "50", "--seed", "4")
    assert recipe(name).differences(config) == {}
    assert (config.dataset.ratio, config.train.seed) == (50, 4)


def test_other_flags_override_a_recipe():
    config = parsed("--recipe", "paper-coco-mlt", "--backbone", "resnet18", "--option", "kappa=0.1", "--epochs", "2")
    assert recipe("paper-coco-mlt").differences(config) == {
        "kappa": (0.1, 0.05),
        "backbone": ("resnet18", "resnet50"),
        "epochs": (2, 8),
    }
    assert parsed("--recipe", "paper-voc-mlt", "--loss", "bce").loss.options == {}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--recipe", "stew"], "choose one of quick"),
        (["--recipe", "modern", "--config", "config.json"], "leave one of the two out"),
        (["--recipe", "paper-voc-mlt", "--mode", "head"], "frozen_stages 1 is for mode 'finetune'"),
    ],
)
def test_a_recipe_that_cannot_be_meant_is_one_sentence(arguments, words):
    with pytest.raises(ValueError, match=words):
        parsed(*arguments)


def test_the_help_says_what_recipes_contain():
    for command in ("run", "search"):
        text = " ".join(lab(command, "--help").stdout.split())
        assert "--mode finetune --backbone resnet50 --learning-rate 0.02 --frozen-stages 1" in text
        assert all(" ".join(entry.idea.split()) in text for entry in RECIPES.values())


def test_the_papers_recipe_from_end_to_end_on_small_data(small_images, tmp_path):
    """With ResNet-18 in place of ResNet-50, few steps, and weights in a file, as nobody publishes some for a test."""
    torch.manual_seed(0)
    backbone = load_backbone(name="resnet18", pretrained=False).network
    write_weights(tmp_path / "w.safetensors", backbone.state_dict())
    settings = ("--backbone", "resnet18", "--weights", tmp_path / "w.safetensors", "--device", "cpu")
    length = ("--epochs", "2", "--max-steps", "4", "--batch-size", "8")
    done = lab("run", "--run-dir", tmp_path / "run", "--recipe", "paper-voc-mlt", *small_images, *settings, *length)
    assert done.returncode == 0, done.stderr
    paths = RunPaths(tmp_path / "run")
    assert [json.loads(line)["step"] for line in paths.metrics.read_text().splitlines()] == [2, 4]
    trained, before = load_file(paths.weights), backbone.state_dict()
    frozen = ("conv1.", "bn1.", "layer1.")
    for name, tensor in before.items():
        kept = torch.equal(trained[f"0.network.{name}"], tensor)
        assert kept == (name.startswith(frozen) or "running" in name or "tracked" in name), name
    assert trained["1.1.running_var"].shape == (256,)


def test_missing_weights_are_one_sentence_that_says_what_to_do(small_images, tmp_path):
    missing = ("--weights", tmp_path / "none.pth", "--device", "cpu")
    refused = lab("run", "--run-dir", tmp_path / "run", "--recipe", "paper-voc-mlt", *small_images, *missing)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "none.pth cannot be read (No such file or directory): restore the weights file" in refused.stderr
    assert not (tmp_path / "run").exists()
