"""What a CMS object, rights-managed content and OpenPGP armour begin with, in bytes and in base64."""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING

from pecdetect.detect.rights import RPMSG_MAGIC
from pecdetect.parsing import decoders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.contract import SmimeKind

PKCS = bytes.fromhex("2a864886f70d01")
"""What the content types of CMS begin with (RFC 5652, 4)."""
CONTENT_TYPES = re.compile(
    re.escape(PKCS) + rb"(?:\x07(?P<pkcs>[\x02-\x06])|\x09\x10\x01(?P<smime>[\x02\x09\x17]))", re.DOTALL
)
CONTENT_INFO = re.compile(
    rb"\x30(?:[\x00-\x80]|\x81.|\x82..|\x83...|\x84....)\x06[\x09\x0b]" + CONTENT_TYPES.pattern, re.DOTALL
)
"""The beginning of a CMS object (RFC 5652, 3): a sequence, whose first element is the content type."""
_KINDS: dict[bytes, SmimeKind] = {
    b"\x02": "opaque-signed",
    b"\x03": "encrypted",
    b"\x04": "encrypted",
    b"\x06": "encrypted",
    b"\x09": "compressed",
    b"\x17": "auth-encrypted",
}

BEGIN = b"-----BEGIN PGP "
_GAP = rb"[\s\0\x1c-\x1e\x85\xa8\xa9\xc2\xe2\x80]"
ARMOUR = re.compile(
    rb"-----BEGIN PGP (?P<kind>MESSAGE|SIGNED MESSAGE)[^\r\n-]{0,32}-----(?P<gap>" + _GAP + rb"{1,16}+)"
    rb"(?:[A-Za-z]{2,16}+: [^\r\n]{0,100}+" + _GAP + rb"{1,16}+){0,8}+"
    rb"[A-Za-z0-9+/]{16}"
)
"""The first line of armour (RFC 9580, 6.2) and what it holds; what ends its lines, ends them for some reader."""
_LINE_START = re.compile(rb"(?:\A|[\s\0\x1c-\x1e\x85\xa8\xa9]|\xef\xbb\xbf)\Z")

_PKCS_LETTERS = decoders.letters_of(PKCS)
_RPMSG_LETTERS = decoders.letters_of(RPMSG_MAGIC)
_BEFORE_TYPE = 12
"""Letters before a content type in which its object begins; more than it takes, and whole groups."""
_GROUPS = 40
"""Letters from which a content type can be read, and the beginning of its object."""
_ARMOUR_GROUPS = 512
_HITS = 64


def kind_of(content: re.Match[bytes] | None) -> SmimeKind | None:
    """The kind of CMS object that a match of one of the patterns here begins; None for no match."""
    return _KINDS.get(content["pkcs"] or content["smime"], "unknown") if content is not None else None


def find_armour(data: bytes) -> re.Match[bytes] | None:
    """Armour that begins a line and holds something; None without any."""
    if data.find(BEGIN) < 0:
        return None
    return next((match for match in ARMOUR.finditer(data) if begins_line(data, match.start())), None)


def armour_kind(armour: re.Match[bytes]) -> str:
    """The kind of finding that armour is."""
    return "encrypted" if armour["kind"] == b"MESSAGE" else "signed"


def begins_line(data: bytes, at: int) -> bool:
    """Whether a line begins there, for any reader."""
    return _LINE_START.search(data, max(0, at - 3), at) is not None


# -- In letters of base64 --


def holds_rpmsg(letters: bytes) -> bool:
    """Whether letters of base64 hold the magic of rights-managed content."""
    return _holds_any(letters, _RPMSG_LETTERS)


def cms_kind_in(letters: bytes) -> SmimeKind | None:
    """The kind of the first CMS object in letters of base64; None without any."""
    for data in _hits(letters, _PKCS_LETTERS, _BEFORE_TYPE, _GROUPS):
        kind = kind_of(CONTENT_INFO.search(data))
        if kind is not None:
            return kind
    return None


def armour_kind_in(letters: bytes) -> str | None:
    """The kind of the first armour in letters of base64 that holds something; None without any."""
    if letters.find(decoders.DASHES_LETTERS) < 0:
        return None
    for data in _hits(letters, decoders.ARMOUR_LETTERS, 0, _ARMOUR_GROUPS):
        armour = ARMOUR.search(data)
        if armour is not None:
            return armour_kind(armour)
    return None


def _hits(letters: bytes, needles: tuple[tuple[bytes, int], ...], lead: int, size: int) -> Iterator[bytes]:
    """What letters of base64 say around each place of a needle; ``lead`` letters before it, ``size`` in all."""
    for needle, before in needles:
        at = letters.find(needle)
        for _ in range(_HITS):
            if at < 0:
                break
            first = at - before
            group = letters[max(first - lead, first % 4) : first - lead + size] if first >= 0 else b""
            yield binascii.a2b_base64(group[: len(group) & ~3])
            at = letters.find(needle, at + 1)


def _holds_any(letters: bytes, needles: tuple[tuple[bytes, int], ...]) -> bool:
    return any([letters.find(needle) >= 0 for needle, _ in needles])  # noqa: C419 - a list is faster
