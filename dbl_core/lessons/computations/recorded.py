"""Results that take too long to train while somebody waits, read from what this repository recorded, and the paper's.

``data/lessons/recorded/README.md`` says how the records are made.
"""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np

from dbl_core.errors import DataError
from dbl_core.lessons.answer import Answer, Bar, Bars, Line, Lines, Quantity, Value
from dbl_core.lessons.computations.registry import computation
from dbl_core.lessons.computations.seed_pairs import seed_pairs
from dbl_core.lessons.lab import Lab
from dbl_core.longtail import GROUPS
from dbl_core.methods import published_rows
from dbl_core.metrics import REPORT_KEYS
from dbl_core.packaged import packaged_file

MODES = {"scratch": "from scratch", "head": "frozen features"}
RECORDS = ("scratch", "ratios", "logits")
Group = Literal["total", "head", "medium", "tail"]


@computation
def from_scratch(lab: Lab, *, group: Group = "total") -> Answer:
    """Recorded: methods trained from scratch beside the same methods on frozen pre-trained features."""
    record = read_record("scratch")
    found = _means(record, ("mode", "method"))
    methods = list(dict.fromkeys(run["method"] for run in record["runs"]))
    values: dict[str, Value] = {
        f"{mode}_{_word(method)}_{key}": Quantity(100 * found[mode, method][key], "%")
        for mode in MODES
        for method in methods
        for key in REPORT_KEYS
    }
    for mode in MODES:
        gain = seed_pairs(_gains(record, mode, group))
        values |= {
            f"{mode}_gain": Quantity(gain.mean, "points"),
            f"{mode}_low": Quantity(gain.low, "points"),
            f"{mode}_high": Quantity(gain.high, "points"),
        }
        values["verdict"] = gain.verdict if mode == "scratch" else values["verdict"]
    values["steps"] = Quantity(record["runs"][0]["steps"], "steps")
    bars = tuple(
        Bar(f"{method}, {MODES[mode]}", 100 * found[mode, method][group], group if group in GROUPS else "")
        for mode in MODES
        for method in methods
    )
    title = f"{group} mAP (%)"
    return Answer(values, chart=Bars(title, bars, f"{title} from scratch and on frozen features"), note=_note(record))


@computation
def by_ratio(lab: Lab) -> Answer:
    """Recorded: what class-aware sampling and DB-Focal add to plain BCE on training sets of several ratios."""
    record = read_record("ratios")
    found = _means(record, ("ratio", "method"))
    ratios = sorted({run["ratio"] for run in record["runs"]})
    values: dict[str, Value] = {}
    lines = []
    for method in ("RS", "DB-Focal"):
        gains = [100 * (found[ratio, method]["total"] - found[ratio, "BCE"]["total"]) for ratio in ratios]
        lines.append(Line(f"{method} minus BCE", tuple(map(float, ratios)), tuple(gains)))
        values |= {
            f"{_word(method)}_{ratio:g}": Quantity(gain, "points") for ratio, gain in zip(ratios, gains, strict=True)
        }
    chart = Lines(
        "imbalance ratio (largest over smallest)",
        "total mAP gained over BCE (points)",
        tuple(lines),
        "Gain of total mAP over BCE against the imbalance ratio of the training set",
        log_x=True,
    )
    return Answer(values, chart=chart, note=_note(record))


@computation
def logits(lab: Lab, *, group: Literal["head", "medium", "tail"] = "tail") -> Answer:
    """Recorded: where the logits of test images lie, under losses that differ in one term, uniform sampling."""
    record = read_record("logits")
    methods = list(dict.fromkeys(run["method"] for run in record["runs"]))
    values: dict[str, Value] = {}
    bars = []
    for side in ("positive", "negative"):
        for method in methods:
            cells = [
                each
                for run in record["runs"]
                if run["method"] == method
                for each in run["groups"]
                if (each["group"], each["side"]) == (group, side)
            ]
            low, _, middle, _, high = np.mean([each["quantiles"] for each in cells], axis=0)
            above = 100 * float(np.mean([each["above"] for each in cells]))
            values[f"{_word(method)}_{side}"] = Quantity(round(float(middle), 2))
            values[f"{_word(method)}_{side}_above"] = Quantity(above, "%")
            bars.append(Bar(method, float(middle), group, float(low), float(high), series=f"{side}s"))
    chart = Bars(
        "logit (median, with the middle 90 %)", tuple(bars), f"Logits of positives and negatives of {group} labels"
    )
    return Answer(values, chart=chart, note=_note(record))


@computation
def published(lab: Lab, *, data: Literal["VOC-MLT", "COCO-MLT"] = "VOC-MLT", group: Group = "total") -> Answer:
    """The paper's figures: what every step from BCE to DB-Focal added on photographs."""
    rows = published_rows()
    ladder = ("BCE", "RS", "R-BCE", "DB", "DB-Focal")
    found = {title: rows[title, data].map[group] for title in ladder}
    steps = {title: found[title] - found[before] for before, title in pairwise(ladder)}
    values: dict[str, Value] = {_word(title): Quantity(value, "%") for title, value in found.items()}
    values |= {f"{_word(title)}_gain": Quantity(round(gain, 2), "points") for title, gain in steps.items()}
    values["largest"] = _word(max(steps, key=steps.get))
    bars = tuple(Bar(title, value, group if group in GROUPS else "") for title, value in found.items())
    return Answer(
        values,
        chart=Bars(f"{group} mAP on {data} (%)", bars, f"Published mAP of the methods on {data}"),
        note=(
            "Figures of Wu et al., ECCV 2020, ResNet-50 on photographs; only DB-Focal was read in a public file, the "
            "others are recalled."
        ),
    )


def read_record(name: str) -> dict[str, Any]:
    """Return a record of ``data/lessons/recorded`` by its name.

    Raises:
        DataError: It is missing or damaged.
    """
    path = packaged_file(f"lessons/recorded/{name}.json")
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(path: Path, stamp: int) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["runs"] and record["made"] and record["seeds"]:
            return record
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DataError(
            f"{path} is damaged: restore it from the repository, or make it anew as its README says."
        ) from error
    raise DataError(f"{path} holds no runs: make it anew as its README says.")


def _means(record: dict[str, Any], keys: tuple[str, ...]) -> dict[tuple[Any, ...], dict[str, float]]:
    """Return the mean mAP over seeds by what distinguishes the runs."""
    groups: dict[tuple[Any, ...], list[dict[str, float | None]]] = {}
    for run in record["runs"]:
        known = {**run, "mode": run["config"]["train"]["mode"]}
        groups.setdefault(tuple(known[key] for key in keys), []).append(run["map"])
    return {
        name: {
            key: float(np.mean([np.nan if each[key] is None else each[key] for each in some])) for key in REPORT_KEYS
        }
        for name, some in groups.items()
    }


def _gains(record: dict[str, Any], mode: str, key: str) -> list[float]:
    """What class-aware sampling adds to plain BCE in points of mAP, one number a seed."""
    found = {
        method: {
            run["seed"]: run["map"][key]
            for run in record["runs"]
            if run["method"] == method and run["config"]["train"]["mode"] == mode
        }
        for method in ("BCE", "RS")
    }
    return [100 * (found["RS"][seed] - value) for seed, value in found["BCE"].items()]


def _word(title: str) -> str:
    return title.lower().replace("-", "_")


def _note(record: dict[str, Any]) -> str:
    seeds = ", ".join(map(str, record["seeds"]))
    return f"Recorded on {record['made']} by `{record['command']}`, {record['device']}, seeds {seeds}, on picto-voc."
