"""NPZ files: the layouts that are read, and archives that mean harm."""

import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from scipy import sparse

from dbl_core.datasets.files import archive, limits, read_label_file
from dbl_core.errors import DataError

LABELS = np.array([[1, 0], [0, 1], [1, 1]], dtype=np.uint8)


@pytest.fixture
def npz(tmp_path):
    """Saves arrays and gives the path."""

    def save(name="set.npz", **arrays):
        np.savez_compressed(tmp_path / name, **arrays)
        return tmp_path / name

    return save


def refused(path, **options):
    with pytest.raises(DataError) as caught:
        read_label_file(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_everything_at_once(npz):
    table = read_label_file(
        npz(
            labels=LABELS,
            label_names=["cat", "dog"],
            features=np.arange(6.0).reshape(3, 2),
            ids=["a", "b", "c"],
            image_names=["a.jpg", "b.jpg", "c.jpg"],
            split=["train", "train", "test"],
        )
    )
    assert table.labels.tolist() == LABELS.astype(bool).tolist()
    assert table.label_names == ("cat", "dog")
    assert table.features.dtype == np.float32
    assert table.features.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert table.n_inputs == 2
    assert table.ids.tolist() == ["a", "b", "c"]
    assert table.image_names.tolist() == ["a.jpg", "b.jpg", "c.jpg"]
    assert table.split.tolist() == ["train", "train", "test"]
    assert table.notes == ()


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float32, np.float64])
def test_any_number_type_of_0_and_1(npz, dtype):
    table = read_label_file(npz(Y=LABELS.astype(dtype)))
    assert table.labels.dtype == bool
    assert table.label_names == ("label 1", "label 2")
    assert table.notes == ("The file does not name its labels.",)


def test_integer_ids_and_byte_names(npz):
    table = read_label_file(npz(Y=LABELS, ids=np.array([7, 8, 9]), label_names=np.array([b"cat", b"dog"])))
    assert table.ids.tolist() == ["7", "8", "9"]
    assert table.label_names == ("cat", "dog")


def test_features_beside_the_labels(npz):
    path = npz("birds_labels.npz", Y=LABELS)
    assert read_label_file(path).features is None
    npz("birds_features.npz", X=np.ones((3, 4)))
    assert read_label_file(path).features.shape == (3, 4)
    assert "Features are from birds_features.npz." in read_label_file(path).notes
    npz("birds_features.npz", X=np.ones((2, 4)))
    assert "3 rows of labels but 2 of features" in refused(path)
    assert "open the file of labels" in refused(path.with_name("birds_features.npz"))


def test_sparse_features_beside_the_labels(npz, tmp_path, monkeypatch):
    path = npz("text_labels.npz", Y=LABELS)
    sparse.save_npz(tmp_path / "text_features_csr.npz", sparse.csr_array(np.eye(3, 5)))
    table = read_label_file(path)
    assert (table.features == np.eye(3, 5)).all()
    assert table.n_inputs == 5
    from dbl_core.datasets.files import npz as npz_module

    monkeypatch.setattr(npz_module, "MAX_FEATURE_CELLS", 14)
    table = read_label_file(path)
    assert (table.features, table.n_inputs) == (None, 5)
    assert "left out" in table.notes[1]


def test_a_sparse_label_matrix(tmp_path):
    sparse.save_npz(tmp_path / "y.npz", sparse.csr_matrix(LABELS))
    assert read_label_file(tmp_path / "y.npz").labels.tolist() == LABELS.astype(bool).tolist()
    sparse.save_npz(tmp_path / "two.npz", sparse.csr_matrix(2 * LABELS))
    assert "holds 2" in refused(tmp_path / "two.npz")
    sparse.save_npz(tmp_path / "csc.npz", sparse.csc_matrix(LABELS))
    assert "csr" in refused(tmp_path / "csc.npz")


