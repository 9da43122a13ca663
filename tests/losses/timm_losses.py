"""Losses of timm as outside oracles."""

import importlib.util
from pathlib import Path

import pytest


def timm_loss(file: str, name: str) -> type:
    """A loss class of timm from its file: ``import timm`` would need a torchvision that fits torch."""
    spec = importlib.util.find_spec("timm")
    if spec is None:
        pytest.skip("timm is not installed")
    path = Path(spec.submodule_search_locations[0]) / "loss" / f"{file}.py"
    if not path.is_file():
        pytest.skip(f"this timm has no {name}; it needs 1.0.31 or later")
    spec = importlib.util.spec_from_file_location(f"timm_{file}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)
