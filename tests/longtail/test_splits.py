"""Splits: rare labels in every part, exact sizes, seeds, and the check that names what is missing."""

import csv
import hashlib
import random
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse
from sklearn.model_selection import train_test_split

from dbl_core.longtail import check_split, stratified_split

DATA = Path(__file__).resolve().parents[2] / "data"


def voc_mlt():
    with (DATA / "voc_mlt_train_labelsets.csv").open(newline="") as file:
        sets = [(row["labels"].split("|"), int(row["images"])) for row in csv.DictReader(file)]
    names = sorted({name for names, _ in sets for name in names})
    return np.array([[name in present for name in names] for present, images in sets for _ in range(images)]), names


def counts_of(labels, parts):
    return np.array([labels[part].sum(axis=0) for part in parts])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.7, 0.1, 0.2), (0.25,) * 4])
def test_every_label_of_voc_mlt_is_in_every_part(shares, seed):
    labels, names = voc_mlt()
    parts = stratified_split(labels, shares, seed=seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(labels)))
    assert all(part.dtype == np.int64 and (np.diff(part) > 0).all() for part in parts)
    counts = counts_of(labels, parts)
    assert (counts > 0).all()
    assert check_split(labels, parts, names) == ()
    off = np.abs(counts - np.outer(shares, labels.sum(axis=0)))
    assert (off <= 1.5 + 0.02 * labels.sum(axis=0)).all()
    assert off.mean() < 0.6


def test_it_is_far_closer_than_a_random_split():
    labels, _ = voc_mlt()
    wanted = np.outer((0.8, 0.2), labels.sum(axis=0))

    def off(parts):
        return (np.abs(counts_of(labels, parts) - wanted) / labels.sum(axis=0)).mean()

    drawn = np.random.default_rng(0).permutation(len(labels))
    assert off(stratified_split(labels, (0.8, 0.2))) < off([drawn[:914], drawn[914:]]) / 4


def test_sizes_are_the_shares():
    labels = np.ones((10, 1), dtype=bool)
    assert [part.size for part in stratified_split(labels, (1 / 3, 1 / 3, 1 / 3))] == [4, 3, 3]
    assert [part.size for part in stratified_split(labels, (0.7, 0.1, 0.2))] == [7, 1, 2]
    assert [part.size for part in stratified_split(labels, (0.05, 0.95))] == [1, 9]


def test_a_label_with_as_many_images_as_parts_is_in_each():
    labels = np.zeros((100, 3), dtype=bool)
    labels[:3, 0] = labels[3:60, 1] = labels[1:90:2, 2] = True
    for seed in range(10):
        assert counts_of(labels, stratified_split(labels, (0.9, 0.05, 0.05), seed=seed))[:, 0].tolist() == [1, 1, 1]


@pytest.mark.parametrize("name", ["corel5k", "enron", "medical", "yeast", "birds"])
def test_real_sets_lose_only_what_they_must(shared_dir, name):
    labels = np.load(shared_dir / f"data/mld/{name}_labels.npz")["Y"].astype(bool)
    parts = stratified_split(labels, (0.6, 0.2, 0.2))
    counts = counts_of(labels, parts)
    assert [part.size for part in parts] == pytest.approx(
        [0.6 * len(labels), 0.2 * len(labels), 0.2 * len(labels)], abs=1
    )
    lost = (counts == 0).any(axis=0) & (labels.sum(axis=0) >= 3)
    assert lost.sum() == 0
    short = (labels.sum(axis=0) < 3) & labels.any(axis=0)
    assert sum("cannot be in 3 parts" in note for note in check_split(labels, parts)) == short.sum()


def test_one_label_an_image_is_plain_stratification():
    classes = np.random.default_rng(0).choice(4, 500, p=[0.6, 0.25, 0.1, 0.05])
    labels = np.eye(4, dtype=bool)[classes]
    ours = counts_of(labels, stratified_split(labels, (0.8, 0.2)))
    theirs = counts_of(labels, train_test_split(np.arange(500), test_size=0.2, stratify=classes, random_state=0))
    assert np.abs(ours - theirs).max() <= 1


def test_seeds_and_sparse_labels():
    labels, _ = voc_mlt()
    first, again, other = (stratified_split(labels, (0.6, 0.4), seed=seed)[0] for seed in (1, 1, 2))
    assert (first == again).all()
    assert first.tolist() != other.tolist()
    assert (first == stratified_split(sparse.csr_array(labels), (0.6, 0.4), seed=1)[0]).all()


def test_rows_do_not_depend_on_the_platform():
    rng = random.Random(0)
    labels = np.array([[rng.random() < 0.6 / (j + 1) for j in range(6)] for _ in range(400)])
    rows = stratified_split(labels, (0.7, 0.3), seed=5)[1]
    assert hashlib.sha256(rows.astype("<i8").tobytes()).hexdigest()[:16] == "3fa0ed199eba0fe3"


def test_rows_without_labels_fill_the_parts():
    labels = np.zeros((20, 2), dtype=bool)
    labels[0] = True
    parts = stratified_split(labels, (0.5, 0.5))
    assert [part.size for part in parts] == [10, 10]
    assert check_split(labels, parts, ["cat", "dog"]) == (
        "cat is missing from part 2 (part 1: 1, part 2: 0; 1 image cannot be in 2 parts).",
        "dog is missing from part 2 (part 1: 1, part 2: 0; 1 image cannot be in 2 parts).",
    )


def test_the_check_names_what_is_missing():
    labels = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0]])
    notes = check_split(labels, ([0, 1, 2], [2, 3, 4]), ["cat", "dog", "emu"], part_names=("training", "test"))
    assert notes == (
        "1 row is in both training and test.",
        "dog is missing from test (training: 2, test: 0).",
        "1 label has no image in any part: emu.",
    )
    assert check_split(labels[:, :1], ([0], [1])) == ()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stratified_split([[1]], (0.5, 0.5)), "leave a part without a row"),
        (lambda: stratified_split([[1], [1]], (1.0,)), "at least two numbers above 0 that sum to 1"),
        (lambda: stratified_split([[1], [1]], (0.5, 0.4)), "sum to 1, not"),
        (lambda: stratified_split([[1], [1]], (1.5, -0.5)), "numbers above 0"),
        (lambda: stratified_split([[1], [1]], (0.5, float("nan"))), "numbers above 0"),
        (lambda: stratified_split([[1], [1]], (0.5, 0.5), seed=-1), "seed must be a whole number >= 0, not -1"),
        (lambda: stratified_split([[1], [2]], (0.5, 0.5)), "row 1, column 0 holds 2"),
        (lambda: check_split([[1]], []), "at least one part"),
        (lambda: check_split([[1]], [[0.5]]), "part 1 must be row numbers"),
        (lambda: check_split([[1]], [[0], [1]]), "part 2 names row 1; the labels have rows 0 to 0"),
        (lambda: check_split([[1]], [[0]], ["a", "b"]), "label_names must be 1 names, but there are 2"),
        (lambda: check_split([[1]], [[0]], part_names=[]), "part_names must be 1 names"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
