"""The numbers of a run as an event file that TensorBoard reads; TensorBoard itself is not needed to write it.

An event file is a series of records, each a length, a checksum of the length, the data and a checksum of the data
(CRC-32C, rotated and shifted so that a checksum of checksums is harmless). The data is a protocol buffer ``Event``, of
which four fields are used: wall_time (1), step (2), file_version (3) and summary (5) with one value: tag and number.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dbl_core.errors import RunError
from dbl_core.runs import store
from dbl_core.runs.archive import safe_name
from dbl_core.runs.outcome import Epoch, read_epochs, read_outcome
from dbl_core.runs.record import writing
from dbl_core.whole_files import replacing

_VARINT, _DOUBLE, _BYTES, _FLOAT = 0, 1, 2, 5
_MAX_FLOAT = 3.4e38
_VERSION = b"brain.Event:2"


def _crc_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return tuple(table)


_TABLE = _crc_table()


@dataclass(frozen=True)
class Scalar:
    """One number of a curve: its name, when it was measured (seconds since the epoch), at which step, its value."""

    tag: str
    wall_time: float
    step: int
    value: float


def write_event_file(run_dir: Path | str, out: Path | str) -> tuple[Path, int]:
    """Write the curves of a run for ``tensorboard --logdir OUT``.

    Args:
        run_dir: The run folder.
        out: Folder for event files; the run gets a folder of its own name in it. An older file of the run is replaced.

    Returns:
        The file, and how many numbers it holds.

    Raises:
        RunError: The run has no finished epoch, or the file cannot be written.
    """
    run = store.read_run(run_dir)
    epochs = read_epochs(run_dir)
    if not epochs:
        raise RunError(f"run {run.id!r} has no finished epoch yet, so there are no curves to write")
    scalars = list(scalars_of(epochs, labels=_labels(run_dir), started_at=run.created_at))
    path = Path(out).absolute() / safe_name(run.id) / f"events.out.tfevents.{int(run.created_at)}.long-tail-lab"
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(encoded_events(scalars, started_at=run.created_at))
    return path, len(scalars)


def _labels(run_dir: Path | str) -> tuple[str, ...]:
    """Names of the classes; empty where the run has left no result."""
    try:
        return tuple(entry.label for entry in read_outcome(run_dir).per_class)
    except RunError:
        return ()


def scalars_of(epochs: tuple[Epoch, ...], *, labels: tuple[str, ...], started_at: float) -> Iterator[Scalar]:
    """Every finite number of some epochs under a name with slashes, by which TensorBoard groups its charts."""
    for epoch in epochs:
        moment = started_at + (epoch.seconds if math.isfinite(epoch.seconds) else 0.0)
        for tag, value in _numbers(epoch, labels).items():
            if abs(value) < _MAX_FLOAT:  # neither undefined nor more than the format holds
                yield Scalar(tag, moment, epoch.step or epoch.epoch, value)


def _numbers(epoch: Epoch, labels: tuple[str, ...]) -> dict[str, float]:
    numbers = {f"map/{group}": value for group, value in epoch.map.items()}
    numbers |= {"loss/train": epoch.train_loss, "loss/test": epoch.test_loss, "learning_rate": epoch.learning_rate}
    names = labels if len(labels) == len(epoch.ap) else tuple(map(str, range(len(epoch.ap))))
    numbers |= {f"ap/{name}": value for name, value in zip(names, epoch.ap, strict=True)}
    for title, table in (("weight", epoch.weights), ("gradient", epoch.gradients)):
        for sign, groups in table.items():
            numbers |= {f"{title}/{sign}_{group}": value for group, value in groups.items()}
    return numbers


def encoded_events(scalars: Iterable[Scalar], *, started_at: float) -> bytes:
    """The content of an event file: its version, then one record a number."""
    head = _field(1, _DOUBLE, started_at) + _field(3, _BYTES, _VERSION)
    return b"".join(map(_record, [head, *map(_event, scalars)]))


def _event(scalar: Scalar) -> bytes:
    tag = scalar.tag.encode("utf-8", errors="replace")
    value = _field(1, _BYTES, tag) + _field(2, _FLOAT, scalar.value)
    summary = _field(1, _BYTES, value)
    return _field(1, _DOUBLE, scalar.wall_time) + _field(2, _VARINT, scalar.step) + _field(5, _BYTES, summary)


def _field(number: int, kind: int, value: float | bytes) -> bytes:
    head = _varint(number << 3 | kind)
    if kind == _VARINT:
        return head + _varint(int(value))
    if kind == _BYTES:
        return head + _varint(len(value)) + value
    return head + struct.pack("<d" if kind == _DOUBLE else "<f", value)


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the top bit says that more follow."""
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    digits.append(value)
    return bytes(digits)


def _record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + _masked_crc(length) + data + _masked_crc(data)


def _masked_crc(data: bytes) -> bytes:
    crc = crc32c(data)
    rotated = (crc >> 15 | crc << 17) & 0xFFFFFFFF
    return struct.pack("<L", (rotated + 0xA282EAD8) & 0xFFFFFFFF)


def crc32c(data: bytes) -> int:
    """The CRC-32C (Castagnoli) of some bytes."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF
