"""Header fields in raw bytes that speak of protection, read as leniently as any reader does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from pecdetect.parsing.encoded_words import decode_encoded_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.parsing.message import Part

Family = Literal["smime", "pgp", "rights", "pec"]

_VALUE = 1024
"""Bytes of a field's value that are looked at."""
_NEEDLES = (b"ontent", b"rasporto", b"icevuta")
"""What the names of the fields hold, but for their first letters; looked for before anything dearer."""
_BEFORE = re.compile(
    rb"(?:\A|[\r\n\0\x0b\x0c\x1c-\x1e\x85\xa8\xa9])[^a-z0-9\r\n]{0,8}+(?:\([^()\r\n]{0,64}\)[ \t]*+)?"
    rb"(?:(?P<mime>c)|x[ \t_-]{0,3}[tr])\Z"
)
_BEHIND = re.compile(rb"(?:[^a-z\r\n]{0,6}(?:type|disposition|class|description))?[^\r\n:=;/]{0,32}+[:=;/ \t\r\n]")
_LOOK_BACK = 96
_VALUE_END = re.compile(rb"(?>\r{0,2}\n|\r)(?=[a-z][a-z0-9-]*+:|[ \t]*+\r{0,2}\n|[ \t]*+\r)")
"""Where a value ends: before the next field or a blank line; other lines may belong to it for some reader."""
_JUDGED = 512
"""Fields of one window that are read as leniently as any reader does; of any more only what is written plainly."""
_STRUCTURE = re.compile(rb"[!-9;-~]{1,76}+[ \t]*+:|[ \t]++[^ \t]|--|from |>from ")
_LINES_BACK, _LINE_LENGTH = 64, 1024
_BLANK_LINE = re.compile(rb"\r{0,2}\n[ \t]*+\r{0,2}\n|\r[ \t]*+\r")
_SMIME = re.compile(
    rb"pkcs-?7|multipart/?signed|smime\.p7|\.p7[mzsc]\b|(?:authenveloped|enveloped|signed|compressed)-data"
)
_PGP = re.compile(rb"pgp-(?:encrypted|signature)|multipart/?encrypted")
_PEC = re.compile(
    rb"daticert\.xml|postacert\.eml|posta-certificata|accettazione|presa-in-carico|avvenuta-consegna|errore-consegna|"
    rb"rilevazione-virus|\berrore\b"
)
_WORDS = re.compile(
    rb"pkcs|multipart/?(?:sign|encr)|smime|\.p7|-data|pgp-|rpmsg|daticert|postacert|posta-|accett|presa-|consegna|virus|errore"
)
"""What one of them begins with, or holds."""
_NO_LETTER_OR_DIGIT = bytes(set(range(256)) - set(b"abcdefghijklmnopqrstuvwxyz0123456789"))
_PEC_WORDS = (
    *(b"daticert", b"postacert", b"accettazione", b"presaincarico", b"consegna"),
    *(b"rilevazionevirus", b"errore"),
)
_MIME_WORDS = (
    *(b"pkcs", b"p7", b"eddata", b"multipartsigned", b"multipartencrypted", b"pgp"),
    *(b"rpmsg", b"daticert", b"postacert"),
)
"""Letters and digits of the words looked for, one of which every form of a value has that speaks of protection."""
_SECTIONS = re.compile(rb"\*(?:[0-9]{1,4}\*?)?=")
_DAMAGED = re.compile(rb"[^\r\n]{1,8}?--[!-~]{8,}\s*+\Z")
"""A delimiter with something before it."""
_COMMENT = re.compile(rb"\([^()]*+\)")
_PERCENT = re.compile(rb"%([0-9a-f]{2})")
_NOISE = re.compile(rb"[\s\"'\\]++")


def names_a_field(data: bytes) -> bool:
    """Whether bytes in lower case hold the name of one of the fields; errs only towards yes."""
    return any([data.find(needle) >= 0 for needle in _NEEDLES])  # noqa: C419 - a list is faster


def protection_fields(data: bytes, *, loose: bool) -> Iterator[tuple[Family, str, int]]:
    """Fields that speak of protection, in data in lower case: family, kind, and where."""
    judged = 0
    for needle in _NEEDLES:
        lines = _Lines(data)
        word = 0
        at = data.find(needle)
        while at >= 0:
            if judged >= _JUDGED:  # past so many, only to where one of the words stands
                if word <= at:
                    found = _WORDS.search(data, at)
                    word = found.start() if found is not None else len(data)
                if word - at > _VALUE:
                    at = data.find(needle, max(word - _VALUE, at + len(needle)))
                    continue
            before = _BEFORE.search(data[max(0, at - _LOOK_BACK) : at])
            behind = _BEHIND.match(data, at + len(needle)) if before is not None else None
            if before is not None and behind is not None:
                judged += 1
                mime = before["mime"] is not None
                family, kind = _judge_value(data, behind.end(), mime=mime, thorough=judged <= _JUDGED)
                start = at - (1 if mime else 2)
                if family is not None and (loose or lines.holds(start, behind.end())):
                    yield family, kind, max(0, start)
            at = data.find(needle, at + len(needle))


