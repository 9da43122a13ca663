"""``python -m dbl_core run``: train once, in a child process, and print the mAP of head, medium and tail.

With ``--resume`` it goes on with a run that was stopped, failed or lost, after its last whole epoch.
"""

from __future__ import annotations

import argparse
import math
import re
import shutil
import sys
import textwrap
from pathlib import Path
from typing import Any

from dbl_core.cli.pairs import pair
from dbl_core.config import BY_RATIO, LIMITS, MOST_PROCESSES, DatasetConfig, RunConfig, TrainConfig
from dbl_core.config.command_line import DATASET_FLAGS, TRAIN_FLAGS, config_words
from dbl_core.longtail.groups import GROUPS
from dbl_core.recipes import RECIPES, recipe
from dbl_core.runs import budget, process, store
from dbl_core.runs.config_files import read_config_file
from dbl_core.runs.paths import RunPaths
from dbl_core.runs.progress import progress_of
from dbl_core.runs.resume import Reopen

_GLUE = "\0"
"""Between a flag and its value, so that no line ends there."""


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("run", help="train once and report head, medium and tail mAP", description=__doc__)
    parser.add_argument("--run-dir", required=True, type=Path, help="folder of the run; a new one, or empty")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the run of this folder, in its settings; --nproc may be another",
    )
    parser.add_argument("--start-over", action="store_true", help="with --resume: from its first epoch")
    parser.add_argument("--queue", action="store_true", help="wait for its turn among the queued runs beside it")
    add_config_flags(parser)
    parser.set_defaults(call=call)


