"""The worker's heads as records, and the sentence about two of them."""

import math

import numpy as np
import pytest

from dbl_core.metrics import group_report
from dbl_core.runs import heads
from tests import fake_heads
from tests.fake_heads import setting


def asked(*configs, **arguments):
    runs = [config.model_dump() for config in configs]
    return heads.read_heads(fake_heads.train_heads(runs=runs, **arguments), configs)


def test_a_head_becomes_the_result_of_a_run():
    config = setting({"mu": 0.5}, seed=3)
    found = asked(config, intervals=True)
    (head,) = found.heads
    result = head.result
    assert result.config == config
    assert len(result.per_class) == 20
    person = next(entry for entry in result.per_class if entry.label == "person")
    assert (person.group, person.train_count) == ("head", 775)
    assert person.interval == pytest.approx((person.ap - 0.05, person.ap + 0.05))
    assert result.map == pytest.approx(group_report(head.ap, result.label_counts))
    assert result.intervals["tail"][1] == pytest.approx(result.map["tail"] + 0.03)
    assert [point.step for point in head.curve] == [6, 12, 18, 25, 31, 37, 43, 50]
    assert found.untested == ()


def test_a_head_without_intervals_has_none():
    (head,) = asked(setting()).heads
    assert not head.intervals
    assert all(math.isnan(entry.interval[0]) for entry in head.result.per_class)


def test_diverged_heads_are_told_apart_and_nulls_are_not_numbers():
    good, bad = setting(), setting(learning_rate=50)
    found = asked(good, bad)
    assert [head.config for head in found.diverged] == [bad]
    assert "lower the learning rate" in found.diverged[0].diverged
    assert np.isnan(found.diverged[0].ap).all()
    answer = fake_heads.train_heads(runs=[good.model_dump()])
    answer["heads"][0]["ap"][0] = None
    answer["classes"][0]["test_positives"] = 0
    found = heads.read_heads(answer, [good])
    assert math.isnan(found.heads[0].ap[0])
    assert found.untested == (answer["classes"][0]["label"],)


def test_a_difference_inside_its_interval_is_called_noise():
    answer = {
        "groups": {
            "total": [0.03, 0.01, 0.05],
            "head": [0.001, -0.01, 0.02],
            "medium": [-0.02, -0.03, -0.01],
            "tail": [math.nan] * 3,
        },
        "per_class": [[0.2, 0.1, 0.3], [None, None, None]],
    }
    found = heads.read_difference(answer)
    assert found.sentence == (
        "More than the noise of the test images: total +3.0, medium -2.0. Noise, the interval holds 0: head +0.1."
    )
    assert not found.per_class[0].inside_noise
    assert math.isnan(found.per_class[1].value)


def test_nothing_defined_is_said():
    nothing = [math.nan] * 3
    found = heads.read_difference({"groups": {"total": nothing, "tail": nothing}, "per_class": []})
    assert "cannot be compared" in found.sentence
