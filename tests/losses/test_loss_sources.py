"""A loss built from counts, from a label matrix of any kind, or from a file of class counts is the same loss."""

import json

import numpy as np
import pandas
import pytest
import torch
from scipy import sparse

from dbl_core.errors import DataError
from dbl_core.losses import build_loss

LABELS = (np.random.default_rng(5).random((40, 4)) < [0.7, 0.4, 0.2, 0.05]).astype(np.int64)
COUNTS, N_SAMPLES = LABELS.sum(0), len(LABELS)

MATRICES = {
    "integers": LABELS,
    "bool": LABELS.astype(bool),
    "floats": LABELS.astype(np.float32),
    "small integers, whose sum would overflow": np.tile(LABELS, (400, 1)).astype(np.int8),
    "nested lists": LABELS.tolist(),
    "tensor": torch.tensor(LABELS),
    "tensor with a gradient": torch.tensor(LABELS, dtype=torch.float32, requires_grad=True),
    "sparse tensor": torch.tensor(LABELS).to_sparse(),
    "sparse matrix": sparse.csr_matrix(LABELS),
    "sparse array by columns": sparse.csc_array(LABELS.astype(bool)),
    "table": pandas.DataFrame(LABELS, columns=list("abcd")),
}


def state(**source):
    return build_loss("db_focal", **source).state_dict()


@pytest.mark.parametrize("kind", MATRICES)
def test_a_label_matrix_of_any_kind_gives_the_loss_of_its_counts(kind):
    scale = 400 if "overflow" in kind else 1
    expected = state(label_counts=COUNTS * scale, n_samples=N_SAMPLES * scale)
    found = state(labels=MATRICES[kind])
    assert expected.keys() == found.keys()
    assert all(torch.equal(found[key], expected[key]) for key in expected)


@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_a_file_of_class_counts_gives_the_loss_of_its_counts(tmp_path, kind):
    path = tmp_path / "class_stats.json"
    path.write_text(json.dumps({"pos_counts": COUNTS.tolist(), "num_samples": N_SAMPLES, "pos_weight": [1.0]}))
    found, expected = state(stats=kind(path)), state(label_counts=COUNTS, n_samples=N_SAMPLES)
    assert all(torch.equal(found[key], expected[key]) for key in expected)


def test_a_label_file_gives_the_loss_of_its_labels(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("a,b,c,d\n" + "\n".join(",".join(map(str, row)) for row in LABELS.tolist()))
    found, expected = state(stats=path), state(label_counts=COUNTS, n_samples=N_SAMPLES)
    assert all(torch.equal(found[key], expected[key]) for key in expected)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({}, "given none"),
        ({"label_counts": COUNTS}, "given label_counts"),
        ({"n_samples": 40}, "given n_samples"),
        ({"labels": LABELS, "n_samples": 40}, "given n_samples and labels"),
        ({"labels": LABELS, "stats": "a.json"}, "given labels and stats"),
        ({"label_counts": COUNTS, "n_samples": 40, "labels": LABELS}, "given label_counts and n_samples and labels"),
    ],
)
def test_exactly_one_source_is_asked_for(source, words):
    with pytest.raises(ValueError, match="exactly one source") as caught:
        build_loss("db", **source)
    assert str(caught.value).endswith(f"label_counts with n_samples, or labels, or stats; it was {words}.")


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([[0, 1], [2, 0]], "row 1, column 0 holds 2"),
        ([[0.0, np.nan], [1, 0]], "row 0, column 1 holds nan"),
        ([0, 1, 1], "labels must be a matrix"),
        (np.zeros((0, 3)), "at least one row"),
        ([["a", "b"]], "their type is"),
        (sparse.csr_array([[0, 3], [1, 0]]), "holds 3"),
        (torch.tensor([[0.5, 1.0]]), "holds 0.5"),
        ([[0, 1]], "n_samples must be at least 2"),
    ],
)
def test_a_matrix_that_holds_no_labels_is_refused(labels, words):
    with pytest.raises(ValueError, match=words):
        build_loss("db", labels=labels)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"pos_counts": [3, 1]}', "has no num_samples"),
        ('{"pos_counts": [3, 11], "num_samples": 10}', "more than num_samples"),
        ('{"weights": [3, 11]}', "nor class counts"),
        ('{"pos_counts": [3, ', "json"),
    ],
)
def test_a_file_without_class_counts_is_refused_by_name(tmp_path, text, words):
    path = tmp_path / "class_stats.json"
    path.write_text(text)
    with pytest.raises(DataError, match=words) as caught:
        build_loss("db", stats=path)
    assert "class_stats.json" in str(caught.value)


def test_a_file_that_is_not_there_and_a_thing_that_is_no_path_are_refused(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        build_loss("db", stats=tmp_path / "nowhere.json")
    with pytest.raises(ValueError, match="path of a JSON file of class counts, not a dict"):
        build_loss("db", stats={"pos_counts": [3], "num_samples": 5})


def test_the_name_and_the_options_are_checked_before_the_source_is_read():
    with pytest.raises(ValueError, match="There is no loss"):
        build_loss("dbl", labels="nonsense")
