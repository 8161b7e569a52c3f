"""What mail clients list as attachments, and which of them a signed message hides (MS-OXOSMIME, 2.1.3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.detect.findings import Attachment
from pecdetect.detect.smime import MIME_TYPES, PGP_SIGNATURE_TYPES, SIGNATURE_TYPES
from pecdetect.parsing import transfer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.parsing.message import Message, Part

SIGNED_CONTAINER = "smime.p7m"
"""The one file that a mailbox shows in place of a signed message's attachments."""
_SIGNATURES = SIGNATURE_TYPES | PGP_SIGNATURE_TYPES
_BODY_TYPES = frozenset({"text/plain", "text/html", "text/enriched", "text/calendar", "text/rtf", "text/watch-html"})


def find_attachments(message: Message, *, opened: str | None, size_threshold: int) -> tuple[Attachment, ...]:
    """The message's own attachments in document order; what attached messages hold is not listed.

    ``opened`` is the section of a part whose message is looked into all the same (a PEC's postacert.eml). Sizes
    are bounds from the raw length; the first attachment whose bounds enclose ``size_threshold`` octets is counted.
    """
    root = message.root
    signed = root.media_type[:2] == ("multipart", "signed") or root.content_type in MIME_TYPES
    hidden_in = SIGNED_CONTAINER if signed or root.message is not None else None
    listed: list[Attachment] = []
    over = False
    for part in _own_parts(root, opened):
        if not _is_attachment(part):
            continue
        least, most = part.decoded_bounds()
        exact = least == most
        if not exact and not over and hidden_in is None and least <= size_threshold < most:
            least = most = part.decoded_size()
            exact = transfer.family(part.encoding) != "unknown"
            over = least > size_threshold
        listed.append(
            Attachment(
                part=part.section,
                name=part.name,
                type=part.content_type,
                size=most,
                exact=exact,
                size_min=least,
                hidden_in=hidden_in,
                evidence=part.evidence(),
                inline=part.disposition == "inline" or b"content-id" in part.table.index,
            )
        )
    return tuple(listed)


def _own_parts(root: Part, opened: str | None) -> Iterator[Part]:
    """The parts of the message, those of an opaque signed root included, attached messages left closed."""
    stack = [root]
    while stack:
        part = stack.pop()
        yield part
        if part.message is not None and (part is root or part.section == opened):
            stack.append(part.message)
        stack.extend(reversed(part.children))


def _is_attachment(part: Part) -> bool:
    if part.children or part.media_type.type == "multipart":
        return False
    around = part.parent
    if part.content_type in _SIGNATURES and around is not None and around.media_type[:2] == ("multipart", "signed"):
        return False
    if around is None or part.section.endswith("/"):
        # A root is a body, whatever its type, unless it says that it is a file.
        return (
            part.content_type not in MIME_TYPES
            and part.content_type not in _SIGNATURES
            and (
                part.disposition == "attachment"
                or (part.media_type.type not in ("text", "message") and part.message is None)
            )
        )
    if around.media_type[:2] == ("multipart", "report") and around.parent is None:
        return False
    if part.content_type in _BODY_TYPES:
        return part.disposition == "attachment" or part.name is not None
    return True
