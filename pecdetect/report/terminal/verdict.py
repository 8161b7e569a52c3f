"""One verdict, explained on a terminal: what the message is, what becomes of it, why, and where that is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from pecdetect.contract import Effect
from pecdetect.policy.remedies import REMEDIES
from pecdetect.policy.rules import documentation_url
from pecdetect.report.guide import CHANNEL_TITLES
from pecdetect.report.rows import assumption_words, sections
from pecdetect.report.terminal.catalogue import remedy_text, separated, sources
from pecdetect.report.terminal.console import (
    EFFECT_STYLES,
    OUTCOME_STYLES,
    Facts,
    Prefixed,
    facts,
    indent,
    quoted,
    section,
)
from pecdetect.report.words import byte_size, counted, where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from pecdetect.contract import Evidence, Reason, Verdict
    from pecdetect.report.terminal.console import Block, Glyphs

MAX_EVIDENCE = 5
"""Places quoted for one reason; JSON has them all."""
_BEFORE_REASONS = ("Message", "PEC", "Protection")
"""Sections that say what the message is; the others follow the reasons."""


def explanation(source: str, verdict: Verdict, glyphs: Glyphs) -> Iterator[Block]:
    """Everything that a person needs to follow and defend the verdict, block by block."""
    yield from _answer(source, verdict, glyphs)
    shown = list(sections(verdict))
    for each in shown:
        if each.title in _BEFORE_REASONS:
            yield from section(each.title, facts(each.rows))
    weighty = [reason for reason in verdict.reasons if reason.effect is not Effect.INFORMS]
    if weighty:
        yield from section("Reasons" if len(weighty) > 1 else "Reason", *_reasons(weighty, glyphs))
    informing = [reason for reason in verdict.reasons if reason.effect is Effect.INFORMS]
    if informing:
        yield from section("Also noted", Facts(map(_note, informing)))
    for each in shown:
        if each.title not in _BEFORE_REASONS:
            yield from section(each.title, facts(each.rows))
    yield from sources(ident for reason in weighty for ident in reason.references)


def _answer(source: str, verdict: Verdict, glyphs: Glyphs) -> Iterator[RenderableType]:
    """The file, the outcome and the sentence: what is read when nothing else is."""
    judged = verdict.source
    about = [byte_size(judged.size), verdict.container]
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
    """The reasons that decide or weaken, strongest first; a remedy is written out once."""
    written: set[str] = set()
    for number, reason in enumerate(reasons):
        if number:
            yield Text()
        yield Text.assemble(
            (f"{glyphs.mark(reason.effect)} {reason.code}", f"bold {EFFECT_STYLES[reason.effect]}"),
            f"  {reason.effect.value}, {reason.basis.value}",
        )
        yield indent(quoted(reason.title, "bold"))
        yield indent(quoted(reason.detail))
        yield indent(Facts(_grounds(reason, glyphs, written)))


def _grounds(reason: Reason, glyphs: Glyphs, written: set[str]) -> Iterator[tuple[str, RenderableType]]:
    """Evidence, assumptions, remedies and sources of a reason, and the rule's page."""
    if reason.evidence:
        yield "Evidence", Group(*_quotations(reason.evidence, glyphs))
    if reason.assumes:
        yield "Assumes", Group(*[quoted(assumption_words(assumed)) for assumed in reason.assumes])
    remedies: list[RenderableType] = []
    for ident in reason.remedies:
        remedies.append(Text(f"{ident}: as above") if ident in written else _remedy(ident))
        written.add(ident)
    if remedies:
        yield "What to do", Group(*separated(remedies))
    if reason.references:
        yield "Sources", Text(", ".join(reason.references))
    yield "Page", Text(f"{documentation_url(reason.code)} (pecdetect explain prints it)", overflow="fold")


def _remedy(ident: str) -> RenderableType:
    """What is known of a remedy; a saved scan may name one of another version."""
    return remedy_text(REMEDIES[ident]) if ident in REMEDIES else Text(ident)


def _quotations(evidence: tuple[Evidence, ...], glyphs: Glyphs) -> Iterator[RenderableType]:
    for seen in evidence[:MAX_EVIDENCE]:
        yield quoted(where(seen))
        if seen.excerpt:
            yield Prefixed(f"{glyphs.bar} ", quoted(seen.excerpt))
    if len(evidence) > MAX_EVIDENCE:
        yield Text(f"and {counted(len(evidence) - MAX_EVIDENCE, 'more place')} (--format json)", "dim")


def _note(reason: Reason) -> tuple[str, RenderableType]:
    return reason.code, quoted(reason.title)
