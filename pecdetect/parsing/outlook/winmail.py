"""TNEF in a part (``winmail.dat``): opened below it, and taken for the message where Exchange would.

Exchange turns the TNEF part of a message into the message's own properties (MS-OXCMAIL, 2.2.3): one that is the
whole body, or stands directly in the outermost multipart. Its class, its bodies and its attachments are the
message's then; what is protected in it is a protected message. A TNEF stream that names another message as its own
(PidTagTnefCorrelationKey; MS-OXCMAIL, 2.1.3.2.26) was merely attached, where something else is the message.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pecdetect.parsing.header import Buffer
from pecdetect.parsing.outlook.parts import enter_item, read_items
from pecdetect.parsing.outlook.smime import is_smime_class
from pecdetect.parsing.outlook.tnef import tnef_bag
from pecdetect.unfold import unfold

if TYPE_CHECKING:
    from pecdetect.parsing.message import Message, OutlookItem, Part
    from pecdetect.parsing.outlook.tnef import TnefBag

_CORRELATION_KEY = 0x007F
_CORRELATORS = (b"x-ms-tnef-correlator", b"message-id")
_TOLD = frozenset({"tnef-checksum", "tnef-missing-data"})
"""Problems that leave nothing unread."""


def open_tnef_part(message: Message, part: Part) -> None:
    """Read the TNEF stream in a part as a message below it. Never raises.

    Where the stream stands for the message itself, ``message.analysed`` is its root and ``message.outlook`` what its
    class says; if it cannot be read through, that is told in ``message.unopened``.
    """
    own = _stands_for_message(message, part)
    data = message.decode(part)
    buffer = Buffer(data, f"decoded:{part.section}")
    problems: dict[str, int] = {}
    bag = tnef_bag(buffer, 0, len(data), problems)
    root = enter_item(message, part)
    if root is not None:
        item = read_items(message, bag, root)
        if own and (part is message.root or _belongs(message, bag)):
            message.analysed = root
            message.outlook = replace(item, flags=0, headers_synthesised=None, unknown_address=None)
        elif own and _is_protected(item, root):
            # Whoever does not compare the keys takes this for the message.
            message.unopened.append(part.evidence("TNEF of another message"))
    for code, at in problems.items():
        low = code in _TOLD
        section = part.section if root is None else root.section
        message.note_at(code, "low" if low else "high", section, buffer.place(at, at))
        if own and not low:
            message.unopened.append(part.evidence())


def _stands_for_message(message: Message, part: Part) -> bool:
    root = message.root
    if message.container == "msg" or message.analysed is not None:
        return False
    if part is root:
        return True
    return part.parent is root and root.is_multipart and root.media_type.subtype not in ("signed", "encrypted")


def _belongs(message: Message, bag: TnefBag) -> bool:
    """Whether the stream names no message, or this one."""
    key = (bag.binary(_CORRELATION_KEY) or b"").strip(b"\0 \r\n\t<>")
    values = [unfold(raw) for name in _CORRELATORS if (raw := message.root.raw(name)) is not None]
    return not key or any(value.strip("<>").encode("utf-8", "replace") == key for value in values)


def _is_protected(item: OutlookItem, root: Part) -> bool:
    by_class = item.message_class is not None and is_smime_class(item.message_class)
    return by_class or root.media_type.subtype in ("signed", "pkcs7-mime", "x-pkcs7-mime")
