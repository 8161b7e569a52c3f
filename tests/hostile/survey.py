"""What the library makes of every mutation today: ``PYTHONPATH=.:tests:tools python -m hostile.survey [row ...]``."""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hostile.catalogue.judging import see
from hostile.catalogue.tables import mails, mutations

if TYPE_CHECKING:
    from hostile.catalogue.model import Mutation


def show(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


COLUMNS = (("mails", 6), ("primary", 8), ("alternate", 10), ("floor", 6), ("reason", 7), ("hidden", 7))
PATIENCE = 2.0
"""Seconds for one mail after which the rest of its mutation is left out."""


@dataclass
class Row:
    """What became of the mails of one mutation."""

    count: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    slowest: float = 0.0


def survey(rows: list[str]) -> None:
    """Print one line for each mutation of these rows (all if none is named), then the totals."""
    totals: Counter[str] = Counter()
    start = time.perf_counter()
    head = "".join(f"{key:>{width}}" for key, width in COLUMNS)
    show(f"{'mutation':58}{head}{'ms':>7}  hidden from which seeds")
    for mutation in mutations():
        if rows and not mutation.ident.startswith(tuple(rows)):
            continue
        row = run(mutation)
        totals += row.count
        totals["mutations"] += 1
        totals["mutations that hide"] += bool(row.lost)
        totals["mutations too slow"] += row.slowest > PATIENCE
        cells = "".join(f"{row.count[key]:>{width}}" for key, width in COLUMNS)
        some = "; ".join(row.lost[:3]) + (" ..." if len(row.lost) > 3 else "")
        show(f"{mutation.ident:58}{cells}{1000 * row.slowest:7.0f}  {some}")
    show(f"{time.perf_counter() - start:.1f} s; {dict(totals)}")


def run(mutation: Mutation) -> Row:
    """Judge the mails of one mutation."""
    row = Row()
    for seed, data in mails(mutation):
        row.count["mails"] += 1
        begun = time.perf_counter()
        try:
            found = see(seed, data)
        except Exception as error:  # noqa: BLE001 - the survey goes on
            row.count["hidden"] += 1
            row.lost.append(f"{seed.name}: {type(error).__name__}")
            continue
        row.slowest = max(row.slowest, time.perf_counter() - begun)
        row.count.update(found.readings)
        if wrong := found.hidden(seed, mutation.demand):
            row.count.update(["hidden", wrong])
            row.lost.append(f"{seed.name}: {wrong}")
        if row.slowest > PATIENCE:
            break
    return row


if __name__ == "__main__":
    survey(sys.argv[1:])
