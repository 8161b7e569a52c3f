"""What a sample is, and the few helpers that put bytes together.

Nothing here knows MIME beyond line ends and delimiters: the modules beside it write every line themselves, so
that each byte of a sample is deliberate.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CRLF = b"\r\n"


@dataclass(frozen=True, slots=True)
class Sample:
    """One synthetic message."""

    name: str
    """File name, kebab-case, the group first."""
    data: bytes
    """The file."""
    shows: str
    """One line: what it is there for."""
    group: str
    """``pec``, ``smime``, ``pgp``, ``rights``, ``systems``, ``items``, ``delivery``, ``ordinary``, ``malformed`` or
    ``outlook``."""
    pieces: Mapping[str, bytes] = field(default_factory=dict)
    """Decoded bytes by name: postacert.eml, daticert.xml, and the attachments a person would want back."""


def lines(*rows: str | bytes) -> bytes:
    """Join rows with CRLF and end the last one; text is written as UTF-8."""
    return b"".join((row.encode() if isinstance(row, str) else row) + CRLF for row in rows)


def entity(header: bytes, body: bytes) -> bytes:
    """Put a header, the empty line and a body together (RFC 5322, 2.1)."""
    return header + CRLF + body


def multipart(
    boundary: str,
    parts: Sequence[bytes],
    *,
    preamble: bytes = b"",
    epilogue: bytes = b"",
    close: bool = True,
) -> bytes:
    """Return the body of a multipart (RFC 2046, 5.1.1); the CRLF before a delimiter belongs to it."""
    delimiter = b"--" + boundary.encode()
    body = preamble + b"".join(delimiter + CRLF + part + CRLF for part in parts)
    return body + (delimiter + b"--" + CRLF + epilogue if close else b"")


def base64_lines(data: bytes, width: int = 76) -> bytes:
    """Base64 in lines of ``width`` characters, each ended by CRLF (RFC 2045, 6.8)."""
    text = base64.b64encode(data)
    return b"".join(text[at : at + width] + CRLF for at in range(0, len(text), width))


def quoted_printable(text: str, charset: str = "utf-8") -> bytes:
    """Quoted-printable of text whose lines end with LF; CRLF in the result (RFC 2045, 6.7)."""
    encoded = binascii.b2a_qp(text.encode(charset), istext=True)
    return encoded.replace(b"\r\n", b"\n").replace(b"\n", CRLF)


def token(label: str, length: int = 32) -> str:
    """Upper-case hexadecimal digits that depend on the label alone: boundaries and queue ids."""
    return hashlib.sha256(label.encode()).hexdigest()[:length].upper()


def number(label: str, digits: int = 9) -> str:
    """Decimal digits that depend on the label alone."""
    return str(int(token(label, 15), 16))[:digits]


def pdf(text: str) -> bytes:
    """Write a one-page PDF that shows a line of ASCII text, with a correct cross-reference table."""
    stream = f"BT /F1 18 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    )
    out = b"%PDF-1.4\n"
    offsets = []
    for at, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (at, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size 7 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"xref\n0 7\n0000000000 65535 f \n" + table + trailer


GIF = bytes.fromhex("47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b")
"""A transparent picture of one pixel."""
