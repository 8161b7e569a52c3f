"""Chain of custody: what a scan was told to do, when, what came of it, and what each file was when it was judged.

JSON Lines holds results and nothing else, the same octets for the same mail. What has a clock in it therefore stands
beside it, in ``NAME.jsonl.custody``: JSON Lines too, only ever appended to. Its records are

- ``{"schema": "pecdetect/custody/1", "run": {...}}``: a run begins; see :class:`Run`.
- ``{"item": {"source", "file", "size", "mtime_ns", "sha256", "md5", "sha1", "line"}}``: a line was written. ``size``
  and ``mtime_ns`` are of the file on disk before it was read; ``sha256``, ``md5`` and ``sha1`` of the octets that were
  judged; ``line`` is the BLAKE2b-64 of the line.
- ``{"end": {"ended", "complete", "counts", "sha256"}}``: the run ended; ``sha256`` is that of the finished file.

An item's record says "this line is what that file gave under this run's settings". Such a fact never becomes false,
whatever is written later or lost when the power fails, and so records need neither order nor removal.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from pecdetect._version import RULE_SET, __version__
from pecdetect.contract import dump, encodable, file_name, quoted
from pecdetect.scanning.errors import ForeignFileError, SavedError
from pecdetect.scanning.store.files import Appender, complete_lines, open_to_append

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pecdetect.limits import Limits
    from pecdetect.profile import Profile
    from pecdetect.scanning.store.item import Item

RUN_SCHEMA: Final = "pecdetect/custody/1"
COUNTED: Final = ("blocked", "undetermined", "degraded", "syncs", "skipped", "errors")
"""What is counted; the numbers add up to ``items``."""
MAX_RECORD: Final = 16 * 1024 * 1024
"""Octets in one record: a run with very many known addresses is long."""


@dataclass(frozen=True, slots=True)
class Run:
    """One scan: what it was asked, and how it went."""

    version: str
    """Version of pecdetect."""
    rules: str
    """Version of the rule set."""
    arguments: tuple[str, ...]
    """The command line after the program's name, or what a caller of the library says."""
    profile: Mapping[str, Any]
    """The profile as JSON values, and ``given``: the fields that are no defaults."""
    limits: Mapping[str, int]
    """All limits."""
    options: Mapping[str, Any]
    """What else decides a result, as JSON values."""
    started: str
    """ISO 8601, UTC."""
    ended: str | None = None
    """ISO 8601, UTC; None while it runs, and for ever when it was killed."""
    complete: bool = False
    """Whether it came to its end."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """``items`` and, adding up to it, the numbers of :data:`COUNTED`."""

    @classmethod
    def begin(
        cls,
        arguments: Sequence[str] = (),
        *,
        profile: Profile,
        limits: Limits,
        options: Mapping[str, Any] | None = None,
    ) -> Run:
        """Head a scan that starts now. ``options``: whatever else changes results (JSON values)."""
        given = {"given": sorted(profile.given)}
        values = {entry.name: getattr(profile, entry.name) for entry in fields(profile)} | given
        return cls(
            version=__version__,
            rules=RULE_SET,
            arguments=tuple(map(file_name, arguments)),
            profile={name: sorted(v) if isinstance(v, frozenset) else v for name, v in values.items()},
            limits={entry.name: getattr(limits, entry.name) for entry in fields(limits)},
            options=dict(options or {}),
            started=now(),
        )

    @classmethod
    def unknown(cls) -> Run:
        """Stand for the run of a saved scan that has no record of it."""
        return cls(version="", rules="", arguments=(), profile={}, limits={}, options={}, started="")

    @property
    def settings(self) -> str:
        """Everything that decides what a file gives, as one text: results of another are not used again."""
        values = (self.version, self.rules, self.profile, self.limits, self.options)
        return json.dumps(values, sort_keys=True, separators=(",", ":"))

    def end(self, counts: Mapping[str, int], *, complete: bool) -> Run:
        """Give the same run, ended now."""
        return replace(self, ended=now(), complete=complete, counts=dict(counts))

    def to_dict(self) -> dict[str, Any]:
        """Give the run as JSON values."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)} | {"arguments": list(self.arguments)}

    @classmethod
    def from_dict(cls, values: object) -> Run:
        """Read what :meth:`to_dict` gave; raises ``ValueError`` for anything else."""
        if not isinstance(values, dict):
            raise ValueError("a run must be an object")  # noqa: TRY004 - the file is wrong, not the call
        for name, kinds in _KINDS.items():
            if not isinstance(values.get(name), kinds):
                raise ValueError(f"{name} of the run has the wrong type")  # noqa: TRY004 - as above
        if not all(isinstance(word, str) for word in values["arguments"]):
            raise ValueError("the arguments of the run must be text")
        if not all(type(number) is int for number in values["counts"].values()):
            raise ValueError("the counts of the run must be numbers")
        known = {name: encodable(v) if isinstance(v := values[name], str) else v for name in _KINDS}
        return cls(**known | {"arguments": tuple(values["arguments"])})


