"""Recorded example runs, which come with the lab: real runs, exported by ``python benchmarks/examples.py``.

They become runs of a folder of runs as any imported run does, so everything that can be done with a run works on them.
What is deleted or changed there is a copy; the recorded files stay as they are.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from dbl_core.errors import RunError
from dbl_core.packaged import DATA_DIR
from dbl_core.runs import archive
from dbl_core.runs.record import showable
from dbl_core.runs.store import Run, read_result

EXAMPLES_DIR = DATA_DIR / "examples"
PREFIX = "example-"
COMPARED = ("bce-uniform", "db-focal")
"""What is looked at first: plain BCE against the paper's method."""


def example_files() -> tuple[Path, ...]:
    """The recorded runs, by name."""
    return tuple(sorted(EXAMPLES_DIR.glob(f"*{archive.SUFFIX}")))


def bring(runs_dir: Path | str) -> tuple[str, ...]:
    """Make the recorded runs runs of a folder; those that are there already stay as they are.

    Returns:
        Their ids.

    Raises:
        RunError: The folder cannot be written or has no room, or a recorded file is damaged.
    """
    ids = []
    for file in example_files():
        run_id = f"{PREFIX}{file.name.removesuffix(archive.SUFFIX)}"
        if not (Path(runs_dir) / run_id).exists():
            run_id = archive.import_run(runs_dir, file, prefix=PREFIX).name
        ids.append(run_id)
    return tuple(ids)


def is_example(run: Run) -> bool:
    """Whether a run is a copy of a recorded one."""
    return bool(run.origin) and run.id.startswith(f"{PREFIX}{run.origin}")


def recorded(run: Run) -> str:
    """When, with what and where an example was recorded: one sentence without its full stop."""
    result = {}
    with suppress(RunError):
        result = read_result(run.folder)
    versions = result.get("versions")
    programs = [f"{name} {version}" for name, version in versions.items()] if isinstance(versions, dict) else []
    day = datetime.fromtimestamp(run.created_at).strftime("%d %b %Y").lstrip("0")
    parts = [f"recorded on {day}", f"with {', '.join(programs)}" if programs else ""]
    parts.append(f"on {result['device']}" if result.get("device") else "")
    return showable(" ".join(filter(None, parts)), 300)
