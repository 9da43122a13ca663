"""The worker's answer on many values of one option."""

import numpy as np
import pytest

from dbl_core.worker.tasks import perform
from dbl_core.worker.wire import decode, encode

ASKED = {
    "loss": {"name": "db_focal", "options": {"lam": 2.0}},
    "values": {"mu": [0.1, 0.3, 0.9]},
    "label_counts": [60, 30, 4],
    "n_samples": 100,
    "contexts": [{"label": 0, "others": [2]}, {"label": 2}],
    "points": 9,
}


def test_curves_of_every_value_travel_as_arrays():
    answer = decode(encode(perform("loss_scrub", ASKED)))
    assert answer["loss"].shape == answer["gradient"].shape == answer["factor"].shape == (4, 9, 3)
    assert answer["loss"].dtype == np.float32
    one = perform("loss_curves", {key: ASKED[key] for key in ASKED if key != "values"})
    assert answer["logits"] == pytest.approx(one["logits"])
    set_so = ASKED["loss"] | {"options": {"lam": 2.0, "mu": 0.9}}
    expected = perform("loss_curves", {key: ASKED[key] for key in ASKED if key != "values"} | {"loss": set_so})
    for row, record in enumerate(expected["curves"]):
        assert answer["gradient"][row, :, 2] == pytest.approx(record["gradient"], rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"values": {}}, "ask for 1 to 200 values of one option"),
        ({"values": {"mu": []}}, "ask for 1 to 200 values of one option"),
        ({"values": {"mu": [0.1], "lam": [1.0]}}, "ask for 1 to 200 values of one option"),
        ({"values": {"mu": [0.1] * 201}}, "ask for 1 to 200 values of one option"),
        ({"values": {"tau": [0.1]}}, "has no option 'tau'"),
        ({"values": {"mu": [11.0]}}, "mu must be a number from 0 to 10"),
        ({"contexts": [{"label": 3}]}, "must be from 0 to 2"),
        ({"loss": {"options": {}}}, "must be a name and its options"),
    ],
)
def test_bad_questions_are_one_sentence(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        perform("loss_scrub", ASKED | changes)
