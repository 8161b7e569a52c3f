"""Which headers leave nothing open, and which bodies all readers take alike."""

from __future__ import annotations

import base64

import pytest

from pecdetect.detect.raw_evidence import NO_CANDIDATES, find_candidates
from pecdetect.limits import Limits
from pecdetect.parsing.opening import open_message
from pecdetect.parsing.ordinary import PREAMBLES, is_clear, is_ordinary_leaf

CLEAR = (
    b"",
    b"Content-Type: text/plain",
    b"Content-Type: text/plain; charset=utf-8; format=flowed",
    b'Content-Type: multipart/mixed; boundary="----=_Part 1"'.replace(b" 1", b"_1"),
    b"Content-Type: multipart/mixed; \r\n\tboundary=abc",
    b"Content-Type: multipart/mixed;\r\n boundary=abc",
    b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
    b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64",
    b"Received: a\r\nReceived: b\r\nX-Any: c\r\nX-Any: d",
    b"Subject: \xe8 qui",
    b"Subject: \xc3\x85land \xe2\x80\xa8 ecco",
    b'Content-Type: image/png; name="=?utf-8?q?caff=C3=A8.png?="',
)
OPEN = (
    b"Content-Type: text/plain\r\nContent-Type: text/html",
    b"Content-Type: text/plain\r\ncontent-type: text/plain",
    b"Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64",
    b"Content-Transfer-Encoding: x-none",
    b"Content-Type: text",
    b"Content-Type: multipart/mixed",
    b"Content-Type: multipart/x-any; boundary=abc",
    b'Content-Type: multipart/mixed; boundary="a b"',
    b"Content-Type: multipart/mixed; boundary=abc; boundary=def",
    b"Content-Type: multipart/mixed; boundary=abc\r\nContent-Transfer-Encoding: base64",
    b"Content-Type: text/plain; boundary=abc",
    b"Content-Type: text/plain (comment)",
    b"Content-Type: x-any/plain",
    b"Content-Type: text/plain; name*0=a; name*1=b",
    b"Content-Type: text/plain; name==?utf-8?q?a?=",
    b"Content_Type: text/plain",
    b"Content-Types: text/plain",
    b"XTrasporto: posta-certificata",
    b"Subject: a\x0bb",
    b"Subject: a\0b",
    b"Subject: a\x85b: c",
    b"Subject: a\xe2\x80\xa8Content-Type: text/html",
    b"Subject: a\r\n \r\n b",
)


def clear(header: bytes) -> bool:
    data = b"X-First: 1\r\n" + header + b"\r\n\r\nbody\r\n" if header else b"\r\nbody\r\n"
    part = open_message(data, len(data), Limits()).root
    return is_clear(part.table, Limits().parameters)


@pytest.mark.parametrize("header", CLEAR)
def test_what_all_read_alike_is_clear(header: bytes) -> None:
    assert clear(header)
    assert clear(header.replace(b"\r\n", b"\n"))


@pytest.mark.parametrize("header", OPEN)
def test_what_some_read_otherwise_is_not(header: bytes) -> None:
    assert not clear(header)
    assert not clear(header.replace(b"\r\n", b"\n"))


TEXT = b"Buongiorno,\r\n\r\nin allegato l'offerta, valida trenta giorni.\r\n"
CMS = bytes.fromhex("3080060 92a864886f70d010703a080".replace(" ", "")) + bytes(200)
RPMSG = bytes.fromhex("76e80460c411e386") + bytes(200)
ARMOUR = b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA00000000000AQf+aaaaaaaaaaaaaaaa\r\n-----END PGP MESSAGE-----\r\n"


def leaf(kind: str, encoding: str, body: bytes) -> bool:
    """Whether the body of an attached leaf is ordinary."""
    head = b'From: a@b.c\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
    rows = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    data = head + rows + body + b"\r\n--b--\r\n"
    return is_ordinary_leaf(open_message(data, len(data), Limits()).root.children[0])


def b64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


ORDINARY = {
    "a text": ("text/plain", "7bit", TEXT),
    "a page": ("text/html", "quoted-printable", b'<p style=3D"width: 50px">Caff=C3=A8</p>=\r\n'),
    "a text in base64": ("text/plain", "base64", b64(TEXT)),
    "a text in base64 that shows a CMS": ("text/plain", "base64", b64(TEXT + b64(CMS))),
    "a picture": ("image/png", "base64", b64(b"\x89PNG\r\n\x1a\n" + bytes(3000))),
    "a PDF": ("application/pdf", "base64", b64(b"%PDF-1.4\n" + bytes(3000))),
    "an archive": ("application/zip", "base64", b64(b"PK\x03\x04" + bytes(3000))),
    "certification data": ("application/xml", "base64", b64(b"<?xml version='1.0'?><postacert/>" + TEXT)),
    "an armoured signature": ("application/pgp-signature", "7bit", ARMOUR),
}
SUSPECT = {
    "armour in a text": ("text/plain", "7bit", ARMOUR),
    "armour in base64, in a text": ("text/plain", "7bit", TEXT + b64(ARMOUR)),
    "armour in quoted-printable, in a text": ("text/plain", "7bit", ARMOUR.replace(b"P", b"=50")),
    "armour with a dash escaped": ("text/plain", "quoted-printable", ARMOUR.replace(b"-", b"=2D")),
    "armour with a soft break": ("text/plain", "quoted-printable", ARMOUR.replace(b"PGP", b"P=\r\nGP")),
    "armour in a text in base64": ("text/plain", "base64", b64(ARMOUR)),
    "uuencode in a text": ("text/plain", "7bit", b"\r\nM" + b"A" * 60 + b"\r\n"),
    "a NUL in a text": ("text/plain", "7bit", b"a\0b" + TEXT),
    "a page that comes as a file": ('text/html; name="a.html"', "base64", b64(b"<p>" + TEXT)),
    "a CMS": ("application/octet-stream", "base64", b64(CMS)),
    "a CMS after a little": ("application/octet-stream", "base64", b64(b"\xff\xd8\xff" + CMS)),
    "a CMS in base64, unannounced": ("application/octet-stream", "7bit", b64(CMS)),
    "rights-managed content": ("application/octet-stream", "base64", b64(RPMSG)),
    "a compressed file": ("application/octet-stream", "base64", b64(b"\x1f\x8b\x08" + bytes(300))),
    "base64 with junk": ("image/png", "base64", b"!" + b64(b"\x89PNG\r\n\x1a\n" + bytes(300))),
    "an unknown encoding": ("image/png", "x-any", b"\x89PNG"),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_what_all_take_for_the_same_is_ordinary(name: str) -> None:
    assert leaf(*ORDINARY[name])


@pytest.mark.parametrize("name", SUSPECT)
def test_what_may_hide_something_is_not_ordinary(name: str) -> None:
    assert not leaf(*SUSPECT[name])


def test_a_root_that_is_no_text_is_never_ordinary() -> None:
    data = b"From: a@b.c\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64(
        b"%PDF-1.4"
    )
    assert not is_ordinary_leaf(open_message(data, len(data), Limits()).root)


@pytest.mark.parametrize("preamble", sorted(PREAMBLES))
def test_no_usual_preamble_would_tell_anything(preamble: bytes) -> None:
    """Found again with a blank and a letter around it, with which it is searched."""
    head = b'From: a@b.c\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    data = head + b"x " + preamble + b" x\r\n--b\r\n\r\nCiao.\r\n--b--\r\n"
    message = open_message(data, len(data), Limits())
    assert find_candidates(message, message.root.walk()) == NO_CANDIDATES
