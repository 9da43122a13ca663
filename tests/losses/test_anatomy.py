"""The anatomy of an image adds up: every number the module's, every filled-in formula true."""

import json
import math
import re

import numpy as np
import pytest
import torch

from dbl_core.losses import LOSSES, build_loss, check_options
from dbl_core.losses.anatomy import dissect
from dbl_core.losses.anatomy_steps import Cell, calculation, number

OF_CELLS = [name for name, about in LOSSES.items() if about.unit == "cell"]


def dissected(name, labels, row, logits=None, **options):
    counts = labels.sum(0)
    loss = build_loss(name, label_counts=counts, n_samples=len(labels), **options)
    logits = np.zeros(labels.shape[1]) if logits is None else logits
    return dissect(loss, labels[row], logits, label_counts=counts)


def cell_of(name, labels, row, **options):
    carried = labels.sum(0)[labels[row]].tolist()
    return Cell(name, check_options(name, options), len(labels), carried)


def written(latex):
    """The numbers after the last equals sign, the factors before it, read back from LaTeX."""
    parts = [part.strip() for part in latex.split("=")]

    def value(text):
        return float(re.sub(r"\\times 10\^\{(-?\d+)\}", r"e\1", text).replace(" ", ""))

    return value(parts[-1]), [value(factor) for factor in parts[-2].split(r"\cdot ")] if "cdot" in latex else []


@pytest.fixture(scope="module")
def odd_logits():
    return np.random.default_rng(3).normal(0, 3, 20)


@pytest.mark.parametrize("name", OF_CELLS)
@pytest.mark.parametrize("at_zero", [True, False])
def test_terms_multiply_to_the_loss_that_trains(name, at_zero, voc_labels, odd_logits):
    row, logits = 700, None if at_zero else odd_logits
    record = dissected(name, voc_labels, row, logits)
    json.dumps(record, allow_nan=False)
    z = torch.zeros(1, 20, dtype=torch.float64) if at_zero else torch.tensor(odd_logits)[None]
    z.requires_grad_()
    built = {"label_counts": voc_labels.sum(0), "n_samples": len(voc_labels)}
    cells = build_loss(name, reduction="none", **built)(z, torch.tensor(voc_labels[[row]]))
    cells.sum().backward()
    assert record["loss"] == pytest.approx(cells.sum().item(), rel=1e-6)
    for label, one in enumerate(record["classes"]):
        assert one["loss"] == pytest.approx(cells[0, label].item(), rel=1e-6)
        assert one["gradient"] == pytest.approx(z.grad[0, label].item(), rel=1e-6, abs=1e-12)
        assert one["weight"] * one["focal"] * one["plain"] == pytest.approx(one["loss"], rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("name", OF_CELLS)
def test_the_filled_in_product_is_the_loss(name, voc_labels, odd_logits):
    for row, logits in ((0, None), (700, odd_logits)):
        record = dissected(name, voc_labels, row, logits)
        for one in record["classes"]:
            *_, product, slope = calculation(cell_of(name, voc_labels, row), one)
            loss, factors = written(product.latex)
            assert loss == pytest.approx(one["loss"], rel=1e-4, abs=1e-12)
            if factors:
                assert math.prod(factors) == pytest.approx(one["loss"], rel=5e-4, abs=1e-9)
            assert written(slope.latex)[0] == pytest.approx(one["gradient"], rel=1e-4, abs=1e-12)


def by_title(steps):
    return {step.title: step.latex for step in steps}


def test_the_calculation_of_db_focal_can_be_followed_by_hand(voc_labels):
    """Person beside a cow: r, r-hat, nu, p_t, factor and cross-entropy, each with its numbers."""
    cow, person = 9, 14
    row = int(np.flatnonzero(voc_labels[:, cow] & voc_labels[:, person])[0])
    carried = voc_labels.sum(0)[voc_labels[row]]
    record = dissected("db_focal", voc_labels, row)
    one = record["classes"][person]
    steps = by_title(calculation(cell_of("db_focal", voc_labels, row), one))
    assert list(steps) == [
        *("Ratio", "Weight", "Shift", "Shifted logit", "Right answer", "Focal factor", "Cross-entropy", "Loss"),
        "Gradient",
    ]
    r = (1 / 775) / (1 / carried).sum()
    assert one["r"] == pytest.approx(r)
    assert r"\frac{1/775}{\tfrac{1}{4}+" in steps["Ratio"]
    assert steps["Ratio"].endswith(f"= {number(one['r'])}")
    assert one["weight"] == pytest.approx(0.1 + 1 / (1 + np.exp(-10 * (r - 0.3))), rel=1e-6)
    assert rf"0.1+\sigma(10\,({number(one['r'])}-0.3)) = {number(one['weight'])}" in steps["Weight"]
    nu = -0.05 / 5 * np.log(775 / (1142 - 775))
    assert one["nu"] == pytest.approx(nu)
    assert rf"0.05\,\log(1142/775-1)\,/\,5 = {number(one['nu'])}" in steps["Shift"]
    assert f"z_i-\\nu_i = 0-({number(one['nu'])}) = {number(-nu)}" in steps["Shifted logit"]
    p_t = 1 / (1 + np.exp(nu))
    assert steps["Focal factor"].endswith(f"= {number(2 * (1 - p_t) ** 2)}")
    assert steps["Cross-entropy"].endswith(f"= {number(np.log1p(np.exp(nu)))}")


def test_negatives_read_their_right_answer_through_lambda(voc_labels, odd_logits):
    record = dissected("ntr_focal", voc_labels, 0, odd_logits, bias="paper", lam=3)
    absent = next(one for one in record["classes"] if not one["present"])
    steps = by_title(calculation(cell_of("ntr_focal", voc_labels, 0, bias="paper", lam=3), absent))
    assert absent["p_t"] == pytest.approx(1 / (1 + np.exp(3 * absent["shifted"])))
    assert r"\sigma(-\lambda(z_i-\nu_i))" in steps["Right answer"]
    assert r"/\,3" not in steps["Shift"]
    assert steps["Cross-entropy"].endswith(rf")}})\,/\,3 = {number(absent['plain'])}")


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("weighted_bce", {"power": 0.5}, r"(1142/775)^{0.5} = 1.2139"),
        ("cb_focal", {"beta": 0.99}, r"\frac{1-0.99}{1-0.99^{775}} = 0.010004"),
        ("cb_focal", {"beta": 0.99, "mode": "average_w"}, r"\sum_j y_j \frac{1-0.99}{1-0.99^{n_j}} ="),
    ],
)
def test_weights_of_other_losses_are_spelled_out(name, options, words, voc_labels):
    record = dissected(name, voc_labels, 0, **options)
    steps = by_title(calculation(cell_of(name, voc_labels, 0, **options), record["classes"][14]))
    assert words in steps["Weight"]


