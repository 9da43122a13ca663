"""What one run is: the data, the loss and the training settings, validated in one place.

The command line, the forms of the pages and ``config.json`` all end in these models, so a value is refused with the
same sentence wherever it comes from. Unknown keys are errors; the models are frozen; NaN and infinities are refused.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from dbl_core.datasets import DATASETS
from dbl_core.longtail import PROFILES
from dbl_core.losses import LOSSES, check_options
from dbl_core.models.catalog import BACKBONES, check_weights
from dbl_core.samplers import SAMPLERS

BY_RATIO = "by-ratio"
MODES = {
    "head": "Frozen features: the backbone runs once, only the classifier learns (seconds).",
    "finetune": "The pre-trained backbone and the classifier learn together (minutes on a CPU).",
    "scratch": "Backbone and classifier start from random weights: no pre-training to lean on.",
}
OPTIMIZERS = {"sgd": "SGD with momentum, the paper's choice", "adamw": "AdamW with decoupled weight decay"}
# A rate that suits each optimizer, used when none is given: the paper's for SGD, the usual one for AdamW.
DEFAULT_LEARNING_RATE = {"sgd": 0.02, "adamw": 1e-3}


SCHEDULES = {
    "steps": "After warm-up the peak, a tenth of it from 5/8 of the run and a hundredth from 7/8: the paper's.",
    "cosine": "After warm-up down to 0 along half a cosine: no steps to place, a long end at low rates.",
}
# What the form and the command line say of options that are newer than the paper; all of them are off by default.
_HELP = {
    "threshold": "repeat_factor only: labels on a smaller share of the images than this are repeated",
    "schedule": "how the learning rate falls: 'steps', tenfold at 5/8 and 7/8 of the run (the paper), or 'cosine' to 0",
    "label_smoothing": "epsilon: targets y become y (1 - epsilon) + epsilon / 2, so that no label is taken for certain "
    "(Szegedy et al. 2016). Weights that read the labels, as those of DB, read the smoothed ones. 0: off",
    "ema": "decay d of an average of the weights, average = d average + (1 - d) weights after every step; the average "
    "is what is scored and kept. 0.99 suits runs of a thousand steps, 0.999 longer ones. 0: off",
    "mixup": "alpha: every batch is mixed with itself in another order, inputs and targets by the same share from "
    "Beta(alpha, alpha) (Zhang et al. 2018); 0.2 mixes gently, 1 evenly. 0: off",
}
LIMITS = ("max_seconds", "max_memory_mb")
"""Training settings that decide how far a run may go, not what it computes."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True)


def _one_of(value: str, allowed: Any, what: str) -> str:
    if value not in allowed:
        raise ValueError(f"unknown {what} {value!r}; choose one of {', '.join(allowed)}")
    return value


