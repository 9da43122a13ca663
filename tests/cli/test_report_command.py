"""``python -m dbl_core report``: the page, the tables, and refusals of one line."""

import pytest

from dbl_core.cli import main
from tests.fake_runs import BCE, write_run


@pytest.fixture(scope="module")
def runs_dir(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    write_run(root / "a run", BCE, skill=0.4)
    write_run(root / "stopped", BCE, state="stopped", n_epochs=1)
    return root


def test_a_run_is_named_by_its_folder_or_among_the_runs(runs_dir, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["report", str(runs_dir / "a run")]) == 0
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert "report.html: " in capsys.readouterr().out
    out = ["--out", "other.html", "--title", "My < title"]
    assert main(["report", "a run", "stopped", "--runs-dir", str(runs_dir), *out]) == 0
    assert "stopped is left out: it was stopped" in capsys.readouterr().err
    assert "<title>My &lt; title</title>" in (tmp_path / "other.html").read_text(encoding="utf-8")


def test_tables_alone_write_no_page(runs_dir, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["report", "a run", "--runs-dir", str(runs_dir), "--tables", "tables"]) == 0
    assert not (tmp_path / "report.html").exists()
    names = {path.name for path in (tmp_path / "tables").iterdir()}
    assert {"results.csv", "results-groups.json", "classes.csv", "data-1-measures.csv"} <= names
    assert f"tables: {len(names)} files" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["stopped"], "nothing to report. stopped is left out: it was stopped before its end."),
        (["nobody"], "nobody"),
        (["../outside"], "outside"),
        (["a run", "--groups", "no such"], "no such"),
        (["a run", "--out", "no/such/folder/report.html"], "cannot write"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(runs_dir, tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert main(["report", "--runs-dir", str(runs_dir), *arguments]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert words in lines[0]
    assert not list(tmp_path.iterdir())
