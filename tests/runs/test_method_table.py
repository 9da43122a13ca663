"""The paper's table on other data: which heads, means and spreads, which differences are named, the file."""

import csv
import io
import math
import statistics

import pytest

from dbl_core.config import DatasetConfig
from dbl_core.methods import METHODS, published_rows
from dbl_core.runs import heads, method_table
from tests import fake_heads

CONFIGS = method_table.method_configs(DatasetConfig(), fake_heads.STEPS)


@pytest.fixture(scope="module")
def found():
    answer = fake_heads.train_heads(runs=[config.model_dump() for config in CONFIGS], evaluate="end")
    return heads.read_heads(answer, CONFIGS)


@pytest.fixture(scope="module")
def groups(found):
    return method_table.method_groups(found)


def test_ten_methods_with_five_seeds_each():
    assert len(CONFIGS) == 50
    assert [config.train.seed for config in CONFIGS[:6]] == [0, 1, 2, 3, 4, 0]
    assert (CONFIGS[20].loss.name, CONFIGS[20].train.sampler) == ("bce", "class_aware")
    assert {config.train.max_steps for config in CONFIGS} == {fake_heads.STEPS}


def test_means_and_spreads_are_those_of_the_seeds(found, groups):
    assert [group.name for group in groups] == [method.title for method in METHODS]
    tails = [100 * head.map["tail"] for head in found.heads[5:10]]
    expected = f"{statistics.fmean(tails):.1f} ± {statistics.stdev(tails):.1f}"
    assert method_table.mean_and_spread(groups[1], "tail") == expected


def test_what_is_named_differs_by_more_than_the_seeds(groups):
    *lines, basis = method_table.found_sentences(groups)
    assert [line.partition(":")[0] for line in lines] == ["total", "head", "medium", "tail"]
    assert "BCE -" in lines[0]
    assert "RS-Focal" not in lines[0]  # equal but for the noise of the seeds
    assert "36 such comparisons" in basis


def test_equal_methods_are_inside_the_noise(found):
    same = heads.Heads(tuple(found.heads[:5]) * len(METHODS), 50, 1.0)
    *lines, _ = method_table.found_sentences(method_table.method_groups(same))
    assert lines == [f"{key}: none beyond the noise." for key in ("total", "head", "medium", "tail")]


def test_the_file_holds_numbers_and_what_was_published(groups):
    rows = list(csv.DictReader(io.StringIO(method_table.table_csv(groups))))
    assert len(rows) == 10
    last = rows[-1]
    assert last["method"] == "DB-Focal"
    assert float(last["total_mean"]) == pytest.approx(100 * groups[-1].mean_map("total"), abs=1e-3)
    assert last["published VOC-MLT total"] == "78.94"
    assert last["published VOC-MLT status"] == "in a public file"
    assert rows[0]["published COCO-MLT status"] == "recalled, does not add up"


def test_diverged_heads_are_left_out(found):
    broken = [heads.Head(head.config, head.map, head.ap, head.classes, diverged="gone") for head in found.heads[:5]]
    groups = method_table.method_groups(heads.Heads((*broken, *found.heads[5:]), 50, 1.0))
    assert math.isnan(groups[0].mean_map("total"))
    assert method_table.mean_and_spread(groups[0], "total") == "–"
    assert "BCE" not in method_table.found_sentences(groups)[0].replace("R-BCE", "")


def test_published_rows_are_those_of_the_file():
    rows = published_rows()
    assert rows["DB-Focal", "COCO-MLT"].map == {"total": 53.55, "head": 51.13, "medium": 57.05, "tail": 51.06}
    assert not rows["DB-Focal", "COCO-MLT"].recalled
    assert rows["BCE", "COCO-MLT"].doubtful
    assert rows["BCE", "VOC-MLT"].recalled
    assert not rows["BCE", "VOC-MLT"].doubtful
    assert len(rows) == 20
