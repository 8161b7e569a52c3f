"""The fuzz harnesses hold on their own seeds, without atheris: what they call exists, what they promise is kept."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.samples import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
HARNESSES = ("eml", "fields", "decodings", "floor", "daticert", "cms", "tnef", "msg")
EVERY = {"eml": 20, "fields": 100, "decodings": 20, "floor": 40, "msg": 10}
"""One seed of so many is run; all of the others."""


@pytest.fixture
def fuzz(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The modules of the folder fuzz/, which is no package."""
    monkeypatch.syspath_prepend(str(ROOT / "fuzz"))
    yield import_module("seeds"), import_module("targets")
    for name in ("alphabet", "seeds", "targets"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("harness", HARNESSES)
def test_a_harness_holds_on_its_seeds(harness: str, fuzz: Any, tmp_path: Path) -> None:
    seeds, targets = fuzz
    assert seeds.write_seeds(harness, SAMPLES, tmp_path) >= 5
    paths = sorted(tmp_path.iterdir())[:: EVERY.get(harness, 1)]
    for path in paths:
        targets.both_ways(targets.TARGETS[harness], path.read_bytes()[:4096])


def test_all_harnesses_are_named(fuzz: Any) -> None:
    _, targets = fuzz
    assert set(targets.TARGETS) == set(HARNESSES)


def test_bytes_become_words_of_mail(fuzz: Any) -> None:
    _, targets = fuzz
    words = targets.as_mail(bytes(range(256)))
    for word in (b"\r\n--b\r\n", b"Content-Type: ", b"boundary=", b"=?utf-8?q?", b"<postacert", b"\xff"):
        assert word in words
    assert len(targets.as_mail(bytes(100_000))) <= 8 * 1024
    with pytest.raises(targets.BrokenPromiseError):
        targets.check(None, "a promise")
