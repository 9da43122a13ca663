"""The methods that the literature compares: a loss together with a sampler.

The names and rows are those of table 1 of Wu et al., ECCV 2020 (arXiv 2007.09654).
"""

from dataclasses import dataclass, field

from dbl_core.config import LossConfig


@dataclass(frozen=True)
class Method:
    """One row of the comparison.

    Attributes:
        title: Name in the tables.
        loss: Key of ``dbl_core.losses.LOSSES``.
        sampler: Key of ``dbl_core.samplers.SAMPLERS``.
        options: Options of the loss that differ from its defaults.
    """

    title: str
    loss: str
    sampler: str
    options: dict[str, float | str] = field(default_factory=dict)

    @property
    def loss_config(self) -> LossConfig:
        """The loss with all its options."""
        return LossConfig(name=self.loss, options=dict(self.options))


METHODS = (
    Method("BCE", "bce", "uniform"),
    Method("RW", "weighted_bce", "uniform", {"power": 0.5}),
    Method("Focal", "focal", "uniform"),
    # Class-balanced weights with beta 0.9 are about 0.1; the scale brings them back to mean 1, as Cui et al. do.
    Method("CB-Focal", "cb_focal", "uniform", {"beta": 0.9, "mode": "average_w", "focal_scale": 20.0}),
    Method("RS", "bce", "class_aware"),
    Method("RS-Focal", "focal", "class_aware"),
    Method("R-BCE", "r_bce", "class_aware"),
    Method("R-BCE-Focal", "r_bce_focal", "class_aware"),
    Method("DB", "db", "class_aware"),
    Method("DB-Focal", "db_focal", "class_aware"),
)
