"""How single values are said in words: sizes, places, counts, settings. What is foreign in them is not escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pecdetect.contract import Attachment, Evidence
    from pecdetect.evidence import Reading

MAX_NAME = 400
"""Characters of a name or an address that are shown among other words."""
MAX_VALUES = 6
"""Values of a list in a profile that are written out."""


def byte_size(size: int) -> str:
    """Give a size for people: bytes, then KB or MB of 1,024."""
    if size < 1024:
        return f"{size} byte{'' if size == 1 else 's'}"
    if size < 1024 * 1024:
        return f"{size / 1024:.1f} KB"
    return f"{size / (1024 * 1024):.1f} MB"


def attachment_size(attachment: Attachment) -> str:
    """Give the size of an attachment; a bound and a claim are never given as a size."""
    if attachment.size is not None:
        return byte_size(attachment.size)
    if attachment.size_at_most is not None:
        return f"at most {byte_size(attachment.size_at_most)}"
    if attachment.size_stated is not None:
        return f"{byte_size(attachment.size_stated)} as stated, not in this file"
    return "size not known"


def counted(number: int, noun: str) -> str:
    """``1 part``, ``2 parts``, ``1,000 parts``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def clip(text: str, limit: int = MAX_NAME) -> str:
    """Shorten a text; it says how much was left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]} ... ({len(text) - limit:,} more characters)"


def part_words(part: str) -> str:
    """Give a section in words."""
    return f"part {part}" if part else "the message"


def reading_words(reading: Reading, dialect: str | None = None) -> str:
    """Say in which reading something was seen; empty for the primary one."""
    if reading == "primary":
        return ""
    if reading == "floor":
        return "raw bytes only"
    return f"alternate reading ({dialect})" if dialect else "alternate reading"


def span_words(start: int, end: int, stream: str | None) -> str:
    """Give a range of bytes (end exclusive), and what they count in where it is not the file."""
    words = f"bytes {start}-{end}"
    if stream is None:
        return words
    kind, _, name = stream.partition(":")
    return f"{words} of part {name} decoded" if kind == "decoded" else f"{words} of stream {name}"


def where(seen: Evidence) -> str:
    """Give the place of an evidence."""
    words = (
        part_words(seen.part),
        span_words(seen.start, seen.end, seen.stream),
        reading_words(seen.reading, seen.dialect),
    )
    return ", ".join(filter(None, words))


def setting(value: object) -> str:
    """Give a value of a profile or a run."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) if len(value) <= MAX_VALUES else f"{len(value):,} values"
    return f"{value:,}" if isinstance(value, int) else str(value)
