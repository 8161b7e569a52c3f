"""Real mail: a folder of messages that nobody wrote for a benchmark, by class.

``PECDETECT_CORPUS`` names the folder, or it is beside the repository. Its MANIFEST.jsonl has an object a line, with
the ``path`` of a file, its ``class`` and, in ``truth``, its ``container``. In a folder without one, the Outlook items
are real mail.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from comparison.readers import Read

    Best = dict[str, dict[Path, float]]

CORPUS = Path(os.environ.get("PECDETECT_CORPUS") or Path(__file__).resolve().parents[3] / "shared" / "corpus")
CLASSES = ("pec", "smime", "pgp", "ordinary")
ITEMS = "outlook"
LARGEST = 300_000
"""Bytes of a message in text: with larger ones, a few would decide what a whole class takes."""
MOST = 400
"""Files of a class, evenly spread."""


def real_mail(folder: Path) -> dict[str, list[Path]]:
    """Return the files of a corpus by class, without classes of which it has none."""
    found: dict[str, list[Path]] = {name: [] for name in (*CLASSES, ITEMS)}
    manifest = folder / "MANIFEST.jsonl"
    if not manifest.is_file():
        found[ITEMS] = [path for path in folder.rglob("*") if path.suffix.lower() == ".msg" and path.is_file()]
    else:
        for row in map(json.loads, manifest.read_text("utf-8").splitlines()):
            path, container = folder / row["path"], row["truth"].get("container")
            if not path.is_file():
                continue
            if container == "msg":
                found[ITEMS].append(path)
            elif container == "eml" and path.stat().st_size <= LARGEST:
                found[row["class"] if row["class"] in CLASSES else "ordinary"].append(path)
    return {name: sorted(paths)[:: -(-len(paths) // MOST)] for name, paths in found.items() if paths}


def time_files(paths: list[Path], readers: Mapping[str, Read], rounds: int, tell: Callable[[str], None]) -> Best:
    """Read every file with every reader, round by round; the best seconds by reader and file, without what failed.

    A reader goes through all files before the next one does, so that nothing it remembers of a message helps it.
    """
    best: Best = {name: {} for name in readers}
    for number in range(1, rounds + 1):
        for name, read in readers.items():
            tell(f"round {number} of {rounds}: {name}")
            for path in paths:
                if number > 1 and path not in best[name]:
                    continue  # it failed
                start = time.perf_counter()
                try:
                    read(path)
                except Exception:  # noqa: BLE001, S112 - what a reader cannot read is counted
                    continue
                spent = time.perf_counter() - start
                best[name][path] = min(spent, best[name].get(path, spent))
    return best


def total_ratio(best: Best, name: str, base: str) -> float:
    """Return one reader's time for all files that both read, by the other's."""
    both = best[name].keys() & best[base].keys()
    return sum(best[name][path] for path in both) / sum(best[base][path] for path in both) if both else float("nan")


def median_ratio(best: Best, name: str, base: str) -> float:
    """Return the median, over the files that both read, of one reader's time by the other's."""
    both = best[name].keys() & best[base].keys()
    return statistics.median(best[name][path] / best[base][path] for path in both) if both else float("nan")
