"""Data sets of the user's own: split, subset, features, images, fingerprint."""

import pickle
import shutil

import numpy as np
import pytest
from PIL import Image

from dbl_core.datasets import DATASETS, load_dataset
from dbl_core.datasets import own as own_module
from dbl_core.datasets.base import MultiLabelDataset
from dbl_core.datasets.image_cache import cached_images
from dbl_core.datasets.own import OWN_OPTIONS, OWN_PRESETS, OwnData, load_own, open_own
from dbl_core.errors import DataError


def write_csv(path, labels, *, split=None, image=None):
    names = [f"l{j}" for j in range(labels.shape[1])]
    lines = [",".join(["id", *(["split"] if split else []), *(["image"] if image else []), *names])]
    for row, cells in enumerate(labels.astype(int).tolist()):
        extra = [*([split[row]] if split else []), *([image[row]] if image else [])]
        lines.append(",".join(map(str, [f"i{row}", *extra, *cells])))
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def labels():
    rng = np.random.default_rng(0)
    return rng.random((200, 4)) < np.array([0.8, 0.4, 0.2, 0.1])


@pytest.fixture
def csv_path(tmp_path, labels):
    return write_csv(tmp_path / "labels.csv", labels)


def test_labels_alone(csv_path, labels):
    dataset = load_own(path=csv_path)
    assert isinstance(dataset, MultiLabelDataset)
    assert dataset.name == "file"
    assert np.array_equal(dataset.labels, labels)
    assert (dataset.n_samples, dataset.n_labels, dataset.n_train, len(dataset.test_rows)) == (200, 4, 140, 60)
    assert not set(dataset.train_rows) & set(dataset.test_rows)
    assert dataset.asked is None
    assert dataset.features is None
    assert not dataset.has_images
    assert any("names no test rows: 60 of 200" in note for note in dataset.notes)
    with pytest.raises(DataError, match="file has no images: choose a folder"):
        dataset.image(0)
    with pytest.raises(ValueError, match="row is 200"):
        dataset.image(200)


def test_the_registry_knows_it(csv_path):
    assert load_dataset("file", path=csv_path).fingerprint == load_own(path=csv_path).fingerprint
    assert DATASETS["file"].options == OWN_OPTIONS
    with pytest.raises(ValueError, match="file has no option root; it has path"):
        load_dataset("file", path=csv_path, root="x")
    with pytest.raises(ValueError, match="path is missing"):
        load_dataset("file")


def test_every_label_is_in_both_parts(csv_path, labels):
    dataset = load_own(path=str(csv_path), test_share=0.2)
    assert len(dataset.test_rows) == 40
    assert labels[dataset.test_rows].any(axis=0).all()
    assert labels[dataset.train_rows].any(axis=0).all()


def test_arrays_are_read_only(csv_path):
    dataset = load_own(path=csv_path, ratio=4)
    for array in (dataset.labels, dataset.ids, dataset.train_rows, dataset.test_rows, dataset.asked):
        assert not array.flags.writeable


def test_the_split_of_the_file_is_kept(tmp_path, labels):
    split = ["test" if row % 4 == 0 else "val" if row % 4 == 1 else "train" for row in range(200)]
    dataset = load_own(path=write_csv(tmp_path / "s.csv", labels, split=split))
    assert dataset.test_rows.tolist() == list(range(0, 200, 4))
    assert dataset.n_train == 100
    only_training = load_own(path=write_csv(tmp_path / "t.csv", labels, split=["train"] * 200), test_share=0.25)
    assert only_training.n_train == 150
    with pytest.raises(DataError, match="has no training rows"):
        load_own(path=write_csv(tmp_path / "u.csv", labels, split=["test"] * 200))


def test_labels_missing_in_a_part_are_told(tmp_path):
    labels = np.zeros((40, 3), dtype=bool)
    labels[:, 0] = True
    labels[3, 1] = True
    dataset = load_own(path=write_csv(tmp_path / "s.csv", labels))
    assert any("l1" in note for note in dataset.notes)
    many = np.eye(40, dtype=bool)
    notes = load_own(path=write_csv(tmp_path / "m.csv", many)).notes
    assert len(notes) < 20
    assert "more labels are missing" in notes[-1]


