"""Whom the lab serves: the one person whose machine it runs on, or the public, within bounds.

``DBL_MODE`` says which. In local mode nothing is bounded beyond what the machine can do. In public mode every visitor
has a folder of runs and a folder of uploads that no other visitor can name, and :data:`LIMITS` hold. Who the visitor of
a piece of work is, only the server of the pages knows; it says so by :func:`know_visitors_by`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from dbl_core.errors import DataError

VARIABLE = "DBL_MODE"
MODES = ("local", "public")
MIB = 2**20
HOUR_S = 3600.0
T = TypeVar("T", int, float)
_FOLDER_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class PublicLimits:
    """What a visitor of a public lab may use. Sizes in bytes, times in seconds.

    Attributes:
        run_seconds: Most seconds that a run may take; the first on a new host draws the scenes, which takes the most.
        run_memory_mb: Most memory that its process may hold, in MiB.
        runs_at_work: Most runs of one visitor that wait or train; one at a time trains.
        all_at_work: Most runs of all visitors together that wait or train; each that waits takes 66 MiB of memory.
        runs_kept: Most runs in the folder of one visitor.
        runs_bytes: Most bytes that the runs of one visitor take.
        upload_bytes: Largest upload, a label file or an exported run.
        uploads: Most files of one visitor.
        uploaded_bytes: Most bytes of them together.
        record_bytes: Most bytes that are read of a file of numbers of a run; one may be imported.
        held_bytes: Most bytes of files that browsers have sent and no page has taken in yet, of all visitors together.
        unpacked_bytes: Most bytes that an upload may unpack to.
        rows: Most rows of a label file.
        labels: Most labels of a label file.
        feature_cells: Most cells of a matrix of features.
        heads: Most heads of one question to the Playground.
        heads_seconds: Most seconds of training for one such question.
        uploads_idle: Uploads of a visitor who has not been seen for so long are deleted.
        runs_idle: So are the runs.
        run_bytes: Room that a run needs before it starts.
        visitors: Most visitors whose runs are kept; above, those go first who have nothing but examples.
        all_bytes: Most bytes of all visitors together; above, those who were seen longest ago lose theirs earlier.
        spare_bytes: Bytes of the disk that visitors leave free.
        cache_bytes: Most bytes of drawn images that are kept, and of features.
    """

    run_seconds: float = 180.0
    run_memory_mb: int = 1024
    runs_at_work: int = 3
    all_at_work: int = 10
    runs_kept: int = 30
    runs_bytes: int = 64 * MIB
    upload_bytes: int = 8 * MIB
    uploads: int = 5
    uploaded_bytes: int = 16 * MIB
    record_bytes: int = 4 * MIB
    held_bytes: int = 128 * MIB
    unpacked_bytes: int = 64 * MIB
    rows: int = 20_000
    labels: int = 400
    feature_cells: int = 4 * MIB
    heads: int = 64
    heads_seconds: float = 30.0
    uploads_idle: float = 0.5 * HOUR_S
    runs_idle: float = 12 * HOUR_S
    run_bytes: int = 4 * MIB
    visitors: int = 2000
    all_bytes: int = 2048 * MIB
    spare_bytes: int = 128 * MIB
    cache_bytes: int = 192 * MIB


LIMITS = PublicLimits()


def mode() -> str:
    """``local`` or ``public``, as the environment variable ``DBL_MODE`` says; ``local`` where it is not set.

    Raises:
        ValueError: The variable holds another word: a lab that is meant to be public must not be open by a slip.
    """
    word = os.environ.get(VARIABLE, "").strip().lower() or MODES[0]
    if word not in MODES:
        raise ValueError(f"the environment variable {VARIABLE} is {word[:40]!r}, must be one of {', '.join(MODES)}")
    return word


def is_public() -> bool:
    """Whether strangers use this lab, so that :data:`LIMITS` hold."""
    return mode() == "public"


def bounded(local: T, public: T) -> T:
    """A limit that is tighter where strangers use the lab."""
    return min(local, public) if is_public() else local


def said(path: Path | str) -> str:
    """A path as a sentence may name it: whole in a local lab, its last part where strangers read it."""
    return Path(path).name if is_public() else str(path)


_lookup: Callable[[], str] | None = None


def know_visitors_by(lookup: Callable[[], str]) -> None:
    """Let the server of the pages say whom a thread works for.

    Args:
        lookup: Called in the thread that asks; returns 32 hexadecimal digits that nobody can guess and that name the
            visitor's folders.
    """
    global _lookup
    _lookup = lookup


def visitor_folder() -> str:
    """The name of the folders of the visitor this thread works for; public mode only.

    Raises:
        DataError: Nobody is known: this thread works for no visitor.
    """
    name = _lookup() if _lookup is not None else ""
    if not is_visitor_folder(name):
        raise DataError("This lab is public, and files of a visitor can be opened from that visitor's pages only.")
    return name


def is_visitor_folder(name: str) -> bool:
    """Whether a name is that of a visitor's folder."""
    return isinstance(name, str) and _FOLDER_NAME.fullmatch(name) is not None
