"""The families: fixed recipes in the unit square, all different from one another."""

import csv
from pathlib import Path

import numpy as np

from dbl_core.pretrain.families import shape_families


def test_recipes_fill_the_unit_square_and_stay_the_same():
    families = shape_families()
    names = [family.name for family in families]
    assert len(set(names)) == len(names) >= 60
    for family, again in zip(families, shape_families(), strict=True):
        points = np.concatenate([part.points for part in family.parts])
        assert np.isfinite(points).all()
        assert 0.3 < np.abs(points).max() < 1.25, family.name
        assert all(0 <= part.tone <= 3 and 0 <= part.width < 1 for part in family.parts)
        assert all(np.array_equal(a.points, b.points) for a, b in zip(family.parts, again.parts, strict=True))


def test_no_two_families_have_the_same_outline():
    outlines = {tuple(np.concatenate([p.points for p in family.parts]).round(3).ravel()) for family in shape_families()}
    assert len(outlines) == len(shape_families())


def test_no_family_is_a_class_of_the_data_set():
    with (Path(__file__).resolve().parents[2] / "data" / "voc_mlt_train_labelsets.csv").open() as table:
        classes = {label for row in csv.DictReader(table) for label in row["labels"].split("|")}
    assert len(classes) == 20
    assert not {family.name for family in shape_families()} & classes
