"""All detectors over one message, in the order in which they need each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from pecdetect.detect.attachments import find_attachments
from pecdetect.detect.certified import find_systems
from pecdetect.detect.findings import Findings, Outlook, PartRow, Pgp, Rights
from pecdetect.detect.item import read_item
from pecdetect.detect.pec import find_pec
from pecdetect.detect.pgp import find_pgp
from pecdetect.detect.rights import find_rights
from pecdetect.detect.smime import find_smime
from pecdetect.detect.text import find_text_problems
from pecdetect.evidence import Evidence
from pecdetect.parsing import transfer

if TYPE_CHECKING:
    from pecdetect.detect.findings import Attachment, Smime
    from pecdetect.parsing.message import Message, Part


def detect(message: Message, name: str | None, size_threshold: int) -> Findings:
    """Find everything in one message. ``size_threshold`` octets tell which attachments are worth counting.

    ``name`` is the file's name, compared with what the file is. Never raises for content.
    """
    if message.no_message is not None:
        return Findings(
            container=message.container,
            size=message.size,
            no_message=message.no_message,
            item=read_item(message, []),
            anomalies=tuple(message.anomalies),
            limits_hit=tuple(message.limits_hit),
        )
    parts = list(message.root.walk())
    smime = find_smime(message, parts)
    item = read_item(message, parts)
    pec = find_pec(message, parts, item)
    opened = own = None
    if pec is not None and pec.postacert_section is not None:
        opened = pec.postacert_section
        own = opened + "/" if pec.layout != "forwarded" else None
    attachments = find_attachments(message, parts, opened=opened, size_threshold=size_threshold)
    return Findings(
        container=message.container,
        size=message.size,
        no_message=None,
        item=item,
        pec=pec,
        smime=tuple([_completed(entity, attachments, own) for entity in smime]),
        pgp=_inside(find_pgp(message, parts), own),
        rights=_inside(find_rights(message, parts), own),
        systems=find_systems(message, parts),
        attachments=attachments,
        delivery=find_text_problems(message, parts),
        outlook=_outlook(message),
        container_mismatch=_container_mismatch(message, name),
        truncated=_truncated(message),
        unopened=_unopened(message),
        parts=tuple([_row(part) for part in parts]),
        anomalies=tuple(message.anomalies),
        limits_hit=tuple(message.limits_hit),
    )


def _completed(entity: Smime, attachments: tuple[Attachment, ...], postacert: str | None) -> Smime:
    """Add what only the whole message tells: the attachments that a signed top hides, and a PEC around."""
    if entity.position == "top":
        hidden = tuple(a.name or a.type for a in attachments if a.hidden_in is not None)
        return replace(entity, hidden=hidden) if hidden else entity
    if postacert is not None and entity.part.startswith(postacert):
        return replace(entity, inside="postacert")
    return entity


_ELSEWHERE = frozenset({"message/partial", "message/external-body"})
"""Types of messages whose content stands in other files (RFC 2046, 5.2.2 and 5.2.3)."""
_NO_OUTLOOK = Outlook()
_Entity = TypeVar("_Entity", Pgp, Rights)


def _inside(found: tuple[_Entity, ...], postacert: str | None) -> tuple[_Entity, ...]:
    """Mark what stands within the original message of a PEC."""
    if postacert is None:
        return found
    return tuple(replace(e, inside="postacert") if e.part.startswith(postacert) else e for e in found)


def _container_mismatch(message: Message, name: str | None) -> Evidence | None:
    """A file name that promises another container than the content is."""
    if name is None or message.container not in ("eml", "msg"):
        return None
    promised = name[-4:].lower()
    if promised not in (".eml", ".msg") or promised[1:] == message.container:
        return None
    return Evidence("", 0, min(8, message.size), f"{name} is {message.container} by its content")


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


def _unopened(message: Message) -> tuple[Evidence, ...]:
    """What may itself be the message and cannot be read here."""
    root = message.root
    if message.unopened:
        return tuple(message.unopened)
    if root.content_type in _ELSEWHERE:
        return (root.field_evidence("content-type"),)
    closed = root.encoding not in transfer.IDENTITY if root.is_multipart else root.encoding not in transfer.KNOWN
    if closed and not root.children:
        return (root.field_evidence("content-transfer-encoding"),)
    return ()


def _row(part: Part) -> PartRow:
    return PartRow(part.section, part.content_type, part.name, part.encoding, *part.buffer.place(part.start, part.end))
