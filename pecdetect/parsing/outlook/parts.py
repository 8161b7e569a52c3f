"""An Outlook item as a message (MS-OXCMSG): bodies and attachments as parts, the same tree as that of an .eml.

Works on properties, wherever they stand. Attached bytes stay where they are until something asks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pecdetect.evidence import EXCERPT_CHARACTERS, Evidence
from pecdetect.parsing.entity import interpret
from pecdetect.parsing.message import OutlookItem, Part
from pecdetect.parsing.mime import MESSAGE_TYPES, may_descend, open_stretch, read_tree
from pecdetect.parsing.outlook.codepages import charset_of
from pecdetect.parsing.outlook.header import join_tables, read_item_header
from pecdetect.parsing.outlook.properties import BINARY
from pecdetect.parsing.outlook.smime import graft, is_smime_class, sent_form
from pecdetect.parsing.outlook.streams import HeaderWriter, RegionBuffer, StreamPart, TextBuffer
from pecdetect.parsing.parameters import MediaType, parse_media_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from pecdetect.parsing.header import Buffer
    from pecdetect.parsing.message import Message
    from pecdetect.parsing.outlook.header import ItemHeader
    from pecdetect.parsing.outlook.properties import Embedded, LongText, Properties, Text

_CLASS = 0x001A
_FLAGS = 0x0E07
_FLAGS_TAG = 0x0E070003

_BY_REFERENCE = frozenset({2, 3, 4})
_WEB_REFERENCE = 7
"""PidTagAttachMethod (MS-OXCMSG, 2.2.2.9)."""

_MIXED = MediaType("multipart", "mixed")
_MIME_START = re.compile(rb"(?:\xef\xbb\xbf)?+[ \t\r\n]*+[!-9;-~]{1,76}[ \t]*+:")
_MULTIPART_START = re.compile(
    rb"(?:\xef\xbb\xbf)?+[ \t\r\n]*+(?:mime-version:[^\r\n]*+\r?\n)?+content-type:[ \t\r\n]*+multipart/",
    re.IGNORECASE,
)
_REPORT_TYPES = frozenset({"message/delivery-status", "message/disposition-notification"})


class _Pending(NamedTuple):
    """A message that has not been read yet."""

    open: Callable[[], Properties]
    root: Part


def read_items(message: Message, bag: Properties, root: Part) -> OutlookItem:
    """Read a message and those embedded in it below ``root``; what the outermost says of itself comes back.

    Without recursion; never raises.
    """
    items: list[OutlookItem] = []
    pending = [_Pending(lambda: bag, root)]
    while pending:
        opens, part = pending.pop()
        reader = _ItemReader(message, opens(), part)
        items.append(reader.read())
        pending.extend(reversed(reader.embedded))
    return items[0]


def enter_item(message: Message, holder: Part) -> Part | None:
    """The root of the message in a part, which is ``holder.message`` from then on; None where a limit forbids it."""
    root = Part(holder.buffer, holder.section + "/", holder, holder.start, holder.depth + 1)
    if not may_descend(message, root):
        return None
    holder.message = root
    return root


class _ItemReader:
    """Reads one message."""

    def __init__(self, message: Message, bag: Properties, root: Part) -> None:
        self.message = message
        self.bag = bag
        self.root = root
        self.children: list[Part] = []
        """Parts of the root, once there are any."""
        self.embedded: list[_Pending] = []

    def read(self) -> OutlookItem:
        bag, root = self.bag, self.root
        header = read_item_header(self.message, bag, root)
        root.table = header.table
        class_ = bag.text(_CLASS)
        attachments = self.attachments()
        mismatch = None
        grafted = False
        by_class = class_ is not None and is_smime_class(class_.value)
        form = None if by_class else sent_form(root)
        if not by_class and (class_ is None or not class_.value):
            by_class = len(attachments) == 1 and _is_smime_file(attachments[0])
        if by_class or form is not None:
            grafted = len(attachments) == 1 and graft(self.message, bag, root, attachments[0], form)
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

    def attachments(self) -> list[Properties]:
        most = self.message.limits.parts
        count, found = self.bag.attachments(most)
        if count > most:
            self.message.hit("parts", count, most, self.root.section)
        return list(found)

    # -- parts --

    def read_parts(self, attachments: list[Properties], class_: Text | None) -> None:
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
        part = kind(root.buffer, f"{section}{len(self.children) + 1}", root, 0, root.depth + 1)
        if not may_descend(self.message, part):
            return None
        self.children.append(part)
        root.children = self.children
        return part

    def read_bodies(self) -> None:
        plain = self.bag.long_text(0x1000)
        if plain is not None and plain.data:
            self.add_text("plain", plain)
        html = self.bag.held(0x1013, BINARY)
        if html is not None and html.end > html.start:
            charset = charset_of(self.bag.integer(0x3FDE))
            self.add_body(f"text/html; charset={charset}" if charset else "text/html", *html[:3])
        else:
            text = self.bag.long_text(0x1013)
            if text is not None and text.data:
                self.add_text("html", text)
        if not self.root.children:
            rtf = self.bag.held(0x1009, BINARY)
            if rtf is not None and rtf.end > rtf.start:
                self.add_body("text/rtf", *rtf[:3])
                # Compressed (MS-OXRTFCP), and left so: nothing that is looked for stands in it.
                self.message.note("rtf-body-alone", "low", self.root, self.root.start, self.root.start)

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

    def read_attachment(self, bag: Properties, part: Part) -> None:
        embedded = bag.embedded()
        is_message = embedded is not None and embedded.is_message
        name = attachment_header(self.message, bag, part, "message/rfc822" if is_message else None)
        if embedded is not None:
            self.read_embedded(embedded, part)
        elif hold_attachment(bag, part):
            self.open_attachment(part, name)
        else:
            self.note_missing(bag, part)

    def read_embedded(self, embedded: Embedded, part: Part) -> None:
        _hold(part, RegionBuffer(b"", embedded.stream, 0), 0, 0)
        if not embedded.is_message:
            self.message.note("attachment-ole-object", "low", part, 0, 0)
            return
        root = enter_item(self.message, part)
        if root is not None:
            self.embedded.append(_Pending(embedded.open, root))

    def note_missing(self, bag: Properties, part: Part) -> None:
        """Say why an attachment has no bytes."""
        stream = bag.stream_name(0x3701, BINARY)
        _hold(part, RegionBuffer(b"", stream, 0), 0, 0)
        method = bag.integer(0x3705) or 0
        if method in _BY_REFERENCE:
            self.message.note("attachment-by-reference", "low", part, 0, 0)
        elif method == _WEB_REFERENCE:
            self.message.note("attachment-web-reference", "low", part, 0, 0)
        else:
            bag.miss(stream)

    def open_attachment(self, part: Part, name: str | None) -> None:
        """Read an attached message, and a multipart that was kept as a file; other containers are for later."""
        major, subtype = part.media_type.type, part.media_type.subtype
        suffix = (name or "").lower()[-4:]
        is_eml = (major == "message" and subtype in MESSAGE_TYPES) or suffix == ".eml"
        is_multipart = major == "multipart" or (
            suffix == ".p7m" and _MULTIPART_START.match(part.sniff(512)) is not None
        )
        if (is_eml or is_multipart) and _MIME_START.match(part.sniff(512)) is not None:
            if is_eml:
                open_stretch(self.message, part, part.buffer, part.body_start, part.end)
                return
            own, disposition = part.table, part.disposition
            read_tree(self.message, part, part.end)
            part.table = join_tables(part.table, own)
            part.name, part.disposition = name, disposition
        elif major == "application":
            self.message.pending.append(part)


def attachment_header(message: Message, bag: Properties, part: Part, media_type: str | None) -> str | None:
    """Make the header of an attachment's part from its properties; its name comes back."""
    named = bag.text(0x3707) or bag.text(0x3704) or bag.text(0x3001)
    tag = bag.text(0x370E)
    content_id = bag.text(0x3712)
    writer = HeaderWriter()
    declared = tag.value.strip() if tag is not None else ""
    source = tag.place if tag is not None else (bag.properties_name, 0, 0)
    writer.add("Content-Type", media_type or declared or "application/octet-stream", *source)
    inline = bag.boolean(0x7FFE) or (content_id is not None and (bag.integer(0x3714) or 0) & 4)
    disposition = "inline" if inline else "attachment"
    name = named.value.replace("\0", "").strip() if named is not None else ""
    if named is not None and name:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        writer.add("Content-Disposition", f'{disposition}; filename="{quoted}"', *named.place)
    else:
        writer.add("Content-Disposition", disposition, bag.properties_name, 0, 0)
    if content_id is not None and content_id.value:
        writer.add("Content-ID", f"<{content_id.value.strip('<>')}>", *content_id.place)
    part.table = writer.table()
    interpret(message, part)
    part.name = name or part.name
    return part.name


def hold_attachment(bag: Properties, part: Part) -> bool:
    """Point a part at the bytes of an attachment, untouched; False where there are none."""
    held = bag.held(0x3701, BINARY)
    if held is None:
        return False
    _hold(part, *held[:3])
    return True


def _is_smime_file(bag: Properties) -> bool:
    """Whether an attachment bears the name under which a protected entity is kept."""
    name = bag.text(0x3707) or bag.text(0x3704)
    return name is not None and name.value.strip().lower() == "smime.p7m"


def _hold(part: Part, buffer: Buffer, start: int, end: int) -> None:
    part.buffer = buffer
    part.start = part.body_start = start
    part.end = end
    part.encoding = "binary"


def _class_evidence(root: Part, class_: Text) -> Evidence:
    stream, start, end = class_.place
    return Evidence(root.section, start, end, class_.value[:EXCERPT_CHARACTERS] or None, stream)
