"""Findings and a profile to a verdict: a pure function over the catalogue."""

from __future__ import annotations

from functools import cache
from itertools import compress
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from pecdetect.contract import Basis, Effect, Outcome, Reason, encodable
from pecdetect.policy.rules import CATALOGUE
from pecdetect.policy.summary import summarise
from pecdetect.policy.verdict import assumption, raw, shown_evidence, verdict_of
from pecdetect.sentences import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pecdetect.contract import Source, Verdict
    from pecdetect.detect.findings import Findings
    from pecdetect.policy.rule import Find, Match, Row, Rule
    from pecdetect.profile import Channel, Profile

    _Group: TypeAlias = tuple[tuple[int, Find, Rule, tuple[Row, ...]], ...]

_STRENGTH = {(effect, basis): (i, j) for i, effect in enumerate(Effect) for j, basis in enumerate(Basis)}
"""Strongest first: by effect, then by basis."""
_OUTCOMES = {
    Effect.BLOCKS: Outcome.BLOCKED,
    Effect.UNDETERMINED: Outcome.UNDETERMINED,
    Effect.DEGRADES: Outcome.DEGRADED,
    Effect.INFORMS: Outcome.SYNCS,
}
_WORST_FIRST = tuple(Outcome)


def judge(findings: Findings, profile: Profile, source: Source) -> Verdict:
    """Judge one message. Pure; raises for nothing that a message can hold.

    Where there is no single message to judge only the rules apply that say so.
    """
    needs, groups, all_clear = _plan(profile.channel, findings.no_message is None)
    found = []
    for group in compress(groups, needs(findings)):
        for place, find, rule, rows in group:
            match = find(findings, profile)
            if match is not None:
                row = _row(rows, findings, profile, match)
                found.append((*_STRENGTH[row.effect, row.basis], place, _reason(rule, row, match, profile)))
    if not found:
        return verdict_of(
            findings,
            profile,
            source,
            outcome=Outcome.SYNCS,
            outcome_basis=Basis.ASSUMED,
            decided_by=(),
            summary=all_clear,
            reasons=(),
        )
    # No two have the same place in the catalogue, so that reasons themselves are never compared.
    found.sort()
    reasons = tuple([entry[-1] for entry in found])
    outcome, decisive = decide(reasons)
    return verdict_of(
        findings,
        profile,
        source,
        outcome=outcome,
        outcome_basis=decisive[0].basis if decisive else Basis.ASSUMED,
        decided_by=tuple([reason.code for reason in decisive]),
        summary=summarise(outcome, decisive, profile.channel) if decisive else all_clear,
        reasons=reasons,
    )


def decide(reasons: Sequence[Reason]) -> tuple[Outcome, list[Reason]]:
    """Give the outcome of reasons (the worst effect) and those that decided it, in their order.

    Reasons that only inform decide nothing.
    """
    if not reasons:
        return Outcome.SYNCS, []
    outcomes = [outcome_of(reason) for reason in reasons]
    worst = min(outcomes, key=_WORST_FIRST.index)
    if worst is Outcome.SYNCS:
        return worst, []
    return worst, [reason for reason, outcome in zip(reasons, outcomes, strict=True) if outcome is worst]


def outcome_of(reason: Reason) -> Outcome:
    """Give the outcome that a reason asks for.

    Only what is documented or derived, and seen in the primary reading, blocks for certain.
    """
    elsewhere = reason.evidence and all(place.reading != "primary" for place in reason.evidence)
    if reason.effect is Effect.BLOCKS and (reason.basis is Basis.ASSUMED or elsewhere):
        return Outcome.UNDETERMINED
    return _OUTCOMES[reason.effect]


@cache
def _plan(channel: Channel, one_message: bool) -> tuple[Callable[[Findings], tuple[Any, ...]], tuple[_Group, ...], str]:  # noqa: FBT001
    """Group the rules that apply by what they need, with their rows for a channel; once per process.

    With them, what to say where none of them finds anything.

    Ordinary mail has nothing of what most rules need, and passes their groups without a search.
    """
    groups: dict[str, list[tuple[int, Find, Rule, tuple[Row, ...]]]] = {}
    for place, rule in enumerate(CATALOGUE):
        if one_message or rule.always:
            rows = tuple(row for row in rule.rows if channel in row.channels)
            groups.setdefault(rule.needs, []).append((place, rule.find, rule, rows))
    return attrgetter(*groups), tuple(map(tuple, groups.values())), summarise(Outcome.SYNCS, (), channel)


def _row(rows: tuple[Row, ...], findings: Findings, profile: Profile, match: Match) -> Row:
    """Give the first row that matches; the last has no condition, which a test holds the catalogue to."""
    for row in rows[:-1]:
        if row.when is None or row.when(findings, profile, match):
            return row
    return rows[-1]


def _reason(rule: Rule, row: Row, match: Match, profile: Profile) -> Reason:
    return Reason(
        code=rule.code,
        variant=row.variant,
        effect=row.effect,
        basis=row.basis,
        title=rule.title,
        detail=encodable(say(row.detail, match.facts)),
        facts=raw(match.facts),
        evidence=tuple([shown_evidence(place) for place in match.evidence]),
        assumes=tuple([assumption(name, profile) for name in row.assumes]),
        remedies=rule.remedies if match.remedies is None else match.remedies,
        references=row.references,
    )
