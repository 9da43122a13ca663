"""``python -m dbl_core measures FILE``: the label measures of a label file, as a table or as JSON."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

from scipy import sparse

from dbl_core.datasets.files import FORMATS, CountsOnly, LabelTable, read_label_file
from dbl_core.stats import MEASURES, count_measures, label_measures, per_label_measures
from dbl_core.stats.measures import CONVENTIONS, imbalance_ratios

_SHOWN_LABELS = 20


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    formats = " ".join(FORMATS.values())
    parser = commands.add_parser(
        "measures", help="label measures of a label file", description=__doc__, epilog=f"Formats: {formats}"
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a label file, or a folder in VOC's or COCO's layout")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table; what is undefined is null")
    parser.add_argument(
        "--convention", choices=CONVENTIONS, default=CONVENTIONS[0], help="how labels without positives count"
    )
    parser.add_argument("--separator", help="between the label names of one cell (default: found out)")
    parser.add_argument("--delimiter", help="between the columns of a CSV file (default: found out)")
    parser.set_defaults(call=call)


def call(args: argparse.Namespace) -> int:
    """Read, measure, print."""
    table = read_label_file(args.file, separator=args.separator, delimiter=args.delimiter)
    content = _of_counts(table, args.convention) if isinstance(table, CountsOnly) else _of_table(table, args.convention)
    content = {"source": table.source, "convention": args.convention, "notes": list(table.notes), **content}
    sys.stdout.write(json.dumps(_without_nan(content), indent=2) + "\n" if args.json else _text(content))
    return 0


def _of_table(table: LabelTable, convention: str) -> dict[str, Any]:
    """All measures, and those of every label."""
    labels = sparse.csr_array(table.labels)
    per_label = {key: values.tolist() for key, values in per_label_measures(labels, convention=convention).items()}
    rows = zip(table.label_names, *per_label.values(), strict=True)
    return {
        **label_measures(labels, n_inputs=table.n_inputs, convention=convention),
        "per_label": [dict(zip(("label", *per_label), row, strict=True)) for row in rows],
    }


def _of_counts(table: CountsOnly, convention: str) -> dict[str, Any]:
    """The measures that class counts determine; those that need rows are undefined."""
    counts, n_samples = table.label_counts, table.n_samples
    found = dict.fromkeys(MEASURES, math.nan) | count_measures(counts, n_samples, convention=convention)
    ratios = imbalance_ratios(counts, convention).tolist()
    per_label = [
        {"label": name, "count": count, "frequency": count / n_samples, "irlbl": ratio}
        for name, count, ratio in zip(table.label_names, counts.tolist(), ratios, strict=True)
    ]
    return {**found, "per_label": per_label}


def _without_nan(value: Any) -> Any:
    """JSON has no NaN; null stands for what is not defined."""
    if isinstance(value, dict):
        return {key: _without_nan(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_without_nan(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _text(content: dict[str, Any]) -> str:
    """The measures, then the labels from the most frequent on, then the notes."""
    lines = [content["source"], ""]
    lines += [f"{measure.title:<22}{_number(content[key]):>12}" for key, measure in MEASURES.items()]
    labels = sorted(content["per_label"], key=lambda row: -row["count"])
    width = max(len(row["label"]) for row in labels[:_SHOWN_LABELS])
    lines += ["", f"{'label':<{width}}  {'count':>9}  {'IRLbl':>10}  {'SCUMBLE':>8}"]
    for row in labels[:_SHOWN_LABELS]:
        cells = f"{row['count']:>9,}  {_number(row['irlbl']):>10}  {_number(row.get('scumble', math.nan)):>8}"
        lines.append(f"{row['label']:<{width}}  {cells}")
    if len(labels) > _SHOWN_LABELS:
        lines.append(f"and {len(labels) - _SHOWN_LABELS} rarer labels (all of them with --json)")
    return "\n".join([*lines, *(["", *content["notes"]] if content["notes"] else [])]) + "\n"


def _number(value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return "-" if math.isnan(value) else f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4f}"
