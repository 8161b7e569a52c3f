"""The tree that reading yields: Message, Part, Field, Anomaly.

Nothing here copies or decodes a body: a part is a pair of offsets into a buffer until somebody asks for more.
The classes of the tree are plain slotted ones because every message makes dozens; treat them as read-only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from pecdetect.evidence import EXCERPT_CHARACTERS, Evidence
from pecdetect.limits import LimitHit
from pecdetect.parsing import transfer
from pecdetect.parsing.encoded_words import decode_encoded_words
from pecdetect.parsing.parameters import MediaType
from pecdetect.unfold import unfold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pecdetect.limits import Limits
    from pecdetect.parsing.dialects import Dialect
    from pecdetect.parsing.entity import Entity

Severity = Literal["low", "high"]
Container = Literal["eml", "emlx", "msg", "unknown"]

_QUOTED = 4 * EXCERPT_CHARACTERS
"""Octets of a field that an excerpt is made of."""

PLACES_NOTED = 8
"""Places of one anomaly in one part that are recorded: there may be as many as the file has lines."""

TEXT_PLAIN = MediaType("text", "plain")
"""The default of RFC 2045, 5.2."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something malformed or ambiguous met while reading."""

    code: str
    """Kebab-case name of what was met."""
    severity: Severity
    """``high`` where readers are known to disagree about what it means, else ``low``."""
    part: str
    """Section."""
    start: int
    end: int
    stream: str | None = None
    reading: str = "primary"


class Buffer:
    """Octets that offsets count in: the file itself, or the decoded content of a part."""

    __slots__ = ("crlf", "data", "no_blank", "stream")

    def __init__(self, data: bytes, stream: str | None = None) -> None:
        self.data = data
        """The octets."""
        self.crlf: bool | None = None
        """Whether the first line ends with CRLF; None until somebody has looked."""
        self.no_blank = (0, 0)
        """A stretch in which no blank line begins, as far as somebody has looked."""
        self.stream = stream
        """None for the file, else the name that evidence carries."""

    def place(self, start: int, end: int) -> tuple[int, int, str | None]:
        """What evidence says of a stretch of the octets: start, end, and the stream that they count in."""
        return start, end, self.stream

    def quote(self, section: str, start: int, end: int) -> Evidence:
        """A header field, or what looks like one, as evidence."""
        first, last, stream = self.place(start, end)
        return Evidence(section, first, last, self.data[start : min(end, start + _QUOTED)], stream)


class Field:
    """One header field (RFC 5322, 2.2), as it stands."""

    __slots__ = ("buffer", "end", "name", "start", "value_start")

    def __init__(self, buffer: Buffer, name: str, start: int, value_start: int, end: int) -> None:
        self.buffer = buffer
        self.name = name
        """Name in lower case."""
        self.start = start
        """Offset of the name."""
        self.value_start = value_start
        """Offset after the colon."""
        self.end = end
        """Offset after the value; the line end is not part of it."""

    @property
    def raw(self) -> bytes:
        """The value as stored: folding, white space and all."""
        return self.buffer.data[self.value_start : self.end]

    @property
    def value(self) -> str:
        """The value unfolded and stripped; encoded words as they are."""
        return unfold(self.buffer.data[self.value_start : self.end])

    @property
    def text(self) -> str:
        """The value for display: encoded words decoded (RFC 2047)."""
        return decode_encoded_words(self.value)

    def evidence(self, section: str) -> Evidence:
        """Where this field stands, quoted; ``section`` is the part that it belongs to."""
        return self.buffer.quote(section, self.start, self.end)


class FieldBlock:
    """A header taken apart. Equal headers share one: nobody changes it."""

    __slots__ = ("entity", "index", "keys", "lead", "names", "tidy", "values")

    def __init__(  # noqa: PLR0913 - what a header is made of
        self,
        names: Sequence[bytes],
        values: Sequence[bytes],
        *,
        blanks: bool = True,
        tidy: bool | None = None,
        lead: int = 0,
    ) -> None:
        self.names = names
        """Names as written, blanks before the colon included; at least one, and none, where ``blanks`` is False."""
        self.values = values
        """Values as stored; the last octet may be the CR of the line end."""
        written = tuple([name.rstrip() for name in names] if blanks else names)
        short = len(written) <= _FEW and sum(map(len, written)) <= _SHORT
        self.keys, self.index = (_remembered_keys if short else _read_keys)(written)
        # Names in lower case, without blanks, and the first field that bears each.
        self.entity: Entity | None = None
        """What the fields say of their entity, once somebody has asked."""
        self.lead = lead
        """Bytes of folded lines before the first field, which belong to none."""
        self.tidy = tidy
        """Whether no control octet and no folded line with nothing in it stands there; None until somebody looks."""


