"""Candidates: what the bytes show where the primary reading sees nothing, and what they do not."""

from __future__ import annotations

import base64
import binascii
import gzip

import pytest

from pecdetect.detect.raw_evidence import NO_CANDIDATES, Candidates, find_candidates
from pecdetect.limits import Limits
from pecdetect.parsing.opening import open_message

HEAD = b"From: a@example.org\r\nTo: b@example.com\r\nMIME-Version: 1.0\r\n"
MIXED = HEAD + b'Content-Type: multipart/mixed; boundary="boundary_01"\r\n\r\n'
TEXT = b"--boundary_01\r\nContent-Type: text/plain\r\n\r\nCiao.\r\n"
CLOSE = b"\r\n--boundary_01--\r\n"
OID = bytes.fromhex("06092a864886f70d0107")
RPMSG = bytes.fromhex("76e80460c411e386") + bytes(40)
ARMOUR = b"-----BEGIN PGP MESSAGE-----\r\n\r\n" + b"wcBMAx/jGfYDg9/QAQgAgGS3IZaEQ7/C" * 3 + b"\r\n"


def cms(kind: int) -> bytes:
    return b"\x30\x80" + OID + bytes([kind]) + b"\xa0\x80" + bytes(60)


def leaf(media: bytes, encoding: bytes, body: bytes) -> bytes:
    fields = b"Content-Type: " + media + b"\r\nContent-Transfer-Encoding: " + encoding + b"\r\n"
    return HEAD + fields + b"\r\n" + body + b"\r\n"


def part(media: bytes, encoding: bytes, body: bytes) -> bytes:
    own = leaf(media, encoding, body).removeprefix(HEAD)
    return MIXED + TEXT + b"--boundary_01\r\n" + own + CLOSE


def found(data: bytes) -> Candidates:
    message = open_message(data, len(data), Limits())
    return find_candidates(message, list(message.root.walk()))


def kinds(data: bytes) -> set[str]:
    """Families and kinds."""
    other = found(data)
    return (
        {f"smime {entity.kind}" for entity in other.smime}
        | {f"pgp {entity.kind}" for entity in other.pgp}
        | {f"rights {entity.kind}" for entity in other.rights}
        | ({"pec"} if other.pec else set())
    )


