"""OpenPGP in its forms, and what only looks like it."""

from __future__ import annotations

import base64
import binascii
import quopri
from typing import TYPE_CHECKING

import pytest

from pecdetect.detect.pgp import find_pgp
from pecdetect.limits import Limits
from pecdetect.parsing.opening import open_message
from support.steps import MOST_GROWTH, growth

if TYPE_CHECKING:
    from collections.abc import Callable

    from pecdetect.detect.findings import Pgp
    from pecdetect.parsing.message import Message

HEADER = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
DATA = b"hE4DR2b2udXyHrYSAQdAINgYcnZM2bAYVKuB30JR5bPNGYtFFj5EEZuHzU7B1TAg\r\n=oiZ5\r\n"
BEGIN = b"-----BEGIN PGP MESSAGE-----\r\n"
END = b"-----END PGP MESSAGE-----\r\n"
ENCRYPTED = BEGIN + b"\r\n" + DATA + END
SIGNED = (
    b"-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nciao\r\n- -- \r\n"
    b"-----BEGIN PGP SIGNATURE-----\r\n\r\n" + DATA + b"-----END PGP SIGNATURE-----\r\n"
)


def read(data: bytes, limits: Limits | None = None) -> Message:
    return open_message(data, len(data), limits or Limits())


def find(data: bytes) -> list[Pgp]:
    message = read(data)
    return list(find_pgp(message, list(message.walk())))


def shown(data: bytes) -> list[tuple[str, str, str, str]]:
    return [(pgp.kind, pgp.form, pgp.position, pgp.part) for pgp in find(data)]


def text(body: bytes, content_type: bytes = b"text/plain", encoding: bytes = b"7bit") -> bytes:
    return (
        HEADER + b"Content-Type: " + content_type + b"\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body
    )


def multipart(kind: bytes, *parts: bytes, header: bytes = HEADER, boundary: bytes = b"b1") -> bytes:
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return (
        header + b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + b'"\r\n\r\n' + body
        + b"--" + boundary + b"--\r\n"
    )  # fmt: skip


PLAIN = b"Content-Type: text/plain\r\n\r\nciao"
SIGNATURE = b'Content-Type: application/pgp-signature; name="signature.asc"\r\n\r\n-----BEGIN PGP SIGNATURE-----'
CONTROL = b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1"
CIPHER = b'Content-Type: application/octet-stream; name="encrypted.asc"\r\n\r\n' + ENCRYPTED
BY_SIGNATURE = b'signed; micalg=pgp-sha256; protocol="application/pgp-signature"'
BY_ENCRYPTED = b'encrypted; protocol="application/pgp-encrypted"'


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (multipart(BY_SIGNATURE, PLAIN, SIGNATURE), ("signed", "mime", "top", "")),
        (multipart(b"signed; protocol=APPLICATION/x-pgp-signature", PLAIN), ("signed", "mime", "top", "")),
        (multipart(b"signed", PLAIN, SIGNATURE), ("signed", "mime", "top", "")),
        (multipart(b"signed", PLAIN, SIGNATURE.replace(b"pgp-", b"x-pgp-")), ("signed", "mime", "top", "")),
        # A signature of each kind: whatever the protocol says, both are there.
        (
            multipart(b"signed; protocol=application/pkcs7-signature", PLAIN, SIGNATURE),
            ("signed", "mime", "top", ""),
        ),
        (multipart(BY_ENCRYPTED, CONTROL, CIPHER), ("encrypted", "mime", "top", "")),
        (multipart(BY_ENCRYPTED, PLAIN), ("encrypted", "mime", "top", "")),
        (multipart(b"encrypted", CONTROL, CIPHER), ("encrypted", "mime", "top", "")),
        (multipart(b"mixed", PLAIN, CONTROL, CIPHER), ("encrypted", "mangled", "top", "")),
        (
            multipart(b"mixed", CONTROL, b"Content-Type: application/octet-stream\r\n\r\n" + ENCRYPTED),
            ("encrypted", "mangled", "top", ""),
        ),
        (
            multipart(b"mixed", multipart(BY_SIGNATURE, PLAIN, SIGNATURE, header=b"", boundary=b"b2"), PLAIN),
            ("signed", "mime", "nested", "1"),
        ),
        (
            multipart(
                b"mixed",
                PLAIN,
                b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n"
                + multipart(BY_ENCRYPTED, CONTROL, CIPHER, boundary=b"b2"),
            ),
            ("encrypted", "mime", "nested", "2/"),
        ),
        (
            multipart(
                b"mixed",
                PLAIN,
                multipart(
                    BY_SIGNATURE,
                    PLAIN,
                    SIGNATURE,
                    header=b"Content-Disposition: attachment\r\n",
                    boundary=b"b2",
                ),
            ),
            ("signed", "mime", "attachment", "2"),
        ),
    ],
)
def test_mime_is_found(data: bytes, expected: tuple[str, str, str, str]) -> None:
    assert shown(data) == [expected]


