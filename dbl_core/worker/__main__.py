"""``python -m dbl_core.worker``: read a task a line from standard input, write an answer a line, end with the input.

Whatever the libraries print goes to standard error, so that it cannot get between the answers.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any, BinaryIO

import torch

from dbl_core.errors import DblError
from dbl_core.worker.tasks import perform
from dbl_core.worker.wire import decode, encode


def main() -> int:
    """Answer until the other end is gone."""
    torch.set_num_threads(1)  # the tensors are small, and the cores belong to the training runs
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        _send(answers, {"id": 0, "result": "ready"})
        for line in sys.stdin.buffer:
            request = decode(line)
            _send(answers, {"id": request["id"], **_answer(request)})
    except BrokenPipeError:
        os._exit(0)  # nobody is left to hear the rest
    return 0


def _send(answers: BinaryIO, message: dict[str, Any]) -> None:
    answers.write(encode(message))
    answers.flush()


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"result": perform(request["task"], request["arguments"])}
    except ValueError as error:
        return {"error": str(error), "kind": "value"}
    except DblError as error:
        return {"error": str(error), "kind": "world"}
    except Exception as error:  # whatever a task trips over must not end the worker
        traceback.print_exc()
        sentence = f"the task {request['task']!r} failed ({type(error).__name__}); its traceback is in the worker's log"
        return {"error": sentence, "kind": "world"}


if __name__ == "__main__":
    sys.exit(main())
