"""The alternate readings of a message: made only where an anomaly says that there is more than one.

Each is a reading of the whole with one question answered otherwise, by the reader that makes the primary one; the
bytes are shared, and so is the budget for what is decoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.parsing.dialects import ALTERNATES
from pecdetect.parsing.message import Message, Part
from pecdetect.parsing.mime import read_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.parsing.dialects import Dialect


def alternates(message: Message) -> Iterator[tuple[Dialect, Message]]:
    """The other readings of a message and the dialect of each; none for a message that is clear.

    Bounded: no more readings than there are dialects, each within the limits of the message.
    """
    codes = {anomaly.code for anomaly in message.anomalies}
    for dialect in ALTERNATES:
        if dialect.when.isdisjoint(codes):
            continue
        other = Message(message.buffer, message.size, message.limits)
        other.dialect = dialect
        other.decoded_left = message.decoded_left
        other.parts_seen = 1
        root = other.root = Part(message.buffer, "", None, message.root.start, 0)
        read_tree(other, root, message.root.end)
        yield dialect, other
        message.decoded_left = other.decoded_left
