"""The page Train: empty, filled from the address, launching once, following, stopping, finding a run again."""

import time

import pytest

from dbl_core.config import DatasetConfig, LossConfig, RunConfig, TrainConfig
from dbl_core.runs import paths, store
from dbl_core.runs.record import append_jsonl, write_json
from pages.ui import train_form
from tests.fake_runs import BCE, damage, epoch_line, write_run
from tests.pages.reading import commands, healthy, words

pytestmark = pytest.mark.usefixtures("waiting_children")

PAGE = "pages/5_Train.py"
DOWNLOADS = ["Result (JSON)", "Per class (CSV)", "Report (HTML)"]


def launch(app):
    return next(button for button in app.button if button.key == "train_launch").click().run()


def test_an_empty_lab_offers_the_form_and_says_what_to_do(open_page, runs_folder):
    app = healthy(open_page(PAGE))
    assert commands(app) == ["python -m dbl_core run --run-dir runs/my-run"]
    assert "No run yet" in words(app)


def test_the_address_fills_the_form(open_page, runs_folder):
    app = healthy(
        open_page(
            PAGE, train_loss="focal", train_loss_gamma="1.5", train_sampler="uniform", train_epochs="3", ratio="50"
        )
    )
    assert commands(app) == [
        "python -m dbl_core run --run-dir runs/my-run --ratio 50.0 --loss focal --option gamma=1.5 "
        "--sampler uniform --epochs 3"
    ]


def test_several_seeds_are_several_commands(open_page, runs_folder):
    app = healthy(open_page(PAGE, train_repeats="2", train_seed="5"))
    assert commands(app) == [
        "python -m dbl_core run --run-dir runs/my-run-1 --seed 5\n"
        "python -m dbl_core run --run-dir runs/my-run-2 --seed 6"
    ]
    launch(app)
    seeds = {run.config.train.seed for run in store.list_runs(runs_folder)}
    assert seeds == {5, 6}


def test_a_value_out_of_range_is_one_sentence_and_launches_nothing(open_page, runs_folder):
    app = open_page(PAGE)
    app.number_input(key="train_learning_rate").set_value(200.0).run()
    assert len(app.error) == 1
    assert "rate = 200.0: input should be less than or equal to 100" in words(app)
    assert not [button for button in app.button if button.key == "train_launch"]


def test_launch_starts_the_run_and_puts_it_into_the_address(open_page, runs_folder):
    app = healthy(launch(open_page(PAGE, train_loss="bce", train_sampler="uniform")))
    (run,) = store.list_runs(runs_folder)
    assert run.active
    assert run.config == BCE
    assert app.query_params["run"] == run.id
    assert [button.label for button in app.button if button.key == f"train_stop_{run.id}"] == ["Stop"]


def test_a_double_click_launches_once(open_page, runs_folder):
    launch(launch(open_page(PAGE)))
    assert len(store.list_runs(runs_folder)) == 1


def test_another_setting_launches_another_run_at_once(open_page, runs_folder):
    app = launch(open_page(PAGE))
    app.number_input(key="train_epochs").set_value(3).run()
    launch(app)
    assert sorted(run.config.train.epochs for run in store.list_runs(runs_folder)) == [3, 8]


def test_another_tab_finds_the_run_with_progress_and_curves(open_page, runs_folder):
    run_id = launch(open_page(PAGE)).query_params["run"]
    run_paths = paths.RunPaths(runs_folder / run_id)
    write_json(run_paths.status, {"state": "running", "phase": "training", "done": 242, "total": 968})
    append_jsonl(run_paths.metrics, epoch_line(2))
    app = healthy(open_page(PAGE, run=run_id))
    assert len(app.get("plotly_chart")) == 4
    assert app.get("progress")[0].proto.text == "Training, 25 %, a few seconds left"


def test_stop_ends_the_run_within_seconds_and_keeps_its_epochs(open_page, runs_folder):
    app = launch(open_page(PAGE))
    run_id = app.query_params["run"]
    append_jsonl(paths.RunPaths(runs_folder / run_id).metrics, epoch_line(1))
    asked = time.monotonic()
    next(button for button in app.button if button.key == f"train_stop_{run_id}").click().run()
    while store.read_run(runs_folder / run_id).active:
        assert time.monotonic() - asked < 20
        time.sleep(0.1)
    app = healthy(open_page(PAGE, run=run_id))
    assert "was stopped" in words(app)
    assert len(app.get("plotly_chart")) == 4


