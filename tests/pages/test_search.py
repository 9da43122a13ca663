"""Searches on the pages Train and Runs: the form, starting one, following it, judging it, faults."""

import time

import pytest

from dbl_core.runs import process, store, trash
from dbl_core.runs.record import read_json, write_json
from dbl_core.runs.state import standing
from dbl_core.search import start
from dbl_core.search.config import SearchConfig
from dbl_core.search.store import list_searches, read_search
from tests.fake_runs import write_run
from tests.fake_searches import REASON, SPACE, write_search
from tests.pages.reading import commands, healthy, press, words

pytestmark = pytest.mark.usefixtures("waiting_children")

TRAIN, RUNS = "pages/5_Train.py", "pages/6_Runs.py"


def test_the_form_offers_the_knobs_of_the_paper(open_page, runs_folder):
    app = healthy(open_page(TRAIN, train_start="search", train_epochs="2"))
    assert commands(app) == [
        "python -m dbl_core search --search-dir runs/my-search --epochs 2 --vary mu=0:1.5:linear "
        "--vary lam=0.5:10:linear --vary kappa=0:1:linear"
    ]
    assert not list_searches(runs_folder)


def test_the_address_fills_the_form_and_the_command_means_the_same(open_page, runs_folder):
    from dbl_core.cli import build_parser
    from dbl_core.cli.search import search_config_from

    address = {
        "search_vary": "loss.mu,train.sampler,loss.name,nonsense",
        "search_low_db_focal_mu": "0.2",
        "search_words_loss": "db_focal,db",
        "search_words_sampler": "uniform,class_aware",
        "search_aim": "head_and_tail",
        "search_runs": "12",
        "search_minutes": "5",
        "train_repeats": "2",
    }
    app = healthy(open_page(TRAIN, train_start="search", **address))
    (command,) = commands(app)
    press(app, "search_launch")
    (search,) = list_searches(runs_folder)
    args = build_parser().parse_args(command.split()[3:])
    assert search_config_from(args) == search.config
    assert search.config.objective == "head_and_tail"
    assert (search.config.runs, search.config.minutes, search.config.seeds) == (12, 5.0, 2)
    assert {each.setting for each in search.config.space} == {"loss.mu", "train.sampler", "loss.name"}


def test_a_loss_without_options_varies_the_training(open_page, runs_folder):
    app = healthy(open_page(TRAIN, train_start="search", train_loss="bce"))
    assert "learning_rate=0.003:0.3:log" in commands(app)[0]


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ({"search_low_db_focal_mu": "2"}, "needs a range from low to high"),
        ({"search_high_db_focal_mu": "11"}, "mu must be a number from 0 to 10"),
        ({"search_vary": "train.sampler", "search_words_sampler": "uniform"}, "at least two different words"),
        ({"search_runs": "2", "train_repeats": "3"}, "less than one trial of 3 seeds"),
    ],
)
def test_what_makes_no_sense_is_one_sentence_and_starts_nothing(open_page, runs_folder, address, sentence):
    app = open_page(TRAIN, train_start="search", **address)
    assert not app.exception
    assert [sentence in box.value.replace("\\", "") for box in app.error] == [True]
    assert "search_launch" not in [button.key for button in app.button]


def test_starting_shows_the_search_and_stopping_ends_it(open_page, runs_folder):
    app = press(healthy(open_page(TRAIN, train_start="search")), "search_launch")
    (search,) = list_searches(runs_folder)
    assert app.query_params["search"] == search.id
    assert "No trial has begun yet" in words(healthy(app))
    assert search.id in words(app)
    press(app, f"search_stop_{search.id}")
    deadline = time.monotonic() + 20
    while standing(search.paths).state != "stopped":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert "stopped" in words(healthy(open_page(TRAIN, search=search.id)))


def test_a_double_click_starts_one(open_page, runs_folder):
    app = healthy(open_page(TRAIN, train_start="search"))
    press(app, "search_launch")
    press(app, "search_launch")
    assert len(list_searches(runs_folder)) == 1


def test_too_many_searches_are_refused(open_page, runs_folder):
    for number in range(3):
        start.launch_search(start.create_search(runs_folder / f"s{number}", SearchConfig(space=SPACE)))
    app = press(open_page(TRAIN, train_start="search"), "search_launch")
    assert ["3 searches are at work already" in box.value for box in app.error] == [True]
    assert len(list_searches(runs_folder)) == 3


@pytest.mark.parametrize("view", ["history", "settings", "importance", "front"])
def test_a_finished_search_is_judged_with_caution(open_page, runs_folder, view):
    search = write_search(runs_folder / "mine", seeds=2)
    app = healthy(open_page(TRAIN, search="mine", search_figure=view))
    shown = words(app)
    assert "12 trials finished, 2 failed" in shown
    assert REASON in shown
    assert "optimistic" in shown
    assert "From seed to seed the total mAP" in shown
    assert "(the best)" in shown
    assert len(app.metric) == 4
    assert "over 2 seeds" in app.metric[0].delta
    assert read_search(search.folder).state == "finished"


def test_the_address_chooses_a_trial(open_page, runs_folder):
    write_search(runs_folder / "mine")
    assert "Trial 3" in words(healthy(open_page(TRAIN, search="mine", trial="3")))
    assert "nobody knows how much is luck" in words(healthy(open_page(TRAIN, search="mine", trial="5")))


