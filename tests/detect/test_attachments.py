"""Attachments: which parts are, how large they are, and which of them a signature hides."""

from __future__ import annotations

import base64
import email
import email.policy
from typing import TYPE_CHECKING

import pytest

from pecdetect import Profile
from support.found import findings_of
from support.samples import all_samples, sample

if TYPE_CHECKING:
    from pathlib import Path

    from pecdetect.detect.findings import Attachment

HEADER = b"From: a@example.org\r\nTo: b@example.org\r\nMIME-Version: 1.0\r\n"
FILE = b"Content-Type: application/pdf; name=a.pdf\r\n\r\nx"
TEXT = b"Content-Type: text/plain\r\n\r\nx"


def multipart(kind: bytes, *parts: bytes, boundary: bytes = b"b") -> bytes:
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return (
        b"Content-Type: multipart/"
        + kind
        + b"; boundary="
        + boundary
        + b"\r\n\r\n"
        + body
        + b"--"
        + boundary
        + b"--\r\n"
    )


def attachments(entity: bytes, **profile: int) -> tuple[Attachment, ...]:
    return findings_of(HEADER + entity, profile=Profile(**profile)).attachments  # type: ignore[arg-type]


def parts(entity: bytes) -> list[str]:
    return [attachment.part for attachment in attachments(entity)]