def test_a_run_that_stopped_itself_says_why(open_page, runs_folder):
    run_paths = paths.RunPaths(write_run(runs_folder / "long", state="stopped", n_epochs=2))
    reason = "the limit of time is reached, 9.0 s (max_seconds 9)"
    write_json(run_paths.status, {"state": "stopped", "message": reason, "updated_at": time.time()})
    app = healthy(open_page(PAGE, run="long"))
    assert f"The run was stopped: {reason}" in words(app)


def test_before_a_launch_it_says_how_long_it_will_take(open_page, runs_folder):
    app = healthy(open_page(PAGE))
    assert "No estimate yet: no run of this data set, backbone, mode and device has finished here." in words(app)
    write_run(runs_folder / "done", RunConfig(train=TrainConfig(device="cpu")))  # 968 steps in 3.2 s
    wide = {"train_device": "cpu", "train_epochs": "160", "train_repeats": "3"}
    app = healthy(open_page(PAGE, **wide))
    assert "About 3 min for 3 runs, going by a finished run like this." in words(app)
    launch(open_page(PAGE, train_device="cpu"))
    app = healthy(open_page(PAGE, **wide))
    assert "for 3 runs, after 1 run that is at work or waiting, going by" in words(app)
    app = healthy(open_page(PAGE, train_device="cpu", train_start="search"))
    assert " runs, after 1 run that is at work" in words(app)


def test_a_senseless_number_of_runs_at_once_is_a_sentence(open_page, runs_folder, monkeypatch):
    monkeypatch.setenv("DBL_RUNS_AT_ONCE", "many")
    app = open_page(PAGE)
    assert not app.exception
    assert "DBL_RUNS_AT_ONCE is 'many', must be a whole number from 1 to 64" in words(app)


def test_a_working_run_shows_what_it_takes_and_what_remains(open_page, runs_folder):
    run_id = launch(open_page(PAGE)).query_params["run"]
    said = {"state": "running", "phase": "training", "done": 450, "total": 1000, "remaining_s": 42.0}
    taken = {"device": "NVIDIA *H100*", "memory_mb": 412, "gpu_memory_mb": 3174}
    write_json(paths.RunPaths(runs_folder / run_id).status, said | taken)
    app = healthy(open_page(PAGE, run=run_id))
    assert "NVIDIA *H100*, 412 MB of memory, 3.1 GB of GPU memory" in words(app)
    assert "Training, 45 %, about 40 s left" in str(app.get("progress")[0].proto).replace("\\", "")
    write_json(paths.RunPaths(runs_folder / run_id).status, {"state": "queued", "message": "waiting, 2 runs ahead"})
    app = healthy(open_page(PAGE, run=run_id))
    assert "Waiting, 2 runs ahead" in str(app.get("progress")[0].proto).replace("\\", "")


def test_runs_that_were_lost_while_they_waited_are_queued_again_in_one_step(open_page, runs_folder):
    for name in ("first", "second"):
        write_run(runs_folder / name, BCE, state="queued", n_epochs=0)
    app = healthy(open_page(PAGE))
    assert "2 runs were lost while waiting for a turn." in words(app)
    app = next(button for button in app.button if button.key == "requeue").click().run()
    assert {run.state for run in store.list_runs(runs_folder)} == {"queued"}
    assert "lost while waiting" not in words(healthy(app))


def test_a_warning_stays_beside_the_run(open_page, runs_folder):
    run_paths = paths.RunPaths(write_run(runs_folder / "done"))
    write_json(run_paths.status, {"state": "finished", "message": "", "warning": "each batch is *halved*"})
    app = healthy(open_page(PAGE, run="done"))
    assert "each batch is *halved*" in words(app)


def test_without_a_run_those_at_work_are_offered(open_page, runs_folder):
    run_id = launch(open_page(PAGE)).query_params["run"]
    app = healthy(open_page(PAGE))
    assert "At work now" in words(app)
    assert any(f"run={run_id}" in str(link.proto) for link in app.get("page_link"))


def test_a_finished_run_shows_its_numbers_with_intervals(open_page, runs_folder):
    write_run(runs_folder / "done")
    app = healthy(open_page(PAGE, run="done"))
    titles = [metric.label for metric in app.metric]
    assert titles == ["Total mAP (%)", "Head mAP (%)", "Medium mAP (%)", "Tail mAP (%)"]
    assert " to " in app.metric[3].delta
    assert [button.label for button in app.get("download_button")] == DOWNLOADS
    assert len(app.get("plotly_chart")) == 5


