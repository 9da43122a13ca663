"""The stages of every backbone: grids of the right size, every weight once; frozen ones stay as they are."""

import pytest
import torch
from torch import nn

from dbl_core.models import BACKBONES, MultiLabelHead, load_backbone
from dbl_core.models.stages import STAGES, freeze_stages, training_mode


@pytest.fixture(scope="module", params=BACKBONES)
def backbone(request):
    """Every backbone once, random weights, with its name."""
    return request.param, load_backbone(name=request.param, pretrained=False)


def test_the_stages_hold_every_weight_once(backbone):
    name, network = backbone
    parts = [part for stage in STAGES[name] for part in stage]
    assert len(STAGES[name]) == BACKBONES[name].n_stages
    for tensor_name, _ in network.named_parameters():
        assert sum(f"{tensor_name}.".startswith(f"{part}.") for part in parts) == 1, tensor_name


@torch.inference_mode()
def test_every_stage_halves_the_grid(backbone):
    name, network = backbone
    if name == "vit_b_16":
        pytest.skip("it has one grid")
    sides, side = [], 64
    for stage in STAGES[name]:
        last = [part for part in stage if "classifier" not in part][-1]  # ConvNeXt normalises once more, after pooling
        network.get_submodule(last).register_forward_hook(lambda module, given, out: sides.append(out.shape[-1]))
    network(torch.rand(1, 3, side, side))
    first = 2 if name == "picto" else 4
    assert sides == [side // first // 2**number for number in range(len(STAGES[name]))]


def test_a_catalogue_that_says_whether_there_is_batch_normalisation(backbone):
    name, network = backbone
    assert any(isinstance(module, nn.BatchNorm2d) for module in network.modules()) == BACKBONES[name].batch_norm


def stepped(network: nn.Module, **mode: bool) -> tuple[dict, dict]:
    """The tensors of a network before and after a step of plain gradient descent in training mode."""
    before = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    training_mode(network, **mode)
    network(torch.rand(2, 3, 64, 64)).square().sum().backward()
    with torch.no_grad():
        for weight in network.parameters():
            if weight.grad is not None:
                weight -= 0.01 * weight.grad
    return before, network.state_dict()


@pytest.mark.parametrize(("name", "n"), [("picto", 1), ("picto", 3), ("resnet18", 1), ("resnet18", 0)])
def test_frozen_stages_keep_weights_and_statistics(name, n):
    network = load_backbone(name=name, pretrained=False)
    freeze_stages(network, name, n)
    frozen = tuple(f"{part}." for stage in STAGES[name][:n] for part in stage)
    for key, weight in network.named_parameters():
        assert weight.requires_grad != key.startswith(frozen), key
    if n == BACKBONES[name].n_stages:
        training_mode(network)
        assert not any(module.training for module in network.modules() if isinstance(module, nn.BatchNorm2d))
        return
    before, after = stepped(network)
    for key, tensor in after.items():
        moved = not torch.equal(tensor, before[key])
        assert not (moved and key.startswith(frozen)), key
        assert moved or key.startswith(frozen) or "feature" in key, key


def test_torchvisions_own_first_stage_is_what_is_frozen():
    network = load_backbone(name="resnet50", pretrained=False)
    freeze_stages(network, "resnet50", 1)
    own = network.network
    by_hand = {id(weight) for part in (own.conv1, own.bn1, own.layer1) for weight in part.parameters()}
    assert {id(weight) for weight in network.parameters() if not weight.requires_grad} == by_hand


def test_fixed_statistics_stay_while_scale_and_shift_learn():
    before, after = stepped(load_backbone(name="resnet18", pretrained=False), fixed_statistics=True)
    for key, tensor in after.items():
        assert torch.equal(tensor, before[key]) == ("running" in key or "tracked" in key), key


def test_the_normalisation_of_a_neck_is_not_the_backbones():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    training_mode(model, fixed_statistics=True)
    assert model[1].training


def test_the_normalisation_of_a_neck_stays_its_own_where_gpus_share_it():
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), MultiLabelHead(4, 2, neck="fc_bn"))
    shared = nn.SyncBatchNorm.convert_sync_batchnorm(model)
    training_mode(shared, fixed_statistics=True)
    assert not shared[1].training
    assert isinstance(shared[2][1], nn.SyncBatchNorm)
    assert shared[2][1].training


@pytest.mark.parametrize("n", [-1, 4])
def test_a_backbone_has_so_many_stages(n):
    with pytest.raises(ValueError, match="'picto' has 3"):
        freeze_stages(load_backbone(pretrained=False), "picto", n)
