"""The glossary on the pages: the sentence of a term for ``help=``, words with tooltips, and the list with its search.

Any page explains a word with ``help=glossary.tip("co-occurrence")``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import streamlit as st

from dbl_core.lessons.glossary import Glossary, Term, read_glossary
from dbl_core.packaged import DATA_DIR
from pages.ui.text import literal

FILE = DATA_DIR / "glossary.yaml"


def terms() -> Glossary:
    """Return the glossary; it is read anew when its file changes.

    Raises:
        DataError: The file is missing or damaged.
    """
    stamp = FILE.stat().st_mtime_ns if FILE.is_file() else 0
    return _read(str(FILE), stamp)


@st.cache_resource(max_entries=2, show_spinner=False)
def _read(path: str, stamp: int) -> Glossary:
    return read_glossary(Path(path))


def tip(word: str) -> str:
    """Return the sentence of a term as Markdown, with its source.

    Raises:
        ValueError: The glossary has no such term.
    """
    term = terms().term(word)
    if term is None:
        raise ValueError(f"the glossary has no term {word!r}; add it to data/glossary.yaml")
    return _sentence(term)


def group_tip(key: str) -> str:
    """Return the sentence on "head", "medium" or "tail", and on mAP for "total", which is no group."""
    return tip("mAP" if key == "total" else key)


def words(some: Iterable[Term]) -> None:
    """Place terms side by side, each with its sentence as a tooltip."""
    with st.container(horizontal=True, gap="small"):
        for term in some:
            st.badge(literal(term.name), color="gray", help=_sentence(term))


def section() -> None:
    """Draw the whole glossary with a search."""
    glossary = terms()
    wanted = st.text_input(
        "Find a term", key="learn_word", bind="query-params", max_chars=80, icon=":material/search:", placeholder="lift"
    )
    found = glossary.search(wanted)
    if not found:
        st.info(f"No term has {literal(wanted)} in its name or its sentence.", icon=":material/search_off:")
        return
    st.caption(f"{len(found):,} of {len(glossary.terms):,} terms" if wanted else f"{len(found):,} terms")
    st.markdown("\n\n".join(f"**{literal(_heading(term))}**{_others(term)} · {_sentence(term)}" for term in found))


def _heading(term: Term) -> str:
    """The name with a capital, as all in the list; one with capitals of its own, as mAP, stays as it is."""
    return f"{term.name[:1].upper()}{term.name[1:]}" if term.name.islower() else term.name


def _others(term: Term) -> str:
    return f" ({literal(', '.join(term.also))})" if term.also else ""


def _sentence(term: Term) -> str:
    return literal(term.says) + (f" *{literal(term.source)}*" if term.source else "")
