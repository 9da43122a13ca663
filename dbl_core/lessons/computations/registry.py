"""The computations that a lesson may name, and what parameters each takes.

A computation is a function of the lab and of keyword parameters, registered under its own name::

    @computation
    def imbalance_ratio(lab: Lab) -> Answer:
        \"\"\"How many times as many images the most frequent label has as the rarest.\"\"\"

The types of its parameters are checked when a lesson is read, so that a slip is named with its line.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError, create_model

from dbl_core.config import explain
from dbl_core.config.base import Settings
from dbl_core.lessons.answer import Answer
from dbl_core.lessons.lab import Lab


@dataclass(frozen=True)
class Computation:
    """A computation by its name.

    Attributes:
        name: What a lesson calls it.
        about: What it answers, one sentence.
        parameters: Its parameters as a model that refuses what does not fit.
        run: The function.
    """

    name: str
    about: str
    parameters: type[Settings]
    run: Callable[..., Answer]

    def checked(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return all parameters, the defaults filled in.

        Raises:
            ValueError: One that it does not have, or a value that does not fit; one sentence.
        """
        try:
            return dict(self.parameters.model_validate(dict(given)))
        except ValidationError as error:
            raise ValueError(f"{self.name}: {explain(error)}") from error

    def __call__(self, lab: Lab, **given: Any) -> Answer:
        """Compute; raises as :meth:`checked`, and DataError where the data set has not what is needed."""
        return self.run(lab, **self.checked(given))


COMPUTATIONS: dict[str, Computation] = {}


def computation(function: Callable[..., Answer]) -> Callable[..., Answer]:
    """Register a function under its name; its keyword parameters are what a lesson may set."""
    parameters = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    fields = {
        parameter.name: (parameter.annotation, ... if parameter.default is parameter.empty else parameter.default)
        for parameter in parameters
    }
    name = function.__name__
    if name in COMPUTATIONS:
        raise ValueError(f"a computation {name!r} is registered twice")
    about = " ".join(inspect.getdoc(function).split("\n\n")[0].split())
    COMPUTATIONS[name] = Computation(name, about, create_model(name, __base__=Settings, **fields), function)
    return function


def computation_named(name: str) -> Computation:
    """Return a computation.

    Raises:
        ValueError: There is none of that name; the message lists them.
    """
    if name not in COMPUTATIONS:
        raise ValueError(f"unknown computation {name!r}; choose one of {', '.join(COMPUTATIONS)}")
    return COMPUTATIONS[name]
