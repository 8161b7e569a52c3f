"""Where the pieces of a PEC stand in a message: its fields, the signed entity, daticert.xml and postacert.eml.

RFC 6109 and what real mail makes of it: names in any case and in either field, parts in either order, the
certification data under its English name or none, the signature gone, the whole relayed by a mailing list.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pecdetect.detect.findings import Claim
from pecdetect.detect.objects import MIME_TYPES, holds_signed, is_clear_signed, signature_part
from pecdetect.detect.pec.daticert import read_daticert
from pecdetect.parsing.mime import is_message_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pecdetect.detect.cms.cms import Signer
    from pecdetect.detect.objects import Objects
    from pecdetect.detect.pec.daticert import Daticert
    from pecdetect.parsing.message import Message, Part

TRANSPORT_TYPES = frozenset({"posta-certificata", "errore"})
"""Values of X-Trasporto (RFC 6109, 3.1.5 and 3.2.2)."""
RECEIPT_TYPES = frozenset(
    [
        "accettazione",
        "non-accettazione",
        "presa-in-carico",
        "avvenuta-consegna",
        "errore-consegna",
        "preavviso-errore-consegna",
        "rilevazione-virus",
    ]
)
"""Values of X-Ricevuta (RFC 6109, 3.1 to 3.3)."""

DATICERT_NAMES = frozenset({"daticert.xml", "certdata.xml"})
"""The Italian rules' name, which all real mail uses, and that of RFC 6109, 4.3.3."""
POSTACERT_NAME = "postacert.eml"
_XML_TYPES = frozenset({"application/xml", "text/xml", "application/octet-stream"})
_ROOT_ELEMENT = re.compile(rb"<(?:[\w.-]{1,64}:)?postacert[\s>]")
_ROOT_WINDOW = 2048


class Pieces(NamedTuple):
    """What a message holds of a PEC at its own level."""

    root: Part
    """Root of the message that these are pieces of."""
    signed: Part | None
    """The multipart/signed or CMS entity."""
    content: Part | None
    """What is signed, or the root itself where nothing is."""
    signature: Part | None
    """The detached signature part."""
    daticert_part: Part | None
    daticert: Daticert | None
    postacert: Part | None
    daticert_parts: int
    """Parts at this level that are certification data."""

    @property
    def has_parts(self) -> bool:
        """Whether certification data or an original message stand here."""
        return self.daticert_part is not None or self.postacert is not None


class Envelopes(NamedTuple):
    """The pieces of every PEC that a message may be or carry."""

    known: Sequence[Claim] = ()
    """What its fields claim: known types."""
    unknown: Sequence[Claim] = ()
    """What its fields claim beside."""
    own: Pieces | None = None
    """The pieces at the top, where something there is signed or the fields claim a PEC."""
    relayed: Pieces | None = None
    """Those of a signed entity one level down, as mailing lists leave it."""
    carried: Pieces | None = None
    """Those of a PEC below the top."""
    carried_claims: Sequence[Claim] = ()
    claimed: bool = False
    """Whether the fields make the pieces at the top those of a PEC."""

    @property
    def outer(self) -> Pieces | None:
        """The pieces of a PEC that the message itself is, or may be without its fields."""
        pieces = self.relayed or self.own
        if pieces is None or self.claimed:
            return pieces
        return pieces if pieces.signed is not None and pieces.daticert is not None else None


def field_claims(root: Part) -> tuple[list[Claim], list[Claim]]:
    """Claims of the header fields: of known message types, and of anything else."""
    known: list[Claim] = []
    unknown: list[Claim] = []
    for name, source, types in (
        ("x-trasporto", "X-Trasporto", TRANSPORT_TYPES),
        ("x-ricevuta", "X-Ricevuta", RECEIPT_TYPES),
    ):
        for field in root.get_all(name):
            value = field.value
            claim = Claim(source, value, field.evidence(root.section))
            (known if value.lower() in types else unknown).append(claim)
    return known, unknown


def find_envelopes(message: Message, parts: Sequence[Part]) -> Envelopes:
    """Find the pieces of a PEC in a message, and read its certification data. Never raises.

    ``parts`` are all parts of the message.
    """
    root = message.root
    known: list[Claim] = []
    unknown: list[Claim] = []
    if b"x-trasporto" in root.table.index or b"x-ricevuta" in root.table.index:
        known, unknown = field_claims(root)
    body = message.analysed or root
    enclosed = body.media_type.subtype == "signed" or (body.message is not None and holds_signed(body))
    own = _own_pieces(message, body) if enclosed or known or unknown else None
    if own is not None and body is not root:
        own = own._replace(root=root)  # the fields of the message stand in its own header
    if own is not None and (known or (unknown and own.has_parts)):
        relayed = None if own.signed is not None else _relayed_pieces(message, root)
        return Envelopes(known, unknown, own, relayed=relayed, claimed=True)
    carried, claims = _carried(message, parts, own)
    return Envelopes(known, unknown, own, carried=carried, carried_claims=claims)


