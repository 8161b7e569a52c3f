"""The catalogue on a terminal: one rule's page, remedies and sources in words, the list of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from pecdetect.contract import Effect
from pecdetect.policy.references import REFERENCES, Reference
from pecdetect.policy.remedies import Remedy
from pecdetect.profile import Channel
from pecdetect.report.guide import CHANNEL_TITLES, Meaning, Quotation, Sample
from pecdetect.report.rules import rule_effects
from pecdetect.report.terminal.console import (
    EFFECT_STYLES,
    Facts,
    Prefixed,
    Unwrapped,
    indent,
    quoted,
    section,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from pecdetect.policy.rule import Rule
    from pecdetect.report.guide import Block as PageBlock, Page
    from pecdetect.report.terminal.console import Block, Glyphs

CHANNEL_LETTERS = {
    Channel.EXCHANGE: "X",
    Channel.POP_IMAP: "P",
    Channel.EMAIL_ROUTER: "R",
    Channel.APP_FOR_OUTLOOK: "A",
}
"""The letters of the rule list."""

MIN_LIST_WIDTH = 86
"""Columns that the list of rules needs as a table."""


def remedy_text(remedy: Remedy) -> RenderableType:
    """What to do, what is lost, and what the remedy is not."""
    return Group(
        Text.assemble((remedy.title, "bold"), (f"  {remedy.ident}", "dim")),
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
        if ident in REFERENCES:
            yield from _reference(REFERENCES[ident])
        else:  # a saved scan may cite one of another version
            yield indent(Text(ident, "bold"))


def _reference(reference: Reference) -> Iterator[Block]:
    dated = f", {reference.date}" if reference.date else ""
    title = Text.assemble((reference.ident, "bold"), f"  {reference.title} ({reference.publisher}{dated})")
    yield Prefixed("    ", title, "  ")
    yield Unwrapped(f"    {reference.where}", "dim")


def rule_page(page: Page, glyphs: Glyphs) -> Iterator[Block]:
    """Everything that there is to say of one rule."""
    yield Text.assemble((page.code, "bold"), f"  {page.title}")
    yield Text(f"{page.url}, since {page.since}", "dim", overflow="fold")
    for part in page.sections:
        yield from section(part.title)
        for number, block in enumerate(part.blocks):
            if isinstance(block, Reference):
                yield from _reference(block)
                continue
            if number and isinstance(block, Remedy):
                yield Text()
            yield indent(_page_block(block, glyphs))


def _page_block(block: PageBlock, glyphs: Glyphs) -> RenderableType:
    if isinstance(block, Remedy):
        return remedy_text(block)
    if isinstance(block, Meaning):
        return _meaning(block, glyphs)
    if isinstance(block, Quotation):
        return _quotation(block, glyphs)
    if isinstance(block, Sample):
        return Prefixed("  ", Text.assemble((block.file, "bold"), f"  {block.shows}"), "")
    return quoted(str(block))


def _meaning(meaning: Meaning, glyphs: Glyphs) -> RenderableType:
    """Effect and basis, channels, condition; then what becomes of the message."""
    head = Text.assemble(
        (f"{glyphs.mark(meaning.effect)} {meaning.effect.value}", EFFECT_STYLES[meaning.effect]),
        f", {meaning.basis.value}: ",
        ", ".join(channel.value for channel in meaning.channels),
        (f" ({meaning.condition})" if meaning.condition else "", "dim"),
    )
    return Group(head, indent(Text(meaning.detail)))


def _quotation(quotation: Quotation, glyphs: Glyphs) -> RenderableType:
    lines: list[RenderableType] = [quoted(quotation.where)] if quotation.where else []
    if quotation.excerpt:
        lines.append(Prefixed(f"{glyphs.bar} ", quoted(quotation.excerpt)))
    return Group(*lines)


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
