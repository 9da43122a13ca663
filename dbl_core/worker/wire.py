"""One message a line: JSON with numpy arrays inside.

An array travels as its bytes, so that a large one costs little; NaN and infinities are allowed between the two ends.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np

_MARK = "__array__"


def encode(message: dict[str, Any]) -> bytes:
    """A message as one line.

    Raises:
        TypeError: If it holds something that is neither JSON nor a numpy array or number.
    """
    return json.dumps(message, default=_pack, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """The message of a line.

    Raises:
        ValueError: If the line is not a message.
    """
    return json.loads(line, object_hook=_unpack)


def _pack(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode("ascii")
        return {_MARK: data, "dtype": value.dtype.str, "shape": value.shape}
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} cannot be sent to the worker; send numbers, text, lists or arrays")


def _unpack(value: dict[str, Any]) -> Any:
    if _MARK not in value:
        return value
    data = base64.b64decode(value[_MARK])
    return np.frombuffer(data, dtype=np.dtype(value["dtype"])).reshape(value["shape"]).copy()
