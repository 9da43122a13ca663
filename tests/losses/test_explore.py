"""Curves and cell tables: read off the module, equal to what it trains with, fit for JSON."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from dbl_core.longtail.groups import group_of
from dbl_core.losses import LOSSES, build_loss
from dbl_core.losses import explore as explore_module
from dbl_core.losses.explore import CurveContext, cell_table, label_alone, loss_curves, weight_summary
from dbl_core.losses.multi_label_loss import MultiLabelLoss

LABEL_SETS = Path(__file__).resolve().parents[2] / "data" / "voc_mlt_train_labelsets.csv"


@pytest.fixture(scope="module")
def voc_mlt():
    """Labels, counts and groups of the paper's training set."""
    with LABEL_SETS.open(encoding="utf-8", newline="") as file:
        sets = [(row["labels"].split("|"), int(row["images"])) for row in csv.DictReader(file)]
    names = sorted({name for names, _ in sets for name in names})
    labels = np.array([[name in carried for name in names] for carried, images in sets for _ in range(images)])
    counts = labels.sum(0)
    assert labels.shape == (1142, 20)
    return labels, counts, group_of(counts)


def build(name, voc_mlt, **options):
    labels, counts, _ = voc_mlt
    return build_loss(name, label_counts=counts, n_samples=len(labels), **options)


def test_mean_weight_of_positives_on_voc_mlt_is_the_published_one(voc_mlt):
    labels, _, groups = voc_mlt
    means = weight_summary(build("db_focal", voc_mlt), labels, groups=groups)["positive"]
    assert {group: round(mean, 3) for group, mean in means.items()} == {"head": 0.655, "medium": 1.044, "tail": 1.093}


def test_weight_summary_counts_rows_as_often_as_they_were_drawn(voc_mlt):
    labels, _, groups = voc_mlt
    rows = np.array([0, 0, 0, len(labels) - 1])
    loss = build("r_bce", voc_mlt)
    means = weight_summary(loss, labels[rows], groups=groups)
    weights = loss.weights(torch.tensor(labels[rows])).numpy()
    for side, chosen in (("positive", labels[rows]), ("negative", ~labels[rows])):
        for group, mean in means[side].items():
            cells = weights[:, groups == group][chosen[:, groups == group]]
            assert mean == (pytest.approx(cells.mean()) if len(cells) else None)
    assert None in means["positive"].values()


@pytest.mark.parametrize("name", LOSSES)
def test_curves_are_the_training_loss_and_its_slope(name, voc_mlt):
    labels = voc_mlt[0]
    contexts = [label_alone(3, 20), CurveContext(14, labels[0], "image 0")]
    result = loss_curves(build(name, voc_mlt), contexts, logit_range=(-6, 6), points=601)
    json.dumps(result, allow_nan=False)
    cells = build(name, voc_mlt, reduction="none")
    assert [(curve["label"], curve["side"]) for curve in result["curves"]] == [
        *((3, "positive"), (3, "negative")),
        *((14, "positive"), (14, "negative")),
    ]
    for curve, context in zip(result["curves"], np.repeat(np.array(contexts, object), 2), strict=True):
        logits = torch.zeros((1, 20), dtype=torch.float64)
        logits[0, curve["label"]] = 6.0
        values = cells(logits, torch.tensor(context.row(curve["side"]))[None])
        expected = values[0, curve["label"]] if LOSSES[name].unit == "cell" else values
        assert curve["loss"][-1] == pytest.approx(expected.item(), rel=1e-6)
        slope = np.gradient(curve["loss"], result["logits"], edge_order=2)
        assert curve["gradient"] == pytest.approx(slope, abs=2e-3 * max(1, np.abs(slope).max()))
        assert curve["factor"] is None if LOSSES[name].unit != "cell" else curve["factor"][0] >= 0


def test_a_context_decides_the_weight(voc_mlt):
    person = 14
    with_cow = np.zeros(20, dtype=bool)
    with_cow[9] = True
    contexts = [label_alone(person, 20), CurveContext(person, with_cow, "with a cow")]
    alone, alone_negative, riding, _ = loss_curves(build("db", voc_mlt), contexts, points=2)["curves"]
    assert alone["r"] == pytest.approx(1)
    assert alone["weight"] > 1
    assert riding["weight"] < 0.2
    assert alone_negative["r"] is None
    assert alone_negative["weight"] == pytest.approx(1.1)


