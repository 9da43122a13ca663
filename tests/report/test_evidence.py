"""What a report rests on: numbers as the runs left them, unfinished and damaged runs named, borders of one's own."""

import csv
import io
import json
import shutil
from dataclasses import replace

import pytest

from dbl_core.datasets import load_dataset
from dbl_core.errors import DataError, RunError
from dbl_core.metrics import REPORT_KEYS
from dbl_core.report import MOST_RUNS, compose, gather
from dbl_core.report.data_sets import fingerprint
from dbl_core.runs.paths import RunPaths
from tests.fake_runs import damage


def table(report, key):
    text = next(one for one in report.tables if one.key == key).csv()
    return list(csv.DictReader(io.StringIO(text)))


def left_by(folder):
    return json.loads(RunPaths(folder).result.read_text())


def test_the_numbers_are_those_that_the_runs_left(report, runs):
    rows = {row["Run"]: row for row in table(report, "runs")}
    for name in ("bce", "db", "db-1"):
        result = left_by(runs / name)
        for key in REPORT_KEYS:
            low, high = result["intervals"][key]
            title = f"{key} mAP (%)"
            found = [float(rows[name][part]) for part in (title, f"{title}, low", f"{title}, high")]
            assert found == pytest.approx([100 * result["map"][key], 100 * low, 100 * high])


def test_every_class_with_its_counts_and_its_interval(report, runs):
    rows = {row["Class"]: row for row in table(report, "classes")}
    title = "AP of bce · uniform (%)"
    for entry in left_by(runs / "bce")["per_class"]:
        row = rows[entry["label"]]
        assert int(row["Training images"]) == entry["train_count"]
        assert int(row["Test positives"]) == entry["test_positives"]
        found = [float(row[part]) for part in (title, f"{title}, low", f"{title}, high")]
        assert found == pytest.approx([100 * value for value in (entry["ap"], *entry["interval"])])


def test_seeds_have_a_mean_and_a_spread(report, runs):
    rows = {row["Run"]: row for row in table(report, "runs")}
    values = [100 * left_by(runs / name)["map"]["tail"] for name in ("db", "db-1")]
    assert float(rows["mean of 2 seeds"]["tail mAP (%)"]) == pytest.approx(sum(values) / 2)
    assert float(rows["spread of 2 seeds"]["tail mAP (%)"]) == pytest.approx(abs(values[0] - values[1]) / 2**0.5)


def test_one_seed_each_is_judged_by_the_same_test_images(runs):
    found = gather([runs / "bce", runs / "db"])
    paired = found.paired[found.groups[1].key]
    rows = table(compose(found), "differences")
    assert float(rows[0]["tail (points), low"]) == pytest.approx(100 * paired.groups["tail"].low)
    assert rows[0]["tail (points), judged"] == "more than noise"


def test_damaged_and_unfinished_runs_are_named(runs, tmp_path):
    shutil.copytree(runs / "db", tmp_path / "torn")
    damage(tmp_path / "torn", "result")
    found = gather([runs / "bce", tmp_path / "torn", runs / "stopped"])
    assert list(found.runs) == ["bce"]
    assert [sentence.partition(":")[0] for sentence in found.left_out] == ["torn is left out", "stopped is left out"]
    assert compose(found).sections[0].key == "left-out"


@pytest.mark.parametrize("what", ["config", "result"])
def test_nothing_to_report_is_one_sentence(runs, tmp_path, what):
    shutil.copytree(runs / "db", tmp_path / "torn")
    damage(tmp_path / "torn", what)
    with pytest.raises(RunError, match="nothing to report") as caught:
        gather([tmp_path / "torn"])
    assert "\n" not in str(caught.value)


def test_missing_scores_leave_intervals_of_the_runs(runs, tmp_path):
    shutil.copytree(runs / "db", tmp_path / "db")
    damage(tmp_path / "db", "scores")
    found = gather([runs / "bce", tmp_path / "db"])
    assert found.paired == {found.groups[1].key: None}
    text = " ".join(block.text for block in compose(found).blocks if block.kind == "text")
    assert "Without reliability: run 'db' has no readable" in text


def test_a_data_set_that_is_gone_is_said_and_the_rest_is_there(runs):
    def gone(config):
        raise DataError("labels.csv is gone")

    report = compose(gather([runs / "db"], loader=gone))
    warnings = [block.text for block in report.blocks if block.kind == "text" and block.warning]
    assert len(warnings) == 1
    assert warnings[0].endswith("left out: labels.csv is gone")
    assert len(table(report, "classes")) == 20


def test_other_borders_move_the_groups(runs):
    found = gather([runs / "db"], groups="kang")
    assert found.convention.name == "kang"
    plain = gather([runs / "db"])
    assert found.groups[0].mean_map("total") == pytest.approx(plain.groups[0].mean_map("total"))
    assert found.groups[0].mean_map("head") != pytest.approx(plain.groups[0].mean_map("head"))
    low, high = found.groups[0].interval("head")
    assert low < found.groups[0].mean_map("head") < high


def test_two_runs_of_one_name_are_refused(runs, tmp_path):
    shutil.copytree(runs / "db", tmp_path / "db")
    with pytest.raises(ValueError, match="two of the runs are named 'db'"):
        gather([runs / "bce", runs / "db", tmp_path / "db"])
    assert list(gather([runs / "db", runs / "db"]).runs) == ["db"]


def test_too_many_runs_are_refused(tmp_path):
    with pytest.raises(ValueError, match=f"at most {MOST_RUNS} runs, not {MOST_RUNS + 1}"):
        gather([tmp_path / str(number) for number in range(MOST_RUNS + 1)])


def test_the_fingerprint_tells_data_apart_and_is_the_same_twice():
    plain = load_dataset("picto-voc")
    assert fingerprint(plain) == fingerprint(load_dataset("picto-voc"))
    assert fingerprint(plain) != fingerprint(load_dataset("picto-voc", ratio=50))
    labels = plain.labels.copy()
    labels[plain.test_rows[0], 0] ^= True
    assert fingerprint(plain) != fingerprint(replace(plain, labels=labels))
