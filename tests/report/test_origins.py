"""The Python of a report makes the run that it belongs to."""

import pytest

from dbl_core.config import DatasetConfig, LossConfig, RunConfig, TrainConfig
from dbl_core.report.origins import python_of
from dbl_core.runs import process, store
from tests.fake_runs import write_run


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
