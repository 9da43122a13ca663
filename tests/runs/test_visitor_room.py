"""The room that visitors of a public lab take: they are forgotten after a time, and the disk never gets full."""

import os
import time
from dataclasses import replace

import pytest

from dbl_core import hosting
from dbl_core.config import RunConfig
from dbl_core.datasets import own_files
from dbl_core.errors import RunError
from dbl_core.runs import examples, store, visitor_room, visitors
from dbl_core.runs.budget import folder_bytes
from dbl_core.runs.paths import examples_mark, shared_examples_dir, visitors_dir
from tests.fake_runs import write_run
from tests.runs.two_visitors import ANN, BOB


@pytest.fixture
def fewer(monkeypatch):
    """A function that tightens some limits."""
    return lambda **limits: monkeypatch.setattr(visitor_room, "LIMITS", replace(hosting.LIMITS, **limits))


def visitor(number):
    return f"{number:032x}"


def left(folder, seconds_ago):
    """A visitor who was seen so long ago."""
    os.utime(folder, (time.time() - seconds_ago,) * 2)


def disk_bytes(folder):
    """What a folder takes on the disk: blocks, each file once however many names it has."""
    found = {(known := path.lstat()).st_ino: known.st_blocks * 512 for path in [folder, *folder.rglob("*")]}
    return sum(found.values())


def test_what_visitors_leave_is_deleted_but_not_runs_at_work(tmp_path, public):
    uploads = own_files.all_uploads_dir()
    now = time.time()
    for name, seen in ((ANN, now), (BOB, now - hosting.LIMITS.uploads_idle - 5)):
        write_run(visitors_dir(tmp_path) / name / "run", n_epochs=1, state="stopped")
        (uploads / name).mkdir(parents=True)
        os.utime(uploads / name, (seen, seen))
    foreign = uploads / "not-a-visitor"
    foreign.mkdir()
    os.utime(foreign, (1, 1))
    visitor_room.sweep(tmp_path, now=now)
    assert sorted(path.name for path in uploads.iterdir()) == [ANN, "not-a-visitor"]
    assert len(list(visitors_dir(tmp_path).iterdir())) == 2
    store.create(visitors_dir(tmp_path) / BOB / "waits", RunConfig())
    visitor_room.sweep(tmp_path, now=now + hosting.LIMITS.runs_idle + 60)
    assert [path.name for path in visitors_dir(tmp_path).iterdir()] == [BOB]


def test_a_full_lab_forgets_those_who_left_first_but_nobody_who_is_here(tmp_path, public, fewer):
    fewer(all_bytes=1)
    now = time.time()
    for name, seen in ((ANN, now), (BOB, now - hosting.LIMITS.uploads_idle - 5)):
        folder = visitors_dir(tmp_path) / name
        write_run(folder / "run", n_epochs=1, state="stopped")
        os.utime(folder, (seen, seen))
    visitor_room.sweep(tmp_path, now=now)
    assert [path.name for path in visitors_dir(tmp_path).iterdir()] == [ANN]


def test_the_examples_of_a_thousand_visitors_take_the_room_of_one(tmp_path):
    root = visitors_dir(tmp_path)
    n_visitors = 20
    for number in range(n_visitors):
        ids = examples.bring(root / visitor(number), shared=shared_examples_dir(tmp_path))
    runs = store.list_runs(root / visitor(7))
    assert sorted(run.id for run in runs) == sorted(ids)
    assert all(run.state == "finished" and run.map["tail"] > 0 and examples.is_example(run) for run in runs)
    once = disk_bytes(shared_examples_dir(tmp_path))
    assert (disk_bytes(root) - once) / n_visitors * 1000 < 64 * 2**20


def test_an_example_that_is_deleted_or_pinned_by_one_visitor_is_whole_for_all_others(tmp_path, public):
    shared = shared_examples_dir(tmp_path)
    ann, bob = visitors_dir(tmp_path) / ANN, visitors_dir(tmp_path) / BOB
    ids = examples.bring(ann, shared=shared)
    for file in (ann / ids[0]).iterdir():
        file.unlink()
    assert examples.bring(bob, shared=shared) == ids
    assert {run.state for run in store.list_runs(bob)} == {"finished"}
    assert examples.missing(bob) == ()


def test_where_the_disk_knows_no_second_names_examples_are_copies(tmp_path, monkeypatch):
    def refused(*_):
        raise PermissionError(1, "not permitted")

    monkeypatch.setattr(os, "link", refused)
    ids = examples.bring(tmp_path / "runs", shared=tmp_path / "shared")
    assert {file.stat().st_nlink for file in (tmp_path / "runs" / ids[0]).iterdir()} == {1}
    assert len(store.list_runs(tmp_path / "runs")) == len(ids)


def test_of_too_many_visitors_those_go_who_have_nothing_of_their_own(tmp_path, public, fewer):
    root = visitors_dir(tmp_path)
    for number in range(6):
        folder = root / visitor(number)
        (folder / f"{examples.PREFIX}db-focal").mkdir(parents=True)
        examples_mark(folder).touch()
        if number < 2:
            write_run(folder / "own", n_epochs=1, state="stopped")
        left(folder, 600 - number)
    left(root / visitor(5), 5)
    fewer(visitors=4)
    visitor_room.sweep(tmp_path)
    assert [folder.name for folder in visitor_room.folders(root)] == [visitor(number) for number in (0, 1, 4, 5)]
    fewer(visitors=1)
    visitor_room.sweep(tmp_path)  # who is here, or was a while ago and has runs, stays
    assert [folder.name for folder in visitor_room.folders(root)] == [visitor(number) for number in (0, 1, 5)]


def test_all_together_never_take_more_than_they_may(tmp_path, public, fewer):
    """Whoever refuses cookies is another visitor at every visit."""
    fewer(all_bytes=100_000)
    root, uploads = visitors_dir(tmp_path), own_files.all_uploads_dir()
    admitted = 0
    for number in range(40):
        try:
            visitor_room.check_room(tmp_path, 6_000)
        except RunError:
            continue
        folder = (root, uploads)[number % 2] / visitor(number)
        (folder / "run").mkdir(parents=True)
        (folder / "run" / "file").write_bytes(b"x" * 6_000)
        admitted += 1
    assert admitted == 16
    assert folder_bytes(root) + folder_bytes(uploads) <= 100_000
    for folder in visitor_room.folders(root):
        left(folder, hosting.LIMITS.uploads_idle + 60)
    visitor_room.check_room(tmp_path, 6_000)  # those who left longest ago make room


def test_a_disk_that_is_nearly_full_takes_no_run_and_is_left_alone_in_a_local_lab(tmp_path, public, fewer, monkeypatch):
    fewer(spare_bytes=10**18)
    with pytest.raises(RunError, match="disk of this public lab is full"), visitors.place_for_run(tmp_path):
        pass
    monkeypatch.setenv("DBL_MODE", "local")
    with visitors.place_for_run(tmp_path):
        visitor_room.check_room(tmp_path, 10**15)
