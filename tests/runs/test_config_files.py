"""Settings as files: JSON and YAML say the same, and what is written is what is read."""

import json

import pytest
import yaml

from dbl_core.config import DatasetConfig, LossConfig, RunConfig, TrainConfig, explain
from dbl_core.losses import LOSSES
from dbl_core.runs.config_files import KINDS, config_text, read_config_file

ODD = RunConfig(
    dataset=DatasetConfig(ratio=20.5, profile="step", seed=3, max_count=500),
    loss=LossConfig(name="cb_focal", options={"beta": 0.99999, "mode": "average_w"}),
    train=TrainConfig(learning_rate=1e-5, weight_decay=1e-7, epochs=2),
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("config", [RunConfig(), ODD])
def test_what_is_written_is_read(tmp_path, kind, config):
    path = tmp_path / f"run.{kind}"
    path.write_text(config_text(config, kind), encoding="utf-8")
    assert read_config_file(path) == config


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_loss_travels_with_every_option(tmp_path, kind, name):
    path = tmp_path / f"run.{kind}"
    path.write_text(config_text(RunConfig(loss=LossConfig(name=name)), kind, sections=("loss",)), encoding="utf-8")
    assert read_config_file(path).loss == LossConfig(name=name)


def test_yaml_and_json_hold_the_same():
    assert yaml.safe_load(config_text(ODD, "yaml")) == json.loads(config_text(ODD, "json"))
    assert "null" not in config_text(ODD, "json")
    assert set(json.loads(config_text(ODD, "json", sections=("loss",)))) == {"loss"}


def test_a_name_with_signs_survives(tmp_path):
    odd = RunConfig(dataset=DatasetConfig(name="file", path='uploads/a: "b" #1 [ä].csv'))
    path = tmp_path / "run.yml"
    path.write_text(config_text(odd, "yaml"), encoding="utf-8")
    assert read_config_file(path) == odd


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.yaml", "loss: [1, 2", "a.yaml is no YAML file"),
        ("a.yaml", "just words", "a.yaml holds no settings; it should have the sections dataset, loss, train"),
        ("a.yaml", "", "a.yaml holds no settings"),
        ("a.yaml", "loss: {name: nonsense}", "There is no loss 'nonsense'"),
        ("a.yaml", "speed: 3", "unknown option 'speed'"),
        ("a.json", "{", "nvalid JSON"),
        ("a.json", '{"loss": {"name": "db", "options": {"mu": 99}}}', "mu must be a number from 0 to 10"),
    ],
)
def test_bad_files_are_refused_in_one_sentence(tmp_path, name, text, sentence):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the sentence is looked at as a user gets it
        read_config_file(path)
    assert sentence in explain(caught.value)
    assert "\n" not in explain(caught.value) or name.endswith("json")


def test_a_missing_file_and_one_that_is_no_text_are_refused(tmp_path):
    with pytest.raises(ValueError, match="cannot be read as a configuration"):
        read_config_file(tmp_path / "none.yaml")
    (tmp_path / "raw.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"give the config\.json of a run, or a YAML file"):
        read_config_file(tmp_path / "raw.json")


def test_unknown_kinds_and_sections_are_refused():
    with pytest.raises(ValueError, match="allowed: json, yaml"):
        config_text(RunConfig(), "toml")
    with pytest.raises(ValueError, match="allowed"):
        config_text(RunConfig(), "json", sections=("model",))
