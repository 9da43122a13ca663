"""One run on the page: progress, curves and log while it works; numbers, curves and downloads when it is done."""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from dbl_core.config import TrainConfig
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs import examples, process
from dbl_core.runs.budget import size_text
from dbl_core.runs.child import stop_requested
from dbl_core.runs.comparison import seed_groups
from dbl_core.runs.outcome import NO_RANGE, SIGNS, Epoch, Result, result_csv
from dbl_core.runs.progress import duration, progress_of
from dbl_core.runs.store import Run
from dbl_core.samplers import SAMPLERS
from dbl_core.viz import compare as figures
from dbl_core.viz import curves
from pages.ui import glossary, launch, page, run_data, train_form
from pages.ui.run_log import log_view
from pages.ui.run_marks import mark, place_of
from pages.ui.run_replay import replay
from pages.ui.run_report import report_button
from pages.ui.run_resume import resume_buttons
from pages.ui.show_figure import show_figure
from pages.ui.text import literal

POLL = "2s"
QUANTITY_TITLES = {"weights": "Mean weight", "gradients": "Share of the gradient"}


def run_view(run_id: str) -> None:
    """Show a run, following it while it is queued or running.

    Raises:
        ValueError: If there is no run of that id.
    """
    run = run_data.find_run(run_id)
    if run.active:
        st.fragment(_watch, run_every=POLL)(run_id)
    else:
        _heading(run)
        _final(run)


def _watch(run_id: str) -> None:
    """The part of the page that is drawn again every two seconds, until the run has ended."""
    with page.guard():
        run = run_data.find_run(run_id)
        if not run.active:
            st.rerun()
        _heading(run)
        epochs = run_data.epochs_of(run)
        progress = progress_of(run.status, epochs)
        bar, button = st.columns([5, 1], vertical_alignment="center")
        bar.progress(progress.share or 0.0, text=literal(progress if run.state == "running" else _waiting(run)))
        with button:
            _stop_button(run)
        if taken := _taken(run):
            st.caption(literal(taken))
        if epochs:
            _curves(run)
        log_view([run], "train", expanded=not epochs)


def _waiting(run: Run) -> str:
    words = run.message or "waiting for its turn"
    return f"{words[:1].upper()}{words[1:]}"


def _taken(run: Run) -> str:
    """Where a run computes and what memory that takes, as far as it is known."""
    known = run.resources
    memory = "" if known.memory_mb is None else f"{size_text(known.memory_mb << 20)} of memory"
    gpu = "" if known.gpu_memory_mb is None else f"{size_text(known.gpu_memory_mb << 20)} of GPU memory"
    return ", ".join(filter(None, [known.device, memory, gpu]))


def _stop_button(run: Run) -> None:
    if st.button(
        "Stop",
        key=f"train_stop_{run.id}",
        icon=":material/stop:",
        disabled=stop_requested(run.folder),
        help="Ends the run within seconds; the epochs so far are kept."
        if run.state == "running"
        else "Takes the run out of the line.",
        width="stretch",
    ):
        process.request_stop(run.folder)
        st.toast("The run has been asked to stop.", icon=":material/stop:")


def _heading(run: Run) -> None:
    color, icon = run_data.STATE_LOOK[run.state]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        mark(run)
        st.header(literal(run.id), anchor=False, width="content")
        st.badge(run.state, color=color, icon=icon)
    if run.config is not None:
        config = run.config
        verb = {"queued": "queued for", "running": "at work for"}.get(run.state, "took")
        started = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.created_at))
        st.caption(
            f"{config.loss.title}, {SAMPLERS[config.train.sampler].title.lower()} sampling, "
            f"{train_form.MODE_TITLES[config.train.mode].lower()}, {config.train.all_epochs} "
            f"epochs{_in_stages(config.train)}, seed {config.train.seed} · {literal(page.describe(config.dataset))} · "
            f"created {literal(started)}, {verb} {duration(run.seconds)}"
            f"{f' · {literal(examples.origin_words(run))}' if run.origin else ''}"
        )
    if run.status.get("warning"):
        st.warning(literal(run.status["warning"]), icon=":material/warning:")


def _in_stages(train: TrainConfig) -> str:
    return f" in two stages ({train.epochs} and {train.second_stage_epochs})" if train.second_stage_epochs else ""


def _final(run: Run) -> None:
    _last_words(run)
    resume_buttons(run)
    result = run_data.result_of(run)
    if result is not None:
        _numbers(run, result)
    elif run.state == "finished":
        st.warning(f"The result of {literal(run.id)} is damaged; only its curves are left.", icon=":material/warning:")
    _curves(run)
    if result is not None and run.config is not None:
        _classes(run, result)
    replay(run)
    log_view([run], "train", expanded=run.state in ("failed", "lost"))
    if run.config is not None:
        with st.expander("Do it again", icon=":material/replay:"):
            page.link("Train", "Put these settings into the form", run="", **train_form.address(run.config))
            st.caption("The same on the command line")
            st.code(launch.command_line(run.config), language="bash", wrap_lines=True)


