"""The geometry of the charts: where each rectangle is. The template draws them as inline SVG."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from pecdetect.report.summary import Group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

MAX_MONTHS = 48
"""Columns up to which months are drawn; beyond, years."""
MAX_YEARS = 40
WIDTH, HEIGHT = 960, 240
"""Units of the column chart's drawing area."""
_LEFT, _RIGHT, _BOTTOM, _TOP = 44, 12, 24, 10
_LABEL = 58
"""Width that a label under a column takes."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A rectangle of one outcome."""

    outcome: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """One period."""

    key: str
    group: Group
    x: float
    width: float
    pieces: tuple[Piece, ...]
    label: bool
    """Whether there is room for its name."""


@dataclass(frozen=True, slots=True)
class Columns:
    """A column chart."""

    unit: str
    """``month`` or ``year``."""
    columns: tuple[Column, ...]
    ticks: tuple[tuple[float, int], ...]
    """Height and number of each line behind the columns."""
    outside: int
    """Dated messages before or after the columns."""


def bar(counts: Sequence[int], width: float, height: float, gap: float = 1.5) -> tuple[Piece, ...]:
    """Shares side by side; what is not zero can be seen, however little."""
    total = sum(counts)
    shown = [outcome for outcome, count in enumerate(counts) if count]
    room = width - gap * (len(shown) - 1)
    least = min(3.0, room / max(len(shown), 1))
    widths = {outcome: max(counts[outcome] / total * room, least) for outcome in shown}
    # What the small ones were given is taken from those that can spare it.
    spare = {outcome: size - least for outcome, size in widths.items()}
    over, slack = sum(widths.values()) - room, sum(spare.values())
    pieces, x = [], 0.0
    for outcome in shown:
        size = widths[outcome] - (over * spare[outcome] / slack if slack else 0)
        pieces.append(Piece(outcome, round(x, 2), 0, round(size, 2), height))
        x += size + gap
    return tuple(pieces)


def columns(months: Iterable[tuple[str, Group]]) -> Columns | None:
    """Columns over time, without gaps in time; None where no message has a date.

    A handful of false dates (1970, 2099) is not to press all others together: where they do not fit, one message
    in a hundred may be outside at either end, and is counted.
    """
    dated = {key: group for key, group in sorted(months, key=itemgetter(0)) if key}
    if not dated:
        return None
    unit, limit, periods = "month", MAX_MONTHS, dated
    first, last = _span(dated, limit, _months)
    if _months(last) - _months(first) >= limit:
        unit, limit, periods = "year", MAX_YEARS, _years(dated)
        first, last = _span(periods, limit, int)
        first = f"{max(int(first), int(last) - limit + 1):04}"
    keys = _keys(unit, first, last)
    drawn = [(key, periods.get(key, Group())) for key in keys]
    outside = sum(group.total for group in dated.values()) - sum(group.total for _, group in drawn)
    return _drawn(unit, drawn, outside)


def _months(key: str) -> int:
    return int(key[:4]) * 12 + int(key[5:]) - 1


def _years(months: Mapping[str, Group]) -> dict[str, Group]:
    years: dict[str, Group] = {}
    for key, group in months.items():
        years[key[:4]] = years.get(key[:4], Group()) + group
    return years


def _span(periods: Mapping[str, Group], limit: int, position: Callable[[str], int]) -> tuple[str, str]:
    """First and last period to draw: all of them if they fit, else without the outermost hundredth."""
    keys = list(periods)
    if position(keys[-1]) - position(keys[0]) < limit:
        return keys[0], keys[-1]
    spare = sum(group.total for group in periods.values()) / 100
    first, last = 0, len(keys) - 1
    dropped = 0
    while first < last and dropped + periods[keys[first]].total <= spare:
        dropped += periods[keys[first]].total
        first += 1
    dropped = 0
    while last > first and dropped + periods[keys[last]].total <= spare:
        dropped += periods[keys[last]].total
        last -= 1
    return keys[first], keys[last]


def _keys(unit: str, first: str, last: str) -> list[str]:
    if unit == "year":
        return [f"{year:04}" for year in range(int(first), int(last) + 1)]
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(_months(first), _months(last) + 1)]


def _drawn(unit: str, drawn: Sequence[tuple[str, Group]], outside: int) -> Columns:
    highest = max(1, *(group.total for _, group in drawn))
    step = _step(highest)
    top = step * -(-highest // step)
    scale = (HEIGHT - _TOP - _BOTTOM) / top
    pitch = (WIDTH - _LEFT - _RIGHT) / len(drawn)
    width = min(pitch * 0.72, 56)
    every = max(1, -(-_LABEL // int(pitch or 1)))
    placed = []
    for number, (key, group) in enumerate(drawn):
        x = _LEFT + pitch * number + (pitch - width) / 2
        y: float = HEIGHT - _BOTTOM
        pieces = []
        # The worst outcome is on the ground line, where columns compare best.
        for outcome, count in enumerate(group.counts):
            if count:
                y -= count * scale
                pieces.append(Piece(outcome, round(x, 2), round(y, 2), round(width, 2), round(count * scale, 2)))
        placed.append(Column(key, group, round(x, 2), round(width, 2), tuple(pieces), number % every == 0))
    ticks = tuple((round(HEIGHT - _BOTTOM - value * scale, 2), value) for value in range(0, top + 1, step))
    return Columns(unit, tuple(placed), ticks, outside)


def _step(highest: int) -> int:
    """A round number that divides the height into four or five."""
    power = 1
    while power * 10 <= highest / 4:
        power *= 10
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor * 5 >= highest)
