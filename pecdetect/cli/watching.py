"""What is counted and shown while a scan runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol, TypeVar

from pecdetect.cli import streams
from pecdetect.report.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pecdetect.record import Record
    from pecdetect.report.terminal.progress import Bar
    from pecdetect.scanning.sources.extent import Extent


class _Counter(Protocol):
    def add(self, record: Record, /) -> None:
        """Count one result."""


C = TypeVar("C", bound=_Counter)


class Watch:
    """Sees every result, shown or not: counts it, says what could not be read, and moves the bar."""

    def __init__(self, paths: Sequence[str], *, bar: bool) -> None:
        self.tally = Tally()
        self._counters: list[_Counter] = []
        self._bar: Bar | None = None
        self._extent: Extent | None = None
        if bar:
            # Paid for by those who look on.
            from pecdetect.report.terminal.progress import Bar
            from pecdetect.scanning.sources.extent import Extent

            self._bar = Bar(sys.stderr)
            self._extent = Extent(paths)

    def count_more(self, counter: C) -> C:
        """Have something else count every result, too."""
        self._counters.append(counter)
        return counter

    def see(self, record: Record) -> None:
        """Take note of a result."""
        self.tally.add(record)
        for counter in self._counters:
            counter.add(record)
        if self._bar is None or self._extent is None:
            streams.note_error(record)
            return
        said = streams.error_text(record)
        if said is not None and not self._bar.note(f"pecdetect: {said}"):
            streams.note(said)
        self._extent.passed(record)
        self._bar.update(self.tally, self._extent.done, self._extent.total)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
