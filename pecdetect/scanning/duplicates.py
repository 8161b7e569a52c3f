"""The one rule that no single file can answer: a Message-ID that another message of the scan has, too.

Each message but the first of its Message-ID, in the order of the input, gets the reason ``duplicate-message-id``. It
only informs, so that outcome, deciding reasons and summary stay as they are. The parent decides, in input order;
the same scan therefore says the same with any number of workers, and when it was interrupted and resumed.
"""

from __future__ import annotations

import json
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from pecdetect.contract import dump, encodable, file_name, reason_to_dict
from pecdetect.result import Result
from pecdetect.verdict import Basis, Effect, Source

if TYPE_CHECKING:
    from pecdetect.profile import Profile
    from pecdetect.record import Record

CODE: Final = "duplicate-message-id"
_NAME_CHARACTERS = 1000
"""Characters of the first message's source that are quoted."""
_NO_MESSAGE: Final = frozenset({"not-a-message", "not-one-message"})
"""Codes of what is no single message, and so nobody's duplicate."""
_EFFECTS: Final = [effect.value for effect in Effect]
_BASES: Final = [basis.value for basis in Basis]


class Seen:
    """The Message-IDs of a scan so far, as hashes of 16 octets, and where each stood first."""

    __slots__ = ("_first",)

    def __init__(self) -> None:
        self._first: dict[bytes, str] = {}

    def first(self, message_id: str | None, source: str) -> str | None:
        """Give the source that had this Message-ID before; None, and remember it, if none had."""
        if not message_id:
            return None
        key = blake2b(encodable(message_id).encode(), digest_size=16).digest()
        first = self._first.setdefault(key, source)
        return None if first == source else file_name(first)[:_NAME_CHARACTERS]

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
