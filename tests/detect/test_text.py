"""What in the text may get in the way of storing a message."""

from __future__ import annotations

import base64
import quopri
from typing import TYPE_CHECKING

import pytest

from pecdetect.detect.text import LARGE_BODY, find_text_problems
from pecdetect.limits import Limits
from pecdetect.parsing.opening import open_message
from support.steps import MOST_GROWTH, growth

if TYPE_CHECKING:
    from collections.abc import Callable

    from pecdetect.detect.findings import Delivery

HEADER = b"From: Anna <a@example.org>\r\nTo: b@example.org\r\nSubject: ciao\r\nMIME-Version: 1.0\r\n"
TEXT = b"Content-Type: text/plain\r\n\r\nciao"


def find(data: bytes) -> Delivery:
    message = open_message(data, len(data), Limits())
    return find_text_problems(message, list(message.walk()))


def text(body: bytes, charset: bytes = b"utf-8", encoding: bytes = b"8bit", subtype: bytes = b"plain") -> bytes:
    declared = b"; charset=" + charset if charset else b""
    return (
        HEADER + b"Content-Type: text/" + subtype + declared + b"\r\nContent-Transfer-Encoding: " + encoding
        + b"\r\n\r\n" + body
    )  # fmt: skip


def mail(*parts: bytes, header: bytes = HEADER) -> bytes:
    body = b"".join(b"--b1\r\n" + part + b"\r\n" for part in parts)
    return header + b"Content-Type: multipart/mixed; boundary=b1\r\n\r\n" + body + b"--b1--\r\n"


def attachment(name: bytes, media_type: bytes = b"application/pdf") -> bytes:
    return b"Content-Type: " + media_type + b"\r\nContent-Disposition: attachment; filename" + name + b"\r\n\r\nx"


def test_ordinary_mail_has_no_problem() -> None:
    found = find(mail(TEXT, TEXT.replace(b"plain", b"html"), attachment(b"=x.pdf")))
    assert found.body_size == 4
    assert not any(
        (
            found.invalid_characters, found.oversized, found.unknown_charsets, found.tnef, found.journal,
            found.attached_messages, found.body_evidence,
        )
    )  # fmt: skip


# -- Characters --


