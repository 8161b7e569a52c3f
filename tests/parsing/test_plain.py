"""The short way: what it takes it reads as the general reader does, and what may be more than plain it refuses."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from corpus import CORPUS

from pecdetect.limits import Limits
from pecdetect.parsing import opening
from pecdetect.parsing.opening import open_message

if TYPE_CHECKING:
    from pecdetect.parsing.message import Message

SAMPLES = Path(__file__).parent.parent.parent / "samples"
LIMITS = Limits()
HEAD = b"From: a@example.org\r\nTo: b@example.com\r\nMIME-Version: 1.0\r\n"


def read(data: bytes) -> Message:
    return open_message(data, len(data), LIMITS)


def twins(data: bytes) -> list[bytes]:
    """The file as it is, with LF, and with CRLF."""
    lf = data.replace(b"\r\n", b"\n")
    return [data, lf, lf.replace(b"\n", b"\r\n")]


def tree(message: Message) -> list[tuple[Any, ...]]:
    return [
        (
            *(part.section, part.start, part.body_start, part.end, part.depth, part.content_type, part.media_type),
            *(part.name, part.disposition, part.encoding, part.first_delimiter, part.close_end, part.table.keys),
            [child.section for child in part.children],
            part.parent.section if part.parent else None,
        )
        for part in message.root.walk()
    ]


def refused(*_: object) -> None:
    """The short way that takes nothing."""


def differing(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
    """How many messages are plain, and of which of these the two readers differ."""
    plain, wrong = 0, []
    for file in files:
        for data in twins(file.read_bytes()):
            short = read(data)
            if short.plain is None:
                continue
            plain += 1
            with monkeypatch.context() as patch:
                patch.setattr(opening, "read_plain", refused)
                general = read(data)
            assert general.plain is None
            same = (
                tree(short) == tree(general)
                and [part.section for part in short.plain] == [row[0] for row in tree(general)]
                and short.anomalies == general.anomalies
                and (short.parts_seen, short.header_bytes) == (general.parts_seen, general.header_bytes)
                and not general.limits_hit
                and not general.truncated
            )
            if not same:
                wrong.append(file.name)
    return plain, wrong


def test_both_readers_agree_about_the_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, wrong = differing(sorted(SAMPLES.glob("*.eml")), monkeypatch)
    assert plain > 0
    assert wrong == []


def test_both_readers_agree_about_real_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    files = sorted(CORPUS.rglob("*.eml"))
    if not files:
        pytest.skip("no corpus")
    plain, wrong = differing(files, monkeypatch)
    assert plain > len(files)
    assert wrong == []


def leaf(media: bytes, encoding: bytes, body: bytes) -> bytes:
    fields = b"Content-Type: " + media + b"\r\nContent-Transfer-Encoding: " + encoding + b"\r\n"
    return HEAD + fields + b"\r\n" + body + b"\r\n"


def mixed(part: bytes) -> bytes:
    head = HEAD + b'Content-Type: multipart/mixed; boundary="=_boundary_01"\r\n\r\n--=_boundary_01\r\n'
    return head + part + b"\r\n--=_boundary_01--\r\n"


TEXT, PDF = b"text/plain; charset=utf-8", b'application/pdf; name="a.pdf"'
ARMOUR = b"-----BEGIN PGP MESSAGE-----\r\n\r\n" + b"A" * 64
PLAIN = {
    "text": leaf(TEXT, b"7bit", b"Ciao.\r\n-- \r\nAnna"),
    "text in base64": leaf(TEXT, b"base64", base64.b64encode(b"Ciao, come stai?")),
    "text in quoted-printable": leaf(TEXT, b"quoted-printable", b"Perch=C3=A9?"),
    "file": leaf(PDF, b"base64", base64.b64encode(b"%PDF-1.4 and more")),
    "part": mixed(b"Content-Type: text/plain\r\n\r\nCiao."),
}
OTHER = {
    "armour": leaf(TEXT, b"7bit", ARMOUR),
    "armour in base64": leaf(TEXT, b"base64", base64.b64encode(ARMOUR)),
    "armour in base64, shifted": leaf(TEXT, b"base64", b"A" + base64.b64encode(ARMOUR)),
    "armour in base64 not said": leaf(TEXT, b"7bit", base64.b64encode(ARMOUR)),
    "armour in UTF-16": leaf(TEXT, b"8bit", ARMOUR.decode().encode("utf-16-le")),
    "armour in escapes": leaf(TEXT, b"quoted-printable", b"=2D=2D=2D=2D=2DBEGIN"),
    "junk in base64": leaf(TEXT, b"base64", b"Q2lh!bywgY29tZSBzdGFpPw=="),
    "base64 after its end": leaf(TEXT, b"base64", b"Q2lhbw==Q2lhbw=="),
    "uuencode": leaf(TEXT, b"7bit", b"begin 644 smime.p7m\r\nM" + b"0" * 60),
    "BinHex": leaf(TEXT, b"7bit", b"(This file must be converted with BinHex 4.0)"),
    "yEnc": leaf(TEXT, b"8bit", b"=ybegin line=128 size=1 name=a"),
    "a header in a text": leaf(TEXT, b"7bit", b"Content-Type: text/html\r\n\r\nHi."),
    "a lone dot": leaf(TEXT, b"7bit", b"Hi.\r\n.\r\nMAIL FROM"),
    "CMS": leaf(PDF, b"base64", b"MIAGCSqGSIb3DQEHAqCA"),
    "gzip": leaf(PDF, b"base64", b"H4sIAAAAAAAAA"),
    "base64 twice": leaf(PDF, b"base64", base64.b64encode(b"MIAGCSqGSIb3DQEHAqCA")),
    "a file as it is": leaf(PDF, b"8bit", b"%PDF-1.4"),
    "a delimiter cut short": mixed(
        b"Content-Type: text/plain\r\n\r\nHi.\r\n--=_boundary\r\nContent-Type: application/pkcs7-mime\r\n\r\nMIA"
    ),
    "a header behind a blank line": mixed(b"\r\njunk\r\nContent-Type: application/pkcs7-mime\r\n\r\nMIA"),
    "part without a header": mixed(b"\r\nCiao."),
    "not closed": mixed(b"Content-Type: text/plain\r\n\r\nHi.").removesuffix(b"\r\n--=_boundary_01--\r\n"),
    "another type": leaf(b"application/x-any", b"base64", b"AAAA"),
}


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_plain_goes_the_short_way(name: str) -> None:
    assert [read(data).plain is None for data in twins(PLAIN[name])] == [False] * 3


@pytest.mark.parametrize("name", OTHER)
def test_what_may_be_more_does_not(name: str) -> None:
    assert [read(data).plain for data in twins(OTHER[name])] == [None] * 3
