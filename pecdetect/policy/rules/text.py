"""Characters, lengths and encodings: what the columns of Dataverse may not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.policy.rule import (
    APP_FOR_OUTLOOK,
    ASSUMED,
    EMAIL_ROUTER,
    EVERY,
    EXCHANGE,
    INFORMS,
    POP_IMAP,
    UNDETERMINED,
    Match,
    Row,
    Rule,
)
from pecdetect.policy.rules.common import listed, seen, shown
from pecdetect.sentences import Sentence

if TYPE_CHECKING:
    from pecdetect.detect.findings import Findings
    from pecdetect.profile import Profile

VERY_LARGE_BODY = 1024 * 1024
"""Bytes of a text above which the rule fires; Microsoft publishes no number, this one is ours."""


def _characters(findings: Findings, _: Profile) -> Match | None:
    return seen(findings.delivery.invalid_characters)


def _subject(findings: Findings, _: Profile) -> Match | None:
    found = [entry for entry in findings.delivery.oversized if entry.column == "subject"]
    return seen([e.evidence for e in found], length=found[0].length) if found else None


def _columns(findings: Findings, _: Profile) -> Match | None:
    found = [entry for entry in findings.delivery.oversized if entry.column != "subject"]
    if not found:
        return None
    columns = listed("columns", list(dict.fromkeys(entry.column for entry in found)))
    return seen([entry.evidence for entry in found], **columns, length=max(entry.length for entry in found))


def _large_body(findings: Findings, _: Profile) -> Match | None:
    delivery = findings.delivery
    if delivery.body_size <= VERY_LARGE_BODY:
        return None
    return Match(evidence=shown(filter(None, (delivery.body_evidence,))), facts={"size": delivery.body_size})


def _charset(findings: Findings, _: Profile) -> Match | None:
    return seen(findings.delivery.unknown_charsets)


def _tnef(findings: Findings, _: Profile) -> Match | None:
    return seen(findings.delivery.tnef)


_TOO_LONG = Sentence(
    "The subject has {length} characters; its column holds 800.",
    general="The subject is longer than its column, which holds 800 characters.",
)

RULES = (
    Rule(
        code="invalid-xml-characters",
        title="Characters outside XML",
        summary="The text of the message holds characters that Dataverse rejects.",
        detects="The decoded subject, a name or a body holds characters that XML 1.0 does not allow.",
        why="Dataverse rejects values with such characters (InvalidCharactersInField). No document says whether "
        "something removes them first.",
        find=_characters,
        rows=(
            Row(
                variant="rejected",
                channels=EXCHANGE + POP_IMAP + APP_FOR_OUTLOOK,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail="The message holds characters that XML 1.0 does not allow. Dataverse rejects such values. No "
                "document says whether synchronisation removes them first.",
                references=("invalid-characters", "xml10"),
            ),
            Row(
                variant="email-router",
                channels=EMAIL_ROUTER,
                effect=INFORMS,
                basis=ASSUMED,
                detail="The message holds characters that XML 1.0 does not allow.",
                references=("invalid-characters", "xml10"),
            ),
        ),
        false_positives="Control characters that were lost on the way to the mailbox.",
        example="Subject: Offer\\x0b2026",
        remedies=("remove-characters",),
        needs="delivery.invalid_characters",
    ),
    Rule(
        code="subject-too-long",
        title="Subject too long",
        summary="The subject is longer than its column.",
        detects="The decoded subject has more than 800 characters.",
        why="The column for the subject holds 800 characters. No document says whether a longer subject is cut or "
        "refused.",
        find=_subject,
        rows=(
            Row(
                variant="cut-or-refused",
                channels=EXCHANGE + POP_IMAP + APP_FOR_OUTLOOK,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail=(_TOO_LONG, "No document says whether a longer subject is cut or refused."),
                references=("email-table",),
            ),
            Row(
                variant="email-router",
                channels=EMAIL_ROUTER,
                effect=INFORMS,
                basis=ASSUMED,
                detail=(_TOO_LONG,),
                references=("email-table",),
            ),
        ),
        false_positives="None known.",
        example="Subject: (912 characters)",
        remedies=("shorten-subject",),
        needs="delivery.oversized",
    ),
    Rule(
        code="field-over-column-length",
        title="Value longer than its column",
        detects="Message-ID or In-Reply-To over 320 characters, a file name over 255, a media type over 256, the "
        "sender over 250.",
        why="Microsoft publishes the lengths of the columns, but not what becomes of longer values.",
        find=_columns,
        rows=(
            Row(
                variant="longer",
                channels=EVERY,
                effect=INFORMS,
                basis=ASSUMED,
                detail=(
                    Sentence(
                        "Values for these columns are longer than the column: {columns}. The longest has {length} "
                        "characters.",
                        one="A value for the column {columns} is longer than the column: it has {length} characters.",
                        number="columns_count",
                        general="A value is longer than its column.",
                    ),
                    "No document says what becomes of it.",
                ),
                references=("email-table", "attachment-table"),
            ),
        ),
        false_positives="None: it only informs.",
        example="Message-ID: <(340 characters)@example.org>",
        needs="delivery.oversized",
    ),
    Rule(
        code="body-very-large",
        title="Very large text",
        detects="The largest text body has more than 1,048,576 bytes decoded; the number is this project's own.",
        why='Dynamics 365 has the notice "Truncated body". Microsoft does not publish from what size it cuts.',
        find=_large_body,
        rows=(
            Row(
                variant="large",
                channels=EVERY,
                effect=INFORMS,
                basis=ASSUMED,
                detail=(
                    Sentence("The text has up to {size} bytes.", general="The text is very large."),
                    "Dynamics 365 can cut very long texts; Microsoft does not publish the limit.",
                ),
                references=("email-table",),
            ),
        ),
        false_positives="Pictures inside HTML, which make it large and are not text.",
        example="Content-Type: text/html (2,400,000 bytes)",
        remedies=("share-a-link",),
        needs="delivery.body_size",
    ),
    Rule(
        code="charset-unknown",
        title="Unknown charset",
        detects="A text declares a charset that has no known decoder.",
        why="No document says how the text then appears.",
        find=_charset,
        rows=(
            Row(
                variant="unknown",
                channels=EVERY,
                effect=INFORMS,
                basis=ASSUMED,
                detail="A text declares an unknown charset. Letters may appear wrong.",
                references=("rfc2046",),
            ),
        ),
        false_positives="Misspelt names of known charsets.",
        example="Content-Type: text/plain; charset=x-unknown",
        needs="delivery.unknown_charsets",
    ),
    Rule(
        code="tnef",
        title="winmail.dat",
        summary="Part of the message is packed in winmail.dat.",
        detects="A part of type application/ms-tnef.",
        why="Exchange unpacks it. Over POP3 or IMAP it may stay a file that holds text and attachments.",
        find=_tnef,
        rows=(
            Row(
                variant="pop-imap",
                channels=POP_IMAP,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail="The message holds winmail.dat. No document says whether it is unpacked over POP3 or IMAP.",
                references=("ms-oxcmail",),
            ),
            Row(
                variant="unpacked",
                channels=EXCHANGE + EMAIL_ROUTER + APP_FOR_OUTLOOK,
                effect=INFORMS,
                basis=ASSUMED,
                detail="The message holds winmail.dat, which Exchange unpacks.",
                references=("ms-oxcmail",),
            ),
        ),
        false_positives="None known.",
        example='Content-Type: application/ms-tnef; name="winmail.dat"',
        remedies=("ask-resend",),
        needs="delivery.tnef",
    ),
)
