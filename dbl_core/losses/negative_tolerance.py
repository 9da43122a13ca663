r"""Negative-tolerant regularisation (NTR): a head start for rare classes and negatives that stop pushing."""

from typing import Literal

import torch
from torch import Tensor, nn

from dbl_core.losses.weights import prior_logits

BiasForm = Literal["official", "paper"]


class NegativeTolerance(nn.Module):
    r"""The two constants of NTR: the shift :math:`\nu` of every class and the factor :math:`\lambda` of negatives.

    :math:`\nu_i = -\kappa b_i` in the paper's text and :math:`-\kappa b_i/\lambda` in the public code, with the prior
    log-odds :math:`b_i = \log(p_i/(1-p_i))`. The loss of a positive becomes :math:`\zeta(-(z-\nu))`, that of a
    negative :math:`\zeta(\lambda(z-\nu))/\lambda`. The shift exists in training only; test scores are the plain z.
    Wu et al., ECCV 2020, section 3.2.

    Args:
        counts: Positives per label, clamped to 1..N-1.
        n_samples: Images of the training set.
        lam: Factor of negatives; 1 switches it off. A number, or (n_stack, 1, 1) for a stack of batches.
        kappa: Factor of the shift; 0 switches it off. Likewise.
        bias: "official" (divided by lambda) or "paper".
    """

    def __init__(self, counts: Tensor, n_samples: int, *, lam: float | Tensor, kappa: float | Tensor, bias: BiasForm):
        super().__init__()
        self.register_buffer("lam", torch.as_tensor(lam, dtype=torch.float32))
        divisor = lam if bias == "official" else 1.0
        self.register_buffer("nu", (-kappa / divisor * prior_logits(counts, n_samples)).float())
