"""The one place that makes hostile text harmless to look at.

A subject or a file name may carry terminal commands, characters that turn the line around, or nothing that can
be seen at all. Every renderer that writes for a person's eyes sends such text through here; JSON does not, its
own escapes suffice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}

_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | {chr(mark) for mark in range(0xFE00, 0xFE10)}
"""Letters and marks by category, yet nothing is drawn: grapheme joiner, Hangul fillers, variation selectors."""

_SUSPECT = re.compile(r"[^\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff]")
"""Cheap first look: what is neither ASCII nor plain Latin is judged one by one."""


def escape(text: str) -> str:
    r"""Return ``text`` as one line in which nothing is hidden and nothing commands the terminal.

    Control characters (C0, DEL, C1) become ``\x1b`` or ``\n``; format characters (bidirectional controls and
    isolates, zero-width ones), line and paragraph separators, lone surrogates, private and unassigned code
    points become ``<U+202E>``. Letters, marks, symbols and spaces of any script stay. Never raises.
    """
    if text.isascii() and text.isprintable():
        return text
    return _SUSPECT.sub(lambda match: _visible(match[0]) or match[0], text)


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Split ``text`` into (harmless text, whether it is an escape), so that a renderer can set escapes apart.

    Joined, the pieces are what :func:`escape` returns. The mark matters: a message may spell out an escape itself.
    """
    if text.isascii() and text.isprintable():
        if text:
            yield text, False
        return
    done = 0
    for match in _SUSPECT.finditer(text):
        visible = _visible(match[0])
        if visible is None:
            continue
        if match.start() > done:
            yield text[done : match.start()], False
        yield visible, True
        done = match.end()
    if done < len(text):
        yield text[done:], False


def _visible(char: str) -> str | None:
    """The visible form of a hostile character; None for a harmless one."""
    code = ord(char)
    if code < 0x20 or 0x7F <= code < 0xA0:
        return _SHORT.get(char) or f"\\x{code:02x}"
    # isprintable() is false for the categories C* and Z* alone; a space is a space whatever its width.
    if (char.isprintable() or char.isspace()) and char not in _FILLERS and char not in "\u2028\u2029":
        return None
    return f"<U+{code:04X}>"
