"""Distributions and balance, against slow counts over every cell."""

import json

import numpy as np
import pytest
import torch

from dbl_core.longtail.groups import group_of
from dbl_core.losses import LOSSES, build_loss
from dbl_core.losses import explore as explore_module
from dbl_core.losses.cell_bins import N_BINS, bin_exponent
from dbl_core.losses.cell_watchers import QUANTILES, Balance, Distributions
from dbl_core.losses.explore import cell_table
from dbl_core.stats.chances import sampler_chances
from dbl_core.stats.sampling import label_shares


def watched(name, labels, logits=None, chances=None, **options):
    counts = labels.sum(0)
    groups = group_of(counts)
    loss = build_loss(name, label_counts=counts, n_samples=len(labels), **options)
    distributions = Distributions(groups)
    balance = Balance(labels.shape[1], chances or {"uniform": np.full(len(labels), 1 / len(labels))})
    table = cell_table(loss, labels, logits, groups=groups, watchers=(distributions, balance))
    found = distributions.records(), balance.records()
    json.dumps(found, allow_nan=False)
    return table, *found


def slow_cells(name, labels, logits):
    counts = labels.sum(0)
    loss = build_loss(name, label_counts=counts, n_samples=len(labels), reduction="sum")
    z = torch.tensor(logits, requires_grad=True)
    targets = torch.tensor(labels)
    loss(z, targets).backward()
    terms = loss.terms(z.detach(), targets)
    return (terms["weight"] * terms["focal"]).numpy(), z.grad.abs().numpy()


@pytest.fixture(scope="module")
def logits():
    return np.random.default_rng(0).normal(-1, 2, (1142, 20)).astype(np.float32)


@pytest.mark.parametrize("name", ["cb_focal", "db_focal"])
def test_quantiles_are_those_of_all_cells(name, voc_labels, logits, monkeypatch):
    monkeypatch.setattr(explore_module, "_CELLS_AT_ONCE", 5000)  # several blocks
    _, records, _ = watched(name, voc_labels, logits)
    groups = group_of(voc_labels.sum(0))
    factor, gradient = slow_cells(name, voc_labels, logits)
    assert len(records) == 2 * 3 * 2
    for record in records:
        columns = groups == record["group"]
        chosen = (voc_labels if record["side"] == "positive" else ~voc_labels)[:, columns]
        values = {"factor": factor, "gradient": gradient}[record["measure"]][:, columns][chosen]
        assert record["cells"] == sum(record["counts"]) == len(values)
        for key, share in QUANTILES.items():
            exact = np.quantile(values, share, method="inverted_cdf")
            assert record[key] == pytest.approx(exact, rel=0.013, abs=1e-9)
        middle = bin_exponent(np.array(record["bins"]))
        assert np.average(10.0**middle, weights=record["counts"]) == pytest.approx(values.mean(), rel=0.013)


def test_equal_values_have_exact_quantiles(voc_labels):
    _, records, _ = watched("bce", voc_labels)
    assert {record["median"] for record in records if record["measure"] == "factor"} == {1.0}
    assert {record["q95"] for record in records if record["measure"] == "gradient"} == {0.5}
    assert {len(record["bins"]) for record in records} == {1}


def test_values_outside_the_bins_are_counted_at_their_ends():
    labels = np.array([[True, False], [False, True]])
    _, records, _ = watched("bce", labels, np.array([[90.0, -90.0], [0, 0]]), None)
    gradient = next(r for r in records if (r["measure"], r["side"]) == ("gradient", "positive"))
    assert gradient["bins"][0] == 0
    assert sum(gradient["counts"]) == 2
    assert max(gradient["bins"]) < N_BINS


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_has_gradients_and_only_sums_of_cells_a_factor(name, voc_labels):
    table, records, balance = watched(name, voc_labels)
    measures = {record["measure"] for record in records}
    assert measures == ({"factor", "gradient"} if LOSSES[name].unit == "cell" else {"gradient"})
    assert (balance["uniform"]["factor"] is None) == (LOSSES[name].unit != "cell")
    assert table["mean_loss"] > 0


def test_the_balance_of_plain_cross_entropy_is_that_of_the_data(voc_labels):
    chances = {name: sampler_chances(voc_labels, name).image for name in ("uniform", "class_aware")}
    _, _, balance = watched("bce", voc_labels, chances=chances)
    counts = voc_labels.sum(0)
    assert balance["uniform"]["positives"] == pytest.approx(counts)
    assert balance["uniform"]["spread"] == pytest.approx({"positives": 193.75, "factor": 193.75, "pull": 193.75})
    assert balance["uniform"]["push"] == pytest.approx(0.5 * (1142 - counts))
    shares = label_shares(voc_labels, "class_aware")
    assert balance["class_aware"]["positives"] == pytest.approx(1142 * shares.rates)
    assert balance["class_aware"]["spread"]["pull"] == pytest.approx(shares.max_min)
    assert round(shares.max_min, 1) == 15.3


def test_the_balance_adds_up_what_drawn_images_give(voc_labels, logits, monkeypatch):
    monkeypatch.setattr(explore_module, "_CELLS_AT_ONCE", 5000)
    chance = sampler_chances(voc_labels, "class_aware").image
    _, _, balance = watched("db_focal", voc_labels, logits, {"class_aware": chance})
    factor, gradient = slow_cells("db_focal", voc_labels, logits)
    drawn = 1142 * chance[:, None]
    record = balance["class_aware"]
    assert record["factor"] == pytest.approx((drawn * factor * voc_labels).sum(0), rel=1e-5)
    assert record["pull"] == pytest.approx((drawn * gradient * voc_labels).sum(0), rel=1e-5)
    assert record["push"] == pytest.approx((drawn * gradient * ~voc_labels).sum(0), rel=1e-4)
    pull = np.array(record["pull"])
    assert record["spread"]["pull"] == pytest.approx(pull.max() / pull.min())


def test_the_mean_loss_is_that_of_the_module(voc_labels, logits):
    table, _, _ = watched("db", voc_labels, logits)
    loss = build_loss("db", label_counts=voc_labels.sum(0), n_samples=1142)
    assert table["mean_loss"] == pytest.approx(loss(torch.tensor(logits), torch.tensor(voc_labels)).item(), rel=1e-5)


def test_classes_that_never_occur_and_empty_sets_have_no_spread():
    labels = np.array([[True, False], [True, False]])
    _, _, balance = watched("db", labels)
    assert balance["uniform"]["spread"]["positives"] == 1
    _, records, balance = watched("db", np.zeros((2, 2), dtype=bool))
    assert balance["uniform"]["spread"] == {"positives": None, "factor": None, "pull": None}
    empty = next(record for record in records if record["side"] == "positive")
    assert (empty["cells"], empty["median"], empty["bins"]) == (0, None, [])
