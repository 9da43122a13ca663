"""Named starting points for a run: a loss and the training settings that belong to it, each value with its reason.

A recipe leaves alone which data are trained on, the seed, the device, the number of processes and the limits: they are
the user's. The command line takes one with ``--recipe NAME``, the page Train fills its form with it; both let single
settings depart from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dbl_core.config import LIMITS, LossConfig, RunConfig, TrainConfig
from dbl_core.losses import preset_options

LEFT_ALONE = ("seed", "device", "nproc", "weights", *LIMITS)
"""Training settings that no recipe decides."""
_PAPER = "Wu et al., Distribution-Balanced Loss, ECCV 2020, section 4.1, and its public code"
_CODE = "the paper's code"


@dataclass(frozen=True)
class Recipe:
    """A loss and training settings.

    Attributes:
        name: Key of :data:`RECIPES`, what the command line calls it.
        title: How the page writes it.
        idea: What it is for, in a sentence or two.
        source: Where it is from.
        loss: The loss with all its options.
        train: The training settings; what ``LEFT_ALONE`` names is not part of it.
        reasons: Setting of ``train`` -> why it has the value it has, for those that depart from the defaults.
    """

    name: str
    title: str
    idea: str
    source: str
    loss: LossConfig = field(default_factory=LossConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def config(self) -> RunConfig:
        """A run by this recipe on the default data set."""
        return RunConfig(loss=self.loss, train=self.train)

    def settings(self) -> dict[str, dict[str, Any]]:
        """The sections ``loss`` and ``train`` of a configuration, without what is left alone."""
        train = self.train.model_dump(exclude=set(LEFT_ALONE))
        return {"loss": self.loss.model_dump(), "train": train}

    def departures(self) -> dict[str, Any]:
        """The training settings that are not the lab's defaults, in the order of ``TrainConfig``."""
        return {name: now for name, (now, _) in _differences(self.train, TrainConfig()).items()}

    def differences(self, config: RunConfig) -> dict[str, tuple[Any, Any]]:
        """Where a run is not as the recipe says: setting -> (value of the run, value of the recipe).

        Another loss is one difference, ``loss``; its options are compared where the loss is the same.
        """
        found: dict[str, tuple[Any, Any]] = {}
        if config.loss.name != self.loss.name:
            found["loss"] = (config.loss.name, self.loss.name)
        else:
            mine, theirs = self.loss.options, config.loss.options
            found |= {name: (theirs[name], mine[name]) for name in mine if theirs[name] != mine[name]}
        return found | _differences(config.train, self.train)


def recipe(name: str) -> Recipe:
    """The recipe of a name.

    Raises:
        ValueError: There is none of this name.
    """
    if name not in RECIPES:
        raise ValueError(f"unknown recipe {name!r}; choose one of {', '.join(RECIPES)}")
    return RECIPES[name]


def _differences(first: TrainConfig, second: TrainConfig) -> dict[str, tuple[Any, Any]]:
    pairs = {name: (getattr(first, name), getattr(second, name)) for name in TrainConfig.model_fields}
    return {name: pair for name, pair in pairs.items() if name not in LEFT_ALONE and pair[0] != pair[1]}


def _paper(data: str, preset: str, note: str, **train: Any) -> Recipe:
    """The paper's recipe for one of its two data sets; what it shares with the lab's defaults is spelled out too."""
    settings: dict[str, Any] = {
        **{"mode": "finetune", "backbone": "resnet50", "frozen_stages": 1, "norm_statistics": "pretrained"},
        **{"neck": "fc_bn", "dropout": 0.5, "augmentation": "paper", "sampler": "class_aware", "epochs": 8},
        **{"batch_size": 32, "optimizer": "sgd", "learning_rate": 0.02, "momentum": 0.9, "weight_decay": 1e-4},
        **{"clip_norm": 35.0, "schedule": "steps", **train},
    }
    return Recipe(
        name=f"paper-{data.lower()}",
        title=f"The paper, {data}",
        idea=f"What the paper did on {data}: all but the first stage of an ImageNet ResNet-50 learns. {note}",
        source=_PAPER,
        loss=LossConfig(name="db_focal", options=preset_options(preset, "db_focal")),
        train=TrainConfig(**settings),
        reasons={
            "mode": "the paper fine-tunes",
            "backbone": "the paper's, with the weights of ImageNet that torchvision publishes",
            "frozen_stages": f"{_CODE}: frozen_stages=1",
            "norm_statistics": f"{_CODE}: norm_eval, the default of its ResNet",
            "neck": f"{_CODE}: FC 2048-256, batch normalisation, dropout 0.5",
            "learning_rate": "the paper's, which is what SGD takes here by itself",
            "warmup_steps": "the paper's 500, half of the run on VOC-MLT; by itself it would be a quarter",
        },
    )


RECIPES: dict[str, Recipe] = {
    entry.name: entry
    for entry in (
        Recipe(
            name="quick",
            title="Quick",
            idea="The lab's defaults: features of a frozen backbone and a small head, trained in seconds.",
            source="This lab, with the paper's loss, sampler, optimizer and schedule",
        ),
        _paper("VOC-MLT", "paper-voc", "Half of the run is warm-up.", warmup_steps=500),
        _paper("COCO-MLT", "paper-coco", "Images carry twice as many labels, so mu and lambda are smaller."),
        Recipe(
            name="modern",
            title="Modern",
            idea="Fine-tuning as it is done today: AdamW, a cosine, averaged weights and softened targets.",
            source="Each value from a paper of its own, for runs of about a thousand steps; tuned to no data",
            train=TrainConfig(
                mode="finetune",
                optimizer="adamw",
                learning_rate=3e-4,
                weight_decay=0.01,
                schedule="cosine",
                ema=0.99,
                label_smoothing=0.02,
            ),
            reasons={
                "mode": "the rest has little to do where only a small head learns",
                "optimizer": "Loshchilov and Hutter, Decoupled Weight Decay Regularization, ICLR 2019",
                "learning_rate": "between the 1e-4 of ASL's code (Ridnik et al. 2021) for large backbones and 1e-3",
                "weight_decay": "the default of torch.optim.AdamW",
                "schedule": "Loshchilov and Hutter, SGDR, ICLR 2017, without restarts: no steps to place",
                "ema": "averages about the last hundred steps; ASL's code has 0.9997 for runs of a hundred thousand",
                "label_smoothing": "less than the 0.1 of Szegedy et al. 2016: targets of absent labels become 0.01, "
                "not much above the share of a rare class",
            },
        ),
        Recipe(
            name="two-stage",
            title="Two stages",
            idea="Representation first, then a class-aware classifier: every image equally often, then the last layer "
            "anew on frozen features. As many steps as the others.",
            source="Kang et al., Decoupling Representation and Classifier, ICLR 2020 (classifier re-training)",
            loss=LossConfig(name="bce"),
            train=TrainConfig(
                mode="finetune", epochs=6, second_stage_epochs=2, sampler="class_aware", schedule="cosine"
            ),
            reasons={
                "mode": "a representation has to be learned first",
                "epochs": "6 and 2, as many together as the 8 of the other recipes",
                "second_stage_epochs": "a short second stage, as in the source (90 epochs and 10)",
                "schedule": "the source's code has a cosine in both stages",
            },
        ),
    )
}
"""All recipes by name."""
