"""MAPI properties as an Outlook .msg stores them (MS-OXMSG, 2): values, strings, names, each where it stands."""

from __future__ import annotations

import codecs
import struct
from io import BytesIO
from types import MappingProxyType
from typing import TYPE_CHECKING

from pecdetect.parsing.outlook.codepages import charset_of, decode_ansi
from pecdetect.parsing.outlook.compound import STORAGE, STREAM
from pecdetect.parsing.outlook.properties import ANSI, BINARY, INTERNET_HEADERS, UNICODE, Embedded, Held, LongText, Text
from pecdetect.parsing.outlook.streams import RegionBuffer, ScatteredBuffer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pecdetect.parsing.outlook.compound import CompoundFile, Extent, Pieces, Storage

PROPERTIES = "__PROPERTIES_VERSION1.0"
NAMES = "__NAMEID_VERSION1.0"
STREAM_PREFIX = "msg:"

TOP_HEADER = 32
EMBEDDED_HEADER = 24
OTHER_HEADER = 8
"""Bytes before the records of a property stream: of the top, of an embedded message, of anything else (2.4)."""

_RECORD = struct.Struct("<II8s")
_MOST_RECORDS = 65_536
"""Property identifiers there are."""
_NAMED = struct.Struct("<IHH")
_MOST_NAMES = 32_767
"""Named properties there can be: identifiers 0x8000 to 0xFFFE (MS-OXPROPS, 1.3)."""
_NAME_BYTES = 512
NO_NAMES: Mapping[int, str] = MappingProxyType({})
_RECIPIENT = "__RECIP_VERSION1.0_#"
_ATTACHMENT = "__ATTACH_VERSION1.0_#"
_EMBEDDED = "__SUBSTG1.0_3701000D"
_STEP = 64 * 1024


