"""The training sets on which the battery judges a loss."""

import pytest

from dbl_core.losses.conformance import of_counts, voc_mlt


@pytest.mark.parametrize(("counts", "n_samples"), [([], 10), ([1, 2], 1), ([3, 11], 10), ([[1]], 10), ([-1], 10)])
def test_impossible_counts_are_refused(counts, n_samples):
    with pytest.raises(ValueError, match="one number a class, from 0 to n_samples"):
        of_counts(counts, n_samples)


def test_drawn_rows_show_every_class_and_leave_no_image_empty():
    training_set = of_counts([900, 400, 90, 20, 5, 1], 1000)
    assert training_set.rows.any(0).all()
    assert training_set.rows.any(1).all()
    assert (training_set.rows.sum(1) > 1).any()


def test_the_rows_of_voc_mlt_show_every_class():
    training_set = voc_mlt()
    assert training_set.rows.any(0).all()
    assert training_set.rows.any(1).all()
    assert (training_set.label_counts.max(), training_set.n_samples, training_set.n_labels) == (775, 1142, 20)
