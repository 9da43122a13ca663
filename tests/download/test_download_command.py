"""``python -m dbl_core download``, as a user types it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dbl_core.cli import main
from dbl_core.datasets import load_dataset
from dbl_core.download import job
from tests import miniatures as mini
from tests.download import plans

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def published(site):
    site.files |= {f"/{path}": data for path, data in plans.archives().items()}
    site.files |= {f"/{path}": data for path, data in mini.coco_images().items()}
    site.files["/list.txt"] = plans.COCO_LIST
    return site


def command(*words):
    environment = os.environ | {"no_proxy": "127.0.0.1"}
    line = [sys.executable, "-m", "dbl_core", "download", *map(str, words)]
    return subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_coco_with_annotations_put_there_by_hand(published, tmp_path):
    root = mini.place(tmp_path / "coco", mini.coco_annotations())
    done = command("coco", "--root", root, "--mirror", published.base, "--split-file", published.url("/list.txt"))
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"2 training and 3 test images are ready in '{root}'\n"
    assert "fetching images 100 %" in done.stderr
    assert load_dataset("coco", root=root, side=16).image(0).shape == (16, 16, 3)
    assert list((root / ".jobs").iterdir()) == []


def test_voc_by_its_child(published, tmp_path, monkeypatch, capsys):
    child = Path(__file__).with_name("miniature_child.py")
    monkeypatch.setattr(job, "command_of", lambda paths: [sys.executable, str(child), str(paths.folder)])
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    root = tmp_path / "voc"
    assert main(["download", "voc", "--root", str(root), "--mirror", published.base, "--split-file", "none"]) == 0
    assert load_dataset("voc", root=root, preset="all").n_train == 6
    assert "4 test images are ready" in capsys.readouterr().out


def test_what_cannot_be_had_is_exit_code_2_and_one_sentence(published, tmp_path):
    root = mini.place(tmp_path / "coco", mini.coco_annotations())
    done = command(
        "coco", "--root", root, "--mirror", published.url("/nowhere"), "--preset", "all", "--split-file", "none"
    )
    assert done.returncode == 2
    assert done.stdout == ""
    last = done.stderr.splitlines()[-1]
    assert last.startswith("failed: 9 of 9 images are not there yet: http://127.0.0.1")
    assert "the server answers 404" in last
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["imagenet"], "invalid choice: 'imagenet'"),
        (["voc", "--mirror", "file:///etc"], "not an address of the form"),
        (["voc", "--ratio", "nan"], "ratio"),
        (["coco", "--threads", "many"], "threads = 'many'"),
        (["coco", "--preset", "by-ratio"], "ratio is missing"),
    ],
)
def test_bad_input_is_exit_code_2_and_one_line(words, message, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path / "sets"))
    try:
        code = main(["download", *words])
    except SystemExit as end:
        code = end.code
    assert code == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "sets").exists()


def test_a_folder_that_is_a_file(tmp_path, capsys):
    (tmp_path / "file").write_text("x")
    assert main(["download", "voc", "--root", str(tmp_path / "file")]) == 2
    assert "a part of the path is a file" in capsys.readouterr().err
