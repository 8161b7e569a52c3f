"""Characters, lengths and encodings: what the columns of Dataverse may not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.policy.rule import (
    ASSUMED,
    EVERY,
    INFORMS,
    UNDETERMINED,
    A,
    Match,
    P,
    R,
    Row,
    Rule,
    X,
)
from pecdetect.policy.rules.common import clip, seen, shown

if TYPE_CHECKING:
    from pecdetect.detect.findings import Findings
    from pecdetect.profile import Profile

VERY_LARGE_BODY = 1024 * 1024
"""Octets of a text from which it is remarked on; Microsoft publishes no number, this one is ours."""


def _characters(findings: Findings, _: Profile) -> Match | None:
    return seen(findings.delivery.invalid_characters)


def _subject(findings: Findings, _: Profile) -> Match | None:
    found = [entry for entry in findings.delivery.oversized if entry.column == "subject"]
    return seen([e.evidence for e in found], length=f"{found[0].length:,}") if found else None


def _columns(findings: Findings, _: Profile) -> Match | None:
    found = [entry for entry in findings.delivery.oversized if entry.column != "subject"]
    named = dict.fromkeys(f"{clip(entry.column)} ({entry.length:,} characters)" for entry in found[:10])
    return seen([entry.evidence for entry in found], fields=", ".join(named)) if found else None


def _large_body(findings: Findings, _: Profile) -> Match | None:
    delivery = findings.delivery
    if delivery.body_size <= VERY_LARGE_BODY:
        return None
    return Match(shown(filter(None, (delivery.body_evidence,))), {"size": f"{delivery.body_size:,}"})


def _charset(findings: Findings, _: Profile) -> Match | None:
    return seen(findings.delivery.unknown_charsets)


def _tnef(findings: Findings, _: Profile) -> Match | None:
    return seen(findings.delivery.tnef)


RULES = (
    Rule(
        "invalid-xml-characters",
        "Characters outside XML",
        "its text holds characters that Dataverse rejects",
        "The decoded subject, a name or a body holds characters that XML 1.0 does not allow.",
        "Dataverse rejects values with such characters (InvalidCharactersInField); whether they are cleaned away "
        "before that is not documented.",
        _characters,
        (
            Row(
                X + P + A,
                UNDETERMINED,
                ASSUMED,
                "The message holds characters that XML 1.0 does not allow. Dataverse rejects such values; whether "
                "synchronisation cleans them first is not documented.",
                ("invalid-characters", "xml10"),
            ),
            Row(
                R,
                INFORMS,
                ASSUMED,
                "The message holds characters that XML 1.0 does not allow.",
                ("invalid-characters", "xml10"),
            ),
        ),
        "Control characters that were lost on the way to the mailbox.",
        "Subject: Offer\\x0b2026",
        ("remove-characters",),
        needs="delivery.invalid_characters",
    ),
    Rule(
        "subject-too-long",
        "Subject too long",
        "its subject is longer than the column for it",
        "The decoded subject has more than 800 characters.",
        "The column for the subject holds 800; whether a longer one is cut or refused is not documented.",
        _subject,
        (
            Row(
                X + P + A,
                UNDETERMINED,
                ASSUMED,
                "The subject has {length} characters, the column for it holds 800. Whether a longer one is cut or "
                "refused is not documented.",
                ("email-table",),
            ),
            Row(R, INFORMS, ASSUMED, "The subject has {length} characters, the column holds 800.", ("email-table",)),
        ),
        "None known.",
        "Subject: (912 characters)",
        ("shorten-subject",),
        needs="delivery.oversized",
    ),
    Rule(
        "field-over-column-length",
        "Value longer than its column",
        "a value is longer than the column for it",
        "Message-ID or In-Reply-To over 320 characters, a file name over 255, a media type over 256, the sender "
        "over 250.",
        "The lengths of the columns are published; what becomes of longer values is not.",
        _columns,
        (
            Row(
                EVERY,
                INFORMS,
                ASSUMED,
                "Longer than its column: {fields}. What becomes of it is not documented.",
                ("email-table", "attachment-table"),
            ),
        ),
        "None: it only informs.",
        "Message-ID: <(340 characters)@example.org>",
        needs="delivery.oversized",
    ),
    Rule(
        "body-very-large",
        "Very large text",
        "its text is very large",
        "The largest text body has more than 1,048,576 octets decoded; the number is this project's own.",
        'Dynamics 365 knows the notice "Truncated body"; from what size it cuts is not published.',
        _large_body,
        (
            Row(
                EVERY,
                INFORMS,
                ASSUMED,
                "The text has up to {size} octets. Very long texts can be cut; the limit is not published.",
                ("email-table",),
            ),
        ),
        "Pictures inside HTML, which make it large and are no text.",
        "Content-Type: text/html (2,400,000 octets)",
        ("share-a-link",),
        needs="delivery.body_size",
    ),
    Rule(
        "charset-unknown",
        "Unknown charset",
        "a text declares a charset that is not known",
        "A charset is declared that no decoder is known for.",
        "How the text then appears is not documented.",
        _charset,
        (
            Row(
                EVERY,
                INFORMS,
                ASSUMED,
                "A text declares a charset that is not known; letters may appear wrong.",
                ("rfc2046",),
            ),
        ),
        "Misspelt names of known charsets.",
        "Content-Type: text/plain; charset=x-unknown",
        needs="delivery.unknown_charsets",
    ),
    Rule(
        "tnef",
        "winmail.dat",
        "part of it is packed in winmail.dat",
        "A part of type application/ms-tnef.",
        "Exchange unpacks it; over POP3 or IMAP it may stay a file that holds text and attachments.",
        _tnef,
        (
            Row(
                P,
                UNDETERMINED,
                ASSUMED,
                "The message holds winmail.dat. Whether it is unpacked over POP3 or IMAP is not documented.",
                ("ms-oxcmail",),
            ),
            Row(
                X + R + A,
                INFORMS,
                ASSUMED,
                "The message holds winmail.dat, which Exchange unpacks.",
                ("ms-oxcmail",),
            ),
        ),
        "None known.",
        'Content-Type: application/ms-tnef; name="winmail.dat"',
        ("ask-resend",),
        needs="delivery.tnef",
    ),
)
