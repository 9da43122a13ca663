"""Label measures against the publishers' stored values, the paper's numbers and slow re-derivations."""

import csv
import gzip
import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from scipy import sparse

from dbl_core.stats import (
    LABEL_MEASURES,
    MEASURES,
    count_measures,
    effective_numbers,
    label_measures,
    per_label_count_measures,
    per_label_measures,
)

SETS = ("birds", "corel5k", "emotions", "enron", "flags", "medical", "scene", "yeast")
STORED = {
    "instances": "n_samples",
    "labels": "n_labels",
    "labelsets": "labelsets",
    "single_labelsets": "single_labelsets",
    "card": "cardinality",
    "dens": "density",
    "meanIR": "mean_ir",
    "maxIR_derived": "max_ir",
    "cvir_derived": "cvir",
    "scumble": "scumble",
    "scumble_cv": "scumble_cv",
    "tcs": "tcs",
}


@pytest.mark.parametrize("name", SETS)
def test_the_publishers_values_of_a_data_set(shared_dir, name):
    with (shared_dir / "data/published_measures.csv").open(newline="") as file:
        stored = next(row for row in csv.DictReader(file) if row["dataset"] == name)
    labels = np.load(shared_dir / f"data/mld/{name}_labels.npz")["Y"]
    ours = label_measures(labels, n_inputs=int(stored["inputs"]), convention="mldr")
    for theirs, key in STORED.items():
        assert ours[key] == pytest.approx(float(stored[theirs]), rel=1e-9, abs=1e-12), key


def test_the_publishers_values_of_every_label(shared_dir):
    stored = defaultdict(list)
    with gzip.open(shared_dir / "data/mld/label_measures.csv.gz", "rt", newline="") as file:
        for row in csv.DictReader(file):
            stored[row["dataset"]].append(row)
    assert sorted(stored) == list(SETS)
    columns = {"count": "count", "freq": "frequency", "IRLbl": "irlbl", "SCUMBLE": "scumble"}
    columns["SCUMBLE.CV"] = "scumble_cv"
    for name, rows in stored.items():
        labels = np.load(shared_dir / f"data/mld/{name}_labels.npz")["Y"]
        ours = per_label_measures(labels, convention="mldr")
        for theirs, key in columns.items():
            expected = [float(row[theirs]) if row[theirs] not in ("", "NA", "NaN") else math.nan for row in rows]
            np.testing.assert_allclose(ours[key], expected, rtol=1e-9, atol=1e-9, err_msg=f"{name} {key}")


def test_the_papers_numbers_of_voc_mlt(voc_mlt):
    found = label_measures(voc_mlt)
    assert (found["n_samples"], found["n_labels"], found["labelsets"]) == (1142, 20, 137)
    assert found["cardinality"] == pytest.approx(2.054, abs=5e-4)
    assert found["mean_ir"] == pytest.approx(50.23, abs=5e-3)
    assert found["max_ir"] == 193.75
    assert found["cvir"] == pytest.approx(1.145, abs=5e-4)
    assert found["scumble"] == pytest.approx(0.198, abs=5e-4)
    assert found["absent_labels"] == 0


def test_the_papers_numbers_of_coco_mlt(coco_mlt):
    found = label_measures(coco_mlt)
    assert (found["n_samples"], found["n_labels"], found["labelsets"]) == (1909, 80, 1491)
    assert found["cardinality"] == pytest.approx(4.356, abs=5e-4)
    assert found["mean_ir"] == pytest.approx(49.41, abs=5e-3)
    assert found["max_ir"] == 188
    assert found["cvir"] == pytest.approx(1.020, abs=5e-4)
    assert found["scumble"] == pytest.approx(0.384, abs=5e-4)


