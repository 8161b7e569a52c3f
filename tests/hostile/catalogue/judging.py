"""What a mutated mail must still show, measured from its verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pecdetect

if TYPE_CHECKING:
    from hostile.catalogue.model import Mutation, Seed

UNDECIDED = frozenset({"ambiguous-structure", "unopened-content", "not-one-message"})
"""Codes of reasons that say: what is protected may stand here, nobody can tell."""
FAMILIES = ("pec", "smime", "pgp", "rights", "systems")


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one mail."""

    outcome: str
    readings: frozenset[str]
    """Readings with a finding of the seed's family; ``reason`` where only a reason speaks of it."""

    def hidden(self, seed: Seed, demand: str) -> str | None:
        """What is wrong, or None."""
        protected = seed.outcome in {"blocked", "undetermined"}
        if demand != "finding" and protected and self.outcome in {"syncs", "degraded"}:
            return f"outcome {self.outcome}"
        if demand != "outcome" and not self.readings:
            return "no finding"
        return None


def see(seed: Seed, data: bytes) -> Seen:
    """Classify a mail and collect the readings that show what its seed holds."""
    verdict = pecdetect.classify(data).to_dict()
    return Seen(verdict["outcome"], frozenset(_readings(seed, verdict)))


def _readings(seed: Seed, verdict: dict[str, Any]) -> set[str]:
    readings = set()
    # A PEC is S/MIME too; a signed message whose fields disagree is of either kind.
    family = seed.family | ({"smime"} if "pec" in seed.family else set())
    if seed.root.media == b"multipart/signed":
        family |= {"smime", "pgp"}
    for key in FAMILIES:
        entries = verdict[key] if isinstance(verdict[key], list) else [verdict[key]] if verdict[key] else []
        if key in family:
            readings |= {entry.get("reading") or _reading_of_pec(verdict) for entry in entries}
    if not readings and any(reason["code"] in UNDECIDED and reason["evidence"] for reason in verdict["reasons"]):
        readings.add("reason")
    return readings


def _reading_of_pec(verdict: dict[str, Any]) -> str:
    """``pec`` carries no reading of its own: that of the evidence of its reasons, the primary if none says more."""
    found = [
        e["reading"] for reason in verdict["reasons"] if reason["code"].startswith("pec") for e in reason["evidence"]
    ]
    return "primary" if not found or "primary" in found else found[0]


def missing(seed: Seed, mutation: Mutation, data: bytes) -> str | None:
    """What a mutation hid, in words, or None."""
    return see(seed, data).hidden(seed, mutation.demand)
