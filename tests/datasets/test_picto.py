"""The identities of picto-voc: counts, splits, co-occurrence, and that none of it ever moves."""

import csv
import hashlib
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from dbl_core.datasets import load_dataset
from dbl_core.datasets.picto import LABEL_NAMES, N_TEST
from dbl_core.longtail import longtail_subset
from dbl_core.packaged import DATA_DIR

ROOT = Path(__file__).resolve().parents[2]
VOC_MLT_COUNTS = {
    "person": 775, "chair": 479, "car": 249, "diningtable": 240, "bottle": 154, "pottedplant": 100, "sofa": 82,
    "tvmonitor": 64,
    "dog": 48, "bicycle": 34, "cat": 29, "motorbike": 20, "bus": 17, "boat": 14, "horse": 11, "bird": 8,
    "train": 7, "aeroplane": 6, "sheep": 5, "cow": 4,
}  # fmt: skip


def table(name: str) -> Counter:
    with (DATA_DIR / name).open(encoding="utf-8", newline="") as lines:
        return Counter({line["labels"]: int(line["images"]) for line in csv.DictReader(lines)})


def label_sets(dataset, rows) -> Counter:
    return Counter("|".join(np.array(LABEL_NAMES)[labels]) for labels in dataset.labels[rows])


def test_default_is_voc_mlt_with_its_published_counts():
    dataset = load_dataset()
    assert dataset.n_train == 1142
    assert dict(zip(dataset.label_names, dataset.label_counts.tolist(), strict=True)) == VOC_MLT_COUNTS
    assert dataset.asked is None
    assert dataset.notes == ()


def test_label_names_are_vocs_in_alphabetical_order():
    assert list(LABEL_NAMES) == sorted(VOC_MLT_COUNTS)
    assert load_dataset().label_names == LABEL_NAMES


def test_pool_and_training_set_hold_exactly_the_tables():
    dataset = load_dataset()
    assert dataset.n_samples == 11540
    assert label_sets(dataset, slice(None)) == table("voc2012_trainval_labelsets.csv")
    assert label_sets(dataset, dataset.train_rows) == table("voc_mlt_train_labelsets.csv")


def test_cooccurrence_equals_the_table():
    dataset = load_dataset()
    labels = dataset.labels[dataset.train_rows].astype(int)
    expected = np.zeros((20, 20), dtype=int)
    for label_set, count in table("voc_mlt_train_labelsets.csv").items():
        columns = [LABEL_NAMES.index(name) for name in label_set.split("|")]
        expected[np.ix_(columns, columns)] += count
    assert np.array_equal(labels.T @ labels, expected)


def test_tables_are_the_reference_tables(shared_dir):
    for name in ("voc2012_trainval_labelsets.csv", "voc_mlt_train_labelsets.csv"):
        assert (DATA_DIR / name).read_bytes() == (shared_dir / "facts" / name).read_bytes()


@pytest.mark.parametrize("options", [{}, {"ratio": 1}, {"ratio": 50, "seed": 3}, {"ratio": 600, "profile": "step"}])
def test_training_never_touches_the_test_split(options):
    dataset = load_dataset("picto-voc", **options)
    assert len(np.unique(dataset.test_rows)) == N_TEST == 2500
    assert len(np.unique(dataset.train_rows)) == dataset.n_train
    assert not np.intersect1d(dataset.train_rows, dataset.test_rows).size
    assert np.array_equal(dataset.test_rows, load_dataset().test_rows)


def test_the_test_split_keeps_the_distribution_of_the_pool():
    dataset = load_dataset()
    pool, test = label_sets(dataset, slice(None)), label_sets(dataset, dataset.test_rows)
    off = {name: abs(test[name] - pool[name] * N_TEST / 11540) for name in pool}
    assert max(off.values()) < 1.5
    shares = dataset.labels.mean(axis=0)
    assert np.abs(dataset.labels[dataset.test_rows].mean(axis=0) - shares).max() < 0.004
    assert dataset.labels[dataset.test_rows].sum(axis=0).min() >= 60
    sizes = [np.bincount(dataset.labels[rows].sum(axis=1), minlength=7) for rows in (slice(None), dataset.test_rows)]
    assert np.abs(sizes[1] - sizes[0] * N_TEST / 11540).max() < 2.5


