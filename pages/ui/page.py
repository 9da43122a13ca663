"""The frame of every page: configuration, navigation, and the one place where an error becomes a sentence.

What takes long to import is imported where it is used: in a server that just woke up, the heading of a page is sent
before it, and a test holds what may be loaded by then.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from dbl_core.errors import DataError, DblError
from pages.ui import looks, state
from pages.ui.dataset_address import DATA_TITLES
from pages.ui.text import literal

if TYPE_CHECKING:
    from dbl_core.config import DatasetConfig

ROOT = Path(__file__).resolve().parents[2]
ICON = ROOT / "data" / "icon.png"
log = logging.getLogger("pages")


@dataclass(frozen=True)
class Entry:
    """One line of the navigation: the script of a page, how it is called, its Material icon."""

    file: str
    title: str
    icon: str

    @property
    def script(self) -> str:
        """The whole path of the script, by which a page is found from any entry script."""
        return str(ROOT / self.file)

    @property
    def exists(self) -> bool:
        """Whether the page is part of this copy of the lab."""
        return (ROOT / self.file).is_file()

    @property
    def path(self) -> str:
        """What stands for the page in an address, ``Loss_Lab``; nothing for Home."""
        return "" if self.file == "app.py" else Path(self.file).stem.partition("_")[2]


PAGES = {
    entry.title: entry
    for entry in (
        Entry("app.py", "Home", ":material/home:"),
        Entry("pages/1_Dataset.py", "Dataset", ":material/photo_library:"),
        Entry("pages/2_Labels.py", "Labels", ":material/bar_chart:"),
        Entry("pages/3_Loss_Lab.py", "Loss Lab", ":material/tune:"),
        Entry("pages/4_Playground.py", "Playground", ":material/joystick:"),
        Entry("pages/5_Train.py", "Train", ":material/model_training:"),
        Entry("pages/6_Runs.py", "Runs", ":material/compare_arrows:"),
        Entry("pages/7_Learn.py", "Learn", ":material/school:"),
    )
}


@contextmanager
def frame(title: str, lead: str = "") -> Iterator[DatasetConfig]:
    """Open a page: browser title, navigation, heading; then run the body with errors turned into sentences.

    Must be the first Streamlit call of the script::

        with page.frame("Labels", "How uneven are the labels?") as choice:
            ...

    Args:
        title: a key of :data:`PAGES`.
        lead: the question the page answers, one sentence under the heading.

    Yields:
        The data set the user has chosen; the same on every page.
    """
    entry = PAGES[title]
    st.set_page_config(page_title=f"{title} · Long-Tail Lab", layout="wide")
    looks.looks()
    state.begin_run(entry.script)
    way_back = st.container()
    with st.container(horizontal=True, vertical_alignment="top", gap="small"):
        st.title("Long-Tail Lab" if title == "Home" else title, anchor=False, width="stretch")
        corner = st.container(width="content")
    notes = st.container()
    if lead:
        st.markdown(lead)
    from pages.ui import lesson_return, share, sidebar, visitor

    with notes if state.hidden("sidebar") else st.sidebar, guard():
        visitor.note_visit()  # before files of a visitor are named
    st.set_page_config(page_icon=str(ICON))  # Streamlit loads numpy for it
    choice = state.dataset_choice()
    state.remember_page(entry.script)
    if not state.hidden("sidebar"):
        sidebar.sidebar(choice, title)
    with way_back:
        lesson_return.back_link()
    with guard(offer_data=title != "Dataset"):
        yield choice
    state.remember_page(entry.script)  # again: a click in a chart changes the address while the body runs
    with notes:
        share.notes()
    state.keep_meaning(entry.script)
    with corner, guard():
        share.copy_button(choice)
    if not state.hidden("sidebar"):
        with st.sidebar, guard():
            share.class_link()


@contextmanager
def guard(*, offer_data: bool = False) -> Iterator[None]:
    """Turn an error of the body into a box with one sentence; what follows on the page is still drawn.

    A ``ValueError`` or ``DblError`` carries a sentence for the user. Anything else is a mistake of the program: it goes
    to the server's log in full, and the user reads that it did. Fragments need a guard of their own, inside.

    Args:
        offer_data: whether data that cannot be opened come with a link to the page where others are chosen.
    """
    try:
        yield
    except (ValueError, DblError) as error:
        log.warning("shown to the user: %s", error, exc_info=True)
        from dbl_core.config import explain

        st.error(literal(explain(error)), icon=":material/error:")
        if offer_data and isinstance(error, DataError):
            link("Dataset", "Choose the data")
    except Exception:
        log.exception("a page failed")
        st.error(
            "This part of the page failed for a reason the lab does not know. The details are in the server's log; "
            "reload the page, and report it if it comes back.",
            icon=":material/error:",
        )


def link(title: str, label: str, /, **parameters: str | list[str]) -> None:
    """Place a link to a page by its title, with its icon; nothing where there is no such page or links are hidden."""
    entry = PAGES[title]
    if entry.exists and not state.hidden("navigation"):
        state.link(entry.script, label, icon=entry.icon, **parameters)


def remember(title: str) -> None:
    """Note what the address of a page says, at the end of a fragment of it, so that links to the page bring it back."""
    state.remember_page(PAGES[title].script)


def launch_button(label: str, **look: Any) -> bool:
    """Place a button that starts work on the server, as ``st.button``; nothing where the link hides such buttons."""
    return not state.hidden("launch") and st.button(label, **look)


def go_to(title: str, /, **parameters: str | list[str]) -> None:
    """Open a page by its title, with address parameters of its own."""
    state.go_to(PAGES[title].script, **parameters)


PRESET_WORDS = {"official": "as in the paper", "voc-mlt": "as VOC-MLT", "all": "all training rows"}


def describe(choice: DatasetConfig) -> str:
    """Say in a few words which data set is chosen; plain text, which a file's name may be part of."""
    name = DATA_TITLES[choice.name]
    if choice.name == "file":
        from dbl_core.datasets import own_files

        name = own_files.name_of(choice.path)
        if not name:
            return "Own data, no file chosen"
    if choice.ratio is None:
        return f"{name}, {PRESET_WORDS.get(choice.preset, choice.preset)}"
    parts = [f"{name}, ratio {choice.ratio:g}", f"{choice.profile} profile"]
    if choice.max_count is not None:
        parts.append(f"largest class {choice.max_count:,}")
    return ", ".join([*parts, f"seed {choice.seed}"])
