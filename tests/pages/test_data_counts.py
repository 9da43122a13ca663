"""A file of class counts on every page: what counts determine is shown, the rest is said in a sentence."""

import json

import numpy as np
import pytest

from dbl_core import stats
from dbl_core.config import DatasetConfig, LossConfig
from dbl_core.datasets import own_files
from pages.ui import loss_export

DATASET, LABELS, LOSS_LAB, TRAIN = (
    "pages/1_Dataset.py",
    "pages/2_Labels.py",
    "pages/3_Loss_Lab.py",
    "pages/5_Train.py",
)
COUNTS = {"person": 700, "a > b": 90, "$x$": 60, "kiwi": 12, "owl": 5, "yak": 0}
N_SAMPLES = 1000
ALONE = "holds class counts alone"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    content = json.dumps({"pos_counts": COUNTS, "num_samples": N_SAMPLES})
    (tmp_path / "data" / "counts.json").write_text(content)
    return tmp_path / "data"


@pytest.fixture
def opened(open_page):
    """Return a function that opens a page with the counts and finds nothing failed on it."""

    def open_counts(page, **address):
        app = open_page(page, data="file", file="counts.json", **address)
        assert not app.exception
        assert not app.error, app.error[0].value
        return app

    return open_counts


def metrics(app):
    return {metric.label: metric.value for metric in app.metric}


def infos(app):
    return [info.value.replace("\\", "") for info in app.info]


def test_dataset_shows_the_numbers_and_the_chart(opened):
    app = opened(DATASET)
    shown = metrics(app)
    assert (shown["Training images"], shown["Labels"], shown["Imbalance ratio"]) == ("1,000", "6", "140")
    assert shown["Labels per image"] == "0.87"
    assert not [label for label in shown if label.startswith("Test")]
    assert len(app.get("plotly_chart")) == 1
    assert [button.label for button in app.get("download_button")] == ["Counts (CSV)"]
    assert any("without labelled rows there are no images" in info for info in infos(app))
    assert any("1 label has no positive" in info for info in infos(app))
    assert "test" not in app.dataframe[0].value
    assert not [group for group in app.button_group if group.key == "form_preset"]


def test_an_upload_is_kept_and_opened(open_page):
    app = open_page(DATASET, data="file")
    app.file_uploader[0].upload("timm.json", b'{"pos_counts": [9, 3, 1], "num_samples": 12}').run()
    assert not app.exception
    assert not app.error, app.error[0].value
    assert app.query_params["file"] == "timm.json"
    assert metrics(app)["Training images"] == "12"
    assert {file.name for file in own_files.list_files()} == {"timm.json", "counts.json"}


@pytest.mark.parametrize("page", [DATASET, LABELS, LOSS_LAB, TRAIN])
def test_a_ratio_is_refused_in_a_sentence(open_page, page):
    app = open_page(page, data="file", file="counts.json", ratio="50")
    assert not app.exception
    assert "a subset for a ratio is chosen among labelled rows" in app.error[0].value
    if page == DATASET:
        app.button_group(key="form_preset").set_value("all").run()
        assert not app.error
        assert "ratio" not in app.query_params


def test_labels_shows_what_counts_determine(opened):
    app = opened(LABELS, labels_first="kiwi")
    shown = metrics(app)
    assert (shown["Imbalance ratio"], shown["Head labels"], shown["Tail labels"]) == ("140", "1", "3")
    assert app.selectbox(key="labels_first").value == "kiwi"
    assert shown["IRLbl"] == f"{700 / 12:.4g}"
    counts = np.array(list(COUNTS.values()))
    known = stats.count_measures(counts, N_SAMPLES)
    assert shown[stats.MEASURES["mean_ir"].title] == f"{known['mean_ir']:.4g}"
    for key in stats.MEASURES.keys() - known.keys():
        assert stats.MEASURES[key].title not in shown
    assert len(app.get("plotly_chart")) == 1
    assert [info for info in infos(app) if ALONE in info] == infos(app)
    assert len(infos(app)) == 1
    assert "scumble" not in app.dataframe[0].value


def test_loss_lab_draws_the_curves_of_the_counts(opened):
    app = opened(LOSS_LAB, loss_beside="person")
    assert len(app.get("plotly_chart")) == 3
    absent, missing = infos(app)
    assert "Without any training image: yak" in absent
    assert ALONE in missing
    assert "needs labelled rows" in missing
    codes = [code.value for code in app.code]
    assert len(codes) == 1
    assert "build_loss" in codes[0]
    text = " ".join(part.value for part in app.markdown)
    assert "**1,000** training images" in text
    assert "**700**" in text


def test_the_exported_python_builds_the_loss(folder):
    choice = DatasetConfig(name="file", path=str(folder / "counts.json"))
    scope = {}
    lines = loss_export.python_lines(choice, [LossConfig(name="db_focal")]).splitlines()
    exec("\n".join(lines[:-1]), scope)
    assert scope["data"].label_counts.tolist() == list(COUNTS.values())
    assert scope["criterion"] is not None


def test_train_asks_for_rows(open_page):
    app = open_page(TRAIN, data="file", file="counts.json")
    assert not app.exception
    assert [error.value.replace("\\", "") for error in app.error] == [
        "counts.json holds class counts alone, and training needs labelled rows, with features "
        "or images. Choose a file that has them on the page Dataset."
    ]


def test_home_draws_them(opened):
    app = opened("app.py")
    assert any("1,000 training images, 6 labels" in caption.value for caption in app.caption)