class DatasetConfig(_Model):
    """Which data, and which long-tailed training subset of it.

    Attributes:
        name: Key of ``dbl_core.datasets.DATASETS``.
        preset: One of the data set's training sets; None takes its first, or ``by-ratio`` where a ratio is given.
        ratio: Largest over smallest class count, at least 1; for ``by-ratio``, which needs it.
        profile: Shape of the sorted counts between the two ends, a key of ``dbl_core.longtail.PROFILES``.
        max_count: Images of the largest class; None takes what the pool allows.
        seed: Seed of the subset.
        path: ``file`` only: the label file, or a folder laid out as VOC or COCO.
        images: ``file`` only: folder of the images.
        test_share: ``file`` only: share of the rows kept for testing where the file names no split; None means 0.3.
        root: ``voc`` and ``coco`` only: folder of the downloaded files.
        split_file: ``voc`` and ``coco`` only: the paper's list of image ids.
        side: Not ``picto-voc``: pixels per side of the images; None takes the data set's default.
    """

    name: str = "picto-voc"
    preset: str | None = None
    ratio: float | None = Field(default=None, ge=1, le=10_000)
    profile: str = "pareto"
    max_count: int | None = Field(default=None, ge=1, le=10_000_000)
    seed: int = Field(default=0, ge=0, lt=2**31)
    path: str | None = None
    images: str | None = None
    test_share: float | None = Field(default=None, ge=0.01, le=0.9)
    root: str | None = None
    split_file: str | None = None
    side: int | None = Field(default=None, ge=16, le=1024)

    @model_validator(mode="before")
    @classmethod
    def _with_preset(cls, values: Any) -> Any:
        if not isinstance(values, dict) or values.get("preset") is not None:
            return values
        description = DATASETS.get(values.get("name", "picto-voc"))
        default = description.presets[0] if description else None
        return {**values, "preset": default if values.get("ratio") is None else BY_RATIO}

    @field_validator("name")
    @classmethod
    def _known_name(cls, value: str) -> str:
        return _one_of(value, DATASETS, "data set")

    @field_validator("profile")
    @classmethod
    def _known_profile(cls, value: str) -> str:
        return _one_of(value, PROFILES, "profile")

    @model_validator(mode="after")
    def _fits_the_data_set(self) -> DatasetConfig:
        description = DATASETS[self.name]
        _one_of(self.preset, description.presets, f"preset of {self.name}")
        for option in ("path", "images", "test_share", "root", "split_file", "side"):
            if getattr(self, option) is not None and option not in description.options:
                raise ValueError(f"data set {self.name!r} has no option {option}; leave it out")
        if self.name == "file" and not self.path:
            raise ValueError("data set 'file' needs the path of a label file or folder")
        if self.preset == BY_RATIO and self.ratio is None:
            raise ValueError("preset 'by-ratio' needs a ratio, for example 100")
        for option in ("ratio", "max_count"):
            if self.preset != BY_RATIO and getattr(self, option) is not None:
                raise ValueError(f"preset {self.preset!r} has a fixed {option}; leave it out or use preset 'by-ratio'")
        return self

    @property
    def options(self) -> dict[str, Any]:
        """Keyword arguments of ``load_dataset``: what this data set knows, without what is left to it."""
        given = self.model_dump(exclude={"name"}, exclude_none=True)
        return {key: value for key, value in given.items() if key in DATASETS[self.name].options}


class LossConfig(_Model):
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


