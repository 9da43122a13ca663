"""What the worker can be asked: a table from the name of a task to its function.

Arguments and results are numbers, text, lists, mappings and numpy arrays. A data set is named by its options and
loaded here, where it stays in memory, instead of being sent.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from dbl_core.worker.loss_tasks import cell_table, loss_curves


def ping() -> str:
    """Answer, to show that the worker lives."""
    return "pong"


TASKS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"ping": ping, "loss_curves": loss_curves, "cell_table": cell_table}
)


def perform(task: str, arguments: Mapping[str, Any]) -> Any:
    """Carry out a task.

    Raises:
        ValueError: For an unknown task, arguments it does not take, or what the task itself refuses.
    """
    if task not in TASKS:
        raise ValueError(f"unknown task {task!r}; choose one of {', '.join(TASKS)}")
    try:
        inspect.signature(TASKS[task]).bind(**arguments)
    except TypeError as error:
        raise ValueError(f"task {task!r}: {error}") from error
    return TASKS[task](**arguments)
