"""VOC from folders as they are published, in miniature."""

import pickle

import numpy as np
import pytest

from dbl_core.datasets import DATASETS, load_dataset, voc
from dbl_core.datasets.image_cache import cached_images
from dbl_core.errors import DataError
from tests import miniatures as mini


@pytest.fixture
def root(tmp_path):
    return mini.place(tmp_path / "voc", mini.voc_2012(), mini.voc_2007())


def labels_of(dataset, image_id):
    row = dataset.ids.tolist().index(image_id)
    return {name for name, there in zip(dataset.label_names, dataset.labels[row], strict=True) if there}


def test_trainval_of_2012_and_test_of_2007(root):
    dataset = load_dataset("voc", root=root, preset="all")
    assert dataset.ids[dataset.train_rows].tolist() == list(mini.VOC_TRAIN)
    assert dataset.ids[dataset.test_rows].tolist() == list(mini.VOC_TEST)
    assert dataset.label_names == voc.LABEL_NAMES
    for image_id, objects in (mini.VOC_TRAIN | mini.VOC_TEST).items():
        assert labels_of(dataset, image_id) == {name.rstrip("*") for name in objects}, image_id
    assert dataset.notes == ()
    assert dataset.asked is None
    assert set(DATASETS["voc"].options) >= {"root", "side", "split_file"}


def test_difficult_objects_count_and_parts_of_bodies_do_not(root):
    dataset = load_dataset("voc", root=root, preset="all")
    assert labels_of(dataset, "2009_000001") == {"person", "dog"}


def test_images_are_square_and_can_be_read_by_another_process(root, tmp_path):
    dataset = load_dataset("voc", root=root, preset="all", side=32)
    image = dataset.image(1)
    assert image.shape == (32, 32, 3)
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(dataset.image_source))(1), image)
    images = cached_images(dataset, dataset.test_rows, cache_dir=tmp_path / "cache")
    assert images.shape == (4, 32, 32, 3)
    assert load_dataset("voc", root=root, preset="all", side=48).fingerprint != dataset.fingerprint


@pytest.mark.parametrize("side", [0, 15, 2000, 1.5, True, "224"])
def test_the_side_is_bounded(root, side):
    with pytest.raises(ValueError, match="side is"):
        load_dataset("voc", root=root, side=side)


def test_the_papers_list_decides_where_it_is(root, tmp_path):
    (root / "voc_mlt_ids.txt").write_text("2010_000001\n2008_000003\n")
    dataset = load_dataset("voc", root=root)
    assert dataset.ids[dataset.train_rows].tolist() == ["2008_000003", "2010_000001"]
    assert (dataset.asked, dataset.notes) == (None, ())
    other = tmp_path / "list.txt"
    other.write_bytes(b"\xef\xbb\xbf2011_000001.jpg\r\n\r\n")
    dataset = load_dataset("voc", root=root, split_file=other)
    assert dataset.ids[dataset.train_rows].tolist() == ["2011_000001"]


def test_without_the_list_the_lab_chooses_and_says_so(root):
    dataset = load_dataset("voc", root=root)
    assert "not those of VOC-MLT" in dataset.notes[0]
    assert "voc_mlt_ids.txt" in dataset.notes[0]
    assert dataset.asked.max() == 4
    assert np.isin(dataset.train_rows, np.arange(6)).all()


def test_by_ratio(root):
    dataset = load_dataset("voc", root=root, ratio=2, max_count=2, seed=3)
    assert dataset.asked.max() == 2
    assert not set(dataset.train_rows) & set(dataset.test_rows)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"preset": "voc-mlt"}, "must be one of official, by-ratio, all"),
        ({"preset": "by-ratio"}, "ratio is missing"),
        ({"preset": "all", "ratio": 3}, "preset all takes none"),
        ({"preset": "official", "max_count": 3}, "preset official takes none"),
        ({"preset": "all", "split_file": "x"}, "does not read one"),
        ({"ratio": 0.5}, "ratio"),
        ({"ratio": 3, "profile": "zigzag"}, "zigzag"),
        ({"side": 224, "ratios": 3}, "has no option ratios"),
    ],
)
def test_options_that_cannot_be(root, options, message):
    with pytest.raises(ValueError, match=message):
        load_dataset("voc", root=root, **options)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty|holds no image id"),
        ("\n\n", "holds no image id"),
        ("2008_000002\n../../etc/passwd\n", "line 2 is '../../etc/passwd'"),
        ("2008_000002\n2008_000003\n2008_000002\n", "line 3 repeats the id '2008_000002' of line 1"),
        ("000001\n2008_000002\n", r"1 of its 2 ids are no training images of this data set \('000001'\)"),
        ("2008_000002 1\n", "line 1 is '2008_000002 1'"),
        ("2008_000002\0\n", "binary data in line 1"),
    ],
)
def test_a_list_that_cannot_be_used(root, tmp_path, text, message):
    path = tmp_path / "list.txt"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        load_dataset("voc", root=root, split_file=path)
    with pytest.raises(DataError, match=r"gone\.txt"):
        load_dataset("voc", root=root, split_file=tmp_path / "gone.txt")


