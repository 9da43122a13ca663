"""The file names of a run folder and of the folder of runs; no other module knows them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from dbl_core import hosting
from dbl_core.packaged import DATA_DIR

DEFAULT_RUNS_DIR = Path(os.environ.get("DBL_RUNS_DIR") or DATA_DIR / "runs").absolute()
"""Where the pages keep runs; the environment variable ``DBL_RUNS_DIR`` moves it."""

DEFAULT_CACHE_DIR = Path(os.environ.get("DBL_CACHE_DIR") or DATA_DIR / "cache").absolute()
"""Where drawn images and features are kept; the environment variable ``DBL_CACHE_DIR`` moves it."""

INCOMING_PREFIX = ".incoming-"
"""How the hidden folders begin in which a file is unpacked before it becomes one of the runs."""


@dataclass(frozen=True)
class RunPaths:
    """The files of one run.

    Attributes:
        folder: The run folder; made absolute, so that a child with another working directory finds it.
    """

    folder: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", Path(self.folder).absolute())

    @classmethod
    def at(cls, place: RunPaths | Path | str) -> RunPaths:
        """The files of the run at a place; one whose files are known already, such as a search, stays what it is."""
        return place if isinstance(place, RunPaths) else cls(Path(place))

    @property
    def config(self) -> Path:
        """The ``RunConfig`` as JSON, written once by the creator; what makes a folder a run."""
        return self.folder / "config.json"

    @property
    def process(self) -> Path:
        """Who runs it: pid, create_time, boot_time and started_at of the child."""
        return self.folder / "process.json"

    @property
    def status(self) -> Path:
        """State, phase, done, total, message and updated_at, written by the child."""
        return self.folder / "status.json"

    @property
    def metrics(self) -> Path:
        """One JSON line an epoch."""
        return self.folder / "metrics.jsonl"

    @property
    def log(self) -> Path:
        """Everything the child printed."""
        return self.folder / "log.txt"

    @property
    def result(self) -> Path:
        """The final numbers: mAP by group, AP by class, configuration, seconds, device."""
        return self.folder / "result.json"

    @property
    def scores(self) -> Path:
        """Scores and labels of the test split."""
        return self.folder / "scores.safetensors"

    @property
    def train_logits(self) -> Path:
        """Logits of the training split after the last epoch."""
        return self.folder / "train_logits.safetensors"

    @property
    def weights(self) -> Path:
        """The trained weights."""
        return self.folder / "weights.safetensors"

    @property
    def checkpoint(self) -> Path:
        """All that training needs to go on after the last whole epoch; taken away when the run has finished."""
        return self.folder / "checkpoint.safetensors"

    @property
    def resume_lock(self) -> Path:
        """The lock file of whoever is about to resume the run."""
        return self.folder / ".resume.lock"

    @property
    def stop(self) -> Path:
        """An empty file that asks the child to stop."""
        return self.folder / "stop"

    @property
    def error(self) -> Path:
        """The traceback of a failure."""
        return self.folder / "error.txt"

    @property
    def origin(self) -> Path:
        """Where an imported run comes from; only imported runs have it."""
        return self.folder / "imported.json"

    @property
    def pin(self) -> Path:
        """An empty file that keeps the run from being pruned."""
        return self.folder / "keep"


class SearchPaths(RunPaths):
    """The files of a search: it lies beside its runs, has a process as a run has, but is no run."""

    @property
    def config(self) -> Path:
        """The ``SearchConfig`` as JSON; what makes a folder a search."""
        return self.folder / "search.json"

    @property
    def journal(self) -> Path:
        """Optuna's journal of trials, one JSON line an event."""
        return self.folder / "trials.jsonl"

    @property
    def lock(self) -> Path:
        """Held for a moment by who starts or continues the search."""
        return self.folder / ".start.lock"


def folder_slot(folder: Path) -> Path:
    """The lock file of the one job at a time that works in a folder."""
    return Path(folder) / ".slot.lock"


def device_slot(runs_dir: Path, device: str, index: int) -> Path:
    """The lock file of one of the places to compute on a device."""
    return Path(runs_dir) / f".slot-{device}-{index}.lock"


def queue_dir(runs_dir: Path) -> Path:
    """Where the tickets of the waiting runs lie."""
    return Path(runs_dir) / ".queue"


VISITORS = "visitors"
"""The folder, inside the folder of runs of a public lab, that holds a folder of runs for every visitor."""


def visitors_dir(runs_dir: Path) -> Path:
    """Where the visitors of a public lab have their folders of runs."""
    return Path(runs_dir) / VISITORS


def public_root(run_dir: Path | str) -> Path | None:
    """The folder of runs of the whole lab where a run belongs to a visitor of a public one, else None."""
    folder = Path(run_dir).absolute()
    theirs = folder.parent.parent.name == VISITORS and hosting.is_visitor_folder(folder.parent.name)
    return folder.parent.parent.parent if theirs else None


def examples_mark(runs_dir: Path) -> Path:
    """An empty file in a visitor's folder of runs: the examples were brought once, and may have been deleted since."""
    return Path(runs_dir) / ".examples"


def shared_examples_dir(runs_dir: Path) -> Path:
    """Where the examples of a public lab lie unpacked, once for all visitors."""
    return visitors_dir(runs_dir) / ".examples"


def turns_dir(runs_dir: Path) -> Path:
    """Where the runs of a public lab's visitors line up: a locked file for each that waits or computes."""
    return visitors_dir(runs_dir) / ".turns"


def launch_lock(runs_dir: Path) -> Path:
    """Held for a moment by who starts a run of a visitor, so that two cannot take the last place."""
    return visitors_dir(runs_dir) / ".launch.lock"


def trash_dir(runs_dir: Path) -> Path:
    """Where deleted runs wait for an undo: one folder a deletion, the run inside it."""
    return Path(runs_dir) / ".trash"


def worker_log(cache_dir: Path) -> Path:
    """What the compute worker of the pages printed."""
    return Path(cache_dir) / "worker.log"
