"""``pecdetect diff``: what became different between two saved scans."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import click

from pecdetect.cli import options, streams
from pecdetect.cli.exits import ExitCode
from pecdetect.report.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.scanning.diff import Change, Diff


class Format(StrEnum):
    """What is written to the standard output."""

    TEXT = "text"
    JSON = "json"


_WORDS = {
    "outcome": "with another outcome",
    "reasons": "with other reasons",
    "new": "new",
    "gone": "gone",
    "moved": "moved",
    "same": "the same",
}
_SHOWN = 60
"""Characters of a setting that are shown."""


@click.command
@click.argument("before", metavar="BEFORE", type=options.A_PATH)
@click.argument("after", metavar="AFTER", type=options.A_PATH)
@options.choice(
    Format,
    "--format",
    "-f",
    "output",
    default=Format.TEXT.value,
    show_default=True,
    help="text: for people; json: one object.",
)
def diff(before: str, after: str, output: Format) -> None:
    """Compare two saved scans: which outcomes changed, and why.

    BEFORE and AFTER are saved scans (.sqlite, .jsonl or .json), AFTER a later one of the same mail.

    Exit status: 0 if nothing changed except places, 1 if something did, 2 if a scan cannot be read.
    """
    # SQLite is paid for by those who read what was saved.
    from pecdetect.scanning.diff import Diff
    from pecdetect.scanning.errors import SavedError
    from pecdetect.scanning.store.saved import Saved

    try:
        with Diff(Saved(before), Saved(after)) as found:
            for text in _json(found) if output is Format.JSON else _text(found):
                streams.write(text)
            changed = found.changed
    except SavedError as error:
        streams.note(escape(str(error)))
        raise click.exceptions.Exit(ExitCode.UNREADABLE) from error
    raise click.exceptions.Exit(1 if changed else ExitCode.DONE)


def _json(found: Diff) -> Iterator[str]:
    """One object, a change a line, in pure ASCII."""
    from pecdetect.scanning.diff import DIFF_SCHEMA

    settings = [{"name": name, "before": old, "after": new} for name, old, new in found.settings]
    head = {"schema": DIFF_SCHEMA, "counts": found.counts, "settings": settings}
    yield _dump(head)[:-1] + ',"changes":['
    separator = "\n"
    for change in found.changes():
        yield separator + _dump(change.to_dict())
        separator = ",\n"
    yield "]}\n" if separator == "\n" else "\n]}\n"


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _text(found: Diff) -> Iterator[str]:
    for name, old, new in found.settings:
        yield f"setting {escape(name)}: {_setting(old)} -> {_setting(new)}\n"
    for change in found.changes():
        yield from _lines(change)
    counts = ", ".join(f"{found.counts[kind]:,} {_WORDS[kind]}" for kind in _WORDS if found.counts[kind])
    yield f"{sum(found.counts.values()):,} items: {counts or 'none'}\n"


def _setting(value: Any) -> str:
    text = _dump(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _lines(change: Change) -> Iterator[str]:
    """What one item came to, and why."""
    if change.kind in ("new", "gone"):
        outcome = change.after if change.kind == "new" else change.before
        what = f"{change.kind} ({outcome})"
    elif change.kind == "outcome":
        what = f"{change.before} -> {change.after}"
    else:
        what = f"{change.kind} ({change.after})"
    yield f"{what}: {escape(change.source)}\n"
    if change.was is not None:
        yield f"    was at {escape(change.was)}\n"
    yield from (f"    + {code}\n" for code in change.gained)
    yield from (f"    - {code}\n" for code in change.lost)
    yield from (f"    {code}: {old} -> {new}\n" for code, old, new in change.weighed)
