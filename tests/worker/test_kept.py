"""What is kept is bounded by bytes, and what was used last stays longest."""

from dbl_core.worker.kept import Kept


def test_the_longest_unused_goes_first():
    kept = Kept(10)
    kept.put("a", 1, 4)
    kept.put("b", 2, 4)
    assert kept.get("a") == 1
    kept.put("c", 3, 4)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (1, None, 3)
    assert (len(kept), kept.n_bytes) == (2, 8)


def test_a_newer_value_takes_the_place_of_the_older():
    kept = Kept(10)
    kept.put("a", 1, 6)
    kept.put("a", 2, 7)
    assert (kept.get("a"), kept.n_bytes) == (2, 7)


def test_what_is_too_large_is_not_kept_and_drives_nothing_out():
    kept = Kept(10)
    kept.put("a", 1, 6)
    kept.put("b", 2, 11)
    assert (kept.get("a"), kept.get("b"), kept.n_bytes) == (1, None, 6)
    kept.put("a", 3, 11)
    assert (kept.get("a"), kept.n_bytes) == (None, 0)
