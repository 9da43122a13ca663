"""Somebody's own loss, and how to build it: a class, a factory, or a loss that is ready to be called."""

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from dbl_core.losses.catalog import describe
from dbl_core.losses.conformance.arguments import (
    ArgumentError,
    arguments_for,
    asks_for_training_set,
    counts_in_every_form,
    required_parameters,
    takes_reduction,
)
from dbl_core.losses.conformance.closed_form import Claim
from dbl_core.losses.conformance.quiet import sentence_of
from dbl_core.losses.conformance.training_set import TrainingSet

FACTORY = "write a factory, def make(label_counts, n_samples): return YourLoss(...), and check module:make"
_WRONG_FORM = (TypeError, AttributeError, ValueError, IndexError)  # of counts in a form that the loss cannot use


class CannotCheckError(ValueError):
    """The loss under test cannot be found, built or called; the message says what to do."""


def load(target: str) -> object:
    """Import what ``package.module:Thing`` names; modules of the current folder are found too.

    Raises:
        CannotCheckError: The text is not of that form, the module cannot be imported, or it has no such thing.
    """
    module_name, colon, attribute = target.partition(":")
    if module_name.endswith(".py") or "/" in module_name:
        module_name = module_name.removesuffix(".py").strip("./").replace("/", ".")
        raise CannotCheckError(f"{target!r} names a file; name the module: {module_name}:{attribute or 'YourLoss'}.")
    if not colon or not module_name or not attribute:
        raise CannotCheckError(f"{target!r} is not package.module:Thing; write for example my_losses:MyLoss.")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        raise CannotCheckError(f"{module_name} cannot be imported from {here}: {sentence_of(error)}.") from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            names = sorted(name for name in vars(found) if callable(vars(found)[name]) and not name.startswith("_"))
            raise CannotCheckError(f"{module_name} has no {attribute}; it has {', '.join(names[:12]) or 'nothing'}.")
        found = getattr(found, part)
    return found


class Subject:
    """A loss under test, built anew for every training set and reduction that a check asks for.

    Args:
        thing: A class or a factory, called with what its parameters are named after; or a callable on logits and
            targets.
        claim: What it claims to be; it is told these options as far as it has parameters for them.
        extra: More arguments for its constructor, which win over those that were guessed.

    Attributes:
        rebuildable: False for a loss that is ready to be called.
        takes_reduction: Whether it can be told a reduction.
        description: The arguments of the last build, in words.
        untold: Options of the claim that it has no parameter for.
    """

    def __init__(self, thing: object, claim: Claim, extra: Mapping[str, Any] | None = None):
        if not callable(thing):
            raise CannotCheckError(
                f"an object of type {type(thing).__name__} is not a loss; give a class, a factory or a callable."
            )
        self.thing, self.claim, self.extra = thing, claim, dict(extra or {})
        self.name = getattr(getattr(thing, "func", thing), "__name__", type(thing).__name__)
        self.rebuildable = _is_builder(thing, self.extra)
        if not self.rebuildable and self.extra:
            raise CannotCheckError(
                f"{self.name} is ready to be called and takes no --set; give its class or a factory."
            )
        self.takes_reduction = self.rebuildable and takes_reduction(thing) and "reduction" not in self.extra
        self.description, self.untold = "ready to be called", ()

    @property
    def reduction(self) -> str:
        """The reduction that its value is to have when it is told "mean" or cannot be told any."""
        return (
            "mean" if self.takes_reduction else self.extra.get("reduction", describe(self.claim.name).native_reduction)
        )

    def build(self, training_set: TrainingSet, *, reduction: str = "mean") -> Callable:
        """Return the loss for a training set.

        Raises:
            CannotCheckError: It asks for what cannot be guessed, it raises, or what it returns is no loss.
        """
        if not self.rebuildable:
            return self.thing
        errors = []
        for counts in counts_in_every_form(training_set):  # lists, arrays and tensors are all in use
            try:
                return self._built(counts, training_set, reduction)
            except CannotCheckError:
                raise
            except ArgumentError as error:
                raise CannotCheckError(f"{self.name} {error}, or {FACTORY}.") from error
            except (Exception, SystemExit) as error:
                errors.append(error)
                if not isinstance(error, _WRONG_FORM):
                    break
        raise CannotCheckError(f"{self.name} cannot be built ({sentence_of(errors[0])}); {FACTORY}.") from errors[0]

    def _built(self, counts: Any, training_set: TrainingSet, reduction: str) -> Callable:
        arguments = arguments_for(self.thing, self.claim, counts, training_set, reduction=reduction, extra=self.extra)
        loss = self.thing(**arguments.values)
        if not callable(loss) or isinstance(loss, type | torch.Tensor):
            raise CannotCheckError(
                f"{self.name} returned a {type(loss).__name__}, not a loss that can be called; {FACTORY}."
            )
        self.description, self.untold = f"{self.name}({arguments.told})", arguments.untold
        return loss


def _is_builder(thing: object, extra: Mapping[str, Any]) -> bool:
    """Whether calling it gives a loss, not the value of one."""
    if isinstance(thing, torch.nn.Module):
        return False
    needs_nothing_else = set(required_parameters(thing)) <= set(extra)
    return inspect.isclass(thing) or asks_for_training_set(thing) or needs_nothing_else
