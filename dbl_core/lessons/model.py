"""A lesson as data: its steps, their questions, what answers them, and the pages they open."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from dbl_core.config.base import Settings, one_of
from dbl_core.lessons.computations import computation_named

PAGES = ("Dataset", "Labels", "Loss Lab", "Playground", "Train", "Runs")
"""Pages that a step may open."""
KEPT_PARAMETERS = ("data", "file", "images", "preset", "ratio", "profile", "max_count", "seed")
"""Parts of an address that a step may not set: the data set stays the student's own choice."""
MOST_STEPS = 20
MOST_TEXT = 4000
Word = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,40}$")]
ShortText = Annotated[str, Field(min_length=1, max_length=300)]


class Question(Settings):
    """What the student predicts before seeing the answer.

    Attributes:
        ask: The question, Markdown.
        kind: "number" (a slider), "choice" (one of some options) or "order" (names from first to last).
        low: "number": left end of the slider.
        high: Its right end.
        start: Where it stands at first; None: in the middle.
        step: Distance of its positions on a linear scale; None takes a hundredth of the range.
        scale: "linear" or "log", on which closeness is measured too.
        unit: What stands behind the number.
        options: "choice": key -> text; without them the options are the names that the answer orders.
    """

    ask: ShortText
    kind: Literal["number", "choice", "order"]
    low: float | None = None
    high: float | None = None
    start: float | None = None
    step: Annotated[float, Field(gt=0)] | None = None
    scale: Literal["linear", "log"] = "linear"
    unit: Annotated[str, Field(max_length=20)] = ""
    options: Annotated[dict[Word, ShortText], Field(max_length=8)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Question:
        if self.kind == "number":
            if self.low is None or self.high is None or not self.low < self.high:
                raise ValueError("a question for a number needs low and high, with low below high")
            if self.scale == "log" and self.low <= 0:
                raise ValueError(f"a question on a log scale needs low above 0, not {self.low:g}")
            if self.start is not None and not self.low <= self.start <= self.high:
                raise ValueError(f"start {self.start:g} must lie between low {self.low:g} and high {self.high:g}")
        elif self.low is not None or self.high is not None:
            raise ValueError(f"low and high belong to a question for a number, not to one of kind {self.kind!r}")
        if self.options and (self.kind != "choice" or len(self.options) == 1):
            raise ValueError("options belong to a question of kind 'choice', at least two of them")
        return self


class AnswerSource(Settings):
    """What computes the answer.

    Attributes:
        compute: Key of ``dbl_core.lessons.computations.COMPUTATIONS``.
        given: Its parameters, ``with`` in the file.
        value: The value that is asked for: a number, or for a choice the key of the right option. An order is asked
            for as a whole, and needs none.
    """

    compute: str
    given: dict[str, Any] = Field(default_factory=dict, alias="with")
    value: Word | None = None

    @model_validator(mode="after")
    def _known(self) -> AnswerSource:
        computation_named(self.compute).checked(self.given)
        return self


class Control(Settings):
    """A parameter that the student moves, with the answer following live.

    Attributes:
        name: A parameter of the computation.
        label: What the control is called.
        low: Left end of a slider.
        high: Its right end.
        step: Distance of its positions.
        options: Key -> text, for a choice instead of a slider.
        start: Where it stands at first; None takes what the answer is computed with.
    """

    name: Word
    label: ShortText
    low: float | None = None
    high: float | None = None
    step: Annotated[float, Field(gt=0)] = 1
    options: Annotated[dict[Word, ShortText], Field(max_length=12)] = Field(default_factory=dict)
    start: float | str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Control:
        slider = self.low is not None and self.high is not None and self.low < self.high
        if slider == bool(self.options):
            raise ValueError("a control needs either low and high, with low below high, or options")
        return self


class Opening(Settings):
    """Another page that shows more, with what its address says.

    Attributes:
        page: Title of the page.
        label: Text of the link.
        address: Parameters of its address; they may name values, ``[[rarest]]``.
    """

    page: str
    label: ShortText
    address: Annotated[dict[Word, Annotated[str, Field(max_length=300)]], Field(max_length=20)] = Field(
        default_factory=dict
    )

    @field_validator("page")
    @classmethod
    def _known_page(cls, value: str) -> str:
        return one_of(value, PAGES, "page")

    @field_validator("address", mode="before")
    @classmethod
    def _as_texts(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: str(each).lower() if isinstance(each, bool) else str(each) for key, each in value.items()}

    @field_validator("address")
    @classmethod
    def _data_set_stays(cls, value: dict[str, str]) -> dict[str, str]:
        taken = sorted(set(value) & set(KEPT_PARAMETERS))
        if taken:
            raise ValueError(f"{', '.join(taken)} would change the data set, which is the student's choice; remove it")
        return value


class Step(Settings):
    """One idea of a lesson.

    Attributes:
        title: Its heading.
        text: What is read first, Markdown.
        question: What is predicted; None where the step only shows.
        answer: What is computed; None where the step is text alone.
        control: What can be moved once the answer is shown.
        look: What to look at in the answer, Markdown.
        opening: The page that shows more.
        line: Where the step begins in its file.
    """

    title: ShortText
    text: Annotated[str, Field(min_length=1, max_length=MOST_TEXT)]
    question: Question | None = None
    answer: AnswerSource | None = None
    control: Control | None = None
    look: Annotated[str, Field(max_length=MOST_TEXT)] = ""
    opening: Opening | None = None
    line: int = 1

    @model_validator(mode="after")
    def _fits_together(self) -> Step:
        if self.question is not None:
            if self.answer is None:
                raise ValueError(f"the step {self.title!r} asks a question, so it needs an answer block")
            if self.question.kind != "order" and self.answer.value is None:
                raise ValueError(f"the answer of the step {self.title!r} needs the value that is asked for")
        if self.control is not None:
            if self.answer is None:
                raise ValueError(f"the step {self.title!r} has a control, so it needs an answer block")
            known = computation_named(self.answer.compute).parameters.model_fields
            if self.control.name not in known:
                raise ValueError(
                    f"{self.answer.compute} has no parameter {self.control.name!r}; it has {', '.join(known) or 'none'}"
                )
        return self


class Lesson(Settings):
    """A lesson of a few minutes.

    Attributes:
        number: Its place among the lessons, from its file's name.
        name: What addresses call it, from its file's name.
        title: Its title.
        minutes: How long it takes.
        summary: What it is about, one sentence.
        requires: What the data set must offer: "counts" of the labels, labelled "rows", or "training" on features.
        steps: Its steps.
    """

    number: Annotated[int, Field(ge=0, le=99)]
    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
    title: ShortText
    minutes: Annotated[int, Field(ge=1, le=60)] = 5
    summary: ShortText
    requires: Literal["counts", "rows", "training"] = "rows"
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=MOST_STEPS)]
