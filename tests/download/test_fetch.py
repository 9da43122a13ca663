"""Fetching one file from a server that is sometimes unkind."""

import errno
import hashlib
import shutil
import threading
from collections import namedtuple

import pytest

from dbl_core.download.fetch import NotOnServerError, RemoteFile, check_url, fetch
from dbl_core.errors import DataError, RunError
from dbl_core.runs import record
from dbl_core.runs.child import RunStopped

DATA = bytes(range(256)) * 8192
MD5 = "md5:" + hashlib.md5(DATA).hexdigest()
SHA256 = "sha256:" + hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def remote(site):
    site.files["/set.tar"] = DATA
    return RemoteFile(site.url("/set.tar"), size=len(DATA), checksum=MD5)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "new" / "set.tar"


def left_behind(target):
    return sorted(path.name for path in target.parent.iterdir())


@pytest.mark.parametrize("checksum", [MD5, SHA256, ""])
def test_a_file_arrives_whole_and_leaves_nothing_else(site, remote, target, checksum):
    steps = []
    remote = RemoteFile(remote.url, checksum=checksum)
    assert fetch(remote, target, progress=lambda *step: steps.append(step))
    assert target.read_bytes() == DATA
    assert left_behind(target) == ["set.tar"]
    assert steps[0] == (0, len(DATA))
    assert steps[-1] == (len(DATA), len(DATA))
    assert steps == sorted(steps)


def test_a_file_that_lies_there_is_not_fetched_again(site, remote, target):
    target.parent.mkdir()
    target.write_bytes(DATA)
    assert not fetch(remote, target)
    assert site.requests == []


def test_a_wrong_file_in_its_place_is_named(site, remote, target):
    target.parent.mkdir()
    target.write_bytes(b"something else")
    with pytest.raises(DataError, match=r"set\.tar.*md5 differs.*remove it"):
        fetch(remote, target)
    assert target.read_bytes() == b"something else"


def test_a_cut_connection_is_resumed_where_it_broke(site, remote, target, hasty):
    site.cut["/set.tar"] = [500_000, 1_500_000]
    fetch(remote, target, patience=hasty)
    assert target.read_bytes() == DATA
    assert [wanted for _, wanted in site.requests] == [None, "bytes=500000-", "bytes=1500000-"]


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(site, remote, target, hasty):
    site.cut["/set.tar"] = [500_000] * 9
    with pytest.raises(DataError, match=r"broke off after 500,000 of 2,097,152 bytes.*save it as"):
        fetch(remote, target, patience=hasty)
    assert "set.tar.part" in left_behind(target)
    site.cut.clear()
    site.requests.clear()
    fetch(remote, target)
    assert target.read_bytes() == DATA
    assert site.requests == [("/set.tar", "bytes=500000-")]
    assert left_behind(target) == ["set.tar"]


@pytest.mark.parametrize("kind", ["no_ranges", "no_validator"])
def test_a_server_that_cannot_resume_starts_anew(site, remote, target, hasty, kind):
    getattr(site, kind).add("/set.tar")
    site.cut["/set.tar"] = [700_000]
    fetch(remote, target, patience=hasty)
    assert target.read_bytes() == DATA


def test_a_file_that_changed_meanwhile_is_not_patched_together(site, target, hasty):
    site.files["/set.tar"] = b"old" * 100_000
    site.cut["/set.tar"] = [100_000] * 3
    remote = RemoteFile(site.url("/set.tar"))
    with pytest.raises(DataError):
        fetch(remote, target, patience=hasty)
    site.files["/set.tar"] = DATA
    site.cut.clear()
    fetch(remote, target, patience=hasty)
    assert target.read_bytes() == DATA


def test_a_complete_part_without_its_name_is_finished(site, remote, target, hasty):
    fetch(remote, target)
    target.rename(target.with_name("set.tar.part"))
    record.write_json(target.with_name("set.tar.part.json"), {"url": remote.url, "validator": f'"{hash(DATA)}"'})
    fetch(remote, target, patience=hasty)
    assert target.read_bytes() == DATA


@pytest.mark.parametrize("note", [b"", b"[]", b'{"url": 3}', b"\xff\xfe"])
def test_a_damaged_note_means_a_new_start(site, remote, target, note):
    target.parent.mkdir()
    target.with_name("set.tar.part").write_bytes(b"rubbish")
    target.with_name("set.tar.part.json").write_bytes(note)
    fetch(remote, target)
    assert target.read_bytes() == DATA


def test_a_wrong_checksum_is_refused_and_forgotten(site, remote, target):
    site.files["/set.tar"] = DATA[:-1] + b"!"
    with pytest.raises(DataError, match=r"not the published file \(its md5 differs\)"):
        fetch(remote, target)
    assert left_behind(target) == [".set.tar.lock"]


def test_a_wrong_size_is_refused_before_anything_is_fetched(site, remote, target):
    site.files["/set.tar"] = DATA + b"more"
    with pytest.raises(DataError, match="offers 2,097,156 bytes, the published file has 2,097,152"):
        fetch(remote, target)
    assert not target.exists()


