"""Ordinary mail in its usual shapes, and mail that only talks about protected mail."""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING

from . import mail
from .model import GIF, Sample, base64_lines, entity, lines, multipart, quoted_printable

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN = "Content-Type: text/plain; charset=us-ascii"
UTF8 = "Content-Type: text/plain; charset=utf-8"
EIGHT = "Content-Transfer-Encoding: 8bit"
COVER = mail.text(lines("Vedi allegato.", "", "Anna"))
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>\n'
LOCKED_ZIP = bytes.fromhex(
    "504b0304" "1400" "0100" "0000" "0000" "625c" "78563412" "10000000" "04000000" "0500" "0000"
) + b"a.txt" + bytes(range(16)) + bytes.fromhex(
    "504b0102" "1400" "1400" "0100" "0000" "0000" "625c" "78563412" "10000000" "04000000"
    "0500" "0000" "0000" "0000" "0000" "00000000" "00000000"
) + b"a.txt" + bytes.fromhex("504b0506" "0000" "0000" "0100" "0100" "33000000" "33000000" "0000")  # fmt: skip
"""A zip archive whose only file is encrypted."""


def _one(name: str, data: bytes, shows: str, pieces: dict[str, bytes] | None = None) -> Sample:
    return Sample(f"{name}.eml", data, shows, "ordinary", pieces or {})


def simple(label: str, subject: str, *rows: str | bytes, kind: tuple[str, ...] = (PLAIN,)) -> bytes:
    """Return a mail of one text part."""
    return entity(mail.header(label, subject, *kind), lines(*rows))


def alternative(boundary: str, plain: bytes, page: bytes) -> bytes:
    """Return a multipart/alternative entity."""
    text = entity(lines("Content-Type: text/plain; charset=us-ascii"), plain)
    return mail.mixed(
        boundary,
        text,
        entity(lines("Content-Type: text/html; charset=us-ascii"), page),
        subtype="alternative",
    )


def newsletter(label: str, *extra: bytes) -> bytes:
    """Return a newsletter: list fields, X-Auto-Response-Suppress, no Message-ID."""
    fields = lines(
        "Return-Path: <bounce-7781@news.example.net>",
        "Received: from out3.news.example.net (out3.news.example.net [192.0.2.43])",
        "\tby mx.example.com (Postfix) with ESMTPS id 4xT9nn for <crm@example.com>;",
        "\tMon,  2 Mar 2026 06:00:03 +0100 (CET)",
        "Date: Mon, 2 Mar 2026 06:00:01 +0100",
        "From: Example News <news@news.example.net>",
        "To: crm@example.com",
        "Subject: Le novita' di marzo",
        "List-Id: Example News <news.example.net>",
        "List-Unsubscribe: <https://news.example.net/u/7781>, <mailto:u-7781@news.example.net>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Precedence: bulk",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "Feedback-ID: 7781:news:example",
        "MIME-Version: 1.0",
    )
    page = lines("<html><body><h1>Le novita' di marzo</h1>", "<p>Offerte e notizie.</p></body></html>")
    body = alternative(f"=_alt_{label}", lines("Le novita' di marzo", "", "Offerte e notizie."), page)
    return fields + (mail.mixed(f"=_mix_{label}", body, *extra) if extra else body)