def _last_words(run: Run) -> None:
    """Say what became of a run that did not finish."""
    message = literal(run.message)
    if run.state == "failed":
        st.error(f"The run failed: {message}", icon=":material/error:")
    elif run.state == "lost":
        st.warning(f"The run is lost: {message}", icon=":material/help:")
    elif run.state == "stopped":
        colon = "" if message.startswith("stopped ") else ":"
        st.info(f"The run was stopped{colon} {message.removeprefix('stopped ')}.", icon=":material/stop:")
    elif message:
        st.caption(message)


def _numbers(run: Run, result: Result) -> None:
    with st.container(horizontal=True, gap="medium"):
        for key in REPORT_KEYS:
            low, high = result.intervals.get(key, NO_RANGE)
            st.metric(
                f"{key.capitalize()} mAP (%)",
                run_data.percent(result.map.get(key)),
                delta=f"{run_data.percent(low)} to {run_data.percent(high)}",
                delta_color="off",
                delta_arrow="off",
                width=150,
                help=glossary.group_tip(key),
            )
    device = f" on {literal(taken)}" if (taken := _taken(run)) else ""
    st.caption(
        f"Mean average precision on the test split, with the 95 % interval over resampled test images; "
        f"{duration(result.seconds)}{device}. Another seed may move every number: launch several to see by how much."
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        page.link("Runs", "Compare on Runs", runs=run_data.ids_text(_to_compare(run)))
        result_buttons(run)
        report_button([run], "train")


def _to_compare(run: Run) -> list[str]:
    """The run after the latest other finished one, which makes a first baseline."""
    others = [other.id for other in run_data.all_runs() if other.state == "finished" and other.id != run.id]
    return [*others[:1], run.id]


def result_buttons(run: Run) -> None:
    """Offer the result of a run as JSON and as CSV; nothing where it has none."""
    result = run_data.result_of(run)
    if result is None:
        return
    text = result.model_dump_json(indent=2)
    for label, data, suffix, kind in (
        ("Result (JSON)", text, "json", "application/json"),
        ("Per class (CSV)", result_csv(result), "csv", "text/csv"),
    ):
        st.download_button(
            label,
            data,
            f"{run.id}.{suffix}",
            kind,
            icon=":material/download:",
            key=f"run_{suffix}_{run.id}",
            on_click="ignore",
        )


def _sampled(run: Run, epochs: list[Epoch]) -> str:
    """What to say where a backbone learns: its epochs before the last are scored on a part of the test split."""
    if run.config is None or run.config.train.mode == "head" or not epochs[0].test_images:
        return ""
    return (
        f" After the last epoch all of its images are scored, before that the same {epochs[0].test_images:,} of them."
    )


def _curves(run: Run) -> None:
    epochs = run_data.epochs_of(run)
    until = run.config.train.all_epochs if run.active and run.config is not None else 0
    if not epochs:
        st.caption("No epoch was finished, so there are no curves.")
        return
    _stages(epochs)
    left, right = st.columns(2)
    with left:
        show_figure(
            curves.map_curves(epochs, until=until),
            key="train_map",
            alt="mAP of total, head, medium and tail against the epoch",
        )
        st.caption(
            f"Mean average precision on the test split after every epoch, by group of classes.{_sampled(run, epochs)}"
        )
    with right:
        show_figure(
            curves.loss_curves(epochs, style=place_of(run), until=until),
            key="train_losses",
            alt="Training and test loss against the epoch",
        )
        st.caption("The loss that is minimized; dropout and sampling make the training loss differ from the test loss.")
    _weights(epochs, until)


def _weights(epochs: Sequence[Epoch], until: int) -> None:
    quantity = st.segmented_control(
        "What the loss does with the cells",
        list(QUANTITY_TITLES),
        format_func=QUANTITY_TITLES.get,
        default="weights",
        required=True,
        key="train_quantity",
        bind="query-params",
        help=glossary.tip("cell"),
    )
    for column, sign in zip(st.columns(2), SIGNS, strict=True):
        with column:
            show_figure(
                curves.weight_curves(epochs, sign, quantity, until=until),
                key=f"train_{sign}",
                alt=f"{QUANTITY_TITLES[quantity]} of {sign} training cells by group against the epoch",
            )
    st.caption(WEIGHT_SENTENCES[quantity] + run_data.recorded_groups())


def _stages(epochs: Sequence[Epoch]) -> None:
    second = next((epoch.epoch for epoch in epochs if epoch.stage > 1), None)
    if second is not None:
        st.caption(
            f"Epochs before {second} learned with uniform sampling and plain BCE; from epoch {second} on the last layer"
            " alone learns, anew, with the run's sampler and loss. Losses of the two stages are not comparable."
        )


WEIGHT_SENTENCES = {
    "weights": "How much a positive or a negative cell of each group counts on average, at the scores of "
    "that epoch; plain BCE would be 1 everywhere.",
    "gradients": "Who pulls at the network: the share of the absolute gradient that comes from each group's positives "
    "and negatives. The six shares add up to 100 %.",
}


def _classes(run: Run, result: Result) -> None:
    group = seed_groups({run.id: run.config}, {run.id: result})[0]
    show_figure(
        figures.ap_by_class(group),
        key="train_classes",
        alt="Average precision of every class against its training images",
    )
    st.caption("Each marker is a class; its line is the 95 % interval over resampled test images.")
