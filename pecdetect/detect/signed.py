"""The last step of reading: what is signed is opened, and becomes part of the tree.

After it the tree is finished, and detectors only look at it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pecdetect.detect.objects import Objects, read_objects, read_signature
from pecdetect.detect.pec.structure import Envelopes, find_envelopes
from pecdetect.parsing.mime import is_message_type
from pecdetect.parsing.opening import open_message_part

if TYPE_CHECKING:
    from pecdetect.parsing.message import Message, Part


class Signed(NamedTuple):
    """What was read of the signed content of a message."""

    objects: Objects
    """Its CMS objects (RFC 5652)."""
    envelopes: Envelopes
    """The pieces of a PEC (RFC 6109) in it."""
    parts: list[Part]
    """All parts of the message, what was opened among them."""


def open_signed(message: Message) -> Signed:
    """Read the CMS objects of a message and the pieces of a PEC, and open what is signed in them. Never raises."""
    objects = Objects({}, {})
    if message.no_message is not None:
        return Signed(objects, Envelopes(), [])
    parts = message.root.walk()
    read_objects(message, parts, objects)
    if objects.held:
        parts = message.root.walk()
    envelopes = find_envelopes(message, parts)
    own = envelopes.outer
    if own is not None:
        if own.signature is not None and own.signature not in objects.signatures:
            objects.signatures[own.signature] = read_signature(message, own.signature)
        original = own.postacert
        # An original that is attached as a file and not as a message: its content matters all the same.
        if original is not None and original.message is None and not original.children:
            inner = None if is_message_type(original) else open_message_part(message, original)
            if inner is not None:
                read_objects(message, inner.walk(), objects)
                parts = message.root.walk()
    return Signed(objects, envelopes, parts)
