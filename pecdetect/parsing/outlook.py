"""An Outlook .msg as a message (MS-OXMSG, MS-OXCMSG): the same tree as that of an .eml, without recursion.

Properties are read by the project's own bounded readers. Attached octets stay in the file until something asks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pecdetect.evidence import EXCERPT_CHARACTERS, Evidence
from pecdetect.parsing.codepages import charset_of
from pecdetect.parsing.compound import STORAGE, CompoundError, CompoundFile
from pecdetect.parsing.entity import interpret
from pecdetect.parsing.mapi import (
    BINARY,
    EMBEDDED_HEADER,
    OTHER_HEADER,
    PROPERTIES,
    TOP_HEADER,
    Bag,
    internet_headers,
)
from pecdetect.parsing.message import Anomaly, OutlookItem, Part
from pecdetect.parsing.mime import MESSAGE_TYPES, may_descend, open_stretch, read_tree
from pecdetect.parsing.outlook_header import join_tables, read_item_header
from pecdetect.parsing.outlook_smime import graft, is_smime_class, sent_form
from pecdetect.parsing.parameters import MediaType, parse_media_type
from pecdetect.parsing.streams import HeaderWriter, RegionBuffer, ScatteredBuffer, StreamPart, TextBuffer

if TYPE_CHECKING:
    from pecdetect.parsing.compound import Storage
    from pecdetect.parsing.mapi import LongText, Text
    from pecdetect.parsing.message import Buffer, Message
    from pecdetect.parsing.outlook_header import ItemHeader

_ATTACHMENT = "__ATTACH_VERSION1.0_#"
_EMBEDDED = "__SUBSTG1.0_3701000D"
_CLASS = 0x001A
_FLAGS = 0x0E07
_FLAGS_TAG = 0x0E070003

_BY_REFERENCE = frozenset({2, 3, 4})
_OLE = 6
_WEB_REFERENCE = 7
"""PidTagAttachMethod (MS-OXCMSG, 2.2.2.9)."""

_MIXED = MediaType("multipart", "mixed")
_MIME_START = re.compile(rb"(?:\xef\xbb\xbf)?+[ \t\r\n]*+[!-9;-~]{1,76}[ \t]*+:")
_REPORT_TYPES = frozenset({"message/delivery-status", "message/disposition-notification"})
_LOW_PROBLEMS = frozenset({"outlook-missing-stream", "outlook-duplicate-name"})


class _Pending(NamedTuple):
    """A message that has not been read yet."""

    storage: Storage
    header: int
    root: Part
    charset: str | None


def read_outlook(message: Message, data: bytes) -> None:
    """Read a compound file into the message. Never raises; what cannot be opened is told in ``unopened``."""
    message.container = "msg"
    message.parts_seen = 1
    file = _open(message, data, message.root)
    if file is None:
        message.unopened.append(Evidence("", 0, min(512, message.size), "Outlook .msg"))
        return
    top = file.top()
    if not _is_message(top):
        if file.problems or file.cut:
            _tell_problems(message, file, message.root, whole=True)
            message.unopened.append(Evidence("", 0, min(512, message.size), "Outlook .msg"))
        else:
            message.container = "unknown"
            message.no_message = "not-a-message"
        return
    root = message.root = Part(message.buffer, "", None, 0, 0)
    message.outlook = _read_items(message, file, top, root)
    _tell_problems(message, file, root, whole=True)


def open_outlook_part(message: Message, holder: Part, octets: bytes) -> None:
    """Read a .msg that is attached to a message as a message below the part that holds it. Never raises."""
    file = _open(message, octets, holder)
    top = file.top() if file is not None else None
    if file is None or top is None or not _is_message(top):
        return
    root = _enter(message, holder)
    if root is not None:
        _read_items(message, file, top, root)
        _tell_problems(message, file, root, whole=False)


def _open(message: Message, data: bytes, part: Part) -> CompoundFile | None:
    try:
        return CompoundFile(data)
    except CompoundError as error:
        message.note(error.code, "high", part, part.start, part.start)
        return None


def _is_message(storage: Storage) -> bool:
    return PROPERTIES in storage.entries or any(key.startswith("__SUBSTG1.0_001A") for key in storage.entries)


def _enter(message: Message, holder: Part) -> Part | None:
    root = Part(holder.buffer, holder.section + "/", holder, holder.start, holder.depth + 1)
    if not may_descend(message, root):
        return None
    holder.message = root
    return root


def _tell_problems(message: Message, file: CompoundFile, root: Part, *, whole: bool) -> None:
    """Say what is wrong with a file. Where the message itself may be missing from it, it counts as not opened."""
    for code, path in file.problems.items():
        low = code in _LOW_PROBLEMS
        stream = "msg:" + path
        message.anomalies.append(Anomaly(code, "low" if low else "high", root.section, 0, 0, stream))
        if code == "outlook-shared-sectors":
            message.hit("decoded_bytes", message.size, message.size, root.section)
        if whole and not low:
            message.unopened.append(Evidence("", 0, 0, path[:EXCERPT_CHARACTERS] or None, stream))
    if whole and file.cut:
        message.truncated = True


def _read_items(message: Message, file: CompoundFile, top: Storage, root: Part) -> OutlookItem:
    """Read a message and those embedded in it; what the outermost says of itself comes back."""
    names = internet_headers(file, top)
    items: list[OutlookItem] = []
    pending = [_Pending(top, TOP_HEADER, root, None)]
    while pending:
        storage, header, part, charset = pending.pop()
        bag = Bag(file, storage, header)
        bag.charset = bag.declared_charset() or charset
        reader = _ItemReader(message, bag, part, names)
        items.append(reader.read())
        pending.extend(reversed(reader.embedded))
    return items[0]


class _ItemReader:
    """Reads one message of a file."""

    def __init__(self, message: Message, bag: Bag, root: Part, names: dict[int, str]) -> None:
        self.message = message
        self.bag = bag
        self.root = root
        self.names = names
        self.embedded: list[_Pending] = []

    def read(self) -> OutlookItem:
        bag, root = self.bag, self.root
        header = read_item_header(self.message, bag, root, self.names)
        root.table = header.table
        class_ = bag.text(_CLASS)
        attachments = self.attachments()
        mismatch = None
        grafted = False
        by_class = class_ is not None and is_smime_class(class_.value)
        form = None if by_class else sent_form(root)
        if by_class or form is not None:
            grafted = len(attachments) == 1 and graft(self.message, bag, root, attachments[0], self.names, form)
            if not grafted and class_ is not None and is_smime_class(class_.value, strictly=True):
                mismatch = _class_evidence(root, class_)
        if not grafted:
            self.read_parts(attachments, class_)
        if bag.guessed is not None:
            self.message.note("charset-guessed", "low", root, root.start, root.start)
        return self.item(header, class_, mismatch)

    def item(self, header: ItemHeader, class_: Text | None, mismatch: Evidence | None) -> OutlookItem:
        bag, section = self.bag, self.root.section
        flags = bag.integer(_FLAGS) or 0
        start, end = bag.record_span(_FLAGS_TAG)
        return OutlookItem(
            message_class=(class_.value or None) if class_ is not None else None,
            class_evidence=_class_evidence(self.root, class_) if class_ is not None else None,
            flags=flags,
            flags_evidence=Evidence(section, start, end, f"PidTagMessageFlags: {flags:#x}", bag.properties_name),
            headers_synthesised=header.synthesised,
            unknown_address=header.unknown_address,
            class_mismatch=mismatch,
        )

    def attachments(self) -> list[Bag]:
        bag, limits = self.bag, self.message.limits
        entries = bag.storage.entries
        keys = sorted(key for key, entry in entries.items() if key.startswith(_ATTACHMENT) and entry.kind == STORAGE)
        if len(keys) > limits.parts:
            self.message.hit("parts", len(keys), limits.parts, self.root.section)
        return [
            Bag(bag.file, bag.file.open_storage(bag.storage, entries[key]), OTHER_HEADER, bag.charset or bag.guessed)
            for key in keys[: limits.parts]
        ]

    # -- parts --

    def read_parts(self, attachments: list[Bag], class_: Text | None) -> None:
        """Bodies and attachments as parts of a multipart/mixed."""
        root = self.root
        declared = root.raw(b"content-type")
        root.media_type = _MIXED
        root.content_type = "multipart/mixed"
        self.read_bodies()
        for attachment in attachments:
            part = self.new_part(StreamPart)
            if part is None:
                break
            self.read_attachment(attachment, part)
        media_type = parse_media_type(declared, self.message.limits.parameters) if declared is not None else None
        if media_type is not None and self.still_is(media_type, class_):
            root.media_type = media_type
            root.content_type = media_type.essence

    def still_is(self, media_type: MediaType, class_: Text | None) -> bool:
        """Whether the parts are still those of the multipart that was sent."""
        types = {child.content_type for child in self.root.children}
        if media_type.essence == "multipart/encrypted":
            return "application/pgp-encrypted" in types
        if media_type.essence == "multipart/report":
            return bool(types & _REPORT_TYPES) or (class_ is not None and class_.value[:7].upper() == "REPORT.")
        return False

    def new_part(self, kind: type[Part]) -> Part | None:
        root = self.root
        section = root.section if not root.section or root.section.endswith("/") else root.section + "."
        part = kind(root.buffer, f"{section}{len(root.children) + 1}", root, 0, root.depth + 1)
        if not may_descend(self.message, part):
            return None
        root.children.append(part)
        return part

    def read_bodies(self) -> None:
        plain = self.bag.long_text(0x1000)
        if plain is not None and plain.octets:
            self.add_text("plain", plain)
        html = self.bag.extent(0x1013, BINARY)
        if html is not None and html.end > html.start:
            charset = charset_of(self.bag.integer(0x3FDE))
            name = self.bag.stream_name(0x1013, BINARY)
            buffer = RegionBuffer(html.data, name, html.start)
            self.add_body(f"text/html; charset={charset}" if charset else "text/html", buffer, html.start, html.end)
        else:
            text = self.bag.long_text(0x1013)
            if text is not None and text.octets:
                self.add_text("html", text)
        if not self.root.children:
            rtf = self.bag.extent(0x1009, BINARY)
            if rtf is not None and rtf.end > rtf.start:
                buffer = RegionBuffer(rtf.data, self.bag.stream_name(0x1009, BINARY), rtf.start)
                self.add_body("text/rtf", buffer, rtf.start, rtf.end)

    def add_text(self, subtype: str, text: LongText) -> None:
        buffer = TextBuffer(text)
        self.message.decoded_left = max(0, self.message.decoded_left - len(buffer.data))
        self.add_body(f"text/{subtype}; charset=utf-8", buffer, 0, len(buffer.data))

    def add_body(self, content_type: str, buffer: Buffer, start: int, end: int) -> None:
        part = self.new_part(Part)
        if part is not None:
            writer = HeaderWriter()
            writer.add("Content-Type", content_type, buffer.stream or "", 0, end - start)
            part.table = writer.table()
            interpret(self.message, part)
            _hold(part, buffer, start, end)

    def read_attachment(self, bag: Bag, part: Part) -> None:
        method = bag.integer(0x3705) or 0
        embedded = bag.storage.entries.get(_EMBEDDED)
        storage = None
        if embedded is not None and embedded.kind == STORAGE:
            storage = bag.file.open_storage(bag.storage, embedded)
        is_message = storage is not None and _is_message(storage)
        name = attachment_header(self.message, bag, part, "message/rfc822" if is_message else None)
        stream = bag.stream_name(0x3701, BINARY)
        if storage is not None:
            _hold(part, RegionBuffer(b"", f"msg:{storage.path.rstrip('/')}", 0), 0, 0)
            if is_message:
                root = _enter(self.message, part)
                if root is not None:
                    self.embedded.append(_Pending(storage, EMBEDDED_HEADER, root, self.bag.charset))
            else:
                self.message.note("attachment-ole-object", "low", part, 0, 0)
            return
        if not hold_attachment(bag, part):
            _hold(part, RegionBuffer(b"", stream, 0), 0, 0)
            if method in _BY_REFERENCE:
                self.message.note("attachment-by-reference", "low", part, 0, 0)
            elif method == _WEB_REFERENCE:
                self.message.note("attachment-web-reference", "low", part, 0, 0)
            else:
                bag.file.problems.setdefault("outlook-missing-stream", stream.removeprefix("msg:"))
            return
        self.open_attachment(part, name)

    def open_attachment(self, part: Part, name: str | None) -> None:
        """Read an attached message, and a multipart that was kept as a file; other containers are for later."""
        major, subtype = part.media_type[:2]
        is_eml = (major == "message" and subtype in MESSAGE_TYPES) or (name or "").lower().endswith(".eml")
        if (is_eml or major == "multipart") and _MIME_START.match(part.sniff(512)) is not None:
            if is_eml:
                open_stretch(self.message, part, part.buffer, part.body_start, part.end)
                return
            own, disposition = part.table, part.disposition
            read_tree(self.message, part, part.end)
            part.table = join_tables(part.table, own)
            part.name, part.disposition = name, disposition
        elif major == "application":
            self.message.pending.append(part)


def attachment_header(message: Message, bag: Bag, part: Part, media_type: str | None) -> str | None:
    """Make the header of an attachment's part from its properties; its name comes back."""
    named = bag.text(0x3707) or bag.text(0x3704) or bag.text(0x3001)
    tag = bag.text(0x370E)
    content_id = bag.text(0x3712)
    writer = HeaderWriter()
    declared = tag.value.strip() if tag is not None else ""
    source = (tag.stream, 0, tag.size) if tag is not None else (bag.properties_name, 0, 0)
    writer.add("Content-Type", media_type or declared or "application/octet-stream", *source)
    inline = bag.boolean(0x7FFE) or (content_id is not None and (bag.integer(0x3714) or 0) & 4)
    disposition = "inline" if inline else "attachment"
    name = named.value.replace("\0", "").strip() if named is not None else ""
    if named is not None and name:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        writer.add("Content-Disposition", f'{disposition}; filename="{quoted}"', named.stream, 0, named.size)
    else:
        writer.add("Content-Disposition", disposition, bag.properties_name, 0, 0)
    if content_id is not None and content_id.value:
        writer.add("Content-ID", f"<{content_id.value.strip('<>')}>", content_id.stream, 0, content_id.size)
    part.table = writer.table()
    interpret(message, part)
    part.name = name or part.name
    return part.name


def hold_attachment(bag: Bag, part: Part) -> bool:
    """Point a part at the octets of an attachment, untouched; False where there are none."""
    pieces = bag.pieces(0x3701, BINARY)
    if pieces is None:
        return False
    stream = bag.stream_name(0x3701, BINARY)
    if len(pieces.starts) == 1:
        start = pieces.starts[0]
        _hold(part, RegionBuffer(pieces.data, stream, start), start, start + pieces.size)
    else:
        _hold(part, ScatteredBuffer(bag.file, pieces, stream), 0, pieces.size)
    return True


def _hold(part: Part, buffer: Buffer, start: int, end: int) -> None:
    part.buffer = buffer
    part.start = part.body_start = start
    part.end = end
    part.encoding = "binary"


def _class_evidence(root: Part, class_: Text) -> Evidence:
    return Evidence(root.section, 0, class_.size, class_.value[:EXCERPT_CHARACTERS] or None, class_.stream)