def _carried(message: Message, parts: Sequence[Part], own: Pieces | None) -> tuple[Pieces | None, list[Claim]]:
    """The pieces of a PEC below the top of a message, and what its fields claim; ``own`` are those at the top."""
    for part in parts:
        section = part.section
        if section[-1:] == "/" and part.buffer.stream != f"decoded:{section}":
            known, _ = field_claims(part)
            if known and (is_clear_signed(part) or part.content_type in MIME_TYPES):
                return _own_pieces(message, part), known
        if part.name is not None and section and (is_daticert_name(part) or is_postacert_name(part)):
            holder = part.message_root()
            pieces = own if own is not None and own.root is holder else _own_pieces(message, holder)
            return pieces if pieces.has_parts else _lone_piece(pieces, part), []
    return None, []


def _lone_piece(pieces: Pieces, part: Part) -> Pieces:
    return pieces._replace(daticert_part=part) if is_daticert_name(part) else pieces._replace(postacert=part)


def _signed_pieces(message: Message, root: Part, signed: Part) -> Pieces:
    """The pieces in a clear-signed entity."""
    content = signed.children[0] if signed.children else None
    signature = signature_part(signed) or (signed.children[1] if len(signed.children) > 1 else None)
    if signature is not None and not signature.sniff(1):
        signature = None  # emptied: gone as much as one that was cut out
    return _pieces(message, root, signed, content, signature)


def _opaque_pieces(message: Message, root: Part) -> Pieces:
    """The pieces in a root that is one CMS object."""
    return _pieces(message, root, root, root.message, None)


def _loose_pieces(message: Message, root: Part) -> Pieces:
    """The pieces that stand unsigned in a message, however deep; attached messages stay closed."""
    return _pieces(message, root, None, root, None)


def _own_pieces(message: Message, root: Part) -> Pieces:
    """The pieces at a message's own level, by the form that its root has."""
    if is_clear_signed(root):
        return _signed_pieces(message, root, root)
    if root.content_type in MIME_TYPES or holds_signed(root):
        return _opaque_pieces(message, root)
    return _loose_pieces(message, root)


def _relayed_pieces(message: Message, root: Part) -> Pieces | None:
    """The pieces of a signed entity one level down, as mailing lists leave it; None where there is none."""
    for child in root.children:
        if is_clear_signed(child):
            pieces = _signed_pieces(message, root, child)
            if pieces.has_parts:
                return pieces
    return None


def _pieces(message: Message, root: Part, signed: Part | None, content: Part | None, signature: Part | None) -> Pieces:
    members = _members(content, signed)
    found = [part for part in members if _is_daticert(part)]
    daticert_part = found[0] if found else None
    daticert = None
    if daticert_part is not None:
        data = message.decode(daticert_part, message.limits.xml_bytes + 1)
        daticert = read_daticert(data, message.limits)
        _note_problems(message, daticert_part, daticert)
    return Pieces(
        root, signed, content, signature, daticert_part, daticert, _postacert(members, daticert_part), len(found)
    )


def _members(content: Part | None, signed: Part | None) -> list[Part]:
    """The parts that may be pieces: those directly in what is signed; all of them where nothing is."""
    if content is None:
        return []
    return list(content.children) if signed is not None else [p for p in content.walk_message() if p is not content]


def _note_problems(message: Message, part: Part, daticert: Daticert | None) -> None:
    """Say what is wrong with certification data: malformed, or with entities that were refused."""
    if daticert is None:
        message.note("daticert-unreadable", "high", part, part.start, part.end)
        return
    for problem in daticert.problems:
        message.note(f"daticert-{problem}", "high", part, part.start, part.end)
    for name, value, limit in daticert.limits:
        message.hit(name, value, limit, part.section)


def _is_daticert(part: Part) -> bool:
    name = (part.name or "").strip().lower()
    if name in DATICERT_NAMES:
        return True
    if part.content_type not in _XML_TYPES or name == POSTACERT_NAME or part.body_size > 4 * 1024 * 1024:
        return False
    return _ROOT_ELEMENT.search(part.sniff(_ROOT_WINDOW).replace(b"\0", b"")) is not None


def is_postacert_name(part: Part) -> bool:
    """Whether a part bears the name of a PEC's original message."""
    return (part.name or "").strip().lower() == POSTACERT_NAME


def is_daticert_name(part: Part) -> bool:
    """Whether a part bears the name of certification data."""
    return (part.name or "").strip().lower() in DATICERT_NAMES


def _postacert(members: list[Part], daticert: Part | None) -> Part | None:
    named = next((part for part in members if is_postacert_name(part)), None)
    if named is not None or daticert is None:
        return named
    # The original may bear any name: beside certification data the one attached message is it.
    return next(filter(is_message_type, members), None)


def signer_of(pieces: Pieces, objects: Objects) -> Signer | None:
    """The first signer of the envelope, by its CMS; None where there is no readable one."""
    cms = None
    if pieces.signature is not None:
        cms = objects.signatures[pieces.signature]
    elif pieces.signed is not None and pieces.signed in objects.held and pieces.signed.content_type in MIME_TYPES:
        cms = objects.held[pieces.signed].cms
    return cms.signers[0] if cms is not None and cms.signers else None
