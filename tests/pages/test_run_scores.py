"""Inside the scores of runs on the page Runs: each view filled, closed, under other borders, and with odd files."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from dbl_core.config import DatasetConfig
from dbl_core.datasets import load_dataset
from dbl_core.metrics import reliability
from dbl_core.runs.kept_scores import kept_scores
from dbl_core.runs.paths import RunPaths
from tests.fake_runs import BCE, DB_FOCAL, damage, write_run
from tests.pages.reading import healthy, table_with, words

PAGE = "pages/6_Runs.py"
VIEWS = ("Calibration", "Thresholds", "Best and worst images", "Confusions")


def test_nothing_is_computed_before_it_is_asked_for(open_page, runs_folder, monkeypatch):
    write_run(runs_folder / "a")
    monkeypatch.setattr("pages.ui.run_scores_cache.kept", lambda key: pytest.fail("scores were read"))
    app = healthy(open_page(PAGE, runs="a"))
    assert "Inside the scores" in [header.value for header in app.header]
    assert "Choose one: each is computed" in words(app)


def test_runs_without_scores_offer_no_view(open_page, runs_folder):
    write_run(runs_folder / "a", state="stopped", n_epochs=2)
    app = healthy(open_page(PAGE, runs="a", runs_scores="Calibration"))
    assert "Inside the scores" not in [header.value for header in app.header]


def test_calibration_of_one_run(open_page, runs_folder):
    write_run(runs_folder / "a")
    app = healthy(open_page(PAGE, runs="a", runs_scores="Calibration"))
    assert len(app.get("plotly_chart")) == 2
    table = table_with(app, "Brier")
    assert list(table["Run"]) == ["a"]
    split = kept_scores(runs_folder / "a", load_dataset("picto-voc"))
    tail = split.label_counts < 20
    cells = split.targets[:, tail], split.logits[:, tail]
    assert table["ECE tail (%)"][0] == pytest.approx(100 * reliability(*cells, kind="logit").ece)
    other = table_with(
        healthy(open_page(PAGE, runs="a", runs_scores="Calibration", runs_bins="with equally many cells")), "Brier"
    )
    assert other["ECE tail (%)"][0] == pytest.approx(100 * reliability(*cells, kind="logit", binning="mass").ece)


def test_calibration_of_several_runs(open_page, runs_folder):
    write_run(runs_folder / "a", DB_FOCAL, skill=0.6)
    write_run(runs_folder / "b", BCE, skill=0.3)
    write_run(runs_folder / "c", BCE, state="stopped", n_epochs=2)
    app = healthy(open_page(PAGE, runs="b,a,c", runs_scores="Calibration", runs_lines="all runs, tail"))
    assert set(table_with(app, "Brier")["Run"]) == {"a", "b"}
    assert app.selectbox(key="runs_scores_of").value == "b"
    app = healthy(app.selectbox(key="runs_scores_of").set_value("a").run())
    assert table_with(app, "Brier")["Run"][0] == "a"


def test_a_run_with_damaged_scores_is_named_and_left_out(open_page, runs_folder):
    write_run(runs_folder / "a", DB_FOCAL)
    write_run(runs_folder / "b", BCE)
    damage(runs_folder / "b", "scores")
    app = healthy(open_page(PAGE, runs="a,b", runs_scores="Calibration"))
    assert "b is left out: run 'b' has no readable scores" in words(app)


def test_thresholds_follow_the_slider(open_page, runs_folder):
    write_run(runs_folder / "a", skill=0.6)
    app = healthy(open_page(PAGE, runs="a", runs_scores="Thresholds"))
    assert len(app.get("plotly_chart")) == 4
    text = words(app)
    assert "Thresholds chosen on the test images are optimistic" in text
    assert "one-error" in text
    at_half = table_with(app, "Macro F1")
    rows = table_with(app, "Thresholds").set_index("Thresholds")
    assert at_half["Macro F1"][0] == rows.loc["0.5 for every class", "Macro F1 total"]
    moved = healthy(app.select_slider(key="runs_threshold").set_value(0.9).run())
    assert table_with(moved, "Macro F1")["Recall (cells)"][0] < at_half["Recall (cells)"][0]
    fitted, held_out = (
        float(rows["Macro F1 total"][next(title for title in rows.index if part in title)])
        for part in ("too good to be true", "the other half")
    )
    assert fitted > held_out


def test_borders_of_the_user_decide_the_groups(open_page, runs_folder):
    write_run(runs_folder / "a", skill=0.6)
    tables = [
        table_with(healthy(open_page(PAGE, runs="a", runs_scores="Thresholds", **groups)), "Macro F1").set_index(
            "Group"
        )
        for groups in ({}, {"groups": "custom-60-40"})
    ]
    assert tables[0].loc["tail", "Macro F1"] != tables[1].loc["tail", "Macro F1"]
    assert tables[0].loc["total"].equals(tables[1].loc["total"])


def test_best_and_worst_images_of_a_class(open_page, runs_folder):
    write_run(runs_folder / "a")
    app = healthy(open_page(PAGE, runs="a", runs_scores="Best and worst images"))
    text = words(app)
    for title in ("Highest scores without it", "Lowest scores with it", "Highest scores with it"):
        assert title in text
    assert "place 1**" in text
    assert len(app.get("image")) == 18


def test_confusions_are_listed(open_page, runs_folder):
    write_run(runs_folder / "a", skill=0.2)
    app = healthy(open_page(PAGE, runs="a", runs_scores="Confusions"))
    table = table_with(app, "falsely seen")
    assert (table["of images"] >= 5).all()
    assert (table["beyond base rate"].diff().dropna() <= 0).all()
    by_lift = table_with(
        healthy(open_page(PAGE, runs="a", runs_scores="Confusions", runs_confusion_order="highest lift")), "lift"
    )
    assert by_lift["lift"][0] >= table["lift"].max()


def test_confusions_of_one_class(open_page, runs_folder):
    write_run(runs_folder / "a", skill=0.2)
    app = open_page(PAGE, runs="a", runs_scores="Confusions")
    one = healthy(app.selectbox(key="form_runs_confused_class").set_value("person").run())
    assert set(table_with(one, "falsely seen")["falsely seen"]) == {"person"}


ODD_NAMES = ("a < b & c", "$x$ [link](http://a)", "*person*", "yeti")


@pytest.mark.parametrize("view", VIEWS)
def test_own_data_without_images_and_with_odd_names(open_page, runs_folder, tmp_path, monkeypatch, view):
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path))
    (tmp_path / "uploads").mkdir()
    labels = np.random.default_rng(0).random((300, 4)) < (0.6, 0.3, 0.4, 0.0)
    np.savez(tmp_path / "uploads" / "odd.npz", labels=labels, label_names=np.array(ODD_NAMES))
    data = DatasetConfig(name="file", path=str(tmp_path / "uploads" / "odd.npz"))
    write_run(runs_folder / "a", DB_FOCAL.model_copy(update={"dataset": data}))
    app = healthy(open_page(PAGE, runs="a", runs_scores=view))
    if view == "Best and worst images":
        shown = table_with(app, "place")
        assert list(shown.columns) == ["id", "probability", "place", "labels"]
        assert not app.get("image")
        absent = app.selectbox(key="form_runs_images_class").set_value("yeti").run()
        assert words(healthy(absent)).count("There is none in the test split") == 2
    if view == "Thresholds":
        assert "left out of means over classes: yeti" in words(app)


def constant_scores(folder, value):
    rows = np.arange(40)
    save_file({"scores": np.full((40, 20), value, dtype=np.float32), "test_rows": rows}, RunPaths(folder).scores)


@pytest.mark.parametrize("view", VIEWS)
def test_constant_scores_of_few_images_break_nothing(open_page, runs_folder, view):
    write_run(runs_folder / "a")
    constant_scores(runs_folder / "a", -9.0)
    app = healthy(open_page(PAGE, runs="a", runs_scores=view, runs_cut="from probability 0.5 on"))
    if view == "Confusions":
        assert "no class is predicted falsely at all" in words(app)
    if view == "Thresholds":
        assert "Without a positive in the test split" in words(app)


@pytest.mark.parametrize("view", VIEWS)
def test_scores_that_do_not_fit_are_a_sentence(open_page, runs_folder, view):
    write_run(runs_folder / "a")
    constant_scores(runs_folder / "a", np.nan)
    app = open_page(PAGE, runs="a", runs_scores=view)
    assert not app.exception
    assert "its training has diverged" in words(app)


def test_a_run_whose_data_set_is_gone_says_so(open_page, runs_folder):
    write_run(runs_folder / "a", DB_FOCAL)
    gone = DB_FOCAL.model_copy(update={"dataset": DatasetConfig(name="file", path="/nowhere/labels.csv")})
    RunPaths(runs_folder / "a").config.write_text(gone.model_dump_json(), encoding="utf-8")
    app = open_page(PAGE, runs="a", runs_scores="Thresholds")
    assert not app.exception
    assert "labels.csv is not in the data folder" in words(app)
