"""``pecdetect extract``: the parts of a message as files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from pecdetect.cli import options, streams
from pecdetect.cli.exits import ExitCode
from pecdetect.report.escape import escape
from pecdetect.report.words import counted

if TYPE_CHECKING:
    from pathlib import Path

    from pecdetect.scanning.extract import Extraction


@click.command
@options.file
@click.option(
    "--output",
    "-o",
    "folder",
    metavar="DIR",
    type=options.A_PLACE,
    required=True,
    help="Folder to write to; created if missing.",
)
@click.option(
    "--all", "everything", is_flag=True, help="Write every part except multiparts, including texts and signatures."
)
def extract(file: str, folder: Path, *, everything: bool) -> None:
    """Write out the parts that a signature or a PEC hides.

    FILE is a saved message, or - for standard input.

    These are postacert.eml, daticert.xml, and the attachments in a signed message and in postacert.eml. Nothing is
    overwritten, run or opened. The files are listed on standard output as a JSON array.
    """
    # Paid for by those who take parts out.
    from pecdetect.columns import columns_of
    from pecdetect.scanning.extract import extract as extract_parts
    from pecdetect.scanning.sources.sources import STDIN, failure

    try:
        done = extract_parts(streams.standard_input() if file == STDIN else file, folder, everything=everything)
    except OSError as error:
        unread = failure(file, error)
        streams.note_error(unread.source, columns_of(unread))
        raise click.exceptions.Exit(ExitCode.UNREADABLE) from error
    _list(done)
    _sum_up(done, folder)
    if done.problem is not None:
        raise click.exceptions.Exit(ExitCode.UNREADABLE)
    raise click.exceptions.Exit(ExitCode.DONE if done.written else ExitCode.NO_INPUT)


def _list(done: Extraction) -> None:
    """One file a line, in pure ASCII, as ``check --format json`` does."""
    rows = [json.dumps(file.to_dict(), separators=(",", ":")) for file in done.written]
    streams.write("[\n" + ",\n".join(rows) + "\n]\n" if rows else "[]\n")


def _sum_up(done: Extraction, folder: Path) -> None:
    for file in done.written:
        declared = "" if file.name in (file.file, None) else f', declared as "{escape(file.name or "")}"'
        closed = "" if file.decoded else ", not decoded: its transfer encoding is unknown"
        streams.note(f"{escape(file.file)}: {file.size:,} bytes of {escape(file.type)}{declared}{closed}")
    for section in done.without_bytes:
        streams.note(f"part {section} is a message that Outlook embeds without bytes of its own: not written")
    if done.truncated:
        streams.note("the message ends too early: its last part may be incomplete")
    if done.limits:
        streams.note(f"limits were reached ({', '.join(done.limits)}): there may be more parts")
    if done.problem is not None:
        streams.note(escape(done.problem.detail))
    count = len(done.written)
    if count:
        streams.note(f"{counted(count, 'file')} written to {escape(str(folder))}")
    elif done.problem is None:
        streams.note("nothing to extract")
