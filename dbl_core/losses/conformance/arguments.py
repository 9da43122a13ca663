"""From the names of a constructor's parameters to arguments: the training set and the options that are claimed."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch

from dbl_core.losses.conformance import names
from dbl_core.losses.conformance.closed_form import Claim
from dbl_core.losses.conformance.training_set import TrainingSet

_POSITIONS = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_MISSING = inspect.Parameter.empty


class ArgumentError(ValueError):
    """A constructor asks for an argument whose meaning cannot be guessed from its name."""


class Arguments(NamedTuple):
    """Keyword arguments for a constructor.

    Attributes:
        values: The arguments.
        told: The arguments in words.
        untold: Options of the claim that there is no parameter for.
    """

    values: dict[str, Any]
    told: str
    untold: tuple[str, ...]


def parameters_of(thing: Callable) -> dict[str, inspect.Parameter]:
    """The parameters of a class or function that can be given by name; none where it has no readable signature."""
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return {}
    return {name: parameter for name, parameter in signature.parameters.items() if parameter.kind in _POSITIONS}


def required_parameters(thing: Callable) -> list[str]:
    """The names of its parameters without a default."""
    return [name for name, parameter in parameters_of(thing).items() if parameter.default is _MISSING]


def asks_for_training_set(thing: Callable) -> bool:
    """Whether a parameter without a default is named after class counts or the number of images."""
    known = names.COUNTS | names.NEGATIVE_COUNTS | names.PRIORS | names.N_SAMPLES | names.N_LABELS
    return not known.isdisjoint(required_parameters(thing))


def takes_reduction(thing: Callable) -> bool:
    """Whether it can be told a reduction."""
    return not names.REDUCTION.isdisjoint(parameters_of(thing))


def counts_in_every_form(training_set: TrainingSet) -> Iterator[Any]:
    """Class counts as a list, an array and a tensor of floats."""
    counts = training_set.label_counts
    yield counts.tolist()
    yield np.array(counts)
    yield torch.tensor(counts, dtype=torch.float32)


def arguments_for(
    thing: Callable,
    claim: Claim,
    counts: Any,
    training_set: TrainingSet,
    *,
    reduction: str,
    extra: Mapping[str, Any],
) -> Arguments:
    """Return the arguments with which to build a loss.

    Args:
        thing: A class or a factory.
        claim: The loss that it claims to be, with the options that it is told.
        counts: The class counts, in the form in which it is to get them.
        training_set: Where they come from.
        reduction: The reduction that it is told.
        extra: Arguments that win over all others.

    Raises:
        ArgumentError: A parameter without a default has a name that says nothing.
    """
    parameters = parameters_of(thing)
    settings = {name: value for name, value in _settings(parameters, claim) if value is not _MISSING}
    if _takes_any_option(thing):
        settings = {**claim.options, **settings}
    facts = _facts(parameters, counts, training_set, reduction)
    values = {**facts, **settings, **extra}
    missing = [name for name in required_parameters(thing) if name not in values]
    if missing:
        raise ArgumentError(f"asks for {', '.join(missing)}, which check-loss cannot guess: use --set {missing[0]}=…")
    told = ", ".join(f"{name}={value!r}" if _is_short(value) else f"{name}=…" for name, value in values.items())
    return Arguments(values, told, () if _takes_any_option(thing) else _untold(parameters, claim))


def _is_short(value: Any) -> bool:
    return isinstance(value, str | int | float | dict | None)


def _takes_any_option(thing: Callable) -> bool:
    """Whether it is a factory with ``**options``; a class with them mostly passes them on to nowhere."""
    if inspect.isclass(thing):
        return False
    return any(p.kind is inspect.Parameter.VAR_KEYWORD for p in inspect.signature(thing).parameters.values())


def _facts(parameters: Mapping[str, Any], counts: Any, training_set: TrainingSet, reduction: str) -> dict[str, Any]:
    """What the parameters say of the training set, and the reduction."""
    n_samples = training_set.n_samples
    is_list = isinstance(counts, list)
    known = (
        (names.COUNTS, counts),
        (names.NEGATIVE_COUNTS, [n_samples - n for n in counts] if is_list else n_samples - counts),
        (names.PRIORS, [n / n_samples for n in counts] if is_list else counts / n_samples),
        (names.N_SAMPLES, n_samples),
        (names.N_LABELS, training_set.n_labels),
        (names.REDUCTION, reduction),
        (names.DEVICE, "cpu"),
    )
    return {name: value for name in parameters for group, value in known if name in group}


def _settings(parameters: Mapping[str, inspect.Parameter], claim: Claim) -> Iterator[tuple[str, Any]]:
    """What each parameter is told of the claimed loss; ``_MISSING`` where it says nothing to us."""
    for name, parameter in parameters.items():
        if name == "reweight_func":
            yield name, next((word for term, word in names.REWEIGHTING.items() if term in claim.terms), None)
        elif name == "use_sigmoid":
            yield name, True
        elif name in _nested_names(claim) and isinstance(parameter.default, dict):
            yield name, _nested(name, parameter.default, claim)
        else:
            yield name, _setting(name, parameter, claim)


def _aliases(claim: Claim) -> dict[str, set[str]]:
    return names.CLASS_BALANCED_OPTIONS if "class_balanced" in claim.terms else names.OPTIONS


def _nested_names(claim: Claim) -> dict[str, dict[str, str]]:
    return names.CLASS_BALANCED_NESTED if "class_balanced" in claim.terms else names.NESTED


def _setting(name: str, parameter: inspect.Parameter, claim: Claim) -> Any:
    option = next((key for key, aliases in _aliases(claim).items() if name in aliases), name)
    if option not in claim.options:
        return names.NEUTRAL.get(name, _MISSING)
    value = claim.options[option]
    takes_words = parameter.default is _MISSING or isinstance(parameter.default, str)
    return _MISSING if isinstance(value, str) and not takes_words else value


def _nested(name: str, default: dict[str, Any], claim: Claim) -> dict[str, Any]:
    """A dictionary of settings as the paper's code has them, its known keys set to what is claimed."""
    known = {key: option for key, option in _nested_names(claim)[name].items() if key in default}
    told = {key: claim.options[option] for key, option in known.items() if option in claim.options}
    neutral = {key: names.NEUTRAL[key] for key in known if key not in told and key in names.NEUTRAL}
    switch = {"focal": "focal" in claim.terms} if name == "focal" and "focal" in default else {}
    return {**default, **neutral, **told, **switch}


def _untold(parameters: Mapping[str, inspect.Parameter], claim: Claim) -> tuple[str, ...]:
    """Options that no parameter takes, but for the form of the bias, which no public code has as an option."""
    told = set(parameters)
    told |= {option for option, aliases in _aliases(claim).items() if not aliases.isdisjoint(parameters)}
    for name, keys in _nested_names(claim).items():
        default = parameters[name].default if name in parameters else None
        told |= {option for key, option in keys.items() if isinstance(default, dict) and key in default}
    return tuple(option for option in claim.options if option not in told and option != "bias")
