"""Networks: backbones that turn images into features, and the head that turns features into one logit a label.

``BACKBONES`` describes and loads no torch, so that the configuration can name them. What computes is loaded when it
is first asked for.
"""

import importlib

from dbl_core.models.catalog import BACKBONES, BackboneDescription, describe_backbone

_COMPUTING = {
    "MultiLabelHead": "heads",
    "PictoBackbone": "backbones",
    "backbone_fingerprint": "backbones",
    "load_backbone": "backbones",
    "load_into": "weights",
    "read_weights": "weights",
    "write_weights": "weights",
}

__all__ = ["BACKBONES", "BackboneDescription", "describe_backbone", *_COMPUTING]


def __getattr__(name: str) -> object:
    if name not in _COMPUTING:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_COMPUTING[name]}"), name)
