"""A refused setting in one sentence."""

from __future__ import annotations

import math
from typing import Any

from pydantic import ValidationError

from dbl_core.errors import DblError


def explain(error: ValueError | DblError) -> str:
    """One sentence for a person: which option is wrong, what it was, what is allowed."""
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(_explain_one(detail) for detail in error.errors())


def _explain_one(detail: Any) -> str:
    where = ".".join(str(part) for part in detail["loc"] if not str(part).startswith("function-"))
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        return f"unknown option {where!r}; remove it"
    if detail["type"] == "value_error":
        return message
    value = detail.get("input")
    shown = repr(value) if not isinstance(value, float) or math.isfinite(value) else str(value)
    return f"{where} = {shown[:80]}: {message[:1].lower()}{message[1:]}"
