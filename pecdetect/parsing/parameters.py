"""Structured fields of MIME: media type, disposition, transfer encoding and their parameters.

RFC 2045 (5.1), RFC 2183 and RFC 2231, and what mail makes of them. Bytes in, values out: nothing here raises,
recurses, or takes more than linear time. What was odd is told as flags; what they mean is for others to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from pecdetect.parsing.encoded_words import NAMES, decode_text, settle_parameters
from pecdetect.parsing.grammar import (
    ATTRIBUTE,
    ATTRIBUTE_AFTER_BLANK,
    BLANKS,
    COMMENT_MARK,
    FLAT_COMMENTS,
    LINE_ENDS,
    LONE_PARENTHESES,
    MAYBE_BLANKS,
    PLAIN_MEDIA_TYPE,
    PLAIN_PARAMETER,
    QUOTED_PAIR,
    QUOTED_STRING,
    SEMICOLONS,
    SIMPLE_DISPOSITION,
    SIMPLE_MEDIA_TYPE,
    SIMPLE_PARAMETER,
    TAB_FOLD,
    TO_SEMICOLON,
    TO_SEMICOLON_OR_COMMENT,
    TO_SEMICOLON_OR_LINE_END,
    TOKEN,
    WINDOWS_PATH,
)

if TYPE_CHECKING:
    import re

_COMMENT_DEPTH = 64

_WHITE = " \t\r\n\x0b\x0c"

# After an unquoted value and a blank, one of these and "=" begin a parameter whose semicolon was forgotten.
_KNOWN = frozenset(
    [
        "access-type",
        "boundary",
        "charset",
        "creation-date",
        "delsp",
        "filename",
        "format",
        "id",
        "method",
        "micalg",
        "modification-date",
        "name",
        "number",
        "protocol",
        "read-date",
        "report-type",
        "reply-type",
        "size",
        "smime-type",
        "start",
        "start-info",
        "total",
        "type",
    ]
)

Pairs = tuple[tuple[str, str], ...]
Flags = tuple[str, ...]


class MediaType(Struct, frozen=True, gc=False):
    """A media type (RFC 2045, 5.1)."""

    type: str
    """Top level type, lower case."""
    subtype: str
    """Subtype, lower case."""
    params: Pairs = ()
    """Parameters in the order of their first mention: names in lower case, values decoded, each name once."""
    flags: Flags = ()
    """What was odd about the field; see :func:`parse_media_type`."""
    plain: bool = False
    """Whether it was written in a way that all readers take alike."""

    @property
    def essence(self) -> str:
        """``type/subtype``, without parameters."""
        return f"{self.type}/{self.subtype}"

    def param(self, name: str) -> str | None:
        """Value of a parameter, by its lower-case name; None when absent."""
        for key, value in self.params:
            if key == name:
                return value
        return None


class Disposition(Struct, frozen=True, gc=False):
    """A content disposition (RFC 2183)."""

    kind: str
    """``inline``, ``attachment`` or another, lower case; "" when none could be read."""
    params: Pairs = ()
    """As in :class:`MediaType`."""
    flags: Flags = ()
    """As in :class:`MediaType`."""

    def param(self, name: str) -> str | None:
        """Value of a parameter, by its lower-case name; None when absent."""
        for key, value in self.params:
            if key == name:
                return value
        return None


def parse_media_type(raw: bytes, max_parameters: int = 256) -> MediaType | None:
    """Read the value of a Content-Type field as stored; None when there is no type "/" subtype in it.

    Of parameters named twice the first counts. A value both plain and in the form of RFC 2231 counts in the latter
    form for ``name`` and ``filename``, else in the plain one. Bytes above 127 are read as UTF-8, else windows-1252;
    those of a boundary that are no UTF-8 are kept as surrogate escapes (PEP 383). Flags, each once:
    ``duplicate-parameter`` (with another value), ``parameter-forms-conflict`` (the two forms differ; for names:
    their extensions), ``rfc2231-gap`` (a section missing or repeated), ``invalid-parameter`` (no "=" or no name:
    skipped), ``too-many-parameters`` (the rest is dropped), ``missing-semicolon``, ``trailing-text`` (what belongs
    to no parameter: skipped), ``blank-in-value`` (unquoted, other than a name), ``unclosed-quote``,
    ``unclosed-comment``, ``comment-in-parameter``, ``quoted-pair-in-boundary``, ``encoded-word-parameter`` (in a
    name: decoded), ``odd-media-type`` (quoted, or blanks around the slash).
    """
    text = raw.decode("utf-8", "surrogateescape")
    plain = PLAIN_MEDIA_TYPE.fullmatch(text)
    if plain is not None:
        kind, subtype, written = plain.groups()
        params = tuple([(name.lower(), quoted or bare) for name, quoted, bare in PLAIN_PARAMETER.findall(written)])
        once = len(params) < 2 or len(dict(params)) == len(params)
        if once and len(params) <= max_parameters and "=?" not in written:
            return MediaType(kind.lower(), subtype.lower(), params, (), plain=True)
    simple = SIMPLE_MEDIA_TYPE.match(text)
    if simple is not None:
        params, flags = _parameters(text, simple.end(), max_parameters)
        return MediaType(simple[1].lower(), simple[2].lower(), params, flags, plain is not None)
    scanner = _Scanner(text, 0)
    scanner.skip_blanks()
    quoted = scanner.skip_one('"')
    kind = scanner.word()
    end = scanner.pos
    scanner.skip_blanks()
    if not kind or not scanner.skip_one("/"):
        return None
    scanner.skip_blanks()
    blanks = scanner.pos != end + 1
    subtype = scanner.word()
    if not subtype:
        return None
    if quoted or blanks:
        scanner.flag("odd-media-type")
        scanner.skip_one('"')
    scanner.read(max_parameters, trailing=True)
    params = settle_parameters(scanner.pieces, scanner.flags)
    return MediaType(kind.lower(), subtype.lower(), params, tuple(scanner.flags))


def parse_disposition(raw: bytes, max_parameters: int = 256) -> Disposition:
    """Read the value of a Content-Disposition field as stored; flags as in :func:`parse_media_type`."""
    text = raw.decode("utf-8", "surrogateescape")
    simple = SIMPLE_DISPOSITION.match(text)
    if simple is not None:
        params, flags = _parameters(text, simple.end(), max_parameters)
        return Disposition(simple[1].lower(), params, flags)
    scanner = _Scanner(text, 0)
    scanner.skip_blanks()
    quoted = scanner.skip_one('"')
    start = scanner.pos
    kind = scanner.word()
    if quoted:
        scanner.skip_one('"')
    end = scanner.pos
    scanner.skip_blanks()
    if scanner.peek() == "=":  # the kind is missing: this is the first parameter
        kind, end = "", start
    scanner.pos = end
    scanner.read(max_parameters, trailing=bool(kind))
    params = settle_parameters(scanner.pieces, scanner.flags)
    return Disposition(kind.lower(), params, tuple(scanner.flags))


def parse_token(raw: bytes) -> tuple[str, Flags]:
    """Read a field that holds one token, such as Content-Transfer-Encoding (RFC 2045, 6.1): token, flags.

    Lower case, without comments, quotes and blanks around. Where more than one token stands there the whole text
    is given, blanks shortened to one (``trailing-text``).
    """
    text = decode_text(raw, None).strip(_WHITE)
    if _is_token(text):
        return text.lower(), ()
    scanner = _Scanner(text, 0)
    parts: list[str] = []
    while scanner.pos < len(text):
        opening = text.find("(", scanner.pos) if scanner.comments else -1
        run_end = len(text) if opening < 0 else opening
        parts.append(text[scanner.pos : run_end])
        scanner.pos = run_end
        if opening >= 0:
            parts.append(" " if scanner.skip_comment() else "")
    value = BLANKS.sub(" ", "".join(parts)).strip(" ")
    if value[:1] == '"' or value[-1:] == '"':
        if value[:1] != value[-1:] or len(value) == 1:
            scanner.flag("unclosed-quote")
        value = value.strip('" ')
    bare = value.rstrip("; ")
    if bare != value or (bare and not _is_token(bare)):
        scanner.flag("trailing-text")
    return bare.lower(), tuple(scanner.flags)


def _is_token(text: str) -> bool:
    return TOKEN.fullmatch(text) is not None


def _parameters(text: str, pos: int, max_parameters: int) -> tuple[Pairs, Flags]:
    """Parameters from an offset on: as long as they are simple with one match each, then with the scanner."""
    pieces: list[tuple[str, str]] = []
    end = len(text)
    while pos < end and len(pieces) < max_parameters:
        match = SIMPLE_PARAMETER.match(text, pos)
        if match is None:
            break
        name, quoted, bare = match.groups()
        pieces.append((name.lower(), bare if quoted is None else quoted))
        pos = match.end()
    flags: list[str] = []
    if pos < end:
        scanner = _Scanner(text, pos)
        scanner.pieces, scanner.flags = pieces, flags
        scanner.read(max_parameters, trailing=False)
    elif (
        "=?" not in text
        and "*" not in text
        and (len(pieces) < 2 or len(dict(pieces)) == len(pieces))
        and text.isascii()
    ):
        return tuple(pieces), ()
    return settle_parameters(pieces, flags), tuple(flags)


class _Scanner:
    """A position in a field value, and what was met on the way to it."""

    __slots__ = ("comments", "flags", "pieces", "pos", "text")

    def __init__(self, text: str, pos: int) -> None:
        self.text = text
        self.pos = pos
        self.comments = True
        """False once a comment did not close: from there on a parenthesis is an ordinary character, which loses
        no parameter and keeps the time linear."""
        self.pieces: list[tuple[str, str]] = []
        """Names as written, in lower case, and values without quotes."""
        self.flags: list[str] = []

    def flag(self, code: str) -> None:
        if code not in self.flags:
            self.flags.append(code)

    def peek(self) -> str:
        return self.text[self.pos : self.pos + 1]

    def skip_one(self, character: str) -> bool:
        if self.peek() != character:
            return False
        self.pos += 1
        return True

    def skip(self, pattern: re.Pattern[str]) -> str:
        """The run that the pattern (one that matches the empty string too) takes here."""
        match = pattern.match(self.text, self.pos)
        if match is None:
            return ""
        self.pos = match.end()
        return match[0]

    def word(self) -> str:
        return self.skip(TOKEN)

    def skip_blanks(self) -> None:
        """White space and comments."""
        self.skip(MAYBE_BLANKS)
        while self.peek() == "(" and self.skip_comment():
            self.skip(MAYBE_BLANKS)

    def skip_comment(self) -> bool:
        """Step over the comment that begins here, or several in a row; False, and not moved, when it does not close."""
        if not self.comments:
            return False
        if self.skip(FLAT_COMMENTS):
            self.flag("comment-in-parameter")
            return True
        depth = 0
        for match in COMMENT_MARK.finditer(self.text, self.pos):
            character = match[0]
            if character == "(":
                depth += 1
                if depth > _COMMENT_DEPTH:
                    break
            elif character == ")":
                depth -= 1
                if depth == 0:
                    self.pos = match.end()
                    self.flag("comment-in-parameter")
                    return True
        self.comments = False
        self.flag("unclosed-comment")
        return False

    def read(self, max_parameters: int, *, trailing: bool) -> None:
        """Read what is left as parameters; ``trailing``: no semicolon since the last thing that was understood."""
        count = len(self.pieces)
        while True:
            if self._skip_separators():
                trailing = False
            if self.pos >= len(self.text):
                return
            if count >= max_parameters:
                self.flag("too-many-parameters")
                return
            count += 1
            understood = self._parameter()
            if understood and trailing:
                self.flag("missing-semicolon")
            elif not understood:
                self.flag("trailing-text" if trailing else "invalid-parameter")
            trailing = trailing or understood

    def _skip_separators(self) -> bool:
        """Step over blanks, comments and semicolons; whether a semicolon was among them."""
        found = False
        while True:
            self.skip_blanks()
            if self.peek() == ";":
                self.skip(SEMICOLONS)
                found = True
            elif self.peek() == "(":
                self.skip(LONE_PARENTHESES)
            else:
                return found

    def _parameter(self) -> bool:
        """One name and value; False when it is none, and the part of it that is surely none was stepped over."""
        name = self.skip(ATTRIBUTE)
        if not name:
            if not self.skip(QUOTED_STRING):
                self.pos += 1
            return False
        self.skip_blanks()
        if not self.skip_one("="):
            return False
        self.skip_blanks()
        name = name.lower()
        base = name.partition("*")[0]
        value = self._quoted(base) if self.peek() == '"' else self._unquoted(base)
        if not _is_token(name):
            return False
        if "\n" in value or "\r" in value:
            # A tab after the line end is the fold's, not the name's.
            value = LINE_ENDS.sub("", TAB_FOLD.sub(" ", value) if base in NAMES else value)
        self.pieces.append((name, value))
        return True

    def _quoted(self, base: str) -> str:
        start = self.pos
        value = self.skip(QUOTED_STRING)[1:-1]
        if self.pos == start or self._runs_into_the_next(value):
            self.flag("unclosed-quote")
            self.pos = start + 1
            return self.skip(TO_SEMICOLON_OR_LINE_END).rstrip(_WHITE)
        if "\\" in value:
            if base == "boundary":
                self.flag("quoted-pair-in-boundary")
            if base not in NAMES or not WINDOWS_PATH.match(value):
                value = QUOTED_PAIR.sub(r"\1", value)
        return value

    def _runs_into_the_next(self, value: str) -> bool:
        """Whether the quote that closes this value is the one that opens the value of a later parameter."""
        return (
            value.endswith("=")
            and (";" in value or "\n" in value or "\r" in value)
            and self.peek() not in ("", ";", "(", *_WHITE)
        )

    def _unquoted(self, base: str) -> str:
        text = self.text
        parts: list[str] = []
        kept = 0  # parts up to the last that is no comment
        while True:
            start = self.pos
            run = self.skip(TO_SEMICOLON_OR_COMMENT if self.comments else TO_SEMICOLON)
            cut = self._lost_semicolon(start)
            parts.append(text[start:cut] if cut == self.pos else text[start:cut].rstrip(","))
            if run.strip(_WHITE):
                kept = len(parts)
            self.pos = cut
            if cut < start + len(run) or self.peek() != "(":
                break
            if self.skip_comment() and base in NAMES:
                # "report (1).pdf" is a name: a comment within one is text, before and after it a comment.
                parts.append(text[cut : self.pos])
        value = "".join(parts[:kept]).strip(_WHITE)
        if value.endswith('"') and value.count('"') == 1:
            self.flag("unclosed-quote")
            value = value[:-1]
        if base not in NAMES and BLANKS.search(value):
            self.flag("blank-in-value")
        return value

    def _lost_semicolon(self, start: int) -> int:
        """Where the unquoted text from ``start`` to here ends: earlier, if another parameter begins in it."""
        for match in ATTRIBUTE_AFTER_BLANK.finditer(self.text, start, self.pos):
            folded = "\n" in match[1] or "\r" in match[1]
            if folded or match[2].lower().partition("*")[0] in _KNOWN:
                return match.start()
        return self.pos
