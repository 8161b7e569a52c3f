"""``pecdetect check``: judge messages and say why."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from pecdetect.cli import options, profiles, streams
from pecdetect.cli.exits import EXIT_STATUS, ExitCode, FailOn, exit_code
from pecdetect.cli.options import Format
from pecdetect.cli.watching import ScanProgress
from pecdetect.profile import PROFILE_FIELDS, Profile
from pecdetect.report.escape import escape

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from pecdetect.contract import Outcome, Verdict
    from pecdetect.record import Record
    from pecdetect.report.summary import Summary
    from pecdetect.report.terminal.overview import Lines
    from pecdetect.scanning.store.outputs import Outputs


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a user wants judged, how, and where to: the options of these groups, by their names."""

    # Input
    paths: tuple[str, ...]
    from_list: str | None
    null_input: bool
    password: str | None
    # Output
    format: Format
    only: tuple[Outcome, ...]
    null: bool
    files: tuple[str, ...]
    resume: bool
    delimiter: str
    md5: bool
    sha1: bool
    quiet: bool
    # Work
    jobs: int | None
    timeout: float | None
    unordered: bool

    @property
    def digests(self) -> tuple[str, ...]:
        """Names of the digests that are wanted besides SHA-256."""
        return tuple(name for name, wanted in (("md5", self.md5), ("sha1", self.sha1)) if wanted)


@click.command(epilog=EXIT_STATUS)
@options.inputs
@options.outputs
@options.work
@options.settings
@options.status
def check(*, profile: Path | None, fail_on: FailOn, exit_zero: bool, **given: Any) -> None:
    """Say whether Dynamics 365 can synchronise each message, and why.

    PATH names messages, folders (searched recursively), mailboxes (mbox, Maildir, .pst), archives (zip, tar, gzip),
    patterns, or - for standard input.
    """
    fields = {name: given.pop(name) for name in PROFILE_FIELDS}
    asked = _Asked(**given)
    _refuse(asked)
    summary = _scan(asked, profiles.build(profile, fields))
    raise click.exceptions.Exit(0 if exit_zero else exit_code(summary, fail_on))


def _refuse(asked: _Asked) -> None:
    """Options that say nothing without another, and nothing to judge, are wrong usage."""
    if asked.null and asked.format is not Format.PATHS:
        raise click.BadParameter("only with --format paths", param_hint="--null")
    if asked.null_input and asked.from_list is None:
        raise click.BadParameter("only with --from-list", param_hint="--null-input")
    if not asked.paths and asked.from_list is None:
        raise click.BadParameter("name a file, a folder or -; or give --from-list", param_hint="PATH")


def _every_path(asked: _Asked, stack: ExitStack) -> Iterator[str]:
    """Paths that were named, then those in the list, which is opened at once."""
    if asked.from_list is None:
        return iter(asked.paths)
    try:
        stream = stack.enter_context(streams.open_list(asked.from_list))
    except OSError as error:
        raise click.BadParameter(escape(error.strerror or str(error)), param_hint="--from-list") from error
    return chain(asked.paths, _listed(stream, null=asked.null_input))


def _listed(stream: BinaryIO, *, null: bool) -> Iterator[str]:
    from pecdetect.scanning.sources.sources import read_list

    try:
        yield from read_list(stream, null=null)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--from-list") from error


def _scan(asked: _Asked, profile: Profile) -> Summary:
    """Judge, count and write; what was done is left complete when it ends early."""
    # Paid for by those who scan, not by those who ask for help.
    import sqlite3

    from pecdetect.scanning.tasks import PoolError

    to_screen = asked.format is not Format.TEXT and sys.stdout.isatty()
    progress = ScanProgress(asked.paths, bar=not (asked.quiet or to_screen or asked.from_list) and sys.stderr.isatty())
    with ExitStack() as stack:
        stack.callback(progress.close)
        try:
            paths = _every_path(asked, stack)
            outputs = stack.enter_context(_open(asked, profile)) if asked.files else None
            records = stack.enter_context(closing(_records(asked, profile, paths, outputs)))
            _write(_selected(_watched(records, outputs, progress), asked.only), asked, progress)
        except KeyboardInterrupt:
            progress.close()
            streams.note(f"stopped after {progress.summary.items:,} results{_how_to_go_on(asked)}")
            raise
        except (PoolError, sqlite3.Error) as error:
            progress.close()
            streams.note(escape(str(error)))
            raise click.exceptions.Exit(ExitCode.UNREADABLE) from error
    if outputs is not None and not asked.quiet:
        streams.note_sums(outputs.sums)
    return progress.summary


def _how_to_go_on(asked: _Asked) -> str:
    """Tell a person who stopped a scan whether it can go on."""
    if not asked.files:
        return ""
    if any(name.lower().endswith(".sqlite") for name in asked.files):
        return "; the same command resumes the scan"
    return "; only a scan into a .sqlite file can be resumed: -o FILE.sqlite"


