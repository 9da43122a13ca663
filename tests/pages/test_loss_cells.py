"""The section On your cells: four views, samplers, and the logits of finished runs."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from dbl_core.datasets import load_dataset
from dbl_core.losses import LOSSES
from dbl_core.runs import paths
from dbl_core.runs.paths import RunPaths
from pages.ui import loss_answers, loss_run
from tests.fake_runs import BY_RATIO, DB_FOCAL, write_run

PAGE = "pages/3_Loss_Lab.py"
VIEWS = {
    "Group means": {"loss_cells_weight", "loss_cells_gradient", "loss_shares"},
    "Distribution": {"loss_histogram_factor", "loss_histogram_gradient"},
    "Class by class": {"loss_classes_weight", "loss_classes_gradient"},
    "Balance": {"loss_spreads", "loss_effective", "loss_push_pull"},
}
OF_WEIGHTS = {"loss_histogram_factor", "loss_classes_weight"}


def sound(app):
    assert not app.exception
    assert not app.error, [error.value for error in app.error]
    return app


def figures(app):
    return {chart.proto.id.rsplit("-", 1)[-1]: json.loads(chart.proto.spec) for chart in app.get("plotly_chart")}


def captions(app):
    return " ".join(text.value for text in app.caption).replace("\\", "")


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """A folder of runs: one with logits, one from before there were any, one of another data set."""
    monkeypatch.setattr(paths, "DEFAULT_RUNS_DIR", tmp_path)
    dataset = load_dataset()
    logits = np.where(dataset.labels[dataset.train_rows], 3, -3).astype(np.float16)
    folder = write_run(tmp_path / "trained", DB_FOCAL)
    save_file({"logits": logits, "train_rows": dataset.train_rows.copy()}, RunPaths(folder).train_logits)
    write_run(tmp_path / "older", DB_FOCAL, age_s=600)
    write_run(tmp_path / "other", BY_RATIO)
    write_run(tmp_path / "failed", DB_FOCAL, state="failed")
    loss_run.finished.clear()
    loss_answers._cells.clear()
    yield tmp_path
    loss_run.finished.clear()


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_draws_its_own_figures_for_two_losses(open_page, view):
    app = sound(open_page(PAGE, loss_view=view))
    assert {key for key in figures(app) if not key.startswith(("loss_curves", "loss_pulls"))} == VIEWS[view]


@pytest.mark.parametrize("name", [name for name, about in LOSSES.items() if about.unit != "cell"])
@pytest.mark.parametrize("view", VIEWS)
def test_a_loss_without_weights_says_so_and_shows_its_gradients(open_page, name, view):
    app = sound(open_page(PAGE, loss_view=view, loss_a=name, loss_b="none"))
    found = {key for key in figures(app) if not key.startswith(("loss_curves", "loss_pulls"))}
    assert found == VIEWS[view] - OF_WEIGHTS
    assert "there is no weight that multiplies a cell" in captions(app)


def test_the_sampler_and_the_loss_are_seen_together(open_page):
    app = sound(open_page(PAGE, loss_view="Balance", loss_sampler="Class-aware", loss_b="none"))
    (bars,) = figures(app)["loss_spreads"]["data"]
    assert bars["y"][1] == "images drawn, class-aware"
    assert bars["text"] == ["194", "15.3", "2.71", "2.66"]


def test_the_shares_follow_the_sampler(open_page):
    uniform, drawn = (
        figures(sound(open_page(PAGE, loss_sampler=sampler, loss_share="positives")))["loss_shares"]
        for sampler in ("Uniform", "Class-aware")
    )
    assert uniform["data"][0]["y"] != drawn["data"][0]["y"]


def test_only_finished_runs_of_the_data_set_are_offered(open_page, runs):
    app = sound(open_page(PAGE))
    offered = app.selectbox(key="loss_run_cells").options
    assert offered[0] == "Logit 0, where training starts"
    assert {text.rsplit("· ")[-1] for text in offered[1:]} == {"trained", "older"}


def test_the_logits_of_a_run_change_the_picture_in_both_sections(open_page, runs):
    app = sound(open_page(PAGE))
    before = figures(app)
    app.selectbox(key="loss_run_cells").set_value("trained").run()
    sound(app)
    assert app.query_params["loss_run"] == "trained"
    assert app.selectbox(key="loss_run_anatomy").value == "trained"
    assert "at the logits after training" in captions(app)
    for key in ("loss_cells_gradient", "loss_shares", "loss_pulls"):
        assert figures(app)[key]["data"] != before[key]["data"]
    app.selectbox(key="loss_run_anatomy").set_value("").run()
    assert "loss_run" not in app.query_params
    assert figures(sound(app))["loss_pulls"] == before["loss_pulls"]


def test_a_run_from_before_says_what_to_do(open_page, runs):
    app = open_page(PAGE, loss_run="older")
    assert not app.exception
    assert {error.value.replace("\\", "") for error in app.error} == {
        "run 'older' kept no logits of its training images; launch it again to look at losses there"
    }
    assert app.selectbox(key="loss_run_cells").value == "older"


@pytest.mark.parametrize("name", ["other", "failed", "../trained", "nothing", "/etc"])
def test_an_address_opens_no_other_folder(open_page, runs, name):
    app = sound(open_page(PAGE, loss_run=name))
    assert "not a finished run of this data set, so logit 0 is shown" in captions(app)


def test_without_a_run_the_way_to_one_is_shown(open_page, tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "DEFAULT_RUNS_DIR", tmp_path)
    loss_run.finished.clear()
    app = sound(open_page(PAGE))
    assert app.selectbox(key="loss_run_cells").options == ["Logit 0, where training starts"]
