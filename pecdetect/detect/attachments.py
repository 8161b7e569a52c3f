"""What mail clients list as attachments, and which of them a signed message hides (MS-OXOSMIME, 2.1.3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.detect.findings import Attachment
from pecdetect.detect.objects import MIME_TYPES, PGP_SIGNATURE_TYPES, SIGNATURE_TYPES, holds_signed

if TYPE_CHECKING:
    from pecdetect.parsing.message import Message, Part

SIGNED_CONTAINER = "smime.p7m"
"""The one file that a mailbox shows in place of a signed message's attachments."""
_SIGNATURES = SIGNATURE_TYPES | PGP_SIGNATURE_TYPES
_BODY_TYPES = frozenset({"text/plain", "text/html", "text/enriched", "text/calendar", "text/rtf", "text/watch-html"})


def find_attachments(
    message: Message, parts: list[Part], *, opened: str | None, size_threshold: int
) -> tuple[Attachment, ...]:
    """The message's own attachments in document order; what attached messages hold is not listed.

    ``parts`` are all parts of the message; ``opened`` is the section of one whose message is looked into all the
    same (a PEC's postacert.eml). Sizes are bounds from the raw length; the first attachment whose bounds enclose
    ``size_threshold`` bytes is counted, as far as it takes to know.
    """
    root = message.root
    analysed = message.analysed
    body = analysed or root
    signed = body.content_type == "multipart/signed" or body.content_type in MIME_TYPES
    opaque = holds_signed(body)
    hidden_in = SIGNED_CONTAINER if signed or opaque else None
    own = _own_prefixes(root, analysed, opened)
    listed: list[Attachment] = []
    # What stands inside CMS nobody sees; what is signed in clear counts where the MIME itself is taken.
    counted = opaque or body.content_type in MIME_TYPES
    for part in parts:
        section = part.section
        if part.children or part.media_type.type == "multipart" or not _is_attachment(part):
            continue
        if "/" in section and section[: section.rindex("/") + 1] not in own:
            continue
        if analysed is not None and part.message is analysed and not message.unopened:
            continue  # a mailbox takes it apart
        least, most = part.decoded_bounds()
        if not counted and least <= size_threshold < most:
            least, most = part.decoded_size(size_threshold)
            counted = least > size_threshold
        listed.append(
            Attachment(
                section,
                part.name,
                part.content_type,
                most,
                least == most,
                least,
                hidden_in,
                part.evidence(),
                part.disposition == "inline" or b"content-id" in part.table.index,
            )
        )
    return tuple(listed)


def _own_prefixes(root: Part, analysed: Part | None, opened: str | None) -> tuple[str, ...]:
    """What the sections of the message's own parts begin with, beside those without a "/"."""
    prefixes = tuple([body.section + "/" for body in (root, analysed) if body is not None and holds_signed(body)])
    if analysed is not None:
        prefixes = (analysed.section, *prefixes)
    return prefixes if opened is None else (*prefixes, opened + "/")


def _is_attachment(part: Part) -> bool:
    around = part.parent
    if around is None or part.section[-1] == "/":
        return _is_file_at_root(part)
    major, subtype = around.media_type.type, around.media_type.subtype
    if major == "multipart":
        if subtype == "signed" and _is_signature(part, around):
            return False
        if subtype == "report" and around.parent is None:
            return False
    if part.content_type in _BODY_TYPES:
        return part.name is not None or part.disposition == "attachment"
    return True


def _is_signature(part: Part, signed: Part) -> bool:
    """Whether a part of a multipart/signed is its signature, of a known kind or of the one that it declares."""
    return part.content_type in _SIGNATURES or part.content_type == (signed.media_type.param("protocol") or "").lower()


def _is_file_at_root(part: Part) -> bool:
    """Whether a message that is one part is a file: a root is a body unless it is no text, or says so."""
    opened = part.message is not None and part.media_type.type != "message"
    if opened or part.content_type in MIME_TYPES or part.content_type in _SIGNATURES:
        return False
    if part.disposition == "attachment":
        return True
    return part.media_type.type not in ("text", "message") and part.message is None
