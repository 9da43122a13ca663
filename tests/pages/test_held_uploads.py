"""What a public lab holds of files that were sent to it and that no page asked for."""

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from dbl_core.hosting import LIMITS
from pages.ui.held_uploads import FILE_BYTES, Bounded

MOST_A_SESSION, MOST = 5 * FILE_BYTES, 12 * FILE_BYTES


@pytest.fixture
def manager():
    """A store of uploads like that of a server, with small bounds."""
    store = MemoryUploadedFileManager("/upload")
    store.add_file = Bounded(store, most_a_session=MOST_A_SESSION, most=MOST)
    return store


def send(manager, session, name, n_bytes=0):
    manager.add_file(session, UploadedFileRec(name, f"{name}.csv", "text/csv", b"x" * n_bytes))


def held(manager):
    return {(session, name) for session, files in manager.file_storage.items() for name in files}


def test_of_the_files_of_a_session_the_newest_stay(manager):
    for number in range(9):
        send(manager, "s", f"{number}")  # empty ones count, too
    assert held(manager) == {("s", f"{number}") for number in range(4, 9)}
    send(manager, "s", "large", 4 * FILE_BYTES)
    assert held(manager) == {("s", "large")}
    send(manager, "s", "again", 9 * FILE_BYTES)  # larger than all may be: the server itself bounds each
    assert held(manager) == {("s", "again")}


def test_many_sessions_together_hold_no_more_than_they_may(manager):
    for session in range(20):
        send(manager, f"{session}", "a", FILE_BYTES)
    assert held(manager) == {(f"{session}", "a") for session in range(14, 20)}
    manager.remove_session_files("14")
    send(manager, "new", "a", FILE_BYTES)
    assert held(manager) == {(session, "a") for session in ("15", "16", "17", "18", "19", "new")}


def test_a_file_sent_again_replaces_itself(manager):
    for _ in range(9):
        send(manager, "s", "same", FILE_BYTES)
    send(manager, "s", "other", FILE_BYTES)
    assert held(manager) == {("s", "same"), ("s", "other")}


def test_what_one_upload_may_have_fits():
    assert LIMITS.upload_bytes + FILE_BYTES <= LIMITS.uploaded_bytes <= LIMITS.held_bytes
