"""The structure of a message (RFC 2046): one pass over the octets, iterative, by searching for delimiter lines.

Bodies are neither decoded nor copied. A delimiter is looked up in a dictionary of all that are open, so depth
costs nothing per line. Only a message that is itself transfer-encoded is decoded, after the pass.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pecdetect.parsing import transfer
from pecdetect.parsing.fields import read_header
from pecdetect.parsing.message import TEXT_PLAIN, Buffer, Part
from pecdetect.parsing.parameters import MediaType, parse_media_type, parse_token

if TYPE_CHECKING:
    from pecdetect.parsing.fields import Header
    from pecdetect.parsing.message import Message, Severity

MESSAGE_TYPES = frozenset({"rfc822", "global"})
"""Subtypes of message/ that hold a whole message (RFC 2046, 5.2.1; RFC 6532, 3.7)."""
_MESSAGE_RFC822 = MediaType("message", "rfc822")
_LOW_FLAGS = frozenset({"encoded-word-parameter", "comment-in-parameter", "trailing-text"})
_STRUCTURAL = (b"content-type", b"content-transfer-encoding", b"mime-version", b"content-disposition")
_CR_DASHES = re.compile(rb"(?<=[\r\n])--")
_BLANK = re.compile(rb"[ \t\r\n]*+")
_DASHES_TRIED = 4
_DELIMITER_SLACK = 256


class _Delimiter(NamedTuple):
    start: int
    """Offset of the line."""
    end: int
    """Offset after its line end."""
    level: int
    """Which open multipart it belongs to."""
    closes: bool


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


def open_octets(message: Message, holder: Part, octets: bytes, stream: str) -> Part | None:
    """Read octets found in a part (decoded, or taken out of a CMS) as an entity of their own below it.

    Returns its root, which is also ``holder.message`` from then on; None where a limit forbids it.
    """
    root = _enter(message, holder, Buffer(octets, stream))
    if root is not None:
        read_tree(message, root, len(octets))
    return root


def open_message_part(message: Message, holder: Part) -> Part | None:
    """Read a part's decoded body as a message, whatever its media type says (an .eml as octet-stream)."""
    octets = message.decode(holder)
    return open_octets(message, holder, octets, f"decoded:{holder.section}")


def _open_encoded(message: Message, holder: Part) -> Part | None:
    return _enter(message, holder, Buffer(message.decode(holder), f"decoded:{holder.section}"))


def _enter(message: Message, holder: Part, buffer: Buffer) -> Part | None:
    start = preface_end(buffer.data, 0, len(buffer.data))
    root = Part(buffer, holder.section + "/", holder, start, holder.depth + 1)
    if not _may_descend(message, root):
        return None
    holder.message = root
    return root


