"""Folders directly inside the folder of runs, found by name without trusting the name."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dbl_core.runs.record import showable


def folder_named(runs_dir: Path | str, name: str, kind: tuple[str, str], is_one: Callable[[Path], bool]) -> Path:
    """The folder of a thing named from outside, for example in a URL.

    Args:
        runs_dir: The folder of runs.
        name: The name of a folder in it.
        kind: What it must be, one and many, for the sentence: ``("run", "runs")``.
        is_one: Whether a folder is such a thing.

    Raises:
        ValueError: If the name is not that of one directly inside ``runs_dir``: no path, no hidden name, no link out,
            no bytes that are no text.
    """
    one, many = kind
    if not isinstance(name, str) or not name or name.startswith(".") or _unusable(name):
        raise ValueError(f"{name!r} is not the name of a {one}; choose one of the list of {many}")
    folder = Path(runs_dir).absolute() / name
    try:
        inside = folder.resolve().parent == Path(runs_dir).resolve() and is_one(folder)
    except (OSError, RuntimeError):
        inside = False
    if not inside:
        raise ValueError(f"there is no {one} named {name!r}; choose one of the list of {many}")
    return folder


def folders_where(runs_dir: Path | str, resolve: Callable[[Path, str], Path]) -> list[Path]:
    """The folders that ``resolve``, called with the folder of runs and a name, does not refuse; in no order."""
    root = Path(runs_dir).absolute()
    try:
        names = [entry.name for entry in root.iterdir()]
    except OSError:
        return []
    found = []
    for name in names:
        with suppress(ValueError):
            found.append(resolve(root, name))
    return found


def _unusable(name: str) -> bool:
    """Whether a name is a path, or no text at all: bytes of another encoding, which no page could send."""
    return bool(set(name) & set("/\\\0")) or showable(name, len(name)) != name
