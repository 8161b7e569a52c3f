"""Tens of thousands of hostile mails: what they run through is covered by the other tests, and counting it is dear."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ours = {path: HERE in path.parents for path in {item.path for item in items}}
    for item in items:
        if ours[item.path]:
            item.add_marker(pytest.mark.no_cover)
