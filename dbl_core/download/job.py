"""A download as a job: a folder like that of a run, computed by a child process, seen and stopped from anywhere.

    ROOT/.jobs/20250101-120000-voc/{config.json, process.json, status.json, log.txt, stop}

A job that was stopped, failed or lost is not continued itself: a new job for the same root goes on with what is there.
Of several jobs for one root one works, the others wait for it and then find everything in place.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from dbl_core import hosting
from dbl_core.config import explain
from dbl_core.datasets.published import Choice, default_root
from dbl_core.download.fetch import check_url
from dbl_core.download.plan import PLANS
from dbl_core.errors import RunError
from dbl_core.longtail import PROFILES
from dbl_core.runs import process, state, store
from dbl_core.runs.paths import RunPaths
from dbl_core.runs.record import writing

PUBLISHED, NOT_FETCHED = "published", "none"


class DownloadConfig(BaseModel):
    """What to download, and to where.

    Attributes:
        dataset: Key of ``plan.PLANS``.
        root: The data folder; None means ``data/sets/<dataset>``.
        mirror: Base address used instead of the published one.
        split_file: The paper's list of training images: ``published`` (from its published place; if that cannot be
            reached the job goes on without), ``none`` (do not fetch it), a path, or a web address.
        preset: Which training images will be used; decides which of COCO's images are fetched. See ``datasets.coco``.
        ratio: As in ``load_dataset``; likewise ``profile``, ``max_count`` and ``seed``.
        threads: Images fetched at a time.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True)

    dataset: Literal["voc", "coco"]
    root: Path | None = None
    mirror: str | None = None
    split_file: str = PUBLISHED
    preset: str | None = None
    ratio: float | None = Field(default=None, ge=1, le=10_000)
    profile: str = "pareto"
    max_count: int | None = Field(default=None, ge=1, le=1_000_000)
    seed: int = Field(default=0, ge=0, lt=2**31)
    threads: int = Field(default=4, ge=1, le=16)

    @model_validator(mode="after")
    def _complete(self) -> DownloadConfig:
        root = default_root(self.dataset) if self.root is None else self.root
        object.__setattr__(self, "root", Path(root).absolute())
        self.choice.checked_preset()
        return self

    @field_validator("mirror")
    @classmethod
    def _mirror_is_an_address(cls, value: str | None) -> str | None:
        return None if value is None else check_url(value).rstrip("/")

    @field_validator("profile")
    @classmethod
    def _known_profile(cls, value: str) -> str:
        if value not in PROFILES:
            raise ValueError(f"unknown profile {value!r}; choose one of {', '.join(PROFILES)}")
        return value

    @property
    def choice(self) -> Choice:
        """The options that choose training images, as the loader takes them."""
        return Choice(self.preset, None, self.ratio, self.profile, self.max_count, self.seed)

    @property
    def base(self) -> str:
        """Base address of the files."""
        return self.mirror or PLANS[self.dataset].base


@dataclass(frozen=True)
class Job:
    """A download as it stands now.

    Attributes:
        folder: The folder of the job.
        config: What it downloads; None when the file is damaged.
        state: One of ``dbl_core.runs.state.STATES``.
        message: A sentence about the state; may be empty.
        status: The child's last words: phase, done, total (bytes or images), message, updated_at.
    """

    folder: Path
    config: DownloadConfig | None
    state: str
    message: str
    status: dict[str, Any]

    @property
    def active(self) -> bool:
        """Whether it is queued or running, so that looking again is worth it."""
        return self.state in state.ACTIVE


def create_job(config: DownloadConfig) -> RunPaths:
    """Make the folder of a new job below the data folder.

    The default data folder lies in the checkout; it keeps itself out of version control.

    Raises:
        RunError: It cannot be written.
    """
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{config.dataset}"
    folder = store.unused_folder(jobs_dir(config.root), name)
    ignored = config.root / ".gitignore"
    if config.root == default_root(config.dataset) and not ignored.exists():
        with writing(ignored):
            ignored.write_text("*\n", encoding="utf-8")
    return store.create(folder, config)


def jobs_dir(root: Path | str) -> Path:
    """Where the jobs of a data folder lie."""
    return Path(root).absolute() / ".jobs"


def command_of(paths: RunPaths) -> list[str]:
    """The command of the child process of a job."""
    return [sys.executable, "-m", "dbl_core.download", str(paths.folder)]


def start_job(config: DownloadConfig) -> Path:
    """Start a download in the background and return at once; for pages. Stop it with ``process.request_stop``.

    Returns:
        The folder of the job.

    Raises:
        RunError: It cannot be written, or no process can be started.
        ValueError: The lab is public: its visitors fetch nothing.
    """
    if hosting.is_public():
        raise ValueError("a public lab downloads no data sets; run the lab on your own machine for them")
    paths = create_job(config)
    process.launch(paths.folder, command=command_of(paths))
    return paths.folder


def read_config(folder: Path | str) -> DownloadConfig:
    """What a job downloads.

    Raises:
        RunError: The file is missing or holds nonsense.
    """
    paths = RunPaths(Path(folder))
    try:
        return DownloadConfig.model_validate_json(paths.config.read_bytes())
    except OSError as error:
        raise RunError(f"{str(paths.folder)!r} is not a download: {paths.config.name} cannot be read") from error
    except ValidationError as error:
        raise RunError(f"{paths.config.name} of {str(paths.folder)!r} is not valid: {explain(error)}") from error


def read_job(folder: Path | str) -> Job:
    """One job as it stands now; a damaged one is described, not raised."""
    paths = RunPaths(Path(folder))
    config, complaint = None, ""
    try:
        config = read_config(paths.folder)
    except RunError as error:
        complaint = str(error)
    now = state.standing(paths)
    return Job(
        paths.folder, config, now.state if config or now.process else "lost", complaint or now.message, now.status
    )


def list_jobs(root: Path | str) -> list[Job]:
    """The jobs of a data folder, newest first."""
    try:
        folders = [entry for entry in jobs_dir(root).iterdir() if RunPaths(entry).config.is_file()]
    except OSError:
        return []
    return [read_job(folder) for folder in sorted(folders, key=lambda folder: folder.name, reverse=True)]
