"""What the lab knows about a loss without computing it: its text, its formula, its options and their limits.

Two ranges belong to a number. The *allowed* range (``minimum`` to ``maximum``, both included) is the law that
``check`` enforces on every path, from the command line to a library call. The *slider* range (``low`` to ``high``)
is where the interesting values lie; it is a matter of display only and always inside the allowed range.
"""

import math
from dataclasses import dataclass
from numbers import Real
from typing import Literal

Scale = Literal["linear", "log", "log1m"]


@dataclass(frozen=True, kw_only=True)
class LossOption:
    """One setting of a loss.

    Attributes:
        name: Keyword of ``build_loss`` and key of the command line's ``--option``.
        symbol: The paper's symbol in LaTeX, without dollar signs.
        kind: "float" for a number, "choice" for one of ``choices``.
        default: Value taken when nothing is said: the paper's, of its VOC-MLT setting where it has several.
        minimum: Smallest allowed number.
        maximum: Largest allowed number.
        low: Left end of the slider.
        high: Right end of the slider.
        step: Step of the slider, in the units of ``scale``: of the value (linear), of log10(value) (log), or of
            log10(1 - value) (log1m).
        scale: How the slider is laid out. "log1m" is for values that act through their distance to 1.
        choices: The allowed words of a choice.
        help: What it does, in plain words.
        off: Which value switches it off, in a sentence; empty where none does.
    """

    name: str
    symbol: str
    default: float | str
    help: str
    kind: Literal["float", "choice"] = "float"
    minimum: float = -math.inf
    maximum: float = math.inf
    low: float | None = None
    high: float | None = None
    step: float | None = None
    scale: Scale = "linear"
    choices: tuple[str, ...] = ()
    off: str = ""

    @property
    def allowed(self) -> str:
        """The allowed values in words, as every error message and the help of the command line show them."""
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        return f"a number from {self.minimum:g} to {self.maximum:.10g}"

    def check(self, value: object) -> float | str:
        """Return the value in its own type, or refuse it.

        Args:
            value: A number or a word. A string that spells a number is accepted for a number, because the command
                line knows only strings.

        Raises:
            ValueError: The value has the wrong type, is NaN or infinite, or lies outside the allowed range.
        """
        accepted = self._word(value) if self.kind == "choice" else self._number(value)
        if accepted is None:
            raise ValueError(f"{self.name} must be {self.allowed}, not {value!r}.")
        return accepted

    def _word(self, value: object) -> str | None:
        return value if isinstance(value, str) and value in self.choices else None

    def _number(self, value: object) -> float | None:
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                return None
        if isinstance(value, bool) or not isinstance(value, Real):
            return None
        number = float(value)
        return number if self.minimum <= number <= self.maximum else None


@dataclass(frozen=True, kw_only=True)
class LossDescription:
    r"""A loss as a reader meets it: name, idea, source, formula, options.

    Attributes:
        name: Name in ``build_loss`` and on the command line.
        title: Name on a page.
        short: Name in a figure and in a sentence.
        idea: Two plain sentences.
        terms: Which terms the loss switches on. In the family of the Distribution-Balanced Loss at most one weighting
            ("inverse", "class_balanced", "rebalanced"), "tolerance" (negative-tolerant regularisation) and "focal":
            ``build_loss`` assembles such a loss from them. Other losses name what they take from the class counts:
            "modifier", "margin", "prior".
        formula: LaTeX of the loss of one unit, of which the reduction takes the mean; further lines, after ",\quad",
            say what its letters mean. z is the logit, y the target, :math:`\zeta(x) = \log(1 + e^x)`, :math:`\sigma`
            the sigmoid.
        paper: Title of the paper.
        authors: Its authors, shortened.
        year: Its year.
        venue: Where it appeared.
        url: Where to read it.
        options: The settings, in the order in which a form shows them.
        unit: What has a value of its own: a "cell", an "image" or the whole "batch", see ``MultiLabelLoss``.
        native_reduction: "mean" or "sum", what the paper's own code does with the values.
    """

    name: str
    title: str
    short: str
    idea: str
    terms: tuple[str, ...]
    formula: str
    paper: str
    authors: str
    year: int
    venue: str
    url: str
    options: tuple[LossOption, ...] = ()
    unit: Literal["cell", "image", "batch"] = "cell"
    native_reduction: Literal["mean", "sum"] = "mean"

    @property
    def defaults(self) -> dict[str, float | str]:
        """Every option with its default."""
        return {option.name: option.default for option in self.options}


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A named setting from a published source.

    Attributes:
        title: Name on a page.
        losses: The losses it is meant for.
        values: The published values; a loss takes those that it has an option for.
        source: Where the values were published.
        url: Where to read that; empty for settings of the lab's own.
        note: What a reader must know to compare with the source; empty where there is nothing.
    """

    title: str
    losses: tuple[str, ...]
    values: dict[str, float | str]
    source: str
    url: str = ""
    note: str = ""
