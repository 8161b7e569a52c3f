"""What a hostile file may cost: every bound of the reader, in one value.

A limit that is hit is reported in the verdict and rules ``syncs`` out; findings already made are kept.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one message. Lower them freely; each can be raised at your own cost."""

    message_bytes: int = 256 * 1024 * 1024
    """Bytes of a file that are read at all."""
    depth: int = 100
    """Nesting of entities, every re-entry counted (multipart, message, TNEF, CMS, decoded parts)."""
    embedded: int = 50
    """Nesting of messages in messages."""
    parts: int = 10_000
    """Entities in one message."""
    fields: int = 2_000
    """Header fields in one entity."""
    field_bytes: int = 256 * 1024
    """Bytes in one header field, folding included."""
    header_bytes: int = 16 * 1024 * 1024
    """Bytes in all header fields together."""
    parameters: int = 256
    """Parameters of one field, RFC 2231 pieces counted one by one."""
    decoded_factor: int = 4
    """Bytes decoded over all readings: this many times the file ..."""
    decoded_extra: int = 16 * 1024 * 1024
    """... and this many more, ..."""
    decoded_bytes: int = 1024 * 1024 * 1024
    """... but never more than this."""
    text_bytes: int = 8 * 1024 * 1024
    """Bytes of one transfer-encoded text body that are decoded and looked at."""
    mailboxes: int = 10_240
    """Mailboxes read from one address field."""
    asn1_depth: int = 64
    """Nesting of ASN.1 values."""
    oid_bytes: int = 64
    """Bytes in an object identifier."""
    xml_bytes: int = 1024 * 1024
    """Bytes of a daticert.xml."""
    xml_depth: int = 64
    """Nesting of XML elements."""
    xml_elements: int = 50_000
    """Elements in a daticert.xml."""

    def decoded_budget(self, size: int) -> int:
        """Bytes that may be decoded from a file of ``size`` bytes."""
        return min(self.decoded_factor * size + self.decoded_extra, self.decoded_bytes)


@dataclass(frozen=True, slots=True)
class LimitHit:
    """A limit that this message ran into."""

    name: str
    """Field of :class:`Limits`."""
    value: int
    """What the message asked for, as far as it was counted."""
    limit: int
    """What was allowed."""
    part: str
    """Section where it happened."""
