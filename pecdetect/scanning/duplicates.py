"""The one rule that no single file can answer: a Message-ID that another message of the scan has, too.

Each message but the first of its Message-ID, in the order of the input, gets the reason ``duplicate-message-id``. It
only informs, so that outcome, deciding reasons and summary stay as they are. The parent decides, in input order;
the same scan therefore says the same with any number of workers, and when it was interrupted and resumed.
"""

from __future__ import annotations

import json
import os
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from pecdetect.contract import Basis, Effect, Result, Source, dump, encodable, file_name, reason_to_dict

if TYPE_CHECKING:
    import sqlite3

    from pecdetect.profile import Profile
    from pecdetect.record import Record

CODE: Final = "duplicate-message-id"
_IN_MEMORY = 4096
"""Message-IDs that are kept in memory, some 1 MiB of them, ..."""
_NAMES_IN_MEMORY = 1024 * 1024
"""... and characters of the names that go with them."""
_SLOTS: Final = 1 << 24
"""Values of a part of the hash, with a bit for each that says whether such a hash may be on disk: 2 MiB in all."""
_NAMES: Final = ("utf-8", "surrogatepass")
"""How names are stored: they need not be text (PEP 383)."""
_NAME_CHARACTERS = 1000
"""Characters of the first message's source that are quoted."""
_NO_MESSAGE: Final = frozenset({"not-a-message", "not-one-message"})
"""Codes of what is no single message, and so nobody's duplicate."""
_EFFECTS: Final = [effect.value for effect in Effect]
_BASES: Final = [basis.value for basis in Basis]


class Seen:
    """The Message-IDs of a scan so far, as hashes of 64 bits, and where each stood first.

    The latest are in memory, the others in a database without a name, which SQLite keeps in the temporary folder and
    removes itself: memory stays flat however many messages there are. Where that folder is full they stay in memory.
    """

    __slots__ = ("_characters", "_earlier", "_full", "_key", "_latest", "_slots")

    def __init__(self) -> None:
        self._key = os.urandom(16)  # else two Message-IDs with one hash could be made
        self._latest: dict[int, str] = {}
        self._characters = 0
        self._earlier: sqlite3.Connection | None = None
        self._slots = bytearray()
        self._full = False

    def first(self, message_id: str | None, source: str) -> str | None:
        """Give the source that had this Message-ID before; None, and remember it, if none had.

        Raises ``sqlite3.Error`` where what was put on disk cannot be read again.
        """
        if not message_id:
            return None
        key = int.from_bytes(
            blake2b(encodable(message_id).encode(), digest_size=8, key=self._key).digest(), signed=True
        )
        first = self._latest.get(key)
        if first is None and self._earlier is not None:
            first = self._find(key, self._earlier)
        if first is None:
            self._latest[key] = source
            self._characters += len(source)
            if (len(self._latest) >= _IN_MEMORY or self._characters >= _NAMES_IN_MEMORY) and not self._full:
                self._put_by()
            return None
        return None if first == source else file_name(first)[:_NAME_CHARACTERS]

    def _find(self, key: int, earlier: sqlite3.Connection) -> str | None:
        slot = key % _SLOTS
        if not self._slots[slot >> 3] & 1 << (slot & 7):
            return None
        found = earlier.execute("SELECT source FROM seen WHERE id = ?", (key,)).fetchone()
        return None if found is None else str(found[0], *_NAMES)

    def _put_by(self) -> None:
        """Move what is in memory to disk, all of it or nothing."""
        import sqlite3  # for those who have very many messages

        try:
            if self._earlier is None:
                self._slots = bytearray(_SLOTS >> 3)
                self._earlier = sqlite3.connect("", check_same_thread=False)
                self._earlier.execute("PRAGMA synchronous = OFF")
                self._earlier.execute("CREATE TABLE seen (id INTEGER PRIMARY KEY, source BLOB NOT NULL)")
            # In order, so that each page is written once.
            rows = ((key, source.encode(*_NAMES)) for key, source in sorted(self._latest.items()))
            with self._earlier:
                self._earlier.executemany("INSERT INTO seen VALUES (?, ?)", rows)
        except sqlite3.Error:
            self._full = True  # nothing is lost: what was to be moved is in memory, and stays there
            return
        for key in self._latest:
            slot = key % _SLOTS
            self._slots[slot >> 3] |= 1 << (slot & 7)
        self._latest.clear()
        self._characters = 0

    def close(self) -> None:
        """Remove what is on disk."""
        if self._earlier is not None:
            self._earlier.close()
            self._earlier = None

    def mark(self, result: Result) -> Result:
        """Give a result, with the reason where its message was seen before."""
        verdict = result.verdict
        if verdict is None or (first := self.first(verdict.findings.item.message_id, result.source)) is None:
            return result
        from pecdetect.policy.judge import judge

        found = verdict.findings._replace(duplicate_of=first)
        return Result(result.source, judge(found, verdict.profile, verdict.source))

    def mark_record(self, record: Record, profile: Profile) -> Record:
        """Give a record, with the reason in its line where its message was seen before, and only there."""
        first = self.first(record.message_id, record.source) if record.outcome is not None else None
        if (first is None and CODE not in record.codes) or not _NO_MESSAGE.isdisjoint(record.codes):
            return record
        if not record.line:
            codes = (*(code for code in record.codes if code != CODE), *([CODE] if first is not None else []))
            return record._replace(codes=codes, verdict=None)
        values = json.loads(record.line)
        reasons = [reason for reason in values["verdict"]["reasons"] if reason["code"] != CODE]
        if first is not None:
            new = _reason(first, profile)
            reasons.insert(sum(_strength(reason) < _strength(new) for reason in reasons), new)
        values["verdict"]["reasons"] = reasons
        codes = tuple([reason["code"] for reason in reasons])
        return record._replace(line=dump(values), codes=codes, verdict=None)


# What judges is loaded where a Message-ID stands twice: a parent that has workers needs it for nothing else.


def _reason(first: str, profile: Profile) -> dict[str, Any]:
    """Give the reason as the judge words it."""
    from pecdetect.detect.findings import Findings, Item
    from pecdetect.policy.judge import judge

    item = Item("email", (), "<x@example.org>", None, (), (), (), (), (), None)
    verdict = judge(Findings("eml", 0, None, item, duplicate_of=first), profile, Source(None, 0, None))
    return next(reason_to_dict(reason) for reason in verdict.reasons if reason.code == CODE)


def _strength(reason: dict[str, Any]) -> tuple[int, int, int]:
    """The order in which a verdict lists its reasons."""
    return _EFFECTS.index(reason["effect"]), _BASES.index(reason["basis"]), _places().get(reason["code"], -1)


@cache
def _places() -> dict[str, int]:
    """The order of the rules."""
    from pecdetect.policy.rules import RULES

    return {code: place for place, code in enumerate(RULES)}
