r"""Weights of (image, class) cells: by class frequency, by effective number, by co-occurrence.

Counts outside 1..N-1 would give infinite weights or priors. Every function here therefore works with n clamped: a
class without any image counts as one image, a class that every image carries as missing from one (that second clamp
matters for the prior alone). So nothing becomes NaN, and a batch is never lost to one class.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

_SMALLEST_SHARE = 1e-30  # below every legal sum of 1/n, and far from the end of float32


def checked_counts(label_counts: Sequence[float] | np.ndarray | Tensor, n_samples: int) -> Tensor:
    """Return the counts as a float64 tensor on the CPU.

    Args:
        label_counts: Positives per label, (n_labels,), each from 0 to ``n_samples``.
        n_samples: Images of the training set, at least 2.

    Raises:
        ValueError: A count is negative, not finite or larger than ``n_samples``, there is none, or there are fewer
            than two images.
    """
    if isinstance(label_counts, Tensor):
        label_counts = label_counts.detach().cpu().numpy()
    counts = torch.tensor(np.asarray(label_counts, dtype=np.float64))
    if counts.ndim != 1 or not len(counts):
        raise ValueError(f"label_counts must hold one number a label, not an array of shape {tuple(counts.shape)}.")
    if not n_samples >= 2:
        raise ValueError(f"n_samples must be at least 2, not {n_samples}.")
    wrong = ~((counts >= 0) & (counts <= n_samples))
    if wrong.any():
        label = int(wrong.nonzero()[0])
        raise ValueError(
            f"label_counts must lie between 0 and n_samples ({n_samples}); label {label} has {counts[label].item():g}."
        )
    return counts


def inverse_frequency(counts: Tensor, n_samples: int, *, power: float | Tensor = 1.0) -> Tensor:
    """Return (N / n) ** power for every class; n = 0 counts as 1. Power 0 gives ones."""
    return (n_samples / counts.clamp(min=1)) ** power


def class_balanced(counts: Tensor, *, beta: float | Tensor) -> Tensor:
    """Return (1 - beta) / (1 - beta ** n), the inverse of the effective number of images; n = 0 counts as 1.

    Cui et al., "Class-Balanced Loss Based on Effective Number of Samples", CVPR 2019. Beta 0 gives ones, beta
    towards 1 gives 1 / n.
    """
    return (1 - beta) / (1 - beta ** counts.clamp(min=1))


def prior_logits(counts: Tensor, n_samples: int) -> Tensor:
    """Return b = log(p / (1 - p)), p = n / N, the log-odds of every class; n is clamped to 1..N-1."""
    n = counts.clamp(1, n_samples - 1)
    return torch.log(n / (n_samples - n))


class ClassWeights(nn.Module):
    """One fixed weight a class, for positives and negatives alike."""

    def __init__(self, weights: Tensor):
        super().__init__()
        self.register_buffer("class_weights", weights.float())

    def forward(self, targets: Tensor) -> Tensor:
        """Return the weights, (n_labels,), whatever the targets are."""
        return self.class_weights


class ImageWeights(nn.Module):
    """One weight an image: the mean of the class weights over the labels that the image carries.

    This is "average_w" of the public code of the Distribution-Balanced Loss. An image without any label, where that
    code divides by zero, takes the mean over all classes: it speaks for none of them in particular.
    """

    def __init__(self, weights: Tensor):
        super().__init__()
        self.register_buffer("class_weights", weights.float())

    def forward(self, targets: Tensor) -> Tensor:
        """Return (..., 1) weights for targets of shape (..., n_labels); soft targets weight the mean."""
        carried = targets.sum(-1, keepdim=True)
        mean = (targets * self.class_weights).sum(-1, keepdim=True) / carried.clamp(min=_SMALLEST_SHARE)
        return torch.where(carried > 0, mean, self.class_weights.mean(-1, keepdim=True))


class RebalancedWeights(nn.Module):
    r"""Re-balanced weights of the Distribution-Balanced Loss, smoothed.

    A class alone would be sampled with probability proportional to :math:`1/n_i`; an image is really drawn for every
    label that it carries, in proportion to :math:`\sum_j y_j/n_j`. Their ratio
    :math:`r_i = (1/n_i) / \sum_j (y_j/n_j)` is 1 for an image's only label, below 1 for a frequent label beside a
    rare one, and may be far above 1 for negatives of rare classes. The weight is
    :math:`\hat r_i = \alpha + \sigma(\beta(r_i-\mu))`, between alpha and alpha + 1. It carries no gradient.

    An image without any label is legal: its r is huge instead of infinite, its weight alpha + 1 (beta above 0).
    Wu et al., ECCV 2020, section 3.1.

    Args:
        counts: Positives per label; 0 counts as 1.
        alpha: Floor of the weight. This and the other two are numbers, or (n_stack, 1, 1) for a stack of batches.
        beta: Sharpness; 0 makes all weights alpha + 0.5.
        mu: The r at which the weight is half-way up.
    """

    def __init__(self, counts: Tensor, *, alpha: float | Tensor, beta: float | Tensor, mu: float | Tensor):
        super().__init__()
        inverse_counts = 1 / counts.clamp(min=1)
        constants = {"alpha": alpha, "beta": beta, "mu": mu, "smallest_share": _SMALLEST_SHARE}
        # beta (r - mu) is rise / sum_j (y_j / n_j) + start
        constants |= {"inverse_counts": inverse_counts, "rise": beta * inverse_counts}
        constants["start"] = -beta * mu * torch.ones_like(inverse_counts)
        for name, value in constants.items():
            self.register_buffer(name, torch.as_tensor(value, dtype=torch.float32))

    def ratio(self, targets: Tensor) -> Tensor:
        """Return r for every cell of targets (..., n_labels)."""
        return self.inverse_counts / self._share(targets)

    def forward(self, targets: Tensor) -> Tensor:
        """Return the weight of every cell of targets (..., n_labels)."""
        constants = self._buffers  # not attribute by attribute: a module takes a microsecond for each
        share = (targets * constants["inverse_counts"]).sum(-1, keepdim=True).add_(constants["smallest_share"])
        return torch.addcdiv(constants["start"], constants["rise"], share).sigmoid_().add_(constants["alpha"])

    def _share(self, targets: Tensor) -> Tensor:
        # A sum of products, not a matrix product: autocast would lower that to half precision.
        return (targets * self._buffers["inverse_counts"]).sum(-1, keepdim=True).add_(self._buffers["smallest_share"])
