"""Results as JSON, one a line or one array: ``pecdetect/result/1``.

Pure ASCII: what would command a terminal or turn a line around is an escape of JSON's own, and no encoding of a
stream can damage it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.contract import result_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pecdetect.contract import Result


def lines(results: Iterable[Result]) -> Iterator[str]:
    """One result a line."""
    for result in results:
        yield result_line(result) + "\n"


def array(results: Iterable[Result]) -> Iterator[str]:
    """One array of results, a result a line, written as they come."""
    return array_of(map(result_line, results))


def array_of(result_lines: Iterable[str]) -> Iterator[str]:
    """One array of results that are lines already."""
    opening = "[\n"
    for line in result_lines:
        yield opening + line
        opening = ",\n"
    yield "[]\n" if opening == "[\n" else "\n]\n"
