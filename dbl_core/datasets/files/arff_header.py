"""The header of an ARFF file: relation, attributes, and MEKA's ``-C n`` in the name of the relation.

``@relation 'name: -C 6'``: the first six attributes are the labels; a negative number means the last ones.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dbl_core.datasets.files.limits import MAX_COLUMNS, check_count, shown
from dbl_core.errors import DataError

NUMERIC, NOMINAL, TEXT = "numeric", "nominal", "text"
_TYPES = {"numeric": NUMERIC, "real": NUMERIC, "integer": NUMERIC, "string": TEXT, "date": TEXT}
_NAME = re.compile(r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\s{},%'"]+))""")
_VALUE = re.compile(r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^,]*))\s*(,|$)""")
_MEKA = re.compile(r"(?:^|\s|:)-[Cc]\s+(-?\d{1,6})\b")
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True)
class Attribute:
    """A column: its name, ``NUMERIC``, ``NOMINAL`` or ``TEXT``, and the values of a nominal one in their order."""

    name: str
    kind: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Header:
    """Attributes in order, MEKA's number of labels (None without it), and the number of the line with ``@data``."""

    attributes: tuple[Attribute, ...]
    meka_labels: int | None
    last_line: int


def read_header(path: Path, text: Iterator[str]) -> Header:
    """Read up to and with ``@data``.

    Raises:
        DataError: a declaration is not as it must be, a name comes twice, or ``@data`` is missing.
    """
    attributes: dict[str, Attribute] = {}
    meka = None
    for number, line in enumerate(text, start=1):
        line = line.strip()
        if not line or line.startswith("%"):
            continue
        word, _, rest = line.replace("\t", " ").partition(" ")
        if word.lower() == "@data":
            if not attributes:
                raise DataError(f"{path.name} declares no attribute before @data.")
            return Header(tuple(attributes.values()), meka, number)
        if word.lower() == "@relation":
            found = _MEKA.search(rest)
            meka = int(found.group(1)) if found else None
        elif word.lower() == "@attribute":
            attribute = _attribute(path, number, rest)
            if attribute.name in attributes:
                raise DataError(f"{path.name}: line {number} repeats the attribute {shown(attribute.name)}.")
            attributes[attribute.name] = attribute
            check_count(path, "attributes", len(attributes), MAX_COLUMNS)
        else:
            raise DataError(f"{path.name}: line {number} is {shown(line)}, must be @relation, @attribute or @data.")
    raise DataError(f"{path.name} has no @data line: it is no ARFF file, or cut off.")


def values_of(text: str) -> list[str] | None:
    """The values of a line, between commas, quotes taken off; None where the quotes do not match."""
    if "'" not in text and '"' not in text and "\\" not in text:
        return [value.strip() for value in text.split(",")]
    found, at = [], 0
    while True:
        match = _VALUE.match(text, at)
        if not match:
            return None
        found.append(_unquoted(match))
        at = match.end()
        if not match.group(4):
            return found


def name_and_rest(text: str) -> tuple[str, str] | None:
    """A name, quoted or not, at the front of a text, and what follows."""
    match = _NAME.match(text)
    return (_unquoted(match), text[match.end() :].strip()) if match else None


def _unquoted(match: re.Match[str]) -> str:
    quoted = match.group(1) if match.group(1) is not None else match.group(2)
    return match.group(3).strip() if quoted is None else _ESCAPE.sub(r"\1", quoted)


def _attribute(path: Path, number: int, text: str) -> Attribute:
    found = name_and_rest(text)
    name, kind = found or ("", "")
    if kind.startswith("{") and kind.endswith("}"):
        values = values_of(kind[1:-1])
        if values and len(set(values)) == len(values):
            return Attribute(name, NOMINAL, tuple(values))
    elif kind.split() and kind.split()[0].lower() in _TYPES:
        return Attribute(name, _TYPES[kind.split()[0].lower()])
    raise DataError(f"{path.name}: line {number} declares {shown(text.strip())}, must be a name and a type.")
