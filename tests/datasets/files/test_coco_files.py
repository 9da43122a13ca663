"""COCO-format JSON, whole folders of it, and class counts."""

import gzip
import json
import tracemalloc

import numpy as np
import pytest

from dbl_core.datasets.files import CountsOnly, coco, json_items, read_label_file
from dbl_core.errors import DataError

CONTENT = {
    "info": {"year": 2017},
    "licenses": [],
    "images": [
        {"id": 30, "file_name": "a.jpg"},
        {"id": 10, "file_name": "b.jpg"},
        {"id": 20, "file_name": "c.jpg"},
        {"id": 40, "file_name": "d.jpg"},
    ],
    "annotations": [
        {"image_id": 30, "category_id": 7, "iscrowd": 0, "segmentation": [[1.5, 2.5]]},
        {"image_id": 30, "category_id": 7, "iscrowd": 0},
        {"image_id": 10, "category_id": 2, "iscrowd": 1},
        {"image_id": 20, "category_id": 7, "ignore": 1},
        {"image_id": 20, "category_id": 2},
    ],
    "categories": [{"id": 7, "name": "zebra"}, {"id": 2, "name": "person"}, {"id": 5, "name": "bear"}],
}


@pytest.fixture
def json_file(tmp_path):
    """Writes JSON, or text as it is, and gives its path."""

    def write(content, name="instances.json"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def refused(path):
    with pytest.raises(DataError) as caught:
        read_label_file(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    return str(caught.value)


@pytest.mark.parametrize("chunk", [1, 7, 64, 2**18])
@pytest.mark.parametrize("order", [list(CONTENT), list(reversed(CONTENT))])
def test_instances(json_file, monkeypatch, chunk, order):
    monkeypatch.setattr(json_items, "_CHUNK", chunk)
    table = read_label_file(json_file({key: CONTENT[key] for key in order}))
    assert table.label_names == ("person", "bear", "zebra")  # by category id
    assert table.ids.tolist() == ["30", "10", "20", "40"]
    assert table.image_names.tolist() == ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    assert table.labels.astype(int).tolist() == [[0, 0, 1], [1, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert table.notes == (
        "instances.json: 1 crowd regions count as their label.",
        "instances.json: 1 annotations marked to be ignored do not count.",
        "Label 'bear' has no positive.",
        "1 row carries no label.",
    )


def test_compressed_and_indented(tmp_path):
    path = tmp_path / "instances.json.gz"
    path.write_bytes(gzip.compress(json.dumps(CONTENT, indent=4).encode()))
    assert read_label_file(path).n_samples == 4


def without(key, **changes):
    return {**{name: part for name, part in CONTENT.items() if name != key}, **changes}


def with_one(key, item):
    return {**CONTENT, key: [*CONTENT[key], item]}


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (with_one("annotations", {"image_id": 10, "category_id": 99}), ["category_id '99'", "'categories'"]),
        (with_one("annotations", {"image_id": 99, "category_id": 2}), ["image_id '99'", "'images'"]),
        (with_one("annotations", {"image_id": 10}), ["annotation 6", "category_id"]),
        (with_one("annotations", {"image_id": 1.5, "category_id": 2}), ["annotation 6", "image_id", "'1.5'"]),
        (with_one("annotations", {"image_id": True, "category_id": 2}), ["annotation 6", "'True'"]),
        (with_one("annotations", [1, 2]), ["'annotations' holds '[1, 2]'"]),
        (with_one("images", {"id": 30, "file_name": "x.jpg"}), ["image 5 repeats the id '30'"]),
        (with_one("images", {"id": 50}), ["image '50' has no file_name"]),
        (with_one("images", {"id": 50, "file_name": "../../x.jpg"}), ["image 5", "leads out"]),
        (with_one("images", {"id": "../50", "file_name": "x.jpg"}), ["image 5", "leads out"]),
        (with_one("categories", {"id": 7, "name": "cow"}), ["category id '7' is given twice"]),
        (with_one("categories", {"id": 9, "name": "bear"}), ["category id 9 repeats", "'bear'", "category id 5"]),
        (with_one("categories", {"id": 9}), ["category id 9 is empty"]),
        (with_one("categories", {"id": 9, "name": "<i>"}), ["category id 9", "HTML"]),
        (with_one("categories", {"id": 9, "name": "x" * 10_000}), ["10,000 characters"]),
        (without("categories", annotations=[], categories=[]), ["no labels"]),
        (without("images", annotations=[]), ["no images"]),
        (without("images"), ["no images"]),
        ({"images": [], "annotations": [], "categories": []}, ["'images'"]),
        ({"images": {"a": 1}}, ["image 1", "id"]),
        ({"hello": 1}, ["'images'", "'pos_counts'"]),
    ],
)
def test_bad_instances(json_file, content, parts):
    sentence = refused(json_file(content))
    for part in parts:
        assert part in sentence, sentence


@pytest.mark.parametrize(
    "content",
    [
        '{"images": [',
        '{"images": [{"id": 1, "file_name": "a"}',
        '{"images": [{"id": 1, "file_name": "a"} {"id": 2}]}',
        '{"images" [1]}',
        '{"images": [{"id": 1, "file_name": "a"},]}',
        '{"pos_counts": [1], }',
        '{"images": nope}',
        "{1: 2}",
        '{"a": 1 "b": 2}',
        '{"a": 1, "a": 2}',
        "[1, 2]",
        '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"a": ' + "9" * 10_000 + "}",
    ],
)
def test_what_is_not_json(json_file, content):
    sentence = refused(json_file(content))
    assert "not valid JSON near character" in sentence


def test_an_item_without_end(json_file, monkeypatch):
    monkeypatch.setattr(json_items, "MAX_JSON_ITEM_CHARACTERS", 10_000)
    monkeypatch.setattr(json_items, "_CHUNK", 1000)
    assert "more than 10,000 characters" in refused(json_file('{"a": "' + "x" * 100_000))


def test_large_files_take_little_memory(json_file):
    segmentation = [[1.5] * 500]
    content = {
        "images": [{"id": k, "file_name": f"{k}.jpg"} for k in range(1000)],
        "annotations": [{"image_id": k, "category_id": 1, "segmentation": segmentation} for k in range(1000)],
        "categories": [{"id": 1, "name": "cat"}],
    }
    path = json_file(content)
    assert path.stat().st_size > 2 * 2**20
    tracemalloc.start()
    assert read_label_file(path).label_counts.tolist() == [1000]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.8 * 2**20


def test_many_images_are_refused(json_file, monkeypatch):
    monkeypatch.setattr(coco, "MAX_ROWS", 3)
    assert "more than 3 images" in refused(json_file(CONTENT))


def test_a_folder_of_two_parts(tmp_path):
    (tmp_path / "annotations").mkdir()
    (tmp_path / "train2017").mkdir()
    for part in ("train2017", "val2017"):
        (tmp_path / "annotations" / f"instances_{part}.json").write_text(json.dumps(CONTENT))
    table = read_label_file(tmp_path)
    assert table.labels.shape == (8, 3)
    assert table.split.tolist() == ["train"] * 4 + ["test"] * 4
    assert table.image_names[[0, 4]].tolist() == ["train2017/a.jpg", "a.jpg"]  # there is no folder val2017
    assert table.ids[[0, 4]].tolist() == ["train2017/30", "val2017/30"]
    other = {**CONTENT, "categories": [*CONTENT["categories"], {"id": 9, "name": "cow"}]}
    (tmp_path / "annotations" / "instances_val2017.json").write_text(json.dumps(other))
    assert "different categories" in refused(tmp_path)
    (tmp_path / "annotations" / "instances_val2014.json").write_text(json.dumps(other))
    assert "several test files" in refused(tmp_path)
    (tmp_path / "annotations" / "instances_val2014.json").unlink()
    (tmp_path / "annotations" / "instances_val2017.json").write_text("")
    assert "instances_val2017.json is empty" in refused(tmp_path)


def test_real_photographs(shared_dir):
    table = read_label_file(shared_dir / "data/coco_small/coco_format")
    assert table.labels.shape == (100, 80)
    assert table.label_names[0] == "person"
    assert (table.split == "train").sum() == 50
    labels = read_label_file(shared_dir / "data/coco_small/val2017_labels.csv.gz")
    row_of = {one: row for row, one in enumerate(labels.ids.tolist())}
    val = np.flatnonzero(table.split == "test")
    rows = [row_of[one.removeprefix("val2017/")] for one in table.ids[val].tolist()]
    assert np.array_equal(table.labels[val], labels.labels[rows])


def test_class_counts(json_file):
    counts = read_label_file(json_file({"pos_counts": [5, 2.0, 0], "num_samples": 6}))
    assert isinstance(counts, CountsOnly)
    assert counts.label_counts.tolist() == [5, 2, 0]
    assert counts.label_names == ("label 1", "label 2", "label 3")
    assert (counts.n_samples, counts.n_labels) == (6, 3)
    assert counts.notes == ("The file does not name its labels.", "1 label has no positive.")
    named = read_label_file(json_file({"num_samples": 6, "pos_counts": {"cat": 5, "dog": 1}}))
    assert named.label_names == ("cat", "dog")
    named = read_label_file(json_file({"num_samples": 6, "pos_counts": [5, 1], "class_names": ["cat", "dog"]}))
    assert named.label_names == ("cat", "dog")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ({"pos_counts": [1]}, "has no num_samples"),
        ({"num_samples": 1}, "has no pos_counts"),
        ({"pos_counts": [1], "num_samples": 0}, "num_samples is 0"),
        ({"pos_counts": [1, 3], "num_samples": 2}, "pos_counts[1] is 3, more than num_samples, which is 2"),
        ({"pos_counts": [-1], "num_samples": 2}, "pos_counts[0] is '-1'"),
        ({"pos_counts": [0.5], "num_samples": 2}, "pos_counts[0] is '0.5'"),
        ({"pos_counts": [float("nan")], "num_samples": 2}, "pos_counts[0] is 'nan'"),
        ({"pos_counts": [float("inf")], "num_samples": 2}, "pos_counts[0] is 'inf'"),
        ({"pos_counts": ["1"], "num_samples": 2}, "pos_counts[0] is '1'"),
        ({"pos_counts": 3, "num_samples": 2}, "must be a list"),
        ({"pos_counts": [], "num_samples": 2}, "no labels"),
        ({"pos_counts": [1], "num_samples": 2, "label_names": ["a", "b"]}, "another number of label names"),
        ({"pos_counts": [1, 1], "num_samples": 2, "label_names": ["a", "a"]}, "repeats"),
    ],
)
def test_bad_class_counts(json_file, content, part):
    assert part in refused(json_file(content))
