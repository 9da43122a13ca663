"""``python -m dbl_core download voc|coco``: fetch a published data set, or go on with what has arrived of it."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

from dbl_core.datasets.published import PRESETS
from dbl_core.download import job
from dbl_core.download.plan import LIST_TERMS, PLANS
from dbl_core.runs import process

FLAGS = ("root", "mirror", "split_file", "preset", "ratio", "profile", "max_count", "seed", "threads")


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "download", help="fetch VOC or COCO, resumed after an interruption", description=__doc__
    )
    parser.add_argument("dataset", choices=sorted(PLANS))
    parser.add_argument("--root", type=Path, help="data folder (default data/sets/<dataset>)")
    parser.add_argument("--mirror", metavar="URL", help="base address to use instead of the published one")
    split = f"list of training images: a file, a web address, or 'none'; by default the paper's ({LIST_TERMS})"
    parser.add_argument("--split-file", metavar="FILE", help=split)
    parser.add_argument("--preset", help=f"training images whose files are fetched one by one: {', '.join(PRESETS)}")
    parser.add_argument("--ratio", help="imbalance ratio of preset by-ratio")
    parser.add_argument("--profile", help="profile of preset by-ratio (default pareto)")
    parser.add_argument("--max-count", help="images of the largest class of preset by-ratio")
    parser.add_argument("--seed", help="seed of preset by-ratio (default 0)")
    parser.add_argument("--threads", help="images fetched at a time, 1 to 16 (default 4)")
    parser.set_defaults(call=call)


def call(args: argparse.Namespace) -> int:
    """Validate, start the job, follow it; Ctrl-C stops it and keeps what has arrived."""
    given = {flag: getattr(args, flag) for flag in FLAGS if getattr(args, flag) is not None}
    config = job.DownloadConfig.model_validate({"dataset": args.dataset, **given})
    paths = job.create_job(config)
    code = process.run_foreground(paths.folder, on_progress=_show_progress, command=job.command_of(paths))
    sys.stderr.write("\n")
    now = job.read_job(paths.folder)
    if code == 0:
        sys.stdout.write(f"{now.message}\n")
        shutil.rmtree(paths.folder, ignore_errors=True)
    else:
        sys.stderr.write(f"{now.state}: {now.message}\n")
    return code


def _show_progress(status: dict[str, Any]) -> None:
    done, total = status.get("done") or 0, status.get("total") or 0
    share = f" {100 * done / total:3.0f} %" if total else ""
    message = "" if status.get("state") not in ("queued", "running") else status.get("message") or ""
    sys.stderr.write(f"\r\033[K{status.get('phase', '')}{share}  {message}"[:110])
    sys.stderr.flush()
