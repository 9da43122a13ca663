"""The option that is dragged on the Loss Lab page, and its table."""

import json

import pytest

from dbl_core.worker import client
from tests.pages.reading import address_of, healthy

PAGE = "pages/3_Loss_Lab.py"


def dragged(app):
    """The description and the table of the chart that follows its own slider."""
    (chart,) = app.get("vega_lite_chart")
    return json.loads(chart.proto.spec), chart.proto.data.data


def test_the_option_to_drag_is_chosen_and_kept_where_the_next_loss_has_it(open_page):
    app = open_page(PAGE)
    place = next(one for one in dragged(app)[0]["params"] if one["name"] == "place")
    assert (place["value"], place["bind"]["name"]) == (0.3, "μ ")
    app.segmented_control(key="form_loss_drag").set_value("gamma").run()
    assert address_of(app)["loss_drag"] == "gamma"
    assert next(one for one in dragged(healthy(app))[0]["params"] if one["name"] == "place")["bind"]["name"] == "γ "
    app.selectbox(key="form_loss_a").set_value("focal").run()
    assert app.segmented_control(key="form_loss_drag").value == "gamma"
    app.selectbox(key="form_loss_a").set_value("ldam").run()
    assert app.segmented_control(key="form_loss_drag").value == "max_margin"
    app.selectbox(key="form_loss_a").set_value("bce").run()
    assert not healthy(app).get("vega_lite_chart")
    assert any(text.value == "BCE has no number to drag." for text in app.caption)


def test_the_table_to_drag_through_is_small_and_does_not_depend_on_where_the_option_stands(open_page, monkeypatch):
    app = open_page(PAGE)
    chart, table = dragged(app)
    assert len(table) + len(json.dumps(chart)) < 700_000
    real, asked = client.ask, []
    monkeypatch.setattr(client, "ask", lambda task, **more: (asked.append(task), real(task, **more))[1])
    app.slider(key="form_loss_a_mu").set_value(1.0).run()
    assert "loss_scrub" not in asked
    moved = dragged(healthy(app))
    assert moved[1] == table
    assert next(one for one in moved[0]["params"] if one["name"] == "place")["value"] == 1.0


def test_logarithmic_options_are_dragged_over_their_logarithm(open_page):
    app = open_page(PAGE, loss_a="cb_focal", loss_drag="beta")
    params = {one["name"]: one for one in dragged(healthy(app))[0]["params"]}
    assert params["place"]["bind"]["name"] == "-log₁₀(1 - β) "
    assert params["place"]["value"] == pytest.approx(4)
    assert params["named"]["value"][0] == "0"
    assert "0.9999" in params["named"]["value"]
