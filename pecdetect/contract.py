"""Verdicts and results as JSON values: the frozen contracts ``pecdetect/verdict/1`` and ``pecdetect/result/1``.

What other programs rely on is written out here and nowhere else; it is not a dump of the classes. Keys come in a
fixed order, what is absent is null, and every string can be encoded as UTF-8: lone surrogates are replaced. The
schemas are ``schema/verdict-1.json`` and ``schema/result-1.json``.
"""

from __future__ import annotations

import json
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any

from pecdetect._version import RULE_SET, __version__

if TYPE_CHECKING:
    from pecdetect.detect.findings import Attachment, Findings, Item, PartRow, Pec, Smime
    from pecdetect.evidence import Evidence
    from pecdetect.parsing.addresses import Mailbox
    from pecdetect.profile import Profile
    from pecdetect.result import Problem, Result
    from pecdetect.verdict import Basis, Outcome, Reason, Source, Verdict

VERDICT_SCHEMA = "pecdetect/verdict/1"
RESULT_SCHEMA = "pecdetect/result/1"

_PROFILE_ORDER = (
    "channel",
    "max_attachment_kb",
    "max_message_mb",
    "blocked_extensions",
    "irm_sync",
    "known_addresses",
    "tracks_all",
    "forward_mailbox",
)


def verdict_to_dict(verdict: Verdict) -> dict[str, Any]:
    """Give a verdict as JSON values, in the order of the contract."""
    source, outcome, basis, decided_by, summary, reasons, findings, profile = verdict
    return {
        **_OPENING,
        "source": _source(source),
        **_judgement(findings.container, outcome, basis, decided_by, summary),
        "profile": _profile(profile),
        "message": _message(findings.item),
        "pec": None if findings.pec is None else _pec(findings.pec),
        **_protection(findings),
        "reasons": [reason_to_dict(reason) for reason in reasons],
        "attachments": [_attachment(entry) for entry in findings.attachments],
        "parts": [_part(row) for row in findings.parts],
        **_problems(findings),
    }


_OPENING = {"schema": VERDICT_SCHEMA, "generator": {"version": __version__, "rules": RULE_SET}}


def _judgement(
    container: str, outcome: Outcome, basis: Basis, decided_by: tuple[str, ...], summary: str
) -> dict[str, Any]:
    return {
        "container": container,
        "outcome": outcome.value,
        "can_sync": outcome.can_sync,
        "outcome_basis": basis.value,
        "decided_by": list(decided_by),
        "summary": summary,
    }


def result_to_dict(result: Result) -> dict[str, Any]:
    """Give a result as JSON values: a verdict, or why there is none."""
    return {
        "schema": RESULT_SCHEMA,
        "source": file_name(result.source),
        "verdict": None if result.verdict is None else verdict_to_dict(result.verdict),
        "skipped": _problem(result.skipped),
        "error": _problem(result.error),
    }


_ENCODER = json.JSONEncoder(ensure_ascii=True, check_circular=False, allow_nan=False, separators=(",", ":"))
"""What it writes is made here, so that nothing in it can hold itself, and need not be looked at for that."""


def dump(value: Any) -> str:
    """Write JSON values as the one line that the contract fixes: ASCII, no blanks between.

    Raises ``ValueError`` for NaN and the infinite, for which JSON has no word.
    """
    return _ENCODER.encode(value)


def result_line(result: Result) -> str:
    """Write a result as one line of JSON, without its end: what :func:`dump` makes of :func:`result_to_dict`.

    Nearly all of a line is the same in many lines of a scan: the profile, the judgement, what parts are. Each of
    these is written once and put in.
    """
    verdict = result.verdict
    if verdict is None:
        return dump(result_to_dict(result))
    source, outcome, basis, decided_by, summary, reasons, findings, profile = verdict
    judgement = _judgement_line(findings.container, outcome, basis, decided_by, summary)
    pec = "null" if findings.pec is None else dump(_pec(findings.pec))
    reasons_line = dump([reason_to_dict(reason) for reason in reasons]) if reasons else "[]"
    attachments = ",".join(map(_attachment_line, findings.attachments))
    # A result is one of the three.
    return (
        f'{{"schema":"{RESULT_SCHEMA}","source":{quoted(file_name(result.source))},"verdict":{_OPENING_LINE},'
        f'"source":{_source_line(source)},{judgement},"profile":{_profile_line(profile)},'
        f'"message":{_message_line(findings.item)},"pec":{pec},{_protection_line(findings)},'
        f'"reasons":{reasons_line},"attachments":[{attachments}],"parts":[{",".join(map(_part_line, findings.parts))}],'
        f'{_problems_line(findings)}}},"skipped":null,"error":null}}'
    )


