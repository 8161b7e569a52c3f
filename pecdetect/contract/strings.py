"""Texts of any origin, made fit to be encoded or to be shown in a line."""

from __future__ import annotations


def clipped(text: str, characters: int) -> str:
    """Shorten a text for display."""
    return text if len(text) <= characters else f"{text[: characters - 3]}..."


def text(value: str | None) -> str | None:
    """Give a text that can be encoded, or None for one that is absent or empty."""
    return encodable(value) if value else None


def encodable(value: str) -> str:
    """Replace lone surrogates by U+FFFD; pairs that stand for one character become it."""
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value


def file_name(value: str) -> str:
    r"""Give a file name that can be encoded; bytes that are no text (PEP 383) become ``\xNN``."""
    if value.isascii():
        return value
    try:
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return encodable(value)
