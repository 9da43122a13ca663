"""Parquet tables; skipped where pyarrow is not installed."""

import sys

import pytest

from dbl_core.datasets.files import parquet as reader
from dbl_core.datasets.files import read_label_file
from dbl_core.errors import DataError

pyarrow = pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
from pyarrow import parquet  # noqa: E402


@pytest.fixture
def save(tmp_path):
    def write(**columns):
        parquet.write_table(pyarrow.table(columns), tmp_path / "set.parquet")
        return tmp_path / "set.parquet"

    return write


def refused(path):
    with pytest.raises(DataError) as caught:
        read_label_file(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("values", [[1, 0, 1], [True, False, True], [1.0, 0.0, 1.0], ["1", "0", "1"]])
def test_columns_of_zero_and_one(save, values):
    table = read_label_file(save(image_id=[7, 8, 9], cat=values, dog=[0, 0, 1], split=["train", "train", "test"]))
    assert table.label_names == ("cat", "dog")
    assert table.ids.tolist() == ["7", "8", "9"]
    assert table.labels.astype(int).tolist() == [[1, 0], [0, 0], [1, 1]]
    assert table.split.tolist() == ["train", "train", "test"]
    assert table.source == "set.parquet (Parquet)"


def test_lists_of_names(save):
    table = read_label_file(save(id=["a", "b", "c"], labels=[["cat, big", "dog"], [], ["dog"]]))
    assert table.label_names == ("cat, big", "dog")
    assert table.labels.astype(int).tolist() == [[1, 1], [0, 0], [0, 1]]
    assert "lists of label names" in table.notes[0]


def test_names_with_a_separator(save):
    assert read_label_file(save(id=["a", "b"], labels=["cat|dog", "dog"])).label_names == ("cat", "dog")


@pytest.mark.parametrize(
    ("columns", "part"),
    [
        ({"cat": [1, 2], "dog": [0, 1]}, "row 3, column 1 ('cat') holds '2'"),
        ({"cat": [1, None], "dog": [0, 1]}, "row 3, column 1 ('cat') is empty"),
        ({"cat": [1.0, float("nan")], "dog": [0, 1]}, "row 3, column 1 ('cat') holds 'nan'"),
        ({"id": ["a", "a"], "dog": [0, 1]}, "row 3 repeats the id 'a' of row 2"),
        ({"id": ["a", None], "dog": [0, 1]}, "row 3 is empty"),
        ({"id": ["a", "../b"], "dog": [0, 1]}, "row 3 leads out"),
        ({"id": ["a"], "<b>": [0], "dog": [1]}, "HTML"),
        ({"id": pyarrow.array([], pyarrow.string()), "dog": pyarrow.array([], pyarrow.int8())}, "no rows"),
    ],
)
def test_bad_tables(save, columns, part):
    assert part in refused(save(**columns))


def test_damaged_files(save):
    path = save(cat=[1, 0])
    whole = path.read_bytes()
    path.write_bytes(whole[:-4])
    assert "cannot be read as Parquet" in refused(path)
    path.write_bytes(whole[:20] + b"xxxxxxxx" + whole[28:])
    assert "set.parquet" in refused(path)


def test_sizes_are_checked_first(save, monkeypatch):
    path = save(cat=[1, 0, 1], dog=[0, 1, 1])
    for name, value, part in (
        ("MAX_ROWS", 2, "more than 2 rows"),
        ("MAX_COLUMNS", 1, "more than 1 columns"),
        ("MAX_ARCHIVE_BYTES", 10, "unpacks to"),
        ("_MAX_BATCH_BYTES", 1, "too much text"),
    ):
        monkeypatch.setattr(reader, name, value)
        assert part in refused(path)
        monkeypatch.undo()


def test_without_pyarrow(save, monkeypatch):
    path = save(cat=[1, 0])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "pip install pyarrow" in refused(path)
