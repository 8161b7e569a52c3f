"""The synthetic messages of ``samples/``: ``all_samples()`` makes them, always with the same bytes."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from .model import Sample

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


@cache
def all_samples() -> tuple[Sample, ...]:
    """Return every sample, group by group."""
    return tuple(sample for name in MODULES for sample in import_module(f".{name}", __name__).samples())