def test_by_ratio(csv_path, labels):
    dataset = load_own(path=csv_path, ratio=5, max_count=50)
    counts = dataset.label_counts
    assert dataset.asked[[0, 3]].tolist() == [50, 10]
    assert counts.max() / counts.min() < 10
    whole = load_own(path=csv_path)
    assert set(dataset.train_rows) <= set(whole.train_rows)
    assert np.array_equal(dataset.test_rows, whole.test_rows)
    assert dataset.fingerprint == whole.fingerprint
    other = load_own(path=csv_path, preset="by-ratio", ratio=5, max_count=50, seed=1)
    assert not np.array_equal(other.train_rows, dataset.train_rows)
    assert np.array_equal(other.test_rows, dataset.test_rows)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "path is missing"),
        ({"path": " "}, "path is missing"),
        ({"path": 3}, "path is missing"),
        ({"preset": "voc-mlt"}, "preset is 'voc-mlt', must be one of all, by-ratio"),
        ({"preset": "all", "ratio": 5}, "ratio is 5, but preset all takes every row"),
        ({"preset": "all", "max_count": 5}, "max_count is 5"),
        ({"max_count": 5}, "max_count is 5"),
        ({"preset": "by-ratio"}, "ratio is missing"),
        ({"ratio": 0.5}, "ratio"),
        ({"ratio": float("nan")}, "ratio is nan"),
        ({"ratio": "5"}, "ratio is '5'"),
        ({"ratio": 1e6}, "ratio"),
        ({"ratio": 5, "profile": "zipf"}, "zipf"),
        ({"ratio": 5, "seed": -1}, "seed"),
        ({"test_share": 0}, "test_share is 0"),
        ({"test_share": 1}, "test_share is 1"),
        ({"test_share": float("nan")}, "test_share is nan"),
        ({"side": 5000}, "side is 5000"),
        ({"sides": 64}, "file has no option sides; it has path, images"),
    ],
)
def test_options_out_of_range(csv_path, options, message):
    given = options if "path" in options or not options else {"path": csv_path, **options}
    with pytest.raises(ValueError, match=message):
        load_own(**given)


def test_the_options_are_those_of_the_class():
    assert tuple(OwnData.__dataclass_fields__) == OWN_OPTIONS
    assert OWN_PRESETS == ("all", "by-ratio")


@pytest.mark.parametrize(("n_rows", "share"), [(1, 0.3), (2, 0.1)])
def test_too_few_rows_to_split(tmp_path, n_rows, share):
    path = write_csv(tmp_path / "s.csv", np.ones((n_rows, 1), dtype=bool))
    with pytest.raises(DataError, match="too few for training and testing"):
        load_own(path=path, test_share=share)


def test_counts_alone_are_no_data_set(tmp_path):
    (tmp_path / "c.json").write_text('{"pos_counts": [3], "num_samples": 4}')
    with pytest.raises(DataError, match="holds class counts alone"):
        load_own(path=tmp_path / "c.json")


def test_counts_alone_are_opened_to_look_at(tmp_path, csv_path):
    path = tmp_path / "c.json"
    path.write_text('{"pos_counts": {"a": 3, "b": 0}, "num_samples": 4}')
    counts = open_own(path=path)
    assert (counts.name, counts.label_names, counts.n_train, counts.n_labels) == ("file", ("a", "b"), 4, 2)
    assert counts.label_counts.tolist() == [3, 0]
    assert not counts.label_counts.flags.writeable
    assert not counts.has_rows
    assert not counts.has_images
    assert counts.notes == ("1 label has no positive.",)
    assert open_own(path=path).fingerprint == counts.fingerprint
    path.write_text('{"pos_counts": {"a": 3, "b": 0}, "num_samples": 5}')
    assert open_own(path=path).fingerprint != counts.fingerprint
    with pytest.raises(DataError, match=r"c\.json holds class counts alone: a subset for a ratio"):
        open_own(path=path, ratio=10)
    with pytest.raises(ValueError, match="file has no option root"):
        open_own(path=path, root="x")
    assert open_own(path=csv_path).has_rows


def test_large_labels_are_refused_for_training(csv_path, monkeypatch):
    from dbl_core.datasets.files import table

    monkeypatch.setattr(table, "DENSE_CELLS", 10)
    assert load_own(path=csv_path).labels.shape == (200, 4)
    monkeypatch.setattr(own_module, "MAX_CELLS", 799)
    with pytest.raises(DataError, match="too many to train on"):
        load_own(path=csv_path)


def test_features_come_along(tmp_path, labels):
    np.savez(tmp_path / "s.npz", labels=labels, features=np.ones((200, 7)))
    dataset = load_own(path=tmp_path / "s.npz")
    assert dataset.features.shape == (200, 7)
    assert not dataset.features.flags.writeable
    np.savez(tmp_path / "t.npz", labels=labels, features=np.zeros((200, 7)))
    assert load_own(path=tmp_path / "t.npz").fingerprint != dataset.fingerprint


