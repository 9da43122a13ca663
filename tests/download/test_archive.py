"""Unpacking archives that cannot be trusted."""

import errno
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from dbl_core.download.archive import Limits, unpack
from dbl_core.errors import DataError, RunError
from dbl_core.runs.child import RunStopped

FILES = {"set/list.txt": b"a\nb\n", "set/a.jpg": b"A" * 3_000_000, "set/b.jpg": b"B" * 10, "other/c.jpg": b"C"}


def make_tar(path: Path, files, **extra) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        for name, (kind, link) in extra.get("links", {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, link
            archive.addfile(member)
    return path


def make_zip(path: Path, files, **extra) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        for name, (_, link) in extra.get("links", {}).items():
            member = zipfile.ZipInfo(name)
            member.external_attr = 0o120777 << 16
            archive.writestr(member, link)
    return path


MAKERS = pytest.mark.parametrize("make", [make_tar, make_zip])


def take(archive, folder, **options):
    options = {"wanted": lambda name: name.startswith("set/"), "last": "set/list.txt"} | options
    return unpack(archive, folder, **options)


def files_of(folder: Path) -> dict[str, bytes]:
    if not folder.exists():
        return {}
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@MAKERS
def test_the_wanted_members_and_no_others(make, tmp_path):
    steps = []
    archive = make(tmp_path / "archive", FILES)
    assert take(archive, tmp_path / "out", progress=lambda *step: steps.append(step)) == 3
    assert files_of(tmp_path / "out") == {name: data for name, data in FILES.items() if name.startswith("set/")}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["set"]
    total = archive.stat().st_size if make is make_tar else sum(map(len, list(FILES.values())[:3]))
    assert steps[-1] == (total, total)
    assert all(0 <= done <= of == total for done, of in steps)


@MAKERS
def test_what_lies_there_is_replaced(make, tmp_path):
    (tmp_path / "out/set").mkdir(parents=True)
    (tmp_path / "out/set/b.jpg").write_bytes(b"old")
    (tmp_path / "out/set/mine.txt").write_bytes(b"mine")
    take(make(tmp_path / "archive", FILES), tmp_path / "out")
    assert files_of(tmp_path / "out")["set/b.jpg"] == FILES["set/b.jpg"]
    assert files_of(tmp_path / "out")["set/mine.txt"] == b"mine"


@MAKERS
@pytest.mark.parametrize("name", ["../evil", "set/../../evil", "/evil", "set\\..\\evil", "C:/evil"])
@pytest.mark.parametrize("wanted", [True, False])
def test_a_member_outside_the_folder_condemns_the_archive(make, tmp_path, name, wanted):
    archive = make(tmp_path / "archive", FILES | {name: b"evil"})
    with pytest.raises(DataError, match=r"archive has a member '.*evil' that points outside its folder"):
        take(archive, tmp_path / "a" / "out", wanted=lambda member: wanted or member.startswith("set/"))
    assert files_of(tmp_path / "a") == {}
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_a_wanted_link_or_device_is_refused_in_a_tar(tmp_path, kind):
    archive = make_tar(tmp_path / "archive", FILES, links={"set/x.jpg": (kind, "/etc/passwd")})
    with pytest.raises(DataError, match=r"holds 'set/x\.jpg' as something else than a plain file"):
        take(archive, tmp_path / "out")
    assert files_of(tmp_path / "out") == {}


def test_a_wanted_link_is_refused_in_a_zip_and_an_unwanted_one_ignored(tmp_path):
    archive = make_zip(tmp_path / "archive", FILES, links={"set/x.jpg": (None, "/etc/passwd")})
    with pytest.raises(DataError, match="something else than a plain file"):
        take(archive, tmp_path / "out")
    assert take(archive, tmp_path / "out", wanted=lambda name: name in ("set/list.txt", "set/a.jpg")) == 2


def test_a_link_cannot_redirect_later_members(tmp_path):
    archive = make_tar(tmp_path / "archive", {}, links={"other": (tarfile.SYMTYPE, str(tmp_path / "victim"))})
    with tarfile.open(archive, "a") as more:
        for name in ("other/evil.txt", "set/list.txt"):
            member = tarfile.TarInfo(name)
            member.size = 4
            more.addfile(member, io.BytesIO(b"evil"))
    (tmp_path / "victim").mkdir()
    take(archive, tmp_path / "out", wanted=lambda name: "." in name)
    assert files_of(tmp_path / "victim") == {}


@MAKERS
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_archive_leaves_nothing(make, tmp_path, share):
    archive = make(tmp_path / "archive", {"set/a.jpg": bytes(range(256)) * 4000, "set/list.txt": b"a"})
    data = archive.read_bytes()
    archive.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(DataError, match=r"damaged or not complete|has a false size"):
        take(archive, tmp_path / "out")
    assert files_of(tmp_path / "out") == {}


def test_a_tar_that_ends_between_two_members_is_noticed(tmp_path):
    archive = make_tar(tmp_path / "archive", {"set/b.jpg": b"B", "set/list.txt": b"a"})
    archive.write_bytes(archive.read_bytes()[:1024])
    with pytest.raises(DataError, match=r"does not hold set/list\.txt"):
        take(archive, tmp_path / "out")
    assert files_of(tmp_path / "out") == {}


def test_flipped_bits_in_a_zip_are_noticed(tmp_path):
    archive = make_zip(tmp_path / "archive", {"set/list.txt": bytes(range(256)) * 40})
    data = bytearray(archive.read_bytes())
    data[60] ^= 0xFF
    archive.write_bytes(data)
    with pytest.raises(DataError, match="damaged"):
        take(archive, tmp_path / "out")


@pytest.mark.parametrize("data", [b"", b"<!doctype html><p>log in", b"\x00" * 5000, b"PK\x05\x06" + b"\x00" * 18])
def test_what_is_no_archive_is_told(tmp_path, data):
    (tmp_path / "archive").write_bytes(data)
    with pytest.raises(DataError, match=r"damaged or not complete|does not hold"):
        take(tmp_path / "archive", tmp_path / "out")


@MAKERS
def test_bounds_of_members_and_bytes(make, tmp_path):
    archive = make(tmp_path / "archive", FILES)
    with pytest.raises(DataError, match="more than 2 members"):
        take(archive, tmp_path / "out", limits=Limits(members=2))
    with pytest.raises(DataError, match="unpacks to more than 1 MB"):
        take(archive, tmp_path / "out", limits=Limits(total_bytes=1 << 20))
    assert files_of(tmp_path / "out") == {}


def test_a_zip_bomb_is_refused(tmp_path):
    archive = make_zip(tmp_path / "archive", {"set/list.txt": b"\x00" * 20_000_000})
    with pytest.raises(DataError, match="unpacks to more than 6 MB"):
        take(archive, tmp_path / "out")


def test_a_full_disk_and_a_stop_leave_nothing(tmp_path):
    archive = make_tar(tmp_path / "archive", FILES)

    def full(done, _):
        if done > 1_000_000:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(RunError, match="the disk is full"):
        take(archive, tmp_path / "out", progress=full)

    def stop(done, _):
        if done > 1_000_000:
            raise RunStopped

    with pytest.raises(RunStopped):
        take(archive, tmp_path / "out", progress=stop)
    assert files_of(tmp_path / "out") == {}
    assert list((tmp_path / "out").iterdir()) == []
