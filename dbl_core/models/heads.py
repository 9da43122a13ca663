"""The head: from a feature vector to one logit a label."""

import torch
import torch.nn.functional as F
from torch import nn

HIDDEN = 256
NECKS = ("fc_relu", "fc_bn")
LAST_LAYER_STD = 0.01  # the paper's N(0, 0.01), read as its code does: the standard deviation


class NeckNorm(nn.BatchNorm1d):
    """Batch normalisation of the hidden numbers that also takes one image.

    One number has no deviation: a batch of a single image, the last one of an odd epoch, say, is normalised by the
    running statistics, as in evaluation, and leaves them as they are.
    """

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Normalise (batch, n) numbers."""
        if self.training and len(hidden) <= 1:
            return F.batch_norm(hidden, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)
        return super().forward(hidden)


class MultiLabelHead(nn.Sequential):
    """Neck and classifier: FC - ReLU - Dropout - FC, or the paper's FC - BatchNorm - Dropout - FC.

    The last layer starts as N(0, 0.01) with bias 0, so every label starts near probability 0.5 and the loss near
    log 2 a label, as in the paper's head.

    Neck ``fc_relu``: one image's scores must not depend on its batch, so nothing is normalised and the first layer
    starts as N(0, 2 / n_features) with bias 0 (He et al. 2015, arXiv 1502.01852): the features come in standardised,
    and the hidden numbers keep a mean square of 1. Torch's own start makes them 2.4 times smaller, and a run of a
    thousand steps ends visibly unfinished.

    Neck ``fc_bn``, the paper's: the hidden numbers are normalised over the batch and there is no ReLU; the first layer
    starts as N(0, 2 / hidden), as in its code. Features need not come in standardised.

    Args:
        n_features: length of a feature vector, at least 1.
        n_labels: logits an image, at least 1.
        hidden: width of the first layer; the paper's is 256.
        dropout: share of hidden units dropped in training, in [0, 1); 0 switches it off.
        neck: ``fc_relu`` or ``fc_bn``.
        generator: draws the initial weights; None takes torch's own random state.

    Raises:
        ValueError: a value out of range.

    Wu et al., "Distribution-Balanced Loss for Multi-Label Classification in Long-Tailed Datasets", ECCV 2020, sec. 4.
    """

    def __init__(
        self,
        n_features: int,
        n_labels: int,
        *,
        hidden: int = HIDDEN,
        dropout: float = 0.5,
        neck: str = "fc_relu",
        generator: torch.Generator | None = None,
    ) -> None:
        for name, size in (("n_features", n_features), ("n_labels", n_labels), ("hidden", hidden)):
            if size < 1:
                raise ValueError(f"{name} is {size}: 1 or more is allowed")
        if not 0.0 <= dropout < 1.0:
            raise ValueError(f"dropout is {dropout}: a number from 0 up to, but not including, 1 is allowed")
        if neck not in NECKS:
            raise ValueError(f"unknown neck {neck!r}; choose one of {', '.join(NECKS)}")
        between = NeckNorm(hidden) if neck == "fc_bn" else nn.ReLU()
        super().__init__(nn.Linear(n_features, hidden), between, nn.Dropout(dropout), nn.Linear(hidden, n_labels))
        first = self[0]
        fan = hidden if neck == "fc_bn" else n_features
        nn.init.normal_(first.weight, std=(2 / fan) ** 0.5, generator=generator)
        nn.init.zeros_(first.bias)
        start_last_layer(self, generator=generator)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Map (batch, n_features) to logits (batch, n_labels), in the head's own precision within autocast too.

        Two images whose logits differ in the fourth digit must not tie: average precision looks at ranks alone.
        """
        with torch.autocast(features.device.type, enabled=False):
            return super().forward(features.to(self[0].weight.dtype))


def start_last_layer(head: nn.Sequential, *, generator: torch.Generator | None = None) -> None:
    """Give the last layer of a head new initial weights: N(0, 0.01) and bias 0, the same on every device."""
    last = head[-1]
    drawn = torch.empty(last.weight.shape, device="cpu")  # where the generator is, wherever the head is
    with torch.no_grad():
        last.weight.copy_(nn.init.normal_(drawn, std=LAST_LAYER_STD, generator=generator))
    nn.init.zeros_(last.bias)
