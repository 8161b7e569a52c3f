"""The tree that reading yields: Message, Part, Field.

Nothing here copies or decodes a body: a part is a pair of offsets into a buffer until somebody asks for more.
The classes of the tree are plain slotted ones because every message makes dozens; treat them as read-only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pecdetect.contract import Anomaly, LimitHit, text
from pecdetect.evidence import new_evidence
from pecdetect.parsing import transfer
from pecdetect.parsing.encoded_words import decode_encoded_words
from pecdetect.parsing.header import NO_FIELDS, PLACES_NOTED
from pecdetect.parsing.parameters import MediaType
from pecdetect.unfold import unfold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pecdetect.contract import Container, Severity
    from pecdetect.evidence import Evidence
    from pecdetect.limits import Limits
    from pecdetect.parsing.dialects import Dialect
    from pecdetect.parsing.header import Buffer, Field


TEXT_PLAIN = MediaType("text", "plain")
"""The default of RFC 2045, 5.2."""


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
        """Offset of the first byte of the header."""
        self.depth = depth
        """Entities around it, messages and opened containers counted."""
        self.body_start = self.end = start
        """Offset of the first byte of the body, and one past it: the line end before a delimiter belongs to the
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
        """Bytes of the body as transferred."""
        return self.end - self.body_start

    @property
    def body(self) -> bytes:
        """The body as transferred (a copy)."""
        return self.buffer.data[self.body_start : self.end]

    def decoded_bounds(self) -> tuple[int, int]:
        """Least and greatest size of the decoded body in bytes, without looking at it."""
        return transfer.decoded_size_bounds(self.end - self.body_start, self.encoding)

    def decoded_size(self, enough: int | None = None) -> tuple[int, int]:
        """Least and greatest size of the decoded body in bytes, counted until it is over ``enough``."""
        return transfer.decoded_size(self.buffer.data, self.body_start, self.end, self.encoding, enough)

    def sniff(self, size: int) -> bytes:
        """The first ``size`` bytes of the decoded body."""
        return transfer.sniff(self.buffer.data, self.body_start, self.end, self.encoding, size)

    def decoded(self, limit: int | None = None) -> bytes:
        """The decoded body, at most ``limit`` bytes of it (None: as many as the raw body has).

        An unknown transfer encoding is not decoded (RFC 2045, 6.4): the bytes come back as they stand.
        """
        size = self.end - self.body_start
        return transfer.decode(
            self.buffer.data, self.body_start, self.end, self.encoding, size if limit is None else limit
        )

    def evidence(self, excerpt: str | None = None) -> Evidence:
        """The whole entity as evidence."""
        start, end, stream = self.buffer.place(self.start, self.end)
        return new_evidence((self.section, start, end, excerpt, stream, "primary", None))

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

    def walk(self) -> list[Part]:
        """This part and all parts in it, in document order, messages inside included."""
        stack = [self]
        found = []
        while stack:
            part = stack.pop()
            found.append(part)
            if part.message is not None:
                stack.append(part.message)
            if part.children:
                stack += part.children[::-1]
        return found

    def walk_message(self) -> list[Part]:
        """This part and its parts, without stepping into the messages and containers that they hold."""
        stack = [self]
        found = []
        while stack:
            part = stack.pop()
            found.append(part)
            stack += part.children[::-1]
        return found


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
        """The bytes of the file."""
        self.size = size
        """Bytes of the file, read or not."""
        self.limits = limits
        self.container: Container = "eml"
        self.root = Part(buffer, "", None, 0, 0)
        """The message itself."""
        self.charset: str | None = None
        """What the header's bytes above 127 are taken for, where they are no UTF-8 and nothing declares them."""
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
        """Whether the bytes end before the structure does."""
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
        """Bytes in all headers so far."""
        self.decoded_left = limits.decoded_budget(size)
        """Bytes that may still be decoded."""

    def walk(self) -> list[Part]:
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
        if severity == "high":
            self.doubts[part] = None
        self.note_at(code, severity, part.section, part.buffer.place(start, end))

    def note_at(self, code: str, severity: Severity, section: str, place: tuple[int, int, str | None]) -> None:
        """Record an anomaly at a place (start, end, stream) that need not be in a part's own bytes."""
        start, end, stream = place
        self.anomalies.append(
            Anomaly(
                code=code,
                severity=severity,
                part=section,
                stream=text(stream),
                start=start,
                end=end,
                reading="primary",
            )
        )

    def hit(self, name: str, value: int, limit: int, section: str) -> None:
        """Record a limit that was hit, once for each limit and part."""
        if not any(seen.name == name and seen.part == section for seen in self.limits_hit[-8:]):
            self.limits_hit.append(LimitHit(name=name, value=value, limit=limit, part=section))

    def decode(self, part: Part, limit: int | None = None) -> bytes:
        """Decode a part's body within the message's budget; what the budget cuts off is reported."""
        wanted = part.end - part.body_start if limit is None else limit
        data = part.decoded(min(wanted, self.decoded_left))
        if len(data) == self.decoded_left and wanted > self.decoded_left:
            self.hit("decoded_bytes", part.body_size, self.limits.decoded_budget(self.size), part.section)
        self.decoded_left -= len(data)
        return data
