"""Scores of a run and their data set: read together, or refused with a sentence."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from dbl_core.datasets import load_dataset
from dbl_core.errors import RunError
from dbl_core.metrics import average_precision
from dbl_core.runs.kept_scores import kept_scores
from dbl_core.runs.outcome import read_outcome
from dbl_core.runs.paths import RunPaths
from tests.fake_runs import damage, write_run


@pytest.fixture(scope="module")
def dataset():
    return load_dataset("picto-voc")


def test_scores_give_the_ap_of_the_result(tmp_path, dataset):
    folder = write_run(tmp_path / "a")
    kept = kept_scores(folder, dataset)
    ap = [entry.ap for entry in read_outcome(folder).per_class]
    assert average_precision(kept.targets, kept.logits).tolist() == pytest.approx(ap)
    assert kept.label_names == tuple(dataset.label_names)
    assert kept.rows.tolist() == dataset.test_rows.tolist()


ONES = np.ones((3, 20), dtype=np.float32)
ROWS = np.arange(3)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"scores": ONES}, "they do not say of which images"),
        ({"scores": ONES[:, :5].copy(), "test_rows": ROWS}, "other images or classes"),
        ({"scores": ONES, "test_rows": ROWS[:2].copy()}, "other images or classes"),
        ({"scores": ONES, "test_rows": ROWS + 10**9}, "other images or classes"),
        ({"scores": ONES, "test_rows": ROWS - 1}, "other images or classes"),
        ({"scores": ONES, "test_rows": ROWS.astype(np.float32)}, "other images or classes"),
        ({"scores": ONES[:0].copy(), "test_rows": ROWS[:0].copy()}, "other images or classes"),
        ({"scores": ONES * np.nan, "test_rows": ROWS}, "its training has diverged"),
    ],
)
def test_scores_that_do_not_fit_are_refused(tmp_path, dataset, arrays, message):
    folder = write_run(tmp_path / "a", state="stopped")
    save_file(arrays, RunPaths(folder).scores)
    with pytest.raises(RunError, match=f"the scores of run 'a' .*{message}"):
        kept_scores(folder, dataset)


def test_absent_and_damaged_scores_are_refused(tmp_path, dataset):
    folder = write_run(tmp_path / "a")
    damage(folder, "scores")
    with pytest.raises(RunError, match="no readable scores"):
        kept_scores(folder, dataset)
