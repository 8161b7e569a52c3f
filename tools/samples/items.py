"""Reports, meetings, automatic replies, drafts, journal reports, voice mail: what kind of item a mail is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import mail
from .model import Sample, base64_lines, entity, lines, multipart
from .ordinary import PLAIN, simple

if TYPE_CHECKING:
    from collections.abc import Iterator

ORIGINAL = simple("original-1", "Offerta 7/2026", "Buongiorno,", "", "ecco l'offerta.")


def _one(name: str, data: bytes, shows: str, pieces: dict[str, bytes] | None = None) -> Sample:
    return Sample(f"{name}.eml", data, shows, "items", pieces or {})


def delivery_report(label: str, *sender: str) -> bytes:
    """Return a delivery report (RFC 3464) whose From is these rows, or has none."""
    fields = lines(
        "Return-Path: <>",
        "Received: by mx.example.com (Postfix) id 4xTbounce; Mon,  2 Mar 2026 10:12:00 +0100 (CET)",
        "Date: Mon, 2 Mar 2026 10:12:00 +0100 (CET)",
        *sender,
        "Subject: Undelivered Mail Returned to Sender",
        "To: anna.esempio@example.org",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=delivery-status;",
        '\tboundary="4xTbounce.1772442720/mx.example.com"',
        f"Message-ID: <{label}@mx.example.com>",
    )
    status = lines(
        "Reporting-MTA: dns; mx.example.com",
        "Arrival-Date: Mon,  2 Mar 2026 10:11:58 +0100 (CET)",
        "",
        "Final-Recipient: rfc822; nessuno@example.com",
        "Action: failed",
        "Status: 5.1.1",
        "Diagnostic-Code: smtp; 550 5.1.1 User unknown",
    )
    parts = [
        entity(lines("Content-Description: Notification", PLAIN), lines("nessuno@example.com: User unknown")),
        entity(lines("Content-Description: Delivery report", "Content-Type: message/delivery-status"), status),
        entity(lines("Content-Description: Undelivered Message", "Content-Type: message/rfc822"), ORIGINAL),
    ]
    preamble = lines("This is a MIME-encapsulated message.", "")
    return entity(fields, multipart("4xTbounce.1772442720/mx.example.com", parts, preamble=preamble))


def read_receipt(label: str) -> bytes:
    """Return a disposition notification (RFC 8098)."""
    kind = (
        "References: <offerta-7@mail.example.org>",
        "Content-Type: multipart/report; report-type=disposition-notification;",
        '\tboundary="----mdn1"',
    )
    told = lines(
        "Reporting-UA: mua.example.com; Example Mail 1.0",
        "Final-Recipient: rfc822;anna.esempio@example.org",
        "Original-Message-ID: <offerta-7@mail.example.org>",
        "Disposition: manual-action/MDN-sent-manually; displayed",
    )
    parts = [
        entity(lines(PLAIN), lines("Il messaggio e' stato visualizzato. Non e' una ricevuta di PEC.")),
        entity(lines("Content-Type: message/disposition-notification"), told),
        entity(
            lines("Content-Type: text/rfc822-headers"),
            lines("From: crm@example.com", "Subject: Offerta 7/2026"),
        ),
    ]
    return entity(mail.header(label, "Letto: Offerta 7/2026", *kind), multipart("----mdn1", parts))


def _reports() -> Iterator[Sample]:
    for label, sender, shows in (
        (
            "items-delivery-report", ("From: MAILER-DAEMON@mx.example.com (Mail Delivery System)",),
            "delivery report from mailer-daemon@",
        ),
        ("items-delivery-report-null-from", ("From: <>",), "delivery report whose From is <>"),
        ("items-delivery-report-no-from", (), "delivery report without From"),
        (
            "items-delivery-report-bare-from", ("From: MAILER-DAEMON (Mail Delivery System)",),
            "delivery report whose From is a local part alone",
        ),
    ):  # fmt: skip
        yield _one(label, delivery_report(label, *sender), shows)
    label = "items-read-receipt"
    yield _one(label, read_receipt(label), "read receipt (disposition notification)")
    label = "items-feedback-report"
    kind = 'Content-Type: multipart/report; report-type=feedback-report; boundary="arf1"'
    feedback = lines("Feedback-Type: abuse", "User-Agent: Example/1", "Version: 1")
    parts = [
        entity(lines(PLAIN), lines("Segnalazione di abuso.")),
        entity(lines("Content-Type: message/feedback-report"), feedback),
        entity(lines("Content-Type: message/rfc822"), ORIGINAL),
    ]
    data = entity(mail.header(label, "Abuse report", kind), multipart("arf1", parts))
    yield _one(label, data, "abuse report (RFC 5965)")
    label = "items-report-attached"
    inner = delivery_report("inner-report", "From: MAILER-DAEMON@mx.example.com")
    data = mail.message(label, "I: Undelivered Mail", mail.text(), mail.attached_message(inner))
    yield _one(label, data, "ordinary mail with a delivery report attached", {"messaggio.eml": inner})
    label = "items-bounce-in-words"
    data = simple(label, "failure notice", "Hi. This is the qmail-send program.", "<nessuno@example.com>: unknown")
    yield _one(label, data, "ordinary mail that tells of a failed delivery in words")
    label = "items-read-receipt-requested"
    data = simple(label, "Offerta", "Ciao").replace(
        b"MIME-Version", b"Disposition-Notification-To: anna.esempio@example.org\r\nMIME-Version", 1
    )
    yield _one(label, data, "ordinary mail that asks for a read receipt")


def calendar(method: str, status: str = "") -> bytes:
    """Return an iCalendar object (RFC 5545) with one event."""
    attendee = f"ATTENDEE{status}:mailto:crm@example.com"
    return lines(
        "BEGIN:VCALENDAR",
        "PRODID:-//Example//Mail 1.0//EN",
        "VERSION:2.0",
        *((f"METHOD:{method}",) if method else ()),
        "BEGIN:VEVENT",
        "UID:riunione-42@example.org",
        "DTSTAMP:20260302T091112Z",
        "DTSTART:20260310T090000Z",
        "DTEND:20260310T100000Z",
        "SUMMARY:Riunione commerciale",
        "ORGANIZER:mailto:anna.esempio@example.org",
        attendee,
        "END:VEVENT",
        "END:VCALENDAR",
    )


def _meetings() -> Iterator[Sample]:
    rows = (
        ("request", "REQUEST", "", "Riunione commerciale", "meeting request"),
        (
            "reply",
            "REPLY",
            ";PARTSTAT=ACCEPTED",
            "Accettato: Riunione commerciale",
            "reply to a meeting request",
        ),
        ("cancel", "CANCEL", "", "Annullato: Riunione commerciale", "cancelled meeting"),
        (
            "counter",
            "COUNTER",
            "",
            "Nuovo orario: Riunione commerciale",
            "counter-proposal to a meeting request",
        ),
        ("publish", "PUBLISH", "", "Calendario fiere", "published calendar: METHOD is not one of a meeting"),
    )
    for short, method, status, subject, shows in rows:
        label = f"items-meeting-{short}"
        part = entity(
            lines(
                f"Content-Type: text/calendar; charset=utf-8; method={method}",
                "Content-Transfer-Encoding: base64",
            ),
            base64_lines(calendar(method, status)),
        )
        kind = f'Content-Type: multipart/alternative; boundary="=_cal_{short}"'
        body = multipart(f"=_cal_{short}", [entity(lines(PLAIN), lines("Riunione il 10 marzo alle 10.")), part])
        yield _one(label, entity(mail.header(label, subject, kind), body), shows)
    label = "items-meeting-request-alone"
    alone = ("Content-Type: text/calendar; charset=utf-8; method=REQUEST", "Content-Transfer-Encoding: 7bit")
    data = entity(mail.header(label, "Riunione commerciale", *alone), calendar("REQUEST"))
    yield _one(label, data, "meeting request, the whole body is text/calendar")
    label = "items-meeting-request-method-inside"
    alone = ("Content-Type: text/calendar; charset=utf-8", "Content-Transfer-Encoding: 7bit")
    data = entity(mail.header(label, "Riunione commerciale", *alone), calendar("REQUEST"))
    yield _one(label, data, "meeting request whose method stands in the calendar alone")
    label = "items-meeting-file-attached"
    ics = calendar("")
    data = mail.message(label, "Fiera", mail.text(), mail.attachment("fiera.ics", "text/calendar", ics))
    yield _one(label, data, "ordinary mail with an .ics file attached: no meeting", {"fiera.ics": ics})


def _insert(data: bytes, *rows: str) -> bytes:
    return data.replace(b"MIME-Version", lines(*rows) + b"MIME-Version", 1)


def _others() -> Iterator[Sample]:
    for label, field, shows in (
        ("items-auto-reply", "Auto-Submitted: auto-replied", "out-of-office reply"),
        ("items-auto-generated", "Auto-Submitted: auto-generated", "generated mail, but no reply"),
        (
            "items-auto-response-suppress", "X-Auto-Response-Suppress: All",
            "mail that wants no automatic reply: no reply itself",
        ),
        ("items-draft", "X-Unsent: 1", "draft that was never sent"),
        ("items-not-a-draft", "X-Unsent: 0", "X-Unsent that says the mail was sent"),
        ("items-voice-mail", "Content-Class: voice-ca", "voice mail by its Content-Class"),
        ("items-fax", "Content-Class: fax", "fax by its Content-Class"),
        (
            "items-content-class-message", "Content-Class: urn:content-classes:message",
            "ordinary mail with Exchange's usual Content-Class",
        ),
    ):  # fmt: skip
        yield _one(label, _insert(simple(label, "Offerta 7/2026", "Sono fuori ufficio fino al 9."), field), shows)
    label = "items-draft-without-addresses"
    data = entity(lines("Subject: Bozza", "X-Unsent: 1", "MIME-Version: 1.0", PLAIN), lines("Da finire."))
    yield _one(label, data, "draft without sender or recipients")
    label = "items-journal-report"
    words = lines("Sender: anna.esempio@example.org", "Subject: Offerta 7/2026", "To: crm@example.com")
    envelope = entity(lines(PLAIN), words)
    report = mail.message(
        label, "Offerta 7/2026", envelope, mail.attached_message(ORIGINAL), sender="journal@example.com"
    )
    yield _one(
        label,
        _insert(report, "X-MS-Journal-Report:"),
        "Exchange journal report around an original",
        {"messaggio.eml": ORIGINAL},
    )
    label = "items-journal-two-messages"
    report = mail.message(label, "Due messaggi", envelope, *[mail.attached_message(ORIGINAL)] * 2)
    yield _one(label, _insert(report, "X-MS-Journal-Report:"), "journal field on a mail with two attached messages")


def samples() -> Iterator[Sample]:
    """Yield the kinds of item and mail that resembles them."""
    yield from _reports()
    yield from _meetings()
    yield from _others()