def _read_keys(names: tuple[bytes, ...]) -> tuple[Sequence[bytes], Mapping[bytes, int]]:
    keys = [name.lower() for name in names]
    return keys, dict(zip(reversed(keys), range(len(keys) - 1, -1, -1)))  # noqa: B905 - as long as each other


_FEW = 64
"""Fields of a header of which the names are remembered: mail that went the same way has the same ones."""
_SHORT = 2048
"""Octets of all these names."""
_remembered_keys = lru_cache(maxsize=128)(_read_keys)


class FieldTable:
    """The fields of one header, kept as octets; a :class:`Field` is made for what is asked for."""

    __slots__ = ("_spans", "block", "buffer", "index", "keys", "names", "start", "values")

    def __init__(
        self, buffer: Buffer, start: int, block: FieldBlock, spans: list[tuple[int, int, int]] | None = None
    ) -> None:
        self.buffer = buffer
        self.start = start
        """Offset of the first field."""
        self.block = block
        self.names = block.names
        self.values = block.values
        self.keys = block.keys
        self.index = block.index
        self._spans = spans
        """Offsets of name, value and end, where they cannot be added up."""

    def __len__(self) -> int:
        return len(self.names)

    def place(self, at: int) -> tuple[int, int, int]:
        """Offsets of a field's name, its value and its end."""
        if self._spans is not None:
            return self._spans[at]
        # Each field before this one is its name, a colon, its value and a line feed.
        start = self.start + 2 * at
        if at:
            start += len(b"".join(self.names[:at])) + len(b"".join(self.values[:at]))
        value_start = start + len(self.names[at]) + 1
        value = self.values[at]
        return start, value_start, value_start + len(value) - (value[-1:] == b"\r")

    def raw(self, name: bytes) -> bytes | None:
        """The stored value of the first field of this (lower case) name; None when absent."""
        at = self.index.get(name)
        return self.values[at] if at is not None else None

    def field(self, at: int) -> Field:
        """The field at this place."""
        return Field(self.buffer, self.keys[at].decode("latin-1"), *self.place(at))

    def evidence(self, at: int, section: str) -> Evidence:
        """The field at this place as evidence; ``section`` is the part that it belongs to."""
        if self._spans is not None or type(self.buffer) is not Buffer:
            start, _, end = self.place(at)
            return self.buffer.quote(section, start, end)
        start = self.start + 2 * at
        if at:
            start += len(b"".join(self.names[:at])) + len(b"".join(self.values[:at]))
        quoted = self.names[at] + b":" + self.values[at].removesuffix(b"\r")
        end = start + len(quoted)
        return Evidence(section, start, end, quoted[:_QUOTED], self.buffer.stream)


NO_FIELDS = FieldTable(Buffer(b""), 0, FieldBlock([], []))


