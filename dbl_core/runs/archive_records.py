"""What an exported run says about itself, and whether its files are what a run of this lab has.

The process of a run stays behind: its number means nothing on another machine. So do the folders of the machine: of a
data file only the name travels, and an imported run reads a file of that name only from the data folder of this lab,
and only if its classes and counts are those of the run.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open

from dbl_core.config import DatasetConfig, RunConfig
from dbl_core.datasets import load_dataset, own_files, uploads
from dbl_core.errors import DblError, RunError
from dbl_core.runs.archive_zip import UnfitFileError
from dbl_core.runs.outcome import Result, epochs_of, read_outcome
from dbl_core.runs.paths import RunPaths
from dbl_core.runs.record import read_json
from dbl_core.runs.store import MAX_NAME, Run, read_config, read_metrics

VERSION = 1
ELSEWHERE = "of-an-imported-run"
"""A folder that never exists, for the data files that this lab does not have."""
_MAX_HEADER_BYTES = 16 << 20
_FLOATS, _INTEGERS = ("F16", "F32", "F64"), ("I32", "I64")


class Manifest(BaseModel):
    """What is known of an exported run besides its files; an imported run keeps it.

    Attributes:
        format: Marks the file as a run.
        version: Of this record.
        id: Name of the run where it was trained.
        state: How it ended there.
        message: Its last words.
        created_at: Seconds since the epoch.
        seconds: How long it took; None where that is not known.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    format: Literal["long-tail-lab run"] = "long-tail-lab run"
    version: int = Field(default=VERSION, ge=1)
    id: str = Field(min_length=1, max_length=MAX_NAME)
    state: Literal["finished", "failed", "stopped", "lost"]
    message: str = Field(default="", max_length=4000)
    created_at: float = Field(default=0.0, ge=0, lt=1e11)
    seconds: float | None = Field(default=None, ge=0, lt=1e11)


def manifest_of(run: Run) -> Manifest:
    """The record of a run that is to be exported; an imported one keeps the name that it came with.

    Raises:
        RunError: Its own record of where it came from is damaged.
    """
    kept = read_json(RunPaths(run.folder).origin) or {}
    known = {"id": run.id, "created_at": round(max(run.created_at, 0.0), 3), "seconds": run.seconds}
    known |= {key: kept[key] for key in known if key in kept}
    try:
        return Manifest(state=run.state, message=run.message, **known)
    except ValidationError as error:
        raise RunError(f"run {run.id!r} cannot be exported: its records are damaged") from error


def read_manifest(path: Path) -> Manifest:
    """The record of an exported run.

    Raises:
        UnfitFileError: It is missing, damaged, or of a newer version.
    """
    values = read_json(path)
    if values is None or values.get("format") != "long-tail-lab run":
        raise UnfitFileError("is no run of this lab: it does not say what it holds")
    try:
        manifest = Manifest.model_validate(values)
    except ValidationError as error:
        raise UnfitFileError(f"is damaged: {path.name} does not say how the run ended") from error
    if manifest.version > VERSION:
        raise UnfitFileError("was exported by a newer version of the lab; update this one")
    return manifest


def check_files(paths: RunPaths, manifest: Manifest) -> tuple[RunConfig, Result | None]:
    """Read every file of an unpacked run as the pages would.

    Returns:
        Its settings, and its final numbers if it has any.

    Raises:
        UnfitFileError: One of them is not what it should be.
    """
    try:
        config = read_config(paths.folder)
        result = read_outcome(paths.folder) if paths.result.is_file() else None
    except RunError as error:
        raise UnfitFileError(f"is damaged: {str(error).replace(str(paths.folder), 'it')}") from error
    if manifest.state == "finished" and result is None:
        raise UnfitFileError(f"is damaged: the run is called finished, but there is no {paths.result.name}")
    if paths.metrics.is_file() and not epochs_of(read_metrics(paths.folder)):
        raise UnfitFileError(f"is damaged: no line of {paths.metrics.name} is an epoch")
    if paths.scores.is_file():
        check_scores(paths.scores, n_labels=len(result.per_class) if result is not None else 0)
    if paths.weights.is_file():
        tensor_shapes(paths.weights)
    return config, result


