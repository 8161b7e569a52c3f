"""The structure of a message (RFC 2046): one pass over the bytes, iterative, by searching for delimiter lines.

Bodies are neither decoded nor copied. A delimiter is looked up in a dictionary of all that are open, so depth
costs nothing per line. Only a message that is itself transfer-encoded is decoded, after the pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.parsing import transfer
from pecdetect.parsing.entity import interpret
from pecdetect.parsing.grammar import (
    BLANK_LINES,
    DELIMITER_END,
    FIELD_AFTER_BLANK_LINES,
    FROM_LINE,
    delimiter_start,
)
from pecdetect.parsing.header import NO_FIELDS, Buffer, read_clean_header, read_line_by_line
from pecdetect.parsing.message import Part
from pecdetect.parsing.signatures import (
    COMPOUND_BASE64,
    COMPOUND_FILE,
    OUTLOOK_SUBTYPES,
    TNEF,
    TNEF_BASE64,
    TNEF_SUBTYPES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pecdetect.contract import Severity
    from pecdetect.parsing.header import Header
    from pecdetect.parsing.message import Message

MESSAGE_TYPES = frozenset({"rfc822", "global"})
"""Subtypes of message/ that hold a whole message (RFC 2046, 5.2.1; RFC 6532, 3.7)."""
_CONTAINER_STARTS = (COMPOUND_BASE64, COMPOUND_FILE, TNEF_BASE64, TNEF, b"\r", b"\n", b" ", b"\t")
"""What a part that holds an item may begin with, or blanks that may stand before it."""
_CONTAINER_TYPES = OUTLOOK_SUBTYPES | TNEF_SUBTYPES
_PLAIN_ENCODINGS = transfer.IDENTITY | {"base64"}
_FIELD_WINDOW = 4096
_DASHES_TRIED = 4
_DELIMITER_SLACK = 256


def _begins_alike(delimiter: bytes, others: Iterable[bytes]) -> bool:
    """Whether a delimiter begins with one of the others, or one of them with it."""
    return delimiter.startswith(tuple(others)) or any([other.startswith(delimiter) for other in others])  # noqa: C419 - a list is faster


# Plain tuples: they are made and taken apart for every delimiter line.
_Delimiter = tuple[int, int, int, bool]
"""Offset of the line, offset after its line end, level of the open multipart that it belongs to, whether it closes."""
_Open = tuple[Part, bytes, "int | None", int, str, list[Part]]
"""An open multipart: the part, its delimiter, the level that the delimiter meant before, the place after it in the
chain, what the sections of its parts begin with, and the list of these."""


def is_message_type(part: Part) -> bool:
    """Whether a part's media type is that of a whole message."""
    return part.media_type.type == "message" and part.media_type.subtype in MESSAGE_TYPES


def read_tree(message: Message, root: Part, end: int) -> None:
    """Read the entity that begins at ``root.start`` and all that it holds into the tree.

    Reads ``root.buffer`` up to ``end``; decoded messages inside are read too, within the message's budget.
    Never raises.
    """
    pending = [(root, end)]
    while pending:
        part, stop = pending.pop()
        walker = _Walker(message, part, stop)
        walker.run()
        for holder in reversed(walker.encoded):
            opened = _open_encoded(message, holder)
            if opened is not None:
                pending.append((opened, len(opened.buffer.data)))


def open_stretch(message: Message, holder: Part, buffer: Buffer, start: int, end: int) -> Part | None:
    """Read a stretch of a buffer as an entity of its own below a part; containers met stay in ``message.pending``.

    Returns its root, which is also ``holder.message`` from then on; None where a limit forbids it.
    """
    root = _enter(message, holder, buffer, start, end)
    if root is not None:
        read_tree(message, root, end)
    return root


def _open_encoded(message: Message, holder: Part) -> Part | None:
    data = message.decode(holder)
    return _enter(message, holder, Buffer(data, f"decoded:{holder.section}"), 0, len(data))


def _enter(message: Message, holder: Part, buffer: Buffer, start: int, end: int) -> Part | None:
    start = preface_end(buffer.data, start, end)
    root = Part(buffer, holder.section + "/", holder, start, holder.depth + 1)
    if not may_descend(message, root):
        return None
    holder.message = root
    return root