class Part:
    """An entity of RFC 2045, header and body; the message itself is the root part."""

    # No slots: what most parts have in common stands here, and costs nothing to make.
    table = NO_FIELDS
    """The header as stored."""
    media_type = TEXT_PLAIN
    """Media type in force: declared, or the default (RFC 2045, 5.2; RFC 2046, 5.1.5)."""
    content_type = "text/plain"
    """``type/subtype`` of it, in lower case."""
    name: str | None = None
    """File name: ``filename`` of Content-Disposition, else ``name`` of Content-Type; None when absent."""
    disposition: str | None = None
    """Content-Disposition without its parameters, lower case (RFC 2183); None when absent."""
    encoding = "7bit"
    """Content-Transfer-Encoding, lower case; "7bit" when absent."""
    children: Sequence[Part] = ()
    """Parts of a multipart, in file order."""
    message: Part | None = None
    """Root of the message or opened container that this part holds."""
    first_delimiter: int | None = None
    """Offset of a multipart's first delimiter line; None when there is none."""
    close_end: int | None = None
    """Offset after a multipart's close delimiter line; None when it is missing."""

    def __init__(self, buffer: Buffer, section: str, parent: Part | None, start: int, depth: int) -> None:
        self.buffer = buffer
        """What the offsets count in."""
        self.section = section
        """Where it stands: "" the root, "1.2" a part, "2/" the message in part 2, "2/1.3" a part of that."""
        self.parent = parent
        """The part around it; for the root of an attached message, the part that holds the message."""
        self.start = start
        """Offset of the first octet of the header."""
        self.depth = depth
        """Entities around it, messages and opened containers counted."""
        self.body_start = self.end = start
        """Offset of the first octet of the body, and one past it: the line end before a delimiter belongs to the
        delimiter (RFC 2046, 5.1.1)."""

    @property
    def fields(self) -> list[Field]:
        """Header fields in file order, duplicates kept."""
        return [self.table.field(at) for at in range(len(self.table))]

    def get(self, name: str) -> Field | None:
        """The first field of this (lower case) name."""
        at = self.table.index.get(name.encode("latin-1", "replace"))
        return self.table.field(at) if at is not None else None

    def get_all(self, name: str) -> list[Field]:
        """Every field of this (lower case) name, in file order."""
        table = self.table
        wanted = name.encode("latin-1", "replace")
        if wanted not in table.index:
            return []
        return [table.field(at) for at, key in enumerate(table.keys) if key == wanted]

    def text(self, name: str) -> str | None:
        """The first field of this (lower case) name for display; None when absent or empty."""
        raw = self.table.raw(name.encode("latin-1", "replace"))
        return (decode_encoded_words(unfold(raw)) or None) if raw is not None else None

    def raw(self, name: bytes) -> bytes | None:
        """The stored value of the first field of this (lower case) name: what asks for no offsets uses this."""
        return self.table.raw(name)

    @property
    def is_multipart(self) -> bool:
        """Whether the media type is a multipart one."""
        return self.media_type.type == "multipart"

    @property
    def body_size(self) -> int:
        """Octets of the body as transferred."""
        return self.end - self.body_start

    @property
    def body(self) -> bytes:
        """The body as transferred (a copy)."""
        return self.buffer.data[self.body_start : self.end]

    def decoded_bounds(self) -> tuple[int, int]:
        """Least and greatest size of the decoded body in octets, without looking at it."""
        return transfer.decoded_size_bounds(self.end - self.body_start, self.encoding)

    def decoded_size(self, enough: int | None = None) -> tuple[int, int]:
        """Least and greatest size of the decoded body in octets, counted until it is over ``enough``."""
        return transfer.decoded_size(self.buffer.data, self.body_start, self.end, self.encoding, enough)

    def sniff(self, size: int) -> bytes:
        """The first ``size`` octets of the decoded body."""
        return transfer.sniff(self.buffer.data, self.body_start, self.end, self.encoding, size)

    def decoded(self, limit: int | None = None) -> bytes:
        """The decoded body, at most ``limit`` octets of it (None: as many as the raw body has).

        An unknown transfer encoding is not decoded (RFC 2045, 6.4): the octets come back as they stand.
        """
        size = self.end - self.body_start
        return transfer.decode(
            self.buffer.data, self.body_start, self.end, self.encoding, size if limit is None else limit
        )

    def evidence(self, excerpt: str | None = None) -> Evidence:
        """The whole entity as evidence."""
        start, end, stream = self.buffer.place(self.start, self.end)
        return Evidence(self.section, start, end, excerpt, stream)

    def field_evidence(self, name: str) -> Evidence:
        """The first field of this name as evidence, or the entity where there is none."""
        at = self.table.index.get(name.encode("latin-1", "replace"))
        return self.table.evidence(at, self.section) if at is not None else self.evidence()

    def message_root(self) -> Part:
        """The root of the message in which this part stands."""
        part = self
        while part.parent is not None and not part.section.endswith("/"):
            part = part.parent
        return part

    def walk(self) -> Iterator[Part]:
        """This part and all parts in it, in document order, messages inside included."""
        stack = [self]
        while stack:
            part = stack.pop()
            yield part
            if part.message is not None:
                stack.append(part.message)
            stack.extend(reversed(part.children))

    def walk_message(self) -> Iterator[Part]:
        """This part and its parts, without stepping into the messages and containers that they hold."""
        stack = [self]
        while stack:
            part = stack.pop()
            yield part
            stack.extend(reversed(part.children))


