"""The recorded example runs: small, sound, finished, and copies wherever they are brought."""

import time

import pytest

from dbl_core.errors import RunError
from dbl_core.runs import examples, store
from dbl_core.runs.outcome import read_epochs, read_outcome

MOST_BYTES = 1_500_000


@pytest.fixture(scope="module")
def brought(tmp_path_factory):
    folder = tmp_path_factory.mktemp("examples")
    return folder, examples.bring(folder)


def test_they_are_small_and_tell_the_story(brought):
    folder, ids = brought
    assert 3 <= len(ids) <= 5
    assert sum(file.stat().st_size for file in examples.example_files()) <= MOST_BYTES
    results = {run_id: read_outcome(folder / run_id) for run_id in ids}
    bce, db_focal = (results[f"{examples.PREFIX}{name}"] for name in examples.COMPARED)
    assert (bce.config.loss.name, bce.config.train.sampler) == ("bce", "uniform")
    assert db_focal.config.loss.name == "db_focal"
    assert db_focal.map["tail"] > bce.map["tail"] + 0.2


def test_each_has_epochs_scores_and_says_when_and_where(brought):
    folder, ids = brought
    for run in store.list_runs(folder):
        assert run.id in ids
        assert run.state == "finished"
        assert examples.is_example(run)
        assert time.time() - run.created_at > 0
        epochs = read_epochs(run.folder)
        assert len(epochs) == run.config.train.epochs
        assert all(epoch.weights and len(epoch.ap) == 20 for epoch in epochs)
        assert store.read_scores(run.folder)["scores"].shape[1] == 20
        said = examples.recorded(run)
        assert said.startswith("of ")
        assert examples.origin_words(run) == "recorded example"
        assert "long-tail-lab 0." in said
        assert "torch 2." in said
        assert " on cpu" in said


def test_no_path_of_the_machine_travels_with_them(brought):
    folder, ids = brought
    for run_id in ids:
        for file in (folder / run_id).glob("*.json*"):
            text = file.read_text(encoding="utf-8")
            assert "/home" not in text
            assert "/tmp" not in text
            assert "/work" not in text


def test_they_are_brought_once(brought):
    folder, ids = brought
    assert examples.bring(folder) == ids
    assert len(store.list_runs(folder)) == len(ids)


def test_an_imported_run_or_one_of_ones_own_is_no_example(brought):
    folder, ids = brought
    run = store.read_run(folder / ids[0])
    assert not examples.is_example(store.Run(id=run.id, folder=run.folder, state="finished"))
    assert not examples.is_example(store.Run(id="imported-x", folder=run.folder, state="finished", origin="x"))


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot write"):
        examples.bring(tmp_path / "file")
