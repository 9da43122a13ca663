"""Every term of the app in one sentence.

Concepts stand in ``data/glossary.yaml``; losses, samplers, measures, profiles and group conventions bring the sentences
that describe them in their own catalogues, so that a new one is in the glossary without being written twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from dbl_core.config import explain
from dbl_core.config.base import Settings
from dbl_core.errors import DataError
from dbl_core.longtail import CONVENTIONS, PROFILES
from dbl_core.losses import LOSSES
from dbl_core.samplers import SAMPLERS
from dbl_core.stats import COOCCURRENCE_MEASURES, LABEL_MEASURES, MEASURES

MOST_BYTES = 256 * 1024


class Written(Settings):
    """A term as the file has it.

    Attributes:
        says: What it means, one sentence.
        source: The paper it is from; "" for a word of everyday statistics.
        also: Other ways to write it.
    """

    says: Annotated[str, Field(min_length=10, max_length=400)]
    source: Annotated[str, Field(max_length=200)] = ""
    also: list[Annotated[str, Field(min_length=1, max_length=60)]] = Field(default_factory=list)


@dataclass(frozen=True)
class Term:
    """A term.

    Attributes:
        name: How it is written.
        says: What it means, one sentence.
        source: Where it is from.
        also: Other ways to write it.
        exact: Whether texts mean it only where they write it letter by letter: "Count" is a measure, "counts" a verb.
    """

    name: str
    says: str
    source: str = ""
    also: tuple[str, ...] = ()
    exact: bool = False


@dataclass(frozen=True)
class Glossary:
    """All terms, by name in alphabetical order."""

    terms: tuple[Term, ...]

    @cached_property
    def _by_word(self) -> dict[str, Term]:
        return {word.casefold(): term for term in reversed(self.terms) for word in (*term.also, term.name)}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        words = sorted(self._by_word, key=len, reverse=True)
        return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, words))})(?:s|es)?(?![\w-])", re.IGNORECASE)

    def term(self, word: str) -> Term | None:
        """Return the term that a word names, by its name or another way to write it; None where there is none."""
        return self._by_word.get(word.casefold())

    def terms_in(self, text: str) -> tuple[Term, ...]:
        """Return the terms that a text uses, in the order in which they first appear; formulas are left out."""
        plain = re.sub(r"\$[^$]*\$", " ", text)
        found = ((match[0], self._named(match[0])) for match in self._pattern.finditer(plain))
        return tuple(dict.fromkeys(term for word, term in found if not term.exact or word == term.name))

    def search(self, words: str) -> tuple[Term, ...]:
        """Return the terms whose name or sentence holds every word; all of them for no word.

        A term of just that name comes first, then those with all words in their names.
        """
        wanted = words.casefold().split()
        hits = [term for term in self.terms if all(word in _text_of(term) for word in wanted)]
        exact = self.term(" ".join(wanted))

        def rank(term: Term) -> tuple[bool, bool]:
            return term != exact, not all(word in term.name.casefold() for word in wanted)

        return tuple(sorted(hits, key=rank))

    def _named(self, word: str) -> Term:
        word = word.casefold()
        return next(self._by_word[each] for each in (word, word[:-1], word[:-2]) if each in self._by_word)


def read_glossary(path: Path) -> Glossary:
    """Read the written terms and add those of the catalogues; a written term comes before one of a catalogue.

    Raises:
        DataError: The file is missing or damaged; one sentence.
    """
    try:
        with path.open("rb") as file:
            content = yaml.safe_load(file.read(MOST_BYTES))
        written = TypeAdapter(dict[str, Written]).validate_python(content)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): restore it from the repository.") from error
    except ValidationError as error:
        raise DataError(f"{path.name}: {explain(error)[:300]}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DataError(f"{path.name} is no YAML: {' '.join(str(error).split())[:200]}") from error
    terms = {term.name.casefold(): term for term in _from_catalogues()}
    terms |= {name.casefold(): Term(name, each.says, each.source, tuple(each.also)) for name, each in written.items()}
    return Glossary(tuple(terms[name] for name in sorted(terms)))


def _from_catalogues() -> Iterator[Term]:
    for loss in LOSSES.values():
        yield Term(loss.title, _first_sentence(loss.idea), f"{loss.authors}, {loss.venue}", (loss.name,))
    for sampler in SAMPLERS.values():
        yield Term(f"{sampler.title} sampling", _first_sentence(sampler.idea), sampler.paper)
    for measures in (COOCCURRENCE_MEASURES, LABEL_MEASURES, MEASURES):
        for measure in measures.values():
            yield Term(measure.title, _first_sentence(measure.reading), measure.source, exact=True)
    for profile in PROFILES.values():
        yield Term(f"{profile.title} profile", profile.idea)
    for convention in CONVENTIONS.values():
        rule = "; ".join(f"{group} {convention.rule(group)}" for group in ("head", "medium", "tail"))
        yield Term(f"{convention.title} borders", f"Borders of the groups: {rule}.", convention.source)


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.])\s+(?=[A-Z])", text, maxsplit=1)[0]


def _text_of(term: Term) -> str:
    return " ".join((term.name, *term.also, term.says)).casefold()
