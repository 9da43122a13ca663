"""Downloading whole data sets from a server on this machine, in this process."""

import hashlib
import shutil
import threading
from collections import namedtuple
from dataclasses import replace

import pytest

from dbl_core.datasets import load_dataset
from dbl_core.download import images, job, work
from dbl_core.download.fetch import Patience
from dbl_core.download.plan import PLANS
from dbl_core.errors import DataError
from dbl_core.runs import record
from dbl_core.runs.child import RunStopped, StatusWriter
from tests import miniatures as mini
from tests.download import plans

VOC_TARS = [f"/{archive.path}" for archive in PLANS["voc"].archives]
COCO_ZIP = f"/{PLANS['coco'].archives[0].path}"


@pytest.fixture(autouse=True)
def small_plans(monkeypatch):
    monkeypatch.setattr(work, "PLANS", plans.miniature_plans())
    monkeypatch.setattr(work, "_LIST_PATIENCE", Patience(5.0, 1, 0.01))
    monkeypatch.setattr(images, "PATIENCE", Patience(5.0, 2, 0.01))


@pytest.fixture
def published(site):
    """A server with everything."""
    site.files |= {f"/{path}": data for path, data in plans.archives().items()}
    site.files |= {f"/{path}": data for path, data in mini.coco_images().items()}
    site.files |= {"/lists/voc.txt": plans.VOC_LIST, "/lists/coco.txt": plans.COCO_LIST}
    return site


@pytest.fixture
def fetch_set(published, tmp_path):
    """A function that downloads a data set into one folder and tells what the job would say."""

    def run(name, **options):
        options = {"dataset": name, "root": tmp_path / name, "mirror": published.base, "split_file": "none"} | options
        config = job.DownloadConfig.model_validate(options)
        return work.download(config, StatusWriter(job.create_job(config).folder))

    return run


def paths(site):
    return [path for path, _ in site.requests]


def rest(root):
    """What lies in the folder besides the data set."""
    wanted = {"VOCdevkit", "annotations", "train2017", "val2017"}
    return {path.name for path in root.iterdir()} - wanted - {".jobs", ".slot.lock"}


def test_voc_arrives_and_loads(fetch_set, published, tmp_path):
    message = fetch_set("voc", split_file=published.url("/lists/voc.txt"))
    assert "2 training and 4 test images are ready" in message
    dataset = load_dataset("voc", root=tmp_path / "voc", side=32)
    assert dataset.ids[dataset.train_rows].tolist() == ["2008_000003", "2010_000001"]
    assert dataset.image(0).shape == (32, 32, 3)
    assert not (tmp_path / "voc/VOCdevkit/VOC2012/SegmentationClass").exists()
    assert rest(tmp_path / "voc") == {"archives", "voc_mlt_ids.txt", ".labels-voc.npz"}
    assert list((tmp_path / "voc/archives").iterdir()) == []


def test_a_second_download_asks_for_nothing(fetch_set, published):
    fetch_set("voc")
    fetch_set("coco", preset="all")
    published.requests.clear()
    fetch_set("voc")
    fetch_set("coco", preset="all")
    assert published.requests == []


def test_coco_fetches_only_the_chosen_images(fetch_set, published, tmp_path):
    list_file = tmp_path / "list.txt"
    list_file.write_bytes(plans.COCO_LIST)
    message = fetch_set("coco", split_file=str(list_file), threads=2)
    assert "2 training and 3 test images" in message
    fetched = sorted(path for path in paths(published) if path.endswith(".jpg"))
    assert fetched == sorted(
        [f"/train2017/{i:012d}.jpg" for i in (34, 9)] + [f"/val2017/{i:012d}.jpg" for i in mini.COCO_VAL]
    )
    dataset = load_dataset("coco", root=tmp_path / "coco", side=32)
    for row in (*dataset.train_rows, *dataset.test_rows):
        assert dataset.image(row).shape == (32, 32, 3)
    assert not (tmp_path / "coco/annotations/captions_val2017.json").exists()


def test_without_the_papers_list_the_job_goes_on_and_says_so(fetch_set):
    message = fetch_set("voc", split_file="published")
    assert "the paper's list of training images could not be had" in message
    with pytest.raises(DataError, match="cannot be reached"):
        fetch_set("voc", split_file="http://127.0.0.1:1/list.txt")
    with pytest.raises(DataError, match=r"'gone\.txt' is not there: give a file of image ids"):
        fetch_set("voc", split_file="gone.txt")


