"""One set of models refuses every bad value, in one sentence that names it and what is allowed."""

import json
import subprocess
import sys

import pytest
from pydantic import ValidationError

from dbl_core.config import DatasetConfig, LossConfig, RunConfig, TrainConfig, explain
from dbl_core.datasets import DATASETS, load_dataset
from dbl_core.losses import LOSSES


def refused(model, **values) -> str:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(values)
    sentence = explain(caught.value)
    assert "\n" not in sentence
    assert sentence
    return sentence


def test_the_default_run_is_db_focal_with_a_frozen_backbone():
    config = RunConfig()
    assert (config.loss.name, config.train.mode, config.train.sampler) == ("db_focal", "head", "class_aware")
    assert config.loss.options["mu"] == 0.3
    assert config.train.peak_rate == 0.02


def test_json_round_trip():
    config = RunConfig(
        dataset=DatasetConfig(ratio=50, seed=3),
        loss=LossConfig(name="db", options={"mu": 0.2}),
        train=TrainConfig(optimizer="adamw", learning_rate=3e-4),
    )
    assert RunConfig.model_validate_json(config.model_dump_json()) == config


def test_a_configuration_written_before_an_option_existed_still_loads():
    older = json.loads(RunConfig().model_dump_json())
    newer = "max_steps max_seconds max_memory_mb repeat_threshold schedule label_smoothing ema mixup compile"
    for option in newer.split():
        del older["train"][option]
    assert RunConfig.model_validate(older) == RunConfig()


