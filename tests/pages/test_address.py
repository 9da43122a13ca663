"""Links that outlive the defaults: what they carry, what is made of them, and a default that changes under one."""

import json

import pytest

from dbl_core.config import TrainConfig
from pages.ui import address, share, train_fields
from tests.pages.links import address_of, link_of, notes_of, query_of

TRAIN = "pages/5_Train.py"


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"ratio": "50", "profile": "step"},
        {"labels_first": "a*b%2A~c", "dataset_with": ["x", "y*", ""], "train_max_steps": ""},
        {"labels_first": "größe 漢字 & = #"},
    ],
)
def test_parameters_survive_being_packed(values):
    assert address.unpack(address.pack(values)) == values


@pytest.mark.parametrize(
    "text", ["", "*", "ratio", "Ratio*5", "__proto__*x", "embed*true", "lock*ratio", "v*7", "a" * 20_001]
)
def test_what_is_no_parameter_is_left_out(text):
    assert address.unpack(text) == {}


def test_a_huge_text_is_cut_into_few_parameters():
    assert len(address.unpack("*".join(f"a{n}*1" for n in range(2_500)))) <= address.MOST_PARTS


def test_only_what_changed_since_is_outdated():
    packed = address.pack({"ratio": "50", "seed": "0", "labels_first": "cow"})
    assert address.outdated(packed, {"ratio": "50.0", "seed": "0", "labels_first": "cow"}, {}) == {}
    assert address.outdated(packed, {"ratio": "50"}, {}) == {}, "what is not shown has not changed"
    assert address.outdated(packed, {"ratio": "100"}, {}) == {"ratio": "50", "seed": "0", "labels_first": "cow"}
    assert address.outdated(packed, {"ratio": "100", "seed": "0"}, {"ratio": "100"}) == {}, "the address is stronger"


def test_what_could_not_be_followed_is_said_once_and_short():
    said = address.unfollowed({"loss_a": "x" * 200, "seed": "7", "other": "1"}, {"loss_a": "db_focal", "seed": "7.0"})
    assert len(said) == 1
    assert "does not know" in said[0]
    assert "db_focal" in said[0]
    assert len(said[0]) < 200


@pytest.mark.parametrize(("text", "version"), [("1", 1), ("", 0), ("-1", 0), ("²", 0), ("9" * 40, 0), ("1.5", 0)])
def test_versions(text, version):
    assert address.version_of(text) == version


def test_a_default_that_changes_does_not_change_an_old_link(open_page, monkeypatch):
    before = open_page(TRAIN, train_seed="5")
    link = link_of(before)
    assert link["v"] == str(address.VERSION)
    new = TrainConfig(epochs=3, sampler="uniform", seed=9, weight_decay=0.5, max_steps=70)
    monkeypatch.setattr(train_fields, "DEFAULTS", new)

    today = address_of(open_page(TRAIN, train_seed="5"))
    assert (today["train_epochs"], today["train_sampler"]) == ("3", "uniform"), "a link without version follows"
    old = open_page(TRAIN, train_seed="5", **link)
    assert not old.exception
    assert address_of(old) == address_of(before)
    assert old.number_input(key="train_epochs").value == TrainConfig().epochs
    assert "--sampler" not in old.code[0].value
    assert not notes_of(old)
    kept = address_of(open_page(TRAIN, train_seed="5", train_epochs="8", **link))
    assert kept["train_epochs"] == "8", "what the address says is stronger"


def test_while_no_default_changes_a_copied_link_leaves_the_address_alone(open_page):
    link = link_of(open_page(TRAIN))
    app = open_page(TRAIN, **link)
    assert query_of(app) == link


def test_a_default_of_another_section_comes_back_with_its_widgets(open_page):
    """The sampler was another one; what only it shows is drawn in the second run, and has its value then, too."""
    packed = address.pack({"labels_sampler": "Repeat-factor", "labels_threshold": "1e-2", "labels_absent": "nonsense"})
    app = open_page("pages/2_Labels.py", v="1", d=packed)
    assert not app.exception
    assert app.select_slider(key="labels_threshold").value == "1e-2"
    assert address_of(app)["labels_absent"].startswith("MULAN")


def test_a_link_of_a_newer_lab_says_so(open_page):
    assert "newer version" in " ".join(notes_of(open_page(TRAIN, v="7")))
    assert not notes_of(open_page(TRAIN, v="1"))


def test_runs_that_are_not_here_are_named(open_page):
    said = notes_of(open_page("pages/6_Runs.py", runs="gone,<b>too"))
    assert len(said) == 1
    assert "2 runs that are not on this machine: gone, <b>too." in said[0]
    assert not notes_of(open_page("pages/6_Runs.py"))


def test_what_a_link_needs_on_the_other_machine(open_page, tmp_path, monkeypatch):
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path))
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "counts.json").write_text(json.dumps({"a": 100, "b": 3}))
    monkeypatch.setattr(share, "ROOT", tmp_path)
    app = open_page("pages/2_Labels.py", data="file", file="counts.json")
    assert "counts.json in uploads" in link_of(app, "needs")
    assert "nothing but the lab" in link_of(open_page(TRAIN), "needs")
    named = link_of(open_page("pages/6_Runs.py", runs="one,two%2C,3,4,5,<b>6"), "needs")
    assert "one, two,, 3, 4 and 2 more" in named


def test_bound_widgets_are_known_with_their_defaults(open_page):
    """Fails where a version of Streamlit keeps its records elsewhere: see pages/ui/bound.py."""
    found = address_of(open_page("pages/1_Dataset.py"))
    assert found["dataset_log"] == "false"
    assert found["dataset_from"] == "Training set"


def test_a_link_of_a_page_to_itself_reaches_the_address_bar(open_page):
    app = open_page("pages/5_Train.py", here="1", train_loss="bce")
    assert "here" not in app.query_params  # a change by the server, which the browser is told of together with the rest
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert "here=1" in links["Train"]
    assert "here=1" not in links["Runs"]
