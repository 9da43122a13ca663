"""Head, medium and tail under every convention."""

import csv

import numpy as np
import pytest

from dbl_core.longtail import CONVENTIONS, GROUPS, GroupConvention, convention_named, custom_convention, group_of
from dbl_core.metrics import group_report


@pytest.mark.parametrize(
    ("convention", "expected"),
    [
        ("db", "tail tail tail tail medium medium medium head head"),
        ("oltr", "tail tail tail tail tail medium medium head head"),
        ("kang", "tail tail tail tail medium medium medium medium head"),
        ("lvis", "tail tail medium medium medium medium medium medium head"),
    ],
)
def test_borders_follow_the_published_thresholds(convention, expected):
    counts = [0, 10, 11, 19, 20, 21, 99, 100, 101]
    assert list(group_of(counts, convention)) == expected.split()


@pytest.mark.parametrize(("name", "sizes"), [("voc_mlt", (6, 6, 8)), ("coco_mlt", (22, 33, 25))])
def test_the_papers_group_sizes(shared_dir, name, sizes):
    with (shared_dir / "facts" / f"{name}_classes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    groups = group_of([int(row["train_images"]) for row in rows])
    assert list(groups) == [row["group"] for row in rows]
    assert tuple(int((groups == group).sum()) for group in GROUPS) == sizes


def test_a_convention_of_ones_own():
    mine = GroupConvention("mine", "Mine", head_from=5, tail_to=1, source="this test")
    assert list(group_of(np.array([1, 2, 4, 5]), mine)) == ["tail", "medium", "medium", "head"]
    assert [mine.rule(group) for group in GROUPS] == ["n ≥ 5", "2 ≤ n ≤ 4", "n ≤ 1"]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([1, 2, 3], "tail medium head"),
        ([9, 0, 4, 7], "head tail tail medium"),
        ([5, 5, 5, 5], "medium medium medium medium"),
        ([1, 9], "tail head"),
        ([3], "medium"),
        ([0, 0], "tail tail"),
        ([1, 1, 1, 1, 8, 9], "tail tail tail tail head head"),
        ([1, 1, 1, 1, 1, 1, 1, 1, 1, 2], "tail " * 9 + "head"),
        ([9, 9, 9, 9, 9, 9, 2], "head " * 6 + "tail"),
    ],
)
def test_thirds_follow_the_ranks_and_keep_equal_counts_together(counts, expected):
    assert list(group_of(counts, "quantiles")) == expected.split()


def test_thirds_of_many_different_counts_are_thirds():
    counts = np.random.default_rng(0).permutation(np.arange(1, 91))
    groups = group_of(counts, "quantiles")
    assert [(groups == group).sum() for group in GROUPS] == [30, 30, 30]
    assert counts[groups == "tail"].max() == 30
    assert CONVENTIONS["quantiles"].rule("tail") == "rarest third"


def test_custom_thresholds_travel_as_a_name():
    mine = custom_convention(50, 5)
    assert mine == convention_named(mine.name) == convention_named(mine)
    assert list(group_of([5, 6, 49, 50], "custom-50-5")) == ["tail", "medium", "medium", "head"]
    assert group_report([0.1, 0.5, 0.3, 1.0], [5, 6, 49, 50], "custom-50-5")["medium"] == pytest.approx(0.4)
    with pytest.raises(ValueError, match="tail_to 9 and head_from 5"):
        convention_named("custom-5-9")
    with pytest.raises(ValueError, match=r"head_from must be a whole number, not 1\.5"):
        custom_convention(1.5, 0)


def test_no_labels_give_no_groups():
    assert group_of([]).shape == (0,)


@pytest.mark.parametrize(
    ("counts", "convention", "message"),
    [
        (
            [1],
            "imagenet",
            "unknown convention 'imagenet'; allowed: db, oltr, kang, lvis, quantiles or custom-HEAD-TAIL",
        ),
        ([3, -1], "db", "label 1 has -1"),
        ([3, float("nan")], "db", "label 1 has nan"),
        ([1.5], "db", "label 0 has 1.5"),
        ([[1]], "db", r"one dimension, but their shape is \(1, 1\)"),
        (["a"], "db", "their type is"),
    ],
)
def test_bad_input_is_named(counts, convention, message):
    with pytest.raises(ValueError, match=message):
        group_of(counts, convention)


def test_thresholds_must_leave_room():
    with pytest.raises(ValueError, match="tail_to 5 and head_from 5"):
        GroupConvention("x", "X", head_from=5, tail_to=5, source="")
    with pytest.raises(ValueError, match="unknown group 'rare'"):
        CONVENTIONS["db"].rule("rare")
