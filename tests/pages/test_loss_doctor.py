"""The doctor of the Loss Lab: a hint's button repairs the setting, and starting values can be taken from the data."""

import json

import pytest

from dbl_core.datasets import own_files

PAGE = "pages/3_Loss_Lab.py"


def sound(app):
    assert not app.exception
    assert not app.error, [error.value for error in app.error]
    return app


def said(app):
    return [box.value.replace("\\", "") for box in app.info]


def press(app, key):
    return sound(app.button(key=key).click().run())


def address(app):
    return {key: value if isinstance(value, str) else value[0] for key, value in app.query_params.items()}


def test_a_button_repairs_what_the_sentence_says(open_page):
    app = sound(open_page(PAGE, loss_a_mu="1.3", loss_a_focal_scale="10", loss_b="none"))
    assert "**DB-Focal**: mu 1.3 lies above the r of every positive" in said(app)[0]
    assert app.button(key="loss_a_repair_0").label == "Set mu to 0.43"
    press(app, "loss_a_repair_0")
    assert app.slider(key="form_loss_a_mu").value == 0.43
    assert address(app)["loss_a_mu"] == "0.43"
    (left,) = said(app)
    assert "learning rate 2.5 times" in left
    press(app, "loss_a_repair_0")
    assert not app.info
    assert app.slider(key="form_loss_a_focal_scale").value == 4


def test_another_loss_can_be_the_repair(open_page):
    app = sound(open_page(PAGE, loss_a="bce", loss_b="db_focal", loss_b_gamma="0", loss_b_focal_scale="1"))
    assert app.button(key="loss_b_repair_0").label == "Take db instead"
    press(app, "loss_b_repair_0")
    assert app.selectbox(key="form_loss_b").value == "db"
    assert "loss_b_gamma" not in address(app)


def test_a_word_is_repaired_by_a_word(open_page):
    app = sound(open_page(PAGE, loss_a="ntr", loss_a_kappa="0.005", loss_b="none"))
    press(app, "loss_a_repair_0")
    assert app.selectbox(key="form_loss_a_bias").value == "paper"
    assert not app.info


def test_a_hint_that_nothing_repairs_has_no_button(open_page):
    app = sound(open_page(PAGE, loss_a="asl", loss_b="none"))
    assert "must be 640 times as large" in said(app)[0]
    assert not [button for button in app.button if button.key == "loss_a_repair_0"]


def test_sizes_are_taken_away_at_a_click(open_page):
    app = sound(open_page(PAGE))
    assert "compare shapes, not totals" in said(app)[0]
    press(app, "loss_pair_repair")
    assert not app.info
    weight = next(chart for chart in app.get("plotly_chart") if chart.proto.id.endswith("loss_cells_weight"))
    assert "relative mean weight" in weight.proto.spec


def test_starting_values_are_taken_at_a_click(open_page):
    app = sound(open_page(PAGE, loss_a_mu="0.9", loss_b="none"))
    app.session_state["loss_reasons"] = True
    app = sound(app.run())
    assert any("mean (0.49) and the median (0.38)" in text.value.replace("\\", "") for text in app.markdown)
    press(app, "loss_a_start")
    assert app.slider(key="form_loss_a_mu").value == 0.43
    assert app.slider(key="form_loss_a_lam").value == 5
    assert app.button(key="loss_a_start").disabled


def test_class_counts_have_hints_and_starting_values(open_page, tmp_path, monkeypatch):
    monkeypatch.setattr(own_files, "uploads_dir", lambda: tmp_path)
    content = {"pos_counts": {"person": 700, "cow": 4, "sky": 90}, "num_samples": 1000}
    (tmp_path / "counts.json").write_text(json.dumps(content))
    app = sound(open_page(PAGE, data="file", file="counts.json", loss_a="ntr", loss_a_kappa="0.001", loss_b="none"))
    assert "kappa 0.001 has no effect here" in said(app)[0]
    assert "class counts alone" in said(app)[1]
    assert app.button(key="loss_a_start").help.startswith("lam 5")
    assert not [header for header in app.header if header.value.startswith("Anatomy")]


@pytest.mark.parametrize("name", ["bce", "zlpr"])
def test_a_loss_without_options_has_nothing_to_start_from(open_page, name):
    app = sound(open_page(PAGE, loss_a=name, loss_b="none"))
    assert not [button for button in app.button if button.key == "loss_a_start"]
