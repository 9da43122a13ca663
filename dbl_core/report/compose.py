"""A report of runs, section by section."""

from __future__ import annotations

from datetime import UTC, datetime

from dbl_core import __version__
from dbl_core.report.calibrated import calibration_section
from dbl_core.report.content import Report, Section, Text
from dbl_core.report.data_sets import data_section
from dbl_core.report.evidence import Evidence
from dbl_core.report.origins import environment_section, reference_section, reproduce_section
from dbl_core.report.results import result_section
from dbl_core.report.settings import loss_section, settings_section
from dbl_core.report.training import training_section

MAX_TITLE = 200


def compose(evidence: Evidence, *, title: str = "", made_at: datetime | None = None) -> Report:
    """Write the report of some runs.

    Args:
        evidence: The runs, see ``dbl_core.report.evidence.gather``.
        title: Its title; made of the settings of the runs when left out. At most ``MAX_TITLE`` signs of it are kept.
        made_at: When it is made; now when left out.
    """
    n_runs, names = len(evidence.runs), [group.name for group in evidence.groups]
    what = names[0] if len(names) == 1 else f"{len(names)} settings compared"
    runs = "1 run" if n_runs == 1 else f"{n_runs} runs"
    baseline = f" The others are compared with {names[0]}." if len(names) > 1 else ""
    parts = (
        result_section(evidence),
        data_section(evidence),
        loss_section(evidence),
        settings_section(evidence),
        training_section(evidence),
        calibration_section(evidence),
        environment_section(evidence),
        reproduce_section(evidence),
        reference_section(evidence),
    )
    left_out = Section("left-out", "Left out", tuple(Text(text, warning=True) for text in evidence.left_out))
    return Report(
        title=" ".join(title.split())[:MAX_TITLE] or f"Training on long-tailed labels: {what}",
        lead=f"{runs}, reported by Long-Tail Lab {__version__}.{baseline}",
        made_at=made_at or datetime.now(UTC),
        sections=(left_out, *parts) if evidence.left_out else parts,
    )
