"""Splits an mbox (RFC 4155) into its messages: in one pass, in constant memory, without changing a byte.

Dialects. A message begins at a ``From `` line. In mboxo and mboxrd an empty line precedes each, and lines of
text that begin the same way were quoted (``>From ``); quotes are left as they stand, since evidence is not edited.
In mboxcl and mboxcl2 a Content-Length says where the text ends; it is believed only if a ``From `` line or the end of
the file is exactly there, with at most one empty line between.

Which ``From `` lines separate. Those after an empty line, followed by a header field, that hold a date as mail
programs write it (``From address Mon Jan  1 00:00:00 2024``, with or without zone or comma, or an ISO date) or
nothing at all (as newer Thunderbirds write them). In a file whose first line has neither, any ``From `` line after an
empty line and before a header field separates. A line that might separate messages but was not taken to (no empty
line before it, no date in it, no field after it, or passed over by a Content-Length) is reported as a
:class:`SkippedFromLine` with its offset, so that both ways to split are seen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 4 * 1024 * 1024
"""Bytes read at a time."""
_AHEAD = 66 * 1024
"""Bytes in view behind a line when it is judged: the line itself and the header behind it."""
_VIEW = 4 * CHUNK
"""Bytes of a stream in view, at most a chunk more."""
_LINE = 1024
_HEADER = 64 * 1024
_NEEDLE = b"\nFrom "

_WEEKDAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},?[ \t]{1,4}"
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_CLOCK = rb"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
_DATE = re.compile(
    rb"[ \t](?:"
    # asctime, with a zone before or after the year, or the year before the time
    + (_WEEKDAY + _MONTH + rb"[ \t]{1,4}[0-9]{1,2},?[ \t]{1,4}(?:[0-9]{4}[ \t]{1,4}" + _CLOCK + rb"|" + _CLOCK)
    + rb"(?:[ \t]{1,4}[A-Za-z0-9+\-]{1,6}){0,2}[ \t]{1,4}[0-9]{4})"
    # RFC 5322
    + (rb"|(?:" + _WEEKDAY + rb")?[0-9]{1,2}[ \-]" + _MONTH + rb"[ \-][0-9]{2,4}[ \t]{1,4}" + _CLOCK)
    # ISO 8601
    + (rb"|[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]" + _CLOCK)
    + rb")",
)
_FIELD = re.compile(rb"(?:>?From |[!-9;-~]{1,76}[ \t]{0,8}:)")
_HEADER_END = re.compile(rb"\n\r?\n")
_LENGTH = re.compile(rb"\ncontent-length:[ \t]{0,8}([0-9]{1,15})[ \t]{0,8}\r?\n", re.IGNORECASE)
_LANDING = re.compile(rb"(?:\r?\n)?(?=From )")
PREFACE = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]{0,64}(?=From )")
"""What may precede the first line."""


class Piece(NamedTuple):
    """One message."""

    line: int
    """Offset of its ``From `` line."""
    start: int
    """Offset of the message: behind that line."""
    end: int
    """One past its last byte, the empty line before the next message apart."""


class SkippedFromLine(NamedTuple):
    """``From `` lines within a message, which might be where another begins."""

    message: int
    """Offset of the ``From `` line of the message they were taken to belong to."""
    first: int
    """Offset of the first of them."""
    number: int
    """How many."""


class FileTape:
    """A file, or a stretch of one, to be split."""

    def __init__(self, stream: BinaryIO, start: int, end: int) -> None:
        self.stream = stream
        self.start = start
        self.size: int | None = end - start
        self.at = 0

    def read(self) -> bytes:
        """Give the next bytes; b"" at the end. Raises ``OSError``."""
        content = self.peek(self.at, CHUNK)
        self.at += len(content)
        return content

    def peek(self, offset: int, most: int) -> bytes:
        """Give bytes at an offset."""
        left = min(most, (self.size or 0) - offset)
        if left <= 0:
            return b""
        self.stream.seek(self.start + offset)
        pieces = []
        while left > 0 and (piece := self.stream.read(left)):
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)


class StreamTape:
    """A stream to be split, of which the bytes of the message at hand are kept, ``most`` of them."""

    def __init__(self, stream: BinaryIO, most: int) -> None:
        self.stream = stream
        self.most = most
        self.size: int | None = None
        self.at = 0
        self._kept: list[tuple[int, bytes]] = []
        self._held = 0

    def read(self) -> bytes:
        """Give the next bytes; b"" at the end. Raises whatever the stream does."""
        content = self.stream.read(CHUNK)
        if not content:
            self.size = self.at
            return b""
        self._kept.append((self.at, content))
        self._held += len(content)
        if self._held > self.most + 2 * CHUNK and len(self._kept) > 2:
            # The message is too long to be kept whole: its beginning stays, and the end in view.
            self._held -= len(self._kept.pop(-2)[1])
        self.at += len(content)
        return content

    def peek(self, offset: int, most: int) -> bytes | None:  # noqa: ARG002 - as of a file
        """Nothing: what is not in view cannot be looked at yet."""
        return None

    def take(self, start: int, end: int) -> bytes:
        """Give the bytes of a message, ``most`` at most, and let go of what precedes its end."""
        end = min(end, start + self.most)
        pieces = [
            piece[max(0, start - at) : end - at] for at, piece in self._kept if at < end and at + len(piece) > start
        ]
        while len(self._kept) > 1 and self._kept[1][0] <= end:
            self._held -= len(self._kept.pop(0)[1])
        return b"".join(pieces)


class _Line(NamedTuple):
    at: int
    """Offset in the window."""
    end: int
    """Behind the line."""
    dated: bool
    """It has a date, or nothing else either."""
    field: bool
    """A header field follows."""


def split(tape: FileTape | StreamTape) -> Iterator[Piece | SkippedFromLine]:
    """Yield the messages of an mbox in order, and what may be more of them. Nothing for what is no mbox.

    Raises whatever reading does. A ``SkippedFromLine`` comes before the ``Piece`` it speaks of.
    """
    return _Splitter(tape).run()


class _Splitter:
    def __init__(self, tape: FileTape | StreamTape) -> None:
        self.tape = tape
        self.data = b""
        self.base = 0
        """Offset of the window."""
        self.ended = False
        self.any_line = False
        """Lines without a date separate, too."""
        self.line = self.start = 0
        """The message at hand."""
        self.jump: int | None = None
        """Where its Content-Length says that the next one begins; -1: at no line any more."""
        self.doubts = self.first_doubt = 0

    def run(self) -> Iterator[Piece | SkippedFromLine]:
        while not self.ended and len(self.data) < _AHEAD:
            self.more(0)
        preface = PREFACE.match(self.data)
        first = self.look(preface.end()) if preface is not None else None
        if first is None:
            return
        self.any_line = not first.dated
        self.begin(first)
        pos = first.end - 1
        while True:
            hit = self.data.find(_NEEDLE, pos)
            if not self.ended and (hit < 0 or hit + _AHEAD > len(self.data)):
                # Two bytes stay before the hit, and enough at the end for a needle cut in two.
                keep = max(pos, len(self.data) - len(_NEEDLE)) if hit < 0 else hit
                keep = max(0, keep - 2)
                pos = max(pos, keep) - keep
                self.more(keep)
                continue
            if hit < 0:
                break
            pos = hit + 1
            found = self.look(hit + 1)
            if found is None:
                continue
            if self.separates(found, hit):
                yield from self.close(self.before(hit))
                self.begin(found)
                pos = found.end - 1
        yield from self.close(self.last())

    def more(self, keep: int) -> None:
        """Move the window on."""
        content = self.tape.read()
        self.ended = not content
        self.data = self.data[keep:] + content
        self.base += keep

    def look(self, at: int) -> _Line | None:
        end = self.data.find(b"\n", at, at + _LINE)
        if end < 0:
            return None
        rest = self.data[at + 5 : end]
        dated = not rest.strip() or _DATE.search(self.data, at + 4, end) is not None
        return _Line(at, end + 1, dated, _FIELD.match(self.data, end + 1) is not None)

    def begin(self, line: _Line) -> None:
        self.line = self.base + line.at
        self.start = self.base + line.end
        self.doubts = 0
        self.jump = self.declared_end(line.end)

    def declared_end(self, start: int) -> int | None:
        """Where a believable Content-Length says that the next message begins."""
        limit = start + _HEADER
        end = _HEADER_END.search(self.data, start - 1, limit)
        if end is None:
            return None
        length = _LENGTH.search(self.data, start - 1, end.end())
        if length is None:
            return None
        at = end.end() + int(length[1])
        if self.tape.size is None and at + 8 > len(self.data) and len(self.data) < _VIEW:
            self.more(0)  # a stream shows where it ends only by a read
        in_view = at + 8 <= len(self.data) or self.ended
        content = self.data[at : at + 8] if in_view else self.tape.peek(self.base + at, 8)
        if content is None:
            return None
        landing = _LANDING.match(content)
        if landing is not None:
            return self.base + at + landing.end()
        size = self.tape.size
        # Empty lines may end the file.
        ends = size is not None and self.base + at <= size and not content.strip(b"\r\n") and len(content) <= 4
        return -1 if ends else None

    def separates(self, line: _Line, hit: int) -> bool:
        blank = hit > 0 and (self.data[hit - 1] == 0x0A or self.data[max(0, hit - 2) : hit] == b"\n\r")
        offset = self.base + line.at
        if offset == self.jump:
            return True
        wanted = blank and line.field and (line.dated or self.any_line)
        passed_over = self.jump is not None and (self.jump < 0 or offset < self.jump)
        if wanted and not passed_over:
            return True
        dated = line.dated and line.end - line.at > 7
        if wanted or dated or (blank and line.field):
            self.first_doubt = self.first_doubt if self.doubts else offset
            self.doubts += 1
        return False

    def before(self, hit: int) -> int:
        """Where a message ends of which the last line break is at ``hit``, the empty line behind it apart."""
        if self.data[hit - 1 : hit] == b"\n":
            return self.base + hit
        if self.data[max(0, hit - 2) : hit] == b"\n\r":
            return self.base + hit - 1
        return self.base + hit + 1

    def last(self) -> int:
        """Where the last message ends."""
        end = len(self.data)
        tail = self.data[-3:]
        if tail.endswith(b"\n\n"):
            end -= 1
        elif tail == b"\n\r\n":
            end -= 2
        return self.base + end

    def close(self, end: int) -> Iterator[Piece | SkippedFromLine]:
        if self.doubts:
            yield SkippedFromLine(self.line, self.first_doubt, self.doubts)
        yield Piece(self.line, self.start, max(self.start, end))
