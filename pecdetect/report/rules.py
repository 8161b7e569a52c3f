"""The catalogue as plain values: effects on each channel, and a rule's JSON form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pecdetect.contract import Effect
from pecdetect.policy.rules import documentation_url
from pecdetect.profile import Channel
from pecdetect.sentences import say_in_general

if TYPE_CHECKING:
    from pecdetect.policy.rule import Rule

_STRONGEST_FIRST = (Effect.BLOCKS, Effect.UNDETERMINED, Effect.DEGRADES, Effect.INFORMS)


def rule_effects(rule: Rule) -> dict[Channel, tuple[Effect, ...]]:
    """What a rule may do on each channel, strongest first: several where it depends on message or profile."""
    effects: dict[Channel, tuple[Effect, ...]] = {}
    for channel in Channel:
        found = {row.effect for row in rule.rows if channel in row.channels}
        effects[channel] = tuple(effect for effect in _STRONGEST_FIRST if effect in found)
    return effects


def rule_record(rule: Rule) -> dict[str, Any]:
    """A rule as JSON values."""
    return {
        "code": rule.code,
        "title": rule.title,
        "documentation": documentation_url(rule.code),
        "effects": {
            channel.value: [effect.value for effect in effects] for channel, effects in rule_effects(rule).items()
        },
        "detects": rule.detects,
        "why": rule.why,
        "rows": [
            {
                "variant": row.variant,
                "channels": [channel.value for channel in row.channels],
                "effect": row.effect.value,
                "basis": row.basis.value,
                "detail": say_in_general(row.detail),
                "condition": row.condition or None,
                "assumes": list(row.assumes),
                "references": list(row.references),
            }
            for row in rule.rows
        ],
        "remedies": list(rule.remedies),
        "dead_ends": list(rule.dead_ends),
        "false_positives": rule.false_positives,
        "example": rule.example,
        "since": rule.since,
    }
