from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from pecdetect.parsing.dates import parse_date
from support.steps import MOST_GROWTH, growth

if TYPE_CHECKING:
    from collections.abc import Callable

DATES = [
    ("Mon, 2 Mar 2026 10:11:12 +0100", "2026-03-02T10:11:12+01:00"),
    ("2 Mar 2026 10:11:12 +0100", "2026-03-02T10:11:12+01:00"),
    ("Mon, 02 Mar 2026 10:11:12 -0530 (IST)", "2026-03-02T10:11:12-05:30"),
    ("Mon,2 Mar 2026 10:11:12 +0100", "2026-03-02T10:11:12+01:00"),
    ("  Mon ,  2   Mar\t2026   10:11:12   +0100  ", "2026-03-02T10:11:12+01:00"),
    ("Mon, 2 Mar 2026 10:11 +0100", "2026-03-02T10:11:00+01:00"),
    ("Mon, 2 Mar 2026 9:01:02 +0100", "2026-03-02T09:01:02+01:00"),
    ("Mon, 2 Mar 2026 10.11.12 +0100", "2026-03-02T10:11:12+01:00"),
    ("Mon, 2 Mar 2026 10:11:12.345 +0100", "2026-03-02T10:11:12+01:00"),
    ("Mon, 2 Mar 2026 10:11:12 +01:00", "2026-03-02T10:11:12+01:00"),
    ("Mon, 2 Mar 2026 10:11:12 +1", "2026-03-02T10:11:12+01:00"),
    ("Mon, 2 Mar 2026 10:11:12 +0000", "2026-03-02T10:11:12+00:00"),
    ("Mon, 2 Mar 2026 10:11:12 -0000", "2026-03-02T10:11:12+00:00"),
    ("Mon, 2 Mar 2026 10:11:12 GMT", "2026-03-02T10:11:12+00:00"),
    ("Mon, 2 Mar 2026 10:11:12 UT", "2026-03-02T10:11:12+00:00"),
    ("Mon, 2 Mar 2026 10:11:12 Z", "2026-03-02T10:11:12+00:00"),
    ("Mon, 2 Mar 2026 10:11:12 EST", "2026-03-02T10:11:12-05:00"),
    ("Mon, 2 Mar 2026 10:11:12 pdt", "2026-03-02T10:11:12-07:00"),
    ("Mon, 2 Mar 2026 10:11:12 CET", "2026-03-02T10:11:12+01:00"),
    ("Mon, 2 Mar 2026 10:11:12 GMT+0200", "2026-03-02T10:11:12+02:00"),
    ("Mon, 2 Mar 2026 10:11:12 +0200 CEST", "2026-03-02T10:11:12+02:00"),
    # No zone, or one that says nothing.
    ("Mon, 2 Mar 2026 10:11:12", "2026-03-02T10:11:12"),
    ("Mon, 2 Mar 2026 10:11:12 XYZ", "2026-03-02T10:11:12"),
    ("Mon, 2 Mar 2026 10:11:12 A", "2026-03-02T10:11:12"),
    # Two and three digits (RFC 5322, 4.3).
    ("2 Mar 49 10:11:12 Z", "2049-03-02T10:11:12+00:00"),
    ("2 Mar 50 10:11:12 Z", "1950-03-02T10:11:12+00:00"),
    ("2 Mar 126 10:11:12 Z", "2026-03-02T10:11:12+00:00"),
    ("Monday, 02-Mar-26 10:11:12 GMT", "2026-03-02T10:11:12+00:00"),
    # Full names, English and Italian.
    ("Monday, 2 March 2026 10:11:12 +0100", "2026-03-02T10:11:12+01:00"),
    ("lunedì, 2 marzo 2026 10:11:12 +0100", "2026-03-02T10:11:12+01:00"),
    ("Gio, 4 giu 2026 10:11:12 +0200", "2026-06-04T10:11:12+02:00"),
    ("giovedì 31 dicembre 2026 23:59:59 +0100", "2026-12-31T23:59:59+01:00"),
    ("1 GEN 2026 00:00 +0100", "2026-01-01T00:00:00+01:00"),
    # Comments.
    ("Mon (x), 2 (y(z)) Mar (\\)) 2026 10:11:12 +0100", "2026-03-02T10:11:12+01:00"),
    ("(a) Mon, 2 Mar 2026 10:11:12 +0100 (", "2026-03-02T10:11:12+01:00"),
    # The month first.
    ("Mon Mar  2 10:11:12 2026", "2026-03-02T10:11:12"),
    ("Mon Mar  2 10:11:12 2026 +0100", "2026-03-02T10:11:12+01:00"),
    ("Mon Mar  2 10:11:12 CET 2026", "2026-03-02T10:11:12+01:00"),
    ("Mon Mar 02 2026 10:11:12 GMT-0500 (EST)", "2026-03-02T10:11:12-05:00"),
    ("Monday, March 2, 2026 4:26 PM", "2026-03-02T16:26:00"),
    ("March 2, 2026 12:26 AM", "2026-03-02T00:26:00"),
    ("2 Mar 2026 12:26:00 PM", "2026-03-02T12:26:00"),
    # The edges.
    ("29 Feb 2024 10:11:12 Z", "2024-02-29T10:11:12+00:00"),
    ("29 Feb 2000 10:11:12 Z", "2000-02-29T10:11:12+00:00"),
    ("31 Dec 2016 23:59:60 Z", "2016-12-31T23:59:59+00:00"),
    ("1 Jan 0001 00:00:00 +2359", "0001-01-01T00:00:00+23:59"),
    ("31 Dec 9999 23:59:59 -2359", "9999-12-31T23:59:59-23:59"),
    ("29 Feb 2026 10:11:12 Z", None),
    ("29 Feb 1900 10:11:12 Z", None),
    ("31 Apr 2026 10:11:12 Z", None),
    ("0 Mar 2026 10:11:12 Z", None),
    ("2 Xyz 2026 10:11:12 Z", None),
    ("1 Jan 0000 00:00:00 Z", None),
    ("1 Jan 0000 00:00:00 +0000", None),
    ("2 Mar 2026 24:00:00 Z", None),
    ("2 Mar 2026 10:60:00 Z", None),
    ("2 Mar 2026 10:11:61 Z", None),
    ("2 Mar 2026 10:11:12 +2400", None),
    ("2 Mar 2026 10:11:12 +0160", None),
    ("Mon, 1 Jan " + "9" * 20 + " 00:00:00 Z", None),
    ("1 Jan 20260 00:00:00 Z", None),
    ("Mon Mar 2 10:11:12", None),
    ("2 Mar 2026", None),
    ("2026-03-02", None),
    ("", None),
    ("(", None),
    ("yesterday", None),
]


