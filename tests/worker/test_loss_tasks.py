"""What the worker answers about cells and images: the core's records, at logit 0 or at those of a run."""

import json

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from dbl_core.datasets import load_dataset
from dbl_core.errors import RunError
from dbl_core.losses import LOSSES, build_loss
from dbl_core.runs.paths import RunPaths
from dbl_core.stats.chances import SHARES_OF
from dbl_core.worker.loss_tasks import anatomy, cell_table
from dbl_core.worker.tasks import perform

LOSS = {"name": "db_focal", "options": {"mu": 0.4}}


@pytest.fixture(scope="module")
def data():
    return load_dataset()


@pytest.fixture
def run(tmp_path, data):
    logits = np.random.default_rng(1).normal(-1, 2, (data.n_train, data.n_labels)).astype(np.float16)
    save_file({"logits": logits, "train_rows": data.train_rows.copy()}, RunPaths(tmp_path).train_logits)
    return str(tmp_path), logits.astype(np.float32)


@pytest.mark.parametrize("name", LOSSES)
def test_cells_come_with_distributions_and_the_balance_of_every_sampler(name):
    answer = perform("cell_table", {"loss": {"name": name}})
    json.dumps(answer, allow_nan=False)
    assert set(answer["balance"]) == set(SHARES_OF)
    assert {record["measure"] for record in answer["distributions"]} >= {"gradient"}
    assert len(answer["labels"]) == 20
    assert len(json.dumps(answer)) < 100_000


def test_cells_at_the_logits_of_a_run(run, data):
    folder, logits = run
    table = cell_table(loss=LOSS, run=folder)
    loss = build_loss("db_focal", label_counts=data.label_counts, n_samples=data.n_train, mu=0.4)
    expected = loss(torch.tensor(logits), torch.tensor(data.labels[data.train_rows]))
    assert table["mean_loss"] == pytest.approx(expected.item(), rel=1e-5)


def test_a_run_that_was_trained_again_is_read_again(run):
    folder, _ = run
    first = cell_table(loss=LOSS, run=folder)["mean_loss"]
    path = RunPaths(folder).train_logits
    rows = load_dataset().train_rows.copy()
    save_file({"logits": np.zeros((len(rows), 20), np.float16), "train_rows": rows}, path)
    assert cell_table(loss=LOSS, run=folder)["mean_loss"] == cell_table(loss=LOSS)["mean_loss"] != first


def test_anatomy_of_an_image_with_terms_taken_out(run, data):
    folder, logits = run
    row = 700
    answer = anatomy(loss=LOSS, row=row, run=folder, off=["tolerance"])
    json.dumps(answer, allow_nan=False)
    assert answer["config"]["name"] == "r_bce_focal"
    assert answer["config"]["options"]["mu"] == 0.4
    assert [one["logit"] for one in answer["classes"]] == pytest.approx(logits[row].tolist())
    assert [one["present"] for one in answer["classes"]] == data.labels[data.train_rows[row]].tolist()
    assert {one["nu"] for one in answer["classes"]} == {0}
    whole = anatomy(loss=LOSS, row=row)
    assert whole["config"] == {"name": "db_focal", "options": {**LOSSES["db_focal"].defaults, "mu": 0.4}}
    assert {one["logit"] for one in whole["classes"]} == {0}


def test_the_sum_over_the_images_is_the_table(data):
    images = [anatomy(loss=LOSS, row=row)["loss"] for row in range(0, data.n_train, 100)]
    loss = build_loss("db_focal", label_counts=data.label_counts, n_samples=data.n_train, reduction="none", mu=0.4)
    labels = torch.tensor(data.labels[data.train_rows[::100]])
    assert images == pytest.approx(loss(torch.zeros(labels.shape), labels).sum(1).tolist(), rel=1e-5)


def test_bad_questions_are_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="image 1142 of the training set must be from 0 to 1141"):
        anatomy(loss=LOSS, row=1142)
    with pytest.raises(ValueError, match="no term 'alpha' to switch off"):
        anatomy(loss=LOSS, row=0, off=["alpha"])
    with pytest.raises(RunError, match="kept no logits of its training images; launch it again"):
        cell_table(loss=LOSS, run=str(tmp_path))
    with pytest.raises(ValueError, match="must be a name and its options"):
        anatomy(loss={"title": "bce"}, row=0)