def _open(asked: _Asked, profile: Profile) -> Outputs:
    # Paid for by those who ask for files.
    from pecdetect.limits import Limits
    from pecdetect.scanning.errors import FileProblem
    from pecdetect.scanning.store.outputs import open_outputs
    from pecdetect.scanning.store.run_record import Run

    deciding: dict[str, Any] = {
        "digests": list(asked.digests),
        "timeout": asked.timeout,
        "ordered": not asked.unordered,
        "password": asked.password is not None,
    }
    run = Run.begin(_arguments(), profile=profile, limits=Limits(), options=deciding)
    try:
        outputs = open_outputs(asked.files, run, delimiter=asked.delimiter, resume=asked.resume)
    except (FileProblem, ValueError) as error:
        raise click.BadParameter(escape(str(error)), param_hint="--output") from error
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        raise click.BadParameter(escape(f"{name}{error.strerror or error}"), param_hint="--output") from error
    replaced = outputs.replaced_lines
    if asked.resume and replaced is not None and not asked.quiet:
        shown = escape(replaced)
        streams.note(f"{shown} is written anew; only a scan into a .sqlite file can be resumed: -o FILE.sqlite")
    return outputs


def _arguments() -> list[str]:
    """The command line as a record may show it: without the password."""
    shown: list[str] = []
    for word in sys.argv[1:]:
        if shown and shown[-1] == "--password":
            shown.append("***")
        else:
            shown.append("--password=***" if word.startswith("--password=") else word)
    return shown


def _records(
    asked: _Asked, profile: Profile, paths: Iterator[str], outputs: Outputs | None
) -> Generator[Record, None, None]:
    from pecdetect.scanning.run import scan_records

    return scan_records(
        paths,
        profile=profile,
        with_line=outputs is not None or asked.format in {Format.JSON, Format.JSONL},
        digests=asked.digests,
        known=outputs.known if outputs is not None and outputs.remembers else None,
        ignored=outputs.files if outputs is not None else frozenset(),
        jobs=asked.jobs,
        timeout=asked.timeout,
        ordered=not asked.unordered,
        password=asked.password.encode() if asked.password is not None else None,
        idle=outputs.flush if outputs is not None else lambda: None,
    )


def _watched(records: Iterable[Record], outputs: Outputs | None, progress: ScanProgress) -> Iterator[Record]:
    """Every result, counted and written to the outputs, which are completed after the last."""
    for record in records:
        progress.see(record)
        if outputs is not None:
            outputs.add(record)
        yield record
    if outputs is not None:
        outputs.finish()
    progress.close()


def _selected(records: Iterable[Record], only: Sequence[Outcome]) -> Iterator[Record]:
    """Results with a wanted outcome; errors always, for nobody knows what they hide."""
    for record in records:
        if not only or record.columns.error is not None or record.columns.outcome in only:
            yield record


def _write(records: Iterable[Record], asked: _Asked, progress: ScanProgress) -> None:
    if asked.format is Format.TEXT:
        _write_text(records, progress.summary, asked.only, table=not asked.files)
        return
    if asked.format is Format.PATHS:
        _write_paths(records, null=asked.null)
    elif asked.format is Format.JSON:
        from pecdetect.report import jsonl

        for piece in jsonl.array(record.line for record in records):
            streams.write(piece.decode())
    else:
        for record in records:
            streams.write(record.line.decode() + "\n")
    if not asked.quiet:
        streams.note(progress.summary.sentence())


def _write_paths(records: Iterable[Record], *, null: bool) -> None:
    for record in records:
        if record.columns.outcome is None:
            continue
        if null:
            streams.write_path(record.exact_source)
        else:
            streams.write(f"{escape(record.source)}\n")


def _write_text(records: Iterable[Record], summary: Summary, only: Sequence[Outcome], *, table: bool) -> None:
    """One message explained, or a table of many and what they come to."""
    lines = _lines() if table else None
    single: tuple[str, Verdict] | None = None
    for record in records:
        if lines is not None:
            lines.add(record.source, record.columns)
        if record.result is not None and record.result.verdict is not None:
            single = record.source, record.result.verdict
    # Rich is paid for by those who read text, and when there is something to read.
    from pecdetect.report.terminal import closing, console as terminal, overview

    console = terminal.open_console(sys.stdout)
    glyphs = terminal.glyphs_for(console)
    if lines is not None and summary.messages == 1 and single is not None:
        from pecdetect.report.terminal.verdict import explanation

        terminal.show(console, explanation(*single, glyphs), terminal.READING_WIDTH)
        lines.shown = [line for line in lines.shown if line.outcome is None]
        if lines.shown:
            streams.write("\n")
            terminal.show(console, overview.overview(lines, summary, glyphs, console.width, only))
    elif summary.messages or summary.skipped or lines is None:
        if lines is not None:
            terminal.show(console, overview.listing(lines, glyphs, console.width))
        if lines is None or summary.messages > closing.MANY:
            terminal.show(console, closing.closing(summary, glyphs))
        terminal.show(console, [overview.totals(summary, only)])
    if not summary.messages and not summary.errors:
        streams.note("no message found")


def _lines() -> Lines:
    from pecdetect.report.terminal.overview import Lines

    return Lines()
