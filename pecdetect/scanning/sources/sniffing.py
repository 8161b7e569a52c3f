"""What a file is by its first bytes: a message perhaps, something that holds messages, or neither.

Names decide nothing except in doubt: a text with one field that every list of facts has (``Date:``) is a message if it
is named like one. Where the head does not settle it, judging the whole message does.
"""

from __future__ import annotations

import re
from typing import BinaryIO, Literal

from pecdetect.parsing.signatures import COMPOUND_FILE
from pecdetect.scanning.sources.mbox import PREFACE

HEAD = 4096
"""Bytes that are looked at ..."""
LONG_HEAD = 64 * 1024
"""... and where they do not settle it: a message shows what it is this early (as the reader wants it)."""
TAR_BLOCK = 512
_STEP = 1024 * 1024

Kind = Literal["message", "mbox", "zip", "gzip", "bzip2", "xz", "tar", "pst", "other-archive", "other"]

_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"!BDN", "pst"),
    (b"7z\xbc\xaf\x27\x1c", "other-archive"),
    (b"Rar!\x1a\x07", "other-archive"),
)
_MAGICS = tuple([magic for magic, _ in _MAGIC])
_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_NO_MAIL = (
    b"\xde\x12\x04\x95",
    b"\x95\x04\x12\xde",
    b"%PDF-",
    b"\x89PNG\r\n",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x7fELF",
    b"MZ\x90",
    b"SQLite format 3\0",
    b"// <!-- <mdb:mork",
    b"ITSF\x03",
)
"""Translations, PDF, pictures, programs, databases, Thunderbird's indexes, help files."""
_MAIL_NAMES = (".eml", ".msg", ".emlx", ".mbox", ".mbx", ".mht", ".mhtml", ".mai", ".mail", ".rfc822", ".mime", ".oft")

_PROPERTY = re.compile(re.escape("__substg1.0_".encode("utf-16-le")), re.IGNORECASE)
"""The name of a property in the directory of a compound file, in UTF-16."""
_OVERLAP = 64

_STRONG = frozenset(
    b"message-id received return-path mime-version x-trasporto x-ricevuta content-transfer-encoding".split()
)
_WEAK = frozenset(b"from to cc subject date content-type".split())
_BODY = re.compile(rb"\n\r?\n|\r\r")
_LEADING = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*+(?:[0-9]{1,10}[ \t]*+\r?\n)?")
_FIELD = re.compile(rb"(?:^|[\r\n])([!-9;-~]{1,76})[ \t]*+:")
_MIME_TYPE = re.compile(rb"(?:^|[\r\n])content-type[ \t]*+:[ \t\r\n]*+[a-z]{1,32}/[a-z]", re.IGNORECASE)
_FIRST_FIELD = re.compile(rb">?From |[!-9;-~]{1,76}[ \t]*+:")


def sniff(head: bytes, name: str, *, final: bool = False) -> Kind:
    """Say what a file with this head and name is; ``message`` where it may be one.

    Where a head of :data:`HEAD` bytes ends within the header and nothing in it tells, it may; ``final`` says that
    there will be no longer head, so that it is none.
    """
    known = _known(head) if head.startswith(_MAGICS) else None
    if known is None and _BZIP2.match(head) is not None:
        known = "bzip2"
    if known is not None:
        return known
    if head.startswith(_NO_MAIL) or not head:
        return "other"
    if is_tar(head):
        return "tar"
    if PREFACE.match(head) is not None:
        return "mbox"
    if name.lower().endswith(_MAIL_NAMES):
        return "message"
    told = _is_message(head)
    return "message" if told or (told is None and not final) else "other"


def _known(head: bytes) -> Kind | None:
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)


def is_tar(head: bytes) -> bool:
    """Whether a file begins with the header of a tar member, the sum right (POSIX.1-2017, pax)."""
    if len(head) < TAR_BLOCK or head[148:156].strip(b" \0").strip(b"01234567"):
        return False
    from tarfile import HeaderError, TarInfo  # for the few that look like one

    try:
        TarInfo.frombuf(head[:TAR_BLOCK], "utf-8", "surrogateescape")
    except HeaderError:
        return False
    return True


def is_clear(head: bytes, name: str) -> bool:
    """Whether a head that may be a message's is enough to say so: to look at more would change nothing."""
    return name.lower().endswith(_MAIL_NAMES) or (not head.startswith(COMPOUND_FILE) and _is_message(head) is not None)


def is_doubtful_compound(head: bytes, name: str) -> bool:
    """Whether this is a compound file that is not named like an item: an old Office document, perhaps."""
    return head.startswith(COMPOUND_FILE) and not name.lower().endswith(_MAIL_NAMES)


def has_property(stream: BinaryIO, most: int) -> bool:
    """Whether a compound file has a property of an item in its first ``most`` bytes. Reads no further."""
    rest = b""
    while most > 0 and (content := stream.read(min(most, _STEP))):
        most -= len(content)
        if _PROPERTY.search(rest + content) is not None:
            return True
        rest = content[-_OVERLAP:]
    return False


def _is_message(head: bytes) -> bool | None:
    """Whether text with a header, or UTF-16, may be a message; None where the head ends before it tells."""
    if head.startswith(COMPOUND_FILE) or head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head[:2]:
        return True
    leading = _LEADING.match(head)
    start = leading.end() if leading is not None else 0
    begins = _FIRST_FIELD.match(head, start) is not None
    if not begins and b"\0" in head:
        return False
    end = _BODY.search(head, start)
    header = head[start : end.start() if end is not None else len(head)]
    names = {found.lower() for found in _FIELD.findall(header)}
    if names & _STRONG or _MIME_TYPE.search(header) is not None or len(names & _WEAK) > (1 if begins else 2):
        return True
    return None if end is None and len(head) >= HEAD else False
