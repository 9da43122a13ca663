"""Which reader a file is for: by what it begins with where that is unmistakable, else by its ending."""

import gzip
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from dbl_core.datasets.files.limits import MAX_FILE_BYTES, regular_file_size
from dbl_core.datasets.files.table import CountsOnly, LabelTable
from dbl_core.errors import DataError

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "csv": "CSV or TSV (also .gz), one row an image: a column of 0 and 1 for each label, or one column of names.",
        "parquet": "Parquet, with the same columns.",
        "npz": "NPZ with the arrays labels (or Y) and label_names, and if you have them features (or X) and ids.",
        "arff": "ARFF with Mulan's XML file of labels, or with MEKA's option -C in its relation.",
        "json": "JSON with annotations in COCO's format, or with class counts: pos_counts and num_samples.",
        "folder": "A folder in the layout of PASCAL VOC or of COCO.",
    }
)
SUFFIXES = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".txt": "csv", ".parquet": "parquet", ".pq": "parquet",
    ".npz": "npz", ".arff": "arff", ".json": "json",
}  # fmt: skip
_REFUSED = {
    b"\xd0\xcf\x11\xe0": "is an old Excel or Word file: save it as CSV.",
    b"%PDF": "is a PDF file: save the table in it as CSV.",
    b"\x80\x04": "is a pickle, which is never loaded: save it as CSV or NPZ.",
    b"\x80\x05": "is a pickle, which is never loaded: save it as CSV or NPZ.",
    b"\x89PNG": "is an image: give the file of labels.",
    b"\xff\xd8\xff": "is an image: give the file of labels.",
    b"\x93NUMPY": "is one array without label names: save it with numpy.savez(labels=..., label_names=...).",
}
_HEAD = 512


def format_of(path: Path) -> str:
    """The key of ``FORMATS`` a path is for.

    Raises:
        DataError: the file is of a kind that is not read, or is not what its name says.
    """
    if path.is_dir():
        return "folder"
    head = _head(path)
    for magic, sentence in _REFUSED.items():
        if head.startswith(magic):
            raise DataError(f"{path.name} {sentence}")
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    named = SUFFIXES.get(suffix)
    if head.startswith(b"PK"):
        if named == "npz" or (named is None and suffix not in (".xlsx", ".ods", ".docx", ".zip")):
            return "npz"
        raise DataError(f"{path.name} is a zip archive or an Excel file, not a table: unpack it or save it as CSV.")
    if head.startswith(b"PAR1"):
        return "parquet"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype", b"<html")):
        raise DataError(f"{path.name} is a web page, not a label file: download it again.")
    if named in ("npz", "parquet"):
        raise DataError(f"{path.name} is no {named.upper()} file, although its name says so: export it again.")
    return named or _of_text(path, start)


def _of_text(path: Path, start: bytes) -> str:
    """The format of a text file with an unknown ending."""
    if start.startswith(b"{"):
        return "json"
    if start.startswith((b"@relation", b"%")):
        return "arff"
    if b"\0" in start or not start:
        raise DataError(f"{path.name} is of no kind that is read: give CSV, TSV, Parquet, NPZ, ARFF or JSON.")
    return "csv"


def _head(path: Path) -> bytes:
    """The first bytes of a file, unpacked where it is gzip data."""
    try:
        with path.open("rb") as raw:
            head = raw.read(_HEAD)
            if head.startswith(b"\x1f\x8b"):
                raw.seek(0)
                with gzip.GzipFile(fileobj=raw) as stream:
                    head = stream.read(_HEAD)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{path.name} cannot be read ({getattr(error, 'strerror', None) or error}): it may be damaged or cut off."
        ) from error
    return head


def read_label_file(
    path: str | Path,
    *,
    separator: str | None = None,
    delimiter: str | None = None,
    columns: Mapping[str, str] | None = None,
    max_bytes: int = MAX_FILE_BYTES,
) -> LabelTable | CountsOnly:
    """Read labels from a file or folder of the user's.

    Memory stays bounded whatever the file claims to be (see ``limits``), nothing is unpickled, nothing is written.

    Args:
        path: a file of one of ``FORMATS``, or a folder in the layout of VOC or COCO.
        separator: between the label names of one cell of CSV or Parquet; None finds out.
        delimiter: between the columns of CSV; None finds out.
        columns: role ("id", "image", "split", "labels") to name of a column of CSV or Parquet; what is not named is
            found by its name.
        max_bytes: largest file that is opened; ``MAX_UPLOAD_BYTES`` suits uploads.

    Returns:
        A :class:`LabelTable`, or :class:`CountsOnly` for a file of class counts.

    Raises:
        ValueError: an option that is out of range, or that the format does not have.
        DataError: the file cannot be read, or is not as it must be: one sentence with file, row and column.
    """
    path = Path(path)
    if separator is not None and not 0 < len(separator) <= 3:
        raise ValueError(f"separator is {separator!r}, must be one to three characters such as '|'")
    if not path.exists():
        raise DataError(f"{path} does not exist: give the path of a label file.")
    if not path.is_dir():
        regular_file_size(path, max_bytes)
    kind = format_of(path)
    table_options = {"separator": separator, "columns": columns}
    given = {name: value for name, value in (*table_options.items(), ("delimiter", delimiter)) if value is not None}
    allowed = {"csv": set(given), "parquet": set(table_options)}.get(kind, set())
    if set(given) - allowed:
        raise ValueError(
            f"{path.name} is read as {kind}, which has no option {', '.join(sorted(set(given) - allowed))}"
        )
    return _read(kind, path, given)


def _read(kind: str, path: Path, options: dict[str, object]) -> LabelTable | CountsOnly:
    """Call the reader of a format; each is loaded when it is needed."""
    if kind == "csv":
        from dbl_core.datasets.files.delimited import read_delimited as read
    elif kind == "parquet":
        from dbl_core.datasets.files.parquet import read_parquet as read
    elif kind == "npz":
        from dbl_core.datasets.files.npz import read_npz as read
    elif kind == "arff":
        from dbl_core.datasets.files.arff import read_arff as read
    elif kind == "json":
        from dbl_core.datasets.files.json_file import read_json as read
    else:
        from dbl_core.datasets.files.folders import read_folder as read
    return read(path, **options)
