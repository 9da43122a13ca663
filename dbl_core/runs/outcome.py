"""What a run has brought, as validated records: its epochs and its final numbers.

The files of a run may come from another version, another machine or another hand. A line of the metrics that does not
fit is left out; a result that does not fit is a ``RunError``. Undefined numbers (``null`` in JSON) are NaN here.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from dbl_core.config import RunConfig, explain
from dbl_core.errors import RunError
from dbl_core.longtail.groups import group_of
from dbl_core.metrics import REPORT_KEYS
from dbl_core.runs.record import showable
from dbl_core.runs.store import read_metrics, read_result

Number = Annotated[float, BeforeValidator(lambda value: math.nan if value is None else value)]
Text = Annotated[str, AfterValidator(lambda text: showable(text, MAX_TEXT))]
Fraction = Annotated[Number, AfterValidator(lambda value: value if 0 <= value <= 1 else math.nan)]
"""From 0 to 1; what a damaged record says beyond is unknown."""
Range = tuple[Fraction, Fraction]
MAX_TEXT = 500
NO_RANGE = (math.nan, math.nan)
SIGNS = ("positive", "negative")
MAX_COUNT = 10**12
"""No run counts further; a chart cannot place what a damaged record may say."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Epoch(_Record):
    """One line of the metrics.

    Attributes:
        epoch: Number of the epoch, from 1.
        stage: 1, or 2 where only the last layer learns, with the run's own sampler and loss.
        step: Optimizer steps so far.
        seconds: Time since the start of training.
        learning_rate: Rate of the last step.
        train_loss: Mean training loss of the epoch.
        test_loss: Loss on the test split after it.
        test_images: Images of the test split that loss, mAP and AP are measured on; 0 where a run did not say.
        map: mAP of total, head, medium and tail, fractions.
        ap: AP of every label, fractions.
        weights: Mean loss weight of the training cells, by sign (positive, negative) and group.
        gradients: Share of the total absolute gradient, by sign and group; all shares add up to 1.
    """

    epoch: int = Field(ge=1, le=MAX_COUNT)
    stage: int = Field(default=1, ge=1, le=2)
    step: int = Field(default=0, ge=0, le=MAX_COUNT)
    seconds: Number = math.nan
    learning_rate: Number = math.nan
    train_loss: Number = math.nan
    test_loss: Number = math.nan
    test_images: int = Field(default=0, ge=0, le=MAX_COUNT)
    map: dict[str, Number] = Field(default_factory=dict)
    ap: tuple[Number, ...] = ()
    weights: dict[str, dict[str, Number]] = Field(default_factory=dict)
    gradients: dict[str, dict[str, Number]] = Field(default_factory=dict)


class ClassResult(_Record):
    """The final AP of one class, with the counts that say how far it can be trusted.

    Attributes:
        label: Name of the class.
        group: ``head``, ``medium`` or ``tail``; follows from the training positives (DB convention) when left out.
        train_count: Positives in the training set.
        test_positives: Positives in the test split.
        ap: Average precision, a fraction; NaN without test positives.
        interval: Its 95 % interval over resampled test images.
    """

    label: Text
    group: Text = ""
    train_count: int = Field(ge=0, le=MAX_COUNT)
    test_positives: int = Field(ge=0, le=MAX_COUNT)
    ap: Number
    interval: Range = NO_RANGE

    @model_validator(mode="before")
    @classmethod
    def _group_from_count(cls, values: Any) -> Any:
        if isinstance(values, dict) and not values.get("group") and isinstance(values.get("train_count"), int):
            values = {**values, "group": str(group_of([max(values["train_count"], 0)])[0])}
        return values


Averages = dict[str, Number]


class FScores(_Record):
    """F1 at one threshold of the probabilities, by group.

    Attributes:
        threshold: A class is predicted where its probability is at least this.
        total: micro_f1, macro_f1, cf1 and of1 of all classes, fractions; head, medium and tail likewise.
    """

    threshold: Number = 0.5
    total: Averages = Field(default_factory=dict)
    head: Averages = Field(default_factory=dict)
    medium: Averages = Field(default_factory=dict)
    tail: Averages = Field(default_factory=dict)


class Calibration(_Record):
    """Calibration of the probabilities, by group.

    Attributes:
        n_bins: Bins of the expected calibration errors.
        total: ece, ece_mass, label_ece and brier of all classes; head, medium and tail likewise.
    """

    n_bins: int = Field(default=15, ge=1)
    total: Averages = Field(default_factory=dict)
    head: Averages = Field(default_factory=dict)
    medium: Averages = Field(default_factory=dict)
    tail: Averages = Field(default_factory=dict)


