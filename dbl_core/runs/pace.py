"""How long counted work will still take, from its pace so far."""

from __future__ import annotations

from bisect import bisect_right

MIN_S = 1.0
"""Seconds before there is an estimate: the first steps are slower than the rest."""
_MOST_SAMPLES = 64


class Pace:
    """The pace of one phase of work, over the more recent half of the time that it has taken.

    Half of the time forgets a slow beginning, and still holds as many pauses between the epochs as there are.
    """

    def __init__(self) -> None:
        self._moments: list[float] = []
        self._done: list[int] = []
        self._gap_s = 0.2

    def remaining(self, done: int, total: int, *, now: float) -> float | None:
        """Take note of how much is done, and estimate the seconds that remain.

        Args:
            done: Steps done, never fewer than before.
            total: Steps in all.
            now: Seconds of a clock that nobody can set, such as ``time.monotonic``.

        Returns:
            The seconds, at least 0; None while too little is known.
        """
        if not self._moments or now - self._moments[-1] >= self._gap_s:
            self._moments.append(now)
            self._done.append(done)
            if len(self._moments) > _MOST_SAMPLES:  # fewer and wider apart, however long it takes
                del self._moments[1::2], self._done[1::2]
                self._gap_s *= 2
        first = self._moments[0]
        since = bisect_right(self._moments, first + (now - first) / 2) - 1
        steps = done - self._done[since]
        if now - first < MIN_S or steps <= 0:
            return None
        return max(total - done, 0) * (now - self._moments[since]) / steps
