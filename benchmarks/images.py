"""How fast backbones learn from images, as ratios measured in the same run on the same device.

    python benchmarks/images.py [--device auto] [--backbone NAME ...] [--images 1142] [--seconds 10]
                                [--recipe] [--compile] [--profile]

Three rivals train the same network on batches of 32, in turns, and the fastest turn of each counts:

- the ceiling: forward, backward and step on random numbers that lie on the device already. On a GPU its kernels are
  launched one by one, as a plain loop launches them; a second ceiling replays their recording, as the lab does;
- the lab: ``Trainer``, which draws, gathers, augments and trains; without its evaluation;
- a plain loop around ``torch.utils.data.DataLoader``, a worker a core, with the same augmentation by torchvision,
  image by image.

Aims: at least 90 % of the ceiling on a CPU and 85 % on a GPU; evaluation under 10 % of a run of the recipe, 8 epochs of
3,875 images on 1,142 training images and as many test images as VOC 2007 has, 4,952. The share is worked out from what
its parts take; ``--recipe`` runs all of it, with ResNet-50 unless a backbone is named, and prints the seconds.

The images are random numbers, so nothing is downloaded. ``--profile`` adds the top of torch's profile of the lab's
steps, and how often they waited for the GPU or copied something to it.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from plain_loader import batches_of, endless, workers
from torch.nn.functional import binary_cross_entropy_with_logits

from dbl_core.config import TrainConfig
from dbl_core.losses import build_loss
from dbl_core.models.catalog import BACKBONES
from dbl_core.train.captured import forward_of
from dbl_core.train.data import TrainingData
from dbl_core.train.device import describe_device, half_precision, resolve_device
from dbl_core.train.loop import Trainer, make_optimizer
from dbl_core.train.model import build_model
from dbl_core.train.pretrained import BackboneChoice

BATCH, EPOCHS, EPOCH_IMAGES = 32, 8, 3_875
N_LABELS, MOST, FEWEST = 20, 775, 4
TEST_IMAGES = 4_952
FEWEST_TURNS = 3
WARM_UP = {"cpu": 2, "cuda": 20}  # steps
TURN_SECONDS = {"cpu": 0.5, "cuda": 2.0}  # a short turn now and then has a busy machine for itself
AIM = {"cpu": 0.90, "cuda": 0.85}
Steps = Callable[[int], None]


def main() -> None:
    """Measure and print."""
    args = parse()
    device = resolve_device(args.device)
    print(
        f"{describe_device(device)}, torch {torch.__version__}, {os.getloadavg()[0]:.1f} processes wanted to run before"
    )
    for name in args.backbone or (["resnet50"] if args.recipe else ["picto", "resnet18", "resnet50"]):
        case = Case(name, device, n_images=args.images, compiled=args.compile)
        if args.recipe:
            case.run_recipe()
            continue
        case.compare(args.seconds)
        case.price_of_evaluation()
        if args.profile:
            case.profile()


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda (default auto)")
    parser.add_argument("--backbone", nargs="+", choices=list(BACKBONES), metavar="NAME", help=", ".join(BACKBONES))
    parser.add_argument("--images", type=int, default=1_142, help="training images (default 1142)")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each rival (default 10)")
    parser.add_argument("--recipe", action="store_true", help="run the whole recipe instead, and time it")
    parser.add_argument("--compile", action="store_true", help="compile the network, of the lab and of the ceiling")
    parser.add_argument("--profile", action="store_true", help="print where the steps of the lab spend their time")
    args = parser.parse_args()
    if args.images < MOST:
        parser.error(f"--images {args.images}: the most frequent label alone is on {MOST}; give as many or more")
    return args


def random_data(backbone: str, side: int, n_train: int, n_test: int) -> TrainingData:
    """Images of noise; labels whose counts fall from 775 to 4, as those of VOC-MLT."""
    rng = np.random.default_rng(0)
    labels = np.zeros((n_train, N_LABELS), dtype=bool)
    for label, count in enumerate(np.geomspace(MOST, FEWEST, N_LABELS).round().astype(int)):
        labels[rng.choice(n_train, count, replace=False), label] = True
    images = [torch.from_numpy(rng.integers(0, 256, (n, side, side, 3), dtype=np.uint8)) for n in (n_train, n_test)]
    choice = BackboneChoice(backbone, pretrained=False)
    return TrainingData(images[0], labels, images[1], rng.random((n_test, N_LABELS)) < 0.1, choice)


class Case:
    """One backbone on one device.

    Args:
        name: A key of ``BACKBONES``.
        device: Where everything is computed.
        n_images: Training images.
        compiled: Whether the network is compiled.
    """

    def __init__(self, name: str, device: torch.device, *, n_images: int, compiled: bool) -> None:
        self.name, self.device, self.side = name, device, BACKBONES[name].side
        self.config = TrainConfig(mode="scratch", backbone=name, epochs=EPOCHS, batch_size=BATCH, compile=compiled)
        self.data = random_data(name, self.side, n_images, TEST_IMAGES)
        self.rates: dict[str, float] = {}

    def trainer(self) -> Trainer:
        """The loop of the lab, at its start."""
        loss = build_loss("db_focal", label_counts=self.data.label_counts, n_samples=len(self.data.train_labels))
        model = build_model(self.config, self.data)
        return Trainer(model, loss, data=self.data, config=self.config, device=self.device)

    def compare(self, seconds: float) -> None:
        """Images a second of the three rivals, and their ratios."""
        rivals: dict[str, Steps] = {"ceiling": self.ceiling(), "lab": self.lab()}
        if self.device.type == "cuda":
            rivals["recorded"] = self.ceiling(recorded=True)
        rivals["DataLoader"] = self.data_loader()  # the last: its threads must not disturb what is recorded
        warm_up = WARM_UP[self.device.type]
        for train in rivals.values():
            train(warm_up)
        turn = TURN_SECONDS[self.device.type]
        steps = max(2, round(turn / self.seconds(rivals["ceiling"], warm_up) * warm_up))
        turns = max(FEWEST_TURNS, round(seconds / turn))
        for _ in range(turns):
            for rival, train in rivals.items():
                rate = BATCH * steps / self.seconds(train, steps)
                self.rates[rival] = max(rate, self.rates.get(rival, 0.0))
        lab, ceiling, plain = self.rates["lab"], self.rates["ceiling"], self.rates["DataLoader"]
        aim = AIM[self.device.type]
        print(
            f"{lab / ceiling:6.1%} of the ceiling ({'reached' if lab >= aim * ceiling else 'missed'}: {aim:.0%}),"
            f" {lab / plain:.2f} x a DataLoader   {self.name} at {self.side}: {lab:,.0f} images/s of {ceiling:,.0f},"
            f" DataLoader {plain:,.0f} ({workers()} workers); {turns} turns of {steps} steps of {BATCH}"
        )
        if "recorded" in self.rates:
            recorded = self.rates["recorded"]
            print(f"{lab / recorded:6.1%} of the ceiling of recorded kernels, {recorded:,.0f} images/s")

    def seconds(self, train: Steps, steps: int) -> float:
        """How long some steps take until the device has done them."""
        self.wait()
        started = time.perf_counter()
        train(steps)
        self.wait()
        return time.perf_counter() - started

    def wait(self) -> None:
        """Until the device has nothing left to do."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    def lab(self) -> Steps:
        """The steps of ``Trainer``."""
        trainer = self.trainer()
        rows = np.random.default_rng(1)

        def train(steps: int) -> None:
            drawn = rows.integers(0, len(self.data.train_labels), steps * BATCH)
            trainer._epoch(torch.from_numpy(drawn), lambda done, total: None)

        return train

    def ceiling(self, *, recorded: bool = False) -> Steps:
        """Forward, backward and step on one random batch."""
        step = self.bare_step(recorded=recorded)
        images = torch.rand(BATCH, 3, self.side, self.side, device=self.device)
        images = images.contiguous(memory_format=torch.channels_last)
        targets = (torch.rand(BATCH, N_LABELS, device=self.device) < 0.1).float()

        def train(steps: int) -> None:
            for _ in range(steps):
                step(images, targets)

        return train

    def data_loader(self) -> Steps:
        """A plain loop; the workers start with the first call and stay."""
        step, stream = self.bare_step(), endless(batches_of(self.data, BATCH, pinned=self.device.type == "cuda"))

        def train(steps: int) -> None:
            for _ in range(steps):
                images, targets = next(stream)
                images = images.to(self.device, non_blocking=True, memory_format=torch.channels_last)
                step(images, targets.to(self.device, non_blocking=True))

        return train

    def bare_step(self, *, recorded: bool = False) -> Callable[[torch.Tensor, torch.Tensor], None]:
        """Forward, backward and step of a network of its own, in the precision of the lab, with plain BCE."""
        model = build_model(self.config, self.data).to(self.device).train()
        optimizer = make_optimizer(model, self.config)
        called_by_the_lab = recorded or self.config.compile
        forward = forward_of(model, self.config, self.device, warn=print) if called_by_the_lab else model

        def step(images: torch.Tensor, targets: torch.Tensor) -> None:
            optimizer.zero_grad(set_to_none=True)
            with half_precision(self.device, images=True):
                logits = forward(images)
            binary_cross_entropy_with_logits(logits, targets).backward()
            optimizer.step()

        return step

    def price_of_evaluation(self) -> None:
        """The share of the recipe that its scores take, worked out from what one of each kind takes."""
        trainer = self.trainer()
        trainer.score(sample=True)
        sample = self.seconds(lambda _: trainer.score(sample=True), 1)
        whole = self.seconds(lambda _: trainer.score(), 1)
        scoring = (EPOCHS - 1) * sample + whole
        training = EPOCHS * EPOCH_IMAGES / self.rates["lab"]
        print(
            f"{scoring / (scoring + training):6.1%} of a run of {EPOCHS} x {EPOCH_IMAGES:,} images is evaluation"
            f"   {self.name} at {self.side}: {sample:.2f} s after an epoch, {whole:.2f} s after the last,"
            f" {training:.1f} s of steps"
        )

    def run_recipe(self) -> None:
        """The whole run as it is, with its scores."""
        started, trainer = time.perf_counter(), self.trainer()
        score, scoring = trainer.score, []

        def timed(**how: bool) -> dict:
            result: list[dict] = []
            scoring.append(self.seconds(lambda _: result.append(score(**how)), 1))
            return result[0]

        trainer.score = timed
        for _ in trainer.epochs():
            pass
        taken = time.perf_counter() - started
        print(
            f"{taken:6.1f} s   {EPOCHS} epochs of {EPOCH_IMAGES:,} images, {self.name} at {self.side}; evaluation"
            f" {sum(scoring) / taken:.1%} of it ({scoring[-1]:.2f} s after the last epoch)"
        )

    def profile(self) -> None:
        """Where the steps of the lab spend their time; how often they wait or copy."""
        on_gpu = self.device.type == "cuda"
        train, steps = self.lab(), 20 if on_gpu else 2
        train(WARM_UP[self.device.type])
        activities = [torch.profiler.ProfilerActivity.CPU]
        activities += [torch.profiler.ProfilerActivity.CUDA] if on_gpu else []
        with torch.profiler.profile(activities=activities) as profile:
            self.seconds(train, steps)
        events = profile.key_averages()
        order = "self_device_time_total" if on_gpu else "self_cpu_time_total"
        print(events.table(sort_by=order, row_limit=25, max_name_column_width=60))
        calls = {event.key: event.count for event in events if event.key.startswith("cuda")}
        print(f"calls of CUDA in {steps} steps and two waits of this script: {calls or 'none'}")


if __name__ == "__main__":
    main()
