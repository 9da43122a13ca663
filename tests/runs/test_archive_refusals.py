"""Damaged, foreign and hostile files: each is refused in one sentence and leaves nothing behind."""

import io
import json
import os
import pickle
import struct
import zipfile

import numpy as np
import pytest
from safetensors.numpy import save_file

from dbl_core.errors import RunError
from dbl_core.runs import archive, store


@pytest.mark.parametrize("content", [b"", b"PK", b"hello" * 100, b"\x80\x04K\x01.", b"\0" * 5000])
def test_what_is_no_zip(refused, content):
    assert "theirs.zip" in refused(io.BytesIO(content), "no run of this lab, or is cut off")


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.99, 0.9999])
def test_a_file_that_ends_early(refused, exported, share):
    content = exported.read_bytes()
    refused(io.BytesIO(content[: int(len(content) * share)]), "cut off")


def test_flipped_bytes_are_refused_or_harmless(runs_dir, exported, light):
    """Every part of the file is damaged once; what still passes must be a run that reads back."""
    content, accepted, sentences = light, 0, []
    end = len(content) - 900
    for position in [*range(0, 2500, 31), *range(2500, end, 9973), *range(end, len(content), 7)]:
        broken = bytearray(content)
        broken[position] ^= 0x5A
        try:
            folder = archive.import_run(runs_dir, io.BytesIO(bytes(broken)), name="x")
        except RunError as error:
            sentences.append(str(error))
        else:
            accepted += 1
            assert store.read_run(folder).state == "finished"
    assert all(sentence.endswith("nothing was imported") for sentence in sentences)
    assert len(list(runs_dir.iterdir())) == accepted
    assert accepted < 60  # times, versions and attributes that nobody reads


@pytest.fixture(scope="module")
def light(exported):
    """The exported run with little in it that a test would damage over and over again."""
    file = io.BytesIO()
    with zipfile.ZipFile(exported) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            if not info.filename.endswith(".safetensors"):
                target.writestr(info, source.read(info), zipfile.ZIP_DEFLATED)
    return file.getvalue()


@pytest.mark.parametrize(
    "name",
    ["../evil", "/etc/evil", "a/../../evil", "..\\evil", "C:\\evil", "run/config.json", ".hidden", "evil.py"],
)
def test_only_the_files_of_a_run_come_in(tmp_path, refused, members_of, packed, exported, name):
    members = members_of(exported)
    refused(packed(members, **{"weights.safetensors": None, name: b"x"}), "which no run has")
    assert not list(tmp_path.rglob("*evil*"))


def test_no_file_comes_twice(refused, members_of, packed, exported):
    file = packed(members_of(exported), **{"weights.safetensors": None})
    with zipfile.ZipFile(file, "a") as target, pytest.warns(UserWarning, match="Duplicate"):
        target.writestr("config.json", b"{}")
    refused(file, r"config\.json twice")


@pytest.mark.parametrize("mode", [0o120777, 0o020666, 0o040755, 0o010644])
def test_links_devices_and_folders(refused, members_of, packed, exported, mode):
    file = packed(members_of(exported), **{"log.txt": None})
    with zipfile.ZipFile(file, "a") as target:
        info = zipfile.ZipInfo("log.txt")
        info.create_system, info.external_attr = 3, mode << 16
        target.writestr(info, b"/etc/passwd")
    refused(file, "a link, a device")


@pytest.mark.parametrize(("offset", "value", "match"), [(8, 1, "encrypted"), (10, 12, "packed in a way")])
def test_encrypted_and_oddly_packed(refused, members_of, packed, exported, offset, value, match):
    file = bytearray(packed(members_of(exported)).getvalue())
    struct.pack_into("<H", file, file.rindex(b"PK\x01\x02") + offset, value)
    refused(io.BytesIO(bytes(file)), match)


def test_bombs(refused, members_of, packed, exported):
    members = members_of(exported)
    refused(packed(members, **{"metrics.jsonl": b" " * (30 << 20)}), r"metrics\.jsonl unpacks to 30 MB")
    refused(packed(members, **{"log.txt": os.urandom(archive.MAX_LOG_BYTES + 1)}), r"log\.txt unpacks to 1 MB")
    refused(packed({str(number): b"" for number in range(5000)}), "5,000 members, a run has at most 8")


