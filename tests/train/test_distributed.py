"""Several processes train one run: the numbers of one, and whatever happens to one of them."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import torch
from safetensors.torch import load_file

from dbl_core.config import RunConfig, TrainConfig
from dbl_core.errors import DataError, ProcessLost, RunError
from dbl_core.runs import process, store
from dbl_core.runs.child import RunStopped, StatusWriter
from dbl_core.runs.record import read_json, read_jsonl
from dbl_core.runs.resume import Reopen
from dbl_core.runs.state import standing
from dbl_core.train import distributed, ranks
from dbl_core.train.shares import Share
from tests.train import fake_ranks, shared_training
from tests.train.shared_training import SCENARIOS, trained
from tests.waiting import lives, wait_for

ROOT = Path(__file__).resolve().parents[2]
NETWORK = {"mode": "finetune", "norm_statistics": "pretrained", "dropout": 0.0, "device": "cpu", "batch_size": 7}


@pytest.fixture
def new_run(tmp_path):
    """A function that makes a run folder whose processes a test starts itself."""

    def create(**train):
        config = RunConfig(train=TrainConfig(**NETWORK | {"nproc": 2} | train))
        return store.create(store.unused_folder(tmp_path, "run"), config)

    return create


@pytest.fixture(scope="module")
def in_two(tmp_path_factory):
    """Every scenario, trained by two processes."""
    paths = store.create(tmp_path_factory.mktemp("two") / "run", RunConfig())
    ranks.lead(paths.folder, 2, StatusWriter(paths), target=shared_training.train_scenarios)
    lines = read_jsonl(paths.folder / "records.jsonl")
    return {
        line["scenario"]: (line["records"], load_file(paths.folder / f"{number}.safetensors"))
        for number, line in enumerate(lines)
    }


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_two_processes_train_what_one_trains(in_two, scenario):
    records, weights = trained(scenario)
    shared, shared_weights = in_two[scenario]
    assert len(shared) == len(records)
    for one, two in zip(records, shared, strict=True):
        assert two["steps"] == pytest.approx(one["steps"], rel=1e-4)
        for value in ("train_loss", "test_loss", "learning_rate"):
            assert two[value] == pytest.approx(one[value], rel=1e-4)
        assert two["ap"] == pytest.approx(one["ap"], abs=1e-3)
        assert two["gradients"]["positive"] == pytest.approx(one["gradients"]["positive"], rel=1e-2)
    assert set(weights) == set(shared_weights)
    for name, tensor in weights.items():
        assert torch.allclose(shared_weights[name], tensor, atol=2e-4), name


def test_the_rows_of_all_shares_are_the_batch_once():
    for n in range(1, 12):
        for pieces in (1, 2):
            found = []
            for rank in range(3):
                own = torch.arange(n)[Share(rank, 3).rows(n)]
                for rows, here in Share(rank, 3).parts(n, pieces):
                    first = (rank - rows.start) % 3
                    expected = torch.arange(rows.start, rows.stop)[first::3]
                    assert len(own[here]) >= 1
                    if len(expected):
                        assert own[here].tolist() == expected.tolist()
                    found += expected.tolist()
            assert sorted(found) == list(range(n))


def test_alone_nothing_is_exchanged():
    own = torch.rand(3, 2, requires_grad=True)
    assert Share.of_this_process() == Share(0, 1)
    assert Share().whole(own, 3) is own
    assert Share().rows(3) == slice(None)


class Alone(distributed._Member):
    """A process whose others are elsewhere: it meets nobody, and trains by a function of the test."""

    def __init__(self, folder, rank, messages, work, monkeypatch):
        super().__init__(folder, rank, 0.0)
        self._store = messages
        monkeypatch.setattr(distributed, "train_run", work)
        monkeypatch.setattr(torch.distributed, "destroy_process_group", lambda: None)

    def _join(self, config):
        pass


def fails(error):
    def work(*_, **__):
        raise error

    return work


GONE = RuntimeError("[gloo/transport/tcp/pair.cc:534] Connection closed by peer [127.0.0.1]:1")


@pytest.mark.parametrize(
    ("error", "code", "expected", "words"),
    [
        (DataError("image 7 is damaged: replace it."), 2, RunError, "image 7 is damaged: replace it."),
        (RunStopped("the limit of memory is reached"), 130, RunStopped, "the limit of memory is reached"),
        (KeyError("cat"), 1, RuntimeError, "KeyError: 'cat'"),
        (torch.cuda.OutOfMemoryError(), ranks.EXIT_HALVES, distributed.BeginAnew, ""),
    ],
)
def test_the_reason_of_another_process_is_that_of_the_run(new_run, monkeypatch, error, code, expected, words):
    paths, messages = new_run(), torch.distributed.HashStore()
    second = Alone(paths.folder, ranks.Rank(1, 2, 1, "a file"), messages, fails(error), monkeypatch)
    assert distributed._followed(second) == code
    first = Alone(paths.folder, ranks.Rank(0, 2, 0, "a file"), messages, fails(GONE), monkeypatch)
    with pytest.raises(expected) as caught:
        first.train(distributed.Quiet())
    assert str(caught.value) == words


def test_an_error_of_its_own_stays_what_it_is(new_run, monkeypatch):
    for error, expected in ((GONE, ProcessLost), (RuntimeError("shapes differ"), RuntimeError)):
        rank, messages = ranks.Rank(0, 2, 0, "a file"), torch.distributed.HashStore()
        member = Alone(new_run().folder, rank, messages, fails(error), monkeypatch)
        with pytest.raises(expected) as caught:
            member.train(distributed.Quiet())
        assert type(caught.value) is expected


@pytest.mark.parametrize(("parts", "meeting_point", "half"), [(2, "a file", " even for half of it"), (1, "", "")])
def test_too_little_memory_is_a_sentence_where_nothing_is_left_to_try(new_run, monkeypatch, parts, meeting_point, half):
    rank, work = ranks.Rank(0, 2, 0, meeting_point, parts), fails(torch.cuda.OutOfMemoryError())
    member = Alone(new_run().folder, rank, torch.distributed.HashStore(), work, monkeypatch)
    with pytest.raises(RunError, match=f"too little memory for a batch of 7{half}; lower the batch size"):
        member.train(distributed.Quiet())


def test_all_begin_anew_with_halves_once(new_run):
    paths = new_run()
    assert ranks.lead(paths.folder, 2, StatusWriter(paths), target=fake_ranks.no_room) == 1
    for rank in (0, 1):
        assert [line["parts"] for line in read_jsonl(paths.folder / f"parts-{rank}.jsonl")] == [1, 2]
    assert "ended without a word, with exit code 7; " in read_json(paths.status)["message"]


def test_a_process_that_never_leaves_is_ended(new_run, monkeypatch):
    monkeypatch.setattr(ranks, "LEAVING_S", 0.3)
    paths = new_run()
    assert ranks.lead(paths.folder, 2, StatusWriter(paths), target=fake_ranks.killed) == 1
    status = read_json(paths.status)
    assert status["state"] == "failed"
    assert status["message"].startswith("one of its 2 processes ended without a word, by signal 9; ")
    assert not [each for each in psutil.Process().children() if "spawn_main" in " ".join(each.cmdline())]


@pytest.mark.parametrize(("order", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, process.EXIT_STOPPED)])
def test_none_is_left_behind_when_the_child_of_the_run_ends(new_run, order, code):
    paths = new_run()
    leader = subprocess.Popen([sys.executable, "-m", "tests.train.fake_ranks", str(paths.folder)], cwd=ROOT)
    here = [paths.folder / f"here-{rank}.jsonl" for rank in (0, 1)]
    wait_for(lambda: all(read_jsonl(path) for path in here))
    ranks_there = [psutil.Process(read_jsonl(path)[0]["pid"]) for path in here]
    leader.send_signal(order)
    assert leader.wait() == code
    wait_for(lambda: not any(lives(each) for each in ranks_there), seconds=5)
    assert standing(paths).state == ("lost" if code < 0 else "stopped")


@pytest.mark.parametrize(
    ("train", "words"),
    [
        ({"mode": "head", "norm_statistics": "batch"}, "nproc 2 is for modes 'finetune' and 'scratch'"),
        ({"batch_size": 1}, "nproc 2: choose a batch_size of 2 or more, so that every process has an image"),
        ({"neck": "fc_bn", "batch_size": 3}, "nproc 2: choose a batch_size of 4 or more.*two images"),
        ({"compile": True}, "nproc 2: a network that several processes train is not compiled"),
        ({"nproc": 65}, "less than or equal to 64"),
    ],
)
def test_refusals_are_sentences(train, words):
    with pytest.raises(ValueError, match=words):
        TrainConfig(**NETWORK | {"nproc": 2} | train)


def test_every_process_needs_a_gpu_of_its_own(new_run, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    paths = new_run(device="cuda")
    member = distributed._Member(paths.folder, ranks.Rank(1, 2, 1), 0.0)
    with pytest.raises(ValueError, match="nproc 2: this machine has 1 GPU, and every process needs its own"):
        member.train(distributed.Quiet())


def test_a_resumed_run_is_told_how_many_processes_it_has(new_run, monkeypatch):
    paths, commands = new_run(), []
    paths.status.write_text('{"state": "stopped"}')

    def started(paths, command):
        commands.append(command)
        raise RunError("enough")

    monkeypatch.setattr(process, "_recorded_child", started)
    for nproc in (None, 1):
        with pytest.raises(RunError, match="enough"):
            process.launch(paths, reopen=Reopen(nproc=nproc))
        paths.status.write_text('{"state": "stopped"}')
    assert [command[4:] for command in commands] == [[], ["--nproc", "1"]]
