"""``pecdetect explain`` and ``pecdetect rules``: the catalogue, offline."""
# No postponed annotations here: typer evaluates them.

import difflib
import json
import sys
from enum import StrEnum
from typing import Annotated

import typer

from pecdetect.cli import streams
from pecdetect.policy.rules import CATALOGUE, RULES
from pecdetect.report.escape import escape
from pecdetect.report.rules import rule_record


class ListFormat(StrEnum):
    """How the list of rules is written."""

    TEXT = "text"
    JSON = "json"


def explain(code: Annotated[str, typer.Argument(metavar="CODE", help="Code of a rule, as check prints it.")]) -> None:
    """Explain one rule: what it detects, why it matters, what to do."""
    from pecdetect.report import catalogue, guide, terminal

    rule = RULES.get(code)
    if rule is None:
        close = difflib.get_close_matches(code, RULES, n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else "; pecdetect rules lists them all"
        raise typer.BadParameter(f"no rule has the code {escape(code)}{hint}", param_hint="CODE")
    console = terminal.open_console(sys.stdout)
    page = guide.rule_page(rule, guide.examples().get(code, guide.NO_EXAMPLES))
    terminal.show(console, catalogue.rule_page(page, terminal.glyphs_for(console)), terminal.READING_WIDTH)


def rules(
    output: Annotated[ListFormat, typer.Option("--format", "-f", help="text or json.")] = ListFormat.TEXT,
) -> None:
    """List the rules: code, effect on each channel, title."""
    if output is ListFormat.JSON:
        streams.write(json.dumps([rule_record(rule) for rule in CATALOGUE], indent=1) + "\n")
        return
    from pecdetect.report import catalogue, terminal

    console = terminal.open_console(sys.stdout)
    terminal.show(console, catalogue.rule_list(CATALOGUE, console.width))
