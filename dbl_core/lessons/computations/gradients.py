"""How positives and negatives pull on a label, as the loss that trains computes it."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from dbl_core.config import LossConfig
from dbl_core.lessons.answer import Answer, Line, Lines, Quantity
from dbl_core.lessons.computations.counts import of_labels
from dbl_core.lessons.computations.registry import computation
from dbl_core.lessons.lab import Lab, column_of, train_labels

Loss = Literal["bce", "r_bce", "ntr", "db"]


@computation
def positive_share(lab: Lab, *, label: str = "rarest", loss: Loss = "bce") -> Answer:
    """How much of the whole pull on a label comes from its positives, at logit 0, where training starts."""
    train_labels(lab)
    records = lab.cells(LossConfig(name=loss))["labels"]
    column = column_of(lab, label)
    shares = np.full(len(records), np.nan)
    for each in records:
        if each["positive_share"] is not None:
            shares[each["label"]] = 100 * each["positive_share"]
    chart = of_labels(lab, shares, "of the pull comes from positives (%)", "Share of the pull from positives by label")
    return Answer(
        {"share": Quantity(float(shares[column]), "%"), "negatives": Quantity(100 - float(shares[column]), "%")},
        chart=chart,
    )


@computation
def pull(
    lab: Lab,
    *,
    label: str = "rarest",
    side: Literal["positive", "negative"] = "negative",
    logit: Annotated[float, Field(ge=-8, le=8)] = -1.0,
    lam: Annotated[float, Field(ge=0.1, le=20)] = 5.0,
    kappa: Annotated[float, Field(ge=0, le=5)] = 0.05,
) -> Answer:
    """How strongly a cell pulls its logit under plain BCE and under negative-tolerant regularisation."""
    column = column_of(lab, label)
    losses = {"BCE": LossConfig(name="bce"), "NTR": LossConfig(name="ntr", options={"lam": lam, "kappa": kappa})}
    lines, values = [], {}
    for title, loss in losses.items():
        found = lab.curves(loss, column)
        curve = next(each for each in found["curves"] if each["side"] == side)
        size = np.abs(curve["gradient"])
        lines.append(Line(title, tuple(map(float, found["logits"])), tuple(map(float, 100 * size))))
        values[title.lower()] = Quantity(float(100 * np.interp(logit, found["logits"], size)), "%")
        values["nu"] = Quantity(float(curve["nu"]))
    ratio = values["bce"].value / max(values["ntr"].value, 1e-12)
    return Answer(
        {**values, "times": Quantity(ratio, "times")},
        chart=Lines(
            "logit z",
            "pull, size of the gradient (% of the largest of BCE)",
            tuple(lines),
            f"Pull of a {side} of the label against its logit, under BCE and NTR",
            mark=float(logit),
        ),
    )


@computation
def shift(lab: Lab, *, label: str = "rarest", kappa: Annotated[float, Field(ge=0, le=5)] = 0.05) -> Answer:
    """The shift nu of a label: by how much negative-tolerant regularisation moves its logit in training."""
    total, counts = lab.data.n_train, np.asarray(lab.data.label_counts)
    option = LossConfig(name="ntr", options={"kappa": kappa})
    lam = float(option.options["lam"])
    nu = lab.curves(option, column_of(lab, label))["curves"][0]["nu"]
    inside = (counts > 0) & (counts < total)
    bias = np.full(len(counts), np.nan)
    bias[inside] = kappa * np.log(total / counts[inside] - 1) / lam
    chart = of_labels(lab, bias, "shift nu (logits)", "Shift nu of every label")
    return Answer({"nu": Quantity(float(nu)), "lam": Quantity(lam)}, chart=chart)