class Ranking(_Record):
    """How the classes of one image are ranked: means over the test images for which they are defined.

    Attributes:
        one_error: Share of images whose highest-scored class is wrong.
        coverage: Classes above or at the last true one, from 0.
        ranking_loss: Share of wrongly ordered pairs of a true and a false class.
        n_images: Test images.
        without_labels: Those of them without any true class, which define none of the three.
        with_all_labels: Those of them with every class, which have no ranking loss.
    """

    one_error: Number
    coverage: Number
    ranking_loss: Number
    n_images: int = Field(default=0, ge=0)
    without_labels: int = Field(default=0, ge=0)
    with_all_labels: int = Field(default=0, ge=0)


class Result(_Record):
    """The final numbers of a run.

    Attributes:
        map: mAP of total, head, medium and tail, fractions.
        intervals: Their 95 % intervals over resampled test images.
        per_class: One record a class.
        config: The settings that the run really used.
        seconds: How long it took.
        start_seconds: How long its process took before, to load what training needs; 0 in older versions.
        device: Where it ran, in words.
        memory_mb: Most resident memory of its process in MiB; None in results of older versions, like the next.
        gpu_memory_mb: Most memory of the GPU that its tensors took in MiB; None on a CPU.
        n_parameters: Trained numbers of the model.
        versions: Name of a package -> its version where the run was trained.
        f_scores: F1 at probability 0.5; None in results of older versions, like the next two.
        label_ranking: One-error, coverage and ranking loss.
        calibration: Expected calibration errors and Brier scores.
    """

    map: dict[str, Number]
    intervals: dict[str, Range] = Field(default_factory=dict)
    per_class: tuple[ClassResult, ...] = ()
    config: RunConfig
    seconds: Number = math.nan
    start_seconds: float = Field(default=0.0, ge=0, lt=1e9)
    device: Text = ""
    memory_mb: float | None = Field(default=None, ge=0, lt=1e9)
    gpu_memory_mb: float | None = Field(default=None, ge=0, lt=1e9)
    n_parameters: int | None = None
    versions: dict[Text, Text] = Field(default_factory=dict)
    f_scores: FScores | None = None
    label_ranking: Ranking | None = None
    calibration: Calibration | None = None

    @property
    def label_counts(self) -> tuple[int, ...]:
        """Training positives per class; two runs with other counts have other groups."""
        return tuple(entry.train_count for entry in self.per_class)


def epochs_of(lines: Iterable[Mapping[str, Any]]) -> tuple[Epoch, ...]:
    """The epochs among metrics lines, in order; what does not fit is left out, of a repeated epoch the last counts."""
    found = {}
    for line in lines:
        try:
            epoch = Epoch.model_validate(line)
        except ValidationError:
            continue
        found[epoch.epoch] = epoch
    return tuple(found[number] for number in sorted(found))


def read_epochs(run_dir: Path | str) -> tuple[Epoch, ...]:
    """The epochs that a run has written so far."""
    return epochs_of(read_metrics(run_dir))


def read_outcome(run_dir: Path | str) -> Result:
    """The final numbers of a run.

    Raises:
        RunError: If there is no result, or it is not one of this lab.
    """
    values = read_result(run_dir)
    try:
        return Result.model_validate(values)
    except ValidationError as error:
        raise RunError(f"the result of run {Path(run_dir).name!r} is damaged: {explain(error)}") from error


def result_table(result: Result) -> list[dict[str, Any]]:
    """One row a class, then one a group: label, group, counts, AP and its interval as fractions."""
    rows = [
        {
            "label": entry.label,
            "group": entry.group,
            "train_count": entry.train_count,
            "test_positives": entry.test_positives,
            "ap": entry.ap,
            "ap_low": entry.interval[0],
            "ap_high": entry.interval[1],
        }
        for entry in result.per_class
    ]
    for key in REPORT_KEYS:
        low, high = result.intervals.get(key, NO_RANGE)
        value = result.map.get(key, math.nan)
        row = {"label": f"mAP {key}", "group": key, "train_count": "", "test_positives": ""}
        rows.append({**row, "ap": value, "ap_low": low, "ap_high": high})
    return rows


def result_csv(result: Result) -> str:
    """:func:`result_table` as CSV with a header line; undefined numbers are empty."""
    rows = result_table(result)
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    for row in rows:
        writer.writerow({key: "" if value != value else value for key, value in row.items()})
    return text.getvalue()
