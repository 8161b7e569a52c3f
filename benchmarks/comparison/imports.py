"""What importing costs: whole processes, and the import statement inside them, in turn."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from comparison.probe import environment
from comparison.readers import READERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BASE = "import email.parser"
BARE = "pass"
CLOCK = "import time\nstart = time.perf_counter()\n{}\nprint(time.perf_counter() - start)"


@dataclass(frozen=True, slots=True)
class Import:
    """Medians for one statement."""

    process: float
    """Seconds from starting the interpreter to its end."""
    process_ratio: float
    """Median of the ratios to ``import email.parser`` of the same round."""
    statement: float
    """Seconds that the statement took inside."""
    statement_ratio: float


def statements() -> list[str]:
    """Return what is timed: nothing, the standard library, pecdetect, and the peers that are installed."""
    peers = {reader.module: None for reader in READERS if reader.distribution and reader.installed}
    rows = [BARE, BASE]
    for module in peers:
        rows.append(f"import {module}")
        if module == "pecdetect":
            # The package loads its names when they are first used: this is what a caller pays in the end.
            rows.append("from pecdetect import classify")
    return rows


def _once(statement: str) -> tuple[float, float] | None:
    command = [sys.executable, "-c", CLOCK.format(statement)]
    start = time.perf_counter()
    ended = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    whole = time.perf_counter() - start
    return None if ended.returncode else (whole, float(ended.stdout))


def time_imports(rounds: int, tell: Callable[[str], None]) -> Mapping[str, Import | None]:
    """Time every statement in ``rounds`` rounds; None for one that fails."""
    # The first run of each writes byte code and is not counted.
    runs: dict[str, list[tuple[float, float]]] = {row: [] for row in statements() if _once(row)}
    for number in range(rounds):
        tell(f"round {number + 1} of {rounds}")
        for row, seen in runs.items():
            seen.append(_once(row) or (float("nan"), float("nan")))
    return {row: _medians(runs[row], runs[BASE]) if row in runs else None for row in statements()}


def _medians(seen: list[tuple[float, float]], base: list[tuple[float, float]]) -> Import:
    values = []
    for at in (0, 1):
        values.append(statistics.median(row[at] for row in seen))
        values.append(statistics.median(row[at] / other[at] for row, other in zip(seen, base, strict=True)))
    return Import(*values)
