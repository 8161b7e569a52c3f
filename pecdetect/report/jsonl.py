"""Results as JSON, one a line or one array: ``pecdetect/result/1``.

Pure ASCII: what would command a terminal or turn a line around is an escape of JSON's own, and no encoding of a
stream can damage it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pecdetect.result import Result


def lines(results: Iterable[Result]) -> Iterator[str]:
    """One result a line."""
    for result in results:
        yield _dump(result) + "\n"


def array(results: Iterable[Result]) -> Iterator[str]:
    """One array of results, a result a line, written as they come."""
    opening = "[\n"
    for result in results:
        yield opening + _dump(result)
        opening = ",\n"
    yield "[]\n" if opening == "[\n" else "\n]\n"


def _dump(result: Result) -> str:
    return json.dumps(result.to_dict(), ensure_ascii=True, separators=(",", ":"))
