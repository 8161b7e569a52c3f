"""How far a scan is, on a terminal: a bar, the rate, the counts and the time left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from pecdetect.report.terminal.console import open_console

if TYPE_CHECKING:
    from rich.progress import TaskID

    from pecdetect.report.summary import Summary

_DELAY_SECONDS = 0.5
"""What is done sooner needs no bar."""
_EVERY_SECONDS = 0.1


class Bar:
    """A line that follows a scan, and makes room for what else is said."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._begun = time.monotonic()
        self._shown = 0.0
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def update(self, summary: Summary, done: int, total: int | None) -> None:
        """Show that ``done`` of ``total`` bytes are through; None: nobody knows yet how many there are."""
        now = time.monotonic()
        if now - self._shown < _EVERY_SECONDS or now - self._begun < _DELAY_SECONDS:
            return
        self._shown = now
        if self._progress is None:
            self._progress = self._start()
        if self._task is not None:
            rate = f"{summary.items / (now - self._begun):,.0f}/s"
            counts = ", ".join(f"{number:,} {name}" for name, number in summary.counts())
            # The size of what a container holds can exceed its own, and new files may appear.
            known = None if total is None else max(total, done, 1)
            self._progress.update(self._task, completed=done, total=known, rate=rate, counts=counts)

    def note(self, text: str) -> bool:
        """Say a line above the bar, if there is one; whether it was said."""
        if self._progress is None:
            return False
        self._progress.console.print(Text(text), soft_wrap=True)
        return True

    def close(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _start(self) -> Progress:
        progress = Progress(
            BarColumn(bar_width=20),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[counts]}", markup=False),
            console=open_console(self._stream),
            transient=True,
            refresh_per_second=4,
        )
        self._task = progress.add_task("", total=None, rate="", counts="")
        progress.start()
        return progress
