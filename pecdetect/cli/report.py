"""``pecdetect report``: a saved scan in another form."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from pecdetect.cli import options, streams
from pecdetect.cli.exits import ExitCode
from pecdetect.report.escape import escape
from pecdetect.report.words import counted

if TYPE_CHECKING:
    from pecdetect.scanning.store.saved import Saved


@click.command
@click.argument("saved", metavar="SAVED", type=options.A_PATH)
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=options.A_PATH,
    multiple=True,
    required=True,
    help="What to write, by extension: .html, .csv, .json, .parquet, .jsonl or .sqlite; repeatable.",
)
@click.option(
    "--delimiter",
    metavar="CHARACTER",
    default=",",
    show_default=True,
    help="Separates the cells of a .csv.",
)
def report(saved: str, output: tuple[str, ...], delimiter: str) -> None:
    """Turn a saved scan into a report or a table. No mail is read.

    SAVED is a saved scan: .sqlite, .jsonl or .json.
    """
    # SQLite is paid for by those who read what was saved.
    import sqlite3

    from pecdetect.scanning.errors import FileProblem, OutputError
    from pecdetect.scanning.store.saved import Saved

    try:
        source = Saved(saved)
        items, sums = _copy(source, output, delimiter)
    except OutputError as error:
        raise click.BadParameter(escape(str(error)), param_hint="--output") from error
    except FileProblem as error:
        streams.note(escape(str(error)))
        raise click.exceptions.Exit(ExitCode.UNREADABLE) from error
    except sqlite3.Error as error:
        streams.note(f"cannot write the store: {escape(str(error))}")
        raise click.exceptions.Exit(ExitCode.UNREADABLE) from error
    if source.run is not None and not source.run.complete:
        streams.note("the scan was not completed; these are its results so far")
    streams.note(f"{counted(items, 'result')} written to {', '.join(map(escape, output))}")
    streams.note_sums(sums)


def _copy(source: Saved, names: tuple[str, ...], delimiter: str) -> tuple[int, dict[str, str]]:
    """Write every result into every output; gives how many, and the SHA-256 of each export."""
    from pecdetect.scanning.errors import OutputError
    from pecdetect.scanning.store.outputs import extension_of, open_outputs
    from pecdetect.scanning.store.run_record import Run

    for name in names:
        if os.path.realpath(name) == os.path.realpath(source.path):
            raise OutputError(name, "is the saved scan itself")
        if source.is_store and extension_of(name) == ".sqlite":
            raise OutputError(name, "the saved scan is a .sqlite already: copy the file")
    run = source.run or Run.unknown()
    with open_outputs(names, run, delimiter=delimiter, resume=False) as outputs:
        for record in source:
            outputs.add(record)
        return outputs.finish(run, saved=True).counts["items"], outputs.sums