def test_missing_files_are_named_with_the_command(tmp_path, root, monkeypatch):
    with pytest.raises(DataError, match=r"lacks VOCdevkit/VOC2012/.*python -m dbl_core download voc --root "):
        load_dataset("voc", root=tmp_path / "nothing here")
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path / "sets"))
    with pytest.raises(DataError, match=r"python -m dbl_core download voc \(or"):
        load_dataset("voc")
    (root / voc.TEST_LIST).unlink()
    with pytest.raises(DataError, match=r"lacks VOCdevkit/VOC2007/ImageSets/Main/test\.txt; fetch it with"):
        load_dataset("voc", root=root)


def test_a_missing_and_a_damaged_image_are_named(root):
    dataset = load_dataset("voc", root=root, preset="all")
    image = root / "VOCdevkit/VOC2012/JPEGImages/2008_000003.jpg"
    image.write_bytes(image.read_bytes()[:300])
    with pytest.raises(DataError, match=r"2008_000003\.jpg is damaged"):
        dataset.image(1)
    image.unlink()
    with pytest.raises(DataError, match=r"2008_000003\.jpg is not in .*download voc"):
        dataset.image(1)


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        (b"<annotation><object><name>unicorn</name></object></annotation>", "'unicorn', which is none of VOC's 20"),
        (b"<annotation><object>", "not valid XML"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><annotation/>', "document type"),
    ],
)
def test_damaged_annotations_are_told(root, xml, message):
    (root / "VOCdevkit/VOC2012/Annotations/2008_000002.xml").write_bytes(xml)
    with pytest.raises(DataError, match=message):
        load_dataset("voc", root=root)


def test_a_list_that_names_an_image_without_annotations(root):
    path = root / voc.TRAIN_LIST
    path.write_text(path.read_text() + "2012_999999\n")
    with pytest.raises(DataError, match="2012_999999"):
        load_dataset("voc", root=root)


def test_what_was_read_is_kept_until_the_files_change(root, monkeypatch):
    first = load_dataset("voc", root=root, preset="all")
    voc._pool.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr(voc, "read_voc_folder", lambda folder: pytest.fail(f"{folder} is read again"))
        again = load_dataset("voc", root=root, preset="all")
    np.testing.assert_array_equal(first.labels, again.labels)
    assert first.fingerprint == again.fingerprint
    new = mini.voc_xml("2011_000002", ["sheep"])
    mini.place(root, {"VOCdevkit/VOC2012/Annotations/2011_000002.xml": new})
    path = root / voc.TRAIN_LIST
    path.write_text(path.read_text() + "2011_000002\n")
    assert "2011_000002" in load_dataset("voc", root=root, preset="all").ids


@pytest.mark.parametrize("damage", [b"", b"rubbish", b"PK\x03\x04rubbish"])
def test_a_damaged_kept_file_is_made_again(root, damage):
    first = load_dataset("voc", root=root, preset="all")
    (kept,) = root.glob(".labels-*.npz")
    kept.write_bytes(damage)
    voc._pool.cache_clear()
    np.testing.assert_array_equal(load_dataset("voc", root=root, preset="all").labels, first.labels)
    assert kept.stat().st_size > 100


def test_a_folder_that_takes_no_files_is_read_each_time(root, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dbl_core.whole_files.os.replace", full)
    assert load_dataset("voc", root=root, preset="all").n_train == 6
    assert not list(root.glob(".labels-*"))
