"""Windows code pages: the charset that an ANSI string of an Outlook item, or its HTML, is written in."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from pecdetect.parsing.encoded_words import decode_text

if TYPE_CHECKING:
    from collections.abc import Callable

_NAMED = {
    708: "iso8859_6",
    1200: "utf-16-le",
    1201: "utf-16-be",
    1361: "johab",
    10000: "mac_roman",
    10007: "mac_cyrillic",
    20127: "us-ascii",
    20866: "koi8-r",
    20932: "euc_jp",
    20936: "gb2312",
    21866: "koi8-u",
    28605: "iso-8859-15",
    38598: "iso-8859-8",
    50220: "iso-2022-jp",
    50221: "iso-2022-jp",
    50222: "iso-2022-jp",
    50225: "iso-2022-kr",
    50227: "gb18030",
    51932: "euc-jp",
    51936: "gb2312",
    51949: "euc-kr",
    52936: "hz",
    54936: "gb18030",
    65000: "utf-7",
    65001: "utf-8",
}
_OEM = frozenset(
    [37, 273, 424, 437, 500, 720, 737, 775, 850, 852, 855, 856, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869, 874]
)
_OTHER = frozenset([875, 932, 949, 950, 1006, 1026, 1125, 1140])
"""Those that Python knows by their number."""
_WINDOWS = range(1250, 1259)
_GUESS_BYTES = 4096
_LEAST_CONFIDENCE = 0.2


def charset_of(page: int | None) -> str | None:
    """The charset of a code page as MIME and Python name it; None where there is none."""
    if page is None:
        return None
    if page in _WINDOWS:
        return f"windows-{page}"
    if page in _OEM or page in _OTHER:
        return f"cp{page}"
    if page == 936:
        return "gbk"
    if 28591 <= page <= 28603 and page != 28602:
        return f"iso-8859-{page - 28590}"
    return _NAMED.get(page)


def decode_ansi(data: bytes, charset: str | None, sample: Callable[[], bytes]) -> tuple[str, str | None]:
    """Text in a code page, and the charset where it had to be guessed. Never raises.

    Without a known code page: UTF-8 if it decodes, else what chardet says of the first 4 KiB of ``sample``, else
    windows-1252.
    """
    if data.isascii():
        if data[1:2] == b"\0" and len(data) > 2:  # some writers put UTF-16 where an ANSI string belongs
            return data.decode("utf-16-le", "replace"), "utf-16-le"
        return data.decode("ascii"), None
    if charset is not None:
        return decode_text(data, charset), None
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        guessed = guess_charset(sample())
        return decode_text(data, guessed), guessed


def guess_charset(data: bytes) -> str:
    """What chardet takes the first 4 KiB for; windows-1252 where it is not at all sure."""
    import chardet

    found = chardet.detect(data[:_GUESS_BYTES])
    name, confidence = found["encoding"], found["confidence"]
    if not name or not confidence or confidence < _LEAST_CONFIDENCE:
        return "windows-1252"
    try:
        codecs.lookup(name)
    except LookupError:  # chardet knows charsets that Python does not
        return "windows-1252"
    return name.lower()
