"""The labels of a data set of many files, kept beside them in one.

Reading sixteen thousand XML files or half a gigabyte of JSON takes a while. What was read is kept in the data folder,
with a key made of sizes and dates of what it was read from; nothing in it is unpickled.
"""

import logging
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from dbl_core.datasets.published import PublishedPool
from dbl_core.whole_files import replacing

READER_VERSION = 1
"""Raised when the same files come to mean other labels."""

_LOG = logging.getLogger(__name__)


def kept_pool(kept_file: Path, key: str, read: Callable[[], PublishedPool]) -> PublishedPool:
    """The pool of a key from the file where it was kept, else read anew and kept.

    A file that is damaged, of another key or cannot be written is no error: reading takes longer, that is all.
    """
    pool = _read_kept(kept_file, key)
    if pool is None:
        pool = read()
        try:
            _keep(kept_file, key, pool)
        except OSError as error:
            _LOG.warning("What was read cannot be kept in %s (%s); it is read again next time.", kept_file, error)
    return pool


def key_of(*paths: Path) -> str:
    """Sizes and dates of files and folders; a folder's date changes with every file that comes, goes or is replaced."""
    stats = [path.stat() for path in paths]
    return repr([READER_VERSION, *((stat.st_size, stat.st_mtime_ns) for stat in stats)])


def _read_kept(path: Path, key: str) -> PublishedPool | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            if str(kept["key"]) != key:
                return None
            n_labels = len(kept["label_names"])
            labels = np.unpackbits(kept["labels"], axis=1, count=n_labels).astype(bool)
            pool = PublishedPool(
                labels, tuple(kept["label_names"].tolist()), kept["ids"], kept["image_names"], kept["is_test"]
            )
            if len({len(array) for array in (labels, pool.ids, pool.image_names, pool.is_test)}) != 1:
                raise ValueError("its arrays differ in length")
            return pool
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        _LOG.warning("%s is damaged (%s) and is made again.", path, error)
        return None


def _keep(path: Path, key: str, pool: PublishedPool) -> None:
    with replacing(path) as file:
        np.savez_compressed(
            file,
            key=np.array(key),
            labels=np.packbits(pool.labels, axis=1),
            label_names=np.array(pool.label_names),
            ids=pool.ids,
            image_names=pool.image_names,
            is_test=pool.is_test,
        )
