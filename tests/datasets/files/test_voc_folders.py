"""Folders in PASCAL VOC's layout."""

import pytest

from dbl_core.datasets.files import read_label_file
from dbl_core.errors import DataError


def annotation(*names, filename="", difficult=()):
    objects = "".join(
        f"<object><name>{name}</name><difficult>{int(name in difficult)}</difficult>"
        f"<part><name>head</name></part></object>"
        for name in names
    )
    return f"<annotation><filename>{filename}</filename>{objects}</annotation>"


@pytest.fixture
def voc(tmp_path):
    """A folder of four images with the usual lists."""
    (tmp_path / "Annotations").mkdir()
    (tmp_path / "ImageSets" / "Main").mkdir(parents=True)
    scenes = {"000001": ("dog", "person", "dog"), "000002": ("person",), "000003": (), "000004": ("cat",)}
    for stem, names in scenes.items():
        content = annotation(*names, filename=f"{stem}.jpg", difficult=("cat",))
        (tmp_path / "Annotations" / f"{stem}.xml").write_text(content)
    lists = {"train": "000001\n", "val": "000002\n", "trainval": "000001\n000002\n", "test": "000004\r\n\r\n"}
    for name, content in lists.items():
        (tmp_path / "ImageSets" / "Main" / f"{name}.txt").write_bytes(content.encode())
    (tmp_path / "ImageSets" / "Main" / "dog_train.txt").write_text("000001  1\n")
    return tmp_path


def refused(path):
    with pytest.raises(DataError) as caught:
        read_label_file(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_labels_are_the_objects(voc):
    table = read_label_file(voc)
    assert table.label_names == ("cat", "dog", "person")
    assert table.ids.tolist() == ["000001", "000002", "000003", "000004"]
    assert table.labels.astype(int).tolist() == [[0, 1, 1], [0, 0, 1], [0, 0, 0], [1, 0, 0]]
    assert table.image_names.tolist()[0] == "000001.jpg"
    assert table.split.tolist() == ["train", "train", "", "test"]
    assert table.notes == ("1 objects marked difficult count as their label.", "1 row carries no label.")


def test_without_a_test_list_val_is_for_testing(voc):
    (voc / "ImageSets/Main/test.txt").unlink()
    assert read_label_file(voc).split.tolist() == ["train", "test", "", ""]
    (voc / "ImageSets/Main/train.txt").unlink()
    assert read_label_file(voc).split.tolist() == ["train", "test", "", ""]


def test_without_lists_there_is_no_split(voc):
    for path in (voc / "ImageSets/Main").glob("*.txt"):
        path.unlink()
    assert read_label_file(voc).split is None


def test_a_missing_file_name_is_the_stem(voc):
    (voc / "Annotations/000001.xml").write_text(annotation("dog"))
    assert read_label_file(voc).image_names[0] == "000001.jpg"


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (annotation("<b>"), "not valid XML"),
        (annotation("&lt;b>dog"), "HTML"),
        (annotation(""), "object 1 is empty"),
        (annotation("x" * 10_000), "10,000 characters"),
        (annotation("dog", filename="../../x.jpg"), "leads out"),
        ("<picture/>", "must be 'annotation'"),
        ("<annotation>", "not valid XML"),
        ('<?xml version="1.0" encoding="utf-7"?><annotation/>', "not valid XML"),
        ('<?xml version="1.0" encoding="big5"?><annotation/>', "not valid XML"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><annotation/>', "document type"),
        ("", "is empty"),
    ],
)
def test_bad_annotations(voc, content, part):
    (voc / "Annotations/000001.xml").write_text(content)
    sentence = refused(voc)
    assert part in sentence
    assert "000001.xml" in sentence


def test_entities_are_never_expanded(voc):
    laughs = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
    (voc / "Annotations/000001.xml").write_text(f"{laughs}]><annotation>&j;</annotation>")
    assert "document type" in refused(voc)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("000009\n", "names '000009', but Annotations has no such"),
        ("../../etc/passwd\n", "no such XML file"),
        ("000001 1\n", "line 1 is '000001 1'"),
        ("000004\n000001\n", "'000001' is in the training and in the test list"),
    ],
)
def test_bad_lists(voc, content, part):
    (voc / "ImageSets/Main/test.txt").write_text(content)
    assert part in refused(voc)


def test_no_annotations(voc):
    for path in (voc / "Annotations").glob("*.xml"):
        path.unlink()
    for path in (voc / "ImageSets/Main").glob("*.txt"):
        path.unlink()
    assert "no XML files" in refused(voc)
