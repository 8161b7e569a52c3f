"""S/MIME below the top, and signed documents that make no message protected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import mail
from .cms import Signing, certs_only, enveloped_data, signed_data
from .model import Sample, base64_lines, entity, lines
from .smime import (
    HIDDEN,
    INVOICE,
    TEXT,
    WITH_PDF,
    clear_entity,
    clear_message,
    pkcs7_message,
    pkcs7_rows,
    signature_part,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

FOOTER = mail.text(
    lines(
        "_______________________________________________",
        "Elenco mailing list",
        "https://liste.example.org/elenco",
    )
)
COVER = mail.text(lines("Vedi allegato.", "", "Anna"))
MEDIA = "application/pkcs7-mime"


def _part(blob: bytes, *rows: str) -> bytes:
    return entity(lines(*rows), base64_lines(blob))


ENCRYPTED = pkcs7_rows(MEDIA, smime_type="enveloped-data")
SIGNED = pkcs7_rows(MEDIA, smime_type="signed-data")


def _lists() -> Iterator[Sample]:
    """Yield mail that a list wrapped: the protected part stands beside a footer."""
    blob = enveloped_data(TEXT)
    rows: tuple[tuple[str, bytes, str, dict[str, bytes]], ...] = (
        ("smime-list-clear-signed", clear_entity("b-list", WITH_PDF), "clear-signed mail", HIDDEN),
        ("smime-list-encrypted", _part(blob, *ENCRYPTED), "encrypted mail", {}),
        ("smime-list-opaque-signed", _part(signed_data(TEXT, Signing()), *SIGNED), "opaque-signed mail", {}),
    )
    for label, part, what, pieces in rows:
        data = mail.message(label, "[Elenco] Offerta 7/2026", part, FOOTER)
        data = data.replace(b"MIME-Version", b"List-Id: Elenco <elenco.liste.example.org>\r\nMIME-Version", 1)
        yield Sample(f"{label}.eml", data, f"{what} with the footer of a mailing list around it", "smime", pieces)
    label = "smime-gateway-disclaimer-encrypted"
    disclaimer = mail.text(lines("Messaggio proveniente dall'esterno."))
    data = mail.message(label, "Offerta 7/2026", disclaimer, _part(blob, *ENCRYPTED))
    yield Sample(f"{label}.eml", data, "encrypted mail with a gateway's text in front of it", "smime")
    label = "smime-alternative-encrypted"
    kind = 'Content-Type: multipart/alternative; boundary="b-alt"'
    body = mail.mixed("b-alt", COVER, _part(blob, *ENCRYPTED)).partition(b"\r\n\r\n")[2]
    data = entity(mail.header(label, "Offerta 7/2026", kind), body)
    yield Sample(f"{label}.eml", data, "encrypted part as an alternative to a text", "smime")
    label = "smime-single-child-encrypted"
    data = mail.message(label, "Offerta 7/2026", _part(blob, *ENCRYPTED))
    yield Sample(f"{label}.eml", data, "multipart/mixed whose only part is encrypted", "smime")


def _attached() -> Iterator[Sample]:
    """Yield ordinary mail with protected messages attached."""
    signed = clear_message("smime-attached-signed-inner", WITH_PDF)
    encrypted = pkcs7_message("smime-attached-encrypted-inner", enveloped_data(TEXT), *ENCRYPTED)
    for label, inner, what, pieces in (
        ("smime-attached-signed", signed, "clear-signed", HIDDEN),
        ("smime-attached-encrypted", encrypted, "encrypted", {}),
    ):
        data = mail.message(label, "Un messaggio per te", COVER, mail.attached_message(inner))
        shows = f"ordinary mail with a {what} message attached"
        yield Sample(f"{label}.eml", data, shows, "smime", {"messaggio.eml": inner, **pieces})
    label = "smime-attached-signed-base64"
    fields = lines(
        'Content-Type: message/rfc822; name="messaggio.eml"',
        "Content-Transfer-Encoding: base64",
        'Content-Disposition: attachment; filename="messaggio.eml"',
    )
    data = mail.message(label, "Un messaggio per te", COVER, entity(fields, base64_lines(signed)))
    shows = "ordinary mail with a clear-signed message attached in base64"
    yield Sample(f"{label}.eml", data, shows, "smime", {"messaggio.eml": signed, **HIDDEN})
    label = "smime-attached-p7m-of-a-mail"
    part = _part(signed_data(WITH_PDF, Signing()), *SIGNED)
    data = mail.message(label, "Un messaggio per te", COVER, part)
    shows = "ordinary mail whose attached smime.p7m holds a MIME entity: a nested mail, not a document"
    yield Sample(f"{label}.eml", data, shows, "smime", HIDDEN)
    label = "smime-forwarded-p7s"
    part = signature_part(signed_data(TEXT, Signing(), detached=True))
    data = mail.message(label, "I: Offerta 7/2026", TEXT, part)
    shows = "forward that kept the loose smime.p7s of a signed mail"
    yield Sample(f"{label}.eml", data, shows, "smime")


def _documents() -> Iterator[Sample]:
    """Yield signed or encrypted documents: attachments like any other."""
    invoice = signed_data(INVOICE, Signing())
    invoice_ber = signed_data(INVOICE, Signing(ber=True))
    contract = signed_data(mail.PDF, Signing())
    fattura = "IT01234567890_00042.xml.p7m"
    rows = (
        (
            "document-fattura", MEDIA, "fattura.xml.p7m", invoice,
            "ordinary mail with an electronic invoice signed as CAdES",
        ),
        (
            "document-fattura-octet-stream", "application/octet-stream", fattura, invoice_ber,
            "ordinary mail with a signed invoice (BER) as octet-stream",
        ),
        ("document-contract", MEDIA, "contract.pdf.p7m", contract, "ordinary mail with a signed PDF"),
        (
            "document-signed-named-smime", MEDIA, "smime.p7m", contract,
            "ordinary mail with a signed PDF under the name smime.p7m: its content is no mail",
        ),
        (
            "document-encrypted", MEDIA, "dati.zip.p7m", enveloped_data(b"PK\x05\x06" + bytes(18)),
            "ordinary mail with an encrypted document that has a name of its own",
        ),
        (
            "document-detached-signature", "application/pkcs7-signature", "offerta.pdf.p7s",
            signed_data(mail.PDF, Signing(), detached=True),
            "ordinary mail with a detached signature of a document beside it",
        ),
        (
            "certificates-attached", "application/x-pkcs7-certificates", "certificati.p7b",
            certs_only("ca", "user"), "ordinary mail with certificates attached",
        ),
        (
            "document-fake-p7m", "application/octet-stream", "contratto.pdf.p7m", mail.PDF,
            "ordinary mail with a PDF whose name ends in .p7m",
        ),
    )  # fmt: skip
    for short, media, name, data, shows in rows:
        label = f"smime-{short}"
        parts = [COVER, mail.attachment(name, media, data)]
        pieces = {name: data}
        if short == "document-detached-signature":
            parts.insert(1, mail.attachment())
            pieces[mail.PDF_NAME] = mail.PDF
        content = mail.message(label, "Documenti", *parts)
        yield Sample(f"{label}.eml", content, shows, "smime", pieces)


def samples() -> Iterator[Sample]:
    """Yield nested S/MIME and documents."""
    yield from _lists()
    yield from _attached()
    yield from _documents()
