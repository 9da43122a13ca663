"""The top level of a JSON file, item by item: an annotation file of any size in little memory.

With ``one_by_one={"images"}``, ``{"images": [a, b], "info": c}`` gives ("images", a), ("images", b), ("info", c).
"""

import io
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from dbl_core.datasets.files.limits import MAX_JSON_ITEM_CHARACTERS, MIB
from dbl_core.datasets.files.text import open_text
from dbl_core.errors import DataError

_CHUNK = MIB // 4
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def json_items(path: Path, one_by_one: Collection[str]) -> Iterator[tuple[str, object]]:
    """Key and item of the top level of a JSON file.

    Args:
        path: the file.
        one_by_one: keys whose arrays are given item by item; an empty array gives nothing.

    Raises:
        DataError: the file is not JSON with an object at its top level, gives a key twice, is cut off, or has an item
            of more than ``MAX_JSON_ITEM_CHARACTERS``.
    """
    with open_text(path) as stream:
        reader = _Reader(path, stream)
        reader.expect("{", "an object in braces")
        seen: set[str] = set()
        while not reader.closed("}", first=not seen):
            key = reader.item()
            if not isinstance(key, str) or key in seen:
                raise reader.wrong(f"the key {key!r:.60} is given twice or is not text")
            seen.add(key)
            reader.expect(":", "a colon after a key")
            if key not in one_by_one or reader.peek() != "[":
                yield key, reader.item()
            else:
                for item in reader.array():
                    yield key, item


@dataclass
class _Reader:
    """Reads a text in chunks and decodes from the front."""

    path: Path
    stream: io.TextIOWrapper
    buffer: str = ""
    at: int = 0
    dropped: int = 0
    ended: bool = False

    def array(self) -> Iterator[object]:
        """The items of the array that begins here."""
        self.expect("[", "an array")
        first = True
        while not self.closed("]", first=first):
            yield self.item()
            first = False
        self.at += 1

    def closed(self, bracket: str, *, first: bool) -> bool:
        """Whether the closing bracket comes next; if not, steps over the comma that stands before all but the first."""
        if self.peek() == bracket:
            return True
        if not first:
            self.expect(",", f"a comma or {bracket}")
        return False

    def item(self) -> object:
        """The value that begins here."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self.buffer, self.at)
            except json.JSONDecodeError as error:
                problem = error.msg
            except (RecursionError, ValueError) as error:
                raise self.wrong("a value is nested too deep or has too many digits") from error
            else:
                # a number at the very end of the buffer may go on in the next chunk
                if end < len(self.buffer) or self.ended:
                    self.at = end
                    return value
                problem = "it is cut off"
            if self.ended:
                raise self.wrong(problem)
            self._more(len(self.buffer) - self.at)

    def peek(self) -> str:
        """The next character that is not white space."""
        while True:
            self.at = _SPACE.match(self.buffer, self.at).end()
            if self.at < len(self.buffer):
                return self.buffer[self.at]
            if self.ended:
                raise self.wrong("it is cut off")
            self._more(0)

    def expect(self, character: str, what: str) -> None:
        """Step over a character."""
        if self.peek() != character:
            raise self.wrong(f"{what} is missing")
        self.at += 1

    def wrong(self, problem: str) -> DataError:
        """The sentence about a place in the file."""
        place = self.dropped + self.at
        return DataError(f"{self.path.name} is not valid JSON near character {place:,} ({problem}): export it again.")

    def _more(self, open_characters: int) -> None:
        """Read on; twice as much each time, so that a long item is not decoded over and over."""
        if open_characters > MAX_JSON_ITEM_CHARACTERS:
            raise self.wrong(f"a value has more than {MAX_JSON_ITEM_CHARACTERS:,} characters")
        piece = self.stream.read(max(_CHUNK, open_characters))
        self.ended = not piece
        self.dropped += self.at
        self.buffer = self.buffer[self.at :] + piece
        self.at = 0
