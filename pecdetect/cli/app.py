"""The command line: what commands there are, and how the program ends when it is not let finish."""
# No postponed annotations here: typer evaluates them.

import sys
from typing import Annotated, Any

import typer
import typer.core

from pecdetect._version import __version__
from pecdetect.cli import streams
from pecdetect.cli.catalogue import explain, rules
from pecdetect.cli.check import check
from pecdetect.cli.diff import diff
from pecdetect.cli.exits import ExitCode
from pecdetect.cli.extract import extract
from pecdetect.cli.report import report
from pecdetect.cli.show import show

_EXIT_STATUS = """\b
Exit status:
  0  every message syncs or is degraded
  1  something is blocked
  4  nothing is blocked, something is undetermined
  5  something is degraded, with --fail-on degraded only
  2  wrong usage or unreadable input; wins over the others
  3  no message was found
"""


class _Commands(typer.core.TyperGroup):
    """Ends in order when the user or the reader of the output has had enough."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except KeyboardInterrupt:
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except BrokenPipeError:
            streams.abandon_output()
            raise typer.Exit(ExitCode.PIPE_CLOSED) from None


app = typer.Typer(
    cls=_Commands,
    name="pecdetect",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=_EXIT_STATUS)(check)
app.command()(show)
app.command()(extract)
app.command()(report)
app.command()(diff)
app.command()(explain)
app.command()(rules)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        from pecdetect._version import RULE_SET

        streams.write(f"pecdetect {__version__} (rules {RULE_SET})\n")
        raise typer.Exit


_Version = Annotated[
    bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
]


@app.callback()
def main(
    version: _Version = False,  # noqa: FBT002 - the callback answers
) -> None:
    """Say, offline, whether Dynamics 365 can synchronise saved e-mail, and why."""
