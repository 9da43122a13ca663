"""VOC and COCO on the pages: not there, on the way, there without all images, there."""

import json
import time

import pytest

from dbl_core.download import job, needs
from dbl_core.runs import process
from tests import miniatures

PAGE = "pages/1_Dataset.py"
PAGES = ("app.py", "pages/2_Labels.py", "pages/3_Loss_Lab.py", "pages/5_Train.py")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path))
    return tmp_path


def words(app):
    kinds = ("markdown", "caption", "info", "warning", "code")
    return " ".join(str(part.value) for kind in kinds for part in getattr(app, kind)).replace("\\", "")


@pytest.mark.parametrize(("name", "size"), [("voc", "2.5 GB"), ("coco", "253 MB")])
def test_what_is_missing_is_said_with_its_size(open_page, name, size):
    app = open_page(PAGE, data=name)
    assert not app.exception
    assert not app.error
    assert size in words(app)
    assert "non-commercial research" in words(app)
    assert app.button(key="dataset_download").label == "Download"
    assert "archives" in words(app)


@pytest.mark.parametrize("page", PAGES)
def test_other_pages_say_where_to_fetch_it(open_page, page):
    app = open_page(page, data="voc")
    assert not app.exception
    assert any("open the page Dataset to download it" in box.value for box in app.error)


def test_the_button_starts_a_job_with_the_mirror(open_page, monkeypatch):
    started = []
    monkeypatch.setattr(job, "start_job", started.append)
    app = open_page(PAGE, data="coco", ratio="30")
    app.text_input(key="dataset_mirror").set_value("http://mirror.test/coco/")
    app.button(key="dataset_download").click().run()
    assert [(one.dataset, one.mirror, one.ratio) for one in started] == [("coco", "http://mirror.test/coco", 30)]


@pytest.mark.parametrize("mirror", ["ftp://x/y", "file:///etc/passwd", "javascript:alert(1)", "http://a:b@c/"])
def test_a_mirror_is_a_web_address(open_page, monkeypatch, mirror):
    monkeypatch.setattr(job, "start_job", lambda _: pytest.fail("started"))
    app = open_page(PAGE, data="voc")
    app.text_input(key="dataset_mirror").set_value(mirror)
    app.button(key="dataset_download").click().run()
    assert not app.exception
    assert "is not an address" in app.error[0].value


def test_too_little_room_is_said_before_the_download(open_page, monkeypatch):
    monkeypatch.setattr(needs, "free_bytes", lambda _: 1_000_000_000)
    app = open_page(PAGE, data="voc")
    assert "too little room" in app.error[0].value
    assert not [button for button in app.button if button.key == "dataset_download"]


def test_a_job_without_a_network_ends_in_its_sentence(open_page):
    app = open_page(PAGE, data="voc")
    app.text_input(key="dataset_mirror").set_value("http://127.0.0.1:9/voc")
    app.button(key="dataset_download").click().run()
    assert not app.exception
    (only,) = job.list_jobs(needs.default_root("voc"))
    deadline = time.monotonic() + 60
    while job.read_job(only.folder).active and time.monotonic() < deadline:
        time.sleep(0.2)
    app = open_page(PAGE, data="voc")
    assert "The last download failed" in words(app)
    assert app.text_input(key="dataset_mirror").value == "http://127.0.0.1:9/voc", "going on asks the same server"
    assert app.button(key="dataset_download").label == "Download"


def test_a_job_at_work_shows_how_far_it_is_and_can_be_stopped(open_page, monkeypatch):
    paths = job.create_job(job.DownloadConfig(dataset="voc"))
    status = {"state": "running", "phase": "fetching A.tar", "done": 30, "total": 120, "message": "30 of <b>120</b>"}
    paths.status.write_text(json.dumps(status))
    now = job.read_job(paths.folder)
    running = job.Job(now.folder, now.config, "running", status["message"], status)
    monkeypatch.setattr(job, "list_jobs", lambda _: [running])
    monkeypatch.setattr(job, "read_job", lambda _: running)
    stopped = []
    monkeypatch.setattr(process, "request_stop", stopped.append)
    app = open_page(PAGE, data="voc")
    assert not app.exception
    bar = app.get("progress")[0]
    assert bar.proto.value == 25
    assert "<b>" not in bar.proto.text
    assert "Fetching A.tar" in bar.proto.text
    assert not [button for button in app.button if button.key == "dataset_download"]
    app.button(key="dataset_stop").click().run()
    assert stopped == [str(paths.folder)]


def test_labels_without_their_images_open_and_offer_to_fetch_them(open_page, folder):
    miniatures.place(folder / "coco", miniatures.coco_annotations())
    app = open_page(PAGE, data="coco", preset="all")
    assert not app.exception
    assert not app.error, app.error[0].value
    assert "9 of the 9 images" in words(app)
    assert app.button(key="dataset_download").label == "Download"
    miniatures.place(folder / "coco", miniatures.coco_images())
    app = open_page(PAGE, data="coco", preset="all")
    assert not [button for button in app.button if button.key == "dataset_download"]
    assert app.get("image")


def test_voc_in_place_opens_every_page(open_page, folder):
    miniatures.place(folder / "voc", miniatures.voc_2012(), miniatures.voc_2007())
    for page in (PAGE, *PAGES):
        app = open_page(page, data="voc", preset="all")
        assert not app.exception, page
        assert "not on this machine" not in words(app)