@pytest.mark.parametrize(
    ("part", "listed"),
    [
        (b"Content-Type: text/plain\r\n\r\nx", False),
        (b"Content-Type: text/html\r\n\r\nx", False),
        (b"Content-Type: text/calendar; method=REQUEST\r\n\r\nx", False),
        (b"Content-Type: text/plain; name=a.txt\r\n\r\nx", True),
        (b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nx", True),
        (b"Content-Type: text/plain\r\nContent-Disposition: inline\r\n\r\nx", False),
        (b"Content-Type: text/csv\r\n\r\nx", True),
        (b"Content-Type: image/png\r\nContent-ID: <1@example.org>\r\n\r\nx", True),
        (b"Content-Type: application/octet-stream\r\n\r\nx", True),
        (b"Content-Type: message/rfc822\r\n\r\nFrom: a@example.org\r\n\r\nx", True),
        (b"Content-Type: message/delivery-status\r\n\r\nx", True),
        (b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx", True),
        (b"Content-Type: multipart/mixed; boundary=none\r\n\r\nx", False),
        (b"\r\nx", False),
    ],
)
def test_what_is_an_attachment_below_the_top(part: bytes, listed: bool) -> None:  # noqa: FBT001
    assert parts(multipart(b"mixed", TEXT, part)) == (["2"] if listed else [])


@pytest.mark.parametrize(
    ("root", "listed"),
    [
        (TEXT, False),
        (b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nx", True),
        (b"Content-Type: text/plain; name=a.txt\r\n\r\nx", False),
        (b"Content-Type: application/pdf\r\n\r\nx", True),
        (b"Content-Type: image/png; name=a.png\r\n\r\nx", True),
        (b"Content-Type: message/rfc822\r\n\r\nFrom: c@example.org\r\n\r\nx", False),
        (b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Disposition: attachment\r\n\r\nx", False),
        (b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx", False),
    ],
)
def test_what_is_an_attachment_at_the_top(root: bytes, listed: bool) -> None:  # noqa: FBT001
    assert parts(root) == ([""] if listed else [])


@pytest.mark.parametrize(
    ("entity", "expected"),
    [
        # A report is its parts; one that is attached is a file.
        (multipart(b"report", TEXT, b"Content-Type: message/delivery-status\r\n\r\nx"), []),
        (multipart(b"mixed", multipart(b"report", TEXT, FILE, boundary=b"c"), boundary=b"d"), ["1.2"]),
        # What stands in an attached message is not the message's own.
        (
            multipart(
                b"mixed",
                TEXT,
                b"Content-Type: message/rfc822\r\n\r\n" + HEADER + multipart(b"mixed", FILE, boundary=b"c"),
            ),
            ["2"],
        ),
        (multipart(b"mixed", multipart(b"related", TEXT, FILE, boundary=b"c"), FILE, boundary=b"d"), ["1.2", "2"]),
        # A signature is none of the files that it signs.
        (multipart(b"signed", TEXT, b"Content-Type: application/pgp-signature; name=s.asc\r\n\r\nx"), []),
        (
            multipart(
                b"signed",
                multipart(b"mixed", TEXT, FILE, boundary=b"c"),
                b"Content-Type: application/pkcs7-signature\r\n\r\nx",
                boundary=b"d",
            ),
            ["1.2"],
        ),
    ],
)
def test_structures(entity: bytes, expected: list[str]) -> None:
    assert parts(entity) == expected


@pytest.mark.parametrize("path", all_samples("ordinary-*.eml"), ids=lambda path: path.name)
def test_another_reader_finds_the_same_files(path: Path) -> None:
    """The standard library's, on well-formed mail: names and sizes."""
    found = findings_of(path).attachments
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    own = list(message.iter_attachments()) if message.is_multipart() else []
    assert [a.name for a in found] == [part.get_filename() for part in own]
    assert [a.type for a in found] == [part.get_content_type() for part in own]
    for attachment, part in zip(found, own, strict=True):
        if part.get_content_maintype() != "message":
            data = part.get_payload(decode=True)
            assert isinstance(data, bytes)
            assert attachment.size_min <= len(data) <= attachment.size


@pytest.mark.parametrize("size", [0, 1, 2, 3, 1000, 2000])
@pytest.mark.parametrize("encoding", ["7bit", "base64", "quoted-printable"])
def test_sizes_are_bounds(size: int, encoding: str) -> None:
    data = b"=" * size
    coded = {"7bit": data, "base64": base64.encodebytes(data), "quoted-printable": b"=3D" * size}[encoding]
    part = b"Content-Type: application/pdf; name=a\r\nContent-Transfer-Encoding: " + encoding.encode() + b"\r\n\r\n"
    (found,) = attachments(multipart(b"mixed", part + coded.replace(b"\n", b"\r\n")))
    assert found.size_min <= size <= found.size
    assert found.exact == (found.size_min == found.size)
    assert found.exact or encoding != "7bit"


def test_only_a_size_near_the_limit_is_counted() -> None:
    part = b"Content-Type: application/pdf; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    body = base64.encodebytes(b"x" * 1024).replace(b"\n", b"\r\n")
    entity = multipart(b"mixed", part + body)
    (far,), (near,) = attachments(entity), attachments(entity, max_attachment_kb=1)
    assert not far.exact
    assert (near.exact, near.size, near.size_min) == (True, 1024, 1024)
    over = part + base64.encodebytes(b"x" * 1025).replace(b"\n", b"\r\n")
    first, second = attachments(multipart(b"mixed", over, over), max_attachment_kb=1)
    assert first.size_min > 1024
    assert not second.exact, "one that is over tells enough"


@pytest.mark.parametrize(
    ("name", "hidden", "own"),
    [
        ("smime-clear-signed-attachments", ["offerta.pdf"], []),
        ("smime-opaque-signed-attachments", ["offerta.pdf"], []),
        ("smime-opaque-signed-octet-stream", [], []),
        ("smime-signed-unknown-protocol", [], []),
        ("smime-signed-three-parts", [], []),
        ("pgp-mime-signed-attachments", ["offerta.pdf"], []),
        ("smime-list-clear-signed", [], ["offerta.pdf"]),
        ("smime-attached-signed", [], ["messaggio.eml"]),
        ("smime-attached-p7m-of-a-mail", [], ["smime.p7m"]),
        ("pec-transport-envelope", ["daticert.xml", "postacert.eml", "ordine-42.pdf"], []),
        ("pec-opaque-signed", ["daticert.xml", "postacert.eml", "ordine-42.pdf"], []),
        ("pec-acceptance", ["daticert.xml"], []),
        ("pec-unsigned-copy", [], ["daticert.xml", "postacert.eml", "ordine-42.pdf"]),
        ("pec-forwarded-fragments", [], ["postacert.eml", "ordine-42.pdf", "daticert.xml", "smime.p7s"]),
        ("smime-encrypted", [], []),
        ("ordinary-pdf-attachment", [], ["offerta.pdf"]),
    ],
)
def test_what_a_signature_hides(name: str, hidden: list[str], own: list[str]) -> None:
    found = findings_of(sample(f"{name}.eml")).attachments
    assert [a.name for a in found if a.hidden_in == "smime.p7m"] == hidden
    assert [a.name for a in found if a.hidden_in is None] == own


@pytest.mark.parametrize(
    ("fields", "inline"),
    [
        (b"Content-Disposition: inline; filename=a\r\n", True),
        (b"Content-ID: <1@example.org>\r\n", True),
        (b"Content-Disposition: attachment; filename=a\r\n", False),
        (b"", False),
    ],
)
def test_inline(fields: bytes, inline: bool) -> None:  # noqa: FBT001
    (found,) = attachments(multipart(b"mixed", b"Content-Type: image/png\r\n" + fields + b"\r\nx"))
    assert found.inline == inline
