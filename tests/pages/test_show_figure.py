"""Every figure of every page comes through one place, which names the picture that its camera button saves."""

import json

from tests.test_architecture import PAGE_FILES


def test_pages_draw_figures_in_one_place_only():
    found = {path.name for path in PAGE_FILES if "plotly_chart(" in path.read_text(encoding="utf-8")}
    assert found == {"show_figure.py"}


def test_a_picture_is_named_after_its_figure(open_page):
    app = open_page("pages/1_Dataset.py")
    (chart,) = app.get("plotly_chart")
    picture = json.loads(chart.proto.config)["toImageButtonOptions"]
    assert picture == {"format": "png", "filename": "dataset_counts", "scale": 2}
    assert "toImage" not in json.loads(chart.proto.spec)["layout"]["modebar"]["remove"]


def test_the_numbers_of_a_figure_are_built_only_when_they_are_opened(open_page, monkeypatch):
    monkeypatch.setattr("pages.ui.show_figure.figure_rows", lambda figure: 1 / 0)
    app = open_page("app.py")
    assert app.get("plotly_chart")
    assert not app.error
