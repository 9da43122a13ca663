"""Head, medium and tail: one switch in the address that every page obeys."""

import pytest

from dbl_core.runs import paths
from pages.ui import run_data
from tests.fake_runs import BCE, DB_FOCAL, write_run

LABELS, RUNS = "pages/2_Labels.py", "pages/6_Runs.py"


def value(app, label):
    return next(metric.value for metric in app.metric if metric.label == label)


def sizes(app):
    return tuple(value(app, f"{group} labels") for group in ("Head", "Medium", "Tail"))


def in_address(app):
    found = app.query_params["groups"]
    return found if isinstance(found, str) else found[0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("db", ("6", "6", "8")),
        ("oltr", ("6", "5", "9")),
        ("kang", ("5", "7", "8")),
        ("lvis", ("5", "10", "5")),
        ("quantiles", ("7", "6", "7")),
        ("custom-50-10", ("8", "7", "5")),
        ("custom-5-50", ("6", "6", "8")),
        ("custom-0-0", ("6", "6", "8")),
        ("<b>", ("6", "6", "8")),
    ],
)
def test_the_address_decides_and_nonsense_is_the_papers(open_page, name, expected):
    app = open_page(LABELS, groups=name)
    assert not app.exception
    assert not app.error
    assert sizes(app) == expected


def test_borders_of_ones_own(open_page):
    app = open_page(LABELS)
    app.selectbox(key="labels_groups").set_value("custom").run()
    assert in_address(app) == "custom-100-19"
    app.number_input(key="labels_head_from").set_value(50).run()
    app.number_input(key="labels_tail_to").set_value(10).run()
    assert in_address(app) == "custom-50-10"
    assert sizes(app) == ("8", "7", "5")
    app.number_input(key="labels_tail_to").set_value(70).run()
    assert in_address(app) == "custom-50-49"
    app.number_input(key="labels_head_from").set_value(20).run()
    assert in_address(app) == "custom-50-49"
    assert not app.exception


def test_links_carry_the_borders(open_page):
    app = open_page(LABELS, groups="lvis")
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert "groups=lvis" in links["Runs"]
    assert "groups=lvis" in links["Loss Lab"]


def test_the_loss_lab_has_the_same_groups(open_page):
    app = open_page("pages/3_Loss_Lab.py", groups="lvis")
    assert not app.exception
    assert "5 head, 10 medium, 5 tail classes" in " ".join(text.value for text in app.markdown)


@pytest.mark.parametrize("file", ["app.py", "pages/1_Dataset.py", "pages/5_Train.py"])
def test_every_page_says_which_borders_hold(open_page, file):
    app = open_page(file, groups="custom-50-10")
    assert not app.exception
    assert not app.error
    assert any("head n ≥ 50, tail n ≤ 10" in text.value for text in app.sidebar.caption)
    assert not any("Groups" in text.value for text in open_page(file).sidebar.caption)


def test_runs_are_shown_under_any_borders(open_page, tmp_path, monkeypatch):
    folder = tmp_path / "runs"
    monkeypatch.setattr(paths, "DEFAULT_RUNS_DIR", folder)
    folder.mkdir()
    for name, config in (("a", BCE), ("b", DB_FOCAL)):
        write_run(folder / name, config)
    recorded = {run.id: run.map["tail"] for run in run_data.all_runs()}
    app = open_page(RUNS, runs="a,b")
    assert not app.exception
    assert not app.error
    app.selectbox(key="runs_groups").set_value("lvis").run()
    assert not app.exception
    assert not app.error
    assert in_address(app) == "lvis"
    shown = app.dataframe[0].value.set_index("run")["tail"]
    assert all(shown[run] != pytest.approx(100 * tail) for run, tail in recorded.items())
    assert any("the paper's here" in text.value for text in app.caption)
