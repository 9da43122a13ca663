"""The page Playground with data of one's own: labels alone, class counts, many labels."""

import re

import numpy as np
import pytest

from tests.pages.playground import LIVE, PAGE
from tests.pages.reading import figures, healthy, words

pytestmark = pytest.mark.usefixtures("no_heads_kept")


def test_labels_alone_say_what_is_missing(open_page, pretended, uploads):
    (uploads / "alone.csv").write_text("id,cat,dog\n" + "\n".join(f"i{k},{k % 2},1" for k in range(40)))
    app = healthy(open_page(PAGE, data="file", file="alone.csv"))
    assert "these are labels alone" in app.info[0].value
    assert not figures(app)
    assert not pretended


def test_class_counts_say_what_is_missing(open_page, pretended, uploads):
    (uploads / "counts.json").write_text('{"pos_counts": {"cat": 10, "dog": 4}, "num_samples": 12}')
    app = healthy(open_page(PAGE, data="file", file="counts.json"))
    assert "holds class counts alone" in app.info[0].value
    assert not pretended


def test_no_file_is_an_error_with_advice(open_page, pretended, uploads):
    app = open_page(PAGE, data="file")
    assert not app.exception
    assert "Dataset" in (words(app))
    assert not pretended


def many_labels(path, n_labels=300, n_rows=400):
    rng = np.random.default_rng(0)
    labels = rng.random((n_rows, n_labels)) < np.geomspace(0.3, 0.002, n_labels)
    labels[0] = True
    names = np.array([f"label_{number}_ *" for number in range(n_labels)])
    split = np.where(np.arange(n_rows) % 3 == 2, "test", "train")
    np.savez(
        path, labels=labels.astype(np.uint8), label_names=names, features=rng.normal(size=(n_rows, 12)), split=split
    )


def test_many_labels_of_ones_own(open_page, pretended, uploads):
    many_labels(uploads / "many.npz")
    app = healthy(open_page(PAGE, data="file", file="many.npz"))
    assert list(figures(app)) == LIVE
    assert "Without a positive in the test split, so in no mean: label_" in words(app)
    assert re.search(r"and \d+ more", words(app))
