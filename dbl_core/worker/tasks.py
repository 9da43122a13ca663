"""What the worker can be asked: a table from the name of a task to its function.

Arguments and results are numbers, text, lists, mappings and numpy arrays. A data set is named by its options and
loaded here, where it stays in memory, instead of being sent. Tasks that need trained heads say which; the others
compute their answer themselves, in another thread, so that they never wait behind a training.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from dbl_core.worker.head_tasks import HeadQuestion, compare_heads, train_heads
from dbl_core.worker.loss_tasks import anatomy, cell_table, loss_curves
from dbl_core.worker.scrub_tasks import loss_scrub


def ping() -> str:
    """Answer, to show that the worker lives."""
    return "pong"


TASKS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"ping": ping, "loss_curves": loss_curves, "loss_scrub": loss_scrub, "cell_table": cell_table, "anatomy": anatomy}
)
HEAD_TASKS: Mapping[str, Callable[..., HeadQuestion]] = MappingProxyType(
    {"train_heads": train_heads, "compare_heads": compare_heads}
)


def perform(task: str, arguments: Mapping[str, Any]) -> Any:
    """Carry out a task; one of ``HEAD_TASKS`` gives the heads it needs instead of an answer.

    Raises:
        ValueError: For an unknown task, arguments it does not take, or what the task itself refuses.
    """
    known = {**TASKS, **HEAD_TASKS}
    if task not in known:
        raise ValueError(f"unknown task {task!r}; choose one of {', '.join(known)}")
    try:
        inspect.signature(known[task]).bind(**arguments)
    except TypeError as error:
        raise ValueError(f"task {task!r}: {error}") from error
    return known[task](**arguments)
