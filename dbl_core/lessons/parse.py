"""A lesson's Markdown file as a :class:`~dbl_core.lessons.model.Lesson`; what is wrong is named with its line.

``data/lessons/README.md`` describes the format for teachers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import ValidationError

from dbl_core.config import explain
from dbl_core.errors import DataError
from dbl_core.lessons.model import AnswerSource, Control, Lesson, Opening, Question, Step

FILE_NAME = re.compile(r"([0-9]{2})-([a-z0-9]+(?:-[a-z0-9]+)*)\.md")
BLOCKS = {"question": Question, "answer": AnswerSource, "control": Control, "open": Opening}
"""Blocks of YAML that a step may hold; ``look`` holds Markdown."""
FIELD_OF = {"open": "opening"}
HEADER_KEYS = ("title", "minutes", "summary", "requires")
MOST_CHARACTERS = 64 * 1024
PICTURE = re.compile(r"!\[[^\]]*\][\[(]")
FENCE = re.compile(r"^```\s*([A-Za-z]+)?\s*$")
HEADING = re.compile(r"^##\s+(.+?)\s*$")


@dataclass
class _Draft:
    """A step while its lines are read: heading, line of the heading, lines of text, blocks by name."""

    title: str
    line: int
    text: list[str]
    blocks: dict[str, Any]


class _Reader:
    """Reads one file; every refusal names the file and the line."""

    def __init__(self, file_name: str, text: str) -> None:
        self._file = file_name
        self._lines = text.splitlines()

    def _refusal(self, line: int, sentence: str) -> DataError:
        return DataError(f"{self._file}, line {line}: {sentence}")

    def lesson(self, number: int, name: str) -> Lesson:
        header, first = self._header()
        steps = [self._step(draft) for draft in self._drafts(first)]
        if not steps:
            raise self._refusal(
                len(self._lines) or 1, "the lesson has no step; a step begins with a heading of two signs, ## Title"
            )
        unknown = sorted(set(header) - set(HEADER_KEYS))
        if unknown:
            raise self._refusal(1, f"the header has no {', '.join(map(str, unknown))}; it has {', '.join(HEADER_KEYS)}")
        return self._made(Lesson, {**header, "number": number, "name": name, "steps": tuple(steps)}, 1)

    def _header(self) -> tuple[dict[str, Any], int]:
        """Return what stands between the first two lines of three dashes, and the index of the line after."""
        if not self._lines or self._lines[0].strip() != "---":
            raise self._refusal(1, "a lesson begins with a header between two lines of three dashes")
        for index, line in enumerate(self._lines[1:], start=1):
            if line.strip() == "---":
                return self._yaml(self._lines[1:index], 2), index + 1
        raise self._refusal(1, "the header does not end; close it with a line of three dashes")

    def _drafts(self, first: int) -> Iterator[_Draft]:
        draft: _Draft | None = None
        index = first
        while index < len(self._lines):
            line, number = self._lines[index], index + 1
            heading, fence = HEADING.match(line), FENCE.match(line)
            if heading:
                if draft:
                    yield draft
                draft = _Draft(heading[1], number, [], {})
            elif draft is None:
                if line.strip():
                    raise self._refusal(number, "text stands before the first step; a step begins with ## Title")
            elif fence:
                end = self._end_of_block(index)
                self._block(draft, fence[1], index, end)
                index = end
            else:
                if PICTURE.search(line):
                    raise self._refusal(number, "lessons show no pictures of their own; remove the ![...]")
                draft.text.append(line)
            index += 1
        if draft:
            yield draft

    def _end_of_block(self, start: int) -> int:
        for index in range(start + 1, len(self._lines)):
            if self._lines[index].strip() == "```":
                return index
        raise self._refusal(start + 1, "this block does not end; close it with a line of three backticks")

    def _block(self, draft: _Draft, name: str | None, start: int, end: int) -> None:
        known = [*BLOCKS, "look"]
        if name not in known:
            raise self._refusal(
                start + 1, f"unknown block {name or 'without a name'!r}; choose one of {', '.join(known)}"
            )
        if name in draft.blocks:
            raise self._refusal(start + 1, f"the step {draft.title!r} has two blocks {name!r}; keep one")
        lines = self._lines[start + 1 : end]
        if name == "look":
            if any(map(PICTURE.search, lines)):
                raise self._refusal(start + 2, "lessons show no pictures of their own; remove the ![...]")
            draft.blocks[name] = "\n".join(lines).strip()
        else:
            draft.blocks[name] = self._made(BLOCKS[name], self._yaml(lines, start + 2), start + 1)

    def _step(self, draft: _Draft) -> Step:
        blocks = {FIELD_OF.get(name, name): block for name, block in draft.blocks.items()}
        text = "\n".join(draft.text).strip()
        if not text:
            raise self._refusal(draft.line, f"the step {draft.title!r} has no text")
        return self._made(Step, {"title": draft.title, "text": text, "line": draft.line, **blocks}, draft.line)

    def _yaml(self, lines: list[str], first: int) -> dict[str, Any]:
        text = "\n".join(lines)
        try:
            for token in yaml.scan(text):
                if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
                    raise self._refusal(
                        first + token.start_mark.line, "anchors and aliases (& and *) are not read; write it out"
                    )
            values = yaml.safe_load(text)
        except yaml.MarkedYAMLError as error:
            line = first + (error.problem_mark.line if error.problem_mark else 0)
            raise self._refusal(line, f"this is no YAML: {error.problem or error.context}") from error
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise self._refusal(first, f"this is no YAML: {' '.join(str(error).split())[:120]}") from error
        if not isinstance(values, dict):
            raise self._refusal(first, "here stand pairs of the form name: value")
        return values

    def _made(self, kind: type, values: dict[str, Any], line: int) -> Any:
        try:
            return kind.model_validate(values)
        except ValidationError as error:
            raise self._refusal(line, explain(error)) from error


def read_lesson(file_name: str, text: str) -> Lesson:
    """Read a lesson.

    Args:
        file_name: ``NN-name.md``: its place among the lessons, and what addresses call it.
        text: What the file holds.

    Raises:
        DataError: Something is wrong; one sentence with file and line.
    """
    named = FILE_NAME.fullmatch(file_name)
    if named is None:
        raise DataError(f"{file_name}, line 1: a lesson's file is named like 04-resampling.md, with small letters")
    if len(text) > MOST_CHARACTERS:
        raise DataError(f"{file_name}, line 1: the lesson has more than {MOST_CHARACTERS:,} characters; cut it in two")
    return _Reader(file_name, text).lesson(int(named[1]), named[2])
