"""The part of a file that has arrived, and what it is a part of."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from dbl_core.runs.record import read_json, write_json, writing


class PartFile:
    """``NAME.part`` with a note beside it on where it came from.

    Without a word from the server that tells one version of a file from another (an entity tag or a date) a part is
    never continued: the end of one version behind the beginning of another would be worse than a second download.

    Args:
        path: The part; the note lies beside it as ``NAME.part.json``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._note = path.with_name(f"{path.name}.json")

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def resume_point(self, url: str) -> tuple[int, str]:
        """Where to go on, and the version it must be: (bytes, validator); (0, "") to start anew."""
        note = read_json(self._note) or {}
        validator = note.get("validator")
        if note.get("url") != url or not isinstance(validator, str) or not validator or not self.size:
            return 0, ""
        return self.size, validator

    def begin(self, url: str, validator: str, *, start: int) -> None:
        """Get ready for bytes from ``start`` on, and note where they come from.

        Raises:
            RunError: It cannot be written.
        """
        with writing(self.path):
            self.path.touch()
            os.truncate(self.path, start)
        write_json(self._note, {"url": url, "validator": validator}, durable=False)

    def forget(self) -> None:
        """Remove part and note."""
        for path in (self.path, self._note):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def become(self, target: Path) -> None:
        """Give the complete file its name.

        Raises:
            RunError: It cannot be renamed.
        """
        with writing(target):
            with self.path.open("rb") as file:
                os.fsync(file.fileno())
            self.path.replace(target)
        self.forget()
