import numpy as np
import pandas as pd
import pytest

from dbl_core.datasets import load_dataset
from dbl_core.stats import MEASURES
from pages.ui import labels_one, pairs, state, tables
from pages.ui.measures import written
from pages.ui.text import brief

PAGE = "pages/2_Labels.py"


def value(app, label):
    return next(metric.value for metric in app.metric if metric.label == label)


@pytest.fixture(scope="module")
def voc_mlt():
    return load_dataset("picto-voc")


def test_the_papers_numbers(open_page):
    app = open_page(PAGE)
    assert not app.exception
    assert not app.error
    assert (value(app, "Head labels"), value(app, "Medium labels"), value(app, "Tail labels")) == ("6", "6", "8")
    assert value(app, "Under class-aware sampling") == "15.3"
    assert value(app, "MeanIR") == "50.23"
    assert {described.title for described in MEASURES.values()} <= {metric.label for metric in app.metric}
    assert value(app, "With both") == "242"


def test_another_convention_moves_the_borders(open_page):
    app = open_page(PAGE)
    app.selectbox(key="labels_groups").set_value("lvis").run()
    assert value(app, "Tail labels") == "5"
    assert app.query_params["groups"] in ("lvis", ["lvis"])
    app.selectbox(key="labels_groups").set_value("db").run()
    assert "groups" not in app.query_params


@pytest.mark.parametrize("measure", ["count", "conditional", "lift", "npmi", "jaccard", "phi"])
def test_every_measure_and_order_can_be_chosen(open_page, measure):
    app = open_page(PAGE)
    app.button_group(key="labels_measure").set_value(measure)
    app.button_group(key="labels_order").set_value("cluster").run()
    assert not app.exception
    assert not app.error


def test_a_pair_from_the_address(open_page):
    app = open_page(PAGE, labels_first="cow", labels_second="cat")
    assert (value(app, "With cow"), value(app, "With cat"), value(app, "With both")) == ("4", "29", "1")
    link = next(link for link in app.get("page_link") if "of this pair" in link.proto.label)
    assert "dataset_with=cow&dataset_with=cat" in link.proto.query_string


def test_a_pair_that_never_meets_is_said(open_page):
    app = open_page(PAGE, labels_first="cow", labels_second="sheep")
    assert "No training image shows both" in " ".join(info.value for info in app.info)


def test_nonsense_in_the_address_falls_to_defaults(open_page):
    app = open_page(
        PAGE,
        ratio="abc",
        labels_first="<b>",
        labels_measure="?",
        labels_least="99",
        groups="x",
        labels_log="maybe",
    )
    assert not app.exception
    assert not app.error
    assert value(app, "Imbalance ratio") == "100"


def test_a_set_the_pool_cannot_give_is_one_sentence(open_page):
    app = open_page(PAGE, ratio="100", max_count="3")
    assert not app.exception
    assert len(app.error) == 1


def test_clicks_choose_the_pair(monkeypatch, voc_mlt):
    session = {
        "labels_bars": {"selection": {"points": [{"customdata": 2}]}},
        "labels_map": {"selection": {"points": [{"customdata": {"0": 1, "1": 0, "2": 7}}]}},
        "labels_worst": {"selection": {"rows": [1]}},
    }
    monkeypatch.setattr(state.st, "session_state", session)
    names = voc_mlt.label_names
    labels_one._pick("labels_bars", labels_one.FIRST, voc_mlt)
    assert session["labels_first"] == names[2]
    pairs._pick_cell(voc_mlt)
    assert (session["labels_first"], session["labels_second"]) == (names[1], names[0])
    session["labels_map"] = {"selection": {"points": [{"customdata": {"0": 4, "1": 4, "2": 7}}]}}
    pairs._pick_cell(voc_mlt)  # the diagonal is one label
    assert (session["labels_first"], session["labels_second"]) == (names[4], names[0])
    pairs._pick_row(pd.DataFrame({"rare": ["a", "cow"], "frequent": ["b", "person"]}))
    assert (session["labels_first"], session["labels_second"]) == ("cow", "person")
    assert state.clicked("never_drawn") == []


def test_label_table_is_sorted_and_complete(voc_mlt):
    table = tables.label_table(voc_mlt)
    assert list(table["label"][:2]) == ["person", "chair"]
    assert table["count"].is_monotonic_decreasing
    assert "asked" not in table
    assert "asked" in tables.label_table(load_dataset(ratio=10))


def test_pair_facts_against_counting_by_hand(voc_mlt):
    known = tables.pair_facts(voc_mlt, "dog", "person")
    labels = voc_mlt.labels[voc_mlt.train_rows]
    dog, person = labels[:, voc_mlt.label_names.index("dog")], labels[:, voc_mlt.label_names.index("person")]
    assert known["both"] == (dog & person).sum()
    assert known["second_given_first"] == pytest.approx((dog & person).sum() / dog.sum())
    assert known["expected"] == pytest.approx(dog.sum() * person.sum() / 1142)


def test_most_common_pair_ignores_a_label_with_itself():
    together = np.array([[5, 2, 1], [2, 9, 3], [1, 3, 4]])
    assert tables.most_common_pair(together, ("a", "b", "c")) == ("b", "c")
    assert tables.most_common_pair(np.array([[3]]), ("only",)) == ("only", "only")


def test_numbers_are_written_for_people():
    assert [brief(number) for number in (1690.4, 4.23, 0.0175)] == ["1,690", "4.2", "0.018"]
    assert written("mean_ir", float("nan")) == "–"
    assert written("n_samples", 1142) == "1,142"
    assert written("max_ir", 14321.5) == "14,322"
    assert written("max_ir", 193.75) == "193.8"
