"""``pecdetect explain`` and ``pecdetect rules``: the catalogue, offline."""

from __future__ import annotations

import json
import sys
from enum import StrEnum

import click

from pecdetect.cli import options, streams
from pecdetect.report.escape import escape


class ListFormat(StrEnum):
    """How the list of rules is written."""

    TEXT = "text"
    JSON = "json"


@click.command
@click.argument("code", metavar="CODE")
def explain(code: str) -> None:
    """Explain one rule: what it detects, why it matters, what to do.

    CODE is the code of a rule, as check prints it.
    """
    # The catalogue is paid for by those who read it.
    from pecdetect.policy.rules import RULES
    from pecdetect.report import guide
    from pecdetect.report.terminal import catalogue, console as terminal

    rule = RULES.get(code)
    if rule is None:
        import difflib

        close = difflib.get_close_matches(code, RULES, n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else "; pecdetect rules lists them all"
        raise click.BadParameter(f"no rule has the code {escape(code)}{hint}", param_hint="CODE")
    console = terminal.open_console(sys.stdout)
    page = guide.rule_page(rule, guide.examples().get(code, guide.NO_EXAMPLES))
    terminal.show(console, catalogue.rule_page(page, terminal.glyphs_for(console)), terminal.READING_WIDTH)


@click.command
@options.choice(
    ListFormat, "--format", "-f", "output", default=ListFormat.TEXT.value, show_default=True, help="text or json."
)
def rules(output: ListFormat) -> None:
    """List the rules: code, effect on each channel, title."""
    from pecdetect.policy.rules import CATALOGUE

    if output is ListFormat.JSON:
        from pecdetect.report.rules import rule_record

        streams.write(json.dumps([rule_record(rule) for rule in CATALOGUE], indent=1) + "\n")
        return
    from pecdetect.report.terminal import catalogue, console as terminal

    console = terminal.open_console(sys.stdout)
    terminal.show(console, catalogue.rule_list(CATALOGUE, console.width))
