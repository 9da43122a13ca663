"""The references against the descriptions that name the papers, and formulas as well-formed MathML."""

import xml.etree.ElementTree as ET

import pytest

from dbl_core.datasets import DATASETS
from dbl_core.losses import LOSSES
from dbl_core.models.catalog import BACKBONES
from dbl_core.report import references
from dbl_core.report.formulas import lines_of, mathml
from dbl_core.samplers import SAMPLERS
from dbl_core.stats import MEASURES


def keys_of(**chosen):
    return references.entries_for(**{"urls": [], "samplers": [], "datasets": [], "backbones": [], **chosen})


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_has_its_paper(name):
    about = LOSSES[name]
    found = [references.fields(key) for key in references.entries()]
    entry = next(fields for fields in found if fields.get("url") == about.url)
    assert entry["title"] == about.paper
    assert int(entry["year"]) == about.year
    assert [person.partition(",")[0] for person in entry["author"].split(" and ")] == about.authors.split(", ")


def test_samplers_backbones_and_data_have_theirs():
    usual = set(keys_of())
    for name, sampler in SAMPLERS.items():
        assert len(set(keys_of(samplers=[name])) - usual) == bool(sampler.url), name
    for name, network in BACKBONES.items():
        assert len(set(keys_of(backbones=[name])) - usual) == (not network.shipped), name
    for name in DATASETS:
        assert len(set(keys_of(datasets=[name])) - usual) == (name != "file"), name


def test_entries_are_whole():
    text = references.FILE.read_text(encoding="utf-8")
    assert len(references.entries()) == text.count("\n@") + 1
    for key, entry in references.entries().items():
        assert entry.count("{") == entry.count("}")
        assert "title" in references.fields(key)


def test_an_entry_in_words():
    assert references.spoken("lin2017focal") == (
        "Lin, Goyal, Girshick, He and Dollár: Focal Loss for Dense Object Detection. "
        "IEEE International Conference on Computer Vision (ICCV), 2017",
        "https://arxiv.org/abs/1708.02002",
    )


@pytest.mark.parametrize(
    "latex", [*(loss.formula for loss in LOSSES.values()), *(m.formula for m in MEASURES.values())]
)
def test_every_formula_is_mathml(latex):
    for line in lines_of(latex):
        root = ET.fromstring(str(mathml(line, "block")))
        assert root.tag.endswith("math")
        assert "\\" not in "".join(root.itertext())


def test_every_symbol_is_mathml():
    for loss in LOSSES.values():
        for option in loss.options:
            assert "\\" not in "".join(ET.fromstring(str(mathml(option.symbol))).itertext())
