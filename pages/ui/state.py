"""The only reader and writer of the session and of the address bar.

Every choice is part of the page's address. The data set choice belongs to all pages: it stands in each page's address
(:func:`dataset_choice`, :func:`choose_dataset`) and :func:`link` carries it along. A choice of one page only is a
widget with ``bind="query-params"`` whose key is that page's alone (start it with the page's word, ``labels_order``).
Streamlit drops a bound parameter when the page changes, so :func:`link` brings back what the page had before. Opening
a page never changes its address: each change is a step of the browser's history, and Back must lead away.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import streamlit as st

from dbl_core.config import BY_RATIO, DatasetConfig
from dbl_core.datasets import DATASETS, own_files
from dbl_core.longtail import PROFILES

DATASET_KEYS = ("data", "file", "images", "preset", "ratio", "profile", "max_count", "seed")
CARRIED_KEYS = ("groups",)
"""What else belongs to all pages and goes along on links: the borders of head, medium and tail."""
DATA_NAMES = ("picto-voc", "voc", "coco", "file")
PRESETS = DATASETS["picto-voc"].presets
RATIO_RANGE = (1.0, 200.0)
MAX_COUNT_RANGE = (1, 4000)
LARGE_RATIO_RANGE = (1.0, 1000.0)
LARGE_COUNT_RANGE = (1, 1_000_000)
SEED_RANGE = (0, 9999)
DEFAULT_RATIO = 100.0

_VISITED = "_last_query_of_page"
_SESSION = "_session_id"


def dataset_choice() -> DatasetConfig:
    """Return the data set that this page's address names; the paper's preset where it names none.

    Values that cannot be read or lie outside the ranges of the form fall to their defaults or to the nearest end.
    """
    return parse_dataset(st.query_params.to_dict())


def choose_dataset(**changes: Any) -> None:
    """Change parts of the data set choice (keys of ``DATASET_KEYS``); call it from a widget's callback or a button."""
    unknown = changes.keys() - set(DATASET_KEYS)
    if unknown:
        raise ValueError(f"unknown data set option {sorted(unknown)}; allowed: {', '.join(DATASET_KEYS)}")
    choice = dataset_choice()
    query = {"preset": choice.preset, **dataset_query(choice)}
    if changes.get("data", choice.name) != choice.name:  # what another data set calls its training sets
        query = {key: query[key] for key in ("ratio", "profile", "seed") if key in query}
    query |= changes
    wanted = dataset_query(parse_dataset({key: str(value) for key, value in query.items() if value is not None}))
    for key in ("ratio", *DATASET_KEYS):  # without its ratio the rest says nothing: no step of the history shows a mix
        if key not in wanted:
            write_address(key, None)
    st.query_params.update({key: value for key, value in wanted.items() if st.query_params.get(key) != value})


def parse_dataset(query: Mapping[str, str]) -> DatasetConfig:
    """Read a data set choice from address parameters; what is unknown or out of range is made valid, never refused.

    A file of the user's own is named by its name; one that is not there gives a choice that cannot be loaded, and the
    page says so.
    """
    name = query.get("data", "picto-voc")
    name = name if name in DATA_NAMES else "picto-voc"
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
    places = {"path": str(own_files.uploads_dir())}
    for key, field in (("file", "path"), ("images", "images")):
        with suppress(ValueError):
            places[field] = str(own_files.resolve(query.get(key, "")))
    return places


def link(
    file: str, label: str, /, *, icon: str | None = None, help: str | None = None, **parameters: str | list[str]
) -> None:
    """Place a link to a page that keeps the data set and what the user had chosen there before.

    Args:
        file: the page's script, ``pages/2_Labels.py``.
        label: the text of the link.
        icon: a Material icon, ``:material/home:``.
        help: text shown on hovering.
        **parameters: address parameters of that page, over what it had before; ``file`` may be one of them.
    """
    visited = st.session_state.get(_VISITED, {}).get(file, {})
    query = {**visited, **dataset_query(dataset_choice()), **_carried(), **parameters}
    st.page_link(file, label=label, icon=icon, help=help, query_params=query)


def go_to(file: str, /, **parameters: str | list[str]) -> None:
    """Open another page with the same data set; what stands after the call is not run."""
    st.switch_page(file, query_params={**dataset_query(dataset_choice()), **_carried(), **parameters})


def _carried() -> dict[str, str]:
    return {key: st.query_params[key] for key in CARRIED_KEYS if key in st.query_params}


def remember_page(file: str) -> None:
    """Note what this page's address says, so that links to it can bring it back."""
    shared = (*DATASET_KEYS, *CARRIED_KEYS)
    query = {key: st.query_params.get_all(key) for key in st.query_params if key not in shared}
    st.session_state.setdefault(_VISITED, {})[file] = query


def seed_widget(key: str, value: Any) -> None:
    """Give a widget its value before it is drawn; for widgets that show a part of the data set choice."""
    st.session_state[key] = value


def set_bound(key: str, value: float | None, default: float | None) -> None:
    """Give a number field with ``bind="query-params"`` another value, in a callback.

    A field that is on the page tells the address by itself; for one that is drawn later the address is written here.
    """
    drawn = key in st.session_state
    st.session_state[key] = value
    if not drawn:
        write_address(key, None if value == default or value is None else f"{value:.9g}")


def value_of(key: str, default: Any = None) -> Any:
    """Return what a widget (or :func:`keep`) holds under a key."""
    return st.session_state.get(key, default)


def keep(key: str, value: Any) -> None:
    """Keep a value for this browser session only; what matters beyond it belongs in the address."""
    st.session_state[key] = value


def session_id() -> str:
    """Return a text that names this browser session, the same until its tab is closed or reloaded."""
    return st.session_state.setdefault(_SESSION, uuid.uuid4().hex)


def clicked(chart_key: str) -> list[tuple[Any, ...]]:
    """Return the customdata of the selected points of a chart with ``on_select``, one tuple a point."""
    chart = st.session_state.get(chart_key) or {}
    found = [point.get("customdata") for point in chart.get("selection", {}).get("points", [])]
    return [_as_tuple(data) for data in found if data is not None]


def address_value(key: str, default: str = "") -> str:
    """Return a parameter of the address that no widget is bound to."""
    return st.query_params.get(key, default)


def address_number(key: str, default: float | None, low: float, high: float) -> float | None:
    """Return a number of the address, moved into [low, high]; the default where there is none that can be read."""
    return number_in(st.query_params.get(key), default, low, high)


def write_address(key: str, value: str | None) -> None:
    """Write (None: remove) a parameter of the address that no widget is bound to; nothing happens if it is so already.

    For what is chosen by a click in a chart; widgets use ``bind="query-params"``.
    """
    if value is None:
        if key in st.query_params:
            del st.query_params[key]
    elif st.query_params.get(key) != value:
        st.query_params[key] = value


def number_in(text: str | None, default: float | None, low: float, high: float) -> float | None:
    """Return the number in a text, moved into [low, high]; the default where it is no finite number."""
    try:
        value = float(text)
    except (TypeError, ValueError):
        return default
    return min(max(value, low), high) if math.isfinite(value) else default


def _as_tuple(data: Any) -> tuple[Any, ...]:
    """Unpack customdata: a number, a list, or, from a two-dimensional array, a mapping "0", "1", ... to values."""
    if isinstance(data, Mapping):
        return tuple(data[key] for key in sorted(data, key=int))
    return tuple(data) if isinstance(data, list | tuple) else (data,)
