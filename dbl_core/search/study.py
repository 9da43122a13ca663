"""The one module that knows Optuna: its journal in the folder of a search, what it proposes, what it was told.

The journal is Optuna's own JSON-lines file: no database, no pickle. One process writes it, the search's; anyone may
read. A last line torn by a kill is cut off before the file is written again. Optuna's lock files are not used: one left
by a killed process would block for half a minute, and the identity of the search's process decides who may write.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbl_core.errors import RunError
from dbl_core.runs.paths import SearchPaths
from dbl_core.runs.record import strict, writing
from dbl_core.search.config import SearchConfig, applies
from dbl_core.search.space import LOSS_NAME, Value
from dbl_core.search.trials import Trial, read_trial

if TYPE_CHECKING:
    from optuna import Study
    from optuna.storages import JournalStorage
    from optuna.trial import FrozenTrial

STUDY = "search"
REPEATS = "repeats"
# What a journal of another hand can make Optuna raise while it is replayed.
_NONSENSE = (ValueError, KeyError, TypeError, IndexError, AttributeError, AssertionError, RuntimeError, RecursionError)


class _OneWriter:
    """In place of Optuna's lock files, see the text of this module."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        pass


class Proposals:
    """Optuna's study of a search, open for writing; for the search's own process.

    Args:
        paths: The search.
        config: Its settings.

    Raises:
        RunError: If the journal is damaged or cannot be written.
    """

    def __init__(self, paths: SearchPaths, config: SearchConfig) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._config = config
        with writing(paths.journal):
            _cut_torn_line(paths.journal)
        with _replaying(paths):
            self._study = optuna.create_study(
                study_name=STUDY,
                storage=_storage(paths),
                directions=["maximize"] * len(config.keys),
                load_if_exists=True,
            )
            n_known = len(self._study.get_trials(deepcopy=False))
        # A search that is continued must not propose once more what it proposed first.
        self._study.sampler = optuna.samplers.TPESampler(seed=config.search_seed + n_known)

    def trials(self) -> list[Trial]:
        """All trials so far."""
        return _records(self._study.get_trials(deepcopy=False))

    def repeat_interrupted(self) -> None:
        """Call every half-done trial failed, and put its settings first in line; call it when nothing computes."""
        import optuna

        trials = self._study.get_trials(deepcopy=False)
        repeated = {trial.user_attrs.get(REPEATS) for trial in trials}
        for trial in trials:
            if trial.state == optuna.trial.TrialState.RUNNING:
                if trial.number not in repeated:
                    self._study.enqueue_trial(dict(trial.params), user_attrs={REPEATS: trial.number})
                self._study.tell(trial.number, state=optuna.trial.TrialState.FAIL)

    def propose(self) -> Proposal:
        """The next settings to try."""
        trial = self._study.ask()
        settings: dict[str, Value] = {}
        for dimension in self._config.ordered_space:
            if applies(dimension, str(settings.get(LOSS_NAME, self._config.base.loss.name))):
                if dimension.choices:
                    word = trial.suggest_categorical(dimension.parameter, list(dimension.choices))
                    settings[dimension.setting] = str(word)
                else:
                    low, high = dimension.bounds
                    drawn = trial.suggest_float(dimension.parameter, low, high, log=dimension.logarithmic)
                    settings[dimension.setting] = dimension.value_of(drawn)
        trial.set_user_attr("settings", settings)
        return Proposal(self._study, trial, settings)


class Proposal:
    """One trial that is being tried.

    Attributes:
        number: Its number, from 1.
        settings: Flat setting -> value.
    """

    def __init__(self, study: Study, trial: Any, settings: Mapping[str, Value]) -> None:
        self._study, self._trial = study, trial
        self.number = trial.number + 1
        self.settings = dict(settings)

    def note(self, **values: Any) -> None:
        """Keep what is known of the trial: ``runs``, ``maps``, ``seconds``, ``message``."""
        for key, value in values.items():
            self._trial.set_user_attr(key, strict(value))

    def succeeded(self, values: Sequence[float]) -> None:
        """Tell the objective, one number a key."""
        self._study.tell(self._trial, list(values))

    def failed(self, message: str) -> None:
        """Tell that there is no objective, and why."""
        import optuna

        self.note(message=message)
        self._study.tell(self._trial, state=optuna.trial.TrialState.FAIL)


