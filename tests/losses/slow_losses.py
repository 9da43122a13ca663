"""The losses once more, cell by cell in plain Python floats, straight from the formulas of the papers."""

from math import exp, log, log1p

import numpy as np


def zeta(x: float) -> float:
    return x + log1p(exp(-x)) if x > 0 else log1p(exp(x))


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x)) if x > 0 else exp(x) / (1 + exp(x))


def slow_values(name: str, logits, targets, *, counts, n_samples: int, options: dict) -> np.ndarray:
    """The loss of every unit for hard targets, in float64: cells (n, C), images (n,) or the batch ()."""
    import slow_other_losses as others  # it needs this module in turn

    given = {"counts": counts, "n_samples": n_samples, "options": options}
    rows, labels = np.asarray(logits, float).tolist(), np.asarray(targets).tolist()
    if name == "zlpr":
        return np.array([others.zlpr(row, label) for row, label in zip(rows, labels, strict=True)])
    if name == "two_way":
        return np.array(others.two_way(rows, labels, options["t_pos"], options["t_neg"]))
    if name not in others.CELLS:
        return slow_cells(name, logits, targets, **given)
    counts = [float(n) for n in counts]
    pairs = [[others.CELLS[name](z, i, options, counts, n_samples) for i, z in enumerate(row)] for row in rows]
    return np.array([[pair[not y] for pair, y in zip(*row, strict=True)] for row in zip(pairs, labels, strict=True)])


def cell_weight(name: str, row: list, i: int, counts: list, n_samples: int, o: dict) -> float:
    if name == "weighted_bce":
        return (n_samples / counts[i]) ** o["power"]
    if name in ("cb_focal", "cb_ntr"):
        of_class = [(1 - o["beta"]) / (1 - o["beta"] ** n) for n in counts]
        if o["mode"] == "by_class":
            return of_class[i]
        carried = [of_class[j] for j in range(len(row)) if row[j]]
        return sum(carried) / len(carried)
    if name in ("r_bce", "r_bce_focal", "db", "db_focal"):
        drawn = sum(1 / counts[j] for j in range(len(row)) if row[j])
        if drawn == 0:
            return o["alpha"] + 1
        return o["alpha"] + sigmoid(o["beta"] * (1 / counts[i] / drawn - o["mu"]))
    return 1.0


def slow_cells(name: str, logits, targets, *, counts, n_samples: int, options: dict) -> np.ndarray:
    """The loss of every cell for hard targets, in float64."""
    logits, targets = np.asarray(logits, float), np.asarray(targets)
    counts = [float(n) for n in counts]
    cells = np.empty_like(logits)
    for k, row in enumerate(targets.tolist()):
        for i, positive in enumerate(row):
            lam = options.get("lam", 1.0)
            nu = 0.0
            if "kappa" in options:
                p = counts[i] / n_samples
                nu = options["kappa"] * log(1 / p - 1) / (lam if options["bias"] == "official" else 1)
            u = logits[k, i] - nu if positive else -lam * (logits[k, i] - nu)  # the logit of p_t
            value = zeta(-u) / (1 if positive else lam)
            if "gamma" in options:
                value *= options["focal_scale"] * sigmoid(-u) ** options["gamma"]
            cells[k, i] = value * cell_weight(name, row, i, counts, n_samples, options)
    return cells


def slow_gradient(name: str, logits, targets, *, step: float = 1e-5, **given) -> np.ndarray:
    """The gradient of the mean, by differences of fourth order.

    A cell of a sum of cells depends on its own logit alone, so all logits move at once; otherwise one by one.
    """
    logits = np.asarray(logits, float)

    def slope(direction: np.ndarray) -> np.ndarray:
        values = {
            k: slow_values(name, logits + k * step * direction, targets, **given).astype(np.longdouble)
            for k in (-2, -1, 1, 2)
        }
        return (8 * (values[1] - values[-1]) - (values[2] - values[-2])) / (12 * step)

    if name not in ("zlpr", "two_way"):
        slopes = slope(np.ones_like(logits))
        return (slopes / slopes.size).astype(float)
    gradient = np.empty_like(logits)
    for place in np.ndindex(logits.shape):
        direction = np.zeros_like(logits)
        direction[place] = 1
        gradient[place] = slope(direction).mean()
    return gradient
