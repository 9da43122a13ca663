"""Downloads as jobs: real child processes, seen, stopped and started again."""

import os
import sys
import threading
from pathlib import Path

import pytest

from dbl_core.config import explain
from dbl_core.datasets import load_dataset
from dbl_core.download import job
from dbl_core.errors import RunError
from dbl_core.runs import process, record
from dbl_core.runs.paths import RunPaths
from tests import miniatures as mini
from tests.download import plans
from tests.waiting import wait_for

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def small_child(monkeypatch):
    """Children know the sizes and checksums of the miniatures, and leave the network alone."""
    child = Path(__file__).with_name("miniature_child.py")
    monkeypatch.setattr(job, "command_of", lambda paths: [sys.executable, str(child), str(paths.folder)])
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def published(site):
    site.files |= {f"/{path}": data for path, data in plans.archives().items()}
    site.files |= {f"/{path}": data for path, data in mini.coco_images().items()}
    return site


@pytest.fixture
def config(published, tmp_path):
    def make(name="voc", **options):
        options = {"dataset": name, "root": tmp_path / name, "mirror": published.base, "split_file": "none"} | options
        return job.DownloadConfig.model_validate(options)

    yield make
    for name in ("voc", "coco"):
        for one in job.list_jobs(tmp_path / name):
            if one.active and (record.read_json(RunPaths(one.folder).process) or {}).get("pid") not in (
                None,
                os.getpid(),
            ):
                process.stop(one.folder, grace_s=0.0)


def ended(folder):
    wait_for(lambda: not job.read_job(folder).active)
    return job.read_job(folder)


def test_a_job_runs_by_itself_and_is_found_again(config, tmp_path):
    folder = job.start_job(config())
    done = ended(folder)
    assert (done.state, done.config) == ("finished", config())
    assert "6 training" not in done.message
    assert "test images are ready" in done.message
    assert load_dataset("voc", root=tmp_path / "voc", preset="all").n_train == 6
    assert [one.folder for one in job.list_jobs(tmp_path / "voc")] == [folder]
    assert job.list_jobs(tmp_path / "nothing") == []
    assert not (tmp_path / "voc/.gitignore").exists()


def test_cancel_keeps_what_has_arrived_and_the_next_job_goes_on(config, published, tmp_path):
    tar = "/voc2012/VOCtrainval_11-May-2012.tar"
    published.gate[tar] = threading.Event()
    folder = job.start_job(config())
    part = tmp_path / "voc/archives/VOCtrainval_11-May-2012.tar.part"
    wait_for(lambda: part.exists() and part.stat().st_size >= 1024)
    now = job.read_job(folder)
    assert (now.state, now.status["phase"]) == ("running", "fetching VOCtrainval_11-May-2012.tar")
    assert process.stop(folder, grace_s=0.5) == "stopped"
    assert "go on with what has arrived" in job.read_job(folder).message
    published.gate[tar].set()
    assert part.stat().st_size == 1024
    published.requests.clear()
    assert ended(job.start_job(config())).state == "finished"
    assert published.requests[0] == (tar, "bytes=1024-")


def test_a_killed_job_is_lost_and_the_next_goes_on(config, published, tmp_path):
    tar = "/voc2012/VOCtrainval_11-May-2012.tar"
    published.gate[tar] = threading.Event()
    folder = job.start_job(config())
    part = tmp_path / "voc/archives/VOCtrainval_11-May-2012.tar.part"
    wait_for(lambda: part.exists() and part.stat().st_size >= 1024)
    os.kill(record.read_json(RunPaths(folder).process)["pid"], 9)
    wait_for(lambda: job.read_job(folder).state == "lost")
    published.gate[tar].set()
    assert ended(job.start_job(config())).state == "finished"


def test_two_jobs_for_one_folder_fetch_everything_once(config, published):
    folders = [job.start_job(config("coco", preset="all")) for _ in range(2)]
    assert [ended(folder).state for folder in folders] == ["finished"] * 2
    paths = [path for path, _ in published.requests]
    assert len(paths) == len(set(paths)) == 10


def test_a_failure_is_one_sentence_in_the_job(config, published):
    published.status["/voc2012/VOCtrainval_11-May-2012.tar"] = 404
    published.status["/VOCtrainval_11-May-2012.tar"] = 404
    failed = ended(job.start_job(config()))
    assert failed.state == "failed"
    assert "the server answers 404" in failed.message
    assert "\n" not in failed.message


def test_the_log_of_a_job_is_bounded(config):
    paths = job.create_job(config())
    paths.log.write_bytes(b"a line of a library gone wrong\n" * (18 << 15))
    paths.config.write_text("{")
    process.launch(paths.folder, command=job.command_of(paths))
    cut = "[the first 16 MB of this log were cut away]\n"
    wait_for(lambda: paths.log.stat().st_size < 2 << 20 and paths.log.read_text().startswith(cut))
    assert ended(paths.folder).state == "failed"


def test_damaged_jobs_are_described(config, tmp_path):
    paths = job.create_job(config())
    paths.config.write_text("{}")
    now = job.read_job(paths.folder)
    assert (now.state, now.config) == ("lost", None)
    assert "config.json" in now.message
    with pytest.raises(RunError, match="is not a download"):
        job.read_config(tmp_path / "gone")


def test_the_default_folder_keeps_itself_out_of_version_control(tmp_path, monkeypatch):
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path / "sets"))
    config = job.DownloadConfig(dataset="coco")
    assert config.root == tmp_path / "sets" / "coco"
    job.create_job(config)
    assert (config.root / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dataset": "imagenet"}, "'voc' or 'coco'"),
        ({"mirror": "ftp://x/y"}, "not an address of the form"),
        ({"mirror": "http://user:secret@x/y"}, "not an address of the form"),
        ({"preset": "voc-mlt"}, "must be one of official, by-ratio, all"),
        ({"preset": "by-ratio"}, "ratio is missing"),
        ({"ratio": 0.5}, "ratio = 0.5"),
        ({"ratio": 3, "profile": "zigzag"}, "unknown profile 'zigzag'"),
        ({"threads": 100}, "threads = 100"),
        ({"colour": "red"}, "unknown option 'colour'"),
    ],
)
def test_options_that_cannot_be(options, message):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the sentence is looked at below
        job.DownloadConfig.model_validate({"dataset": "voc"} | options)
    assert message in explain(refused.value)
