"""Lenient decoders: what lies under some bytes for any reader, whatever their header says of their encoding.

Only beginnings are decoded, layer under layer, within fixed bounds: enough to recognise what they are.
"""

from __future__ import annotations

import binascii
import re
import struct
import zlib
from typing import TYPE_CHECKING

from pecdetect.parsing import transfer

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = 2048
"""Bytes of each layer that are decoded."""
RAW_HEAD = 8192
"""Bytes of a raw body that its beginning is taken from: junk may stand before or between."""
_START = 16
"""Bytes that are ASCII where something is written as text."""
_DEPTH = 3
_LAYERS = 8
"""Layers that are looked under at each depth."""

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_ALPHABET = bytes(set(range(256)) - set(_ALPHABET))
_RUN = 16
"""Letters in a row that may be base64."""
_LETTER_OR_NOT = bytes([0x41 if byte in _ALPHABET else 0x20 for byte in range(256)])
_ESCAPE = re.compile(rb"=[ \t]*+[0-9A-Fa-f]{2}|=[ \t]*+\r?\n")
_BROKEN_ESCAPE = re.compile(rb"=[ \t]++(?=[0-9A-Fa-f]{2})")
_UU_LINE = re.compile(rb"M(?<![^\r\n]M)[ -`]{60}[ \t]*(?=[\r\n]|\Z)")
_YENC = bytes((byte - 42) % 256 for byte in range(256))
_YENC_ESCAPE = re.compile(rb"=([^\r\n])", re.DOTALL)
_YENC_BEGIN = re.compile(rb"=ybegin [^\r\n]*+(?:\r?\n=ypart [^\r\n]*+)?\r?\n")
_BINHEX = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_BINHEX_LETTERS = bytes.maketrans(_BINHEX, _ALPHABET)
_NOT_BINHEX = bytes(set(range(256)) - set(_BINHEX))
_BINHEX_BEGIN = re.compile(rb"\(This file must be converted[^\r\n]*+[\r\n\s]*+:")
_BINHEX_RUN = re.compile(rb"(.)\x90(.)|\x90\0", re.DOTALL)
"""In BinHex, a byte that is repeated, how often; or the mark of a repetition that stands for itself."""
_BINHEX_FIXED = 22
"""Bytes of its header besides the name: two lengths of forks, a checksum, and the like."""
_GZIP, _ZLIB = b"\x1f\x8b", (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_APPLE = (b"\0\x05\x16\0", b"\0\x05\x16\x07")
_APPLE_ENTRIES = 16
_DATA_FORK = 1
_HEADER = re.compile(rb"\s*+(?:[!-9;-~]{1,76}+:[^\r\n]*+\r?\n(?:[ \t][^\r\n]*+\r?\n)*+)++\r?\n")
_FIELD = re.compile(rb"\s*+[!-9;-~]{1,76}+:")
_CLEAN = _ALPHABET + b"\r\n"
_TAIL = 64 * 1024
"""Bytes looked at in one piece; what pads base64 stands in the last."""


def letters(data: bytes) -> bytes:
    """What of some bytes may be base64: the letters of its alphabet, without the junk between them."""
    return data.translate(None, _NOT_ALPHABET)


def first_run(data: bytes, length: int, start: int = 0) -> int:
    """Where the first run of at least ``length`` letters of base64 begins, from an offset on; -1 without any."""
    return data.translate(_LETTER_OR_NOT).find(b"A" * length, start)


def letters_of(data: bytes) -> tuple[tuple[bytes, int], ...]:
    """Bytes as letters of base64, for each place that they may have in a group of three.

    The letters that what stands around does not change, and how many of the group's letters stand before them.
    """
    found = []
    for shift in range(3):
        text = binascii.b2a_base64(bytes(shift) + data, newline=False)
        before = -(-shift * 8 // 6)
        found.append((text[before : (shift + len(data)) * 8 // 6], before))
    return tuple(found)


ARMOUR_LETTERS = letters_of(b"-----BEGIN PGP MESSAGE-----") + letters_of(b"-----BEGIN PGP SIGNED")
"""The first line of OpenPGP armour (RFC 9580, 6.2) in base64."""
DASHES_LETTERS = b"LS0t"
"""What each of them holds: of five dashes, three always make a group of their own."""
_OBJECTS = letters_of(bytes.fromhex("2a864886f70d01")) + letters_of(bytes.fromhex("76e80460c411e386"))
"""What CMS content types (RFC 5652, 4) and rights-managed content (MS-OXORMMS, 2.2.4) begin with, in base64."""
_SHIFTED = 48
"""Letters in which armour begins that a few letters before it have shifted."""


def begins_with_armour(text: bytes) -> bool:
    """Whether letters of base64 begin with armour, for a reader who takes them from any place on."""
    head = text[:_SHIFTED]
    return any([needle in head for needle, _ in ARMOUR_LETTERS])  # noqa: C419 - a list is faster


def holds_objects(text: bytes) -> bool:
    """Whether letters of base64 hold what CMS objects or rights-managed content begin with, wherever they are cut."""
    return any([text.find(needle) >= 0 for needle, _ in _OBJECTS])  # noqa: C419 - a list is faster


def is_closed(first: bytes) -> bool:
    """Whether nothing lies under what begins with these 48 bytes: :func:`layers` would be empty."""
    if first[:_START].isascii() or first.startswith((_GZIP, *_ZLIB, *_APPLE)):
        return False
    return _FIELD.match(first) is None


def is_clean_base64(data: bytes, start: int, end: int) -> bool:
    """Whether a stretch is base64 and nothing else (RFC 2045, 6.8): all readers decode it alike."""
    while end - start > _TAIL:
        if data[start : start + _TAIL].translate(None, _CLEAN):
            return False
        start += _TAIL
    tail = data[start:end].rstrip(b"\r\n")
    rest = tail.translate(None, _CLEAN)
    return not rest or (rest in (b"=", b"==") and tail.endswith(rest))


def layers(*forms: bytes) -> list[bytes]:
    """What lies under these beginnings, each layer of at most :forms:`HEAD` bytes; without what was given."""
    found: list[bytes] = []
    upper = list(forms)
    for _ in range(_DEPTH):
        lower: list[bytes] = []
        for layer in upper:
            for plain in _under(layer):
                if plain and plain not in lower and plain not in found and plain not in forms:
                    lower.append(plain)
        found += lower[:_LAYERS]
        upper = lower[:_LAYERS]
    return found


def _under(data: bytes) -> Iterator[bytes]:
    """What each decoder makes of some bytes."""
    if data.startswith(_GZIP) or data.startswith(_ZLIB):
        yield _inflated(data)
        return
    if data.startswith(_APPLE):
        yield _data_fork(data)
    header = _HEADER.match(data)
    if header is not None:
        yield data[header.end() : header.end() + HEAD]
    if not data[:_START].isascii():
        return
    if b"\0" in data and (text := data.replace(b"\0", b"")).isascii():
        yield text[:HEAD]
    yield from _texts(data)
    run = first_run(data, _RUN)
    if run >= 0:
        yield transfer.decode_base64(data, 0, len(data), HEAD)
        if run > 0:
            yield transfer.decode_base64(data, run, len(data), HEAD)


def _texts(data: bytes) -> Iterator[bytes]:
    """Quoted-printable, uuencode, yEnc and BinHex."""
    if _ESCAPE.search(data) is not None:
        yield transfer.decode_quoted_printable(_BROKEN_ESCAPE.sub(b"=", data))[:HEAD]
    if _UU_LINE.search(data) is not None:
        yield b"".join(uu_lines(data))[:HEAD]
    yenc = _YENC_BEGIN.search(data)
    if yenc is not None:
        yield yenc_decoded(data[yenc.end() :])[:HEAD]
    binhex = _BINHEX_BEGIN.search(data)
    if binhex is not None:
        yield binhex_decoded(data[binhex.end() :])[:HEAD]


def uu_lines(data: bytes) -> Iterator[bytes]:
    """The full lines of uuencode in some bytes, decoded; what stands around them is skipped."""
    for match in _UU_LINE.finditer(data):
        try:
            yield binascii.a2b_uu(match[0])
        except binascii.Error:
            continue


def yenc_decoded(data: bytes) -> bytes:
    """YEnc, line ends removed and escapes resolved."""
    data = _YENC_ESCAPE.sub(lambda match: bytes(((match[1][0] - 64) % 256,)), data)
    return data.translate(_YENC, b"\r\n")


def binhex_decoded(data: bytes) -> bytes:
    """The beginning of the data fork of BinHex 4.0 (RFC 1741)."""
    text = data.translate(_BINHEX_LETTERS, _NOT_BINHEX)[: HEAD + HEAD // 2]
    plain = _BINHEX_RUN.sub(_repeated, binascii.a2b_base64(text[: len(text) & ~3]))
    return plain[_BINHEX_FIXED + plain[0] :] if plain else b""


def _repeated(match: re.Match[bytes]) -> bytes:
    if match[1] is None:
        return b"\x90"
    return match[1] * match[2][0] or match[1] + b"\x90"


def _inflated(data: bytes) -> bytes:
    """The beginning of what is compressed with gzip or zlib (RFC 1952, RFC 1950)."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(data, HEAD)
    except zlib.error:
        return b""


def _data_fork(data: bytes) -> bytes:
    """The data of a file in AppleSingle or AppleDouble (RFC 1740, appendix A)."""
    try:
        count = struct.unpack_from(">H", data, 24)[0]
        for at in range(26, 26 + 12 * min(count, _APPLE_ENTRIES), 12):
            entry, offset, _ = struct.unpack_from(">III", data, at)
            if entry == _DATA_FORK:
                return data[offset : offset + HEAD]
    except struct.error:
        return b""
    return b""
