"""The folded parts of the Train form: what most runs leave as it is."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dbl_core.config import DEFAULT_LEARNING_RATE, OPTIMIZERS, SCHEDULES, TrainConfig
from pages.ui.train_fields import number, optional, segments

OPTIMIZER_TITLES = {"sgd": "SGD", "adamw": "AdamW"}
SCHEDULE_TITLES = {"steps": "Steps", "cosine": "Cosine"}
DEVICE_TITLES = {"auto": "Automatic", "cpu": "CPU", "cuda": "GPU"}


def advanced_fields() -> dict[str, Any]:
    """Draw optimizer, regularization and device; return their values by the name of the setting."""
    optimizer = segments("optimizer", "Optimizer", OPTIMIZER_TITLES)
    st.caption(OPTIMIZERS[optimizer])
    first, second = st.columns(2)
    with first:
        rate = _rate(optimizer)
        decay = number(
            "weight_decay", "Weight decay", 0.0, 1.0, step=1e-4, format="%.5g", help="Pulls weights to 0; 0: off."
        )
        dropout = number(
            "dropout", "Dropout", 0.0, 0.99, step=0.1, format="%.2f", help="Share of hidden units silenced; 0: off."
        )
    with second:
        batch_size = number("batch_size", "Batch size", 1, 4096, help="Images a step.")
        max_steps = optional(
            "max_steps",
            "Most steps",
            (1, 10_000_000),
            step=10,
            placeholder="all",
            help="Most steps in all, at least one an epoch: every epoch gets shorter. Empty: whole epochs.",
        )
        momentum = number("momentum", "Momentum", 0.0, 0.99, step=0.05, format="%.2f", help="Only SGD uses it; 0: off.")
        clip_norm = number(
            "clip_norm", "Clip norm", 0.0, None, step=5.0, format="%.5g", help="Longest gradient allowed; 0: no limit."
        )
    device = segments("device", "Device", DEVICE_TITLES)
    return {
        "optimizer": optimizer,
        "learning_rate": rate,
        "weight_decay": decay,
        "dropout": dropout,
        "batch_size": batch_size,
        "max_steps": max_steps,
        "momentum": momentum,
        "clip_norm": clip_norm,
        "device": device,
    }


def _rate(optimizer: str) -> float | None:
    return optional(
        "learning_rate",
        "Learning rate",
        (0.0, None),
        step=0.005,
        format="%.5g",
        placeholder=f"auto: {DEFAULT_LEARNING_RATE[optimizer]:g}",
        help="The peak after warm-up; then the schedule lets it fall. Empty: what suits the optimizer.",
    )


def modern_fields() -> dict[str, Any]:
    """Draw what came after the paper, each off by default; return the values by the name of the setting."""
    st.caption("Not in the paper, but for the warm-up; each is off until you set it.")
    schedule = segments("schedule", "Learning rate over the run", SCHEDULE_TITLES)
    st.caption(SCHEDULES[schedule])
    warmup = optional(
        "warmup_steps",
        "Warm-up (steps)",
        (0, 10_000_000),
        step=50,
        placeholder="automatic: 500, at most a quarter",
        help=about("warmup_steps"),
    )
    first, second, third = st.columns(3, vertical_alignment="bottom")
    with first:
        smoothing = number(
            "label_smoothing", "Label smoothing", 0.0, 0.99, step=0.05, format="%.3g", help=about("label_smoothing")
        )
    with second:
        average = number("ema", "EMA decay", 0.0, 0.99999, step=0.01, format="%.5g", help=about("ema"))
    with third:
        mixup = number("mixup", "Mixup", 0.0, 10.0, step=0.1, format="%.3g", help=about("mixup"))
    second = number("second_stage_epochs", "Epochs of a second stage", 0, 1000, help=about("second_stage_epochs"))
    if second:
        st.caption(
            "The epochs above are the first stage, with uniform sampling and plain BCE; then the last layer starts anew"
            " on frozen features, with the sampler and the loss that are chosen."
        )
    return {
        "schedule": schedule,
        "warmup_steps": warmup,
        "label_smoothing": smoothing,
        "ema": average,
        "mixup": mixup,
        "second_stage_epochs": second,
    }


def about(field: str) -> str:
    """What the command line says of a setting, as a sentence."""
    text = TrainConfig.model_fields[field].description or ""
    return f"{text[:1].upper()}{text[1:]}."


def limit_fields() -> dict[str, Any]:
    """Draw the limits of a run; return them by the name of the setting."""
    st.caption("A run over a limit stops itself, says why and keeps its epochs.")
    first, second = st.columns(2)
    with first:
        seconds = optional(
            "max_seconds",
            "Most seconds",
            (1.0, 10_000_000.0),
            step=60.0,
            format="%.6g",
            placeholder="no limit",
            help="From the moment the run has its turn; resuming it starts the clock anew.",
        )
    with second:
        memory = optional(
            "max_memory_mb",
            "Most memory (MiB)",
            (64, 100_000_000),
            step=256,
            placeholder="no limit",
            help="Resident memory of the run's process; the libraries alone take about 500.",
        )
    return {"max_seconds": seconds, "max_memory_mb": memory}
