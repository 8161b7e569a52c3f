"""Builds PEC envelopes and receipts in the two styles met in real mail, and every layout they end up in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .cms import Signing, algorithm_protection, capabilities, signed_data
from .model import Sample, base64_lines, entity, lines, multipart, number, pdf, token
from .pec_model import (
    CLIENT_ID,
    DATE,
    GESTORE,
    RECIPIENT,
    SENDER,
    SUBJECT,
    Facts,
    Provider,
    daticert,
    introduction,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

ORDER = pdf("Ordine di fornitura 42/2026")
ORDER_NAME = "ordine-42.pdf"


@dataclass(frozen=True, slots=True)
class Style:
    """How a provider's program writes."""

    name: str
    protocol: str
    micalg: str
    """As written, quotes included."""
    digest: str
    ber: bool
    preamble: bytes
    engine: str
    """First letters of an identifier."""
    receipt_field: str
    quote: str
    """Around names of parts: a quotation mark or nothing."""
    binary: bool
    """Whether multiparts carry ``Content-Transfer-Encoding: binary``."""

    def outer(self, label: str) -> str:
        """Boundary of multipart/signed."""
        return f"----{token(label)}" if self.binary else f"----=_Part_2464_{number(label)}.1772442672123"

    def inner(self, label: str, at: int) -> str:
        """Boundary of a multipart inside."""
        if self.binary:
            return f"----------=_1772442672-{number(label, 6)}-{at}"
        return f"----=_Part_{2460 + at}_{number(label)}.1772442672111"


OPENPEC = Style(
    "openpec", "application/x-pkcs7-signature", '"sha1"', "sha1", ber=False, binary=True, engine="opec210",
    preamble=b"This is an S/MIME signed message\r\n\r\n", receipt_field="X-Tiporicevuta", quote='"',
)  # fmt: skip
"""The OpenPEC engine, until about 2024: SHA-1, DER."""
JAVA = Style(
    "java", "application/pkcs7-signature", "sha-256", "sha256", ber=True, binary=False, engine="jpec132",
    preamble=b"This is a S/MIME signed message\r\n", receipt_field="X-TipoRicevuta", quote="",
)  # fmt: skip
"""A Java engine, 2026: SHA-256, BER with indefinite lengths, names without quotes."""


def identifier(label: str, style: Style, provider: Provider = GESTORE, serial: int = 1) -> str:
    """PEC identifier in the manner of the engine (RFC 6109, 2.2.1)."""
    digits = f"{number(label, 5)}.{number(label + '/', 3)}"
    return f"{style.engine}04.20260302101112.{digits}.1.{serial}@{provider.domain}"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A PEC message before it is put into a layout."""

    label: str
    style: Style
    facts: Facts
    provider: Provider
    sender: str
    """Value of From."""
    to: str
    subject: str
    message_id: str
    claims: tuple[str, ...]
    """X- fields of PEC, as lines."""
    parts: tuple[bytes, ...]
    """Parts of the signed multipart/mixed."""
    return_path: str
    reply_to: str | None = None
    pieces: Mapping[str, bytes] = field(default_factory=dict)
    preamble: bytes | None = None
    """None: the style's."""


def daticert_part(xml: bytes, style: Style, *, media: str = "application/xml", name: str = "daticert.xml") -> bytes:
    """Certification data as a part."""
    header = lines(
        f'Content-Type: {media}; name="{name}"',
        "Content-Transfer-Encoding: base64",
        f'Content-Disposition: inline; filename="{name}"',
    )
    return entity(header, base64_lines(xml, 76 if style.ber else 64))


def original_part(message: bytes, style: Style, *, name: str = "postacert.eml", media: str = "message/rfc822") -> bytes:
    """Return the original message as a part."""
    written = f"{style.quote}{name}{style.quote}"
    header = lines(
        f"Content-Type: {media}; name={written}",
        "Content-Transfer-Encoding: 7bit",
        f"Content-Disposition: inline; filename={written}",
    )
    return entity(header, message)


def attachment(name: str, media: str, data: bytes) -> bytes:
    """Return an ordinary attachment in base64."""
    header = lines(
        f'Content-Type: {media}; name="{name}"',
        "Content-Transfer-Encoding: base64",
        f'Content-Disposition: attachment; filename="{name}"',
    )
    return entity(header, base64_lines(data))


