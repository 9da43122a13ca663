"""A question about heads on its way to its answer: which heads are there, which are missing, how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dbl_core.config import RunConfig
from dbl_core.train.draws import plan_epochs
from dbl_core.worker.data import HeadData, head_data_of
from dbl_core.worker.head_tasks import HeadQuestion, TrainedHead, head_key
from dbl_core.worker.jobs import Cancelled, Job


class OpenQuestion:
    """A question that is not answered yet.

    Args:
        job: Who asked.
        question: What is needed.

    Attributes:
        data: What its heads train on; None until ``prepare``.
        records: What became of the heads that are there, by name.
        seconds: Training spent on it.
        alone: Whether its heads must be trained without those of others.
        in_turn: How many of its heads are being trained.
    """

    def __init__(self, job: Job, question: HeadQuestion) -> None:
        self.job, self.question = job, question
        self.data: HeadData | None = None
        self.records: dict[str, Any] = {}
        self.seconds = 0.0
        self.alone = False
        self._heads: dict[str, RunConfig] = {}
        self._keys: list[str] = []
        self._n_steps = 1
        self.in_turn = 0

    def guarded(self, act: Callable[[], None]) -> None:
        """Do something for the question; what goes wrong is its sentence, and nobody else's."""
        if self.job.answered:
            return
        self.job.busy = True
        try:
            if self.job.cancelled:
                raise Cancelled
            act()
        except Exception as error:
            self.job.refuse(error)
        finally:
            self.job.busy = False

    def prepare(self) -> None:
        """Load its data, if that was not done before, and name its heads.

        Raises:
            Cancelled: If nobody waits any more.
            ValueError: As ``head_data_of``.
            DblError: As ``head_data_of``.
        """
        if self.data is not None:
            return
        configs = self.question.configs
        data = head_data_of(configs[0], self.job.progress)
        self._keys = [head_key(config, data) for config in configs]
        self._heads = dict(zip(self._keys, configs, strict=True))
        self._n_steps = plan_epochs(configs[0].train, data.training.label_counts).n_steps
        self.data = data

    def missing(self) -> dict[str, RunConfig]:
        """The heads that are not there yet, by name."""
        return {key: config for key, config in self._heads.items() if key not in self.records}

    def work(self, n_heads: int) -> int:
        """How long so many of its heads train, in multiplications for an image; to compare questions by."""
        training = self.data.training
        return n_heads * self._n_steps * (training.train_inputs.shape[1] + training.train_labels.shape[1])

    def begin_turn(self, chosen: set[str]) -> bool:
        """Take note of the heads that are trained now; returns whether any of them is missing here."""
        self.in_turn = len(chosen & set(self.missing()))
        return self.in_turn > 0

    def tell(self, share: float) -> None:
        """Report progress, in steps of heads, when a share of the turn is done.

        Raises:
            Cancelled: If nobody waits any more.
        """
        done = (len(self.records) + share * self.in_turn) * self._n_steps
        self.job.progress("training", int(done), len(self._heads) * self._n_steps)

    def take(self, head: TrainedHead) -> None:
        """Use a trained head."""
        if head.key in self._heads and head.key not in self.records:
            self.records[head.key] = self.question.record(head, self.data)

    def finish(self) -> None:
        """Answer, if all heads are there."""
        if len(self.records) == len(self._heads):
            records = [self.records[key] for key in self._keys]
            self.job.answer(self.question.finish(records, self.data, self.seconds))
