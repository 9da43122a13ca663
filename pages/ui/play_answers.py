"""What the worker has trained for the Playground: asked with a bar that shows how far it is, kept for everybody.

A question is cancelled by the page itself: Streamlit runs a page anew when something on it changes, which ends the
waiting here, and the worker drops what nobody waits for. Heads are kept by everything that determines them, so going
back to a setting, or opening the page again, trains nothing.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dbl_core.config import DatasetConfig, RunConfig
from dbl_core.errors import Superseded
from dbl_core.runs.heads import HeadDifference, Heads, read_difference, read_heads
from dbl_core.worker import client
from pages.ui import cache, state
from pages.ui.labels_convention import convention
from pages.ui.text import literal

MOST_KEPT = 64
ANSWER_S = 150.0
"""Seconds that a question may take; the worker itself stops a training after two minutes."""
MOST_WITH_INTERVALS = 120
"""Up to so many classes a head comes with intervals at once; of more they take longer than the training."""
WHAT = {"waiting": "Waiting for the training of others"}
"""What the worker calls things that need more words on a page."""


class Kept:
    """The latest answers, shared by all sessions; the one that was used longest ago goes first."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most, self._lock = most, threading.Lock()
        self._answers: OrderedDict[str, Any] = OrderedDict()

    def get(self, key: str) -> Any:
        """The answer of a key, None where it is not kept (any more)."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def put(self, key: str, answer: Any) -> None:
        """Keep an answer."""
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._answers.clear()


@st.cache_resource(show_spinner=False)
def kept() -> Kept:
    """The answers of this server."""
    return Kept()


def head(config: RunConfig, place: DeltaGenerator) -> Heads | None:
    """Train one head, evaluated along the way, with intervals unless there are very many classes.

    Args:
        config: The setting.
        place: A placeholder that shows the progress while the worker is at it; empty afterwards.

    Returns:
        The answer; None where a newer question of this browser session has taken its place.

    Raises:
        DblError: The data set cannot be trained on, or the worker gave no answer.
        ValueError: What the worker refuses.
    """
    few = cache.dataset(config.dataset).n_labels <= MOST_WITH_INTERVALS
    return _heads([config], place, evaluate="epochs", intervals=few)


def heads(configs: Sequence[RunConfig], place: DeltaGenerator) -> Heads | None:
    """Train many heads of one data set together, evaluated at the end; as :func:`head`."""
    return _heads(configs, place, evaluate="end", intervals=False)


def kept_heads(configs: Sequence[RunConfig]) -> Heads | None:
    """What :func:`heads` would answer at once, None where it would have to train."""
    return kept().get(_key(configs, "end"))


def difference(first: RunConfig, second: RunConfig, place: DeltaGenerator) -> HeadDifference | None:
    """The second head minus the first over the same resampled test images; as :func:`head`."""
    key = _key([first, second], "difference")

    def asked() -> HeadDifference:
        ends = {"first": first.model_dump(mode="json"), "second": second.model_dump(mode="json")}
        return read_difference(_ask("compare_heads", place, **ends, convention=convention().name))

    return _once(key, asked)


def _heads(configs: Sequence[RunConfig], place: DeltaGenerator, *, evaluate: str, intervals: bool) -> Heads | None:
    def asked() -> Heads:
        arguments = {
            "runs": [config.model_dump(mode="json") for config in configs],
            "convention": convention().name,
            "evaluate": evaluate,
            "intervals": intervals,
        }
        return read_heads(_ask("train_heads", place, **arguments), configs)

    return _once(_key(configs, evaluate), asked)


def _once(key: str, asked: Callable[[], Any]) -> Any:
    answer = kept().get(key)
    if answer is None:
        try:
            answer = asked()
        except Superseded:
            return None
        kept().put(key, answer)
    return answer


def _key(configs: Sequence[RunConfig], purpose: str) -> str:
    """Everything that determines an answer, the state of the data set's files included."""
    choice: DatasetConfig = configs[0].dataset
    settings = [config.model_dump(mode="json", exclude={"dataset"}) for config in configs]
    return json.dumps([cache.key_of(choice), purpose, convention().name, settings], sort_keys=True)


def _ask(task: str, place: DeltaGenerator, **arguments: Any) -> Any:
    def progress(what: str, done: int, total: int) -> None:
        text = WHAT.get(what, f"{what[:1].upper()}{what[1:]}")
        if total > 1:
            text += f", {100 * done // total} %"
        place.progress(min(max(done / total, 0.0), 1.0) if total else 0.0, text=literal(text))

    try:
        return client.ask(task, timeout_s=ANSWER_S, session=state.session_id(), progress=progress, **arguments)
    finally:
        place.empty()
