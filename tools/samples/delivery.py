"""Addresses, attachments, lengths and characters that a channel may stumble over, and their near misses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import mail
from .model import Sample, base64_lines, entity, lines
from .ordinary import PLAIN, SVG, UTF8, simple
from .smime import clear_message

if TYPE_CHECKING:
    from collections.abc import Iterator

OFFER = "Offerta 7/2026"


def _one(name: str, data: bytes, shows: str, pieces: dict[str, bytes] | None = None) -> Sample:
    return Sample(f"delivery-{name}.eml", data, shows, "delivery", pieces or {})


def addressed(label: str, *rows: str) -> bytes:
    """Return a plain mail whose address fields are these rows and no others."""
    fields = lines(
        "Return-Path: <anna.esempio@example.org>",
        "Date: Mon, 2 Mar 2026 10:11:12 +0100",
        *rows,
        f"Subject: {OFFER}",
        f"Message-ID: <delivery-{label}@mail.example.org>",
        "MIME-Version: 1.0",
        UTF8,
    )
    return entity(fields, lines("Buongiorno."))


SENDER, TO = f"From: {mail.FROM}", f"To: {mail.TO}"
ADDRESSES = (
    ("undisclosed-recipients", (SENDER, "To: undisclosed-recipients:;"), "an empty group as the only recipient"),
    ("no-recipients", (SENDER,), "no To, no Cc"),
    ("bcc-only", (SENDER, "Bcc: crm@example.com"), "Bcc alone"),
    ("to-empty", (SENDER, "To:"), "an empty To field"),
    ("cc-only", (SENDER, "Cc: crm@example.com"), "Cc alone: that is a visible recipient"),
    (
        "group-with-members", (SENDER, "To: Vendite: crm@example.com, bruno.esempio@example.com;"),
        "a group with members",
    ),
    ("empty-group-and-recipient", (SENDER, "To: elenco:;, crm@example.com"), "an empty group beside a recipient"),
    ("from-missing", (TO,), "no From"),
    ("from-null", ("From: <>", TO), "From is <>"),
    ("from-empty", ("From:", TO), "an empty From field"),
    ("from-mailer-daemon", ("From: MAILER-DAEMON", TO), "From is a local part alone"),
    ("from-name-only", ('From: "Anna Esempio"', TO), "From is a name without an address"),
    ("from-at-domain", ("From: Anna <@example.org>", TO), "From with an empty local part"),
    (
        "from-lenient", ("From: Anna Esempio anna.esempio@example.org", TO),
        "From without angle brackets: read leniently",
    ),
    ("from-unclosed", ("From: Anna Esempio <anna.esempio@example.org", TO), "From whose bracket never closes"),
    (
        "from-comma-unquoted", ("From: Esempio, Anna <anna.esempio@example.org>", TO),
        "From with a comma outside quotation marks",
    ),
    (
        "from-encoded-whole", ("From: =?utf-8?Q?Anna_=3Canna=2Eesempio=40example=2Eorg=3E?=", TO),
        "From wholly in an encoded word",
    ),
    ("from-group", ("From: Vendite: anna.esempio@example.org;", TO), "From written as a group"),
    (
        "from-two-mailboxes", (f"From: {mail.FROM}, bruno.esempio@example.com", f"Sender: {mail.FROM}", TO),
        "From with two mailboxes and a Sender",
    ),
    ("from-route", ("From: <@mx.example.net:anna.esempio@example.org>", TO), "From with an old route"),
    ("from-comment", ("From: anna.esempio@example.org (Anna Esempio (vendite))", TO), "From with nested comments"),
    ("from-quoted-local", ('From: "anna esempio"@example.org', TO), "From with a quoted local part"),
    ("sender-only", (f"Sender: {mail.FROM}", TO), "Sender, but no From"),
    ("recipient-invalid", (SENDER, "To: crm"), "To is a local part alone"),
    (
        "recipient-invalid-second", (SENDER, TO, "Cc: bruno.esempio@example.com, archivio"),
        "a second recipient in Cc without a domain",
    ),
    ("recipient-name-only", (SENDER, 'To: "CRM Vendite"'), "To is a name without an address"),
    ("recipient-lenient", (SENDER, "To: CRM Vendite crm@example.com"), "To without angle brackets: read leniently"),
    (
        "recipient-semicolons", (SENDER, "To: crm@example.com; bruno.esempio@example.com"),
        "recipients separated by a semicolon",
    ),
    ("recipient-trailing-comma", (SENDER, "To: crm@example.com, "), "a comma after the last recipient"),
    (
        "recipient-legacy-dn", (SENDER, "To: /O=EXAMPLE/OU=SITE/CN=RECIPIENTS/CN=CRM"),
        "To is an Exchange name, no address",
    ),
    ("two-to-fields", (SENDER, TO, "To: bruno.esempio@example.com"), "two To fields"),
)  # fmt: skip


def _plain(name: str) -> bytes:
    return simple(f"delivery-{name}", OFFER, "Ciao.")


def _lengths() -> Iterator[Sample]:
    field = re.compile(rb"Message-ID: .*\r\n")
    data = field.sub(b"", _plain("message-id-missing"))
    yield _one("message-id-missing", data, "no Message-ID")
    for size, shows in ((320, "Message-ID of exactly 320 characters"), (321, "Message-ID of 321 characters")):
        value = b"<" + b"m" * (size - len("<@mail.example.org>")) + b"@mail.example.org>"
        data = field.sub(b"Message-ID: " + value + b"\r\n", _plain(f"message-id-{size}"))
        yield _one(f"message-id-{size}", data, shows)
    value = b"<" + b"r" * (321 - len("<@mail.example.org>")) + b"@mail.example.org>"
    data = _plain("in-reply-to-321").replace(b"MIME-Version", b"In-Reply-To: " + value + b"\r\nMIME-Version", 1)
    yield _one("in-reply-to-321", data, "In-Reply-To of 321 characters")
    for size, shows in ((800, "subject of exactly 800 characters"), (801, "subject of 801 characters")):
        words = ("Offerta " * 101)[:size].rstrip()
        folded = b"\r\n ".join((words + "x" * (size - len(words))).encode().split(b" ", 40)[0:41])
        yield _one(f"subject-{size}", _plain(f"subject-{size}").replace(OFFER.encode(), folded, 1), shows)
    encoded = b"\r\n ".join(b"=?utf-8?Q?" + b"=C3=A8" * 9 + b"?=" for _ in range(89))
    data = _plain("subject-801-encoded").replace(OFFER.encode(), encoded, 1)
    yield _one("subject-801-encoded", data, "subject of 801 characters in encoded words")
    for size, shows in ((255, "attachment name of exactly 255 characters"), (256, "attachment name of 256 characters")):
        name = "n" * (size - 4) + ".pdf"
        data = mail.message(f"delivery-name-{size}", OFFER, mail.text(), mail.attachment(name))
        yield _one(f"attachment-name-{size}", data, shows, {name: mail.PDF})
    part = mail.attachment("a.bin", "application/x-" + "t" * 243, b"dati\r\n")
    yield _one(
        "media-type-257", mail.message("delivery-type", OFFER, mail.text(), part), "media type of 257 characters"
    )
    long = f"From: {'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example.org"
    yield _one("sender-259", addressed("sender-259", long, TO), "sender address of 259 characters")


def _characters() -> Iterator[Sample]:
    rows = (
        ("control-in-subject", b"Subject: " + OFFER.encode(), b"Subject: Offerta\x01 7/2026", "U+0001 in the subject"),
        (
            "control-in-encoded-subject", b"Subject: " + OFFER.encode(),
            b"Subject: =?utf-8?Q?Offerta=01_7/2026?=", "U+0001 in an encoded word of the subject",
        ),
        ("control-in-body", b"Ciao.", b"Ciao\x0b\x1f.", "control characters in the body"),
        (
            "form-feed-in-body", b"Ciao.", b"Ciao.\x0cSeconda pagina.",
            "form feed in the body: not allowed in XML either",
        ),
        (
            "tab-in-subject", b"Subject: " + OFFER.encode(), b"Subject: Offerta\t7/2026",
            "tab in the subject: allowed in XML",
        ),
        (
            "iso-2022-subject", b"Subject: " + OFFER.encode(),
            b"Subject: =?iso-2022-jp?B?GyRCOCtAUT1xGyhC?=", "Japanese subject in ISO-2022-JP: its ESC is no character",
        ),
        (
            "emoji-subject", b"Subject: " + OFFER.encode(), b"Subject: =?utf-8?B?T2ZmZXJ0YSDwn5iA?=",
            "subject with a character beyond the first plane",
        ),
        (
            "noncharacter-subject", b"Subject: " + OFFER.encode(), b"Subject: =?utf-8?B?T2ZmZXJ0YSDvv78=?=",
            "U+FFFF in the subject",
        ),
        (
            "bidi-subject", b"Subject: " + OFFER.encode(), b"Subject: =?utf-8?B?4oCuZmRwLmV4ZQ==?=",
            "subject with a bidirectional override: allowed in XML",
        ),
        (
            "escape-sequence-subject", b"Subject: " + OFFER.encode(), b"Subject: \x1b[31mOfferta\x1b[0m",
            "terminal escape sequence in the subject",
        ),
        (
            "markup-subject", b"Subject: " + OFFER.encode(), b"Subject: [bold red]Offerta[/] <b>7</b>",
            "markup in the subject: plain data",
        ),
    )  # fmt: skip
    for name, old, new, shows in rows:
        yield _one(name, _plain(name).replace(old, new, 1), shows)
    label = "iso-2022-body"
    kind = ("Content-Type: text/plain; charset=iso-2022-jp", "Content-Transfer-Encoding: 7bit")
    body = "見積書".encode("iso-2022-jp")
    yield _one(label, simple(f"delivery-{label}", "Japan", body, kind=kind), "Japanese body in ISO-2022-JP")
    label = "control-in-attachment-name"
    part = mail.attachment("offerta=?.pdf").replace(b"offerta=?.pdf", b"offerta\x02.pdf")
    yield _one(label, mail.message(f"delivery-{label}", OFFER, mail.text(), part), "U+0002 in an attachment's name")


def _tnef(text: str) -> bytes:
    """Return a small TNEF stream (MS-OXTNEF, 2.1.3): version, code page, class, subject, body."""

    def attribute(level: int, ident: int, data: bytes) -> bytes:
        head = bytes((level,)) + ident.to_bytes(4, "little") + len(data).to_bytes(4, "little")
        return head + data + (sum(data) & 0xFFFF).to_bytes(2, "little")

    return (
        bytes.fromhex("789f3e22")
        + (42).to_bytes(2, "little")
        + attribute(1, 0x00089006, (0x00010000).to_bytes(4, "little"))
        + attribute(1, 0x00069007, (1252).to_bytes(8, "little"))
        + attribute(1, 0x00078008, b"IPM.Microsoft Mail.Note\x00")
        + attribute(1, 0x00018004, b"Offerta 7/2026\x00")
        + attribute(1, 0x0002800C, text.encode("windows-1252") + b"\x00")
    )


def _attachments() -> Iterator[Sample]:
    tnef = _tnef("Buongiorno.\r\n")
    placeholder = entity(lines("Subject: ATP Scan in Progress", PLAIN), lines("L'allegato e' in esame."))
    svg, script = "image/svg+xml", b"WScript.Echo('prova');\r\n"
    rows = (
        (
            "blocked-extension", "avvio.exe", "application/x-msdownload", b"MZ" + bytes(62),
            "attachment with a blocked extension",
        ),
        (
            "blocked-extension-double", "fattura.pdf.js", "text/javascript", script,
            "blocked extension behind a harmless one",
        ),
        ("blocked-extension-upper-case", "LOGO.SVG", svg, SVG, "blocked extension in upper case"),
        (
            "extension-not-last", "logo.svg.pdf", "application/pdf", mail.PDF,
            "blocked extension that is not the last one",
        ),
        ("extension-as-name", "svg", "text/plain", b"svg\r\n", "a name that equals a blocked extension, without a dot"),
        ("type-svg-other-name", "logo.img", svg, SVG, "SVG by type under a harmless name"),
        (
            "certificate-attached", "anna.cer", "application/pkix-cert", b"0\x03\x02\x01\x00",
            "certificate file: a blocked extension",
        ),
        ("tnef", "winmail.dat", "application/ms-tnef", tnef, "winmail.dat (TNEF)"),
        (
            "tnef-name-only", "winmail.dat", "application/octet-stream", b"appunti\r\n",
            "a file named winmail.dat that is no TNEF",
        ),
        ("tnef-vnd", "winmail.dat", "application/vnd.ms-tnef", tnef, "TNEF under the registered vendor type"),
        ("tnef-corrupt", "winmail.dat", "application/ms-tnef", tnef[:40], "winmail.dat that breaks off"),
    )  # fmt: skip
    for name, file, media, data, shows in rows:
        content = mail.message(f"delivery-{name}", OFFER, mail.text(), mail.attachment(file, media, data))
        yield _one(name, content, shows, {file: data})
    hidden = mail.mixed("sv-1", mail.text(), mail.attachment("logo.svg", svg, SVG))
    data = clear_message("delivery-blocked-extension-hidden", hidden)
    yield _one("blocked-extension-hidden", data, "blocked extension inside a clear-signed entity", {"logo.svg": SVG})
    inner = mail.message("delivery-inner", OFFER, mail.text(), mail.attachment("logo.svg", svg, SVG))
    data = mail.message("delivery-blocked-extension-attached", OFFER, mail.text(), mail.attached_message(inner))
    yield _one(
        "blocked-extension-attached", data, "blocked extension inside an attached message", {"messaggio.eml": inner}
    )
    for name, file, shows in (
        ("safe-attachments", "ATP Scan in Progress.eml", "placeholder of Safe Attachments"),
        (
            "safe-attachments-other-name",
            "ATP Scan.eml",
            "attached message with a name that resembles the placeholder's",
        ),
    ):
        part = mail.attached_message(placeholder, file)
        data = mail.message(f"delivery-{name}", OFFER, mail.text(), part)
        yield _one(name, data, shows, {file: placeholder})
    fields = lines("Content-Type: application/ms-tnef; name=winmail.dat", "Content-Transfer-Encoding: base64")
    data = mail.header("delivery-tnef-alone", OFFER) + entity(fields, base64_lines(tnef))
    yield _one("tnef-alone", data, "TNEF as the whole body", {"winmail.dat": tnef})


def samples() -> Iterator[Sample]:
    """Yield what delivery may stumble over."""
    for name, rows, shows in ADDRESSES:
        yield _one(name, addressed(name, *rows), shows)
    yield from _lengths()
    yield from _characters()
    yield from _attachments()
