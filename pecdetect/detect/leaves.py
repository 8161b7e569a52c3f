"""What the body of a part begins with that nothing in its header speaks of.

Only leaves that not all readers take alike are looked under: what stands in an ordinary text or file is no
candidate, since mail may talk about S/MIME.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pecdetect.detect import protection_marks
from pecdetect.detect.findings import seen_in
from pecdetect.detect.objects import SIGNATURE_TYPES
from pecdetect.detect.raw_fields import speaks_of_smime
from pecdetect.detect.rights import RPMSG_MAGIC
from pecdetect.parsing import decoders, transfer
from pecdetect.parsing.ordinary import is_ordinary_leaf

if TYPE_CHECKING:
    import re

    from pecdetect.contract import SmimeKind
    from pecdetect.detect.raw_fields import Family
    from pecdetect.evidence import Evidence
    from pecdetect.parsing.message import Part

_CMS_START = 40
"""Bytes in which the content type of a CMS object shows."""
_CLEAN_LETTERS, _LETTERS = 64, 512
"""Letters in which an object begins: of base64 as it should be, where nothing stands before it, and of any other."""
_RPMSG_LETTERS_CLEAN, _RPMSG_LETTERS_ANY = 16, 64
_TEXT_WINDOW = 64 * 1024
_LITERAL = transfer.IDENTITY | {"quoted-printable"}
"""Encodings in which what a text holds stands as it is."""
_REGULAR = b" \t\r\n"


class Candidate(NamedTuple):
    """A sign of protection that the primary reading does not explain."""

    family: Family
    kind: str
    evidence: Evidence


class _Leaf:
    """The beginning of a body: as it stands, as its header would have it decoded, and what lies under both."""

    __slots__ = ("_under", "clean", "letters", "part", "plain", "raw")

    def __init__(self, part: Part) -> None:
        self.part = part
        data, start = part.buffer.data, part.body_start
        end = min(part.end, start + decoders.RAW_HEAD)
        self.raw = data[start:end]
        self.plain = part.sniff(decoders.HEAD)
        self.letters = decoders.letters(self.raw)
        """Letters of base64 in the raw beginning."""
        self.clean = part.encoding == "base64" and decoders.is_clean_base64(data, start, end)
        """Whether it is base64 as it should be: all readers decode it alike."""
        self._under: list[bytes] | None = None

    @property
    def under(self) -> list[bytes]:
        """What lies under the beginning for any reader."""
        if self._under is None:
            self._under = decoders.layers(self.plain) if self.clean else decoders.layers(self.raw, self.plain)
        return self._under

    @property
    def views(self) -> tuple[bytes, ...]:
        """All forms of the beginning."""
        return (self.plain, *self.under) if self.clean else (self.raw, self.plain, *self.under)


def in_leaf(part: Part) -> Candidate | None:
    """What a body begins with that nothing in its header speaks of; None for most."""
    if is_ordinary_leaf(part) or _is_detached_signature(part):
        return None
    leaf = _Leaf(part)
    text = part.media_type.type == "text"
    if text or part.parent is None:
        armour = _armour_in_leaf(leaf)
        if armour is not None:
            return Candidate("pgp", armour, _place(part))
    if text and part.encoding in _LITERAL:
        return None
    if _begins_with_rpmsg(leaf):
        return Candidate("rights", "rpmsg", _place(part))
    kind = _cms_kind(leaf)
    if kind is None or (kind == "opaque-signed" and _is_document(leaf)):
        return None
    return Candidate("smime", kind, _place(part))


def is_document_in(part: Part) -> bool:
    """Whether what is signed in a part whose header is read in several ways protects no message.

    No part with others in it is one.
    """
    leaf = part.parent is not None and not part.children and part.message is None
    return leaf and _is_document(_Leaf(part))


def _is_detached_signature(part: Part) -> bool:
    """Whether a body in base64 is the signature that its header says it is, beside what it signs."""
    if part.content_type not in SIGNATURE_TYPES or part.encoding != "base64" or not _signs_beside(part):
        return False
    first = part.sniff(_CMS_START)
    return (
        protection_marks.kind_of(protection_marks.CONTENT_INFO.match(first)) == "opaque-signed"
        and RPMSG_MAGIC not in first
    )


def _signs_beside(part: Part) -> bool:
    around = part.parent
    return around is not None and around.is_multipart and around.media_type.subtype != "appledouble"


def _place(part: Part) -> Evidence:
    return seen_in(part.evidence(), "floor")


def _cms_kind(leaf: _Leaf) -> SmimeKind | None:
    """The kind of the first CMS object that any form of the beginning shows; None without any."""
    for view in leaf.views:
        kind = protection_marks.kind_of(protection_marks.CONTENT_INFO.search(view, 0, _CMS_START))
        if kind is not None:
            return kind
    return protection_marks.cms_kind_in(leaf.letters[: _CLEAN_LETTERS if leaf.clean else _LETTERS])


def _is_document(leaf: _Leaf) -> bool:
    """Whether what is signed protects no message: a detached signature, or a document under a name of its own.

    What is encrypted under such a name may still be the message.
    """
    part = leaf.part
    if part.content_type in SIGNATURE_TYPES or (part.name or "").lower().endswith(".p7s"):
        return _signs_beside(part)
    named = part.name is not None and part.parent is not None
    return named and not speaks_of_smime(part) and b"content-type:" not in leaf.plain.lower()


def _begins_with_rpmsg(leaf: _Leaf) -> bool:
    if any(RPMSG_MAGIC in (view[: len(RPMSG_MAGIC)] if leaf.clean else view) for view in leaf.views):
        return True
    return protection_marks.holds_rpmsg(leaf.letters[: _RPMSG_LETTERS_CLEAN if leaf.clean else _RPMSG_LETTERS_ANY])


def _armour_in_leaf(leaf: _Leaf) -> str | None:
    """Armour in a text that the primary reading does not show, and some reader may."""
    part = leaf.part
    shown = part.media_type.type == "text" and part.media_type.subtype in ("plain", "html")
    # What stands there in clear is for the primary reading to judge.
    under = leaf.under if protection_marks.ARMOUR.search(leaf.plain) is None else []
    for view in under if shown else (leaf.plain, *under):
        armour = protection_marks.find_armour(view)
        if armour is not None:
            return protection_marks.armour_kind(armour)
    odd = _odd_armour(part)
    if odd is not None:
        return protection_marks.armour_kind(odd)
    if leaf.clean:
        hidden = decoders.begins_with_armour(leaf.letters) and protection_marks.BEGIN not in leaf.plain
        return protection_marks.armour_kind_in(leaf.letters) if hidden else None
    if part.encoding == "base64":
        data, start = part.buffer.data, part.body_start
        return protection_marks.armour_kind_in(decoders.letters(data[start : min(part.end, start + _TEXT_WINDOW)]))
    return protection_marks.armour_kind_in(leaf.letters[:_LETTERS])


def _odd_armour(part: Part) -> re.Match[bytes] | None:
    """Armour in the raw body that only some readers take for it: by its line ends, or against its encoding."""
    data, start, end = part.buffer.data, part.body_start, part.end
    at = data.find(protection_marks.BEGIN, start, end)
    if at < 0:
        return None
    piece = data[max(start, at - 3) : min(end, at + _TEXT_WINDOW)]
    return next((match for match in protection_marks.ARMOUR.finditer(piece) if _is_odd(part, piece, match)), None)


def _is_odd(part: Part, piece: bytes, match: re.Match[bytes]) -> bool:
    if not protection_marks.begins_line(piece, match.start()):
        return False
    if part.encoding not in _LITERAL or match["gap"].strip(_REGULAR):
        return True
    before = piece[match.start() - 1 : match.start()]
    return bool(before.strip(_REGULAR)) or b"-----END PGP " not in piece