def slow(labels):
    """Plain re-derivation, label by label and sample by sample."""
    counts = [int(sum(column)) for column in labels.T]
    ratios = [max(counts) / n if n else None for n in counts]
    present = [ratio for ratio in ratios if ratio]
    mixing = []
    for row in labels:
        active = [ratios[j] for j in range(len(counts)) if row[j]]
        mixing.append(1 - math.prod(active) ** (1 / len(active)) / (sum(active) / len(active)) if active else 0)
    sets = Counter(tuple(row) for row in labels.tolist())
    within = [max(n, len(labels) - n) / min(n, len(labels) - n) for n in counts if 0 < n < len(labels)]
    worth = [sum(0.9999**k for k in range(n)) for n in counts if n]
    gaps = sum(abs(a - b) for a in counts for b in counts)
    share = [n / sum(counts) for n in counts if n]
    return {
        "labelsets": len(sets),
        "single_labelsets": sum(n == 1 for n in sets.values()),
        "cardinality": labels.sum() / len(labels),
        "density": labels.mean(),
        "mean_ir": np.mean(present),
        "max_ir": max(present),
        "cvir": np.std(present, ddof=1) / np.mean(present),
        "scumble": np.mean(mixing),
        "scumble_cv": np.std(mixing, ddof=1) / np.mean(mixing),
        "gini": gaps / (2 * len(counts) * sum(counts)),
        "entropy": -sum(q * math.log(q) for q in share) / math.log(len(counts)),
        "absent_labels": counts.count(0),
        "mean_imr": sum(within) / len(within),
        "max_imr": max(within),
        "effective_labels": math.prod(q**-q for q in share),
        "effective_ir": max(worth) / min(worth),
    }


def test_equals_the_slow_derivation(labels):
    found = label_measures(labels)
    for key, expected in slow(labels).items():
        assert found[key] == pytest.approx(expected, rel=1e-9, abs=1e-12), key


def test_sparse_equals_dense(labels):
    for convention in ("mulan", "mldr"):
        dense, thin = (
            (label_measures(form, convention=convention), per_label_measures(form, convention=convention))
            for form in (labels, sparse.coo_array(labels.astype(np.uint8)))
        )
        assert dense[0] == pytest.approx(thin[0], nan_ok=True, abs=0, rel=0)
        for key in dense[1]:
            np.testing.assert_array_equal(dense[1][key], thin[1][key])


def test_per_label_scumble_is_the_mean_over_the_labels_samples(labels):
    found = per_label_measures(labels)
    counts = labels.sum(axis=0)
    ratios = np.where(counts > 0, counts.max() / np.maximum(counts, 1), np.nan)
    each = np.array(
        [1 - np.prod(ratios[row]) ** (1 / row.sum()) / ratios[row].mean() if row.any() else 0 for row in labels]
    )
    for label in range(labels.shape[1]):
        own = each[labels[:, label]]
        if own.size == 0:
            assert np.isnan(found["scumble"][label])
            assert np.isnan(found["irlbl"][label])
            continue
        assert found["scumble"][label] == pytest.approx(own.mean(), abs=1e-12)
        if own.size > 1 and own.mean() > 1e-9:
            assert found["scumble_cv"][label] == pytest.approx(own.std(ddof=1) / own.mean(), abs=1e-9)


def test_absent_labels_under_both_conventions():
    labels = np.array([[1, 1, 0], [1, 0, 0]])
    found = label_measures(labels)
    assert (found["absent_labels"], found["mean_ir"], found["max_ir"]) == (1, 1.5, 2)
    stored = label_measures(labels, convention="mldr")
    assert (stored["absent_labels"], stored["mean_ir"], stored["max_ir"]) == (1, 1.0, 2)
    assert per_label_measures(labels, convention="mldr")["irlbl"].tolist() == [1, 2, 0]


def test_edge_rows():
    nothing = label_measures(np.zeros((3, 2)))
    assert nothing["absent_labels"] == 2
    assert nothing["scumble"] == nothing["scumble_cv"] == nothing["cardinality"] == 0
    assert nothing["labelsets"] == 1
    assert all(math.isnan(nothing[key]) for key in ("mean_ir", "max_ir", "cvir", "gini", "entropy"))
    alone = label_measures([[1]])
    assert (alone["mean_ir"], alone["gini"], alone["scumble"]) == (1, 0, 0)
    assert math.isnan(alone["cvir"])
    assert math.isnan(alone["tcs"])
    even = label_measures(np.eye(4), n_inputs=10)
    assert (even["mean_ir"], even["cvir"], even["gini"]) == (1, 0, 0)
    assert even["entropy"] == pytest.approx(1)
    assert even["tcs"] == pytest.approx(math.log(10 * 4 * 4))
    assert math.isnan(per_label_measures([[1]])["scumble_cv"][0])


def test_scumble_over_all_labels_as_its_formula_is_printed(labels):
    counts = labels.sum(axis=0)
    ratios = counts.max() / np.maximum(counts, 1)
    each = []
    for row in labels:
        active = ratios[row]
        each.append(1 - np.prod(active) ** (1 / labels.shape[1]) / active.mean() if active.size else 0.0)
    found = label_measures(labels, scumble="all")
    assert found["scumble"] == pytest.approx(np.mean(each), abs=1e-12)
    assert found["scumble"] >= label_measures(labels)["scumble"] - 1e-12
    per_label = per_label_measures(labels, scumble="all")["scumble"]
    for label in np.flatnonzero(counts):
        assert per_label[label] == pytest.approx(np.mean(np.array(each)[labels[:, label]]), abs=1e-12)


