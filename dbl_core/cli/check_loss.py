"""``python -m dbl_core check-loss package.module:Thing``: does somebody's own loss compute what it claims, safely?"""

from __future__ import annotations

import argparse
import ast
import json
import shutil
import sys
import textwrap
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbl_core.cli.pairs import pair
from dbl_core.datasets.files import CountsOnly, read_label_file
from dbl_core.losses import LOSSES

if TYPE_CHECKING:
    from dbl_core.losses.conformance import Report, TrainingSet

_WIDTH = 100
_WORDS = {"pass": "pass", "fail": "FAIL", "skipped": "skipped", "warning": "warning"}
_EPILOG = """
Thing is a class or a factory, called with what its parameters are named after: class_counts, num_samples, reduction,
alpha, neg_scale, ...; or a callable on logits and targets. For anything else write a factory of three lines in a module
of the current folder, and check my_losses:make:
"def make(label_counts, n_samples): return YourLoss(counts=label_counts, total=n_samples)".
The module is imported, so its code runs. Exit code 0: no check failed; 1: one did; 2: it cannot be checked.
"""


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "check-loss", help="check your own loss against its closed form", description=__doc__, epilog=_EPILOG
    )
    parser.add_argument("target", metavar="package.module:Thing", help="the loss; modules of this folder are found")
    parser.add_argument(
        "--as", dest="claims", default="db_focal", metavar="LOSS", help=f"what it claims to be: {', '.join(LOSSES)}"
    )
    parser.add_argument(
        "--option", action="append", default=[], metavar="KEY=VALUE", help="an option of the claimed loss (mu=0.3)"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="one more argument for Thing's constructor"
    )
    parser.add_argument(
        "--stats",
        type=Path,
        metavar="FILE",
        help="class counts {pos_counts, num_samples} or a label file to build it for",
    )
    parser.add_argument("--json", action="store_true", help="print a list of checks as JSON instead of a table")
    parser.set_defaults(call=call)


def call(args: argparse.Namespace) -> int:
    """Import, check, print."""
    from dbl_core.losses.conformance import check_loss

    options = dict(pair("--option", text) for text in args.option)
    extra = {key: _literal(value) for key, value in (pair("--set", text) for text in args.set)}
    training_set = _training_set(args.stats) if args.stats else None
    report = check_loss(args.target, claims=args.claims, options=options, extra=extra, training_set=training_set)
    sys.stdout.write(_json(report) if args.json else _table(args.target, report))
    return 0 if report.passed else 1


def _literal(text: str) -> Any:
    """A Python literal, or the text itself."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _training_set(path: Path) -> TrainingSet:
    from dbl_core.losses.conformance import of_counts

    table = read_label_file(path)
    if isinstance(table, CountsOnly):
        return of_counts(table.label_counts, table.n_samples, table.label_names)
    return of_counts(table.labels.sum(0), len(table.labels), table.label_names)


def _json(report: Report) -> str:
    return json.dumps([asdict(check) for check in report.checks], indent=2, ensure_ascii=False) + "\n"


def _table(target: str, report: Report) -> str:
    """What was checked, a row a check, the tally."""
    width = min(_WIDTH, shutil.get_terminal_size((_WIDTH, 24)).columns)
    head = [f"{target}, checked as {report.claim}", f"built as {report.built}", *report.notes]
    lines = [line for text in head for line in textwrap.wrap(text, width, subsequent_indent="  ")] + [""]
    names = max(len(check.name) for check in report.checks)
    for check in report.checks:
        text = f"{check.found} (expected: {check.expected})" if check.outcome == "fail" else check.found
        start = f"{_WORDS[check.outcome]:<8} {check.name:<{names}}  "
        lines += textwrap.wrap(text, width, initial_indent=start, subsequent_indent=" " * len(start))
    tally = Counter(check.outcome for check in report.checks)
    words = {"pass": "passed", "fail": "failed", "warning": "with a warning", "skipped": "skipped"}
    return (
        "\n".join([*lines, "", ", ".join(f"{tally[key]} {word}" for key, word in words.items() if tally[key])]) + "\n"
    )
