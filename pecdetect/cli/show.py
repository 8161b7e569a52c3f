"""``pecdetect show``: what a message is made of."""
# No postponed annotations here: typer evaluates them.

import sys
from pathlib import Path

import typer

from pecdetect.cli import options, streams
from pecdetect.cli.exits import ExitCode
from pecdetect.scanning.run import scan


def show(file: options.File) -> None:
    """Draw the parts of one message, and what was found where."""
    from pecdetect.report import terminal, tree

    if Path(file).is_dir():
        raise typer.BadParameter("a folder; name one message", param_hint="FILE")
    result = next(scan([file]))
    streams.note_error(result)
    if result.verdict is None:
        raise typer.Exit(ExitCode.UNREADABLE)
    console = terminal.open_console(sys.stdout)
    glyphs = terminal.glyphs_for(console)
    terminal.show(console, tree.part_tree(result.source, result.verdict.findings, glyphs, console.width))
