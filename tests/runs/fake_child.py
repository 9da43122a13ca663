"""A stand-in for a training child: ``fake_child.py RUN_DIR BEHAVIOUR``."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from dbl_core.runs import record
from dbl_core.runs.bounded_log import bounded_log
from dbl_core.runs.child import RunStopped, StatusWriter
from dbl_core.runs.process import stop_on_terminate
from dbl_core.runs.turn import Turn

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)


def work(status: StatusWriter) -> None:
    step = 0
    while not (status.paths.folder / "enough").exists():
        status.check_stop()
        status.progress("training", step, 100_000)
        step += 1
        time.sleep(0.01)


def descendant(*, own_session: bool) -> int:
    child = subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, start_new_session=own_session)
    child.stdout.readline()
    return child.pid


def finish(status: StatusWriter) -> None:
    for step in range(3):
        status.progress("training", step + 1, 3)
        record.append_jsonl(status.paths.metrics, {"epoch": step, "map": {"total": 0.1 * step}})
    status.finished()


def terminable(status: StatusWriter) -> None:
    stop_on_terminate()
    status.progress("training")
    time.sleep(600)


def stubborn(status: StatusWriter) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pids = [descendant(own_session=False), descendant(own_session=True)]
    record.write_json(status.paths.folder / "descendants.json", {"pids": pids})
    status.progress("training", 7, 10)
    time.sleep(600)


def orphan(status: StatusWriter) -> None:
    record.write_json(status.paths.folder / "descendants.json", {"pids": [descendant(own_session=False)]})
    work(status)


def queue(status: StatusWriter) -> None:
    with Turn(status.paths.folder, check=status.check_stop, say=status.queued):
        work(status)
    status.finished()


def turn(status: StatusWriter) -> None:
    """Compute for a moment when it is its turn, and note from when to when by a clock that all processes share."""
    with Turn(status.paths.folder, check=status.check_stop, say=status.queued):
        status.progress("training", 0, 1)
        began = time.monotonic()
        time.sleep(0.1)
        record.write_json(status.paths.folder / "span.json", {"began": began, "ended": time.monotonic()})
    status.finished()


def loud(status: StatusWriter) -> None:
    for _ in range(1000):
        sys.stdout.write("noise" * 2000 + "\n")
    status.finished()


def flood(status: StatusWriter) -> None:
    """Print 10 MB a second for two seconds, as a library gone wrong would, and end with a word."""
    line = "WARNING: something is odd, again and again and again\n" * 20_000
    with bounded_log(status.paths.folder, max_bytes=4 << 20, kept_bytes=1 << 18, interval_s=0.1):
        for step in range(20):
            sys.stdout.write(line)
            sys.stdout.flush()
            status.progress("training", step, 20)
            time.sleep(0.1)
        sys.stdout.write("the last line\n")
        sys.stdout.flush()
    status.finished()


def fill(status: StatusWriter) -> None:
    """Write epochs until the disk is full."""
    status.progress("training", 0, 10)
    for epoch in range(1, 1_000_000):
        record.append_jsonl(status.paths.metrics, {"epoch": epoch, "map": {"total": 0.5}})


def refuse(status: StatusWriter) -> None:
    raise ValueError("ratio = 0 is not allowed")


def crash(status: StatusWriter) -> None:
    raise ZeroDivisionError("division by zero")


BEHAVIOURS = {
    behaviour.__name__: behaviour
    for behaviour in (finish, work, terminable, stubborn, orphan, queue, turn, loud, flood, fill, refuse, crash)
}


def main(folder: Path, behaviour: str) -> int:
    if behaviour == "silent":
        return 3
    status = StatusWriter(folder)
    try:
        BEHAVIOURS[behaviour](status)
    except RunStopped as reason:
        status.stopped(*filter(None, [str(reason)]))
        return 130
    except Exception as error:
        status.failed(error)
        return 2 if isinstance(error, ValueError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
