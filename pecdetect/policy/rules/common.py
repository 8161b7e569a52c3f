"""What several rules ask of the findings, and how they keep facts short."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Protocol

from pecdetect.policy.rule import Match
from pecdetect.profile import Channel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pecdetect.contract import Position
    from pecdetect.detect.findings import Attachment, Envelope, Findings, Pec, Smime
    from pecdetect.evidence import Evidence, Reading
    from pecdetect.profile import Profile
    from pecdetect.sentences import FactValue

EVIDENCE_SHOWN = 20
"""Places that one reason quotes; the lists of the verdict hold them all."""
NAMES_SHOWN = 10
"""Entries that a fact lists."""
NAME_CHARACTERS = 80
"""Characters of a text from the message that a fact holds."""

NO_ITEM_CLASSES = (
    "ipm.contact",
    "ipm.distlist",
    "ipm.task",
    "ipm.stickynote",
    "ipm.appointment",
    "ipm.activity",
)
"""Outlook classes of items that are no messages; sub-classes count (item types and message classes)."""

ENCRYPTED = frozenset({"encrypted", "auth-encrypted"})
"""Kinds of S/MIME that cannot be read without a key."""

_SIGNED_LAYOUTS = frozenset({"clear-signed", "opaque-signed", "stripped"})
_HEADER_LIMITS = frozenset({"fields", "field_bytes", "header_bytes", "message_bytes"})


class Entry(Protocol):
    """What the findings of all protection families have in common."""

    @property
    def position(self) -> Position: ...  # noqa: D102
    @property
    def part(self) -> str: ...  # noqa: D102
    @property
    def inside(self) -> str | None: ...  # noqa: D102
    @property
    def reading(self) -> Reading: ...  # noqa: D102


def own(entry: Entry) -> bool:
    """Whether a finding is seen in the primary reading and belongs to the message, not to a PEC's original."""
    return entry.reading == "primary" and entry.inside is None


def at_top(entry: Entry) -> bool:
    """Whether the message itself is protected in this way."""
    return entry.position == "top" and own(entry)


def in_message(entry: Entry) -> bool:
    """Whether a finding is in this message, not in one that it holds ("/" in a section steps into it)."""
    return own(entry) and entry.position != "floor" and "/" not in entry.part


def top_smime(findings: Findings) -> Smime | None:
    """Give the S/MIME entity that the message itself is."""
    return next(filter(at_top, findings.smime), None)


def pec_reading(pec: Pec) -> Reading:
    """Give the reading that a PEC envelope was recognised in."""
    return pec.evidence[0].reading if pec.evidence else "primary"


def pec_with_layout(findings: Findings, *layouts: str) -> Pec | None:
    """Give the PEC envelope of the primary reading if it has one of these layouts."""
    pec = findings.pec
    return pec if pec and pec.layout in layouts and pec_reading(pec) == "primary" else None


def signed_envelope(findings: Findings) -> Pec | None:
    """Give the PEC envelope that still is a signed entity at the top of the message.

    With layout ``unsigned`` the signature is gone, but the top may still be the multipart/signed around it.
    """
    pec = findings.pec
    if pec is None or pec_reading(pec) != "primary":
        return None
    if pec.type == "other" and pec.daticert_section is None:
        return None  # an undefined value and no certification data: ordinary signed mail
    if pec.layout in _SIGNED_LAYOUTS:
        return pec
    return pec if pec.layout == "unsigned" and (pec.signed_section == "" or top_smime(findings)) else None


def foreign_class(envelope: Envelope) -> bool:
    """Whether an Outlook item is no message at all: a contact, a task, a note ..."""
    name = (envelope.message_class or "").lower()
    return envelope.kind == "other-item" and any(
        name == known or name.startswith(known + ".") for known in NO_ITEM_CLASSES
    )


def addresses_count(findings: Findings) -> bool:
    """Whether the addresses say anything: not in a draft, in what is no message, or where reading it failed."""
    envelope = findings.envelope
    return not (envelope.draft or envelope.kind == "none" or findings.internal_error or foreign_class(envelope))


def absence_counts(findings: Findings) -> bool:
    """Whether an address that was not found is absent: the header was read whole, no Exchange address is meant.

    The limits on fields cut a header off; in Outlook items a sender may be known by an Exchange address only.
    """
    cut = any(hit.name in _HEADER_LIMITS and not hit.part for hit in findings.limits_hit)
    return not cut and findings.outlook.address_not_in_file is None


def presented(entries: Iterable[Attachment], findings: Findings, profile: Profile) -> list[Attachment]:
    """Give those attachments that the channel presents (MS-OXOSMIME 2.1.3).

    The mailbox store shows a signed or encrypted message as one smime.p7m; over POP3 and IMAP Dynamics 365 gets
    the MIME as it is, where only what is inside CMS stays unseen. Nothing inside a PEC's original counts.
    """
    pec, top = findings.pec, top_smime(findings)
    original = f"{pec.postacert_section}/" if pec and pec.postacert_section else None
    plain = profile.channel is Channel.POP_IMAP and (top is None or top.kind == "clear-signed")
    root = top.part if top else None
    return [
        entry
        for entry in entries
        if (plain or entry.hidden_in is None)
        and entry.part != root
        and not (original and entry.part.startswith(original))
    ]


def tracks_all(_findings: Findings, profile: Profile, _match: Match) -> bool:
    """Condition: the mailbox tracks every message."""
    return profile.tracks_all is True


def filters(_findings: Findings, profile: Profile, _match: Match) -> bool:
    """Condition: the mailbox does not track every message."""
    return profile.tracks_all is False


def shown(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Give as much evidence as a reason quotes."""
    return tuple(islice(evidence, EVIDENCE_SHOWN))


def seen(evidence: Sequence[Evidence], **facts: FactValue) -> Match | None:
    """Give a match if there is any evidence."""
    return Match(evidence=shown(evidence), facts=facts) if evidence else None


def seen_once(evidence: Evidence | None, **facts: FactValue) -> Match | None:
    """Give a match for evidence that is one place or none."""
    return None if evidence is None else Match(evidence=(evidence,), facts=facts)


def clip(text: str) -> str:
    """Shorten a text that comes from the message."""
    return text if len(text) <= NAME_CHARACTERS else text[: NAME_CHARACTERS - 3] + "..."


def clipped(text: str | None) -> str | None:
    """Shorten a text that may be absent; an empty one is."""
    return clip(text) if text else None


def listed(name: str, entries: Sequence[str]) -> dict[str, FactValue]:
    """Give the facts ``name``, as many entries as a person reads, and ``name_count``, how many there are."""
    return {name: tuple(map(clip, entries[:NAMES_SHOWN])), f"{name}_count": len(entries)}


def name_of(attachment: Attachment) -> str:
    """Give what an attachment is called, or its media type where it has no name."""
    return attachment.name or attachment.type
