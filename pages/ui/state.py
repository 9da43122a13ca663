"""The only reader and writer of the session and of the address bar.

Every choice is part of the page's address. The data set choice belongs to all pages: it stands in each page's address
(:func:`dataset_choice`, :func:`choose_dataset`) and :func:`link` carries it along. A choice of one page only is a
widget with ``bind="query-params"`` whose key is that page's alone (start it with the page's word, ``labels_order``).
Streamlit drops a bound parameter when the page changes, so :func:`link` brings back what the page had before. Opening
a page never changes its address: each change is a step of the browser's history, and Back must lead away.

What every parameter means in a run is noted (:func:`shows`), so that a link can carry it; see ``address.py``.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import streamlit as st

from pages.ui import address, bound, locks
from pages.ui.address import Text
from pages.ui.dataset_address import DATASET_KEYS, dataset_query, number_in, parse_dataset
from pages.ui.dataset_address import SEED_RANGE as SEED_RANGE
from pages.ui.dataset_address import count_range as count_range

if TYPE_CHECKING:
    from dbl_core.config import DatasetConfig

CARRIED_KEYS = ("groups", locks.LOCK, locks.HIDE)
"""What else belongs to all pages and goes along on links: the borders of the groups, what a teacher locked or hid."""
PASSING_KEYS = ("from_lesson",)
"""What belongs to one visit of a page and is not brought back: the lesson that opened it."""
_TO_ITSELF = "here"
"""Goes along on a link of a page to itself: the browser learns such an address only when the server changes it."""
_VISITED = "_last_query_of_page"
_SESSION = "_session_id"
_SHOWN, _NOTES, _OPENED = "_shown_in_this_run", "_notes_of_this_run", "_links_opened"
_PENDING, _PAGE, _ASKED = "_values_of_the_next_run", "_page_of_the_last_run", "_address_at_opening"


def begin_run(file: str) -> None:
    """Forget what the run before showed; the frame of the page calls it before anything is drawn."""
    st.session_state[_SHOWN] = {}
    write_address(_TO_ITSELF, None)
    if st.session_state.get(_PAGE) != file:  # the page is opened: from now on its widgets decide, not the address
        st.session_state[_PAGE], st.session_state[_NOTES] = file, []
        st.session_state[_ASKED] = {key: _one_or_all(st.query_params.get_all(key)) for key in st.query_params}
        for key in [key for key in st.query_params if not any(map(bound.is_fit, st.query_params.get_all(key)))]:
            del st.query_params[key]
        bound.forget_unfit()
    st.session_state.update(st.session_state.pop(_PENDING, {}))


def shows(key: str, text: object) -> None:
    """Note what a parameter of the address means in this run, at its default or not."""
    st.session_state.setdefault(_SHOWN, {})[key] = str(text)


def shown() -> dict[str, Text]:
    """Return every parameter that this run has shown, with its value as the address would write it."""
    choice = dataset_choice()
    data = {"data": choice.name, "preset": choice.preset, **dataset_query(choice)}
    if choice.ratio is not None:
        data = {"profile": choice.profile, "max_count": "", "seed": str(choice.seed), **data}
    return {**data, **st.session_state.get(_SHOWN, {}), **bound.bound_texts()}


def note(sentence: str) -> None:
    """Say something about the link that opened the page. Plain text, shown above the page until it is left."""
    noted = st.session_state.setdefault(_NOTES, [])
    if sentence not in noted:
        noted.append(sentence)


def notes() -> list[str]:
    """Return what there is to say about the link that opened the page, once its widgets are drawn."""
    for sentence in address.unfollowed(st.session_state.pop(_ASKED, {}), shown()):
        note(sentence)
    return list(st.session_state.get(_NOTES, []))


def full_link() -> dict[str, str]:
    """Return the parameters that make a link of this page's address mean the same for ever."""
    return address.link_parameters(shown(), st.query_params)


