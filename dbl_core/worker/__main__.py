"""``python -m dbl_core.worker``: read a question a line, write its answer a line, end with the input.

Three threads: this one only reads, so that a question can be cancelled at any time; one answers what takes a moment;
one trains heads. Whatever the libraries print goes to standard error, so that it cannot get between the answers.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

import torch

from dbl_core.runs.process import leave_with_children
from dbl_core.worker.jobs import Job, Lane
from dbl_core.worker.tasks import HEAD_TASKS, perform
from dbl_core.worker.training import Training
from dbl_core.worker.wire import decode, encode


class Desk:
    """Where questions come in: each goes to the thread that answers it."""

    def __init__(self) -> None:
        self._answers = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._writing = threading.Lock()
        self._jobs: dict[int, Job] = {}
        self._moment = Lane()
        self._training = Training(perform)

    def take(self, message: dict[str, Any]) -> None:
        """Take in a question, or the word that nobody waits for one any more."""
        if "cancel" in message:
            job = self._jobs.get(message["cancel"])
            if job is not None:
                job.cancel()
            return
        job = Job(message, self.send)
        self._jobs[job.number] = job
        if job.task in HEAD_TASKS:
            self._training.put(job)
        else:
            self._moment.put(job, lambda: job.answer(perform(job.task, job.arguments)))

    def send(self, message: dict[str, Any]) -> None:
        """Write a message; the process ends when nobody is left to read it."""
        if "progress" not in message:
            self._jobs.pop(message["id"], None)
        line = encode(message)
        try:
            with self._writing:
                self._answers.write(line)
                self._answers.flush()
        except OSError:
            leave_with_children()


def main() -> None:
    """Answer until the other end is gone."""
    torch.set_num_threads(1)  # the matrices are small, and the other cores belong to others
    desk = Desk()
    desk.send({"id": 0, "result": "ready"})
    for line in sys.stdin.buffer:
        desk.take(decode(line))
    leave_with_children()


if __name__ == "__main__":
    main()
