"""What the lessons compute, against known values and plain recomputation; data that lack what is needed say so."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from dbl_core.config import DatasetConfig
from dbl_core.datasets import load_dataset
from dbl_core.errors import DataError
from dbl_core.lessons import COMPUTATIONS, Quantity, computation_named, facts, fill
from dbl_core.lessons.computations.registry import computation
from dbl_core.longtail import convention_named


@pytest.fixture(scope="module")
def lab():
    data = load_dataset("picto-voc")
    return SimpleNamespace(choice=DatasetConfig(), data=data, borders=convention_named("db"))


def small(labels, *, test_rows=None):
    """A lab on a label matrix of a test's own."""
    labels = np.array(labels, dtype=bool)
    data = SimpleNamespace(
        name="file",
        labels=labels,
        label_counts=labels.sum(axis=0),
        label_names=tuple("abcdefgh"[: labels.shape[1]]),
        train_rows=np.arange(len(labels)),
        test_rows=np.arange(len(labels)) if test_rows is None else np.array(test_rows),
        n_train=len(labels),
        n_labels=labels.shape[1],
        has_rows=True,
        has_images=False,
        features=None,
    )
    return SimpleNamespace(choice=None, data=data, borders=convention_named("db"))


def value(lab, name, key, /, **given):
    return computation_named(name)(lab, **given).value(key).value


def test_the_numbers_of_the_paper(lab):
    assert value(lab, "imbalance_ratio", "ratio") == 193.75
    assert value(lab, "mean_imbalance", "mean") == pytest.approx(50.23, abs=0.005)
    assert value(lab, "labels_per_image", "mean") == pytest.approx(2.054, abs=0.0005)
    assert value(lab, "measure", "value", key="scumble") == pytest.approx(0.198, abs=0.0005)
    assert value(lab, "imbalance_kept", "kept", sampler="class_aware") == pytest.approx(15.3, abs=0.05)
    assert [value(lab, "group_sizes", group) for group in ("head", "medium", "tail")] == [6, 6, 8]
    assert value(lab, "repeats", "draws") == 3875
    assert value(lab, "published", "rs_gain") == pytest.approx(75.38 - 70.86)


def test_average_precision_agrees_with_scikit_learn(lab):
    for ranks in ([1, 4], [2], [1, 2, 10], [7, 8, 9]):
        truth = np.isin(np.arange(1, 11), ranks)
        expected = average_precision_score(truth, -np.arange(10))
        assert value(lab, "ap_of_ranks", "ap", ranks=ranks) == pytest.approx(100 * expected)
    truth = lab.data.labels[lab.data.test_rows]
    expected = np.mean([average_precision_score(column, np.zeros(len(column))) for column in truth.T])
    assert value(lab, "all_negative", "map") == pytest.approx(100 * expected)
    assert value(lab, "all_negative", "accuracy") == pytest.approx(100 * (1 - truth.mean()))


def test_few_positives_are_less_certain(lab):
    widths = [value(lab, "ap_spread", "width", positives=number) for number in (5, 20, 200)]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 3 * widths[2]


def test_shares_and_lift_by_hand():
    labels = [[1, 1, 0], [1, 0, 0], [1, 0, 0], [0, 1, 1], [1, 0, 1], [0, 0, 1]]
    lab = small(labels)
    found = computation_named("conditional")(lab, first="b", second="a")
    assert found.value("forward").value == pytest.approx(100 * 1 / 2)
    assert found.value("back").value == pytest.approx(100 * 1 / 4)
    assert found.value("lift").value == pytest.approx(6 * 1 / (2 * 4))
    assert found.value("larger") == "forward"
    by_share = computation_named("companions")(lab, label="c", by="share")
    assert sorted(by_share.order) == ["a", "b"]
    assert by_share.ties == (0, 0)  # one image each
    assert computation_named("companions")(lab, label="c", by="lift").order == ("b", "a")
    assert value(lab, "positives_share", "labels", share=0.5) == 2
    assert value(lab, "negatives_per_positive", "times", label="b") == 2
    assert value(lab, "prior_logit", "logit", label="b") == pytest.approx(math.log((2 / 6) / (4 / 6)))


def test_the_leak_is_what_class_aware_sampling_shows_beyond_its_promise():
    lab = small([[1, 1], [1, 0], [1, 0], [1, 0]])  # b always brings a along
    assert value(lab, "imbalance_kept", "kept") == pytest.approx(1.6)  # a is always shown, b in 1/2 + 1/8
    assert value(lab, "asked_for_another", "share", label="a") == pytest.approx(50)
    assert computation_named("most_leaking")(lab, n=2).order == ("a", "b")


