"""Many heads as one: K ``MultiLabelHead`` in stacked matrices, with the gradient written out.

A head is so small that a step of it is mostly the cost of calling; K heads in one batched product share that cost. The
gradient of its two layers takes fewer calls than autograd's and reaches no further than the heads' own matrices, so a
head whose numbers have become infinite leaves the others alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from dbl_core.models.heads import MultiLabelHead

EVALUATION_ROWS = 2048
"""Rows whose hidden numbers are held at once: 2 MiB."""


class Forward(NamedTuple):
    """What a step keeps from its forward pass.

    Attributes:
        inputs: (K, n, n_features).
        hidden: (K, n, hidden), after ReLU and dropout.
        mask: (K or 1, n, hidden) factors of dropout; None where nothing is dropped.
        logits: (K, n, n_labels).
    """

    inputs: Tensor
    hidden: Tensor
    mask: Tensor | None
    logits: Tensor


class HeadGradient(NamedTuple):
    r"""The gradients of K heads, as the factors whose products they are.

    The weights of a layer with inputs :math:`A` (a row an image) and the gradient :math:`D` of its outputs have the
    gradient :math:`A^T D`, its biases the column sums of D. Left as factors, they can be added straight into the
    momentum, and their length is known without them.

    Attributes:
        inputs: (K, n, n_features), inputs of the first layer.
        hidden_gradient: (K, n, hidden), gradient of its outputs.
        hidden: (K, n, hidden), inputs of the last layer.
        logit_gradient: (K, n, n_labels), gradient of its outputs.
    """

    inputs: Tensor
    hidden_gradient: Tensor
    hidden: Tensor
    logit_gradient: Tensor

    @property
    def factors(self) -> tuple[tuple[Tensor, Tensor], ...]:
        """(left, right) of every parameter in the order of ``HeadStack.parameters``; its gradient is left^T right."""
        ones = self.inputs.new_ones(1, self.inputs.shape[1], 1).expand(len(self.inputs), -1, -1)
        return (
            (self.inputs, self.hidden_gradient),
            (ones, self.hidden_gradient),
            (self.hidden, self.logit_gradient),
            (ones, self.logit_gradient),
        )

    def norm_bound(self) -> Tensor:
        r"""(K,) numbers that the norms do not exceed, for little work: :math:`\|A^T D\| \le \|A\| \|D\|`."""
        n_rows = self.inputs.shape[1]  # the column of ones that belongs to the biases has this squared length
        squares = [torch.linalg.vector_norm(factor, dim=(1, 2)).square() for factor in self]
        return ((squares[0] + n_rows) * squares[1] + (squares[2] + n_rows) * squares[3]).sqrt()

    def norm(self) -> Tensor:
        r"""(K,) Euclidean norms over all parameters: :math:`\|A^T D\|^2 = \langle A A^T, D D^T\rangle`."""
        squares = [torch.bmm(factor, factor.mT) for factor in self]
        total = (squares[0] + 1) * squares[1] + (squares[2] + 1) * squares[3]
        return total.sum((1, 2)).clamp(min=0).sqrt()

    def scale(self, factor: Tensor) -> None:
        """Multiply the gradients by (K, 1, 1) factors, in place."""
        self.hidden_gradient.mul_(factor)
        self.logit_gradient.mul_(factor)


class HeadStack:
    """K heads of one shape.

    Args:
        heads: The heads, at least one; their weights are copied.

    Attributes:
        parameters: (K, n_features, hidden), (K, 1, hidden), (K, hidden, n_labels) and (K, 1, n_labels): weights and
            biases of the first and of the last layer.
    """

    def __init__(self, heads: Sequence[MultiLabelHead]) -> None:
        first, last = [head[0] for head in heads], [head[-1] for head in heads]
        self.parameters: tuple[Tensor, ...] = tuple(
            torch.stack([matrix.detach() for matrix in matrices]).contiguous()
            for matrices in (
                [layer.weight.T for layer in first],
                [layer.bias[None] for layer in first],
                [layer.weight.T for layer in last],
                [layer.bias[None] for layer in last],
            )
        )

    def __len__(self) -> int:
        return len(self.parameters[0])

    @torch.no_grad()
    def forward(self, inputs: Tensor, mask: Tensor | None = None) -> Forward:
        """Logits of a batch a head, and what ``gradient`` needs.

        Args:
            inputs: (K, n, n_features); equal batches may be one batch, expanded.
            mask: (K or 1, n, hidden): 0 for a dropped unit, 1 / (1 - dropout) for one that stays; None drops nothing.
        """
        first, first_bias, last, last_bias = self.parameters
        hidden = torch.baddbmm(first_bias, inputs, first).relu_()
        if mask is not None:
            hidden.mul_(mask)
        return Forward(inputs, hidden, mask, torch.baddbmm(last_bias, hidden, last))

    @torch.no_grad()
    def gradient(self, passed: Forward, logit_gradient: Tensor) -> HeadGradient:
        """The gradient of every parameter.

        Args:
            passed: What ``forward`` returned, for the weights as they are now.
            logit_gradient: (K, n, n_labels) gradient of the loss of each head with respect to its logits.
        """
        hidden_gradient = torch.bmm(logit_gradient, self.parameters[2].mT)
        if passed.mask is not None:
            hidden_gradient.mul_(passed.mask)
        hidden_gradient.masked_fill_(passed.hidden == 0, 0.0)  # ReLU let nothing through, or dropout
        return HeadGradient(passed.inputs, hidden_gradient, passed.hidden, logit_gradient)

    @torch.inference_mode()
    def predict(self, inputs: Tensor) -> Tensor:
        """Plain logits of a whole split: (K, n, n_labels) for inputs (n, n_features), which all heads share."""
        first, first_bias, last, last_bias = self.parameters
        logits = inputs.new_empty(len(self), len(inputs), last.shape[2])
        for head in range(len(self)):
            for start in range(0, len(inputs), EVALUATION_ROWS):
                rows = slice(start, start + EVALUATION_ROWS)
                hidden = torch.addmm(first_bias[head], inputs[rows], first[head]).relu_()
                torch.addmm(last_bias[head], hidden, last[head], out=logits[head, rows])
        return logits

    def state_dict(self, head: int) -> dict[str, Tensor]:
        """The weights of one head under the names of ``MultiLabelHead``, copied."""
        first, first_bias, last, last_bias = (tensor[head].clone() for tensor in self.parameters)
        return {
            "0.weight": first.T.contiguous(),
            "0.bias": first_bias[0],
            "3.weight": last.T.contiguous(),
            "3.bias": last_bias[0],
        }