@pytest.mark.parametrize(
    "change",
    [
        {"indices": np.array([0, 1, 0, 9])},
        {"indices": np.array([0, -1, 0, 1])},
        {"indptr": np.array([0, 1, 9, 4])},
        {"indptr": np.array([0, 4])},
        {"shape": np.array([3, 0])},
        {"shape": np.array([3, 10**12])},
        {"shape": np.array([3.0, 2.0])},
    ],
)
def test_a_sparse_matrix_that_does_not_fit_together(npz, change):
    parts = {"format": np.array(b"csr"), "data": np.ones(4, bool), "indices": np.array([0, 1, 0, 1])}
    parts |= {"indptr": np.array([0, 1, 2, 4]), "shape": np.array([3, 2])}
    assert read_label_file(npz(**parts)).labels.tolist() == LABELS.astype(bool).tolist()
    assert "not fit together" in refused(npz(**parts | change))


def test_two_parts(npz):
    halves = {"Y_train": LABELS, "Y_test": LABELS[:1], "X_train": np.ones((3, 4)), "X_test": np.zeros((1, 4))}
    table = read_label_file(npz(**halves))
    assert table.split.tolist() == ["train"] * 3 + ["test"]
    assert table.features[:, 0].tolist() == [1, 1, 1, 0]
    assert "Y_train has 2 labels, but Y_test has 1" in refused(npz(**halves | {"Y_test": LABELS[:, :1]}))
    assert "differ in their number of features" in refused(npz(**halves | {"X_test": np.zeros((1, 5))}))


@pytest.mark.parametrize(
    ("arrays", "part"),
    [
        ({"Y": LABELS + 1}, "row 0, column 0 holds 2"),
        ({"Y": np.array([[1.0, np.nan]])}, "row 0, column 1 holds nan"),
        ({"Y": np.array([["1", "0"]])}, "0 or 1"),
        ({"Y": np.zeros((0, 2))}, "at least one row"),
        ({"Y": np.zeros((2, 0))}, "at least one row and one column"),
        ({"Y": LABELS[0]}, "must have 2 dimensions"),
        ({"Z": LABELS}, "needs an array 'labels' or 'Y' and has Z"),
        ({"X": LABELS}, "holds features"),
        ({"Y": LABELS, "label_names": ["cat"]}, "2 labels, but 1 label names"),
        ({"Y": LABELS, "label_names": ["cat", "cat"]}, "label_names[1] repeats"),
        ({"Y": LABELS, "label_names": ["cat", ""]}, "label_names[1] is empty"),
        ({"Y": LABELS, "label_names": ["cat", "<b>"]}, "HTML"),
        ({"Y": LABELS, "label_names": ["cat", "x" * 10_000]}, "10,000 characters"),
        ({"Y": LABELS, "label_names": [0.5, 1.5]}, "must hold text"),
        ({"Y": LABELS, "label_names": np.array([b"\xff", b"x"])}, "not UTF-8"),
        ({"Y": LABELS, "ids": ["a", "b"]}, "3 rows of labels but 2 of ids"),
        ({"Y": LABELS, "ids": ["a", "b", "a"]}, "row 3 repeats the id 'a' of row 1"),
        ({"Y": LABELS, "ids": ["a", "b", "../c"]}, "row 3 leads out"),
        ({"Y": LABELS, "X": np.full((3, 2), np.nan)}, "feature 1 of row 1 is nan"),
        ({"Y": LABELS, "X": np.full((3, 2), 1e300)}, "feature 1 of row 1 is inf"),
        ({"Y": LABELS, "X": np.full((3, 2), "a")}, "must be numbers"),
        ({"Y": LABELS, "X": np.zeros(3)}, "must have 2 dimensions"),
        ({"Y": LABELS, "split": ["train", "x", "test"]}, "row 2 holds the split 'x'"),
    ],
)
def test_bad_arrays(npz, arrays, part):
    assert part in refused(npz(**arrays))


def test_label_on_all_rows_is_noted(npz):
    assert "Label 'a' is on all rows." in read_label_file(npz(Y=[[1, 0], [1, 1]], label_names=["a", "b"])).notes


def test_pickle_is_never_loaded(npz, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "owned"), "w"))

    path = npz(Y=LABELS, label_names=np.array([Bomb(), "x"], dtype=object))
    assert "pickle" in refused(path)
    assert not (tmp_path / "owned").exists()


