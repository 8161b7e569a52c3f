"""All detectors over one message, in the order in which they need each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pecdetect import contract
from pecdetect.contract import encodable, text
from pecdetect.detect.alternate_findings import Protections, find_in_alternates, not_in_primary
from pecdetect.detect.attachments import find_attachments
from pecdetect.detect.envelope import read_envelope
from pecdetect.detect.findings import Findings, Outlook, Pgp, Rights, Unopened
from pecdetect.detect.format_mismatch import container_mismatch
from pecdetect.detect.pec.pec import claimed_pec, find_pec
from pecdetect.detect.pgp import find_pgp
from pecdetect.detect.raw_evidence import NO_CANDIDATES, find_candidates
from pecdetect.detect.registered import find_systems
from pecdetect.detect.rights import find_rights
from pecdetect.detect.smime import find_smime
from pecdetect.detect.text import find_text_problems
from pecdetect.evidence import Evidence
from pecdetect.parsing import transfer

if TYPE_CHECKING:
    from pecdetect.detect.findings import Attachment, Smime
    from pecdetect.detect.signed import Signed
    from pecdetect.parsing.message import Message, Part


def detect(message: Message, signed: Signed, name: str | None, size_threshold: int) -> Findings:
    """Find everything in one message. ``size_threshold`` bytes tell which attachments are worth counting.

    ``signed`` is what was opened in it, and ``name`` the file's name, compared with what the file is. Never raises
    for content.
    """
    if message.no_message is not None:
        raw = find_candidates(message) if message.outlook is None else NO_CANDIDATES
        return Findings(
            container=message.container,
            size=message.size,
            no_message=message.no_message,
            envelope=read_envelope(message, []),
            pec=claimed_pec(raw.pec),
            smime=raw.smime,
            pgp=raw.pgp,
            rights=raw.rights,
            anomalies=tuple(message.anomalies),
            limits_hit=tuple(message.limits_hit),
            pec_candidates=raw.pec,
        )
    parts = signed.parts
    smime = find_smime(message, parts, signed.objects)
    envelope = read_envelope(message, parts)
    pec = find_pec(message, signed, envelope)
    opened = own = None
    if pec is not None and pec.postacert_section is not None:
        opened = pec.postacert_section
        own = opened + "/" if pec.layout != "forwarded" else None
    attachments = find_attachments(message, parts, opened=opened, size_threshold=size_threshold)
    pgp, rights = find_pgp(message, parts), find_rights(message, parts)
    primary = Protections(pec, tuple(smime), pgp, rights)
    explained = {e.part for group in (primary.smime, pgp, rights) for e in group if e.kind != "unknown"}
    alternate = find_in_alternates(message, envelope, primary)
    raw = not_in_primary(primary, find_candidates(message, parts, explained))
    return Findings(
        container=message.container,
        size=message.size,
        no_message=None,
        envelope=envelope,
        pec=pec or alternate.pec or claimed_pec(raw.pec),
        smime=tuple([_completed(entity, attachments, own) for entity in smime]) + alternate.smime + raw.smime,
        pgp=_inside(pgp, own) + alternate.pgp + raw.pgp,
        rights=_inside(rights, own) + alternate.rights + raw.rights,
        systems=find_systems(message, parts),
        attachments=attachments,
        delivery=find_text_problems(message, parts),
        outlook=_outlook(message),
        container_mismatch=container_mismatch(message.container, message.size, name),
        truncated=_truncated(message),
        unopened=_unopened(message),
        parts=tuple([part_row(part) for part in parts]),
        anomalies=tuple(message.anomalies),
        limits_hit=tuple(message.limits_hit),
        pec_candidates=raw.pec,
    )


def _completed(entity: Smime, attachments: tuple[Attachment, ...], postacert: str | None) -> Smime:
    """Add what only the whole message tells: the attachments that a signed top hides, and a PEC around."""
    if entity.position == "top":
        hidden = tuple(a.name or a.type for a in attachments if a.hidden_in is not None)
        return entity._replace(hidden=hidden) if hidden else entity
    if postacert is not None and entity.part.startswith(postacert):
        return entity._replace(inside="postacert")
    return entity


_ELSEWHERE = frozenset({"message/partial", "message/external-body"})
"""Types of messages whose content stands in other files (RFC 2046, 5.2.2 and 5.2.3)."""
_NO_OUTLOOK = Outlook()
_Entity = TypeVar("_Entity", Pgp, Rights)


def _inside(found: tuple[_Entity, ...], postacert: str | None) -> tuple[_Entity, ...]:
    """Mark what stands within the original message of a PEC."""
    if postacert is None:
        return found
    return tuple(e._replace(inside="postacert") if e.part.startswith(postacert) else e for e in found)


def _truncated(message: Message) -> Evidence | None:
    if not message.truncated:
        return None
    end = len(message.buffer.data)
    return Evidence("", end, end, None, message.buffer.stream)


def _outlook(message: Message) -> Outlook:
    """What only an Outlook item says."""
    if message.outlook is None:
        return _NO_OUTLOOK
    from pecdetect.detect.outlook_item import outlook_findings

    return outlook_findings(message.outlook)


def _unopened(message: Message) -> tuple[Unopened, ...]:
    """What may itself be the message and cannot be read here."""
    root = message.root
    if message.unopened:
        return tuple([Unopened("unreadable-container", each) for each in message.unopened])
    if root.content_type in _ELSEWHERE:
        return (Unopened("content-elsewhere", root.field_evidence("content-type")),)
    closed = root.encoding not in transfer.IDENTITY if root.is_multipart else root.encoding not in transfer.KNOWN
    if closed and not root.children:
        return (Unopened("unknown-encoding", root.field_evidence("content-transfer-encoding")),)
    return ()


def part_row(part: Part) -> contract.Part:
    """A part as the part list of a verdict has it."""
    start, end, stream = part.buffer.place(part.start, part.end)
    return contract.Part(
        section=part.section,
        stream=text(stream),
        type=encodable(part.content_type),
        name=text(part.name),
        encoding=encodable(part.encoding),
        start=start,
        end=end,
        size=end - start,
    )
