"""The recipes: each is valid, says why, survives a file, and the paper's is what its public configuration says."""

import pytest

from dbl_core.config import LossConfig, RunConfig, TrainConfig
from dbl_core.losses import PRESETS
from dbl_core.recipes import LEFT_ALONE, RECIPES, recipe
from dbl_core.runs.config_files import KINDS, config_text, read_config_file


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_survives_a_file(tmp_path, name):
    entry = recipe(name)
    assert entry.name == name
    assert entry.differences(entry.config) == {}
    assert RunConfig.model_validate(entry.settings()) == entry.config
    for kind in KINDS:
        file = tmp_path / f"config.{kind}"
        file.write_text(config_text(entry.config, kind))
        assert read_config_file(file) == entry.config


@pytest.mark.parametrize("entry", RECIPES.values(), ids=RECIPES.keys())
def test_every_setting_that_departs_from_the_defaults_has_a_reason(entry):
    assert set(entry.departures()) <= set(entry.reasons)
    assert set(entry.reasons) <= set(TrainConfig.model_fields) - set(LEFT_ALONE)
    assert all(getattr(entry.train, name) == TrainConfig.model_fields[name].default for name in LEFT_ALONE)


def test_quick_is_the_default():
    assert recipe("quick").config == RunConfig()


@pytest.mark.parametrize(("name", "preset"), [("paper-voc-mlt", "paper-voc"), ("paper-coco-mlt", "paper-coco")])
def test_the_papers_recipe_is_its_public_configuration(name, preset):
    """The files configs/voc/LT_resnet50_pfc_DB.py and configs/coco/LT_resnet50_pfc_DB.py, and mllt's ResNet and PFC."""
    entry = recipe(name)
    assert entry.loss.name == "db_focal"
    assert entry.loss.options == dict(PRESETS[preset].values)
    expected = {
        **{"backbone": "resnet50", "frozen_stages": 1, "norm_statistics": "pretrained", "neck": "fc_bn"},
        **{"dropout": 0.5, "batch_size": 32, "sampler": "class_aware", "epochs": 8, "optimizer": "sgd"},
        **{"learning_rate": 0.02, "momentum": 0.9, "weight_decay": 1e-4, "clip_norm": 35, "schedule": "steps"},
        **{"mode": "finetune", "augmentation": "paper", "ema": 0, "mixup": 0, "label_smoothing": 0},
    }
    assert {key: getattr(entry.train, key) for key in expected} == expected
    assert entry.train.warmup_steps == (500 if name == "paper-voc-mlt" else None)


def test_two_stages_take_as_many_epochs_as_one():
    assert recipe("two-stage").train.all_epochs == recipe("quick").train.epochs


def test_differences_name_both_values_and_leave_alone_what_is_the_users():
    entry = recipe("modern")
    train = TrainConfig(**entry.train.model_dump() | {"epochs": 3, "seed": 9, "device": "cpu", "max_seconds": 60})
    assert entry.differences(RunConfig(loss=entry.loss, train=train)) == {"epochs": (3, 8)}
    options = entry.loss.options | {"mu": 0.5}
    changed = RunConfig(loss=LossConfig(name="db_focal", options=options), train=entry.train)
    assert entry.differences(changed) == {"mu": (0.5, 0.3)}
    other = RunConfig(loss=LossConfig(name="asl"), train=entry.train)
    assert entry.differences(other) == {"loss": ("asl", "db_focal")}


def test_an_unknown_recipe():
    with pytest.raises(ValueError, match=r"'stew'; choose one of quick, paper-voc-mlt"):
        recipe("stew")
