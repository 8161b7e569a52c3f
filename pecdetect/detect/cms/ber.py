"""BER (X.690) read as it stands: one pass, iterative, bounded, and never an exception.

Hostile bytes are the normal case here. A value is a pair of offsets, nothing is copied, and each byte is
looked at once, whatever nests in what: a :class:`Reader` only moves forward.
"""

from __future__ import annotations

import re
from codecs import utf_8_decode
from datetime import UTC, datetime, timedelta

from msgspec import Struct

INTEGER = 0x02
OCTET_STRING = 0x04
CONSTRUCTED_OCTET_STRING = 0x24
OBJECT_IDENTIFIER = 0x06
SEQUENCE = 0x30
SET = 0x31

CHUNKS = 250_000
"""Chunks of one string that are listed: a real encoder writes some thousand bytes in each."""

_UTC_TIME = 0x17
_GENERALIZED_TIME = 0x18
_WIDE_STRINGS = {0x1E: "utf-16-be", 0x1C: "utf-32-be"}
_TEXT_BYTES = 1024
_TIME_BYTES = 32
_TIME = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(?:([0-9]{2})(?:[.,][0-9]+)?)?(Z|[+-][0-9]{4})")

_CONSTRUCTED = 0x20
_LONG_TAG = 0x1F
_TAG_BYTES = 5
_INDEFINITE = 0x80
_ONE_BYTE, _TWO_BYTES = 0x81, 0x82
_END_OF_CONTENTS = b"\x00\x00"


class Value(Struct, frozen=True, gc=False):
    """Where one value stands (X.690, 8.1). As small as can be: a hostile megabyte holds half a million of them."""

    tag: int
    """Identifier byte: class, constructed bit, number; of the long form the first one (X.690, 8.1.2)."""
    number: int
    """Tag number within its class."""
    start: int
    """Offset of the identifier byte."""
    content: int
    """Offset of the first content byte."""
    end: int
    """One past the last content byte; where the form is indefinite or the value truncated, the last place
    that what encloses it allows."""
    indefinite: bool
    """Whether the end is marked, not counted (X.690, 8.1.3.6)."""
    truncated: bool
    """Whether the length runs past what encloses the value."""

    @property
    def tag_class(self) -> int:
        """Class: 0 universal, 1 application, 2 context-specific, 3 private."""
        return self.tag >> 6

    @property
    def constructed(self) -> bool:
        """Whether the content is made of values."""
        return bool(self.tag & _CONSTRUCTED)


