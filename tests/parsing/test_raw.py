"""What the primary reading leaves open, and what lenient decoders make of bytes."""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib
from itertools import pairwise

import pytest

from pecdetect.limits import Limits
from pecdetect.parsing import decoders, raw
from pecdetect.parsing.opening import open_message
from samples.msg import item_of, msg_file

HEAD = b"From: a@example.org\r\nTo: b@example.com\r\nMIME-Version: 1.0\r\n"
MIXED = HEAD + b'Content-Type: multipart/mixed; boundary="boundary_01"\r\n\r\n'
PART = b"--boundary_01\r\nContent-Type: text/plain\r\n\r\n"
CLOSE = b"\r\n--boundary_01--\r\n"
SIGN = b"Content-Type: application/pkcs7-mime\r\n\r\nMIAGCSqGSIb3DQEHAqCA"


def stretches(data: bytes, limits: Limits | None = None) -> list[bytes]:
    message = open_message(data, len(data), limits or Limits())
    return [stretch.buffer.data[stretch.start : stretch.end] for stretch in raw.unexplained(message)]


CLOSED = {
    "a text": HEAD + b"\r\nA text - of one line.\r\n",
    "a multipart": MIXED + PART + b"A text - of one line." + CLOSE,
    "base64": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\nQ2lhbywgY29tZSBzdGFpPw==\r\n",
    "a signature": MIXED + PART + b"A text.\r\n-- \r\nAnna" + CLOSE,
    "a blank preamble": MIXED + b"                    \r\n" + PART + b"A text." + CLOSE,
}
LEFT = {
    "preamble": (MIXED + SIGN + b"\r\n" + PART + b"A text." + CLOSE, SIGN + b"\r\n"),
    "epilogue": (MIXED + PART + b"A text." + CLOSE + SIGN, SIGN),
    "another header": (MIXED + PART + SIGN + b"-" + CLOSE, SIGN + b"-"),
    "boundary in a text": (MIXED + PART + b"x boundary_01 -- and so on" + CLOSE, b"x boundary_01 -- and so on"),
    "delimiter cut short": (MIXED + PART + b"x\r\n--BOUNDA\r\n" + SIGN + CLOSE, b"x\r\n--BOUNDA\r\n" + SIGN),
    "lone dot": (HEAD + b"\r\nA text -\r\n.\r\n" + SIGN, b"A text -\r\n.\r\n" + SIGN),
    "junk before a header": (MIXED + b"--boundary_01\r\n\r\njunk\r\n" + SIGN + CLOSE, b"junk\r\n" + SIGN),
    "a type of message": (HEAD + b"Content-Type: message/news\r\n\r\n" + SIGN, SIGN),
}


@pytest.mark.parametrize("name", CLOSED)
def test_what_is_explained_is_left_out(name: str) -> None:
    assert stretches(CLOSED[name]) == []


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left_open_is_given_to_the_byte(name: str) -> None:
    data, stretch = LEFT[name]
    assert stretches(data) == [stretch]


def test_what_stands_in_a_property_of_an_item_is_closed_by_no_line() -> None:
    file = b"%PDF-1.4 -\r\n.\r\n--boundary_01--\r\n" * 20
    head = b"Content-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n"
    text = b"--boundary_01\r\nContent-Type: text/plain\r\n\r\nA text.\r\n--boundary_01\r\n"
    mail = MIXED + text + head + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(file) + CLOSE
    item = msg_file(item_of(mail))
    assert file in item
    assert stretches(item) == []
    beginning = SIGN + b"-"
    assert stretches(msg_file(item_of(mail.replace(base64.encodebytes(file), base64.encodebytes(beginning))))) == [
        beginning
    ]


def test_a_header_read_in_two_ways_leaves_its_part_open() -> None:
    data = HEAD + b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n" + SIGN
    assert stretches(data) == [data]


def test_beyond_a_limit_all_is_open() -> None:
    data = MIXED + PART + b"A text.\r\n" + PART + b"Another." + CLOSE
    assert stretches(data, Limits(parts=2)) == [data]


def test_two_boundaries_that_differ_in_case_leave_the_inner_part_open() -> None:
    inner = b'Content-Type: multipart/mixed; boundary="BOUNDARY_01"\r\n\r\n' + PART.upper() + b"A." + CLOSE.upper()
    found = stretches(MIXED + b"--boundary_01\r\n" + inner + CLOSE)
    assert any(stretch.startswith(inner[:40]) for stretch in found)