def test_a_list_that_is_none_is_not_put_in_place(fetch_set, published, tmp_path):
    published.files["/lists/bad.txt"] = b"2008_000002\n../../evil\n"
    published.files["/lists/page.txt"] = b"<!doctype html><p>moved"
    for name, message in (("bad", "line 2 is '../../evil'"), ("page", "answers with a web page")):
        with pytest.raises(DataError, match=message):
            fetch_set("voc", split_file=published.url(f"/lists/{name}.txt"))
    assert not (tmp_path / "voc/voc_mlt_ids.txt").exists()


def test_a_mirror_may_hold_all_files_in_one_folder(fetch_set, published):
    for path in VOC_TARS:
        published.files["/flat/" + path.rpartition("/")[2]] = published.files.pop(path)
    fetch_set("voc", mirror=published.url("/flat/"))
    assert paths(published)[:2] == ["/flat" + VOC_TARS[0], "/flat/" + VOC_TARS[0].rpartition("/")[2]]


def test_a_cut_connection_is_resumed_by_the_next_job(fetch_set, published, monkeypatch):
    monkeypatch.setattr(work, "fetch", lambda *a, **k: fetch_hastily(*a, **k))
    from dbl_core.download.fetch import fetch

    def fetch_hastily(*args, **options):
        return fetch(*args, **options | {"patience": Patience(5.0, 2, 0.01)})

    published.cut[VOC_TARS[0]] = [9000] * 4
    with pytest.raises(DataError, match="broke off after 9,000"):
        fetch_set("voc")
    published.cut.clear()
    published.requests.clear()
    fetch_set("voc")
    assert published.requests[0] == (VOC_TARS[0], "bytes=9000-")


def test_a_missing_archive_tells_where_to_put_it(fetch_set, published, tmp_path):
    del published.files[VOC_TARS[1]]
    with pytest.raises(
        DataError, match=r"voc2007/VOCtest.*is not there.*save it as '.*archives/VOCtest_06-Nov-2007\.tar'"
    ):
        fetch_set("voc")
    assert (tmp_path / "voc" / work.PLANS["voc"].archives[0].last).is_file()
    by_hand = tmp_path / "voc/archives/VOCtest_06-Nov-2007.tar"
    by_hand.write_bytes(plans.archives()[VOC_TARS[1][1:]])
    fetch_set("voc")
    assert by_hand.is_file()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"x" * 10_240, r"offers 10,240 bytes, the published file has"),
        (None, r"is not the published file \(its md5 differs\)"),
        (b"<!doctype html><html>log in</html>", r"offers 34 bytes"),
    ],
)
def test_another_file_than_the_published_one(fetch_set, published, tmp_path, data, message):
    whole = published.files[VOC_TARS[0]]
    published.files[VOC_TARS[0]] = whole[:-1] + b"!" if data is None else data
    with pytest.raises(DataError, match=message):
        fetch_set("voc")
    published.files[VOC_TARS[0]] = whole
    fetch_set("voc")


@pytest.mark.parametrize("kind", ["truncated", "outside", "page"])
def test_an_archive_that_cannot_be_trusted_is_not_kept(fetch_set, published, tmp_path, monkeypatch, kind):
    whole = published.files[VOC_TARS[0]]
    data = {
        "truncated": whole[: len(whole) // 2],
        "outside": mini.tar_of(mini.voc_2012() | {"../../evil": b"evil"}),
        "page": b"<!doctype html><html>log in</html>",
    }[kind]
    published.files[VOC_TARS[0]] = data
    small = work.PLANS["voc"]
    first = replace(small.archives[0], size=len(data), checksum="md5:" + hashlib.md5(data).hexdigest())
    monkeypatch.setitem(work.PLANS, "voc", replace(small, archives=(first, small.archives[1])))
    expected = {"truncated": "damaged or not complete", "outside": "points outside its folder", "page": "a web page"}
    with pytest.raises(DataError, match=expected[kind]):
        fetch_set("voc")
    assert [path.name for path in (tmp_path / "voc/archives").iterdir() if not path.name.startswith(".")] == []
    assert not (tmp_path / "evil").exists()
    assert not (tmp_path / "voc/VOCdevkit").exists()


def test_a_disk_without_room_is_told_before_anything_is_fetched(fetch_set, published, monkeypatch, tmp_path):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 20_000_000))
    with pytest.raises(DataError, match=r"has 20 MB free, voc needs .* MB while it is unpacked"):
        fetch_set("voc")
    mini.place(tmp_path / "coco", mini.coco_annotations())
    with pytest.raises(DataError, match=r"9 images need about 1 MB: free some space"):
        fetch_set("coco", preset="all")
    assert published.requests == []


