"""The sources that a report names, from ``references.bib``: which belong to a run, as BibTeX and in words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from dbl_core import __version__
from dbl_core.models.catalog import describe_backbone
from dbl_core.samplers import SAMPLERS

FILE = Path(__file__).with_name("references.bib")
LAB = "longtaillab"
ALWAYS = ("wu2020distribution", "charte2015addressing", "efron1993introduction")
"""The groups and the method, the measures of imbalance, the intervals: every report has them."""
OF_DATA = {"voc": "everingham2015pascal", "picto-voc": "everingham2015pascal", "coco": "lin2014microsoft"}
_ENTRY = re.compile(r"^@\w+\{(\w+),\n.*?^\}$", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^  (\w+)\s*= \{(.*)\},?$", re.MULTILINE)
_ACCENTS = {r"{\'a}": "á", r"{\'i}": "í", r"{\"o}": "ö", r"{\"O}": "Ö", r"{\"u}": "ü"}


@lru_cache(maxsize=1)
def entries() -> dict[str, str]:
    """All entries by their key."""
    text = FILE.read_text(encoding="utf-8").replace("LAB_VERSION", __version__)
    return {match[1]: match[0] for match in _ENTRY.finditer(text)}


def fields(key: str) -> dict[str, str]:
    """The fields of an entry, accents as letters, without the braces that keep capitals."""
    found = dict(_FIELD.findall(entries()[key]))
    for written, letter in (*_ACCENTS.items(), ("{", ""), ("}", "")):
        found = {name: value.replace(written, letter) for name, value in found.items()}
    return found


def entries_for(
    *, urls: Iterable[str], samplers: Iterable[str], datasets: Iterable[str], backbones: Iterable[str]
) -> list[str]:
    """The keys of what some runs rest on, each once.

    Args:
        urls: Addresses of papers, as the losses name them.
        samplers: Keys of ``dbl_core.samplers.SAMPLERS``.
        datasets: Keys of ``dbl_core.datasets.DATASETS``.
        backbones: Keys of ``dbl_core.models.catalog.BACKBONES``.
    """
    places = {fields(key).get("url", ""): key for key in entries()}
    sampled = [places.get(SAMPLERS[name].url) for name in samplers if SAMPLERS[name].url]
    papers = [describe_backbone(name).paper for name in backbones]
    networks = [key for place, key in places.items() if place and any(_number(place) in paper for paper in papers)]
    found = [places.get(url) for url in urls] + sampled + [OF_DATA.get(name) for name in datasets] + networks
    return [key for key in dict.fromkeys([*ALWAYS[:1], *found, *ALWAYS[1:]]) if key]


def bibtex(keys: Iterable[str]) -> str:
    """Entries as one BibTeX text."""
    return "\n\n".join(entries()[key] for key in keys)


def spoken(key: str) -> tuple[str, str]:
    """An entry in words, and its address or ""."""
    found = fields(key)
    names = [name.partition(",")[0] for name in found["author"].split(" and ")]
    authors = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    place = found.get("booktitle") or found.get("journal") or found.get("publisher")
    place = place or f"{found['archiveprefix']} {found['eprint']}"
    return f"{authors}: {found['title']}. {place}, {found['year']}", found.get("url", "")


def _number(url: str) -> str:
    """How the papers of the backbones are named: ``arXiv 1512.03385``."""
    return f"arXiv {url.rpartition('/')[2]}" if "arxiv.org" in url else url
