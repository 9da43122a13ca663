"""The numbers of a run's result against the functions and libraries they come from."""

import json

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import f1_score

from dbl_core.metrics import label_ranking, reliability, score_summary


def test_the_summary_is_of_probabilities_cut_at_a_half():
    rng = np.random.default_rng(0)
    targets = rng.random((200, 4)) < [0.5, 0.3, 0.2, 0.1]
    logits = rng.normal(size=targets.shape) + 2 * targets - 1
    found = score_summary(targets, logits, [200, 50, 50, 5])
    chances = expit(logits)
    assert found["f_scores"]["threshold"] == 0.5
    assert found["f_scores"]["total"]["micro_f1"] == pytest.approx(f1_score(targets, chances >= 0.5, average="micro"))
    assert found["f_scores"]["medium"]["macro_f1"] == pytest.approx(
        f1_score(targets[:, 1:3], chances[:, 1:3] >= 0.5, average="macro")
    )
    assert set(found["f_scores"]["tail"]) == {"micro_f1", "macro_f1", "cf1", "of1"}
    assert found["label_ranking"]["one_error"] == label_ranking(targets, logits).one_error
    assert found["calibration"]["head"]["ece"] == pytest.approx(
        reliability(targets[:, :1], chances[:, :1], kind="probability").ece
    )
    assert json.loads(json.dumps(found)) == found


def test_what_is_undefined_is_nan_and_no_error():
    found = score_summary(np.zeros((3, 2)), np.full((3, 2), -5.0), [200, 50])
    assert np.isnan(found["f_scores"]["total"]["cf1"])
    assert np.isnan(found["calibration"]["tail"]["ece"])
    assert found["label_ranking"]["without_labels"] == 3
