"""``pecdetect check``: judge messages and say why."""
# No postponed annotations here: typer evaluates them.

import sys
from collections.abc import Iterable, Iterator, Sequence

import typer

from pecdetect.cli import options, profiles, streams
from pecdetect.cli.exits import FailOn, exit_code
from pecdetect.cli.options import Format
from pecdetect.profile import Profile
from pecdetect.report import jsonl
from pecdetect.report.escape import escape
from pecdetect.report.tally import Tally
from pecdetect.result import Result
from pecdetect.scanning.run import scan
from pecdetect.verdict import Outcome, Verdict


def check(  # noqa: PLR0913, PLR0917 - one parameter for each option
    paths: options.Paths,
    output: options.Output = Format.TEXT,
    only: options.Only = None,
    null: options.Null = False,  # noqa: FBT002 - typer calls by name
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
    tally = Tally()
    results = _selected(_watched(paths, profiles.build(profile, fields), tally), only or ())
    _write(results, output, tally, only or (), null=null)
    raise typer.Exit(0 if exit_zero else exit_code(tally, fail_on))


def _watched(paths: Sequence[str], profile: Profile, tally: Tally) -> Iterator[Result]:
    """Every result, counted; what could not be read is said at once."""
    for result in scan(paths, profile=profile, hash=True):
        tally.add(result)
        streams.note_error(result)
        yield result


def _selected(results: Iterable[Result], only: Sequence[Outcome]) -> Iterator[Result]:
    """Results with a wanted outcome; errors always, for nobody knows what they hide."""
    for result in results:
        if not only or result.error is not None or (result.verdict is not None and result.verdict.outcome in only):
            yield result


def _write(results: Iterable[Result], output: Format, tally: Tally, only: Sequence[Outcome], *, null: bool) -> None:
    if output is Format.TEXT:
        _write_text(results, tally, only)
        return
    if output is Format.PATHS:
        _write_paths(results, null=null)
    else:
        for text in jsonl.array(results) if output is Format.JSON else jsonl.lines(results):
            streams.write(text)
    streams.note(tally.sentence())


def _write_paths(results: Iterable[Result], *, null: bool) -> None:
    for result in results:
        if result.verdict is None:
            continue
        if null:
            streams.write_path(result.source)
        else:
            streams.write(f"{escape(result.source)}\n")


def _write_text(results: Iterable[Result], tally: Tally, only: Sequence[Outcome]) -> None:
    """One message explained, or a table of many."""
    # Rich is paid for by those who read text.
    from pecdetect.report import overview, terminal, text

    lines = []
    single: tuple[str, Verdict] | None = None
    for result in results:
        lines.append(overview.line(result))
        if result.verdict is not None:
            single = result.source, result.verdict
    console = terminal.open_console(sys.stdout)
    glyphs = terminal.glyphs_for(console)
    if tally.messages == 1 and single is not None:
        terminal.show(console, text.explanation(*single, glyphs), terminal.READING_WIDTH)
        lines = [line for line in lines if line.outcome is None]
        if lines:
            streams.write("\n")
            terminal.show(console, overview.overview(lines, tally, glyphs, console.width, only))
    elif tally.messages or tally.skipped:
        terminal.show(console, overview.overview(lines, tally, glyphs, console.width, only))
    if not tally.messages and not tally.errors:
        streams.note("no message found")