def _may_descend(message: Message, part: Part) -> bool:
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

    __slots__ = ("chain", "cr_ends", "data", "delimiters", "encoded", "end", "longest", "message", "open", "root")

    def __init__(self, message: Message, root: Part, end: int) -> None:
        self.message = message
        self.root = root
        self.data = root.buffer.data
        self.end = end
        self.chain: list[Part] = []
        """Entities whose end is not known yet, outermost first."""
        self.open: list[tuple[Part, bytes, int | None, int]] = []
        """Open multiparts: part, delimiter, the index that the delimiter meant before, place in the chain."""
        self.delimiters: dict[bytes, int] = {}
        """Delimiter to the innermost open multipart that uses it."""
        self.longest = 0
        self.encoded: list[Part] = []
        """Messages under a transfer encoding, to be decoded afterwards."""
        self.cr_ends = False

    def run(self) -> None:
        part: Part | None = self.root
        pos = self.root.start
        while True:
            if part is not None:
                self.chain.append(part)
                pos = self.read_entity_header(part, pos)
                inner = self.enter_message(part, pos)
                if inner is not None:
                    part, pos = inner, inner.start
                    continue
            found = self.next_delimiter(pos) if self.open else None
            if found is None:
                break
            part = self.take_delimiter(found)
            pos = found.end
        self.close_chain(0, self.end)
        self.close_open(0, truncated=True)

    # -- entities ---------------------------------------------------------------------------------------------

    def read_entity_header(self, part: Part, pos: int) -> int:
        header = read_header(part.buffer, pos, self.end, self.message.limits, self.delimiters)
        part.table = header.table
        part.body_start = part.end = header.body_start
        if header.bare_cr:
            self.cr_ends = True
        if header.garbage or header.limits or not header.separated:
            self.note_header(part, header)
        self.interpret(part)
        return header.body_start

    def note_header(self, part: Part, header: Header) -> None:
        for start, end in header.garbage[:8]:
            self.message.note("non-header-line", "high", part, start, end)
        for name, value, limit in header.limits:
            self.message.hit(name, value, limit, part.section)
        if not header.separated:
            severity: Severity = "low" if part.body_start > part.start or self.open else "high"
            self.message.note("missing-body-separator", severity, part, part.body_start, part.body_start)

    def interpret(self, part: Part) -> None:
        """Media type and transfer encoding in force; a multipart is opened."""
        table = part.table
        index = table.index
        at = index.get(b"content-type")
        if at is None:
            around = part.parent
            if around is not None and around.media_type[:2] == ("multipart", "digest") and around.message is not part:
                part.media_type = _MESSAGE_RFC822
        else:
            media_type = parse_media_type(table.values[at], self.message.limits.parameters)
            if media_type is None or media_type.flags:
                self.note_media_type(part, media_type)
            part.media_type = media_type or TEXT_PLAIN
        at = index.get(b"content-transfer-encoding")
        if at is not None:
            part.encoding = parse_token(table.values[at])[0]
            if part.encoding not in transfer.KNOWN:
                field = table.field(at)
                self.message.note("unknown-transfer-encoding", "high", part, field.start, field.end)
        if len(index) != len(table.names):
            self.note_duplicates(part)
        if part.media_type[0] == "multipart":
            self.open_multipart(part)

    def note_media_type(self, part: Part, media_type: MediaType | None) -> None:
        field = part.table.field(part.table.index[b"content-type"])
        if media_type is None:
            self.message.note("invalid-content-type", "high", part, field.start, field.end)
            return
        for flag in media_type.flags:
            severity: Severity = "low" if flag in _LOW_FLAGS else "high"
            self.message.note(flag, severity, part, field.start, field.end)
            if flag == "too-many-parameters":
                limit = self.message.limits.parameters
                self.message.hit("parameters", limit + 1, limit, part.section)

    def note_duplicates(self, part: Part) -> None:
        for key in _STRUCTURAL:
            if part.table.keys.count(key) > 1:
                name = key.decode("ascii")
                first, second = part.get_all(name)[:2]
                severity: Severity = "low" if first.raw.strip() == second.raw.strip() else "high"
                self.message.note(f"duplicate-{name}", severity, part, second.start, second.end)

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
        delimiter = b"--" + boundary.encode("utf-8", "surrogateescape")
        before = self.delimiters.get(delimiter)
        if before is not None:
            self.message.note("boundary-reused", "high", part, part.start, part.body_start)
        self.delimiters[delimiter] = len(self.open)
        self.open.append((part, delimiter, before, len(self.chain) - 1))
        self.longest = max(self.longest, len(delimiter))

    def enter_message(self, part: Part, pos: int) -> Part | None:
        """The root of the message that a message/rfc822 part holds, or None where there is none to enter."""
        if part.media_type.type != "message" or part.media_type.subtype not in MESSAGE_TYPES:
            return None
        if part.encoding not in transfer.IDENTITY:
            self.message.note("encoded-message", "low", part, part.start, part.body_start)
            self.encoded.append(part)
            return None
        pos = self.skip_preface(part, pos)
        inner = Part(part.buffer, part.section + "/", part, pos, part.depth + 1)
        if not _may_descend(self.message, inner):
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
        holder, delimiter, before, place = self.open[found.level]
        self.close_open(found.level + 1, truncated=False)
        self.close_chain(place + 1, self.content_end(found.start))
        if holder.first_delimiter is None:
            holder.first_delimiter = found.start
        if found.closes:
            holder.close_end = found.end
            self.open.pop()
            self.restore(delimiter, before)
            return None
        child = Part(
            holder.buffer,
            f"{holder.section}{'' if not holder.section or holder.section.endswith('/') else '.'}{len(holder.children) + 1}",
            holder,
            found.end,
            holder.depth + 1,
        )
        if not _may_descend(self.message, child):
            # Too many parts: the rest of the multipart is left unread.
            return None
        holder.children.append(child)
        return child

    def restore(self, delimiter: bytes, before: int | None) -> None:
        if before is None:
            del self.delimiters[delimiter]
        else:
            self.delimiters[delimiter] = before

    def close_open(self, keep: int, *, truncated: bool) -> None:
        """Give up on the multiparts opened after the first ``keep``: their close delimiters are missing."""
        while len(self.open) > keep:
            part, delimiter, before, _ = self.open.pop()
            self.restore(delimiter, before)
            if part.first_delimiter is None:
                self.message.note("boundary-not-found", "high", part, part.start, part.body_start)
            else:
                self.message.note("missing-close-delimiter", "low", part, part.end, part.end)
            if truncated and part.buffer.stream is None:
                self.message.truncated = True

    def close_chain(self, keep: int, end: int) -> None:
        for part in self.chain[keep:]:
            part.end = max(part.body_start, end)
        del self.chain[keep:]

    def content_end(self, line_start: int) -> int:
        """The end of the content before a delimiter line: its line end belongs to the delimiter."""
        data = self.data
        end = line_start
        if end and data[end - 1] == 0x0A:
            end -= 1
            if end and data[end - 1] == 0x0D:
                end -= 1
        elif end and data[end - 1] == 0x0D:
            end -= 1
        return end

    def next_delimiter(self, pos: int) -> _Delimiter | None:
        """The first line from ``pos`` (a line start) on that is a delimiter of an open multipart."""
        data, end, delimiters = self.data, self.end, self.delimiters
        longest = self.longest + _DELIMITER_SLACK
        at = pos if data.startswith(b"--", pos) else self.next_dashes(pos)
        while 0 <= at < end:
            stop = data.find(b"\n", at, min(at + longest, end))
            if self.cr_ends:
                cr = data.find(b"\r", at, stop if stop >= 0 else min(at + longest, end))
                stop = cr if cr >= 0 and data[cr + 1 : cr + 2] != b"\n" else stop
            line = data[at : stop if stop >= 0 else min(at + longest, end)].rstrip(b" \t\r\n")
            closes = False
            index = delimiters.get(line)
            if index is None and line.endswith(b"--"):
                index = delimiters.get(line[:-2])
                closes = True
            if index is not None:
                after = stop + 1 if stop >= 0 else min(at + len(line), end)
                return _Delimiter(at, after, index, closes)
            at = self.next_dashes(at + 2)
        return None

    def next_dashes(self, pos: int) -> int:
        """The next line start at or after ``pos`` where ``--`` stands, or -1.

        A base64 body holds no dash at all: one search for the single octet passes it at memory speed.
        """
        data, end = self.data, self.end
        at = data.find(b"-", pos, end)
        for _ in range(_DASHES_TRIED):
            if at < 0:
                return -1
            if data.startswith(b"--", at) and at and data[at - 1] in b"\r\n" and (self.cr_ends or data[at - 1] == 0x0A):
                return at
            at = data.find(b"-", at + 1, end)
        if at < 0:
            return -1
        if self.cr_ends:
            match = _CR_DASHES.search(data, at, end)
            return match.start() if match is not None else -1
        at = data.find(b"\n--", at - 1, end)
        return at + 1 if at >= 0 else -1


_FROM_LINE = re.compile(rb">?From [^\r\n]*+(?:\r{0,2}\n|\r)")
_BLANK_LINES = re.compile(rb"(?:[ \t]*+(?:\r{0,2}\n|\r))*+")


def preface_end(data: bytes, pos: int, end: int) -> int:
    """Where the header begins after blank lines and an mbox ``From `` line; ``pos`` when nothing is to be skipped."""
    if pos < end and data[pos] in b"\r\n \t":
        match = _BLANK_LINES.match(data, pos, end)
        pos = match.end() if match is not None else pos
    if data.startswith((b"From ", b">From "), pos):
        match = _FROM_LINE.match(data, pos, end)
        if match is not None:
            pos = match.end()
    return pos
