"""Which loss, and the three groups of settings that are a run."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from dbl_core.config.base import Settings
from dbl_core.config.dataset import DatasetConfig
from dbl_core.config.training import TrainConfig
from dbl_core.losses import LOSSES, check_options


class LossConfig(Settings):
    """Which loss, with every option of it filled in.

    Attributes:
        name: Key of ``dbl_core.losses.LOSSES``.
        options: Values of its options; what is left out takes the loss's default.
    """

    name: str = "db_focal"
    options: dict[str, float | int | str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> LossConfig:
        complete = check_options(self.name, self.options)
        self.options.clear()
        self.options.update(complete)
        return self

    @property
    def title(self) -> str:
        """The name a reader of the paper would use."""
        return LOSSES[self.name].title


class RunConfig(Settings):
    """One run: data, loss and training. ``config.json`` of a run folder is this model as JSON."""

    dataset: DatasetConfig = Field(default_factory=DatasetConfig)
    loss: LossConfig = Field(default_factory=LossConfig)
    train: TrainConfig = Field(default_factory=TrainConfig)

    def flat(self) -> dict[str, Any]:
        """All settings as one flat mapping ``section.option`` -> value, for tables and differences."""
        nested = self.model_dump()
        nested["loss"] = {"name": self.loss.name, **self.loss.options}
        nested["dataset"] = {"name": self.dataset.name, **self.dataset.options}
        return {f"{section}.{key}": value for section, values in nested.items() for key, value in values.items()}
