"""Around every page: the button that copies its link, what of a link could not be followed, the link for a class."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dbl_core.config import DatasetConfig
from dbl_core.datasets import own_files
from dbl_core.download.plan import PLANS
from dbl_core.losses import LOSSES
from dbl_core.runs import store
from pages.ui import address, locks, state
from pages.ui.copy_link import copy_link
from pages.ui.dataset_address import DATA_TITLES
from pages.ui.text import literal

ROOT = Path(__file__).resolve().parents[2]
RUN_KEYS = ("run", "runs", "search", "loss_run")
"""Parameters that name runs or searches of this machine."""
MOST_NAMED, MOST_SIGNS = 4, 80
PRESENTATION = "It keeps a class on the subject and protects nothing: whoever edits the address gets everything back."


def copy_button(choice: DatasetConfig) -> None:
    """Place the button that copies the link of this view, with the values that are at their default now."""
    copy_link("Copy link", state.full_link(), needs(choice), key="share_copy", floating=True)


def needs(choice: DatasetConfig) -> list[str]:
    """Say what another machine must have to show this view.

    Args:
        choice: the data set of the view.
    """
    wanted = []
    for path in (choice.path, choice.images) if choice.name == "file" else ():
        name = own_files.name_of(path)
        if name:
            wanted.append(f"{_short(name)} in {_folder(Path(path).parent)}")
    if choice.name in PLANS:
        wanted.append(f"the files of {DATA_TITLES[choice.name]} (the page Dataset there can fetch them)")
    named = [name for key in RUN_KEYS for name in state.address_names(key)]
    if named:
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        listed = ", ".join(map(_short, named[:MOST_NAMED]))
        wanted.append(f"what was trained as {listed}{more} (exported on Runs here, imported there)")
    if not wanted:
        return ["It needs nothing but the lab: the data comes with it."]
    return [f"It needs on the other machine: {'; '.join(wanted)}."]


def _short(name: str) -> str:
    return name if len(name) <= MOST_SIGNS else f"{name[:MOST_SIGNS]}…"


def _folder(folder: Path) -> str:
    return str(folder.relative_to(ROOT)) if folder.is_relative_to(ROOT) else f"the folder {folder.name}"


def notes() -> None:
    """Say what of the link this version could not follow, and what the link locks."""
    if address.version_of(state.address_value(address.VERSION_KEY)) > address.VERSION:
        state.note("The link was made by a newer version of the lab; what this one does not know is left out.")
    missing = _missing_runs()
    if missing:
        are = "a run that is" if len(missing) == 1 else f"{len(missing)} runs that are"
        named = ", ".join(map(_short, missing[:MOST_NAMED]))
        state.note(f"The link names {are} not on this machine: {named}. Import what was exported where it was copied.")
    said = state.notes()
    if said:
        lines = [literal(sentence) for sentence in said]
        text = lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
        st.info(text, icon=":material/link:")
    locked = locks.words_in(state.address_value(locks.LOCK))
    if locked:
        titles = sorted(locks.LOCKS.get(word, _short(word)) for word in locked)
        st.caption(literal(f"Set by the link and locked: {', '.join(titles)}."))


def _missing_runs() -> list[str]:
    named = dict.fromkeys(state.address_names("runs"))
    if not named:
        return []
    from pages.ui import launch  # brings all that conducts searches

    known = {run.id for run in store.list_runs(launch.runs_dir())}
    return [run for run in named if run not in known]


def class_link() -> None:
    """Offer a link to this view with choices locked and parts hidden; not to those who came by such a link."""
    if state.address_value(locks.LOCK) or state.address_value(locks.HIDE):
        return
    with st.expander("Link for a class", icon=":material/school:"):
        lockable = {**locks.LOCKS, **{name: f"Option {name}" for name in _options()}}
        locked = st.multiselect("Locked", list(lockable), format_func=lockable.get, key="share_lock")
        hidden = st.multiselect("Hidden", list(locks.PARTS), format_func=locks.PARTS.get, key="share_hide")
        words = {locks.LOCK: ",".join(locked), locks.HIDE: ",".join(hidden)}
        copy_link("Copy the class's link", {**state.full_link(), **words}, [PRESENTATION], key="share_class")
        st.caption(PRESENTATION)


def _options() -> list[str]:
    """The options of the losses that the page shows."""
    shown = state.shown()
    names = {key.removeprefix(f"{prefix}_") for prefix in locks.LOSS_PREFIXES for key in shown if prefix in shown}
    known = dict.fromkeys(option.name for about in LOSSES.values() for option in about.options)
    return [name for name in known if name in names]
