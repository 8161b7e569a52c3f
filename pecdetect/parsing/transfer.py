"""Content transfer encodings (RFC 2045, 6): sizes without decoding, prefixes, and bounded decoding.

Decoding is lenient as mail readers are: bytes outside the base64 alphabet are skipped, padding ends nothing but
its own quantum, bad quoted-printable sequences stand for themselves.
"""

from __future__ import annotations

import binascii
from typing import Literal

from pecdetect.parsing.grammar import (
    BASE64_PADDING,
    LINE_CONTENT,
    LINE_ENDS_AFTER_BLANK,
    SOFT_LINE_BREAK,
    TRANSPORT_PADDING,
    UU_BEGIN,
    UU_FULL_LINES,
)

Encoding = Literal["identity", "base64", "quoted-printable", "uuencode", "unknown"]

IDENTITY = frozenset({"7bit", "8bit", "binary", ""})
_FAMILIES: dict[str, Encoding] = {
    **dict.fromkeys(IDENTITY, "identity"),
    **dict.fromkeys(("x-uuencode", "x-uue", "uuencode", "uue"), "uuencode"),
    "base64": "base64",
    "quoted-printable": "quoted-printable",
}
KNOWN = frozenset(_FAMILIES)
"""Content-Transfer-Encoding tokens that can be decoded."""

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_ALPHABET = bytes(set(range(256)) - set(_ALPHABET))
_JUNK = _NOT_ALPHABET.replace(b"=", b"")
_UU_FULL_LENGTH = 61
_UU_TO_BASE64 = bytes([_ALPHABET[(byte - 0x20) & 63] for byte in range(256)])
_CHUNK = 64 * 1024


def family(encoding: str) -> Encoding:
    """The decoding that a Content-Transfer-Encoding token asks for."""
    return _FAMILIES.get(encoding, "unknown")


def decoded_size_bounds(size: int, encoding: str) -> tuple[int, int]:
    """Least and greatest decoded size in bytes of ``size`` raw bytes, from the length alone."""
    kind = _FAMILIES.get(encoding, "unknown")
    if kind == "base64":
        return 0, size // 4 * 3 + 2 if size else 0
    if kind == "quoted-printable":
        return 0, size
    if kind == "uuencode":
        return 0, size * 3 // 4
    return size, size


def decoded_size(data: bytes, start: int, end: int, encoding: str, enough: int | None = None) -> tuple[int, int]:
    """Least and greatest decoded size in bytes, counted: the same where all was counted.

    Counting ends once the size is over ``enough`` bytes. Base64 is counted, not decoded.
    """
    kind = family(encoding)
    if kind == "base64":
        return _base64_size(data, start, end, end - start if enough is None else enough)
    if kind == "uuencode":
        most = end - start
        size = len(decode(data, start, end, encoding, most if enough is None else min(enough + 1, most)))
        return size, size if enough is None or size <= enough else decoded_size_bounds(most, encoding)[1]
    if kind == "quoted-printable":
        size = len(decode(data, start, end, encoding, end - start))
        return size, size
    return end - start, end - start


