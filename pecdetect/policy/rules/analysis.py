"""What the analysis says of itself: what it could not read, or read in two ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pecdetect.policy.rule import ASSUMED, EVERY, INFORMS, UNDETERMINED, Match, Row, Rule
from pecdetect.policy.rules.common import clip, pec_reading, seen, seen_once, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.contract import Position
    from pecdetect.detect.findings import Findings
    from pecdetect.evidence import Evidence, Reading
    from pecdetect.profile import Profile

_LIMITS_SHOWN = 5


class _Protection(NamedTuple):
    """One protected entity of any family."""

    name: str
    """Family and kind."""
    position: Position
    part: str
    reading: Reading
    evidence: tuple[Evidence, ...]


def _protections(findings: Findings) -> Iterator[_Protection]:
    """Yield what protects the message in any reading; a PEC's original, forwarded PECs and labels do not."""
    pec = findings.pec
    if pec and pec.layout != "forwarded":
        yield _Protection("PEC", "top", "", pec_reading(pec), pec.evidence)
    if findings.pec_candidates:
        yield _Protection("pieces of a PEC", "floor", "", "floor", findings.pec_candidates)
    for smime in findings.smime:
        if smime.inside is None:
            yield _Protection(f"S/MIME {smime.kind}", smime.position, smime.part, smime.reading, (smime.evidence,))
    for pgp in findings.pgp:
        if pgp.inside is None:
            yield _Protection(f"PGP {pgp.kind}", pgp.position, pgp.part, pgp.reading, (pgp.evidence,))
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
        "other": ", ".join(dict.fromkeys(entry.name for entry in others)),
        "primary": ", ".join(sorted(at_top)) or "no protection at the top",
        "dialects": f" ({', '.join(map(clip, list(dialects)[:3]))})" if dialects else "",
    }
    return Match(shown(place for entry in others for place in entry.evidence), facts)


def _limits(findings: Findings, _: Profile) -> Match | None:
    hits = findings.limits_hit
    if not hits:
        return None
    named = dict.fromkeys(f"{hit.name} ({hit.value:,} of {hit.limit:,})" for hit in hits[:_LIMITS_SHOWN])
    more = len(hits) - _LIMITS_SHOWN
    return Match(facts={"limits": ", ".join(named) + (f" and {more} more" if more > 0 else "")})


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
        "limit-reached",
        "A limit was reached",
        "the file ran into a limit of the analysis",
        "The message has more depth, parts, fields or octets than the limits allow.",
        "What lies beyond a limit was not read and may hold anything.",
        _limits,
        (Row(EVERY, UNDETERMINED, ASSUMED, "A limit was reached: {limits}. What lies beyond it was not read."),),
        "Honest messages of unusual size.",
        "depth: 101 of 100",
        ("raise-limits",),
        always=True,
        needs="limits_hit",
    ),
    Rule(
        "ambiguous-structure",
        "Readable in more than one way",
        "the message can be read in more than one way, and one of them shows protection",
        "Another reading of the same octets, or what stands in them whatever the structure says, shows protection "
        "that the reading of Outlook and Exchange does not.",
        "Programs disagree about such messages; which of them Dynamics 365 follows cannot be told.",
        _ambiguous,
        (
            Row(
                EVERY,
                UNDETERMINED,
                ASSUMED,
                "Read as Outlook and Exchange do, the message shows {primary}; read otherwise{dialects} it shows "
                "{other}.",
                ("rfc2046",),
            ),
        ),
        "Broken software that writes two boundaries or two Content-Type fields.",
        "Content-Type: multipart/signed (second of two Content-Type fields)",
        ("ask-resend",),
    ),
    Rule(
        "unopened-content",
        "Content that stayed closed",
        "something that may itself be the message could not be opened",
        "A body in an unknown encoding, one piece of a message sent in several (message/partial), or a winmail.dat "
        "that cannot be decoded.",
        "What stayed closed may be protected in any way.",
        _unopened,
        (
            Row(
                EVERY,
                UNDETERMINED,
                ASSUMED,
                "Something that may itself be the message could not be opened, so what it is cannot be told.",
                ("rfc2046",),
            ),
        ),
        "Encodings of house systems.",
        "Content-Transfer-Encoding: x-unknown",
        ("ask-resend",),
        needs="unopened",
    ),
    Rule(
        "internal-error",
        "Internal error",
        "the analysis failed, which is a defect of this program",
        "The safety net caught something that should not happen.",
        "The facts may be incomplete.",
        _internal_error,
        (
            Row(
                EVERY,
                UNDETERMINED,
                ASSUMED,
                "The analysis failed ({error}); this is a defect of the program, not of the message.",
            ),
        ),
        "None.",
        "RuntimeError in detect",
        ("report-defect",),
        always=True,
        needs="internal_error",
    ),
    Rule(
        "headers-synthesised",
        "Header made from properties",
        "its header was made from Outlook properties",
        "An Outlook item without transport headers: sent items, drafts, and half of saved mail.",
        "Header fields that only transport brings, a PEC's above all, cannot be judged.",
        _synthesised,
        (
            Row(
                EVERY,
                INFORMS,
                ASSUMED,
                "The item has no transport headers; From, To, Subject and Date were made from its properties.",
                ("ms-oxcmail",),
            ),
        ),
        "None: it only informs.",
        "PidTagTransportMessageHeaders: absent",
        ("get-original-file",),
        needs="outlook.headers_synthesised",
    ),
    Rule(
        "container-mismatch",
        "Name and content of the file differ",
        "the file is not what its name says",
        "A name that ends in .msg on an RFC 5322 message, or .eml on an Outlook item.",
        "Programs that go by the name fail on it; the verdict goes by the content.",
        _mismatch,
        (
            Row(
                EVERY,
                INFORMS,
                ASSUMED,
                "The name of the file says another format than its content, which is {container}.",
            ),
        ),
        "None: it only informs.",
        "invoice.msg that begins with Received:",
        needs="container_mismatch",
    ),
    Rule(
        "truncated-file",
        "The file ends too early",
        "the file ends before its structure does",
        "A close delimiter or an announced part of the structure is missing at the end.",
        "What is missing cannot be judged; the message in the mailbox may be whole.",
        _truncated,
        (Row(EVERY, INFORMS, ASSUMED, "The file ends before its structure does; it may be cut off."),),
        "Software that never writes the last delimiter.",
        "End of file inside a multipart",
        ("get-original-file",),
        needs="truncated",
    ),
)
