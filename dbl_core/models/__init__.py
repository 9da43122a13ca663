"""Networks: backbones that turn images into features, and the head that turns features into one logit a label."""

from dbl_core.models.backbones import BACKBONES, PictoBackbone, backbone_fingerprint, load_backbone
from dbl_core.models.heads import MultiLabelHead
from dbl_core.models.weights import load_into, read_weights, write_weights

__all__ = [
    "BACKBONES",
    "MultiLabelHead",
    "PictoBackbone",
    "backbone_fingerprint",
    "load_backbone",
    "load_into",
    "read_weights",
    "write_weights",
]
