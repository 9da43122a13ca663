"""Runs as files, and their disk space: export and import, the trash, and what goes when the budget is used up."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from dbl_core import hosting
from dbl_core.datasets.files.limits import MIB
from dbl_core.errors import DblError, RunError
from dbl_core.runs import archive, budget, paths, store, trash, visitor_room, visitors
from dbl_core.runs.budget import size_text
from dbl_core.runs.paths import RunPaths
from dbl_core.runs.record import showable
from dbl_core.runs.store import Run
from pages.ui import launch, page, run_examples, run_list, state
from pages.ui.text import literal

MAX_IMPORT_MIB = hosting.bounded(64, hosting.LIMITS.upload_bytes // MIB)
MAX_EXPORT_BYTES = 512 * MIB
"""Browser uploads and downloads pass through the memory of the server; larger files go by the command line."""
MOST_LISTED = 20
WEIGHTS = "runs_with_weights"
UPLOADS = "runs_uploads"
REFUSED = "runs_refused"


def run_files(runs: Sequence[Run]) -> None:
    """Show what can be done with the files of runs; the chosen ones can be exported."""
    with page.guard():
        ids = run_list.chosen_ids(runs)
        by_id = {run.id: run for run in runs}
        chosen = [by_id[run_id] for run_id in ids]
        st.header("Files and disk space", anchor=False)
        export, bring, room = st.columns(3, gap="medium")
        with export:
            _export(chosen)
        with bring:
            _import()
            if runs:  # an empty page has the offer at its top
                run_examples.offer()
        with room, page.guard():
            _room(runs, ids)
        _commands(chosen)


def _export(chosen: Sequence[Run]) -> None:
    st.subheader("Export", anchor=False)
    ended = [run for run in chosen if not run.active]
    if not ended:
        st.caption("Choose runs in the list: each becomes one file that a classmate's lab can import.")
        return
    heavy = [run for run in ended if RunPaths(run.folder).weights.is_file()]
    weights = bool(heavy) and st.checkbox(
        "With the trained weights",
        key=WEIGHTS,
        help="Comparing runs needs no weights; whoever wants to use the model does.",
    )
    for run in ended:
        _export_button(run, weights=weights)
    st.caption(
        "Settings, curves, result, test scores and the end of the log; no images, and of data files the name only."
    )


def _export_button(run: Run, *, weights: bool) -> None:
    if run.config is None:
        st.caption(f"{literal(run.id)} is damaged and cannot be exported.")
        return
    size = archive.export_size(run.folder, weights=weights)
    if size > MAX_EXPORT_BYTES:
        st.caption(f"{literal(run.id)} has {size_text(size)}; export it on the command line.")
        return
    st.download_button(
        literal(run.id),
        partial(_exported, run.folder, weights),  # called when it is clicked, not at every rerun
        archive.file_name(run.id),
        "application/zip",
        key=f"runs_export_{run.id}_{weights}",
        icon=":material/download:",
        on_click="ignore",
        help=f"{size_text(size)} before packing",
    )


def _exported(folder: Path, weights: bool) -> bytes:
    """The file of a run, made in a temporary folder."""
    with tempfile.TemporaryDirectory() as place:
        return archive.export_run(folder, Path(place) / "run.zip", weights=weights).path.read_bytes()


def _import() -> None:
    st.subheader("Import", anchor=False)
    key = f"{UPLOADS}_{state.value_of(UPLOADS, 0)}"
    larger = "" if hosting.is_public() else " A larger file is imported on the command line."
    st.file_uploader(
        "A run exported by this lab",
        "zip",
        key=key,
        on_change=_take,
        args=(key,),
        max_upload_size=MAX_IMPORT_MIB,
        help=f"Nothing in the file is executed. It is checked before it becomes a run.{larger}",
    )
    refused = state.value_of(REFUSED, "")
    if refused:
        st.error(literal(refused), icon=":material/error:")


def _take(key: str) -> None:
    """Make a run of an uploaded file and choose it, or keep the sentence why not."""
    file = state.value_of(key)
    state.keep(REFUSED, "")
    if file is None:
        return
    try:
        check_size(file.size)
        visitors.check_kept(launch.runs_dir())
        visitor_room.check_room(paths.DEFAULT_RUNS_DIR, file.size)
        folder = archive.import_run(launch.runs_dir(), file, name=showable(file.name, 80))
    except (DblError, ValueError) as error:
        state.keep(REFUSED, str(error))
        return
    state.keep(UPLOADS, state.value_of(UPLOADS, 0) + 1)  # a new uploader: the file is not held any longer
    run_list.choose_too(folder.name)
    st.toast(f"Imported as {literal(folder.name)}.", icon=":material/upload:")


def check_size(n_bytes: int) -> None:
    """Refuse a file that is too large for the page; the browser's own check can be passed by.

    Raises:
        ValueError: It has more than ``MAX_IMPORT_MIB``.
    """
    if n_bytes > MAX_IMPORT_MIB * MIB:
        raise ValueError(f"the file has {size_text(n_bytes)}, at most {MAX_IMPORT_MIB} MB are taken here")


def _room(runs: Sequence[Run], compared: Sequence[str]) -> None:
    st.subheader("Disk space", anchor=False)
    used = budget.usage(launch.runs_dir())
    share = min(used.total / max(used.budget, 1), 1.0)
    st.progress(share, text=f"{size_text(used.total)} of {size_text(used.budget)}")
    if used.runs > used.budget:
        _offer_to_prune(runs, used, compared)
    elif used.over:
        st.warning("Runs and trash are above the budget: empty the trash.", icon=":material/database:")
    _trash(used)
    foreign = store.foreign_folders(launch.runs_dir())
    if foreign:
        names = ", ".join(literal(showable(name, 60)) for name in foreign[:MOST_LISTED])
        st.caption(f"Not runs, and left alone: {names}.")
    setting = "" if hosting.is_public() else f" The environment variable {budget.VARIABLE} sets the budget."
    st.caption(f"Above this budget the oldest runs can be pruned; pinned and chosen ones stay.{setting}")


def _offer_to_prune(runs: Sequence[Run], used: budget.Usage, compared: Sequence[str]) -> None:
    sizes = {run.id: budget.folder_bytes(run.folder) for run in runs}
    oldest = budget.to_prune(runs, sizes, used.runs - used.budget, keep=compared)
    st.warning(f"The runs are {size_text(used.runs - used.budget)} above the budget.", icon=":material/database:")
    if oldest and st.button("Make room", key="runs_prune", icon=":material/cleaning_services:"):
        _confirm_prune(oldest, sizes)
    elif not oldest:
        st.caption("Every run is pinned, chosen or at work: nothing can be pruned.")


@st.dialog("Move the oldest runs to the trash?")
def _confirm_prune(oldest: Sequence[Run], sizes: dict[str, int]) -> None:
    lines = [f"- {literal(run.id)}, {run.state}, {size_text(sizes[run.id])}" for run in oldest[:MOST_LISTED]]
    if len(oldest) > MOST_LISTED:
        lines.append(f"- and {len(oldest) - MOST_LISTED} more")
    st.markdown("\n".join(lines))
    st.caption("They can be restored until the trash is emptied; only that frees the disk.")
    label = f"Move {run_list.amount(oldest)}"
    if st.button(label, key="runs_prune_yes", type="primary", on_click=run_list.delete, args=(oldest,)):
        st.rerun()  # the whole page, which closes the question


def _trash(used: budget.Usage) -> None:
    deletions = trash.list_trash(launch.runs_dir())
    if not deletions:
        st.caption("The trash is empty.")
        return
    with st.popover(f"Trash: {run_list.amount(deletions)}, {size_text(used.trash)}", icon=":material/delete:"):
        for each in deletions[:MOST_LISTED]:
            st.button(
                f"Restore {literal(showable(each.run_id, 80))}",
                key=f"runs_restore_{each.name}",
                on_click=run_list.restore,
                args=([each.name],),
                icon=":material/undo:",
            )
        if len(deletions) > MOST_LISTED:
            st.caption(f"And {len(deletions) - MOST_LISTED} older ones, on the command line.")
        if st.button("Empty the trash", key="runs_empty", icon=":material/delete_forever:"):
            _confirm_empty(len(deletions), used.trash)


@st.dialog("Delete for good?")
def _confirm_empty(n_runs: int, n_bytes: int) -> None:
    st.markdown(f"{n_runs} deleted runs, {size_text(n_bytes)}. This cannot be undone.")
    if st.button("Delete for good", key="runs_empty_yes", type="primary", on_click=_empty):
        st.rerun()


def _empty() -> None:
    try:
        trash.empty_trash(launch.runs_dir())
    except RunError as error:
        st.toast(literal(error), icon=":material/error:")
    else:
        run_list.forget_deleted()


def _commands(chosen: Sequence[Run]) -> None:
    if hosting.is_public():  # its folders are no concern of a visitor
        return
    name = shlex.quote(chosen[0].id) if chosen else "RUN"
    folder = shlex.quote(str(launch.runs_dir()))
    with st.expander("The same on the command line", icon=":material/terminal:"):
        st.code(
            "\n".join(
                f"python -m dbl_core runs {words} --runs-dir {folder}"
                for words in (
                    f"export {name}",
                    "import FILE.run.zip",
                    f"tensorboard {name} --out curves",
                    f"delete {name}",
                    f"restore {name}",
                    f"pin {name}",
                    "prune",
                    "trash --empty",
                )
            ),
            language="bash",
            wrap_lines=True,
        )
