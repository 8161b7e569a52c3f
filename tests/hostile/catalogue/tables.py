"""All mutations, and the mails that they make."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from hostile.catalogue.mutations import (
    boundaries,
    delimiters,
    encodings,
    fields,
    files,
    formats,
    signs,
    stacked,
)
from hostile.catalogue.seeds import seeds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hostile.catalogue.model import Mutation, Seed

TABLES = (
    fields,
    boundaries,
    delimiters,
    files,
    encodings,
    formats,
    signs,
    stacked,
)


@cache
def mutations() -> tuple[Mutation, ...]:
    """Every mutation, in the order of the tables."""
    return tuple(mutation for table in TABLES for mutation in table.mutations())


def mails(mutation: Mutation) -> Iterator[tuple[Seed, bytes]]:
    """The mails of one mutation: each seed that it fits and changes."""
    return _made(mutation, seeds())


def _made(mutation: Mutation, chosen: Iterable[Seed]) -> Iterator[tuple[Seed, bytes]]:
    for seed in chosen:
        data = mutation.make(seed)
        if data is not None and data != seed.data:
            yield seed, data


FEW = 10
"""Up to that many mails of one mutation are all judged."""


def one(mutation: Mutation) -> tuple[Seed, bytes] | None:
    """One of the mails, of another seed for each mutation by turns; None where the mutation fits no seed."""
    turn = _turns()[mutation.ident] % len(seeds())
    return next(_made(mutation, (*seeds()[turn:], *seeds()[:turn])), None)


def share(mutation: Mutation) -> Iterator[tuple[Seed, bytes]]:
    """A fixed share of them: every third seed (sixth where tricks are stacked), by turns; all where they are few."""
    made = list(mails(mutation))
    step = 1 if len(made) <= FEW else 6 if mutation.row == "STACK" else 3
    return iter(made[_turns()[mutation.ident] % step :: step])


@cache
def _turns() -> dict[str, int]:
    return {mutation.ident: at for at, mutation in enumerate(mutations())}
