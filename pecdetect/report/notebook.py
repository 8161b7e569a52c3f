"""A verdict as a card in a notebook: plain HTML without script, whose colours are those of the notebook."""

from __future__ import annotations

from html import escape as html_escape
from typing import TYPE_CHECKING

from pecdetect.contract import Effect, Outcome
from pecdetect.report.escape import escape
from pecdetect.report.guide import CHANNEL_TITLES

if TYPE_CHECKING:
    from pecdetect.contract import Reason, Verdict
    from pecdetect.evidence import Evidence

MAX_TEXT = 300
MAX_REASONS = 8
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


def card(verdict: Verdict) -> str:
    """The outcome, the sentence, and each reason with its first evidence; all foreign text escaped and clipped."""
    colour = _COLOURS[verdict.outcome]
    name = verdict.source.name or "message"
    subject = verdict.findings.item.subject
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
    lines.append("</div>")
    return "\n".join(lines)


def _reason(reason: Reason) -> str:
    shown = f"<li><code>{_text(reason.code)}</code> {reason.effect.value}: {_text(reason.title)}"
    seen = next((place for place in reason.evidence if place.excerpt), None)
    return f"{shown}{_evidence(seen) if seen is not None else ''}</li>"


def _evidence(seen: Evidence) -> str:
    place = f"part {seen.part}" if seen.part else "the message"
    return (
        f"<br>{_dim(f'{_text(place)}, bytes {seen.start}-{seen.end}:')} "
        f'<code style="overflow-wrap:anywhere">{_text(seen.excerpt or "")}</code>'
    )


def _dim(html: str) -> str:
    return f'<span style="opacity:.7">{html}</span>'


def _text(value: str) -> str:
    """Foreign text: clipped, then made visible, then escaped; ``bdi`` keeps its direction to itself."""
    more = len(value) - MAX_TEXT
    safe = html_escape(escape(value[:MAX_TEXT]))
    return f"<bdi>{safe}{f' ... ({more:,} more characters)' if more > 0 else ''}</bdi>"
