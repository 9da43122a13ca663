"""Keep what somebody's code prints and warns out of the way, but not out of sight."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

_SHOWN = 80


class Noise:
    """What was printed and warned."""

    def __init__(self):
        self.printed = io.StringIO()
        self.warned: list[warnings.WarningMessage] = []

    def __str__(self) -> str:
        """One sentence a kind of noise; empty where there was none."""
        lines = [line for line in self.printed.getvalue().splitlines() if line.strip()]
        parts = []
        if lines:
            rest = f" and {len(lines) - 1:,} more lines" if len(lines) > 1 else ""
            parts.append(f"it printed {shortened(lines[0])!r}{rest}")
        if self.warned:
            parts.append(f"it warned {shortened(str(self.warned[0].message))!r}")
        return "; ".join(parts)


@contextmanager
def captured(noise: Noise) -> Iterator[None]:
    """Within it, prints and warnings go into ``noise``; a warning is never an error there."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("default")
        with redirect_stdout(noise.printed), redirect_stderr(noise.printed):
            try:
                yield
            finally:
                noise.warned += warned


def shortened(text: str, length: int = _SHOWN) -> str:
    """Text on one line, cut to a length."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"


def sentence_of(error: BaseException) -> str:
    """An exception as one line: its type and its first words."""
    message = shortened(str(error), 160)
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
