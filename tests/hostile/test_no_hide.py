"""No way to write a protected message hides it: seeds under mutations (``python -m hostile.survey`` lists all)."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

import pytest

from hostile.catalogue.judging import FAMILIES, see
from hostile.catalogue.model import CD, ELSEWHERE, PRIMARY, Mutation, Seed
from hostile.catalogue.seeds import protected_seeds, seeds
from hostile.catalogue.tables import mails, mutations, one, share
from support.each import for_each

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SEEDS, MUTATIONS = seeds(), mutations()
ROWS = {row: list(group) for row, group in groupby(sorted(MUTATIONS, key=attrgetter("row")), attrgetter("row"))}
"""Row of the tables to its mutations."""


@for_each(SEEDS)
def test_a_seed_is_what_it_says(seed: Seed) -> None:
    found = see(seed, seed.data)
    assert (found.outcome, found.readings) == (seed.outcome, frozenset({"primary"}))
    assert seed.root.data == seed.data
    assert seed.family <= set(FAMILIES)
    multi = seed.root.multi
    assert multi is None or multi.built().rstrip() == seed.root.body.rstrip()


def test_there_are_enough_seeds_and_mutations() -> None:
    assert len(protected_seeds()) >= 30
    assert len({seed.name for seed in SEEDS}) == len(SEEDS)
    assert len(MUTATIONS) >= 600
    assert len({mutation.ident for mutation in MUTATIONS}) == len(MUTATIONS)


@pytest.mark.slow
def test_there_are_enough_mails() -> None:
    assert sum(1 for mutation in MUTATIONS for _ in share(mutation)) >= 18_000


def wrong(mutation: Mutation, made: Iterable[tuple[Seed, bytes]]) -> Iterator[str]:
    """What a mutation hides, and where it is known that Outlook or Exchange reads it, what is not primary."""
    for seed, data in made:
        seen = see(seed, data)
        if lost := seen.hidden(seed, mutation.demand):
            yield f"{mutation.ident}, {seed.name}: {lost} (readings: {', '.join(sorted(seen.readings)) or 'none'})"
        elif mutation.expect == PRIMARY and "primary" not in seen.readings:
            yield f"{mutation.ident}, {seed.name}: not in the primary reading"


@pytest.mark.parametrize("row", ROWS)
def test_nothing_is_hidden_in_one_seed(row: str) -> None:
    lost: list[str] = []
    for mutation in ROWS[row]:
        made = one(mutation)
        assert made is not None, f"{mutation.ident} fits no seed"
        lost += wrong(mutation, [made])
    assert not lost, "\n".join(lost)


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS)
def test_nothing_is_hidden_in_a_share_of_the_seeds(row: str) -> None:
    lost = [found for mutation in ROWS[row] for found in wrong(mutation, share(mutation))]
    assert not lost, "\n".join(lost)


@pytest.mark.slow
@for_each([mutation for mutation in MUTATIONS if mutation.expect == ELSEWHERE], name=attrgetter("ident"))
def test_what_outlook_reads_otherwise_is_no_definite_answer(mutation: Mutation) -> None:
    """Where it is known that Outlook shows something else, the answer is not a definite ``blocked``."""
    lost = []
    for seed, data in mails(mutation):
        # A PEC is one by its own header fields too, and a name speaks as well as a type does.
        named = b".p7m" in (seed.root.value(CD) or b"")
        if seed.outcome == "blocked" and "pec" not in seed.family and not named:
            found = see(seed, data)
            if found.outcome == "blocked" or not found.readings - {"primary"}:
                lost.append(f"{seed.name}: {found.outcome}, {sorted(found.readings)}")
    assert not lost, "\n".join(lost)
