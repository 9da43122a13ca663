"""What the worker keeps in memory, bounded by bytes: what was not used for longest goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Values by key, at most so many bytes of them in all; safe to use from several threads.

    Args:
        limit_bytes: Most bytes in all. A value that is larger alone is not kept.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self.n_bytes = 0

    def get(self, key: Hashable) -> Value | None:
        """The value, None if it is not kept (any more)."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def put(self, key: Hashable, value: Value, n_bytes: int) -> None:
        """Keep a value in the place of an older one of the same key."""
        with self._lock:
            self.n_bytes -= self._values.pop(key, (None, 0))[1]
            if n_bytes > self._limit:
                return
            self._values[key] = value, n_bytes
            self.n_bytes += n_bytes
            while self.n_bytes > self._limit:
                self.n_bytes -= self._values.popitem(last=False)[1][1]

    def __len__(self) -> int:
        return len(self._values)
