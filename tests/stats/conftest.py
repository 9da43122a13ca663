"""Label matrices of the tests of label statistics."""

import csv
from pathlib import Path

import numpy as np
import pytest

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="session")
def voc_mlt():
    """The label matrix of VOC-MLT, from the shipped table of its label sets."""
    with (DATA / "voc_mlt_train_labelsets.csv").open(newline="") as file:
        sets = [(set(row["labels"].split("|")), int(row["images"])) for row in csv.DictReader(file)]
    names = sorted(set().union(*(labels for labels, _ in sets)))
    return np.array([[name in labels for name in names] for labels, images in sets for _ in range(images)])


@pytest.fixture(scope="session")
def coco_mlt(shared_dir):
    """The label matrix of COCO-MLT."""
    return np.loadtxt(
        shared_dir / "data/coco_mlt/coco_mlt_train_labels.csv.gz", delimiter=",", skiprows=1, dtype=np.int64
    )[:, 1:].astype(bool)


def random_labels(seed, n_samples=40, n_labels=6):
    """A small random matrix with rows and columns of every kind: empty, full, ordinary."""
    rng = np.random.default_rng(seed)
    labels = rng.random((n_samples, n_labels)) < rng.uniform(0.05, 0.7, n_labels)
    if seed % 3 == 0:
        labels[:, 1] = False
    if seed % 4 == 0:
        labels[:, 2] = True
    if seed % 5 == 0:
        labels[::3] = False
    return labels


@pytest.fixture(params=range(12))
def labels(request):
    """Twelve small random matrices."""
    return random_labels(request.param)
