"""The figures of a search: every trial where it belongs, failures visible, numbers of trials for clicks."""

import numpy as np
import pytest

from dbl_core.search.config import SearchConfig
from dbl_core.search.space import Dimension
from dbl_core.search.store import read_search_config
from dbl_core.search.study import read_trials
from dbl_core.search.trials import Trial, verdict
from dbl_core.viz import search as figures
from tests.fake_searches import FAILED, write_search

NAMES = {"loss.mu": "mu <b>", "train.learning_rate": "learning rate"}


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    paths = write_search(tmp_path_factory.mktemp("runs") / "s", seeds=2)
    trials, config = read_trials(paths), read_search_config(paths)
    return trials, config, verdict(trials, config)


def traces(figure):
    return {trace.name: trace for trace in figure.data}


def test_the_history_shows_every_trial_and_the_best_so_far(searched):
    trials, _, found = searched
    drawn = traces(figures.history(trials, "tail", NAMES, found.best.number))
    done = [trial for trial in trials if trial.state == "complete"]
    assert drawn["tail mAP"].customdata.tolist() == [trial.number for trial in done]
    assert list(drawn["tail mAP"].y) == pytest.approx([100 * trial.mean("tail") for trial in done])
    assert drawn["tail mAP"].error_y.array[0] == pytest.approx(100 * done[0].spread("tail"))
    best = drawn["best so far"].y
    assert (np.diff(best) >= 0).all()
    assert best[-1] == pytest.approx(max(100 * trial.mean("tail") for trial in done))
    lost = drawn["failed or interrupted"]
    assert lost.customdata.tolist() == list(FAILED)
    assert max(lost.y) < min(drawn["tail mAP"].y)
    assert "the loss became nan" in lost.text[0]
    assert "mu &lt;b&gt;" in drawn["tail mAP"].text[0]
    assert drawn["chosen"].x == (found.best.number,)


def test_the_axis_of_trials_has_whole_numbers_only(searched):
    trials = searched[0]
    for some in (trials[:1], trials[:2], trials):
        axis = figures.history(some, "total", NAMES).layout.xaxis
        assert axis.dtick == int(axis.dtick) >= 1
        assert axis.range[1] > some[-1].number


def test_the_history_of_failures_alone_can_be_drawn():
    trials = [Trial(1, "failed", message="<b>no</b>"), Trial(2, "running")]
    (only,) = figures.history(trials, "total", {}).data
    assert only.customdata.tolist() == [1]
    assert "<b>" not in only.text[0]


def test_head_against_tail_joins_the_front_and_leaves_nobody_out(searched):
    _, _, found = searched
    drawn = traces(figures.head_against_tail(found, NAMES, found.front[0].number))
    front, beaten = drawn["Pareto front"], drawn["beaten trials"]
    assert len(front.x) > 1
    assert (np.diff(front.x) > 0).all()
    assert (np.diff(front.y) < 0).all()
    numbers = [*front.customdata.tolist(), *beaten.customdata.tolist()]
    assert sorted(numbers) == [trial.number for trial in found.finished]


def test_all_settings_are_axes_on_their_own_scales(searched):
    _, config, found = searched
    (lines,) = figures.all_settings(found, config, "total", NAMES).data
    axes = {axis.label: axis for axis in lines.dimensions}
    assert list(axes) == ["loss.name", "mu <b>", "learning rate", "train.sampler", "total mAP (%)"]
    assert axes["learning rate"].ticktext[0] == "0.003"
    assert axes["learning rate"].ticktext[-1] == "0.3"
    rates = [trial.settings["train.learning_rate"] for trial in found.finished]
    assert list(axes["learning rate"].values) == pytest.approx(np.log10(rates))
    without_mu = [trial.settings["loss.name"] == "bce" for trial in found.finished]
    assert any(without_mu)
    assert [value < 0.1 for value in axes["mu <b>"].values] == without_mu
    assert axes["mu <b>"].ticktext[0] == "not used"
    assert axes["train.sampler"].ticktext == ("uniform", "class_aware")
    assert list(lines.line.color) == pytest.approx([100 * trial.mean("total") for trial in found.finished])


def test_a_value_near_one_has_an_axis_of_its_distance():
    beta = Dimension(setting="loss.beta", low=0.9, high=0.9999, scale="log1m")
    base = {"loss": {"name": "cb_focal"}}
    config = SearchConfig.model_validate({"base": base, "space": [beta]})
    maps = ({"total": 0.5, "head": 0.5, "medium": 0.5, "tail": 0.5},)
    trials = [
        Trial(1, "complete", {"loss.beta": 0.9}, maps=maps),
        Trial(2, "complete", {"loss.beta": 0.9999}, maps=maps),
    ]
    (lines,) = figures.all_settings(verdict(trials, config), config, "total", {}).data
    assert lines.dimensions[0].ticktext[0] == "0.9"
    assert lines.dimensions[0].ticktext[-1] == "0.9999"
    assert list(lines.dimensions[0].values) == pytest.approx([1, 4])


def test_importance_bars_grow_upwards_and_name_what_they_measure():
    figure = figures.importance({"head": {"loss.mu": 0.2, "a": 0.8}, "tail": {"loss.mu": 0.9, "a": 0.1}}, NAMES)
    assert [trace.name for trace in figure.data] == ["head mAP", "tail mAP"]
    assert list(figure.data[0].y) == ["a", "mu &lt;b&gt;"]
    assert list(figure.data[1].x) == pytest.approx([10, 90])
    assert figure.layout.xaxis.title.text