@pytest.mark.parametrize(
    ("model", "values", "words"),
    [
        (DatasetConfig, {"name": "imagenet"}, ["imagenet", "picto-voc"]),
        (DatasetConfig, {"ratio": 0.5}, ["ratio", "0.5", "1"]),
        (DatasetConfig, {"ratio": float("nan")}, ["ratio", "nan", "finite"]),
        (DatasetConfig, {"profile": "triangle", "ratio": 10}, ["triangle", "pareto"]),
        (DatasetConfig, {"preset": "by-ratio"}, ["ratio"]),
        (DatasetConfig, {"preset": "voc-mlt", "ratio": 10}, ["ratio", "by-ratio"]),
        (DatasetConfig, {"max_count": 0, "ratio": 10}, ["max_count", "0"]),
        (DatasetConfig, {"max_count": 100}, ["max_count", "by-ratio"]),
        (DatasetConfig, {"colour": "red"}, ["colour"]),
        (DatasetConfig, {"preset": "official"}, ["official", "voc-mlt"]),
        (DatasetConfig, {"path": "labels.csv"}, ["picto-voc", "path"]),
        (DatasetConfig, {"name": "file"}, ["file", "path"]),
        (DatasetConfig, {"name": "voc", "preset": "official", "ratio": 9}, ["ratio", "by-ratio"]),
        (DatasetConfig, {"name": "coco", "side": 4}, ["side", "16"]),
        (TrainConfig, {"backbone": "alexnet"}, ["alexnet", "picto", "resnet18"]),
        (TrainConfig, {"weights": "w.bin"}, ["w.bin", "random", ".safetensors"]),
        (TrainConfig, {"weights": "w.pth"}, ["w.pth", ".safetensors"]),
        (TrainConfig, {"backbone": "vit_b_16", "weights": ""}, ["random", ".pth"]),
        (TrainConfig, {"mode": "scratch", "weights": "w.safetensors"}, ["scratch", "weights"]),
        (LossConfig, {"name": "hinge"}, ["hinge", "db_focal"]),
        (LossConfig, {"name": "bce", "options": {"mu": 1}}, ["mu"]),
        (LossConfig, {"name": "db", "options": {"lam": 0}}, ["lam", "0"]),
        (LossConfig, {"name": "db", "options": {"mu": "much"}}, ["mu", "much"]),
        (LossConfig, {"name": "db", "options": {"mu": float("nan")}}, ["mu"]),
        (TrainConfig, {"epochs": 0}, ["epochs", "0"]),
        (TrainConfig, {"epochs": "many"}, ["epochs", "many"]),
        (TrainConfig, {"sampler": "sometimes"}, ["sometimes", "class_aware"]),
        (TrainConfig, {"device": "tpu"}, ["tpu", "cuda"]),
        (TrainConfig, {"mode": "zero-shot"}, ["zero-shot", "scratch"]),
        (TrainConfig, {"learning_rate": float("inf")}, ["learning_rate"]),
        (TrainConfig, {"batch_size": 0}, ["batch_size", "0"]),
        (TrainConfig, {"seed": -1}, ["seed", "-1"]),
        (TrainConfig, {"max_steps": 0}, ["max_steps", "0"]),
        (TrainConfig, {"schedule": "linear"}, ["schedule", "cosine"]),
        (TrainConfig, {"label_smoothing": 1}, ["label_smoothing", "1"]),
        (TrainConfig, {"ema": 1.5}, ["ema", "1.5"]),
        (TrainConfig, {"mixup": -1}, ["mixup", "-1"]),
        (TrainConfig, {"compile": True}, ["compile", "finetune"]),
        (TrainConfig, {"repeat_threshold": 0.1}, ["class_aware", "repeat_factor"]),
        (TrainConfig, {"sampler": "repeat_factor", "repeat_threshold": 0}, ["repeat_threshold", "0"]),
        (TrainConfig, {"max_seconds": 0}, ["max_seconds", "0"]),
        (TrainConfig, {"max_seconds": float("nan")}, ["max_seconds", "finite"]),
        (TrainConfig, {"max_memory_mb": 1}, ["max_memory_mb", "64"]),
        (TrainConfig, {"max_steps": 7}, ["max_steps 7", "8 epochs"]),
        (TrainConfig, {"max_steps": 9, "second_stage_epochs": 2}, ["max_steps 9", "10 epochs"]),
        (TrainConfig, {"frozen_stages": 1}, ["frozen_stages 1", "'finetune'", "'head'", "leave it at 0"]),
        (TrainConfig, {"frozen_stages": 1, "mode": "scratch"}, ["'finetune'", "'scratch'"]),
        (TrainConfig, {"frozen_stages": 4, "mode": "finetune"}, ["'picto' has 3 stages"]),
        (TrainConfig, {"frozen_stages": 5, "mode": "finetune", "backbone": "resnet50"}, ["frozen_stages", "5"]),
        (TrainConfig, {"norm_statistics": "pretrained"}, ["norm_statistics", "'finetune'", "'batch'"]),
        (
            TrainConfig,
            {"norm_statistics": "pretrained", "mode": "finetune", "backbone": "vit_b_16"},
            ["'vit_b_16' has no batch normalisation"],
        ),
        (TrainConfig, {"neck": "fc_bn", "batch_size": 1}, ["fc_bn", "batch_size of 2"]),
        (TrainConfig, {"neck": "conv"}, ["neck", "conv", "fc_relu"]),
        (TrainConfig, {"augmentation": "strong"}, ["'strong'", "'scratch'", "'head'"]),
        (TrainConfig, {"warmup_steps": -1}, ["warmup_steps", "-1"]),
        (TrainConfig, {"second_stage_epochs": -1}, ["second_stage_epochs", "-1"]),
    ],
)
def test_a_bad_value_is_one_sentence(model, values, words):
    sentence = refused(model, **values)
    for word in words:
        assert word in sentence


def test_a_ratio_means_by_ratio():
    assert DatasetConfig(ratio=30).preset == "by-ratio"


@pytest.mark.parametrize(
    ("values", "preset"),
    [({}, "voc-mlt"), ({"name": "voc"}, "official"), ({"name": "file", "path": "x.csv"}, "all")],
)
def test_each_data_set_has_a_default_preset(values, preset):
    config = DatasetConfig.model_validate(values)
    assert config.preset == preset
    assert set(config.options) <= set(DATASETS[config.name].options)


def test_options_are_what_load_dataset_takes():
    assert load_dataset("picto-voc", **DatasetConfig(ratio=20).options).asked is not None


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_gets_all_its_options(name):
    assert set(LossConfig(name=name).options) == {option.name for option in LOSSES[name].options}


def test_flat_names_every_setting_once():
    flat = RunConfig().flat()
    assert flat["loss.name"] == "db_focal"
    assert flat["loss.mu"] == 0.3
    assert flat["train.epochs"] == 8
    assert json.dumps(flat)


def test_loading_the_configuration_loads_no_torch():
    code = "import dbl_core.config, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
