"""The section Anatomy: an image by class, by click, by number; terms that switch; a formula with its numbers."""

import json

import numpy as np
import pytest

from dbl_core.datasets import load_dataset
from dbl_core.losses import LOSSES

PAGE = "pages/3_Loss_Lab.py"


def sound(app):
    assert not app.exception
    assert not app.error, [error.value for error in app.error]
    return app


def pulls(app):
    (spec,) = [chart.proto.spec for chart in app.get("plotly_chart") if chart.proto.id.endswith("loss_pulls")]
    return json.loads(spec)["data"]


def number(app):
    return app.number_input(key="loss_image_box").value


def table(app):
    return app.dataframe[-1].value.set_index("class")


def steps(app):
    return [text.value for text in app.markdown if text.value.startswith(r"$\displaystyle")]


@pytest.fixture(scope="module")
def labels():
    dataset = load_dataset()
    return dataset.labels[dataset.train_rows], dataset.label_names


def test_the_first_image_shows_the_rarest_class_beside_another(open_page, labels):
    matrix, names = labels
    app = sound(open_page(PAGE))
    shown = matrix[number(app) - 1]
    assert shown[names.index("cow")]
    assert shown.sum() > 1
    assert table(app)["y"].sum() == shown.sum()
    assert len(table(app)) == 20


def test_another_image_of_the_class_at_a_click(open_page, labels):
    matrix, names = labels
    app = sound(open_page(PAGE, loss_shows="train"))
    seen = set()
    for _ in range(3):
        seen.add(number(app))
        assert matrix[number(app) - 1, names.index("train")]
        sound(app.button(key="loss_shuffle_button").click().run())
    assert len(seen) == 3
    assert app.query_params["loss_shuffle"] == "3"


def test_an_image_by_its_number_until_another_is_asked_for(open_page, labels):
    app = sound(open_page(PAGE, loss_image="7"))
    assert number(app) == 7
    assert table(app)["y"].sum() == labels[0][6].sum()
    sound(app.number_input(key="loss_image_box").set_value(9).run())
    assert app.query_params["loss_image"] == "9"
    sound(app.selectbox(key="loss_shows_box").set_value("anything").run())
    assert "loss_image" not in app.query_params


@pytest.mark.parametrize(
    "address",
    [
        {"loss_image": "0", "loss_shows": "unicorn", "loss_shuffle": "-1"},
        {"loss_image": "99999999999999999999", "loss_shuffle": "123456"},
        {"loss_image": "²", "loss_shows": "anything"},
    ],
)
def test_odd_addresses_still_show_an_image(open_page, address):
    assert 1 <= number(sound(open_page(PAGE, **address))) <= 1142


def test_a_switched_off_term_is_taken_out_by_the_loss_that_lacks_it(open_page):
    app = sound(open_page(PAGE, loss_b="none"))
    assert len(steps(app)) == 9
    whole = table(app)
    app.toggle(key="loss_with_tolerance").set_value(False).run()
    sound(app)
    found = table(app)
    assert set(found["ν"]) == {0}
    assert found["loss, whole"].tolist() == pytest.approx(whole["loss"].tolist())
    assert found["weight"].tolist() == pytest.approx(whole["weight"].tolist())
    names = {trace["name"] for trace in pulls(app) if trace.get("name")}
    assert {"R-BCE-Focal", "DB-Focal, whole"} <= names
    assert len(steps(app)) == 7


def test_the_formula_s_numbers_are_the_table_s(open_page):
    app = sound(open_page(PAGE, loss_b="none"))
    cow = table(app).loc["cow"]
    product = next(step for step in steps(app) if r"L_i =" in step)
    factors = product.rstrip("$").split(" = ")[2].split(r"\cdot ")
    assert np.prod([float(factor) for factor in factors]) == pytest.approx(cow["loss"], rel=1e-3)
    app.selectbox(key="form_loss_formula_class").set_value("person").run()
    assert next(step for step in steps(sound(app)) if r"L_i =" in step) != product


def test_the_second_loss_can_be_taken_apart(open_page):
    app = sound(open_page(PAGE))
    control = next(group for group in app.button_group if group.key == "loss_anatomy_of")
    control.set_value(1).run()
    sound(app)
    assert not [toggle for toggle in app.toggle if toggle.key.startswith("loss_with_")]
    assert set(table(app)["loss"].round(4)) == {0.6931}
    assert list(table(app).columns) == ["y", "n", "z", "p_t", "cross-entropy", "loss", "gradient"]


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_has_an_anatomy_or_says_what_is_missing(open_page, name):
    app = sound(open_page(PAGE, loss_a=name, loss_b="none"))
    unit = LOSSES[name].unit
    assert bool(steps(app)) == (unit == "cell")
    infos = " ".join(box.value for box in app.info)
    assert ("compares the images of a batch" in infos) == (unit == "batch")
    assert any("one value for the whole image" in text.value for text in app.caption) == (unit == "image")
