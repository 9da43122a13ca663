"""A report as files: the page, and a folder with every table as CSV and every figure as JSON."""

from __future__ import annotations

from pathlib import Path

from dbl_core.report.content import Report
from dbl_core.report.page import report_html
from dbl_core.runs.record import writing
from dbl_core.viz.offline import figure_json
from dbl_core.whole_files import replacing


def write_page(report: Report, path: Path) -> int:
    """Write the report as one HTML file, whole or not at all, and return its size in bytes.

    Raises:
        RunError: If it cannot be written.
    """
    data = report_html(report).encode("utf-8")
    _write(path, data)
    return len(data)


def write_tables(report: Report, folder: Path) -> list[Path]:
    """Write every table as ``KEY.csv`` and every figure as ``KEY.json`` (as plotly reads it); return the files.

    Raises:
        RunError: If they cannot be written.
    """
    files = {f"{table.key}.csv": table.csv() for table in report.tables}
    files |= {f"{figure.key}.json": figure_json(figure.figure) for figure in report.figures}
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        _write(folder / name, text.encode("utf-8"))
    return [folder / name for name in files]


def _write(path: Path, data: bytes) -> None:
    with writing(path), replacing(path) as file:
        file.write(data)
