"""The header of an ordinary mail from one example person to another, and common parts."""

from __future__ import annotations

from .model import GIF, base64_lines, entity, lines, multipart, pdf, token

FROM = "Anna Esempio <anna.esempio@example.org>"
TO = "CRM Vendite <crm@example.com>"
PDF = pdf("Offerta 7/2026")
PDF_NAME = "offerta.pdf"
TEXT = lines(
    "Buongiorno,",
    "",
    "in allegato la nostra offerta 7/2026, valida trenta giorni.",
    "",
    "Anna Esempio",
    "Ditta di esempio S.r.l.",
)


def trace(label: str) -> bytes:
    """Fields that the delivery added."""
    return lines(
        "Return-Path: <anna.esempio@example.org>",
        "Received: from mail.example.org (mail.example.org [192.0.2.10])",
        f"\tby mx.example.com (Postfix) with ESMTPS id {token(label, 11)}",
        "\tfor <crm@example.com>; Mon,  2 Mar 2026 10:11:14 +0100 (CET)",
    )


def header(label: str, subject: str, *kind: str, sender: str = FROM, to: str = TO) -> bytes:
    """Header of a mail that was delivered; ``kind`` are the last rows, from Content-Type on."""
    return trace(label) + lines(
        "Date: Mon, 2 Mar 2026 10:11:12 +0100",
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        f"Message-ID: <{label}@mail.example.org>",
        "MIME-Version: 1.0",
        *kind,
    )


def text(body: bytes = TEXT) -> bytes:
    """Return a plain text part."""
    return entity(
        lines("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 7bit"),
        body,
    )


def attachment(name: str = PDF_NAME, media: str = "application/pdf", data: bytes = PDF) -> bytes:
    """Return an attachment in base64."""
    fields = lines(
        f'Content-Type: {media}; name="{name}"',
        "Content-Transfer-Encoding: base64",
        f'Content-Disposition: attachment; filename="{name}"',
    )
    return entity(fields, base64_lines(data))


def picture(content_id: str = "logo@example.org") -> bytes:
    """Return an inline picture."""
    fields = lines(
        'Content-Type: image/gif; name="logo.gif"',
        "Content-Transfer-Encoding: base64",
        f"Content-ID: <{content_id}>",
        'Content-Disposition: inline; filename="logo.gif"',
    )
    return entity(fields, base64_lines(GIF))


def mixed(boundary: str, *parts: bytes, subtype: str = "mixed") -> bytes:
    """Return a multipart entity of these parts."""
    fields = lines(f'Content-Type: multipart/{subtype}; boundary="{boundary}"')
    return entity(fields, multipart(boundary, parts))


def message(label: str, subject: str, *parts: bytes, sender: str = FROM, to: str = TO) -> bytes:
    """Return a delivered multipart/mixed mail of these parts."""
    boundary = f"=_{token(label, 16)}"
    kind = f'Content-Type: multipart/mixed; boundary="{boundary}"'
    return entity(header(label, subject, kind, sender=sender, to=to), multipart(boundary, parts))


def attached_message(data: bytes, name: str = "messaggio.eml") -> bytes:
    """Return a message as an attachment."""
    fields = lines(
        f'Content-Type: message/rfc822; name="{name}"',
        "Content-Transfer-Encoding: 7bit",
        f'Content-Disposition: attachment; filename="{name}"',
    )
    return entity(fields, data)
