"""The options of ``pecdetect check``, as typer wants them: a type with its help beside it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pecdetect.cli.exits import FailOn
from pecdetect.profile import Channel
from pecdetect.verdict import Outcome

_SETTINGS = "Settings of the organisation (each overrides --profile)"
_OUTPUT = "Output"
_STATUS = "Exit status"
_INPUT = "Input"
_SPEED = "Work"


class Format(StrEnum):
    """What is written to the standard output."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    PATHS = "paths"


Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH",
        help="Messages, folders (searched recursively), mailboxes (mbox, Maildir, .pst), archives (zip, tar, gzip), "
        "patterns, or - for standard input.",
    ),
]
FromList = Annotated[
    str | None,
    typer.Option(
        "--from-list",
        metavar="FILE",
        help="Read further paths from a file, one a line; - is standard input.",
        rich_help_panel=_INPUT,
    ),
]
NullInput = Annotated[
    bool,
    typer.Option("--null-input", "-z", help="The paths in --from-list end in NUL.", rich_help_panel=_INPUT),
]
Password = Annotated[
    str | None,
    typer.Option("--password", metavar="TEXT", help="Opens encrypted members of zips.", rich_help_panel=_INPUT),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        min=1,
        help="Worker processes; 1 works without. Default: one for each processor, none for few files.",
        rich_help_panel=_SPEED,
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        min=0.1,
        help="Give up on a message after so long; takes a worker. Default in workers: 10, and 5 for each MiB.",
        rich_help_panel=_SPEED,
    ),
]
Unordered = Annotated[
    bool,
    typer.Option(
        "--unordered",
        help="Results as they are finished, not in the order of the input. Message-IDs are not compared.",
        rich_help_panel=_SPEED,
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="No progress, no counts on the standard error.", rich_help_panel=_OUTPUT),
]
Files = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write results to a file: .jsonl, .json, .csv, .parquet, .sqlite or .html; repeatable. A .jsonl or "
        ".sqlite goes on where an earlier scan stopped, and what has not changed is not read again.",
        rich_help_panel=_OUTPUT,
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume/--no-resume", help="Whether to use what stands in the outputs already.", rich_help_panel=_OUTPUT
    ),
]
Delimiter = Annotated[
    str,
    typer.Option("--delimiter", metavar="CHARACTER", help="Between the cells of a .csv.", rich_help_panel=_OUTPUT),
]
Md5 = Annotated[bool, typer.Option("--md5", help="Record the MD5 of every message, too.", rich_help_panel=_OUTPUT)]
Sha1 = Annotated[bool, typer.Option("--sha1", help="Record the SHA-1 of every message, too.", rich_help_panel=_OUTPUT)]
File = Annotated[str, typer.Argument(metavar="FILE", help="A saved message, or - for standard input.")]
Output = Annotated[
    Format,
    typer.Option(
        "--format",
        "-f",
        help="text: one message explained, several in a table; json: an array of results; jsonl: one result a "
        "line; paths: one path a line.",
        rich_help_panel=_OUTPUT,
    ),
]
Only = Annotated[
    list[Outcome] | None,
    typer.Option(
        metavar="OUTCOME",
        help="Show only messages with this outcome: blocked, undetermined, degraded or syncs; repeatable. Counts "
        "and exit status are of all.",
        rich_help_panel=_OUTPUT,
    ),
]
Null = Annotated[
    bool,
    typer.Option("--null", "-0", help="With --format paths: exact paths, each ended by NUL.", rich_help_panel=_OUTPUT),
]
ChannelOption = Annotated[
    Channel | None,
    typer.Option("--channel", help="How mail reaches Dynamics 365; default: exchange.", rich_help_panel=_SETTINGS),
]
ProfileFile = Annotated[
    Path | None,
    typer.Option("--profile", metavar="FILE", help="A TOML file with these settings.", rich_help_panel=_SETTINGS),
]
MaxAttachment = Annotated[
    int | None,
    typer.Option(
        "--max-attachment-kb",
        metavar="KB",
        help="Maximum file size for attachments; default: 5120.",
        rich_help_panel=_SETTINGS,
    ),
]
MaxMessage = Annotated[
    int | None,
    typer.Option("--max-message-mb", metavar="MB", help="Largest message; default: 150.", rich_help_panel=_SETTINGS),
]
BlockedExtension = Annotated[
    list[str] | None,
    typer.Option(
        "--blocked-extension",
        metavar="EXT",
        help="A blocked attachment extension, in place of the default list; repeatable.",
        rich_help_panel=_SETTINGS,
    ),
]
IrmSync = Annotated[
    bool | None,
    typer.Option(
        "--irm-sync/--no-irm-sync", help="Whether rights-managed mail may synchronise.", rich_help_panel=_SETTINGS
    ),
]
KnownAddress = Annotated[
    list[str] | None,
    typer.Option(
        "--known-address",
        metavar="ADDRESS",
        help="An address of a user or queue; repeatable.",
        rich_help_panel=_SETTINGS,
    ),
]
TracksAll = Annotated[
    bool | None,
    typer.Option(
        "--tracks-all/--no-tracks-all",
        help="Whether the mailbox tracks all e-mail messages.",
        rich_help_panel=_SETTINGS,
    ),
]
ForwardMailbox = Annotated[
    bool | None,
    typer.Option(
        "--forward-mailbox/--no-forward-mailbox",
        help="Whether the mailbox is a Forward Mailbox.",
        rich_help_panel=_SETTINGS,
    ),
]
FailOnOption = Annotated[
    FailOn,
    typer.Option("--fail-on", help="The mildest outcome that counts as failure.", rich_help_panel=_STATUS),
]
ExitZero = Annotated[
    bool,
    typer.Option("--exit-zero", help="End with 0 whatever was found or not readable.", rich_help_panel=_STATUS),
]
