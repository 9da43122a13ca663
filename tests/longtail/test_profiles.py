"""Target profiles against their formulas and their ends."""

import numpy as np
import pytest

from dbl_core.longtail import PROFILES, target_counts


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("n_labels", "ratio", "largest"), [(20, 193.75, 775), (80, 188, 1128), (2, 10, 10), (7, 1, 9)])
def test_every_profile_descends_from_max_to_max_over_ratio(profile, n_labels, ratio, largest):
    counts = target_counts(n_labels, ratio, largest, profile, pool_counts=np.arange(n_labels, 0, -1) ** 2)
    assert counts.dtype == np.int64
    assert counts.shape == (n_labels,)
    assert counts[0] == largest
    assert counts[-1] == round(largest / ratio)
    assert (np.diff(counts) <= 0).all()


def test_pareto_is_the_papers_curve_up_to_its_stretched_end():
    x = np.linspace(1, 0.01 ** (-1 / 6), 20)
    published = (800 - 1) * x**-7 + 1
    ours = target_counts(20, 800, 800)
    assert np.abs(ours - published).max() < 5  # the published curve ends at 4.7 instead of 1
    assert ours[1] == pytest.approx(published[1], abs=2)


def test_exponential_and_linear_and_step():
    assert list(target_counts(3, 100, 100, "exponential")) == [100, 10, 1]
    assert list(target_counts(5, 5, 100, "linear")) == [100, 80, 60, 40, 20]
    assert list(target_counts(5, 10, 100, "step")) == [100, 100, 100, 10, 10]


def test_natural_keeps_the_pools_spacing_on_a_log_axis():
    assert list(target_counts(3, 100, 1000, "natural", pool_counts=[4, 16, 8])) == [1000, 100, 10]
    assert list(target_counts(3, 5, 50, "natural", pool_counts=[7, 7, 7])) == [50, 50, 50]


def test_one_label_has_nothing_to_fall():
    assert list(target_counts(1, 10, 25)) == [25]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 1, 1), "n_labels must be at least 1"),
        ((3, 0.5, 10), "finite number >= 1, not 0.5"),
        ((3, float("nan"), 10), "finite number >= 1, not nan"),
        ((3, float("inf"), 10), "finite number >= 1, not inf"),
        ((3, "10", 10), "number >= 1, not '10'"),
        ((3, True, 10), "number >= 1, not True"),
        ((3, 1, 0), "max_count must be at least 1"),
        ((3, 20, 10), "allowed: a ratio from 1 to 10, or a larger max_count"),
        ((3, 2, 10, "zipf"), "unknown profile 'zipf'; allowed: pareto, exponential, step, linear, natural"),
        ((3, 2, 10, "natural"), "needs pool_counts"),
    ],
)
def test_bad_values_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        target_counts(*arguments)


@pytest.mark.parametrize("pool_counts", [[1, 2], [1, 2, 0]])
def test_natural_refuses_counts_that_do_not_fit(pool_counts):
    with pytest.raises(ValueError, match="3 numbers >= 1"):
        target_counts(3, 2, 10, "natural", pool_counts=pool_counts)


def test_every_profile_is_described():
    for name, profile in PROFILES.items():
        assert profile.name == name
        assert profile.title
        assert profile.formula
        assert profile.idea.endswith(".")
