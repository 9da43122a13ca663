"""Label files of the user's own: one reader a format, one table for all of them.

``read_label_file(path)`` finds the format; ``limits`` says how much is read, ``names`` which names are refused.
"""

from dbl_core.datasets.files.limits import MAX_FILE_BYTES, MAX_UPLOAD_BYTES
from dbl_core.datasets.files.registry import FORMATS, format_of, read_label_file
from dbl_core.datasets.files.table import CountsOnly, LabelTable

__all__ = [
    "FORMATS",
    "MAX_FILE_BYTES",
    "MAX_UPLOAD_BYTES",
    "CountsOnly",
    "LabelTable",
    "format_of",
    "read_label_file",
]
