"""A report of 400 labels and 20 runs stays small, and says what it leaves out."""

import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import save_file

from dbl_core.config import DatasetConfig, LossConfig, RunConfig
from dbl_core.datasets import load_dataset
from dbl_core.report import compose, gather, report_html, write_tables
from dbl_core.runs.paths import RunPaths
from dbl_core.runs.record import append_jsonl
from tests.fake_runs import epoch_line, test_scores, write_run

N_LABELS, N_RUNS, N_EPOCHS = 400, 20, 150
MOST_BYTES = 12_000_000
pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Runs of twenty settings on a long tail of 400 labels; one is written, the others are changed copies of it."""
    root = tmp_path_factory.mktemp("many")
    rng = np.random.default_rng(0)
    chances = np.clip(0.5 * np.arange(1, N_LABELS + 1) ** -0.8, 0.01, None)
    names = np.array([f"a label with a long name, number {number}" for number in range(N_LABELS)])
    np.savez(root / "labels.npz", labels=rng.random((600, N_LABELS)) < chances, label_names=names)
    config = RunConfig(dataset=DatasetConfig(name="file", path=str(root / "labels.npz")))
    first = write_run(root / "run-00", config, n_epochs=0)
    for epoch in range(1, N_EPOCHS + 1):
        append_jsonl(RunPaths(first).metrics, epoch_line(epoch, n_labels=N_LABELS))
    dataset = load_dataset("file", path=str(root / "labels.npz"))
    for number in range(1, N_RUNS):
        folder = root / f"run-{number:02}"
        shutil.copytree(first, folder)
        changed = config.model_copy(update={"loss": LossConfig(options={"mu": number / 100})})
        RunPaths(folder).config.write_text(changed.model_dump_json())
        result = json.loads(RunPaths(folder).result.read_text()) | {"config": changed.model_dump(mode="json")}
        RunPaths(folder).result.write_text(json.dumps(result))
        scores = test_scores(dataset, 0.5, number)
        save_file({"scores": scores, "test_rows": dataset.test_rows.copy()}, RunPaths(folder).scores)
    return root


def test_it_is_bounded_and_says_what_it_leaves_out(many, tmp_path):
    report = compose(gather(sorted(many.glob("run-*"))))
    html = report_html(report)
    assert len(html.encode()) < MOST_BYTES
    said = " ".join(block.text for block in report.blocks if block.kind == "text")
    for words in (
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
