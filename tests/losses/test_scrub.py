"""Curves for many values of an option: the very curves of ``explore``, one value after the other."""

import numpy as np
import pytest

from dbl_core.losses import LOSSES, build_loss, check_options
from dbl_core.losses import scrub as scrub_module
from dbl_core.losses.explore import CurveContext, label_alone, loss_curves
from dbl_core.losses.positions import track
from dbl_core.losses.scrub import option_curves

COUNTS = np.array([775, 249, 96, 48, 19, 4, 0, 300, 12, 4])
N_SAMPLES = 1142


def contexts(n_labels=10):
    others = np.zeros(n_labels, dtype=bool)
    others[[1, 4]] = True
    return [label_alone(0, n_labels), CurveContext(3, others, "beside"), CurveContext(4, others, "beside")]


def settings(name):
    """Several numbers of the first option, and every word of every choice."""
    options = LOSSES[name].options
    words = [{option.name: word} for option in options for word in option.choices]
    numbers = [option for option in options if option.kind == "float"][:1]
    values = [value for option in numbers for value in track(option, option.default, at_most=17).values[::5]]
    numbered = [{numbers[0].name: value} for value in values]
    return [check_options(name, given) for given in [*numbered, *words] or [{}]]


@pytest.mark.parametrize("name", LOSSES)
def test_they_are_the_curves_of_the_module_that_trains(name):
    found = option_curves(name, settings(name), contexts(), label_counts=COUNTS, n_samples=N_SAMPLES, points=33)
    for index, options in enumerate(settings(name)):
        loss = build_loss(name, label_counts=COUNTS, n_samples=N_SAMPLES, **options)
        expected = loss_curves(loss, contexts(), points=33)
        assert found["logits"] == pytest.approx(expected["logits"])
        for row, record in enumerate(expected["curves"]):
            assert found["series"][row] == {"label": record["label"], "side": record["side"]}
            for quantity in ("loss", "gradient", "factor"):
                if record[quantity] is None:
                    assert found[quantity] is None
                    continue
                np.testing.assert_allclose(
                    found[quantity][row, :, index], record[quantity], rtol=2e-5, atol=1e-6, err_msg=f"{name} {quantity}"
                )


def test_shape_and_type():
    found = option_curves("db", [{}, {}], contexts(), label_counts=COUNTS, n_samples=N_SAMPLES, points=9)
    assert found["unit"] == "cell"
    for quantity in ("loss", "gradient", "factor"):
        assert found[quantity].shape == (6, 9, 2)
        assert found[quantity].dtype == np.float32


def test_losses_of_images_meet_fewer_logits_where_there_are_very_many_labels(monkeypatch):
    monkeypatch.setattr(scrub_module, "_CELLS", 20 * 6 * 2 * 10)
    few = option_curves("zlpr", [{}, {}], contexts(), label_counts=COUNTS, n_samples=N_SAMPLES)
    assert len(few["logits"]) == 20
    assert few["factor"] is None
    monkeypatch.setattr(scrub_module, "_CELLS", 1)
    assert len(option_curves("zlpr", [{}], contexts(), label_counts=COUNTS, n_samples=9999)["logits"]) == 17


def test_cells_of_eighteen_thousand_labels_take_no_longer_than_those_of_twenty(monkeypatch):
    seen = []
    real = scrub_module.build_loss
    monkeypatch.setattr(
        scrub_module, "build_loss", lambda *a, **k: (seen.append(len(k["label_counts"])), real(*a, **k))[1]
    )
    counts = np.linspace(9000, 1, 18_000).astype(int)
    option_curves("db_focal", [{}], contexts(18_000), label_counts=counts, n_samples=50_000, points=9)
    assert max(seen) <= 8


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"options": []}, "need a setting"),
        ({"contexts": []}, "need a setting"),
        ({"points": 1}, "at least 2 logits"),
        ({"contexts": [label_alone(0, 3)]}, "does not fit a loss for 10 labels"),
        ({"contexts": [CurveContext(10, np.zeros(10, dtype=bool), "")]}, "does not fit a loss for 10 labels"),
        ({"name": "nonsense"}, "There is no loss 'nonsense'"),
        ({"options": [{"gamma": 1.0}], "name": "bce"}, "has no option 'gamma'"),
    ],
)
def test_bad_input_is_one_sentence(changes, sentence):
    asked = {"name": "db", "options": [{}], "contexts": contexts(), "points": 9, **changes}
    with pytest.raises(ValueError, match=sentence):
        option_curves(
            asked["name"], asked["options"], asked["contexts"],
            label_counts=COUNTS, n_samples=N_SAMPLES, points=asked["points"],
        )  # fmt: skip
