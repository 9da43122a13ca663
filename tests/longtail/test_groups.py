"""Head, medium and tail under every convention."""

import csv

import numpy as np
import pytest

from dbl_core.longtail import CONVENTIONS, GROUPS, GroupConvention, group_of


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


def test_no_labels_give_no_groups():
    assert group_of([]).shape == (0,)


@pytest.mark.parametrize(
    ("counts", "convention", "message"),
    [
        ([1], "imagenet", "unknown convention 'imagenet'; allowed: db, oltr, kang, lvis"),
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
