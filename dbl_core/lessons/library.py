"""The lessons of a folder: those that can be read, and a sentence about each that cannot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dbl_core.errors import DataError
from dbl_core.lessons.model import Lesson
from dbl_core.lessons.parse import MOST_CHARACTERS, read_lesson

MOST_LESSONS = 50
NOT_LESSONS = ("README.md",)


@dataclass(frozen=True)
class Library:
    """Lessons in their order, and what is wrong with the files that are none.

    Attributes:
        lessons: By their numbers.
        damaged: One sentence a file, with its name and the line.
    """

    lessons: tuple[Lesson, ...]
    damaged: tuple[str, ...] = ()

    def named(self, name: str) -> Lesson | None:
        """Return a lesson by what addresses call it, None where there is none."""
        return next((lesson for lesson in self.lessons if lesson.name == name), None)

    def after(self, lesson: Lesson) -> Lesson | None:
        """Return the lesson that follows, None after the last."""
        later = [other for other in self.lessons if other.number > lesson.number]
        return later[0] if later else None


def read_library(folder: Path) -> Library:
    """Read all lessons of a folder; a damaged one never takes the others along.

    Args:
        folder: Where files ``NN-name.md`` lie; other files and ``README.md`` are left alone.

    Raises:
        DataError: The folder itself cannot be read.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".md" and path.name not in NOT_LESSONS)
    except OSError as error:
        raise DataError(
            f"The lessons in {folder} cannot be read ({error.strerror}): restore them from the repository."
        ) from error
    lessons: dict[int, Lesson] = {}
    damaged = []
    for path in files[:MOST_LESSONS]:
        try:
            lesson = read_lesson(path.name, _text(path))
            if lesson.number in lessons:
                raise DataError(f"{path.name}, line 1: another lesson has the number {lesson.number:02d}; rename one")
            lessons[lesson.number] = lesson
        except DataError as error:
            damaged.append(str(error))
    damaged += [f"{path.name}: more than {MOST_LESSONS} lessons are not read" for path in files[MOST_LESSONS:]]
    return Library(tuple(lessons[number] for number in sorted(lessons)), tuple(damaged))


def library_stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when a lesson does: name, time and size of every file; empty without a folder."""
    try:
        found = [(path.name, path.stat()) for path in folder.iterdir() if path.suffix == ".md"]
    except OSError:
        return ()
    return tuple(sorted((name, about.st_mtime_ns, about.st_size) for name, about in found))


def _text(path: Path) -> str:
    """Read a file of bounded size."""
    try:
        with path.open("rb") as file:
            return file.read(4 * MOST_CHARACTERS + 1).decode("utf-8")
    except OSError as error:
        raise DataError(f"{path.name}, line 1: the file cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name}, line 1: the file is no UTF-8 text; save it as UTF-8") from error