def test_images_that_are_none_are_not_kept_and_all_others_are(fetch_set, published, tmp_path):
    bad, gone = "/train2017/000000000009.jpg", "/val2017/000000000139.jpg"
    whole = published.files[bad]
    published.files[bad] = whole[: len(whole) // 2]
    with pytest.raises(
        DataError, match=r"1 of 9 images are not there yet: .*000000000009\.jpg did not give a whole image"
    ):
        fetch_set("coco", preset="all")
    published.files[bad] = b"<html>sorry</html>"
    picture = published.files.pop(gone)
    (tmp_path / f"coco{gone}").unlink()
    with pytest.raises(DataError, match="2 of 9 images are not there yet"):
        fetch_set("coco", preset="all")
    assert not (tmp_path / f"coco{bad}").exists()
    published.files |= {bad: whole, gone: picture}
    published.requests.clear()
    fetch_set("coco", preset="all")
    assert sorted(paths(published)) == sorted([bad, gone])


def test_a_dead_server_is_not_asked_for_every_image(fetch_set, published, monkeypatch):
    monkeypatch.setattr(images, "_FAILURES_IN_A_ROW", 3)
    for path in list(published.files):
        if path.endswith(".jpg"):
            published.status[path] = 403
    with pytest.raises(DataError, match=r"9 of 9 images are not there yet: .*answers 403"):
        fetch_set("coco", preset="all", threads=1)
    assert len([path for path in paths(published) if path.endswith(".jpg")]) < 9


def test_a_stop_is_followed_and_the_rest_is_fetched_later(fetch_set, published, tmp_path, monkeypatch):
    asked = threading.Event()
    real = StatusWriter.check_stop

    def check_stop(status):
        if len([path for path in paths(published) if path.endswith(".jpg")]) >= 3:
            asked.set()
            status.paths.stop.touch()
        real(status)

    with monkeypatch.context() as patched:
        patched.setattr(StatusWriter, "check_stop", check_stop)
        with pytest.raises(RunStopped):
            fetch_set("coco", preset="all", threads=1)
    assert asked.is_set()
    fetch_set("coco", preset="all")
    assert len(list((tmp_path / "coco").glob("*2017/*.jpg"))) == 9


def test_progress_tells_what_how_much_and_how_many(fetch_set, monkeypatch):
    seen = []
    monkeypatch.setattr(StatusWriter, "progress", lambda self, *step, **words: seen.append((*step, words)))
    fetch_set("coco", preset="all")
    phases = list(dict.fromkeys(step[0] for step in seen))
    name = "annotations_trainval2017.zip"
    assert phases == [
        "looking at what is there",
        f"fetching {name}",
        f"unpacking {name}",
        "reading labels",
        "fetching images",
    ]
    assert seen[-1][:3] == ("fetching images", 9, 9)
    fetching = [step[-1]["message"] for step in seen if step[0] == f"fetching {name}"]
    assert fetching[0] == "connecting"
    assert "MB" in fetching[-1]


def test_what_a_killed_job_was_unpacking_is_cleared_away(fetch_set, tmp_path):
    mini.place(tmp_path / "voc", {".unpack-dead/VOCdevkit/x.jpg": b"x"})
    fetch_set("voc")
    assert not (tmp_path / "voc/.unpack-dead").exists()


def test_the_paper_lists_have_the_published_sizes(shared_dir):
    import csv
    import gzip

    for name, file in (("voc", "voc_mlt/voc_mlt_train_labels"), ("coco", "coco_mlt/coco_mlt_train_labels")):
        with gzip.open(shared_dir / "data" / f"{file}.csv.gz", "rt") as rows:
            text = "".join(f"{row[0]}\n" for row in list(csv.reader(rows))[1:]).encode()
        assert PLANS[name].split.size == len(text)
        assert PLANS[name].split.checksum == "sha256:" + hashlib.sha256(text).hexdigest()
        assert record.strict(PLANS[name].split_name).endswith("_ids.txt")