def test_the_fingerprint_follows_the_content(tmp_path, csv_path, labels):
    first = load_own(path=csv_path)
    (tmp_path / "elsewhere").mkdir()
    copy = shutil.copy(csv_path, tmp_path / "elsewhere" / "copy.csv")
    assert load_own(path=copy).fingerprint == first.fingerprint
    assert load_own(path=csv_path, side=32).fingerprint != first.fingerprint
    changed = labels.copy()
    changed[0, 0] ^= True
    assert load_own(path=write_csv(tmp_path / "x.csv", changed)).fingerprint != first.fingerprint


@pytest.fixture
def image_folder(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    for row in range(200):
        Image.new("RGB", (8, 6), (row, 0, 255 - row)).save(folder / f"i{row}.png")
    return folder


def test_images_are_found_by_id(csv_path, image_folder, tmp_path):
    dataset = load_own(path=csv_path, images=image_folder, side=16)
    assert dataset.has_images
    assert dataset.image(7)[0, 0].tolist() == [7, 0, 248]
    images = cached_images(dataset, np.array([3, 199]), cache_dir=tmp_path / "cache")
    assert images.shape == (2, 16, 16, 3)
    assert images[:, 0, 0, 0].tolist() == [3, 199]
    assert pickle.loads(pickle.dumps(dataset.image_source))(3).shape == (16, 16, 3)


def test_images_are_found_by_coco_number(tmp_path):
    folder = tmp_path / "val2017"
    folder.mkdir()
    Image.new("RGB", (8, 8), (9, 9, 9)).save(folder / "000000000139.jpg")
    Image.new("RGB", (8, 8), (9, 9, 9)).save(folder / "000000000785.jpg")
    (tmp_path / "l.csv").write_text("image_id,cat\n139,1\n785,1\n")
    assert load_own(path=tmp_path / "l.csv", images=folder, test_share=0.5).has_images


def test_images_named_in_a_column(tmp_path, labels, image_folder):
    names = [f"images/i{row}.png" for row in range(200)]
    path = write_csv(tmp_path / "n.csv", labels, image=names)
    assert load_own(path=path, images=tmp_path, side=16).image(5).shape == (16, 16, 3)
    assert not load_own(path=path).has_images


def test_a_changed_image_changes_the_fingerprint(csv_path, image_folder):
    first = load_own(path=csv_path, images=image_folder).fingerprint
    assert load_own(path=csv_path, images=image_folder).fingerprint == first
    assert load_own(path=csv_path).fingerprint != first
    Image.new("RGB", (30, 30)).save(image_folder / "i0.png")
    assert load_own(path=csv_path, images=image_folder).fingerprint != first


def test_missing_images_are_named(csv_path, image_folder, tmp_path):
    (image_folder / "i5.png").unlink()
    with pytest.raises(DataError, match=r"1 image is not in .*images; the first is i5 \(id i5\)"):
        load_own(path=csv_path, images=image_folder)
    (image_folder / "i9.png").unlink()
    with pytest.raises(DataError, match=r"2 of 200 images are not in"):
        load_own(path=csv_path, images=image_folder)
    with pytest.raises(DataError, match="is not a folder"):
        load_own(path=csv_path, images=tmp_path / "none")


def test_a_damaged_image_is_named_when_it_is_read(csv_path, image_folder):
    (image_folder / "i5.png").write_bytes(b"\x89PNG\r\n\x1a\nrest")
    dataset = load_own(path=csv_path, images=image_folder)
    with pytest.raises(DataError, match=r"i5\.png is damaged"):
        dataset.image(5)


def test_a_voc_folder_brings_its_images(tmp_path):
    for name in ("Annotations", "JPEGImages"):
        (tmp_path / name).mkdir()
    for stem, label in (("a", "cat"), ("b", "dog"), ("c", "cat"), ("d", "dog")):
        content = f"<annotation><filename>{stem}.jpg</filename><object><name>{label}</name></object></annotation>"
        (tmp_path / "Annotations" / f"{stem}.xml").write_text(content)
        Image.new("RGB", (8, 8)).save(tmp_path / "JPEGImages" / f"{stem}.jpg")
    assert load_own(path=tmp_path, side=16).image(1).shape == (16, 16, 3)
    (tmp_path / "JPEGImages" / "d.jpg").unlink()
    dataset = load_own(path=tmp_path)
    assert not dataset.has_images
    assert any(note.startswith("No images: 1 image is not in") for note in dataset.notes)
