"""The thread of the worker that trains heads: all questions that wait share it, a bundle of heads at a time.

A question is never trained whole before the next one: each turn takes some heads of every question that fits, as many
as train together at little more than the cost of one. Ten sessions that each move a slider are so answered by one
training, and a sweep of hundreds of heads lets them pass between its turns. A turn that takes long pauses for shorter
ones. Data that are not in memory yet are loaded in another thread, so that nobody else waits for them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dbl_core import hosting
from dbl_core.config import RunConfig
from dbl_core.errors import WorkerError
from dbl_core.train.device import head_threads
from dbl_core.train.heads import bundle_size, stack_key, train_heads
from dbl_core.worker.data import LIMIT_BYTES, is_kept
from dbl_core.worker.head_tasks import HeadQuestion, TrainedHead, size_of
from dbl_core.worker.jobs import MOST_WAITING, Job, Lane, too_many
from dbl_core.worker.kept import Kept
from dbl_core.worker.open_question import OpenQuestion

TRAINING_LIMIT_S = 120.0
"""Seconds of training that one question may take."""
SCORES_BYTES = 64 * 2**20
"""Trained heads that are kept, so that the same question needs no training again."""

PASS_AFTER_S = 0.4
"""How long a turn goes on before it lets shorter ones pass."""
ROOM_POLL_S = 0.1


class _Abandoned(Exception):  # noqa: N818 - an event inside this module
    """Nobody waits for any head of the turn."""


@dataclass
class _Turn:
    """Heads in training, and who waits for them.

    Attributes:
        sharing: The questions that need some of the heads.
        work: How long the heads of the one with most of them train: others beside them cost little more, so that many
            with one head each are no reason to let another one with one head pass.
        started: When it began, later by what it paused.
        looked: When it last looked for shorter ones.
    """

    sharing: list[OpenQuestion]
    work: int
    started: float = field(default_factory=time.perf_counter)
    looked: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started

    def end(self, *, spent: bool) -> None:
        for entry in self.sharing:
            entry.in_turn = 0
            entry.seconds += self.seconds if spent else 0.0


class Training:
    """The training thread and the questions it has to answer.

    Args:
        question_of: From a task and its arguments to what it needs; what it raises becomes the sentence.
    """

    def __init__(self, question_of: Callable[[str, Any], HeadQuestion]) -> None:
        self._question_of = question_of
        self._news = threading.Condition()
        self._open: list[OpenQuestion] = []
        self._turns = 0
        self._trained: Kept[TrainedHead] = Kept(SCORES_BYTES)
        self._loading = Lane()
        threading.Thread(target=self._work, name="training", daemon=True).start()

    def put(self, job: Job) -> None:
        """Queue a question; a bad one is refused at once."""
        try:
            question = self._question_of(job.task, job.arguments)
            kept = is_kept(question.configs[0])
        except Exception as error:
            job.refuse(error)
            return
        entry = OpenQuestion(job, question)
        if kept:
            self._enter(entry)
        else:
            self._loading.put(job, lambda: self._load(entry))

    def _load(self, entry: OpenQuestion) -> None:
        """Load the data of a question, and keep it back while the data of others fill the memory."""
        entry.prepare()
        while not self._has_room(entry):
            entry.job.progress("waiting", 0, 0)
            time.sleep(ROOM_POLL_S)
        self._enter(entry)

    def _has_room(self, entry: OpenQuestion) -> bool:
        with self._news:
            held = {other.data.key: other.data.n_bytes for other in self._open if other.data is not None}
        held.pop(entry.data.key, None)
        return not held or sum(held.values()) + entry.data.n_bytes <= LIMIT_BYTES

    def _enter(self, entry: OpenQuestion) -> None:
        with self._news:
            self._forget_answered()
            if len(self._open) >= MOST_WAITING:
                entry.job.refuse(too_many())
                return
            self._open.append(entry)
            self._news.notify()

    def _work(self) -> None:
        while True:
            with self._news:
                self._forget_answered()
                while not self._open:
                    self._news.wait()
            waiting = self._waiting()
            try:
                if waiting:
                    self._turn(waiting)
            except Exception as error:  # nobody foresaw it, and the thread has to go on
                for entry in waiting:
                    entry.job.refuse(error)

    def _forget_answered(self) -> None:
        self._open = [entry for entry in self._open if not entry.job.answered]

    def _waiting(self) -> list[OpenQuestion]:
        """The questions that need heads which nobody trains yet; those that need none get their answer."""
        with self._news:
            waiting = [entry for entry in self._open if not entry.in_turn]
        for entry in waiting:
            entry.guarded(lambda entry=entry: self._settle(entry))
        return [entry for entry in waiting if not entry.job.answered]

    def _settle(self, entry: OpenQuestion) -> None:
        """Give a question the heads that are kept, and its answer if that is all it needs."""
        entry.prepare()
        for key in entry.missing():
            known = self._trained.get(key)
            if known is not None and (known.evaluate == "epochs" or entry.question.evaluate == "end"):
                entry.take(known)
        entry.finish()

    def _turn(self, waiting: list[OpenQuestion]) -> None:
        """Train some heads and give every question its part of them."""
        self._turns += 1
        # Who has had least goes first, so that a slider need not wait for a sweep; every second turn belongs to who
        # came first, so that the sweep comes to its end too.
        order = sorted(waiting, key=lambda entry: len(entry.records)) if self._turns % 2 else waiting
        together = bundle_size(order[0].data.training)
        chosen = choose(order, together * head_threads())
        sharing = [entry for entry in order if entry.begin_turn(set(chosen))]
        evaluate = "epochs" if any(entry.question.evaluate == "epochs" for entry in sharing) else "end"
        turn = _Turn(sharing, max(entry.work(entry.in_turn) for entry in sharing))
        # One bundle is trained at once in one thread: its steps are too short for two threads not to be in each
        # other's way.
        threads = head_threads() if len(chosen) > together else 1
        try:
            results = train_heads(
                list(chosen.values()),
                order[0].data.training,
                on_step=lambda done, total: self._between_steps(turn, done / total),
                evaluate=evaluate,
                threads=threads,
            )
        except _Abandoned:
            turn.end(spent=False)
            return
        except Exception as error:
            turn.end(spent=False)
            _blame(sharing, error)
            return
        turn.end(spent=True)
        for key, result in zip(chosen, results, strict=True):
            head = TrainedHead(key, result, evaluate)
            self._trained.put(key, head, size_of(head))
            for entry in sharing:
                entry.guarded(lambda entry=entry, head=head: entry.take(head))
        for entry in sharing:
            entry.guarded(entry.finish)

    def _between_steps(self, turn: _Turn, share: float) -> None:
        """Tell who waits how far it is, drop who does not wait any more; let others pass."""
        for entry in turn.sharing:
            entry.guarded(lambda entry=entry: _check(entry, share, turn.seconds))
        if all(entry.job.answered for entry in turn.sharing):
            raise _Abandoned
        now = time.perf_counter()
        if now - turn.looked < PASS_AFTER_S:
            return
        left = (1 - share) * turn.work
        shorter = [entry for entry in self._waiting() if entry.work(len(entry.missing())) < left]
        if shorter:
            self._turn(shorter)
        turn.looked = time.perf_counter()
        turn.started += turn.looked - now  # the pause is nobody's training


def choose(order: list[OpenQuestion], most: int) -> dict[str, RunConfig]:
    """The heads of a turn, by name: one of every question that fits to the first, as often as the first needs.

    So a question of one head is trained with one head of each other one, and not with half a sweep.

    Args:
        order: Who goes first.
        most: Most heads.
    """
    leader = order[0]
    first = next(iter(leader.missing().values()))
    company = [leader] if leader.alone else [entry for entry in order if not entry.alone]
    candidates = [
        [(key, config) for key, config in entry.missing().items() if stack_key(config) == stack_key(first)]
        for entry in company
        if entry.data.key == leader.data.key
    ]
    chosen: dict[str, RunConfig] = {}
    for place in range(len(candidates[0])):
        for heads in candidates:
            if place < len(heads) and len(chosen) < most:
                chosen[heads[place][0]] = heads[place][1]
    return chosen


def _check(entry: OpenQuestion, share: float, seconds: float) -> None:
    most = hosting.bounded(TRAINING_LIMIT_S, hosting.LIMITS.heads_seconds)
    if entry.seconds + seconds > most:
        raise WorkerError(
            f"the training took more than {most:g} s; ask for fewer heads or fewer steps, or launch it on"
            " the page Train"
        )
    entry.tell(share)


def _blame(sharing: list[OpenQuestion], error: Exception) -> None:
    """What stopped a training is the sentence of the one who asked for it; where several did, each tries alone."""
    for entry in sharing:
        if len(sharing) == 1:
            entry.job.refuse(error)
        entry.alone = True
