"""The loop of a search with runs that are over at once: budget, seeds, failures, aims, a journal of another hand."""

import math

import pytest

from dbl_core.config import LossConfig, RunConfig
from dbl_core.errors import RunError
from dbl_core.runs import store, trash
from dbl_core.runs.child import RunStopped, StatusWriter
from dbl_core.search import start
from dbl_core.search.conduct import conduct
from dbl_core.search.space import Dimension
from dbl_core.search.store import delete_search, list_searches, read_search, search_of
from dbl_core.search.study import parameter_importance, read_trials
from dbl_core.search.trials import budget_of, verdict
from tests.search.conftest import MU, hill


def finish(paths):
    status = StatusWriter(paths)
    status.finished(conduct(paths, status))


def test_a_search_finds_the_top_of_a_hill(search, instant_runs, runs_dir):
    instant_runs()
    paths = search(runs=40)
    finish(paths)
    trials = read_trials(paths)
    found = verdict(trials, read_search(paths.folder).config)
    assert len(trials) == 40
    assert found.best.mean("total") > 0.79
    assert abs(found.best.settings["loss.mu"] - 0.4) < 0.1
    assert found.best.mean("total") == max(trial.mean("total") for trial in trials)
    # What was proposed late is better than what was proposed before anything was known.
    late, early = (sum(trial.mean("total") for trial in part) / 10 for part in (trials[-10:], trials[:10]))
    assert late > early + 0.01
    runs = {run.id: run for run in store.list_runs(runs_dir)}
    assert len(runs) == 40
    for trial in trials:
        (run,) = trial.runs
        assert runs[run].config == trial.config(read_search(paths.folder).config)
        assert search_of(run, ["a search", "a sea"]) == "a search"
    assert read_search(paths.folder).message.startswith("the budget is used: 40 runs")


def test_the_same_seed_proposes_the_same(search, instant_runs):
    instant_runs()
    pair = [search(name, runs=14) for name in ("one", "two")]
    for paths in (*pair, other := search("three", runs=14, search_seed=1)):
        finish(paths)
    first, second = ([trial.settings for trial in read_trials(paths)] for paths in pair)
    assert first == second
    assert first != [trial.settings for trial in read_trials(other)]


def test_every_trial_has_the_same_seeds_and_their_mean_is_the_aim(search, instant_runs, runs_dir):
    instant_runs()
    paths = search(runs=8, seeds=3)
    finish(paths)
    trials = read_trials(paths)
    config = read_search(paths.folder).config
    assert len(trials) == 2, "two runs of the budget are less than a trial"
    for trial in trials:
        assert [store.read_config(runs_dir / run).train.seed for run in trial.runs] == [0, 1, 2]
        assert trial.spread("total") == pytest.approx(0.01)
        assert trial.mean("total") == pytest.approx(hill(trial.config(config))["total"] + 0.01)
    assert verdict(trials, config).noise["total"] == pytest.approx(0.01)
    assert budget_of(trials, config).runs == 6


def test_a_run_that_fails_costs_one_trial_and_says_why(search, instant_runs):
    def maps(config):
        if config.loss.options["mu"] > 0.5:
            raise RunError("the loss became nan in epoch 1; lower the learning rate")
        return hill(config)

    instant_runs(maps)
    paths = search(runs=12, search_seed=1)
    finish(paths)
    failed = [trial for trial in read_trials(paths) if trial.state == "failed"]
    assert 0 < len(failed) < 12
    assert all(trial.settings["loss.mu"] > 0.5 for trial in failed)
    assert "the loss became nan" in failed[0].message
    assert read_search(paths.folder).state == "finished"


def test_a_search_whose_every_trial_fails_ends_with_the_reason(search, instant_runs):
    def maps(config):
        raise RunError("there is no such file")

    instant_runs(maps)
    paths = search(runs=12)
    with pytest.raises(RunError, match=r"first 3 trials all failed; .*there is no such file"):
        conduct(paths, StatusWriter(paths))
    assert len(read_trials(paths)) == 3


