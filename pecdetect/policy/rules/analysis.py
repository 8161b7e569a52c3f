"""What the analysis says about itself: what it could not read, or can read in two ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pecdetect.policy.rule import ASSUMED, EVERY, INFORMS, UNDETERMINED, Match, Row, Rule
from pecdetect.policy.rules.common import clip, listed, pec_reading, seen, seen_once, shown
from pecdetect.sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.contract import Position
    from pecdetect.detect.findings import Findings
    from pecdetect.evidence import Evidence, Reading
    from pecdetect.profile import Profile


class _Protection(NamedTuple):
    """One protected entity of any family."""

    name: str
    """Id of family and kind."""
    position: Position
    part: str
    reading: Reading
    evidence: tuple[Evidence, ...]


def _protections(findings: Findings) -> Iterator[_Protection]:
    """Yield what protects the message in any reading; a PEC's original, forwarded PECs and labels do not."""
    pec = findings.pec
    if pec and pec.layout != "forwarded":
        yield _Protection("pec", "top", "", pec_reading(pec), pec.evidence)
    if findings.pec_candidates:
        yield _Protection("pec-pieces", "floor", "", "floor", findings.pec_candidates)
    for smime in findings.smime:
        if smime.inside is None:
            yield _Protection(f"smime-{smime.kind}", smime.position, smime.part, smime.reading, (smime.evidence,))
    for pgp in findings.pgp:
        if pgp.inside is None:
            yield _Protection(f"pgp-{pgp.kind}", pgp.position, pgp.part, pgp.reading, (pgp.evidence,))
    for rights in findings.rights:
        if rights.inside is None and rights.kind != "label":
            yield _Protection(rights.kind, rights.position, rights.part, rights.reading, rights.evidence)


def _ambiguous(findings: Findings, _: Profile) -> Match | None:
    """Look for protection that another reading, or a floor candidate, shows and the primary reading does not."""
    if not (findings.pec or findings.smime or findings.pgp or findings.rights or findings.pec_candidates):
        return None
    seen_here = [entry for entry in _protections(findings) if entry.reading == "primary"]
    at_top = {entry.name for entry in seen_here if entry.position == "top"}
    in_place = {(entry.name, entry.part) for entry in seen_here}
    others = [
        entry
        for entry in _protections(findings)
        if entry.reading != "primary"
        and entry.position != "attachment"
        and entry.name not in at_top
        and (entry.name, entry.part) not in in_place
    ]
    if not others:
        return None
    dialects = dict.fromkeys(place.dialect for entry in others for place in entry.evidence if place.dialect)
    facts = {
        **listed("primary", sorted(at_top)),
        **listed("others", list(dict.fromkeys(entry.name for entry in others))),
        **listed("dialects", list(dialects)),
    }
    return Match(evidence=shown(place for entry in others for place in entry.evidence), facts=facts)


def _limits(findings: Findings, _: Profile) -> Match | None:
    hits = findings.limits_hit
    if not hits:
        return None
    first = hits[0]
    others = list(dict.fromkeys(hit.name for hit in hits if hit.name != first.name))
    facts = {"name": first.name, "value": first.value, "limit": first.limit, **listed("others", others)}
    return Match(facts=facts)


def _unopened(findings: Findings, _: Profile) -> Match | None:
    return seen([each.evidence for each in findings.unopened])


def _internal_error(findings: Findings, _: Profile) -> Match | None:
    error = findings.internal_error
    return None if error is None else Match(facts={"error": clip(error)})


def _synthesised(findings: Findings, _: Profile) -> Match | None:
    return seen_once(findings.outlook.headers_synthesised)


def _mismatch(findings: Findings, _: Profile) -> Match | None:
    return seen_once(findings.container_mismatch, container=findings.container)


def _truncated(findings: Findings, _: Profile) -> Match | None:
    return seen_once(findings.truncated)


