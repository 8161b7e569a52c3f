"""A verdict or a result as a card in a notebook: plain HTML without script, in the colours of the notebook."""

from __future__ import annotations

from html import escape as html_escape
from typing import TYPE_CHECKING

from pecdetect.contract import Effect, Outcome
from pecdetect.report.escape import escape
from pecdetect.report.guide import CHANNEL_TITLES
from pecdetect.report.rows import sections
from pecdetect.report.words import where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.contract import Evidence, Reason, Result, Verdict
    from pecdetect.report.rows import Section

MAX_TEXT = 300
MAX_REASONS = 8
MAX_LINES = 5
"""Lines of a row that are written out."""
_SHOWN = frozenset({"Message", "PEC", "Protection"})
"""Sections that say what the message is; the rest is in the verdict."""
_FRAME = (
    "border:1px solid #8885;border-radius:4px;padding:.7em 1em;max-width:46em;font-family:system-ui,sans-serif;"
    "line-height:1.45"
)
_COLOURS = {
    Outcome.BLOCKED: "#c2473d",
    Outcome.UNDETERMINED: "#a8761a",
    Outcome.DEGRADED: "#4a80b5",
    Outcome.SYNCS: "#358a62",
}
_MARKS = {
    Outcome.BLOCKED: "\u2717",
    Outcome.UNDETERMINED: "?",
    Outcome.DEGRADED: "~",
    Outcome.SYNCS: "\u2713",
}


def result_card(result: Result) -> str:
    """The card of the verdict, or why there is none; all foreign text escaped and clipped."""
    problem = result.error or result.skipped
    if result.verdict is not None:
        return card(result.verdict, result.source)
    why = "" if problem is None else f"{_text(problem.code)}: {_text(problem.detail)}"
    head = "not read" if result.error is not None else "skipped"
    return "\n".join(
        [
            f'<div style="{_FRAME}"><div><strong>{head}</strong></div>',
            f'<div style="margin:.3em 0"><code>{_text(result.source)}</code></div>',
            f"<div>{why}</div></div>",
        ]
    )


def card(verdict: Verdict, source: str | None = None) -> str:
    """The outcome, the sentence, each reason with its first evidence, and the message; foreign text escaped, clipped.

    ``source`` is where the message comes from, where that says more than the name of its file.
    """
    colour = _COLOURS[verdict.outcome]
    name, subject = source or verdict.source.name or "message", verdict.message.subject
    title = f"{_text(CHANNEL_TITLES[verdict.profile.channel])}, {verdict.outcome_basis.value}"
    lines = [
        f'<div style="{_FRAME};border-left:4px solid {colour}">',
        f'<div><strong style="color:{colour}">{_MARKS[verdict.outcome]} {verdict.outcome.value}</strong>',
        f"{_dim(title)}</div>",
        f'<div style="margin:.3em 0"><code>{_text(name)}</code>{f" {_text(subject)}" if subject else ""}</div>',
        f"<div>{_text(verdict.summary)}</div>",
    ]
    weighty = [reason for reason in verdict.reasons if reason.effect is not Effect.INFORMS]
    if weighty:
        lines.append('<ul style="margin:.5em 0 0;padding-left:1.2em">')
        lines += [_reason(reason) for reason in weighty[:MAX_REASONS]]
        if len(weighty) > MAX_REASONS:
            lines.append(f"<li>and {len(weighty) - MAX_REASONS} more</li>")
        lines.append("</ul>")
    for section in sections(verdict):
        if section.title in _SHOWN:
            lines += _section(section)
    lines.append("</div>")
    return "\n".join(lines)


def _section(section: Section) -> Iterator[str]:
    """A heading that opens, and its rows."""
    yield f'<details style="margin:.4em 0 0"><summary>{section.title}</summary>'
    for row in section.rows:
        shown = [_text(value) for value in row.values[:MAX_LINES]]
        if len(row.values) > MAX_LINES:
            shown.append(f"and {len(row.values) - MAX_LINES:,} more")
        yield f'<div style="overflow-wrap:anywhere">{_dim(_text(row.label))} {"<br>".join(shown)}</div>'
    yield "</details>"


def _reason(reason: Reason) -> str:
    shown = f"<li><code>{_text(reason.code)}</code> {reason.effect.value}: {_text(reason.title)}"
    seen = next((place for place in reason.evidence if place.excerpt), None)
    return f"{shown}{_evidence(seen) if seen is not None else ''}</li>"


def _evidence(seen: Evidence) -> str:
    return (
        f'<br>{_dim(f"{_text(where(seen))}:")} <code style="overflow-wrap:anywhere">{_text(seen.excerpt or "")}</code>'
    )


def _dim(html: str) -> str:
    return f'<span style="opacity:.7">{html}</span>'


def _text(value: str) -> str:
    """Foreign text: clipped, then made visible, then escaped; ``bdi`` keeps its direction to itself."""
    more = len(value) - MAX_TEXT
    safe = html_escape(escape(value[:MAX_TEXT]))
    return f"<bdi>{safe}{f' ... ({more:,} more characters)' if more > 0 else ''}</bdi>"
