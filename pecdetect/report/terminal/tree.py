"""The part tree on a terminal: what a message is made of, ranges of bytes, and what was found where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from pecdetect.report.escape import escape
from pecdetect.report.rows import notes_by_section
from pecdetect.report.terminal.console import Facts, Prefixed, quoted, section
from pecdetect.report.words import byte_size, counted, part_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from pecdetect.contract import Part, Verdict
    from pecdetect.report.rows import Weight
    from pecdetect.report.terminal.console import Glyphs

MAX_DRAWN_DEPTH = 12
"""Levels that branches show; deeper parts are drawn at this one; their section tells how deep they are."""
MAX_SECTION = 24
"""Characters of a section that are shown: its end."""
MAX_TYPE = 48
"""Characters of a media type that are shown."""


_STYLES: dict[Weight, str] = {"protection": "yellow", "attachment": "cyan", "problem": "red", "minor": "dim"}


@dataclass(frozen=True, slots=True)
class _Branch:
    """How one part hangs in the drawing."""

    first: str
    """What is before the part."""
    below: str
    """What is before the lines under it, which continue the branches that pass by."""


def part_tree(source: str, verdict: Verdict, glyphs: Glyphs, width: int) -> Iterator[RenderableType]:
    """Every part in file order, with what was found in it underneath."""
    parts = verdict.parts
    yield quoted(source, "bold")
    yield Text(f"{byte_size(verdict.source.size)}, {verdict.container}, {counted(len(parts), 'part')}", "dim")
    yield Text()
    branches = _branches(parts, glyphs)
    notes = notes_by_section(verdict)
    labels = [branch.first + _label(part, glyphs) for branch, part in zip(branches, parts, strict=True)]
    columns = _columns(parts, labels)
    aligned = sum(columns) + 2 * len(columns) + 12 <= width
    if aligned and parts:
        yield _header(columns)
    streams = {part.section: part.stream for part in parts}
    for part, branch, label in zip(parts, branches, labels, strict=True):
        known = _stream_around(part.section, streams) == part.stream
        yield from _part(part, branch, label, columns if aligned else None, known=known)
        for note in notes.pop(part.section, ()):
            yield Prefixed(branch.below, quoted(note.words, _STYLES[note.weight]))
    if notes:
        elsewhere = [note for those in notes.values() for note in those]
        yield from section(
            "Elsewhere",
            Facts((part_words(note.part), quoted(note.words, _STYLES[note.weight])) for note in elsewhere),
        )


def parent_section(section: str) -> str | None:
    """The section around a section; None for the root (``2/1.3`` -> ``2/1`` -> ``2/`` -> ``2`` -> root)."""
    if not section:
        return None
    if section.endswith("/"):
        return section[:-1]
    cut = max(section.rfind("."), section.rfind("/"))
    if cut < 0:
        return ""
    return section[: cut + 1] if section[cut] == "/" else section[:cut]


def _stream_around(section: str, streams: dict[str, str | None]) -> str | None:
    """What the bytes of the part around a section count in; None for the file."""
    around = parent_section(section)
    while around is not None and around not in streams:
        around = parent_section(around)
    return None if around is None else streams[around]


def _branches(rows: Sequence[Part], glyphs: Glyphs) -> list[_Branch]:
    """The lines of the drawing, in one pass over the parts and one back."""
    at = {row.section: number for number, row in enumerate(rows)}
    parents: list[int | None] = []
    for number, row in enumerate(rows):
        around = parent_section(row.section)
        while around is not None and at.get(around, number) >= number:
            around = parent_section(around)
        parents.append(None if around is None else at[around])
    last = {parent: number for number, parent in enumerate(parents)}
    drawn: list[_Branch] = []
    depths: list[int] = []
    for number, parent in enumerate(parents):
        if parent is None:
            depths.append(0)
            drawn.append(_Branch("", glyphs.pipe + " " if number in last else ""))
            continue
        depths.append(depths[parent] + 1)
        around = drawn[parent].below if depths[parent] else ""
        if depths[-1] > MAX_DRAWN_DEPTH:
            drawn.append(_Branch(around, around))
        elif last[parent] == number:
            drawn.append(_Branch(around + glyphs.last + " ", around + "   "))
        else:
            drawn.append(_Branch(around + glyphs.branch + " ", around + glyphs.pipe + " "))
    return drawn


def _label(row: Part, glyphs: Glyphs) -> str:
    shown = row.section
    if len(shown) > MAX_SECTION:
        shown = glyphs.ellipsis + shown[-MAX_SECTION:]
    media_type = escape(row.type)
    if len(media_type) > MAX_TYPE:
        media_type = media_type[:MAX_TYPE] + glyphs.ellipsis
    return f"{shown} {media_type}" if shown else media_type


def _cells(row: Part) -> tuple[str, str, str]:
    return byte_size(row.size), f"{row.start}-{row.end}", escape(row.encoding)


def _columns(rows: Sequence[Part], labels: Sequence[str]) -> list[int]:
    """Widths of label, size, bytes and encoding; the name takes what is left."""
    widths = [len("Part"), len("Size"), len("Bytes"), len("Encoding")]
    for row, label in zip(rows, labels, strict=True):
        widths = [max(width, cell_len(cell)) for width, cell in zip(widths, (label, *_cells(row)), strict=True)]
    return widths


def _header(columns: Sequence[int]) -> Text:
    label, size, bytes_, encoding = columns
    return Text(f"{'Part':<{label}}  {'Size':>{size}}  {'Bytes':<{bytes_}}  {'Encoding':<{encoding}}  Name", "dim")


def _part(
    row: Part, branch: _Branch, label: str, columns: Sequence[int] | None, *, known: bool
) -> Iterator[RenderableType]:
    """One line where the columns fit, else the part and its facts under one another.

    ``known`` says that the part around this one has said what the bytes count in.
    """
    size, span, encoding = _cells(row)
    of = "" if row.stream is None or known else f" of {row.stream}"
    name = "" if row.name is None else row.name
    if columns is None:
        yield Prefixed(branch.below, Text(label[len(branch.first) :], "bold"), branch.first)
        if name:
            yield Prefixed(branch.below, quoted(name))
        yield Prefixed(branch.below, quoted(f"{size}, bytes {span}{of}, {encoding}"))
        return
    line = Text(branch.first, "dim").append(label[len(branch.first) :], "not dim bold")
    line.append(" " * (columns[0] - cell_len(label)), "not dim")
    rest = Text.assemble(
        f"  {size:>{columns[1]}}  {span:<{columns[2]}}  {encoding:<{columns[3]}}  ", quoted(name), style="not dim"
    )
    yield line.append_text(rest)
    if of:
        yield Prefixed(branch.below, quoted(f"bytes count in {row.stream}", "dim"))
