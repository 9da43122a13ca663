"""Fixtures of the tests of losses."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def timm_loss():
    """Timm's class from its file: ``import timm`` would need a torchvision that fits torch."""
    spec = importlib.util.find_spec("timm")
    if spec is None:
        pytest.skip("timm is not installed")
    path = Path(spec.origin).parent / "loss" / "distribution_balanced_loss.py"
    if not path.is_file():
        pytest.skip("this timm has no DistributionBalancedLoss; it needs 1.0.31 or later")
    spec = importlib.util.spec_from_file_location("timm_distribution_balanced_loss", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.DistributionBalancedLoss
