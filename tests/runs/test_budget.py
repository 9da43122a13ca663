"""How much room runs take, and which would go first."""

import os

import pytest

from dbl_core.errors import RunError
from dbl_core.runs import budget, store, trash
from dbl_core.runs.paths import RunPaths
from dbl_core.runs.record import write_json
from tests.fake_runs import BCE, write_run


@pytest.fixture
def aged(runs_dir):
    """A function that leaves a run of so many bytes, created so long ago."""

    def leave(name, *, hours, n_bytes=1000, state="stopped"):
        folder = write_run(runs_dir / name, BCE, state=state, n_epochs=0)
        paths = RunPaths(folder)
        paths.log.write_bytes(b"")
        paths.log.write_bytes(b"x" * (n_bytes - budget.folder_bytes(folder)))
        os.utime(paths.config, (1.7e9 - 3600 * hours,) * 2)
        return folder

    return leave


def pruned(runs_dir, wanted, **options):
    runs = store.list_runs(runs_dir)
    sizes = {run.id: budget.folder_bytes(run.folder) for run in runs}
    return [run.id for run in budget.to_prune(runs, sizes, wanted, **options)]


@pytest.mark.parametrize(
    ("text", "n_bytes"),
    [
        ("5GB", 5 << 30),
        ("500 mb", 500 << 20),
        ("1.5G", 3 << 29),
        ("1000", 1000),
        ("0", 0),
        ("2 TiB", 2 << 40),
        ("7k", 7168),
    ],
)
def test_sizes_as_people_write_them(text, n_bytes):
    assert budget.parse_size(text) == n_bytes


@pytest.mark.parametrize("text", ["", "GB", "-1", "5 elephants", "1e9", "nan", "५", "5GBB", "9" * 40])
def test_what_is_no_size(text):
    with pytest.raises(ValueError, match="is no size; write it like"):
        budget.parse_size(text)


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 kB"),
        (1536, "1.5 kB"),
        (5 << 30, "5 GB"),
        ((1 << 30) - 1, "1.0 GB"),
        (1 << 60, "1048576 TB"),
    ],
)
def test_sizes_for_people(n_bytes, text):
    assert budget.size_text(n_bytes) == text


def test_the_budget_is_a_setting(monkeypatch):
    monkeypatch.delenv(budget.VARIABLE, raising=False)
    assert budget.budget_bytes() == 5 << 30
    monkeypatch.setenv(budget.VARIABLE, "20 GB")
    assert budget.budget_bytes() == 20 << 30
    monkeypatch.setenv(budget.VARIABLE, "plenty")
    with pytest.raises(ValueError, match="DBL_RUNS_BUDGET: 'plenty' is no size"):
        budget.budget_bytes()


def test_use_counts_runs_and_trash_and_follows_no_link(tmp_path, runs_dir, aged, monkeypatch):
    monkeypatch.setenv(budget.VARIABLE, "3000")
    aged("a", hours=1)
    aged("b", hours=2, n_bytes=1500)
    nested = runs_dir / "b" / "below" / "deeper"
    nested.mkdir(parents=True)
    (nested / "file").write_bytes(b"x" * 200)
    (tmp_path / "big").write_bytes(b"x" * 10_000)
    (runs_dir / "a" / "link").symlink_to(tmp_path / "big")
    (runs_dir / "a" / "loop").symlink_to(runs_dir)
    os.mkfifo(runs_dir / "a" / "pipe")
    used = budget.usage(runs_dir)
    assert (used.runs, used.trash, used.total, used.over) == (2700, 0, 2700, 0)
    trash.delete_run(runs_dir, "a")
    used = budget.usage(runs_dir)
    assert (used.runs, used.trash, used.over) == (1700, 1000, 0)
    budget.check_room(runs_dir, 300)
    with pytest.raises(RunError, match=r"no room for 301 B: runs and trash take 2\.6 kB of 2\.9 kB"):
        budget.check_room(runs_dir, 301)
    assert budget.usage(tmp_path / "none").total == 0


def test_the_oldest_go_first_and_no_more_than_needed(runs_dir, aged):
    for hours, name in enumerate(["new", "middle", "old"]):
        aged(name, hours=hours)
    assert pruned(runs_dir, 0) == []
    assert pruned(runs_dir, -5) == []
    assert pruned(runs_dir, 1) == ["old"]
    assert pruned(runs_dir, 1000) == ["old"]
    assert pruned(runs_dir, 1001) == ["old", "middle"]
    assert pruned(runs_dir, 10**9) == ["old", "middle", "new"]


def test_what_is_pinned_compared_or_at_work_stays(runs_dir, aged):
    aged("pinned", hours=9)
    aged("compared", hours=8)
    aged("failed", hours=7, state="failed")
    paths = RunPaths(aged("works", hours=6, state="running"))
    from dbl_core.runs import identity

    write_json(paths.process, identity.identify())
    budget.pin(runs_dir / "pinned")
    assert store.read_run(runs_dir / "pinned").pinned
    assert pruned(runs_dir, 10**9, keep={"compared"}) == ["failed"]
    budget.pin(runs_dir / "pinned", pinned=False)
    budget.pin(runs_dir / "pinned", pinned=False)
    assert pruned(runs_dir, 10**9) == ["pinned", "compared", "failed"]


def test_a_pin_that_cannot_be_written(tmp_path):
    with pytest.raises(RunError, match="cannot write"):
        budget.pin(tmp_path / "none")


def test_a_launch_above_the_budget_is_refused_until_there_is_room(aged, runs_dir, monkeypatch):
    aged("old", hours=2, n_bytes=6_000)
    trash.delete_run(runs_dir, aged("older", hours=3, n_bytes=5_000).name)
    (runs_dir / "no run of ours").mkdir()
    (runs_dir / "no run of ours" / "film").write_bytes(b"x" * 100_000)
    monkeypatch.setenv(budget.VARIABLE, "12k")
    budget.check_launch(runs_dir)
    monkeypatch.setenv(budget.VARIABLE, "10k")
    with pytest.raises(RunError, match=r"take 10\.7 kB, their budget is 10 kB; prune .* or raise DBL_RUNS_BUDGET$"):
        budget.check_launch(runs_dir)
    trash.empty_trash(runs_dir)
    budget.check_launch(runs_dir)
    budget.check_launch(runs_dir / "not there yet")
