"""Opening a page as a visitor would: through the app, with what the address says; and a folder of runs for it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dbl_core.runs import paths, process, store
from dbl_core.search.store import list_searches
from dbl_core.worker import client
from pages.ui import play_answers
from tests import fake_heads
from tests.fake_runs import WAIT

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    """Return a function that opens a page of the app: ``open_page("pages/2_Labels.py", ratio="50")``."""

    def opened(file: str = "app.py", /, **address: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        if file != "app.py":
            app.switch_page(file)
        for key, value in address.items():
            app.query_params[key] = value
        return app.run()

    return opened


@pytest.fixture
def runs_folder(tmp_path, monkeypatch) -> Iterator[Path]:
    """The lab's folder of runs, empty; what works in it is ended after the test."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setattr(paths, "DEFAULT_RUNS_DIR", folder)
    yield folder
    for search in list_searches(folder):
        process.stop(search.paths, grace_s=0.05)
    for run in store.list_runs(folder):
        process.stop(run.folder, grace_s=0.05)


@pytest.fixture
def waiting_children(monkeypatch) -> None:
    """Whatever is launched only waits."""
    real = process.launch
    monkeypatch.setattr(process, "launch", lambda run_dir, **how: real(run_dir, **how | {"command": WAIT}))


@pytest.fixture
def no_heads_kept() -> Iterator[None]:
    """The Playground has no answer from a test before."""
    play_answers.kept().clear()
    yield
    play_answers.kept().clear()


@pytest.fixture
def pretended(monkeypatch) -> list[tuple[str, dict]]:
    """Questions to the worker, answered at once by heads that were never trained."""
    asked = []

    def ask(task, **arguments):
        asked.append((task, arguments))
        return fake_heads.ask(task, **arguments)

    monkeypatch.setattr(client, "ask", ask)
    return asked


@pytest.fixture
def uploads(tmp_path, monkeypatch) -> Path:
    """The folder of the user's own files, empty."""
    folder = tmp_path / "data" / "uploads"
    folder.mkdir(parents=True)
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path / "data"))
    return folder
