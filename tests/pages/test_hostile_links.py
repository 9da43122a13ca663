"""Links written by hand, of every kind: no page fails, nothing starts, deletes or uploads, markup stays text."""

import re

import pytest

from dbl_core.runs import paths, process
from dbl_core.worker import client
from pages.ui import address, dataset_address, page, play_answers
from tests import fake_heads
from tests.pages.test_widgets_in_address import RICH

MARKUP = "<img src=x onerror=alert(1)>[a](javascript:alert(1)) $x$ `b`"
HOSTILE = {
    "markup": MARKUP,
    "huge": "9" * 400,
    "negative": "-1e308",
    "no number": "nan",
    "long": "x," * 50_000,
    "odd signs": "\ufffd\x00\u202e\u0301%zz",
    "path": "../../../../etc/passwd",
    "empty": "",
    "repeated": ["1", MARKUP, "1"],
}
KNOWN = {
    **RICH,
    "pages/4_Playground.py": dict.fromkeys(
        [
            *("play_part", "play_loss", "play_loss_mu", "play_sampler", "play_rate", "play_steps", "play_seed"),
            *("play_pin", "play_x", "play_y", "play_from_mu", "play_to_mu", "play_nx", "play_seeds", "play_key"),
            *("play_published", "play_point", "groups", "ratio", "seed", "data", "file"),
        ]
    ),
    "pages/6_Runs.py": dict.fromkeys(["runs", "only", "runs_scores", "runs_threshold", "runs_other", "groups"]),
}
ALWAYS = ("v", "d", "lock", "hide", "run", "search", "trial", "delete", "launch", "unknown_parameter")
KINDS = list(HOSTILE)


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch, tmp_path):
    """A machine without runs, on which nothing may be started or stopped."""

    def refused(*arguments, **options):
        pytest.fail("a link has made the server start or stop something")

    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setattr(paths, "DEFAULT_RUNS_DIR", folder)
    for name in ("launch", "request_stop"):
        monkeypatch.setattr(process, name, refused)
    play_answers.kept().clear()
    yield
    play_answers.kept().clear()
    assert not list(folder.iterdir())


def texts(app):
    kinds = ("markdown", "caption", "info", "warning", "error", "title", "header", "subheader")
    return [str(part.value) for kind in kinds for part in getattr(app, kind)]


# Each parameter has another kind of text in every turn; the pages that take long have fewer turns.
TURNS = [(file, turn) for file in KNOWN for turn in ((0,) if "Lo" in file or "La" in file else (0, 4))]


@pytest.mark.parametrize(("file", "turn"), TURNS)
def test_no_link_spoils_a_page(open_page, monkeypatch, file, turn):
    monkeypatch.setattr(client, "ask", fake_heads.ask) if "Playground" in file else None
    keys = [*KNOWN[file], *ALWAYS]
    kinds = {key: KINDS[(place + turn) % len(KINDS)] for place, key in enumerate(keys)}
    app = open_page(file, **{key: HOSTILE[kind] for key, kind in kinds.items()})
    assert not app.exception
    said = texts(app)
    assert not any("a reason the lab does not know" in text for text in said), kinds
    assert not any(re.search(r"(?<!\\)<img", text) for text in said), "markup stays text"
    assert max(map(len, said)) < 5_000, "a long parameter is not shown in full"


def test_a_parameter_without_a_value_means_the_default(open_page):
    app = open_page("pages/2_Labels.py", **dict.fromkeys([*RICH["pages/2_Labels.py"], "labels_sampler"], ""))
    assert not app.exception
    assert not app.error
    plain = open_page("pages/2_Labels.py")
    for kind in ("button_group", "selectbox", "number_input", "toggle"):
        assert [part.value for part in app.get(kind)] == [part.value for part in plain.get(kind)]
    assert not app.query_params


def test_a_number_without_end_is_not_followed_and_the_page_says_so(open_page):
    keys = ("train_max_steps", "train_epochs", "train_seed", "train_repeats", "train_learning_rate")
    app = open_page("pages/5_Train.py", **dict(zip(keys, ("inf", "-Infinity", "1e400", "9" * 400, "inf"), strict=True)))
    assert not app.exception
    assert not app.error
    assert app.number_input("train_max_steps").value is None
    assert app.number_input("train_seed").value == 0
    assert any("sets train\\_seed to 1e400, which is not possible here" in box.value for box in app.info)


@pytest.mark.parametrize("value", [value for value in HOSTILE.values() if isinstance(value, str)], ids=KINDS[:-1])
def test_a_data_set_is_always_a_valid_one(value):
    for name in ("picto-voc", "voc", "coco", "file", value):
        query = dict.fromkeys(dataset_address.DATASET_KEYS, value) | {"data": name}
        choice = dataset_address.parse_dataset(query)
        assert dataset_address.parse_dataset(dataset_address.dataset_query(choice)) == choice
        low, high = dataset_address.ratio_range(choice.name)
        assert choice.ratio is None or low <= choice.ratio <= high


def test_the_defaults_of_a_link_can_do_no_more_than_its_address(open_page):
    packed = address.pack(dict.fromkeys(RICH["pages/5_Train.py"], HOSTILE["markup"]) | {"lock": "data", "embed": "1"})
    app = open_page("pages/5_Train.py", d=packed, v="1")
    assert not app.exception
    assert not app.error
    assert "lock" not in app.query_params
    assert not any(re.search(r"(?<!\\)<img", text) for text in texts(app))


def test_every_page_is_tried():
    assert set(KNOWN) >= {entry.file for entry in page.PAGES.values() if entry.exists and "Learn" not in entry.file}
