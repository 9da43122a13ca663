"""The head: from a feature vector to one logit a label."""

import torch
from torch import nn

HIDDEN = 256
LAST_LAYER_STD = 0.01  # the paper's N(0, 0.01), read as its code does: the standard deviation


class MultiLabelHead(nn.Sequential):
    """FC - ReLU - Dropout - FC: logits = W2 dropout(relu(W1 features + b1)) + b2.

    The last layer starts as N(0, 0.01) with bias 0, so every label starts near probability 0.5 and the loss near
    log 2 a label, as in the paper's head. The paper's neck normalises its 256 numbers over the batch. Here one image's
    scores must not depend on its batch, so the first layer starts as N(0, 2 / n_features) with bias 0 (He et al. 2015,
    arXiv 1502.01852): the backbone's features come in standardised, and the hidden numbers keep a mean square of 1.
    Torch's own start makes them 2.4 times smaller, and a run of a thousand steps ends visibly unfinished.

    Args:
        n_features: length of a feature vector, at least 1.
        n_labels: logits an image, at least 1.
        hidden: width of the first layer; the paper's is 256.
        dropout: share of hidden units dropped in training, in [0, 1); 0 switches it off.
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
        generator: torch.Generator | None = None,
    ) -> None:
        for name, size in (("n_features", n_features), ("n_labels", n_labels), ("hidden", hidden)):
            if size < 1:
                raise ValueError(f"{name} is {size}: 1 or more is allowed")
        if not 0.0 <= dropout < 1.0:
            raise ValueError(f"dropout is {dropout}: a number from 0 up to, but not including, 1 is allowed")
        super().__init__(nn.Linear(n_features, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, n_labels))
        first, last = self[0], self[-1]
        nn.init.normal_(first.weight, std=(2 / n_features) ** 0.5, generator=generator)
        nn.init.zeros_(first.bias)
        nn.init.normal_(last.weight, std=LAST_LAYER_STD, generator=generator)
        nn.init.zeros_(last.bias)
