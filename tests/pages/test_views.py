"""The gallery on Home: every view opens its page as it says; broken entries are named, the others work."""

from urllib.parse import parse_qs

import pytest

from dbl_core.worker import client
from pages.ui import page, play_answers, views
from tests import fake_heads
from tests.pages.links import address_of, notes_of

VIEWS, COMPLAINTS = views.read_views()


def test_the_shipped_views_are_sound():
    assert not COMPLAINTS
    assert 8 <= len(VIEWS) <= 12
    assert len({view.title for view in VIEWS}) == len(VIEWS)
    assert {view.page for view in VIEWS} >= {"Dataset", "Labels", "Loss Lab", "Playground"}


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.title)
def test_a_view_opens_its_page_in_its_state(open_page, monkeypatch, view):
    if view.page == "Playground":
        play_answers.kept().clear()
        monkeypatch.setattr(client, "ask", fake_heads.ask)
    app = open_page(page.PAGES[view.page].file, **view.parameters)
    assert not app.exception
    assert not app.error, [box.value for box in app.error]
    assert not notes_of(app), "every parameter was followed"
    shown = address_of(app)
    assert {key: shown.get(key) for key in view.parameters} == view.parameters
    play_answers.kept().clear()


def test_home_shows_a_card_for_each(open_page):
    links = {link.proto.label: parse_qs(link.proto.query_string) for link in open_page(ratio="7").get("page_link")}
    for view in VIEWS:
        found = next(query for label, query in links.items() if view.title in label.replace("\\", ""))
        texts = {key: value if isinstance(value, list) else [value] for key, value in view.parameters.items()}
        assert found == texts, "and nothing of the data set chosen now"


BROKEN = """
- title: Good
  text: Works.
  page: Labels
  parameters: {labels_log: true, labels_least: 3, dataset_with: [1, a]}
- title: <b>Nowhere</b>
  text: Its page does not exist.
  page: Nowhere
  parameters: {}
- {title: "", text: Nameless, page: Labels, parameters: {}}
- {title: Locks, text: Not for views, page: Labels, parameters: {lock: ratio}}
- {title: Nested, text: No address, page: Labels, parameters: {ratio: {a: 1}}}
- just words
"""


def test_broken_entries_are_named_and_the_others_work(tmp_path, open_page, monkeypatch):
    path = tmp_path / "views.yaml"
    path.write_text(BROKEN)
    found, complaints = views.read_views(path)
    assert [view.title for view in found] == ["Good"]
    assert found[0].parameters == {"labels_log": "true", "labels_least": "3", "dataset_with": ["1", "a"]}
    assert [complaint.split(" ")[1] for complaint in complaints] == ["2", "3", "4", "5", "6"]
    monkeypatch.setattr(views.read_views, "__defaults__", (path,))
    app = open_page()
    assert not app.error
    assert len([box for box in app.warning if "is left out" in box.value]) == 5
    assert not any("<b>" in box.value for box in app.warning)


@pytest.mark.parametrize("text", ["- [", "just words", "{a: 1}", "!!python/object/apply:os.system [ls]", "\udcff"])
def test_a_file_that_is_no_list_is_one_sentence(tmp_path, text):
    path = tmp_path / "views.yaml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    found, complaints = views.read_views(path)
    assert not found
    assert len(complaints) == 1


def test_a_missing_or_huge_file_is_one_sentence(tmp_path):
    assert len(views.read_views(tmp_path / "none.yaml")[1]) == 1
    (tmp_path / "views.yaml").write_text("#" * 100_001)
    assert "larger" in views.read_views(tmp_path / "views.yaml")[1][0]
