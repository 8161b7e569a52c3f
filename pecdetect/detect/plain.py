"""All that is to be found in a message that is plain (``parsing.plain``): the short way through the detectors.

What protects a message, and what gets in the way of storing its text, cannot stand in one: what is left is who
wrote to whom, what is attached, and the lengths. The findings are those of :func:`pecdetect.detect.detect.detect`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pecdetect.detect.candidates import in_leaf
from pecdetect.detect.container import container_mismatch
from pecdetect.detect.envelope import item_of, replies_by_itself
from pecdetect.detect.findings import Attachment, Delivery, Findings, Oversized, PartRow
from pecdetect.detect.registered import speaks_of_systems
from pecdetect.detect.text import COMMON_CHARSETS, LARGE_BODY, check_fields, is_unknown_charset, shown_fields
from pecdetect.evidence import Evidence, new_evidence
from pecdetect.parsing import transfer
from pecdetect.parsing.message import TEXT_PLAIN, Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from pecdetect.detect.envelope import ItemKind
    from pecdetect.limits import Limits
    from pecdetect.parsing.plain import Plain, PlainPart

_CLOSER = frozenset({b"x-trasporto", b"x-ricevuta", b"msip_labels", b"x-ms-journal-report"})
"""Fields that stand for more than a header."""
_EMAIL: ItemKind = ("email", (), None)


def find_plain(plain: Plain, file_name: str | None, size_threshold: int, limits: Limits) -> Findings | None:
    """Find everything in a plain message; None where it takes a closer look.

    ``file_name`` and ``size_threshold`` are as for :func:`pecdetect.detect.detect.detect`. Never raises.
    """
    header = plain.header
    fields = shown_fields(header)
    if not _CLOSER.isdisjoint(header.index) or speaks_of_systems(header, fields):
        return None
    item, crowded = item_of(header, _EMAIL, limits.mailboxes, once=True)
    if crowded or replies_by_itself(header):
        return None
    leaves = _leaves(plain, size_threshold)
    if leaves is None:
        return None
    attachments, size, body = leaves
    invalid: list[Evidence] = []
    oversized: list[Oversized] = []
    check_fields(header, fields, invalid, oversized)
    octets = len(plain.data)
    other = None if file_name is None or file_name[-4:] == ".eml" else container_mismatch("eml", octets, file_name)
    return Findings(
        "eml",
        octets,
        None,
        item,
        attachments=tuple(attachments),
        delivery=Delivery(tuple(invalid), tuple(oversized), size, body),
        container_mismatch=other,
        parts=tuple(
            [
                _new_row((section, entity.content_type, entity.name, entity.encoding, start, end, None))
                for section, entity, start, _, end in plain.parts
            ]
        ),
    )


_new_row: Callable[[tuple[str, str, str | None, str, int, int, None]], PartRow] = partial(tuple.__new__, PartRow)
"""Every message has several: made without a call in Python."""


def _leaves(plain: Plain, size_threshold: int) -> tuple[list[Attachment], int, Evidence | None] | None:
    """Attachments, greatest size of a body, and where it stands if it is large; None for an unknown charset."""
    attachments: list[Attachment] = []
    body: PlainPart | None = None
    counted = False
    size = 0
    for part in plain.parts:
        section, entity, start, body_start, end = part
        kind = "text" if entity.media_type is None else entity.media_type[0]
        if kind == "multipart":
            continue
        if entity.encoding == "quoted-printable" and _may_hide(plain, part):
            return None
        if kind == "text" and entity.disposition != "attachment" and (entity.name is None or not section):
            if entity.charset not in COMMON_CHARSETS and is_unknown_charset(entity.charset):
                return None
            most = end - body_start
            if entity.encoding == "base64":
                most = transfer.decoded_size_bounds(most, "base64")[1]
            if most > size:
                body, size = part, most
            continue
        least, most = transfer.decoded_size_bounds(end - body_start, entity.encoding)
        if least <= size_threshold < most and not counted:
            least, most = transfer.decoded_size(plain.data, body_start, end, entity.encoding, size_threshold)
            counted = least > size_threshold
        attachments.append(
            Attachment(
                *(section, entity.name, entity.content_type, most, least == most, least, None),
                new_evidence((section, start, end, None, None, "primary", None)),
                entity.disposition == "inline" or entity.has_id,
            )
        )
    large = body is not None and size > LARGE_BODY
    return attachments, size, Evidence(body.section, body.start, body.end) if body is not None and large else None


def _may_hide(plain: Plain, part: PlainPart) -> bool:
    """Whether another reader of an encoded text may see in it what protects a message."""
    buffer = plain.header.buffer
    root = Part(buffer, "", None, 0, 0)
    text = Part(buffer, part.section, root if part.section else None, part.start, 1)
    text.body_start, text.end, text.encoding = part.body_start, part.end, part.entity.encoding
    text.media_type, text.content_type = part.entity.media_type or TEXT_PLAIN, part.entity.content_type
    text.name = part.entity.name
    return in_leaf(text) is not None
