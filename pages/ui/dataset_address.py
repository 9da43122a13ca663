"""The data set choice as address parameters: what it writes, and what is made of any text that stands there.

What knows data sets is imported where it is used: the heading of a page is sent before it, see ``page.py``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dbl_core.config import DatasetConfig

DATASET_KEYS = ("data", "file", "images", "preset", "ratio", "profile", "max_count", "seed")
DATA_TITLES = {"picto-voc": "Drawn scenes", "voc": "PASCAL VOC", "coco": "COCO", "file": "Own data"}
"""The data sets that an address can name -> what a sentence calls them."""
RATIO_RANGE = (1.0, 200.0)
MAX_COUNT_RANGE = (1, 4000)
LARGE_RATIO_RANGE = (1.0, 1000.0)
LARGE_COUNT_RANGE = (1, 1_000_000)
SEED_RANGE = (0, 9999)
DEFAULT_RATIO = 100.0


def parse_dataset(query: Mapping[str, str]) -> DatasetConfig:
    """Read a data set choice from address parameters; what is unknown or out of range is made valid, never refused.

    A file of the user's own is named by its name; one that is not there gives a choice that cannot be loaded, and the
    page says so.
    """
    from dbl_core.config import BY_RATIO, DatasetConfig
    from dbl_core.datasets import DATASETS
    from dbl_core.longtail import PROFILES

    name = query.get("data", "picto-voc")
    name = name if name in DATA_TITLES else "picto-voc"
    presets = DATASETS[name].presets
    preset = query.get("preset") or (BY_RATIO if "ratio" in query else presets[0])
    if preset not in presets:
        preset = presets[0]
    places = _places(query) if name == "file" else {}
    if preset != BY_RATIO:
        return DatasetConfig(name=name, preset=preset, **places)
    profile = query.get("profile", "pareto")
    limit = number_in(query.get("max_count"), None, *count_range(name))
    return DatasetConfig(
        name=name,
        preset=preset,
        ratio=number_in(query.get("ratio"), DEFAULT_RATIO, *ratio_range(name)),
        profile=profile if profile in PROFILES else "pareto",
        max_count=None if limit is None else round(limit),
        seed=round(number_in(query.get("seed"), 0, *SEED_RANGE)),
        **places,
    )


def dataset_query(choice: DatasetConfig) -> dict[str, str]:
    """Return the address parameters of a data set choice: none for the paper's preset, else what is not the default."""
    from dbl_core.datasets import DATASETS, own_files

    query = {} if choice.name == "picto-voc" else {"data": choice.name}
    for key, path in (("file", choice.path), ("images", choice.images)):
        if own_files.name_of(path):
            query[key] = own_files.name_of(path)
    if choice.ratio is None:
        if choice.preset != DATASETS[choice.name].presets[0]:
            query["preset"] = choice.preset
        return query
    query["ratio"] = f"{choice.ratio:g}"
    if choice.profile != "pareto":
        query["profile"] = choice.profile
    if choice.max_count is not None:
        query["max_count"] = str(choice.max_count)
    if choice.seed:
        query["seed"] = str(choice.seed)
    return query


def ratio_range(name: str) -> tuple[float, float]:
    """Return the imbalance ratios that the form of a data set offers."""
    return RATIO_RANGE if name == "picto-voc" else LARGE_RATIO_RANGE


def count_range(name: str) -> tuple[int, int]:
    """Return the sizes of the largest class that the form of a data set offers."""
    return MAX_COUNT_RANGE if name == "picto-voc" else LARGE_COUNT_RANGE


def _places(query: Mapping[str, str]) -> dict[str, str]:
    """Return the paths that an address means; the folder of uploads itself where it names no file that could be."""
    from dbl_core.datasets import own_files

    places = {"path": str(own_files.uploads_dir())}
    for key, field in (("file", "path"), ("images", "images")):
        with suppress(ValueError):
            places[field] = str(own_files.resolve(query.get(key, "")))
    return places


def number_in(text: str | None, default: float | None, low: float, high: float) -> float | None:
    """Return the number in a text, moved into [low, high]; the default where it is no finite number."""
    try:
        value = float(text)
    except (TypeError, ValueError):
        return default
    return min(max(value, low), high) if math.isfinite(value) else default