@pytest.mark.parametrize("claimed", [10, 1000])
def test_a_false_size_is_found_while_unpacking(refused, members_of, packed, exported, claimed):
    """The lists say a few bytes of log, the packed data holds much more, or less."""
    file = bytearray(packed(members_of(exported), **{"log.txt": b"a" * 500}).getvalue())
    for mark, name_at, size_at in ((b"PK\x01\x02", 46, 24), (b"PK\x03\x04", 30, 22)):
        at = -1
        while (at := file.find(mark, at + 1)) >= 0:
            if file[at + name_at :].startswith(b"log.txt"):
                struct.pack_into("<L", file, at + size_at, claimed)
    refused(io.BytesIO(bytes(file)), "is damaged")


def test_a_huge_list_is_not_read(refused, exported):
    content = exported.read_bytes()
    broken = bytearray(content)
    struct.pack_into("<L", broken, len(broken) - 10, 2**31)
    refused(io.BytesIO(bytes(broken)), "no run of this lab")
    refused(io.BytesIO(content[:-22] + b"PK\x06\x07" + bytes(16) + content[-22:]), "several parts")


UNSOUND = {
    "run.json": [
        None,
        b"{",
        b"[]",
        b'{"format": "other"}',
        b'{"format": "long-tail-lab run", "id": "", "state": "lost"}',
    ],
    "config.json": [
        None,
        b"{",
        b"null",
        b'{"loss": {"name": "not_yet"}}',
        b'{"train": {"dropout": 1e999}}',
        b"[" * 90000,
    ],
    "result.json": [b"{", b"[]", b'{"map": 3}', b'{"map": {}, "config": {"surprise": 1}}', b"[" * 90000],
    "metrics.jsonl": [b"", b"nonsense\n", b'{"epoch": "first"}\n', b"\xff\n" * 50],
    "scores.safetensors": [b"", b"\xff" * 64, b"\x80\x04\x95pickle" * 9, struct.pack("<Q", 2**62) + b"{}"],
    "weights.safetensors": [b"", b"\xff" * 64, struct.pack("<Q", 2) + b"[]", b"\x80\x02}q\x00." * 30],
}


@pytest.mark.parametrize(("name", "content"), [(name, content) for name, bad in UNSOUND.items() for content in bad])
def test_every_file_is_read_before_it_comes_in(refused, members_of, packed, exported, name, content):
    refused(packed(members_of(exported), **{name: content}), r"theirs\.zip")


def test_a_finished_run_has_a_result(refused, members_of, packed, exported):
    refused(packed(members_of(exported), **{"result.json": None}), "called finished")


def test_a_newer_version_says_so(refused, members_of, packed, exported):
    manifest = json.loads(members_of(exported)["run.json"]) | {"version": 2}
    refused(packed(members_of(exported), **{"run.json": json.dumps(manifest)}), "newer version of the lab")


ONES, ROWS = np.ones((4, 20), np.float32), np.arange(4)


@pytest.mark.parametrize(
    "tensors",
    [
        {"scores": ONES},
        {"scores": ONES, "test_rows": np.arange(3)},
        {"scores": ONES.astype(np.int64), "test_rows": ROWS},
        {"scores": ONES[:, :7].copy(), "test_rows": ROWS},
        {"scores": ONES[:, 0].copy(), "test_rows": ROWS},
        {"scores": ONES, "test_rows": ROWS.astype(np.float32)},
    ],
)
def test_scores_fit_the_run(tmp_path, refused, members_of, packed, exported, tensors):
    save_file(tensors, tmp_path / "scores")
    content = (tmp_path / "scores").read_bytes()
    refused(packed(members_of(exported), **{"scores.safetensors": content}), "no scores of the classes")


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.mark.parametrize("name", sorted(archive.LIMITS))
def test_nothing_is_unpickled_or_executed(tmp_path, runs_dir, refused, members_of, packed, exported, name):
    file = packed(members_of(exported), **{name: pickle.dumps(Trap(str(tmp_path / "sprung")))})
    if name in ("log.txt", "error.txt"):  # text that is shown and never read as anything else
        folder = archive.import_run(runs_dir, file)
        store.read_run(folder), store.read_log_tail(folder)
    else:
        refused(file, r"theirs\.zip")
    assert not (tmp_path / "sprung").exists()


def test_sources_that_are_no_file(tmp_path, runs_dir):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "none", tmp_path, tmp_path / "pipe"):
        with pytest.raises(RunError, match="no plain file"):
            archive.import_run(runs_dir, path)
    assert list(runs_dir.iterdir()) == []
