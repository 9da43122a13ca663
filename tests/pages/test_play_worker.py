"""The page Playground with a real worker, one that was killed, and one that gives no answer."""

import re

import numpy as np
import psutil
import pytest

from dbl_core.errors import Superseded, WorkerError
from dbl_core.worker import client
from tests import fake_heads
from tests.pages.playground import LIVE, PAGE, bars
from tests.pages.reading import figures, healthy, words

pytestmark = pytest.mark.usefixtures("no_heads_kept")


def test_a_dead_worker_is_one_sentence_and_the_page_lives(open_page, monkeypatch):
    def dead(*_, **__):
        raise WorkerError("the compute worker died twice over 'train_heads'; the log may tell why")

    monkeypatch.setattr(client, "ask", dead)
    app = open_page(PAGE)
    assert not app.exception
    assert [box.value for box in app.error] == [
        "the compute worker died twice over 'train\\_heads'; the log may tell why"
    ]
    assert app.slider
    monkeypatch.setattr(client, "ask", fake_heads.ask)
    assert list(figures(healthy(app.run()))) == LIVE


@pytest.mark.parametrize("part", ["live", "sweep", "table"])
def test_a_superseded_question_says_nothing(open_page, monkeypatch, part):
    def newer(*_, **__):
        raise Superseded("a newer question took its place")

    monkeypatch.setattr(client, "ask", newer)
    app = healthy(open_page(PAGE, play_part=part))
    for button in app.button:
        if button.key in ("play_train_many", "play_rebuild"):
            button.click().run()
    assert not figures(healthy(app))


@pytest.mark.parametrize("part", ["live", "sweep"])
def test_a_real_worker_trains(open_page, part):
    app = healthy(open_page(PAGE, play_part=part, play_steps="50", play_nx="2", play_loss="bce"))
    if part == "sweep":
        app.button(key="play_train_many").click().run(timeout=120)
        healthy(app)
        assert list(figures(app)) == ["play_line", "play_front"]
        return
    assert list(figures(app)) == LIVE
    assert all(0.02 < value / 100 < 1 for value in bars(app))
    app.button(key="play_pin_this").click().run(timeout=120)
    app.selectbox(key="form_play_sampler").set_value("uniform").run(timeout=120)
    healthy(app)
    assert len(app.metric) == 4
    assert "the noise of the test images" in words(app) or "Noise" in words(app)


def test_a_real_worker_reports_a_rate_that_diverges(open_page):
    app = healthy(open_page(PAGE, play_steps="50", play_rate="100", play_loss="weighted_bce"))
    assert re.search(r"^The loss .*lower the learning rate", app.warning[0].value)
    assert all(value == value for chart in figures(app).values() for value in chart["data"][0].get("y", []))


def test_a_killed_worker_is_started_again(open_page):
    app = healthy(open_page(PAGE, play_steps="50", play_seed="1"))
    process = psutil.Process(client._WORKER.pid)
    process.kill()
    process.wait(10)
    app.number_input(key="form_play_seed").set_value(2).run(timeout=120)
    assert list(figures(healthy(app))) == LIVE
    assert client._WORKER.pid != process.pid


def test_a_real_worker_says_that_nothing_can_be_tested(open_page, uploads):
    labels = np.zeros((40, 3), dtype=np.uint8)
    labels[:20] = np.eye(3, dtype=np.uint8)[np.arange(20) % 3]
    split = np.where(np.arange(40) < 20, "train", "test")
    features = np.random.default_rng(0).normal(size=(40, 4))
    np.savez(
        uploads / "untested.npz", labels=labels, label_names=np.array(["a", "b", "c"]), features=features, split=split
    )
    app = open_page(PAGE, data="file", file="untested.npz", play_steps="50")
    assert not app.exception
    assert len(app.error) == 1
    assert "test" in app.error[0].value
