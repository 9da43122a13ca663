"""Resume and Start over, on Train and on Runs: where they are offered, and what they do."""

import pytest
import torch
from safetensors.torch import save_file

from dbl_core.runs import paths, store
from tests.fake_runs import write_run

pytestmark = pytest.mark.usefixtures("waiting_children")


def half(runs_folder, state, *, epoch=0):
    """A run that ended in a state after three epochs, with the head of a checkpoint."""
    folder = write_run(runs_folder / "half", state=state, n_epochs=3)
    checkpoint = paths.RunPaths(folder).checkpoint
    if epoch:
        save_file({"x": torch.zeros(1)}, checkpoint, metadata={"checkpoint": f'{{"epoch": {epoch}}}'})
    return paths.RunPaths(folder)


def offered(app):
    names = ("run_resume_half", "run_start_over_half")
    return {button.key.removesuffix("_half"): button for button in app.button if button.key in names}


PAGES = [("pages/5_Train.py", {"run": "half"}), ("pages/6_Runs.py", {"runs": "half"})]


@pytest.mark.parametrize(("page", "address"), PAGES)
@pytest.mark.parametrize("state", ["failed", "stopped", "running"])  # running without a process: lost
def test_a_run_that_ended_early_can_be_resumed(open_page, runs_folder, page, address, state):
    half_paths = half(runs_folder, state, epoch=3)
    app = open_page(page, **address)
    buttons = offered(app)
    assert set(buttons) == {"run_resume", "run_start_over"}
    assert "after epoch 3 of 8" in buttons["run_resume"].help
    app = buttons["run_resume"].click().run()
    assert not app.exception
    assert store.read_run(half_paths.folder).active
    assert half_paths.checkpoint.exists()
    assert not offered(app)


def test_start_over_drops_the_epochs(open_page, runs_folder):
    half_paths = half(runs_folder, "stopped", epoch=2)
    app = offered(open_page(PAGES[0][0], run="half"))["run_start_over"].click().run()
    assert not app.exception
    assert store.read_run(half_paths.folder).active
    assert not half_paths.checkpoint.exists()
    assert not half_paths.metrics.exists()


def test_a_damaged_checkpoint_offers_to_start_over_only(open_page, runs_folder):
    half_paths = half(runs_folder, "failed")
    half_paths.checkpoint.write_bytes(b"no checkpoint")
    app = open_page(PAGES[0][0], run="half")
    assert set(offered(app)) == {"run_start_over"}
    assert "cannot be used" in " ".join(box.value for box in app.warning)
    offered(app)["run_start_over"].click().run()
    assert store.read_run(half_paths.folder).active


def test_without_a_checkpoint_resuming_begins_anew(open_page, runs_folder):
    half(runs_folder, "stopped")
    buttons = offered(open_page(PAGES[0][0], run="half"))
    assert set(buttons) == {"run_resume"}
    assert "begins anew" in buttons["run_resume"].help


@pytest.mark.parametrize(("page", "address"), PAGES)
def test_a_finished_run_offers_neither(open_page, runs_folder, page, address):
    write_run(runs_folder / "half")
    assert not offered(open_page(page, **address))


def test_the_stop_button_of_a_resumed_run_works_again(open_page, runs_folder):
    half_paths = half(runs_folder, "stopped", epoch=1)
    half_paths.stop.touch()
    app = offered(open_page(PAGES[0][0], run="half"))["run_resume"].click().run()
    (stop,) = [button for button in app.button if button.key == "train_stop_half"]
    assert not stop.disabled
    stop.click().run()
    assert half_paths.stop.exists()
