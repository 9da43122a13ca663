"""The Labels page on files of the user's own: many labels, odd names, labels without images."""

import numpy as np
import pytest

from dbl_core.stats import label_measures
from pages.ui import labels_window, state

PAGE = "pages/2_Labels.py"
ODD_NAMES = ("a < b & c", "$x$ [link](http://a)", "*person*", "yeti")


def value(app, label):
    return [metric.value for metric in app.metric if metric.label == label][-1]  # the sheet's comes after the label's


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path))
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    return uploads


@pytest.fixture
def many(folder):
    """374 labels whose frequency falls like a power, the size of Corel5k."""
    rng = np.random.default_rng(0)
    chance = 0.3 / np.arange(1, 375) ** 0.8
    labels = rng.random((600, 374)) < chance
    labels[:2] = True
    names = [f"label {number}" for number in range(374)]
    np.savez(folder / "many.npz", labels=labels, label_names=np.array(names))
    return labels


@pytest.fixture
def odd(folder):
    """A few labels with names that markup languages would read, one of them without any image."""
    rng = np.random.default_rng(0)
    labels = rng.random((60, 4)) < (0.6, 0.3, 0.4, 0.0)
    np.savez(folder / "odd.npz", labels=labels, label_names=np.array(ODD_NAMES))
    return labels


def test_hundreds_of_labels_are_an_overview_and_a_window(open_page, many):
    app = open_page(PAGE, data="file", file="many.npz", labels_measure="NPMI")
    assert not app.exception
    assert not app.error
    assert value(app, "Labels") == "374"
    rows, columns = app.slider(key="labels_rows"), app.slider(key="labels_columns")
    assert (rows.min, rows.max) == (1, 374 - labels_window.WINDOW + 1)
    rows.set_value(200).run()
    assert not app.exception
    assert app.slider(key="labels_rows").value == 200
    assert app.slider(key="labels_columns").value == columns.value


def test_the_window_follows_the_chosen_pair(open_page, many):
    app = open_page(PAGE, data="file", file="many.npz", labels_order="Name")
    app.selectbox(key="labels_first").set_value("label 99").run()
    assert not app.exception
    names = sorted(f"label {number}" for number in range(374))
    first = app.slider(key="labels_rows").value - 1
    assert first <= names.index("label 99") < first + labels_window.WINDOW


@pytest.mark.parametrize("place", ["99999", "-3", "abc", "1e9", ""])
def test_an_odd_place_in_the_address_moves_inside(open_page, many, place):
    app = open_page(PAGE, data="file", file="many.npz", labels_rows=place)
    assert not app.exception
    assert not app.error
    assert 1 <= app.slider(key="labels_rows").value <= 325


def test_names_are_shown_letter_by_letter_and_an_absent_label_is_told(open_page, odd):
    app = open_page(PAGE, data="file", file="odd.npz", labels_first="yeti", labels_second="*person*")
    assert not app.exception
    assert not app.error
    assert value(app, "With yeti") == "0"
    assert 1 <= float(value(app, "Imbalance ratio")) == pytest.approx(float(value(app, "MaxIR")), rel=1e-3)
    assert value(app, "Absent labels") == "1"
    told = " ".join(box.value for box in app.info)
    assert "No training image shows this label with another one" in told
    assert "1 label has no image" in told
    assert "With \\*person\\*" in [metric.label for metric in app.metric]


def test_names_that_are_html_are_one_sentence(open_page, folder):
    np.savez(folder / "html.npz", labels=np.eye(40, 2), label_names=np.array(["<b>cow</b>", "dog"]))
    app = open_page(PAGE, data="file", file="html.npz")
    assert not app.exception
    assert "looks like HTML" in app.error[0].value


def test_sources_that_differ_can_be_switched(open_page, odd):
    app = open_page(PAGE, data="file", file="odd.npz")
    mulan = value(app, "MeanIR")
    app.button_group(key="labels_absent").set_value("mldr").run()
    assert value(app, "MeanIR") != mulan
    before = value(app, "SCUMBLE")
    app.button_group(key="labels_root").set_value("all").run()
    assert not app.exception
    assert float(value(app, "SCUMBLE")) > float(before)


def test_a_single_label_has_no_pair_but_a_page(open_page, folder):
    labels = np.arange(40)[:, None] % 2 == 0
    np.savez(folder / "one.npz", labels=labels, label_names=np.array(["only"]))
    app = open_page(PAGE, data="file", file="one.npz")
    assert not app.exception
    assert value(app, "Labels") == "1"


def test_the_sheet_of_corel5k(open_page, shared_dir, folder):
    found = shared_dir / "data" / "mld" / "corel5k_labels.npz"
    (folder / "corel5k.npz").write_bytes(found.read_bytes())
    app = open_page(PAGE, data="file", file="corel5k.npz", labels_sampler="Repeat-factor", labels_threshold="1e-5")
    assert not app.exception
    assert not app.error
    assert any("is not above the frequency of any label" in box.value for box in app.info)
    with np.load(found) as kept:
        everything = label_measures(kept["Y"])
    assert value(app, "Labels") == f"{everything['n_labels']}"


def test_a_pair_outside_the_window_moves_it_and_one_inside_does_not(monkeypatch):
    session: dict[str, object] = {}
    monkeypatch.setattr(state.st, "session_state", session)
    order = np.arange(300)
    labels_window.bring_into_view(order, (3, 200), "frequency")
    assert "labels_rows" not in session
    assert session["labels_columns"] == 176
    labels_window.bring_into_view(order, (299, 190), "frequency")
    assert (session["labels_rows"], session["labels_columns"]) == (251, 176)


def test_a_page_without_data_leads_to_where_they_are_chosen(open_page, folder):
    app = open_page(PAGE, data="file")
    assert len(app.error) == 1
    assert "Choose the data" in [link.proto.label for link in app.main.get("page_link")]