class Reader:
    """Walks over BER values, forwards only.

    :meth:`next` gives the values of the open container one by one, :meth:`enter` opens the one just given and
    :meth:`leave` closes it. What is not entered is passed over: in one step where the length is counted, by
    its headers where it is indefinite.
    """

    __slots__ = (
        "_at",
        "_frames",
        "_pending",
        "ber",
        "data",
        "deepest",
        "depth_limit",
        "overflow",
        "truncated",
    )

    def __init__(self, data: bytes, depth_limit: int, start: int = 0, end: int | None = None) -> None:
        self.data = data
        self.depth_limit = depth_limit
        """Nesting that is followed; deeper values are passed over."""
        self.ber = False
        """Whether a form was met that DER forbids: an indefinite length, or one longer than it need be."""
        self.truncated = False
        """Whether something ended early or could not be read to its end."""
        self.deepest = 0
        """The deepest nesting met, as far as the values had to be looked at."""
        self.overflow = 0
        """Chunks in a string that had too many of them to be listed."""
        self._at = start
        self._pending: Value | None = None
        # Of each open container: where it ends at the latest, if it is indefinite, if it is cut off.
        self._frames = [(len(data) if end is None else min(end, len(data)), False, False)]

    @property
    def depth(self) -> int:
        """Containers that are open."""
        return len(self._frames) - 1

    @property
    def exhausted(self) -> bool:
        """Whether the open container has been read to a proper end."""
        limit, indefinite, cut = self._frames[-1]
        if self._pending is not None or cut:
            return False
        return self.data.startswith(_END_OF_CONTENTS, self._at, limit) if indefinite else self._at == limit

    def next(self) -> Value | None:
        """Give the next value of the open container, None where it ends or stops making sense."""
        if self._pending is not None:
            self._pass()
        frames = self._frames
        limit, indefinite, _ = frames[-1]
        at = self._at
        if at >= limit:
            self.truncated |= indefinite
            return None
        data = self.data
        if indefinite and data.startswith(_END_OF_CONTENTS, at, limit):
            return None
        # The common forms, with a tag of one byte and a length that DER writes in up to three, are read here.
        tag = data[at]
        if tag & _LONG_TAG != _LONG_TAG and at + 4 <= limit:
            length, content = data[at + 1], at + 2
            if length == _TWO_BYTES and data[content]:
                length, content = data[content] << 8 | data[content + 1], at + 4
            elif length == _ONE_BYTE and data[content] >= _INDEFINITE:
                length, content = data[content], at + 3
            elif length >= _INDEFINITE:
                return self._next_long(at, limit)
            end = content + length
            if end <= limit:
                self.deepest = max(self.deepest, len(frames))
                value = self._pending = Value(tag, tag & _LONG_TAG, at, content, end, False, False)  # noqa: FBT003
                return value
        return self._next_long(at, limit)

    def _next_long(self, at: int, limit: int) -> Value | None:
        """Give the value at an offset, whatever the form of its header."""
        header = _header(self.data, at, limit)
        if header is None:
            self._at = limit
            self._cut()
            return None
        tag, number, content, length, minimal = header
        end = limit if length < 0 else content + length
        truncated = end > limit
        if truncated:
            end = limit
            self._cut()
        if not minimal:
            self.ber = True
        self.deepest = max(self.deepest, len(self._frames))
        self._pending = Value(tag, number, at, content, end, length < 0, truncated)
        return self._pending

    def count(self) -> int:
        """Pass over the rest of the open container and count its values."""
        self._pass()
        data = self.data
        limit = self._frames[-1][0]
        count = 0
        while True:
            at = self._at
            # The short forms in a tight loop, whatever else there is by next().
            while at + 1 < limit:
                tag, length = data[at], data[at + 1]
                after = at + 2 + length
                if not tag or length >= _INDEFINITE or tag & _LONG_TAG == _LONG_TAG or after > limit:
                    break
                at = after
                count += 1
            self._at = at
            if self.next() is None:
                return count
            count += 1
            self._pass()

    def enter(self) -> bool:
        """Open the value that :meth:`next` gave last; False, and nothing done, where that cannot be."""
        value = self._pending
        if value is None or not value.tag & _CONSTRUCTED:
            return False
        if len(self._frames) >= self.depth_limit:
            self.deepest = max(self.deepest, len(self._frames) + 1)
            return False
        self._pending = None
        self._at = value.content
        self._frames.append((value.end, value.indefinite, value.truncated))
        return True

    def leave(self) -> int:
        """Close the container opened last; return the offset after its last content byte."""
        if self._pending is not None:
            self._pass()
        if len(self._frames) == 1:
            return self._at
        limit, indefinite, _ = self._frames[-1]
        after = self._skip(self._at, limit, len(self._frames)) if indefinite else -1
        self._frames.pop()
        if after < 0:
            self._at = limit
            return limit
        self._at = after
        return after - len(_END_OF_CONTENTS)

    def chunks(self) -> list[tuple[int, int]]:
        """Ranges of the content of the string that :meth:`next` gave last (X.690, 8.7), in order.

        A primitive string is one range, a constructed one a range for each chunk, at whatever nesting; empty
        chunks are left out. More than ``CHUNKS`` are counted in ``overflow``, not listed.
        """
        value = self._pending
        ranges: list[tuple[int, int]] = []
        if value is None:
            return ranges
        if not value.constructed:
            return [(value.content, value.end)] if value.end > value.content else ranges
        self.ber = True
        floor = len(self._frames)
        found = 0
        inside = self.enter()
        while inside:
            found = self._short_chunks(ranges, found)
            value = self.next()
            if value is None:
                self.leave()
                inside = len(self._frames) > floor
            elif value.constructed:
                self.enter()
            elif value.end > value.content:
                found += 1
                if found <= CHUNKS:
                    ranges.append((value.content, value.end))
        if found > CHUNKS:
            self.overflow = max(self.overflow, found)
        return ranges

    def _short_chunks(self, ranges: list[tuple[int, int]], found: int) -> int:
        """Take the chunks of short form that come next, in a tight loop; give how many were found by now."""
        self._pass()
        data, at = self.data, self._at
        limit = self._frames[-1][0]
        while at + 1 < limit:
            tag, length = data[at], data[at + 1]
            after = at + 2 + length
            if not tag or length >= _INDEFINITE or tag & _CONSTRUCTED or tag & _LONG_TAG == _LONG_TAG or after > limit:
                break
            if length:
                found += 1
                if found <= CHUNKS:
                    ranges.append((at + 2, after))
            at = after
        if at > self._at:
            self.deepest = max(self.deepest, len(self._frames))
        self._at = at
        return found

    def _pass(self) -> None:
        """Move past the value that was given and not entered."""
        value = self._pending
        if value is None:
            return
        self._pending = None
        if not value.indefinite:
            self._at = value.end
            return
        after = self._skip(value.content, value.end, len(self._frames) + 1)
        self._at = value.end if after < 0 else after

    def _cut(self) -> None:
        limit, indefinite, _ = self._frames[-1]
        self._frames[-1] = (limit, indefinite, True)
        self.truncated = True

    def _skip(self, at: int, limit: int, depth: int) -> int:
        """Offset after the end-of-contents that closes the indefinite value whose content goes on at ``at``.

        -1 where there is none. Only indefinite values nest here, counted ones are stepped over, so that a
        counter does for a stack.
        """
        data = self.data
        outside = depth - 1
        while at + 1 < limit:
            tag, length = data[at], data[at + 1]
            if length < _INDEFINITE and tag & _LONG_TAG != _LONG_TAG:
                at += 2 + length
                if tag == 0 == length:
                    depth -= 1
                    if depth == outside:
                        return at
                continue
            header = _header(data, at, limit)
            if header is None:
                break
            at = header[2]
            if header[3] >= 0:
                at += header[3]
            else:
                self.deepest = max(self.deepest, depth)
                depth += 1
        self.truncated = True
        return -1