def test_an_undefined_map_is_a_failed_trial(search, instant_runs):
    instant_runs(lambda config: hill(config) | {"tail": math.nan})
    paths = search(runs=12, objective="tail")
    with pytest.raises(RunError, match="tail mAP is not defined"):
        conduct(paths, StatusWriter(paths))


def test_two_aims_have_a_front_and_no_single_winner(search, instant_runs):
    instant_runs()
    paths = search(runs=30, objective="head_and_tail")
    finish(paths)
    trials, config = read_trials(paths), read_search(paths.folder).config
    front = verdict(trials, config).front
    assert len(front) > 1
    for trial in front:
        assert not any(
            other.mean("head") >= trial.mean("head") and other.mean("tail") > trial.mean("tail") for other in trials
        )
    with pytest.raises(ValueError, match="no single winner"):
        start.trial_to_confirm(trials, config)
    assert start.trial_to_confirm(trials, config, front[0].number) == front[0]


def test_options_that_a_loss_lacks_are_not_drawn_for_it(search, instant_runs):
    instant_runs(lambda config: dict.fromkeys(("total", "head", "medium", "tail"), 0.5 + 0.01 * config.train.seed))
    loss = Dimension(setting="loss.name", choices=("bce", "db"))
    paths = search(space=(MU, loss), runs=16)
    finish(paths)
    drawn = {trial.settings["loss.name"]: set(trial.settings) for trial in read_trials(paths)}
    assert drawn == {"bce": {"loss.name"}, "db": {"loss.name", "loss.mu"}}


def test_minutes_end_a_search_too(search, instant_runs):
    instant_runs()
    paths = search(runs=None, minutes=1e-4)
    finish(paths)
    assert 1 <= len(read_trials(paths)) < 20
    assert not budget_of(read_trials(paths), read_search(paths.folder).config).left


def test_importance_is_that_of_the_setting_that_matters(search, instant_runs):
    def maps(config):
        return dict.fromkeys(("total", "head", "medium", "tail"), 1 - (config.loss.options["mu"] - 0.4) ** 2)

    instant_runs(maps)
    paths = search(runs=40)
    finish(paths)
    trials, config = read_trials(paths), read_search(paths.folder).config
    shares = parameter_importance(trials, config, "tail")
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["loss.mu"] > 0.7
    assert next(iter(shares)) == "loss.mu"
    assert parameter_importance(trials[:9], config, "tail") == {}


def test_continuing_needs_a_larger_budget_and_goes_on_where_it_was(search, instant_runs):
    instant_runs()
    paths = search(runs=3)
    finish(paths)
    with pytest.raises(ValueError, match="budget of this search is used up"):
        start.reopen(paths)
    created = read_search(paths.folder).created_at
    start.reopen(paths, runs=5)
    finish(paths)
    trials = read_trials(paths)
    assert [trial.number for trial in trials] == [1, 2, 3, 4, 5]
    assert len({trial.settings["loss.mu"] for trial in trials}) == 5, "what was proposed first is not proposed again"
    assert read_search(paths.folder).created_at == created


def test_a_stopped_search_repeats_the_trial_it_was_in(search, instant_runs):
    seen = []

    def maps(config):
        seen.append(config)
        if len(seen) == 2:
            raise RunStopped
        return hill(config)

    instant_runs(maps)
    paths = search(runs=4)
    with pytest.raises(RunStopped):
        conduct(paths, StatusWriter(paths))
    first, second = read_trials(paths)
    assert (first.state, second.state) == ("complete", "interrupted")
    finish(paths)
    trials = read_trials(paths)
    assert [trial.state for trial in trials] == ["complete", "interrupted", "complete", "complete", "complete"]
    assert trials[2].settings == second.settings


def test_a_trial_killed_before_it_was_proposed_costs_nothing(search, instant_runs):
    import optuna
    from optuna.storages.journal import JournalFileBackend

    instant_runs()
    paths = search(runs=2)
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(paths.journal)))
    optuna.create_study(study_name="search", storage=storage, directions=["maximize"]).ask()
    finish(paths)
    assert [trial.state for trial in read_trials(paths)] == ["interrupted", "complete", "complete"]


