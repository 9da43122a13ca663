"""``python -m dbl_core run`` as a user types it: real child processes, exit codes, what is left behind."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from dbl_core.cli import build_parser, main
from dbl_core.cli.run import config_from
from dbl_core.config import RunConfig
from dbl_core.datasets import load_dataset
from dbl_core.longtail import group_of
from dbl_core.losses import build_loss
from dbl_core.losses.explore import cell_table
from dbl_core.metrics import average_precision, label_ranking
from dbl_core.runs import store
from dbl_core.runs.logits import read_train_logits
from dbl_core.runs.outcome import read_outcome
from dbl_core.runs.paths import RunPaths
from tests.fake_runs import write_run

ROOT = Path(__file__).resolve().parents[2]
SHORT = ("--epochs", "2", "--device", "cpu")


def lab(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dbl_core", *map(str, arguments)], capture_output=True, text=True, cwd=cwd, check=False
    )


@pytest.fixture(scope="module")
def short_run(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "a run"
    done = lab("run", "--run-dir", folder, *SHORT)
    assert done.returncode == 0, done.stderr
    for group in ("total", "head", "medium", "tail"):
        assert group in done.stdout
    return folder


def test_a_run_leaves_what_others_rely_on(short_run):
    config = RunConfig.model_validate_json((short_run / "config.json").read_text())
    result = json.loads((short_run / "result.json").read_text())
    lines = [json.loads(line) for line in (short_run / "metrics.jsonl").read_text().splitlines()]
    assert config.loss.name == "db_focal"
    assert [line["epoch"] for line in lines] == [1, 2]
    assert lines[-1]["map"] == pytest.approx(result["map"])
    assert set(result["map"]) == {"total", "head", "medium", "tail"}
    assert RunConfig.model_validate(result["config"]) == config
    assert result["device"].startswith("cpu")
    assert result["seconds"] > 0
    assert result["start_seconds"] > 0
    assert 100 < result["memory_mb"] < 10_000
    assert result["gpu_memory_mb"] is None
    assert store.read_run(short_run).resources.memory_mb == result["memory_mb"]
    person = next(entry for entry in result["per_class"] if entry["label"] == "person")
    assert person["train_count"] == 775
    assert 0 <= person["interval"][0] <= person["ap"] <= person["interval"][1] <= 1


def test_the_kept_scores_give_the_reported_numbers(short_run):
    kept = load_file(RunPaths(short_run).scores)
    dataset = load_dataset()
    assert np.array_equal(kept["test_rows"], dataset.test_rows)
    ap = average_precision(dataset.labels[dataset.test_rows], kept["scores"])
    reported = [entry["ap"] for entry in json.loads((short_run / "result.json").read_text())["per_class"]]
    assert np.allclose(ap, reported)


def test_the_kept_training_logits_give_the_recorded_weights_and_gradients(short_run):
    """Half the precision of the training run: three digits."""
    dataset = load_dataset()
    logits = read_train_logits(short_run, train_rows=dataset.train_rows, n_labels=20)
    counts = dataset.label_counts
    loss = build_loss("db_focal", label_counts=counts, n_samples=dataset.n_train)
    table = cell_table(loss, dataset.labels[dataset.train_rows], logits, groups=group_of(counts))
    last = json.loads((short_run / "metrics.jsonl").read_text().splitlines()[-1])
    for record in table["groups"]:
        assert record["factor"] == pytest.approx(last["weights"][record["side"]][record["group"]], rel=2e-3)
        assert record["share"] == pytest.approx(last["gradients"][record["side"]][record["group"]], rel=2e-3)
    assert RunPaths(short_run).train_logits.stat().st_size < 70_000


def test_the_result_adds_f1_ranking_and_calibration(short_run):
    kept = load_file(RunPaths(short_run).scores)
    dataset = load_dataset()
    result = read_outcome(short_run)
    said, true = kept["scores"] >= 0, dataset.labels[dataset.test_rows]
    assert result.f_scores.total["micro_f1"] == pytest.approx(2 * (said & true).sum() / (said.sum() + true.sum()))
    assert result.label_ranking.one_error == label_ranking(true, kept["scores"]).one_error
    assert set(result.calibration.tail) == {"ece", "ece_mass", "label_ece", "brier"}


def test_weights_are_tensors_of_the_head(short_run):
    weights = load_file(RunPaths(short_run).weights)
    assert any(array.shape[0] == 20 for array in weights.values() if array.ndim == 2)


def timeless(folder: Path) -> list[dict]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


def test_the_same_configuration_gives_the_same_numbers(short_run, tmp_path):
    again = tmp_path / "again"
    assert lab("run", "--run-dir", again, "--config", short_run / "config.json").returncode == 0
    assert timeless(again) == timeless(short_run)
    first, second = (json.loads((folder / "result.json").read_text()) for folder in (short_run, again))
    for key in ("map", "intervals", "per_class", "f_scores", "label_ranking", "calibration"):
        assert first[key] == second[key], key
    for name in ("scores", "train_logits", "weights"):
        one, other = (getattr(RunPaths(folder), name).read_bytes() for folder in (short_run, again))
        assert one == other, name


def test_the_same_fine_tuning_gives_the_same_numbers(small_images, tmp_path):
    """The backbone learns on all threads, with augmentation."""
    settings = (*small_images, "--mode", "finetune", "--epochs", "2", "--batch-size", "16", "--device", "cpu")
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        done = lab("run", "--run-dir", folder, *settings)
        assert done.returncode == 0, done.stderr
    first, second = map(timeless, folders)
    assert first == second
    assert first[0]["train_loss"] != first[1]["train_loss"]
    one, again = (load_file(RunPaths(folder).scores)["scores"] for folder in folders)
    assert np.array_equal(one, again)


def test_a_run_folder_that_is_taken_is_left_alone(short_run):
    before = sorted(path.name for path in short_run.iterdir())
    refused = lab("run", "--run-dir", short_run)
    assert refused.returncode == 2
    assert "choose another" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert sorted(path.name for path in short_run.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dataset", "imagenet"], "picto-voc"),
        (["--loss", "hinge"], "db_focal"),
        (["--loss", "bce", "--option", "mu=1"], "mu"),
        (["--option", "lam=0"], "lam"),
        (["--option", "mu"], "KEY=VALUE"),
        (["--option", "mu=nan"], "mu"),
        (["--ratio", "0.5"], "ratio"),
        (["--ratio", "nan"], "ratio"),
        (["--epochs", "0"], "epochs"),
        (["--epochs", "2.5"], "epochs"),
        (["--device", "tpu"], "cuda"),
        (["--sampler", "any"], "class_aware"),
        (["--colour", "red"], "--colour"),
        (["--config", "missing.json"], "missing.json"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(tmp_path, arguments, words):
    refused = lab("run", "--run-dir", tmp_path / "run", *arguments)
    assert refused.returncode == 2
    assert words in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert "Traceback" not in refused.stderr
    assert not list(tmp_path.iterdir())


def test_class_counts_are_refused_in_a_sentence(tmp_path):
    counts = tmp_path / "counts.json"
    counts.write_text('{"pos_counts": [3, 1], "num_samples": 4}')
    refused = lab("run", "--run-dir", tmp_path / "run", "--dataset", "file", "--path", counts)
    assert refused.returncode == 2
    assert refused.stderr.splitlines() == [
        "error: counts.json holds class counts alone: they serve the Loss Lab, training needs labelled rows."
    ]
    assert list(tmp_path.iterdir()) == [counts]


def test_what_only_the_child_can_find_leaves_nothing_either(tmp_path):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU, so asking for one is fine")
    refused = lab("run", "--run-dir", tmp_path / "run", "--device", "cuda")
    assert refused.returncode == 2
    assert "not available" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    refused = lab("run", "--run-dir", tmp_path / "file" / "run")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1


def parsed(*arguments: str) -> RunConfig:
    return config_from(build_parser().parse_args(["run", "--run-dir", "x", *arguments]))


def test_flags_override_a_configuration_file(tmp_path):
    file = tmp_path / "config.json"
    file.write_text(parsed("--loss", "db", "--option", "mu=0.7", "--seed", "4").model_dump_json())
    same_loss = parsed("--config", str(file), "--option", "alpha=0.2", "--epochs", "3")
    assert same_loss.loss.options["mu"] == 0.7
    assert same_loss.loss.options["alpha"] == 0.2
    assert (same_loss.train.seed, same_loss.train.epochs) == (4, 3)
    assert parsed("--config", str(file), "--loss", "bce").loss.options == {}


def test_most_steps_are_a_flag(tmp_path):
    assert parsed("--max-steps", "480").train.max_steps == 480
    assert parsed().train.max_steps is None
    folder = tmp_path / "run"
    assert lab("run", "--run-dir", folder, *SHORT, "--max-steps", "12").returncode == 0
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [6, 12]


def test_a_ratio_overrides_the_preset_of_a_file(tmp_path):
    file = tmp_path / "config.json"
    file.write_text(RunConfig().model_dump_json())
    by_ratio = parsed("--config", str(file), "--ratio", "20")
    assert by_ratio.dataset.preset == "by-ratio"
    file.write_text(by_ratio.model_dump_json())
    assert parsed("--config", str(file), "--preset", "voc-mlt").dataset.ratio is None


def test_subset_and_training_seeds_are_two():
    config = parsed("--ratio", "20", "--subset-seed", "5", "--seed", "6")
    assert (config.dataset.seed, config.train.seed) == (5, 6)


def test_a_run_above_the_budget_is_refused_in_one_line(tmp_path, monkeypatch, capsys):
    write_run(tmp_path / "before", n_epochs=1, state="stopped")
    monkeypatch.setenv("DBL_RUNS_BUDGET", "500")
    assert main(["run", "--run-dir", str(tmp_path / "next")]) == 2
    refused = capsys.readouterr().err
    assert refused.startswith("error: runs and trash take 1")
    assert "their budget is 500 B; prune the oldest runs and empty the trash" in refused
    assert refused.count("\n") == 1
    assert not (tmp_path / "next").exists()
