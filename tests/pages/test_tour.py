"""What the tour says, and when it may open by itself; what it does in the browser is tested there."""

import json

from pages.ui import page, tour


def tour_of(app):
    found = [json.loads(one.proto.json) for one in app.get("bidi_component")]
    return next((data for data in found if "steps" in data), None)


def test_five_steps_lead_to_five_pages_and_keep_the_data_set(open_page):
    found = tour_of(open_page(ratio="50"))
    assert [step["title"] for step in found["steps"]] == [title for title, _ in tour.STEPS]
    assert len(found["steps"]) == 5
    assert [step["address"] for step in found["steps"]] == [
        f"{path}?ratio=50" for path in ("Dataset", "Labels", "Loss_Lab", "Playground", "Runs")
    ]
    assert sum(len(step["text"].split()) for step in found["steps"]) < 200, "a minute of reading"


def test_only_a_visit_without_parameters_opens_it(open_page):
    assert tour_of(open_page())["first"] is True
    assert tour_of(open_page(ratio="50"))["first"] is False
    assert tour_of(open_page(lock="ratio"))["first"] is False


def test_other_pages_and_classes_have_none(open_page):
    assert tour_of(open_page("pages/6_Runs.py")) is None
    assert tour_of(open_page(hide="navigation")) is None


def test_a_page_is_named_in_addresses_as_streamlit_names_it():
    assert page.PAGES["Home"].path == ""
    assert page.PAGES["Loss Lab"].path == "Loss_Lab"
