"""A run leaves one lab as a file and enters another, in a real browser; deleting asks, and can be undone."""

import re
from urllib.parse import quote

import pytest

from dbl_core.runs import archive, store, trash
from pages.ui import run_data
from tests.browser.test_story import Visitor
from tests.fake_runs import BCE, DB_FOCAL, write_run

pytestmark = pytest.mark.browser

NAME = 'first "run", 100 %'


@pytest.fixture(scope="module")
def lab(browser, served, tmp_path_factory):
    runs_dir = tmp_path_factory.mktemp("archive") / "runs"
    write_run(runs_dir / NAME, DB_FOCAL, skill=0.6)
    with served(runs_dir) as address:
        yield address, runs_dir


@pytest.fixture
def visitor(browser, lab):
    context = browser.new_context(viewport={"width": 1440, "height": 1400}, accept_downloads=True)
    person = Visitor(context.new_page(), lab[0])
    yield person
    context.close()
    assert not person.trouble


def address_of(*names):
    return f"Runs?runs={quote(run_data.ids_text(names))}"


def test_export_import_delete_and_undo(visitor, lab, tmp_path):
    runs_dir = lab[1]
    visitor.open(address_of(NAME))
    with visitor.tab.expect_download() as caught:
        visitor.tab.get_by_role("button", name=NAME, exact=False).click()
    file = tmp_path / caught.value.suggested_filename
    caught.value.save_as(file)
    assert file.name == "first_run_100.run.zip"
    assert file.read_bytes() == archive.export_run(runs_dir / NAME, tmp_path / "same.zip").path.read_bytes()

    bad = tmp_path / "bad.zip"
    bad.write_bytes(file.read_bytes()[:-100])
    visitor.tab.locator("input[type=file]").set_input_files(bad)
    visitor.tab.get_by_text("nothing was imported").wait_for()
    assert len(store.list_runs(runs_dir)) == 1
    visitor.tab.locator("input[type=file]").set_input_files(file)
    visitor.tab.get_by_role("button", name="Delete 2 runs").wait_for()
    visitor.settle()
    assert not visitor.tab.get_by_text("nothing was imported").count()
    (imported,) = [run for run in store.list_runs(runs_dir) if run.origin]
    assert (imported.id, imported.origin) == ("imported-first_run_100", NAME)

    visitor.open(address_of(imported.id))
    visitor.tab.get_by_role("button", name="Delete 1 run").click()
    visitor.tab.get_by_text(re.compile("moved to the trash")).wait_for()
    visitor.settle()
    assert [run.id for run in store.list_runs(runs_dir)] == [NAME]
    visitor.tab.get_by_role("button", name="Undo deleting 1 run").click()
    visitor.settle()
    assert len(store.list_runs(runs_dir)) == 2


def test_the_trash_is_emptied_after_a_question(visitor, lab):
    runs_dir = lab[1]
    write_run(runs_dir / "to be deleted", BCE, state="stopped", n_epochs=1)
    visitor.open(address_of("to be deleted"))
    visitor.tab.get_by_role("button", name="Delete 1 run").click()
    visitor.settle()
    visitor.tab.get_by_role("button", name=re.compile("Trash: 1 run")).click()
    visitor.tab.get_by_role("button", name="Empty the trash").click()
    visitor.tab.get_by_text("This cannot be undone").wait_for()
    assert len(trash.list_trash(runs_dir)) == 1
    visitor.tab.get_by_role("button", name="Delete for good").click()
    visitor.tab.get_by_text("The trash is empty.").wait_for()
    visitor.settle()
    assert trash.list_trash(runs_dir) == []
    assert not visitor.tab.get_by_text("This cannot be undone").count()
