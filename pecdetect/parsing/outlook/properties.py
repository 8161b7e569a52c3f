"""What a storage of MAPI properties offers, whether a compound file or a TNEF stream holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pecdetect.parsing.header import Buffer

UNICODE = 0x001F
ANSI = 0x001E
BINARY = 0x0102
OBJECT = 0x000D
"""Types of property values (MS-OXCDATA, 2.11.1)."""
INTERNET_HEADERS = bytes.fromhex("8603020000000000c000000000000046")
"""PS_INTERNET_HEADERS (MS-OXPROPS, 1.3.2)."""


class Text(NamedTuple):
    """A string property."""

    value: str
    """Without the NULs at its end."""
    stream: str
    """What evidence names."""
    size: int
    """Bytes of the value."""
    charset: str
    """What it is written in."""
    start: int = 0
    """Offset of the value in the stream."""

    @property
    def place(self) -> tuple[str, int, int]:
        """Where it stands: stream, first byte, one past the last."""
        return self.stream, self.start, self.start + self.size


class LongText(NamedTuple):
    """A string property that may be large."""

    data: bytes
    """UTF-8, without the NULs at its end."""
    stream: str
    size: int
    charset: str
    start: int = 0
    """As in :class:`Text`."""


class Held(NamedTuple):
    """Bytes of a property, untouched."""

    buffer: Buffer
    start: int
    end: int
    head: Callable[[int], bytes]
    """The first bytes, without the rest."""


class Embedded(NamedTuple):
    """What an attachment holds instead of bytes."""

    is_message: bool
    """Whether it is a message, and not some other object."""
    stream: str
    """What evidence names."""
    start: int
    end: int
    open: Callable[[], Properties]
    """Its properties, where it is a message."""


class Properties(Protocol):
    """The properties of a message, a recipient or an attachment. Nothing here raises."""

    guessed: str | None
    """Charset that was guessed for a string."""

    @property
    def header_names(self) -> Mapping[int, str]:
        """Identifiers of the named properties that stand for header fields, and the fields' names."""
        ...

    @property
    def properties_name(self) -> str:
        """What evidence calls the place where the properties stand."""
        ...

    def text(self, ident: int) -> Text | None:
        """A string property; None where there is none."""
        ...

    def long_text(self, ident: int) -> LongText | None:
        """A string property as UTF-8."""
        ...

    def integer(self, ident: int) -> int | None:
        """PtypInteger32, unsigned."""
        ...

    def boolean(self, ident: int) -> bool:
        """PtypBoolean; False when absent."""
        ...

    def time(self, ident: int) -> int | None:
        """PtypTime: steps of 100 ns since 1601, UTC."""
        ...

    def record_span(self, tag: int) -> tuple[int, int]:
        """Where a property of fixed length stands."""
        ...

    def stream_name(self, ident: int, kind: int) -> str:
        """What evidence calls the place of a property's bytes."""
        ...

    def held(self, ident: int, kind: int) -> Held | None:
        """The bytes of a property."""
        ...

    def recipients(self, most: int) -> tuple[int, Iterator[Properties]]:
        """How many recipients there are, and the first ``most`` of them."""
        ...

    def attachments(self, most: int) -> tuple[int, Iterator[Properties]]:
        """How many attachments there are, and the first ``most`` of them."""
        ...

    def embedded(self) -> Embedded | None:
        """What an attachment holds instead of bytes; None where it does not."""
        ...

    def miss(self, name: str) -> None:
        """Note that an attachment's bytes are missing; ``name`` is what evidence calls them."""
        ...