@pytest.mark.parametrize(
    "data",
    [
        multipart(b'signed; protocol="application/pkcs7-signature"', PLAIN, PLAIN),
        multipart(b"signed", SIGNATURE, PLAIN),
        multipart(b"encrypted", PLAIN, CIPHER),
        multipart(b"mixed", PLAIN, SIGNATURE),
        multipart(b"mixed", PLAIN, CONTROL),
        multipart(b"mixed", CIPHER, CONTROL),
        multipart(b"mixed", CONTROL, b"Content-Type: application/octet-stream\r\n\r\nPK\x03\x04"),
        multipart(b"mixed", PLAIN, CIPHER),
        multipart(b"mixed", PLAIN, b"Content-Type: application/pgp-keys\r\n\r\n-----BEGIN PGP PUBLIC KEY BLOCK-----"),
    ],
)
def test_mime_near_misses(data: bytes) -> None:
    assert shown(data) == []


def test_mime_evidence_is_what_decided() -> None:
    by_protocol = multipart(BY_SIGNATURE, PLAIN, SIGNATURE)
    evidence = find(by_protocol)[0].evidence
    assert by_protocol[evidence.start : evidence.end].startswith(b"Content-Type: multipart/signed")
    by_child = multipart(b"signed", PLAIN, SIGNATURE)
    evidence = find(by_child)[0].evidence
    assert by_child[evidence.start : evidence.end].startswith(b"Content-Type: application/pgp-signature")
    assert evidence.part == "2"


HTML = b"text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (text(ENCRYPTED), [("encrypted", "top", "")]),
        (text(SIGNED), [("signed", "top", "")]),
        (text(b"ciao\n" + SIGNED.replace(b"\r\n", b"\n")), [("signed", "top", "")]),
        (text(SIGNED.replace(b"\r\n", b"\r")), [("signed", "top", "")]),
        (text(ENCRYPTED + SIGNED), [("encrypted", "top", ""), ("signed", "top", "")]),
        (text(ENCRYPTED + ENCRYPTED), [("encrypted", "top", "")]),
        (text(ENCRYPTED.replace(b"MESSAGE", b"MESSAGE, PART 1/3")), [("encrypted", "top", "")]),
        (text(ENCRYPTED.replace(b"-----\r\n", b"-----  \r\n")), [("encrypted", "top", "")]),
        (text(ENCRYPTED.rstrip()), [("encrypted", "top", "")]),
        # A block begun twice, an end without beginning: the block that is whole counts.
        (text(BEGIN + END + ENCRYPTED), [("encrypted", "top", "")]),
        (text(b"text: oddity\r\n\r\n" + ENCRYPTED, b"text"), [("encrypted", "top", "")]),
        (text(ENCRYPTED, HTML), [("encrypted", "top", "")]),
        (text(b"<p>x<br>" + ENCRYPTED.replace(b"\r\n", b"<br>"), HTML), [("encrypted", "top", "")]),
        (text(b"<pre class='x'>" + SIGNED.rstrip() + b"</pre>", HTML), [("signed", "top", "")]),
        (text(b"<blockquote>x</blockquote>\r\n" + SIGNED, HTML), [("signed", "top", "")]),
        (multipart(b"mixed", b"Content-Type: text/plain\r\n\r\n" + ENCRYPTED), [("encrypted", "top", "1")]),
        (
            multipart(b"mixed", PLAIN, b"Content-Type: message/rfc822\r\n\r\n" + text(SIGNED)),
            [("signed", "nested", "2/")],
        ),
    ],
)
def test_armour_is_found(data: bytes, expected: list[tuple[str, str, str]]) -> None:
    assert [(kind, position, part) for kind, form, position, part in shown(data) if form == "inline"] == expected


