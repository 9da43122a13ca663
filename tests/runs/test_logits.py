"""What a run kept of its training images: read where it fits, refused in a sentence where it does not."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from dbl_core.errors import RunError
from dbl_core.runs import logits as kept
from dbl_core.runs.logits import read_train_logits
from dbl_core.runs.paths import RunPaths

ROWS = np.array([3, 5, 9])


def leave(folder, logits, rows=ROWS, name="logits"):
    save_file({name: logits, "train_rows": rows}, RunPaths(folder).train_logits)
    return folder


def read(folder, rows=ROWS, n_labels=2):
    return read_train_logits(folder, train_rows=rows, n_labels=n_labels)


def test_half_precision_comes_back_as_float32(tmp_path):
    logits = np.array([[0.5, -2], [1, 3], [-8, 65504]], dtype=np.float16)
    found = read(leave(tmp_path, logits))
    assert found.dtype == np.float32
    assert np.array_equal(found, logits)


@pytest.mark.parametrize(
    ("logits", "rows", "words"),
    [
        (np.zeros((3, 4), np.float16), ROWS, "another training set"),
        (np.zeros((2, 2), np.float16), ROWS[:2], "another training set"),
        (np.zeros((3, 2), np.float16), ROWS + 1, "another training set"),
        (np.zeros((3, 2), np.int64), ROWS, "another training set"),
        (np.full((3, 2), np.nan, np.float16), ROWS, "not finite; launch it again"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, logits, rows, words):
    with pytest.raises(RunError, match=words):
        read(leave(tmp_path, logits, rows))


def test_a_run_from_before_says_that_it_kept_none(tmp_path):
    with pytest.raises(RunError, match=r"kept no logits of its training images; launch it again"):
        read(tmp_path)


def test_damage_is_one_sentence(tmp_path):
    RunPaths(tmp_path).train_logits.write_bytes(b"no tensors at all")
    with pytest.raises(RunError, match="is damaged; launch it again"):
        read(tmp_path)
    with pytest.raises(RunError, match="is damaged"):
        read(leave(tmp_path, np.zeros((3, 2), np.float16), name="scores"))


def test_a_huge_file_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "_MOST_BYTES", 10)
    with pytest.raises(RunError, match="larger than any that a run writes"):
        read(leave(tmp_path, np.zeros((3, 2), np.float16)))
