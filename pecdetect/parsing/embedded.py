"""By what a part is known that holds a message in another container: an Outlook .msg, a TNEF stream, a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pecdetect.parsing import transfer
from pecdetect.parsing.signatures import (
    COMPOUND_BASE64,
    COMPOUND_FILE,
    OUTLOOK_SUBTYPES,
    TNEF,
    TNEF_BASE64,
    TNEF_SUBTYPES,
)

if TYPE_CHECKING:
    from pecdetect.parsing.message import Part

_HEAD = 1024
_MESSAGE = re.compile(
    rb"[ \t\r\n]*+(?:[!-9;-~]{1,76}+[ \t]*+:[^\r\n]*+\r?\n(?:[ \t][^\r\n]*+\r?\n)*+){1,32}?"
    rb"(?:from|to|date|subject|message-id|received|mime-version|content-type)[ \t]*+:",
    re.IGNORECASE,
)
"""A header with a second field that mail has."""
_OFFICE_NAMES = (".doc", ".dot", ".xls", ".xlt", ".ppt", ".pps", ".pot", ".vsd", ".mpp", ".pub", ".msi", ".msp", ".db")
"""Names of compound files that are no messages."""


def is_outlook(part: Part) -> bool:
    """Whether a part holds an Outlook .msg."""
    if part.media_type.subtype not in OUTLOOK_SUBTYPES:
        name = (part.name or "").lower()
        if name.endswith(_OFFICE_NAMES) or not _may_begin(part, COMPOUND_BASE64):
            return False
    return part.sniff(len(COMPOUND_FILE)) == COMPOUND_FILE


def is_tnef(part: Part) -> bool:
    """Whether a part holds a TNEF stream."""
    if part.media_type.subtype in TNEF_SUBTYPES:
        return True
    return _may_begin(part, TNEF_BASE64) and part.sniff(len(TNEF)) == TNEF


def is_eml(part: Part) -> bool:
    """Whether a file that is attached under the name of a message is one (MS-OXCMAIL takes it for a file)."""
    name = part.name
    if name is None or not name.lower().endswith(".eml") or part.parent is None:
        return False
    return _MESSAGE.match(part.sniff(_HEAD)) is not None


def is_opened_item(part: Part) -> bool:
    """Whether a part that holds a message is an Outlook item or a TNEF stream that was opened."""
    return part.message is not None and part.sniff(4) in (COMPOUND_FILE[:4], TNEF)


def _may_begin(part: Part, base64: bytes) -> bool:
    """Whether looking closer is worth it; errs only towards yes. ``base64`` is what a base64 body begins with."""
    if transfer.family(part.encoding) != "base64":
        return True
    head = part.buffer.data[part.body_start : min(part.end, part.body_start + 64)]
    return head.lstrip().startswith(base64)
