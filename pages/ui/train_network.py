"""The folded part of the Train form about the network and its images: what learns, the neck, the augmentation."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dbl_core.config import AUGMENTATIONS, NECKS, NORM_STATISTICS
from dbl_core.models.catalog import BACKBONES
from pages.ui.train_fields import number, segments
from pages.ui.train_options import about

NECK_TITLES = {"fc_relu": "FC, ReLU", "fc_bn": "FC, BatchNorm"}
NORM_TITLES = {"batch": "Of each batch", "pretrained": "Pre-trained"}
AUGMENTATION_TITLES = {"paper": "The paper's", "strong": "Strong", "none": "None"}


def network_fields(mode: str, backbone: str) -> dict[str, Any]:
    """Draw what has an effect in a mode; return the values by the name of the setting.

    Args:
        mode: A key of ``MODES``.
        backbone: A key of ``BACKBONES``.
    """
    values: dict[str, Any] = {"neck": segments("neck", "Neck: between features and classifier", NECK_TITLES)}
    st.caption(NECKS[values["neck"]])
    if mode == "head":
        st.caption("Fine-tuning and training from scratch have more to choose: frozen stages and augmentation.")
        return values
    values["augmentation"] = segments("augmentation", "Augmentation of the images", AUGMENTATION_TITLES)
    st.caption(AUGMENTATIONS[values["augmentation"]])
    if mode != "finetune":
        return values
    described = BACKBONES[backbone]
    values["frozen_stages"] = number(
        "frozen_stages",
        f"Frozen stages, of {described.n_stages}",
        0,
        4,
        help=about("frozen_stages"),
    )
    if described.batch_norm:
        title = "Statistics of the backbone's BatchNorm while training"
        values["norm_statistics"] = segments("norm_statistics", title, NORM_TITLES)
        st.caption(NORM_STATISTICS[values["norm_statistics"]])
    return values
