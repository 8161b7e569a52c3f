"""Messages in other containers that parts hold: an Outlook .msg, a TNEF stream. One queue, one depth limit for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.parsing import transfer
from pecdetect.parsing.opening import COMPOUND_FILE

if TYPE_CHECKING:
    from pecdetect.parsing.message import Message, Part

_OUTLOOK_TYPES = frozenset({"vnd.ms-outlook", "x-msg", "msg", "x-outlook-msg", "vnd.ms-msg"})
_SIGNATURE_BASE64 = b"0M8R4KGx"
_OFFICE_NAMES = (".doc", ".dot", ".xls", ".xlt", ".ppt", ".pps", ".pot", ".vsd", ".mpp", ".pub", ".msi", ".msp", ".db")
"""Names of compound files that are no messages."""


def open_pending(message: Message) -> None:
    """Open what the parts that were met hold, and what is met in there, until nothing is left. Never raises."""
    pending = message.pending
    at = 0
    while at < len(pending):
        part = pending[at]
        at += 1
        if part.message is None and not part.children and _is_outlook(part):
            from pecdetect.parsing.outlook import open_outlook_part

            open_outlook_part(message, part, message.decode(part))
    pending.clear()


def _is_outlook(part: Part) -> bool:
    if part.media_type.subtype not in _OUTLOOK_TYPES:
        name = (part.name or "").lower()
        if name.endswith(_OFFICE_NAMES) or not _may_be_compound(part):
            return False
    return part.sniff(len(COMPOUND_FILE)) == COMPOUND_FILE


def _may_be_compound(part: Part) -> bool:
    """Whether looking closer is worth it; errs only towards yes."""
    if transfer.family(part.encoding) != "base64":
        return True
    head = part.buffer.data[part.body_start : min(part.end, part.body_start + 64)]
    return head.lstrip().startswith(_SIGNATURE_BASE64)
