"""``pecdetect report``: a saved scan in another form."""
# No postponed annotations here: typer evaluates them.

import os
from typing import TYPE_CHECKING, Annotated

import typer

from pecdetect.cli import streams
from pecdetect.cli.exits import ExitCode
from pecdetect.report.escape import escape
from pecdetect.scanning.errors import FileProblem, OutputError

if TYPE_CHECKING:
    from pecdetect.scanning.saved import Saved

_Saved = Annotated[str, typer.Argument(metavar="SAVED", help="A saved scan: .jsonl or .sqlite.")]
_Outputs = Annotated[
    list[str],
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="What to write, by extension: .html, .csv, .json, .parquet, .jsonl or .sqlite; repeatable.",
    ),
]
_Delimiter = Annotated[str, typer.Option(metavar="CHARACTER", help="What stands between the cells of .csv.")]


def report(saved: _Saved, output: _Outputs, delimiter: _Delimiter = ",") -> None:
    """Turn a saved scan into a report or a table. No mail is read."""
    # SQLite is paid for by those who read what was saved.
    import sqlite3

    from pecdetect.scanning.saved import Saved

    try:
        source = Saved(saved)
        items = _copy(source, output, delimiter)
    except OutputError as error:
        raise typer.BadParameter(escape(str(error)), param_hint="--output") from error
    except FileProblem as error:
        streams.note(escape(str(error)))
        raise typer.Exit(ExitCode.UNREADABLE) from error
    except sqlite3.Error as error:
        streams.note(f"cannot write the store: {escape(str(error))}")
        raise typer.Exit(ExitCode.UNREADABLE) from error
    if source.run is not None and not source.run.complete:
        streams.note("the scan was not completed: this is what it had come to")
    streams.note(f"{items:,} result{'' if items == 1 else 's'} written to {', '.join(map(escape, output))}")


def _copy(source: "Saved", names: list[str], delimiter: str) -> int:
    """Write every result into every output; gives how many."""
    from pecdetect.scanning.custody import Run
    from pecdetect.scanning.outputs import open_outputs

    for name in names:
        if os.path.realpath(name) == os.path.realpath(source.path):
            raise OutputError(name, "is the saved scan itself")
    run = source.run or Run.unknown()
    with open_outputs(names, run, delimiter=delimiter, resume=False) as outputs:
        for stored in source:
            outputs.add(stored, stored.fingerprint)
        return outputs.finish(run, saved=True).counts["items"]
