"""``python -m dbl_core search``: let Optuna look for good settings, go on with a search, confirm its best trial."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dbl_core.cli.pairs import pair
from dbl_core.cli.run import add_config_flags, config_from, show_progress
from dbl_core.config import RunConfig
from dbl_core.losses import LOSSES
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs import process, store
from dbl_core.runs.paths import SearchPaths
from dbl_core.search import start
from dbl_core.search.config import OBJECTIVES, SearchConfig
from dbl_core.search.space import LOSS_NAME, Dimension, Searchable, searchable
from dbl_core.search.store import read_search, read_search_config
from dbl_core.search.study import read_trials
from dbl_core.search.trials import Trial, verdict

CAUTION = "The winner was chosen by the test images that it is measured on, so its numbers are optimistic"


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("search", help="search for good settings with Optuna", description=__doc__)
    parser.add_argument(
        "--search-dir", required=True, type=Path, help="folder of the search; its runs are made beside it"
    )
    parser.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="NAME=LOW:HIGH[:SCALE] or NAME=WORD,WORD",
        help="a setting to vary, for example mu=0.1:0.9, learning_rate=0.003:0.3:log or sampler=uniform,class_aware;"
        " 'NAME=' takes the usual range (default mu, lam and kappa, where the loss has them)",
    )
    parser.add_argument("--objective", default="total", help=f"one of {', '.join(OBJECTIVES)} (default total)")
    parser.add_argument("--runs", type=int, help="most runs in all (default 30, where no minutes are given)")
    parser.add_argument("--minutes", type=float, help="begin no trial after so many minutes")
    parser.add_argument("--seeds", type=int, default=1, help="runs a trial, each with the next seed (default 1)")
    parser.add_argument("--search-seed", type=int, default=0, help="seed of the proposals (default 0)")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--continue", dest="go_on", action="store_true", help="go on with a search that has ended")
    action.add_argument("--confirm", type=int, metavar="K", help="repeat the best trial with K fresh seeds")
    parser.add_argument("--trial", type=int, metavar="N", help="confirm this trial, not the best one")
    add_config_flags(parser)
    parser.set_defaults(call=call)


def call(args: argparse.Namespace) -> int:
    """Start, continue or confirm; wait for the end; report."""
    paths = SearchPaths(args.search_dir)
    if args.confirm is not None:
        return _confirm(paths, args)
    if args.go_on:
        start.reopen(paths, runs=args.runs, minutes=args.minutes)
    else:
        paths = start.create_search(args.search_dir, search_config_from(args))
    code = process.run_foreground(paths, on_progress=_watcher(), command=start.command_of(paths))
    _end_line()
    search = read_search(paths.folder)
    if code:
        sys.stderr.write(f"{search.state}: {search.message}\n")
    sys.stdout.write(report(read_search_config(paths), read_trials(paths)))
    return code


def search_config_from(args: argparse.Namespace) -> SearchConfig:
    """The search that the flags describe.

    Raises:
        ValueError: For any value that the models refuse.
    """
    base = config_from(args)
    runs = 30 if args.runs is None and args.minutes is None else args.runs
    return SearchConfig(
        base=base,
        space=tuple(dimensions(args.vary, base)),
        objective=args.objective,
        runs=runs,
        minutes=args.minutes,
        seeds=args.seeds,
        search_seed=args.search_seed,
    )


def dimensions(texts: list[str], base: RunConfig) -> list[Dimension]:
    """Read the values of ``--vary``; without any, the knobs of the paper that the loss has.

    Raises:
        ValueError: A text cannot be read, or names nothing that can be varied.
    """
    given = dict(pair("--vary", text) for text in texts)
    if len(given) < len(texts):
        raise ValueError("--vary names one setting twice; give it once")
    losses = [name for name in given.get("loss", "").split(",") if name in LOSSES] or [base.loss.name]
    known = {entry.name: entry for entry in searchable(losses).values()}
    if not texts:
        given = {name: "" for name in ("mu", "lam", "kappa") if name in known}
        if not given:
            raise ValueError(f"say what to vary with --vary NAME=LOW:HIGH; there is {', '.join(known)}")
    for name in given:
        if name not in known:
            raise ValueError(
                f"--vary {name}: there is no such setting of {', '.join(losses)}; there is {', '.join(known)}"
            )
    return [_dimension(known[name], text) for name, text in given.items()]


def _dimension(entry: Searchable, text: str) -> Dimension:
    if entry.choices:
        words = tuple(word.strip() for word in text.split(",")) if text else entry.choices
        return Dimension(setting=entry.setting, choices=words)
    if not text:
        return Dimension(setting=entry.setting, low=entry.low, high=entry.high, scale=entry.scale)
    low, colon, rest = text.partition(":")
    high, _, scale = rest.partition(":")
    try:
        ends = {"low": float(low), "high": float(high)}
    except ValueError:
        colon = ""
    if not colon:
        raise ValueError(f"--vary {entry.name}={text} is no range; write for example {entry.name}=0.1:0.9")
    return Dimension(setting=entry.setting, scale=scale or entry.scale, **ends)


def _confirm(paths: SearchPaths, args: argparse.Namespace) -> int:
    """Run the best trial with fresh seeds, one after the other."""
    config = read_search_config(paths)
    trial = start.trial_to_confirm(read_trials(paths), config, args.trial)
    maps = []
    for run in start.confirm(paths, trial, args.confirm):
        code = process.run_foreground(run, on_progress=_watcher(), queue=True)
        _end_line()
        if code:
            sys.stderr.write(f"{run.folder.name}: {store.read_run(run.folder).message}\n")
            return code
        found = store.read_run(run.folder).map or {}
        maps.append({key: math.nan if found.get(key) is None else found[key] for key in REPORT_KEYS})
    again = Trial(trial.number, "complete", trial.settings, maps=tuple(maps))
    lines = [f"trial {trial.number}: {_settings(trial)}", f"{'mAP (%)':<9}{'search':>9}{'fresh seeds':>13}"]
    lines += [f"{key:<9}{100 * trial.mean(key):>9.1f}{_with_spread(again, key):>13}" for key in REPORT_KEYS]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def report(config: SearchConfig, trials: list[Trial]) -> str:
    """What came out of a search: the trials, the best of them, and how far to trust it."""
    found = verdict(trials, config)
    failed = [trial for trial in trials if trial.state == "failed"]
    lines = [f"{len(found.finished)} trials finished, {len(failed)} failed"]
    ranked = found.front[::-1] if len(config.keys) > 1 else [found.best] if found.best else []
    if ranked:
        lines.append("the front of head and tail, mAP in %" if len(config.keys) > 1 else "the best trial, mAP in %")
        for trial in ranked:
            numbers = "  ".join(f"{key} {_with_spread(trial, key)}" for key in REPORT_KEYS)
            lines.append(f"  {trial.number:>4}  {numbers}  {_settings(trial)}")
        lines.append(f"{CAUTION}; repeat it with fresh seeds: --confirm 5")
    lines += [f"trial {trial.number} failed: {trial.message}" for trial in failed[-3:]]
    return "\n".join(lines) + "\n"


def _settings(trial: Trial) -> str:
    return ", ".join(
        f"{'loss' if name == LOSS_NAME else name.partition('.')[2]} {value:.6g}"
        if isinstance(value, float)
        else f"{name.partition('.')[2]} {value}"
        for name, value in trial.settings.items()
    )


def _with_spread(trial: Trial, key: str) -> str:
    mean, spread = trial.mean(key), trial.spread(key)
    if math.isnan(mean):
        return "n/a"
    return f"{100 * mean:.1f}" if math.isnan(spread) else f"{100 * mean:.1f} ± {100 * spread:.1f}"


def _watcher() -> Callable[[dict[str, Any]], None]:
    return show_progress if sys.stderr.isatty() else lambda status: None


def _end_line() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