def _header(data: bytes, at: int, limit: int) -> tuple[int, int, int, int, bool] | None:
    """Read identifier and length bytes (X.690, 8.1.2 and 8.1.3).

    Tag, number, offset of the count, length (-1: indefinite), and whether the length is as DER writes it.
    """
    tag = data[at]
    number = tag & _LONG_TAG
    at += 1
    if number == _LONG_TAG:
        number = 0
        last = min(at + _TAG_BYTES, limit)
        while at < last:
            byte = data[at]
            at += 1
            number = number << 7 | byte & 0x7F
            if byte < 0x80:
                break
        else:
            return None
    if at >= limit:
        return None
    length = data[at]
    at += 1
    if length < 0x80:
        return tag, number, at, length, True
    if length == _INDEFINITE:
        return (tag, number, at, -1, False) if tag & _CONSTRUCTED else None
    count = length & 0x7F
    if length == 0xFF or at + count > limit:
        return None
    length = int.from_bytes(data[at : at + count], "big")
    return tag, number, at + count, length, data[at] != 0 and length >= 0x80


def decode_oid(data: bytes, limit: int) -> str | None:
    """Dotted form of the content bytes of an object identifier (X.690, 8.19).

    None where they are none: empty, more than ``limit`` bytes, the last number cut off, or a number padded.
    """
    if not data or len(data) > limit:
        return None
    numbers: list[int] = []
    number = 0
    fresh = True
    for byte in data:
        if fresh and byte == 0x80:
            return None
        number = number << 7 | byte & 0x7F
        fresh = byte < 0x80
        if fresh:
            numbers.append(number)
            number = 0
    if not fresh:
        return None
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def decode_text(data: bytes, value: Value) -> str | None:
    """Text of a character string, stripped; None if there is none.

    BMPString and UniversalString by their tag; of the rest UTF-8 if it decodes, else Latin-1, which is what
    TeletexString means in practice. No more than a kilobyte is read, hostile characters are kept.
    """
    end = min(value.end, value.content + _TEXT_BYTES)
    raw = data[value.content : end]
    wide = _WIDE_STRINGS.get(value.tag)
    if wide is not None:
        return raw.decode(wide, "replace").strip() or None
    try:
        text = utf_8_decode(raw, "strict", end == value.end)[0]  # a character cut by the limit is left out
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text.strip() or None


def decode_time(data: bytes, value: Value) -> str | None:
    """ISO 8601 form, in UTC, of a UTCTime or GeneralizedTime (X.680, 46 and 47; RFC 5280, 4.1.2.5).

    None if it is unreadable, impossible, or names no zone.
    """
    year_digits = {_UTC_TIME: 2, _GENERALIZED_TIME: 4}.get(value.tag, 0)
    text = data[value.content : min(value.end, value.content + _TIME_BYTES)].decode("latin-1")
    year, found = text[:year_digits], _TIME.fullmatch(text, year_digits)
    if found is None or not (year.isascii() and year.isdigit()):
        return None
    month, day, hour, minute, second, zone = found.groups(default="0")
    century = 0 if year_digits == 4 else 1900 if int(year) >= 50 else 2000
    offset = timedelta() if zone == "Z" else timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
    try:
        local = datetime(century + int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC)
        return (local + offset if zone[0] == "-" else local - offset).isoformat()
    except (ValueError, OverflowError):
        return None
