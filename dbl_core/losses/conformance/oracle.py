"""What is right: value and gradient of a claimed loss, by formula where the lab has one, by its own module elsewhere.

The losses of the DB family have a closed form in numpy. The others are computed by ``build_loss`` in float64.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from dbl_core.losses.assembly import assemble
from dbl_core.losses.catalog import LOSSES, describe
from dbl_core.losses.conformance.closed_form import Claim, closed_form
from dbl_core.losses.conformance.training_set import TrainingSet, voc_mlt

DB_FAMILY = (
    "bce", "weighted_bce", "focal", "cb_focal", "r_bce", "r_bce_focal", "ntr", "ntr_focal", "db", "db_focal",
    "cb_ntr",
)  # fmt: skip


@dataclass(frozen=True)
class Oracle:
    """The right answers of one claimed loss on one training set."""

    claim: Claim
    training_set: TrainingSet

    @property
    def unit(self) -> str:
        """What has a value of its own: "cell", "image" or "batch"."""
        return describe(self.claim.name).unit

    def n_units(self, n_images: int) -> int:
        """How many values the loss has on so many images."""
        return {"cell": n_images * self.training_set.n_labels, "image": n_images, "batch": 1}[self.unit]

    def answer(self, logits: torch.Tensor, targets: torch.Tensor) -> tuple[float, np.ndarray]:
        """Return the mean over all units, and its gradient for every cell.

        Args:
            logits: (n_samples, n_labels), any floating type; computed in float64.
            targets: The same shape, 0 or 1.
        """
        logits, targets = logits.detach().double(), targets.detach().double()
        if self.claim.name in DB_FAMILY:
            values, slopes = closed_form(self.claim, self.training_set, logits.numpy(), targets.numpy())
            return float(values.mean()), slopes / values.size
        logits = logits.clone().requires_grad_()
        value = self._module(logits, targets)
        value.backward()
        return value.item(), logits.grad.numpy()

    @cached_property
    def _module(self) -> torch.nn.Module:
        counts, n_samples = self.training_set.label_counts, self.training_set.n_samples
        return assemble(self.claim.name, self.claim.options, counts=counts, n_samples=n_samples)


def uses_counts(claim: Claim) -> bool:
    """Whether the loss differs between two training sets of the same classes."""
    one = voc_mlt()
    other = TrainingSet(one.label_counts[::-1].copy(), one.n_samples, one.rows, one.label_names)
    logits, targets = torch.linspace(-3, 3, one.rows.size).view(one.rows.shape), torch.tensor(one.rows)
    values = [Oracle(claim, training_set).answer(logits, targets)[0] for training_set in (one, other)]
    return values[0] != values[1]


def claims_of_other_losses(claim: Claim) -> list[Claim]:
    """Every other loss of the catalogue, with the options that it shares with the claimed one."""
    shared = describe(claim.name).options
    return [
        Claim(name, loss.defaults | {o.name: claim.options[o.name] for o in loss.options if o in shared})
        for name, loss in LOSSES.items()
        if name != claim.name
    ]
