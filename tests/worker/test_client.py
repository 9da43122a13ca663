"""Asking the worker: with the real one, and with one that dies, hangs and babbles."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from dbl_core.errors import Superseded, WorkerError
from dbl_core.longtail.groups import GROUPS
from dbl_core.runs.paths import worker_log
from dbl_core.worker import client
from dbl_core.worker.client import Worker

ROOT = Path(__file__).resolve().parents[2]
COUNTS = [300, 200, 100, 50, 20, 5]
LOSS = {"name": "db_focal", "options": {"mu": 0.3}}
CURVES = {
    "loss": LOSS,
    "label_counts": COUNTS,
    "n_samples": 500,
    "contexts": [{"label": 0, "others": [5]}, {"label": 5}],
}


@pytest.fixture
def odd_worker(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
    odd = Worker(module="odd_worker", log_dir=tmp_path)
    yield odd
    odd.close()


def test_curves_come_from_the_training_module(worker):
    answer = worker.ask("loss_curves", **CURVES, logit_range=(-2, 2), points=5)
    assert answer["logits"] == [-2, -1, 0, 1, 2]
    assert [(curve["label"], curve["side"]) for curve in answer["curves"]] == [
        (0, "positive"),
        (0, "negative"),
        (5, "positive"),
        (5, "negative"),
    ]
    assert answer["curves"][3]["r"] is None  # an image without any label


def test_arrays_may_be_sent(worker):
    sent = worker.ask("loss_curves", **CURVES | {"label_counts": np.array(COUNTS), "n_samples": np.int64(500)})
    assert sent == worker.ask("loss_curves", **CURVES)


def test_cells_of_a_data_set_that_is_only_named(worker):
    answer = worker.ask("cell_table", loss=LOSS, dataset={"name": "picto-voc", "ratio": 50})
    assert {record["group"] for record in answer["groups"]} <= set(GROUPS)
    assert len(answer["labels"]) == 20


@pytest.mark.parametrize(
    ("task", "arguments", "sentence"),
    [
        ("dance", {}, "unknown task 'dance'; choose one of ping"),
        ("ping", {"loudly": True}, "ping.*loudly"),
        ("loss_curves", CURVES | {"loss": {"name": "mse"}}, "mse"),
        ("loss_curves", CURVES | {"loss": {"name": "bce", "options": {"mu": 1}}}, "mu"),
        ("loss_curves", CURVES | {"loss": {"title": "bce"}}, "must be a name"),
        ("loss_curves", CURVES | {"contexts": [{"label": 6}]}, "from 0 to 5"),
        ("loss_curves", CURVES | {"contexts": [{"label": 0, "others": [-1]}]}, "from 0 to 5"),
        ("loss_curves", CURVES | {"contexts": [{}]}, "label"),
        ("loss_curves", CURVES | {"logit_range": (float("nan"), 1)}, "logit_range"),
        ("cell_table", {"loss": LOSS, "dataset": {"name": "imagenet"}}, "imagenet"),
        ("cell_table", {"loss": LOSS, "dataset": {"ratio": 0.5}}, "ratio"),
        ("cell_table", {"loss": LOSS, "convention": "mine"}, "mine"),
    ],
)
def test_bad_input_is_a_value_error_of_one_sentence(worker, task, arguments, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        worker.ask(task, **arguments)
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_a_failing_task_is_one_sentence_and_the_log_has_the_rest(tmp_path):
    real = Worker(log_dir=tmp_path)
    try:
        with pytest.raises(WorkerError, match=r"loss_curves.*failed \(\w+\)") as caught:
            real.ask("loss_curves", **CURVES | {"contexts": 7})
        assert "\n" not in str(caught.value)
        assert "Traceback" in worker_log(tmp_path).read_text()
        assert real.ask("ping") == "pong"
    finally:
        real.close()


def test_what_cannot_be_sent_is_refused_before_it_is(worker):
    with pytest.raises(TypeError, match="a set cannot be sent"):
        worker.ask("ping", what={1})
    assert worker.ask("ping") == "pong"


def test_a_killed_worker_is_started_again(worker):
    worker.ask("ping")
    first = worker.pid
    os.kill(first, signal.SIGKILL)
    assert worker.ask("ping") == "pong"
    assert worker.pid != first


def test_one_that_dies_over_a_task_gets_a_second_chance(odd_worker, tmp_path):
    assert odd_worker.ask("die_once", mark=str(tmp_path / "mark"))["pid"] == odd_worker.pid


def test_one_that_dies_twice_is_given_up(odd_worker):
    with pytest.raises(WorkerError, match="died twice over 'die'"):
        odd_worker.ask("die")
    assert odd_worker.ask("echo", word="again")["word"] == "again"


def test_one_that_takes_too_long_is_ended(odd_worker):
    pid = odd_worker.ask("echo")["pid"]
    with pytest.raises(WorkerError, match=r"no answer within 0\.2 s"):
        odd_worker.ask("sleep", timeout_s=0.2)
    assert not psutil.pid_exists(pid)
    assert odd_worker.ask("echo")["pid"] != pid


def test_one_that_cannot_start_is_explained(tmp_path):
    with pytest.raises(WorkerError, match="died twice"):
        Worker(module="no_such_module_anywhere", log_dir=tmp_path).ask("ping")
    assert "no_such_module_anywhere" in worker_log(tmp_path).read_text()


def test_no_log_is_no_obstacle(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
    (tmp_path / "file").touch()
    odd = Worker(module="odd_worker", log_dir=tmp_path / "file")
    assert odd.ask("echo", word=1)["word"] == 1
    odd.close()


def test_the_log_is_bounded(odd_worker, tmp_path):
    for _ in range(5):
        odd_worker.ask("noise", size=client.LOG_LIMIT_BYTES)
    assert worker_log(tmp_path).stat().st_size <= 2 * client.LOG_LIMIT_BYTES + 1


def test_not_a_number_and_arrays_travel(odd_worker):
    sent = np.array([[1.5, np.nan], [np.inf, 0]], dtype=np.float32)
    answer = odd_worker.ask("echo", sent=sent, number=float("nan"), text="ü\n", words=np.array(["a", "b"]))
    assert answer["sent"].dtype == np.float32
    assert np.array_equal(answer["sent"], sent, equal_nan=True)
    assert np.isnan(answer["number"])
    assert (answer["text"], answer["words"]) == ("ü\n", ["a", "b"])


def test_threads_get_their_own_answers(odd_worker):
    wrong = []

    def ask(number):
        for i in range(50):
            if odd_worker.ask("echo", number=number, i=i)["number"] != number:
                wrong.append((number, i))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_progress_is_told_in_the_asking_thread(odd_worker, monkeypatch):
    monkeypatch.setattr(client, "TICK_S", 0.001)  # no start is so quick that nothing is said of it
    heard, threads = [], set()

    def progress(*told):
        heard.append(told)
        threads.add(threading.get_ident())

    odd_worker.ask("tell", progress=progress)
    assert ("telling", 2, 3) in heard
    assert heard[0][0] == "starting the worker"
    assert threads == {threading.get_ident()}


def test_who_waits_is_told_so_several_times_a_second(odd_worker):
    odd_worker.ask("echo")
    heard = []

    def progress(*told):
        heard.append(told)
        if len(heard) == 5:
            raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        odd_worker.ask("sleep", progress=progress)
    assert heard == [("waiting", 0, 0)] * 5
    assert time.monotonic() - started < 2


def test_a_newer_question_of_a_session_replaces_the_older(odd_worker):
    odd_worker.ask("echo")
    caught = []

    def older():
        try:
            odd_worker.ask("sleep", session="a")
        except WorkerError as error:
            caught.append(error)

    thread = threading.Thread(target=older)
    thread.start()
    time.sleep(0.3)
    with pytest.raises(WorkerError, match="no answer within"):
        odd_worker.ask("sleep", session="a", timeout_s=0.2)
    thread.join(5)
    assert [type(error) for error in caught] == [Superseded]
    assert odd_worker.ask("echo", session="a", word=1)["word"] == 1


def test_one_that_dies_answers_everybody_after_its_restart(odd_worker, tmp_path):
    odd_worker.ask("echo")
    answers = []
    asks = [("die_once", {"mark": str(tmp_path / "mark")}), *(("echo", {"number": number}) for number in range(5))]
    threads = [
        threading.Thread(target=lambda task=task, given=given: answers.append(odd_worker.ask(task, **given)))
        for task, given in asks
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == 6


SERVER = """
import os, signal, sys
from dbl_core.worker import client
client.warm_up()
print(client.ask("cell_table", loss={"name": "db"})["groups"][0]["group"], client._WORKER.pid, flush=True)
assert "torch" not in sys.modules
if sys.argv[1] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("end", ["returns", "killed"])
def test_a_server_has_no_torch_and_takes_the_worker_with_it(tmp_path, end):
    environment = os.environ | {"DBL_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    arguments = [sys.executable, "-W", "error", "-c", SERVER, end]
    server = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    assert server.returncode == (0 if end == "returns" else -signal.SIGKILL), server.stderr
    assert server.stderr == ""
    group, pid = server.stdout.split()
    assert group == "head"
    deadline = time.monotonic() + 10
    while psutil.pid_exists(int(pid)) and psutil.Process(int(pid)).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the worker outlived its server"
        time.sleep(0.05)
