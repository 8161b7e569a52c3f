"""``pecdetect check``: judge messages and say why."""
# No postponed annotations here: typer evaluates them.

import sqlite3
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO

import typer

from pecdetect.cli import options, profiles, streams
from pecdetect.cli.exits import ExitCode, FailOn, exit_code
from pecdetect.cli.options import Format
from pecdetect.cli.watching import Watch
from pecdetect.limits import Limits
from pecdetect.profile import Profile
from pecdetect.record import Record
from pecdetect.report import jsonl
from pecdetect.report.escape import escape
from pecdetect.report.tally import Tally
from pecdetect.scanning.pool import PoolError
from pecdetect.scanning.run import scan_records
from pecdetect.scanning.sources import read_list
from pecdetect.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from pecdetect.scanning.outputs import Outputs


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a user wants judged, how, and where to."""

    paths: Sequence[str]
    from_list: str | None
    null_input: bool
    profile: Profile
    password: str | None
    jobs: int | None
    timeout: float | None
    ordered: bool
    digests: tuple[str, ...]
    format: Format
    files: Sequence[str]
    resume: bool
    delimiter: str
    quiet: bool


def _every_path(asked: _Asked, stack: ExitStack) -> Iterator[str]:
    """Paths that were named, then those in the list, which is opened at once."""
    if asked.from_list is None:
        return iter(asked.paths)
    try:
        stream = stack.enter_context(streams.open_list(asked.from_list))
    except OSError as error:
        raise typer.BadParameter(escape(error.strerror or str(error)), param_hint="--from-list") from error
    return chain(asked.paths, _listed(stream, null=asked.null_input))


def _listed(stream: BinaryIO, *, null: bool) -> Iterator[str]:
    try:
        yield from read_list(stream, null=null)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--from-list") from error


def check(  # noqa: PLR0913, PLR0917 - one parameter for each option
    paths: options.Paths = None,
    from_list: options.FromList = None,
    null_input: options.NullInput = False,  # noqa: FBT002 - typer calls by name
    password: options.Password = None,
    output: options.Output = Format.TEXT,
    only: options.Only = None,
    null: options.Null = False,  # noqa: FBT002 - as above
    files: options.Files = None,
    resume: options.Resume = True,  # noqa: FBT002 - as above
    delimiter: options.Delimiter = ",",
    md5: options.Md5 = False,  # noqa: FBT002 - as above
    sha1: options.Sha1 = False,  # noqa: FBT002 - as above
    quiet: options.Quiet = False,  # noqa: FBT002 - as above
    jobs: options.Jobs = None,
    timeout: options.Timeout = None,
    unordered: options.Unordered = False,  # noqa: FBT002 - as above
    channel: options.ChannelOption = None,
    profile: options.ProfileFile = None,
    max_attachment_kb: options.MaxAttachment = None,
    max_message_mb: options.MaxMessage = None,
    blocked_extension: options.BlockedExtension = None,
    irm_sync: options.IrmSync = None,
    known_address: options.KnownAddress = None,
    tracks_all: options.TracksAll = None,
    forward_mailbox: options.ForwardMailbox = None,
    fail_on: options.FailOnOption = FailOn.UNDETERMINED,
    exit_zero: options.ExitZero = False,  # noqa: FBT002 - as above
) -> None:
    """Say whether Dynamics 365 can synchronise each message, and why."""
    if null and output is not Format.PATHS:
        raise typer.BadParameter("only with --format paths", param_hint="--null")
    if null_input and from_list is None:
        raise typer.BadParameter("only with --from-list", param_hint="--null-input")
    if not paths and from_list is None:
        raise typer.BadParameter("name a file, a folder or -; or give --from-list", param_hint="PATH")
    fields = {
        "channel": channel,
        "max_attachment_kb": max_attachment_kb,
        "max_message_mb": max_message_mb,
        "blocked_extensions": blocked_extension,
        "irm_sync": irm_sync,
        "known_addresses": known_address,
        "tracks_all": tracks_all,
        "forward_mailbox": forward_mailbox,
    }
    asked = _Asked(
        paths=paths or [],
        from_list=from_list,
        null_input=null_input,
        profile=profiles.build(profile, fields),
        password=password,
        jobs=jobs,
        timeout=timeout,
        ordered=not unordered,
        digests=tuple(name for name, wanted in (("md5", md5), ("sha1", sha1)) if wanted),
        format=output,
        files=files or [],
        resume=resume,
        delimiter=delimiter,
        quiet=quiet,
    )
    tally = _scan(asked, only or (), null=null)
    raise typer.Exit(0 if exit_zero else exit_code(tally, fail_on))


def _scan(asked: _Asked, only: Sequence[Outcome], *, null: bool) -> Tally:
    """Judge, count and write; what was done is left complete when it ends early."""
    to_screen = asked.format is not Format.TEXT and sys.stdout.isatty()
    watch = Watch(asked.paths, bar=not (asked.quiet or to_screen or asked.from_list) and sys.stderr.isatty())
    with ExitStack() as stack:
        stack.callback(watch.close)
        try:
            paths = _every_path(asked, stack)
            outputs = stack.enter_context(_open(asked)) if asked.files else None
            records = stack.enter_context(closing(_records(asked, paths, outputs)))
            _write(_selected(_watched(records, outputs, watch), only), asked, watch, only, null=null)
        except KeyboardInterrupt:
            watch.close()
            streams.note(f"stopped after {watch.tally.results:,} results")
            raise
        except (PoolError, sqlite3.Error) as error:
            watch.close()
            streams.note(escape(str(error)))
            raise typer.Exit(ExitCode.UNREADABLE) from error
    return watch.tally


def _open(asked: _Asked) -> "Outputs":
    # Paid for by those who ask for files.
    from pecdetect.scanning.custody import Run
    from pecdetect.scanning.errors import FileProblem
    from pecdetect.scanning.outputs import open_outputs

    deciding: dict[str, Any] = {
        "digests": list(asked.digests),
        "timeout": asked.timeout,
        "ordered": asked.ordered,
        "password": asked.password is not None,
    }
    run = Run.begin(_arguments(), profile=asked.profile, limits=Limits(), options=deciding)
    try:
        return open_outputs(asked.files, run, delimiter=asked.delimiter, resume=asked.resume)
    except (FileProblem, ValueError) as error:
        raise typer.BadParameter(escape(str(error)), param_hint="--output") from error
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        raise typer.BadParameter(escape(f"{name}{error.strerror or error}"), param_hint="--output") from error


def _arguments() -> list[str]:
    """The command line as a record may show it: without the password."""
    shown: list[str] = []
    for word in sys.argv[1:]:
        if shown and shown[-1] == "--password":
            shown.append("***")
        else:
            shown.append("--password=***" if word.startswith("--password=") else word)
    return shown


def _records(asked: _Asked, paths: Iterator[str], outputs: "Outputs | None") -> Generator[Record, None, None]:
    return scan_records(
        paths,
        profile=asked.profile,
        with_line=outputs is not None or asked.format in {Format.JSON, Format.JSONL},
        digests=asked.digests,
        known=outputs.known if outputs is not None and outputs.remembers else None,
        ignored=outputs.files if outputs is not None else frozenset(),
        jobs=asked.jobs,
        timeout=asked.timeout,
        ordered=asked.ordered,
        password=asked.password.encode() if asked.password is not None else None,
    )


def _watched(records: Iterable[Record], outputs: "Outputs | None", watch: Watch) -> Iterator[Record]:
    """Every result, counted and written to the outputs, which are finished when it was the last."""
    for record in records:
        watch.see(record)
        if outputs is not None:
            outputs.add(record, record.fingerprint)
        yield record
    if outputs is not None:
        outputs.finish()
    watch.close()


def _selected(records: Iterable[Record], only: Sequence[Outcome]) -> Iterator[Record]:
    """Results with a wanted outcome; errors always, for nobody knows what they hide."""
    for record in records:
        if not only or record.error is not None or record.outcome in only:
            yield record


def _write(records: Iterable[Record], asked: _Asked, watch: Watch, only: Sequence[Outcome], *, null: bool) -> None:
    if asked.format is Format.TEXT:
        _write_text(records, watch, only, table=not asked.files)
        return
    if asked.format is Format.PATHS:
        _write_paths(records, null=null)
    elif asked.format is Format.JSON:
        for text in jsonl.array_of(record.line for record in records):
            streams.write(text)
    else:
        for record in records:
            streams.write(record.line + "\n")
    if not asked.quiet:
        streams.note(watch.tally.sentence())


def _write_paths(records: Iterable[Record], *, null: bool) -> None:
    for record in records:
        if record.outcome is None:
            continue
        if null:
            streams.write_path(record.source)
        else:
            streams.write(f"{escape(record.source)}\n")


def _write_text(records: Iterable[Record], watch: Watch, only: Sequence[Outcome], *, table: bool) -> None:
    """One message explained, or a table of many and what they come to."""
    # Rich is paid for by those who read text.
    from pecdetect.report import closing as ending
    from pecdetect.report import overview, terminal, text

    lines = overview.Lines()
    counted = watch.count_more(ending.Closing())
    single: tuple[str, Verdict] | None = None
    for record in records:
        if table:
            lines.add(record)
        if record.verdict is not None:
            single = record.source, record.verdict
    tally = watch.tally
    console = terminal.open_console(sys.stdout)
    glyphs = terminal.glyphs_for(console)
    if table and tally.messages == 1 and single is not None:
        terminal.show(console, text.explanation(*single, glyphs), terminal.READING_WIDTH)
        lines.shown = [line for line in lines.shown if line.outcome is None]
        if lines.shown:
            streams.write("\n")
            terminal.show(console, overview.overview(lines, tally, glyphs, console.width, only))
    elif tally.messages or tally.skipped or not table:
        many = not table or tally.messages > ending.MANY
        terminal.show(console, overview.listing(lines, glyphs, console.width))
        if many:
            terminal.show(console, ending.closing(counted, tally, glyphs))
        terminal.show(console, [overview.totals(tally, only)])
    if not tally.messages and not tally.errors:
        streams.note("no message found")
