"""What a search can vary: the options of losses, a few settings of training, and on which scale each is searched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dbl_core.config import OPTIMIZERS, LossConfig, RunConfig, TrainConfig, explain
from dbl_core.losses import LOSSES
from dbl_core.losses.description import Scale
from dbl_core.samplers import SAMPLERS

LOSS_NAME = "loss.name"
Value = float | str


@dataclass(frozen=True, kw_only=True)
class Searchable:
    """A setting that a search can vary.

    Attributes:
        setting: Flat name as in ``RunConfig.flat``: ``loss.mu``, ``train.learning_rate``, ``loss.name``.
        low: Usual lower end; None for a choice of words.
        high: Usual upper end.
        scale: On which scale values are drawn evenly: "linear", "log", or "log1m" through log(1 - value).
        choices: The words of a choice; empty for a number.
    """

    setting: str
    low: float | None = None
    high: float | None = None
    scale: Scale = "linear"
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The setting as the command line writes it: ``mu``, ``learning_rate``, and ``loss`` for the loss itself."""
        return "loss" if self.setting == LOSS_NAME else self.setting.partition(".")[2]


TRAINING = (
    Searchable(setting="train.learning_rate", low=0.003, high=0.3, scale="log"),
    Searchable(setting="train.dropout", low=0.0, high=0.8),
    Searchable(setting="train.weight_decay", low=1e-6, high=1e-2, scale="log"),
    Searchable(setting="train.sampler", choices=tuple(SAMPLERS)),
    Searchable(setting="train.optimizer", choices=tuple(OPTIMIZERS)),
    Searchable(setting=LOSS_NAME, choices=tuple(LOSSES)),
)


def searchable(losses: Iterable[str]) -> dict[str, Searchable]:
    """What can be varied where these losses are in question: setting -> its usual range, options of losses first.

    An option that several of the losses have is described as the first of them has it.
    """
    found: dict[str, Searchable] = {}
    for loss in losses:
        for option in LOSSES[loss].options:
            setting = f"loss.{option.name}"
            found.setdefault(
                setting,
                Searchable(setting=setting, choices=option.choices)
                if option.kind == "choice"
                else Searchable(setting=setting, low=option.low, high=option.high, scale=option.scale),
            )
    return found | {entry.setting: entry for entry in TRAINING}


class Dimension(BaseModel):
    """One setting of a search with its range or its words.

    Attributes:
        setting: Flat name of the setting, see :class:`Searchable`.
        low: Smallest value of a number.
        high: Largest value, above ``low``.
        scale: "linear", "log" or "log1m".
        choices: For a choice of words: at least two different ones.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True)

    setting: str = Field(max_length=100)
    low: float | None = None
    high: float | None = None
    scale: Scale = "linear"
    choices: tuple[str, ...] = Field(default=(), max_length=100)

    @model_validator(mode="after")
    def _makes_sense(self) -> Dimension:
        if self.choices:
            if self.low is not None or self.high is not None:
                raise ValueError(f"{self.setting} has words and a range; give one of the two")
            if len(set(self.choices)) < max(len(self.choices), 2):
                raise ValueError(f"{self.setting} needs at least two different words, not {', '.join(self.choices)}")
            return self
        if self.low is None or self.high is None or not self.low < self.high:
            raise ValueError(f"{self.setting} needs a range from low to high, not {self.low} to {self.high}")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"{self.setting}: a log scale starts above 0, not at {self.low:g}; raise the lower end")
        if self.scale == "log1m" and self.high >= 1:
            raise ValueError(f"{self.setting}: a scale of 1 - value ends below 1, not at {self.high:g}; lower the end")
        return self

    @property
    def parameter(self) -> str:
        """Name of what Optuna draws: the setting, or its distance to 1."""
        return f"1 - {self.setting}" if self.scale == "log1m" else self.setting

    @property
    def bounds(self) -> tuple[float, float]:
        """Ends of what Optuna draws; on a logarithmic scale where ``logarithmic``."""
        return (1 - self.high, 1 - self.low) if self.scale == "log1m" else (self.low, self.high)

    @property
    def logarithmic(self) -> bool:
        """Whether Optuna draws evenly over the logarithm."""
        return self.scale != "linear"

    def value_of(self, drawn: float) -> float:
        """The value of the setting for a drawn number, in four digits that a person can read, inside the range."""
        value = 1 - float(f"{drawn:.4g}") if self.scale == "log1m" else drawn
        return min(max(float(f"{value:.9g}" if self.scale == "log1m" else f"{value:.4g}"), self.low), self.high)

    def ends(self) -> tuple[Value, ...]:
        """The values that must all be allowed for the dimension to be: both ends, or every word."""
        return self.choices or (self.low, self.high)


def with_settings(base: RunConfig, settings: Mapping[str, Value], *, seed: int | None = None) -> RunConfig:
    """A setting of a search: the base with some values replaced.

    Where the loss becomes another one, options that it shares with the base's loss, meant alike, keep their values.

    Raises:
        ValueError: A value is not allowed; one sentence.
    """
    name = str(settings.get(LOSS_NAME, base.loss.name))
    train: dict[str, Any] = base.train.model_dump()
    options = kept_options(base.loss, name)
    for setting, value in settings.items():
        section, _, option = setting.partition(".")
        if section == "train":
            train[option] = value
        elif setting != LOSS_NAME:
            options[option] = value
    if seed is not None:
        train["seed"] = seed
    try:
        loss = LossConfig(name=name, options=options)
        return RunConfig(dataset=base.dataset, loss=loss, train=TrainConfig(**train))
    except ValidationError as error:
        raise ValueError(explain(error)) from error


def kept_options(loss: LossConfig, name: str) -> dict[str, Value]:
    """The options of a loss that another one takes over: all for the same loss, else those that are meant alike."""
    if name == loss.name or name not in LOSSES:
        return dict(loss.options)
    theirs = {option.name: option for option in LOSSES[loss.name].options}
    return {
        option.name: loss.options[option.name]
        for option in LOSSES[name].options
        if _alike(option, theirs.get(option.name))
    }


def _alike(option: Any, other: Any) -> bool:
    meaning = ("kind", "minimum", "maximum", "scale", "choices")
    return other is not None and all(getattr(option, key) == getattr(other, key) for key in meaning)