@pytest.mark.parametrize(
    "data",
    [
        text(b"> " + ENCRYPTED.replace(b"\r\n", b"\r\n> ")),
        text(b"  " + ENCRYPTED.replace(b"\r\n", b"\r\n  ")),
        text(b"The line -----BEGIN PGP MESSAGE----- begins it.\r\n" + DATA + END),
        text(BEGIN + DATA),
        text(DATA + END),
        text(END + DATA + BEGIN),
        text(BEGIN + b"...\r\n" + END),
        text(BEGIN[:-2] + b" is how it begins\r\n" + DATA + END),
        text(ENCRYPTED.replace(b"MESSAGE", b"PUBLIC KEY BLOCK")),
        text(b"-----BEGIN PGP SIGNATURE-----\r\n" + DATA + b"-----END PGP SIGNATURE-----\r\n"),
        text(SIGNED.replace(b"END PGP SIGNATURE", b"END PGP MESSAGE")),
        text(ENCRYPTED, b"text/calendar"),
        text(ENCRYPTED, b"application/octet-stream"),
        text(b"<blockquote>\r\n" + ENCRYPTED + b"</blockquote>", HTML),
        text(b"<p>x " + ENCRYPTED, HTML),
        text(b"<span>" + ENCRYPTED, HTML),
        text(b">" + ENCRYPTED, HTML),
        multipart(b"mixed", PLAIN, b"Content-Disposition: attachment\r\n\r\n" + ENCRYPTED),
        multipart(b"mixed", PLAIN, b"Content-Type: text/plain; name=x.txt.asc\r\n\r\n" + ENCRYPTED),
        HEADER + b"Content-Disposition: attachment\r\n\r\n" + ENCRYPTED,
    ],
)
def test_armour_near_misses(data: bytes) -> None:
    assert shown(data) == []


def test_armour_evidence_is_the_line_in_the_file() -> None:
    data = text(b"ciao\r\n" + SIGNED)
    evidence = find(data)[0].evidence
    assert data[evidence.start : evidence.end] == b"-----BEGIN PGP SIGNED MESSAGE-----"
    assert (evidence.stream, evidence.excerpt) == (None, "-----BEGIN PGP SIGNED MESSAGE-----")


def wrapped(data: bytes, width: int) -> bytes:
    letters = base64.b64encode(data)
    return b"\r\n".join(letters[at : at + width] for at in range(0, len(letters), width))


