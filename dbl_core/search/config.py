"""What one search is, validated in one place: ``search.json`` of its folder is this model as JSON."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dbl_core.config import RunConfig
from dbl_core.losses import LOSSES
from dbl_core.search.space import LOSS_NAME, Dimension, searchable, with_settings

OBJECTIVES = {
    "total": "mAP of all classes",
    "head": "head mAP",
    "medium": "medium mAP",
    "tail": "tail mAP",
    "head_and_tail": "head and tail mAP, neither at the other's cost",
}
MOST_SEEDS = 5
MOST_DIMENSIONS = 12


class SearchConfig(BaseModel):
    """One search.

    Attributes:
        base: The run whose settings are varied; all others stay as they are. Its seed is the first of every trial.
        space: What is varied, each setting once.
        objective: What is made as large as possible on the test split, a key of ``OBJECTIVES``; ``head_and_tail`` has
            two aims and no single winner.
        runs: Most runs in all; a trial takes ``seeds`` of them. None leaves the number open.
        minutes: No trial is begun after so many minutes of trials; None leaves the time open.
        seeds: Runs a trial, each with the next seed; all trials have the same seeds. Their mean is the objective.
        search_seed: Seed of the proposals.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True)

    base: RunConfig = Field(default_factory=RunConfig)
    space: tuple[Dimension, ...] = Field(min_length=1, max_length=MOST_DIMENSIONS)
    objective: Literal["total", "head", "medium", "tail", "head_and_tail"] = "total"
    runs: int | None = Field(default=30, ge=1, le=10_000)
    minutes: float | None = Field(default=None, gt=0, le=100_000)
    seeds: int = Field(default=1, ge=1, le=MOST_SEEDS)
    search_seed: int = Field(default=0, ge=0, lt=2**31)

    @model_validator(mode="after")
    def _has_a_budget(self) -> SearchConfig:
        if self.runs is None and self.minutes is None:
            raise ValueError("a search needs a budget: runs, minutes, or both")
        if self.runs is not None and self.runs < self.seeds:
            raise ValueError(f"a budget of {self.runs} runs is less than one trial of {self.seeds} seeds; raise it")
        return self

    @model_validator(mode="after")
    def _settings_are_known(self) -> SearchConfig:
        settings = [dimension.setting for dimension in self.space]
        for setting in settings:
            if settings.count(setting) > 1:
                raise ValueError(f"{setting} is varied twice; give it once")
        known = searchable(loss for loss in self.losses if loss in LOSSES)
        for dimension in self.space:
            if dimension.setting not in known:
                raise ValueError(
                    f"there is nothing to search called {dimension.setting!r}; allowed: {', '.join(known)}"
                )
            if bool(known[dimension.setting].choices) != bool(dimension.choices):
                kind = "words to choose from" if known[dimension.setting].choices else "a range of numbers"
                raise ValueError(f"{dimension.setting} needs {kind}")
        return self

    @model_validator(mode="after")
    def _every_end_is_allowed(self) -> SearchConfig:
        for loss in self.losses:
            for dimension in self.space:
                if dimension.setting != LOSS_NAME and applies(dimension, loss):
                    for value in dimension.ends():
                        with_settings(self.base, {LOSS_NAME: loss, dimension.setting: value})
            with_settings(self.base, {LOSS_NAME: loss})
        return self

    @property
    def losses(self) -> tuple[str, ...]:
        """The losses in question: the words of ``loss.name`` where it is varied, else the base's."""
        chosen = [dimension.choices for dimension in self.space if dimension.setting == LOSS_NAME]
        return chosen[0] if chosen else (self.base.loss.name,)

    @property
    def keys(self) -> tuple[str, ...]:
        """The mAPs that are made as large as possible: one, or head and tail."""
        return ("head", "tail") if self.objective == "head_and_tail" else (self.objective,)

    @property
    def ordered_space(self) -> tuple[Dimension, ...]:
        """The dimensions, the loss first: what else is drawn depends on it."""
        return tuple(sorted(self.space, key=lambda dimension: dimension.setting != LOSS_NAME))

    @property
    def trial_seeds(self) -> tuple[int, ...]:
        """The training seeds of every trial."""
        return tuple(self.base.train.seed + number for number in range(self.seeds))


def applies(dimension: Dimension, loss: str) -> bool:
    """Whether a setting means anything for a loss: an option that the loss does not have is not drawn."""
    section, _, option = dimension.setting.partition(".")
    return section == "train" or dimension.setting == LOSS_NAME or option in LOSSES[loss].defaults
