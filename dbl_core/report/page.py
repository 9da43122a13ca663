"""A report as one HTML file that needs nothing else: no network, no fonts, every figure drawn where it is opened.

Its content policy allows only the two scripts it carries, by their digests, and no request at all. Names of labels and
runs come from anywhere: Jinja escapes them, and what scripts read lies in JSON that cannot end its element.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from dbl_core.report.content import MOST_ROWS, UNKNOWN, Column, Estimate, Formula, Report, utc
from dbl_core.report.formulas import lines_of, mathml
from dbl_core.viz.offline import figure_json, plotly_script

MOST_OPEN = 40
"""Rows of a table that stand open on the page; a longer one scrolls inside its frame."""
TEMPLATES = Path(__file__).with_name("templates")
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def report_html(report: Report) -> str:
    """The whole report as HTML."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"cell": _cell, "mathml": mathml, "utc": utc}
    scripts = {"plotly": plotly_script(), "own": _template("report.js")}
    return environment.get_template("report.html").render(
        report=report,
        policy=content_policy(scripts.values()),
        scripts={name: Markup(text) for name, text in scripts.items()},
        style=Markup(_template("report.css")),
        figures=_data({figure.key: figure_json(figure.figure) for figure in report.figures}),
        tables=_data({table.key: json.dumps(table.csv()) for table in report.tables}),
        most_rows=MOST_ROWS,
        most_open=MOST_OPEN,
    )


def refusal_html(sentence: str) -> str:
    """A page that says why there is no report, for a download that was asked for already."""
    head = '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>No report</title></head>'
    return Markup(head + "<body><h1>No report</h1><p>{}</p></body></html>").format(sentence)


def content_policy(scripts: Any) -> str:
    """The content security policy of a page with these scripts inside it, and no others."""
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    # plotly writes style elements and attributes, and makes pictures of data and blob addresses.
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _data(values: Mapping[str, str]) -> Markup:
    """An object of JSON texts that can stand inside a script element: no sign can end it or begin a comment."""
    text = f"{{{','.join(f'{json.dumps(key)}:{value}' for key, value in values.items())}}}"
    for sign, escaped in _ESCAPES.items():
        text = text.replace(sign, escaped)
    return Markup(text)


def _cell(value: Any, column: Column) -> Markup:
    """A cell of a table as HTML."""
    if isinstance(value, Formula):
        return Markup("<br>").join(map(mathml, lines_of(value.latex)))
    if not isinstance(value, Estimate):
        return escape(column.shown(value))
    shown = column.shown(value.value)
    low, high = column.shown(value.low), column.shown(value.high)
    ends = "" if UNKNOWN in (low, high) else f' <span class="ends">{low} to {high}</span>'
    word = f' <span class="word">{escape(value.word)}</span>' if value.word else ""
    return Markup(f"{shown}{ends}{word}")  # numbers need no escape
