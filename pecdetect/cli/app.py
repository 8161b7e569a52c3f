"""The command line: what commands there are, and how the program ends when it is not let finish."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from pecdetect._version import RULE_SET, __version__
from pecdetect.cli import streams
from pecdetect.cli.catalogue import explain, rules
from pecdetect.cli.check import check
from pecdetect.cli.diff import diff
from pecdetect.cli.exits import ExitCode
from pecdetect.cli.extract import extract
from pecdetect.cli.report import report
from pecdetect.cli.show import show

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def _in_order() -> Iterator[None]:
    """Give what stops a program from outside its own code; click makes it 1, which is that of a blocked message."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        raise click.exceptions.Exit(ExitCode.INTERRUPTED) from None
    except BrokenPipeError:
        streams.abandon_output()
        raise click.exceptions.Exit(ExitCode.PIPE_CLOSED) from None


class _Commands(click.Group):
    """Ends in order when the user or the reader of the output has had enough."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        """Names, in the order of the help."""
        return list(self.commands)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take no arguments at all for wrong usage, which click does from 8.2 on."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(ExitCode.UNREADABLE)
        return super().parse_args(ctx, args)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the arguments, and say what is asked of all commands: help, the version."""
        with _in_order():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        with _in_order():
            return super().invoke(ctx)


@click.group(cls=_Commands, name="pecdetect", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(
    __version__, message=f"pecdetect %(version)s (rules {RULE_SET})", help="Print the version and end."
)
def app() -> None:
    """Say, offline, whether Dynamics 365 can synchronise saved e-mail, and why."""


for command in (check, show, extract, report, diff, explain, rules):
    app.add_command(command)
