"""What ``python -m dbl_core runs`` does with runs: export, import, requeue, delete, prune and others."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dbl_core.runs import archive, budget, event_file, store, trash
from dbl_core.runs.requeue import launch_again, lost_while_waiting
from dbl_core.search.store import is_trial, list_searches


def add_parsers(parser: argparse.ArgumentParser, list_runs: Callable[[argparse.Namespace], int]) -> None:
    """Add the actions as commands of their own; without one, as with ``list``, the runs are listed."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=type(parser))
    listing = _add(actions, "list", list_runs, "list the runs: state, mAP, place in line, time that remains")
    listing.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON instead of a table")
    export = _add(actions, "export", _export, "write a run to one file that another lab can import", run=True)
    export.add_argument("--out", type=Path, help="the file to write (default RUN.run.zip)")
    export.add_argument("--no-weights", action="store_true", help="leave the trained weights out")
    bring = _add(actions, "import", _import, "make runs of exported files, one of each")
    bring.add_argument("files", type=Path, metavar="FILE", nargs="+")
    curves = _add(actions, "tensorboard", _tensorboard, "write its curves as a TensorBoard event file", run=True)
    curves.add_argument("--out", type=Path, required=True, help="folder of event files, for tensorboard --logdir")
    _add(actions, "delete", _delete, "move a run to the trash", run=True)
    restore = _add(actions, "restore", _restore, "undo the last deletion of a run")
    restore.add_argument("run", metavar="RUN", help="name of the run, or number of the deletion")
    _add(actions, "requeue", _requeue, "launch again, in their order, the runs that were lost while they waited")
    _add(actions, "pin", _pin, "keep a run when others are pruned", run=True)
    _add(actions, "unpin", _unpin, "no longer keep it", run=True)
    prune = _add(actions, "prune", _prune, "move the oldest runs to the trash until the rest fits the budget")
    prune.add_argument("--budget", help=f"how much may stay, as 500MB (default {budget.VARIABLE}, or 5 GB)")
    bin_ = _add(actions, "trash", _trash, "list what can be restored")
    bin_.add_argument("--empty", action="store_true", help="delete it for good")
    for one in (prune, bin_):
        one.add_argument("--yes", action="store_true", help="do it; without, only say what would be done")


def _add(
    actions: Any, name: str, call: Callable[[argparse.Namespace], int], help_text: str, *, run: bool = False
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=help_text, description=f"{help_text[:1].upper()}{help_text[1:]}.")
    # Before or after the action: what is not given here must not replace what was given there.
    parser.add_argument("--runs-dir", type=Path, default=argparse.SUPPRESS, help="folder of run folders")
    if run:
        parser.add_argument("run", metavar="RUN", help="name of the run")
    parser.set_defaults(call=lambda args: check_folder(args.runs_dir, make=name == "import") or call(args))
    return parser


def check_folder(runs_dir: Path, *, make: bool = False) -> None:
    """Refuse a folder of runs that is none.

    Raises:
        ValueError: It is not there (and is not to be made), or is a file.
    """
    if not runs_dir.is_dir() and (runs_dir.exists() or not make):
        raise ValueError(f"--runs-dir {runs_dir} is not a folder; give the folder that holds your runs")


def one_line(name: str) -> str:
    """A name as it fits into a line of a terminal: line breaks and control characters escaped."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in name)


def room_sentence(used: budget.Usage) -> str:
    """How much room the runs take."""
    sentence = f"{budget.size_text(used.total)} of {budget.size_text(used.budget)} used"
    if used.trash:
        sentence += f", {budget.size_text(used.trash)} of it in the trash"
    return f"{sentence}; make room with runs prune and runs trash --empty" if used.over else sentence


def _say(sentence: str) -> int:
    sys.stdout.write(f"{one_line(sentence)}\n")
    return 0


def _export(args: argparse.Namespace) -> int:
    folder = store.resolve(args.runs_dir, args.run)
    out = args.out or Path(archive.file_name(args.run))
    if out.exists():
        raise ValueError(f"--out {out} is there already; remove it or choose another name")
    found = archive.export_run(folder, out, weights=not args.no_weights)
    for sentence in found.left_out:
        sys.stderr.write(f"left out: {sentence}\n")
    return _say(f"{out}: {budget.size_text(found.n_bytes)}")


def _import(args: argparse.Namespace) -> int:
    for file in args.files:
        run = store.read_run(archive.import_run(args.runs_dir, file))
        _say(f"{run.id}: {run.state}, was {run.origin!r} where it was trained")
    return 0


def _tensorboard(args: argparse.Namespace) -> int:
    path, count = event_file.write_event_file(store.resolve(args.runs_dir, args.run), args.out)
    return _say(f"{path}: {count:,} numbers; look at them with: tensorboard --logdir {args.out}")


def _delete(args: argparse.Namespace) -> int:
    trash.delete_run(args.runs_dir, args.run)
    return _say(f"{args.run} is in the trash; bring it back with: python -m dbl_core runs restore")


def _restore(args: argparse.Namespace) -> int:
    return _say(f"{trash.restore_run(args.runs_dir, args.run).name} is back")


def _requeue(args: argparse.Namespace) -> int:
    searches = [search.id for search in list_searches(args.runs_dir)]
    lost = lost_while_waiting(args.runs_dir, store.list_runs(args.runs_dir))
    chosen = [run for run in lost if not is_trial(run.id, searches)]  # a search that goes on repeats its trials
    for run in chosen:
        launch_again(run)
        _say(f"{run.id} waits for its turn again")
    return 0 if chosen else _say("nothing to queue again: no run was lost while it waited")


def _pin(args: argparse.Namespace) -> int:
    budget.pin(store.resolve(args.runs_dir, args.run))
    return _say(f"{args.run} is kept when runs are pruned")


def _unpin(args: argparse.Namespace) -> int:
    budget.pin(store.resolve(args.runs_dir, args.run), pinned=False)
    return _say(f"{args.run} may be pruned")


def _prune(args: argparse.Namespace) -> int:
    used = budget.usage(args.runs_dir)
    limit = budget.parse_size(args.budget) if args.budget else used.budget
    runs = store.list_runs(args.runs_dir)
    sizes = {run.id: budget.folder_bytes(run.folder) for run in runs}
    chosen = budget.to_prune(runs, sizes, used.runs - limit)
    for run in chosen:
        _say(f"{budget.size_text(sizes[run.id]):>8}  {run.state:<9} {run.id}")
        if args.yes:
            trash.delete_run(args.runs_dir, run.id)
    freed = budget.size_text(sum(sizes[run.id] for run in chosen))
    if not chosen:
        return _say(f"nothing to prune: runs take {budget.size_text(used.runs)} of {budget.size_text(limit)}")
    if not args.yes:
        return _say(f"{len(chosen)} runs, {freed}, would go to the trash; add --yes to do it")
    return _say(f"{len(chosen)} runs, {freed}, are in the trash; empty it with: runs trash --empty --yes")


def _trash(args: argparse.Namespace) -> int:
    deletions = trash.list_trash(args.runs_dir)
    for each in deletions:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(each.deleted_at))
        _say(f"{budget.size_text(budget.folder_bytes(each.folder)):>8}  {when}  {each.run_id}")
    if not deletions:
        return _say("the trash is empty")
    if not args.empty:
        return _say("bring one back with: python -m dbl_core runs restore RUN")
    if not args.yes:
        return _say("add --yes to delete them for good")
    trash.empty_trash(args.runs_dir)
    return _say("deleted for good")
