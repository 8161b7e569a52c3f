"""One verdict, explained on a terminal: what the message is, what becomes of it, why, and where that is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from pecdetect.policy.remedies import REMEDIES
from pecdetect.policy.rules import documentation_url
from pecdetect.report.guide import CHANNEL_TITLES
from pecdetect.report.message import message_rows, pec_rows
from pecdetect.report.terminal.catalogue import remedy_text, separated, sources
from pecdetect.report.terminal.console import (
    EFFECT_STYLES,
    OUTCOME_STYLES,
    Facts,
    Prefixed,
    counted,
    indent,
    octets,
    place,
    quoted,
    section,
    where,
)
from pecdetect.verdict import Effect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from pecdetect.evidence import Evidence
    from pecdetect.report.terminal.console import Block, Glyphs
    from pecdetect.verdict import Assumption, Reason, Verdict

MAX_EVIDENCE = 5
"""Places quoted for one reason; JSON has them all."""
MAX_ANOMALIES = 20
"""Anomalies listed; JSON has them all."""
MAX_VALUES = 6
"""Values of a list in a profile that are written out."""


def explanation(source: str, verdict: Verdict, glyphs: Glyphs) -> Iterator[Block]:
    """Everything that a person needs to follow and defend the verdict, block by block."""
    yield from _answer(source, verdict, glyphs)
    yield from section("Message", Facts(message_rows(verdict)))
    if verdict.pec is not None:
        yield from section("PEC", Facts(pec_rows(verdict.pec)))
    weighty = [reason for reason in verdict.reasons if reason.effect is not Effect.INFORMS]
    if weighty:
        yield from section("Reasons" if len(weighty) > 1 else "Reason", *_reasons(weighty, glyphs))
    informing = [reason for reason in verdict.reasons if reason.effect is Effect.INFORMS]
    if informing:
        yield from section("Also noted", Facts(map(_note, informing)))
    if verdict.findings.anomalies:
        yield from section("Anomalies", *_anomalies(verdict))
    if verdict.findings.limits_hit:
        yield from section("Limits reached", Facts(_limits(verdict)))
    yield from sources(ident for reason in weighty for ident in reason.references)


def _answer(source: str, verdict: Verdict, glyphs: Glyphs) -> Iterator[RenderableType]:
    """The file, the outcome and the sentence: what is read when nothing else is."""
    judged = verdict.source
    about = [octets(judged.size), verdict.findings.container]
    if judged.sha256 is not None:
        about.append(f"sha256 {judged.sha256}")
    yield quoted(source, "bold")
    yield Text(", ".join(about), "dim", overflow="fold")
    yield Text()
    style = OUTCOME_STYLES[verdict.outcome]
    yield Text.assemble(
        (f"{glyphs.mark(verdict.outcome)} {verdict.outcome.value.upper()}", f"bold {style}"),
        f"  {CHANNEL_TITLES[verdict.profile.channel]}",
        (f", {verdict.outcome_basis.value}", "dim"),
    )
    yield quoted(verdict.summary)


def _reasons(reasons: list[Reason], glyphs: Glyphs) -> Iterator[RenderableType]:
    """The reasons that decide or weaken, strongest first; a remedy is told once."""
    told: set[str] = set()
    for number, reason in enumerate(reasons):
        if number:
            yield Text()
        yield Text.assemble(
            (f"{glyphs.mark(reason.effect)} {reason.code}", f"bold {EFFECT_STYLES[reason.effect]}"),
            f"  {reason.effect.value}, {reason.basis.value}",
        )
        yield indent(quoted(reason.title, "bold"))
        yield indent(quoted(reason.detail))
        yield indent(Facts(_grounds(reason, glyphs, told)))


def _grounds(reason: Reason, glyphs: Glyphs, told: set[str]) -> Iterator[tuple[str, RenderableType]]:
    """Evidence, assumptions, remedies and sources of a reason, and the rule's page."""
    if reason.evidence:
        yield "Evidence", Group(*_quotations(reason.evidence, glyphs))
    if reason.assumes:
        yield "Assumes", Group(*map(_assumption, reason.assumes))
    remedies: list[RenderableType] = []
    for ident in reason.remedies:
        remedies.append(Text(f"{ident}: as above") if ident in told else remedy_text(REMEDIES[ident]))
        told.add(ident)
    if remedies:
        yield "What to do", Group(*separated(remedies))
    if reason.references:
        yield "Sources", Text(", ".join(reason.references))
    yield "Page", Text(f"{documentation_url(reason.code)} (pecdetect explain prints it)", overflow="fold")


def _quotations(evidence: tuple[Evidence, ...], glyphs: Glyphs) -> Iterator[RenderableType]:
    for seen in evidence[:MAX_EVIDENCE]:
        yield quoted(where(seen))
        if seen.excerpt:
            yield Prefixed(f"{glyphs.bar} ", quoted(seen.excerpt))
    if len(evidence) > MAX_EVIDENCE:
        yield Text(f"and {counted(len(evidence) - MAX_EVIDENCE, 'more place')} (--format json)", "dim")


def _assumption(assumption: Assumption) -> Text:
    """A profile field, its value, and whether anybody said so."""
    value = assumption.value
    if value is None:
        shown = "not known"
    elif isinstance(value, bool):
        shown = "yes" if value else "no"
    elif isinstance(value, (frozenset, set, list, tuple)):
        words = sorted(str(word) for word in value)
        shown = ", ".join(words) if len(words) <= MAX_VALUES else f"{len(words)} values"
    else:
        shown = str(value)
    return quoted(f"{assumption.field} = {shown} ({'given' if assumption.given else 'default'})")


def _note(reason: Reason) -> tuple[str, RenderableType]:
    return reason.code, quoted(reason.title)


def _anomalies(verdict: Verdict) -> Iterator[RenderableType]:
    anomalies = sorted(verdict.findings.anomalies, key=lambda seen: seen.severity != "high")
    yield Facts(
        (seen.severity, quoted(f"{seen.code}, {place(seen.part)}, bytes {seen.start}-{seen.end}"))
        for seen in anomalies[:MAX_ANOMALIES]
    )
    if len(anomalies) > MAX_ANOMALIES:
        yield Text(f"and {len(anomalies) - MAX_ANOMALIES} more (--format json)", "dim")


def _limits(verdict: Verdict) -> Iterator[tuple[str, RenderableType]]:
    for hit in verdict.findings.limits_hit:
        yield hit.name, quoted(f"{hit.value:,} where {hit.limit:,} are allowed, {place(hit.part)}")
