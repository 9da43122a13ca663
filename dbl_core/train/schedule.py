"""The learning rate over a run: the paper's shape, stretched to the run's length, or a cosine.

The paper trains 8 epochs (969 steps on VOC-MLT) with a linear warm-up from a third of the rate over 500 steps and a
tenfold drop after epochs 5 and 7 (Wu et al., ECCV 2020, section 4.1). A shorter run keeps the shape: unless a
number is given, the warm-up takes no more than a quarter of the steps, so that short runs still train at the full rate.

The cosine has the same warm-up and then falls from the peak towards 0 along half a period, without restarts
(Loshchilov, Hutter: SGDR, ICLR 2017).
"""

import math

WARMUP_STEPS = 500
WARMUP_START = 1 / 3
WARMUP_SHARE = 0.25
DROPS_AT = (5 / 8, 7 / 8)
DROP_FACTOR = 0.1


def rate_factor(step: int, n_steps: int, schedule: str = "steps", warmup_steps: int | None = None) -> float:
    """Factor on the peak learning rate at a step.

    Args:
        step: Step from 0.
        n_steps: Steps of the whole run, at least 1.
        schedule: ``steps`` or ``cosine``.
        warmup_steps: Steps of the warm-up, at least 0; a run that has no more never leaves it, but for the drops of
            ``steps``. None takes 500, but at most a quarter of the steps.

    Returns:
        A factor in (0, 1]: 1/3 rising to 1 in the warm-up; then 1, 0.1 from 5/8 and 0.01 from 7/8 of the run, or
        half a cosine from 1 to just above 0.
    """
    warmup = min(WARMUP_STEPS, int(WARMUP_SHARE * n_steps)) if warmup_steps is None else warmup_steps
    factor = WARMUP_START + (1 - WARMUP_START) * step / warmup if step < warmup else 1.0
    if schedule == "cosine":
        return factor * (1 + math.cos(math.pi * max(step - warmup, 0) / max(n_steps - warmup, 1))) / 2
    return factor * DROP_FACTOR ** sum(step >= round(share * n_steps) for share in DROPS_AT)