def add_config_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that describe the settings of a run, for :func:`config_from`, and what the recipes contain."""
    parser.epilog, parser.formatter_class = _recipes_in_words(), argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "--recipe", metavar="NAME", help=f"settings to start from: {', '.join(RECIPES)} (below); other flags override"
    )
    parser.add_argument("--config", type=Path, help="a JSON or YAML file to start from; other flags override it")
    parser.add_argument("--loss", help="name of the loss (default db_focal)")
    parser.add_argument("--option", action="append", default=[], metavar="KEY=VALUE", help="an option of the loss")
    for flag, field in DATASET_FLAGS.items():
        _add_field(parser, flag, DatasetConfig, field)
    for field in TRAIN_FLAGS:
        _add_field(parser, field, TrainConfig, field)


def _recipes_in_words() -> str:
    """Every recipe: what it is for, where it is from, and the flags that do the same."""
    margin, lines = " " * 4, ["recipes, and the flags that do the same:"]
    for entry in RECIPES.values():
        words = config_words(entry.config)
        flags = [f"{flag} {value}" for flag, value in zip(words[::2], words[1::2], strict=True)] or ["No flags."]
        for text in (entry.idea, f"Source: {entry.source}.", " ".join(flag.replace(" ", _GLUE) for flag in flags)):
            layout = {"initial_indent": margin, "subsequent_indent": margin, "break_on_hyphens": False}
            lines += ["", f"  {entry.name}"] * (text is entry.idea) + textwrap.wrap(text, width=78, **layout)
    return "\n".join(lines).replace(_GLUE, " ")


def _add_field(parser: argparse.ArgumentParser, flag: str, model: Any, field: str) -> None:
    about = model.model_fields[field]
    default = f"(default {'automatic' if about.default is None else about.default})"
    if field in LIMITS:
        default = "(default no limit)"
    words = " ".join(filter(None, [about.description, default])).replace("%", "%%")
    parser.add_argument(f"--{flag.replace('_', '-')}", help=words)


def call(args: argparse.Namespace) -> int:
    """Validate, create the run folder or go on with the one there is, train in a child, report.

    Bad input that only the child can find (no CUDA, a damaged backbone) takes a new folder away again, so that the same
    command can be repeated once the cause is mended.
    """
    reopen = _reopen(args)
    paths = RunPaths(args.run_dir) if reopen else _create(args)
    watched = sys.stderr.isatty()
    show = show_progress if watched else _say_nothing
    code = process.run_foreground(paths.folder, on_progress=show, queue=args.queue, reopen=reopen)
    if watched:
        sys.stderr.write("\r\033[K")
    run = store.read_run(paths.folder)
    if code == 0 and run.state == "finished":
        sys.stdout.write(_report(store.read_result(paths.folder)))
        return 0
    sys.stderr.write(f"{'error' if code == 2 else run.state}: {run.message}\n")
    if code == 2 and not reopen and not store.read_metrics(paths.folder):
        shutil.rmtree(paths.folder)
    return code


def _create(args: argparse.Namespace) -> RunPaths:
    config = config_from(args)
    budget.check_launch(args.run_dir.absolute().parent)
    return store.create(args.run_dir, config)


def _reopen(args: argparse.Namespace) -> Reopen | None:
    """How to go on with a run; None for a new one.

    Raises:
        ValueError: Where a flag contradicts that: the settings of a run are those it was created with.
    """
    if not args.resume:
        if args.start_over:
            raise ValueError("--start-over goes with --resume; leave it out for a new run")
        return None
    others = {"recipe": args.recipe, "config": args.config, "loss": args.loss, "option": args.option}
    others |= {flag: getattr(args, flag) for flag in (*DATASET_FLAGS, *TRAIN_FLAGS) if flag != "nproc"}
    given = [f"--{flag.replace('_', '-')}" for flag, value in others.items() if value]
    if given:
        raise ValueError(f"--resume keeps the settings of the run; leave {', '.join(given)} out, or create a new run")
    return Reopen(start_over=args.start_over, nproc=_processes(args.nproc))


def _processes(text: str | None) -> int | None:
    """The number of processes a resumed run goes on with; the child refuses one that does not fit the run.

    Raises:
        ValueError: If it is no number that any run takes.
    """
    if text is not None and not (re.fullmatch(r"\d{1,3}", text, re.ASCII) and 1 <= int(text) <= MOST_PROCESSES):
        raise ValueError(f"--nproc is {text[:40]!r}, must be a whole number from 1 to {MOST_PROCESSES}")
    return None if text is None else int(text)


def config_from(args: argparse.Namespace) -> RunConfig:
    """The configuration that the flags describe.

    Raises:
        ValueError: For any value that the models of ``dbl_core.config`` refuse, an unknown recipe, or a recipe beside
            a file.
    """
    base = _starting_point(args)
    dataset = _without_contradicted(base.get("dataset", {}), args) | _given(args, DATASET_FLAGS)
    train = base.get("train", {}) | _given(args, {field: field for field in TRAIN_FLAGS})
    loss = dict(base.get("loss", {}))
    if args.loss and args.loss != loss.get("name"):
        loss = {"name": args.loss}
    loss["options"] = loss.get("options", {}) | dict(pair("--option", text) for text in args.option)
    return RunConfig.model_validate({"dataset": dataset, "loss": loss, "train": train})


def _starting_point(args: argparse.Namespace) -> dict[str, Any]:
    """The settings that the flags override."""
    if args.recipe and args.config:
        raise ValueError("--recipe and --config are both settings to start from; leave one of the two out")
    if args.recipe:
        return recipe(args.recipe).settings()
    return read_config_file(args.config).model_dump() if args.config else {}


def _without_contradicted(dataset: dict[str, Any], args: argparse.Namespace) -> dict[str, Any]:
    """The file's data set without what a flag makes meaningless: another data set, a ratio, a preset."""
    if args.dataset and args.dataset != dataset.get("name"):
        return {}
    dropped = {"preset"} if args.ratio and not args.preset else set()
    dropped |= {"ratio", "max_count"} if args.preset and args.preset != BY_RATIO else set()
    return {key: value for key, value in dataset.items() if key not in dropped}


def _given(args: argparse.Namespace, flags: dict[str, str]) -> dict[str, Any]:
    return {field: getattr(args, flag) for flag, field in flags.items() if getattr(args, flag) is not None}


def _say_nothing(status: dict[str, Any]) -> None:
    """Nobody watches: a file or a pipe gets the one line that counts."""


def show_progress(status: dict[str, Any]) -> None:
    """Write how far a run is over the last line of the terminal."""
    message = status.get("message") or ""
    waiting = status.get("state") == "queued"
    words = message if waiting else "  ".join(filter(None, [str(progress_of(status, ())), message]))
    sys.stderr.write(f"\r\033[K{words}"[:110])
    sys.stderr.flush()


def _report(result: dict[str, Any]) -> str:
    """The mAP by group with its interval, one line a group, then how long it took and where."""
    lines = ["mAP on the test split, in percent (95 % interval over resampled test images)"]
    for group in ("total", *GROUPS):
        low, high = result["intervals"][group]
        lines.append(f"  {group:<7}{_percent(result['map'][group])}   [{_percent(low)}, {_percent(high)}]")
    lines.append(f"{result['seconds']:.1f} s on {result['device']}, seed {result['config']['train']['seed']}")
    return "\n".join(lines) + "\n"


def _percent(fraction: float | None) -> str:
    return "  n/a" if fraction is None or math.isnan(fraction) else f"{100 * fraction:5.1f}"
