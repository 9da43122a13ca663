"""How fast heads are trained live, as ratios measured in the same run.

    python benchmarks/heads.py [--quick]

- 64 heads, an 8 x 8 sweep of mu and lambda, at once against one by one (by ``Trainer`` on 4 of them, without its
  evaluation after every epoch); 480 steps of batch 32 each. One after the other through ``train_heads`` too.
- The table of the paper: ten methods x 5 seeds, 480 steps each and the paper's 8 epochs.
- Through the real worker: one slider that moves, ten sessions that move theirs at once, a question about a loss while
  64 heads train, and what the worker takes in memory after all that.

Everything is measured on the drawn VOC-MLT set: 1,142 training and 2,500 test images, 20 labels, 320 features.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import product
from pathlib import Path

import numpy as np
import psutil
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dbl_core.config import LossConfig, RunConfig, TrainConfig
from dbl_core.datasets import load_dataset
from dbl_core.errors import Superseded
from dbl_core.losses import build_loss
from dbl_core.methods import METHODS
from dbl_core.runs.paths import DEFAULT_CACHE_DIR
from dbl_core.train import loop
from dbl_core.train.data import TrainingData, load_training_data
from dbl_core.train.device import head_threads
from dbl_core.train.heads import train_heads
from dbl_core.train.model import build_model
from dbl_core.worker.client import Worker

CPU = torch.device("cpu")
STEPS, SEEDS, SIDE, SESSIONS, MOVES = 480, 5, 8, 10, 4
TIMED_ALONE = 4


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the steps: does it run at all?")
    steps = STEPS // 10 if parser.parse_args().quick else STEPS
    torch.set_num_threads(1)
    data = load_training_data(
        load_dataset(), "head", CPU, cache_dir=DEFAULT_CACHE_DIR, progress=lambda what, done, total: None
    )
    print(f"{head_threads()} bundles side by side, {psutil.getloadavg()[0]:.1f} processes wanted to run before")
    many_heads(data, steps)
    table_of_the_paper(data, steps)
    with tempfile.TemporaryDirectory() as folder:
        worker = Worker(log_dir=Path(folder))
        try:
            through_the_worker(worker, steps)
        finally:
            worker.close()


def sweep(steps: int) -> list[RunConfig]:
    """8 x 8 settings of DB-Focal."""
    points = product(np.linspace(0.1, 0.8, SIDE), np.linspace(1, 8, SIDE))
    return [setting(steps, options={"mu": float(mu), "lam": float(lam)}) for mu, lam in points]


def setting(steps: int, *, seed: int = 0, options: dict[str, float] | None = None) -> RunConfig:
    """DB-Focal with some options."""
    return RunConfig(loss=LossConfig(options=options or {}), train=TrainConfig(max_steps=steps, seed=seed))


def seconds(call: Callable[[], object]) -> float:
    """How long a call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def many_heads(data: TrainingData, steps: int) -> None:
    """All points of a sweep at once against one by one."""
    configs = sweep(steps)
    together = seconds(lambda: train_heads(configs, data, evaluate="end", threads=head_threads()))
    alone = seconds(lambda: [train_heads([config], data, evaluate="end") for config in configs[:TIMED_ALONE]])
    loops = seconds(lambda: [trainer_steps(config, data) for config in configs[:TIMED_ALONE]])
    for rival, taken in (("train_heads one by one", alone), ("Trainer one by one", loops)):
        whole = taken * len(configs) / TIMED_ALONE
        print(
            f"{whole / together:6.1f} x   {len(configs)} heads, {steps} steps: {together:.1f} s at once against"
            f" {whole:.1f} s of {rival} ({TIMED_ALONE} timed)"
        )
    for evaluate in ("end", "epochs"):
        one = min(seconds(lambda e=evaluate: train_heads(configs[:1], data, evaluate=e)) for _ in range(3))
        print(f"{one:6.2f} s   one head, {steps} steps, scored after its {'end' if evaluate == 'end' else 'epochs'}")


