"""What is shown of a verdict, as labels and values: one model for the terminal, the HTML report and notebooks.

The values are plain text, foreign text among it, neither escaped nor shortened (except names among other
words): each renderer draws them its own way and makes them harmless on the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from pecdetect.report.words import (
    attachment_size,
    clip,
    part_words,
    reading_words,
    setting,
    span_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.contract import (
        Anomaly,
        Assumption,
        Attachment,
        Pec,
        PecSignature,
        Pgp,
        Rights,
        Severity,
        Smime,
        System,
        Verdict,
    )

PEC_TITLES = {
    "posta-certificata": "transport envelope",
    "errore": "anomaly envelope",
    "accettazione": "acceptance receipt",
    "non-accettazione": "notice of non-acceptance",
    "presa-in-carico": "take-charge receipt",
    "avvenuta-consegna": "delivery receipt",
    "errore-consegna": "notice of non-delivery",
    "preavviso-errore-consegna": "advance notice of non-delivery",
    "rilevazione-virus": "virus notice",
}
"""RFC 6109 message types in English."""
_NO_MESSAGE = {"not-a-message": "no e-mail", "not-one-message": "not one message"}
"""What a file is that holds no message, by the reason that says so."""


class Row(NamedTuple):
    """A label and what belongs beside it."""

    label: str
    values: tuple[str, ...]
    """One or more, each a line of its own."""


class Section(NamedTuple):
    """Rows under a heading."""

    title: str
    rows: tuple[Row, ...]


def sections(verdict: Verdict) -> Iterator[Section]:
    """Everything that is shown in rows; sections without any are left out."""
    for title, rows in (
        ("Message", message_rows(verdict)),
        ("PEC", () if verdict.pec is None else pec_rows(verdict.pec)),
        ("Protection", protection_rows(verdict)),
        ("Anomalies", anomaly_rows(verdict)),
        ("Not opened", unopened_rows(verdict)),
        ("Limits reached", limit_rows(verdict)),
    ):
        found = tuple(rows)
        if found:
            yield Section(title, found)


def message_rows(verdict: Verdict) -> Iterator[Row]:
    """Who wrote to whom, when and what; what is absent has no row."""
    message = verdict.message
    none = next((_NO_MESSAGE[code] for code in verdict.decided_by if code in _NO_MESSAGE), None)
    if none is not None:
        yield Row("Kind", (none,))
        return
    if message.enclosed is not None:
        yield Row("Judged", (f"the message in {part_words(message.enclosed)}: the file is an envelope around it",))
    yield Row("From", (message.from_ or "no address",))
    for label, addresses in (("To", message.to), ("Cc", message.cc)):
        if addresses:
            yield Row(label, addresses)
    yield from _given(("Subject", message.subject), ("Date", message.date), ("Message-ID", message.message_id))
    if message.kind != "email" or message.message_class is not None:
        yield Row("Kind", (_words(message.kind, message.message_class),))
    if verdict.attachments:
        yield Row("Attached", tuple([attachment_words(attachment) for attachment in verdict.attachments]))


def _given(*pairs: tuple[str, str | None]) -> Iterator[Row]:
    """Rows of what is there."""
    for label, value in pairs:
        if value is not None:
            yield Row(label, (value,))


def _words(*words: str | None) -> str:
    return ", ".join([word for word in words if word])


def attachment_words(attachment: Attachment) -> str:
    """Name, type, size, place, and whether the mailbox shows it at all."""
    hidden, sha256 = attachment.hidden_in, attachment.sha256
    return _words(
        clip(attachment.name or "no name"),
        clip(attachment.type),
        attachment_size(attachment),
        part_words(attachment.part),
        hidden and f"hidden in {clip(hidden)}",
        sha256 and f"sha256 {sha256}",
    )


def pec_rows(pec: Pec) -> Iterator[Row]:
    """What the PEC envelope says of itself, and how far that holds together."""
    title = PEC_TITLES.get(pec.type) or clip(pec.type_raw or "not named")
    yield Row("Type", (f"{pec.type} ({title})",))
    final, virus = "last notice" if pec.final else None, "about a virus" if pec.virus else None
    yield Row("Layout", (_words(pec.layout, final, virus),))
    yield from _given(
        ("Provider", pec.provider),
        ("Sender", pec.sender),
        ("Subject", pec.subject),
        ("Time", pec.time),
        ("Identifier", pec.identifier),
        ("Original ID", pec.original_message_id),
        ("Receipt", pec.receipt),
        ("Delivered to", pec.delivered_to),
        ("Error", pec.error),
    )
    for label, addresses in (
        ("Recipients", tuple([recipient.address for recipient in pec.recipients])),
        ("Taken in", pec.taken_in_charge),
    ):
        if addresses:
            yield Row(label, addresses)
    yield Row("Signature", (signature_words(pec.signature),))
    if pec.certified is not None:
        yield Row("Certified", ("yes" if pec.certified else "no: a claim without the signed structure",))
    if pec.header_agrees is not None:
        yield Row("Header", (f"{'agrees' if pec.header_agrees else 'disagrees'} with the certification data",))
    if not pec.consistent:
        yield Row("Claims", tuple([f"{clip(claim.source)}: {clip(claim.value)}" for claim in pec.claimed_by]))
    checks = [f"{check.id} {check.result}: {check.detail}" for check in pec.checks if check.result in {"warn", "fail"}]
    passed = [check.id for check in pec.checks if check.result == "pass"]
    if passed:
        checks.append(f"passed: {', '.join(passed)}")
    if checks:
        yield Row("Checks", tuple(checks))


def signature_words(signature: PecSignature) -> str:
    """What was checked of a signature, and what was not."""
    if not signature.present:
        return "none"
    checks = (("digest", signature.intact), ("signature value", signature.valid), ("trust", signature.trusted))
    words = ["present", *(f"{name} {'holds' if held else 'fails'}" for name, held in checks if held is not None)]
    unchecked = [name for name, held in checks if held is None]
    if unchecked:
        words.append(f"not checked: {', '.join(unchecked)}")
    return "; ".join(words)


def protection_rows(verdict: Verdict) -> Iterator[Row]:
    """S/MIME, PGP, rights management and the other systems."""
    for label, values in (
        ("S/MIME", [smime_words(entity) for entity in verdict.smime]),
        ("PGP", [pgp_words(entity) for entity in verdict.pgp]),
        ("Rights", [rights_words(entity) for entity in verdict.rights]),
        ("System", [system_words(entity) for entity in verdict.systems]),
    ):
        if values:
            yield Row(label, tuple(values))


def smime_words(smime: Smime) -> str:
    """Kind, place and what is known of the signer."""
    intact = smime.intact
    return _words(
        smime.kind,
        _standing(smime),
        "a document, not a message" if smime.document else None,
        smime.digest and clip(smime.digest),
        None if intact is None else f"digest {'holds' if intact else 'fails'}",
        smime.signer and f"signer {clip(smime.signer)} (not verified)",
        f"inside: {', '.join(smime.layers)}" if smime.layers else None,
        smime.header_protection and f"header protection {clip(smime.header_protection)}",
        _within(smime.inside),
    )


def pgp_words(pgp: Pgp) -> str:
    """Kind, form and place."""
    return _words(pgp.kind, pgp.form, _standing(pgp), _within(pgp.inside))


def rights_words(rights: Rights) -> str:
    """Kind and place."""
    return _words(clip(rights.name or rights.kind), _standing(rights), _within(rights.inside))


def system_words(system: System) -> str:
    """Name, confidence and place."""
    return _words(f"{clip(system.name)} ({system.confidence})", _standing(system))


def _within(inside: str | None) -> str | None:
    return inside and f"within {inside}"


def _standing(seen: Smime | Pgp | Rights | System) -> str:
    """Where a protection is, and in which reading."""
    if seen.position == "floor":
        return "mentioned in raw bytes only"
    standing = "the message itself" if seen.position == "top" else f"{seen.position}, {part_words(seen.part)}"
    return f"{standing}, in another reading only" if seen.reading == "alternate" else standing


def anomaly_rows(verdict: Verdict) -> Iterator[Row]:
    """What is malformed or ambiguous, by severity: what readers are known to disagree about first."""
    severities: tuple[Severity, ...] = ("high", "low")
    for severity in severities:
        values = [_anomaly(seen) for seen in verdict.anomalies if seen.severity == severity]
        if values:
            yield Row(severity, tuple(values))


def _anomaly(seen: Anomaly) -> str:
    span = span_words(seen.start, seen.end, seen.stream)
    return _words(seen.code, part_words(seen.part), span, reading_words(seen.reading))


def unopened_rows(verdict: Verdict) -> Iterator[Row]:
    """What may itself be the message and stayed closed."""
    for each in verdict.unopened:
        yield Row(each.why, (part_words(each.part),))


def limit_rows(verdict: Verdict) -> Iterator[Row]:
    """The limits that the message ran into."""
    for hit in verdict.limits_hit:
        yield Row(hit.name, (f"{hit.value:,} where {hit.limit:,} are allowed, {part_words(hit.part)}",))


def assumption_words(assumption: Assumption) -> str:
    """A profile field, its value, and whether anybody gave it."""
    given = "given" if assumption.given else "default"
    return f"{assumption.field} = {setting(assumption.value)} ({given})"


Weight = Literal["protection", "attachment", "problem", "minor"]


class Note(NamedTuple):
    """What was found in a part, in a few words."""

    part: str
    words: str
    weight: Weight
    """How it is set apart."""


def notes_by_section(verdict: Verdict) -> dict[str, list[Note]]:
    """Everything that was found, by the section that it was found in, in the order of weight within each."""
    notes: dict[str, list[Note]] = {}
    for source in (_pec_notes, _protection_notes, _attachment_notes, _problem_notes):
        for note in source(verdict):
            notes.setdefault(note.part, []).append(note)
    return notes


def _pec_notes(verdict: Verdict) -> Iterator[Note]:
    pec = verdict.pec
    if pec is None:
        return
    yield Note("", f"PEC: {pec.type}, {pec.layout}", "protection")
    for section, words in (
        (pec.daticert, "PEC: certification data (daticert.xml)"),
        (pec.postacert, "PEC: the original message (postacert.eml)"),
    ):
        if section is not None:
            yield Note(section, words, "protection")


def _protection_notes(verdict: Verdict) -> Iterator[Note]:
    for smime in verdict.smime:
        yield Note(smime.part, f"S/MIME: {smime_words(smime)}", "protection")
    for pgp in verdict.pgp:
        yield Note(pgp.part, f"PGP: {pgp_words(pgp)}", "protection")
    for rights in verdict.rights:
        yield Note(rights.part, f"Rights: {rights_words(rights)}", "protection")
    for system in verdict.systems:
        yield Note(system.part, f"System: {system_words(system)}", "protection")


def _attachment_notes(verdict: Verdict) -> Iterator[Note]:
    for attachment in verdict.attachments:
        hidden = attachment.hidden_in
        words = _words("attachment", attachment_size(attachment), hidden and f"hidden in {clip(hidden)}")
        yield Note(attachment.part, words, "attachment")


def _problem_notes(verdict: Verdict) -> Iterator[Note]:
    for unopened in verdict.unopened:
        yield Note(unopened.part, f"not opened: {unopened.why}", "problem")
    for seen in verdict.anomalies:
        words = f"anomaly: {seen.code} ({seen.severity}), bytes {seen.start}-{seen.end}"
        yield Note(seen.part, words, "problem" if seen.severity == "high" else "minor")
    for hit in verdict.limits_hit:
        words = f"limit reached: {hit.name}, {hit.value:,} where {hit.limit:,} are allowed"
        yield Note(hit.part, words, "problem")
