"""An Outlook .msg as a message (MS-OXMSG): the file, and what is wrong with it.

Properties are read by the project's own bounded readers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.evidence import EXCERPT_CHARACTERS, Evidence
from pecdetect.parsing.message import Part
from pecdetect.parsing.outlook.compound import CompoundError, CompoundFile
from pecdetect.parsing.outlook.mapi import TOP_HEADER, internet_headers, is_message, message_bag
from pecdetect.parsing.outlook.parts import enter_item, read_items

if TYPE_CHECKING:
    from pecdetect.parsing.message import Message, OutlookItem
    from pecdetect.parsing.outlook.compound import Storage

_REBUILT = "PECDETECT.REBUILT"
"""A stream that says: this .msg was made here out of an Outlook data file, which keeps properties and not the MIME
that was sent. Names of entries are in upper case."""
_LOW_PROBLEMS = frozenset({"outlook-missing-stream", "outlook-duplicate-name"})


def read_outlook(message: Message, data: bytes) -> None:
    """Read a compound file into the message. Never raises; what cannot be opened is told in ``unopened``."""
    message.container = "msg"
    message.parts_seen = 1
    file = _open(message, data, message.root)
    if file is None:
        message.unopened.append(Evidence("", 0, min(512, message.size), "Outlook .msg"))
        return
    top = file.top()
    if not is_message(top):
        if file.problems or file.cut:
            _tell_problems(message, file, message.root, whole=True)
            message.unopened.append(Evidence("", 0, min(512, message.size), "Outlook .msg"))
        else:
            message.container = "unknown"
            message.no_message = "not-a-message"
        return
    root = message.root = Part(message.buffer, "", None, 0, 0)
    message.outlook = _read_file(message, file, top, root)
    if _REBUILT in top.entries:
        message.note("rebuilt-from-pst", "low", root, 0, 0)
    _tell_problems(message, file, root, whole=True)


def open_outlook_part(message: Message, holder: Part, data: bytes) -> None:
    """Read a .msg that is attached to a message as a message below the part that holds it. Never raises."""
    file = _open(message, data, holder)
    top = file.top() if file is not None else None
    if file is None or top is None or not is_message(top):
        return
    root = enter_item(message, holder)
    if root is not None:
        _read_file(message, file, top, root)
        _tell_problems(message, file, root, whole=False)


def _open(message: Message, data: bytes, part: Part) -> CompoundFile | None:
    try:
        return CompoundFile(data)
    except CompoundError as error:
        message.note(error.code, "high", part, part.start, part.start)
        return None


def _tell_problems(message: Message, file: CompoundFile, root: Part, *, whole: bool) -> None:
    """Say what is wrong with a file. Where the message itself may be missing from it, it counts as not opened."""
    for code, path in file.problems.items():
        low = code in _LOW_PROBLEMS
        stream = "msg:" + path
        message.note_at(code, "low" if low else "high", root.section, (0, 0, stream))
        if code == "outlook-shared-sectors":
            message.hit("decoded_bytes", message.size, message.size, root.section)
        if whole and not low:
            message.unopened.append(Evidence("", 0, 0, path[:EXCERPT_CHARACTERS] or None, stream))
    if whole and file.cut:
        message.truncated = True


def _read_file(message: Message, file: CompoundFile, top: Storage, root: Part) -> OutlookItem:
    """Read the message that a file holds, and those embedded in it."""
    return read_items(message, message_bag(file, top, TOP_HEADER, None, internet_headers(file, top)), root)
