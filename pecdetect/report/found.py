"""What was found where: the findings of a message, sorted by the section they were seen in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.report.message import pgp_words, rights_words, smime_words, system_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.detect.findings import Findings

Note = tuple[str, str]
"""What was found, and the style it is shown in."""

_PROTECTION = "yellow"
_PROBLEM = "red"


def found(findings: Findings) -> dict[str, list[Note]]:
    """Notes by section, in the order of weight within each."""
    notes: dict[str, list[Note]] = {}
    for source in (_pec, _protection, _attachments, _problems):
        for section, words, style in source(findings):
            notes.setdefault(section, []).append((words, style))
    return notes


def _pec(findings: Findings) -> Iterator[tuple[str, str, str]]:
    pec = findings.pec
    if pec is None:
        return
    yield "", f"PEC: {pec.type}, {pec.layout}", _PROTECTION
    for section, words in (
        (pec.signed_section or None, "PEC: the signed envelope"),
        (pec.daticert_section, "PEC: certification data (daticert.xml)"),
        (pec.postacert_section, "PEC: the original message (postacert.eml)"),
    ):
        if section is not None:
            yield section, words, _PROTECTION


def _protection(findings: Findings) -> Iterator[tuple[str, str, str]]:
    for smime in findings.smime:
        yield smime.part, f"S/MIME: {smime_words(smime)}", _PROTECTION
    for pgp in findings.pgp:
        yield pgp.part, f"PGP: {pgp_words(pgp)}", _PROTECTION
    for rights in findings.rights:
        yield rights.part, f"Rights: {rights_words(rights)}", _PROTECTION
    for system in findings.systems:
        yield system.part, f"System: {system_words(system)}", _PROTECTION
    for tnef in findings.delivery.tnef:
        yield tnef.part, "TNEF", _PROTECTION


def _attachments(findings: Findings) -> Iterator[tuple[str, str, str]]:
    for attachment in findings.attachments:
        hidden = f", hidden in {attachment.hidden_in}" if attachment.hidden_in else ""
        yield attachment.part, f"attachment{hidden}", "cyan"


def _problems(findings: Findings) -> Iterator[tuple[str, str, str]]:
    for unopened in findings.unopened:
        yield unopened.part, "not opened", _PROBLEM
    for anomaly in findings.anomalies:
        words = f"anomaly: {anomaly.code} ({anomaly.severity}), bytes {anomaly.start}-{anomaly.end}"
        yield anomaly.part, words, _PROBLEM if anomaly.severity == "high" else "dim"
    for hit in findings.limits_hit:
        yield hit.part, f"limit reached: {hit.name}, {hit.value:,} where {hit.limit:,} are allowed", _PROBLEM