def check_scores(path: Path, *, n_labels: int = 0) -> None:
    """Refuse scores that are no matrix of images and classes with a row number for every image.

    Args:
        path: A safetensors file.
        n_labels: Classes there must be; 0 when that is not known.

    Raises:
        UnfitFileError: They are something else.
    """
    shapes = tensor_shapes(path)
    kind, shape = shapes.get("scores", ("", ()))
    rows_kind, rows_shape = shapes.get("test_rows", ("", ()))
    fits = kind in _FLOATS and rows_kind in _INTEGERS and len(shape) == 2 and rows_shape == shape[:1]
    if not fits or (n_labels and shape[1] != n_labels):
        raise UnfitFileError(f"is damaged: {path.name} holds no scores of the classes of the run")


def tensor_shapes(path: Path) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Type and shape of every tensor of a safetensors file, from its header; no tensor is loaded.

    Raises:
        UnfitFileError: It is no such file, or its header does not fit its size.
    """
    with path.open("rb") as file:
        header_bytes = int.from_bytes(file.read(8), "little")
    if header_bytes > _MAX_HEADER_BYTES:
        raise UnfitFileError(f"is damaged: the header of {path.name} is too long")
    try:
        with safe_open(path, framework="numpy") as tensors:
            slices = {name: tensors.get_slice(name) for name in tensors.keys()}  # noqa: SIM118 - it is no mapping
            return {name: (one.get_dtype(), tuple(one.get_shape())) for name, one in slices.items()}
    except (OSError, SafetensorError, ValueError, OverflowError) as error:
        raise UnfitFileError(f"is damaged: {path.name} is no file of tensors") from error


def portable(config: RunConfig) -> RunConfig:
    """Settings without what belongs to one machine: of paths only the last part is left."""
    dataset = config.dataset
    changes = {key: _last_part(getattr(dataset, key)) for key in ("path", "images", "split_file")}
    train = config.train.model_copy(update={"weights": _last_part(config.train.weights)})
    return config.model_copy(
        update={"dataset": dataset.model_copy(update={**changes, "root": None}), "train": train},
    )


def _last_part(path: str | None) -> str | None:
    return None if path is None else re.split(r"[/\\]", path.rstrip("/\\"))[-1] or "unnamed"


def at_home(config: RunConfig, result: Result | None) -> RunConfig:
    """Settings of another machine as this one may use them: no path leads out of this lab's data folder.

    Args:
        config: Settings of an imported run.
        result: Its numbers, by which a data file of this lab is recognised as the one it was trained on.
    """
    config = portable(config)
    dataset = config.dataset
    changes: dict[str, Any] = {"split_file": _elsewhere(dataset.split_file), "path": _elsewhere(dataset.path)}
    changes["images"] = _elsewhere(dataset.images)
    if dataset.path is not None:
        own = dataset.model_copy(update={"path": _own(dataset.path), "images": _own(dataset.images)})
        if result is not None and own.path is not None and _is_of(result, own):
            changes |= {"path": own.path, "images": own.images}
    return config.model_copy(update={"dataset": dataset.model_copy(update=changes)})


def _elsewhere(name: str | None) -> str | None:
    return None if name is None else str(own_files.uploads_dir() / ELSEWHERE / uploads.safe_name(name))


def _own(name: str | None) -> str | None:
    """The file of that name in the data folder; None where there is none."""
    try:
        path = own_files.resolve(name or "")
    except ValueError:
        return None
    return str(path) if path.exists() else None


def _is_of(result: Result, choice: DatasetConfig) -> bool:
    """Whether a data set has the classes and training counts that the result of a run names."""
    try:
        dataset = load_dataset(choice.name, **choice.options)
        counts = np.asarray(dataset.label_counts)
    except (DblError, ValueError, AttributeError):
        return False
    names = tuple(entry.label for entry in result.per_class)
    return names == tuple(dataset.label_names) and np.array_equal(counts, result.label_counts)
