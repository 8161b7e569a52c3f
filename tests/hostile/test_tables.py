"""Every row of the tables of hostile constructs stands for something here, or says why not."""

from __future__ import annotations

import pytest

from hostile.catalogue.bait import baits
from hostile.catalogue.forwards import FORWARDS
from hostile.catalogue.seeds import seeds
from hostile.catalogue.tables import mutations

ROWS = (
    [f"AMB-{at:02}" for at in range(1, 49)]
    + [f"ENC-{at:02}" for at in range(1, 16)]
    + [f"SIG-{at:02}" for at in range(1, 12)]
    + [f"HDR-{at:02}" for at in range(1, 4)]
    + [f"FILE-{at:02}" for at in range(1, 6)]
)
ELSEWHERE = {
    "SIG-10": ("bait", "the bait set is this row"),
    "FILE-01": ("exempt", "no message at all: tests/hostile/test_robustness.py asks for undetermined"),
}
"""Rows that are no mutation and no seed, and where they are."""


@pytest.mark.parametrize("row", ROWS)
def test_each_row_stands_for_something(row: str) -> None:
    covered = {mutation.row for mutation in mutations()} | {row for seed in seeds() for row in seed.rows}
    assert (row in covered) != (row in ELSEWHERE)


def test_no_row_is_invented() -> None:
    covered = {mutation.row for mutation in mutations()} | {row for seed in seeds() for row in seed.rows}
    assert covered - {"STACK"} <= set(ROWS)


def test_bait_and_forwards_are_there() -> None:
    assert len(baits()) >= 50
    assert len(FORWARDS) >= 10
