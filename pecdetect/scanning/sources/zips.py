"""Reads zip archives (APPNOTE.TXT 6.3.10) member by member: a member that is broken costs that member only.

The standard library's reader refuses a whole archive for one bad name or field, believes declared sizes and reads the
directory at one go, so that the directory is read here. It still decrypts, and unpacks the rarer methods.
"""

from __future__ import annotations

import bz2
import io
import lzma
import struct
import zipfile
import zlib
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from pecdetect.scanning.errors import SourceError
from pecdetect.scanning.sources.reading import open_regular, read_fully
from pecdetect.scanning.sources.unpacking import Chunks, Inflater

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.limits import Limits

_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s4B4HL2L5H2L")
_LOCAL = struct.Struct("<4s2B4HL2L2H")
_TAIL = 65_557
_STEP = 64 * 1024
_FIRST = 4096
"""Bytes that are read and unpacked at first: as many as are looked at to see what a member is."""
_STORED, _DEFLATED, _BZIP2 = 0, 8, 12
_AES = 99
_IMAGE = 512 * 1024 * 1024
"""Bytes of a member that is read by the standard library, and held for that."""
_LINK, _FORMAT = 0o120000, 0o170000
_NAMES_OFFICE = ("[Content_Types].xml", "META-INF/", "mimetype")


class Member(NamedTuple):
    """A record of the directory. Nothing in it is believed before the bytes bear it out."""

    name: str
    offset: int
    """Of its local header."""
    packed: int
    size: int
    method: int
    flags: int
    crc: int
    time: int
    version: int
    is_link: bool

    @property
    def is_folder(self) -> bool:
        """Whether it stands for a folder."""
        return self.name.endswith(("/", "\\")) and not self.size

    @property
    def is_encrypted(self) -> bool:
        """Whether a password is needed."""
        return bool(self.flags & 1)


class Directory:
    """The directory of an archive. Raises :class:`SourceError` where there is none."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._start, self._end, self._base = _locate(stream, size)
        self._size = size

    def members(self) -> Iterator[Member]:
        """Yield the members in the order of the directory. Raises ``SourceError`` where it is damaged."""
        at = self._start
        while at < self._end:
            block, offset = self._read(at, _STEP), 0
            while offset + _CENTRAL.size <= len(block):
                row = _CENTRAL.unpack_from(block, offset)
                lengths = row[12:15]
                end = offset + _CENTRAL.size + sum(lengths)
                if row[0] != b"PK\x01\x02":
                    raise _damaged_directory(at + offset)
                if end > len(block):
                    break
                yield self._member(row, block[offset + _CENTRAL.size : end], lengths)
                offset = end
            if not offset:
                break
            at += offset
        if at < self._end:
            raise _damaged_directory(at)

    def _read(self, at: int, least: int) -> bytes:
        self._stream.seek(at)
        # A record is at most 46 bytes and three times 64 KiB.
        return read_fully(self._stream, min(self._end - at, 4 * least))

    def _member(self, row: tuple[object, ...], rest: bytes, lengths: tuple[int, ...]) -> Member:
        numbers = cast("tuple[int, ...]", (0, *row[1:]))
        flags, method, clock, crc = numbers[5], numbers[6], numbers[7], numbers[9]
        packed, size, offset = numbers[10], numbers[11], numbers[18]
        name, extra = rest[: lengths[0]], rest[lengths[0] : lengths[0] + lengths[1]]
        size, packed, offset = _wide(extra, size, packed, offset)
        unix = numbers[2] == 3
        is_link = unix and (numbers[17] >> 16) & _FORMAT == _LINK
        text = name.decode("utf-8", "surrogateescape") if flags & 0x800 else _local_name(name)
        return Member(text, self._base + offset, packed, size, method, flags, crc, clock, min(numbers[3], 63), is_link)


def _local_name(name: bytes) -> str:
    """Decode a name that does not say how: as UTF-8 where it is, else as the format's own code page 437."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("cp437")


