"""Text from bytes: RFC 2047 encoded words, RFC 2231 parameter values, declared charsets, and what to do without any.

Lenient where mail clients are, never raising, linear in the input.
"""

from __future__ import annotations

import binascii
import re
from encodings.aliases import aliases

from pecdetect.parsing.grammar import (
    BASE64_LETTERS,
    ENCODED_WORD_HEAD,
    EXTENDED_VALUE_HEAD,
    NOT_BASE64,
    PARAMETER_SECTION,
    PERCENT_ENCODED,
)

_NOT_NAME = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 100

NAMES = frozenset({"name", "filename"})
"""Parameters that name a file: what mail writes into them despite the RFCs is read in them alone."""

# Names that mail uses and Python does not know, or decodes more narrowly than the writers of such mail meant:
# Korean and simplified Chinese mail is labelled with the national standard and written with its superset.
_ALIASES = {
    "cp720": "cp720",
    "cp737": "cp737",
    "cp874": "cp874",
    "windows_874": "cp874",
    "dos_874": "cp874",
    "koi8_u": "koi8_u",
    "koi8_ru": "koi8_u",
    "koi8_t": "koi8_t",
    "gb2312": "gb18030",
    "gb_2312_80": "gb18030",
    "gbk": "gb18030",
    "x_gbk": "gb18030",
    "ks_c_5601_1987": "cp949",
    "ks_c_5601_1989": "cp949",
    "ksc5601": "cp949",
    "euc_kr": "cp949",
    "x_windows_949": "cp949",
    "shift_jis": "cp932",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "x_sjis": "cp932",
    "x_euc_jp": "euc_jp",
    "x_euc_kr": "cp949",
    "big5": "cp950",
    "x_big5": "cp950",
    "tis_620": "cp874",
    "x_mac_roman": "mac_roman",
    "x_mac_cyrillic": "mac_cyrillic",
    "unicode_1_1_utf_7": "utf_7",
    "unicode_1_1_utf_8": "utf_8",
    "utf_8_sig": "utf_8",
    "iso_8859_8_i": "iso8859_8",
    "iso_8859_8_e": "iso8859_8",
    "iso_8859_6_i": "iso8859_6",
    "iso_8859_6_e": "iso8859_6",
    "x_cp1250": "cp1250",
    "x_cp1251": "cp1251",
    "x_cp1252": "cp1252",
    "x_ansi": "cp1252",
    "ansi": "cp1252",
}
# Declared by software that had nothing to declare: as good as no charset.
_UNDECLARED = frozenset({"ascii", "mbcs"})
# Tried first where Latin-1 is declared: writers meant the Windows page, whose bytes 80-9F are printable.
_LATIN = frozenset({"latin_1", "iso8859_1"})
_CODECS = frozenset(aliases.values())
_COMMON = {
    "utf-8": "utf_8",
    "iso-8859-1": "latin_1",
    "iso-8859-2": "iso8859_2",
    "iso-8859-15": "iso8859_15",
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
    "windows-1252": "cp1252",
}
"""What the lookup finds for the charsets of most mail."""


def decode_text(data: bytes, charset: str | None) -> str:
    """Bytes as text: by the declared charset, else as UTF-8 if valid, else as windows-1252.

    What the charset cannot express becomes U+FFFD. ASCII counts as undeclared, ISO-8859-1 as windows-1252 where
    that decodes, national subsets as the supersets that are in use. Unknown charsets and codecs that are not
    charsets (``idna``, ``rot13``, ``zlib``) count as undeclared.
    """
    codec = codec_of(charset) if charset is not None and len(charset) <= _LONGEST_NAME else None
    return _decode(data, codec)


def decode_encoded_words(text: str) -> str:
    """Unfolded field text with its encoded words decoded (RFC 2047), as mail clients do.

    Words count anywhere: in quoted strings, without white space around, with blanks inside, with a language
    (RFC 2231, 5). White space between adjacent words is dropped, and the bytes of adjacent words in one charset
    are joined before they are decoded. What cannot be decoded stays as it is.
    """
    if "=?" not in text:
        return text
    return _decode_words(text)


def settle_parameters(pieces: list[tuple[str, str]], flags: list[str]) -> tuple[tuple[str, str], ...]:
    """One value for each parameter, from names and values in file order (RFC 2231, 3 and 4); may add flags."""
    plain: dict[str, str] = {}
    extended: dict[str, dict[int, tuple[bool, str]]] = {}
    order: dict[str, None] = {}
    met = set(flags)
    for name, written in pieces:
        base, star, rest = name.partition("*")
        value = written
        section = PARAMETER_SECTION.match(rest) if star and base else None
        named = base if section is not None else name
        if not written.isascii() and named != "boundary":
            value = _decode(written.encode("utf-8", "surrogateescape"), None)
        if section is None:
            order[name] = None
            if plain.setdefault(name, value) != value:
                met.add("duplicate-parameter")
            continue
        order[base] = None
        digits = section[1]
        index = int(digits) if digits else 0
        sections = extended.setdefault(base, {})
        if index in sections or (digits and digits != str(index)):
            met.add("rfc2231-gap")
        sections.setdefault(index, (digits is None or section[2] is not None, value))
    params = tuple((name, _value(name, plain.get(name), extended.get(name), met)) for name in order)
    flags.extend(sorted(met.difference(flags)))
    return params


