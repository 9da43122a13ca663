"""The Distribution-Balanced family term by term, for automatic differentiation: what the fused form must equal."""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

FAMILY = ("bce", "weighted_bce", "focal", "cb_focal", "r_bce", "r_bce_focal", "ntr", "ntr_focal", "db", "db_focal")


def plain_weight(name: str, targets: Tensor, counts: Tensor, n_samples: int, o: dict) -> Tensor:
    n = counts.clamp(min=1)
    if name == "weighted_bce":
        return (n_samples / n) ** o["power"]
    if name == "cb_focal":
        of_class = (1 - o["beta"]) / (1 - o["beta"] ** n)
        if o["mode"] == "by_class":
            return of_class
        carried = targets.sum(-1, keepdim=True)
        mean = (targets * of_class).sum(-1, keepdim=True) / carried
        return torch.where(carried > 0, mean, of_class.mean())
    if "mu" in o:
        share = (targets / n).sum(-1, keepdim=True).clamp(min=1e-30)
        return o["alpha"] + torch.sigmoid(o["beta"] * (1 / n / share - o["mu"]))
    return torch.ones(())


def plain_cells(name: str, logits: Tensor, targets: Tensor, *, counts: list, n_samples: int, options: dict) -> Tensor:
    """The loss of every cell in float64; both sides of every cell are computed."""
    o = options
    counts, z, y = torch.tensor(counts, dtype=torch.float64), logits.double(), targets.double()
    lam, x = o.get("lam", 1.0), z
    if "kappa" in o:
        n = counts.clamp(1, n_samples - 1)
        x = z - o["kappa"] * torch.log((n_samples - n) / n) / (lam if o["bias"] == "official" else 1)
    positive, negative = -logsigmoid(x), -logsigmoid(-lam * x) / lam
    if "gamma" in o:
        # 1 - p_t as exp(log p_t - logit of p_t), whose power has no pole in its derivative
        positive = positive * o["focal_scale"] * torch.exp(o["gamma"] * (logsigmoid(x) - x))
        negative = negative * o["focal_scale"] * torch.exp(o["gamma"] * (logsigmoid(-lam * x) + lam * x))
    return plain_weight(name, y, counts, n_samples, o) * (y * positive + (1 - y) * negative)
