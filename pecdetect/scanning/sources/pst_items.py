"""An item of an Outlook data file as an Outlook .msg in memory (MS-OXMSG), read through the library's own reader.

A data file keeps MAPI properties, as a .msg does, and not the bytes that were sent. The properties are copied as they
stand, so that class, flags, recipients, transport headers and attachments are judged by the same code. What is
written is a stand-in: its bytes are the same from run to run, but they are nobody's evidence.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from pecdetect.scanning.errors import SourceError
from pecdetect.scanning.sources.compound_writer import Folder, write_compound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pecdetect.limits import Limits

REBUILT = "pecdetect.rebuilt"
"""Name of the stream that says that a .msg was made here, and from what."""

_FIXED = frozenset({0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x0007, 0x000A, 0x000B, 0x0014, 0x0040})
_VARIABLE = {0x001E: 1, 0x001F: 2, 0x0048: 0, 0x0102: 0}
"""Types whose values are streams, and the bytes by which their declared size exceeds them (MS-OXMSG, 2.4.2.2)."""
_NEEDED = frozenset({0x001A, 0x0037, 0x007D, 0x0E07, 0x1000, 0x1009, 0x1013})
"""Class, subject, transport headers, flags and bodies: without them a judgement would be a guess."""
_DATA = 0x3701
_METHOD = 0x3705
_EMBEDDED = 5
_STEP = 1024 * 1024


class ItemWriter:
    """Makes the .msg of one item. ``names`` are the streams of the data file's map of named properties."""

    def __init__(self, names: dict[int, bytes], limits: Limits) -> None:
        self._names = names
        self._left = limits.message_bytes
        self._depth = limits.embedded
        self._most = limits.parts

    def write(self, item: Any) -> bytes:
        """Give the bytes. Raises :class:`SourceError`, and ``OSError`` where the library cannot read the item."""
        root = Folder()
        pending = [(item, root, 32, 0)]
        while pending:
            message, folder, header, depth = pending.pop()
            for attachment, below in self._message(message, folder, header):
                embedded = _embedded(attachment) if depth < self._depth else None
                if embedded is not None:
                    inner = below.folders["__substg1.0_3701000D"] = Folder()
                    pending.append((embedded, inner, 24, depth + 1))
        root.streams[REBUILT] = b"pst"
        names = root.folders["__nameid_version1.0"] = Folder()
        for ident in (2, 3, 4):
            names.streams[f"__substg1.0_{ident:04X}0102"] = self._names.get(ident, b"")
        return write_compound(root)

    def _message(self, message: Any, folder: Folder, header: int) -> list[tuple[Any, Folder]]:
        """Write a message; its attached messages come back."""
        recipients = _rows(getattr(message, "recipients", None))[: self._most]
        number = min(getattr(message, "number_of_attachments", 0) or 0, self._most + 1)
        counts = struct.pack("<8x4I", len(recipients), number, len(recipients), number)
        self._bag(_entries(message), folder, (counts + bytes(8))[:header], needed=_NEEDED)
        for at, row in enumerate(recipients):
            self._bag(row.entries, folder.folders.setdefault(f"__recip_version1.0_#{at:08X}", Folder()), bytes(8))
        attached: list[tuple[Any, Folder]] = []
        for at in range(number):
            below = folder.folders[f"__attach_version1.0_#{at:08X}"] = Folder()
            attachment = message.get_attachment(at)
            method = self._bag(_entries(attachment), below, bytes(8)).get(_METHOD)
            if method == _EMBEDDED:
                attached.append((attachment, below))
            else:
                self._data(attachment, below)
        return attached

    def _bag(
        self, entries: Iterable[Any], folder: Folder, header: bytes, *, needed: frozenset[int] = frozenset()
    ) -> dict[int, int]:
        """Write properties; the 32-bit integers among them come back."""
        records = [header]
        integers: dict[int, int] = {}
        seen: set[int] = set()
        for entry in entries:
            ident, kind = entry.entry_type, entry.value_type
            if ident is None or kind is None or ident in seen or not (kind in _FIXED or kind in _VARIABLE):
                continue
            if ident == _DATA:
                continue
            content = _value(entry, ident, needed)
            if content is None:
                continue
            seen.add(ident)
            self._spend(len(content))
            if kind in _FIXED:
                value = content[:8].ljust(8, b"\0")
                if kind == 0x0003:
                    integers[ident] = int.from_bytes(content[:4], "little")
            else:
                folder.streams[f"__substg1.0_{ident:04X}{kind:04X}"] = content
                value = struct.pack("<II", len(content) + _VARIABLE[kind], 0)
            records.append(struct.pack("<II", ident << 16 | kind, 6) + value)
        folder.streams["__properties_version1.0"] = b"".join(records)
        return integers

    def _data(self, attachment: Any, folder: Folder) -> None:
        """Write the bytes of an attachment; nothing where it has none (a reference, an OLE object)."""
        try:
            size = attachment.size
        except OSError:
            return
        pieces = []
        left = size or 0
        while left > 0 and (piece := attachment.read_buffer(min(left, _STEP))):
            self._spend(len(piece))
            pieces.append(piece)
            left -= len(piece)
        if left:
            raise SourceError("unreadable", "An attachment is shorter than its stated size.", cause="cut-short")
        folder.streams["__substg1.0_37010102"] = b"".join(pieces)

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise SourceError("limit-reached", "The item is larger than the limit for one message.", cause="item-size")


def _entries(item: Any) -> Iterable[Any]:
    rows = _rows(item)
    return rows[0].entries if rows else ()


def _rows(item: Any) -> list[Any]:
    return list(item.record_sets) if item is not None else []


def _value(entry: Any, ident: int, needed: frozenset[int]) -> bytes | None:
    try:
        content = entry.data
    except OSError:
        if ident in needed:
            raise
        return None
    return b"" if content is None else bytes(content)


def _embedded(attachment: Any) -> Any | None:
    """The message that is attached; None where the library does not give it."""
    try:
        return attachment.get_sub_item(0) if attachment.number_of_sub_items else None
    except OSError:
        return None
