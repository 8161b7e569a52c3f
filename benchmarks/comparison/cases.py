"""The messages that are read: synthetic, the same bytes in every run."""

from __future__ import annotations

import base64
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TOOLS = Path(__file__).resolve().parents[2] / "tools"
CRLF = b"\r\n"


@dataclass(frozen=True, slots=True)
class Case:
    """One message to read."""

    name: str
    """What ``--only`` calls it."""
    title: str
    files: tuple[str, ...]
    """Names of the attachments that a reader should find."""
    build: Callable[[], bytes]
    """Makes the message; raises ``ImportError`` where it needs a library that is missing."""
    suffix: str = ".eml"
    """What the file's name ends with."""


def _lines(*rows: str) -> bytes:
    return b"".join(row.encode() + CRLF for row in rows)


def _data(size: int) -> bytes:
    return random.Random(size).randbytes(size)  # the same bytes in every run


def _base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", CRLF)


def _header(subject: str) -> bytes:
    received = (
        f"Received: from mx{hop}.example.it (mx{hop}.example.it [192.0.2.{hop}])\r\n"
        f"\tby mx{hop + 1}.example.it with ESMTPS id 4xT1pP{hop}; Mon, 2 Mar 2026 10:11:{hop:02} +0100"
        for hop in range(8)
    )
    return _lines(
        "Return-Path: <anna.esempio@example.it>",
        *received,
        "Date: Mon, 2 Mar 2026 10:11:12 +0100",
        "From: =?utf-8?q?Anna_D=C3=ADaz?= <anna.esempio@example.it>",
        "To: CRM Vendite <crm@example.org>",
        f"Subject: =?utf-8?q?Perch=C3=A9?= {subject}",
        "Message-ID: <20260302101112.benchmark@example.it>",
        "MIME-Version: 1.0",
    )


def _part(kind: str, body: bytes) -> bytes:
    return _lines(f"Content-Type: {kind}; charset=utf-8", "Content-Transfer-Encoding: 7bit") + CRLF + body


def _file(name: str, data: bytes) -> bytes:
    header = _lines(
        f'Content-Type: application/pdf; name="{name}"',
        "Content-Transfer-Encoding: base64",
        f'Content-Disposition: attachment; filename="{name}"',
    )
    return header + CRLF + _base64(data)


def _multipart(boundary: str, *parts: bytes, subtype: str = "mixed") -> bytes:
    delimiter = b"--" + boundary.encode()
    body = b"".join(delimiter + CRLF + part + CRLF for part in parts)
    return _lines(f'Content-Type: multipart/{subtype}; boundary="{boundary}"') + CRLF + body + delimiter + b"--\r\n"


def ordinary(size: int, *names: str) -> bytes:
    """Text, HTML and attachments of ``size`` bytes each, decoded."""
    texts = _multipart(
        "=_texts_7C3A91",
        _part("text/plain", b"Buongiorno, in allegato.\r\n" * 10),
        _part("text/html", b"<p>Buongiorno, in allegato.</p>\r\n" * 10),
        subtype="alternative",
    )
    files = (_file(name, _data(size)) for name in names)
    return _header("offerta") + _multipart("=_mixed_7C3A90", texts, *files)


PAIR = ("offerta.pdf", "disegni.pdf")
MANY = tuple(f"nota-{at:04}.pdf" for at in range(1000))
LEVELS = 100


def _many() -> bytes:
    return _header("mille note") + _multipart("=_mixed_7C3A90", *(_file(name, _data(150)) for name in MANY))


def _nested() -> bytes:
    inner = _file("fondo.pdf", _data(2000))
    for level in reversed(range(LEVELS)):
        inner = _multipart(f"=_level_{level:03}", inner)
    return _header("matrioske") + inner


def pec_envelope() -> bytes:
    """A transport envelope (RFC 6109, 3.1.5), clear-signed by the test CA of the samples."""
    if str(TOOLS) not in sys.path:
        sys.path.insert(0, str(TOOLS))
    from samples import pec_build, pec_model  # needs cryptography

    label, style = "benchmark-transport", pec_build.JAVA
    facts = pec_model.Facts(pec_build.identifier(label, style), receipt="completa")
    parts = (
        pec_build.text_part(*pec_build.BODY),
        pec_build.attachment("progetto.pdf", "application/pdf", _data(5_000_000)),
    )
    message = pec_build.original(facts, style, parts)
    return pec_build.clear_signed(pec_build.transport(label, style, message))


CASES = (
    Case("small", "5 kB: text, HTML, one attachment", PAIR[:1], lambda: ordinary(2_000, *PAIR[:1])),
    Case("medium", "0.5 MB: text, HTML, two attachments", PAIR, lambda: ordinary(185_000, *PAIR)),
    Case("large", "22 MB: text, HTML, two attachments", PAIR, lambda: ordinary(8_000_000, *PAIR)),
    Case("pec", "PEC: transport envelope, one attachment of 5 MB", ("progetto.pdf",), pec_envelope),
    Case("parts", "1,000 small attachments", MANY, _many),
    Case("nested", f"{LEVELS} multiparts, each inside the one before", ("fondo.pdf",), _nested),
)