class TrainConfig(_Model):
    """How to train.

    Attributes:
        mode: ``head``, ``finetune`` or ``scratch``, see ``MODES``.
        backbone: Key of ``dbl_core.models.BACKBONES``.
        weights: A file of its pre-trained weights, or ``random``; None takes the published ones, fetched at first use.
        sampler: Key of ``dbl_core.samplers.SAMPLERS``.
        epochs: Passes of ``max(n) * C / 4`` images, whatever the sampler, so that methods get equal numbers of steps.
        max_steps: Most optimizer steps in all, at least one an epoch; all epochs become shorter, evenly. None leaves
            them whole.
        batch_size: Images a step.
        optimizer: ``sgd`` or ``adamw``.
        learning_rate: Peak rate; None takes 0.02 for SGD (the paper's) and 0.001 for AdamW.
        momentum: Momentum of SGD.
        weight_decay: Weight decay.
        clip_norm: Largest gradient norm; 0 switches clipping off.
        dropout: Dropout probability of the classifier; 0 switches it off.
        repeat_threshold: ``repeat_factor`` only: labels on a smaller share of the images than this are repeated; None
            takes the median share.
        schedule: ``steps`` or ``cosine``, see ``SCHEDULES``.
        label_smoothing: Epsilon: targets y become y (1 - epsilon) + epsilon / 2; 0 leaves them hard.
        ema: Decay of the average of the weights that is scored and kept in place of the last ones; 0 keeps no average.
        mixup: Alpha: every batch is mixed with itself, by a share from Beta(alpha, alpha); 0 mixes nothing.
        seed: Seed of initial weights, sampler, dropout, augmentation and mixup.
        device: ``auto`` (CUDA when present), ``cpu`` or ``cuda``.
        max_seconds: Most seconds from the moment at which the run has its turn; resuming it starts the clock anew.
        max_memory_mb: Most resident memory of its process, in MiB.
    """

    mode: Literal["head", "finetune", "scratch"] = "head"
    backbone: str = "picto"
    weights: str | None = None
    sampler: str = "class_aware"
    epochs: int = Field(default=8, ge=1, le=1000)
    max_steps: int | None = Field(default=None, ge=1, le=10_000_000)
    batch_size: int = Field(default=32, ge=1, le=4096)
    optimizer: Literal["sgd", "adamw"] = "sgd"
    learning_rate: Annotated[float, Field(gt=0, le=100)] | None = None
    momentum: float = Field(default=0.9, ge=0, lt=1)
    weight_decay: float = Field(default=1e-4, ge=0, le=1)
    clip_norm: float = Field(default=35.0, ge=0)
    dropout: float = Field(default=0.5, ge=0, lt=1)
    repeat_threshold: Annotated[float, Field(gt=0, le=1)] | None = Field(default=None, description=_HELP["threshold"])
    schedule: Literal["steps", "cosine"] = Field(default="steps", description=_HELP["schedule"])
    label_smoothing: float = Field(default=0.0, ge=0, lt=1, description=_HELP["label_smoothing"])
    ema: float = Field(default=0.0, ge=0, lt=1, description=_HELP["ema"])
    mixup: float = Field(default=0.0, ge=0, le=10, description=_HELP["mixup"])
    seed: int = Field(default=0, ge=0, lt=2**31)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    max_seconds: float | None = Field(
        default=None, gt=0, le=10_000_000, description="stop after so many seconds; the epochs so far are kept"
    )
    max_memory_mb: int | None = Field(
        default=None, ge=64, le=100_000_000, description="stop when the process holds more MiB of memory than this"
    )

    @field_validator("sampler")
    @classmethod
    def _known_sampler(cls, value: str) -> str:
        return _one_of(value, SAMPLERS, "sampler")

    @field_validator("backbone")
    @classmethod
    def _known_backbone(cls, value: str) -> str:
        return _one_of(value, BACKBONES, "backbone")

    @model_validator(mode="after")
    def _weights_fit(self) -> TrainConfig:
        if self.weights is not None and self.mode == "scratch":
            raise ValueError("mode 'scratch' starts from random weights; leave weights out or choose mode finetune")
        if self.weights is not None:
            check_weights(self.weights, name=self.backbone)
        return self

    @model_validator(mode="after")
    def _a_step_an_epoch(self) -> TrainConfig:
        if self.max_steps is not None and self.max_steps < self.epochs:
            raise ValueError(
                f"max_steps {self.max_steps} is less than one step for each of {self.epochs} epochs; raise it, leave it"
                " out, or train fewer epochs"
            )
        return self

    @model_validator(mode="after")
    def _threshold_of_its_sampler(self) -> TrainConfig:
        if self.repeat_threshold is not None and self.sampler != "repeat_factor":
            raise ValueError(
                f"sampler {self.sampler!r} has no repeat_threshold; leave it out or choose sampler repeat_factor"
            )
        return self

    @property
    def sampler_options(self) -> dict[str, float]:
        """Keyword arguments of the sampler's ``draw`` beside labels, length and seed."""
        return {} if self.repeat_threshold is None else {"threshold": self.repeat_threshold}

    @property
    def peak_rate(self) -> float:
        """The learning rate after warm-up."""
        return DEFAULT_LEARNING_RATE[self.optimizer] if self.learning_rate is None else self.learning_rate


class RunConfig(_Model):
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


def explain(error: ValidationError | ValueError) -> str:
    """One sentence for a person: which option is wrong, what it was, what is allowed."""
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(_explain_one(detail) for detail in error.errors())


def _explain_one(detail: Any) -> str:
    where = ".".join(str(part) for part in detail["loc"] if not str(part).startswith("function-"))
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        return f"unknown option {where!r}; remove it"
    if detail["type"] == "value_error":
        return message
    value = detail.get("input")
    shown = repr(value) if not isinstance(value, float) or math.isfinite(value) else str(value)
    return f"{where} = {shown[:80]}: {message[:1].lower()}{message[1:]}"
