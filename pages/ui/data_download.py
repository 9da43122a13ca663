"""VOC and COCO when their files are not here: what a download takes, its button, its progress, the way by hand."""

from __future__ import annotations

import streamlit as st

from dbl_core import hosting
from dbl_core.config import DatasetConfig
from dbl_core.datasets import MultiLabelDataset
from dbl_core.datasets.published import default_root
from dbl_core.download import job, needs
from dbl_core.download.plan import LIST_TERMS, PLANS
from dbl_core.runs import process
from pages.ui import page, state, visitor
from pages.ui.dataset_address import DATA_TITLES
from pages.ui.text import literal

GB = 1_000_000_000
POLL = "2s"
NOT_HERE = {
    "voc": "Its photographs and labels come in two archives:",
    "coco": "Its photographs are fetched one by one, only those of the training set you choose here and of the test "
    "set: 6,909 files, about 1.1 GB, for the paper's; all 123,287 are 20 GB. Its labels come in one archive:",
}


def download_panel(choice: DatasetConfig) -> None:
    """Say what is missing and offer to fetch it; while a download is at work, show how far it is.

    Raises:
        ValueError: The lab is public: it fetches nothing.
    """
    visitor.only_at_home(f"The photographs of {DATA_TITLES[choice.name]} are")
    found = needs.needs_of(choice.name)
    last = next(iter(job.list_jobs(default_root(choice.name))), None)
    st.header(f"{DATA_TITLES[choice.name]} is not on this machine yet", anchor=False)
    sizes = [f"- {literal(archive.name)}, {_gb(archive.size)}" for archive in found.archives]
    st.markdown("\n".join([NOT_HERE[choice.name], *sizes]))
    have = f"{_gb(found.arrived)} have arrived, " if found.arrived else ""
    st.markdown(
        f"{have}**{_gb(found.fetch_bytes)}** are to be fetched. Unpacking takes {_gb(found.disk_bytes)} of disk in "
        f"all; {_gb(found.free_bytes)} are free."
    )
    st.caption(f"With them comes the paper's list of training images; {literal(LIST_TERMS)}.")
    if last is not None and last.active:
        _progress(str(last.folder))
    elif not found.enough_room:
        st.error(
            "There is too little room for it: free some space, then reload this page.", icon=":material/disc_full:"
        )
    else:
        _start(choice, last, resume=bool(found.arrived))
    _by_hand(choice)


def image_panel(choice: DatasetConfig, dataset: MultiLabelDataset) -> None:
    """Offer to fetch images that the labels know of but the data folder does not have; nothing where all are there."""
    missing = needs.missing_images(dataset)
    if not missing or hosting.is_public():
        return
    last = next(iter(job.list_jobs(default_root(choice.name))), None)
    with st.container(border=True):
        wanted = dataset.n_train + len(dataset.test_rows)
        size = missing * PLANS[choice.name].image_bytes
        about = (
            f", about {_gb(size)} to fetch; {_gb(needs.free_bytes(default_root(choice.name)))} are free" if size else ""
        )
        st.markdown(
            f"**{missing:,} of the {wanted:,} images** of this training set and its test set are not here yet{about}. "
            "Labels and losses work without them, training does not."
        )
        if last is not None and last.active:
            _progress(str(last.folder))
        else:
            _start(choice, last, resume=missing < wanted)


def _start(choice: DatasetConfig, last: job.Job | None, *, resume: bool) -> None:
    """Place the button, and what became of the last attempt."""
    if last is not None and last.state in ("failed", "lost", "stopped") and last.message:
        if last.state == "stopped":
            st.info(literal(f"{_sentence(last.message)}."), icon=":material/pause_circle:")
        else:
            ended = {"failed": "failed", "lost": "ended unexpectedly"}[last.state]
            st.warning(f"The last download {ended}: {literal(last.message)}", icon=":material/cloud_off:")
    button = st.container()  # stands above the field that it reads
    with st.expander("Another server", icon=":material/dns:"):
        mirror = st.text_input(
            "Base address of a mirror",
            value=(last.config.mirror or "") if last is not None and last.config is not None else "",
            key="dataset_mirror",
            placeholder=PLANS[choice.name].base,
            help="http or https. The paths below it are the published ones, or all files lie directly in it.",
        )
    label = "Go on with the download" if resume else "Download"
    if button.button(label, type="primary", icon=":material/download:", key="dataset_download"):
        with page.guard():
            job.start_job(_config(choice, mirror.strip()))
            st.rerun()


def _sentence(text: str) -> str:
    """A text that begins with a capital; names inside it stay as they are."""
    return text[:1].upper() + text[1:]


def _config(choice: DatasetConfig, mirror: str) -> job.DownloadConfig:
    """The download of a data set for a choice of training images."""
    return job.DownloadConfig(
        dataset=choice.name,
        mirror=mirror or None,
        preset=choice.preset,
        ratio=choice.ratio,
        profile=choice.profile,
        max_count=choice.max_count,
        seed=choice.seed,
    )


@st.fragment(run_every=POLL)
def _progress(folder: str) -> None:
    """Show a download at work; when it has ended, the whole page is drawn anew and nobody looks any more."""
    with page.guard():
        now = job.read_job(folder)
        if not now.active:
            st.rerun()
        done, total = (now.status.get(key) or 0 for key in ("done", "total"))
        phase = _sentence(str(now.status.get("phase") or "starting"))
        text = literal(f"{phase}: {now.message}" if now.message else phase)
        st.progress(min(done / total, 1.0) if total else 0.0, text=text)
        asked = state.value_of("dataset_stopped") == folder
        if st.button("Stopping" if asked else "Stop", icon=":material/stop:", key="dataset_stop", disabled=asked):
            process.request_stop(folder)
            state.keep("dataset_stopped", folder)
            st.rerun(scope="fragment")
        st.caption("It goes on when you leave this page. What has arrived is kept when it is stopped.")


def _by_hand(choice: DatasetConfig) -> None:
    """Say which files belong where for those who fetch them by another way."""
    plan, root = PLANS[choice.name], default_root(choice.name)
    with st.expander("Put the files there by hand", icon=":material/folder_open:"):
        st.markdown("Without a network here, fetch these elsewhere, copy them to this folder and press the button:")
        st.code("\n".join(f"{plan.base}/{archive.path}" for archive in plan.archives), None, wrap_lines=True)
        st.code(str(root / "archives"), None, wrap_lines=True)
        st.markdown("Or unpack them yourself, so that these files exist:")
        st.code("\n".join(str(root / archive.last) for archive in plan.archives), None, wrap_lines=True)
        st.caption(
            f"The paper's list of training images goes to {literal(root / plan.split_name)}, one image id a line. "
            "The checksums of the archives are tested before anything is unpacked."
        )


def _gb(size: float) -> str:
    return f"{size / GB:,.1f} GB" if size >= GB else f"{size / 1e6:,.0f} MB"
