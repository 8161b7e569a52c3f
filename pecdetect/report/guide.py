"""What the page of a rule says, and in which order: one structure for the terminal and for ``docs/rules/``.

The catalogue says what a rule is. What it looks like in a real file is in ``examples.json`` beside this
module, which ``tools/make_rule_pages.py`` writes from the samples.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeAlias

from pecdetect.policy.references import REFERENCES, Reference
from pecdetect.policy.remedies import REMEDIES, Remedy
from pecdetect.policy.rules import documentation_url
from pecdetect.profile import Channel
from pecdetect.sentences import say_in_general

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pecdetect.contract import Basis, Effect
    from pecdetect.policy.rule import Row, Rule

CHANNEL_TITLES = {
    Channel.EXCHANGE: "Server-Side Synchronization with Exchange",
    Channel.POP_IMAP: "Server-Side Synchronization with POP3, IMAP or Gmail",
    Channel.EMAIL_ROUTER: "Email Router",
    Channel.APP_FOR_OUTLOOK: "Dynamics 365 App for Outlook",
}

EXAMPLES = "examples.json"
"""Name of the resource that holds the examples."""


@dataclass(frozen=True, slots=True)
class Quotation:
    """A place in a file, and what is written there."""

    where: str
    """Section and bytes, in words."""
    excerpt: str | None
    """Hostile characters are kept: renderers escape them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A file that fires a rule or nearly does."""

    file: str
    """Path in the source distribution, or a bare name where the file is written out in the table of cases."""
    shows: str
    """What it is, in a few words."""


@dataclass(frozen=True, slots=True)
class Example:
    """A rule at work: what it says of a sample, and samples that it must not fire on."""

    sample: Sample
    settings: tuple[str, ...]
    """Fields of the profile and limits that were given, as ``name = value``."""
    detail: str
    """What the rule says of the sample on the default channel."""
    evidence: tuple[Quotation, ...]
    """Empty where it is something absent, or the file as a whole."""


@dataclass(frozen=True, slots=True)
class Examples:
    """The examples of one rule."""

    fires: Example | None
    """None where no file of a format that is read can show it."""
    near: tuple[Sample, ...]


NO_EXAMPLES = Examples(None, ())


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a trigger means on some channels."""

    channels: tuple[Channel, ...]
    effect: Effect
    basis: Basis
    condition: str
    """When this holds, in words; empty: always."""
    detail: str
    """What becomes of the message."""


Block: TypeAlias = str | Quotation | Sample | Meaning | Remedy | Reference
"""What a section holds; a string is a paragraph."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what belongs under it; the blocks after the paragraphs are all of one kind."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """All that there is to say about a rule."""

    code: str
    title: str
    url: str
    since: str
    sections: tuple[Section, ...]


@cache
def examples() -> dict[str, Examples]:
    """The examples by code, as the package holds them."""
    text = files(__package__).joinpath(EXAMPLES).read_text(encoding="utf-8")
    return {code: _examples(entry) for code, entry in json.loads(text).items()}


def _examples(entry: dict[str, Any]) -> Examples:
    fires = entry["fires"]
    near = tuple(Sample(**sample) for sample in entry["near"])
    if fires is None:
        return Examples(None, near)
    evidence = tuple(Quotation(**quotation) for quotation in fires["evidence"])
    return Examples(Example(Sample(**fires["sample"]), tuple(fires["settings"]), fires["detail"], evidence), near)


def rule_page(rule: Rule, shown: Examples) -> Page:
    """The page of a rule; sections that would be empty are left out."""
    cited = [ident for row in rule.rows for ident in row.references]
    cited += [ident for measure in (*rule.remedies, *rule.dead_ends) for ident in REMEDIES[measure].references]
    sections = (
        Section("What it detects", (rule.detects,)),
        Section("Why it matters in Dynamics 365", (rule.why,)),
        Section("What it means, by channel", tuple(_meanings(rule.rows))),
        Section("Example of its evidence", tuple(_example(rule, shown.fires))),
        Section("What to do", tuple(REMEDIES[ident] for ident in rule.remedies)),
        Section("What does not help", tuple(REMEDIES[ident] for ident in rule.dead_ends)),
        Section("Known false positives", (rule.false_positives,)),
        Section("Near misses", _near(shown.near)),
        Section("References", tuple(REFERENCES[ident] for ident in dict.fromkeys(cited))),
    )
    return Page(
        code=rule.code,
        title=rule.title,
        url=documentation_url(rule.code),
        since=rule.since,
        sections=tuple(section for section in sections if section.blocks),
    )


def _meanings(rows: Sequence[Row]) -> Iterator[Meaning]:
    """The rows in words. Of the rows of a channel the first that matches wins, so the last of several is the rest."""
    settled: set[Channel] = set()
    for row in rows:
        condition = row.condition
        if not condition and not settled.isdisjoint(row.channels):
            condition = "otherwise"
        if row.when is not None:
            settled.update(row.channels)
        fields = ", ".join(name for name in row.assumes if name not in condition)
        if fields:
            condition = f"{condition}; depends on {fields}" if condition else f"depends on {fields}"
        yield Meaning(row.channels, row.effect, row.basis, condition, say_in_general(row.detail))


def _example(rule: Rule, shown: Example | None) -> Iterator[Block]:
    if shown is None:
        yield "It looks like this:"
        yield Quotation("", rule.example)
        return
    given = f", judged with {', '.join(shown.settings)}" if shown.settings else ""
    yield f"For {shown.sample.file} ({shown.sample.shows}){given}, the reason reads on the channel exchange:"
    yield shown.detail
    if shown.evidence:
        yield from shown.evidence
    else:
        yield "There is nothing to quote: the reason is about something absent, or about the file as a whole."


def _near(samples: tuple[Sample, ...]) -> tuple[Block, ...]:
    return ("It does not fire on these:", *samples) if samples else ()
