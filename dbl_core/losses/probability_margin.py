r"""What asymmetric losses share: negatives whose probability is lowered by a margin, and powers that stay finite."""

import torch
from torch import Tensor, nn

_TINY = 1e-30  # no probability that matters; its powers with exponents above -1 and its log are finite in float32


def power(probability: Tensor, exponent: float | Tensor) -> Tensor:
    """Return probability ** exponent for an exponent of at least 0, with 0 ** 0 = 1.

    At probability 0 the gradient is 0, where that of a power below 1 would be infinite and make NaN of a product
    with 0.
    """
    return probability.clamp(min=_TINY) ** exponent


class ProbabilityMargin(nn.Module):
    r"""The shifted probability :math:`p_m = \max(p - m, 0)` and the log of :math:`1 - p_m = \min(1 - p + m, 1)`.

    Both are exact at both ends: m = 0 leaves p and its log alone, even for a logit at which p is 1 in floating point.
    A negative with p at most m has p_m = 0 and no gradient. Ridnik et al., ICCV 2021, "asymmetric probability
    shifting".

    Args:
        margin: m, from 0 (off) to below 1, or a tensor of them.
    """

    def __init__(self, margin: float | Tensor):
        super().__init__()
        self.register_buffer("margin", torch.as_tensor(margin, dtype=torch.float32))
        self.register_buffer("log_margin", self.margin.log())

    def forward(self, logits: Tensor, log_q: Tensor) -> tuple[Tensor, Tensor]:
        r"""Return p_m and :math:`\log(1 - p_m)` from the logits and :math:`\log(1 - p)`."""
        shifted = (torch.sigmoid(logits) - self.margin).clamp(min=0)
        return shifted, torch.logaddexp(log_q, self.log_margin).clamp(max=0)
