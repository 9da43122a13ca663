"""Local or public: what decides it, and whose folder a thread may open."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dbl_core import hosting
from dbl_core.errors import DataError, RunError
from dbl_core.runs.record import write_json

ROOT = Path(__file__).resolve().parents[1]
NAME = "0123456789abcdef" * 2


@pytest.mark.parametrize(("word", "mode"), [(None, "local"), ("", "local"), (" Public ", "public"), ("local", "local")])
def test_the_variable_says_whom_the_lab_serves(monkeypatch, word, mode):
    if word is None:
        monkeypatch.delenv(hosting.VARIABLE, raising=False)
    else:
        monkeypatch.setenv(hosting.VARIABLE, word)
    assert hosting.mode() == mode
    assert hosting.is_public() == (mode == "public")
    assert hosting.bounded(100, 7) == (7 if mode == "public" else 100)


def test_a_slip_does_not_open_a_public_lab(monkeypatch):
    monkeypatch.setenv(hosting.VARIABLE, "publik")
    with pytest.raises(ValueError, match="'publik', must be one of local, public"):
        hosting.is_public()


@pytest.mark.parametrize("name", ["", "..", "../x", NAME[:-1], NAME.upper(), f"{NAME}\n"])
def test_only_a_name_of_the_right_form_is_a_folder(monkeypatch, name):
    monkeypatch.setattr(hosting, "_lookup", lambda: name)
    with pytest.raises(DataError, match="from that visitor's pages only"):
        hosting.visitor_folder()


def test_nobody_is_known_outside_of_the_pages(monkeypatch):
    monkeypatch.setattr(hosting, "_lookup", None)
    with pytest.raises(DataError, match="public"):
        hosting.visitor_folder()
    monkeypatch.setattr(hosting, "_lookup", lambda: NAME)
    assert hosting.visitor_folder() == NAME


def test_a_lab_that_starts_public_reads_and_keeps_less():
    code = (
        "from dbl_core.datasets import array_cache as c; from dbl_core.datasets.files import limits as l; "
        "from dbl_core.runs import record as r; print(l.MAX_UPLOAD_BYTES, l.MAX_ROWS, l.MAX_ARCHIVE_BYTES, "
        "c.MAX_CACHE_BYTES, r.MAX_JSON_BYTES, r.MAX_JSONL_BYTES)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | {"DBL_MODE": "public"}, capture_output=True, check=True
    )
    limits = hosting.LIMITS
    bounds = (limits.upload_bytes, limits.rows, limits.unpacked_bytes, limits.cache_bytes)
    assert said.stdout.split() == [b"%d" % n for n in (*bounds, limits.record_bytes, limits.record_bytes)]


def test_strangers_read_no_path_of_the_server(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    for mode, told in (("local", True), ("public", False)):
        monkeypatch.setenv(hosting.VARIABLE, mode)
        with pytest.raises(RunError, match="cannot write") as caught:
            write_json(tmp_path / "file" / "result.json", {})
        assert (str(tmp_path) in str(caught.value)) == told
        assert "result.json" in str(caught.value)
