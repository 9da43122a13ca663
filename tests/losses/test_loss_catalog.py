"""The catalogue: complete, torch-free, strict."""

import re
import subprocess
import sys

import pytest

from dbl_core.losses import LADDER, LOSSES, PRESETS, build_loss, check_options, preset_options

NAMES = ["bce", "weighted_bce", "focal", "cb_focal", "r_bce", "r_bce_focal", "ntr", "ntr_focal", "db", "db_focal"]
NAMES += ["asl", "hill", "two_way", "zlpr", "ral", "mfm", "poly", "ldam", "logit_adjust", "cb_ntr"]
EVERY_OPTION = [(name, option) for name in LOSSES for option in LOSSES[name].options]
NUMBERS = [(name, option) for name, option in EVERY_OPTION if option.kind == "float"]


def ids(pair):
    return f"{pair[0]}-{pair[1].name}"


def test_the_catalogue_holds_the_promised_names():
    assert list(LOSSES) == NAMES


def test_figures_call_no_two_losses_the_same():
    short = [loss.short for loss in LOSSES.values()]
    assert all(short)
    assert len(set(short)) == len(short)
    assert max(map(len, short)) <= 16, "a legend has little room"


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_described(name):
    loss = LOSSES[name]
    assert loss.name == name
    assert all((loss.title, loss.formula, loss.paper, loss.authors, loss.venue))
    assert len(re.findall(r"\.(?:\s|$)", loss.idea)) == 2, "the idea is two sentences"
    assert loss.url.startswith("https://")
    assert 1950 < loss.year < 2100
    assert loss.formula.count("{") == loss.formula.count("}")
    assert len(loss.defaults) == len(loss.options)
    assert build_loss(name, label_counts=[3, 1], n_samples=5).unit == loss.unit
    assert loss.native_reduction in ("mean", "sum")


@pytest.mark.parametrize("pair", EVERY_OPTION, ids=ids)
def test_every_option_is_described_and_its_default_allowed(pair):
    name, option = pair
    assert option.symbol
    assert option.help.endswith(".")
    assert option.check(option.default) == option.default
    assert check_options(name, {})[option.name] == option.default
    if option.kind == "choice":
        assert option.default in option.choices
    else:
        assert option.minimum <= option.low < option.high <= option.maximum
        assert option.low <= option.default <= option.high
        assert option.step > 0
        assert option.scale in ("linear", "log", "log1m")


@pytest.mark.parametrize("pair", NUMBERS, ids=ids)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), "nan", "many", "", None, True, [1.0], -11, 1e9])
def test_a_wrong_number_is_refused_with_name_value_and_range(pair, value):
    name, option = pair
    with pytest.raises(
        ValueError, match=re.escape(f"{option.name} must be {option.allowed}, not {value!r}.")
    ) as caught:
        check_options(name, {option.name: value})
    assert "\n" not in str(caught.value)


def test_lambda_0_is_refused():
    with pytest.raises(ValueError, match=r"Loss db: lam must be a number from 0\.01 to 100, not 0\."):
        check_options("db", {"lam": 0})


def test_a_wrong_word_is_refused_with_the_words_there_are():
    with pytest.raises(ValueError, match="bias must be one of official, paper, not 'both'"):
        check_options("db", {"bias": "both"})
    with pytest.raises(ValueError, match="bias must be one of official, paper, not 1"):
        check_options("db", {"bias": 1})


def test_numbers_may_come_as_strings():
    assert check_options("db", {"mu": "0.2", "lam": 2})["mu"] == 0.2
    assert isinstance(check_options("db", {"lam": 2})["lam"], float)


@pytest.mark.parametrize("name", LOSSES)
def test_options_come_back_complete_and_in_order(name):
    assert list(check_options(name)) == [option.name for option in LOSSES[name].options]


def test_an_unknown_loss_is_refused_with_a_guess_and_the_names():
    with pytest.raises(ValueError, match=r"no loss 'db_focl' \(did you mean db_focal\?\); choose one of bce, weighted"):
        check_options("db_focl", {})
    with pytest.raises(ValueError, match=r"There is no loss None; choose one of"):
        check_options(None, {})


def test_an_option_the_loss_does_not_have_is_refused_with_those_it_has():
    with pytest.raises(ValueError, match=r"r_bce has no option 'lam'; it has alpha, beta, mu\."):
        check_options("r_bce", {"lam": 2})
    with pytest.raises(ValueError, match=r"has no option 'gama' \(did you mean gamma\?\)"):
        build_loss("focal", label_counts=[1], n_samples=2, gama=2)
    with pytest.raises(ValueError, match="bce has no option 'gamma'; it has no options"):
        check_options("bce", {"gamma": 2})


def test_presets_are_legal_for_every_loss_they_name():
    for preset, entry in PRESETS.items():
        assert entry.title
        assert entry.source
        for loss in entry.losses:
            assert set(preset_options(preset, loss)) == set(LOSSES[loss].defaults)
            used = set().union(*(LOSSES[other].defaults for other in entry.losses))
            assert set(entry.values) <= used


def test_the_papers_settings():
    voc, coco = preset_options("paper-voc", "db_focal"), preset_options("paper-coco", "db_focal")
    assert voc == LOSSES["db_focal"].defaults
    assert voc == {
        **{"alpha": 0.1, "beta": 10.0, "mu": 0.3, "lam": 5.0, "kappa": 0.05, "bias": "official"},
        **{"gamma": 2.0, "focal_scale": 2.0},
    }
    assert {key for key in voc if voc[key] != coco[key]} == {"mu", "lam"}
    assert (coco["mu"], coco["lam"]) == (0.2, 2.0)
    with pytest.raises(ValueError, match="focal has no preset 'paper-voc'; it has focal-paper"):
        preset_options("paper-voc", "focal")


def test_the_ladder_leads_from_bce_to_the_whole_method():
    assert (LADDER[0], LADDER[-1]) == ("bce", "db_focal")
    assert set(LADDER) <= set(LOSSES)


def test_describing_and_checking_load_no_torch():
    code = (
        "import sys, dbl_core.losses as losses; losses.check_options('db'); losses.preset_options('paper-voc', 'db');"
        "sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