def test_the_shift_of_a_class_is_that_of_its_log_odds(voc_mlt):
    cow = loss_curves(build("ntr", voc_mlt, bias="paper"), [label_alone(9, 20)], points=2)["curves"]
    assert [curve["nu"] for curve in cow] == [pytest.approx(0.05 * np.log(1142 / 4 - 1), rel=1e-6)] * 2
    assert loss_curves(build("bce", voc_mlt), [label_alone(9, 20)], points=2)["curves"][0]["nu"] == 0


@pytest.mark.parametrize("given", [{"logit_range": (1, 1)}, {"logit_range": (0, float("nan"))}, {"points": 1}])
def test_curves_refuse_an_empty_range(given, voc_mlt):
    with pytest.raises(ValueError, match="logit_range must rise"):
        loss_curves(build("bce", voc_mlt), [], **given)


@pytest.mark.parametrize("context", [label_alone(0, 7), CurveContext(20, np.zeros(20), "outside")])
def test_curves_refuse_a_context_of_another_data_set(context, voc_mlt):
    with pytest.raises(ValueError, match="does not fit a loss for 20 labels"):
        loss_curves(build("bce", voc_mlt), [context])


@pytest.mark.parametrize("name", ["bce", "cb_focal", "db_focal"])
@pytest.mark.parametrize("at_zero", [True, False])
def test_cell_table_adds_up(name, at_zero, voc_mlt, monkeypatch):
    labels, _, groups = voc_mlt
    monkeypatch.setattr(explore_module, "_CELLS_AT_ONCE", 5000)  # several blocks
    logits = None if at_zero else np.random.default_rng(0).normal(size=labels.shape).astype(np.float32)
    table = cell_table(build(name, voc_mlt), labels, logits, groups=groups)
    json.dumps(table, allow_nan=False)
    assert sum(row["cells"] for row in table["groups"]) == labels.size
    assert sum(row["share"] for row in table["groups"]) == pytest.approx(1)
    assert sum(row["share"] for row in table["labels"]) == pytest.approx(1)
    z = torch.zeros(labels.shape) if at_zero else torch.tensor(logits)
    z.requires_grad_()
    build(name, voc_mlt, reduction="sum")(z, torch.tensor(labels)).backward()
    gradient = z.grad.abs().numpy()
    rare = np.flatnonzero(groups == "tail")
    tail = next(row for row in table["groups"] if (row["group"], row["side"]) == ("tail", "positive"))
    assert tail["gradient"] == pytest.approx(gradient[:, rare][labels[:, rare]].mean(), rel=1e-5)
    cow = table["labels"][9]
    assert cow["share"] == pytest.approx(gradient[:, 9].sum() / gradient.sum(), rel=1e-4)
    assert cow["positive_share"] == pytest.approx(gradient[:, 9][labels[:, 9]].sum() / gradient[:, 9].sum(), rel=1e-4)
    assert cow["negative_gradient"] == pytest.approx(gradient[:, 9][~labels[:, 9]].mean(), rel=1e-5)


def test_the_factor_is_the_weight_times_the_focal_factor(voc_mlt):
    """At logit 0 a focal factor without shift is scale * (1 - 1/2) ** gamma = 0.5."""
    labels, _, groups = voc_mlt
    for record in cell_table(build("r_bce_focal", voc_mlt), labels, groups=groups)["groups"]:
        assert record["factor"] == pytest.approx(0.5 * record["weight"], rel=1e-6)


def test_bce_at_the_start_gives_every_cell_half(voc_mlt):
    table = cell_table(build("bce", voc_mlt), voc_mlt[0], groups=voc_mlt[2])
    assert {row["weight"] for row in table["groups"]} == {1.0}
    assert {row["gradient"] for row in table["groups"]} == {0.5}


def test_cells_that_do_not_exist_are_none():
    labels = np.array([[True, False], [True, False]])
    loss = build_loss("db", label_counts=[2, 0], n_samples=2)
    full, empty = cell_table(loss, labels, groups=["head", "tail"])["labels"]
    assert full["negative_weight"] is None
    assert empty["positive_gradient"] is None
    nothing = cell_table(loss, labels[:0], groups=["head", "tail"])
    assert nothing["labels"][0]["share"] is None


