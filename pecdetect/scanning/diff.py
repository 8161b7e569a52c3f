"""What became different between two saved scans: per item, and why.

Items are paired by their source, and what is then left on both sides by SHA-256: that moved. Both sides are kept in a
database without a name, which SQLite holds on disk, so that memory does not grow with the scans.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pecdetect.record import result_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Self

    from pecdetect.columns import Columns
    from pecdetect.scanning.store.saved import Saved

DIFF_SCHEMA: Final = "pecdetect/diff/1"
KINDS: Final = ("outcome", "reasons", "new", "gone", "moved", "same")
"""What may have become of an item; ``moved`` only where nothing else changed, and ``moved`` and ``same`` are no
change."""


@dataclass(frozen=True, slots=True)
class Change:
    """One item that is not what it was."""

    kind: str
    """One of :data:`KINDS` but ``same``."""
    source: str
    """Where it is now; where it was, for what is gone."""
    was: str | None
    """Where it was, when that is another place."""
    before: str | None
    """Outcome, or ``skipped: CODE``, ``error: CODE``; None for what is new."""
    after: str | None
    """The same; None for what is gone."""
    gained: tuple[str, ...] = ()
    """Codes of reasons that it has now and had not."""
    lost: tuple[str, ...] = ()
    """Codes of reasons that it had."""
    weighed: tuple[tuple[str, str, str], ...] = ()
    """Reasons that have another effect: code, effect before, effect after."""

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON values."""
        weighed = [{"code": code, "before": before, "after": after} for code, before, after in self.weighed]
        return {
            "change": self.kind,
            "source": self.source,
            "was": self.was,
            "before": self.before,
            "after": self.after,
            "gained": list(self.gained),
            "lost": list(self.lost),
            "effects": weighed,
        }


_TABLES: Final = """
CREATE TABLE a (position INTEGER PRIMARY KEY, source TEXT, number INTEGER, sha256 TEXT, outcome TEXT, reasons TEXT,
  other INTEGER);
CREATE TABLE b (position INTEGER PRIMARY KEY, source TEXT, number INTEGER, sha256 TEXT, outcome TEXT, reasons TEXT,
  other INTEGER);
CREATE INDEX a_source ON a (source);
CREATE INDEX b_source ON b (source);
CREATE INDEX a_sha256 ON a (sha256);
"""
_PAIR: Final = """
UPDATE b SET other = (SELECT position FROM a WHERE a.source = b.source AND a.number = b.number);
UPDATE a SET other = (SELECT position FROM b WHERE a.source = b.source AND a.number = b.number);
"""
_UNPAIRED: Final = """SELECT position, sha256 FROM b WHERE other IS NULL AND sha256 IS NOT NULL AND position > ?
ORDER BY position LIMIT 1000"""
_TWIN: Final = "SELECT position FROM a WHERE sha256 = ? AND other IS NULL ORDER BY position LIMIT 1"
_NOW: Final = """SELECT b.source, b.outcome, b.reasons, a.source, a.outcome, a.reasons
FROM b LEFT JOIN a ON a.position = b.other ORDER BY b.position"""
_GONE: Final = "SELECT source, outcome FROM a WHERE other IS NULL ORDER BY position"


class Diff:
    """Two saved scans side by side; a context manager."""

    def __init__(self, before: Saved, after: Saved) -> None:
        """Read both. Raises ``SavedError``."""
        self._data = sqlite3.connect("", isolation_level=None)
        self.counts = dict.fromkeys(KINDS, 0)
        """Items by kind; they add up to the items of ``after`` and those that are gone."""
        self.settings = _settings(before, after)
        """Versions and settings that differ between the runs: name, before, after."""
        try:
            self._data.executescript(f"PRAGMA synchronous = OFF; BEGIN; {_TABLES}")
            for name, saved in (("a", before), ("b", after)):
                self._read(name, saved)
            self._pair()
            for change in self._changes():
                self.counts[change.kind] += 1
        except BaseException:
            self._data.close()
            raise

    def _read(self, table: str, saved: Saved) -> None:
        insert = f"INSERT INTO {table} (source, number, sha256, outcome, reasons) VALUES (?, ?, ?, ?, ?)"  # noqa: S608 - a or b
        seen = f"SELECT count(*) FROM {table} WHERE source = ?"  # noqa: S608 - as above
        for record in saved:
            verdict = result_of(record).verdict
            # A source that was named twice is two items.
            number = self._data.execute(seen, (record.source,)).fetchone()[0]
            reasons = {} if verdict is None else {reason.code: reason.effect.value for reason in verdict.reasons}
            columns = record.columns
            row = (record.source, number, columns.sha256, _outcome(columns), json.dumps(reasons))
            self._data.execute(insert, row)

    def _pair(self) -> None:
        data = self._data
        data.executescript(_PAIR)
        position = 0
        while rows := data.execute(_UNPAIRED, (position,)).fetchall():
            for position, sha256 in rows:
                twin = data.execute(_TWIN, (sha256,)).fetchone()
                if twin is not None:
                    data.execute("UPDATE a SET other = ? WHERE position = ?", (position, twin[0]))
                    data.execute("UPDATE b SET other = ? WHERE position = ?", (twin[0], position))

    def _changes(self) -> Iterator[Change]:
        for source, after, reasons, was, before, reasons_before in self._data.execute(_NOW):
            if was is None:
                yield Change("new", source, None, None, after)
            else:
                yield _compared(source, (was, before, reasons_before), (after, reasons))
        for source, before in self._data.execute(_GONE):
            yield Change("gone", source, None, before, None)

    @property
    def changed(self) -> bool:
        """Whether anything but places changed."""
        return any(self.counts[kind] for kind in KINDS[:4])

    def changes(self) -> Iterator[Change]:
        """Yield what is not the same: in the order of the later scan, then what is gone."""
        return (change for change in self._changes() if change.kind != "same")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._data.close()


def _compared(source: str, before: tuple[str, str, str], after: tuple[str, str]) -> Change:
    was, outcome_before, reasons_before = before
    outcome, reasons = after
    old: Mapping[str, str] = json.loads(reasons_before)
    new: Mapping[str, str] = json.loads(reasons)
    gained = tuple(code for code in new if code not in old)
    lost = tuple(code for code in old if code not in new)
    weighed = tuple((code, old[code], new[code]) for code in new if old.get(code, new[code]) != new[code])
    if outcome != outcome_before:
        kind = "outcome"
    elif gained or lost or weighed:
        kind = "reasons"
    else:
        kind = "same" if was == source else "moved"
    return Change(kind, source, None if was == source else was, outcome_before, outcome, gained, lost, weighed)


def _outcome(columns: Columns) -> str:
    if columns.outcome is not None:
        return columns.outcome.value
    return f"error: {columns.error}" if columns.skipped is None else f"skipped: {columns.skipped}"


def _settings(before: Saved, after: Saved) -> tuple[tuple[str, Any, Any], ...]:
    """What differs between the runs' versions and settings; nothing where one of them is not known."""
    if before.run is None or after.run is None:
        return ()
    old, new = before.run.to_dict(), after.run.to_dict()
    pairs = [(name, old[name], new[name]) for name in ("version", "rules")]
    for group in ("profile", "limits", "options"):
        names = dict.fromkeys((*old[group], *new[group]))
        pairs += [(f"{group}.{name}", old[group].get(name), new[group].get(name)) for name in names]
    return tuple(pair for pair in pairs if pair[1] != pair[2])
