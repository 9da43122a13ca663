"""Weights that are fetched: once, checked against their name, with a sentence where they cannot be had."""

import functools
import hashlib
import http.server
import socket
import threading
from dataclasses import replace

import pytest
import torch

from dbl_core.config import TrainConfig
from dbl_core.download.fetch import Patience
from dbl_core.errors import ModelError
from dbl_core.models import BACKBONES, catalog
from dbl_core.models.torchvision_models import import_torchvision_models
from dbl_core.train.pretrained import choose_backbone

HASTY = Patience(timeout_s=5.0, attempts=2, pause_s=0.01)
CONFIG = TrainConfig(backbone="resnet18")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Tests write nothing to the terminal."""


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A folder that a server on this machine serves as the place of published weights."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "served"
    folder.mkdir()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        monkeypatch.setattr(catalog, "WEIGHTS_URL", f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield folder
        server.shutdown()
        thread.join()


@pytest.fixture
def published(served, monkeypatch):
    """A whole ResNet-18 that is published under a name with its hash."""
    torch.save(import_torchvision_models().get_model("resnet18", weights=None).state_dict(), served / "w.pth")
    digest = hashlib.sha256((served / "w.pth").read_bytes()).hexdigest()
    name = f"resnet18-{digest[:8]}.pth"
    (served / "w.pth").rename(served / name)
    monkeypatch.setitem(BACKBONES, "resnet18", replace(BACKBONES["resnet18"], published=name))
    return served / name


def choose(tmp_path, config=CONFIG, progress=lambda *_: None):
    return choose_backbone(config, cache_dir=tmp_path / "cache", progress=progress, patience=HASTY)


def test_fetched_at_first_use_and_kept(tmp_path, published):
    seen = []
    choice = choose(tmp_path, progress=lambda *step: seen.append(step))
    size = published.stat().st_size
    assert ("fetching the weights of resnet18", size, size) in seen
    assert choice.path.read_bytes() == published.read_bytes()
    assert choice.record()["weights"] == BACKBONES["resnet18"].url
    wanted = torch.load(published, weights_only=True)["conv1.weight"]
    published.unlink()
    again = choose(tmp_path)
    assert again == choice
    assert torch.equal(again.load().network.conv1.weight, wanted)


def test_a_file_that_is_not_what_its_name_says(tmp_path, published):
    published.write_bytes(b"something else")
    with pytest.raises(ModelError, match="is not the published file"):
        choose(tmp_path)
    assert not [path for path in (tmp_path / "cache").rglob("*.p*") if path.suffix != ".lock"]
    place = tmp_path / "cache" / "backbones" / published.name
    place.write_bytes(b"put here by hand")
    with pytest.raises(ModelError, match=r"SHA-256 begins .* remove it") as caught:
        choose(tmp_path)
    assert str(place) in str(caught.value)


def test_not_on_the_server(tmp_path, served):
    with pytest.raises(ModelError, match=r"no weights of resnet18: .*resnet18-f37072fd\.pth"):
        choose(tmp_path)


def test_offline_says_which_file_to_put_where(tmp_path, served, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setattr(catalog, "WEIGHTS_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(ModelError) as caught:
            choose(tmp_path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert f"save it as '{tmp_path / 'cache' / 'backbones' / 'resnet18-f37072fd.pth'}'" in sentence
    assert "--weights FILE" in sentence
    assert "--weights random" in sentence


def test_a_stop_ends_the_download(tmp_path, published):
    class StoppedError(Exception):
        pass

    def stop(*_):
        raise StoppedError

    with pytest.raises(StoppedError):
        choose(tmp_path, progress=stop)


def test_weights_that_need_no_network(tmp_path, served):
    local = choose(tmp_path, TrainConfig(backbone="resnet18", weights="/some/where/w.pth"))
    assert (str(local.path), local.source) == ("/some/where/w.pth", "file w.pth")
    for config in (
        TrainConfig(backbone="resnet50", weights="random"),
        TrainConfig(backbone="resnet50", mode="scratch"),
    ):
        choice = choose(tmp_path, config)
        assert choice.record()["weights"] == "random, not pre-trained"
        assert choice.record()["fingerprint"].startswith("resnet50-random")
    shipped = choose(tmp_path, TrainConfig())
    assert shipped.record()["weights"] == "shipped with the lab"
    assert shipped.record()["fingerprint"].startswith("picto-")
    assert not (tmp_path / "cache").exists()
