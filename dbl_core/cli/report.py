"""``python -m dbl_core report``: write finished runs as one self-contained HTML file, or their tables as CSV."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from dbl_core.cli.runs_actions import one_line
from dbl_core.longtail import CONVENTIONS
from dbl_core.runs import budget, store
from dbl_core.runs.paths import DEFAULT_RUNS_DIR, RunPaths

DEFAULT_OUT = Path("report.html")


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("report", help="write finished runs as one HTML file", description=__doc__)
    parser.add_argument("runs", nargs="+", metavar="RUN", help="a run folder, or its name; the baseline first")
    parser.add_argument("--runs-dir", type=Path, default=DEFAULT_RUNS_DIR, help="folder of runs that are only named")
    parser.add_argument("--out", type=Path, help=f"the page to write (default {DEFAULT_OUT}, none with --tables)")
    parser.add_argument("--tables", type=Path, metavar="DIR", help="write every table as CSV, every figure as JSON")
    parser.add_argument("--title", default="", help="title of the report (default: what the runs have in common)")
    names = ", ".join(CONVENTIONS)
    parser.add_argument("--groups", default="db", help=f"borders of head, medium and tail: {names} (default db)")
    parser.set_defaults(call=call)


def call(args: argparse.Namespace) -> int:
    """Read the runs, write the files, say where they are."""
    from dbl_core.report import compose, gather, write_page, write_tables  # plotly and pandas, which no other needs

    evidence = gather([_folder(args.runs_dir, name) for name in args.runs], groups=args.groups)
    for sentence in evidence.left_out:
        sys.stderr.write(f"{one_line(sentence)}\n")
    report = compose(evidence, title=args.title)
    out = args.out or (None if args.tables else DEFAULT_OUT)
    if out is not None:
        sys.stdout.write(f"{out}: {budget.size_text(write_page(report, out))}\n")
    if args.tables is not None:
        sys.stdout.write(f"{args.tables}: {len(write_tables(report, args.tables))} files\n")
    return 0


def _folder(runs_dir: Path, name: str) -> Path:
    """The folder of a run that is named by its path, or by its name among the runs.

    Raises:
        ValueError: If there is no such run.
    """
    if RunPaths(Path(name)).config.is_file():
        return Path(name).absolute()
    if not runs_dir.is_dir():
        raise ValueError(f"{name!r} is not a run folder, and --runs-dir {runs_dir} is not a folder of runs")
    return store.resolve(runs_dir, name)