@pytest.mark.parametrize(
    ("charset", "data"),
    [
        (b"utf-8", b"a\x00b"),
        (b"utf-8", b"a\x0cb"),
        (b"utf-8", b"a\x1b[31mb"),
        (b"utf-8", b"a\x1b$Bb"),
        (b"utf-8", b"\xc3\xa8\xef\xbf\xbf"),
        (b"utf-8", b"\xc3\xa8\xef\xbf\xbe"),
        (b"", b"\xc3\xa8\xef\xbf\xbe"),
        (b"", b"a\x1b[31mb"),
        (b"us-ascii", b"a\x01b"),
        (b"iso-8859-1", b"\xe8\x08"),
        (b"windows-1252", b"\xe8\x1f"),
        (b"utf-16", "a\x01b".encode("utf-16")),
        (b"utf-16le", "a\ufffeb".encode("utf-16-le")),
        (b"utf-32", "a\x02".encode("utf-32")),
        (b"iso-2022-jp", b'\x1b$B$"\x1b(B\x01'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", [b"8bit", b"base64", b"quoted-printable"])
def test_characters_outside_xml(charset: bytes, data: bytes, encoding: bytes) -> None:
    body = {
        b"8bit": data,
        b"base64": base64.encodebytes(data),
        b"quoted-printable": b"".join(b"=%02X" % byte for byte in data),
    }[encoding]
    (evidence,) = find(text(body, charset, encoding)).invalid_characters
    assert evidence.part == ""
    assert evidence.stream == (None if encoding == b"8bit" else "decoded:")


@pytest.mark.parametrize(
    ("charset", "data"),
    [
        (b"utf-8", b"a\tb\r\n\x7f"),
        (b"utf-8", b"\xc2\x80\xef\xbf\xbd\xf0\x9f\xbf\xbf"),
        (b"utf-8", "\ufeffciao".encode()),
        (b"utf-8", "\uff0c\uf8ff".encode()),
        (b"gb18030", b"\xef\xbf\xbe\xbe"),
        (b"iso-8859-1", b"\x80\x9f\xe8"),
        (b"iso-2022-jp", b'\x1b$B$"\x1b(B'),
        (b"ISO-2022-KR", b"\x1b$)C\x0e!!\x0f"),
        (b"", b'\x1b$B$"\x1b(B'),
        (b"us-ascii", b'\x1b$B$"\x1b(B'),
        (b"utf-16", "perch\u00e9 \u4e00\U0001f600".encode("utf-16")),
        (b"utf-32", "ciao".encode("utf-32")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", [b"8bit", b"base64", b"quoted-printable"])
def test_characters_that_are_fine(charset: bytes, data: bytes, encoding: bytes) -> None:
    body = {
        b"8bit": data,
        b"base64": base64.encodebytes(data),
        b"quoted-printable": b"".join(b"=%02X" % byte for byte in data),
    }[encoding]
    assert find(text(body, charset, encoding)).invalid_characters == ()


def test_evidence_is_exact() -> None:
    data = text(b"perch\xc3\xa9 \x0b no")
    (evidence,) = find(data).invalid_characters
    assert data[evidence.start : evidence.end] == b"\x0b"
    assert evidence.excerpt == "perché \x0b no"
    (evidence,) = find(text(quopri.encodestring(b"\xc3\xa9 \x0b no"), encoding=b"quoted-printable")).invalid_characters
    assert (evidence.start, evidence.end, evidence.stream) == (3, 4, "decoded:")
    data = mail(TEXT, b"Content-Type: text/html\r\n\r\n<p>\x0c</p>")
    (evidence,) = find(data).invalid_characters
    assert (evidence.part, data[evidence.start : evidence.end]) == ("2", b"\x0c")


def test_long_bodies_are_searched_to_the_end() -> None:
    size = 1024 * 1024
    for filler, end in ((b"x", b"\x01"), (b"\xc3\xa8", b"\xef\xbf\xbf")):
        for shift in (0, 1, 2):
            data = text(filler * (size // len(filler)) + b"y" * shift + end)
            (evidence,) = find(data).invalid_characters
            assert data[evidence.start : evidence.end] == end
    # What straddles two pieces.
    data = text(b"\xc3\xa8" + b"x" * (size - 4) + b"\xef\xbf\xbf")
    assert len(find(data).invalid_characters) == 1
    assert find(text(b"\x1b$B" * 9 + b"x" * size + b"\x1b(B", b"")).invalid_characters == ()


@pytest.mark.parametrize(
    "part",
    [
        b"Content-Type: application/pdf\r\n\r\n\x00\x01",
        b"Content-Type: text/plain; name=x.txt\r\n\r\n\x00\x01",
        b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\n\x00\x01",
        b"Content-Type: text/calendar\r\n\r\n\x00\x01",
        b"Content-Type: message/rfc822\r\n\r\nSubject: x\x01\r\n\r\n\x00\x01",
        # Plain text that calls itself base64: nobody knows what a reader makes of it.
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nI am no base64, am I?",
    ],
)
def test_what_is_no_text_of_the_message(part: bytes) -> None:
    assert find(mail(TEXT, part)).invalid_characters == ()


@pytest.mark.parametrize(
    ("field", "found"),
    [
        (b"Subject: a\x01b", True),
        (b"Subject: a\x1b[31mb", True),
        (b"Subject: =?utf-8?q?a=0Cb?=", True),
        (b"Subject: =?utf-8?B?YQFi?=", True),
        (b"Subject: =?utf-8?b?YQFi?=", True),
        (b"Subject: =?utf-8?q?=EF=BF=BF?=", True),
        (b"Subject: \xef\xbf\xbf", True),
        (b"From: =?utf-8?q?An=01na?= <a@example.org>", True),
        (b"To: =?utf-8?q?An=01na?= <a@example.org>", True),
        (b"Cc: \x02 <a@example.org>", True),
        (b"Subject: a\tb\r\n c\x00", False),
        (b"Subject: =?utf-8?q?a=09=C3=A8=EF=BF=BD?=", False),
        (b"Subject: =?utf-8?B?w6g=?=", False),
        (b"Subject: =?iso-2022-jp?B?GyRCJCIbKEI=?=", False),
        (b"Subject: =?iso-2022-jp?Q?=1B$B$=22=1B(B?=", False),
        (b'Subject: \x1b$B$"\x1b(B', False),
        (b"Subject: \xef\xbf\xbd \xc3\xa8", False),
        (b"X-Other: \x01", False),
    ],
)  # fmt: skip
def test_fields(field: bytes, *, found: bool) -> None:
    data = field + b"\r\nDate: Mon, 2 Mar 2026 10:00:00 +0100\r\n\r\nciao\r\n"
    evidence = find(data).invalid_characters
    assert [data[e.start : e.end] for e in evidence] == ([field] if found else [])


def test_names_of_attachments() -> None:
    data = mail(TEXT, attachment(b"*=utf-8''a%01b.pdf"), attachment(b"*=utf-8''a%C3%A8.pdf"))
    (evidence,) = find(data).invalid_characters
    assert data[evidence.start : evidence.end].endswith(b"a%01b.pdf")
    data = mail(TEXT, b'Content-Type: application/pdf; name="=?utf-8?q?a=01?="\r\n\r\nx')
    (evidence,) = find(data).invalid_characters
    assert data[evidence.start : evidence.end].startswith(b"Content-Type: application/pdf")


# -- Lengths --


@pytest.mark.parametrize(
    ("field", "column", "most"),
    [
        (b"Subject: %s", "subject", 800),
        (b"Message-ID: %s", "messageid", 320),
        (b"In-Reply-To: %s", "inreplyto", 320),
        (b"From: %s@example.org", "sender", 250),
    ],
)
def test_lengths_of_fields(field: bytes, column: str, most: int) -> None:
    fixed = len(b"@example.org") if column == "sender" else 0
    for length, expected in ((most, []), (most + 1, [(column, most + 1)])):
        data = field % (b"x" * (length - fixed)) + b"\r\nTo: b@example.org\r\n\r\nciao\r\n"
        oversized = find(data).oversized
        assert [(over.column, over.length) for over in oversized] == expected
        assert all(data[over.evidence.start :].startswith(field[:5]) for over in oversized)


def test_lengths_are_those_of_the_decoded_text() -> None:
    encoded = b"=?utf-8?q?" + b"=C3=A8" * 300 + b"?="
    assert find(b"Subject: " + encoded + b"\r\n\r\n").oversized == ()
    assert find(b"From: " + b"x" * 400 + b" <a@example.org>\r\n\r\n").oversized == ()
    assert find(b"From: " + b"x" * 400 + b"@\r\n\r\n").oversized != ()


def test_length_of_names_and_types() -> None:
    for length, expected in ((255, []), (256, [("filename", 256)])):
        data = mail(TEXT, attachment(b"=" + b"x" * length))
        assert [(over.column, over.length) for over in find(data).oversized] == expected
    for length, expected in ((256, []), (257, [("mimetype", 257)])):
        media_type = b"application/" + b"x" * (length - len(b"application/"))
        data = mail(TEXT, b"Content-Type: " + media_type + b"\r\n\r\nx")
        oversized = find(data).oversized
        assert [(over.column, over.length) for over in oversized] == expected
        assert all(data[over.evidence.start : over.evidence.end].endswith(b"x") for over in oversized)


# -- The rest --


@pytest.mark.parametrize(
    ("charset", "known"),
    [
        (b"utf-8", True), (b"UTF8", True), (b"us-ascii", True), (b"ascii", True), (b"ANSI_X3.4-1968", True),
        (b"windows-1252", True), (b"ks_c_5601-1987", True), (b'""', True), (b"", True), (b"iso-8859-15", True),
        (b"x-unknown", False), (b"unknown-8bit", False), (b"rot13", False), (b"idna", False),
        (b"x" * 200, False), (b'"charset=utf-8"', False),
    ],
)  # fmt: skip
def test_charsets(charset: bytes, *, known: bool) -> None:
    data = text(b"ciao", charset)
    evidence = find(data).unknown_charsets
    assert [data[e.start : e.start + 13] for e in evidence] == ([] if known else [b"Content-Type:"])


def test_charset_of_a_file_is_of_no_interest() -> None:
    part = b"Content-Type: text/plain; charset=x-unknown; name=x.txt\r\n\r\nx"
    assert find(mail(TEXT, part)).unknown_charsets == ()


def test_size_of_the_largest_body() -> None:
    big = b"Content-Type: text/html\r\n\r\n" + b"x" * (LARGE_BODY + 1)
    found = find(mail(TEXT, big, TEXT))
    assert found.body_size == LARGE_BODY + 1
    assert found.body_evidence is not None
    assert found.body_evidence.part == "2"
    encoded = text(base64.encodebytes(b"x" * 3000), encoding=b"base64")
    assert 3000 <= find(encoded).body_size <= 3100
    assert find(HEADER + b"Content-Type: application/pdf\r\n\r\nx").body_size == 0


@pytest.mark.parametrize(
    ("part", "count"),
    [
        (b"Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\nx", 1),
        (b"Content-Type: application/vnd.ms-tnef\r\n\r\nx", 1),
        (b"Content-Type: application/octet-stream; name=WinMail.dat\r\n\r\n\x78\x9f\x3e\x22", 1),
        (b"Content-Type: application/octet-stream; name=winmail.dat\r\n\r\nx", 0),
        (b"Content-Type: application/octet-stream; name=x.dat\r\n\r\n\x78\x9f\x3e\x22", 0),
        (b"Content-Type: message/rfc822\r\n\r\nContent-Type: application/ms-tnef\r\n\r\nx", 0),
    ],
)
def test_tnef(part: bytes, count: int) -> None:
    found = find(mail(TEXT, part))
    assert [evidence.part for evidence in found.tnef] == ["2"] * count


def test_journal_reports() -> None:
    data = mail(TEXT, header=HEADER + b"X-MS-Journal-Report:\r\n")
    journal = find(data).journal
    assert journal is not None
    assert data[journal.start : journal.end] == b"X-MS-Journal-Report:"
    assert find(HEADER + b"\r\nX-MS-Journal-Report:\r\n").journal is None


def test_attached_messages_are_counted_where_they_stand() -> None:
    inner = b"Content-Type: message/rfc822\r\n\r\n" + HEADER + b"Content-Type: message/rfc822\r\n\r\n" + HEADER
    data = mail(
        TEXT, inner, b"Content-Type: message/global\r\n\r\n" + HEADER, b"Content-Type: message/partial\r\n\r\nx"
    )
    assert find(data).attached_messages == 2


@pytest.mark.parametrize("encoding", [b"8bit", b"base64", b"quoted-printable", b"x-uuencode"])
@pytest.mark.parametrize("piece", [b"\x1b$B", b"\x1b" + b" " * 60, b"=EF", b"=\n", b"\xef\xbf", b"x \t", b"\x0e"])
@pytest.mark.parametrize("charset", [b"utf-8", b"", b"iso-2022-jp", b"utf-16"])
def test_time_is_linear(piece: bytes, encoding: bytes, charset: bytes) -> None:
    def prepare(size: int) -> Callable[[], Delivery]:
        data = text(piece * (size // len(piece)), charset, encoding)
        message = open_message(data, len(data), Limits())
        parts = list(message.walk())
        return lambda: find_text_problems(message, parts)

    assert growth(prepare, 2000) < MOST_GROWTH
    short, long = prepare(2000)(), prepare(1_000_000)()
    assert [at.excerpt for at in long.invalid_characters] == [at.excerpt for at in short.invalid_characters]
    assert long.body_size > 400 * short.body_size
