"""What holds for every test."""

from __future__ import annotations

import pytest

from pecdetect import flow


@pytest.fixture(autouse=True)
def _no_safety_net(monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of ours is seen, not turned into a finding."""
    monkeypatch.setattr(flow, "SAFETY_NET", False)
