"""The arrays of an NPZ file, measured before they are read; nothing is unpickled.

A zip archive names the unpacked size of every member, and ``zipfile`` gives no more than that; the header of an array
names its shape and type. Both are held against the limits, and against each other, before memory is taken.
"""

import math
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from dbl_core.datasets.files.limits import MAX_ARCHIVE_BYTES, MAX_ROWS, MIB, check_count, in_mib, shown
from dbl_core.errors import DataError

_MAX_MEMBERS = 64
_MAX_PACKING = 1100
"""Deflate packs at most 1,032 to 1; more is a forged size."""
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


class Archive:
    """The arrays of an NPZ file by name, each read when asked for.

    Raises:
        DataError: it is no zip archive, has too many members, or unpacks to more than ``MAX_ARCHIVE_BYTES``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with zipfile.ZipFile(path) as archive:
                members = archive.infolist()
        except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise DataError(f"{path.name} cannot be opened as NPZ ({error}): it is damaged or cut off.") from error
        if len(members) > _MAX_MEMBERS:
            raise DataError(
                f"{path.name} has {len(members)} members, more than {_MAX_MEMBERS}: it is no NPZ of labels."
            )
        if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
            raise DataError(f"{path.name} is packed in a way NPZ files are not: save it with numpy.savez_compressed.")
        total = sum(member.file_size for member in members)
        if total > MAX_ARCHIVE_BYTES or any(m.file_size > MIB + _MAX_PACKING * m.compress_size for m in members):
            raise DataError(
                f"{path.name} claims to unpack to {in_mib(total)}, at most {in_mib(MAX_ARCHIVE_BYTES)} are read."
            )
        self._sizes = {member.filename.removesuffix(".npy"): member.file_size for member in members}
        self.names = tuple(self._sizes)

    def __contains__(self, name: object) -> bool:
        return name in self._sizes

    def read(self, name: str, *, dimensions: int | None = None) -> np.ndarray:
        """One array.

        Args:
            name: its name, without ``.npy``.
            dimensions: how many it must have; None takes any.

        Raises:
            DataError: it is damaged, holds Python objects, or is not what its header says.
        """
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(f"{name}.npy") as member:
                self._check_header(name, member)
            with zipfile.ZipFile(self.path) as archive, archive.open(f"{name}.npy") as member:
                array = npy.read_array(member, allow_pickle=False)
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
            raise DataError(f"{self.path.name}: the array {name!r:.60} is damaged ({_brief(error)}).") from error
        if dimensions is not None and array.ndim != dimensions:
            raise DataError(
                f"{self.path.name}: {name!r} has the shape {array.shape}, must have {dimensions} dimensions."
            )
        return array

    def texts(self, name: str) -> list[str]:
        """An array of text or of whole numbers as a list of str.

        Raises:
            DataError: as :meth:`read`, or it holds something else.
        """
        array = self.read(name, dimensions=1)
        check_count(self.path, f"entries of {shown(name)}", len(array), MAX_ROWS)
        if array.dtype.kind == "S":
            try:
                array = np.char.decode(array, "utf-8")
            except UnicodeDecodeError as error:
                raise DataError(f"{self.path.name}: {name!r} is not UTF-8 text: save it as text.") from error
        if array.dtype.kind not in "Uiu":
            raise DataError(f"{self.path.name}: {name!r} holds {array.dtype}, must hold text.")
        return [str(value) for value in array.tolist()]

    def _check_header(self, name: str, member: object) -> None:
        """Refuse what would unpickle, or take more memory than its bytes are worth."""
        version = npy.read_magic(member)
        if version not in _HEADERS:
            raise ValueError(f"version {version} of its format is not known")
        shape, _, dtype = _HEADERS[version](member)
        if dtype.hasobject:
            raise DataError(
                f"{self.path.name}: {shown(name)} holds Python objects (pickle), which are never loaded: "
                "save it as an array of numbers or text."
            )
        if (
            dtype.kind not in "biufUS"
            or not dtype.itemsize
            or math.prod(shape) * dtype.itemsize != self._sizes[name] - member.tell()
        ):
            raise ValueError(f"its header says {dtype} of shape {shape}, its bytes do not")


def _brief(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
