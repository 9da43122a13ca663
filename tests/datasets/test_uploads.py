"""What may be uploaded, what is kept of it, and which names from outside lead to a file."""

import io
import shutil

import numpy as np
import pytest

from dbl_core.datasets import own_files, uploads
from dbl_core.datasets.own import load_own
from dbl_core.errors import DataError

GOOD = b"id,cat,dog\n" + b"".join(b"i%d,%d,%d\n" % (i, i % 2, i % 3 == 0) for i in range(40))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def kept(folder):
    return sorted(path.name for path in (folder / "uploads").iterdir()) if (folder / "uploads").is_dir() else []


def test_an_upload_is_kept_under_its_name_and_listed(folder):
    assert uploads.save_upload([("labels.csv", GOOD)]) == "labels.csv"
    assert kept(folder) == ["labels.csv"]
    (file,) = own_files.list_files()
    assert (file.name, file.size, file.uploaded, file.is_folder) == ("labels.csv", len(GOOD), True, False)
    assert own_files.resolve("labels.csv") == file.path
    assert own_files.name_of(file.path) == "labels.csv"
    assert load_own(path=file.path).n_labels == 2


def test_no_upload_replaces_another(folder):
    names = [uploads.save_upload([("labels.csv", GOOD)]) for _ in range(3)]
    assert names == ["labels.csv", "labels-2.csv", "labels-3.csv"]
    (folder / "mine.csv").write_bytes(GOOD)
    assert uploads.save_upload([("mine.csv", GOOD)]) == "mine-2.csv"


def test_labels_and_features_stay_together(folder):
    labels = (np.arange(60).reshape(20, 3) % 7 < 2).astype(np.uint8)
    parts = [("x_features.npz", npz(X=np.ones((20, 4)))), ("x_labels.npz", npz(labels=labels))]
    assert uploads.save_upload(parts) == "x_labels.npz"
    assert uploads.save_upload(parts) == "x-2_labels.npz"
    assert kept(folder) == ["x-2_features.npz", "x-2_labels.npz", "x_features.npz", "x_labels.npz"]
    assert load_own(path=own_files.resolve("x-2_labels.npz")).features.shape == (20, 4)
    assert [file.name for file in own_files.list_files()] == ["x-2_labels.npz", "x_labels.npz"]
    uploads.delete_upload("x_labels.npz")
    assert kept(folder) == ["x-2_features.npz", "x-2_labels.npz"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", b"id;cat\n1;0\n2;nan\n3;1\n", "a.csv"),
        ("a.csv", GOOD.replace(b",0,", b",NaN,"), "a.csv"),
        ("a.csv", b"id,<b>cat</b>,<b>cat</b>\n1,0,1\n", "a.csv"),
        ("a.csv", b"", "empty"),
        ("a.csv", b"id,cat\n1,0\n", "1 rows to divide, too few"),
        ("a.npz", npz(labels=np.array([[1, "x"]], dtype=object)), "a.npz"),
        ("a.npz", b"PK\x03\x04 nonsense", "a.npz"),
        ("a.pkl", b"\x80\x04K\x01.", "pickle"),
        ("a.html", b"<!doctype html><html>", "web page"),
        ("a.json", b'{"pos_counts": {"cat": 10}, "num_samples": 9}', "more than num_samples"),
        ("a.arff", b"@relation x\n@attribute a {0,1}\n@data\n1\n", "a.arff"),
    ],
)
def test_what_cannot_be_read_leaves_nothing(folder, name, content, sentence):
    with pytest.raises(DataError, match=sentence) as caught:
        uploads.save_upload([(name, content)])
    assert str(folder) not in str(caught.value)
    assert kept(folder) == []


def test_two_hundred_megabytes_are_refused_before_anything_is_written(folder):
    with pytest.raises(DataError, match=r"big.csv has 200 MB, an upload may have 64 MB"):
        uploads.save_upload([("big.csv", memoryview(bytearray(200 * 2**20)))])
    assert kept(folder) == []


def test_uploads_together_are_bounded(folder, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_UPLOADS", 1)
    uploads.save_upload([("a.csv", GOOD)])
    with pytest.raises(DataError, match=r"1 uploads of .* are kept already: delete some"):
        uploads.save_upload([("b.csv", GOOD)])
    assert kept(folder) == ["a.csv"]


def test_files_that_do_not_belong_together_are_refused(folder):
    for parts, sentence in (
        ([("a.csv", GOOD), ("b.csv", GOOD)], "2 label files came at once"),
        ([("a.csv", GOOD), ("a.xml", b"<labels/>")], "a.xml does not belong to a.csv"),
        ([("a.xml", b"<labels/>")], "0 label files"),
    ):
        with pytest.raises(DataError, match=sentence):
            uploads.save_upload(parts)
    assert kept(folder) == []


def test_a_full_disk_is_a_sentence_and_leaves_nothing(folder, monkeypatch):
    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(DataError, match="No space left on device"):
        uploads.save_upload([("a.csv", GOOD)])
    assert kept(folder) == []


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\labels.csv", "labels.csv"),
        (".hidden.csv", "hidden.csv"),
        ("<img src=x>.csv", "_img src_x_.csv"),
        ("Übung 1.csv", "Übung 1.csv"),
        ("...", "labels"),
        ("x" * 300 + ".csv.gz", "x" * 48 + ".csv.gz"),
        ("set v1.2 (new).csv", "set v1.2 _new_.csv"),
        ("a\nb\0.csv", "a_b_.csv"),
    ],
)
def test_names_are_made_safe(name, safe):
    assert uploads.safe_name(name) == safe


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x.csv", "a/b.csv", "a\\b.csv", ".hidden", "a\0b", "a\nb", "x" * 256, "..%2Fx/", None]
)
def test_a_name_from_outside_is_never_a_path(name):
    with pytest.raises(ValueError, match="is not the name of a file of yours"):
        own_files.resolve(name)


def test_links_out_are_refused_and_not_listed(folder, tmp_path):
    (tmp_path / "secret.csv").write_bytes(GOOD)
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(ValueError, match="leads out of the data folder"):
        own_files.resolve("link.csv")
    assert not own_files.is_own(folder / "link.csv")
    assert not own_files.is_own(tmp_path / "secret.csv")
    assert not own_files.is_own(folder / "uploads" / ".." / ".." / "secret.csv")
    assert own_files.name_of(tmp_path / "secret.csv") == ""
    assert own_files.list_files() == ()


def test_what_is_put_by_hand_is_listed_but_not_deleted(folder):
    (folder / "hand.csv").write_bytes(GOOD)
    (folder / "photos").mkdir()
    (folder / "set" / "annotations").mkdir(parents=True)
    (folder / "set" / "annotations" / "instances_train.json").write_text("{}")
    (folder / "voc").mkdir()
    assert [(file.name, file.is_folder) for file in own_files.list_files()] == [("hand.csv", False), ("set", True)]
    assert own_files.list_folders() == ("photos", "set")
    for name in ("hand.csv", "set"):
        with pytest.raises(ValueError, match="was not uploaded"):
            uploads.delete_upload(name)


def test_a_file_that_is_gone_has_a_place_but_no_file(folder):
    assert not own_files.resolve("gone.csv").exists()
    uploads.delete_upload("gone.csv")


def test_the_stamp_follows_the_file_and_what_belongs_to_it(folder):
    uploads.save_upload([("x_labels.npz", npz(labels=np.eye(20, 3, dtype=np.uint8)))])
    path = own_files.resolve("x_labels.npz")
    before = own_files.stamp(path)
    path.with_name("x_features.npz").write_bytes(npz(X=np.ones((20, 2))))
    assert own_files.stamp(path) != before
    shutil.rmtree(folder / "uploads")
    assert own_files.stamp(path) == ""


def test_a_subset_of_what_is_read_already_equals_the_one_read_anew(folder):
    rng = np.random.default_rng(0)
    labels = (rng.random((400, 4)) < [0.6, 0.4, 0.3, 0.2]).astype(np.uint8)
    uploads.save_upload([("x.npz", npz(labels=labels))])
    path = own_files.resolve("x.npz")
    options = {"ratio": 20, "profile": "exponential", "seed": 3}
    anew, reused = load_own(path=path, **options), own_files.own_subset(load_own(path=path), **options)
    assert np.array_equal(anew.train_rows, reused.train_rows)
    assert np.array_equal(anew.asked, reused.asked)
    assert np.array_equal(anew.test_rows, reused.test_rows)
    assert (anew.notes, anew.fingerprint) == (reused.notes, reused.fingerprint)