_KEPT = 256
"""Characters of what a part is, up to which it is kept to be written again."""
_OPENING_LINE = dump(_OPENING)[:-1]


@lru_cache(maxsize=64)
def _judgement_line(container: str, outcome: Outcome, basis: Basis, decided_by: tuple[str, ...], summary: str) -> str:
    return dump(_judgement(container, outcome, basis, decided_by, summary))[1:-1]


def _protection_line(findings: Findings) -> str:
    if findings.smime or findings.pgp or findings.rights or findings.systems:
        return dump(_protection(findings))[1:-1]
    return '"smime":[],"pgp":[],"rights":[],"systems":[]'


def _part_line(row: PartRow) -> str:
    section, kind, name, encoding, start, end, stream = row
    # What a mail says may be long, and is not to be kept.
    short = len(section) + len(kind) + len(name or "") + len(encoding) < _KEPT
    write = _part_kind_line if short else _part_kind_line.__wrapped__
    opening = write(section, stream, kind, name, encoding)
    return f'{opening},"start":{start},"end":{end},"size":{end - start}}}'


@lru_cache(maxsize=1024)
def _part_kind_line(section: str, stream: str | None, kind: str, name: str | None, encoding: str) -> str:
    return dump(_part_kind(section, stream, kind, name, encoding))[:-1]


def _source_line(source: Source) -> str:
    name, size, sha256 = source
    shown = "null" if name is None else quoted(file_name(name))
    return f'{{"name":{shown},"size":{size},"sha256":{_maybe(sha256)}}}'


def _message_line(item: Item) -> str:
    sender = next((mailbox.address for mailbox in item.sender if mailbox.address), None)
    return (
        f'{{"message_id":{_maybe(item.message_id)},"date":{_maybe(item.date)},"from":{_maybe(sender)},'
        f'"to":[{_addresses_line(item.to)}],"cc":[{_addresses_line(item.cc)}],"subject":{_maybe(item.subject)},'
        f'"message_class":{_maybe(item.message_class)},"kind":"{item.kind}"}}'
    )


def _addresses_line(mailboxes: tuple[Mailbox, ...]) -> str:
    return ",".join([quoted(encodable(mailbox.address)) for mailbox in mailboxes if mailbox.address])


def _attachment_line(entry: Attachment) -> str:
    return (
        f'{{"part":{quoted(entry.part)},"name":{_maybe(entry.name)},"type":{quoted(encodable(entry.type))},'
        f'"size":{entry.size},"hidden_in":{_maybe(entry.hidden_in)}}}'
    )


def _problems_line(findings: Findings) -> str:
    if findings.anomalies or findings.limits_hit:
        return dump(_problems(findings))[1:-1]
    return '"anomalies":[],"limits_hit":[]'


quoted = encode_basestring_ascii
"""Write a text as JSON."""


def _maybe(value: str | None) -> str:
    """Write a text as JSON, or null for one that is absent or empty."""
    return quoted(encodable(value)) if value else "null"


def text(value: str | None) -> str | None:
    """Give a text that can be encoded, or None for one that is absent or empty."""
    return encodable(value) if value else None


def encodable(value: str) -> str:
    """Replace lone surrogates by U+FFFD; pairs that stand for one character become it."""
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value


def file_name(value: str) -> str:
    r"""Give a file name that can be encoded; octets that are no text (PEP 383) become ``\xNN``."""
    if value.isascii():
        return value
    try:
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return encodable(value)


def _source(source: Source) -> dict[str, Any]:
    name = None if source.name is None else file_name(source.name)
    return {"name": name, "size": source.size, "sha256": source.sha256}


def _profile(profile: Profile) -> dict[str, Any]:
    return {name: _value(getattr(profile, name)) for name in _PROFILE_ORDER}


@lru_cache(maxsize=8)
def _profile_line(profile: Profile) -> str:
    return dump(_profile(profile))


def _value(value: Any) -> Any:
    """Give a profile field as a JSON value: sets as sorted lists."""
    return sorted(map(encodable, value)) if isinstance(value, frozenset) else value


def _message(item: Item) -> dict[str, Any]:
    return {
        "message_id": text(item.message_id),
        "date": text(item.date),
        "from": next((encodable(m.address) for m in item.sender if m.address), None),
        "to": [encodable(mailbox.address) for mailbox in item.to if mailbox.address],
        "cc": [encodable(mailbox.address) for mailbox in item.cc if mailbox.address],
        "subject": text(item.subject),
        "message_class": text(item.message_class),
        "kind": item.kind,
    }


