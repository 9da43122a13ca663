"""Reading tables of label sets, and the arithmetic of fixed splits."""

import pytest

from dbl_core import packaged
from dbl_core.datasets.labelsets import expanded, label_matrix, read_label_sets, shuffled_order, stratified_quotas
from dbl_core.errors import DataError


def test_table_to_matrix(tmp_path):
    path = tmp_path / "sets.csv"
    path.write_text("labels,images\na|c,2\nb,1\n", encoding="utf-8")
    sets = expanded(read_label_sets(path))
    assert sets == [("a", "c"), ("a", "c"), ("b",)]
    assert label_matrix(sets, ("a", "b", "c")).astype(int).tolist() == [[1, 0, 1], [1, 0, 1], [0, 1, 0]]


@pytest.mark.parametrize(
    "text",
    [
        "", "labels,images\n", "labels,images\na,none\n", "labels,images\na,0\n", "labels,images\na\n",
        "labels,images\na,1\na,2\n", "labels,images\na|a,1\n", "name,n\na,1\n",
    ],
)  # fmt: skip
def test_damaged_table(tmp_path, text):
    path = tmp_path / "sets.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="restore it from the repository"):
        read_label_sets(path)


def test_table_that_is_no_text(tmp_path):
    (tmp_path / "sets.csv").write_bytes(b"labels,images\n\xff\xfe,1\n")
    with pytest.raises(DataError, match="not a table of label sets"):
        read_label_sets(tmp_path / "sets.csv")


def test_foreign_label():
    with pytest.raises(DataError, match="'zebra' is not one of a, b"):
        label_matrix([("zebra",)], ("a", "b"))


def test_missing_packaged_file(tmp_path, monkeypatch):
    monkeypatch.setattr(packaged, "DATA_DIR", tmp_path)
    with pytest.raises(DataError, match="is missing: restore it from the repository"):
        packaged.packaged_file("nothing.csv")


def test_order_is_a_permutation_of_its_seed_alone():
    order = shuffled_order(8, 0)
    assert sorted(order) == list(range(8))
    assert order == [7, 4, 3, 2, 6, 0, 5, 1]
    assert order != shuffled_order(8, 1)


def test_quotas_follow_shares_within_limits():
    sizes, limits = [50, 30, 15, 5], [50, 30, 15, 0]
    assert stratified_quotas(sizes, sizes, 20) == [10, 6, 3, 1]
    assert stratified_quotas(sizes, limits, 20) == [11, 6, 3, 0]
    assert stratified_quotas(sizes, limits, 0) == [0, 0, 0, 0]
    assert stratified_quotas(sizes, limits, 95) == limits


def test_many_small_strata_keep_their_common_share():
    quotas = stratified_quotas([1] * 100 + [300], [1] * 100 + [300], 40)
    assert sum(quotas[:100]) == 10
    assert quotas[100] == 30


@pytest.mark.parametrize("total", [-1, 96])
def test_quotas_beyond_the_limits(total):
    with pytest.raises(ValueError, match=f"total is {total}, must be from 0 to 95"):
        stratified_quotas([50, 30, 15, 5], [50, 30, 15, 0], total)


def test_every_shipped_file_is_explained():
    explained = (packaged.DATA_DIR / "README.md").read_text(encoding="utf-8")
    for path in {*packaged.DATA_DIR.iterdir()} - {packaged.DATA_DIR / "README.md"}:
        assert f"`{path.name}" in explained, f"data/README.md does not say what {path.name} is"