def test_windows_cover_a_stretch_and_overlap() -> None:
    data = HEAD + b"Content-Type: message/news\r\n\r\n" + bytes(range(256)) * (raw.WINDOW // 100)
    message = open_message(data, len(data), Limits())
    (stretch,) = raw.unexplained(message)
    pieces = list(raw.windows(stretch))
    assert len(pieces) > 1
    assert pieces[0][0] == stretch.start
    assert max(len(content) for _, content in pieces) <= raw.WINDOW
    for (at, content), (after, _) in pairwise(pieces):
        assert after == at + len(content) - raw.OVERLAP
        assert content == data[at : at + len(content)]
    assert pieces[-1][0] + len(pieces[-1][1]) == stretch.end


PLAIN = bytes(range(256)) * 2
UU = b"".join(binascii.b2a_uu(PLAIN[at : at + 45]) for at in range(0, len(PLAIN), 45))
FULL_LINES = PLAIN[: len(PLAIN) // 45 * 45]
YENC = bytes((byte + 42) % 256 for byte in b"plain text")
WRITTEN = {
    "base64": (base64.encodebytes(PLAIN), PLAIN),
    "base64 behind a text": (b"As follows: -\r\n\r\n" + base64.b64encode(PLAIN), PLAIN),
    "base64 twice": (base64.encodebytes(base64.encodebytes(PLAIN)), PLAIN),
    "quoted-printable": (binascii.b2a_qp(PLAIN, istext=False), PLAIN),
    "broken escapes": (b"= 70= 6C=\t61= 69= 6E", b"plain"),
    "uuencode": (b"begin 644 a\n" + UU + b"end\n", FULL_LINES),
    "yEnc": (b"=ybegin line=128 size=10 name=a\r\n" + YENC + b"\r\n", b"plain text"),
    "yEnc with an escape": (b"=ybegin line=1 size=1 name=a\r\n=\x7d", b"\x13"),
    "gzip": (gzip.compress(PLAIN), PLAIN),
    "gzip in base64": (base64.encodebytes(gzip.compress(PLAIN)), PLAIN),
    "zlib": (zlib.compress(PLAIN), PLAIN),
    "behind a header": (b"Content-Type: text/plain\r\nX-A: b\r\n\r\nplain text", b"plain text"),
    "binary behind a header": (b"Content-Type: text/plain\r\n\r\n" + PLAIN, PLAIN),
    "binary behind two": (b"X-A: b\r\n\r\nX-C: d\r\n\r\n" + PLAIN[128:], PLAIN[128:]),
    "UTF-16": ("plain text".encode("utf-16-le"), b"plain text"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_layers_are_taken_off(name: str) -> None:
    written, plain = WRITTEN[name]
    assert any(layer.startswith(plain) for layer in decoders.layers(written))


def test_the_data_fork_of_binhex_is_found() -> None:
    alphabet = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
    usual = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    head = b"\x05a.p7m\0BINAdosa\0\x90\x05" + b"\x20" + b"\0\x90\x04" + b"xx"
    packed = head + b"data \x90\0 and a long\x90\x04 way" + bytes(5)
    packed += bytes(-len(packed) % 3)
    text = base64.b64encode(packed).translate(bytes.maketrans(usual, alphabet))
    layers = decoders.layers(b"(This file must be converted with BinHex 4.0)\r\n\r\n:" + text + b":\r\n")
    assert any(b"data \x90 and a longggg way" in layer for layer in layers)


def test_the_data_fork_of_applesingle_is_found() -> None:
    entries = b"\0\0\0\x03\0\0\0\x32\0\0\0\x04" + b"\0\0\0\x01\0\0\0\x36\0\0\0\x05"
    file = b"\0\x05\x16\0\0\x02\0\0" + bytes(16) + b"\0\x02" + entries + b"namehello"
    assert b"hello" in decoders.layers(file)


def test_layers_are_bounded() -> None:
    bomb = base64.b64encode(gzip.compress(bytes(5_000_000)))
    layers = decoders.layers(bomb)
    assert layers
    assert max(map(len, layers)) <= decoders.HEAD


@pytest.mark.parametrize("junk", [b"", b"x", b"xy", b"xyz", b" -!- "])
def test_letters_are_known_at_each_place_of_a_group(junk: bytes) -> None:
    needles = decoders.letters_of(b"needle of some length")
    text = base64.b64encode(junk + b"needle of some length and more")
    assert any(needle in text for needle, _ in needles)


CLEAN = (b"QUJD\r\nQUJD\r\n", b"QUI=", b"QQ==\n", b"")
DIRTY = (b"QQ==QQ==", b"QUJD-", b"QUJD QUJD", b"QUI=\r\nQUJD", b"QUJD\0")


def test_clean_base64_is_base64_and_nothing_else() -> None:
    assert [decoders.is_clean_base64(text, 0, len(text)) for text in CLEAN] == [True] * len(CLEAN)
    assert [decoders.is_clean_base64(text, 0, len(text)) for text in DIRTY] == [False] * len(DIRTY)
