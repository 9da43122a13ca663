"""Recorded example runs, which come with the lab: real runs, exported by ``python benchmarks/examples.py``.

They become runs of a folder of runs as any imported run does, so everything that can be done with a run works on them.
What is deleted or changed there is a copy; the recorded files stay as they are.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from dbl_core.errors import RunError
from dbl_core.packaged import DATA_DIR
from dbl_core.runs import archive, budget
from dbl_core.runs.paths import INCOMING_PREFIX, examples_mark
from dbl_core.runs.record import showable, writing
from dbl_core.runs.store import Run, read_result

EXAMPLES_DIR = DATA_DIR / "examples"
PREFIX = "example-"
COMPARED = ("bce-uniform", "db-focal")
"""What is looked at first: plain BCE against the paper's method."""


def example_files() -> tuple[Path, ...]:
    """The recorded runs, by name."""
    return tuple(sorted(EXAMPLES_DIR.glob(f"*{archive.SUFFIX}")))


def bring(runs_dir: Path | str, *, shared: Path | None = None) -> tuple[str, ...]:
    """Make the recorded runs runs of a folder; those that are there already stay as they are.

    Args:
        runs_dir: The folder of runs.
        shared: A folder on the same disk where they lie unpacked for many folders of runs: the files of a copy are then
            further names of those there, and take next to no room and time.

    Returns:
        Their ids.

    Raises:
        RunError: The folder cannot be written or has no room, or a recorded file is damaged.
    """
    ids = tuple(f"{PREFIX}{file.name.removesuffix(archive.SUFFIX)}" for file in example_files())
    absent = missing(runs_dir)
    unpacked = _unpacked(shared) if shared is not None and absent else None
    for run_id, file in zip(ids, example_files(), strict=True):
        if run_id in absent and unpacked is None:
            archive.import_run(runs_dir, file, prefix=PREFIX)
        elif run_id in absent:
            _link(unpacked / run_id, Path(runs_dir).absolute())
    return ids


def missing(runs_dir: Path | str) -> tuple[str, ...]:
    """Ids of the examples that a folder of runs does not have."""
    ids = (f"{PREFIX}{file.name.removesuffix(archive.SUFFIX)}" for file in example_files())
    return tuple(run_id for run_id in ids if not (Path(runs_dir) / run_id).exists())


def _unpacked(shared: Path) -> Path:
    """The folder of the unpacked examples; made by whoever comes first, anew where the recorded files have changed."""
    digest = hashlib.sha256()
    for file in example_files():
        digest.update(file.name.encode() + file.read_bytes())
    target = shared / digest.hexdigest()[:16]
    if not target.is_dir():
        with writing(shared):
            shared.mkdir(parents=True, exist_ok=True)
            made = Path(tempfile.mkdtemp(prefix=INCOMING_PREFIX, dir=shared))
        try:
            bring(made)
            with suppress(OSError):  # another was quicker
                made.rename(target)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return target


def _link(source: Path, runs_dir: Path) -> None:
    """Give the files of a run second names in a folder of runs; copies where the disk knows no such names."""
    budget.check_room(runs_dir, budget.folder_bytes(source))
    with writing(runs_dir):
        runs_dir.mkdir(parents=True, exist_ok=True)
        incoming = Path(tempfile.mkdtemp(prefix=INCOMING_PREFIX, dir=runs_dir))
        try:
            shutil.copytree(source, incoming / source.name, copy_function=_linked)
            with suppress(OSError):  # another tab of the visitor was quicker
                (incoming / source.name).rename(runs_dir / source.name)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def are_all(runs_dir: Path) -> bool:
    """Whether a folder of runs holds copies of recorded runs and nothing else, not even in its trash.

    Raises:
        OSError: It cannot be read.
    """
    return all(entry.name.startswith(PREFIX) or entry == examples_mark(runs_dir) for entry in runs_dir.iterdir())


def is_example(run: Run) -> bool:
    """Whether a run is a copy of a recorded one."""
    return bool(run.origin) and run.id.startswith(f"{PREFIX}{run.origin}")


def origin_words(run: Run) -> str:
    """Where a run is from, in the few words of a list; empty for one that was trained here."""
    if is_example(run):
        return "recorded example"
    return f"imported, was {run.origin}" if run.origin else ""


def recorded(run: Run) -> str:
    """When, with what and where an example was recorded, as it may follow its name: "of 2 Nov 2026, with ..."."""
    result = {}
    with suppress(RunError):
        result = read_result(run.folder)
    versions = result.get("versions")
    programs = [f"{name} {version}" for name, version in versions.items()] if isinstance(versions, dict) else []
    day = datetime.fromtimestamp(run.created_at).strftime("%d %b %Y").lstrip("0")
    parts = [f"of {day}", f"with {', '.join(programs)}" if programs else ""]
    parts.append(f"on {result['device']}" if result.get("device") else "")
    return showable(" ".join(filter(None, parts)), 300)
