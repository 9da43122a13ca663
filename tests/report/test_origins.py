"""The Python of a report makes the run that it belongs to."""

import json
import shutil

import pytest

from dbl_core.config import DatasetConfig, LossConfig, RunConfig, TrainConfig
from dbl_core.report import gather
from dbl_core.report.origins import python_of, reproduce_section
from dbl_core.runs import process, store
from dbl_core.runs.paths import RunPaths
from tests.fake_runs import write_run


def test_runs_of_another_version_say_so(runs, tmp_path):
    shutil.copytree(runs / "db", tmp_path / "old")
    path = RunPaths(tmp_path / "old").result
    path.write_text(json.dumps(json.loads(path.read_text()) | {"versions": {"long-tail-lab": "0.0.7"}}))

    def said(folders):
        return " ".join(one.text for one in reproduce_section(gather(folders)).blocks if one.kind == "text")

    assert "trained with version 0.0.7;" in said([runs / "bce", tmp_path / "old"])
    assert "trained with version" not in said([runs / "bce"])


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (RunConfig(), "db"),
        (
            RunConfig(dataset=DatasetConfig(ratio=50), train=TrainConfig(sampler="uniform", max_steps=40)),
            'it\'s "mine"',
        ),
        (RunConfig(loss=LossConfig(name="bce"), train=TrainConfig(learning_rate=0.1, seed=7)), "a b"),
    ],
)
def test_the_python_trains_the_same(tmp_path, monkeypatch, config, name):
    trained = []

    def finish(folder):
        trained.append(store.read_config(folder))
        write_run(tmp_path / "finished", config)
        (tmp_path / "finished" / "result.json").rename(folder / "result.json")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(process, "run_foreground", finish)
    names = {}
    exec(python_of(config, name), names)
    assert trained == [config]
    assert names["result"].config == config
