"""All checks in order, each safe from the others' crashes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from dbl_core.losses.catalog import check_options
from dbl_core.losses.conformance import call_checks, edge_checks, formula_checks, machine_checks
from dbl_core.losses.conformance.bench import Bench
from dbl_core.losses.conformance.closed_form import Claim
from dbl_core.losses.conformance.measuring import FailedError, SkippedError, WarnedError
from dbl_core.losses.conformance.oracle import Oracle, uses_counts
from dbl_core.losses.conformance.quiet import Noise, captured, sentence_of, shortened
from dbl_core.losses.conformance.subject import CannotCheckError, Subject, load
from dbl_core.losses.conformance.training_set import TrainingSet, voc_mlt
from dbl_core.losses.conformance.without_cuda import WithoutCuda, hidden_cuda, without_cuda

Outcome = Literal["pass", "fail", "skipped", "warning"]


@dataclass(frozen=True)
class Check:
    """What one check of the battery came to.

    Attributes:
        name: What was checked.
        outcome: "pass", "fail", "skipped" (could not be checked), or "warning" (right, but with a cost).
        expected: What a sound loss does.
        found: What this one does.
    """

    name: str
    outcome: Outcome
    expected: str
    found: str


class _Row(NamedTuple):
    name: str
    expected: str
    check: Callable[[Bench], str]
    sees_cuda: bool = False


BATTERY = (
    _Row("value, float64", "the closed form to 6 digits", formula_checks.value_in_double),
    _Row("value, float32", "the closed form to 5 digits", formula_checks.value_in_float32),
    _Row("scale", "the reduction and no other constant", formula_checks.scale),
    _Row("gradient", "that of the closed form in every cell", formula_checks.gradient),
    _Row("scalar output", "one number that can be differentiated", call_checks.one_number),
    _Row("reductions", "mean, sum and none agree", call_checks.reductions),
    _Row("arguments left alone", "logits and targets unchanged", call_checks.arguments_left_alone),
    _Row("repeated calls", "the same value each time", call_checks.repeated),
    _Row("batch of one", "right for a single image", call_checks.batch_of_one),
    _Row("int and bool targets", "the same value", call_checks.integer_and_bool_targets),
    _Row("non-contiguous logits", "the same value", call_checks.non_contiguous_logits),
    _Row("empty row", "an image without any label: finite", edge_checks.empty_row),
    _Row("empty class", "a class without any image, n = 0: finite", edge_checks.empty_class),
    _Row("full class", "a class on every image, n = N: finite", edge_checks.full_class),
    _Row("logits of 90 and -90", "finite value and gradient", edge_checks.extreme_logits),
    _Row("float16", "finite, close to float32", edge_checks.in_float16),
    _Row("bfloat16", "finite, close to float32", edge_checks.in_bfloat16),
    _Row("autocast", "finite, close to float32", edge_checks.under_autocast),
    _Row("no CUDA needed", "built and called on any machine", machine_checks.no_cuda_needed),
    _Row("device", "follows .to(device)", machine_checks.device, sees_cuda=True),
    _Row("torch.compile", "one graph without a break", machine_checks.compiles, sees_cuda=True),
)


@dataclass(frozen=True)
class Report:
    """The result of the battery.

    Attributes:
        built: How the loss was built, in words.
        claim: The loss that it claims to be, in words.
        notes: What else is worth knowing.
        checks: One entry a check.
    """

    built: str
    claim: str
    notes: tuple[str, ...]
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return all(check.outcome != "fail" for check in self.checks)


def check_loss(
    thing: object,
    *,
    claims: str = "db_focal",
    options: Mapping[str, object] | None = None,
    extra: Mapping[str, Any] | None = None,
    training_set: TrainingSet | None = None,
) -> Report:
    """Run the battery on somebody's own loss.

    Args:
        thing: A class or a factory that is called with class counts and number of images, told from the names of its
            parameters; or a callable on logits and targets (n_samples, n_labels); or where to find one of these,
            "package.module:Thing".
        claims: The loss of the catalogue that it claims to be.
        options: Options of that loss; the loss under test is told them where it has parameters for them.
        extra: More arguments for its constructor.
        training_set: What it is built for; VOC-MLT if None. A loss that is ready to be called needs the one that it
            was built for.

    Raises:
        CannotCheckError: The loss cannot be found or built, or is ready to be called and its training set is not
            known.
        ValueError: The claimed loss or an option is unknown or out of range.
    """
    claim = Claim(claims, check_options(claims, options))
    noise, mode = Noise(), WithoutCuda()
    with captured(noise):
        if isinstance(thing, str):
            with hidden_cuda():
                thing = load(thing)
        subject = Subject(thing, claim, extra)
        if not subject.rebuildable and training_set is None and uses_counts(claim):
            raise CannotCheckError(
                f"{subject.name} is ready to be called, but for which training set? Give --stats FILE with its class "
                "counts, or give its class or a factory."
            )
        bench = Bench(subject, Oracle(claim, training_set or voc_mlt()), mode)
        with without_cuda(mode):
            subject.build(bench.training_set)
        built = subject.description
        checks = _in_order({row.name: _run(row, bench, mode) for row in _last_is_cuda()})
    untold = f"it cannot be told {', '.join(subject.untold)}: its own values must be those" if subject.untold else ""
    return Report(built, _claim_in_words(claim), tuple(note for note in (untold, str(noise)) if note), checks)


def _last_is_cuda() -> list[_Row]:
    """The rows in the order in which they run: what counts the demands for CUDA comes after what may raise them."""
    return sorted(BATTERY, key=lambda row: row.check is machine_checks.no_cuda_needed or row.sees_cuda)


def _in_order(checks: Mapping[str, Check]) -> tuple[Check, ...]:
    return tuple(checks[row.name] for row in BATTERY)


def _run(row: _Row, bench: Bench, mode: WithoutCuda) -> Check:
    try:
        if row.sees_cuda and not mode.demands:
            return Check(row.name, "pass", row.expected, row.check(bench))
        with without_cuda(mode):
            return Check(row.name, "pass", row.expected, row.check(bench))
    except SkippedError as reason:
        return Check(row.name, "skipped", row.expected, str(reason))
    except WarnedError as reservation:
        return Check(row.name, "warning", row.expected, str(reservation))
    except (FailedError, CannotCheckError) as failure:
        return Check(row.name, "fail", row.expected, shortened(str(failure), 400))
    except (Exception, SystemExit) as crash:
        return Check(row.name, "fail", row.expected, f"it raised {sentence_of(crash)}")


def _claim_in_words(claim: Claim) -> str:
    options = ", ".join(f"{key}={value}" for key, value in claim.options.items())
    return f"{claim.name}({options})"
