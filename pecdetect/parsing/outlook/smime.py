"""S/MIME in an Outlook item (MS-OXOSMIME, 2.1.3): one attachment holds the whole protected entity.

The item is read as the entity that the attachment holds, below the item's own header, as if it had never been taken
apart: a certified message has the same parts in the same places as in an .eml.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from pecdetect.parsing.entity import interpret
from pecdetect.parsing.mime import read_tree
from pecdetect.parsing.outlook.header import STRUCTURAL, join_tables
from pecdetect.parsing.outlook.properties import BINARY, Text
from pecdetect.parsing.outlook.streams import HeaderWriter
from pecdetect.parsing.parameters import parse_media_type

if TYPE_CHECKING:
    from pecdetect.parsing.message import Message, Part
    from pecdetect.parsing.outlook.properties import Properties

_SECURE = "ipm.note.secure"
"""Classes of the first Outlook versions."""
_PREFACE = re.compile(rb"(?:\xef\xbb\xbf)?+[ \t\r\n]*+")
_MIME_FIELD = re.compile(rb"(?:content-[!-9;-~]{1,60}|mime-version)[ \t]*+:", re.IGNORECASE)
_CMS_OID = bytes.fromhex("2a864886f70d0109"), bytes.fromhex("2a864886f70d0107")
_HEAD = 1024
_CMS_TYPES = frozenset({"pkcs7-mime", "x-pkcs7-mime"})
_CMS_NAMES = (".p7m", ".p7z", ".p7c", ".p7s")


def is_smime_class(value: str, *, strictly: bool = False) -> bool:
    """Whether a message class says S/MIME, in any case and form; ``strictly`` where MS-OXOSMIME demands one attachment.

    Reports on S/MIME mail bear its class inside theirs, and the oldest Outlook had classes of its own.
    """
    name = value.lower()
    if strictly:
        return name.endswith((".smime", ".smime.multipartsigned")) and not name.startswith("report.")
    return ".smime" in name or name == _SECURE or name.startswith(_SECURE + ".")


Form = Literal["mime", "cms"]


def sent_form(root: Part) -> Form | None:
    """As what the transport headers say that the message was sent, whatever class the item has now; None: no S/MIME."""
    raw = root.raw(b"content-type")
    media_type = parse_media_type(raw) if raw is not None else None
    if media_type is None:
        return None
    if media_type.essence == "multipart/signed":
        return "mime"
    return "cms" if media_type.subtype in _CMS_TYPES else None


def graft(message: Message, bag: Properties, root: Part, attachment: Properties, form: Form | None = None) -> bool:
    """Read the one attachment of an item as the item's own entity; False where it is no protected one.

    ``root`` has the item's header; ``form`` is the only one that fits, None for either. Never raises.
    """
    held = attachment.held(0x3701, BINARY)
    if held is None or held.end == held.start:
        return False
    data = held.head(_HEAD)
    preface = _PREFACE.match(data)
    skipped = preface.end() if preface is not None else 0
    is_mime = _MIME_FIELD.match(data, skipped) is not None
    if form == ("cms" if is_mime else "mime") or not (is_mime or _is_cms(attachment, data)):
        return False
    header = root.table
    root.buffer = held.buffer
    root.start = root.body_start = held.start
    root.end = held.end
    if is_mime:
        root.start += skipped
        read_tree(message, root, root.end)
        own = frozenset(root.table.keys)
        root.table = join_tables(header, root.table, without=STRUCTURAL | own)
    else:
        root.table = header
        _declare_cms(message, bag, root, attachment)
    return True


def _is_cms(attachment: Properties, head: bytes) -> bool:
    """Whether an attachment is CMS: by its content, else by what it is declared to be."""
    if head[:1] == b"\x30" and any(oid in head[:64] for oid in _CMS_OID):
        return True
    tag = attachment.text(0x370E)
    if tag is not None and tag.value.lower().partition("/")[2].partition(";")[0].strip() in _CMS_TYPES:
        return True
    name = attachment.text(0x3707) or attachment.text(0x3704)
    return name is not None and name.value.lower().endswith(_CMS_NAMES)


def _declare_cms(message: Message, bag: Properties, root: Part, attachment: Properties) -> None:
    """Give the root the Content-Type that the message had: as a property, as a field, else as the attachment says."""
    header = root.table
    named = [ident for ident, name in bag.header_names.items() if name.lower() == "content-type"]
    candidates = [text for ident in named if (text := bag.text(ident))]
    field = root.get("content-type")
    if field is not None:
        candidates.append(Text(field.value, "", 0, ""))
    tag = attachment.text(0x370E)
    if tag is not None:
        candidates.append(tag)
    writer = HeaderWriter()
    for candidate in candidates:
        media_type = parse_media_type(candidate.value.encode("utf-8", "replace"), message.limits.parameters)
        if media_type is not None and media_type.subtype in _CMS_TYPES:
            if not candidate.stream:  # the header's own field: it stays
                root.table = join_tables(header, writer.table(), without=STRUCTURAL - {b"content-type"})
                break
            writer.add("Content-Type", candidate.value, *candidate.place)
            root.table = join_tables(header, writer.table(), without=STRUCTURAL)
            break
    else:
        writer.add("Content-Type", "application/pkcs7-mime", attachment.properties_name, 0, 0)
        root.table = join_tables(header, writer.table(), without=STRUCTURAL)
    interpret(message, root)
    root.encoding = "binary"
    name = attachment.text(0x3707) or attachment.text(0x3704)
    root.name = root.name or (name.value if name is not None else None)
