"""What all settings share: unknown keys are errors, models are frozen, NaN and infinities are refused."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """A group of settings; compared and shown by their values."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True)


def one_of(value: str, allowed: Any, what: str) -> str:
    """Return the value, or raise a ``ValueError`` that lists the allowed ones."""
    if value not in allowed:
        raise ValueError(f"unknown {what} {value!r}; choose one of {', '.join(allowed)}")
    return value