def test_a_torn_last_line_is_cut_and_a_damaged_journal_is_a_sentence(search, instant_runs):
    instant_runs()
    paths = search(runs=3)
    finish(paths)
    whole = paths.journal.read_bytes()
    paths.journal.write_bytes(whole + whole.splitlines()[-1][:20])
    assert len(read_trials(paths)) == 3
    start.reopen(paths, runs=4)
    finish(paths)
    assert len(read_trials(paths)) == 4
    lines = paths.journal.read_bytes().splitlines(keepends=True)
    for nonsense in (b"nonsense\n", b'{"op_code": 77}\n', b"[1, 2]\n"):
        paths.journal.write_bytes(b"".join([*lines[:5], nonsense, *lines[5:]]))
        with pytest.raises(RunError, match=r"journal of search 'a search' is damaged .*its runs are kept"):
            read_trials(paths)


@pytest.mark.parametrize("content", [b"", b"{", b'{"space": []}', b'{"surprise": 1}', b"\xff\xfe"])
def test_a_damaged_search_is_described_and_breaks_nothing(search, runs_dir, content):
    good, bad = search("good"), search("bad")
    bad.config.write_bytes(content)
    found = {each.id: each for each in list_searches(runs_dir)}
    assert set(found) == {"good", "bad"}
    assert found["good"].config is not None
    assert found["bad"].config is None
    assert "search.json" in found["bad"].message
    assert "\n" not in found["bad"].message
    assert store.list_runs(runs_dir) == [], "a search is no run"
    assert store.foreign_folders(runs_dir) == [], "nor a stranger among them"
    with pytest.raises(RunError, match=r"search\.json"):
        start.reopen(bad, runs=100)
    with pytest.raises(RunError, match=r"search\.json"):
        conduct(bad, StatusWriter(bad))
    assert good.config.is_file()


def test_confirming_takes_seeds_that_the_search_has_not_seen(search, instant_runs, runs_dir):
    instant_runs()
    paths = search(runs=4, seeds=2, base=RunConfig(loss=LossConfig(name="db_focal")))
    finish(paths)
    config = read_search(paths.folder).config
    trial = start.trial_to_confirm(read_trials(paths), config)
    first = start.confirm(paths, trial, 2)
    second = start.confirm(paths, trial, 1)
    seeds = [store.read_config(run.folder).train.seed for run in (*first, *second)]
    assert seeds == [2, 3, 4]
    assert start.confirming_runs(paths, trial.number) == dict(
        zip(seeds, [run.folder.name for run in (*first, *second)], strict=True)
    )
    assert all(search_of(run.folder.name, ["a search"]) == "a search" for run in first)
    with pytest.raises(ValueError, match="1 to 10 fresh seeds, not 0"):
        start.confirm(paths, trial, 0)


def test_a_deleted_search_comes_back_and_its_runs_never_went(search, instant_runs, runs_dir):
    instant_runs()
    paths = search(runs=2)
    finish(paths)
    with pytest.raises(RunError, match="stop it before deleting"):  # the process of this test is that of the search
        delete_search(runs_dir, "a search")
    paths.process.unlink()
    deletion = delete_search(runs_dir, "a search")
    assert list_searches(runs_dir) == []
    assert len(store.list_runs(runs_dir)) == 2
    trash.restore_run(runs_dir, deletion)
    assert len(read_trials(paths)) == 2


@pytest.mark.parametrize("name", ["", ".", "..", "../runs", "no such", "a/b", ".hidden"])
def test_names_from_outside_never_lead_out(runs_dir, name):
    from dbl_core.search.store import resolve_search

    with pytest.raises(ValueError, match="choose one of the list of searches"):
        resolve_search(runs_dir, name)


def test_a_search_ends_with_a_sentence_when_its_runs_take_more_than_their_budget(search, instant_runs, monkeypatch):
    instant_runs()
    paths = search(runs=3)
    monkeypatch.setenv("DBL_RUNS_BUDGET", "1k")
    with pytest.raises(RunError, match="their budget is 1 kB"):
        conduct(paths, StatusWriter(paths))
    monkeypatch.delenv("DBL_RUNS_BUDGET")
    conduct(paths, StatusWriter(paths))
    states = [trial.state for trial in read_trials(paths)]
    assert states == ["complete", "interrupted", "complete", "complete"]
