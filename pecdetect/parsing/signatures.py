"""By what files that hold messages are known: the bytes that they begin with, and their media types."""

from __future__ import annotations

COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Signature of the compound file that an Outlook .msg is (MS-CFB, 2.2)."""
COMPOUND_BASE64 = b"0M8R4KGx"
"""What a compound file in base64 begins with."""
OUTLOOK_SUBTYPES = frozenset({"vnd.ms-outlook", "x-msg", "msg", "x-outlook-msg", "vnd.ms-msg"})
"""Subtypes of application/ under which an Outlook .msg is sent."""

TNEF = b"\x78\x9f\x3e\x22"
"""Signature of a TNEF stream (MS-OXTNEF, 2.1.3.1)."""
TNEF_BASE64 = b"eJ8+I"
"""What a TNEF stream in base64 begins with."""
TNEF_SUBTYPES = frozenset({"ms-tnef", "vnd.ms-tnef"})
"""Subtypes of application/ under which TNEF is sent."""

MESSAGE_FIELDS = frozenset(
    b"from to cc subject date message-id received return-path mime-version content-type x-trasporto x-ricevuta".split()
)
"""Fields of which every message has some (lower case)."""
