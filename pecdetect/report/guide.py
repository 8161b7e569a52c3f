"""The catalogue on a terminal: remedies and sources in words, one rule's page, the list of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from pecdetect.policy.references import REFERENCES
from pecdetect.policy.remedies import REMEDIES
from pecdetect.profile import Channel
from pecdetect.report.rules import general, rule_effects
from pecdetect.report.terminal import (
    EFFECT_STYLES,
    Facts,
    Prefixed,
    Unwrapped,
    indent,
    quoted,
    section,
)
from pecdetect.verdict import Effect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import RenderableType

    from pecdetect.policy.rule import Row, Rule
    from pecdetect.report.terminal import Block, Glyphs

CHANNEL_TITLES = {
    Channel.EXCHANGE: "Server-Side Synchronization with Exchange",
    Channel.POP_IMAP: "Server-Side Synchronization with POP3, IMAP or Gmail",
    Channel.EMAIL_ROUTER: "Email Router",
    Channel.APP_FOR_OUTLOOK: "Dynamics 365 App for Outlook",
}
CHANNEL_LETTERS = {
    Channel.EXCHANGE: "X",
    Channel.POP_IMAP: "P",
    Channel.EMAIL_ROUTER: "R",
    Channel.APP_FOR_OUTLOOK: "A",
}
"""The letters of the rule list."""

MIN_LIST_WIDTH = 86
"""Columns that the list of rules needs as a table."""


def remedy_text(ident: str) -> RenderableType:
    """What to do, what is lost, and what the remedy is not."""
    remedy = REMEDIES[ident]
    return Group(
        Text.assemble((remedy.title, "bold"), (f"  {ident}", "dim")),
        Text(remedy.steps),
        Text.assemble(("Loses: ", "dim"), remedy.loses),
        Text(remedy.is_not),
    )


def separated(blocks: Iterable[RenderableType]) -> Iterator[RenderableType]:
    """Blocks with a blank line between them."""
    for number, block in enumerate(blocks):
        if number:
            yield Text()
        yield block


def sources(idents: Iterable[str]) -> Iterator[Block]:
    """Title, publisher and address of each source, once, in order; nothing when there is none."""
    listed = list(dict.fromkeys(idents))
    if listed:
        yield from section("Sources")
    for ident in listed:
        reference = REFERENCES[ident]
        dated = f", {reference.date}" if reference.date else ""
        title = Text.assemble((ident, "bold"), f"  {reference.title} ({reference.publisher}{dated})")
        yield Prefixed("    ", title, "  ")
        yield Unwrapped(f"    {reference.where}", "dim")


def rule_page(rule: Rule, glyphs: Glyphs) -> Iterator[Block]:
    """Everything that the catalogue says of one rule."""
    yield Text.assemble((rule.code, "bold"), f"  {rule.title}")
    for title, text in (("What it detects", rule.detects), ("Why it matters", rule.why)):
        yield from section(title, Text(text))
    yield from section("What it means, by channel", *_row_blocks(rule.rows, glyphs))
    yield from section("Example of its evidence", Prefixed(f"{glyphs.bar} ", quoted(rule.example)))
    yield from section("False positives", Text(rule.false_positives))
    if rule.remedies:
        yield from section("What to do", *separated(map(remedy_text, rule.remedies)))
    if rule.dead_ends:
        yield from section("What does not help", *separated(map(remedy_text, rule.dead_ends)))
    cited = [ident for row in rule.rows for ident in row.references]
    cited += [ident for remedy in (*rule.remedies, *rule.dead_ends) for ident in REMEDIES[remedy].references]
    yield from sources(cited)


def _row_blocks(rows: Sequence[Row], glyphs: Glyphs) -> Iterator[RenderableType]:
    """Each row of the rule: channels, effect and basis, then what becomes of the message."""
    for row in rows:
        yield Text.assemble(
            (f"{glyphs.mark(row.effect)} {row.effect.value}", EFFECT_STYLES[row.effect]),
            f", {row.basis.value}: ",
            ", ".join(channel.value for channel in row.channels),
            (" (in some cases)" if row.when is not None else "", "dim"),
            (f", hangs on {', '.join(row.assumes)}" if row.assumes else "", "dim"),
        )
        yield indent(Text(general(row.detail)))


_LETTERS = {Effect.BLOCKS: "B", Effect.UNDETERMINED: "U", Effect.DEGRADES: "D", Effect.INFORMS: "i"}


def rule_list(rules: Iterable[Rule], width: int) -> Iterator[RenderableType]:
    """A line for each rule: code, effects per channel, title; then the key."""
    if width < MIN_LIST_WIDTH:
        for rule in rules:
            yield Text(rule.code, "bold")
            effects = [
                Text.assemble((f"{CHANNEL_LETTERS[channel]} ", "dim"), _effect_letters(found))
                for channel, found in rule_effects(rule).items()
            ]
            yield indent(Text("  ").join(effects))
            yield indent(Text(rule.title))
    else:
        yield _rule_table(rules)
    yield Text()
    yield Facts((letter, Text(CHANNEL_TITLES[channel])) for channel, letter in CHANNEL_LETTERS.items())
    yield Text()
    yield Facts((letter, Text(effect.value)) for effect, letter in _LETTERS.items())
    yield Text("Several: it depends on the message or the profile.", "dim")


def _rule_table(rules: Iterable[Rule]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("Code", no_wrap=True)
    for letter in CHANNEL_LETTERS.values():
        table.add_column(letter, no_wrap=True)
    table.add_column("Title", overflow="fold")
    for rule in rules:
        effects = [_effect_letters(found) for found in rule_effects(rule).values()]
        table.add_row(Text(rule.code), *effects, Text(rule.title))
    return table


def _effect_letters(effects: Iterable[Effect]) -> Text:
    """``B/U``: the effects a rule may have on a channel."""
    text = Text()
    for number, effect in enumerate(effects):
        text.append("/" if number else "", "dim")
        text.append(_LETTERS[effect], EFFECT_STYLES[effect])
    return text
