"""The chosen loss to take along: as a command, as Python, as a link to the Train page."""

from __future__ import annotations

import streamlit as st

from dbl_core.config import DatasetConfig, LossConfig, RunConfig
from pages.ui import cache, launch, loss_card, loss_form, page


def export(choice: DatasetConfig, config: LossConfig) -> None:
    """Offer a loss as a command and as Python, and carry it to the Train page; class counts are for Python alone."""
    st.subheader("Take it with you", anchor=False)
    trainable = cache.dataset(choice).has_rows
    if trainable:
        st.code(launch.command_line(RunConfig(dataset=choice, loss=config)), language="bash", wrap_lines=True)
    st.code(loss_card.python_lines(choice, config), language="python", wrap_lines=True)
    builds = "both ways build" if trainable else "this builds"
    st.caption(f"Options at their defaults are left out; {builds} the very module whose curves are drawn above.")
    if trainable:
        page.link("Train", "Train with this loss", **loss_form.address("train_loss", config))
