"""File names out of messages, made safe to create: what a sender wrote decides nothing but letters.

The rules of all systems hold on each, so that one message gives the same names everywhere (Windows: "Naming Files,
Paths, and Namespaces"; POSIX.1-2017, 3.170).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from pecdetect.report.escape import pieces

NAME_BYTES: Final = 128
"""Longest name in UTF-8, a number against collisions apart: the shortest limit in use is 143 (eCryptfs)."""
_EXTENSION_BYTES = 16
_DECLARED_CHARACTERS = 2000
_FORBIDDEN = str.maketrans(dict.fromkeys('/\\:*?"<>|', "_"))
"""Separators, drives and streams, wildcards, and what Windows allows in no name."""
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(?:\..*)?")
"""Devices of Windows, whatever extension they bear."""


def safe_name(declared: str | None, fallback: str) -> str:
    """Give a file name that is ``declared`` as far as that is harmless, else ``fallback``.

    One component: no separators, drives, streams, control, bidirectional or invisible characters; no device of
    Windows; no dot or blank at either end, no dash in front; at most :data:`NAME_BYTES` bytes of UTF-8, the
    extension kept. Never raises.
    """
    text = unicodedata.normalize("NFC", (declared or "")[:_DECLARED_CHARACTERS])
    text = "".join("_" if hostile else piece for piece, hostile in pieces(text))
    text = "".join(" " if letter.isspace() else letter for letter in text.translate(_FORBIDDEN)).strip(" .")
    if not text.strip("_"):
        return fallback
    if text.startswith("-") or _RESERVED.fullmatch(text.lower()):
        text = f"_{text}"
    return _shortened(text)


def numbered(name: str, number: int) -> str:
    """Put a number before the extension: ``offerta-2.pdf``."""
    stem, dot, extension = name.rpartition(".")
    return f"{stem}-{number}.{extension}" if dot else f"{name}-{number}"


def _shortened(text: str) -> str:
    if len(text.encode()) <= NAME_BYTES:
        return text
    stem, dot, extension = text.rpartition(".")
    if not dot or len(extension.encode()) > _EXTENSION_BYTES:
        return _cut(text, NAME_BYTES)
    return f"{_cut(stem, NAME_BYTES - len(extension.encode()) - 1)}.{extension}"


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode("utf-8", "ignore").rstrip(" .")
