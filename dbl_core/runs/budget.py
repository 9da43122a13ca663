"""How much room the runs take, how much they may take, and which would go first."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dbl_core import hosting
from dbl_core.errors import RunError
from dbl_core.runs.folders import folders_where
from dbl_core.runs.paths import RunPaths, trash_dir
from dbl_core.runs.record import writing
from dbl_core.runs.store import Run, resolve

VARIABLE = "DBL_RUNS_BUDGET"
DEFAULT_BYTES = 5 << 30
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([KMGT]?)I?B?", re.ASCII)
_MOST_ENTRIES = 100_000


@dataclass(frozen=True)
class Usage:
    """Bytes on the disk.

    Attributes:
        runs: All folders of the folder of runs but the trash.
        trash: What was deleted and can still be restored.
        budget: How much both may take.
    """

    runs: int
    trash: int
    budget: int

    @property
    def total(self) -> int:
        """Runs and trash."""
        return self.runs + self.trash

    @property
    def over(self) -> int:
        """Bytes above the budget; 0 when there is room."""
        return max(self.total - self.budget, 0)


def parse_size(text: str) -> int:
    """Bytes of a size as people write it: ``5GB``, ``500 MB``, ``1.5G``, ``1000000``; units are powers of 1,024.

    Raises:
        ValueError: It is no such size.
    """
    found = _SIZE.fullmatch(text.strip().upper())
    if found is None:
        raise ValueError(f"{text[:40]!r} is no size; write it like 500MB or 5GB")
    return int(float(found[1]) * _UNITS[found[2]])


def size_text(n_bytes: int) -> str:
    """A size for people: ``340 B``, ``1.2 MB``, ``5 GB``."""
    if n_bytes < 1024:
        return f"{n_bytes} B"
    power = 1
    while n_bytes >= 1023.5 * 1024**power and power < 4:
        power += 1
    size, unit = n_bytes / 1024**power, ("kB", "MB", "GB", "TB")[power - 1]
    return f"{size:.0f} {unit}" if size >= 99.5 or size == round(size) else f"{size:.1f} {unit}"


def budget_bytes() -> int:
    """How much the runs and their trash may take: the environment variable ``DBL_RUNS_BUDGET``, else 5 GB.

    In a public lab each visitor has a part of it, at most ``PublicLimits.runs_bytes``.

    Raises:
        ValueError: The variable holds no size.
    """
    text = os.environ.get(VARIABLE, "").strip()
    try:
        return hosting.bounded(parse_size(text) if text else DEFAULT_BYTES, hosting.LIMITS.runs_bytes)
    except ValueError as error:
        raise ValueError(f"{VARIABLE}: {error}") from error


def folder_bytes(folder: Path, *, linked: bool = True) -> int:
    """Bytes of all plain files below a folder; links are not followed, what cannot be read counts as nothing.

    Args:
        folder: The folder.
        linked: Count files that have another name elsewhere, too.
    """
    total, seen, waiting = 0, 0, [folder]
    while waiting and seen < _MOST_ENTRIES:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                seen += 1
                with suppress(OSError):
                    known = entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(known.st_mode):
                        waiting.append(Path(entry.path))
                    elif stat.S_ISREG(known.st_mode) and (linked or known.st_nlink == 1):
                        total += known.st_size
    return total


def usage(runs_dir: Path | str) -> Usage:
    """How much room a folder of runs takes.

    Raises:
        ValueError: The budget is no size.
    """
    root = Path(runs_dir)
    trash = folder_bytes(trash_dir(root))
    return Usage(runs=folder_bytes(root) - trash, trash=trash, budget=budget_bytes())


def check_room(runs_dir: Path | str, n_bytes: int) -> None:
    """Refuse what would take the runs above their budget.

    Raises:
        RunError: There is no room for so many bytes.
        ValueError: The budget is no size.
    """
    now = usage(runs_dir)
    if now.total + n_bytes > now.budget:
        raise RunError(
            f"there is no room for {size_text(n_bytes)}: runs and trash take {size_text(now.total)} of "
            f"{size_text(now.budget)}; delete runs and empty the trash, or raise {VARIABLE}"
        )


def check_launch(runs_dir: Path | str) -> None:
    """Refuse a new run where runs and trash take more than their budget; folders that are no runs count for nothing.

    Raises:
        RunError: They do.
        ValueError: The budget is no size.
    """
    root, most = Path(runs_dir), budget_bytes()
    taken = folder_bytes(trash_dir(root)) + sum(map(folder_bytes, folders_where(root, resolve)))
    if taken > most:
        raise RunError(
            f"runs and trash take {size_text(taken)}, their budget is {size_text(most)}; prune the oldest runs and"
            f" empty the trash (on Runs, or with runs prune and runs trash --empty), or raise {VARIABLE}"
        )


def to_prune(runs: Sequence[Run], sizes: dict[str, int], wanted: int, *, keep: Collection[str] = ()) -> list[Run]:
    """The runs to delete for so many bytes: the oldest that have ended first, never pinned ones.

    Args:
        runs: All runs.
        sizes: Run id -> bytes.
        wanted: Bytes to set free; 0 needs no run.
        keep: Ids of runs to keep besides, those that are being compared.

    Returns:
        Oldest first; they may set free less than wanted where no more may go.
    """
    chosen: list[Run] = []
    freed = 0
    for run in sorted(runs, key=lambda run: (run.created_at, run.id)):
        if freed >= wanted:
            break
        if not run.active and not run.pinned and run.id not in keep:
            chosen.append(run)
            freed += sizes.get(run.id, 0)
    return chosen


def pin(run_dir: Path | str, *, pinned: bool = True) -> None:
    """Keep a run from being pruned, or no longer.

    Raises:
        RunError: The folder cannot be written.
    """
    path = RunPaths(Path(run_dir)).pin
    with writing(path):
        if pinned:
            path.touch()
        else:
            path.unlink(missing_ok=True)