def test_tables_refuse_shapes_that_do_not_fit(voc_mlt):
    labels, _, groups = voc_mlt
    loss = build("bce", voc_mlt)
    with pytest.raises(ValueError, match=r"labels must have the shape \(n_samples, 20\)"):
        cell_table(loss, labels[:, :4], groups=groups)
    with pytest.raises(ValueError, match="one entry a label"):
        weight_summary(loss, labels, groups=groups[:3])
    with pytest.raises(ValueError, match="logits must have the shape of labels"):
        cell_table(loss, labels, np.zeros((2, 20)), groups=groups)


class OfImages(MultiLabelLoss):
    """The square of the sum of an image's logits: every logit has the same gradient, twice the sum."""

    unit = "image"

    def values(self, logits, targets):
        logits, _ = self._prepared(logits, targets)
        return logits.sum(-1) ** 2


class OfBatches(MultiLabelLoss):
    """The square of the sum of a batch's logits."""

    unit = "batch"

    def values(self, logits, targets):
        logits, _ = self._prepared(logits, targets)
        return logits.sum((-2, -1)) ** 2


@pytest.mark.parametrize("kind", [OfImages, OfBatches])
def test_a_curve_of_a_loss_of_images_or_batches_is_that_of_one_image(kind):
    """Were the grid taken as one batch, OfBatches would square the sum of the whole grid."""
    result = loss_curves(kind(3), [label_alone(1, 3)], logit_range=(-2, 2), points=9)
    json.dumps(result, allow_nan=False)
    for curve in result["curves"]:
        assert (curve["unit"], curve["weight"], curve["factor"], curve["nu"]) == (kind.unit, None, None, 0)
        assert curve["loss"] == pytest.approx([z**2 for z in result["logits"]])
        assert curve["gradient"] == pytest.approx([2 * z for z in result["logits"]])
    assert (
        loss_curves(build_loss("bce", label_counts=[1, 1, 1], n_samples=4), [label_alone(0, 3)])["curves"][0]["unit"]
        == "cell"
    )


@pytest.mark.parametrize("kind", [OfImages, OfBatches])
def test_a_table_of_a_loss_of_images_or_batches_has_gradients_but_no_weights(kind):
    labels = np.array([[True, False, False], [True, True, False]])
    logits, groups = np.array([[1.0, 0, 0], [2.0, 0, 1]]), ["head", "head", "tail"]
    table = cell_table(kind(3), labels, logits, groups=groups)
    json.dumps(table, allow_nan=False)
    assert table["unit"] == kind.unit
    assert (
        {record["weight"] for record in table["groups"]} == {record["factor"] for record in table["groups"]} == {None}
    )
    assert {record["positive_weight"] for record in table["labels"]} == {None}
    gradient = np.array([[2.0] * 3, [6.0] * 3] if kind is OfImages else [[8.0] * 3] * 2)
    positive = next(row for row in table["groups"] if (row["group"], row["side"]) == ("head", "positive"))
    assert positive["gradient"] == pytest.approx(gradient[labels].mean())
    assert [row["share"] for row in table["labels"]] == pytest.approx([1 / 3] * 3)
    assert table["labels"][1]["positive_share"] == pytest.approx(gradient[1, 1] / gradient[:, 1].sum())
    assert weight_summary(kind(3), labels, groups=groups) == {
        side: {"head": None, "tail": None} for side in ("positive", "negative")
    }


def test_a_training_set_beyond_the_bound_is_several_batches_of_equal_size(monkeypatch):
    monkeypatch.setattr(explore_module, "_CELLS_AT_ONCE", 12)
    sizes = []
    loss = OfBatches(3)
    monkeypatch.setattr(OfBatches, "values", lambda self, z, y: (sizes.append(len(z)), z.sum((-2, -1)) ** 2)[1])
    cell_table(loss, np.zeros((10, 3), dtype=bool), groups=["head"] * 3)
    assert set(sizes) == {4, 2} or set(sizes) == {4, 3}
    assert cell_table(build_loss("bce", label_counts=[1] * 3, n_samples=4), np.eye(3), groups=["tail"] * 3)["unit"] == (
        "cell"
    )


@pytest.mark.parametrize("kind", [OfImages, OfBatches])
def test_terms_of_a_loss_of_images_or_batches_are_spread_over_its_cells(kind):
    logits = torch.arange(12.0).reshape(2, 2, 3)
    terms = kind(3).terms(logits, torch.zeros(2, 2, 3))
    axes = -1 if kind is OfImages else (-2, -1)
    assert torch.equal(terms["loss"], (logits.sum(axes, keepdim=True) ** 2).expand(2, 2, 3))
    assert (terms["weight"] == 1).all()
    assert (terms["nu"] == 0).all()