def test_two_aims_have_no_single_winner(open_page, runs_folder):
    write_search(runs_folder / "mine", objective="head_and_tail")
    app = healthy(open_page(TRAIN, search="mine"))
    assert "(the best)" not in words(app)
    assert "On the front no other trial" in words(app)


def test_repeating_with_fresh_seeds_queues_runs_and_shows_what_is_left(open_page, runs_folder):
    search = write_search(runs_folder / "mine")
    app = healthy(open_page(TRAIN, search="mine", trial="3"))
    assert "n ≥ 100 and n ≤ 19 training images" in words(app)
    app = healthy(press(app, "search_confirm"))
    assert "3 of 3 repetitions are queued or at work; their numbers appear as they end" in words(app)
    fresh = [run for run in store.list_runs(runs_folder) if run.active]
    assert sorted(run.config.train.seed for run in fresh) == [1, 2, 3]
    for run in fresh:
        process.stop(run.folder, grace_s=0.05)
        config = run.config
        trash.delete_run(runs_folder, run.id)
        write_run(runs_folder / run.id, config, skill=0.6)
    app = healthy(app.run())
    assert "queued or at work" not in words(app)
    table = next(frame.value for frame in app.dataframe if "fresh seeds" in frame.value.columns)
    assert table["fresh seeds"].notna().all()
    assert (table["difference"] - (table["fresh seeds"] - table["in the search"])).abs().max() < 1e-9
    assert set(start.confirming_runs(search, 3)) == {1, 2, 3}


def test_a_search_goes_on_with_a_larger_budget(open_page, runs_folder):
    search = write_search(runs_folder / "mine")
    app = press(healthy(open_page(TRAIN, search="mine")), "search_continue_mine")
    healthy(app)
    found = read_search(search.folder)
    assert found.config.runs == 28
    assert found.active
    assert "12 trials finished" in words(app)


def test_a_killed_search_says_so(open_page, runs_folder):
    write_search(runs_folder / "mine", state="running")
    assert "The search is lost" in words(healthy(open_page(TRAIN, search="mine")))


def test_deleting_leaves_the_runs_and_can_be_undone(open_page, runs_folder):
    write_search(runs_folder / "mine")
    write_run(runs_folder / "mine-001")
    app = press(healthy(open_page(TRAIN, search="mine")), "search_delete")
    assert list_searches(runs_folder) == []
    assert [run.id for run in store.list_runs(runs_folder)] == ["mine-001"]
    undo = next(button for button in app.button if "Undo deleting the search" in button.label)
    healthy(undo.click().run())
    assert [search.id for search in list_searches(runs_folder)] == ["mine"]


@pytest.mark.parametrize("what", ["config", "journal"])
def test_a_damaged_search_breaks_no_page(open_page, runs_folder, what):
    search = write_search(runs_folder / "mine")
    path = getattr(search, what)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"nonsense\n".join([lines[0], *lines[1:]]) + b"more nonsense")
    app = open_page(TRAIN, search="mine")
    assert not app.exception
    assert ("search.json" if what == "config" else "is damaged") in words(app)
    healthy(open_page(TRAIN))
    healthy(open_page(RUNS))


def test_an_unknown_search_is_one_sentence(open_page, runs_folder):
    app = open_page(TRAIN, search="../etc")
    assert ["is not the name of a search" in box.value.replace("\\", "") for box in app.error] == [True]


def test_runs_can_be_shown_by_search(open_page, runs_folder):
    write_search(runs_folder / "mine")
    for name in ("mine-001", "mine-confirm-001-s1", "alone"):
        write_run(runs_folder / name)

    def listed(**address):
        return set(healthy(open_page(RUNS, **address)).dataframe[0].value["run"])

    assert listed() == {"mine-001", "mine-confirm-001-s1", "alone"}
    assert listed(only="mine") == {"mine-001", "mine-confirm-001-s1"}
    assert listed(only="own") == {"alone"}
    assert listed(only="nonsense") == listed()


def test_the_latest_runs_are_not_flooded_by_trials(open_page, runs_folder):
    write_search(runs_folder / "mine")
    write_run(runs_folder / "mine-001")
    write_run(runs_folder / "alone")
    app = healthy(open_page(TRAIN))
    links = " ".join(str(link.proto.label) for link in app.get("page_link")).replace("\\", "")
    assert "alone" in links
    assert "mine" in links
    assert "mine-001" not in links


def test_progress_is_shown_while_it_works(open_page, runs_folder):
    search = write_search(runs_folder / "mine")
    start.reopen(search, runs=28)
    start.launch_search(search)
    said = {"state": "running", "phase": "searching", "done": 500, "total": 1000, "message": "trial 15: training, 40 %"}
    write_json(search.status, {**said, "updated_at": time.time()})
    assert read_json(search.process)
    app = healthy(open_page(TRAIN, search="mine"))
    (bar,) = app.get("progress")
    assert "50 % of the budget" in bar.proto.text.replace("\\", "")
    assert "trial 15" in bar.proto.text
    assert "search_stop_mine" in [button.key for button in app.button]
