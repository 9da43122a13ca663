"""How to do it again and whom to cite: environment, command and Python of every run, references."""

from __future__ import annotations

import math
import pprint
import time
from typing import Any

from dbl_core import __version__
from dbl_core.config import RunConfig
from dbl_core.config.command_line import command_line
from dbl_core.losses import LOSSES
from dbl_core.report.content import Block, Code, Column, Folded, Heading, Items, Link, Section, Table, Text
from dbl_core.report.evidence import Evidence
from dbl_core.report.references import LAB, bibtex, entries_for, spoken
from dbl_core.runs.progress import duration

PACKAGE = "long-tail-lab"
"""What a result calls the lab among the versions."""


def environment_section(evidence: Evidence) -> Section:
    """Say where, when and with what every run was trained."""
    packages = list(dict.fromkeys(name for one in evidence.runs.values() for name in one.result.versions))[:12]
    names = ("Run", "Created (UTC)", "Took", "Device", "Trained parameters", "Data set seed", "Seed")
    notes = {run_id: _note(one.run.origin, one.run.status) for run_id, one in evidence.runs.items()}
    noted = any(notes.values())
    columns = [*map(Column, (*names, *packages, *(["Note"] if noted else [])))]
    rows = []
    for run_id, one in evidence.runs.items():
        config, result = one.run.config, one.result
        rows.append(
            (
                run_id,
                time.strftime("%Y-%m-%d %H:%M", time.gmtime(one.run.created_at)),
                duration(None if math.isnan(result.seconds) else result.seconds),
                result.device,
                result.n_parameters,
                config.dataset.seed,
                config.train.seed,
                *(result.versions.get(name, "") for name in packages),
                *([notes[run_id]] if noted else []),
            )
        )
    table = Table("environment", "Where and with what the runs were trained", tuple(columns), rows)
    return Section("environment", "Environment", (table,))


def _note(origin: str, status: Any) -> str:
    parts = [f"imported, was {origin}" if origin else "", str(status.get("warning") or "")[:500]]
    return "; ".join(filter(None, parts))


def reproduce_section(evidence: Evidence) -> Section:
    """The command and the Python that train every run again."""
    blocks: list[Block] = [
        Text(
            f"With Long-Tail Lab {__version__}, in its folder. The same settings on the same machine give the same "
            "numbers; another device or another version of torch may move the last digits."
        )
    ]
    others = {one.result.versions.get(PACKAGE, __version__) for one in evidence.runs.values()} - {__version__}
    if others:
        trained = ", ".join(sorted(others))
        blocks.append(Text(f"Some of these runs were trained with version {trained}; only it repeats them surely."))
    commands = [command_line(one.run.config, run_dir=f"runs/{run_id}") for run_id, one in evidence.runs.items()]
    blocks.append(Code("On the command line", "\n".join(commands)))
    programs = [Code(run_id, python_of(one.run.config, run_id)) for run_id, one in evidence.runs.items()]
    blocks.append(Folded("In Python", tuple(programs)))
    return Section("reproduce", "Do it again", tuple(blocks))


def python_of(config: RunConfig, run_id: str) -> str:
    """The Python that trains a run again, in a child process, and reads its numbers."""
    settings = pprint.pformat(config.model_dump(exclude_none=True), width=100, sort_dicts=False)
    return "\n".join(
        [
            "from dbl_core.config import RunConfig",
            "from dbl_core.runs import process, store",
            "from dbl_core.runs.outcome import read_outcome",
            "",
            f"settings = {settings}",
            f"paths = store.create({f'runs/{run_id}'!r}, RunConfig.model_validate(settings))",
            "process.run_foreground(paths.folder)",
            "result = read_outcome(paths.folder)  # result.map: total, head, medium, tail",
        ]
    )


def reference_section(evidence: Evidence) -> Section:
    """The sources of what the report uses, to read and as BibTeX, and how to cite the lab."""
    groups = evidence.groups
    losses = dict.fromkeys(group.config.loss.name for group in groups)
    keys = entries_for(
        urls=[LOSSES[name].url for name in losses],
        samplers=dict.fromkeys(group.config.train.sampler for group in groups),
        datasets=dict.fromkeys(group.config.dataset.name for group in groups),
        backbones=dict.fromkeys(group.config.train.backbone for group in groups),
    )
    sources = tuple(Link(*spoken(key)) if spoken(key)[1] else spoken(key)[0] for key in keys)
    cite = f"Cite the papers of the losses, and the lab with its version, {__version__}."
    blocks: list[Block] = [Items(sources), Heading("As BibTeX"), Text(cite)]
    blocks.append(Code("references.bib", bibtex([*keys, LAB])))
    return Section("references", "References", tuple(blocks))
