import subprocess
import sys
from pathlib import Path

import pytest

from dbl_core.errors import DataError
from pages.ui import launch, page

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def no_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(launch.paths, "DEFAULT_RUNS_DIR", tmp_path / "runs")


def test_home_shows_the_tail_the_steps_and_what_to_do_first(open_page):
    app = open_page()
    assert not app.exception
    assert not app.error
    assert app.title[0].value == "Long-Tail Lab"
    assert "1,142 training images" in " ".join(caption.value for caption in app.caption)
    assert "No run yet" in app.info[0].value


def test_every_page_is_in_the_navigation_and_none_that_does_not_exist(open_page):
    app = open_page()
    links = {link.proto.label for link in app.get("page_link")}
    for title, entry in page.PAGES.items():
        assert (title in links) == entry.exists


def test_the_data_set_follows_into_every_link(open_page):
    app = open_page(ratio="50", profile="step")
    assert "ratio 50" in " ".join(text.value for text in app.sidebar.markdown)
    links = [link for link in app.get("page_link") if link.proto.label in page.PAGES]
    assert links
    for link in links:
        assert "ratio=50" in link.proto.query_string
        assert "profile=step" in link.proto.query_string


def test_the_default_data_set_leaves_the_address_alone(open_page):
    app = open_page()
    assert not app.query_params


def test_the_demo_button_starts_two_runs_and_opens_them(open_page, monkeypatch):
    monkeypatch.setattr(launch, "launch_demo", lambda: ("one", "two"))
    app = open_page()
    button = next(button for button in app.button if "BCE" in button.label)
    button.click().run()
    assert app.query_params["runs"] == "one,two"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("ratio 3 <b>is</b> *wrong*; allowed: 1 to 2"), "ratio 3"),
        (DataError("cannot read the table; restore it"), "restore it"),
        (RuntimeError("secret detail"), "the server's log"),
    ],
)
def test_an_error_is_a_sentence_and_never_a_traceback(open_page, monkeypatch, error, sentence):
    def failing(choice):
        raise error

    monkeypatch.setattr("pages.ui.cache.dataset", failing)
    app = open_page()
    assert not app.exception
    assert sentence in app.error[0].value
    assert "secret" not in app.error[0].value
    assert "<b>" not in app.error[0].value.replace("\\<b\\>", "")
    assert app.title, "the rest of the page is still drawn"


def test_no_page_brings_torch_into_the_server():
    code = """
import sys
from pathlib import Path
from streamlit.testing.v1 import AppTest
for file in ["app.py", *sorted(f"pages/{p.name}" for p in Path("pages").glob("[0-9]*.py"))]:
    app = AppTest.from_file("app.py", default_timeout=120)
    if file != "app.py":
        app.switch_page(file)
    app.run()
    assert app.title, file
    if "torch" in sys.modules:
        sys.exit(f"{file} brings torch into the server")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