@dataclass(frozen=True, slots=True)
class OutlookItem:
    """What only an Outlook .msg says of its message (MS-OXMSG, MS-OXCMSG)."""

    message_class: str | None
    """PidTagMessageClass."""
    class_evidence: Evidence | None
    flags: int
    """PidTagMessageFlags."""
    flags_evidence: Evidence
    headers_synthesised: Evidence | None
    """There are no transport headers: the fields were made from properties."""
    unknown_address: Evidence | None
    """The sender or a recipient is known by an Exchange address only, or not at all."""
    class_mismatch: Evidence | None
    """An S/MIME class whose attachments do not fit (MS-OXOSMIME, 2.1.3)."""


class Message:
    """One saved e-mail, read."""

    __slots__ = (
        "analysed",
        "anomalies",
        "buffer",
        "charset",
        "container",
        "decoded_left",
        "dialect",
        "doubts",
        "header_bytes",
        "limits",
        "limits_hit",
        "no_message",
        "noted",
        "outlook",
        "parts_seen",
        "pending",
        "root",
        "size",
        "truncated",
        "unopened",
    )

    def __init__(self, buffer: Buffer, size: int, limits: Limits) -> None:
        self.buffer = buffer
        """The octets of the file."""
        self.size = size
        """Octets of the file, read or not."""
        self.limits = limits
        self.container: Container = "eml"
        self.root = Part(buffer, "", None, 0, 0)
        """The message itself."""
        self.charset: str | None = None
        """What the header's octets above 127 are taken for, where they are no UTF-8 and nothing declares them."""
        self.no_message: Literal["not-a-message", "not-one-message"] | None = None
        """Why there is no single message here, else None."""
        self.anomalies: list[Anomaly] = []
        self.noted: dict[tuple[str, Part], int] = {}
        """Places of an anomaly in a part that are on record."""
        self.dialect: Dialect | None = None
        """The dialect that it is read in; None for the primary reading."""
        self.doubts: dict[Part, None] = {}
        """Parts about which readers are known to disagree, in the order in which they were met."""
        self.limits_hit: list[LimitHit] = []
        self.truncated = False
        """Whether the octets end before the structure does."""
        self.outlook: OutlookItem | None = None
        """What an Outlook .msg adds; None for any other container, and where it could not be read."""
        self.analysed: Part | None = None
        """Root of what a TNEF part holds that stands for the message: a mailbox takes it for the message itself."""
        self.unopened: list[Evidence] = []
        """What may itself be the message and could not be opened."""
        self.pending: list[Part] = []
        """Parts that may hold a message in another container and have not been looked at."""
        self.parts_seen = 0
        self.header_bytes = 0
        """Octets in all headers so far."""
        self.decoded_left = limits.decoded_budget(size)
        """Octets that may still be decoded."""

    def walk(self) -> Iterator[Part]:
        """Every part, in document order."""
        return self.root.walk()

    def release(self) -> None:
        """Let go of the tree: parts and the parts around them hold each other, and with them the whole file."""
        for part in self.root.walk():
            part.parent = None

    def note(self, code: str, severity: Severity, part: Part, start: int, end: int) -> None:
        """Record an anomaly; of the same in the same part, the first :data:`PLACES_NOTED` places."""
        places = self.noted.get((code, part), 0)
        if places == PLACES_NOTED:
            return
        self.noted[code, part] = places + 1
        first, last, stream = part.buffer.place(start, end)
        if severity == "high":
            self.doubts[part] = None
        self.anomalies.append(Anomaly(code, severity, part.section, first, last, stream))

    def hit(self, name: str, value: int, limit: int, section: str) -> None:
        """Record a limit that was hit, once for each limit and part."""
        if not any(seen.name == name and seen.part == section for seen in self.limits_hit[-8:]):
            self.limits_hit.append(LimitHit(name, value, limit, section))

    def decode(self, part: Part, limit: int | None = None) -> bytes:
        """Decode a part's body within the message's budget; what the budget cuts off is reported."""
        wanted = part.end - part.body_start if limit is None else limit
        octets = part.decoded(min(wanted, self.decoded_left))
        if len(octets) == self.decoded_left and wanted > self.decoded_left:
            self.hit("decoded_bytes", part.body_size, self.limits.decoded_budget(self.size), part.section)
        self.decoded_left -= len(octets)
        return octets
