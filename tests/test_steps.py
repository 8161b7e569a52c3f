"""The count of steps itself: what it counts, and that coverage and debuggers go on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from support.steps import MOST_GROWTH, OURS, growth, steps

if TYPE_CHECKING:
    from collections.abc import Callable

CODE = """
def linear(size):
    return [number for number in range(size)]

def quadratic(size):
    count = 0
    for end in range(size):
        while end:
            end -= 1
        count += any(number == size for number in range(end))
    return count

def fails(size):
    raise ValueError(size)
"""


def code(path: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    exec(compile(CODE, path, "exec"), made)  # noqa: S102 - the code above
    return made


def call_of(name: str) -> Callable[[int], Callable[[], object]]:
    function = code(f"{OURS}/made.py")[name]
    return lambda size: lambda: function(size)


def test_growth_tells_quadratic_from_linear() -> None:
    assert growth(call_of("linear"), 100) < MOST_GROWTH
    assert growth(call_of("quadratic"), 100) > 3


def test_steps_are_those_of_our_own_code() -> None:
    assert steps(call_of("linear")(1000)) in range(1000, 1010)
    assert steps(lambda: code("/elsewhere/made.py")["linear"](1000)) == 0


def test_who_traced_before_goes_on() -> None:
    before = sys.gettrace()
    seen: list[str] = []

    def tracer(frame: Any, event: str, _argument: Any) -> None:
        seen.append(f"{event} {frame.f_code.co_name}")

    sys.settrace(tracer)
    try:
        with pytest.raises(ValueError, match="3"):
            steps(lambda: code("x")["fails"](3))
        after = sys.gettrace()
        code("x")["linear"](1)
    finally:
        sys.settrace(before)
    assert after is tracer
    assert "call fails" not in seen
    assert "call linear" in seen
