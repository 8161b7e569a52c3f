"""No way to write a protected message hides it: seeds under mutations (``python -m hostile.survey`` lists all)."""

from __future__ import annotations

from functools import cache

import pytest

from hostile.catalogue.judging import FAMILIES, Seen, see
from hostile.catalogue.model import CD, ELSEWHERE, PRIMARY, Mutation, Seed
from hostile.catalogue.seeds import protected_seeds, seeds
from hostile.catalogue.tables import mails, mutations, share

SEEDS, MUTATIONS = seeds(), mutations()


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_a_seed_is_what_it_says(seed: Seed) -> None:
    found = see(seed, seed.octets)
    assert (found.outcome, found.readings) == (seed.outcome, frozenset({"primary"}))
    assert seed.root.octets == seed.octets
    assert seed.family <= set(FAMILIES)
    multi = seed.root.multi
    assert multi is None or multi.built().rstrip() == seed.root.body.rstrip()


def test_there_are_enough() -> None:
    assert len(protected_seeds()) >= 30
    assert len({seed.name for seed in SEEDS}) == len(SEEDS)
    assert len(MUTATIONS) >= 600
    assert len({mutation.ident for mutation in MUTATIONS}) == len(MUTATIONS)
    assert sum(1 for mutation in MUTATIONS for _ in share(mutation)) >= 18_000


@cache
def results(mutation: Mutation) -> tuple[tuple[Seed, Seen], ...]:
    return tuple((seed, see(seed, octets)) for seed, octets in share(mutation))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.ident)
def test_nothing_is_hidden(mutation: Mutation) -> None:
    found = results(mutation)
    lost = [
        f"{seed.name}: {wrong} (readings: {', '.join(sorted(seen.readings)) or 'none'})"
        for seed, seen in found
        if (wrong := seen.hidden(seed, mutation.demand))
    ]
    assert found, "this mutation fits no seed"
    assert not lost, f"{len(lost)} of {len(found)}:\n" + "\n".join(lost)


@pytest.mark.parametrize(
    "mutation", [mutation for mutation in MUTATIONS if mutation.expect == PRIMARY], ids=lambda mutation: mutation.ident
)
def test_what_outlook_reads_is_primary(mutation: Mutation) -> None:
    """Where it is known that Outlook or Exchange reads the protected message, the primary reading shows it."""
    lost = [seed.name for seed, seen in results(mutation) if "primary" not in seen.readings]
    assert not lost, "\n".join(lost)


@pytest.mark.parametrize(
    "mutation",
    [mutation for mutation in MUTATIONS if mutation.expect == ELSEWHERE],
    ids=lambda mutation: mutation.ident,
)
def test_what_outlook_reads_otherwise_is_no_definite_answer(mutation: Mutation) -> None:
    """Where it is known that Outlook shows something else, the answer is not a definite ``blocked``."""
    lost = []
    for seed, octets in mails(mutation):
        # A PEC is one by its own header fields too, and a name speaks as well as a type does.
        named = b".p7m" in (seed.root.value(CD) or b"")
        if seed.outcome == "blocked" and "pec" not in seed.family and not named:
            found = see(seed, octets)
            if found.outcome == "blocked" or not found.readings - {"primary"}:
                lost.append(f"{seed.name}: {found.outcome}, {sorted(found.readings)}")
    assert not lost, "\n".join(lost)
