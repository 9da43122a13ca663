"""``python -m dbl_core runs``: list the runs of a folder, stop one; export, import, delete, restore, prune."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from dbl_core.cli import runs_actions
from dbl_core.runs import budget, process, queue, store, trash
from dbl_core.runs.outcome import read_epochs
from dbl_core.runs.paths import DEFAULT_RUNS_DIR
from dbl_core.runs.progress import Progress, progress_of


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("runs", help="list runs with their state, stop, export, delete", description=__doc__)
    parser.add_argument("--runs-dir", type=Path, default=DEFAULT_RUNS_DIR, help="folder of run folders")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--stop", metavar="ID", help="stop this run and keep what it has")
    action.add_argument("--delete", metavar="ID", help="move this run to the trash folder of the runs folder")
    parser.set_defaults(call=call)
    runs_actions.add_parsers(parser, _list)


def call(args: argparse.Namespace) -> int:
    """Carry out the action, if any, then list."""
    runs_actions.check_folder(args.runs_dir)
    if args.stop:
        process.stop(store.resolve(args.runs_dir, args.stop))
    if args.delete:
        trash.delete_run(args.runs_dir, args.delete)
    return _list(args)


def _list(args: argparse.Namespace) -> int:
    runs_actions.check_folder(args.runs_dir)
    runs = store.list_runs(args.runs_dir)
    ahead = queue.runs_ahead(
        args.runs_dir,
        queued=[run.id for run in runs if run.state == "queued"],
        running=[run.id for run in runs if run.state == "running"],
    )
    rows = [_row(run, ahead.get(run.id)) for run in runs]
    if args.json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        sys.stdout.write(_table(rows) + _room(args.runs_dir))
    return 0


def _row(run: store.Run, ahead: int | None) -> dict[str, Any]:
    config, resources = run.config, run.resources
    progress = progress_of(run.status, read_epochs(run.folder)) if run.state == "running" else None
    return {
        "id": run.id,
        "state": run.state,
        "loss": config.loss.name if config else None,
        "sampler": config.train.sampler if config else None,
        "mode": config.train.mode if config else None,
        "seed": config.train.seed if config else None,
        "map": run.map,
        "message": run.message,
        "created_at": run.created_at,
        "seconds": run.seconds,
        "imported_from": run.origin or None,
        "pinned": run.pinned,
        "runs_ahead": ahead,
        "phase": progress.phase if progress else None,
        "share": progress.share if progress else None,
        "remaining_seconds": progress.remaining_s if progress else None,
        "device": resources.device or None,
        "memory_mb": resources.memory_mb,
        "gpu_memory_mb": resources.gpu_memory_mb,
    }


def _table(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "no runs yet; start one with: python -m dbl_core run --run-dir runs/first\n"
    lines = [f"{'state':<9} {'total':>5} {'head':>5} {'medium':>6} {'tail':>5}  id"]
    for row in rows:
        scores = row["map"] or {}
        cells = [_cell(scores.get(group)) for group in ("total", "head", "medium", "tail")]
        shown = " ".join([runs_actions.one_line(row["id"]), *(f"({note})" for note in _notes(row))])
        lines.append(f"{row['state']:<9} {cells[0]:>5} {cells[1]:>5} {cells[2]:>6} {cells[3]:>5}  {shown}")
    return "\n".join(lines) + "\n"


def _notes(row: dict[str, Any]) -> list[str]:
    """What else there is to say of a run: where it comes from, its place in line, how far it is."""
    notes = [word.partition("_")[0] for word in ("imported_from", "pinned") if row[word]]
    if row["runs_ahead"] is not None:
        notes.append(queue.waiting_words(row["runs_ahead"]))
    if row["phase"]:
        notes.append(runs_actions.one_line(str(Progress(row["phase"], row["share"], row["remaining_seconds"])).lower()))
    return notes


def _cell(fraction: float | None) -> str:
    return "-" if fraction is None else f"{100 * fraction:.1f}"


def _room(runs_dir: Path) -> str:
    """What lies among the runs without being one, and how much room all of it takes."""
    lines = []
    foreign = store.foreign_folders(runs_dir)
    if foreign:
        lines.append(f"not runs: {', '.join(map(runs_actions.one_line, foreign))}")
    used = budget.usage(runs_dir)
    if used.total:
        lines.append(runs_actions.room_sentence(used))
    return "".join(f"{line}\n" for line in lines)