@pytest.mark.parametrize("name", OF_CELLS)
def test_an_image_without_labels_and_an_absent_class_have_a_calculation(name):
    labels = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0]], dtype=bool)
    record = dissected(name, labels, 2, np.array([90.0, -90.0, 1e-3]))
    json.dumps(record, allow_nan=False)
    for one in record["classes"]:
        assert one.get("r") is None
        steps = calculation(cell_of(name, labels, 2), one)
        assert all("nan" not in step.latex and "inf" not in step.latex.replace(r"\infty", "") for step in steps)


@pytest.mark.parametrize("name", [name for name in LOSSES if name not in OF_CELLS])
def test_a_loss_that_is_no_sum_of_cells_has_gradients_alone(name, voc_labels):
    record = dissected(name, voc_labels, 0)
    assert record["unit"] != "cell"
    assert set(record["classes"][0]) == {"label", "present", "count", "logit", "probability", "gradient"}


def test_bad_input_is_refused(voc_labels):
    loss = build_loss("bce", label_counts=voc_labels.sum(0), n_samples=1142)
    with pytest.raises(ValueError, match="must each have 20 entries, not 20, 3 and 20"):
        dissect(loss, voc_labels[0], np.zeros(3), label_counts=voc_labels.sum(0))
    with pytest.raises(ValueError, match="logits must be finite"):
        dissect(loss, voc_labels[0], np.full(20, np.nan), label_counts=voc_labels.sum(0))


def test_numbers_in_latex():
    assert [number(value) for value in (0.5, 1e-7, -123456.0, None)] == [
        *("0.5", r"1\times 10^{-7}", r"-1.2346\times 10^{5}", r"\infty")
    ]
