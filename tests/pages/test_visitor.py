"""Who looks at a public lab: the cookie that names a visitor, and that every visit is noted, whatever a link hides."""

import os
import re
import time

import pytest

from dbl_core import hosting
from dbl_core.runs import paths
from pages.ui import visitor

PAGE = "pages/6_Runs.py"


@pytest.fixture(autouse=True)
def public(monkeypatch, tmp_path):
    """A public lab with folders of its own."""
    monkeypatch.setenv("DBL_MODE", "public")
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(paths, "DEFAULT_RUNS_DIR", tmp_path / "runs")
    return tmp_path / "runs"


def scripts(app):
    return [part.proto.body for part in app.get("html") if visitor.COOKIE in part.proto.body]


def test_a_link_that_hides_the_sidebar_hides_no_visit(open_page, public):
    app = open_page(PAGE, hide="sidebar")
    assert not app.exception
    (script,) = scripts(app)
    secret = re.search("[0-9a-f]{64}", script)[0]
    (folder,) = [path for path in paths.visitors_dir(public).iterdir() if hosting.is_visitor_folder(path.name)]
    assert secret not in folder.name
    os.utime(folder, (1, 1))
    app.run()
    assert folder.stat().st_mtime > time.time() - 60
    assert scripts(app) == [script]  # again at every visit: it lasts from the last one on


def test_each_visitor_has_a_secret_that_nobody_can_guess(open_page):
    first, second = (scripts(open_page("pages/7_Learn.py"))[0] for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://lab.example.org/Runs", "__Host-dbl_visitor"),  # no neighbour under example.org can set it
        ("http://127.0.0.1:8501/", "dbl_visitor"),  # browsers take the other one over https only
        (None, "dbl_visitor"),
    ],
)
def test_over_https_only_this_host_names_its_visitors(url, name):
    assert visitor.cookie_name(url) == name


def test_a_local_lab_knows_no_visitors(open_page, monkeypatch):
    monkeypatch.setenv("DBL_MODE", "local")
    assert not scripts(open_page("pages/7_Learn.py"))
