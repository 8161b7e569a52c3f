"""The layouts that PEC messages end up in, from the provider's own to what forwarding leaves of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .cms import Signing, enveloped_data, signed_data
from .model import Sample, base64_lines, entity, lines, multipart
from .pec_build import (
    BODY,
    JAVA,
    OPENPEC,
    ORDER,
    ORDER_NAME,
    Envelope,
    attachment,
    clear_signed,
    content,
    header,
    identifier,
    original,
    original_header,
    sample,
    signature,
    signature_part,
    signed_body,
    signed_type,
    text_part,
    transport,
)
from .pec_model import RECIPIENT, SENDER, Facts
from .pec_types import NOTICES, anomaly, notice

if TYPE_CHECKING:
    from collections.abc import Iterator

DELIVERY = next(row for row in NOTICES if row.label == "delivery-completa")
ACCEPTANCE = next(row for row in NOTICES if row.label == "acceptance")
COLLEAGUE = "crm@example.org"
LIST = "elenco@liste.example.org"
SUBJECT = "POSTA CERTIFICATA: Ordine di fornitura 42/2026"
INVOICE_NAME = "IT01234567890_00042.xml.p7m"
INVOICE = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<p:FatturaElettronica versione="FPR12" xmlns:p="http://example.it/fattura">\n'
    b"  <Numero>42</Numero>\n</p:FatturaElettronica>\n"
)


def opaque(envelope: Envelope) -> bytes:
    """Return the envelope as one signed-data blob, its PEC fields still on top."""
    blob = signature(envelope, content(envelope), detached=False)
    kind = lines(
        'Content-Type: application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"',
        "Content-Transfer-Encoding: base64",
        'Content-Disposition: attachment; filename="smime.p7m"',
    )
    return entity(header(envelope, kind), base64_lines(blob))


def _sealed() -> Iterator[Sample]:
    yield sample(
        one := transport("pec-opaque-signed"),
        "transport envelope whose provider signed opaquely: one smime.p7m (BER), X-Trasporto on top",
        opaque(one),
    )
    yield sample(
        one := notice(DELIVERY, OPENPEC, "pec-opaque-signed-receipt"),
        "receipt of delivery signed opaquely (DER), X-Ricevuta on top",
        opaque(one),
    )
    one = transport("pec-unsigned-no-signature-part")
    body = multipart(JAVA.outer(one.label), [content(one)], preamble=JAVA.preamble)
    yield sample(
        one,
        "transport envelope still multipart/signed, the part smime.p7s removed",
        entity(header(one, signed_type(one)), body),
    )
    one = notice(ACCEPTANCE, OPENPEC, "pec-unsigned-empty-signature")
    yield sample(
        one,
        "acceptance receipt still multipart/signed, the signature emptied",
        entity(header(one, signed_type(one)), signed_body(one, blob=b"")),
    )
    for one, what in (
        (transport("pec-unsigned-copy"), "transport envelope flattened to multipart/mixed"),
        (
            notice(DELIVERY, JAVA, "pec-unsigned-copy-receipt"),
            "receipt of delivery flattened to multipart/mixed",
        ),
    ):
        flat = content(one)
        kind, _, body = flat.partition(b"\r\n\r\n")
        yield sample(one, f"{what}: PEC fields and parts, no signature", entity(header(one, kind + b"\r\n"), body))


def _stripped() -> Iterator[Sample]:
    one = transport("pec-stripped")
    yield sample(
        one,
        "transport envelope whose PEC fields a gateway removed: still signed, daticert.xml in place",
        clear_signed(one, claims=False),
    )
    one = notice(DELIVERY, OPENPEC, "pec-stripped-receipt")
    yield sample(one, "receipt of delivery whose PEC fields a gateway removed", clear_signed(one, claims=False))
    one = replace(transport("pec-stripped-certified-mail"), sender="Certified mail <certified-mail@gestore.example.it>")
    yield sample(
        one,
        "stripped transport envelope from certified-mail@, the address of RFC 6109's English text",
        clear_signed(one, claims=False),
    )


def fragments(envelope: Envelope, *, media: str = "message/rfc822") -> tuple[bytes, ...]:
    """Return what a forward leaves: original, certification data and signature as loose attachments."""
    name = "postacert.eml"
    if media == "message/rfc822":
        fields = lines(
            f'Content-Type: message/rfc822; name="{name}"',
            f'Content-Disposition: attachment; filename="{name}"',
        )
        inner = entity(fields, envelope.pieces[name])
    else:
        inner = attachment(name, media, envelope.pieces[name])
    return (
        inner,
        attachment("daticert.xml", "application/xml", envelope.pieces["daticert.xml"]),
        attachment("smime.p7s", "application/pkcs7-signature", signature(envelope, content(envelope))),
    )


def ordinary(name: str, subject: str, parts: tuple[bytes, ...], *, sender: str = "bruno.esempio@example.com") -> bytes:
    """Return an ordinary mail with a short text and these parts."""
    boundary = f"000000000000{name[:8]}06f2a1"
    fields = lines(
        "Return-Path: <bruno.esempio@example.com>",
        "Received: from mail.example.com (mail.example.com [192.0.2.80])",
        "\tby mx.example.org (Postfix) with ESMTPS id 4xT2aB3c4Dz5f",
        f"\tfor <{COLLEAGUE}>; Mon,  2 Mar 2026 11:02:41 +0100 (CET)",
        "MIME-Version: 1.0",
        f"From: Bruno Esempio <{sender}>",
        "Date: Mon, 2 Mar 2026 11:02:37 +0100",
        f"Message-ID: <{name}@mail.example.com>",
        f"Subject: {subject}",
        f"To: CRM <{COLLEAGUE}>",
        f'Content-Type: multipart/mixed; boundary="{boundary}"',
    )
    text = text_part("Ti inoltro la PEC ricevuta stamattina.", "", "Bruno")
    return entity(fields, multipart(boundary, [text, *parts]))


def whole(envelope: Envelope, name: str = "pec.eml") -> bytes:
    """Return the whole message as an attached message."""
    fields = lines(
        f'Content-Type: message/rfc822; name="{name}"', f'Content-Disposition: attachment; filename="{name}"'
    )
    return entity(fields, clear_signed(envelope))


def _forwarded() -> Iterator[Sample]:
    subject = f"I: {SUBJECT}"
    one = transport("pec-forwarded-fragments")
    yield sample(
        one,
        "ordinary forward with postacert.eml, daticert.xml and smime.p7s as loose attachments",
        ordinary(one.label, subject, fragments(one)),
    )
    one = transport("pec-forwarded-fragments-octet-stream")
    yield sample(
        one,
        "ordinary forward, postacert.eml attached as application/octet-stream",
        ordinary(one.label, subject, fragments(one, media="application/octet-stream")),
    )
    one = transport("pec-forwarded-whole")
    yield sample(
        one,
        "ordinary forward with the whole PEC as an attached message, its signature intact",
        ordinary(one.label, subject, (whole(one),)),
    )
    one = transport("pec-forwarded-signed")
    inner = multipart("sig-forward-inner", [text_part("Ti inoltro la PEC."), *fragments(one)])
    signed = entity(lines('Content-Type: multipart/mixed; boundary="sig-forward-inner"'), inner)
    blob = signed_data(signed, Signing("user"), detached=True)
    data = entity(
        lines(
            "From: Anna Esempio <anna.esempio@example.org>",
            f"To: {COLLEAGUE}",
            f"Subject: {subject}",
            "Date: Mon, 2 Mar 2026 11:02:37 +0100",
            "Message-ID: <pec-forwarded-signed@mail.example.org>",
            "MIME-Version: 1.0",
            'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256;',
            '\tboundary="sig-forward"',
        ),
        multipart("sig-forward", [signed, signature_part(one, blob)]),
    )
    yield sample(
        one,
        "forward signed by its user (S/MIME): daticert.xml stands in the signed part, but it is no PEC",
        data,
    )


def _relayed() -> Iterator[Sample]:
    to_list = ((LIST, "esterno"),)
    one = replace(transport("pec-relayed", OPENPEC, recipients=to_list), to=LIST, subject=f"[Elenco] {SUBJECT}")  # type: ignore[arg-type]
    kind = lines('Content-Type: multipart/mixed; boundary="===============5231974800=="')
    relay = lines(
        "Sender: elenco-bounces@liste.example.org",
        "Errors-To: elenco-bounces@liste.example.org",
        "X-Mailman-Version: 2.1.39",
        "Precedence: list",
        "List-Id: Elenco di prova <elenco.liste.example.org>",
        f"List-Post: <mailto:{LIST}>",
    )
    inner = entity(signed_type(one), signed_body(one))
    footer = entity(
        lines('Content-Type: text/plain; charset="us-ascii"', "Content-Transfer-Encoding: 7bit"),
        lines(
            "_______________________________________________",
            "Elenco mailing list",
            "Elenco@liste.example.org",
        ),
    )
    body = multipart("===============5231974800==", [inner, footer])
    yield sample(
        one,
        "transport envelope relayed by a mailing list: PEC fields on top, signed part one level down",
        entity(header(one, relay + kind), body),
    )
    one = replace(transport("pec-list-tag", recipients=to_list), to=LIST, subject=f"[Elenco] {SUBJECT}")  # type: ignore[arg-type]
    yield sample(one, "transport envelope with a list's tag in the subject, its structure untouched")


def _nested() -> Iterator[Sample]:
    inner = transport("pec-anomaly-nested-inner")
    yield sample(
        anomaly(
            "pec-anomaly-nested",
            JAVA,
            clear_signed(inner),
            subject=inner.subject,
            message_id=inner.message_id,
        ),
        "anomaly envelope around a whole PEC: only the anomaly is this message's own type",
    )
    for label, parts, what in (
        ("pec-inside-pec", fragments(inner), "whose original is a forward with the fragments of another PEC"),
        ("pec-inside-pec-whole", (whole(inner, "postacert.eml"),), "whose original has a whole PEC attached"),
    ):
        facts = Facts(identifier(label, JAVA), receipt="completa")
        message = original(facts, JAVA, (text_part("Inoltriamo la PEC allegata."), *parts))
        yield sample(transport(label, JAVA, message), f"transport envelope {what}")


def _protected_originals() -> Iterator[Sample]:
    plain = entity(lines("Content-Type: text/plain; charset=us-ascii"), lines(*BODY))
    invoice = signed_data(INVOICE, Signing("user"))
    clear = multipart(
        "inner-signed",
        [plain, signature_part(transport("x", OPENPEC), signed_data(plain, Signing("user"), detached=True))],
    )
    opaque_field = 'Content-Type: application/pkcs7-mime; smime-type=%s; name="smime.p7m"'
    base64 = "Content-Transfer-Encoding: base64"
    rows = (
        (
            "pec-postacert-encrypted", "is encrypted with S/MIME: forwarding it inline would not help",
            lines(opaque_field % "enveloped-data", base64), base64_lines(enveloped_data(plain)),
        ),
        (
            "pec-postacert-opaque-signed", "is signed opaquely with S/MIME",
            lines(opaque_field % "signed-data", base64), base64_lines(signed_data(plain, Signing("user"))),
        ),
        (
            "pec-postacert-signed", "is clear-signed with S/MIME by its author",
            lines(
                'Content-Type: multipart/signed; protocol="application/x-pkcs7-signature"; micalg=sha-256;',
                ' boundary="inner-signed"',
            ),
            clear,
        ),
        (
            "pec-postacert-fattura", "carries an electronic invoice, a CAdES document",
            lines('Content-Type: multipart/mixed; boundary="inner-mixed"'),
            multipart("inner-mixed", [plain, attachment(INVOICE_NAME, "application/pkcs7-mime", invoice)]),
        ),
    )  # fmt: skip
    for label, what, kind, body in rows:
        facts = Facts(identifier(label, JAVA), receipt="completa")
        message = entity(original_header(facts, JAVA) + kind, body)
        one = transport(label, JAVA, message)
        if label == "pec-postacert-fattura":
            one = replace(one, pieces={**one.pieces, INVOICE_NAME: invoice})
        yield sample(one, f"transport envelope whose original {what}")


def _extracted() -> Iterator[Sample]:
    facts = Facts(identifier("pec-extracted-postacert", OPENPEC), receipt="completa")
    yield Sample(
        "pec-extracted-postacert.eml",
        original(facts, OPENPEC),
        "postacert.eml saved out of its envelope: keeps X-Tiporicevuta, is an ordinary mail",
        "pec",
        {ORDER_NAME: ORDER},
    )
    quoted = lines(
        "From: Bruno Esempio <bruno.esempio@example.com>",
        f"To: {SENDER}",
        f"Cc: {RECIPIENT}",
        f"Subject: R: {SUBJECT}",
        "Date: Mon, 2 Mar 2026 12:30:00 +0100",
        "Message-ID: <reply-1@mail.example.com>",
        "In-Reply-To: <20260302101108.7C3A@pec.example.it>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    )
    words = lines(
        "Confermiamo l'ordine.",
        "",
        "> -- Messaggio di posta certificata --",
        "> Il giorno 02/03/2026 alle ore 10:11:12 (+0100) il messaggio",
        '> "Ordine di fornitura 42/2026" è partito.',
        "> Identificativo messaggio: jpec13204.20260302101112.1.2.1.1@gestore.example.it",
    )
    shows = "ordinary reply to a PEC that quotes its text; no PEC itself"
    yield Sample("pec-reply.eml", entity(quoted, words), shows, "pec")


def samples() -> Iterator[Sample]:
    """Yield the layouts."""
    yield from _sealed()
    yield from _stripped()
    yield from _relayed()
    yield from _forwarded()
    yield from _nested()
    yield from _protected_originals()
    yield from _extracted()
