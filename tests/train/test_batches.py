"""Batches come in order, whole, from memory or from disk; scores come from the rows that were asked for."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from dbl_core.config import TrainConfig
from dbl_core.losses import build_loss
from dbl_core.train import batches as feeding
from dbl_core.train import evaluate
from dbl_core.train.batches import epoch_batches, resident
from dbl_core.train.evaluate import predict, sample_rows
from dbl_core.train.loop import Trainer
from dbl_core.train.model import build_model
from tests.train.problems import solvable

CPU = torch.device("cpu")


def test_an_epoch_is_the_rows_that_were_drawn():
    inputs, targets = torch.arange(40).view(10, 4), torch.arange(10)
    drawn = torch.tensor([3, 3, 9, 0, 1])
    got = list(epoch_batches(inputs, targets, drawn, batch_size=2, device=CPU))
    assert [len(batch) for batch, _ in got] == [2, 2, 1]
    assert torch.equal(torch.cat([batch for batch, _ in got]), inputs[drawn])
    assert torch.equal(torch.cat([wanted for _, wanted in got]), drawn)


@pytest.mark.parametrize("n_parts", [0, 1, 2, 5])
def test_gathering_ahead_gives_the_same_batches(tmp_path, n_parts):
    np.save(tmp_path / "images.npy", np.arange(60, dtype=np.uint8).reshape(20, 3))
    inputs = torch.from_numpy(np.load(tmp_path / "images.npy", mmap_mode="c"))
    parts = [torch.tensor([part, 19 - part, 7]) for part in range(n_parts)]
    got = list(feeding._gathered_ahead(inputs, parts, CPU))
    assert [batch.tolist() for batch in got] == [inputs[rows].tolist() for rows in parts]


def test_a_reader_that_leaves_early_leaves_no_thread_waiting():
    inputs = torch.arange(10)
    stream = feeding._gathered_ahead(inputs, list(inputs.split(2)), CPU)
    assert next(stream).tolist() == [0, 1]
    stream.close()
    assert list(stream) == []


class Card(torch.Tensor):
    """Images that remember that they were sent to a GPU."""

    def to(self, device):
        return ("on the GPU", device.type, len(self))


@pytest.mark.parametrize(
    ("free_images", "where"),
    [(1000, [True, True]), (481, [True, True]), (479, [True, False]), (300, [False, True]), (100, [False, False])],
)
def test_images_lie_on_the_gpu_as_far_as_they_fit_in_half_of_its_memory(monkeypatch, free_images, where):
    data = solvable(images=True)  # 160 and 80 images
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (free_images * data.train_inputs[0].nbytes, 0))
    data = SimpleNamespace(
        has_images=True,
        train_inputs=data.train_inputs.as_subclass(Card),
        test_inputs=data.test_inputs.as_subclass(Card),
    )
    placed = resident(data, torch.device("cuda"))
    assert [isinstance(inputs, tuple) for inputs in placed] == where
    assert resident(data, CPU) == (data.train_inputs, data.test_inputs)


def test_a_sample_is_the_same_every_time_and_never_more_than_there_is():
    first, again = sample_rows(1000, 100), sample_rows(1000, 100)
    assert np.array_equal(first, again)
    assert len(np.unique(first)) == 100
    assert np.array_equal(first, np.sort(first))
    assert sample_rows(100, 100) == sample_rows(100, None) == slice(None)


def test_the_rows_of_a_sample_are_scored_as_among_all():
    data = solvable(images=True)
    model = build_model(TrainConfig(mode="finetune"), data)
    rows = sample_rows(80, 9)
    whole, some = (predict(model, data.test_inputs, CPU, rows=part) for part in (slice(None), rows))
    assert torch.allclose(whole[rows], some, atol=1e-4)
    assert predict(model, data.test_inputs[:0], CPU).shape == (0, 3)


def test_pixels_decide_how_many_images_are_scored_at_once():
    sizes = {side: evaluate.batch_rows(torch.empty(0, side, side, 3), CPU) for side in (64, 224, 4096)}
    assert sizes == {64: 256, 224: 20, 4096: 1}
    assert evaluate.batch_rows(torch.empty(0, 320), CPU) == 256


@pytest.fixture(scope="module")
def sampled_run():
    """Two epochs on pixels, with samples smaller than the splits: the records, the trainer, the logits of epoch 1."""
    with pytest.MonkeyPatch.context() as patch:
        for name, most in (("CURVE_TEST_IMAGES", 50), ("CURVE_TRAIN_IMAGES", 30)):
            patch.setattr(f"dbl_core.train.loop.{name}", most)
        data, config = solvable(images=True), TrainConfig(mode="scratch", epochs=2, max_steps=2, batch_size=8)
        loss = build_loss("db", label_counts=data.label_counts, n_samples=160)
        trainer = Trainer(build_model(config, data), loss, data=data, config=config, device=CPU)
        records, logits = [], []
        for record in trainer.epochs():
            records.append(record)
            logits.append((trainer.test_logits, trainer.train_logits))
    return records, logits


def test_a_backbone_that_learns_is_scored_on_a_sample_until_the_last_epoch(sampled_run):
    records, logits = sampled_run
    assert [record["test_images"] for record in records] == [50, 80]
    assert [(len(test), len(train)) for test, train in logits] == [(50, 30), (80, 160)]


def test_what_a_sample_says_is_about_its_own_labels(sampled_run):
    (first, _), ((scores, _), _) = sampled_run
    labels = solvable(images=True).test_labels[sample_rows(80, 50)]
    assert first["ap"] == evaluate.score_report(labels, scores.numpy(), np.array([1, 1, 1]))["ap"]


def test_heads_are_scored_on_everything_after_every_epoch():
    data, config = solvable(), TrainConfig(epochs=2, max_steps=2)
    loss = build_loss("db", label_counts=data.label_counts, n_samples=160)
    trainer = Trainer(build_model(config, data), loss, data=data, config=config, device=CPU)
    assert [record["test_images"] for record in trainer.epochs()] == [80, 80]


@pytest.mark.filterwarnings("ignore:Synchronization debug mode is a prototype:UserWarning")
@pytest.mark.skipif(not torch.cuda.is_available(), reason="only a GPU can be waited for")
@pytest.mark.parametrize("share", [0.5, 0.0], ids=["on the GPU", "gathered ahead"])
@pytest.mark.parametrize("train", [{}, {"mixup": 0.2, "ema": 0.9, "optimizer": "adamw"}], ids=str)
def test_no_step_waits_for_the_gpu(monkeypatch, share, train):
    monkeypatch.setattr(feeding, "SHARE_FOR_IMAGES", share)
    data, config = solvable(images=True), TrainConfig(mode="scratch", epochs=1, max_steps=6, batch_size=8, **train)
    loss = build_loss("db_focal", label_counts=data.label_counts, n_samples=160)
    device = torch.device("cuda")
    trainer = Trainer(build_model(config, data), loss, data=data, config=config, device=device)
    assert trainer.train_inputs.is_cuda is bool(share)

    def watch(done, total):
        torch.cuda.set_sync_debug_mode("error" if 0 < done < total - 1 else "default")

    try:
        (record,) = trainer.epochs(watch)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert np.isfinite(record["train_loss"])
