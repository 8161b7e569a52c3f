"""Whether a file is what its name promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.evidence import Evidence

if TYPE_CHECKING:
    from pecdetect.contract import Container

_MARK = 8
"""Bytes by which a container is known."""


def container_mismatch(container: Container, size: int, name: str | None) -> Evidence | None:
    """A file name that promises another container than the content, of ``size`` bytes, is."""
    if name is None or container not in ("eml", "msg"):
        return None
    promised = name[-4:].lower()
    if promised not in (".eml", ".msg") or promised[1:] == container:
        return None
    return Evidence("", 0, min(_MARK, size), f"{name} is {container} by its content")
