"""Lessons: texts that a teacher can change, questions, and answers that are computed from the data at hand.

A lesson is a Markdown file (``data/lessons``, format in its README); ``computations`` holds the functions it may name.
"""

from dbl_core.lessons.answer import Answer, Bar, Bars, Line, Lines, Quantity, Value
from dbl_core.lessons.computations import COMPUTATIONS, computation_named
from dbl_core.lessons.fill import fill
from dbl_core.lessons.lab import Lab, facts
from dbl_core.lessons.library import Library, library_stamp, read_library
from dbl_core.lessons.model import Control, Lesson, Question, Step
from dbl_core.lessons.parse import read_lesson

__all__ = [
    "COMPUTATIONS",
    "Answer",
    "Bar",
    "Bars",
    "Control",
    "Lab",
    "Lesson",
    "Library",
    "Line",
    "Lines",
    "Quantity",
    "Question",
    "Step",
    "Value",
    "computation_named",
    "facts",
    "fill",
    "library_stamp",
    "read_lesson",
    "read_library",
]
