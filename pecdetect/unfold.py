"""Unfolding of header fields (RFC 5322, 2.2.3) and the text of their bytes (RFC 6532)."""

from __future__ import annotations

import re

_LINE_END = re.compile(rb"[\r\n]+")


def unfold(raw: bytes, charset: str | None = None) -> str:
    """A field's bytes as one line of text, stripped: UTF-8 if it decodes, else ``charset``. Never raises.

    The line ends go, the white space after them stays (RFC 5322, 2.2.3). NULs are dropped: no reader shows them.
    ``charset`` is a text encoding that Python knows; windows-1252 without one.
    """
    raw = raw.strip(b" \t\r\n")
    if 10 in raw or 13 in raw:
        raw = _LINE_END.sub(b"", raw)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode(charset or "windows-1252", "replace")
    return text.replace("\0", "").strip(" \t") if "\0" in text else text
