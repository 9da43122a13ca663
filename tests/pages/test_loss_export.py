"""What the Loss Lab gives away: Python that runs, a command, files that the command line reads."""

import json
import shlex

import numpy as np
import pytest
import torch

from dbl_core.cli import build_parser
from dbl_core.cli.run import config_from
from dbl_core.config import DatasetConfig, LossConfig, RunConfig
from dbl_core.losses import LOSSES, build_loss
from pages.ui import cache
from pages.ui.loss_export import python_lines

PAGE = "pages/3_Loss_Lab.py"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data" / "uploads").mkdir(parents=True)
    return tmp_path / "data"


def own_csv(folder):
    path = folder / "uploads" / "my \"odd\" 'labels'.csv"
    rows = [f"i{k},{int(k % 2 == 0)},{int(k % 3 == 0)},{int(k % 20 == 0)}" for k in range(90)]
    path.write_text("\n".join(["id,cat,dog,cow", *rows]), encoding="utf-8")
    return path


def executed(choice, configs):
    """Run the exported lines as somebody would who has logits and targets; return what they leave."""
    n_labels = len(cache.dataset(choice).label_counts)
    generator = torch.Generator().manual_seed(0)
    scope = {
        "logits": torch.randn(6, n_labels, generator=generator, requires_grad=True),
        "targets": (torch.rand(6, n_labels, generator=generator) < 0.3).float(),
    }
    exec(python_lines(choice, configs), scope)
    return scope


def fits(choice, config, scope, variable="criterion"):
    """Whether the exported loss is the one whose curves the page draws."""
    data = cache.dataset(choice)
    expected = build_loss(config.name, label_counts=data.label_counts, n_samples=data.n_train, **config.options)
    loss = scope[f"{variable}_loss"]
    assert torch.isfinite(loss)
    assert loss.shape == ()
    loss.backward(retain_graph=True)
    assert torch.isfinite(scope["logits"].grad).all()
    return torch.equal(loss, expected(scope["logits"], scope["targets"]))


def moved(name):
    """A loss with every option away from its default, so that a lost one shows."""
    values = {}
    for option in LOSSES[name].options:
        if option.kind == "choice":
            values[option.name] = next(word for word in option.choices if word != option.default)
        else:
            values[option.name] = round((option.low + option.high) / 2 + 0.013, 6)
    return LossConfig(name=name, options=values)


@pytest.mark.parametrize("name", LOSSES)
def test_the_python_of_every_loss_runs_and_builds_the_loss_of_the_page(name):
    for config in (LossConfig(name=name), moved(name)):
        assert fits(DatasetConfig(), config, executed(DatasetConfig(), [config]))


@pytest.mark.parametrize("ratio", [1, 20, 150])
@pytest.mark.parametrize("profile", ["pareto", "step"])
def test_the_python_of_a_subset_chooses_the_same_rows(ratio, profile):
    choice = DatasetConfig(ratio=ratio, profile=profile, seed=2)
    scope = executed(choice, [LossConfig()])
    assert np.array_equal(scope["data"].train_rows, cache.dataset(choice).train_rows)
    assert fits(choice, LossConfig(), scope)


def test_both_losses_are_there():
    configs = [moved("db_focal"), LossConfig(name="asl")]
    scope = executed(DatasetConfig(), configs)
    assert fits(DatasetConfig(), configs[0], scope)
    assert fits(DatasetConfig(), configs[1], scope, "compared")
    assert "compared" not in executed(DatasetConfig(), configs[:1])


@pytest.mark.parametrize("subset", [{}, {"ratio": 10, "profile": "exponential", "seed": 1}])
def test_the_python_of_an_own_file_opens_it(folder, subset):
    choice = DatasetConfig(name="file", path=str(own_csv(folder)), **subset)
    scope = executed(choice, [moved("db")])
    assert scope["data"].label_names == ("cat", "dog", "cow")
    assert np.array_equal(scope["data"].label_counts, cache.dataset(choice).label_counts)
    assert fits(choice, moved("db"), scope)


def test_the_python_of_class_counts_needs_no_rows(folder):
    path = folder / "uploads" / "counts.json"
    path.write_text(json.dumps({"pos_counts": {"a": 60, "b": 5}, "num_samples": 100}))
    choice = DatasetConfig(name="file", path=str(path))
    assert fits(choice, moved("db_focal"), executed(choice, [moved("db_focal")]))


def parsed(*arguments):
    return config_from(build_parser().parse_args(["run", "--run-dir", "x", *arguments]))


@pytest.mark.parametrize("name", ["bce", "db_focal", "mfm", "cb_focal"])
@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_the_files_and_the_command_say_the_same_to_the_command_line(open_page, tmp_path, monkeypatch, name, kind):
    given = {}
    import streamlit as st

    real = st.download_button
    monkeypatch.setattr(
        st, "download_button", lambda label, data, **more: (given.update({label: data}), real(label, data, **more))[1]
    )
    config = moved(name)
    address = {f"loss_a_{key}": str(value) for key, value in config.options.items()}
    app = open_page(PAGE, ratio="20", profile="step", loss_a=name, **address)
    assert not app.exception
    path = tmp_path / f"run.{kind}"
    path.write_text(given[f"run.{kind}"], encoding="utf-8")
    expected = RunConfig(dataset=DatasetConfig(ratio=20, profile="step"), loss=config)
    assert parsed("--config", str(path)) == expected
    words = shlex.split(app.code[1].value)
    assert parsed(*words[words.index("runs/my-run") + 1 :]) == expected


def test_class_counts_give_files_of_the_loss_alone(open_page, folder):
    path = folder / "counts.json"
    path.write_text(json.dumps({"pos_counts": {"a": 60, "b": 5}, "num_samples": 100}))
    app = open_page(PAGE, data="file", file="counts.json")
    assert not app.exception
    assert not app.error
    assert sorted(button.proto.label for button in app.get("download_button")) == ["loss.json", "loss.yaml"]
    assert len(app.code) == 1
