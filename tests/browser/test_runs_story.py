"""Runs outlive their tab and their server: launched on Train, found again after a kill, one stopped, all compared."""

import re
import signal
from contextlib import contextmanager

import pytest

from dbl_core.runs import store
from tests.browser.test_story import LONG_MS, Visitor

pytestmark = pytest.mark.browser

# One run computes at a time: the two long ones come first and hold the others back until the server is dead.
METHODS = (
    "train_loss=db_focal&train_sampler=class_aware&train_epochs=40",
    "train_loss=bce&train_sampler=uniform&train_epochs=2&train_max_steps=20",
    "train_loss=focal&train_sampler=uniform&train_epochs=2&train_max_steps=20",
)
COMPARED_MS = 240_000


@contextmanager
def visitor(browser, address):
    """A tab that is closed at the end and has met no trouble till then."""
    context = browser.new_context(viewport={"width": 1440, "height": 1400})
    person = Visitor(context.new_page(), address)
    yield person
    context.close()
    assert not person.trouble


def launch_all(browser, address):
    for settings in METHODS:
        with visitor(browser, address) as person:
            person.open(f"Train?{settings}&train_repeats=2")
            person.tab.get_by_role("button", name="Launch 2 runs").click()
            person.tab.wait_for_url(re.compile(r"run="), timeout=LONG_MS)


def methods_of(runs):
    """Loss -> seeds of its runs."""
    found = {}
    for run in runs:
        found.setdefault(run.config.loss.name, set()).add(run.config.train.seed)
    return found


def stop_the_last_long_run(person, runs):
    long_ones = [run for run in runs if run.config.loss.name == "db_focal"]
    (last,) = [run for run in long_ones if run.config.train.seed == 1]
    assert last.active
    person.tab.get_by_role("link").filter(has_text=last.id).first.click()
    person.tab.wait_for_function("run => location.search.includes('run=' + run)", arg=last.id, timeout=LONG_MS)
    person.tab.get_by_role("button", name="Stop").click(timeout=LONG_MS)
    person.tab.get_by_text("The run was stopped").wait_for(timeout=LONG_MS)
    assert store.read_run(last.folder).state == "stopped"
    return last.id


def test_runs_outlive_the_tab_and_the_server(browser, server, runs_dir):
    with server(runs_dir) as (address, child):
        launch_all(browser, address)
        child.send_signal(signal.SIGKILL)
        child.wait(20)
    runs = store.list_runs(runs_dir)
    assert methods_of(runs) == {"db_focal": {0, 1}, "bce": {0, 1}, "focal": {0, 1}}
    assert not {run.state for run in runs} & {"lost", "failed"}

    with server(runs_dir) as (address, _), visitor(browser, address) as person:
        person.open("Train")
        links = person.tab.get_by_role("link")
        for run in runs:
            links.filter(has_text=run.id).first.wait_for()
        stopped = stop_the_last_long_run(person, runs)

        person.open("Runs?runs=" + ",".join(run.id for run in runs))
        person.tab.get_by_role("heading", name="What came out").wait_for(timeout=LONG_MS)
        row = person.tab.locator("[data-testid=stTable]").filter(has_text="mAP (%)").locator("tr")
        for method, seeds in (("db_focal", "1"), ("bce", "2"), ("focal", "2")):
            line = row.filter(has=person.tab.get_by_role("rowheader", name=re.compile(f"^{method} ")))
            line.get_by_role("cell", name=seeds, exact=True).wait_for(timeout=COMPARED_MS)
        person.settle()
        for chart in ("runs_bars", "runs_gain_by_count", "runs_map_tail"):
            person.tab.locator(f".st-key-{chart} .js-plotly-plot").wait_for(timeout=LONG_MS)
        person.tab.get_by_role("radio", name="Differences to the baseline").click()
        person.tab.locator(".st-key-runs_group_gains .js-plotly-plot").wait_for(timeout=LONG_MS)

    states = {run.id: run.state for run in store.list_runs(runs_dir)}
    assert states.pop(stopped) == "stopped"
    assert set(states.values()) == {"finished"}
