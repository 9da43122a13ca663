"""A worker that misbehaves as it is told, to test the other end: ``python -m odd_worker``."""

import os
import sys
import time
from pathlib import Path

from dbl_core.worker.wire import decode, encode


def main() -> None:
    answers = sys.stdout.buffer

    def send(message):
        answers.write(encode(message))
        answers.flush()

    send({"id": 0, "result": "ready"})
    for line in sys.stdin.buffer:
        request = decode(line)
        if "cancel" in request:
            continue
        task, arguments = request["task"], request["arguments"]
        if task == "die":
            os._exit(9)
        if task == "die_once" and not Path(arguments["mark"]).exists():
            Path(arguments["mark"]).touch()
            os._exit(9)
        if task == "sleep":
            time.sleep(600)
        if task == "tell":
            for done in range(3):
                send({"id": request["id"], "progress": ["telling", done, 3]})
                time.sleep(0.02)
        if task == "noise":
            sys.stderr.write("x" * arguments["size"])
            sys.stderr.flush()
        send({"id": request["id"], "result": {"pid": os.getpid(), **arguments}})


if __name__ == "__main__":
    main()
