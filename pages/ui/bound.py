"""What Streamlit writes into the address for widgets with ``bind="query-params"``, also for those at their default.

Streamlit leaves a default out of the address and offers no public way to ask how it would be written, which a link
that outlives the defaults must know. This reads Streamlit's own records (checked with 1.67); should a later version
keep them elsewhere, nothing is reported, and a test says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state import query_params

Text = str | list[str]


def bound_texts() -> dict[str, Text]:
    """Return the address parameters of the bound widgets that this run has drawn, a list for those of many values."""
    found: dict[str, Text] = {}
    for key, metadata in _widgets().items():
        if key not in get_script_run_ctx().session_state:  # it could not be drawn
            continue
        value = metadata.serializer(get_script_run_ctx().session_state[key])
        text = "" if value is None else query_params._coerce_value_for_query_url(value, metadata.value_type)
        found[key] = text[0] if isinstance(text, list) and len(text) == 1 else text
    return found


def bound_values(texts: Mapping[str, Text]) -> dict[str, Any]:
    """Return the values of bound widgets that address parameters mean; what a widget cannot show is left out."""
    found = {}
    for key, metadata in _widgets().items():
        if key in texts:
            with suppress(LookupError, TypeError, ValueError):
                found[key] = _value(texts[key], metadata)
    return found


def is_fit(text: str) -> bool:
    """Whether a value of an address can be given to a widget: not nothing (``axis=``), and no number without end.

    Streamlit would leave a choice that is never empty without a value, and fails to make an infinity a whole number.
    """
    try:
        return not math.isinf(float(text))
    except ValueError:
        return bool(text)


def forget_unfit() -> None:
    """Let parameters whose values are not fit mean the default; before widgets are drawn."""
    context = get_script_run_ctx()
    with suppress(AttributeError), context.session_state.query_params() as params:
        found = params._initial_query_params.items()
        params._initial_query_params = {key: fit for key, values in found if (fit := list(filter(is_fit, values)))}


def _value(text: Text, metadata: Any) -> Any:
    """Read a parameter as Streamlit does when a page opens.

    Raises:
        LookupError: the widget cannot show it.
        TypeError, ValueError: it is no value of this kind.
    """
    if not text and not metadata.clearable:
        raise LookupError("this widget is never empty")
    parsed = query_params.parse_url_param(text, metadata.value_type) if text else None
    known = metadata.formatted_options
    named = parsed if isinstance(parsed, list) else [parsed]
    if parsed is not None and known is not None and not set(named) <= set(known):
        raise LookupError(f"{text!r} is no option")
    if parsed is None:
        return [] if metadata.value_type == "string_array_value" else None
    return metadata.deserializer(parsed)


def _widgets() -> dict[str, Any]:
    """What Streamlit noted about the bound widgets of this run, by their parameter."""
    context = get_script_run_ctx()
    found = {}
    with suppress(AttributeError, KeyError):
        session, drawn = context.session_state, context.shared.widget_ids_this_run
        with session.query_params() as params:
            bindings = [one for one in params._bindings_by_widget.values() if one.widget_id in drawn]
        known = session._state._new_widget_state.widget_metadata
        found = {one.param_key: known[one.widget_id] for one in bindings}
    return found