class Bag:
    """The properties of one storage: a message, a recipient, an attachment."""

    __slots__ = ("_header_names", "_records", "charset", "file", "guessed", "storage")

    def __init__(
        self,
        file: CompoundFile,
        storage: Storage,
        header: int,
        charset: str | None = None,
        header_names: Mapping[int, str] = NO_NAMES,
    ) -> None:
        self.file = file
        self.storage = storage
        self._header_names = header_names
        self._records = self._read_records(header)
        self.charset = charset
        """Charset of ANSI strings; None where none is declared."""
        self.guessed: str | None = None
        """Charset that was guessed for one of them."""

    def _read_records(self, header: int) -> dict[int, tuple[bytes, int]]:
        """Property tag to its value and the offset of its record."""
        entry = self.storage.entries.get(PROPERTIES)
        if entry is None:
            self.file.problems.setdefault("outlook-missing-stream", self.storage.path + "__properties_version1.0")
            return {}
        data, start, end = self.file.open_stream(self.storage, entry)
        count = max(0, (end - start - header) // _RECORD.size)
        if count > _MOST_RECORDS:
            self.file.problems.setdefault("outlook-too-many-properties", self.storage.path + entry.name)
            count = _MOST_RECORDS
        first = start + header
        records = _RECORD.iter_unpack(data[first : first + count * _RECORD.size])
        return {tag: (value, header + at * _RECORD.size) for at, (tag, _, value) in enumerate(records)}

    def integer(self, ident: int) -> int | None:
        """PtypInteger32, unsigned."""
        found = self._records.get(ident << 16 | 0x0003)
        return int.from_bytes(found[0][:4], "little") if found is not None else None

    def boolean(self, ident: int) -> bool:
        """PtypBoolean; False when absent."""
        found = self._records.get(ident << 16 | 0x000B)
        return found is not None and found[0][:2] != b"\0\0"

    def time(self, ident: int) -> int | None:
        """PtypTime: steps of 100 ns since 1601, UTC."""
        found = self._records.get(ident << 16 | 0x0040)
        return int.from_bytes(found[0], "little") if found is not None else None

    def record_span(self, tag: int) -> tuple[int, int]:
        """Where the record of a property stands in the property stream."""
        found = self._records.get(tag)
        return (found[1], found[1] + _RECORD.size) if found is not None else (0, 0)

    def stream_name(self, ident: int, kind: int) -> str:
        """What evidence calls the stream of a property."""
        entry = self.storage.entries.get(_key(ident, kind))
        return f"{STREAM_PREFIX}{self.storage.path}{entry.name if entry is not None else _key(ident, kind).lower()}"

    @property
    def properties_name(self) -> str:
        """What evidence calls the property stream."""
        return f"{STREAM_PREFIX}{self.storage.path}__properties_version1.0"

    @property
    def header_names(self) -> Mapping[int, str]:
        """Identifiers of the named properties that stand for header fields, and the fields' names."""
        return self._header_names

    def held(self, ident: int, kind: int) -> Held | None:
        """The bytes of a property that has a stream of its own, untouched."""
        pieces = self._pieces(ident, kind)
        if pieces is None:
            return None
        stream = self.stream_name(ident, kind)
        data, starts, _, size = pieces
        if len(starts) == 1:
            start = starts[0]
            buffer = RegionBuffer(data, stream, start)
            return Held(buffer, start, start + size, lambda most: data[start : start + min(size, most)])
        scattered = ScatteredBuffer(self.file, pieces, stream)
        return Held(scattered, 0, size, scattered.head)

    def _pieces(self, ident: int, kind: int) -> Pieces | None:
        entry = self.storage.entries.get(_key(ident, kind))
        return self.file.locate(self.storage, entry) if entry is not None and entry.kind == STREAM else None

    def recipients(self, most: int) -> tuple[int, Iterator[Bag]]:
        """How many recipients there are, and the first ``most`` of them."""
        return self._members(_RECIPIENT, most)

    def attachments(self, most: int) -> tuple[int, Iterator[Bag]]:
        """How many attachments there are, and the first ``most`` of them."""
        return self._members(_ATTACHMENT, most)

    def _members(self, prefix: str, most: int) -> tuple[int, Iterator[Bag]]:
        entries, charset = self.storage.entries, self.charset or self.guessed
        keys = sorted(key for key, entry in entries.items() if key.startswith(prefix) and entry.kind == STORAGE)
        storages = (self.file.open_storage(self.storage, entries[key]) for key in keys[:most])
        return len(keys), (Bag(self.file, storage, OTHER_HEADER, charset, self._header_names) for storage in storages)

    def embedded(self) -> Embedded | None:
        """What an attachment holds instead of bytes; None where it does not."""
        entry = self.storage.entries.get(_EMBEDDED)
        if entry is None or entry.kind != STORAGE:
            return None
        storage = self.file.open_storage(self.storage, entry)

        def open_message() -> Bag:
            return message_bag(self.file, storage, EMBEDDED_HEADER, self.charset, self._header_names)

        return Embedded(is_message(storage), STREAM_PREFIX + storage.path.rstrip("/"), 0, 0, open_message)

    def miss(self, name: str) -> None:
        """Note that an attachment's bytes are missing."""
        self.file.problems.setdefault("outlook-missing-stream", name.removeprefix(STREAM_PREFIX))

    def text(self, ident: int) -> Text | None:
        """A string property, Unicode or ANSI; None where there is none."""
        found = self._string(ident)
        if found is None:
            return None
        (data, start, end), stream, unicode = found
        if unicode:
            value = codecs.utf_16_le_decode(memoryview(data)[start:end], "replace")[0]
            return Text(value.rstrip("\0"), stream, end - start, "utf-16-le")
        value, charset = self._decode_ansi(data[start:end])
        return Text(value.rstrip("\0"), stream, end - start, charset)

    def long_text(self, ident: int) -> LongText | None:
        """A string property as UTF-8, made step by step so that nothing else of its size is ever held."""
        found = self._string(ident)
        if found is None:
            return None
        (data, start, end), stream, unicode = found
        if unicode:
            return LongText(to_utf8(data, start, end), stream, end - start, "utf-16-le")
        value, charset = self._decode_ansi(data[start:end])
        return LongText(value.rstrip("\0").encode("utf-8", "replace"), stream, end - start, charset)

    def _string(self, ident: int) -> tuple[Extent, str, bool] | None:
        """The stream of a string property, its name, and whether it is Unicode."""
        entries = self.storage.entries
        entry = entries.get(_key(ident, UNICODE))
        unicode = entry is not None
        if entry is None:
            entry = entries.get(_key(ident, ANSI))
        if entry is None or entry.kind != STREAM:
            return None
        return self.file.open_stream(self.storage, entry), f"{STREAM_PREFIX}{self.storage.path}{entry.name}", unicode

    def _decode_ansi(self, data: bytes) -> tuple[str, str]:
        value, guessed = decode_ansi(data, self.charset or self.guessed, self._sample)
        if guessed is not None and guessed != "utf-8":
            self.guessed = guessed
        return value, guessed or self.charset or self.guessed or "us-ascii"

    def _sample(self) -> bytes:
        """Bytes of the strings that tell a charset best: subject, names, body."""
        found = [self._pieces(ident, ANSI) for ident in (0x0037, 0x0C1A, 0x0042, 0x1000)]
        extents = [self.file.join(pieces, 4096) for pieces in found if pieces is not None]
        return b" ".join([data[start:end] for data, start, end in extents])

    def declared_charset(self) -> str | None:
        """The charset of its ANSI strings: PidTagMessageCodepage, else PidTagInternetCodepage."""
        return charset_of(self.integer(0x3FFD)) or charset_of(self.integer(0x3FDE))


def is_message(storage: Storage) -> bool:
    """Whether a storage is a message: it has a property stream, or at least a class."""
    return PROPERTIES in storage.entries or any(key.startswith("__SUBSTG1.0_001A") for key in storage.entries)


def message_bag(
    file: CompoundFile, storage: Storage, header: int, charset: str | None, header_names: Mapping[int, str]
) -> Bag:
    """The properties of a message; ``charset`` is that of the message around it."""
    bag = Bag(file, storage, header, None, header_names)
    bag.charset = bag.declared_charset() or charset
    return bag


def internet_headers(file: CompoundFile, top: Storage) -> dict[int, str]:
    """Identifiers of the named properties that stand for header fields (MS-OXMSG, 2.2.3): identifier to field name."""
    entry = top.entries.get(NAMES)
    if entry is None or entry.kind != STORAGE:
        return {}
    storage = file.open_storage(top, entry)
    streams: list[bytes] = []
    for ident in (0x0002, 0x0003, 0x0004):
        part = storage.entries.get(_key(ident, BINARY))
        data, start, end = file.open_stream(storage, part) if part is not None else (b"", 0, 0)
        streams.append(data[start:end])
    guids, entries, names = streams
    found: dict[int, str] = {}
    rows = _NAMED.iter_unpack(entries[: min(len(entries) // 8, _MOST_NAMES) * 8])
    for offset, kind, index in rows:
        guid = ((kind >> 1) - 3) * 16
        if kind & 1 and guid >= 0 and guids[guid : guid + 16] == INTERNET_HEADERS:
            name = _name(names, offset)
            if name and index < _MOST_NAMES:
                found[0x8000 + index] = name
    return found


def _name(names: bytes, offset: int) -> str:
    length = int.from_bytes(names[offset : offset + 4], "little")
    if length > _NAME_BYTES:
        return ""
    return names[offset + 4 : offset + 4 + length].decode("utf-16-le", "replace")


def to_utf8(data: bytes, start: int, end: int) -> bytes:
    """UTF-16 as UTF-8."""
    view = memoryview(data)
    if end - start <= _STEP:
        return str(view[start:end], "utf-16-le", "replace").rstrip("\0").encode("utf-8", "replace")
    decoder = codecs.getincrementaldecoder("utf-16-le")("replace")
    out = BytesIO()
    for at in range(start, end, _STEP):
        last = at + _STEP >= end
        out.write(decoder.decode(view[at : min(end, at + _STEP)], last).encode("utf-8", "replace"))
    stop = out.tell()
    content = out.getvalue()
    while stop and content[stop - 1] == 0:
        stop -= 1
    return content if stop == len(content) else content[:stop]


def _key(ident: int, kind: int) -> str:
    return f"__SUBSTG1.0_{ident:04X}{kind:04X}"
