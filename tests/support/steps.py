"""Steps of our own code: unlike seconds, the same on every machine, and on a busy one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pecdetect

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

OURS = str(Path(pecdetect.__file__).parent)
MOST_GROWTH = 2.3
"""What takes linear time takes twice the steps for twice the input; what takes quadratic time, four times."""


def steps(call: Callable[[], object]) -> int:
    """Lines of pecdetect that a call runs, counted each time they run.

    What C does within a line counts nothing. Whatever traced before (coverage, a debugger) goes on tracing after
    the call, and sees nothing of it.
    """
    count = 0

    def on_line(_frame: FrameType, event: str, _argument: object) -> Callable[..., Any]:
        nonlocal count
        count += event == "line"
        return on_line

    def on_call(frame: FrameType, _event: str, _argument: object) -> Callable[..., Any] | None:
        return on_line if frame.f_code.co_filename.startswith(OURS) else None

    before = sys.gettrace()
    sys.settrace(on_call)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def growth(prepare: Callable[[int], Callable[[], object]], size: int) -> float:
    """How many times the steps become more when the input is doubled.

    ``prepare`` returns the call for an input of some size; what it does itself is not counted.
    """
    fewer = steps(prepare(size))
    assert fewer, "none of our own code was run"
    return steps(prepare(2 * size)) / fewer
