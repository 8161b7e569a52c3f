"""Dates of mail: RFC 5322 (3.3, 4.3) and what else stands in such fields, as ISO 8601."""

from __future__ import annotations

import re

from pecdetect.parsing.grammar import (
    DATE_TIME,
    MONTH_FIRST_DATE_TIME,
    STRICT_DATE_TIME,
)

_MONTHS = {
    name: index + 1
    for index, names in enumerate(
        (
            ("jan", "gen"),
            ("feb",),
            ("mar",),
            ("apr",),
            ("may", "mag"),
            ("jun", "giu"),
            ("jul", "lug"),
            ("aug", "ago"),
            ("sep", "set"),
            ("oct", "ott"),
            ("nov",),
            ("dec", "dic"),
        )
    )
    for name in names
}
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_COMMENT_DEPTH = 64

# Hours east of Greenwich. RFC 5322 (4.3) has the American ones; the European ones are in use all the same.
_ZONES = {
    "ut": 0,
    "utc": 0,
    "gmt": 0,
    "z": 0,
    "wet": 0,
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
    "bst": 1,
    "west": 1,
    "cet": 1,
    "met": 1,
    "cest": 2,
    "mest": 2,
    "eet": 2,
    "eest": 3,
    "jst": 9,
}


def parse_date(value: str) -> str | None:
    """Read the date of a mail (RFC 5322, 3.3 and 4.3) as ISO 8601: ``2026-03-02T10:11:12+01:00``.

    Weekday, seconds and zone may be missing; months may be Italian. A zone that is absent or unknown gives a time
    without an offset, ``-0000`` (UTC, sender's zone unknown) ``+00:00``. A leap second is given as second 59. None
    when no date can be read, or none of the years 1 to 9999, or an offset of a day or more.
    """
    match = STRICT_DATE_TIME.match(value)
    if match is not None:
        day, month, year, clock, hours, minutes = match.groups()
        date = _date(year, month, day)
        if hours == "-00" and minutes == "00":
            hours = "+00"
        return None if date is None else f"{date}T{clock}{hours}:{minutes}"
    return _read(value)


def _read(value: str) -> str | None:
    match = DATE_TIME.match(value)
    if match is None and "(" in value:
        value = _without_comments(value)
        match = DATE_TIME.match(value)
    if match is not None:
        day, month, year, hour, minute, second, name, sign, hours, minutes = match.groups()
    else:
        match = MONTH_FIRST_DATE_TIME.match(value)
        if match is None:
            return None
        month, day, year, hour, minute, second, name, last, other, sign, hours, minutes = match.groups()
        year, name = year or last, name or other
    date = _date(year, month, day) if year is not None else None
    time = _time(hour, minute, second, name)
    offset = _offset(name, sign, hours, minutes)
    return None if date is None or time is None or offset is None else f"{date}T{time}{offset}"


def _date(year: str, month: str, day: str) -> str | None:
    y, m, d = int(year), _MONTHS.get(month.lower(), 0), int(day)
    if len(year) < 4:  # RFC 5322, 4.3
        y += 2000 if len(year) == 2 and y < 50 else 1900
    if not (m and y and d):
        return None
    leap = m == 2 and y % 4 == 0 and (y % 100 != 0 or y % 400 == 0)
    return f"{y:04}-{m:02}-{d:02}" if d <= _DAYS[m - 1] + leap else None


def _time(hour: str, minute: str, second: str | None, half: str | None) -> str | None:
    h, m, s = int(hour), int(minute), int(second or 0)
    if half is not None and half.lower() in ("am", "pm") and 0 < h <= 12:
        h = h % 12 + (12 if half.lower() == "pm" else 0)
    return f"{h:02}:{m:02}:{min(s, 59):02}" if h < 24 and m < 60 and s <= 60 else None


def _offset(name: str | None, sign: str | None, hours: str | None, minutes: str | None) -> str | None:
    """Offset as ISO 8601 writes it, "" when unknown, None when impossible."""
    if sign is None or hours is None:
        east = _ZONES.get(name.lower()) if name else None
        return "" if east is None else f"{'-' if east < 0 else '+'}{abs(east):02}:00"
    h, m = int(hours), int(minutes or 0)
    if h > 23 or m > 59:
        return None
    return f"{sign if h or m else '+'}{h:02}:{m:02}"


def _without_comments(value: str) -> str:
    """The text with a blank for each comment; an unclosed one runs to the end."""
    out: list[str] = []
    depth = start = 0
    for match in re.finditer(r"[()]|\\.", value, re.DOTALL):
        if match[0] == "(" and depth < _COMMENT_DEPTH:
            if depth == 0:
                out.append(value[start : match.start()])
            depth += 1
        elif match[0] == ")" and depth:
            depth -= 1
            start = match.end()
    if depth == 0:
        out.append(value[start:])
    return " ".join(out)
