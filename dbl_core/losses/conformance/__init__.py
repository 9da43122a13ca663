"""A battery of checks for somebody's own loss: does it compute what it claims, and is it safe to train with?

``check_loss`` runs it and ``python -m dbl_core check-loss`` prints it. ``training_set`` has what a loss is built for;
``closed_form`` and ``oracle`` what is right; ``subject`` how the loss is found and built; the files named ``*_checks``
the checks; ``battery`` their order. Importing it loads torch.
"""

from dbl_core.losses.conformance.battery import BATTERY, Check, Report, check_loss
from dbl_core.losses.conformance.subject import CannotCheckError, load
from dbl_core.losses.conformance.training_set import TrainingSet, of_counts, voc_mlt

__all__ = [
    "BATTERY",
    "CannotCheckError",
    "Check",
    "Report",
    "TrainingSet",
    "check_loss",
    "load",
    "of_counts",
    "voc_mlt",
]
