"""The runs of a public lab: whose they are, what may be trained, how many, and for how long they stay."""

import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dbl_core import hosting
from dbl_core.config import DatasetConfig, RunConfig, TrainConfig
from dbl_core.errors import RunError
from dbl_core.runs import store, visitors
from dbl_core.runs.paths import public_root, visitors_dir
from dbl_core.runs.record import read_json
from tests.fake_runs import write_run
from tests.runs.two_visitors import ANN, BOB

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def fewer(monkeypatch):
    """A function that tightens some limits."""
    return lambda **limits: monkeypatch.setattr(visitors, "LIMITS", replace(hosting.LIMITS, **limits))


def test_what_a_lab_trains(public, monkeypatch):
    head, whole = RunConfig(), RunConfig(train=TrainConfig(mode="finetune"))
    assert visitors.trains(head)
    assert not visitors.trains(whole)
    monkeypatch.setenv("DBL_MODE", "local")
    assert visitors.trains(whole)


def active(folder):
    """A run that waits: it was created a moment ago."""
    store.create(folder, RunConfig())


def test_a_local_lab_has_one_folder_and_no_bounds(tmp_path, monkeypatch):
    monkeypatch.delenv("DBL_MODE", raising=False)
    config = RunConfig(train=TrainConfig(mode="finetune"))
    assert visitors.runs_dir(tmp_path) == tmp_path
    assert visitors.launchable(config) is config
    with visitors.place_for_run(tmp_path):
        assert not list(tmp_path.iterdir())


def test_each_visitor_has_a_folder_and_no_name_leads_out_of_it(tmp_path, public):
    mine = visitors.runs_dir(tmp_path)
    active(mine / "run")
    public(BOB)
    other = visitors.runs_dir(tmp_path)
    assert other.parent == mine.parent
    assert other != mine
    assert public_root(mine / "run") == tmp_path
    assert public_root(tmp_path / "run") is None
    for name in ("run", f"../{ANN}/run", f"../../visitors/{ANN}/run", ANN, str(mine / "run")):
        with pytest.raises(ValueError, match="run"):
            store.resolve(other, name)
    assert store.list_runs(other) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"train": TrainConfig(mode="finetune")}, "trains heads only"),
        ({"train": TrainConfig(mode="scratch")}, "trains heads only"),
        ({"train": TrainConfig(backbone="resnet18")}, "backbone that is shipped"),
        ({"train": TrainConfig(weights="/etc/a.safetensors")}, "backbone that is shipped"),
        ({"dataset": DatasetConfig(name="voc", root="/etc")}, "picto-voc and on files"),
        ({"dataset": DatasetConfig(name="file", path="x.csv", images="/etc")}, "picto-voc and on files"),
        ({"dataset": DatasetConfig(name="file", path="/etc/passwd")}, "not among your uploads"),
    ],
)
def test_what_takes_too_much_is_refused_in_one_sentence(public, changes, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        visitors.launchable(RunConfig(**changes))
    assert "/etc" not in str(caught.value)


def test_time_and_memory_are_limited_and_less_stays_less(public):
    train = visitors.launchable(RunConfig()).train
    assert (train.max_seconds, train.max_memory_mb) == (hosting.LIMITS.run_seconds, hosting.LIMITS.run_memory_mb)
    greedy = RunConfig(train=TrainConfig(max_seconds=1e6, max_memory_mb=10**6))
    assert visitors.launchable(greedy).train == train
    modest = RunConfig(train=TrainConfig(max_seconds=5, max_memory_mb=500))
    assert visitors.launchable(modest) == modest


def test_a_visitor_has_a_few_runs_at_work_and_all_together_some_more(tmp_path, public, fewer):
    fewer(runs_at_work=2, all_at_work=3)
    for name in "12":
        with visitors.place_for_run(tmp_path):
            active(visitors.runs_dir(tmp_path) / name)
    with pytest.raises(RunError, match="2 of your runs wait or train already"), visitors.place_for_run(tmp_path):
        pass
    public(BOB)
    with visitors.place_for_run(tmp_path):
        active(visitors.runs_dir(tmp_path) / "1")
    with pytest.raises(RunError, match="3 runs of all visitors wait already"), visitors.place_for_run(tmp_path):
        pass


def test_a_flood_at_one_moment_takes_no_more_places(tmp_path, public):
    refused = []

    def launch(number):
        try:
            with visitors.place_for_run(tmp_path):
                active(visitors.runs_dir(tmp_path) / f"{number}")
        except RunError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=launch, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.list_runs(visitors.runs_dir(tmp_path))) == hosting.LIMITS.runs_at_work
    assert len(refused) == 12 - hosting.LIMITS.runs_at_work


def test_a_visitor_keeps_so_many_runs_and_bytes(tmp_path, public, fewer):
    folder = visitors.runs_dir(tmp_path)
    write_run(folder / "done", n_epochs=1, state="stopped")
    fewer(runs_kept=1)
    with pytest.raises(RunError, match="as many as a public lab keeps"), visitors.place_for_run(tmp_path):
        pass
    fewer(runs_bytes=100)
    with pytest.raises(RunError, match="your runs take more than"), visitors.place_for_run(tmp_path):
        pass


def test_a_visit_is_noted_and_sweeps_now_and_then(tmp_path, public):
    folder = visitors.runs_dir(tmp_path)
    folder.mkdir(parents=True)
    os.utime(folder, (1, 1))
    visitors.seen(tmp_path)
    assert folder.stat().st_mtime > time.time() - 60
    gone = visitors_dir(tmp_path) / BOB
    gone.mkdir()
    os.utime(gone, (1, 1))
    visitors.seen(tmp_path)
    assert gone.exists()
    os.utime(visitors_dir(tmp_path) / ".swept", (1, 1))
    visitors.seen(tmp_path)
    assert not gone.exists()


def test_the_child_of_a_visitor_refuses_what_was_not_bounded(tmp_path):
    folder = visitors_dir(tmp_path) / ANN / "run"
    store.create(folder, RunConfig())
    child = subprocess.run([sys.executable, "-m", "dbl_core.train", folder], cwd=ROOT, check=False)
    assert child.returncode == 2
    assert "limits the time and the memory" in read_json(folder / "status.json")["message"]
