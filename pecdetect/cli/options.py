"""Arguments and options: each described once, those of ``pecdetect check`` in groups, as its help lists them."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

import click

from pecdetect.cli.exits import FailOn
from pecdetect.contract import Outcome
from pecdetect.profile import Channel

Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]

A_PATH = click.Path(readable=False)
"""A path as it was given. Shells complete it; whether it can be read is said when its turn comes."""
A_PLACE = click.Path(readable=False, path_type=Path)
"""The same as a ``Path``."""


class Format(StrEnum):
    """What is written to the standard output."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    PATHS = "paths"


def choice(kind: type[StrEnum], *names: str, **attributes: Any) -> Decorator:
    """An option that takes the values of an enumeration and gives its members."""

    def members(_context: click.Context, _option: click.Parameter, given: Any) -> Any:
        if given is None:
            return None
        return tuple(map(kind, given)) if isinstance(given, tuple) else kind(given)

    # Click would take an enumeration itself, by the names of its members.
    values = click.Choice([member.value for member in kind])
    return click.option(*names, type=values, callback=members, **attributes)


def _a_number(_context: click.Context, _option: click.Parameter, given: float | None) -> float | None:
    """Refuse what no JSON could record: NaN, which is in every range, and the infinite."""
    if given is not None and not math.isfinite(given):
        raise click.BadParameter("must be a finite number")
    return given


def _group(*options: Decorator) -> Decorator:
    """Several options in one decorator, listed in this order."""

    def describe(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return describe


file = click.argument("file", metavar="FILE", type=A_PATH)

inputs = _group(
    click.argument("paths", metavar="[PATH]...", nargs=-1, type=A_PATH),
    click.option(
        "--from-list",
        metavar="FILE",
        type=A_PATH,
        help="Read more paths from a file, one per line; - is standard input.",
    ),
    click.option("--null-input", "-z", is_flag=True, help="The paths in --from-list end with NUL."),
    click.option("--password", metavar="TEXT", help="Password for encrypted members of zip archives."),
)

outputs = _group(
    choice(
        Format,
        "--format",
        "-f",
        default=Format.TEXT.value,
        show_default=True,
        help="text: explains one message, lists several in a table; json: an array of results; jsonl: one result "
        "per line; paths: one path per line.",
    ),
    choice(
        Outcome,
        "--only",
        metavar="OUTCOME",
        multiple=True,
        help="Show only messages with this outcome: blocked, undetermined, degraded or syncs; repeatable. Counts "
        "and exit status cover all messages.",
    ),
    click.option("--null", "-0", is_flag=True, help="With --format paths: exact paths, each followed by NUL."),
    click.option(
        "--output",
        "-o",
        "files",
        metavar="FILE",
        type=A_PATH,
        multiple=True,
        help="Write results to a file: .sqlite, .jsonl, .json, .csv, .parquet or .html; repeatable. If a .sqlite file "
        "already exists, the scan is resumed and unchanged messages are skipped.",
    ),
    click.option(
        "--resume/--no-resume",
        default=True,
        show_default=True,
        help="Whether to use the results that a .sqlite file already holds.",
    ),
    click.option(
        "--delimiter",
        metavar="CHARACTER",
        default=",",
        show_default=True,
        help="Separates the cells of a .csv.",
    ),
    click.option("--md5", is_flag=True, help="Also record the MD5 of every message."),
    click.option("--sha1", is_flag=True, help="Also record the SHA-1 of every message."),
    click.option("--quiet", "-q", is_flag=True, help="Suppress the progress bar and the summary on standard error."),
)

work = _group(
    click.option(
        "--jobs",
        "-j",
        metavar="N",
        type=click.IntRange(min=1),
        help="Worker processes; with 1 there are none. Default: one per processor, none for a few files.",
    ),
    click.option(
        "--timeout",
        metavar="SECONDS",
        type=click.FloatRange(min=0.1),
        callback=_a_number,
        help="Abandon a message after this many seconds (requires worker processes). Default: 10 s plus 5 s per MiB.",
    ),
    click.option(
        "--unordered",
        is_flag=True,
        help="Give results as they are finished, not in the order of the input. Message-IDs are then not compared.",
    ),
)

settings = _group(
    choice(Channel, "--channel", help="How mail reaches Dynamics 365; default: exchange."),
    click.option("--profile", metavar="FILE", type=A_PLACE, help="A TOML file with these settings."),
    click.option(
        "--max-attachment-kb", metavar="KB", type=int, help="Maximum file size for attachments; default: 5120."
    ),
    click.option("--max-message-mb", metavar="MB", type=int, help="Largest message; default: 150."),
    click.option(
        "--blocked-extension",
        "blocked_extensions",
        metavar="EXT",
        multiple=True,
        help="A blocked attachment extension, in place of the default list; repeatable.",
    ),
    click.option("--irm-sync/--no-irm-sync", default=None, help="Whether rights-managed mail may synchronise."),
    click.option(
        "--known-address",
        "known_addresses",
        metavar="ADDRESS",
        multiple=True,
        help="An e-mail address of a user or queue; repeatable.",
    ),
    click.option("--tracks-all/--no-tracks-all", default=None, help="Whether the mailbox tracks all e-mail messages."),
    click.option(
        "--forward-mailbox/--no-forward-mailbox", default=None, help="Whether the mailbox is a Forward Mailbox."
    ),
)
"""The fields of a ``Profile``, by their names, and a file that holds them."""

status = _group(
    choice(
        FailOn,
        "--fail-on",
        default=FailOn.UNDETERMINED.value,
        show_default=True,
        help="The mildest outcome that counts as a failure.",
    ),
    click.option("--exit-zero", is_flag=True, help="Exit with status 0 whatever is found or cannot be read."),
)
