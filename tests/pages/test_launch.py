"""From settings to a command and back; launching with a fake child."""

import random
import shlex

import pytest

from dbl_core.cli import build_parser
from dbl_core.cli.run import config_from
from dbl_core.config import DatasetConfig, LossConfig, RunConfig, TrainConfig
from dbl_core.errors import RunError
from dbl_core.losses import LOSSES
from dbl_core.runs import process, queue, store
from dbl_core.search.config import SearchConfig
from dbl_core.search.space import Dimension
from pages.ui import launch
from tests.fake_runs import WAIT


def parsed(command):
    words = shlex.split(command)
    assert words[:3] == ["python", "-m", "dbl_core"]
    return config_from(build_parser().parse_args(words[3:]))


def test_the_default_run_needs_no_option():
    assert launch.command_line(RunConfig()) == "python -m dbl_core run --run-dir runs/my-run"


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_survives_the_round_trip(name):
    config = RunConfig(loss=LossConfig(name=name))
    assert parsed(launch.command_line(config)) == config


@pytest.mark.parametrize(
    "config",
    [
        RunConfig(dataset=DatasetConfig(ratio=50)),
        RunConfig(dataset=DatasetConfig(ratio=33.3, profile="exponential", max_count=300, seed=7)),
        RunConfig(dataset=DatasetConfig(name="voc")),
        RunConfig(dataset=DatasetConfig(name="coco", preset="all", side=96)),
        RunConfig(dataset=DatasetConfig(name="voc", ratio=30, root="a folder", seed=2)),
        RunConfig(dataset=DatasetConfig(name="voc", split_file="the 'list'.txt")),
        RunConfig(dataset=DatasetConfig(name="file", path="my labels.csv")),
        RunConfig(dataset=DatasetConfig(name="file", path="a.npz", images="$HOME/x", ratio=8, test_share=0.2)),
        RunConfig(dataset=DatasetConfig(seed=3), train=TrainConfig(seed=4)),
        RunConfig(loss=LossConfig(options={"mu": 0.05, "lam": 1, "bias": "paper", "kappa": 1e-05})),
        RunConfig(train=TrainConfig(optimizer="adamw", learning_rate=1e-05, clip_norm=0, dropout=0)),
        RunConfig(train=TrainConfig(epochs=3, max_steps=100)),
        RunConfig(train=TrainConfig(max_seconds=60, max_memory_mb=2048, sampler="repeat_factor", repeat_threshold=0.1)),
        RunConfig(train=TrainConfig(schedule="cosine", label_smoothing=0.05, ema=0.99, mixup=0.4)),
    ],
)
def test_chosen_settings_survive_the_round_trip(config):
    assert parsed(launch.command_line(config, run_dir="a folder/with 'quotes'")) == config


def random_option(option, rng):
    if option.kind == "choice":
        return rng.choice(option.choices)
    low = option.low if option.low is not None else 0
    high = option.high if option.high is not None else low + 10
    if option.kind == "int":
        return rng.randint(int(low) + 1, int(high))
    return low + (high - low) * rng.uniform(0.01, 0.99)


@pytest.mark.parametrize("seed", range(60))
def test_random_settings_survive_the_round_trip(seed):
    rng = random.Random(seed)
    name = rng.choice(list(LOSSES))
    options = {option.name: random_option(option, rng) for option in LOSSES[name].options if rng.random() < 0.5}
    ratio = rng.choice([None, rng.uniform(1, 200)])
    config = RunConfig(
        dataset=DatasetConfig(ratio=ratio, seed=rng.randrange(2**31)),
        loss=LossConfig(name=name, options=options),
        train=TrainConfig(
            mode=rng.choice(["head", "finetune", "scratch"]),
            sampler=rng.choice(["uniform", "class_aware"]),
            epochs=rng.randint(1, 1000),
            batch_size=rng.randint(1, 4096),
            optimizer=rng.choice(["sgd", "adamw"]),
            learning_rate=rng.choice([None, 10 ** rng.uniform(-6, 1)]),
            momentum=rng.uniform(0, 0.99),
            weight_decay=10 ** rng.uniform(-8, -1),
            seed=rng.randrange(2**31),
            device=rng.choice(["auto", "cpu"]),
        ),
    )
    assert parsed(launch.command_line(config)) == config


def test_a_launched_run_is_found_in_its_folder(runs_folder):
    run_id = launch.launch_run(RunConfig(), command=WAIT)
    run = store.read_run(runs_folder / run_id)
    assert run.active
    assert run.config == RunConfig()


def test_too_many_waiting_runs_are_refused_in_a_sentence(runs_folder, monkeypatch):
    monkeypatch.setattr(launch, "MAX_WAITING", 1)
    store.create(runs_folder / "waits", RunConfig())  # created a moment ago: queued
    with pytest.raises(RunError, match="1 runs are waiting already; stop some"):
        launch.launch_run(RunConfig(), command=WAIT)
    assert [run.id for run in store.list_runs(runs_folder)] == ["waits"]


def test_no_run_and_no_search_is_launched_above_the_budget(runs_folder, monkeypatch):
    store.create(runs_folder / "large", RunConfig())
    monkeypatch.setenv("DBL_RUNS_BUDGET", "100")
    search = SearchConfig(space=(Dimension(setting="loss.mu", low=0.1, high=0.9),))
    for attempt in (lambda: launch.launch_run(RunConfig(), command=WAIT), lambda: launch.launch_search(search)):
        with pytest.raises(RunError, match="their budget is 100 B; prune the oldest runs and empty the trash"):
            attempt()
    assert [entry.name for entry in runs_folder.iterdir()] == ["large"]


def test_a_child_that_cannot_be_started_leaves_nothing_behind(runs_folder):
    with pytest.raises(RunError, match="no process could be started"):
        launch.launch_run(RunConfig(), command=["/no/such/program"])
    assert not [entry for entry in runs_folder.iterdir() if not entry.name.startswith(".")]
    assert queue.tickets(runs_folder) == []


def test_the_demo_starts_both_ends_of_the_story(runs_folder, monkeypatch):
    real = process.launch
    monkeypatch.setattr(process, "launch", lambda folder, **_: real(folder, command=WAIT))
    ids = launch.launch_demo()
    configs = [store.read_config(runs_folder / run_id) for run_id in ids]
    assert [(config.loss.name, config.train.sampler) for config in configs] == [
        ("bce", "uniform"),
        ("db_focal", "class_aware"),
    ]