def test_effective_numbers():
    counts = np.array([0, 1, 5, 100, 10**7])
    assert effective_numbers(counts).tolist()[:2] == pytest.approx([0, 1])
    assert effective_numbers(counts, 0.9)[2] == pytest.approx(1 + 0.9 + 0.81 + 0.729 + 0.6561)
    assert effective_numbers(counts)[3] == pytest.approx(99.5, abs=0.02)
    assert effective_numbers(counts)[4] == pytest.approx(10_000)
    assert effective_numbers(counts, 0).tolist() == [0, 1, 1, 1, 1]
    assert per_label_measures([[1, 0]], beta=0.5)["effective"].tolist() == pytest.approx([1, 0])


def test_positives_against_negatives_within_a_label():
    labels = np.zeros((10, 4), dtype=bool)
    labels[:2, 0] = labels[:8, 1] = labels[:, 2] = True
    np.testing.assert_allclose(per_label_measures(labels)["imr"], [4, 4, math.nan, math.nan])
    assert label_measures(labels)["max_imr"] == label_measures(labels)["mean_imr"] == 4


def test_every_measure_of_a_label_is_described():
    assert list(LABEL_MEASURES) == list(per_label_measures([[1, 0]]))
    for key, measure in LABEL_MEASURES.items():
        assert measure.key == key
        assert measure.title
        assert measure.formula
        assert measure.reading.endswith(".")


def test_rival_definitions_are_whole_sentences():
    rivals = [measure.rival for measure in (*MEASURES.values(), *LABEL_MEASURES.values()) if measure.rival]
    assert len(rivals) >= 10
    assert all(rival.endswith(".") and rival[0].isupper() for rival in rivals)


def test_every_measure_is_described():
    assert list(MEASURES) == [key for key in MEASURES if key in label_measures([[1, 0]])]
    assert set(MEASURES) == set(label_measures([[1, 0]]))
    for key, measure in MEASURES.items():
        assert measure.key == key
        assert measure.title
        assert measure.formula
        assert measure.reading.endswith(".")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: label_measures([[0, 2]]), "row 0, column 1 holds 2"),
        (lambda: label_measures([[0, math.nan]]), "row 0, column 1 holds nan"),
        (lambda: label_measures([1, 0]), "must be a matrix"),
        (lambda: label_measures([[1]], n_inputs=0), "n_inputs must be a whole number >= 1 or None, not 0"),
        (lambda: label_measures([[1]], n_inputs=2.5), "n_inputs must be a whole number >= 1 or None, not 2.5"),
        (lambda: label_measures([[1]], convention="weka"), "unknown convention 'weka'; allowed: mulan, mldr"),
        (lambda: per_label_measures([[1]], convention=""), "unknown convention ''"),
        (lambda: label_measures([[1]], scumble="some"), "unknown scumble 'some'; allowed: active, all"),
        (lambda: per_label_measures([[1]], beta=1.0), r"beta must be a number from 0 to below 1, not 1\.0"),
        (lambda: per_label_measures([[1]], beta=math.nan), "beta must be a number from 0 to below 1, not nan"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("convention", ["mulan", "mldr"])
def test_counts_alone_determine_what_they_determine(convention):
    labels = np.random.default_rng(0).random((50, 5)) < [0.8, 0.4, 0.1, 0.02, 0]
    whole, each = label_measures(labels, convention=convention), per_label_measures(labels, convention=convention)
    counted = count_measures(labels.sum(0), 50, convention=convention)
    assert whole.keys() - counted.keys() == {"labelsets", "single_labelsets", "scumble", "scumble_cv", "tcs"}
    for key, value in counted.items():
        assert value == pytest.approx(whole[key], nan_ok=True), key
    counted = per_label_count_measures(labels.sum(0), 50, convention=convention)
    assert each.keys() - counted.keys() == {"scumble", "scumble_cv"}
    for key, values in counted.items():
        assert np.array_equal(values, each[key], equal_nan=True), key
    with pytest.raises(ValueError, match="unknown convention"):
        count_measures(labels.sum(0), 50, convention="weka")
