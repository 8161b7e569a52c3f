"""Where the samples are: ``samples/GROUP/NAME.eml`` or ``.msg``, their verdicts in ``samples/verdicts/GROUP/NAME.json``.

A NAME begins with its GROUP, so that the name alone says where a file is.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent.parent / "samples"
SUFFIXES = (".eml", ".msg")


def sample_path(name: str) -> Path:
    """Return the path of a sample by its file name."""
    return FOLDER / group_of(name) / name


def verdict_path(name: str) -> Path:
    """Return the path of the verdict of a sample by the sample's file name, with or without suffix."""
    return FOLDER / "verdicts" / group_of(name) / f"{Path(name).stem}.json"


def sample_paths() -> list[Path]:
    """Return the paths of all samples there are, sorted."""
    return sorted(path for path in FOLDER.glob("*/*") if path.suffix in SUFFIXES)


def group_of(name: str) -> str:
    """Return the group of a sample: the first word of its name."""
    return name.partition("-")[0]