def keep_meaning(file: str) -> None:
    """After a page has been drawn from a copied link: bring back the defaults that have changed since it was copied."""
    packed = st.query_params.get(address.DEFAULTS_KEY, "")
    opened = st.session_state.setdefault(_OPENED, set())
    if not packed or (file, packed) in opened:
        return
    opened.add((file, packed))
    changed = address.outdated(packed, shown(), st.query_params)
    if changed:
        drawn = bound.bound_texts()
        st.session_state[_PENDING] = bound.bound_values(changed)
        for key in changed.keys() - drawn.keys():
            st.query_params[key] = changed[key]
        st.rerun()


def locked(*keys: str) -> bool:
    """Whether the link locks any of some parameters: their widgets are shown, but cannot be changed."""
    words = locks.words_in(st.query_params.get(locks.LOCK, ""))
    return any(locks.locks(words, key) for key in keys)


def hidden(part: str) -> bool:
    """Whether the link hides a part of the pages, a key of ``locks.PARTS``."""
    return part in locks.words_in(st.query_params.get(locks.HIDE, ""))


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
    if locked(*changes):
        return
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


def link(
    file: str,
    label: str,
    /,
    *,
    icon: str | None = None,
    help: str | None = None,
    exact: bool = False,
    **parameters: str | list[str],
) -> None:
    """Place a link to a page that keeps the data set and what the user had chosen there before.

    Args:
        file: the page's script, ``pages/2_Labels.py``.
        label: the text of the link.
        icon: a Material icon, ``:material/home:``.
        help: text shown on hovering.
        exact: leave out what the user had chosen there before.
        **parameters: address parameters of that page, over what it had before; ``file`` may be one of them.
    """
    visited = {} if exact else st.session_state.get(_VISITED, {}).get(file, {})
    query = {**visited, **dataset_query(dataset_choice()), **_carried(), **parameters}
    if file == st.session_state.get(_PAGE):
        query[_TO_ITSELF] = "1"
    st.page_link(file, label=label, icon=icon, help=help, query_params=query)


def link_to_view(file: str, label: str, parameters: Mapping[str, Text], *, icon: str | None = None) -> None:
    """Place a link to a page in exactly one state: nothing of what was chosen before goes along."""
    st.page_link(file, label=label, icon=icon, query_params=dict(parameters))


def go_to(file: str, /, **parameters: str | list[str]) -> None:
    """Open another page with the same data set; what stands after the call is not run."""
    st.switch_page(file, query_params={**dataset_query(dataset_choice()), **_carried(), **parameters})


def _carried() -> dict[str, str]:
    return {key: st.query_params[key] for key in CARRIED_KEYS if key in st.query_params}


def remember_page(file: str) -> None:
    """Note what this page's address says, so that links to it can bring it back."""
    shared = (*DATASET_KEYS, *CARRIED_KEYS, *PASSING_KEYS, *address.LINK_KEYS)
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
    text = st.query_params.get(key, default)
    if text:
        shows(key, text)
    return text


def has_parameters() -> bool:
    """Whether the address says anything: a visitor came by a link, or has chosen something."""
    return bool(len(st.query_params))


def address_names(key: str) -> list[str]:
    """Return the names in a parameter that holds several, separated by commas and escaped."""
    return [unquote(part) for part in st.query_params.get(key, "").split(",") if part]


def address_number(key: str, default: float | None, low: float, high: float) -> float | None:
    """Return a number of the address, moved into [low, high]; the default where there is none that can be read."""
    value = number_in(st.query_params.get(key), default, low, high)
    shows(key, "" if value is None else f"{value:.9g}")
    return value


def write_address(key: str, value: str | None) -> None:
    """Write (None: remove) a parameter of the address that no widget is bound to; nothing happens if it is so already.

    For what is chosen by a click in a chart; widgets use ``bind="query-params"``. What the link locks stays.
    """
    if locked(key):
        return
    if value is None:
        if key in st.query_params:
            del st.query_params[key]
    elif st.query_params.get(key) != value:
        st.query_params[key] = value


def _one_or_all(values: list[str]) -> Text:
    return values[0] if len(values) == 1 else values


def _as_tuple(data: Any) -> tuple[Any, ...]:
    """Unpack customdata: a number, a list, or, from a two-dimensional array, a mapping "0", "1", ... to values."""
    if isinstance(data, Mapping):
        return tuple(data[key] for key in sorted(data, key=int))
    return tuple(data) if isinstance(data, list | tuple) else (data,)
