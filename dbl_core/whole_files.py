"""The one way in which the lab writes a file: whole or not at all."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(path: Path, *, durable: bool = False, buffering: int = -1) -> Iterator[BinaryIO]:
    """Write a file under a temporary name beside it; where the block ends well it takes the file's place in one step.

    A reader sees the old content or all of the new one, never a part; two writers at once leave one of the two.

    Args:
        path: The file; its folder must exist.
        durable: Wait until the disk has it, so that it survives a power cut.
        buffering: As for ``open``.

    Yields:
        The temporary file, open for writing bytes.

    Raises:
        OSError: If it cannot be written; as after any error of the block the old file stays, and no other.
    """
    temporary = path.with_name(f".{path.name[:100]}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        with temporary.open("wb", buffering=buffering) as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - the call that tests make fail
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
