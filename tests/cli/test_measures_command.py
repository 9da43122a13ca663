"""``python -m dbl_core measures``: the publishers' values, every format, one line on bad input."""

import csv
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dbl_core.cli import main
from dbl_core.stats import MEASURES

ROOT = Path(__file__).resolve().parents[2]
SETS = ("birds", "corel5k", "emotions", "enron", "flags", "medical", "scene", "yeast")
STORED = {
    "instances": "n_samples", "labels": "n_labels", "labelsets": "labelsets", "single_labelsets": "single_labelsets",
    "card": "cardinality", "dens": "density", "meanIR": "mean_ir", "maxIR_derived": "max_ir", "cvir_derived": "cvir",
    "scumble": "scumble", "scumble_cv": "scumble_cv", "tcs": "tcs", "zero_count_labels": "absent_labels",
}  # fmt: skip


@pytest.fixture
def measured(capsys):
    """Runs the command with --json and gives what it printed."""

    def run(path, *flags):
        assert main(["measures", str(path), "--json", *flags]) == 0
        return json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))

    return run


@pytest.mark.parametrize("name", SETS)
def test_the_publishers_values(shared_dir, measured, name):
    with (shared_dir / "data/published_measures.csv").open(newline="") as file:
        stored = next(row for row in csv.DictReader(file) if row["dataset"] == name)
    found = measured(shared_dir / f"data/mld/{name}_labels.npz", "--convention", "mldr")
    for theirs, key in STORED.items():
        assert found[key] == pytest.approx(float(stored[theirs]), rel=1e-9, abs=1e-12), key
    assert len(found["per_label"]) == found["n_labels"]


def test_the_papers_numbers(shared_dir, measured):
    found = measured(shared_dir / "data/voc_mlt/voc_mlt_train_labels.csv.gz")
    assert (found["n_samples"], found["n_labels"], found["labelsets"], found["max_ir"]) == (1142, 20, 137, 193.75)
    assert found["tcs"] is None
    person = next(row for row in found["per_label"] if row["label"] == "person")
    assert (person["count"], person["irlbl"]) == (775, 1)


def test_all_formats_agree(tmp_path, measured):
    labels = np.array([[1, 0], [1, 1], [0, 0], [1, 0]])
    np.savez(tmp_path / "a.npz", labels=labels, label_names=["x", "y"])
    lines = [",".join(map(str, row)) for row in labels.tolist()]
    (tmp_path / "a.csv").write_text("x,y\n" + "\n".join(lines))
    header = "@relation 'a: -C 2'\n@attribute x {0,1}\n@attribute y {0,1}\n@data\n"
    (tmp_path / "a.arff").write_text(header + "\n".join(lines))
    content = {
        "images": [{"id": row, "file_name": f"{row}.jpg"} for row in range(4)],
        "annotations": [{"image_id": int(i), "category_id": int(j)} for i, j in np.argwhere(labels)],
        "categories": [{"id": 0, "name": "x"}, {"id": 1, "name": "y"}],
    }
    (tmp_path / "a.json").write_text(json.dumps(content))
    found = [measured(tmp_path / f"a.{ending}") for ending in ("npz", "csv", "arff", "json")]
    for one in found:
        assert one["source"].startswith("a.")
        assert {key: one[key] for key in [*MEASURES, "per_label"]} == {
            key: found[0][key] for key in [*MEASURES, "per_label"]
        }
        assert "1 row carries no label." in one["notes"]


def test_counts_alone(tmp_path, measured):
    (tmp_path / "c.json").write_text('{"pos_counts": [8, 2, 0], "num_samples": 10, "label_names": ["a", "b", "c"]}')
    found = measured(tmp_path / "c.json")
    assert (found["n_samples"], found["n_labels"], found["absent_labels"]) == (10, 3, 1)
    assert (found["cardinality"], found["max_ir"], found["mean_ir"]) == (1, 4, 2.5)
    assert [found[key] for key in ("labelsets", "single_labelsets", "scumble", "scumble_cv", "tcs")] == [None] * 5
    assert [row["irlbl"] for row in found["per_label"]] == [1, 4, None]
    assert measured(tmp_path / "c.json", "--convention", "mldr")["mean_ir"] == pytest.approx(5 / 3)
    (tmp_path / "c.json").write_text('{"pos_counts": [90000000], "num_samples": 90000000}')
    assert measured(tmp_path / "c.json")["cardinality"] == 1


def test_the_table_is_readable(shared_dir, capsys):
    assert main(["measures", str(shared_dir / "data/mld/corel5k_labels.npz")]) == 0
    text = capsys.readouterr().out
    assert "MeanIR" in text
    assert "189.5676" in text
    assert "and 354 rarer labels" in text
    assert max(map(len, text.splitlines())) <= 120


def test_counts_as_a_table(tmp_path, capsys):
    (tmp_path / "c.json").write_text('{"pos_counts": [8, 2], "num_samples": 10}')
    assert main(["measures", str(tmp_path / "c.json")]) == 0
    assert "The file does not name its labels." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "flags", "part"),
    [
        ("id,cat\na,2\nb,1\n", (), "row 2, column 2 ('cat') holds '2'"),
        ("id,cat\n", (), "no rows"),
        ("id;cat\na;1\n", ("--delimiter", ","), "it seems to use ';'"),
        ("id,cat\na,1\n", ("--delimiter", "::"), "delimiter is '::'"),
        ("id,cat\na,1\n", ("--convention", "weka"), "invalid choice"),
    ],
)
def test_bad_input_is_one_line_and_code_2(tmp_path, capsys, content, flags, part):
    (tmp_path / "a.csv").write_text(content)
    try:
        code = main(["measures", str(tmp_path / "a.csv"), "--json", *flags])
    except SystemExit as stopped:
        code = stopped.code
    out, error = capsys.readouterr()
    assert (code, out, error.count("\n")) == (2, "", 1)
    assert part in error


def test_a_missing_file_from_the_shell(tmp_path):
    command = [sys.executable, "-m", "dbl_core", "measures", str(tmp_path / "none.csv")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert "does not exist" in done.stderr


def test_undefined_measures_are_null(tmp_path, measured):
    (tmp_path / "one.csv").write_text("only\n1\n1\n")
    found = measured(tmp_path / "one.csv")
    assert found["cvir"] is None
    assert not any(isinstance(value, float) and math.isnan(value) for value in found.values())
