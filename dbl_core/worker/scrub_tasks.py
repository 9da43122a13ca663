"""What the worker can be asked about a loss for many values of one option at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dbl_core.losses import check_options
from dbl_core.losses.scrub import option_curves
from dbl_core.worker.loss_tasks import _context


def loss_scrub(
    *,
    loss: Mapping[str, Any],
    values: Mapping[str, Sequence[float]],
    label_counts: Sequence[int],
    n_samples: int,
    contexts: Sequence[Mapping[str, Any]],
    points: int = 81,
) -> dict[str, Any]:
    """Loss, gradient and weight of chosen classes against the logit, for many values of one option.

    Args:
        loss: ``name`` and ``options`` of the loss.
        values: The option that is moved, with its values, at most 200: ``{"mu": [0.1, 0.2]}``.
        label_counts: (n_labels,) positives of every label in the training set.
        n_samples: Images of the training set.
        contexts: Which class in which image, as in ``loss_curves``.
        points: Number of logits from -8 to 8.

    Returns:
        What ``dbl_core.losses.scrub.option_curves`` returns.

    Raises:
        ValueError: For an unknown loss or option, a value out of its range, too many values, or a label that is not
            there.
    """
    if len(values) != 1 or not 1 <= len(*values.values()) <= 200:
        raise ValueError(f"values of {sorted(values)}; ask for 1 to 200 values of one option")
    if set(loss) - {"name", "options"} or "name" not in loss:
        raise ValueError(f"loss is {dict(loss)!r}, must be a name and its options")
    name, options = loss["name"], loss.get("options", {})
    ((option, numbers),) = values.items()
    settings = [check_options(name, {**options, option: number}) for number in numbers]
    return option_curves(
        name,
        settings,
        [_context(context, len(label_counts)) for context in contexts],
        label_counts=np.asarray(label_counts),
        n_samples=n_samples,
        points=points,
    )
