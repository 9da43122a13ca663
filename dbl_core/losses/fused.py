r"""Loss and gradient of the Distribution-Balanced family together, from the closed form.

Automatic differentiation of the formula keeps a tensor of every step and walks them all again. Here one pass gives the
loss and its slope in the logit, and the backward pass is one multiplication.

The unit of both is a *side* of a cell. With :math:`\zeta(x) = \log(1+e^x)` and :math:`\sigma = \zeta'`, a positive
costs :math:`\zeta(-x)` and a negative :math:`\zeta(\lambda x)/\lambda`, x the shifted logit: with the *step* s = -1 or
:math:`\lambda` and v = s x that is :math:`\zeta(v)/|s|`, and the probability that the answer is missed is
:math:`1-p_t = \sigma(v)`. So for a factor a in front of the focal one

.. math:: \ell = a\,\sigma(v)^\gamma\,\zeta(v), \qquad
    \frac{d\ell}{dv} = a\,\sigma(v)^\gamma\,[\,\sigma(v) + \gamma\,\zeta(v)\,(1-\sigma(v))\,].

A hard target is on one side, a soft target on both in part.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

_PRECISE = 40.0  # from here on log(1 + e^x) is x in float64 too


class Sides(NamedTuple):
    """The class constants of both sides, each (n_labels,) or (n_stack, 1, n_labels), and the focal exponent.

    Attributes:
        nu: Shift of the logit, or None.
        negative_step: Lambda.
        positive_step: -1.
        negative_gain: Constant factor of a negative: focal scale / lambda, and the weight of the class.
        positive_gain: Constant factor of a positive: focal scale, and the weight of the class.
        gamma: Focal exponent, () or (n_stack, 1, 1); None without focal factor.
        nothing: Zeros, (n_labels,).
    """

    nu: Tensor | None
    negative_step: Tensor
    positive_step: Tensor
    negative_gain: Tensor
    positive_gain: Tensor
    gamma: Tensor | None
    nothing: Tensor


class Pass(NamedTuple):
    """How a batch is computed.

    Attributes:
        hard: Every target is 0 or 1, so that each cell has one side.
        reduction: "sum" over everything, "batch" over the last two axes, "none".
        factor: Constant factor of every value, such as one over their number for a mean.
        squared: The focal exponent is 2, which needs no power.
    """

    hard: bool
    reduction: str
    factor: float
    squared: bool


class FusedLoss(torch.autograd.Function):
    """Reduced loss of a batch; the gradient is computed in the same pass and kept for the way back.

    ``apply(logits, targets, weight, sides, how)``: logits and targets of one floating type, (..., n_samples, n_labels);
    a weight that broadcasts to them, or None; the constants in the same type. Only the logits get a gradient. It has
    no derivative of its own: asking for a graph of the gradient is an error, not a wrong second derivative.
    """

    @staticmethod
    def forward(ctx, logits: Tensor, targets: Tensor, weight: Tensor | None, sides: Sides, how: Pass) -> Tensor:
        """Compute the loss, and keep the slope of every cell."""
        nu, negative, positive, negative_gain, positive_gain, _, _ = sides
        shifted = logits if nu is None else logits - nu
        if how.hard:
            step = torch.lerp(negative, positive, targets)  # exact at 0 and at 1
            front = _front(torch.lerp(negative_gain, positive_gain, targets), weight, sides, how)
            total, slope = _one_side(shifted * step if nu is None else shifted.mul_(step), step, front, sides, how)
        else:
            front = _front((1 - targets) * negative_gain, weight, sides, how)
            total, slope = _one_side(shifted * negative, negative, front, sides, how)
            front = _front(targets * positive_gain, weight, sides, how)
            more, steeper = _one_side(shifted * positive, positive, front, sides, how)
            total, slope = total + more, slope + steeper
        ctx.save_for_backward(slope)
        ctx.reduction = how.reduction
        return total

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple:
        """Multiply the kept slope by what comes in."""
        if torch.is_grad_enabled() and not torch.compiler.is_compiling():
            raise RuntimeError("The losses of the distribution-balanced family have no second derivative.")
        (slope,) = ctx.saved_tensors
        if ctx.reduction == "batch":
            gradient = gradient[..., None, None]
        return slope * gradient, None, None, None, None


def _front(gain: Tensor, weight: Tensor | None, sides: Sides, how: Pass) -> Tensor:
    """Everything in front of the focal factor of a cell: its gain, its weight, the factor of the reduction."""
    if weight is None:
        return gain if how.factor == 1 else gain.mul_(how.factor)
    # 0 + factor * gain * weight: a product with a Python number alone takes a small batch as long as three of tensors.
    return torch.addcmul(sides.nothing, gain, weight, value=how.factor)


def _one_side(v: Tensor, step: Tensor, front: Tensor, sides: Sides, how: Pass) -> tuple[Tensor, Tensor]:
    """Return the reduced loss, and its slope in the logit, of cells on one side; v and front are used up."""
    value = F.softplus(v, 1, _PRECISE)  # -log p_t
    miss = v.sigmoid_()  # 1 - p_t
    gamma = sides.gamma
    if gamma is None:
        total = _reduced(value.mul_(front), how.reduction)
        return total, miss.mul_(front).mul_(step)
    front = front.mul_(miss).mul_(miss) if how.squared else front.mul_(miss.pow(gamma))
    total = _reduced(value.mul_(front), how.reduction)
    return total, value.mul_(gamma).lerp_(front, miss).mul_(step)


def _reduced(value: Tensor, reduction: str) -> Tensor:
    if reduction == "none":
        return value.clone()
    return value.sum((-2, -1)) if reduction == "batch" else value.sum()
