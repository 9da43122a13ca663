"""The errors a user of the lab can do something about.

A caller's mistake (an unknown name, a value out of range) is a plain ``ValueError`` that names the value and what is
allowed. What the world got wrong is a ``DblError`` whose message is one sentence that says what to do next::

    DblError
    ├── DataError       a data set, an image or a cached array cannot be read or written
    ├── ModelError      weights are missing, damaged or do not fit the model
    ├── RunError        a run folder exists, is not writable, or is not a run
    │   ├── Diverged    the numbers of a training stopped being finite
    │   └── ProcessLost one of the processes of a run ended without a word
    └── WorkerError     the worker process that computes for the pages gave no answer
        └── Superseded  a newer question of the same session took the place of this one

The command line turns both into one line and exit code 2; the pages turn both into an error box.
"""


class DblError(Exception):
    """Base of all errors that carry a sentence for the user."""


class DataError(DblError):
    """A data set, an image or a cached array cannot be read or written."""


class ModelError(DblError):
    """Weights are missing, damaged or do not fit the model."""


class RunError(DblError):
    """A run folder exists already, is not writable, or is not a run."""


class Diverged(RunError):  # noqa: N818 - what happened; the settings are to change
    """The numbers of a training stopped being finite."""


class ProcessLost(RunError):  # noqa: N818 - what happened, and no fault of anyone
    """One of the processes that train a run together ended without a word."""


class WorkerError(DblError):
    """The worker process that computes for the pages gave no answer."""


class Superseded(WorkerError):  # noqa: N818 - what happened, and no fault of anyone
    """A newer question of the same session took the place of this one; its answer is the one to show."""
