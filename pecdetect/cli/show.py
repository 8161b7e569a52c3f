"""``pecdetect show``: what a message is made of."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pecdetect.cli import options, streams
from pecdetect.cli.exits import ExitCode


@click.command
@options.file
def show(file: str) -> None:
    """Draw the parts of one message, and what was found where.

    FILE is a saved message, or - for standard input.
    """
    # Paid for by those who look, not by those who ask for help.
    from pecdetect.columns import columns_of
    from pecdetect.report.terminal import console as terminal, tree
    from pecdetect.scanning.run import scan

    if Path(file).is_dir():
        raise click.BadParameter("a folder; name one message", param_hint="FILE")
    result = next(scan([file]))
    streams.note_error(result.source, columns_of(result))
    if result.verdict is None:
        raise click.exceptions.Exit(ExitCode.UNREADABLE)
    console = terminal.open_console(sys.stdout)
    glyphs = terminal.glyphs_for(console)
    terminal.show(console, tree.part_tree(result.source, result.verdict, glyphs, console.width))