@pytest.mark.parametrize("state", ["failed", "stopped", "running"])
@pytest.mark.parametrize("n_epochs", [0, 2])
def test_runs_that_did_not_finish_show_what_they_have(open_page, runs_folder, state, n_epochs):
    write_run(runs_folder / "half", state=state, n_epochs=n_epochs)
    app = open_page(PAGE, run="half")
    assert not app.exception
    expected = {"failed": "The run failed", "stopped": "was stopped", "running": "The run is lost"}[state]
    assert expected in words(app)
    assert len(app.get("plotly_chart")) == (4 if n_epochs else 0)


def test_curves_on_a_sample_of_the_test_split_say_so(open_page, runs_folder):
    config = RunConfig(train=TrainConfig(mode="scratch"))
    run_paths = paths.RunPaths(write_run(runs_folder / "sampled", config, state="stopped", n_epochs=0))
    for epoch in (1, 2):
        append_jsonl(run_paths.metrics, epoch_line(epoch) | {"test_images": 384})
    assert "before that the same 384 of them" in words(healthy(open_page(PAGE, run="sampled")))


@pytest.mark.parametrize("what", ["config", "result", "metrics", "scores", "status", "process"])
def test_a_damaged_file_breaks_nothing(open_page, runs_folder, what):
    write_run(runs_folder / "odd")
    damage(runs_folder / "odd", what)
    app = open_page(PAGE, run="odd")
    assert not app.exception
    assert "a reason the lab does not know" not in words(app)


@pytest.mark.parametrize("name", ["../../etc", "no-such-run", ".trash", "a/b", "x\x00y"])
def test_a_run_that_is_not_there_is_one_sentence(open_page, runs_folder, name):
    app = open_page(PAGE, run=name)
    assert not app.exception
    assert len(app.error) == 1
    assert "choose one of the list of runs" in words(app)


def test_a_strange_name_is_shown_as_it_is(open_page, runs_folder):
    name = "it's *a* `run` $x$ <b>"
    write_run(runs_folder / name)
    app = healthy(open_page(PAGE, run=name))
    assert app.header[0].value == "it's \\*a\\* \\`run\\` \\$x\\$ \\<b\\>"


def test_a_folder_of_runs_that_cannot_be_written_is_a_sentence(open_page, runs_folder, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(paths, "DEFAULT_RUNS_DIR", tmp_path / "file")
    app = launch(open_page(PAGE))
    assert not app.exception
    assert "cannot write" in words(app)


def test_the_default_form_is_the_default_run(open_page, runs_folder):
    launch(open_page(PAGE))
    assert store.list_runs(runs_folder)[0].config == RunConfig()


@pytest.mark.parametrize(
    "config",
    [
        RunConfig(dataset=DatasetConfig(ratio=50), loss=LossConfig(options={"mu": 0.05, "bias": "paper"})),
        RunConfig(
            train=TrainConfig(mode="scratch", optimizer="adamw", learning_rate=0.0003, dropout=0, epochs=2, seed=7)
        ),
        RunConfig(train=TrainConfig(max_steps=480, max_seconds=90.5, max_memory_mb=4096)),
        RunConfig(train=TrainConfig(sampler="repeat_factor", repeat_threshold=0.05)),
        RunConfig(train=TrainConfig(schedule="cosine", label_smoothing=0.1, ema=0.999, mixup=0.2)),
        BCE,
    ],
)
def test_the_settings_of_a_run_go_back_into_the_form(open_page, runs_folder, config):
    app = healthy(open_page(PAGE, **train_form.address(config)))
    launch(app)
    assert store.list_runs(runs_folder)[0].config == config


@pytest.mark.parametrize(
    "address",
    [
        {"train_epochs": "99999", "train_repeats": "99"},
        {"train_epochs": "-3", "train_seed": "-1", "train_learning_rate": "nan"},
        {"train_sampler": "nope", "train_mode": "<b>", "train_loss": "nope", "train_dropout": "7"},
        {"train_learning_rate": "0", "train_batch_size": "1e9", "train_momentum": "inf"},
        {"train_max_steps": "-3"},
        {"train_repeat_threshold": "0.1", "train_mixup": "-1", "train_ema": "1", "train_schedule": "<b>"},
        {"train_sampler": "repeat_factor", "train_repeat_threshold": "0"},
        {"train_max_seconds": "0", "train_max_memory_mb": "1"},
        {"train_max_steps": "2", "train_epochs": "5"},
    ],
)
def test_a_spoilt_address_is_a_sentence_or_a_default(open_page, runs_folder, address):
    app = open_page(PAGE, **address)
    assert not app.exception
    assert "a reason the lab does not know" not in words(app)
    assert len(app.error) <= 1
    if not app.error:
        launch(app)
        assert 1 <= len(store.list_runs(runs_folder)) <= 5
