"""The table of items: a column for each thing that is shown, searched or sorted by, and the details in blocks.

All of it stays in memory until the page is written, since what is said first needs all that comes last: columns
as they are, details as compressed text.
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pecdetect.report.html.details import Strings, detail
from pecdetect.report.html.gathered import KEYS
from pecdetect.report.html.untrusted import MAX_CELL, foreign, island, shown_domain
from pecdetect.report.summary import instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.columns import Columns
    from pecdetect.contract import Result

BLOCK = 200
"""Items whose details are in one block."""
MAX_CODES = 40


class Items:
    """Everything that the page shows of single items."""

    def __init__(self) -> None:
        self._outcomes: list[str] = []
        self._sources: list[str] = []
        self._subjects: list[str] = []
        self._idents: list[str] = []
        self._dates: list[str] = []
        self._times: list[int | None] = []
        self._senders: list[int] = []
        self._domains: list[int] = []
        self._providers: list[int] = []
        self._reasons: list[int] = []
        self._strings = Strings()
        self._codes = Strings()
        self._sets: dict[tuple[int, ...], int] = {}
        self._blocks: list[bytes] = []
        self._open: list[Any] = []
        self._words = Strings()

    def __len__(self) -> int:
        return len(self._outcomes)

    def add(self, result: Result, columns: Columns) -> None:
        """Take one result in."""
        message = None if result.verdict is None else result.verdict.message
        outcome = columns.outcome or ("skipped" if columns.error is None else "error")
        when = instant(columns.date)
        self._outcomes.append(str(KEYS.index(outcome)))
        self._sources.append(foreign(result.source, MAX_CELL))
        self._subjects.append(foreign(columns.detail if message is None else message.subject, MAX_CELL))
        self._idents.append(foreign(columns.message_id, MAX_CELL))
        self._dates.append("" if when is None else when.isoformat(" ", "minutes")[:16])
        self._times.append(None if when is None else _minutes(when))
        self._senders.append(self._strings(foreign(columns.sender, MAX_CELL)))
        self._domains.append(-1 if message is None else self._strings(shown_domain(columns.sender_domain)))
        is_pec = columns.pec_type is not None
        self._providers.append(self._strings(shown_domain(columns.provider_domain)) if is_pec else -1)
        self._reasons.append(self._set(columns))
        self._open.append(detail(result, self._words))
        if len(self._open) == BLOCK:
            self._close()

    def _set(self, columns: Columns) -> int:
        """The number of a set of codes; its first member says how many of them decided."""
        problem = columns.error or columns.skipped
        decided = columns.decided_by if problem is None else (problem,)
        codes = list(dict.fromkeys([*decided, *columns.codes]))[:MAX_CODES]
        key = (min(len(decided), len(codes)), *(self._codes(foreign(code, 80)) for code in codes))
        return self._sets.setdefault(key, len(self._sets))

    def _close(self) -> None:
        """Put the details of a block away."""
        if self._open:
            block = island({"words": self._words.table(), "items": self._open})
            self._blocks.append(zlib.compress(block.encode(), 1))
            self._open, self._words = [], Strings()

    def blocks(self) -> Iterator[Markup]:
        """The details, a JSON text for each block."""
        self._close()
        for block in self._blocks:
            yield Markup(zlib.decompress(block).decode())  # noqa: S704 - made by island()

    def table(self) -> dict[str, Any]:
        """The columns as JSON values; ``report.js`` reads them by name."""
        return {
            "block": BLOCK,
            "outcome": "".join(self._outcomes),
            "source": self._sources,
            "subject": self._subjects,
            "ident": self._idents,
            "date": self._dates,
            "time": self._times,
            "sender": self._senders,
            "domain": self._domains,
            "provider": self._providers,
            "reasons": self._reasons,
            "strings": self._strings.table(),
            "codes": self._codes.table(),
            "sets": list(map(list, self._sets)),
        }

    def first(self, count: int) -> Iterator[dict[str, Any]]:
        """The first rows, for a reader without JavaScript."""
        strings, codes, sets = self._strings.table(), self._codes.table(), list(self._sets)
        for row in range(min(count, len(self))):
            deciding, *numbers = sets[self._reasons[row]]
            yield {
                "outcome": int(self._outcomes[row]),
                "source": self._sources[row],
                "subject": self._subjects[row],
                "date": self._dates[row],
                "sender": strings[self._senders[row]],
                "reasons": [codes[number] for number in numbers[:deciding]],
            }


def _minutes(when: datetime) -> int:
    """Minutes since 1970, to sort by; a time without an offset counts as UTC."""
    aware = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return int((aware - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() // 60)
