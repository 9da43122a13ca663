"""Many questions to the real worker at once: newer ones count, others go on, and it is stopped or killed."""

import os
import signal
import time

import psutil
import pytest

from dbl_core.errors import Superseded, WorkerError
from dbl_core.worker.jobs import MOST_WAITING
from tests.worker.asking import Asking
from tests.worker.small_data import run

LONG = {"epochs": 1000, "batch_size": 1, "max_steps": None}  # 90,000 steps: minutes
SOME = {"epochs": 3, "batch_size": 1, "max_steps": None}  # 270 steps: part of a second


def test_the_newest_question_of_a_session_counts(worker, data_file):
    older = Asking(worker, runs=[run(data_file, **LONG)], session="a").until("training")
    other_task = worker.ask("compare_heads", session="a", first=run(data_file), second=run(data_file, "bce"))
    assert other_task["groups"]
    newer = Asking(worker, runs=[run(data_file, seed=21)], session="a").ended()
    assert isinstance(older.ended().error, Superseded)
    assert newer.answer["heads"][0]["ap"]


def test_other_sessions_go_on(worker, data_file):
    asking = [Asking(worker, runs=[run(data_file, seed=30 + i, **SOME)], session=str(i)) for i in range(3)]
    assert all(one.ended().answer for one in asking)


class Rerun(BaseException):
    """What a page raises to stop its script."""


def test_what_a_progress_callback_raises_cancels_the_question(worker, data_file):
    long = Asking(worker, runs=[run(data_file, seed=seed, **LONG) for seed in range(40)]).until("training")
    done, total = long.seen[-1][1:]
    assert 0 <= done < total == 40 * 90_000
    long.stop = Rerun
    assert isinstance(long.ended(5).error, Rerun)
    started = time.monotonic()
    worker.ask("train_heads", runs=[run(data_file, seed=41)])
    assert time.monotonic() - started < 10
    deadline = time.monotonic() + 10
    process = psutil.Process(worker.pid)
    while process.cpu_percent(interval=0.3) > 20:
        assert time.monotonic() < deadline, "the worker still trains for nobody"


def test_a_loss_question_does_not_wait_for_a_training(worker, data_file):
    long = Asking(worker, runs=[run(data_file, seed=seed, **LONG) for seed in range(50)]).until("training")
    curves = worker.ask(
        "loss_curves", loss={"name": "db"}, label_counts=[300, 20], n_samples=500, contexts=[{"label": 0}]
    )
    assert curves["curves"]
    assert long.is_alive()
    long.stop = Rerun
    long.ended()


def test_a_short_question_is_answered_in_the_middle_of_a_long_one(worker, data_file):
    sweep = Asking(worker, runs=[run(data_file, seed=seed, **SOME) for seed in range(200)]).until("training")
    worker.ask("train_heads", runs=[run(data_file, seed=999, **SOME)])
    assert sweep.is_alive()
    sweep.stop = Rerun
    sweep.ended()


@pytest.mark.parametrize("moment", ["training", "waiting"])
def test_a_killed_worker_still_answers(worker, data_file, moment):
    length = {**SOME, "epochs": 20}
    first = Asking(worker, runs=[run(data_file, seed=50 + len(moment), **length)]).until("training")
    asking = first if moment == "training" else Asking(worker, runs=[run(data_file, seed=51, **SOME)])
    killed = worker.pid
    os.kill(killed, signal.SIGKILL)
    assert asking.ended(60).answer["heads"][0]["ap"]
    assert first.ended(60).answer
    assert worker.pid != killed
    assert worker.ask("train_heads", runs=[run(data_file)])["heads"]


def test_ten_sessions_that_move_sliders_each_get_their_own_latest_answer(worker, data_file):
    seeds = [range(100 + 10 * session, 103 + 10 * session) for session in range(10)]
    asking: dict[int, list[Asking]] = {session: [] for session in range(10)}
    for turn in range(3):
        for session in range(10):
            config = run(data_file, seed=seeds[session][turn], **SOME)
            asking[session].append(Asking(worker, runs=[config], session=f"slider {session}"))
        time.sleep(0.1)
    alone = worker.ask("train_heads", runs=[run(data_file, seed=s[-1], **SOME) for s in seeds])["heads"]
    for session, questions in asking.items():
        for older in questions[:-1]:
            assert older.ended().answer or isinstance(older.error, Superseded)
        assert questions[-1].ended().answer["heads"][0]["key"] == alone[session]["key"]
        assert questions[-1].answer["heads"][0]["ap"] == pytest.approx(alone[session]["ap"], abs=0.02)


def test_too_many_questions_are_refused_at_once(worker, data_file):
    asking = [Asking(worker, runs=[run(data_file, seed=i, **LONG)]) for i in range(MOST_WAITING + 6)]
    deadline = time.monotonic() + 20
    while len(refused := [one for one in asking if not one.is_alive()]) < 6:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(refused) == 6
    for one in refused:
        assert isinstance(one.error, WorkerError)
        assert "wait for the compute worker already" in str(one.error)
    for one in asking:
        one.stop = Rerun
    for one in asking:
        one.ended()
    assert worker.ask("train_heads", runs=[run(data_file, seed=1)])["heads"]


def test_a_question_whose_time_is_over_does_not_end_the_worker(worker, data_file):
    worker.ask("ping")
    pid = worker.pid
    with pytest.raises(WorkerError, match=r"no answer within 0\.5 s"):
        worker.ask("train_heads", runs=[run(data_file, **LONG)], timeout_s=0.5)
    assert worker.ask("train_heads", runs=[run(data_file, seed=2)])["heads"]
    assert worker.pid == pid
