"""The glossary: one sentence a term, every term of the catalogues, found in texts and by search."""

import re

import pytest

from dbl_core.errors import DataError
from dbl_core.lessons import read_library
from dbl_core.lessons.glossary import read_glossary
from dbl_core.longtail import PROFILES
from dbl_core.losses import LOSSES
from dbl_core.methods import METHODS
from dbl_core.packaged import DATA_DIR
from dbl_core.samplers import SAMPLERS
from dbl_core.stats import COOCCURRENCE_MEASURES, LABEL_MEASURES, MEASURES


@pytest.fixture(scope="module")
def glossary():
    return read_glossary(DATA_DIR / "glossary.yaml")


def test_every_term_of_the_app_is_in_it(glossary):
    used = [loss.title for loss in LOSSES.values()] + [f"{each.title} sampling" for each in SAMPLERS.values()]
    used += [each.title for table in (MEASURES, LABEL_MEASURES, COOCCURRENCE_MEASURES) for each in table.values()]
    used += [f"{each.title} profile" for each in PROFILES.values()]
    used += [
        "head",
        "medium",
        "tail",
        "group",
        "mAP",
        "AP",
        "logit",
        "gradient",
        "weight",
        "seed",
        "epoch",
        "sampler",
        "loss",
        "run",
        "sweep",
        "threshold",
    ]
    used += ["calibration", "co-occurrence", "lift", "cell", "positive", "negative", "interval", "backbone"]
    used += ["learning rate", "Pareto front", "imbalance ratio", "long tail", "data set", "test split", "label set"]
    missing = [word for word in used if glossary.term(word) is None]
    assert not missing


def test_symbols_of_the_paper_and_its_methods_are_in_it(glossary):
    options = {option.name for loss in ("db_focal", "r_bce", "ntr") for option in LOSSES[loss].options}
    assert {"alpha", "beta", "mu", "lam", "kappa", "gamma"} <= options
    for word in ("alpha", "beta", "mu", "lam", "kappa", "gamma", "nu", "r-hat"):
        assert glossary.term(word).source
    for method in METHODS:
        if method.title in ("BCE", "RW", "RS", "R-BCE", "DB", "DB-Focal"):
            assert glossary.term(method.title)


def test_each_is_one_sentence(glossary):
    for term in glossary.terms:
        assert term.says.endswith("."), term.name
        assert len(re.findall(r"[.!?](?=\s+[A-Z])", term.says)) == 0, term.name
        assert len(term.says) < 300, term.name


def test_every_bold_word_that_the_lessons_introduce_is_explained(glossary):
    for lesson in read_library(DATA_DIR / "lessons").lessons:
        words = glossary.terms_in(" ".join(f"{step.title} {step.text} {step.look}" for step in lesson.steps))
        assert len(words) >= 5, lesson.name


def test_terms_are_found_in_texts(glossary):
    text = "The heads' mAPs under class-aware sampling, at imbalance ratios $\\mu = 3$; a seedling is no seed-"
    assert [term.name for term in glossary.terms_in(text)] == ["head", "mAP", "class-aware sampling", "imbalance ratio"]


def test_search_finds_names_first(glossary):
    assert glossary.search("lift")[0].name.casefold() == "lift"
    assert glossary.search("") == glossary.terms
    assert glossary.search("no such word at all") == ()
    assert glossary.search("MEAN average precision")[0].name == "mAP"


@pytest.mark.parametrize(
    "text", ["- a\n", "a: [\n", "term: {says: short}\n", "term: {meaning: a long enough text}\n", "a: {says: 3}\n"]
)
def test_a_damaged_glossary_is_one_sentence(tmp_path, text):
    path = tmp_path / "glossary.yaml"
    path.write_text(text)
    with pytest.raises(DataError, match=r"glossary\.yaml") as refused:
        read_glossary(path)
    assert "\n" not in str(refused.value)
    with pytest.raises(DataError, match="cannot be read"):
        read_glossary(tmp_path / "nowhere.yaml")
