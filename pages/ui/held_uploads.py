"""Bound what a public lab holds of files that browsers have sent and no page has taken in yet.

Streamlit keeps every file that is sent to a session in memory until the session ends, whether or not a page has asked
for it, and bounds only the size of each. Here the oldest go where a session, or all together, have sent too much: what
a page takes in it copies at once. This wraps Streamlit's own store of uploads (checked with 1.67); should a later
version keep them elsewhere, nothing is bounded, and a test says so.
"""

from __future__ import annotations

import threading
from typing import Any

from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from dbl_core.hosting import LIMITS

FILE_BYTES = 1 << 16
"""What a file counts beside its content, so that empty ones are bounded too."""
_WRAPPED = "_bounded_by_the_lab"


def bound_this_server() -> None:
    """Bound what the server of this page holds; once is enough, more often does nothing."""
    manager = runtime.get_instance().uploaded_file_mgr if runtime.exists() else None
    if isinstance(manager, MemoryUploadedFileManager) and not hasattr(manager, _WRAPPED):
        setattr(manager, _WRAPPED, True)
        manager.add_file = Bounded(manager)


class Bounded:
    """Takes in a file for a store of uploads, and lets the oldest go that are too many.

    Args:
        manager: Streamlit's store of uploads.
        most_a_session: Most bytes of one session.
        most: Most bytes of all.
    """

    def __init__(
        self,
        manager: MemoryUploadedFileManager,
        *,
        most_a_session: int = LIMITS.uploaded_bytes,
        most: int = LIMITS.held_bytes,
    ) -> None:
        self._manager, self._keep = manager, manager.add_file
        self._most_a_session, self._most = most_a_session, most
        self._lock = threading.Lock()
        self._sizes: dict[tuple[str, str], int] = {}  # in the order in which the files came

    def __call__(self, session_id: str, file: Any) -> None:
        """Take in a file of a session, as ``add_file`` does."""
        with self._lock:
            self._keep(session_id, file)
            self._sizes.pop((session_id, file.file_id), None)
            self._sizes = {key: size for key, size in self._sizes.items() if self._manager.get_files(key[0], [key[1]])}
            self._sizes[session_id, file.file_id] = len(file.data) + FILE_BYTES
            self._let_go([key for key in self._sizes if key[0] == session_id], self._most_a_session)
            self._let_go(list(self._sizes), self._most)

    def _let_go(self, keys: list[tuple[str, str]], most: int) -> None:
        """Let the first of some files go until the rest take no more than they may; the last one stays."""
        over = sum(self._sizes[key] for key in keys) - most
        for key in keys[:-1]:
            if over <= 0:
                return
            self._manager.remove_file(*key)
            over -= self._sizes.pop(key)