def test_rows_and_splits_never_move():
    """A golden hash: whoever changes the order of the pool changes every published number."""
    dataset = load_dataset()
    digest = hashlib.sha256(np.packbits(dataset.labels).tobytes())
    digest.update(dataset.train_rows.astype("<i8").tobytes() + dataset.test_rows.astype("<i8").tobytes())
    assert digest.hexdigest()[:16] == "bbb1a2071fca1be0"
    assert dataset.ids[[0, 11539]].tolist() == ["picto-00000", "picto-11539"]


def test_another_process_sees_the_same_data():
    code = (
        "import hashlib, numpy as np; from dbl_core.datasets import load_dataset; d = load_dataset(ratio=30, seed=5);"
        "print(d.fingerprint, hashlib.sha256(b''.join(d.image(r).tobytes() for r in range(12))"
        " + d.train_rows.tobytes()).hexdigest())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONHASHSEED": seed, "PATH": ""},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
    assert told.pop().split()[0] == load_dataset().fingerprint


def test_by_ratio_asks_what_longtail_subset_asks():
    dataset = load_dataset(preset="by-ratio", ratio=100, max_count=600, seed=1)
    free = np.setdiff1d(np.arange(11540), dataset.test_rows)
    subset = longtail_subset(dataset.labels[free], ratio=100, max_count=600, seed=1)
    assert np.array_equal(dataset.train_rows, free[subset.rows])
    assert np.array_equal(dataset.asked, subset.asked)
    assert np.array_equal(dataset.label_counts, subset.achieved)
    assert dataset.asked.max() == 600
    assert dataset.asked.min() == 6


def test_seed_chooses_rows_only_for_by_ratio():
    assert not np.array_equal(load_dataset(ratio=50).train_rows, load_dataset(ratio=50, seed=1).train_rows)
    assert np.array_equal(load_dataset().train_rows, load_dataset(seed=1).train_rows)
    assert load_dataset(ratio=50).fingerprint == load_dataset().fingerprint


def test_arrays_are_read_only():
    dataset = load_dataset(ratio=50)
    for array in (dataset.labels, dataset.ids, dataset.train_rows, dataset.test_rows, dataset.asked):
        assert not array.flags.writeable
    assert dataset.train_rows.dtype == dataset.test_rows.dtype == dataset.asked.dtype == np.int64


def test_images_belong_to_their_row():
    dataset = load_dataset()
    first = dataset.image(7)
    assert first.shape == (64, 64, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, dataset.image(np.int64(7)))
    seen = {dataset.image(row).tobytes() for row in range(60)}
    assert len(seen) == 60


@pytest.mark.parametrize("row", [-1, 11540])
def test_there_is_no_such_row(row):
    with pytest.raises(ValueError, match=f"row is {row}, must be from 0 to 11539"):
        load_dataset().image(row)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"preset": "coco"}, "'coco', must be one of voc-mlt, by-ratio"),
        ({"preset": "by-ratio"}, "ratio is missing"),
        ({"preset": "voc-mlt", "ratio": 10}, "ratio is 10, but preset voc-mlt is fixed"),
        ({"max_count": 10}, "max_count is 10, but preset voc-mlt is fixed"),
        ({"ratio": 0.5}, "0.5"),
        ({"ratio": -3}, "-3"),
        ({"ratio": float("nan")}, "nan"),
        ({"ratio": float("inf")}, "inf"),
        ({"ratio": "ten"}, "ten"),
        ({"ratio": True}, "True"),
        ({"ratio": [10]}, r"\[10\] is not a number or a name"),
        ({"ratio": 10, "max_count": -1}, "-1"),
        ({"ratio": 10, "max_count": 10**9}, "1000000000"),
        ({"ratio": 10, "seed": -1}, "-1"),
        ({"ratio": 10, "seed": 0.5}, "0.5"),
        ({"ratio": 10, "profile": "zipf"}, "zipf.*pareto"),
        ({"profile": "zipf"}, "zipf.*pareto"),
        ({"profile": ["pareto"]}, "unknown profile.*pareto"),
    ],
)
def test_bad_options_name_the_value(options, message):
    load_dataset(ratio=1)  # a cached answer must not shield ratio True, which equals 1
    with pytest.raises(ValueError, match=message):
        load_dataset("picto-voc", **options)
