"""A report of training runs: gathered from their folders, written as one self-contained page or as tables.

``gather`` reads the runs, ``compose`` says what is in them, ``report_html``, ``write_page`` and ``write_tables`` write
it down. Nothing here loads torch.
"""

from dbl_core.report.compose import compose
from dbl_core.report.evidence import MOST_RUNS, gather
from dbl_core.report.files import write_page, write_tables
from dbl_core.report.page import refusal_html, report_html

__all__ = ["MOST_RUNS", "compose", "gather", "refusal_html", "report_html", "write_page", "write_tables"]
