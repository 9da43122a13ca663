"""The form that chooses a loss and its options; the choice itself lives in the address (``state.py``).

The address holds the names and the values themselves, ``loss_a=db_focal&loss_a_mu=0.2``, and only what departs from the
defaults. It may come from anyone: an unknown name or word falls to the default, a number moves into the allowed range.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import streamlit as st

from dbl_core.config import LossConfig
from dbl_core.losses import LOSSES, PRESETS, preset_options
from dbl_core.losses.catalog import LossOption
from dbl_core.losses.families import family_of, in_order, terms_of
from dbl_core.losses.positions import positions
from pages.ui import loss_ladder, state

NONE = "none"
"""The word in the address for no loss at all."""
LETTERS = {r"\alpha": "α", r"\beta": "β", r"\gamma": "γ", r"\Delta": "Δ", r"\epsilon": "ε", r"\kappa": "κ"}
LETTERS |= {r"\lambda": "λ", r"\mu": "μ", r"\nabla": "∇", r"\nu": "ν", r"\psi": "ψ", r"\tau": "τ"}
LETTERS |= {r"_{\max}": " max", "_+": "₊", "_-": "₋", "_p": "ₚ", "_n": "ₙ", "_1": "₁", "_2": "₂"}
"""Symbols as letters: a label is also read aloud, where LaTeX would be spelled out."""
Value = float | str


def loss_form(
    prefix: str,
    *,
    label: str = "Loss",
    default: str = "db_focal",
    optional: bool = False,
    switches: bool = False,
    beside: Callable[[LossConfig], None] | None = None,
) -> LossConfig | None:
    """Draw the form of one loss and return what is chosen; a change is written to the address, the page runs again.

    Args:
        prefix: Start of the address parameters, unique over all pages: ``loss_a`` gives ``loss_a`` (the name of the
            loss) and ``loss_a_mu`` and so on (its options).
        label: What the choice is called.
        default: Loss of an address that says nothing.
        optional: Whether "none" can be chosen.
        switches: Whether the terms of the DB family can be switched on and off one by one; the form is wider then.
        beside: Called with the loss to draw what stands beside the button of the presets.

    Returns:
        The loss with every option filled in and valid; None where none is chosen.
    """
    config = read_address(prefix, default=default, optional=optional)
    name = config.name if config else NONE
    state.shows(prefix, name)
    _seed(prefix, name)
    st.selectbox(
        label,
        [NONE, *in_order()] if optional else in_order(),
        format_func=_title,
        key=_widget_key(prefix),
        on_change=_name_changed,
        args=(prefix, name, default),
        disabled=state.locked(prefix),
    )
    if config is None:
        return None
    st.caption(family_of(name) or LOSSES[name].venue)
    if switches:
        loss_ladder.switches(prefix, config, change=lambda chosen: switch_to(prefix, name, chosen, default))
    options = [] if state.hidden("options") else LOSSES[name].options
    for option in LOSSES[name].options:
        state.shows(f"{prefix}_{option.name}", _text(config.options[option.name]))
    columns = 3 if switches else 2
    for start in range(0, len(options), columns):  # row by row, so that a narrow page keeps the order
        for place, option in zip(st.columns(columns), options[start : start + columns], strict=False):
            with place:
                _option_widget(prefix, option, config.options[option.name])
    if not state.hidden("options"):
        with st.container(horizontal=True, gap="small"):
            _presets(prefix, config)
            if beside is not None:
                beside(config)
    return config


def read_address(prefix: str, *, default: str = "db_focal", optional: bool = False) -> LossConfig | None:
    """Return the loss that the address names, its values made valid; never raises.

    Args:
        prefix: As in :func:`loss_form`.
        default: Loss of an address that names none, or an unknown one.
        optional: Whether the address may say "none".
    """
    name = state.address_value(prefix, default)
    if optional and name == NONE:
        return None
    if name not in LOSSES:
        name = default
        if name == NONE:
            return None
    return LossConfig(
        name=name,
        options={
            option.name: valid(option, state.address_value(f"{prefix}_{option.name}"))
            for option in LOSSES[name].options
        },
    )


def address(prefix: str, config: LossConfig) -> dict[str, str]:
    """Return the address parameters that make :func:`loss_form` of that prefix show this loss.

    All options are named, so that they also replace what the other page had chosen before::

        page.link("Train", "Train with this loss", **loss_form.address("train_loss", config))
    """
    values = {f"{prefix}_{option}": _text(value) for option, value in config.options.items()}
    return {prefix: config.name, **values}


def valid(option: LossOption, text: str) -> Value:
    """Return the value of an option that a text names: moved into the allowed range, the default where it is none."""
    try:
        return option.check(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return option.default
    if option.kind != "float" or math.isnan(number):
        return option.default
    return option.check(min(max(number, option.minimum), option.maximum))


def symbol(option: LossOption) -> str:
    """Return the symbol of an option as letters."""
    letters = option.symbol
    for command, letter in LETTERS.items():
        letters = letters.replace(command, letter)
    return letters


def _option_widget(prefix: str, option: LossOption, value: Value) -> None:
    key = f"{prefix}_{option.name}"
    _seed(key, value)
    shared = {
        "label": f"{symbol(option)} · {option.name}",
        "key": _widget_key(key),
        "help": f"{option.help} {option.off}".strip(),
        "on_change": _value_changed,
        "args": (key, option.default),
        "disabled": state.locked(key),
    }
    if option.kind == "choice":
        st.selectbox(options=list(option.choices), **shared)
    elif option.scale == "linear":
        low, high = min(option.low, value), max(option.high, value)
        digits = max(0, math.ceil(-math.log10(option.step)))
        st.slider(min_value=low, max_value=high, step=option.step, format=f"%.{max(digits, 2)}f", **shared)
    else:
        st.select_slider(options=sorted({*positions(option), value}), format_func=_text, **shared)


def _presets(prefix: str, config: LossConfig) -> None:
    """Offer the published settings of a loss; the one that is set already cannot be pressed."""
    if not config.options:
        st.caption("This loss has no options.")
        return
    fitting = {key: preset for key, preset in PRESETS.items() if config.name in preset.losses}
    settings = {preset.title: (preset_options(key, config.name), preset.source) for key, preset in fitting.items()}
    defaults = dict(LOSSES[config.name].defaults)
    if defaults not in [values for values, _ in settings.values()]:
        settings = {"Defaults": (defaults, "The lab's starting values"), **settings}
    with st.popover("Presets", icon=":material/auto_stories:"):
        for title, (values, source) in settings.items():
            st.button(
                title,
                key=f"{_widget_key(prefix)}_{title}",
                help=f"{source}: {', '.join(f'{key} {_text(value)}' for key, value in values.items())}",
                disabled=values == config.options or state.locked(*_keys(prefix, config)),
                on_click=_write_options,
                args=(prefix, config.name, values),
            )


def _keys(prefix: str, config: LossConfig) -> list[str]:
    return [f"{prefix}_{option}" for option in config.options]


def _title(name: str) -> str:
    """Return what the list calls a loss: its title, whose it is, and its year."""
    if name == NONE:
        return "None"
    about = LOSSES[name]
    first, *others = about.authors.split(", ")
    return f"{about.title} · {first}{' et al.' if others else ''} {about.year}"


def _text(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:.9g}"


def _widget_key(key: str) -> str:
    return f"form_{key}"


def _seed(key: str, value: Value) -> None:
    """Let a widget show what the address says; it is left alone where it does, so that quick presses are not lost."""
    if state.value_of(_widget_key(key)) != value:
        state.seed_widget(_widget_key(key), value)


def _value_changed(key: str, default: Value) -> None:
    value = state.value_of(_widget_key(key))
    state.write_address(key, None if value == default else _text(value))


def _name_changed(prefix: str, before: str, default: str) -> None:
    """Write the new loss; an option that both losses share keeps its value, the others leave the address."""
    name = state.value_of(_widget_key(prefix))
    kept = LOSSES[name].options if name != NONE else ()
    _drop_options(prefix, {option.name for option in kept if option in _had(before)})
    state.write_address(prefix, None if name == default else name)


def switch_to(prefix: str, before: str, name: str, default: str) -> None:
    """Make a loss of the ladder another one, in a callback; a term that goes leaves its values for when it comes back.

    Args:
        prefix: As in :func:`loss_form`.
        before: The loss that is shown now.
        name: The one to show.
        default: Loss of an address that says nothing.
    """
    if terms_of(before) is None:
        kept = LOSSES[name].options
        _drop_options(prefix, {option.name for option in kept if option in _had(before)})
    state.write_address(prefix, None if name == default else name)


def sharing(name: str, other: LossConfig) -> LossConfig:
    """Return a loss with the values of another one for the options that both have, the defaults for the rest."""
    theirs = LOSSES[other.name].options
    shared = {option.name: other.options[option.name] for option in LOSSES[name].options if option in theirs}
    return LossConfig(name=name, options=shared)


def write_loss(prefix: str, config: LossConfig, default: str) -> None:
    """Make a form show a loss with these values, in a callback; what it showed before leaves the address."""
    _drop_options(prefix, set(config.options))
    state.write_address(prefix, None if config.name == default else config.name)
    _write_options(prefix, config.name, config.options)


def _had(before: str) -> tuple[LossOption, ...]:
    """Return the options whose values in the address are those of a loss, or of its terms that are switched off."""
    if before == NONE:
        return ()
    return LOSSES["db_focal"].options if terms_of(before) is not None else LOSSES[before].options


def _drop_options(prefix: str, kept: set[str]) -> None:
    """Take the options of all losses but these out of the address."""
    for name in {option.name for about in LOSSES.values() for option in about.options} - kept:
        state.write_address(f"{prefix}_{name}", None)


def _write_options(prefix: str, name: str, values: dict[str, Value]) -> None:
    defaults = LOSSES[name].defaults
    for option, value in values.items():
        state.write_address(f"{prefix}_{option}", None if value == defaults[option] else _text(value))