def _texts() -> Iterator[Sample]:
    yield _one("ordinary-plain-text", simple("ordinary-plain-text", "Pranzo", "Ci vediamo alle 13?"), "plain text")
    label = "ordinary-html-alternative"
    page = lines("<p>Ci vediamo <b>alle 13</b>?</p>")
    body = alternative("=_alt_1", lines("Ci vediamo alle 13?"), page)
    yield _one(label, mail.header(label, "Pranzo") + body, "plain text and HTML")
    label = "ordinary-quoted-printable"
    kind = (UTF8, "Content-Transfer-Encoding: quoted-printable")
    data = entity(mail.header(label, "Caffe'", *kind), quoted_printable("Caffè alle 15? C'è tempo: 100 % = sì\n"))
    yield _one(label, data, "quoted-printable text")
    label = "ordinary-8bit"
    kind = ("Content-Type: text/plain; charset=iso-8859-1", EIGHT)
    yield _one(label, simple(label, "Perche'", "Perché no?".encode("latin-1"), kind=kind), "text in 8bit ISO-8859-1")
    label = "ordinary-charset-undeclared"
    rows = "Perché è così “semplice”: 10 €".encode("windows-1252")
    yield _one(
        label,
        simple(label, "Prezzi", rows, kind=("Content-Type: text/plain",)),
        "8-bit text that declares no charset",
    )
    label = "ordinary-charset-unknown"
    kind = ("Content-Type: text/plain; charset=x-unknown-99", EIGHT)
    yield _one(label, simple(label, "Prezzi", "Perché no?", kind=kind), "text in a charset that nobody knows")
    label = "ordinary-no-mime-version"
    data = simple(label, "Pranzo", "Ci vediamo alle 13?", kind=()).replace(b"MIME-Version: 1.0\r\n", b"")
    yield _one(label, data, "plain text without any MIME field")
    label = "ordinary-uuencoded"
    coded = [b"begin 644 logo.gif", binascii.b2a_uu(GIF[:45]).rstrip(b"\n"), b"`", b"end"]
    yield _one(label, simple(label, "Logo", "Ecco il logo:", "", *coded), "uuencoded file in a plain text body")
    label = "ordinary-reply"
    data = simple(label, "Re: Pranzo", "Va bene.", "", "Il 2/3/2026 Bruno ha scritto:", "> Ci vediamo alle 13?")
    data = data.replace(
        b"MIME-Version", b"In-Reply-To: <a@example.com>\r\nReferences: <a@example.com>\r\nMIME-Version", 1
    )
    yield _one(label, data, "reply with a quotation")


def _names() -> Iterator[Sample]:
    label = "ordinary-encoded-words"
    subject = "=?utf-8?B?UHJldmVudGl2byDigJMgbHVuZWTDrA==?=\r\n =?utf-8?Q?_mattina?="
    data = entity(
        mail.header(label, subject, PLAIN, sender="=?iso-8859-1?Q?Nicol=F2_Esempio?= <nicolo@example.org>"),
        lines("Ciao"),
    )
    yield _one(label, data, "subject and sender in encoded words")
    label = "ordinary-utf8-headers"
    data = entity(
        mail.header(label, "Preventivo di lunedì", UTF8, EIGHT, sender="Nicolò Esempio <nicolò@example.org>"),
        lines("È pronto."),
    )
    yield _one(label, data, "header in UTF-8, the sender's address too (RFC 6532)")
    label = "ordinary-rfc2231-names"
    fields = lines(
        "Content-Type: application/pdf;",
        " name*0*=utf-8''Offerta%20n%C2%B0%207;",
        " name*1*=%20del%20luned%C3%AC;",
        ' name*2=".pdf"',
        "Content-Transfer-Encoding: base64",
        "Content-Disposition: attachment; filename*=utf-8''Offerta%20n%C2%B0%207%20del%20luned%C3%AC.pdf",
    )
    data = mail.message(label, "Offerta", COVER, entity(fields, base64_lines(mail.PDF)))
    yield _one(label, data, "attachment name in RFC 2231 form, continued", {"Offerta n° 7 del lunedì.pdf": mail.PDF})
    label = "ordinary-comments"
    kind = ("Content-Type: text/plain (testo; non html); charset=(qui) us-ascii",)
    yield _one(label, simple(label, "Pranzo", "Ciao", kind=kind), "comments in Content-Type")


