"""What a file is, by its content, and where the message in it begins."""

from __future__ import annotations

import random

import pytest

from pecdetect.limits import Limits
from pecdetect.parsing.message import Message
from pecdetect.parsing.opening import open_message
from support.each import for_each

MAIL = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\n\r\nhello\r\n"
PLIST = b'<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"></plist>\n'


def read(data: bytes) -> Message:
    return open_message(data, len(data), Limits())


MESSAGES: list[tuple[str, bytes, str, set[str]]] = [
    ("plain", MAIL, "eml", set()),
    ("byte order mark", b"\xef\xbb\xbf" + MAIL, "eml", {"byte-order-mark"}),
    ("blank lines", b"\r\n \t\r\n\n" + MAIL, "eml", {"leading-blank-lines"}),
    ("From line", b"From a@example.org Mon Jan  1 00:00:00 2026\n" + MAIL, "eml", {"mbox-from-line"}),
    (">From line", b">From a@example.org Mon Jan  1 00:00:00 2026\r\n" + MAIL, "eml", {"mbox-from-line"}),
    ("mark, blank and From line", b"\xef\xbb\xbf\r\nFrom x\r\n" + MAIL, "eml", {"byte-order-mark", "mbox-from-line"}),
    ("UTF-16 with mark", MAIL.decode().encode("utf-16"), "eml", {"utf-16"}),
    ("UTF-16 big endian", MAIL.decode().encode("utf-16-be"), "eml", {"utf-16"}),
    ("UTF-16 little endian", MAIL.decode().encode("utf-16-le"), "eml", {"utf-16"}),
    ("emlx", str(len(MAIL)).encode() + b"\n" + MAIL + PLIST, "emlx", set()),
    ("From line in a body", b"From x\n" + MAIL + b"\n\nFrom here on it is text\n", "eml", {"mbox-from-line"}),
    ("one field is enough", b"Received: by mx.example.org", "eml", set()),
    ("ustar where a tar has it", b"X-A: " + b"a" * 249 + b"\r\nustar: x\r\n" + MAIL, "eml", set()),
    ("a field that begins as bzip2 does", b"BZh: x\r\n" + MAIL, "eml", set()),
    ("upper case", b"SUBJECT: x\n\n", "eml", set()),
]


@pytest.mark.parametrize(("name", "data", "container", "anomalies"), MESSAGES, ids=[case[0] for case in MESSAGES])
def test_messages(name: str, data: bytes, container: str, anomalies: set[str]) -> None:
    message = read(data)
    assert message.no_message is None, name
    assert message.container == container
    assert {anomaly.code for anomaly in message.anomalies} == anomalies
    assert not message.truncated


NOT_MESSAGES: list[tuple[str, bytes, str]] = [
    ("empty", b"", "not-a-message"),
    ("one byte", b"F", "not-a-message"),
    ("JPEG", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(1000), "not-a-message"),
    ("PDF", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n", "not-a-message"),
    ("prose", b"Dear Sir,\n\nFrom: nobody\n", "not-a-message"),
    ("unknown fields only", b"X-A: 1\nX-B: 2\n\nFrom: a@example.org\n", "not-a-message"),
    ("HTML", b"<html><body>From: a</body></html>", "not-a-message"),
    ("zip", b"PK\x03\x04" + bytes(100), "not-one-message"),
    ("gzip", b"\x1f\x8b\x08" + bytes(100), "not-one-message"),
    ("tar", b"mail.eml" + bytes(249) + b"ustar\x0000" + bytes(300), "not-one-message"),
    ("bzip2", b"BZh91AY&SY" + bytes(100), "not-one-message"),
    ("mbox", b"From a\n" + MAIL + b"\nFrom b\n" + MAIL, "not-one-message"),
    ("mbox with CRLF", b"From a\r\n" + MAIL + b"\r\nFrom b\r\n" + MAIL, "not-one-message"),
    ("field after the window", b"X-A: " + b"a" * 70_000 + b"\nFrom: a@example.org\n\n", "not-a-message"),
]


@pytest.mark.parametrize(("name", "data", "expected"), NOT_MESSAGES, ids=[case[0] for case in NOT_MESSAGES])
def test_what_is_no_message(name: str, data: bytes, expected: str) -> None:
    message = read(data)
    assert message.no_message == expected, name
    assert message.container == "unknown"


@for_each(range(256))
def test_a_long_run_of_one_byte_is_no_message(byte: int) -> None:
    assert read(bytes([byte]) * (64 * 1024)).no_message == "not-a-message"


def test_random_bytes_are_no_message() -> None:
    for seed in range(200):
        data = random.Random(seed).randbytes(2000)
        assert read(data).no_message in {"not-a-message", "not-one-message"}


def test_emlx_ends_where_it_says() -> None:
    data = str(len(MAIL)).encode() + b"\n" + MAIL + PLIST
    root = read(data).root
    assert data[root.start : root.end] == MAIL


def test_short_emlx_is_truncated() -> None:
    assert read(b"99999\n" + MAIL).truncated


def test_utf_16_offsets_count_in_the_decoded_stream() -> None:
    message = read(MAIL.decode().encode("utf-16"))
    assert message.root.buffer.stream == "decoded:"
    field = message.root.get("subject")
    assert field is not None
    assert field.evidence("").stream == "decoded:"


def test_missing_close_delimiter_means_truncated() -> None:
    data = b"From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx"
    assert read(data).truncated
    assert not read(data + b"\r\n--b--").truncated


def test_only_the_first_bytes_are_read_over_the_limit() -> None:
    data = MAIL + b"x" * 1000
    message = open_message(data[:100], len(data), Limits(message_bytes=100))
    assert message.truncated
    assert message.size == len(data)
    assert [hit.name for hit in message.limits_hit] == ["message_bytes"]


@pytest.mark.parametrize(
    ("name", "subject", "charset"),
    [
        ("UTF-8", "Offerta già inviata però".encode(), "utf-8"),
        ("windows-1252", "Offerta già inviata: perché così è più facile".encode("windows-1252"), None),
        ("windows-1251", "Коммерческое предложение для вашей организации".encode("windows-1251"), "windows-1251"),
        ("one byte tells nothing", b"\x81", "windows-1252"),
    ],
)
def test_the_charset_taken_for_undeclared_bytes_is_said(name: str, subject: bytes, charset: str | None) -> None:
    message = read(b"From: a@example.org\r\nSubject: " + subject + b"\r\n\r\nx")
    (assumed,) = [a.code for a in message.anomalies if a.code.startswith("charset-assumed-")]
    assert charset is None or assumed == f"charset-assumed-{charset}", name
    assert message.charset == (None if charset == "utf-8" else assumed.removeprefix("charset-assumed-"))


def test_a_header_in_ascii_needs_no_charset() -> None:
    assert read(MAIL).charset is None
