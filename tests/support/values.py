"""One way to change a frozen value, whether it is a dataclass or a named tuple."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

import msgspec

Value = TypeVar("Value")


def changed(value: Value, **changes: Any) -> Value:
    """A copy of a frozen value with some fields changed."""
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(value, **changes)
    if hasattr(value, "_replace"):
        copy: Value = value._replace(**changes)
        return copy
    return dataclasses.replace(value, **changes)  # type: ignore[type-var]
