"""The short way: it finds what the general readers and detectors find, and what may be more than plain it refuses."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from pecdetect.detect.detect import detect
from pecdetect.detect.plain import find_plain
from pecdetect.limits import Limits
from pecdetect.parsing.opening import open_message
from pecdetect.parsing.plain import read_plain
from support.corpus import CORPUS
from support.samples import all_samples

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pecdetect.detect.findings import Findings

LIMITS = Limits()
HEAD = b"From: a@example.org\r\nTo: b@example.com\r\nMIME-Version: 1.0\r\n"
THRESHOLDS = (5 * 1024 * 1024, 1000)
"""Sizes of attachments worth counting: that of an ordinary profile, and one that ordinary attachments reach."""


def twins(data: bytes) -> list[bytes]:
    """The file as it is, with LF, and with CRLF."""
    lf = data.replace(b"\r\n", b"\n")
    return [data, lf, lf.replace(b"\n", b"\r\n")]


def shortly(data: bytes, threshold: int = THRESHOLDS[0]) -> Findings | None:
    plain = read_plain(data, LIMITS)
    return find_plain(plain, "a.eml", threshold, LIMITS) if plain is not None else None


def at_length(data: bytes, threshold: int = THRESHOLDS[0]) -> Findings:
    return detect(open_message(data, len(data), LIMITS), "a.eml", threshold)


def differing(files: Iterable[Path]) -> tuple[int, list[str]]:
    """How many messages are plain, and of which of these the two ways find other things."""
    plain, wrong = 0, []
    for file in files:
        for data in twins(file.read_bytes()):
            for threshold in THRESHOLDS:
                found = shortly(data, threshold)
                plain += found is not None
                if found is not None and found != at_length(data, threshold):
                    wrong.append(file.name)
    return plain, wrong


def test_both_ways_find_the_same_in_the_samples() -> None:
    plain, wrong = differing(all_samples("*.eml"))
    assert plain > 0
    assert wrong == []


def test_both_ways_find_the_same_in_real_mail() -> None:
    files = sorted(CORPUS.rglob("*.eml"))
    if not files:
        pytest.skip("no corpus")
    plain, wrong = differing(files)
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
    "subject in base64": b"Subject: =?utf-8?B?Q2lhbw==?=\r\n" + leaf(TEXT, b"7bit", b"Ciao."),
    "automatic": b"Auto-Submitted: auto-generated\r\n" + leaf(TEXT, b"7bit", b"Ciao."),
    "long subject": b"Subject: " + b"x" * 900 + b"\r\n" + leaf(TEXT, b"7bit", b"Ciao."),
    "control in a subject": b"Subject: =?utf-8?Q?a=01b?=\r\n" + leaf(TEXT, b"7bit", b"Ciao."),
    "large text": leaf(TEXT, b"7bit", b"Ciao. " * 20_000),
    "unsent": b"X-Unsent: 1\r\n" + leaf(TEXT, b"7bit", b"Ciao."),
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
    "control in a text": leaf(TEXT, b"7bit", b"a\x01b"),
    "noncharacter": leaf(TEXT, b"8bit", "a\ufffe".encode()),
    "charset unknown": leaf(b"text/plain; charset=x-nobody-knows", b"7bit", b"Ciao."),
    "automatic reply": b"Auto-Submitted: auto-replied\r\n" + leaf(TEXT, b"7bit", b"Ciao."),
    "header in UTF-8": "Subject: perché\r\n".encode() + leaf(TEXT, b"7bit", b"Ciao."),
    "PEC field": b"X-Trasporto: posta-certificata\r\n" + leaf(TEXT, b"7bit", b"Ciao."),
    "label": b"msip_labels: MSIP_Label_x\r\n" + leaf(TEXT, b"7bit", b"Ciao."),
    "De-Mail field": b"X-de-mail-message-type: a\r\n" + leaf(TEXT, b"7bit", b"Ciao."),
    "field of a part that is not of one": mixed(b"X-Trasporto: a\r\nContent-Type: text/plain\r\n\r\nCiao."),
    "no field of a message": b"X-Any: 1\r\n\r\nCiao.",
    "NUL before the parts": mixed(b"").replace(b"\r\n\r\n--", b"\r\n\r\n\0\r\n--"),
    "not closed": mixed(b"Content-Type: text/plain\r\n\r\nHi.").removesuffix(b"\r\n--=_boundary_01--\r\n"),
    "another type": leaf(b"application/x-any", b"base64", b"AAAA"),
}


@pytest.mark.parametrize("name", PLAIN)
def test_what_is_plain_goes_the_short_way(name: str) -> None:
    for data in twins(PLAIN[name]):
        found = shortly(data)
        assert found is not None
        assert found == at_length(data)


@pytest.mark.parametrize("name", OTHER)
def test_what_may_be_more_does_not(name: str) -> None:
    assert [shortly(data) for data in twins(OTHER[name])] == [None] * 3


def nested(boundary: bytes, *fields: bytes) -> bytes:
    """A multipart in a multipart, whose header has further fields before its Content-Type."""
    head = b"".join(field + b"\r\n" for field in fields)
    head += b'Content-Type: multipart/alternative; boundary="' + boundary + b'"\r\n\r\n'
    delimiter = b"--" + boundary
    part = delimiter + b"\r\nContent-Type: text/plain\r\n\r\nCiao.\r\n"
    return mixed(head + part + delimiter + b"--\r\n")


BOUNDARIES = {
    "one": nested(b"abc-0001"),
    "another": nested(b"abc-0002"),
    "of equals signs": nested(b"===============1234=="),
    "one that stands for all": nested(b"stands-for-any-boundary"),
    "one like that before the other": nested(b"abc-0001", b'Content-Description: boundary="stands-for-any-boundary"'),
    "one that stands for all after another": nested(
        b"stands-for-any-boundary", b'Content-Description: boundary="abc-0001"'
    ),
    "of another field": nested(b"abc-0001", b'Content-Description: boundary="xyz-0001"'),
    "of a name": nested(b"abc-0001", b'Content-Disposition: inline; filename="boundary="'),
}


@pytest.mark.parametrize("name", BOUNDARIES)
def test_a_boundary_is_that_of_its_header_though_headers_are_remembered(name: str) -> None:
    for data in twins(BOUNDARIES[name]) * 2:
        plain = read_plain(data, LIMITS)
        assert plain is not None
        assert [part.section for part in plain.parts] == ["", "1", "1.1"]
        assert shortly(data) == at_length(data)


@pytest.mark.parametrize(
    "fields",
    [
        (b'Content-Description: "',),
        (b'Content-Type: text/plain; x="boundary="abc-0001"',),
        (b'Content-Type: multipart/mixed; boundary="xyz-0001"',),
    ],
    ids=repr,
)
def test_headers_with_two_boundaries_are_read_alike(fields: tuple[bytes, ...]) -> None:
    for data in twins(nested(b"abc-0001", *fields)) * 2:
        found = shortly(data)
        assert found is None or found == at_length(data)


def test_only_one_large_file_is_counted_whichever_way() -> None:
    part = b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    body = part + base64.encodebytes(b"%PDF-1.4" * 300)
    data = mixed(body + b"\r\n--=_boundary_01\r\n" + body).replace(b"\r\n", b"\n")
    found = shortly(data, 1000)
    assert found is not None
    assert [entry.size_min for entry in found.attachments] == [
        entry.size_min for entry in at_length(data, 1000).attachments
    ]
    assert found.attachments[0].size_min > 1000 > found.attachments[1].size_min


@pytest.mark.parametrize(
    "limits",
    [
        Limits(parts=1),
        Limits(depth=1),
        Limits(header_bytes=100),
        Limits(fields=2),
        Limits(field_bytes=10),
        Limits(mailboxes=1),
    ],
    ids=repr,
)
def test_what_a_limit_stops_goes_the_other_way(limits: Limits) -> None:
    data = mixed(b"Content-Type: text/plain\r\n\r\nCiao.").replace(b"b@example.com", b"b@example.com, c@example.com")
    plain = read_plain(data, limits)
    assert plain is None or find_plain(plain, "a.eml", 1000, limits) is None