def test_more_than_allowed_is_never_taken(site, remote, target):
    with pytest.raises(DataError, match="more than the 1,000 such a file may have"):
        fetch(RemoteFile(remote.url, max_bytes=1000), target)
    site.headers["/set.tar"] = {"Content-Length": None}
    with pytest.raises(DataError, match="sends more than the 1,000 bytes"):
        fetch(RemoteFile(remote.url, max_bytes=1000), target)
    assert not target.exists()


@pytest.mark.parametrize("status", [404, 410])
def test_a_missing_file_is_told_with_the_way_round(site, remote, target, status):
    site.status["/set.tar"] = status
    with pytest.raises(
        NotOnServerError, match=rf"is not there \(the server answers {status}\).*save it as '.*set\.tar'"
    ):
        fetch(remote, target)
    assert len(site.requests) == 1


def test_a_refusal_is_final_but_a_busy_server_is_asked_again(site, remote, target, hasty):
    site.status["/set.tar"] = 403
    with pytest.raises(DataError, match="answers 403"):
        fetch(remote, target, patience=hasty)
    assert len(site.requests) == 1
    site.status["/set.tar"] = 503
    with pytest.raises(DataError, match="answers 503"):
        fetch(remote, target, patience=hasty)
    assert len(site.requests) == 4


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><p>log in", b"\xef\xbb\xbf \n<HTML><body>moved", b"<head></head>"])
def test_a_web_page_is_not_an_archive(site, target, page):
    site.files["/set.tar"] = page
    site.headers["/set.tar"] = {"Content-Type": "text/html; charset=utf-8"}
    with pytest.raises(DataError, match="answers with a web page"):
        fetch(RemoteFile(site.url("/set.tar")), target)
    assert not target.exists()


def test_a_full_disk_is_found_before_and_survived_during_a_download(site, remote, target, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 1000))
    with pytest.raises(DataError, match=r"MB free, this download needs 34 MB: free some space"):
        fetch(remote, target)
    monkeypatch.undo()

    def full(done, _):
        if done > 1_000_000:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(RunError, match="the disk is full; free some space"):
        fetch(remote, target, progress=full)
    assert target.with_name("set.tar.part").stat().st_size > 1_000_000
    assert not target.exists()


def test_a_stop_keeps_what_has_arrived(site, remote, target):
    part = target.with_name("set.tar.part")

    def stop():
        if part.exists() and part.stat().st_size:
            raise RunStopped

    with pytest.raises(RunStopped):
        fetch(remote, target, check_stop=stop)
    kept = part.stat().st_size
    assert 0 < kept < len(DATA)
    fetch(remote, target)
    assert site.requests[-1] == ("/set.tar", f"bytes={kept}-")


def test_the_callers_check_decides(site, remote, target):
    def verify(path):
        assert path.read_bytes() == DATA
        raise DataError("not an image")

    with pytest.raises(DataError, match="not an image"):
        fetch(remote, target, verify=verify)
    assert left_behind(target) == [".set.tar.lock"]


def test_redirects_are_followed_within_reason(site, remote, target, tmp_path):
    site.redirects["/old"] = "/set.tar"
    fetch(RemoteFile(site.url("/old"), checksum=MD5), target)
    assert target.read_bytes() == DATA
    site.redirects["/round"] = "/round"
    with pytest.raises(DataError, match="redirects too often"):
        fetch(RemoteFile(site.url("/round")), tmp_path / "a")
    (tmp_path / "secret").write_text("secret")
    for number, place in enumerate([f"file://{tmp_path}/secret", "ftp://127.0.0.1/x", "data:,secret"]):
        site.redirects["/out"] = place
        with pytest.raises(DataError, match="redirects"):
            fetch(RemoteFile(site.url("/out")), tmp_path / f"b{number}")


def test_no_server_is_one_sentence(tmp_path, site, hasty):
    url = site.base.rpartition(":")[0] + ":1/set.tar"
    with pytest.raises(
        DataError, match=r"cannot be reached \(.*refused\); start again later, or fetch the file yourself"
    ):
        fetch(RemoteFile(url), tmp_path / "set.tar", patience=hasty)


def test_two_downloads_of_one_file_fetch_it_once(site, remote, target):
    site.gate["/set.tar"] = threading.Event()
    outcome = []
    threads = [threading.Thread(target=lambda: outcome.append(fetch(remote, target))) for _ in range(2)]
    for thread in threads:
        thread.start()
    site.gate["/set.tar"].set()
    for thread in threads:
        thread.join()
    assert sorted(outcome) == [False, True]
    assert len(site.requests) == 1
    assert target.read_bytes() == DATA


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://a/b",
        "http://",
        "set.tar",
        "http://u:p@h/x",
        "http://h/a b",
        "http://h/\n",
        "http://h:x/",
    ],
)
def test_only_plain_web_addresses_are_fetched(url, tmp_path):
    with pytest.raises(ValueError, match="is not an address of the form"):
        check_url(url)
    with pytest.raises(ValueError, match="is not an address of the form"):
        fetch(RemoteFile(url), tmp_path / "x")
