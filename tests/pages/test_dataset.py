import pytest

from dbl_core.config import DatasetConfig
from pages.ui import state
from pages.ui.text import literal

PAGE = "pages/1_Dataset.py"


def value(app, label):
    return next(metric.value for metric in app.metric if metric.label == label)


def test_the_papers_preset_needs_no_choice(open_page):
    app = open_page(PAGE)
    assert not app.exception
    assert not app.error
    assert value(app, "Training images") == "1,142"
    assert value(app, "Test images") == "2,500"
    assert value(app, "Imbalance ratio") == "193.8"
    assert len(app.get("image")) == 12


def test_a_ratio_in_the_address_builds_that_set(open_page):
    app = open_page(PAGE, ratio="37.5")
    assert not app.error
    assert app.select_slider[0].value == 37.5
    metric = next(metric for metric in app.metric if metric.label == "Imbalance ratio")
    assert metric.delta == "37.5 asked for"


def test_moving_the_form_moves_the_address(open_page):
    app = open_page(PAGE, ratio="50")
    app.select_slider[0].set_value(100).run()
    assert app.query_params["ratio"] == "100"
    app.selectbox[0].set_value("step").run()
    assert app.query_params["profile"] == "step"
    app.number_input(key="form_seed").set_value(7).run()
    assert app.query_params["seed"] == "7"
    app.button_group(key="form_preset").set_value("voc-mlt").run()
    assert not {"ratio", "profile", "seed"} & set(app.query_params)
    assert value(app, "Training images") == "1,142"


def test_nonsense_in_the_address_falls_to_defaults(open_page):
    app = open_page(
        PAGE,
        preset="by-ratio",
        ratio="nan",
        profile="<b>",
        max_count="many",
        seed="-3",
        dataset_from="?",
        dataset_shuffle="x",
    )
    assert not app.exception
    assert not app.error
    assert value(app, "Imbalance ratio") == "100"


def test_a_set_the_pool_cannot_give_is_explained_and_the_form_stays(open_page):
    app = open_page(PAGE, ratio="100", max_count="20")
    assert not app.exception
    assert len(app.error) == 1
    assert "max_count" in app.error[0].value.replace("\\", "")
    assert app.select_slider[0].value == 100
    app.number_input(key="form_max_count").set_value(None).run()
    assert not app.error


def test_scenes_of_a_pair(open_page):
    app = open_page(PAGE)
    app.multiselect[0].set_value(["dog", "person"]).run()
    captions = [caption.value for caption in app.caption]
    assert any("dog" in caption and "person" in caption for caption in captions)
    app.multiselect[0].set_value(["cow", "aeroplane", "tvmonitor"]).run()
    assert "No image here" in app.info[0].value


def test_other_scenes_on_request(open_page):
    app = open_page(PAGE)
    app.button(key="dataset_shuffle_button").click().run()
    assert app.query_params["dataset_shuffle"] == "1"
    assert not app.exception


@pytest.mark.parametrize(
    ("query", "choice"),
    [
        ({}, DatasetConfig()),
        ({"preset": "nonsense"}, DatasetConfig()),
        ({"preset": "voc-mlt", "ratio": "5"}, DatasetConfig()),
        ({"ratio": "1e9"}, DatasetConfig(ratio=200)),
        ({"ratio": "-4"}, DatasetConfig(ratio=1)),
        ({"ratio": "inf"}, DatasetConfig(ratio=100)),
        ({"ratio": "5", "seed": "1e300", "max_count": "0"}, DatasetConfig(ratio=5, seed=9999, max_count=1)),
    ],
)
def test_the_address_always_gives_a_valid_choice(query, choice):
    assert state.parse_dataset(query) == choice


@pytest.mark.parametrize(
    "choice",
    [DatasetConfig(), DatasetConfig(ratio=12.5, profile="step", max_count=300, seed=4), DatasetConfig(ratio=1)],
)
def test_a_choice_survives_the_address(choice):
    assert state.parse_dataset(state.dataset_query(choice)) == choice


def test_a_choice_has_no_other_options():
    with pytest.raises(ValueError, match="unknown data set option"):
        state.choose_dataset(colour="red")


def test_names_are_shown_letter_by_letter():
    assert literal("<b>x</b> *y*") == "\\<b\\>x\\</b\\> \\*y\\*"


@pytest.mark.parametrize("data", ["../../etc/passwd", "nonsense", "", "FILE", "picto-voc\0"])
def test_an_unknown_data_set_is_the_default_one(data):
    assert state.parse_dataset({"data": data}) == DatasetConfig()


@pytest.mark.parametrize(
    ("query", "name", "preset", "ratio"),
    [
        ({"data": "voc"}, "voc", "official", None),
        ({"data": "coco", "preset": "all"}, "coco", "all", None),
        ({"data": "coco", "preset": "voc-mlt"}, "coco", "official", None),
        ({"data": "voc", "ratio": "1e9"}, "voc", "by-ratio", 1000),
        ({"data": "file", "preset": "official"}, "file", "all", None),
        ({"data": "picto-voc", "preset": "all"}, "picto-voc", "voc-mlt", None),
    ],
)
def test_presets_are_those_of_the_data_set(query, name, preset, ratio):
    choice = state.parse_dataset(query)
    assert (choice.name, choice.preset, choice.ratio) == (name, preset, ratio)


@pytest.mark.parametrize("file", ["../../etc/passwd", "..%2F..%2Fetc%2Fpasswd/", "/etc/passwd", ".", "a\\b", "a\0"])
def test_an_address_never_leads_out_of_the_data_folder(file, tmp_path, monkeypatch):
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path))
    choice = state.parse_dataset({"data": "file", "file": file, "images": file})
    assert choice.path == str(tmp_path / "uploads")
    assert choice.images is None
    assert state.dataset_query(choice) == {"data": "file"}


@pytest.mark.parametrize(
    "query",
    [
        {"data": "file", "file": "a b.csv", "images": "photos", "ratio": "20", "max_count": "50000"},
        {"data": "file", "file": "a b.csv"},
        {"data": "coco", "preset": "all"},
        {"data": "voc", "ratio": "500", "profile": "step", "seed": "3"},
        {},
    ],
)
def test_every_kind_of_data_survives_the_address(query, tmp_path, monkeypatch):
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path))
    (tmp_path / "photos").mkdir()
    assert state.dataset_query(state.parse_dataset(query)) == query
