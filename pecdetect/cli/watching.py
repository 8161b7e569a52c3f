"""What is counted and shown while a scan runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pecdetect.cli import streams
from pecdetect.report.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pecdetect.record import Record
    from pecdetect.report.terminal.progress import Bar
    from pecdetect.scanning.sources.extent import Extent


class ScanProgress:
    """Sees every result, shown or not: counts it, says what could not be read, and moves the bar."""

    def __init__(self, paths: Sequence[str], *, bar: bool) -> None:
        self.summary = Summary()
        self._bar: Bar | None = None
        self._extent: Extent | None = None
        if bar:
            # Only a scan that shows a bar pays for it.
            from pecdetect.report.terminal.progress import Bar
            from pecdetect.scanning.sources.extent import Extent

            self._bar = Bar(sys.stderr)
            self._extent = Extent(paths)

    def see(self, record: Record) -> None:
        """Take note of a result."""
        self.summary.add(record.source, record.columns)
        if self._bar is None or self._extent is None:
            streams.note_error(record.source, record.columns)
            return
        said = streams.error_text(record.source, record.columns)
        if said is not None and not self._bar.note(f"pecdetect: {said}"):
            streams.note(said)
        self._extent.passed(record)
        self._bar.update(self.summary, self._extent.done, self._extent.total)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