def uuencoded(data: bytes) -> bytes:
    lines = [binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)]
    return b"begin 644 x\r\n" + b"".join(lines) + b"end\r\n"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        (b"base64", wrapped(b"ciao\r\n" + ENCRYPTED, 76)),
        (b"base64", wrapped(b"ciao\r\n" + ENCRYPTED, 7)),
        (b"base64", base64.b64encode(b"ciao\r\n--") + b"\r\n" + base64.b64encode(ENCRYPTED[2:])),
        (b"quoted-printable", quopri.encodestring(b"ciao\r\n" + ENCRYPTED)),
        (b"quoted-printable", b"ciao\r\n" + ENCRYPTED.replace(b"BEGIN PGP MES", b"BEGIN P=\r\nGP MES=\r\n")),
        (b"quoted-printable", b"ciao\r\n" + ENCRYPTED.replace(b"PGP", b"=50G=50").replace(b"-", b"=2D")),
        (b"quoted-printable", b"ciao\r\n" + ENCRYPTED.replace(b"PGP", b"PG=\r\nP")),
        (b"x-uuencode", uuencoded(b"ciao\r\n" + ENCRYPTED)),
    ],
)
def test_armour_in_encoded_bodies(encoding: bytes, body: bytes) -> None:
    (found,) = find(text(body, encoding=encoding))
    evidence = found.evidence
    assert (found.kind, found.form, found.position) == ("encrypted", "inline", "top")
    assert (evidence.start, evidence.end, evidence.stream) == (6, 33, "decoded:")


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        (b"base64", wrapped(b"ciao -----Original Message-----\r\n" * 9, 76)),
        (b"base64", wrapped(b"ciao\r\n" * 9, 76)),
        (b"base64", b"Y2lhbw==\r\nY2lhbw==\r\n"),
        (b"quoted-printable", b"JPG=20PGP P=3D\r\n"),
    ],
)
def test_encoded_bodies_without_armour(encoding: bytes, body: bytes) -> None:
    assert shown(text(body, encoding=encoding)) == []


def test_armour_under_an_unknown_encoding_stands_as_it_is() -> None:
    data = text(ENCRYPTED, encoding=b"x-other")
    (found,) = find(data)
    assert data[found.evidence.start : found.evidence.end] == BEGIN.rstrip()
    assert shown(text(b"ciao", encoding=b"x-other")) == []


def test_clean_encoded_bodies_are_not_decoded() -> None:
    for encoding, body in ((b"base64", wrapped(b"ciao\r\n" * 99, 76)), (b"quoted-printable", b"perch=C3=A9 no\r\n")):
        message = read(text(body, encoding=encoding))
        before = message.decoded_left
        assert find_pgp(message, list(message.walk())) == ()
        assert message.decoded_left == before


def test_decoding_keeps_within_the_budget() -> None:
    data = text(wrapped(b"ciao\r\n" * 9 + ENCRYPTED, 76), encoding=b"base64")
    message = read(data, Limits(decoded_factor=0, decoded_extra=20))
    assert find_pgp(message, list(message.walk())) == ()
    assert [hit.name for hit in message.limits_hit] == ["decoded_bytes"]


@pytest.mark.parametrize("content_type", [b"text/plain", b"text/html"])
@pytest.mark.parametrize(
    "line",
    [
        b"-----BEGIN PGP \n",
        b"-----BEGIN PGP MESSAGE-----\n",
        b"-----BEGIN PGP MESSAGE-----\n-----END PGP MESSAGE-----\n",
        b"-----END PGP SIGNATURE-----\n-----BEGIN PGP SIGNED MESSAGE-----\n",
        b"-----BEGIN PGP SIGNATURE-----\n" + DATA + b"-----END PGP SIGNATURE-----\n",
        b"<pre " * 20 + b"-----BEGIN PGP MESSAGE-----\n",
        b"<br>-----BEGIN PGP MESSAGE-----  " + DATA + b"<br>-----END PGP MESSAGE-----\n<blockquote>",
        b"-----BEGIN PGP MESSAGE, PART 1/",
        b"-" * 64,
    ],
)
def test_time_is_linear(line: bytes, content_type: bytes) -> None:
    def prepare(size: int) -> Callable[[], tuple[Pgp, ...]]:
        hostile = b"-----BEGIN PGP \n<blockquote>" + line * (size // len(line))
        message = read(text(hostile + b"\n" + ENCRYPTED, content_type))
        parts = list(message.walk())
        return lambda: find_pgp(message, parts)

    assert growth(prepare, 20_000) < MOST_GROWTH
    # As text, armour stands at the end; in HTML it is quoted.
    assert [block.kind for block in prepare(1_000_000)()] == ["encrypted"] * (content_type == b"text/plain")
