"""The command line: ``python -m dbl_core COMMAND``, one module a command.

Exit codes: 0 success, 2 bad input with one line on standard error that says what to change, 1 a failure whose
traceback is in the run folder (of check-loss: a check that failed), 130 stopped by the user.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from dbl_core.cli import check_loss, download, measures, report, run, runs, search
from dbl_core.config import explain
from dbl_core.errors import DblError

BAD_INPUT = 2
COMMANDS = (run, runs, report, search, measures, download, check_loss)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line and exit code 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message} (see {self.prog} --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = _Parser(prog="python -m dbl_core", description="Long-tailed multi-label learning from the command line.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    for command in COMMANDS:
        command.add_parser(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = build_parser().parse_args(arguments)
    try:
        return args.call(args)
    except (ValueError, DblError) as error:
        sentence = explain(error) if isinstance(error, ValueError) else str(error)
        sys.stderr.write(f"error: {' '.join(sentence.split())}\n")
        return BAD_INPUT
