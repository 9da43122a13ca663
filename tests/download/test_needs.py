"""What is missing of a published data set."""

import pytest

from dbl_core.datasets import load_dataset
from dbl_core.download import needs
from dbl_core.download.fetch import SPARE_BYTES
from dbl_core.download.plan import PLANS
from tests import miniatures


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DBL_DATA_DIR", str(tmp_path))
    return tmp_path


def test_of_nothing_everything_is_missing(folder):
    found = needs.needs_of("voc")
    assert found.fetch_bytes == sum(archive.size for archive in PLANS["voc"].archives) == 2_450_659_840
    assert found.disk_bytes == 2 * found.fetch_bytes
    assert found.free_bytes > 0
    assert not needs.is_complete("voc")


def test_what_has_arrived_counts(folder):
    archives = folder / "voc" / "archives"
    archives.mkdir(parents=True)
    (archives / "VOCtrainval_11-May-2012.tar.part").write_bytes(bytes(1000))
    found = needs.needs_of("voc")
    assert found.arrived == 1000
    assert found.fetch_bytes == 2_450_658_840


def test_a_full_disk_is_known_before(folder, monkeypatch):
    monkeypatch.setattr(needs, "free_bytes", lambda _: SPARE_BYTES)
    assert not needs.needs_of("voc").enough_room


def test_complete_data_need_nothing_but_perhaps_images(folder):
    miniatures.place(folder / "coco", miniatures.coco_annotations())
    assert needs.is_complete("coco")
    assert needs.needs_of("coco").fetch_bytes == 0
    assert needs.needs_of("coco").enough_room
    dataset = load_dataset("coco", preset="all")
    assert needs.missing_images(dataset) == dataset.n_samples
    miniatures.place(folder / "coco", miniatures.coco_images())
    assert needs.missing_images(dataset) == 0
    assert needs.missing_images(load_dataset()) == 0
