"""A small batch, and the label sets of the paper, on which settings are judged."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
import torch

LABEL_SETS = Path(__file__).resolve().parents[2] / "data" / "voc_mlt_train_labelsets.csv"


@pytest.fixture
def batch():
    """Logits (16, 5) and targets (16, 5) in {0, 1} for the classes of ``five_classes``."""
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(16, 5, generator=generator) * 4
    return logits, (torch.rand(16, 5, generator=generator) < 0.3).float()


@pytest.fixture(scope="session")
def voc_labels():
    """(1142, 20) bool: the training set VOC-MLT."""
    with LABEL_SETS.open(encoding="utf-8", newline="") as file:
        sets = [(row["labels"].split("|"), int(row["images"])) for row in csv.DictReader(file)]
    names = sorted({name for names, _ in sets for name in names})
    labels = np.array([[name in carried for name in names] for carried, images in sets for _ in range(images)])
    assert labels.shape == (1142, 20)
    return labels


@pytest.fixture(scope="session")
def coco_labels(shared_dir):
    """(1909, 80) bool: the training set COCO-MLT."""
    with gzip.open(shared_dir / "data" / "coco_mlt" / "coco_mlt_train_labels.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    labels = np.array([row[1:] for row in rows]) == "1"
    assert labels.shape == (1909, 80)
    return labels
