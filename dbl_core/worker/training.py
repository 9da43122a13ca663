"""The thread of the worker that trains heads: all questions that wait share it, a bundle of heads at a time.

A question is never trained whole before the next one: each turn takes one bundle of heads, as many as train together at
little more than the cost of one, from the questions that fit together. Ten sessions that each move a slider are so
answered by one training, and a sweep of hundreds of heads lets them pass between its bundles.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from dbl_core.errors import WorkerError
from dbl_core.train import heads
from dbl_core.worker.data import HeadData, head_data_of
from dbl_core.worker.head_tasks import HeadQuestion, TrainedHead, head_key, size_of
from dbl_core.worker.jobs import MOST_WAITING, Cancelled, Job, too_many
from dbl_core.worker.kept import Kept

TRAINING_LIMIT_S = 120.0
"""Seconds of training that one question may take."""
SCORES_BYTES = 64 * 2**20
"""Trained heads that are kept, so that the same question needs no training again."""


class _Abandoned(Exception):  # noqa: N818 - an event inside this module
    """Nobody waits for any head of the bundle."""


class _Open:
    """A question that is not answered yet.

    Attributes:
        job: Who asked.
        question: What is needed.
        data: What it trains on; None until it was its turn.
        keys: Names of its heads.
        records: What became of the heads that are there, by name.
        seconds: Training spent on it.
    """

    def __init__(self, job: Job, question: HeadQuestion) -> None:
        self.job, self.question = job, question
        self.data: HeadData | None = None
        self.keys: list[str] = []
        self.records: dict[str, Any] = {}
        self.seconds = 0.0

    def prepare(self) -> None:
        """Load its data and name its heads."""
        self.data = head_data_of(self.question.configs[0], self.job.progress)
        self.keys = [head_key(config, self.data) for config in self.question.configs]

    def missing(self) -> dict[str, Any]:
        """Configurations of the heads that are not there yet, by name."""
        wanted = dict(zip(self.keys, self.question.configs, strict=True))
        return {key: config for key, config in wanted.items() if key not in self.records}

    def take(self, head: TrainedHead) -> None:
        """Use a trained head."""
        if head.key in self.keys and head.key not in self.records:
            self.records[head.key] = self.question.record(head, self.data)

    def answer(self) -> Any:
        """The answer, once all heads are there."""
        return self.question.finish([self.records[key] for key in self.keys], self.data, self.seconds)

    def tell(self, step: int, n_steps: int, in_bundle: int) -> None:
        """Report progress in steps of heads.

        Raises:
            Cancelled: If nobody waits any more.
        """
        n_heads = len(set(self.keys))
        done = (n_heads - len(self.missing())) * n_steps + in_bundle * step
        self.job.progress("training", done, n_heads * n_steps)


class Training:
    """The training thread and the questions it has to answer.

    Args:
        question_of: From a task and its arguments to what it needs; what it raises becomes the sentence.
    """

    def __init__(self, question_of: Callable[[str, Any], HeadQuestion]) -> None:
        self._question_of = question_of
        self._news = threading.Condition()
        self._open: list[_Open] = []
        self._turns = 0
        self._trained: Kept[TrainedHead] = Kept(SCORES_BYTES)
        threading.Thread(target=self._work, name="training", daemon=True).start()

    def put(self, job: Job) -> None:
        """Queue a question; a bad one is refused at once."""
        try:
            question = self._question_of(job.task, job.arguments)
        except Exception as error:
            job.refuse(error)
            return
        with self._news:
            if len(self._open) >= MOST_WAITING:
                job.refuse(too_many())
                return
            self._open.append(_Open(job, question))
            self._news.notify()

    def _work(self) -> None:
        while True:
            with self._news:
                while not self._open:
                    self._news.wait()
                waiting = list(self._open)
            for entry in waiting:
                self._guarded(entry, lambda entry=entry: self._prepare(entry))
            waiting = self._still_open(waiting)
            if waiting:
                self._turn(waiting)
            self._still_open(waiting)

    def _still_open(self, entries: list[_Open]) -> list[_Open]:
        """Forget the questions that are answered; return the others of the list."""
        with self._news:
            self._open = [entry for entry in self._open if not entry.job.answered]
        return [entry for entry in entries if not entry.job.answered]

    def _guarded(self, entry: _Open, act: Callable[[], None]) -> None:
        """Do something for a question; what goes wrong is its sentence, and nobody else's."""
        if entry.job.answered:
            return
        entry.job.busy = True
        try:
            if entry.job.cancelled:
                raise Cancelled
            act()
        except Exception as error:
            entry.job.refuse(error)
        finally:
            entry.job.busy = False

    def _prepare(self, entry: _Open) -> None:
        if entry.data is None:
            entry.prepare()
        for key in entry.missing():
            known = self._trained.get(key)
            if known is not None and (known.evaluate == "epochs" or entry.question.evaluate == "end"):
                entry.take(known)
        if not entry.missing():
            entry.job.answer(entry.answer())

    def _turn(self, waiting: list[_Open]) -> None:
        """Train one bundle and give every question its part of it."""
        self._turns += 1
        # Who has had least goes first, so that a slider need not wait for a sweep; every second turn belongs to who
        # came first, so that the sweep comes to its end too.
        order = sorted(waiting, key=lambda entry: len(entry.records)) if self._turns % 2 else waiting
        leader = order[0]
        bundle = self._bundle(leader, order)
        sharing = [entry for entry in order if set(bundle) & set(entry.missing())]
        evaluate = "epochs" if any(entry.question.evaluate == "epochs" for entry in sharing) else "end"
        started = time.perf_counter()
        try:
            results = heads.train_heads(
                list(bundle.values()),
                leader.data.training,
                on_step=lambda step, n_steps: self._watch(sharing, bundle, started, step, n_steps),
                evaluate=evaluate,
            )
        except _Abandoned:
            return
        except Exception as error:
            for entry in sharing:
                entry.job.refuse(error)
            return
        seconds = time.perf_counter() - started
        for key, result in zip(bundle, results, strict=True):
            head = TrainedHead(key, result, evaluate)
            self._trained.put(key, head, size_of(head))
            for entry in sharing:
                self._guarded(entry, lambda entry=entry, head=head: entry.take(head))
        for entry in sharing:
            entry.seconds += seconds
            self._guarded(entry, lambda entry=entry: self._prepare(entry))

    def _bundle(self, leader: _Open, order: list[_Open]) -> dict[str, Any]:
        """Heads that train together: of the leader, then of others that fit, one each in turn."""
        first = next(iter(leader.missing().values()))
        fitting = [
            [
                (key, config)
                for key, config in entry.missing().items()
                if entry.data.key == leader.data.key and heads.stack_key(config) == heads.stack_key(first)
            ]
            for entry in (leader, *(entry for entry in order if entry is not leader))
        ]
        bundle: dict[str, Any] = {}
        size = heads.bundle_size(leader.data.training)
        for place in range(max(map(len, fitting))):
            for candidates in fitting:
                if place < len(candidates) and len(bundle) < size:
                    key, config = candidates[place]
                    bundle[key] = config
        return bundle

    def _watch(self, sharing: list[_Open], bundle: dict[str, Any], started: float, step: int, n_steps: int) -> None:
        """Between two steps: tell who waits, drop who does not; give up when nobody is left."""
        spent = time.perf_counter() - started
        for entry in sharing:
            self._guarded(entry, lambda entry=entry: self._check(entry, bundle, spent, step, n_steps))
        if all(entry.job.answered for entry in sharing):
            raise _Abandoned

    def _check(self, entry: _Open, bundle: dict[str, Any], spent: float, step: int, n_steps: int) -> None:
        if entry.seconds + spent > TRAINING_LIMIT_S:
            raise WorkerError(
                f"the training took more than {TRAINING_LIMIT_S:g} s; ask for fewer heads or fewer steps, or launch it"
                " on the page Train"
            )
        entry.tell(step, n_steps, len(set(bundle) & set(entry.missing())))
