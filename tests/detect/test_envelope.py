"""The message itself: what kind of item it is, from whom, to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.each import for_each
from support.found import findings_of
from support.samples import all_samples

if TYPE_CHECKING:
    from pathlib import Path

    from pecdetect.detect.findings import Envelope

FILES = all_samples("*.eml")
SAMPLES = [path for path in FILES if not path.name.startswith("outlook-")]
"""Outlook items and TNEF have tests of their own."""
REPORTS = ("delivery-report", "delivery-report-bare-from", "delivery-report-no-from", "delivery-report-null-from")
KINDS = {
    **{f"items-{name}": "report" for name in (*REPORTS, "feedback-report", "read-receipt")},
    **{f"items-meeting-{name}": "meeting" for name in ("cancel", "counter", "reply", "request", "request-alone")},
    "items-meeting-request-method-inside": "meeting",
    "items-auto-reply": "auto-reply",
    "items-fax": "other-item",
    "items-voice-mail": "other-item",
}


def envelope(data: bytes) -> Envelope:
    return findings_of(data).envelope


def mail(*fields: str, body: str = "x") -> bytes:
    lines = ["From: a@example.org", *fields, "", body, ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")


@for_each(SAMPLES)
def test_kinds_of_the_samples(path: Path) -> None:
    verdict = findings_of(path)
    assert verdict.envelope.kind == KINDS.get(path.stem, "email")
    assert bool(verdict.envelope.kind_evidence) == (path.stem in KINDS)


CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR"


@pytest.mark.parametrize(
    ("fields", "body", "kind", "method"),
    [
        ([], "x", "email", None),
        (["Auto-Submitted: auto-replied"], "x", "auto-reply", None),
        (["Auto-Submitted: Auto-Replied (vacation)"], "x", "auto-reply", None),
        (["Auto-Submitted: auto-generated"], "x", "email", None),
        (["X-Auto-Response-Suppress: All", "Precedence: bulk"], "x", "email", None),
        (["Content-Type: multipart/report; boundary=b"], "--b--", "report", None),
        (["Content-Type: text/calendar; method=REQUEST"], CALENDAR, "meeting", "request"),
        (["Content-Type: text/calendar"], CALENDAR, "meeting", "request"),
        (["Content-Type: text/calendar"], CALENDAR.replace("REQUEST", "Counter"), "meeting", "counter"),
        (["Content-Type: text/calendar"], CALENDAR.replace("METHOD:REQUEST", "X:METHOD:REQUEST"), "email", None),
        (["Content-Type: text/calendar; method=publish"], CALENDAR, "email", None),
        (["Content-Type: text/calendar", "Content-Disposition: attachment"], CALENDAR, "email", None),
        (["Content-Type: application/ics; method=request"], CALENDAR, "email", None),
        (["Content-Class: urn:content-classes:message"], "x", "email", None),
        (["Content-Class: VOICE"], "x", "other-item", None),
        (["Content-Class: fax-ca"], "x", "other-item", None),
        (["Content-Class: missedcall"], "x", "other-item", None),
        (["Content-Class: urn:content-class:custom.x"], "x", "other-item", None),
        (["Content-Class: InfoPathForm.x"], "x", "other-item", None),
        # The first that applies: a report is a report whoever sent it.
        (["Auto-Submitted: auto-replied", "Content-Type: multipart/report; boundary=b"], "--b--", "report", None),
        (["Auto-Submitted: auto-replied", "Content-Type: text/calendar"], CALENDAR, "meeting", "request"),
        (["Auto-Submitted: auto-replied", "Content-Class: fax"], "x", "auto-reply", None),
    ],
)
def test_kinds(fields: list[str], body: str, kind: str, method: str | None) -> None:
    found = envelope(mail(*fields, body=body))
    assert (found.kind, found.meeting_method) == (kind, method)


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        ("Content-Type: text/calendar; method=REPLY\r\n\r\nx", "meeting"),
        ("Content-Type: text/calendar; method=REPLY\r\nContent-Disposition: attachment\r\n\r\nx", "email"),
        ("Content-Type: message/rfc822\r\n\r\nContent-Type: text/calendar; method=REPLY\r\n\r\nx", "email"),
        ("Content-Type: text/calendar\r\nContent-Transfer-Encoding: base64\r\n\r\nTUVUSE9EOkNBTkNFTA0K", "meeting"),
    ],
)
def test_calendars_in_multiparts(part: str, kind: str) -> None:
    body = f"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b\r\n{part}\r\n--b--"
    assert envelope(mail("Content-Type: multipart/alternative; boundary=b", body=body)).kind == kind


def test_a_calendar_in_a_message_of_another_type_is_not_looked_for() -> None:
    assert envelope(mail("Content-Type: application/pdf", body=CALENDAR)).kind == "email"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("<1@example.org>", "<1@example.org>"),
        ("  <1@example.org>  (comment)", "<1@example.org>"),
        ("x <1@example.org> <2@example.org>", "<1@example.org>"),
        ("1@example.org", "1@example.org"),
        ("<a b@example.org>", "<a b@example.org>"),
        ("", None),
    ],
)
def test_message_ids(value: str, found: str | None) -> None:
    assert envelope(mail(f"Message-ID: {value}")).message_id == found
    assert envelope(mail()).message_id is None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Mon, 2 Mar 2026 10:11:12 +0100", "2026-03-02T10:11:12+01:00"),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates(value: str, found: str | None) -> None:
    assert envelope(mail(f"Date: {value}")).date == found


def test_every_field_counts_in_order() -> None:
    found = envelope(mail("From: Anna <b@example.org>", "To: c@example.org", "Cc: d@example.org", "To: e@example.org"))
    assert [(m.address, m.name) for m in found.sender] == [("a@example.org", None), ("b@example.org", "Anna")]
    assert [m.address for m in found.to] == ["c@example.org", "e@example.org"]
    assert [m.address for m in found.cc] == ["d@example.org"]
    assert [e.excerpt for e in found.sender_evidence] == ["From: a@example.org", "From: Anna <b@example.org>"]
    assert [e.excerpt for e in found.recipient_evidence] == [
        "To: c@example.org",
        "To: e@example.org",
        "Cc: d@example.org",
    ]


def test_absent_fields() -> None:
    found = envelope(b"Subject: x\r\n\r\nx\r\n")
    assert (found.sender, found.sender_evidence, found.to, found.cc, found.recipient_evidence) == ((), (), (), (), ())
    assert found.date is None
    assert envelope(b"From: a@example.org\r\nSubject:\r\n\r\nx\r\n").subject is None
    assert envelope(b"From: a@example.org\r\n\r\nx\r\n").subject is None


@pytest.mark.parametrize(
    ("value", "draft"), [("1", True), (" 1 ", True), ("0", False), ("true", False), ("", False), (None, False)]
)
def test_drafts(value: str | None, draft: bool) -> None:  # noqa: FBT001
    assert envelope(mail(*([] if value is None else [f"X-Unsent: {value}"]))).draft == draft


def test_what_is_no_message_is_no_kind_of_item() -> None:
    found = envelope(b"%PDF-1.7\n")
    assert (found.kind, found.kind_evidence) == ("none", ())