_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "version": (str,),
    "rules": (str,),
    "arguments": (list,),
    "profile": (dict,),
    "limits": (dict,),
    "options": (dict,),
    "started": (str,),
    "ended": (str, type(None)),
    "complete": (bool,),
    "counts": (dict,),
}


def now() -> str:
    """Give the time, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def count(counts: dict[str, int], outcome: str) -> None:
    """Count one item under its outcome, ``skipped`` or ``errors``."""
    counts[outcome] += 1
    counts["items"] += 1


def no_counts() -> dict[str, int]:
    """Give the counts of nothing."""
    return dict.fromkeys(("items", *COUNTED), 0)


class CustodyLog:
    """The records beside a file of JSON Lines, appended as things happen."""

    def __init__(self, path: str, run: Run) -> None:
        """Open or create the file and head it with ``run``. A torn last record is cut off. Raises ``OSError``."""
        self._records = Appender(open_to_append(path, complete_lines(path)))
        self._write({"schema": RUN_SCHEMA, "run": run.to_dict()})

    def add(self, item: Item, digest: str) -> None:
        """Say what the file was that gave a line."""
        size, mtime_ns = item.fingerprint or ("null", "null")
        source = quoted(item.source)
        file = source if item.file == item.source else _json(item.file)
        sha256, md5, sha1 = _json(item.sha256), _json(item.md5), _json(item.sha1)
        record = (
            f'{{"item":{{"source":{source},"file":{file},"size":{size},"mtime_ns":{mtime_ns},'
            f'"sha256":{sha256},"md5":{md5},"sha1":{sha1},"line":"{digest}"}}}}\n'
        )
        self._records.add(record.encode("ascii"))

    def flush(self) -> None:
        """Write what is held back. Raises ``OSError``."""
        self._records.flush()

    def end(self, run: Run, sha256: str | None) -> None:
        """Say that the run ended, and close."""
        values = {"ended": run.ended, "complete": run.complete, "counts": dict(run.counts), "sha256": sha256}
        self._write({"end": values})
        os.fsync(self._records.fileno())
        self.close()

    def close(self) -> None:
        """Close without a word about the end, as a killed scan would leave it."""
        self._records.close()

    def _write(self, values: dict[str, Any]) -> None:
        self._records.add((dump(values) + "\n").encode("ascii"))
        self._records.flush()


def _json(value: str | None) -> str:
    """One value; there are too many items to make an object of each."""
    return "null" if value is None else quoted(value)


def custody_of(path: str) -> str:
    """Give the name of the log that stands beside a file of JSON Lines."""
    return f"{path}.custody"


def records(path: str) -> Iterator[dict[str, Any]]:
    """Yield the records of a log, without a torn last one.

    Raises ``ForeignFileError`` when the file is no such log, ``OSError`` when it cannot be read.
    """
    with open(path, "rb") as stream:  # noqa: PTH123 - names as they are given
        for number, line in enumerate(iter(lambda: stream.readline(MAX_RECORD), b""), 1):
            if not line.endswith(b"\n") and len(line) < MAX_RECORD:
                return
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                record = None
            if not isinstance(record, dict) or (number == 1 and record.get("schema") != RUN_SCHEMA):
                raise ForeignFileError(path, f"line {number:,} is no record of a scan")
            yield record


def last_run(path: str) -> Run | None:
    """Give the last run that a log tells of, with its end; None where there is no log.

    Raises ``SavedError`` for a damaged log.
    """
    run: Run | None = None
    try:
        for record in records(path):
            if "run" in record:
                run = Run.from_dict(record["run"])
            elif run is not None and isinstance(record.get("end"), dict):
                run = Run.from_dict(run.to_dict() | {name: record["end"].get(name) for name in _ENDS})
    except FileNotFoundError:
        return None
    except (ValueError, OSError) as error:
        raise SavedError(path, f"the record of the scan is damaged: {error}") from error
    return run


_ENDS: Final = ("ended", "complete", "counts")
