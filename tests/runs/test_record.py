"""Files are written whole or not at all, and read without trust."""

import errno
import json
import math
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from dbl_core.errors import RunError
from dbl_core.runs import record


def failing(number):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    return fail


def test_json_is_strict_and_plain(tmp_path):
    value = {"nan": math.nan, "inf": [np.inf, np.float32(0.5)], "array": np.arange(3), 7: (True, None), "p": Path("a")}
    record.write_json(tmp_path / "a.json", value)
    text = (tmp_path / "a.json").read_text()
    assert "NaN" not in text
    assert json.loads(text) == {"nan": None, "inf": [None, 0.5], "array": [0, 1, 2], "7": [True, None], "p": "a"}


def test_half_a_surrogate_is_no_obstacle(tmp_path):
    record.write_json(tmp_path / "a.json", {"name": "\udcff"})
    assert record.read_json(tmp_path / "a.json") == {"name": "\udcff"}


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"null", b"[" * 100_000])
def test_what_is_no_object_reads_as_none(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    assert record.read_json(tmp_path / "a.json") is None


def test_missing_files_read_as_nothing(tmp_path):
    assert record.read_json(tmp_path / "none") is None
    assert record.read_json(tmp_path) is None
    assert record.read_jsonl(tmp_path / "none") == []
    assert record.read_text_tail(tmp_path / "none", 5) == ""


@pytest.mark.parametrize("call", ["write", "replace", "fsync"])
@pytest.mark.parametrize(
    ("number", "sentence"),
    [(errno.ENOSPC, "disk is full"), (errno.EROFS, "read-only"), (errno.EACCES, "permission"), (errno.EIO, "check")],
)
def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, call, number, sentence):
    path = tmp_path / "a.json"
    record.write_json(path, {"old": 1})
    monkeypatch.setattr(os, call, failing(number))
    with pytest.raises(RunError, match=sentence):
        record.write_json(path, {"new": 2})
    monkeypatch.undo()
    assert record.read_json(path) == {"old": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_the_name_of_a_folder_that_is_a_file_is_explained(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="is a file, not a folder"):
        record.write_json(tmp_path / "file" / "a.json", {})
    with pytest.raises(RunError, match="name is too long"):
        record.append_jsonl(tmp_path / ("x" * 300), {})


def test_a_really_full_device_is_explained():
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(RunError, match="disk is full"):
        record.append_jsonl(Path("/dev/full"), {"epoch": 1})


def test_an_append_that_fails_half_way_is_cut_off_again(tmp_path, monkeypatch):
    path = tmp_path / "m.jsonl"
    record.append_jsonl(path, {"epoch": 1})
    before, write = path.read_bytes(), os.write
    calls = []

    def half(descriptor, data):
        calls.append(1)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, "full")
        return write(descriptor, bytes(data)[:5])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(RunError, match="disk is full"):
        record.append_jsonl(path, {"epoch": 2})
    assert path.read_bytes() == before


def test_a_torn_line_is_passed_over_and_does_not_spoil_the_next(tmp_path):
    path = tmp_path / "m.jsonl"
    path.write_bytes(b'{"epoch":1}\n[3]\n\xff\n{"epoch":2}\n{"epo')
    assert [line["epoch"] for line in record.read_jsonl(path)] == [1, 2]
    record.append_jsonl(path, {"epoch": 3, "map": math.nan})
    assert record.read_jsonl(path) == [{"epoch": 1}, {"epoch": 2}, {"epoch": 3, "map": None}]


def test_only_the_end_of_a_huge_file_is_read(tmp_path):
    path = tmp_path / "m.jsonl"
    path.write_text("".join(f'{{"epoch":{i}}}\n' for i in range(10_000)))
    read = record.read_jsonl(path, max_bytes=1000)
    assert 50 < len(read) < 100
    assert read[-1] == {"epoch": 9999}


def test_the_tail_of_a_log(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo \xff\nthree")
    assert record.read_text_tail(path, 2) == "two \ufffd\nthree"
    assert record.read_text_tail(path, 0) == ""
    path.write_bytes(b"x" * 1_000_000)
    assert len(record.read_text_tail(path, 5, max_bytes=100)) == 100


def test_a_reader_never_sees_half_a_file(tmp_path):
    path = tmp_path / "a.json"
    record.write_json(path, {"n": 0, "fill": "x" * 5000})
    seen, done = [], threading.Event()

    def read():
        while not done.is_set():
            seen.append(record.read_json(path))

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(300):
        record.write_json(path, {"n": n, "fill": "x" * 5000}, durable=False)
    done.set()
    reader.join()
    assert seen
    assert None not in seen


def test_overwriting_keeps_the_length_and_is_readable(tmp_path):
    path = tmp_path / "a.json"
    record.write_json(path, {"fill": "x" * 200})
    size = path.stat().st_size
    record.overwrite_json(path, {"state": "failed"})
    assert record.read_json(path) == {"state": "failed"}
    assert path.stat().st_size == size