def text_part(*rows: str) -> bytes:
    """Return a plain text part in UTF-8, unencoded ASCII by choice of words."""
    return entity(lines("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 7bit"), lines(*rows))


def original_header(facts: Facts, style: Style, *, subject: str = SUBJECT) -> bytes:
    """Header of the message that the sender handed in, as the provider changed it."""
    return lines(
        "Received: from ufficio.example.it (host77.example.it [192.0.2.77])",
        "\tby smtps.gestore.example.it (Postfix) with ESMTPA id 4xT1pP6k2Zz9sT",
        f"\tfor <{RECIPIENT}>; Mon,  2 Mar 2026 10:11:10 +0100 (CET)",
        "Date: Mon, 2 Mar 2026 10:11:08 +0100",
        f'From: "Ufficio acquisti" <{facts.sender}>',
        "User-Agent: Mozilla Thunderbird",
        "MIME-Version: 1.0",
        f"To: {', '.join(address for address, _ in facts.recipients)}",
        f"Subject: {subject}",
        f"Message-ID: <{facts.identifier}>",
        *([f"X-Riferimento-Message-ID: {facts.msgid}"] if facts.msgid else []),
        f"{style.receipt_field}: {facts.receipt or 'completa'}",
    )


BODY = (
    "Spett.le Ente,",
    "",
    "in allegato l'ordine 42/2026. Restiamo in attesa di conferma.",
    "",
    "Cordiali saluti",
    "Ufficio acquisti",
)


def original(facts: Facts, style: Style, parts: tuple[bytes, ...] | None = None) -> bytes:
    """Return the whole original message: a text and a PDF, or the parts given."""
    chosen = parts or (text_part(*BODY), attachment(ORDER_NAME, "application/pdf", ORDER))
    boundary = f"------------{token(facts.identifier, 24)}"
    header = original_header(facts, style) + lines(f'Content-Type: multipart/mixed; boundary="{boundary}"')
    return entity(header, multipart(boundary, chosen, preamble=lines("This is a multi-part message in MIME format.")))


def transport(label: str, style: Style = JAVA, message: bytes | None = None, **stated: str) -> Envelope:
    """Return a transport envelope (RFC 6109, 3.1.5); ``stated`` changes facts."""
    facts = Facts(identifier(label, style), receipt=stated.pop("receipt", "completa"), **stated)  # type: ignore[arg-type]
    inner = original(facts, style) if message is None else message
    xml = daticert(facts)
    opening = introduction(facts, style.inner(label, 1), binary=style.binary)
    pieces = {"postacert.eml": inner, "daticert.xml": xml}
    return Envelope(
        label=label,
        style=style,
        facts=facts,
        provider=GESTORE,
        sender=f'"Per conto di: {SENDER}" <{GESTORE.service}>',
        to=RECIPIENT,
        subject=f"POSTA CERTIFICATA: {facts.subject}",
        message_id=f"<{facts.identifier}>",
        claims=(
            "X-Trasporto: posta-certificata",
            f"{style.receipt_field}: {facts.receipt}",
            f"X-Riferimento-Message-ID: {facts.msgid or CLIENT_ID}",
        ),
        parts=(opening, daticert_part(xml, style), original_part(inner, style)),
        return_path=SENDER,
        reply_to=SENDER,
        pieces=pieces if message is not None else {**pieces, ORDER_NAME: ORDER},
    )


def content(envelope: Envelope) -> bytes:
    """Return the entity that is signed."""
    style = envelope.style
    boundary = style.inner(envelope.label, 2)
    if style.binary:
        header = lines(
            f'Content-Type: multipart/mixed; boundary="{boundary}"',
            "Content-Transfer-Encoding: binary",
            "MIME-Version: 1.0",
        )
    else:
        header = lines("Content-Type: multipart/mixed; ", f'\tboundary="{boundary}"')
    return entity(header, multipart(boundary, envelope.parts))


