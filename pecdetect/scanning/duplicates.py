"""The one rule that no single file can answer: a Message-ID that another message of the scan has, too.

Each message but the first of its Message-ID, in the order of the input, gets the reason ``duplicate-message-id``. It
only informs, so that outcome, deciding reasons and summary stay as they are. The parent decides, in input order;
the same scan therefore says the same with any number of workers, and when it was interrupted and resumed.
"""

from __future__ import annotations

import os
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from pecdetect.columns import columns_of
from pecdetect.contract import Basis, Effect, Source, encodable, encode, file_name
from pecdetect.record import result_of

if TYPE_CHECKING:
    import sqlite3

    from pecdetect.contract import Reason, Verdict
    from pecdetect.profile import Profile
    from pecdetect.record import Record

CODE: Final = "duplicate-message-id"
_IN_MEMORY = 4096
"""Message-IDs that are kept in memory, some 1 MiB of them, ..."""
_NAMES_IN_MEMORY = 1024 * 1024
"""... and characters of the names that go with them."""
_NAME_CHARACTERS = 1000
"""Characters of the first message's source that are quoted."""
_NO_MESSAGE: Final = frozenset({"not-a-message", "not-one-message"})
"""Codes of what is no single message, and so nobody's duplicate."""
_EFFECTS: Final = list(Effect)
_BASES: Final = list(Basis)


class DuplicateIndex:
    """The Message-IDs of a scan so far, as hashes of 64 bits, and the source that had each first.

    The latest are in memory, the others in a table of a database without a name, which SQLite keeps in the temporary
    folder and removes itself: memory stays flat. Where that folder is full they stay in memory.
    """

    __slots__ = ("_characters", "_earlier", "_full", "_key", "_latest", "_profile")

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._key = os.urandom(16)  # else two Message-IDs with one hash could be made
        self._latest: dict[int, str] = {}
        self._characters = 0
        self._earlier: sqlite3.Connection | None = None
        self._full = False

    def first(self, message_id: str | None, source: str) -> str | None:
        """Give the source that had this Message-ID before; None, and remember it, if none had.

        Raises ``sqlite3.Error`` where what was put on disk cannot be read again.
        """
        if not message_id:
            return None
        digest = blake2b(encodable(message_id).encode(), digest_size=8, key=self._key).digest()
        key = int.from_bytes(digest, signed=True)
        first = self._latest.get(key)
        if first is None and self._earlier is not None:
            found = self._earlier.execute("SELECT source FROM seen WHERE id = ?", (key,)).fetchone()
            first = None if found is None else found[0]
        if first is None:
            self._latest[key] = file_name(source)
            self._characters += len(source)
            if (len(self._latest) >= _IN_MEMORY or self._characters >= _NAMES_IN_MEMORY) and not self._full:
                self._spill_to_disk()
            return None
        return None if first == file_name(source) else first[:_NAME_CHARACTERS]

    def _spill_to_disk(self) -> None:
        """Move what is in memory to disk, all of it or nothing."""
        import sqlite3  # for those who have very many messages

        data = self._earlier or sqlite3.connect("", check_same_thread=False)
        try:
            with data:
                data.execute("PRAGMA synchronous = OFF")
                data.execute("CREATE TABLE IF NOT EXISTS seen (id INTEGER PRIMARY KEY, source TEXT NOT NULL)")
                # In order, so that each page is written once.
                data.executemany("INSERT INTO seen VALUES (?, ?)", sorted(self._latest.items()))
        except sqlite3.Error:
            self._full = True  # nothing is lost: what was to be moved is in memory, and stays there
            if self._earlier is None:
                data.close()
            return
        self._earlier = data
        self._latest.clear()
        self._characters = 0

    def close(self) -> None:
        """Remove what is on disk."""
        if self._earlier is not None:
            self._earlier.close()
            self._earlier = None

    def mark(self, record: Record) -> Record:
        """Give a record, with the reason where its message was seen before, and only there."""
        columns = record.columns
        first = self.first(columns.message_id, record.source) if columns.outcome is not None else None
        if (first is None and CODE not in columns.codes) or not _NO_MESSAGE.isdisjoint(columns.codes):
            return record
        if record.result is None and not record.line:
            codes = (*(code for code in columns.codes if code != CODE), *([CODE] if first is not None else []))
            return replace(record, columns=replace(columns, codes=codes))
        result = result_of(record)
        if result.verdict is None:
            return record
        result = replace(result, verdict=_marked(result.verdict, first, self._profile))
        return replace(
            record,
            line=encode(result) if record.line else b"",
            columns=columns_of(result),
            result=None if record.result is None else result,
        )


# What judges is loaded where a Message-ID comes twice: a parent that has workers needs it for nothing else.


def _marked(verdict: Verdict, first: str | None, profile: Profile) -> Verdict:
    """Give a verdict with the reason that names ``first``; without it for None."""
    reasons = [reason for reason in verdict.reasons if reason.code != CODE]
    known = {reference.id: reference for reference in verdict.references}
    if first is not None:
        alone = _verdict(first, profile)
        new = next(reason for reason in alone.reasons if reason.code == CODE)
        reasons.insert(sum(_strength(reason) < _strength(new) for reason in reasons), new)
        known |= {reference.id: reference for reference in alone.references}
    cited = dict.fromkeys([ident for reason in reasons for ident in reason.references])
    references = tuple([known[ident] for ident in cited if ident in known])
    return replace(verdict, reasons=tuple(reasons), references=references)


def _verdict(first: str, profile: Profile) -> Verdict:
    """Give the verdict on a message of which nothing is known but that it was seen before."""
    from pecdetect.detect.findings import Envelope, Findings
    from pecdetect.policy.judge import judge

    envelope = Envelope("email", message_id="<x@example.org>")
    findings = Findings(container="eml", size=0, no_message=None, envelope=envelope, duplicate_of=first)
    return judge(findings, profile, Source(name=None, size=0, sha256=None))


def _strength(reason: Reason) -> tuple[int, int, int]:
    """The order in which a verdict lists its reasons."""
    return _EFFECTS.index(reason.effect), _BASES.index(reason.basis), _ranks().get(reason.code, -1)


@cache
def _ranks() -> dict[str, int]:
    """The order of the rules."""
    from pecdetect.policy.rules import RULES

    return {code: rank for rank, code in enumerate(RULES)}