BINARY = b"application/octet-stream; name=a.bin"
ENCRYPTED = cms(3)
SMIME_FIELD = b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nMIA\r\n"
SHOWN = {
    "CMS in a file": (part(BINARY, b"base64", base64.encodebytes(ENCRYPTED)), {"smime encrypted"}),
    "CMS as it is": (part(BINARY, b"binary", ENCRYPTED), {"smime encrypted"}),
    "CMS in the wrong encoding": (part(BINARY, b"7bit", base64.encodebytes(ENCRYPTED)), {"smime encrypted"}),
    "CMS in base64 twice": (
        part(BINARY, b"base64", base64.encodebytes(base64.encodebytes(ENCRYPTED))),
        {"smime encrypted"},
    ),
    "CMS behind junk": (part(BINARY, b"base64", b"!" * 5000 + base64.encodebytes(ENCRYPTED)), {"smime encrypted"}),
    "CMS shifted": (part(BINARY, b"base64", b"A" + base64.b64encode(ENCRYPTED)), {"smime encrypted"}),
    "CMS in escapes": (part(BINARY, b"7bit", binascii.b2a_qp(ENCRYPTED, istext=False)), {"smime encrypted"}),
    "CMS in uuencode": (
        part(BINARY, b"7bit", b"".join(binascii.b2a_uu(ENCRYPTED[at : at + 45]) for at in (0, 45))),
        {"smime encrypted"},
    ),
    "CMS in gzip": (part(BINARY, b"base64", base64.encodebytes(gzip.compress(ENCRYPTED))), {"smime encrypted"}),
    "signed at the root": (leaf(BINARY, b"base64", base64.encodebytes(cms(2))), {"smime opaque-signed"}),
    "rpmsg": (part(BINARY, b"base64", base64.encodebytes(RPMSG)), {"rights rpmsg"}),
    "rpmsg behind text": (part(BINARY, b"quoted-printable", b"Hello,=20\r\n" + RPMSG), {"rights rpmsg"}),
    "armour in a wrong encoding": (leaf(b"text/plain", b"base64", ARMOUR), {"pgp encrypted"}),
    "armour in base64 not said": (leaf(b"text/plain", b"7bit", base64.encodebytes(ARMOUR)), {"pgp encrypted"}),
    "armour with other line ends": (
        leaf(b"text/plain", b"7bit", ARMOUR.replace(b"\r\n", b"\x0b")),
        {"pgp encrypted"},
    ),
    "armour after a byte order mark": (leaf(b"text/plain", b"8bit", b"\xef\xbb\xbf" + ARMOUR), {"pgp encrypted"}),
    "armour in a text of no kind": (
        leaf(b"text/x-any", b"7bit", ARMOUR + b"-----END PGP MESSAGE-----"),
        {"pgp encrypted"},
    ),
    "a field in the preamble": (MIXED + SMIME_FIELD + TEXT + CLOSE, {"smime unknown"}),
    "a field behind the end": (MIXED + TEXT + CLOSE + SMIME_FIELD, {"smime unknown"}),
    "a delimiter cut short": (MIXED + TEXT + b"--boundary\r\n" + SMIME_FIELD + CLOSE, {"smime unknown"}),
    "a second type": (HEAD + b"Content-Type: text/plain\r\n" + SMIME_FIELD, {"smime unknown"}),
    "a field of a PEC": (MIXED + b"X-Trasporto: posta-certificata\r\n\r\nx\r\n" + TEXT + CLOSE, {"pec"}),
    "a signed part": (
        MIXED + b'Content-Type: multipart/signed; boundary="x"\r\n\r\n--x\r\n' + TEXT + CLOSE,
        {"smime clear-signed"},
    ),
    "an encoded word": (
        MIXED + b"Content-Type: =?us-ascii?q?application/pkcs7-mime?=\r\n\r\nMIA\r\n" + TEXT + CLOSE,
        {"smime unknown"},
    ),
    "a message in base64": (
        HEAD + b"Content-Type: message/news\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(HEAD + SMIME_FIELD),
        {"smime unknown"},
    ),
}  # fmt: skip
SILENT = {
    "a text": leaf(b"text/plain", b"7bit", b"Content of smime.p7m, X-Trasporto: and application/pkcs7-mime"),
    "armour described": leaf(b"text/plain", b"base64", base64.b64encode(b"-----BEGIN PGP MESSAGE-----\r\n\r\nis it.")),
    "armour quoted": leaf(b"text/plain", b"base64", base64.b64encode(b"> " + ARMOUR.replace(b"\r\n", b"\r\n> "))),
    "armour for the primary reading": leaf(b"text/plain", b"7bit", ARMOUR + b"-----END PGP MESSAGE-----\r\n"),
    "a preamble that speaks of it": MIXED + b"About\r\nX-Trasporto: posta-certificata\r\n\r\n" + TEXT + CLOSE,
    "a header without a body": MIXED + b"Content-Type: application/pkcs7-mime\r\n" + TEXT + CLOSE,
    "a signed document": part(b"application/pdf; name=a.pdf", b"base64", base64.encodebytes(cms(2))),
    "a detached signature": part(b"application/pkcs7-signature; name=smime.p7s", b"base64", base64.encodebytes(cms(2))),
    "CMS deep in a file": part(BINARY, b"base64", base64.encodebytes(bytes(range(256)) + ENCRYPTED)),
    "rpmsg deep in a file": part(BINARY, b"base64", base64.encodebytes(bytes(9) + RPMSG)),
    "an object identifier alone": part(BINARY, b"base64", base64.encodebytes(bytes(4) + OID + b"\x03" + bytes(40))),
    "public keys": MIXED + b"Content-Type: application/pgp-keys\r\n\r\nx\r\n" + TEXT + CLOSE,
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_may_protect_is_a_candidate(name: str) -> None:
    data, expected = SHOWN[name]
    assert kinds(data) == expected


@pytest.mark.parametrize("name", SILENT)
def test_what_only_speaks_of_it_is_none(name: str) -> None:
    assert found(SILENT[name]) == NO_CANDIDATES


def test_a_field_is_placed_to_the_byte() -> None:
    data = MIXED + SMIME_FIELD + TEXT + CLOSE
    (entity,) = found(data).smime
    assert (entity.reading, entity.position) == ("floor", "floor")
    line = SMIME_FIELD.partition(b"\r\n")[0]
    assert entity.evidence.quoted == line
    assert data[entity.evidence.start : entity.evidence.end] == line


def test_what_had_to_be_decoded_is_placed_by_what_was_decoded() -> None:
    encoded = base64.encodebytes(HEAD + SMIME_FIELD)
    data = HEAD + b"Content-Type: message/news\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded
    evidence = found(data).smime[0].evidence
    assert evidence.reading == "floor"
    assert data[evidence.start : evidence.end] == encoded


def test_a_file_is_placed_whole() -> None:
    data = part(BINARY, b"base64", base64.encodebytes(ENCRYPTED))
    (entity,) = found(data).smime
    assert (entity.part, entity.evidence.part) == ("2", "2")
    assert data[entity.evidence.start : entity.evidence.end].startswith(b"Content-Type: application/octet-stream")


def test_what_is_explained_is_no_candidate() -> None:
    data = part(BINARY, b"base64", base64.encodebytes(ENCRYPTED))
    message = open_message(data, len(data), Limits())
    assert find_candidates(message, list(message.root.walk()), {"2"}) == NO_CANDIDATES


@pytest.mark.parametrize(
    ("number", "kind"), [(2, "opaque-signed"), (3, "encrypted"), (4, "encrypted"), (6, "encrypted"), (5, "unknown")]
)
def test_the_content_type_says_the_kind(number: int, kind: str) -> None:
    assert kinds(leaf(BINARY, b"base64", base64.encodebytes(cms(number)))) == {f"smime {kind}"}


def test_candidates_are_few() -> None:
    data = MIXED + SMIME_FIELD * 100 + TEXT + CLOSE
    assert 0 < len(found(data).smime) <= 8


def test_a_cut_message_of_that_class_may_be_rights_managed() -> None:
    data = (
        MIXED.replace(b"MIME-Version", b"Content-Class: rpmsg.message\r\nMIME-Version")
        + TEXT
        + b"--boundary_01\r\nContent-T"
    )
    assert kinds(data) == {"rights rpmsg"}


def test_a_field_with_nuls_is_quoted_without_them_and_placed_by_what_was_looked_at() -> None:
    data = MIXED + b"X-A: b\0\0\r\n" + SMIME_FIELD + TEXT + CLOSE
    evidence = found(data).smime[0].evidence
    assert evidence.quoted == SMIME_FIELD.partition(b"\r\n")[0]
    assert data[evidence.start : evidence.end] == b"X-A: b\0\0\r\n" + SMIME_FIELD