RULES = (
    Rule(
        code="limit-reached",
        title="A limit was reached",
        summary="The analysis reached a limit and did not read the whole file.",
        detects="The message has more depth, parts, fields or bytes than the limits allow.",
        why="The analysis did not read what lies beyond a limit, and that may hold anything.",
        find=_limits,
        rows=(
            Row(
                variant="limit",
                channels=EVERY,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail=(
                    Sentence(
                        'The analysis reached the limit "{name}" ({value} of {limit}).',
                        general="The analysis reached a limit.",
                    ),
                    Sentence(
                        "It also reached these limits: {others}.",
                        one="It also reached the limit {others}.",
                        number="others_count",
                    ),
                    "It did not read what lies beyond.",
                ),
            ),
        ),
        false_positives="Legitimate messages of unusual size.",
        example="depth: 101 of 100",
        remedies=("raise-limits",),
        always=True,
        needs="limits_hit",
    ),
    Rule(
        code="ambiguous-structure",
        title="Readable in more than one way",
        summary="The message can be read in more than one way, and one of them shows protection.",
        detects="Another reading of the same bytes, or a search of the raw bytes, shows protection that the reading "
        "of Outlook and Exchange does not.",
        why="Programs disagree about such messages, and nothing shows which of them Dynamics 365 follows.",
        find=_ambiguous,
        rows=(
            Row(
                variant="other-reading",
                channels=EVERY,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail=(
                    Sentence(
                        "Outlook and Exchange see this at the top of the message: {primary:ids}.",
                        general="Outlook and Exchange see one thing in this message; another plausible reading of the "
                        "same bytes shows S/MIME, PGP, rights management or PEC.",
                    ),
                    Sentence("Outlook and Exchange see no protection at the top of the message.", when=("primary", ())),
                    Sentence("Another reading of the same bytes shows this: {others:ids}."),
                    Sentence("The other reading resolves the structure by {dialects}."),
                ),
                references=("rfc2046",),
            ),
        ),
        false_positives="Broken software that writes two boundaries or two Content-Type fields.",
        example="Content-Type: multipart/signed (second of two Content-Type fields)",
        remedies=("ask-resend",),
    ),
    Rule(
        code="unopened-content",
        title="Content that stayed closed",
        summary="The analysis could not open content that may itself be the message.",
        detects="A body in an unknown encoding, one piece of a message sent in several (message/partial), or a "
        "winmail.dat that cannot be decoded.",
        why="Content that stayed closed may be protected in any way.",
        find=_unopened,
        rows=(
            Row(
                variant="unopened",
                channels=EVERY,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail="The analysis could not open content that may itself be the message, so it does not know what "
                "that content is.",
                references=("rfc2046",),
            ),
        ),
        false_positives="Encodings of in-house systems.",
        example="Content-Transfer-Encoding: x-unknown",
        remedies=("ask-resend",),
        needs="unopened",
    ),
    Rule(
        code="internal-error",
        title="Internal error",
        summary="The analysis failed, which is a defect of this program.",
        detects="The safety net caught an error that should not happen.",
        why="The facts may be incomplete.",
        find=_internal_error,
        rows=(
            Row(
                variant="failed",
                channels=EVERY,
                effect=UNDETERMINED,
                basis=ASSUMED,
                detail=(
                    Sentence("The analysis failed: {error}.", general="The analysis failed."),
                    "This is a defect of the program, not of the message.",
                ),
            ),
        ),
        false_positives="None.",
        example="RuntimeError in detect",
        remedies=("report-defect",),
        always=True,
        needs="internal_error",
    ),
    Rule(
        code="headers-synthesised",
        title="Header made from properties",
        detects="An Outlook item without transport headers: sent items, drafts, and half of saved mail.",
        why="Header fields that only transport brings, above all those of a PEC, cannot be judged.",
        find=_synthesised,
        rows=(
            Row(
                variant="from-properties",
                channels=EVERY,
                effect=INFORMS,
                basis=ASSUMED,
                detail="The item has no transport headers. From, To, Subject and Date come from its properties.",
                references=("ms-oxcmail",),
            ),
        ),
        false_positives="None: it only informs.",
        example="PidTagTransportMessageHeaders: absent",
        remedies=("get-original-file",),
        needs="outlook.headers_synthesised",
    ),
    Rule(
        code="container-mismatch",
        title="Name and content of the file differ",
        detects="A name that ends in .msg on an RFC 5322 message, or .eml on an Outlook item.",
        why="Programs that go by the name fail on it. The verdict goes by the content.",
        find=_mismatch,
        rows=(
            Row(
                variant="other-format",
                channels=EVERY,
                effect=INFORMS,
                basis=ASSUMED,
                detail=(
                    Sentence(
                        "The name of the file suggests another format than its content, which is {container}.",
                        general="The name of the file suggests another format than its content.",
                    ),
                ),
            ),
        ),
        false_positives="None: it only informs.",
        example="invoice.msg that begins with Received:",
        needs="container_mismatch",
    ),
    Rule(
        code="truncated-file",
        title="The file ends too early",
        detects="A close delimiter or an announced part of the structure is missing at the end.",
        why="The missing part cannot be judged. The message in the mailbox may be whole.",
        find=_truncated,
        rows=(
            Row(
                variant="truncated",
                channels=EVERY,
                effect=INFORMS,
                basis=ASSUMED,
                detail="The file ends before its structure does; it may be cut off.",
            ),
        ),
        false_positives="Software that never writes the last delimiter.",
        example="End of file inside a multipart",
        remedies=("get-original-file",),
        needs="truncated",
    ),
)
