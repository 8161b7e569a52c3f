"""The table of items: a column for each thing that is shown, searched or sorted by, and the details in blocks.

All of it stays in memory until the page is written, since what is said first needs all that comes last: columns
as they are, details as compressed text.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pecdetect.report.html.details import Strings, detail
from pecdetect.report.html.foreign import MAX_CELL, foreign, island
from pecdetect.report.html.reading import (
    OUTCOMES,
    entries,
    instant,
    mapping,
    minutes,
    outcome_of,
    provider_domain,
    sender,
    sender_domain,
    text,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BLOCK = 200
"""Items whose details stand in one block."""
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

    def add(self, result: Mapping[str, Any]) -> None:
        """Take one result in."""
        outcome = outcome_of(result, len(self) + 1)
        verdict = mapping(result, "verdict")
        message = mapping(verdict, "message")
        problem = {} if verdict else mapping(result, outcome)
        when = instant(verdict)
        self._outcomes.append(str(OUTCOMES.index(outcome)))
        self._sources.append(foreign(result.get("source"), MAX_CELL))
        self._subjects.append(foreign(text(message, "subject") or text(problem, "detail"), MAX_CELL))
        self._idents.append(foreign(text(message, "message_id"), MAX_CELL))
        self._dates.append("" if when is None else when.isoformat(" ", "minutes")[:16])
        self._times.append(None if when is None else minutes(when))
        self._senders.append(self._strings(foreign(sender(verdict), MAX_CELL)))
        self._domains.append(self._strings(sender_domain(verdict)) if verdict else -1)
        provider = provider_domain(verdict)
        self._providers.append(-1 if provider is None else self._strings(provider))
        self._reasons.append(self._set(verdict, text(problem, "code")))
        self._open.append(detail(result, self._words))
        if len(self._open) == BLOCK:
            self._close()

    def _set(self, verdict: Mapping[str, Any], problem: str) -> int:
        """The number of a set of codes; its first member says how many of them decided."""
        decided = words(verdict, "decided_by")
        others = [text(reason, "code") for reason in entries(verdict, "reasons")]
        codes = list(dict.fromkeys([*decided, *others]))[:MAX_CODES] if verdict else [problem]
        deciding = min(len(set(decided)), len(codes)) if verdict else 1
        key = (deciding, *(self._codes(foreign(code, 80)) for code in codes))
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