def _attachments() -> Iterator[Sample]:
    label = "ordinary-pdf-attachment"
    yield _one(
        label,
        mail.message(label, "Offerta", mail.text(), mail.attachment()),
        "text with a PDF",
        {mail.PDF_NAME: mail.PDF},
    )
    label = "ordinary-inline-picture"
    page = entity(lines("Content-Type: text/html; charset=us-ascii"), lines('<img src="cid:logo@example.org">'))
    kind = 'Content-Type: multipart/related; boundary="=_rel_1"'
    data = entity(mail.header(label, "Logo", kind), multipart("=_rel_1", [page, mail.picture()]))
    yield _one(label, data, "HTML with an inline picture", {"logo.gif": GIF})
    label = "ordinary-attached-message"
    inner = simple("inner-1", "Pranzo", "Ci vediamo alle 13?")
    data = mail.message(label, "I: Pranzo", COVER, mail.attached_message(inner))
    yield _one(label, data, "ordinary mail with an ordinary message attached", {"messaggio.eml": inner})
    label = "ordinary-attached-global-message"
    inner = entity(lines("From: nicolò@example.org", "Subject: Lunedì", UTF8, EIGHT), lines("È pronto."))
    part = entity(
        lines("Content-Type: message/global", EIGHT, 'Content-Disposition: attachment; filename="u8.eml"'),
        inner,
    )
    yield _one(
        label,
        mail.message(label, "I: Lunedi'", COVER, part),
        "a message/global attached (RFC 6532)",
        {"u8.eml": inner},
    )
    label = "ordinary-digest"
    kind = 'Content-Type: multipart/digest; boundary="=_dig_1"'
    items = [lines("") + simple(f"digest-{at}", f"Argomento {at}", "Testo.") for at in (1, 2)]
    data = entity(mail.header(label, "Elenco, volume 3", kind), multipart("=_dig_1", items))
    yield _one(label, data, "multipart/digest, whose parts are messages by default")
    label = "ordinary-locked-zip"
    part = mail.attachment("dati.zip", "application/zip", LOCKED_ZIP)
    yield _one(
        label,
        mail.message(label, "Dati", COVER, part),
        "zip with a password: not protected mail",
        {"dati.zip": LOCKED_ZIP},
    )
    label = "ordinary-external-body"
    part = entity(
        lines('Content-Type: message/external-body; access-type=URL; URL="https://files.example.org/a.pdf"'),
        lines("Content-Type: application/pdf", "Content-ID: <a@example.org>", ""),
    )
    yield _one(label, mail.message(label, "Link", COVER, part), "message/external-body: nothing is fetched")
    label = "ordinary-newsletter"
    yield _one(label, newsletter(label), "newsletter: List fields, X-Auto-Response-Suppress, no Message-ID")
    label = "ordinary-newsletter-svg"
    part = mail.attachment("logo.svg", "image/svg+xml", SVG)
    yield _one(label, newsletter(label, part), "newsletter with an .svg attached", {"logo.svg": SVG})


SOURCE = (
    "X-Trasporto: posta-certificata",
    "X-TipoRicevuta: completa",
    'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary="x"',
    "",
    "--x",
    'Content-Type: application/xml; name="daticert.xml"',
    "",
    "--x",
    'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"',
    "Content-Transfer-Encoding: base64",
    "",
    "MIAGCSqGSIb3DQEHA6CAMIACAQAxggEpMIIBJQIBADANMAgxBjAEBgNVBAMTADANBgkqhkiG9w0B",
    "--x--",
)
"""Source of a protected mail, as people paste it."""


def _bait() -> Iterator[Sample]:
    rows = (
        (
            "smime",
            "what smime.p7m is",
            ("L'allegato smime.p7m non si apre: application/pkcs7-mime, perche'?",),
        ),
        (
            "pec",
            "how to read X-Trasporto",
            ("Le PEC hanno X-Trasporto: posta-certificata e un daticert.xml.",),
        ),
        ("source", "the source of a PEC and of an encrypted mail, pasted at line starts", SOURCE),
        ("quoted-source", "the source of a PEC, quoted", tuple(f"> {row}" for row in SOURCE)),
        (
            "rpmsg",
            "message.rpmsg and its header field",
            ("Content-Class: rpmsg.message", "Allegato: message.rpmsg"),
        ),
    )
    for short, what, words in rows:
        label = f"ordinary-bait-{short}"
        yield _one(label, simple(label, "Domanda", "Buongiorno,", "", *words), f"plain text that talks about {what}")
    label = "ordinary-bait-html-source"
    page = entity(lines("Content-Type: text/html; charset=us-ascii"), lines("<pre>", *SOURCE, "</pre>"))
    yield _one(label, mail.header(label, "Domanda") + page, "HTML that shows the source of a PEC")
    label = "ordinary-bait-source-attached"
    source = lines(*SOURCE)
    data = mail.message(label, "Domanda", COVER, mail.attachment("sorgente.txt", "text/plain", source))
    yield _one(label, data, "text attachment, in base64, that holds the source of a PEC", {"sorgente.txt": source})
    label = "ordinary-bait-subject"
    data = simple(label, "smime.p7m / message.rpmsg / X-Trasporto: posta-certificata", "Vedi oggetto.")
    yield _one(label, data, "subject made of the names that detectors look for")
    label = "ordinary-bait-oid-in-picture"
    picture = GIF[:-1] + bytes.fromhex("21fe0b06092a864886f70d0107030000") + b";"
    part = mail.attachment("foto.gif", "image/gif", picture)
    yield _one(
        label,
        mail.message(label, "Foto", COVER, part),
        "picture whose bytes contain a CMS identifier",
        {"foto.gif": picture},
    )


def samples() -> Iterator[Sample]:
    """Yield ordinary mail and bait."""
    yield from _texts()
    yield from _names()
    yield from _attachments()
    yield from _bait()
