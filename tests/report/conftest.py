"""Runs to report, the report of them, and its page as a parsed document; made once for all tests."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from dbl_core.report import compose, gather, report_html
from dbl_core.report.evidence import load
from dbl_core.runs.paths import RunPaths
from tests.fake_runs import BCE, DB_FOCAL, with_seed, write_run

HOSTILE = ("<script>alert(1)</script>", "</script><b>", "\"quoted' & =1+1", "plain")
"""Names of labels as nobody should choose them."""
HOSTILE_RUN = "<img src=x onerror=alert(1)>"


class Page(HTMLParser):
    """Elements with their attributes, and the text of each script and of everything else."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.scripts, self.words, self._script = [], [], [], None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self._script = []

    def handle_endtag(self, tag):
        if tag == "script":
            self.scripts.append("".join(self._script))
            self._script = None

    def handle_data(self, data):
        (self.words if self._script is None else self._script).append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """Plain BCE, DB-Focal with two seeds, and a run that was stopped."""
    root = tmp_path_factory.mktemp("reported")
    write_run(root / "bce", BCE, skill=0.3)
    write_run(root / "db", DB_FOCAL, skill=0.6)
    write_run(root / "db-1", with_seed(DB_FOCAL, 1), skill=0.62)
    write_run(root / "stopped", DB_FOCAL, state="stopped", n_epochs=2)
    return root


@pytest.fixture(scope="session")
def evidence(runs):
    return gather([runs / name for name in ("bce", "db", "db-1", "stopped")])


@pytest.fixture(scope="session")
def report(evidence):
    return compose(evidence)


@pytest.fixture(scope="session")
def page(report):
    return Page(report_html(report))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    """A report in which the run and its labels have hostile names, as a run from another hand may."""
    folder = write_run(tmp_path_factory.mktemp("hostile") / HOSTILE_RUN, skill=0.4)
    path = RunPaths(folder).result
    result = json.loads(path.read_text())
    names = [*HOSTILE, *(entry["label"] for entry in result["per_class"][len(HOSTILE) :])]
    for entry, name in zip(result["per_class"], names, strict=True):
        entry["label"] = name
    result |= {"device": HOSTILE[0], "versions": {HOSTILE[1]: HOSTILE[0]}}
    path.write_text(json.dumps(result))
    found = gather([folder], loader=lambda config: replace(load(config), label_names=tuple(names)))
    return compose(found, title="<i>title</i>")