def _value(name: str, plain: str | None, sections: dict[int, tuple[bool, str]] | None, met: set[str]) -> str:
    """The form in force of one parameter, words decoded where it is a name."""
    joined = None
    if sections is not None:
        joined = _join_sections([sections[index] for index in sorted(sections)])
        if max(sections) != len(sections) - 1:
            met.add("rfc2231-gap")
    if name not in NAMES:
        if plain is None:
            return joined or ""
        if joined is not None and joined != plain:
            met.add("parameter-forms-conflict")
        return plain
    value = plain or "" if joined is None else joined
    decoded = decode_encoded_words(value)
    if decoded != value:
        met.add("encoded-word-parameter")
    if joined is not None and plain is not None and _extension(decode_encoded_words(plain)) != _extension(decoded):
        met.add("parameter-forms-conflict")
    return decoded


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _join_sections(sections: list[tuple[bool, str]]) -> str:
    """Join sections, each (percent-encoded?, value): bytes of neighbours are joined before they are decoded."""
    charset: str | None = None
    out: list[str] = []
    pieces: list[bytes] = []
    for index, (encoded, value) in enumerate(sections):
        if not encoded:
            out += (decode_text(b"".join(pieces), charset), value)
            pieces.clear()
            continue
        declared = EXTENDED_VALUE_HEAD.match(value) if index == 0 else None
        if declared is not None:
            charset = declared[1]
        rest = value if declared is None else value[declared.end() :]
        plain = rest.encode("utf-8", "surrogateescape")
        pieces.append(PERCENT_ENCODED.sub(lambda match: bytes.fromhex(match[1].decode()), plain))
    out.append(decode_text(b"".join(pieces), charset))
    return "".join(out)


def _decode_words(text: str) -> str:
    out: list[str] = []
    pieces: list[bytes] = []  # of adjacent words in one charset
    charset = ""
    done = 0  # text before it is in ``out`` or ``pieces``
    close = -1
    head = ENCODED_WORD_HEAD.search(text)
    while head is not None:
        if close < head.end():
            close = text.find("?=", head.end())
            if close < 0:
                break
        later = ENCODED_WORD_HEAD.search(text, head.end(), close)
        if later is not None:
            head = later
            continue
        word = _payload(head[2], text[head.end() : close], head[1])
        if word is not None:
            between = text[done : head.start()]
            name = head[1].partition("*")[0].lower()
            if pieces and (name != charset or (between and not between.isspace())):
                out.append(_decode(b"".join(pieces), codec_of(charset)))
                pieces.clear()
            if between and not (done and between.isspace()):
                out.append(between)
            pieces.append(word)
            charset = name
            done = close + 2
        head = ENCODED_WORD_HEAD.search(text, close + 2)
    if pieces:
        out.append(_decode(b"".join(pieces), codec_of(charset)))
    out.append(text[done:])
    return "".join(out)


def _payload(encoding: str, payload: str, charset: str) -> bytes | None:
    """Bytes of the payload of one word; None when it is not encoded as it says."""
    if encoding in "Bb":
        return _base64(payload)
    if payload.isascii():
        plain = payload.encode("ascii")
    else:
        # 8-bit text in a Q word (not allowed, but written): it was decoded with the field, so encode it again.
        try:
            plain = payload.encode(codec_of(charset.partition("*")[0]) or "utf-8")
        except UnicodeError:
            plain = payload.encode("utf-8", "replace")
    # A line end would start a soft line break, which Q has not (RFC 2047, 4.2).
    return binascii.a2b_qp(plain.replace(b"\r", b" ").replace(b"\n", b" "), header=True)


def _base64(payload: str) -> bytes | None:
    junk = NOT_BASE64.search(payload)
    if junk is not None:
        payload, removed = NOT_BASE64.sub("", payload), len(payload)
        if len(payload) * 2 < removed:
            return None
    out: list[bytes] = []
    # Padding inside means that encoded pieces were joined: each stands for itself.
    for run in BASE64_LETTERS.findall(payload):
        whole = run[:-1] if len(run) % 4 == 1 else run
        if not whole and len(payload) == 1:
            return None
        out.append(binascii.a2b_base64(whole + "=" * (-len(whole) % 4)))
    return b"".join(out)


def codec_of(charset: str) -> str | None:
    """Name of the Python codec for a charset; None when unknown or no charset.

    Only names in Python's table of aliases are ever looked up: a lookup of any other imports by name and keeps
    a record of each failure for ever. The table also leaves out the codecs that raise or take quadratic time.
    """
    charset = charset.lower()
    if charset in _COMMON:
        return _COMMON[charset]
    name = _NOT_NAME.sub("_", charset).strip("_")
    codec = _ALIASES.get(name) or aliases.get(name)
    if codec is None and name in _CODECS:
        codec = name
    if codec is None or codec in _UNDECLARED:
        return None
    try:
        b"\x00".decode(codec, "replace")
    except (LookupError, ValueError):
        return None
    return codec


def _decode(data: bytes, codec: str | None) -> str:
    try:
        if codec is None:
            return data.decode("utf-8")
        if codec in _LATIN:
            return data.decode("cp1252")
        text = data.decode(codec, "replace")
    except (LookupError, ValueError):
        return data.decode("latin-1" if codec in _LATIN else "cp1252", "replace")
    if codec == "utf_7":  # the one codec that yields lone surrogates, which no output could encode
        return text.encode("utf-8", "replace").decode("utf-8")
    return text