def forged(path, name, content, *, claimed=None):
    """An NPZ file with one member of any bytes, whose header may claim another size."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
    if claimed is not None:
        raw = path.read_bytes().replace(struct.pack("<I", len(content)), struct.pack("<I", claimed))
        path.write_bytes(raw)
    return path


def npy_bytes(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_ARCHIVE_BYTES", 2**20)
    path = forged(tmp_path / "bomb.npz", "Y.npy", npy_bytes(np.zeros((2**13, 2**13), dtype=np.uint8)))
    assert path.stat().st_size < 2**18
    tracemalloc.start()
    assert "claims to unpack to 64 MB" in refused(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2**20


def test_a_size_that_cannot_be(tmp_path):
    content = npy_bytes(LABELS)
    assert "claims to unpack" in refused(forged(tmp_path / "x.npz", "Y.npy", content, claimed=900 * 2**20))


def test_a_header_that_claims_more_than_there_is(tmp_path):
    content = npy_bytes(LABELS).replace(b"(3, 2)", b"(9999999, 9999999)")
    tracemalloc.start()
    assert "damaged" in refused(forged(tmp_path / "x.npz", "Y.npy", content))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2**20


@pytest.mark.parametrize(
    ("arrays", "part"),
    [
        ({"Y": np.zeros((1, 3_000_000), bool)}, "more than 20,000 labels"),
        ({"Y": np.zeros((3_000_001, 1), bool)}, "more than 3,000,000 rows"),
        ({"Y_train": LABELS, "Y_test": np.zeros((3_000_001, 2), bool)}, "more than 3,000,000 rows"),
        ({"Y": LABELS, "ids": np.full(3_000_001, b"a")}, "more than 3,000,000 entries of 'ids'"),
    ],
)
def test_a_few_kilobytes_of_nothing_become_no_millions_of_names(npz, arrays, part):
    path = npz(**arrays)
    assert path.stat().st_size < 40_000
    tracemalloc.start()
    assert part in refused(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 * 2**20  # a name takes some 60 bytes


def test_an_array_of_empty_text_may_not_claim_a_length(tmp_path):
    content = npy_bytes(LABELS[:0]).replace(b"'|u1'", b"'<U0'").replace(b"(0, 2)", b"(9, 2)")
    assert "its header says <U0 of shape (9, 2)" in refused(forged(tmp_path / "x.npz", "Y.npy", content))


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x09\x00rest"])
def test_members_that_are_no_arrays(tmp_path, content):
    assert "damaged" in refused(forged(tmp_path / "x.npz", "Y.npy", content))


def test_damaged_archives(npz):
    path = npz(Y=np.random.default_rng(0).integers(0, 2, (500, 20)))
    whole = path.read_bytes()
    path.write_bytes(whole[:-200])
    assert "damaged or cut off" in refused(path)
    path.write_bytes(whole[:200] + bytes(50) + whole[250:])
    assert "damaged" in refused(path)


def test_other_packings_and_many_members(tmp_path):
    with zipfile.ZipFile(tmp_path / "b.npz", "w", zipfile.ZIP_BZIP2) as file:
        file.writestr("Y.npy", npy_bytes(LABELS))
    assert "savez_compressed" in refused(tmp_path / "b.npz")
    with zipfile.ZipFile(tmp_path / "m.npz", "w") as file:
        for k in range(70):
            file.writestr(f"a{k}.npy", b"")
    assert "70 members" in refused(tmp_path / "m.npz")


def test_uploads_are_measured_first(npz):
    path = npz(Y=LABELS)
    with path.open("r+b") as file:
        file.truncate(200 * 2**20)
    assert "at most 64 MB are read" in refused(path, max_bytes=limits.MAX_UPLOAD_BYTES)


@pytest.mark.parametrize(
    ("name", "shape", "n_inputs"),
    [("birds", (645, 19), 260), ("corel5k", (5000, 374), 499), ("medical", (978, 45), 1449), ("scene", (2407, 6), 294)],
)
def test_real_sets(shared_dir, name, shape, n_inputs):
    table = read_label_file(shared_dir / f"data/mld/{name}_labels.npz")
    assert table.labels.shape == shape
    assert table.features.shape == (shape[0], n_inputs)


def test_real_photographs_features(shared_dir):
    table = read_label_file(shared_dir / "data/coco_small/features_efficientnet_lite0.npz")
    assert table.labels.shape == (492, 80)
    assert table.features.shape == (492, 1280)
    assert (table.split == "train").sum() == 209
