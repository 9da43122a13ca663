"""A report of 400 labels and 20 runs stays small, and says what it leaves out."""

import pytest

from dbl_core.report import compose, gather, report_html, write_tables
from tests.fake_runs import write_many

N_LABELS, N_RUNS, N_EPOCHS = 400, 20, 150
MOST_BYTES = 12_000_000
pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Runs of twenty settings on a long tail of 400 labels."""
    return write_many(tmp_path_factory.mktemp("many"), n_labels=N_LABELS, n_runs=N_RUNS, n_epochs=N_EPOCHS)


def test_it_is_bounded_and_says_what_it_leaves_out(many, tmp_path):
    report = compose(gather(many))
    html = report_html(report)
    assert len(html.encode()) < MOST_BYTES
    said = " ".join(block.text for block in report.blocks if block.kind == "text")
    for words in (
        "The table judges the other 13 in the same way",
        "What 15 more groups of runs win by class is left out",
        "The reliability of 12 more groups of runs is left out",
        "Of longer runs 100 evenly spaced epochs are shown",
    ):
        assert words in said
    tables = {table.key: table for table in report.tables}
    assert len(tables["classes"].rows) == N_LABELS
    assert len(tables["classes"].columns) == 4 + N_RUNS
    assert len(tables["classes-gains-1"].rows) == N_LABELS
    assert "settings-all-2" in tables
    files = write_tables(report, tmp_path / "tables")
    assert {path.name for path in files} == {path.name for path in (tmp_path / "tables").iterdir()}
    assert len((tmp_path / "tables" / "classes.csv").read_text().splitlines()) == 1 + N_LABELS
