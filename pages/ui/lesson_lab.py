"""What the lessons may ask, answered by the caches of the pages and by the compute worker."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dbl_core.config import DatasetConfig, LossConfig, RunConfig
from dbl_core.errors import DblError, Superseded
from dbl_core.lessons import Answer, Lab, computation_named, facts
from dbl_core.lessons.answer import Value
from dbl_core.lessons.lab import rows_of
from dbl_core.runs.heads import Head
from pages.ui import cache, loss_answers, page, play_answers, train_form
from pages.ui.labels_convention import convention

KEPT = 256


class PageLab(Lab):
    """The data set that the student has chosen.

    Args:
        choice: Which data set.
        place: A placeholder that shows the progress of a training.
    """

    def __init__(self, choice: DatasetConfig, place: DeltaGenerator) -> None:
        self.choice, self._place = choice, place
        self.data, self.borders = cache.dataset(choice), convention()

    def cells(self, loss: LossConfig) -> Mapping[str, Any]:
        """As :class:`dbl_core.lessons.Lab` says."""
        return loss_answers.cells(self.choice, loss)

    def curves(self, loss: LossConfig, label: int) -> Mapping[str, Any]:
        """As :class:`dbl_core.lessons.Lab` says."""
        return loss_answers.curves(self.choice, loss, ((label, ()),))

    def anatomy(self, loss: LossConfig, row: int) -> Mapping[str, Any]:
        """As :class:`dbl_core.lessons.Lab` says."""
        return loss_answers.anatomy(self.choice, loss, row)

    def heads(self, configs: Sequence[RunConfig]) -> Sequence[Head]:
        """As :class:`dbl_core.lessons.Lab` says.

        Raises:
            Superseded: A newer question of this tab took the place of this one.
        """
        train_form.trainable(self.choice)
        found = play_answers.heads(configs, self._place)
        if found is None:
            raise Superseded("a newer question of this tab is being answered")
        return found.heads


def known(choice: DatasetConfig) -> dict[str, Value]:
    """Return what every text may name."""
    lab = PageLab(choice, st.empty())
    return {"data": page.describe(choice), **facts(lab)}


def lacks(choice: DatasetConfig, requires: str) -> str:
    """Return why a data set has not what a lesson requires ("counts", "rows" or "training"); "" where it has."""
    try:
        if requires == "training":
            train_form.trainable(choice)
        elif requires == "rows":
            rows_of(PageLab(choice, st.empty()))
    except DblError as error:
        return str(error)
    return ""


def answer(choice: DatasetConfig, name: str, given: Mapping[str, Any], place: DeltaGenerator) -> Answer:
    """Compute an answer, or return the one that is kept.

    Args:
        choice: The data set.
        name: The computation.
        given: Its parameters.
        place: A placeholder that shows the progress of a training.

    Raises:
        ValueError: A parameter does not fit.
        DblError: The data set has not what is needed, or the worker gave no answer.
    """
    key = (*cache.key_of(choice), convention().name, name, json.dumps(dict(given), sort_keys=True))
    kept = _kept().get(json.dumps(key))
    if kept is None:
        kept = computation_named(name)(PageLab(choice, place), **given)
        _kept().put(json.dumps(key), kept)
    return kept


@st.cache_resource(show_spinner=False)
def _kept() -> play_answers.Kept:
    """The answers of this server, for all its visitors."""
    return play_answers.Kept(KEPT)