def may_descend(message: Message, part: Part) -> bool:
    """Whether depth and number of parts allow one more; the part is counted, and a limit that is hit is told."""
    limits = message.limits
    if part.depth > limits.depth:
        message.hit("depth", part.depth, limits.depth, part.section)
        return False
    embedded = part.section.count("/")
    if embedded > limits.embedded:
        message.hit("embedded", embedded, limits.embedded, part.section)
        return False
    message.parts_seen += 1
    if message.parts_seen > limits.parts:
        message.hit("parts", message.parts_seen, limits.parts, "")
        return False
    return True


class _Walker:
    """One pass over one buffer."""

    __slots__ = (
        "chain",
        "cr_ends",
        "data",
        "delimiters",
        "encoded",
        "end",
        "firsts",
        "line_ends",
        "longest",
        "message",
        "open",
        "root",
    )

    def __init__(self, message: Message, root: Part, end: int) -> None:
        self.message = message
        self.root = root
        self.data = root.buffer.data
        self.end = end
        self.chain: list[Part] = []
        """Entities whose end is not known yet, outermost first."""
        self.open: list[_Open] = []
        self.delimiters: dict[bytes, int] = {}
        """Delimiter to the level of the innermost open multipart that uses it."""
        self.longest = _DELIMITER_SLACK
        self.encoded: list[Part] = []
        """Messages under a transfer encoding, to be decoded afterwards."""
        self.cr_ends = False
        self.line_ends = b"\n"
        self.firsts = b""
        """First bytes of all boundaries so far: a line of dashes that goes on otherwise is no delimiter."""

    def run(self) -> None:
        part: Part | None = self.root
        pos = self.root.start
        while True:
            if part is not None:
                self.chain.append(part)
                pos = self.read_entity_header(part, pos)
                if part.media_type.type == "message":
                    part = self.enter_message(part, pos)
                    if part is not None:
                        pos = part.start
                        continue
            found = self.next_delimiter(pos) if self.open else None
            if found is None:
                break
            part = self.take_delimiter(found)
            pos = found[1]
            if part is None and self.message.parts_seen > self.message.limits.parts:
                break  # the rest is left unread
        for part in self.chain:
            part.end = self.end
        self.close_open(0, truncated=True)

    # -- entities ---------------------------------------------------------------------------------------------

    def read_entity_header(self, part: Part, pos: int) -> int:
        message = self.message
        if self.open and self.data.startswith(self.open[-1][1], pos):
            # An empty part: the next delimiter follows at once.
            part.table = NO_FIELDS
            part.body_start = pos
            return pos
        if self.data.startswith((b"\r", b"\n"), pos):  # an empty header: what follows is the body for most readers
            pos = self.resumed(part, pos)
        clean = read_clean_header(part.buffer, pos, self.end, message.limits)
        if clean is None:
            self.read_odd_header(part, pos)
        else:
            part.table, part.body_start = clean
        message.header_bytes += part.body_start - pos
        if message.header_bytes > message.limits.header_bytes:
            message.hit("header_bytes", message.header_bytes, message.limits.header_bytes, "")
        interpret(message, part)
        if message.dialect is not None:
            message.dialect.resolve(part, self.end)
        major = part.media_type.type
        if major == "multipart":
            self.open_multipart(part)
        else:
            if major == "application" and self.may_be_container(part):
                message.pending.append(part)
            if part.media_type.params and part.media_type.param("boundary") is not None:
                message.note("boundary-on-leaf", "high", part, part.start, part.body_start)
        return part.body_start

    def resumed(self, part: Part, pos: int) -> int:
        """Where the header begins for readers that skip blank lines before it; noted, or done by such a dialect."""
        field = FIELD_AFTER_BLANK_LINES.match(self.data, pos, min(self.end, pos + _FIELD_WINDOW))
        around = part.parent
        if field is None or around is None or around.content_type == "multipart/digest":
            return pos  # a digest's parts are messages, and need no header of their own (RFC 2046, 5.1.5)
        dialect = self.message.dialect
        if dialect is None:
            self.message.note("field-after-blank-line", "high", part, pos, field.end())
        return field.start("name") if dialect is not None and dialect.header == "resumes" else pos

    def read_odd_header(self, part: Part, pos: int) -> None:
        header = read_line_by_line(part.buffer, pos, self.end, self.message.limits, self.delimiters)
        part.table, part.body_start, separated, garbage, bare_cr, limits = header
        if bare_cr:
            self.cr_ends = True
            self.line_ends = b"\r\n"
        if part.table.keys or not separated or bare_cr:
            self.message.doubts[part] = None
        if garbage or limits or not separated:
            self.note_header(part, header)

    def may_be_container(self, part: Part) -> bool:
        """Whether a part may hold an Outlook item or a TNEF stream; errs only towards yes."""
        start = part.body_start
        return (
            self.data.startswith(_CONTAINER_STARTS, start)
            or part.media_type.subtype in _CONTAINER_TYPES
            or part.encoding not in _PLAIN_ENCODINGS
            or (part.name is not None and part.name[-4:].lower() == ".eml")
        )

    def note_header(self, part: Part, header: Header) -> None:
        for start, end in header.garbage:
            self.message.note("non-header-line", "high", part, start, end)
        for name, value, limit in header.limits:
            self.message.hit(name, value, limit, part.section)
        if not header.separated:
            severity: Severity = "low" if part.body_start > part.start or self.open else "high"
            self.message.note("missing-body-separator", severity, part, part.body_start, part.body_start)

    def open_multipart(self, part: Part) -> None:
        boundary = (part.media_type.param("boundary") or "").rstrip()
        if not boundary:
            self.message.note("missing-boundary", "high", part, part.start, part.body_start)
            return
        if part.encoding not in transfer.IDENTITY:
            self.message.note("encoded-multipart", "high", part, part.start, part.body_start)
        if part.depth >= self.message.limits.depth:
            self.message.hit("depth", part.depth + 1, self.message.limits.depth, part.section)
            return
        children: list[Part] = []
        part.children = children
        delimiter = b"--" + boundary.encode("utf-8", "surrogateescape")
        before = self.delimiters.get(delimiter)
        if self.delimiters and _begins_alike(delimiter, self.delimiters):
            self.message.doubts[part] = None
        if before is not None:
            self.message.note("boundary-reused", "high", part, part.start, part.body_start)
        self.delimiters[delimiter] = len(self.open)
        if delimiter[2] not in self.firsts:
            self.firsts += delimiter[2:3]
        section = part.section
        prefix = section if not section or section[-1] == "/" else section + "."
        self.open.append((part, delimiter, before, len(self.chain), prefix, children))
        self.longest = max(self.longest, len(delimiter) + _DELIMITER_SLACK)

    def enter_message(self, part: Part, pos: int) -> Part | None:
        """The root of the message that a message/rfc822 part holds, or None where there is none to enter."""
        if part.media_type.subtype not in MESSAGE_TYPES:
            return None
        if part.encoding not in transfer.IDENTITY:
            self.message.note("encoded-message", "low", part, part.start, part.body_start)
            self.encoded.append(part)
            return None
        pos = self.skip_preface(part, pos)
        inner = Part(part.buffer, part.section + "/", part, pos, part.depth + 1)
        if not may_descend(self.message, inner):
            return None
        part.message = inner
        return inner

    def skip_preface(self, part: Part, pos: int) -> int:
        """Skip what writers put before an attached message: blank lines, an mbox ``From `` or ``>From `` line."""
        start = preface_end(self.data, pos, self.end)
        if start != pos:
            self.message.note("text-before-header", "low", part, pos, start)
        return start

    # -- delimiters -------------------------------------------------------------------------------------------

    def take_delimiter(self, found: _Delimiter) -> Part | None:
        """Close what the delimiter ends; returns the new part that it begins, None after a close delimiter."""
        line, after, level, closes = found
        holder, delimiter, before, place, prefix, children = self.open[level]
        if len(self.open) > level + 1:
            self.close_open(level + 1, truncated=False)
        chain = self.chain
        if len(chain) > place:
            # The line end before a delimiter belongs to the delimiter.
            end = line - 2 if self.data.startswith(b"\r\n", line - 2) else line - 1
            for part in chain[place:]:
                part.end = end if end > part.body_start else part.body_start  # noqa: FURB136 - spares a call per part
            del chain[place:]
        if holder.first_delimiter is None:
            holder.first_delimiter = line
        if closes:
            holder.close_end = after
            self.open.pop()
            self.restore(delimiter, before)
            return None
        message = self.message
        message.parts_seen += 1
        if message.parts_seen > message.limits.parts:
            message.hit("parts", message.parts_seen, message.limits.parts, "")
            return None
        child = Part(holder.buffer, f"{prefix}{len(children) + 1}", holder, after, holder.depth + 1)
        children.append(child)
        return child

    def restore(self, delimiter: bytes, before: int | None) -> None:
        if before is None:
            del self.delimiters[delimiter]
        else:
            self.delimiters[delimiter] = before

    def close_open(self, keep: int, *, truncated: bool) -> None:
        """Give up on the multiparts opened after the first ``keep``: their close delimiters are missing."""
        while len(self.open) > keep:
            part, delimiter, before, _, _, _ = self.open.pop()
            self.restore(delimiter, before)
            if part.first_delimiter is None:
                self.message.note("boundary-not-found", "high", part, part.start, part.body_start)
            else:
                self.message.note("missing-close-delimiter", "low", part, part.end, part.end)
            if truncated and part.buffer.stream is None:
                self.message.truncated = True

    def next_delimiter(self, pos: int) -> _Delimiter | None:
        """The first line from ``pos`` (a line start) on that is a delimiter of an open multipart."""
        data, end, delimiters = self.data, self.end, self.delimiters
        known: tuple[bytes, ...] = ()
        shortest = 0
        at = data.find(b"-", pos, end)
        if at > pos and data[at - 1 : at + 2] != b"\n--":
            at = self.next_dashes(at, pos)
        while at >= 0:
            if self.cr_ends:
                match = DELIMITER_END.search(data, at, at + self.longest)
                stop = match.end() - 1 if match is not None else -1
            else:
                stop = data.find(b"\n", at, at + self.longest)
            after = stop + 1 if 0 <= stop < end else min(at + self.longest, end)
            line = data[at:after].rstrip()
            level = delimiters.get(line)
            if level is not None:
                return at, after, level, False
            if line[-2:] == b"--":
                level = delimiters.get(line[:-2])
                if level is not None:
                    return at, after, level, True
            if not known:
                known = tuple(delimiters)
                shortest = min(map(len, known), default=0)
            if len(line) > shortest and line.startswith(known):
                found = self.inexact(line, at, after)
                if found is not None:
                    return found
            at = self.next_dashes(at + 2, pos)
        return None

    def inexact(self, line: bytes, at: int, after: int) -> _Delimiter | None:
        """A line that merely begins as a delimiter does: an anomaly, and a delimiter where the dialect says so."""
        dialect = self.message.dialect
        if dialect is None:
            self.message.note("text-after-delimiter", "high", self.chain[-1] if self.chain else self.root, at, after)
            return None
        if dialect.delimiter != "prefix":
            return None
        delimiter = max((known for known in self.delimiters if line.startswith(known)), key=len)
        return at, after, self.delimiters[delimiter], line.startswith(b"--", len(delimiter))

    def next_dashes(self, pos: int, first: int) -> int:
        """The next line start at or after ``pos`` where a delimiter may stand, or -1; ``first`` is a line start.

        A base64 body holds no dash at all: one search for the single byte passes it at memory speed.
        """
        data, end, ends, firsts = self.data, self.end, self.line_ends, self.firsts
        at = data.find(b"-", pos, end)
        for _ in range(_DASHES_TRIED):
            if at < 0:
                return -1
            if data.startswith(b"--", at) and (at == first or data[at - 1] in ends) and data[at + 2 : at + 3] in firsts:
                return at
            at = data.find(b"-", at + 1, end)
        if at < 0:
            return -1
        match = delimiter_start(firsts, ends).search(data, max(at - 1, 0), end)
        return match.start() + 1 if match is not None else -1


def preface_end(data: bytes, pos: int, end: int) -> int:
    """Where the header begins after blank lines and an mbox ``From `` line; ``pos`` when nothing is to be skipped."""
    if pos < end and data[pos] in b"\r\n \t":
        match = BLANK_LINES.match(data, pos, end)
        pos = match.end() if match is not None else pos
    if data.startswith((b"From ", b">From "), pos):
        match = FROM_LINE.match(data, pos, end)
        if match is not None:
            pos = match.end()
    return pos
