"""Who is trained together and when, with the thread that trains but without a process."""

import threading
import time

from dbl_core.config import RunConfig
from dbl_core.train import heads
from dbl_core.worker import training
from dbl_core.worker.jobs import Job
from dbl_core.worker.open_question import OpenQuestion
from dbl_core.worker.tasks import perform
from dbl_core.worker.training import Training, choose
from tests.worker.small_data import run, write_data

SOME = {"epochs": 3, "batch_size": 1, "max_steps": None}


class Asked:
    """A question put to the thread, and what it sent."""

    numbers = iter(range(1, 10_000))

    def __init__(self, thread: Training, **arguments: object) -> None:
        self.messages: list[dict] = []
        self.over = threading.Event()
        self.ended_at = 0.0
        request = {"id": next(self.numbers), "task": "train_heads", "arguments": arguments}
        self.job = Job(request, self._hear)
        thread.put(self.job)

    def _hear(self, message: dict) -> None:
        self.messages.append(message)
        if "progress" not in message:
            self.ended_at = time.monotonic()
            self.over.set()

    def answer(self) -> dict:
        assert self.over.wait(60)
        return self.messages[-1]


def opened(path, *seeds: int, **train: object) -> OpenQuestion:
    arguments = {"runs": [run(path, seed=seed, **train) for seed in seeds]}
    job = Job({"id": 1, "task": "train_heads", "arguments": arguments}, lambda message: None)
    entry = OpenQuestion(job, perform("train_heads", arguments))
    entry.prepare()
    return entry


def seeds_of(chosen: dict[str, RunConfig]) -> list[int]:
    return [config.train.seed for config in chosen.values()]


def test_a_short_question_takes_one_head_of_each_other_along(data_file):
    slider, sweep, other = opened(data_file, 1), opened(data_file, *range(10, 30)), opened(data_file, 2)
    assert seeds_of(choose([slider, sweep, other], 16)) == [1, 10, 2]
    assert seeds_of(choose([slider, sweep, other], 2)) == [1, 10]


def test_a_sweep_fills_a_turn_and_takes_the_short_ones_along(data_file):
    sweep, slider = opened(data_file, *range(10, 30)), opened(data_file, 1)
    assert seeds_of(choose([sweep, slider], 6)) == [10, 1, 11, 12, 13, 14]


def test_equal_heads_of_two_questions_are_trained_once(data_file):
    assert seeds_of(choose([opened(data_file, 1, 2), opened(data_file, 2, 1)], 16)) == [1, 2]


def test_only_what_fits_is_trained_together(data_file, tmp_path):
    elsewhere = write_data(tmp_path / "other.npz")
    slider = opened(data_file, 1)
    others = [opened(elsewhere, 2), opened(data_file, 3, batch_size=4), opened(data_file, 4, optimizer="adamw")]
    assert seeds_of(choose([slider, *others, opened(data_file, 5)], 16)) == [1, 5]


def test_who_must_be_alone_is(data_file):
    slider, other = opened(data_file, 1), opened(data_file, 2)
    other.alone = True
    assert seeds_of(choose([slider, other], 16)) == [1]
    assert seeds_of(choose([other, slider], 16)) == [2]


def test_a_training_that_takes_too_long_is_a_sentence(data_file, monkeypatch):
    monkeypatch.setattr(training, "TRAINING_LIMIT_S", 0.05)
    endless = Asked(Training(perform), runs=[run(data_file, epochs=1000, batch_size=1, max_steps=None)])
    answer = endless.answer()
    assert answer["kind"] == "world"
    assert answer["error"].startswith("the training took more than 0.05 s; ask for fewer heads")


def test_a_long_turn_lets_shorter_ones_pass(data_file, monkeypatch):
    monkeypatch.setattr(training, "PASS_AFTER_S", 0.01)
    thread = Training(perform)
    long = Asked(thread, runs=[run(data_file, epochs=1000, batch_size=1, max_steps=None)])
    short = Asked(thread, runs=[run(data_file, seed=1, **SOME)])
    assert "result" in short.answer()
    assert not long.over.is_set()
    long.job.cancel()
    assert "given up" in long.answer()["error"]


def test_one_that_fails_does_not_take_the_others_with_it(data_file, monkeypatch):
    real, started, go = heads.Bundle, threading.Event(), threading.Event()

    class Fragile(real):
        def __init__(self, configs, data):
            if any(config.train.seed == 13 for config in configs):
                raise RuntimeError("no")
            if any(config.train.seed == 7 for config in configs):
                started.set()
                assert go.wait(30)
            super().__init__(configs, data)

    monkeypatch.setattr(heads, "Bundle", Fragile)
    thread = Training(perform)
    first = Asked(thread, runs=[run(data_file, seed=7)])
    assert started.wait(30)
    sound, broken = (Asked(thread, runs=[run(data_file, seed=seed)]) for seed in (14, 13))
    go.set()
    assert "result" in first.answer()
    assert "result" in sound.answer()
    assert "failed (RuntimeError)" in broken.answer()["error"]


def test_many_questions_share_one_training(data_file, monkeypatch):
    calls, started, go = [], threading.Event(), threading.Event()
    real = training.train_heads

    def counting(configs, data, **options):
        calls.append(len(configs))
        started.set()
        assert go.wait(30)
        return real(configs, data, **options)

    monkeypatch.setattr(training, "train_heads", counting)
    thread = Training(perform)
    first = Asked(thread, runs=[run(data_file, seed=0)])
    assert started.wait(30)
    others = [Asked(thread, runs=[run(data_file, seed=seed)]) for seed in range(1, 10)]
    go.set()
    keys = {asked.answer()["result"]["heads"][0]["key"] for asked in [first, *others]}
    assert len(keys) == 10
    assert calls == [1, 9]


def test_questions_that_train_together_are_not_held_up_by_one_more(data_file, monkeypatch):
    """Each is as short as the newcomer, and together they take hardly longer."""
    monkeypatch.setattr(training, "PASS_AFTER_S", 0.0)
    calls, newcomer, started, go = [], [], threading.Event(), threading.Event()
    real = training.train_heads

    def watched(configs, data, **options):
        calls.append((len(configs), options["threads"]))
        started.set()
        assert go.wait(30)
        if len(configs) == 3:
            newcomer.append(Asked(thread, runs=[run(data_file, seed=9, **SOME)]))
        return real(configs, data, **options)

    monkeypatch.setattr(training, "train_heads", watched)
    thread = Training(perform)
    first = Asked(thread, runs=[run(data_file, seed=0, **SOME)])
    assert started.wait(30)
    others = [Asked(thread, runs=[run(data_file, seed=seed, **SOME)]) for seed in (1, 2, 3)]
    go.set()
    assert all("result" in asked.answer() for asked in [first, *others])
    assert "result" in newcomer[0].answer()
    assert newcomer[0].ended_at >= max(asked.ended_at for asked in others)
    assert calls == [(1, 1), (3, 1), (1, 1)]
