"""The recipes of the Train form: one click fills it; afterwards it says where the form departs from the recipe."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dbl_core.config import RunConfig
from dbl_core.recipes import LEFT_ALONE, RECIPES, Recipe
from dbl_core.runs import visitors
from pages.ui import loss_form, state, train_fields
from pages.ui.text import literal

KEY, DEFAULT = "train_recipe", "quick"
_WIDGET = f"form_{KEY}"
DEFAULT_LOSS = "db_focal"


def recipe_picker() -> Recipe:
    """Draw the choice of a recipe, what it is for and why; return it. Choosing one fills the form."""
    name = state.address_value(KEY, DEFAULT)
    name = name if name in RECIPES else DEFAULT
    if state.value_of(_WIDGET) != name:
        state.seed_widget(_WIDGET, name)
    st.selectbox(
        "Recipe",
        [each for each, entry in RECIPES.items() if each == name or visitors.trains(entry.config)],
        format_func=lambda entry: RECIPES[entry].title,
        key=_WIDGET,
        on_change=_chosen,
        help="Sets the loss and how it is trained. Data, seed, device and limits stay as they are.",
    )
    recipe = RECIPES[name]
    st.caption(f"{literal(recipe.idea)} *{literal(recipe.source)}.*")
    return recipe


def departures(recipe: Recipe, config: RunConfig) -> None:
    """Say where the form is not as the recipe says, offer to go back, and why the recipe has its values."""
    found = recipe.differences(config)
    if found:
        listed = [f"{_name(key)} **{_text(now)}** (recipe {_text(then)})" for key, (now, then) in found.items()]
        st.markdown(f"Not as in the recipe: {', '.join(listed)}")
    else:
        st.markdown("The form is as the recipe says.")
    with st.container(horizontal=True, gap="small"):
        if found:
            st.button(
                "Back to the recipe",
                key="form_train_recipe_back",
                icon=":material/undo:",
                on_click=_fill,
                args=(recipe,),
            )
        if recipe.reasons:
            with st.popover("Why these values", icon=":material/menu_book:"):
                for setting, reason in recipe.reasons.items():
                    value = getattr(recipe.train, setting)
                    st.markdown(f"**{_name(setting)} {_text(value)}**: {literal(reason)}.")


def _chosen() -> None:
    name = state.value_of(_WIDGET)
    state.write_address(KEY, None if name == DEFAULT else name)
    _fill(RECIPES[name])


def _fill(recipe: Recipe) -> None:
    loss_form.write_loss("train_loss", recipe.loss, DEFAULT_LOSS)
    train_fields.fill(recipe.train.model_dump(exclude=set(LEFT_ALONE)))


def _name(setting: str) -> str:
    return literal(setting.replace("_", " "))


def _text(value: Any) -> str:
    if value is None:
        return "automatic"
    return literal(value if isinstance(value, str) else f"{value:.6g}")
