"""How fast the losses are, as ratios against plain binary cross-entropy, measured in the same run on two threads.

    python benchmarks/losses.py [loss ...]

- Forward and backward of ``db_focal`` (or of the losses named) against ``binary_cross_entropy_with_logits``: at most
  2.0 times at 32 x 20 and 32 x 80, at most 1.6 times at 512 x 80 and 512 x 1,203. The exit code says whether it holds.
- Beside it, the same formula differentiated step by step, and timm's ``DistributionBalancedLoss``.
- A stack of 64 batches with 64 settings against 64 losses one after the other.

Rivals take turns call by call. The first number of a line compares the fastest tenth of the calls of each, where what
is left is the work and not the neighbours; it decides. The median of the ratios turn by turn stands beside it, and the
two part on a busy machine: with both cores taken, BCE waits for its second thread even for 640 cells.
"""

import importlib.util
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from statistics import median

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid, softplus

from dbl_core.losses import LOSSES, build_loss
from dbl_core.losses.stack import build_stack

BARS = {(32, 20): 2.0, (32, 80): 2.0, (512, 80): 1.6, (512, 1203): 1.6}
SECONDS_A_CASE, WARM_UP = 3.0, 20
N_SAMPLES, N_STACK = 5_000, 64
Step = Callable[[torch.Tensor], torch.Tensor]


def case(*shape: int) -> tuple[torch.Tensor, torch.Tensor, list[int]]:
    """Logits, hard targets with shares from 0.3 down to 0.005, and the counts of a training set like that."""
    torch.manual_seed(0)
    shares = torch.logspace(-0.5, -2.3, shape[-1])
    return torch.randn(shape), (torch.rand(shape) < shares).float(), (N_SAMPLES * shares).long().clamp(min=1).tolist()


def plain(counts: list[int]) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """``db_focal`` with its defaults as one writes it down, for automatic differentiation."""
    n = torch.tensor(counts, dtype=torch.float32)
    alpha, beta, mu, lam, kappa, _, gamma, scale = LOSSES["db_focal"].defaults.values()
    nu = kappa * torch.log(N_SAMPLES / n - 1) / lam

    def loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        ratio = 1 / n / (targets / n).sum(-1, keepdim=True).clamp(min=1e-30)
        weight = alpha + torch.sigmoid(beta * (ratio - mu))
        x = logits - nu
        positive = softplus(-x) * scale * torch.exp(gamma * logsigmoid(-x))
        negative = softplus(lam * x) / lam * scale * torch.exp(gamma * logsigmoid(lam * x))
        return (weight * (targets * positive + (1 - targets) * negative)).mean()

    return loss


def timm(counts: list[int]) -> torch.nn.Module:
    """Timm's loss under the same setting, from its file: all of timm would need a torchvision that fits torch."""
    folder = importlib.util.find_spec("timm").submodule_search_locations[0]
    spec = importlib.util.spec_from_file_location("timm_loss", Path(folder) / "loss" / "distribution_balanced_loss.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    given = LOSSES["db_focal"].defaults
    names = {"map_alpha": "alpha", "map_beta": "beta", "map_mu": "mu", "neg_scale": "lam", "init_bias": "kappa"}
    names |= {"focal_gamma": "gamma", "focal_balance": "focal_scale"}
    options = {theirs: given[ours] for theirs, ours in names.items()}
    return module.DistributionBalancedLoss(counts, N_SAMPLES, **options)


def turns(logits: torch.Tensor, steps: dict[str, Step]) -> dict[str, list[float]]:
    """Seconds of forward and backward of every step, in turns, for a few seconds."""
    logits = logits.requires_grad_()
    times = {name: [] for name in steps}
    ends = time.perf_counter() + SECONDS_A_CASE
    turn = 0
    while turn < 2 * WARM_UP or time.perf_counter() < ends:
        for name, step in steps.items():
            logits.grad = None
            started = time.perf_counter()
            step(logits).backward()
            times[name].append(time.perf_counter() - started)
        turn += 1
    return {name: values[WARM_UP:] for name, values in times.items()}


def fast(times: list[float]) -> float:
    """The slowest of the fastest tenth."""
    return sorted(times)[len(times) // 10]


def in_turn(times: dict[str, list[float]], name: str, rival: str) -> float:
    """The median of the ratios turn by turn."""
    return median(mine / theirs for mine, theirs in zip(times[name], times[rival], strict=True))


def compare(shape: tuple[int, int], names: list[str]) -> bool:
    """Print a line for every loss and rival; return whether the losses hold their bar."""
    logits, targets, counts = case(*shape)
    losses = {name: build_loss(name, label_counts=counts, n_samples=N_SAMPLES) for name in names}
    losses |= {"step by step": plain(counts), "timm": timm(counts)}
    steps: dict[str, Step] = {"BCE": lambda z: binary_cross_entropy_with_logits(z, targets)}
    steps |= {name: lambda z, loss=loss: loss(z, targets) for name, loss in losses.items()}
    times = turns(logits, steps)
    held = True
    for name in losses:
        ours, theirs = fast(times[name]), fast(times["BCE"])
        held &= name not in names or ours / theirs <= BARS[shape]
        bar = f", at most {BARS[shape]}" if name in names else ""
        took = f"{1e6 * ours:.0f} us against {1e6 * theirs:.0f} us (in turn {in_turn(times, name, 'BCE'):.2f}){bar}"
        print(f"{ours / theirs:6.2f} x BCE   {shape[0]} x {shape[1]:<5} {name:14} {took}", flush=True)
    return held


def compare_stack() -> None:
    """Print what a stack of heads with different mu costs against the heads one after the other."""
    logits, targets, counts = case(N_STACK, 32, 20)
    settings = [{"mu": 0.02 * k} for k in range(N_STACK)]
    data = {"label_counts": counts, "n_samples": N_SAMPLES}
    stack = build_stack("db_focal", settings, **data)
    alone = [build_loss("db_focal", **data, **setting) for setting in settings]
    steps = {
        "stack": lambda z: stack.batch_means(z, targets).sum(),
        "one by one": lambda z: sum(loss(*pair) for loss, *pair in zip(alone, z, targets, strict=True)),
    }
    times = turns(logits, steps)
    ours, theirs = fast(times["stack"]), fast(times["one by one"])
    took = f"{1e3 * ours:.2f} ms against {1e3 * theirs:.2f} ms one by one"
    print(f"{theirs / ours:6.1f} x       {N_STACK} settings of db_focal as one stack, 32 x 20: {took}")


def main(names: list[str]) -> int:
    """Measure and print; 0 when every bar holds."""
    torch.set_num_threads(2)
    results = [compare(shape, names or ["db_focal"]) for shape in BARS]
    compare_stack()
    print("Every bar holds." if all(results) else "A bar does not hold.")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