class _Lines:
    """Which lines stand where those of a header do; asked for in ascending order, at a cost linear in all."""

    __slots__ = ("data", "followed", "outside", "until")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.until = -1
        """Where the blank line is that was found last."""
        self.followed = False
        """Whether anything stands after it."""
        self.outside: set[int] = set()
        """Beginnings of lines that are not in a header."""

    def holds(self, at: int, behind: int) -> bool:
        """Whether the field there stands in a header: fields before it, nothing else, and a body after them."""
        if behind - 1 > self.until:
            blank = _BLANK_LINE.search(self.data, behind - 1)
            self.until = len(self.data) if blank is None else blank.start()
            self.followed = blank is not None and bool(self.data[blank.end() : blank.end() + _VALUE].strip())
        return self.followed and self._is_led(at)

    def _is_led(self, at: int) -> bool:
        """Whether only fields stand between a field and a blank line, a delimiter, or the beginning."""
        data = self.data
        first = start = self._start(at)
        for _ in range(_LINES_BACK):
            if start == 0:
                return True
            end = start - (2 if data.startswith(b"\r\n", start - 2) and start > 1 else 1)
            start = self._start(end)
            if start >= 0 and _DAMAGED.match(data, start, end) is not None:
                return True
            if start < 0 or start in self.outside or (start < end and _STRUCTURE.match(data, start, end) is None):
                self.outside.add(first)
                return False
            if not data[start:end].strip() or data.startswith(b"--", start):
                return True
        return True

    def _start(self, at: int) -> int:
        """Where the line begins that ends there; -1 where that is further away than a header line is long."""
        least = max(0, at - _LINE_LENGTH)
        start = max(self.data.rfind(b"\n", least, at), self.data.rfind(b"\r", least, at)) + 1
        return start if start > 0 or least == 0 else -1


def _judge_value(data: bytes, start: int, *, mime: bool, thorough: bool) -> tuple[Family | None, str]:
    """What the value of a field says of protection, read as leniently as any reader does."""
    stop = _VALUE_END.search(data, start - 1, start + _VALUE)
    value = data[start : stop.start() if stop is not None else start + _VALUE]
    if not _may_speak(value, mime=mime):
        return None, ""
    for form in _forms(value) if thorough else (value,):
        found = _judge_form(form, mime=mime)
        if found is not None:
            return found
    return None, ""


def _judge_form(form: bytes, *, mime: bool) -> tuple[Family, str] | None:
    if not mime:
        return ("pec", "") if _PEC.search(form) is not None else None
    if (found := _SMIME.search(form)) is not None:
        return "smime", "clear-signed" if found[0].startswith(b"multipart") else "unknown"
    if _PGP.search(form) is not None:
        return "pgp", "signed" if b"signature" in form else "encrypted"
    if b"rpmsg" in form:
        return "rights", "rpmsg"
    return ("pec", "") if b"daticert.xml" in form or b"postacert.eml" in form else None


def _may_speak(value: bytes, *, mime: bool) -> bool:
    """Whether any form of a value may speak of protection; errs only towards yes."""
    if value.find(b"(") >= 0 or value.find(b"%") >= 0 or value.find(b"*") >= 0 or value.find(b"=?") >= 0:
        return True  # these forms are longer than the value without its noise
    letters = value.translate(None, _NO_LETTER_OR_DIGIT)
    return any([letters.find(word) >= 0 for word in (_MIME_WORDS if mime else _PEC_WORDS)])  # noqa: C419


def _forms(value: bytes) -> Iterator[bytes]:
    """A value as written, and as readers take it apart: comments, quotes, sections, percents, encoded words."""
    yield value
    bare = _NOISE.sub(b"", _COMMENT.sub(b"", value))
    yield bare
    if b"*" in value or b"%" in value:
        pieces = [piece.partition(b"=")[2] for piece in _SECTIONS.sub(b"=", bare).split(b";")]
        yield _PERCENT.sub(lambda match: bytes.fromhex(match[1].decode()), b"".join(pieces))
    if b"=?" in value:
        text = decode_encoded_words(value.decode("latin-1"))
        yield text.lower().encode("utf-8", "replace")


def speaks_of_smime(part: Part) -> bool:
    """Whether any field of a part's own header speaks of S/MIME."""
    return any(
        _SMIME.search(form) is not None for value in part.table.values for form in _forms(value[:_VALUE].lower())
    )