def trace(envelope: Envelope) -> bytes:
    """Fields that the delivery added."""
    domain = envelope.provider.domain
    host, address = ("mx1", "192.0.2.25") if envelope.to == RECIPIENT else ("mx2", "192.0.2.26")
    return lines(
        f"Return-Path: <{envelope.return_path}>",
        f"Delivered-To: {envelope.to}",
        f"Received: from {host}.{domain} ({host}.{domain} [{address}])",
        f"\tby mbox3.{envelope.to.partition('@')[2]} (Postfix) with ESMTPS id {token(envelope.label, 11)}",
        f"\tfor <{envelope.to}>; Mon,  2 Mar 2026 10:11:14 +0100 (CET)",
        f"Received: from smtps.{domain} (localhost [127.0.0.1])",
        f"\tby {host}.{domain} (Postfix) with ESMTP id {token(envelope.label + '/', 11)}",
        f"\tfor <{envelope.to}>; Mon,  2 Mar 2026 10:11:13 +0100 (CET)",
    )


def header(envelope: Envelope, content_type: bytes, *, claims: bool = True) -> bytes:
    """Header of the message, its fields in the order of the style."""
    said = lines(*envelope.claims) if claims else b""
    reply = lines(f"Reply-To: {envelope.reply_to}") if envelope.reply_to else b""
    if envelope.style.binary:
        return (
            trace(envelope)
            + lines(f"Subject: {envelope.subject}")
            + said
            + lines(f"Date: {DATE}", f"Message-ID: {envelope.message_id}", f"To: {envelope.to}")
            + lines(f"From: {envelope.sender}")
            + reply
            + lines("MIME-Version: 1.0")
            + content_type
        )
    return (
        trace(envelope)
        + lines(f"Date: {DATE} (CET)", f"From: {envelope.sender}")
        + reply
        + lines(f"To: {envelope.to}", f"Message-ID: {envelope.message_id}", f"Subject: {envelope.subject}")
        + lines("MIME-Version: 1.0")
        + content_type
        + said
    )


def signature(envelope: Envelope, signed: bytes, *, detached: bool = True) -> bytes:
    """CMS of the provider over the content."""
    style = envelope.style
    extra = algorithm_protection(envelope.provider.identity, style.digest) if style.ber else capabilities()
    how = Signing(envelope.provider.identity, style.digest, style.ber, attributes=(extra,))
    return signed_data(signed, how, detached=detached)


def signed_type(envelope: Envelope) -> bytes:
    """Content-Type of multipart/signed, as a field."""
    style = envelope.style
    boundary = style.outer(envelope.label)
    start = f'Content-Type: multipart/signed; protocol="{style.protocol}"; micalg={style.micalg};'
    if style.binary:
        return lines(f'{start} boundary="{boundary}"')
    return lines(f"{start} ", f'\tboundary="{boundary}"')


def signature_part(envelope: Envelope, blob: bytes) -> bytes:
    """Return the signature as a part."""
    style = envelope.style
    quote = style.quote
    fields = lines(
        f"Content-Type: {style.protocol}; name={quote}smime.p7s{quote}",
        "Content-Transfer-Encoding: base64",
        f"Content-Disposition: attachment; filename={quote}smime.p7s{quote}",
    )
    fields += b"" if style.binary else lines("Content-Description: S/MIME Cryptographic Signature")
    return entity(fields, base64_lines(blob, 64 if style.binary else 76))


def signed_body(envelope: Envelope, signed: bytes | None = None, blob: bytes | None = None) -> bytes:
    """Body of multipart/signed; what is signed, and the signature, may be given to make a bad one."""
    entity_ = content(envelope) if signed is None else signed
    cms = signature(envelope, content(envelope)) if blob is None else blob
    preamble = envelope.style.preamble if envelope.preamble is None else envelope.preamble
    parts = [entity_, signature_part(envelope, cms)]
    return multipart(envelope.style.outer(envelope.label), parts, preamble=preamble)


def clear_signed(envelope: Envelope, *, claims: bool = True) -> bytes:
    """Return the message as its provider made it; without claims when they were stripped."""
    return entity(header(envelope, signed_type(envelope), claims=claims), signed_body(envelope))


def sample(envelope: Envelope, shows: str, data: bytes | None = None) -> Sample:
    """Return the sample of an envelope: clear-signed unless the bytes are given."""
    octets = clear_signed(envelope) if data is None else data
    return Sample(f"{envelope.label}.eml", octets, shows, "pec", envelope.pieces)