def _wide(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """Sizes and offset, those that need 64 bits read from the extra field (4.5.3)."""
    values = [size, packed, offset]
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            numbers = list(struct.unpack_from(f"<{min(length, len(extra) - at - 4) // 8}Q", extra, at + 4))
            for place, value in enumerate(values):
                if value == 0xFFFFFFFF and numbers:
                    values[place] = numbers.pop(0)
            break
        at += 4 + length
    return values[0], values[1], values[2]


def _locate(stream: BinaryIO, size: int) -> tuple[int, int, int]:
    """Where the directory begins and ends, and what to add to the offsets in it."""
    start = max(0, size - _TAIL)
    stream.seek(start)
    tail = read_fully(stream, _TAIL)
    at = len(tail)
    while (at := tail.rfind(b"PK\x05\x06", 0, at)) >= 0:
        if at + _END.size <= len(tail):
            end = _END.unpack_from(tail, at)
            if at + _END.size + end[7] <= len(tail):
                break
    if at < 0:
        detail = "The zip has no directory; it may be incomplete."
        raise SourceError("unreadable", detail, cause="no-directory")
    length, offset, stop = end[5], end[6], start + at
    locator = _read_at(stream, stop - _LOCATOR.size, _LOCATOR.size)
    if locator[:4] == b"PK\x06\x07":
        # The record precedes its locator; the offset in the locator is off where something precedes the zip.
        record = _read_at(stream, stop - _LOCATOR.size - _END64.size, _END64.size)
        if record[:4] == b"PK\x06\x06":
            wide = _END64.unpack(record)
            length, offset, stop = wide[8], wide[9], stop - _LOCATOR.size - _END64.size
    first = stop - length
    if first < 0 or first < offset:
        detail = "The directory of the zip is not where its end record says."
        raise SourceError("unreadable", detail, cause="misplaced-directory")
    return first, stop, first - offset


def _read_at(stream: BinaryIO, at: int, size: int) -> bytes:
    if at < 0:
        return b""
    stream.seek(at)
    return read_fully(stream, size)


class Survey(NamedTuple):
    """What the members of an archive are together."""

    number: int
    """Members that are no folders."""
    is_office: bool
    """It is a document or a program: it has members that no export of mail has."""
    overlapping: frozenset[int]
    """Local headers that lie within other members, or that several members share."""


def survey(directory: Directory) -> Survey:
    """Look over all members once, before any is read. Where the directory is damaged, up to there."""
    offsets, ends = array("Q"), array("Q")
    is_office = False
    try:
        for member in directory.members():
            if member.is_folder:
                continue
            offsets.append(min(member.offset, 2**63))
            ends.append(min(member.offset + _LOCAL.size + member.packed, 2**63))
            is_office = is_office or (
                member.name.startswith(_NAMES_OFFICE[:2]) or (member.name == _NAMES_OFFICE[2] and len(offsets) == 1)
            )
    except SourceError:
        pass  # told when the members are read
    order = sorted(range(len(offsets)), key=offsets.__getitem__)
    highest = 0
    overlapping = set()
    for index in order:
        if offsets[index] < highest:
            overlapping.add(offsets[index])
        highest = max(highest, ends[index])
    return Survey(len(offsets), is_office, frozenset(overlapping))


# -- The bytes of a member --


def refusal(member: Member, password: bytes | None) -> SourceError | None:
    """Why a member cannot be read, as far as its record tells."""
    if not member.is_encrypted:
        return None
    if member.method == _AES or member.flags & 0x40:
        detail = "The member is encrypted with AES, which is not supported. Unpack the zip and check the files."
        return SourceError("unsupported", detail, cause="encryption")
    if password is None:
        return SourceError("password-needed", "The member is encrypted. Give the password with --password.")
    return None


def open_member(stream: BinaryIO, member: Member, password: bytes | None) -> BinaryIO:
    """Give the bytes of a member as a stream: at most as many as declared, and checked against their sum.

    Raises :class:`SourceError`, as do its reads.
    """
    return cast("BinaryIO", Chunks(_content(stream, member, password), None))


def _content(stream: BinaryIO, member: Member, password: bytes | None) -> Iterator[bytes]:
    header = _read_at(stream, member.offset, _LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
        detail = "The member is not where the directory of the zip says."
        raise SourceError("unreadable", detail, cause="misplaced-member")
    row = _LOCAL.unpack(header)
    start = member.offset + _LOCAL.size + row[10] + row[11]
    refused = refusal(member, password)
    if refused is not None:
        raise refused
    if member.is_encrypted:
        pieces = _by_library(stream, start, member, password)
    elif member.method in (_STORED, _DEFLATED, _BZIP2):
        pieces = _plain(stream, start, member)
    else:
        pieces = _by_library(stream, start, member, None)
    total = crc = 0
    for piece in pieces:
        total += len(piece)
        if total > member.size:
            detail = f"The member unpacks to more than the {member.size:,} bytes that the directory states."
            raise SourceError("unreadable", detail, cause="size-differs", stated=member.size)
        crc = zlib.crc32(piece, crc)
        yield piece
    if total != member.size or crc != member.crc:
        detail = "The member is damaged: its size or its checksum does not match the directory."
        raise SourceError("unreadable", detail, cause="checksum-differs", stated=member.size, unpacked=total)


def _plain(stream: BinaryIO, start: int, member: Member) -> Iterator[bytes]:
    inner: Inflater | bz2.BZ2Decompressor | None = None
    if member.method != _STORED:
        inner = Inflater(-15) if member.method == _DEFLATED else bz2.BZ2Decompressor()
    left, step = member.packed, _FIRST
    while left:
        # Others may have moved the stream between two pieces.
        stream.seek(start)
        data = stream.read(min(left, step))
        if not data:
            raise SourceError("unreadable", "The zip ends inside this member.", cause="cut-short")
        left -= len(data)
        start += len(data)
        if inner is None:
            yield data
        else:
            yield from _inflate(inner, data, step, last=not left)
            if inner.eof:
                return
        step = _STEP


def _inflate(inner: Inflater | bz2.BZ2Decompressor, data: bytes, step: int, *, last: bool) -> Iterator[bytes]:
    """Yield what some bytes unpack to, and at the last of them what is still held back."""
    while True:
        try:
            piece = inner.decompress(data, step)
        except (zlib.error, OSError, EOFError, ValueError) as error:
            raise _damaged_member(error) from None
        if piece:
            yield piece
        if inner.eof or (inner.needs_input and not (last and piece)):
            return
        data = b""


def _by_library(stream: BinaryIO, start: int, member: Member, password: bytes | None) -> Iterator[bytes]:
    """Have the standard library read one member, in an archive of its own that nothing else is in."""
    if member.packed > _IMAGE:
        detail = "The member is too large to be unpacked here. Unpack the zip and check the files."
        raise SourceError("limit-reached", detail, cause="member-size", size=member.packed, limit=_IMAGE)
    stream.seek(start)
    image = io.BytesIO(_image(member, read_fully(stream, member.packed)))
    try:
        with zipfile.ZipFile(image) as archive, archive.open(archive.infolist()[0], pwd=password) as opened:
            while piece := opened.read(_STEP):
                yield piece
    except NotImplementedError:
        detail = f"Compression method {member.method} is not supported. Unpack the zip and check the files."
        raise SourceError("unsupported", detail, cause="compression", method=member.method) from None
    except RuntimeError:
        raise SourceError("wrong-password", "The password is wrong.") from None
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, struct.error) as error:
        if isinstance(error, SourceError):
            raise
        if password is not None:
            # One wrong password in 256 passes the first check.
            raise SourceError("wrong-password", "The password is wrong, or the member is damaged.") from None
        raise _damaged_member(error) from None


def _damaged_directory(at: int) -> SourceError:
    detail = f"The directory of the zip is damaged at byte {at:,}."
    return SourceError("unreadable", detail, cause="damaged-archive", offset=at)


def _damaged_member(error: Exception) -> SourceError:
    return SourceError("unreadable", f"The member is damaged: {error}.", cause="damaged-data", said=str(error))


def _image(member: Member, data: bytes) -> bytes:
    """A zip of one member."""
    size = min(member.size, 0xFFFFFFFE)
    # Without the flag of UTF-8 names. That of a data descriptor stays: the password is checked otherwise with it.
    same = (member.flags & ~0x800, member.method, member.time, 0, member.crc, len(data), size, 1, 0)
    local = _LOCAL.pack(b"PK\x03\x04", member.version, 0, *same) + b"m"
    central = _CENTRAL.pack(b"PK\x01\x02", 20, 0, member.version, 0, *same, 0, 0, 0, 0, 0) + b"m"
    end = _END.pack(b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local) + len(data), 0)
    return local + data + central + end


@dataclass(frozen=True, slots=True)
class ZipMember:
    """A member of a zip on disk."""

    path: str
    member: Member
    password: bytes | None = field(default=None, repr=False)

    def load(self, limits: Limits) -> bytes:
        """Unpack it, to one byte more than allowed at most. Raises ``OSError``."""
        with open_regular(self.path) as stream:
            return read_fully(open_member(stream, self.member, self.password), limits.message_bytes + 1)

    @property
    def carried(self) -> int:
        """Bytes that travel with the candidate."""
        return 0