@pytest.mark.parametrize(("value", "expected"), DATES)
def test_parse_date(value: str, expected: str | None) -> None:
    assert parse_date(value) == expected


@pytest.mark.parametrize("unit", ["(", ")", " ", "1", "9:", "Mon ", "Mon, ", "Mon, 2 ", "2 Mar 2026 ", "\\", "()", "."])
def test_hostile_repetition_takes_linear_time(unit: str) -> None:
    date = "Mon, 2 Mar 2026 10:11:12 +0100 "
    for before in ("", date):

        def prepare(size: int, before: str = before) -> Callable[[], object]:
            return partial(parse_date, before + unit * (size // len(unit)))

        assert growth(prepare, 2000) < MOST_GROWTH
    long = unit * (1_000_000 // len(unit))
    assert parse_date(long) is None
    assert parse_date(date + long) == "2026-03-02T10:11:12+01:00"


@settings(deadline=None, max_examples=300)
@given(st.text(st.sampled_from("MonTue, 0123456789JanFeb:+-()GMTCE.AP\\ \t"), max_size=60) | st.text(max_size=40))
def test_what_is_read_is_iso_8601(value: str) -> None:
    read = parse_date(value)
    assert read is None or datetime.fromisoformat(read).year >= 1


@settings(deadline=None, max_examples=100)
@given(st.datetimes(timezones=st.timezones()))
def test_agrees_with_what_was_written(moment: datetime) -> None:
    offset = moment.utcoffset()
    if offset is None or offset.total_seconds() % 60:
        return
    month = "JanFebMarAprMayJunJulAugSepOctNovDec"[3 * moment.month - 3 : 3 * moment.month]
    zone = moment.strftime("%z")
    written = f"{moment.day} {month} {moment.year:04} {moment:%H:%M:%S} {zone}"
    read = parse_date(written)
    assert read is not None
    again = datetime.fromisoformat(read)
    assert again.utcoffset() == offset
    assert again.replace(tzinfo=None) == moment.replace(microsecond=0, tzinfo=None)
