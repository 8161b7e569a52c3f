"""S/MIME messages whose root is protected (RFC 8551, 3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import mail
from .asn1 import seq
from .cms import (
    Signing,
    auth_enveloped_data,
    certs_only,
    compressed_data,
    enveloped_data,
    signed_data,
    signed_receipt,
)
from .model import Sample, base64_lines, entity, lines, multipart, token

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TEXT = mail.text()
WITH_PDF = mail.mixed("=_interno_7c1", TEXT, mail.attachment())
HIDDEN = {mail.PDF_NAME: mail.PDF}
PKI_DATA = "1.3.6.1.5.5.7.12.2"
INVOICE = b'<?xml version="1.0" encoding="UTF-8"?>\n<Fattura><Numero>42</Numero></Fattura>\n'


@dataclass(frozen=True, slots=True)
class Clear:
    """How a multipart/signed is written."""

    how: Signing = field(default_factory=Signing)
    kind: str = "multipart/signed"
    protocol: str | None = 'protocol="application/pkcs7-signature"'
    micalg: str = "micalg=sha-256"
    part: str = "application/pkcs7-signature"
    extra: tuple[bytes, ...] = ()
    """Parts after the signature."""
    with_signature: bool = True
    changed: tuple[bytes, bytes] = (b"", b"")
    """What is replaced after signing, and by what."""


def signature_part(blob: bytes, media: str = "application/pkcs7-signature") -> bytes:
    """Return a detached signature as a part."""
    fields = lines(
        f'Content-Type: {media}; name="smime.p7s"',
        "Content-Transfer-Encoding: base64",
        'Content-Disposition: attachment; filename="smime.p7s"',
        "Content-Description: S/MIME Cryptographic Signature",
    )
    return entity(fields, base64_lines(blob))


def clear_rows(boundary: str, clear: Clear) -> tuple[str, ...]:
    """Rows of the Content-Type of a multipart/signed."""
    parameters = [value for value in (clear.protocol, clear.micalg) if value]
    return (f"Content-Type: {clear.kind}; {'; '.join(parameters)};", f'\tboundary="{boundary}"')


def clear_body(boundary: str, signed: bytes, clear: Clear) -> bytes:
    """Body of a multipart/signed."""
    parts = [signed.replace(*clear.changed) if clear.changed[0] else signed]
    if clear.with_signature:
        parts.append(signature_part(signed_data(signed, clear.how, detached=True), clear.part))
    preamble = lines("This is a cryptographically signed message in MIME format.", "")
    return multipart(boundary, [*parts, *clear.extra], preamble=preamble)


def clear_entity(boundary: str, signed: bytes, clear: Clear | None = None) -> bytes:
    """Return a multipart/signed entity without the header of a message."""
    how = clear or Clear()
    return entity(lines(*clear_rows(boundary, how)), clear_body(boundary, signed, how))


def clear_message(label: str, signed: bytes, clear: Clear | None = None) -> bytes:
    """Return a clear-signed message."""
    how = clear or Clear()
    boundary = f"------------ms{token(label, 24)}"
    fields = mail.header(label, "Offerta 7/2026", *clear_rows(boundary, how))
    return entity(fields, clear_body(boundary, signed, how))


def pkcs7_rows(media: str, name: str | None = "smime.p7m", smime_type: str | None = None) -> tuple[str, ...]:
    """Rows of the header of a part that holds CMS in base64."""
    parameters = f"; smime-type={smime_type}" if smime_type else ""
    parameters += f'; name="{name}"' if name else ""
    rows = (f"Content-Type: {media}{parameters}", "Content-Transfer-Encoding: base64")
    return (*rows, f'Content-Disposition: attachment; filename="{name}"') if name else rows


def pkcs7_message(label: str, blob: bytes, *rows: str) -> bytes:
    """Return a message that is one CMS blob."""
    return entity(mail.header(label, "Offerta 7/2026", *rows), base64_lines(blob))


def _by(name: str, data: bytes) -> bytes:
    """Name the owner of the EC key as the sender of what that key signed."""
    other = b"Bruno Esempio <bruno.esempio@example.com>"
    return data.replace(mail.FROM.encode(), other, 1) if name.endswith("-ec") else data


def _clear() -> Iterator[Sample]:
    rows: tuple[tuple[str, str, bytes, Clear | None, Mapping[str, bytes]], ...] = (
        ("clear-signed", "clear-signed text, RSA and SHA-256", TEXT, None, {}),
        ("clear-signed-ec", "clear-signed text, ECDSA on P-256", TEXT, Clear(Signing("user-ec")), {}),
        (
            "clear-signed-sha1", "clear-signed text as mail before 2015: x-pkcs7-signature, SHA-1", TEXT,
            Clear(
                Signing(digest="sha1"), protocol='protocol="application/x-pkcs7-signature"',
                micalg="micalg=sha1", part="application/x-pkcs7-signature",
            ), {},
        ),
        ("clear-signed-ber", "clear-signed text, the signature in BER", TEXT, Clear(Signing(ber=True)), {}),
        (
            "clear-signed-attachments", "clear-signed with a PDF, which hides in smime.p7m",
            WITH_PDF, None, HIDDEN,
        ),
        (
            "clear-signed-picture", "clear-signed HTML whose only other part is an inline picture",
            mail.mixed("=_rel", entity(
                lines("Content-Type: text/html; charset=us-ascii"),
                lines('<p>Offerta 7/2026</p><img src="cid:logo@example.org">'),
            ), mail.picture(), subtype="related"), None, {},
        ),
        (
            "mixed-case", "clear-signed, types and parameters in odd letter case", TEXT,
            Clear(
                kind="Multipart/SIGNED", protocol='Protocol="Application/X-PKCS7-Signature"',
                micalg="MicAlg=SHA-256", part="Application/X-Pkcs7-Signature",
            ), {},
        ),
        (
            "micalg-oid", "clear-signed, micalg written as an object identifier", TEXT,
            Clear(micalg="micalg=2.16.840.1.101.3.4.2.1"), {},
        ),
        (
            "signed-three-parts", "multipart/signed with a third part after the signature", TEXT,
            Clear(extra=(mail.text(lines("Un piede aggiunto in transito.")),)), {},
        ),
        ("signed-no-protocol", "multipart/signed without protocol", TEXT, Clear(protocol=None), {}),
        (
            "signed-unknown-protocol", "multipart/signed of a protocol nobody knows", TEXT,
            Clear(
                protocol='protocol="application/x-example-signature"',
                part="application/x-example-signature",
            ), {},
        ),
        (
            "signed-protocol-mismatch", "multipart/signed that says PGP and holds a CMS signature", TEXT,
            Clear(protocol='protocol="application/pgp-signature"'), {},
        ),
        (
            "missing-signature", "multipart/signed, its signature part lost", TEXT,
            Clear(with_signature=False), {},
        ),
        (
            "tampered", "clear-signed text changed after signing: the digest does not match", TEXT,
            Clear(changed=(b"trenta giorni", b"tremila giorni")), {},
        ),
        (
            "signed-around-encrypted", "clear-signed whose signed part is encrypted",
            entity(
                lines(*pkcs7_rows("application/pkcs7-mime", smime_type="enveloped-data")),
                base64_lines(enveloped_data(TEXT)),
            ), None, {},
        ),
    )  # fmt: skip
    for name, shows, signed, clear, pieces in rows:
        label = f"smime-{name}"
        yield Sample(f"{label}.eml", _by(name, clear_message(label, signed, clear)), shows, "smime", pieces)


def _opaque() -> Iterator[Sample]:
    media = "application/pkcs7-mime"
    typed = pkcs7_rows(media, smime_type="signed-data")
    plain = signed_data(TEXT, Signing())
    enveloped = entity(
        lines(*pkcs7_rows(media, smime_type="enveloped-data")),
        base64_lines(enveloped_data(clear_entity("b-in", TEXT))),
    )
    rows: tuple[tuple[str, str, bytes, tuple[str, ...], Mapping[str, bytes]], ...] = (
        ("opaque-signed", "opaque-signed text (DER)", plain, typed, {}),
        ("opaque-signed-ber", "opaque-signed text (BER)", signed_data(TEXT, Signing(ber=True)), typed, {}),
        ("opaque-signed-ec", "opaque-signed text, ECDSA", signed_data(TEXT, Signing("user-ec")), typed, {}),
        (
            "opaque-signed-attachments", "opaque-signed with a PDF inside",
            signed_data(WITH_PDF, Signing()), typed, HIDDEN,
        ),
        (
            "opaque-signed-attachments-ber", "opaque-signed with a PDF inside, in chunks of BER",
            signed_data(WITH_PDF, Signing(ber=True)), typed, HIDDEN,
        ),
        (
            "opaque-signed-no-parameters", "opaque-signed, application/pkcs7-mime without any parameter",
            plain, pkcs7_rows(media, None), {},
        ),
        (
            "opaque-signed-octet-stream", "opaque-signed as application/octet-stream named smime.p7m",
            plain, pkcs7_rows("application/octet-stream"), {},
        ),
        (
            "triple-wrapped", "opaque-signed around encrypted around clear-signed (RFC 2634)",
            signed_data(enveloped, Signing()), typed, {},
        ),
    )  # fmt: skip
    for name, shows, blob, fields, pieces in rows:
        label = f"smime-{name}"
        yield Sample(f"{label}.eml", _by(name, pkcs7_message(label, blob, *fields)), shows, "smime", pieces)


def _encrypted() -> Iterator[Sample]:
    media, old = "application/pkcs7-mime", "application/x-pkcs7-mime"
    typed = pkcs7_rows(media, smime_type="enveloped-data")
    aes = enveloped_data(WITH_PDF)
    gcm = auth_enveloped_data(WITH_PDF)
    rows: tuple[tuple[str, str, bytes, tuple[str, ...]], ...] = (
        ("encrypted", "encrypted, AES-128-CBC (DER)", aes, typed),
        ("encrypted-ber", "encrypted, AES-128-CBC (BER)", enveloped_data(WITH_PDF, ber=True), typed),
        (
            "encrypted-3des", "encrypted as mail before 2010: x-pkcs7-mime, triple DES",
            enveloped_data(TEXT, cipher="des-ede3-cbc"), pkcs7_rows(old, smime_type="enveloped-data"),
        ),
        (
            "encrypted-gcm", "authenticated encryption, AES-256-GCM", gcm,
            pkcs7_rows(media, smime_type="authEnveloped-data"),
        ),
        (
            "encrypted-gcm-other-type", "authenticated encryption under an unregistered smime-type", gcm,
            pkcs7_rows(media, smime_type="authenticated-enveloped-data"),
        ),
        ("encrypted-no-smime-type", "encrypted, no smime-type", aes, pkcs7_rows(media)),
        (
            "encrypted-wrong-smime-type", "smime-type says signed-data, the CMS is enveloped-data", aes,
            pkcs7_rows(media, smime_type="signed-data"),
        ),
        (
            "encrypted-no-parameters", "encrypted, application/pkcs7-mime without any parameter", aes,
            pkcs7_rows(media, None),
        ),
        (
            "encrypted-octet-stream", "encrypted, as application/octet-stream named smime.p7m", aes,
            pkcs7_rows("application/octet-stream"),
        ),
        (
            "encrypted-octet-stream-name-in-disposition",
            "encrypted, as application/octet-stream named smime.p7m by Content-Disposition alone", aes,
            (
                *pkcs7_rows("application/octet-stream", None),
                "Content-Disposition: attachment; filename=smime.p7m",
            ),
        ),
        (
            "encrypted-mixed-case", "encrypted, types in odd letter case", aes,
            (
                "Content-Type: APPLICATION/X-Pkcs7-Mime; Smime-Type=Enveloped-Data; Name=SMIME.P7M",
                "Content-Transfer-Encoding: BASE64",
            ),
        ),
        (
            "encrypted-base64-in-binary", "encrypted, base64 text in a part that says it is binary", aes,
            (
                f'Content-Type: {media}; smime-type=enveloped-data; name="smime.p7m"',
                "Content-Transfer-Encoding: binary",
            ),
        ),
        (
            "encrypted-around-signed", "encrypted; what it hides is clear-signed",
            enveloped_data(clear_entity("b-inside", WITH_PDF)), typed,
        ),
    )  # fmt: skip
    for name, shows, blob, fields in rows:
        label = f"smime-{name}"
        yield Sample(f"{label}.eml", pkcs7_message(label, blob, *fields), shows, "smime")


def _others() -> Iterator[Sample]:
    media = "application/pkcs7-mime"
    inner_signature = signed_data(TEXT, Signing(), detached=True)
    cmc = signed_data(seq(seq(), seq(), seq(), seq()), Signing(content_type=PKI_DATA))
    invoice = signed_data(INVOICE, Signing())
    name = "IT01234567890_00042.xml.p7m"
    rows: tuple[tuple[str, str, bytes, tuple[str, ...]], ...] = (
        (
            "compressed", "compressed-data (RFC 3274)", compressed_data(WITH_PDF),
            pkcs7_rows(media, "smime.p7z", "compressed-data"),
        ),
        (
            "certs-only", "certificates alone, signed by nobody", certs_only("ca", "user"),
            pkcs7_rows(media, "smime.p7c", "certs-only"),
        ),
        (
            "certs-only-as-signed-data", "certificates alone under smime-type signed-data",
            certs_only("user"), pkcs7_rows(media, smime_type="signed-data"),
        ),
        (
            "signed-receipt", "signed receipt (RFC 2634)",
            signed_receipt(inner_signature[-256:], b"content-id-0001@mail.example.org"),
            pkcs7_rows(media, smime_type="signed-receipt"),
        ),
        (
            "cmc-request", "request to a certification authority (CMC)", cmc,
            pkcs7_rows(media, smime_type="CMC-request"),
        ),
        (
            "lone-signature", "the whole message is one application/pkcs7-signature", inner_signature,
            pkcs7_rows("application/pkcs7-signature", "smime.p7s"),
        ),
        (
            "document-at-root", "the whole message is a signed invoice (CAdES)", invoice,
            pkcs7_rows(media, name),
        ),
        (
            "document-at-root-octet-stream", "the whole message is a signed invoice, as octet-stream",
            invoice, pkcs7_rows("application/octet-stream", name),
        ),
        (
            "unreadable", "application/pkcs7-mime whose content is no CMS", bytes(range(64)),
            pkcs7_rows(media),
        ),
        (
            "empty", "application/pkcs7-mime without content", b"",
            pkcs7_rows(media, smime_type="enveloped-data"),
        ),
    )  # fmt: skip
    for short, shows, blob, fields in rows:
        label = f"smime-{short}"
        pieces = {name: invoice} if blob is invoice else {}
        yield Sample(f"{label}.eml", pkcs7_message(label, blob, *fields), shows, "smime", pieces)
    label = "smime-plain-text"
    root = mail.header(label, "Offerta 7/2026", f'Content-Type: {media}; name="smime.p7m"')
    shows = "application/pkcs7-mime whose content is plain text"
    yield Sample(f"{label}.eml", entity(root, mail.TEXT), shows, "smime")


def _header_protection() -> Iterator[Sample]:
    """RFC 9788."""
    outer = "Subject: [...]"
    inside = lines(
        f"From: {mail.FROM}",
        f"To: {mail.TO}",
        "Subject: Offerta riservata 7/2026",
        "Date: Mon, 2 Mar 2026 10:11:12 +0100",
    )
    clear = entity(inside + lines('Content-Type: text/plain; charset="us-ascii"; hp="clear"'), mail.TEXT)
    label = "smime-clear-signed-hp"
    shows = "clear-signed with header protection: the signed part repeats the header, hp=clear"
    data = clear_message(label, clear).replace(b"Subject: Offerta 7/2026", b"Subject: Offerta riservata 7/2026", 1)
    yield Sample(f"{label}.eml", data, shows, "smime")
    label = "smime-encrypted-hp"
    told = lines(f"HP-Outer: {outer}", "HP-Outer: Date: Mon, 2 Mar 2026 10:11:12 +0100")
    cipher = entity(inside + told + lines('Content-Type: text/plain; charset="us-ascii"; hp="cipher"'), mail.TEXT)
    rows = pkcs7_rows("application/pkcs7-mime", smime_type="enveloped-data")
    data = pkcs7_message(label, enveloped_data(cipher), *rows).replace(b"Subject: Offerta 7/2026", outer.encode(), 1)
    shows = "encrypted with header protection: the outer subject is [...], the true one inside"
    yield Sample(f"{label}.eml", data, shows, "smime")


def samples() -> Iterator[Sample]:
    """Yield the messages that are protected as a whole."""
    yield from _clear()
    yield from _opaque()
    yield from _encrypted()
    yield from _others()
    yield from _header_protection()
