"""The pages Runs and Train with records that somebody edited by hand: shown for what they are, never a failed page."""

import json

import pytest

from dbl_core.runs import paths
from dbl_core.runs.paths import RunPaths
from tests.fake_runs import BCE, DB_FOCAL, write_run

HUGE = 10**400
NONSENSE = [
    ("status", {"state": "failed", "message": "\ud800 <b>$x$"}),
    ("status", {"state": ["finished"]}),
    ("status", {"state": "stopped", "phase": []}),
    ("result", {"map": {"total": HUGE, "tail": "x"}}),
    ("result", {"seconds": HUGE}),
    ("result", {"device": HUGE}),
    ("result", {"per_class": [{"label": "\ud800", "train_count": 1, "test_positives": 1, "ap": 1}]}),
    ("result", {"per_class": [{"label": "a", "train_count": HUGE, "test_positives": HUGE, "ap": 1}]}),
    ("result", {"n_parameters": HUGE, "intervals": {"total": [1e308, -1e308]}}),
    ("metrics", {"epoch": HUGE}),
    ("metrics", {"epoch": 10**15}),
    ("metrics", {"epoch": 1, "step": HUGE, "seconds": HUGE}),
    ("metrics", {"epoch": 2, "train_loss": 1e308, "test_loss": HUGE}),
    ("metrics", {"map": {"x": 1}}),
    ("metrics", {"ap": [HUGE]}),
    ("config", {"train": {"epochs": HUGE}}),
    ("config", {"loss": {"name": "\ud800"}}),
    ("config", {"dataset": {"name": "file", "path": "\x00"}}),
    ("process", {"pid": HUGE}),
    ("process", {"pid": 1, "create_time": HUGE, "started_at": HUGE}),
    ("origin", {"id": ["a"], "seconds": HUGE}),
    ("origin", {"id": "\ud800 <i>"}),
]


@pytest.mark.parametrize(("what", "change"), NONSENSE)
def test_records_edited_by_hand(open_page, tmp_path, monkeypatch, what, change):
    monkeypatch.setattr(paths, "DEFAULT_RUNS_DIR", tmp_path)
    write_run(tmp_path / "good", BCE)
    path = getattr(RunPaths(write_run(tmp_path / "odd", DB_FOCAL, n_epochs=1)), what)
    path.write_text(json.dumps((json.loads(path.read_text()) if path.exists() else {}) | change))
    for page, address in (("pages/6_Runs.py", {"runs": "good,odd"}), ("pages/5_Train.py", {"run": "odd"})):
        app = open_page(page, **address)
        assert not app.exception
        assert not [box for box in app.error if "does not know" in box.value]
        text = json.dumps([part.value for part in [*app.markdown, *app.caption, *app.warning, *app.error]])
        assert "\\ud800" not in text
    assert len(text) < 100_000
