"""Which headers leave nothing open."""

from __future__ import annotations

import pytest

from pecdetect.limits import Limits
from pecdetect.parsing.ordinary import is_clear
from pecdetect.parsing.entity import entity_of
from pecdetect.parsing.opening import open_message

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
    b"Subject: a\x85b",
    b"Subject: a\xe2\x80\xa8b",
    b"Subject: a\r\n \r\n b",
)


def clear(header: bytes) -> bool:
    data = b"X-First: 1\r\n" + header + b"\r\n\r\nbody\r\n" if header else b"\r\nbody\r\n"
    part = open_message(data, len(data), Limits()).root
    block = part.table.block
    return is_clear(entity_of(block, Limits().parameters), block)


@pytest.mark.parametrize("header", CLEAR)
def test_what_all_read_alike_is_clear(header: bytes) -> None:
    assert clear(header)
    assert clear(header.replace(b"\r\n", b"\n"))


@pytest.mark.parametrize("header", OPEN)
def test_what_some_read_otherwise_is_not(header: bytes) -> None:
    assert not clear(header)
    assert not clear(header.replace(b"\r\n", b"\n"))
