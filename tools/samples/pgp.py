"""PGP mail: MIME, inline, mangled by Exchange, and armour that protects nothing (RFC 3156, RFC 9580)."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from . import mail
from .model import Sample, base64_lines, entity, lines, multipart, quoted_printable
from .ordinary import PLAIN, simple

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTROL = entity(
    lines("Content-Type: application/pgp-encrypted", "Content-Description: PGP/MIME version identification"),
    lines("Version: 1"),
)


def _noise(label: str, size: int) -> bytes:
    """Bytes that look like ciphertext and never change."""
    return b"".join(hashlib.sha256(f"{label}/{at}".encode()).digest() for at in range(size // 32 + 1))[:size]


def _packet(tag: int, body: bytes) -> bytes:
    """Return a packet with a two-byte length (RFC 9580, 4.2.1)."""
    return bytes((0xC0 | tag, 192 + ((len(body) - 192) >> 8), (len(body) - 192) & 0xFF)) + body


def _checksum(data: bytes) -> bytes:
    """CRC-24 of the armour (RFC 9580, 6.1.1)."""
    crc = 0xB704CE
    for octet in data:
        crc ^= octet << 16
        for _ in range(8):
            crc = crc << 1 ^ (0x1864CFB if crc & 0x800000 else 0)
    return base64.b64encode(crc.to_bytes(3, "big"))


def armour(kind: str, data: bytes, *headers: str) -> bytes:
    """ASCII armour, its lines ended by CRLF (RFC 9580, 6.2)."""
    return (
        lines(f"-----BEGIN PGP {kind}-----", *headers, "")
        + base64_lines(data, 64)
        + lines(b"=" + _checksum(data), f"-----END PGP {kind}-----")
    )


ENCRYPTED = armour(
    "MESSAGE",
    # A session key for an RSA key of 2,048 bits, then encrypted and integrity-protected data.
    _packet(1, b"\x03" + _noise("key id", 8) + b"\x01\x08\x00\x80" + _noise("session", 255))
    + _packet(18, b"\x01" + _noise("data", 400)),
)
SIGNATURE = armour(
    "SIGNATURE", _packet(2, b"\x04\x00\x01\x08\x00\x00\x00\x00" + _noise("sig", 2) + b"\x08\x00\x80" + _noise("s", 255))
)
PUBLIC_KEY = armour("PUBLIC KEY BLOCK", _packet(6, b"\x04\x65\xa0\x00\x00\x01\x08\x00\x80" + _noise("key", 260)))


def _one(name: str, data: bytes, shows: str) -> Sample:
    return Sample(f"pgp-{name}.eml", data, shows, "pgp")


def _octets(data: bytes, name: str = "encrypted.asc") -> bytes:
    fields = lines(
        f'Content-Type: application/octet-stream; name="{name}"',
        "Content-Description: OpenPGP encrypted message",
        f'Content-Disposition: inline; filename="{name}"',
    )
    return entity(fields, data)


def encrypted_entity(boundary: str) -> bytes:
    """Return a multipart/encrypted entity."""
    fields = lines(
        'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted";', f' boundary="{boundary}"'
    )
    preamble = lines("This is an OpenPGP/MIME encrypted message (RFC 4880 and 3156)")
    return entity(fields, multipart(boundary, [CONTROL, _octets(ENCRYPTED)], preamble=preamble))


def _mime() -> Iterator[Sample]:
    signed = mail.text()
    for name, media, with_signature, shows in (
        ("mime-signed", "application/pgp-signature", True, "multipart/signed with a PGP signature"),
        ("mime-signed-x-type", "application/x-pgp-signature", True, "multipart/signed with the old x-pgp-signature"),
        ("mime-signed-no-signature", "application/pgp-signature", False, "multipart/signed by PGP, the signature lost"),
    ):
        kind = (f'Content-Type: multipart/signed; micalg=pgp-sha256; protocol="{media}";', ' boundary="pgp-s1"')
        part = entity(lines(f'Content-Type: {media}; name="signature.asc"'), SIGNATURE)
        body = multipart("pgp-s1", [signed, part] if with_signature else [signed])
        yield _one(name, entity(mail.header(f"pgp-{name}", "Offerta", *kind), body), shows)
    name = "mime-signed-attachments"
    kind = (
        'Content-Type: multipart/signed; micalg=pgp-sha256; protocol="application/pgp-signature";',
        ' boundary="pgp-s2"',
    )
    part = entity(lines('Content-Type: application/pgp-signature; name="signature.asc"'), SIGNATURE)
    inner = mail.mixed("pgp-in", mail.text(), mail.attachment())
    data = entity(mail.header(f"pgp-{name}", "Offerta", *kind), multipart("pgp-s2", [inner, part]))
    yield Sample(f"pgp-{name}.eml", data, "signed with PGP, a PDF inside", "pgp", {mail.PDF_NAME: mail.PDF})
    name = "mime-encrypted"
    data = mail.header(f"pgp-{name}", "...") + encrypted_entity("pgp-e1")
    yield _one(name, data, "multipart/encrypted (PGP/MIME)")
    name = "list-encrypted"
    footer = mail.text(lines("_____________________", "Elenco mailing list"))
    data = mail.message(f"pgp-{name}", "[Elenco] ...", encrypted_entity("pgp-e2"), footer)
    yield _one(name, data, "PGP/MIME encrypted mail with the footer of a mailing list around it")
    name = "attached-encrypted"
    inner_mail = mail.header("pgp-inner", "...") + encrypted_entity("pgp-e3")
    data = mail.message(f"pgp-{name}", "I: ...", mail.text(), mail.attached_message(inner_mail))
    yield _one(name, data, "ordinary mail with a PGP/MIME encrypted message attached")
    name = "exchange-mangled"
    empty = entity(lines('Content-Type: text/plain; charset="us-ascii"'), b"")
    control = entity(
        lines(
            'Content-Type: application/pgp-encrypted; name="PGPMIME version identification"',
            'Content-Disposition: attachment; filename="PGPMIME version identification"',
            "Content-Transfer-Encoding: base64",
        ),
        base64_lines(b"Version: 1\r\n"),
    )
    blob = entity(
        lines(
            'Content-Type: application/octet-stream; name="encrypted.asc"',
            'Content-Disposition: attachment; filename="encrypted.asc"',
            "Content-Transfer-Encoding: base64",
        ),
        base64_lines(ENCRYPTED),
    )
    data = mail.message(f"pgp-{name}", "...", empty, control, blob)
    yield _one(name, data, "PGP/MIME encrypted mail that Exchange turned into multipart/mixed")


def _inline() -> Iterator[Sample]:
    rows = [row.decode() for row in ENCRYPTED.split(b"\r\n")[:-1]]
    yield _one("inline-encrypted", simple("pgp-inline-encrypted", "Riservato", *rows), "encrypted armour as the body")
    yield _one(
        "inline-encrypted-with-words",
        simple("pgp-inline-encrypted-with-words", "Riservato", "Ecco il testo:", "", *rows, "", "Anna"),
        "encrypted armour between two lines of text",
    )
    name = "inline-encrypted-qp"
    kind = ("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable")
    body = quoted_printable("\n".join(rows) + "\n")
    data = entity(mail.header(f"pgp-{name}", "Riservato", *kind), body)
    yield _one(name, data, "encrypted armour in quoted-printable text")
    name = "inline-encrypted-base64"
    kind = ("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64")
    data = entity(mail.header(f"pgp-{name}", "Riservato", *kind), base64_lines(ENCRYPTED))
    yield _one(name, data, "encrypted armour in base64 text")
    name = "inline-encrypted-html"
    page = lines("<html><body><pre>") + ENCRYPTED + lines("</pre></body></html>")
    data = entity(mail.header(f"pgp-{name}", "Riservato", "Content-Type: text/html; charset=us-ascii"), page)
    yield _one(name, data, "encrypted armour in HTML")
    signature = [row.decode() for row in SIGNATURE.split(b"\r\n")[:-1]]
    clear = ("-----BEGIN PGP SIGNED MESSAGE-----", "Hash: SHA256", "", "Ci vediamo alle 13.", "- -- ", "Anna")
    data = simple("pgp-inline-signed", "Pranzo", *clear, *signature)
    yield _one("inline-signed", data, "text signed inline")


def _nearly() -> Iterator[Sample]:
    """Mail with something of PGP in it that is not protected."""
    rows = [row.decode() for row in ENCRYPTED.split(b"\r\n")[:-1]]
    for name, words, shows in (
        ("armour-quoted", ["Non riesco a leggerlo:", "", *(f"> {row}" for row in rows)], "armour in a quotation"),
        ("armour-indented", ["Esempio:", "", *(f"    {row}" for row in rows)], "armour indented, as in a manual"),
        ("armour-no-end", ["Esempio:", "", *rows[:6], "[...]"], "armour whose end is missing"),
        (
            "armour-mentioned", ["La riga -----BEGIN PGP MESSAGE----- apre il blocco.", "Non altro."],
            "text that mentions armour",
        ),
        ("public-key-in-text", PUBLIC_KEY.decode().split("\r\n")[:-1], "a public key in the text"),
    ):  # fmt: skip
        yield _one(name, simple(f"pgp-{name}", "Domanda", *words), shows)
    key = entity(
        lines(
            'Content-Type: application/pgp-keys; name="0x1234.asc"',
            "Content-Disposition: attachment; filename=0x1234.asc",
        ),
        PUBLIC_KEY,
    )
    data = mail.message("pgp-key-attached", "Chiave", mail.text(), key)
    yield _one("key-attached", data, "ordinary mail with a public key attached")
    name = "autocrypt-field"
    field = lines(
        "Autocrypt: addr=anna.esempio@example.org; prefer-encrypt=mutual; keydata=", "\tmDMEZaAAARYJKwYBBAHaRw8="
    )
    data = simple(f"pgp-{name}", "Pranzo", "Ciao").replace(b"MIME-Version", field + b"MIME-Version", 1)
    yield _one(name, data, "ordinary mail with an Autocrypt field")
    blob = base64.b64decode(b"".join(ENCRYPTED.split(b"\r\n")[2:-3]))
    part = mail.attachment("dati.pdf.pgp", "application/octet-stream", blob)
    data = mail.message("pgp-file-attached", "Dati", mail.text(), part)
    yield Sample(
        "pgp-file-attached.eml", data, "ordinary mail with an encrypted file attached", "pgp", {"dati.pdf.pgp": blob}
    )
    kind = 'Content-Type: multipart/encrypted; protocol="application/x-example"; boundary="x1"'
    parts = [entity(lines("Content-Type: application/x-example"), lines("v1")), _octets(b"...\r\n", "dati.bin")]
    data = entity(mail.header("pgp-other-protocol", "...", kind), multipart("x1", parts))
    yield _one("other-protocol", data, "multipart/encrypted of another protocol")
    data = entity(mail.header("pgp-names-in-text", "PGP", PLAIN), lines("pgp-signature, encrypted.asc"))
    yield _one("names-in-text", data, "plain text with the names of PGP parts")


def samples() -> Iterator[Sample]:
    """Yield PGP mail and its near misses."""
    yield from _mime()
    yield from _inline()
    yield from _nearly()
