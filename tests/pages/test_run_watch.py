"""When the page Runs is drawn anew while runs work."""

from dataclasses import replace

import pytest

from dbl_core.runs import store
from pages.ui.run_watch import signature
from tests.fake_runs import write_run


@pytest.fixture
def runs(tmp_path):
    """A run at work and one that was stopped."""
    stopped = store.read_run(write_run(tmp_path / "stopped", state="stopped", n_epochs=1))
    works = replace(stopped, id="works", state="running", status={"phase": "training"})
    return [works, stopped]


def after_an_epoch(runs):
    works, stopped = runs
    return [replace(works, map={"total": 0.9}), stopped]


@pytest.mark.parametrize(("compared", "again"), [([], True), (["works"], True), (["stopped"], False)])
def test_an_epoch_disturbs_only_who_looks_at_it(runs, compared, again):
    assert (signature(after_an_epoch(runs), compared) != signature(runs, compared)) == again


@pytest.mark.parametrize("compared", [[], ["stopped"]])
def test_every_change_of_state_and_of_the_list_is_shown(runs, compared):
    works, stopped = runs
    before = signature(runs, compared)
    assert signature([replace(works, state="finished"), stopped], compared) != before
    assert signature([replace(works, status={"phase": "scoring"}), stopped], compared) != before
    assert signature([stopped], compared) != before
