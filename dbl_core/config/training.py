"""How to train."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from dbl_core.config.base import Settings, one_of
from dbl_core.models.catalog import BACKBONES, check_weights
from dbl_core.samplers import SAMPLERS

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
    "compile": "finetune and scratch: compile the network with torch.compile at the first step, which takes a minute or"
    " so and makes the steps after it faster; where that fails, training goes on without",
}
NECKS = {
    "fc_relu": "A fully connected layer of 256 and ReLU: one image's scores never depend on its batch.",
    "fc_bn": "A fully connected layer of 256 and batch normalisation, no ReLU: the paper's.",
}
NORM_STATISTICS = {
    "batch": "Of each batch, while averages of them are kept for scoring.",
    "pretrained": "The pre-trained ones, also while training: the paper's code, and steady in small batches.",
}
AUGMENTATIONS = {
    "paper": "Flip, crop of at least 0.8 of the side, light and colour: the paper's.",
    "strong": "The paper's after a random crop of 0.3 to 1 of the area, then a rectangle is erased in a quarter of the"
    " images (Szegedy et al. 2015; Zhong et al. 2020).",
    "none": "Images as they are.",
}
_HELP |= {
    "frozen_stages": "finetune only: the stem and so many first stages of the backbone keep their pre-trained weights"
    " and statistics; the paper freezes 1. 0: everything learns",
    "norm_statistics": "finetune only: whose mean and deviation the batch normalisations of the backbone use in"
    " training: 'batch', each batch's own, or 'pretrained', as the paper's code",
    "neck": "between features and classifier: 'fc_relu', a layer of 256 and ReLU, or 'fc_bn', a layer of 256 and batch"
    " normalisation (the paper)",
    "augmentation": "finetune and scratch: 'paper' (flip, crop, light), 'strong' (tighter crops, and a part erased) or"
    " 'none'",
    "warmup_steps": "steps in which the rate rises from a third of its peak; the paper takes 500. Left out: 500, but at"
    " most a quarter of the steps",
    "second_stage_epochs": "epochs of a second stage: the first one learns from every image equally often with plain"
    " BCE, then all but the last layer is frozen and that layer starts anew, with sampler and loss of the run (Kang et"
    " al. 2020, classifier re-training). 0: off",
}
_HELP["nproc"] = (
    "finetune and scratch: processes that train the run together, one a GPU; batch_size stays that of all of them, and"
    " each computes its share of every batch"
)
MOST_PROCESSES = 64
FIRST_STAGE_SAMPLER, FIRST_STAGE_LOSS = "uniform", "bce"
"""What the first of two stages learns with: every image equally often and plain cross-entropy, as Kang et al. 2020."""
LIMITS = ("max_seconds", "max_memory_mb")
"""Training settings that decide how far a run may go, not what it computes."""


class TrainConfig(Settings):
    """How to train.

    Attributes:
        mode: ``head``, ``finetune`` or ``scratch``, see ``MODES``.
        backbone: Key of ``dbl_core.models.BACKBONES``.
        weights: A file of its pre-trained weights, or ``random``; None takes the published ones, fetched at first use.
        sampler: Key of ``dbl_core.samplers.SAMPLERS``.
        epochs: Passes of ``max(n) * C / 4`` images, whatever the sampler, so that methods get equal numbers of steps.
        second_stage_epochs: Further passes in which only the last layer learns, from new weights, with ``sampler`` and
            the loss of the run; the ``epochs`` before it take the uniform sampler and plain BCE then. 0: one stage.
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
        frozen_stages: ``finetune`` only: the stem and so many first stages of the backbone do not learn; 0 to the
            number of its stages, 0 freezes nothing.
        norm_statistics: ``finetune`` only: ``batch`` or ``pretrained``, see ``NORM_STATISTICS``.
        neck: ``fc_relu`` or ``fc_bn``, see ``NECKS``.
        augmentation: ``paper``, ``strong`` or ``none``, see ``AUGMENTATIONS``; mode ``head`` has none.
        schedule: ``steps`` or ``cosine``, see ``SCHEDULES``.
        warmup_steps: Steps of the linear warm-up of each stage; None takes 500, but at most a quarter of the stage.
        label_smoothing: Epsilon: targets y become y (1 - epsilon) + epsilon / 2; 0 leaves them hard.
        ema: Decay of the average of the weights that is scored and kept in place of the last ones; 0 keeps no average.
        mixup: Alpha: every batch is mixed with itself, by a share from Beta(alpha, alpha); 0 mixes nothing.
        seed: Seed of initial weights, sampler, dropout, augmentation and mixup.
        device: ``auto`` (CUDA when present), ``cpu`` or ``cuda``.
        compile: Whether ``torch.compile`` compiles the network; not in mode ``head``.
        nproc: Processes that train the run together, each on its share of every batch; 1 to 64, one a GPU. Not in mode
            ``head``.
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
    frozen_stages: int = Field(default=0, ge=0, le=4, description=_HELP["frozen_stages"])
    norm_statistics: Literal["batch", "pretrained"] = Field(default="batch", description=_HELP["norm_statistics"])
    neck: Literal["fc_relu", "fc_bn"] = Field(default="fc_relu", description=_HELP["neck"])
    augmentation: Literal["paper", "strong", "none"] = Field(default="paper", description=_HELP["augmentation"])
    second_stage_epochs: int = Field(default=0, ge=0, le=1000, description=_HELP["second_stage_epochs"])
    warmup_steps: Annotated[int, Field(ge=0, le=10_000_000)] | None = Field(
        default=None, description=_HELP["warmup_steps"]
    )
    schedule: Literal["steps", "cosine"] = Field(default="steps", description=_HELP["schedule"])
    label_smoothing: float = Field(default=0.0, ge=0, lt=1, description=_HELP["label_smoothing"])
    ema: float = Field(default=0.0, ge=0, lt=1, description=_HELP["ema"])
    mixup: float = Field(default=0.0, ge=0, le=10, description=_HELP["mixup"])
    seed: int = Field(default=0, ge=0, lt=2**31)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    compile: bool = Field(default=False, description=_HELP["compile"])
    nproc: int = Field(default=1, ge=1, le=MOST_PROCESSES, description=_HELP["nproc"])
    max_seconds: float | None = Field(
        default=None, gt=0, le=10_000_000, description="stop after so many seconds; the epochs so far are kept"
    )
    max_memory_mb: int | None = Field(
        default=None, ge=64, le=100_000_000, description="stop when the process holds more MiB of memory than this"
    )

    @field_validator("sampler")
    @classmethod
    def _known_sampler(cls, value: str) -> str:
        return one_of(value, SAMPLERS, "sampler")

    @field_validator("backbone")
    @classmethod
    def _known_backbone(cls, value: str) -> str:
        return one_of(value, BACKBONES, "backbone")

    @model_validator(mode="after")
    def _weights_fit(self) -> TrainConfig:
        if self.weights is not None and self.mode == "scratch":
            raise ValueError("mode 'scratch' starts from random weights; leave weights out or choose mode finetune")
        if self.weights is not None:
            check_weights(self.weights, name=self.backbone)
        return self

    @model_validator(mode="after")
    def _a_step_an_epoch(self) -> TrainConfig:
        if self.max_steps is not None and self.max_steps < self.all_epochs:
            raise ValueError(
                f"max_steps {self.max_steps} is less than one step for each of {self.all_epochs} epochs; raise it,"
                " leave it out, or train fewer epochs"
            )
        return self

    @model_validator(mode="after")
    def _options_of_the_mode(self) -> TrainConfig:
        for option in ("frozen_stages", "norm_statistics"):
            default, value = type(self).model_fields[option].default, getattr(self, option)
            if value != default and self.mode != "finetune":
                raise ValueError(
                    f"{option} {value!r} is for mode 'finetune', where a pre-trained backbone learns; leave it at"
                    f" {default!r} in mode {self.mode!r}"
                )
        if self.augmentation != "paper" and self.mode == "head":
            raise ValueError(
                f"augmentation {self.augmentation!r} is for modes 'finetune' and 'scratch': in mode 'head' images pass"
                " the backbone once, as they are; leave it at 'paper'"
            )
        return self

    @model_validator(mode="after")
    def _options_of_the_network(self) -> TrainConfig:
        described = BACKBONES[self.backbone]
        if self.frozen_stages > described.n_stages:
            raise ValueError(
                f"frozen_stages {self.frozen_stages}: backbone {self.backbone!r} has {described.n_stages} stages"
            )
        if self.norm_statistics == "pretrained" and not described.batch_norm:
            raise ValueError(
                f"norm_statistics 'pretrained': backbone {self.backbone!r} has no batch normalisation; leave it at"
                " 'batch'"
            )
        if self.neck == "fc_bn" and self.batch_size == 1:
            raise ValueError("neck 'fc_bn' normalises over a batch; choose a batch_size of 2 or more, or neck fc_relu")
        return self

    @model_validator(mode="after")
    def _work_for_every_process(self) -> TrainConfig:
        if self.nproc == 1:
            return self
        what = f"nproc {self.nproc}"
        if self.mode == "head":
            raise ValueError(
                f"{what} is for modes 'finetune' and 'scratch': a head alone takes seconds, and several processes would"
                " mostly wait for each other; leave it at 1"
            )
        if self.compile:
            raise ValueError(f"{what}: a network that several processes train is not compiled; leave compile out")
        # Where a neck normalises, a CPU takes the share of a process alone, and one image has no deviation.
        least = self.nproc * (2 if self.neck == "fc_bn" else 1)
        if self.batch_size < least:
            each = "two images, which neck 'fc_bn' needs" if self.neck == "fc_bn" else "an image"
            raise ValueError(f"{what}: choose a batch_size of {least} or more, so that every process has {each}")
        return self

    @model_validator(mode="after")
    def _threshold_of_its_sampler(self) -> TrainConfig:
        if self.repeat_threshold is not None and self.sampler != "repeat_factor":
            raise ValueError(
                f"sampler {self.sampler!r} has no repeat_threshold; leave it out or choose sampler repeat_factor"
            )
        return self

    @model_validator(mode="after")
    def _something_to_compile(self) -> TrainConfig:
        if self.compile and self.mode == "head":
            raise ValueError(
                "compile is for modes 'finetune' and 'scratch': a head alone has nothing to gain; leave it out"
            )
        return self

    @property
    def all_epochs(self) -> int:
        """Epochs of both stages."""
        return self.epochs + self.second_stage_epochs

    @property
    def sampler_options(self) -> dict[str, float]:
        """Keyword arguments of the sampler's ``draw`` beside labels, length and seed."""
        return {} if self.repeat_threshold is None else {"threshold": self.repeat_threshold}

    @property
    def peak_rate(self) -> float:
        """The learning rate after warm-up."""
        return DEFAULT_LEARNING_RATE[self.optimizer] if self.learning_rate is None else self.learning_rate
