"""The synthetic messages of ``samples/``: ``all_samples()`` makes them, always with the same octets."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .model import Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Sample", "all_samples"]

MODULES = (
    "pec_types",
    "pec_layouts",
    "pec_variants",
    "pec_claims",
    "smime",
    "smime_nested",
    "pgp",
    "rights",
    "systems",
    "items",
    "delivery",
    "ordinary",
    "malformed",
    "outlook",
    "winmail",
)


def all_samples() -> Iterator[Sample]:
    """Yield every sample, group by group."""
    for name in MODULES:
        yield from import_module(f".{name}", __name__).samples()
