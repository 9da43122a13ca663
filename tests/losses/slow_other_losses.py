"""The losses outside the Distribution-Balanced family, in plain Python floats, straight from the papers' formulas."""

from math import exp, log

from slow_losses import sigmoid, zeta

Row = list[float]


def asl_pair(z: float, gamma_pos: float, gamma_neg: float, clip: float) -> tuple[float, float]:
    """The loss of a cell as a positive and as a negative."""
    p = sigmoid(z)
    p_m = max(p - clip, 0.0)
    log_q_m = -zeta(z) if clip == 0 else log(1 - p_m)
    return (1 - p) ** gamma_pos * zeta(-z), p_m**gamma_neg * -log_q_m


def asl(z: float, i: int, o: dict, counts: Row, n_samples: int) -> tuple[float, float]:
    return asl_pair(z, o["gamma_pos"], o["gamma_neg"], o["clip"])


def hill(z: float, i: int, o: dict, counts: Row, n_samples: int) -> tuple[float, float]:
    p, p_m = sigmoid(z), sigmoid(z - o["margin"])
    return (1 - p_m) ** o["gamma"] * zeta(o["margin"] - z), (o["lam"] - p) * p * p


def ral(z: float, i: int, o: dict, counts: Row, n_samples: int) -> tuple[float, float]:
    p = sigmoid(z)
    q = sigmoid(-z)
    _, negative = asl_pair(z, 0.0, o["gamma_neg"], o["clip"])
    negative *= (o["lam"] - p) * p**2
    if o["hill_factor"] == "official":
        negative *= o["lam"] - min(1 - p + o["clip"], 1.0)
    return q ** o["gamma_pos"] * (zeta(-z) - o["epsilon_1"] * q - o["epsilon_2"] * q**2 / 2), negative


def mfm(z: float, i: int, o: dict, counts: Row, n_samples: int) -> tuple[float, float]:
    h = (1 - log(counts[i] / max(counts))) ** o["power"]
    pair = asl_pair(z, o["gamma_pos"] + o["tail_pos"] * h, o["gamma_neg"] + o["tail_neg"] * h, o["clip"])
    weight = h if o["weighting"] == "official" else 1.0
    return weight * pair[0], weight * pair[1]


def poly(z: float, i: int, o: dict, counts: Row, n_samples: int) -> tuple[float, float]:
    def of(u: float) -> float:  # u is the logit of p_t
        wrong = sigmoid(-u)
        return wrong ** o["gamma"] * zeta(-u) + o["epsilon"] * wrong ** (o["gamma"] + 1)

    return of(z), of(-z)


def ldam(z: float, i: int, o: dict, counts: Row, n_samples: int) -> tuple[float, float]:
    margin = o["max_margin"] * (counts[i] / min(counts)) ** (-1 / 4)
    return zeta(-(z - margin)), zeta(z)


def logit_adjust(z: float, i: int, o: dict, counts: Row, n_samples: int) -> tuple[float, float]:
    p = counts[i] / n_samples
    adjusted = z + o["tau"] * log(p / (1 - p))
    return zeta(-adjusted), zeta(adjusted)


CELLS = {"asl": asl, "hill": hill, "ral": ral, "mfm": mfm, "poly": poly, "ldam": ldam, "logit_adjust": logit_adjust}


def zlpr(logits: Row, targets: Row) -> float:
    negatives = sum(exp(z) for z, y in zip(logits, targets, strict=True) if not y)
    positives = sum(exp(-z) for z, y in zip(logits, targets, strict=True) if y)
    return log(1 + negatives) + log(1 + positives)


def two_way(logits: list[Row], targets: list[Row], t_pos: float, t_neg: float) -> float:
    """The mean over images with a positive, plus the mean over classes with one; a loop over each."""
    total = 0.0
    columns, column_labels = list(zip(*logits, strict=True)), list(zip(*targets, strict=True))
    for lines, labels_of_lines in ((logits, targets), (columns, column_labels)):
        losses = []
        for line, labels in zip(lines, labels_of_lines, strict=True):
            pairs = list(zip(line, labels, strict=True))
            if not any(labels):
                continue
            if all(labels):
                losses.append(0.0)
                continue
            hard_negative = t_neg * log(sum(exp(z / t_neg) for z, y in pairs if not y))
            hard_positive = t_pos * log(sum(exp(-z / t_pos) for z, y in pairs if y))
            losses.append(zeta(hard_negative + hard_positive))
        total += sum(losses) / len(losses) if losses else 0.0
    return total
