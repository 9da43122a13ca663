"""A run as one file: export it here, import it in another lab, where it opens like any other.

The file is a zip of the run's own files with ``run.json``, which says what the run is called and how it ended. Nothing
in it is executed or unpickled. An import unpacks into a hidden folder, reads everything as the pages would, and only
then lets the folder become a run, under a name of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from dbl_core.config import RunConfig
from dbl_core.datasets.files.limits import in_mib
from dbl_core.errors import RunError
from dbl_core.runs import archive_records as records
from dbl_core.runs import archive_zip, budget, store
from dbl_core.runs.archive_zip import Content
from dbl_core.runs.outcome import Result, read_outcome
from dbl_core.runs.paths import INCOMING_PREFIX, RunPaths
from dbl_core.runs.record import MAX_JSON_BYTES, MAX_JSONL_BYTES, encoded, whole_lines, write_json, writing
from dbl_core.whole_files import replacing

MANIFEST = "run.json"
SUFFIX = ".run.zip"
PREFIX = "imported-"
MIB = 1 << 20
MAX_FILE_BYTES = 1920 * MIB
"""Largest file of a run, packed or unpacked; larger zip files would need extensions that the lab does not read."""
MAX_LOG_BYTES = MIB
_NAMES = RunPaths(Path())
LIMITS: Mapping[str, int] = {
    MANIFEST: MIB,
    _NAMES.config.name: store.MAX_CONFIG_BYTES,
    _NAMES.metrics.name: MAX_JSONL_BYTES,
    _NAMES.result.name: MAX_JSON_BYTES,
    _NAMES.log.name: MAX_LOG_BYTES,
    _NAMES.error.name: MAX_LOG_BYTES,
    _NAMES.scores.name: 512 * MIB,
    _NAMES.weights.name: 1280 * MIB,
}
"""The files that travel, and the most bytes of each. The process of a run and a request to stop it stay behind."""
_STALE_S = 6 * 3600.0


@dataclass(frozen=True)
class Export:
    """What an export has written.

    Attributes:
        path: The file.
        n_bytes: Its size.
        left_out: Sentences on files of the run that are not in it.
    """

    path: Path
    n_bytes: int
    left_out: tuple[str, ...]


def export_run(run_dir: Path | str, target: Path | str, *, weights: bool = True) -> Export:
    """Write a run to one file; the same run gives the same bytes.

    Args:
        run_dir: The run folder.
        target: The file; it is replaced if there is one. Its folder is made if missing.
        weights: Take the trained weights along, if there are any.

    Raises:
        RunError: The run has not ended, is damaged, or the file cannot be written; nothing is left behind then.
    """
    members, left_out = _members(RunPaths(Path(run_dir)), weights=weights)
    target = Path(target).absolute()
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as file:
            archive_zip.write_zip(file, members)
        return Export(target, target.stat().st_size, tuple(left_out))


def export_size(run_dir: Path | str, *, weights: bool = True) -> int:
    """About how many bytes an export will have: those of the files that travel, before packing."""
    paths = RunPaths(Path(run_dir))
    names = [name for name in LIMITS if weights or name != paths.weights.name]
    sizes = [_regular_size(paths.folder / name) for name in names]
    return sum(size for size in sizes if size is not None)


def file_name(run_id: str) -> str:
    """A name for the file of a run."""
    return f"{safe_name(run_id)}{SUFFIX}"


def safe_name(run_id: str) -> str:
    """The name of a run as letters, digits, dots, dashes and underscores; never empty."""
    return re.sub(r"[^\w.\-]+", "_", run_id).strip("._")[:100] or "run"


def _members(paths: RunPaths, *, weights: bool) -> tuple[dict[str, Content], list[str]]:
    """What the file of a run holds, in a fixed order, and why other files are left out."""
    run = store.read_run(paths.folder)
    if run.active:
        raise RunError(f"run {run.id!r} is still {run.state}; stop it, or wait for its end, before exporting it")
    config = store.read_config(paths.folder)
    result = read_outcome(paths.folder) if run.state == "finished" or paths.result.is_file() else None
    members: dict[str, Content] = {
        MANIFEST: encoded(records.manifest_of(run).model_dump(mode="json")),
        paths.config.name: encoded(records.portable(config).model_dump(mode="json")),
    }
    if result is not None:
        members[paths.result.name] = encoded(_result_of(paths, records.portable(result.config)))
    epochs = _text(paths.metrics, MAX_JSONL_BYTES)
    texts = {paths.metrics.name: epochs[: epochs.rfind(b"\n") + 1]}  # without a last line that was never finished
    texts |= {path.name: _text(path, MAX_LOG_BYTES) for path in (paths.log, paths.error)}
    members |= {name: content for name, content in texts.items() if content}
    tensors, left_out = _tensor_files(paths, result, weights=weights)
    return members | tensors, left_out


def _text(path: Path, max_bytes: int) -> bytes:
    return b"" if _regular_size(path) is None else whole_lines(path, max_bytes)


def _result_of(paths: RunPaths, config: RunConfig) -> dict[str, Any]:
    return {**store.read_result(paths.folder), "config": config.model_dump(mode="json")}


def _tensor_files(paths: RunPaths, result: Result | None, *, weights: bool) -> tuple[dict[str, Content], list[str]]:
    """Scores and weights where they are sound and small enough."""
    found: dict[str, Content] = {}
    left_out = []
    for path in (paths.scores, paths.weights) if weights else (paths.scores,):
        size = _regular_size(path)
        if size is None:
            continue
        try:
            if size > LIMITS[path.name]:
                raise RunError(f"is larger than {in_mib(LIMITS[path.name])}")
            if path == paths.scores:
                records.check_scores(path, n_labels=len(result.per_class) if result else 0)
            else:
                records.tensor_shapes(path)
        except RunError as error:
            left_out.append(f"{path.name} {error}")
        else:
            found[path.name] = path
    return found, left_out


def _regular_size(path: Path) -> int | None:
    """Size of a plain file; None for anything else, a link too: what it leads to is not part of the run."""
    try:
        known = path.lstat()
    except OSError:
        return None
    return known.st_size if stat.S_ISREG(known.st_mode) else None


def import_run(runs_dir: Path | str, source: Path | BinaryIO, *, name: str = "", prefix: str = PREFIX) -> Path:
    """Make a run of an exported one.

    Args:
        runs_dir: The folder of runs; made if missing.
        source: The file, or its content open for reading.
        name: How to call it in sentences; by default the name of the file.
        prefix: How the name of the new run begins; the name that it had follows.

    Returns:
        The folder of the new run.

    Raises:
        RunError: The file is damaged, foreign or hostile, the runs would take more than their budget, or the folder
            cannot be written. Nothing is left behind.
    """
    shown = repr((name or "the file")[:80])
    if isinstance(source, Path):
        shown = repr(source.name[:80])
        with _open_plain(source, shown) as file:
            return _import(Path(runs_dir).absolute(), file, shown, prefix)
    return _import(Path(runs_dir).absolute(), source, shown, prefix)


@contextmanager
def _open_plain(path: Path, shown: str) -> Iterator[BinaryIO]:
    try:
        size = path.stat().st_size if path.is_file() else None
        if size is None:
            raise RunError(f"{shown} is not there, or no plain file; give the path of an exported run")
        if size > MAX_FILE_BYTES:
            raise RunError(f"{shown} has {in_mib(size)}, a run has at most {in_mib(MAX_FILE_BYTES)}")
        file = path.open("rb")
    except OSError as error:
        raise RunError(f"{shown} cannot be read ({error.strerror or error}); check its rights") from error
    with file:
        yield file


def _import(runs_dir: Path, file: BinaryIO, shown: str, prefix: str) -> Path:
    with writing(runs_dir):
        runs_dir.mkdir(parents=True, exist_ok=True)
        _sweep(runs_dir)
        incoming = Path(tempfile.mkdtemp(prefix=INCOMING_PREFIX, dir=runs_dir))
    try:
        paths = RunPaths(incoming / "run")
        manifest = _unpack(file, paths, runs_dir)
        return _move(paths.folder, runs_dir, f"{prefix}{safe_name(manifest.id)}")
    except archive_zip.UnfitFileError as error:
        raise RunError(f"{shown} {error}; nothing was imported") from error
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _unpack(file: BinaryIO, paths: RunPaths, runs_dir: Path) -> records.Manifest:
    """Unpack a run, check its files and write what this lab has to know of it."""
    with writing(paths.folder):
        paths.folder.mkdir()
    with archive_zip.opened(file, LIMITS, max_bytes=MAX_FILE_BYTES) as archive:
        budget.check_room(runs_dir, archive_zip.unpacked_bytes(archive))
        archive_zip.extract(archive, paths.folder)
    manifest = records.read_manifest(paths.folder / MANIFEST)
    config, result = records.check_files(paths, manifest)
    write_json(paths.config, records.at_home(config, result).model_dump(mode="json"))
    if result is not None:
        write_json(paths.result, _result_of(paths, records.at_home(result.config, result)))
    write_json(paths.origin, {**manifest.model_dump(mode="json"), "imported_at": time.time()})
    write_json(paths.status, {"state": manifest.state, "message": manifest.message})
    with writing(paths.folder):
        (paths.folder / MANIFEST).unlink()
        os.utime(paths.config, (manifest.created_at, manifest.created_at))
    return manifest


def _move(folder: Path, runs_dir: Path, name: str) -> Path:
    target = store.unused_folder(runs_dir, name)
    with writing(target):
        try:
            target.rmdir()  # the name was free; not every system moves a folder onto an empty one
            folder.rename(target)
        except OSError:
            with suppress(OSError):
                target.rmdir()
            raise
    return target


def _sweep(runs_dir: Path) -> None:
    """Remove what an import left behind whose process was killed."""
    for folder in runs_dir.glob(f"{INCOMING_PREFIX}*"):
        with suppress(OSError):
            if abs(time.time() - folder.stat().st_mtime) > _STALE_S and not folder.is_symlink():
                shutil.rmtree(folder, ignore_errors=True)