def test_the_smoothed_weight_is_its_formula(lab):
    for r, mu in ((0, 0.3), (1, 0.3), (0.3, 0.3), (5, 0.2)):
        expected = 0.1 + 1 / (1 + math.exp(-10 * (r - mu)))
        assert value(lab, "smoothed_weight", "weight", r=r, mu=mu) == pytest.approx(expected)


def test_recorded_results_say_where_they_come_from(lab):
    for name in ("from_scratch", "by_ratio", "logits"):
        note = computation_named(name)(lab).note
        assert "python benchmarks/lesson_records.py" in note
        assert "seeds 0, 1" in note
    found = computation_named("from_scratch")(lab, group="head")
    assert found.value("scratch_bce_total").value < found.value("head_bce_total").value
    gain = found.value("scratch_rs_head").value - found.value("scratch_bce_head").value
    assert found.value("scratch_gain").value == pytest.approx(gain)


def test_differences_know_noise(lab):
    class Pretended:
        choice, data, borders = lab.choice, lab.data, lab.borders
        gain, spread = 0.1, 0.0

        def heads(self, configs):
            luck = np.random.default_rng(0).normal(0, self.spread, len(configs))
            totals = 0.5 + luck + [self.gain * (config.loss.name == "db") for config in configs]
            return [SimpleNamespace(map=dict.fromkeys(("total", "head", "medium", "tail"), each)) for each in totals]

    pretended = Pretended()
    verdicts = []
    for pretended.gain, pretended.spread in ((0.1, 1e-4), (-0.1, 1e-4), (0.001, 0.05)):
        found = computation_named("difference")(pretended, first="RS", second="DB", seeds=5)
        verdicts.append(found.value("verdict"))
        assert found.value("low").value <= found.value("mean").value <= found.value("high").value
    assert verdicts == ["better", "worse", "noise"]
    with pytest.raises(ValueError, match="at least 3"):
        computation_named("difference")(pretended, first="RS", second="DB", seeds=2)
    with pytest.raises(ValueError, match="unknown method 'XYZ'"):
        computation_named("methods")(pretended, methods=["XYZ"])


@pytest.mark.parametrize("name", sorted(COMPUTATIONS))
def test_unknown_parameters_are_refused_in_one_sentence(name):
    with pytest.raises(ValueError, match="no_such") as refused:
        computation_named(name).checked({"no_such": 1})
    assert "\n" not in str(refused.value)
    assert COMPUTATIONS[name].about.endswith(".")


def test_data_without_what_is_needed_say_so():
    counts = SimpleNamespace(has_rows=False, label_counts=np.array([3, 1]), n_train=5, label_names=("a", "b"))
    only_counts = SimpleNamespace(choice=None, data=counts, borders=convention_named("db"))
    for name in ("labels_per_image", "imbalance_kept", "all_negative", "few_tests", "conditional"):
        with pytest.raises(DataError, match="class counts alone"):
            computation_named(name)(only_counts)
    empty = small(np.zeros((4, 2)))
    for name in ("imbalance_ratio", "imbalance_kept", "all_negative"):
        with pytest.raises(DataError):
            computation_named(name)(empty)
    alone = small(np.eye(3))
    for name in ("conditional", "companions"):
        with pytest.raises(DataError, match="co-occur"):
            computation_named(name)(alone)
    with pytest.raises(ValueError, match="no label 'zebra'"):
        computation_named("conditional")(small([[1, 1]]), first="zebra")


def test_texts_are_filled_with_quantities(lab):
    known = facts(lab)
    assert fill("[[most]]: [[most_count]], [[n_labels]]", known) == "person: 775 images, 20 labels"
    assert fill("[[x]]", {"x": "<b>"}, escape=lambda text: text.replace("<", "&lt;")) == "&lt;b>"
    assert fill("$[[a]_b]$ [[A]]", {}) == "$[[a]_b]$ [[A]]"
    with pytest.raises(ValueError, match="'unknown'"):
        fill("[[unknown]]", known)


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [(193.75, "times", "194 times"), (1, "labels", "1 label"), (0.00513, "", "0.00513"), (92.3, "%", "92.3 %"),
     (math.nan, "%", "undefined"), (-0.0, "points", "0 points"), (3875, "draws", "3,875 draws"), (1, "%", "1 %")],
)  # fmt: skip
def test_quantities_are_written_with_three_digits(number, unit, text):
    assert Quantity(number, unit).text == text


def test_names_of_computations_are_unique():
    def gini(lab):
        """Another one of that name."""

    with pytest.raises(ValueError, match="twice"):
        computation(gini)
