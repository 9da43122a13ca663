"""State dicts that others wrote: every usual form fits, and no file runs code, floods memory or is half taken."""

import pickle
import zipfile

import pytest
import torch
from safetensors.torch import save_file

from dbl_core.errors import ModelError
from dbl_core.models import BACKBONES, backbone_fingerprint, load_backbone
from dbl_core.models.catalog import BackboneDescription
from dbl_core.models.state_dicts import load_pretrained, read_state_dict
from dbl_core.models.torchvision_models import import_torchvision_models

LIMIT = 10**6
SMALL = BackboneDescription("a layer", "nobody", 2, 64, head="head.", max_bytes=LIMIT)


@pytest.fixture(scope="module")
def whole():
    """A whole ResNet-18, classifier and all, with weights nobody else has."""
    torch.manual_seed(5)
    return import_torchvision_models().get_model("resnet18", weights=None).state_dict()


def without_counters(state):
    return {name: tensor for name, tensor in state.items() if not name.endswith("num_batches_tracked")}


FORMS = {
    "as torchvision publishes it": lambda state: state,
    "before batches were counted": without_counters,
    "without the classifier": lambda state: {name: t for name, t in state.items() if not name.startswith("fc.")},
    "another classifier": lambda state: {**state, "fc.weight": torch.zeros(7, 512), "fc.bias": torch.zeros(7)},
    "a checkpoint": lambda state: {"epoch": 3, "state_dict": {f"module.{name}": t for name, t in state.items()}},
    "float16": lambda state: {name: t.half() if t.is_floating_point() else t for name, t in state.items()},
}


@pytest.mark.parametrize("form", FORMS)
def test_a_local_state_dict_round_trip(tmp_path, whole, form):
    path = tmp_path / "ü weights.pth"
    torch.save(FORMS[form](whole), path)
    backbone = load_backbone(path, name="resnet18")
    loaded = backbone.network.state_dict()
    assert not any(name.startswith("fc.") for name in loaded)
    tolerance = 1e-3 if form == "float16" else 0
    for name in loaded:
        torch.testing.assert_close(loaded[name], whole[name], rtol=tolerance, atol=tolerance / 100, check_stride=False)


def test_old_files_and_safetensors(tmp_path, whole):
    torch.save(whole, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    save_file(without_counters(whole), tmp_path / "w.safetensors")
    for name in ("old.pth", "w.safetensors"):
        loaded = load_backbone(tmp_path / name, name="resnet18").network.state_dict()
        assert torch.equal(loaded["layer4.1.conv2.weight"], whole["layer4.1.conv2.weight"])
    prints = {backbone_fingerprint(tmp_path / name, name="resnet18") for name in ("old.pth", "w.safetensors")}
    assert len(prints) == 2
    assert all(one.startswith("resnet18-") for one in prints)


def test_the_old_names_of_vits_layers(tmp_path):
    vit = import_torchvision_models().VisionTransformer(
        image_size=32, patch_size=16, num_layers=1, num_heads=1, hidden_dim=8, mlp_dim=8, num_classes=3
    )
    state = {name: tensor.clone() for name, tensor in vit.state_dict().items()}
    old = {n.replace("mlp.0.", "mlp.linear_1.").replace("mlp.3.", "mlp.linear_2."): t + 1 for n, t in state.items()}
    assert old.keys() != state.keys()
    torch.save(old, tmp_path / "vit.pth")
    vit.heads = torch.nn.Identity()
    load_pretrained(vit, tmp_path / "vit.pth", BACKBONES["vit_b_16"])
    for name, tensor in vit.state_dict().items():
        assert torch.equal(tensor, state[name] + 1)


def refused(tmp_path, content: bytes) -> str:
    path = tmp_path / "w.pth"
    path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        read_state_dict(path, max_bytes=LIMIT)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert str(path) in sentence
    return sentence


class Bomb:
    """Unpickled without care, it leaves a trace."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return self.trace.touch, ()


@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_pickle_that_would_run_code(tmp_path, protocol):
    trace = tmp_path / "trace"
    assert "holds more than tensors" in refused(tmp_path, pickle.dumps({"w": Bomb(trace)}, protocol=protocol))
    torch.save({"w": torch.zeros(2), "more": Bomb(trace)}, tmp_path / "bomb.pth", pickle_protocol=2)
    assert "holds more than tensors" in refused(tmp_path, (tmp_path / "bomb.pth").read_bytes())
    assert not trace.exists()


def saved(tmp_path, content) -> bytes:
    torch.save(content, tmp_path / "saved.pth")
    return (tmp_path / "saved.pth").read_bytes()


def test_damaged_files(tmp_path):
    good = saved(tmp_path, {"w": torch.randn(1000)})
    for content in (b"", b"<html>404</html>", good[:500], good[:-400], good[1000:], bytes(1000)):
        assert "damaged" in refused(tmp_path, content)


def test_files_that_are_no_state_dict(tmp_path):
    for content in (torch.zeros(3), [torch.zeros(3)], {"w": 1}, {3: torch.zeros(3)}, "weights"):
        assert "holds no state dict" in refused(tmp_path, saved(tmp_path, content))


def test_small_files_that_would_fill_the_memory(tmp_path):
    huge = torch.zeros(1).expand(10**6, 10**6)
    assert "larger than the file" in refused(tmp_path, saved(tmp_path, {"w": huge}))
    saved(tmp_path, {"w": torch.zeros(10**5)})
    with (
        zipfile.ZipFile(tmp_path / "saved.pth") as source,
        zipfile.ZipFile(tmp_path / "packed.pth", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for entry in source.namelist():
            packed.writestr(entry, source.read(entry))
    assert "compressed archive" in refused(tmp_path, (tmp_path / "packed.pth").read_bytes())
    assert "at most 1000000 are allowed" in refused(tmp_path, bytes(LIMIT + 1))


def test_no_file(tmp_path):
    with pytest.raises(ModelError, match="is missing: name a weights file"):
        read_state_dict(tmp_path / "none.pth", max_bytes=LIMIT)
    with pytest.raises(ModelError, match="is not a file"):
        read_state_dict(tmp_path, max_bytes=LIMIT)


def test_another_networks_weights_change_nothing(tmp_path):
    layer = torch.nn.Linear(3, 2)
    before = layer.weight.detach().clone()
    for content, sentence in (
        ({"weight": torch.zeros(2, 3)}, "'bias'"),
        ({"weight": torch.zeros(2, 3), "bias": torch.zeros(2), "extra": torch.zeros(1)}, "'extra'"),
        ({"weight": torch.zeros(5, 3), "bias": torch.zeros(2)}, "has shape"),
        ({"weight": torch.full((2, 3), torch.nan), "bias": torch.zeros(2)}, "not finite"),
    ):
        torch.save(content, tmp_path / "w.pth")
        with pytest.raises(ModelError, match=sentence):
            load_pretrained(layer, tmp_path / "w.pth", SMALL)
        assert torch.equal(layer.weight, before)
    torch.save({"weight": before + 1, "bias": torch.zeros(2), "head.weight": torch.zeros(9)}, tmp_path / "w.pth")
    load_pretrained(layer, tmp_path / "w.pth", SMALL)
    assert torch.equal(layer.weight, before + 1)
