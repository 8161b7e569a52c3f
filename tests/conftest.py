"""What holds for every test."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pecdetect import flow

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _no_safety_net(monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of ours is seen, not turned into a finding."""
    monkeypatch.setattr(flow, "SAFETY_NET", False)


@pytest.fixture
def little_stack() -> Iterator[None]:
    """What the frames of the test runner leave of a recursion limit of 200 above them."""
    frame, depth = sys._getframe(), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1  # type: ignore[assignment]
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + 200)
    yield
    sys.setrecursionlimit(before)
