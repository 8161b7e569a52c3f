"""Time is linear in the size, whatever the shape of a file: counted in steps, which no clock and no load disturb."""

from __future__ import annotations

import pytest

import pecdetect
from hostile.catalogue.growth import GENERATORS
from support.steps import MOST_GROWTH, steps

pytestmark = pytest.mark.slow

SIZE = 64 * 1024
MOST_STEPS = 40
"""Lines of our own code for each byte of a file."""


def cost(name: str, size: int) -> tuple[int, int]:
    """Steps that the file of this size takes, and its bytes."""
    data = GENERATORS[name].make(size)
    return steps(lambda: pecdetect.classify(data)), len(data)


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """What is built at first use and kept is no cost of a file."""
    for name in ("pgp-blocks", "daticert-elements", "cms-certificates", "tnef-properties", "outlook-recipients"):
        pecdetect.classify(GENERATORS[name].make(SIZE // 8))


@pytest.mark.parametrize("name", GENERATORS)
def test_steps_grow_with_the_size_and_no_faster(name: str) -> None:
    few, data = cost(name, SIZE)
    assert few <= MOST_STEPS * data
    more, data = cost(name, 2 * SIZE)
    assert more <= MOST_STEPS * data
    if more <= MOST_GROWTH * few or more <= data:
        return
    # A reader may change its way once, where a limit or a window ends; it must not go on growing.
    most, data = cost(name, 4 * SIZE)
    assert most <= MOST_GROWTH * more
    assert most <= MOST_STEPS * data


@pytest.mark.parametrize("name", GENERATORS)
def test_a_generator_makes_the_size_that_it_is_asked_for(name: str) -> None:
    few, more = (len(GENERATORS[name].make(size)) for size in (SIZE, 2 * SIZE))
    assert SIZE // 2 <= few <= SIZE * 5 // 4
    assert 1.7 < more / few < MOST_GROWTH


def test_there_are_enough_shapes_and_all_differ() -> None:
    assert len(GENERATORS) >= 200
    assert len({generator.make(SIZE) for generator in GENERATORS.values()}) == len(GENERATORS)
