"""Where the files that come with the project lie; the only place that knows."""

from pathlib import Path

import dbl_core
from dbl_core.errors import DataError

DATA_DIR = Path(dbl_core.__file__).resolve().parents[1] / "data"


def packaged_file(name: str) -> Path:
    """The path of a file of ``data/``.

    Raises:
        DataError: the file is not there, so the checkout is incomplete.
    """
    path = DATA_DIR / name
    if not path.is_file():
        raise DataError(f"{path} is missing: restore it from the repository, the lab cannot work without it.")
    return path
