"""What protects a message in another reading of it than the primary one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pecdetect.detect.findings import Pgp, Rights, Smime
from pecdetect.detect.pec.pec import find_pec
from pecdetect.detect.pgp import find_pgp
from pecdetect.detect.raw_evidence import NO_CANDIDATES, Candidates
from pecdetect.detect.rights import find_rights
from pecdetect.detect.signed import open_signed
from pecdetect.detect.smime import find_smime
from pecdetect.parsing.readings import alternates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pecdetect.detect.findings import Envelope, Pec
    from pecdetect.evidence import Evidence
    from pecdetect.parsing.dialects import Dialect
    from pecdetect.parsing.message import Message


_Entity = TypeVar("_Entity", Smime, Pgp, Rights)
_Placed = TypeVar("_Placed", Smime, Pgp)


class Protections(NamedTuple):
    """Findings of the families that protect a message."""

    pec: Pec | None = None
    smime: tuple[Smime, ...] = ()
    pgp: tuple[Pgp, ...] = ()
    rights: tuple[Rights, ...] = ()


def find_in_alternates(message: Message, envelope: Envelope, primary: Protections) -> Protections:
    """What the alternate readings show that the primary does not, each with its dialect. Never raises."""
    if not message.anomalies or message.outlook is not None:
        return _NOTHING
    pec = primary.pec
    smime: list[Smime] = []
    pgp: list[Pgp] = []
    rights: list[Rights] = []
    seen: set[tuple[str, str]] = {
        (e.kind, e.part) for group in (primary.smime, primary.pgp, primary.rights) for e in group
    }
    for dialect, other in alternates(message):
        signed = open_signed(other)
        parts = signed.parts
        entities = find_smime(other, parts, signed.objects)
        smime += [_read_by(e, dialect) for e in entities if e.kind != "unknown" and not _met(seen, e.kind, e.part)]
        pgp += [_read_by(e, dialect) for e in find_pgp(other, parts) if not _met(seen, e.kind, e.part)]
        for right in find_rights(other, parts):
            if right.kind != "label" and not _met(seen, right.kind, right.part):
                places = tuple(_place(place, dialect) for place in right.evidence)
                rights.append(right._replace(evidence=places, reading="alternate", dialect=dialect.name))
        if pec is None and (found := find_pec(other, signed, envelope)) is not None and found.layout != "forwarded":
            pec = found._replace(evidence=tuple(_place(place, dialect) for place in found.evidence))
        other.release()
    return Protections(pec if primary.pec is None else None, tuple(smime), tuple(pgp), tuple(rights))


_NOTHING = Protections()
_SIGNED = frozenset({"opaque-signed", "clear-signed", "unknown"})


def not_in_primary(primary: Protections, candidates: Candidates) -> Candidates:
    """The candidates that tell more than the primary reading: one of each kind.

    A message that is protected itself is that already; what stands in a finding is part of it.
    """
    if candidates is NO_CANDIDATES:
        return candidates
    smime = () if _at_top(primary.smime) else _outside(candidates.smime, primary.smime)
    pgp = () if _at_top(primary.pgp) else _outside(candidates.pgp, primary.pgp)
    rights = () if _at_top(primary.rights) else _outside(candidates.rights, primary.rights)
    if len({entity.kind for entity in smime}) > 1:
        smime = tuple(entity for entity in smime if entity.kind != "unknown")
    pec = primary.pec
    own = pec is not None and pec.layout != "forwarded"
    if pec is not None and own and pec.daticert_section is not None:  # its own signature, loose among its pieces
        smime = tuple(entity for entity in smime if entity.kind not in _SIGNED)
    known = pec is not None and own and (pec.layout != "unsigned" or pec.daticert_section is not None)
    return Candidates(smime, pgp, rights, () if known else candidates.pec)


def _at_top(found: Sequence[_Entity]) -> bool:
    return any(entity.position == "top" for entity in found)


def _outside(candidates: tuple[_Entity, ...], found: Sequence[_Entity]) -> tuple[_Entity, ...]:
    """Candidates outside the findings of their family, the first of each kind."""
    places = [entity.part for entity in found if entity.kind != "unknown"]
    kinds: dict[str, _Entity] = {}
    for entity in candidates:
        part = entity.part
        if not any(part == place or part.startswith((place + ".", place + "/")) for place in places):
            kinds.setdefault(entity.kind, entity)
    return tuple(kinds.values())


def _met(seen: set[tuple[str, str]], kind: str, part: str) -> bool:
    """Whether a finding is known already; it is from then on."""
    known = (kind, part) in seen
    seen.add((kind, part))
    return known


def _place(place: Evidence, dialect: Dialect) -> Evidence:
    return place._replace(reading="alternate", dialect=dialect.name)


def _read_by(entity: _Placed, dialect: Dialect) -> _Placed:
    """A finding with the reading and the dialect that it was made in."""
    return entity._replace(evidence=_place(entity.evidence, dialect), reading="alternate", dialect=dialect.name)