def trainer_steps(config: RunConfig, data: TrainingData) -> None:
    """The steps of the run of the page Train, without its scores and cells after every epoch."""
    counts, n_samples = data.label_counts, len(data.train_labels)
    loss = build_loss(config.loss.name, label_counts=counts, n_samples=n_samples, **config.loss.options)
    trainer = loop.Trainer(build_model(config.train, data), loss, data=data, config=config.train, device=CPU)
    trainer.score = lambda **_: {}  # a head of the stack is not scored after every epoch either
    for _ in trainer.epochs():
        pass


def table_of_the_paper(data: TrainingData, steps: int) -> None:
    """Ten methods x 5 seeds."""
    for title, most in ((f"{steps} steps", steps), ("8 epochs", None if steps == STEPS else steps)):
        configs = [
            RunConfig(loss=method.loss_config, train=TrainConfig(sampler=method.sampler, max_steps=most, seed=seed))
            for method in METHODS
            for seed in range(SEEDS)
        ]
        taken = seconds(lambda c=configs: train_heads(c, data, evaluate="end", threads=head_threads()))
        print(f"{taken:6.1f} s   {len(METHODS)} methods x {SEEDS} seeds, {title}")


def through_the_worker(worker: Worker, steps: int) -> None:
    """What the page Playground feels."""
    first = seconds(lambda: ask(worker, setting(steps, seed=99)))
    moves = [seconds(lambda s=seed: ask(worker, setting(steps, seed=s))) for seed in range(100, 105)]
    print(
        f"{np.median(moves):6.2f} s   a slider moves (median of {len(moves)}; the first, with everything, {first:.1f})"
    )
    known = seconds(lambda: ask(worker, setting(steps, seed=100)))
    print(f"{known:6.2f} s   it moves back")
    waits = ten_sessions(worker, steps)
    print(
        f"{np.median(waits):6.2f} s   median of the last answers of {SESSIONS} sessions that move at once"
        f" ({MOVES} moves each), the longest {max(waits):.2f} s"
    )
    curves = loss_questions(worker, steps)
    print(f"{max(curves):6.2f} s   longest of {len(curves)} questions about a loss while {SIDE * SIDE} heads train")
    memory = psutil.Process(worker.pid).memory_info().rss / 2**20
    print(f"{memory:6.0f} MiB memory of the worker at the end")


def ask(worker: Worker, *configs: RunConfig, evaluate: str = "epochs", session: str | None = None) -> None:
    """A question of the page."""
    runs = [config.model_dump(mode="json") for config in configs]
    worker.ask("train_heads", runs=runs, evaluate=evaluate, session=session, timeout_s=600)


def ten_sessions(worker: Worker, steps: int) -> list[float]:
    """Every session moves its slider a few times, 0.3 s apart; how long the last move of each waits."""
    waits = [0.0] * SESSIONS

    def slide(session: int) -> None:
        threads = []
        for move in range(MOVES):
            config = setting(steps, seed=session, options={"mu": 0.1 + 0.01 * (move + MOVES * session)})
            threads.append(threading.Thread(target=quietly, args=(config, session)))
            threads[-1].start()
            moved = time.perf_counter()
            time.sleep(0.3)
        for thread in threads:
            thread.join()
        waits[session] = time.perf_counter() - moved

    def quietly(config: RunConfig, session: int) -> None:
        with suppress(Superseded):
            ask(worker, config, session=str(session))

    sessions = [threading.Thread(target=slide, args=(session,)) for session in range(SESSIONS)]
    for session in sessions:
        session.start()
    for session in sessions:
        session.join()
    return waits


def loss_questions(worker: Worker, steps: int) -> list[float]:
    """Ask about a loss again and again while a sweep trains."""
    training = threading.Thread(target=ask, args=(worker, *sweep(steps)), kwargs={"evaluate": "end"})
    training.start()
    waits = []
    while training.is_alive():
        question = {"label_counts": [300, 20], "n_samples": 500, "contexts": [{"label": 0}, {"label": 1}]}
        loss = {"name": "db_focal", "options": {"mu": 0.1 + 0.001 * len(waits)}}
        waits.append(seconds(lambda loss=loss, question=question: worker.ask("loss_curves", loss=loss, **question)))
        time.sleep(0.1)
    return waits


if __name__ == "__main__":
    main()
