"""Unfolding of header fields (RFC 5322, 2.2.3) and the text of their octets (RFC 6532)."""

from __future__ import annotations

import re

_LINE_END = re.compile(rb"[\r\n]+")


def unfold(raw: bytes) -> str:
    """A field's octets as one line of text, stripped: UTF-8 if it decodes, else windows-1252. Never raises.

    The line ends go, the white space after them stays (RFC 5322, 2.2.3). NULs are dropped: no reader shows them.
    """
    raw = raw.strip(b" \t\r\n")
    if 10 in raw or 13 in raw:
        raw = _LINE_END.sub(b"", raw)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("windows-1252", "replace")
    return text.replace("\0", "").strip(" \t") if "\0" in text else text