def _pec(pec: Pec) -> dict[str, Any]:
    signature = pec.signature
    return {
        "type": pec.type,
        "layout": pec.layout,
        "certified": pec.certified,
        "signature": {
            "present": signature.present,
            "intact": signature.intact,
            "valid": signature.valid,
            "trusted": signature.trusted,
        },
        "claimed_by": [{"source": claim.source, "value": encodable(claim.value)} for claim in pec.claimed_by],
        "consistent": pec.consistent,
        "checks": [{"id": c.id, "result": c.result, "detail": text(c.detail)} for c in pec.checks],
        "type_raw": text(pec.type_raw),
        "final": pec.final,
        "receipt": text(pec.receipt),
        "virus": pec.virus,
        "provider": text(pec.provider),
        "sender": text(pec.sender),
        "recipients": [{"address": encodable(r.address), "type": text(r.type)} for r in pec.recipients],
        "identifier": text(pec.identifier),
        "original_message_id": text(pec.original_message_id),
        "subject": text(pec.subject),
        "time": text(pec.time),
        "error": text(pec.error),
        "daticert": pec.daticert_section,
        "postacert": pec.postacert_section,
    }


def _protection(findings: Findings) -> dict[str, Any]:
    return {
        "smime": [_smime(entity) for entity in findings.smime],
        "pgp": [
            {"kind": e.kind, "form": e.form, "position": e.position, "part": e.part, "reading": e.reading}
            | _inside(e.inside)
            for e in findings.pgp
        ],
        "rights": [
            {"kind": e.kind, "position": e.position, "part": e.part, "reading": e.reading} | _inside(e.inside)
            for e in findings.rights
        ],
        "systems": [
            {
                "name": encodable(e.name),
                "confidence": e.confidence,
                "position": e.position,
                "part": e.part,
                "reading": e.reading,
            }
            for e in findings.systems
        ],
    }


def _smime(entity: Smime) -> dict[str, Any]:
    return {
        "kind": entity.kind,
        "position": entity.position,
        "part": entity.part,
        "reading": entity.reading,
        "signer": text(entity.signer),
        "digest": text(entity.digest),
        "smime_type": text(entity.smime_type),
    } | _inside(entity.inside)


def _inside(inside: str | None) -> dict[str, str]:
    """Give the one key that is absent where it does not apply."""
    return {} if inside is None else {"inside": inside}


def reason_to_dict(reason: Reason) -> dict[str, Any]:
    """Give one reason as JSON values."""
    return {
        "code": reason.code,
        "effect": reason.effect.value,
        "basis": reason.basis.value,
        "title": reason.title,
        "detail": encodable(reason.detail),
        "evidence": [_evidence(place) for place in reason.evidence],
        "assumes": [
            {"field": assumed.field, "value": _value(assumed.value), "given": assumed.given}
            for assumed in reason.assumes
        ],
        "remedies": list(reason.remedies),
        "references": list(reason.references),
    }


def _evidence(place: Evidence) -> dict[str, Any]:
    return {
        "part": place.part,
        "start": place.start,
        "end": place.end,
        "stream": text(place.stream),
        "excerpt": text(place.excerpt),
        "reading": place.reading,
        "dialect": text(place.dialect),
    }


def _attachment(entry: Attachment) -> dict[str, Any]:
    return {
        "part": entry.part,
        "name": text(entry.name),
        "type": encodable(entry.type),
        "size": entry.size,
        "hidden_in": entry.hidden_in,
    }


def _part(row: PartRow) -> dict[str, Any]:
    kind = _part_kind(row.section, row.stream, row.type, row.name, row.encoding)
    return {**kind, "start": row.start, "end": row.end, "size": row.end - row.start}


def _part_kind(section: str, stream: str | None, kind: str, name: str | None, encoding: str) -> dict[str, Any]:
    return {
        "section": section,
        "stream": text(stream),
        "type": encodable(kind),
        "name": text(name),
        "encoding": encodable(encoding),
    }


def _problems(findings: Findings) -> dict[str, Any]:
    return {
        "anomalies": [
            {
                "code": anomaly.code,
                "severity": anomaly.severity,
                "part": anomaly.part,
                "stream": text(anomaly.stream),
                "start": anomaly.start,
                "end": anomaly.end,
                "reading": anomaly.reading,
            }
            for anomaly in findings.anomalies
        ],
        "limits_hit": [
            {"name": hit.name, "value": hit.value, "limit": hit.limit, "part": hit.part} for hit in findings.limits_hit
        ],
    }


def _problem(problem: Problem | None) -> dict[str, str] | None:
    return None if problem is None else {"code": problem.code, "detail": encodable(problem.detail)}
