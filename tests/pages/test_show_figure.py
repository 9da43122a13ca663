"""Every figure of every page comes through one place, which names the picture that its camera button saves."""

import json

from tests.test_architecture import PAGE_FILES


def test_pages_draw_figures_in_one_place_only():
    found = {path.name for path in PAGE_FILES if "plotly_chart(" in path.read_text(encoding="utf-8")}
    assert found == {"show_figure.py"}


def pictures(app):
    """What the camera buttons of a page save."""
    return [json.loads(chart.proto.config)["toImageButtonOptions"] for chart in app.get("plotly_chart")]


def opened(app, key):
    """The page with the panel below a figure open."""
    app.session_state[f"{key}_numbers"] = True
    return app.run()


def test_a_picture_is_named_after_its_figure(open_page):
    app = open_page("pages/1_Dataset.py")
    assert pictures(app) == [{"format": "png", "filename": "dataset_counts", "scale": 2}]
    (chart,) = app.get("plotly_chart")
    assert json.loads(chart.proto.config)["showSendToCloud"] is False
    assert "toImage" not in json.loads(chart.proto.spec)["layout"]["modebar"]["remove"]


def test_the_format_of_pictures_is_chosen_once_for_all_pages(open_page):
    app = open_page("pages/1_Dataset.py")
    n_tables = len(app.dataframe)
    assert len(opened(app, "dataset_counts").dataframe) == n_tables, "the page shows the numbers of this figure anyway"
    app.segmented_control(key="dataset_counts_format").set_value("svg").run()
    assert pictures(app) == [{"format": "svg", "filename": "dataset_counts", "scale": 1}]
    app.switch_page("pages/2_Labels.py").run()
    assert {picture["format"] for picture in pictures(app)} == {"svg"}
    assert len(pictures(app)) > 2
    assert opened(app, "labels_bars").segmented_control(key="labels_bars_format").value == "svg"
    app.segmented_control(key="labels_bars_format").set_value("png").run()
    assert {picture["format"] for picture in pictures(app)} == {"png"}


def test_the_numbers_of_a_figure_are_built_only_when_they_are_opened(open_page, monkeypatch):
    monkeypatch.setattr("pages.ui.show_figure.figure_rows", lambda figure: 1 / 0)
    app = open_page("app.py")
    assert app.get("plotly_chart")
    assert not app.error
