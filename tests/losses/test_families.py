"""The families of the losses, and the eight that three switches make."""

from itertools import product

import pytest

from dbl_core.losses import LADDER, LOSSES
from dbl_core.losses.families import FAMILIES, SWITCHES, family_of, in_order, rung_before, switched, terms_of


def test_every_loss_is_in_one_family_and_the_order_holds_all():
    listed = [name for names in FAMILIES.values() for name in names]
    assert sorted(listed) == sorted(LOSSES)
    assert in_order() == listed
    assert all(family_of(name) for name in LOSSES)
    assert family_of("nonsense") == ""


def test_the_switches_say_what_the_catalogue_says():
    eight = [name for name in LOSSES if terms_of(name) is not None]
    assert len(eight) == 8
    for name in eight:
        assert terms_of(name) == set(LOSSES[name].terms)


def test_every_switch_leads_to_a_loss_with_that_term_and_back():
    for (name, terms), term in product([(n, terms_of(n)) for n in LOSSES if terms_of(n) is not None], SWITCHES):
        assert terms_of(switched(name, term, True)) == terms | {term}
        assert switched(switched(name, term, term not in terms), term, term in terms) == name


def test_switches_of_other_losses_and_unknown_switches_are_refused():
    with pytest.raises(ValueError, match="'asl' with 'focal': switches are rebalanced"):
        switched("asl", "focal", True)
    with pytest.raises(ValueError, match="'db' with 'margin'"):
        switched("db", "margin", True)


def test_the_rung_before():
    assert [rung_before(name) for name in LADDER] == [None, *LADDER[:-1]]
    assert rung_before("r_bce_focal") == "r_bce"
    assert rung_before("ntr_focal") == "ntr"
    assert rung_before("asl") is None
