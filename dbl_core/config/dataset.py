"""Which data, and which long-tailed training subset of it."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator, model_validator

from dbl_core.config.base import Settings, one_of
from dbl_core.datasets import DATASETS
from dbl_core.longtail import PROFILES

BY_RATIO = "by-ratio"


class DatasetConfig(Settings):
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
        return one_of(value, DATASETS, "data set")

    @field_validator("profile")
    @classmethod
    def _known_profile(cls, value: str) -> str:
        return one_of(value, PROFILES, "profile")

    @model_validator(mode="after")
    def _fits_the_data_set(self) -> DatasetConfig:
        description = DATASETS[self.name]
        one_of(self.preset, description.presets, f"preset of {self.name}")
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
