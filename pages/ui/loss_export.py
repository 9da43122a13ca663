"""The chosen losses to take along: as Python, as a command, as a file of settings, as a link to the Train page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dbl_core.config import DatasetConfig, LossConfig, RunConfig
from dbl_core.losses import LOSSES
from dbl_core.runs.config_files import KINDS, SECTIONS, config_text
from pages.ui import cache, launch, loss_form, page

MIME = {"json": "application/json", "yaml": "application/yaml"}
VARIABLES = ("criterion", "compared")
"""What the exported Python calls the two losses."""


def export(choice: DatasetConfig, configs: Sequence[LossConfig]) -> None:
    """Offer one or two losses as Python, and the first as a command and a file; class counts have no training."""
    st.header("Take it with you", anchor=False)
    trainable = cache.dataset(choice).has_rows
    run = RunConfig(dataset=choice, loss=configs[0])
    st.markdown("In your own trainer, with PyTorch:")
    st.code(python_lines(choice, configs), language="python", wrap_lines=True)
    if trainable:
        st.markdown("From the command line, with the settings of the Train page:")
        st.code(launch.command_line(run), language="bash", wrap_lines=True)
    sections = SECTIONS if trainable else ("loss",)
    with st.container(horizontal=True, vertical_alignment="center"):
        for kind in KINDS:
            st.download_button(
                f"run.{kind}" if trainable else f"loss.{kind}",
                config_text(run, kind, sections=sections),
                file_name=f"run.{kind}" if trainable else f"loss.{kind}",
                mime=MIME[kind],
                icon=":material/download:",
                on_click="ignore",
                key=f"loss_export_{kind}",
                help=f"Loss A with every option. It is read by: python -m dbl_core run --config run.{kind} "
                "--run-dir runs/my-run",
            )
        if trainable:
            page.link("Train", "Train with this loss", **loss_form.address("train_loss", configs[0]))
    st.caption(
        "Options at their defaults are left out of Python and command, not of the files; all of them build the very "
        "module whose curves are drawn above."
    )


def python_lines(choice: DatasetConfig, configs: Sequence[LossConfig]) -> str:
    """Return the Python that builds these losses for this training set."""
    rows = cache.dataset(choice).has_rows
    start = DatasetConfig()
    asked = [f"{key}={value!r}" for key, value in choice.options.items() if value not in (None, getattr(start, key))]
    opened = f"load_dataset({', '.join([repr(choice.name), *asked])})" if rows else f"read_label_file({choice.path!r})"
    lines = [
        f"from {'dbl_core.datasets' if rows else 'dbl_core.datasets.files'} import {opened.partition('(')[0]}",
        "from dbl_core.losses import build_loss",
        "",
        f"data = {opened}",
    ]
    used = VARIABLES[: len(configs)]
    lines += [_built(variable, config, rows) for variable, config in zip(used, configs, strict=True)]
    lines += ["", "# logits: what a network says, targets: 0 or 1, both (n_images, n_labels)"]
    lines += [f"{variable}_loss = {variable}(logits, targets)" for variable in used]
    return "\n".join(lines)


def _built(variable: str, config: LossConfig, rows: bool) -> str:
    usual = LOSSES[config.name].defaults
    changed = [f"{key}={value!r}" for key, value in config.options.items() if value != usual[key]]
    counts = ["label_counts=data.label_counts", f"n_samples=data.{'n_train' if rows else 'n_samples'}"]
    return f"{variable} = build_loss({', '.join([repr(config.name), *counts, *changed])})"
