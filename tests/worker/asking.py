"""Questions to the worker that are asked in the background."""

import threading
import time

from dbl_core.worker.client import Worker


class Asking(threading.Thread):
    """A question asked in the background; ``stop`` makes its progress callback raise."""

    def __init__(self, worker: Worker, task: str = "train_heads", **arguments: object) -> None:
        super().__init__(daemon=True)
        self.worker, self.task, self.arguments = worker, task, arguments
        self.answer: dict | None = None
        self.error: BaseException | None = None
        self.seen: list[tuple[str, int, int]] = []
        self.stop: type[BaseException] | None = None
        self.start()

    def run(self) -> None:
        try:
            self.answer = self.worker.ask(self.task, timeout_s=60, progress=self._progress, **self.arguments)
        except BaseException as error:
            self.error = error

    def _progress(self, *progress: object) -> None:
        self.seen.append(progress)
        if self.stop is not None:
            raise self.stop

    def until(self, what: str, seconds: float = 30.0) -> "Asking":
        deadline = time.monotonic() + seconds
        while not any(seen[0] == what for seen in list(self.seen)):
            assert time.monotonic() < deadline, self.seen[-3:]
            assert self.is_alive(), self.error
            time.sleep(0.01)
        return self

    def ended(self, seconds: float = 30.0) -> "Asking":
        self.join(seconds)
        assert not self.is_alive()
        return self
