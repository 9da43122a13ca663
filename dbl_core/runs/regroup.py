"""The numbers of a run under other borders of head, medium and tail; nothing is trained or scored again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dbl_core.longtail.groups import GROUPS, Convention, group_of
from dbl_core.metrics import BootstrapIntervals, group_report
from dbl_core.runs.outcome import Epoch, Result


def regrouped(result: Result, convention: str | Convention, intervals: BootstrapIntervals | None = None) -> Result:
    """Return a result with the groups of another convention.

    Args:
        result: the final numbers of a run.
        convention: as for ``dbl_core.longtail.group_of``.
        intervals: intervals over resampled test images under that convention; without them head, medium and tail have
            none, total keeps its own.

    Returns:
        The result; the same one where it lists no class. AP and counts of the classes stay as they are; of F1 and
        calibration only the total is kept.
    """
    counts = result.label_counts
    if not counts:
        return result
    groups = group_of(counts, convention)
    per_class = [
        entry.model_copy(update={"group": str(group)}) for entry, group in zip(result.per_class, groups, strict=True)
    ]
    ranges = {key: value for key, value in result.intervals.items() if key == "total"}
    if intervals is not None:
        ranges = {key: (one.low, one.high) for key, one in intervals.groups.items()}
    means = group_report([entry.ap for entry in per_class], counts, convention)
    changed = {"map": means, "intervals": ranges, "per_class": tuple(per_class)}
    for name in ("f_scores", "calibration"):
        record = getattr(result, name)
        if record is not None:
            changed[name] = record.model_copy(update={key: {} for key in GROUPS})
    return result.model_copy(update=changed)


def regrouped_epochs(
    epochs: Iterable[Epoch], label_counts: Sequence[int], convention: str | Convention
) -> tuple[Epoch, ...]:
    """Return epochs whose mAP follows another convention; an epoch without AP of these labels has total only.

    Weights and gradients were added up by group while the run trained, under the paper's convention: they stay.
    """
    found = []
    for epoch in epochs:
        if len(epoch.ap) == len(label_counts):
            means = group_report(epoch.ap, label_counts, convention)
        else:
            means = {key: value for key, value in epoch.map.items() if key == "total"}
        found.append(epoch.model_copy(update={"map": means}))
    return tuple(found)