def read_trials(paths: SearchPaths) -> list[Trial]:
    """All trials that a search has written so far; none before the first.

    Raises:
        RunError: If the journal is damaged; its runs are kept.
    """
    if not paths.journal.is_file() or not paths.journal.stat().st_size:
        return []
    import optuna

    with _replaying(paths):
        try:
            study = optuna.load_study(study_name=STUDY, storage=_storage(paths))
        except KeyError:  # the process has not come further than the file
            if b"\n" not in paths.journal.read_bytes():
                return []
            raise
        return _records(study.get_trials(deepcopy=False))


def _records(trials: Sequence[FrozenTrial]) -> list[Trial]:
    """Trials as records, without those that are only in line."""
    repeated = {trial.user_attrs.get(REPEATS) for trial in trials}
    return [
        read_trial(
            number=trial.number + 1,
            state="interrupted" if trial.number in repeated else trial.state.name.lower(),
            notes=trial.user_attrs,
        )
        for trial in trials
        if trial.state.name != "WAITING"
    ]


def _storage(paths: SearchPaths) -> JournalStorage:
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    class Journal(JournalFileBackend):
        """Says what went wrong with a write in one sentence, and leaves no part of it before the next."""

        def append_logs(self, logs: list[dict[str, Any]]) -> None:
            with writing(paths.journal):
                _cut_torn_line(paths.journal)
                super().append_logs(logs)

    return JournalStorage(Journal(str(paths.journal), lock_obj=_OneWriter()))


@contextmanager
def _replaying(paths: SearchPaths) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(f"{str(paths.journal)!r} cannot be read ({error.strerror}); check the folder") from error
    except _NONSENSE as error:
        cause = " ".join(str(error).split())[:120] or type(error).__name__
        raise RunError(
            f"the journal of search {paths.folder.name!r} is damaged ({cause}); its runs are kept, start a new search"
        ) from error


def _cut_torn_line(path: Path) -> None:
    """Take away what stands behind the last whole line: a kill or a full disk broke it off."""
    if not path.exists():
        return
    with path.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - (1 << 20), 0))
        tail = file.read()
        if tail and not tail.endswith(b"\n"):
            file.truncate(size - (len(tail) - tail.rfind(b"\n") - 1))


def parameter_importance(trials: Sequence[Trial], config: SearchConfig, key: str) -> dict[str, float]:
    """How much each setting decides whether a trial is among the best tenth for a mAP (PED-ANOVA); shares add up to 1.

    Args:
        trials: Finished trials.
        config: The search.
        key: Which mAP.

    Returns:
        Setting -> share, largest first; empty with fewer than ten trials, or where nothing tells them apart.
    """
    import warnings

    import optuna
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    usable = [trial for trial in trials if trial.has(key)]
    if len(usable) < LEAST_FOR_IMPORTANCE or len({trial.mean(key) for trial in usable}) < 2:
        return {}
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="minimize")  # the evaluator takes the smallest for the best
    distributions = {dimension.setting: _distribution(dimension) for dimension in config.space}
    for trial in usable:
        drawn = {name: value for name, value in trial.settings.items() if name in distributions}
        study.add_trial(
            optuna.trial.create_trial(
                params={name: _drawn(config, name, value) for name, value in drawn.items()},
                distributions={name: distributions[name] for name in drawn},
                value=-trial.mean(key),
            )
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a group of equal trials is no news
        shares = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items()} if total > 0 else {}


LEAST_FOR_IMPORTANCE = 10


def _distribution(dimension: Any) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    if dimension.choices:
        return CategoricalDistribution(dimension.choices)
    return FloatDistribution(*dimension.bounds, log=dimension.logarithmic)


def _drawn(config: SearchConfig, setting: str, value: Value) -> Value:
    """What Optuna drew for a value of a setting, inside its bounds."""
    dimension = next(each for each in config.space if each.setting == setting)
    if dimension.choices:
        return value
    low, high = dimension.bounds
    return min(max(1 - value if dimension.scale == "log1m" else value, low), high)
