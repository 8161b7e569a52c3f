"""The files of ``samples/`` and their verdicts, by file name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from samples.places import FOLDER, sample_path, sample_paths, verdict_path

if TYPE_CHECKING:
    from pathlib import Path

SAMPLES = FOLDER


def sample(name: str) -> Path:
    """The path of a sample: ``sample("pec-acceptance.eml")``."""
    return sample_path(name)


def all_samples(pattern: str = "*") -> list[Path]:
    """The paths of the samples whose file name matches a pattern (``"pec-*.eml"``), sorted."""
    return [path for path in sample_paths() if path.match(pattern)]


def verdict_of(name: str) -> dict[str, Any]:
    """The verdict that is kept for a sample; its name may have its suffix."""
    verdict: dict[str, Any] = json.loads(verdict_path(name).read_text("utf-8"))
    return verdict
