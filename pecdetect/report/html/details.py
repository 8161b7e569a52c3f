"""What the page shows of one item when it is opened: sections of rows, reasons and the parts, in words.

All words are chosen here, so that the script in the page only has to draw. Strings go through a table of their own
for each block of items: most of them are the same from message to message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pecdetect.report.html.untrusted import MAX_CELL, MAX_TEXT, foreign
from pecdetect.report.rows import Row, Section, assumption_words, sections
from pecdetect.report.words import byte_size, counted, span_words, where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.contract import Part, Reason, Result, Verdict

MAX_REASONS = 40
MAX_EVIDENCE = 12
MAX_PARTS = 60
MAX_LINES = 20
"""Lines of one row."""


class Strings:
    """A table of strings: each is in it once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __call__(self, value: str) -> int:
        """Return the number of a string."""
        return self._numbers.setdefault(value, len(self._numbers))

    def table(self) -> list[str]:
        """All of them, by number."""
        return list(self._numbers)


def detail(result: Result, put: Strings) -> list[Any]:
    """One item as nested lists of string numbers: summary, about, sections of rows, reasons, tables.

    The script in the page, ``report.js``, reads them by position.
    """
    verdict, problem = result.verdict, result.error or result.skipped
    if problem is not None:
        rows = (Row("Code", (problem.code,)), Row("Detail", (problem.detail,)))
        return [put(""), [], [_section(Section("Why there is no verdict", rows), put)], [], []]
    if verdict is None:  # no result is without all three
        raise ValueError(f"{result.source}: a result without an answer")
    return [
        put(foreign(verdict.summary)),
        [put(line) for line in _about(verdict)],
        [_section(section, put) for section in sections(verdict)],
        [_reason(reason, put) for reason in verdict.reasons[:MAX_REASONS]],
        [_parts(verdict.parts, put)] if verdict.parts else [],
    ]


def _section(section: Section, put: Strings) -> list[Any]:
    return [put(section.title), [[put(row.label), [put(line) for line in _lines(row.values)]] for row in section.rows]]


def _lines(values: tuple[str, ...]) -> list[str]:
    """The lines of a row, harmless: so many of them, and how many more there are."""
    limit = MAX_TEXT if len(values) == 1 else MAX_CELL
    shown = [foreign(value, limit) for value in values[:MAX_LINES]]
    if len(values) > MAX_LINES:
        shown.append(f"and {len(values) - MAX_LINES:,} more")
    return shown


def _about(verdict: Verdict) -> Iterator[str]:
    """The file itself: size, container, hash."""
    origin = verdict.source
    yield f"{byte_size(origin.size)}, {verdict.container}"
    yield f"sha256 {origin.sha256}" if origin.sha256 else "no sha256 was computed"


def _reason(reason: Reason, put: Strings) -> list[Any]:
    """Code, effect, basis, title, detail, evidence, places left out, assumptions, remedies, sources."""
    words = (reason.code, reason.effect.value, reason.basis.value, reason.title, reason.detail)
    places = reason.evidence
    return [
        *[put(foreign(word)) for word in words],
        [[put(foreign(where(seen), MAX_CELL)), put(foreign(seen.excerpt))] for seen in places[:MAX_EVIDENCE]],
        max(0, len(places) - MAX_EVIDENCE),
        [put(foreign(assumption_words(assumed), MAX_CELL)) for assumed in reason.assumes],
        [put(foreign(ident, 60)) for ident in reason.remedies],
        [put(foreign(ident, 60)) for ident in reason.references],
    ]


def _parts(parts: tuple[Part, ...], put: Strings) -> list[Any]:
    """The first parts as a table; the title says how many there are."""
    more = len(parts) > MAX_PARTS
    title = f"Parts: the first {MAX_PARTS} of {counted(len(parts), 'part')}" if more else "Parts"
    rows = [
        (
            part.section or "(message)",
            part.type,
            part.name,
            part.encoding,
            byte_size(part.size),
            span_words(part.start, part.end, part.stream),
        )
        for part in parts[:MAX_PARTS]
    ]
    heads = ("Part", "Type", "Name", "Encoding", "Size", "Place")
    cells = [[put(foreign(cell, MAX_CELL)) for cell in row] for row in rows]
    return [put(title), [put(head) for head in heads], cells]
