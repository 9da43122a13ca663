"""The loop of a search's own process: propose, let ordinary runs try it, tell what came out, until the budget is used.

Every run of a trial is a child process of its own that stands in line as every other run does, each time at the end, so
a search takes its turn among all other runs, and one run that crashes, diverges or eats the memory costs it one trial.
"""

from __future__ import annotations

import math
import time

from dbl_core.errors import DblError, RunError
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs import process, store
from dbl_core.runs.budget import check_launch
from dbl_core.runs.child import RunStopped, StatusWriter
from dbl_core.runs.outcome import read_outcome
from dbl_core.runs.paths import RunPaths, SearchPaths
from dbl_core.runs.progress import progress_of
from dbl_core.runs.state import ACTIVE, standing
from dbl_core.search.config import SearchConfig
from dbl_core.search.space import with_settings
from dbl_core.search.store import read_search_config
from dbl_core.search.study import Proposal, Proposals
from dbl_core.search.trials import Trial, budget_of

PHASE = "searching"
HOPELESS = 3
"""So many trials that all failed, and none that went well, end a search: the next would fail too."""
_POLL_S = 0.1
_STEPS = 1000


class TrialError(DblError):
    """A trial has no objective; the search goes on."""


def conduct(paths: SearchPaths, status: StatusWriter) -> str:
    """Search until the budget is used.

    Args:
        paths: The search.
        status: Told of every trial; its ``check_stop`` is asked several times a second.

    Returns:
        A sentence about the end.

    Raises:
        RunStopped: If the search was asked to stop; the run of the moment is stopped too and will be repeated.
        RunError: If every trial fails, the journal is damaged, the runs take more than their budget of the disk, or
            nothing can be written or started.
    """
    config = read_search_config(paths)
    proposals = Proposals(paths, config)
    _end_left_over(paths, proposals.trials())
    proposals.repeat_interrupted()
    while True:
        trials = proposals.trials()
        budget = budget_of(trials, config)
        _report(status, budget.share, "")
        status.check_stop()
        if not budget.left:
            return f"the budget is used: {budget.runs} runs in {budget.minutes:.1f} minutes"
        _give_up_if_hopeless(trials)
        try:
            _try(paths, config, proposals.propose(), _Voice(status, budget.share))
        except RunStopped:
            proposals.repeat_interrupted()
            raise


def _end_left_over(paths: SearchPaths, trials: list[Trial]) -> None:
    """End the runs of a half-done trial whose search was killed: the trial is repeated from its first seed."""
    for trial in trials:
        for run in trial.runs if trial.state == "running" else ():
            left = RunPaths(paths.folder.parent / run)
            if standing(left).state in ACTIVE and left.config.is_file():
                process.stop(left)


def _give_up_if_hopeless(trials: list[Trial]) -> None:
    ended = [trial for trial in trials if trial.state in ("complete", "failed")]
    if len(ended) >= HOPELESS and all(trial.state == "failed" for trial in ended):
        raise RunError(f"the first {len(ended)} trials all failed; the last said: {ended[-1].message}")


class _Voice:
    """Says what the trial of the moment does, and notices a stop."""

    def __init__(self, status: StatusWriter, share: float) -> None:
        self._status, self._share = status, share

    def say(self, words: str) -> None:
        self._status.check_stop()
        _report(self._status, self._share, words)


def _report(status: StatusWriter, share: float, words: str) -> None:
    status.progress(PHASE, round(_STEPS * share), _STEPS, message=words)


def _try(paths: SearchPaths, config: SearchConfig, proposal: Proposal, voice: _Voice) -> None:
    """Run one trial with all its seeds and tell what came of it."""
    started, maps, runs = time.monotonic(), [], []
    try:
        for seed in config.trial_seeds:
            run = _create_run(paths, config, proposal, seed)
            runs.append(run.folder.name)
            proposal.note(runs=runs)  # before it starts: a kill must not leave a run that nobody knows
            maps.append(_finish(run, voice, f"trial {proposal.number}"))
            proposal.note(maps=maps)
        values = [sum(each[key] for each in maps) / len(maps) for key in config.keys]
        for key, value in zip(config.keys, values, strict=True):
            if not math.isfinite(value):
                raise TrialError(f"{key} mAP is not defined: no class of that group has a positive in the test split")
    except TrialError as failure:
        proposal.note(seconds=time.monotonic() - started)
        proposal.failed(str(failure))
    else:
        proposal.note(seconds=time.monotonic() - started)
        proposal.succeeded(values)


def _create_run(paths: SearchPaths, config: SearchConfig, proposal: Proposal, seed: int) -> RunPaths:
    name = f"{paths.folder.name}-{proposal.number:03d}"
    if config.seeds > 1:
        name += f"-s{seed}"
    check_launch(paths.folder.parent)
    folder = store.unused_folder(paths.folder.parent, name)
    return store.create(folder, with_settings(config.base, proposal.settings, seed=seed))


def _finish(run: RunPaths, voice: _Voice, name: str) -> dict[str, float]:
    """Start a run, wait for its end, and return its mAPs; a stop of the search ends it too."""
    process.launch(run, queue=True)
    try:
        while True:
            now = standing(run)
            if now.state not in ACTIVE:
                break
            words = now.message if now.state == "queued" else str(progress_of(now.status, ())).lower()
            voice.say(f"{name}: {words or 'waiting for its turn'}")
            time.sleep(_POLL_S)
    except BaseException:
        process.stop(run)
        raise
    if now.state != "finished":
        raise TrialError(f"its run {now.state}: {now.message}" if now.message else f"its run {now.state}")
    try:
        found = read_outcome(run.folder).map
    except RunError as error:
        raise TrialError(str(error)) from error
    return {key: found.get(key, math.nan) for key in REPORT_KEYS}