def _base64_size(data: bytes, start: int, end: int, enough: int) -> tuple[int, int]:
    letters = 0
    for pos in range(start, end, _CHUNK):
        letters += len(data[pos : min(end, pos + _CHUNK)].translate(None, _NOT_ALPHABET))
        if letters * 3 // 4 > enough:
            left = max(end - pos - _CHUNK, 0)
            return max(letters * 3 // 4 - _lost(data, start, end), 0), (letters + left) * 3 // 4
    return max(letters * 3 // 4 - _lost(data, start, end), 0), letters * 3 // 4


def _lost(data: bytes, start: int, end: int) -> int:
    """Bytes that padding may cost before the end: it ends a quantum, whose letters make fewer bytes then."""
    last = data[max(start, end - 64) : end]
    closing = last[len(last.rstrip(b"= \t\r\n")) :].count(b"=")
    return 2 * (data.count(b"=", start, end) - closing)


def sniff(data: bytes, start: int, end: int, encoding: str, size: int) -> bytes:
    """The first ``size`` decoded bytes (fewer where the content is shorter), at a cost that depends on ``size``."""
    kind = family(encoding)
    if kind in ("identity", "unknown"):
        return data[start : min(end, start + size)]
    # White space, junk and escapes thin the raw text out: read some more of it than the encoding needs.
    raw_end = min(end, start + 4 * size + 256)
    return decode(data, start, raw_end, encoding, size)[:size]


def decode(data: bytes, start: int, end: int, encoding: str, limit: int) -> bytes:
    """Decode ``data[start:end]``, stopping once ``limit`` bytes are there. Never raises.

    An unknown encoding is not decoded, as RFC 2045, 6.4 demands: the raw bytes come back.
    """
    kind = family(encoding)
    if kind == "base64":
        return decode_base64(data, start, end, limit)
    if kind == "quoted-printable":
        return decode_quoted_printable(data[start : min(end, start + 3 * limit + 3)])[:limit]
    if kind == "uuencode":
        return decode_uuencode(data[start:end], limit)
    return data[start : min(end, start + limit)]


def decode_base64(data: bytes, start: int, end: int, limit: int) -> bytes:
    """Base64 (RFC 2045, 6.8), junk skipped, decoding resumed after padding, as Outlook does."""
    out: list[bytes] = []
    size = 0
    carry = b""
    pos = start
    while pos < end and size < limit:
        chunk = data[pos : min(end, pos + _CHUNK)].translate(None, _JUNK)
        pos += _CHUNK
        if chunk.find(b"=") < 0 and not carry:
            # Nearly all base64: one call for it, and for all but its last few letters where it goes on.
            whole = len(chunk) & ~3
            piece = binascii.a2b_base64(chunk[:whole])
            out.append(piece)
            size += len(piece)
            carry = chunk[whole:]
            continue
        for index, run in enumerate(BASE64_PADDING.split(chunk)):
            if index:  # padding: what is left of the quantum before it ends here
                piece = _quantum(carry)
                out.append(piece)
                size += len(piece)
                carry = b""
            letters = carry + run
            whole = len(letters) & ~3
            piece = binascii.a2b_base64(letters[:whole])
            out.append(piece)
            size += len(piece)
            carry = letters[whole:]
    if size < limit:
        out.append(_quantum(carry))
    return b"".join(out)[:limit]


def _quantum(letters: bytes) -> bytes:
    """Two or three letters without their padding; one alone holds no byte."""
    if len(letters) < 2:
        return b""
    return binascii.a2b_base64(letters + b"=" * (4 - len(letters)))


def decode_quoted_printable(raw: bytes) -> bytes:
    """Quoted-printable (RFC 2045, 6.7), blanks at line ends removed; bad sequences stay."""
    if raw.find(b"=") < 0:
        return _without_trailing_blanks(raw)
    return binascii.a2b_qp(_without_trailing_blanks(SOFT_LINE_BREAK.sub(b"", raw)))


def _without_trailing_blanks(raw: bytes) -> bytes:
    if raw[-1:] in (b" ", b"\t") or any([line_end.search(raw) is not None for line_end in LINE_ENDS_AFTER_BLANK]):  # noqa: C419
        return TRANSPORT_PADDING.sub(b"", raw)
    return raw


def decode_uuencode(raw: bytes, limit: int) -> bytes:
    """Uuencode as Outlook takes it: ``begin`` and ``end`` lines optional, bad lines skipped."""
    out = bytearray()
    begin = UU_BEGIN.search(raw)
    pos = begin.end() if begin is not None else 0
    while len(out) < limit and (match := LINE_CONTENT.search(raw, pos)) is not None:
        pos = match.end()
        line = match[0]
        if len(line) == _UU_FULL_LENGTH and (full := UU_FULL_LINES.match(raw, match.start())) is not None:
            pos = full.end()
            out += _uu_full(full[0], full[1])
        elif line.strip().lower() == b"end":
            break
        else:
            out += _uu_line(line)
    return bytes(out[:limit])


def _uu_full(lines: bytes, line_end: bytes) -> bytes:
    """Lines of 45 bytes: base64 in other letters."""
    letters = lines.rstrip(b"\r\n")[1:].replace(line_end + b"M", b"")
    return binascii.a2b_base64(letters.translate(_UU_TO_BASE64))


def _uu_line(line: bytes) -> bytes:
    """One line; writers that drop its trailing blanks drop zeros, of which no more are made than are written."""
    if not 0x20 <= line[0] <= 0x60:
        return b""
    length = (line[0] - 0x20) & 63
    # Some writers drop trailing blanks, some add a checksum character: take what the length needs.
    need = 1 + (length + 2) // 3 * 4
    try:
        return binascii.a2b_uu(line[:need])[: (len(line) * 3) // 4]
    except binascii.Error:
        return b""
