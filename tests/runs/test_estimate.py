"""What to expect of a run, from made-up runs whose times are known."""

import os
import time

import pytest

from dbl_core.config import DatasetConfig, RunConfig, TrainConfig
from dbl_core.runs import store
from dbl_core.runs.estimate import Estimate, estimate, launch_words
from dbl_core.runs.record import append_jsonl, write_json
from tests.fake_runs import epoch_line

CPU = RunConfig(train=TrainConfig(device="cpu"))


@pytest.fixture
def past(runs_dir):
    """A function that leaves a finished run of so many steps, seconds of training and seconds besides."""

    def leave(name, *, steps=100, training=50.0, outside=4.0, device="cpu (2 threads)", config=None, **train):
        config = config or RunConfig(train=TrainConfig(**{"device": "cpu"} | train))
        paths = store.create(runs_dir / name, config)
        append_jsonl(paths.metrics, epoch_line(1) | {"step": steps, "seconds": training})
        said = {"map": {"total": 0.5}, "seconds": training + outside, "device": device}
        write_json(paths.result, said | {"config": config.model_dump(mode="json")})
        write_json(paths.status, {"state": "finished"})
        return paths

    return leave


@pytest.fixture
def expected(runs_dir):
    """A function that estimates a run of these settings and steps."""

    def ask(n_steps=200, *, config=None, **train):
        config = config or RunConfig(train=TrainConfig(**{"device": "cpu"} | train))
        return estimate(store.list_runs(runs_dir), config, n_steps=n_steps)

    return ask


def test_without_a_run_like_it_there_is_no_estimate(past, expected):
    assert expected() is None
    past("finetuned", mode="finetune")
    past("elsewhere", config=RunConfig(dataset=DatasetConfig(name="voc"), train=CPU.train))
    past("on a GPU", device="NVIDIA H100", config=RunConfig(train=TrainConfig(device="cuda")))
    write_json(past("imported").origin, {"id": "theirs"})
    write_json(past("stopped").status, {"state": "stopped"})
    past("no steps", steps=0)
    past("torn").result.write_text("{")
    past("timeless", outside=float("nan"))
    past("endless", training=1e308)
    assert expected() is None


def test_training_follows_the_steps_and_the_rest_stays(past, expected):
    past("before")
    assert expected(200) == Estimate(104.0, 1)
    assert expected(50) == Estimate(29.0, 1)


def test_the_median_of_the_latest_counts(past, expected):
    for number, seconds in enumerate([10.0, 50.0, 1000.0]):
        past(f"before {number}", training=seconds, outside=0.0)
    assert expected(100) == Estimate(50.0, 3)


def test_the_first_run_of_a_data_set_fills_what_the_next_finds(past, expected):
    past("first", outside=120.0)
    past("second", outside=4.0)
    assert expected(100) == Estimate(54.0, 2)


def test_runs_of_the_same_batch_size_are_preferred(past, expected):
    past("small batches", batch_size=16, training=20.0, mode="scratch")
    assert expected(100, mode="scratch") == Estimate(44.0, 1)  # twice the images a step
    past("the same", training=30.0, mode="scratch")
    assert expected(100, mode="scratch") == Estimate(34.0, 1)
    past("a head", batch_size=16, training=20.0)
    assert expected(100) == Estimate(24.0, 1)  # the steps of a head cost the same


def test_another_machine_is_forgotten_with_the_latest_run(past, expected):
    old = past("old", device="cpu (64 threads)", training=1.0)
    os.utime(old.config, (time.time() - 3600,) * 2)
    past("new")
    assert expected(100) == Estimate(54.0, 1)


@pytest.mark.parametrize(
    ("found", "options", "words"),
    [
        (Estimate(40.0, 1), {"n_runs": 1}, "About 40 s, going by a finished run like this."),
        (
            Estimate(21.0, 3),
            {"n_runs": 6, "n_ahead": 1},
            "About 2 min for 6 runs, after 1 run that is at work or waiting, going by 3 finished runs like this.",
        ),
        (
            Estimate(100.0, 3),
            {"n_runs": 5, "at_once": 2},
            "About 5 min for 5 runs, going by 3 finished runs like this.",
        ),
        (Estimate(2.0, 9), {"n_runs": 1}, "A few seconds, going by 9 finished runs like this."),
        (None, {"n_runs": 1}, "No estimate yet: no run of this data set, backbone, mode and device has finished here."),
    ],
)
def test_what_is_said_before_a_launch(found, options, words):
    assert launch_words(found, **{"n_ahead": 0} | options) == words


def test_it_says_what_comes_first_even_without_an_estimate():
    assert launch_words(None, n_runs=1, n_ahead=2).endswith("it starts after 2 runs that are at work or waiting.")
