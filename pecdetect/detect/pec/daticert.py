"""Read ``daticert.xml``, the certification data of a PEC message (RFC 6109, 4.4).

Expat reads it first: a DOCTYPE is tolerated, nothing is fetched, and an entity declaration is refused before
anything could be expanded. What is not well formed is read again by a tolerant scan that knows the element names
of the schema and takes everything else for text. Both feed the same fields, so that both mean the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pecdetect.limits import Limits

_ROOT = "postacert"
_CONTAINERS = frozenset({_ROOT, "intestazione", "dati", "data"})
_LEAVES = frozenset(
    {
        "mittente",
        "destinatari",
        "risposte",
        "oggetto",
        "gestore-emittente",
        "giorno",
        "ora",
        "identificativo",
        "msgid",
        "ricevuta",
        "consegna",
        "ricezione",
        "errore-esteso",
    }
)
_CHUNK = 64 * 1024
_CHUNKS = 16

_ENTITY = b"<!ENTITY"
_LEADING = b"\xef\xbb\xbf \t\r\n"
_UTF_16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}
_LEGACY = frozenset({"iso-8859-1", "iso-8859-15", "windows-1252"})
_DECLARED = re.compile(rb"""<\?xml\s[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9._-]{1,40})["']""")

_NAMES = "|".join(sorted(_CONTAINERS | _LEAVES))
_TOKEN = re.compile(
    r"(?ai)<(?:!--|!\[CDATA\[|\?|!DOCTYPE"
    rf"|(/?)(?:[a-z_][\w.-]{{0,63}}+:)?({_NAMES})(?=[\s/>])([^<>]*+)>)"
)
_OTHER_TAG = re.compile(r"<[A-Za-z]")
_ATTRIBUTE = re.compile(r"""(?a)(?<![\w.:-])([A-Za-z_][\w.:-]{0,63}+)\s{0,9}+=\s{0,9}+(?:"([^"]*+)"|'([^']*+)')""")
_DOCTYPE = re.compile(
    r"""<!DOCTYPE(?:[^"'\[>]++|"[^"]*+"|'[^']*+')*+(?:\[(?:[^"'\]]++|"[^"]*+"|'[^']*+')*+\]\s*+)?+>"""
)
_REFERENCE = re.compile(r"&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|(lt|gt|amp|quot|apos));")
_PREDEFINED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_CDATA_OPENING = "<![CDATA["
_DOCTYPE_OPENING = "<!DOCTYPE"
_SECTIONS = {"<!--": "-->", _CDATA_OPENING: "]]>", "<?": "?>", _DOCTYPE_OPENING: ">"}

_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_HOUR = re.compile(r"([0-9]{1,2}):([0-9]{2}):([0-9]{2})")
_ZONE = re.compile(r"([+-])([0-9]{2}):?([0-5][0-9])")
_FARTHEST_ZONE = timedelta(hours=14)
_ERROR_CODE = re.compile(r"[245]\.[0-9]{1,3}+\.[0-9]{1,3}+(?!\.?[0-9])")


@dataclass(frozen=True, slots=True)
class Recipient:
    """One ``destinatari`` element."""

    address: str
    """Address as written."""
    type: str | None
    """``certificato`` (what the DTD supplies when there is none), ``esterno``, or what is written."""


@dataclass(frozen=True, slots=True)
class Daticert:
    """What a daticert.xml says, stripped of blanks; None is what it does not say."""

    type: str | None
    """``tipo`` of the root: the message type."""
    error: str | None
    """``errore`` of the root: ``nessuno`` (what the DTD supplies when there is none), ``no-dest``, ..."""
    sender: str | None
    """``mittente``."""
    recipients: tuple[Recipient, ...]
    """``destinatari``, in order."""
    reply_to: str | None
    """``risposte``."""
    subject: str | None
    """``oggetto``: subject of the original message."""
    provider: str | None
    """``gestore-emittente``."""
    time: str | None
    """``data``, ISO 8601 with its offset from UTC; None also if it is unreadable or impossible."""
    identifier: str | None
    """``identificativo``: the identifier that the provider gave the message."""
    message_id: str | None
    """``msgid``: Message-ID of the original message, angle brackets and all."""
    receipt: str | None
    """``tipo`` of ``ricevuta``: ``completa``, ``breve`` or ``sintetica``."""
    delivered_to: str | None
    """``consegna``: the recipient that a notice is about."""
    received_by: tuple[str, ...]
    """``ricezione``: the recipients taken in charge, in order."""
    extended_error: str | None
    """``errore-esteso``."""
    error_code: str | None
    """Status code that ``errore-esteso`` starts with, as in ``5.1.1`` (RFC 3463)."""
    problems: tuple[str, ...]
    """``not-well-formed`` (read by the tolerant scan), ``entity-declaration`` (refused, nothing expanded),
    ``limit``, ``repeated-element`` (the first counts), ``unreadable-time``."""
    limits: tuple[tuple[str, int, int], ...]
    """Limits hit: field of :class:`~pecdetect.limits.Limits`, value, limit."""


class _StopReadingError(Exception):
    """Raised through expat: enough was read, or too much."""


class _EntityError(Exception):
    """Raised through expat: an entity is declared."""


class _Fields:
    """What has been read so far."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.rooted = False
        self.attributes: dict[str, str | None] = {}
        self.values: dict[str, str] = {}
        self.recipients: list[Recipient] = []
        self.received_by: list[str] = []
        self.problems: dict[str, None] = {}
        self.hits: dict[str, tuple[str, int, int]] = {}
        self._elements = 0
        self.depth = 0
        self._leaf: str | None = None
        self._leaf_type: str | None = None
        self._pieces: list[str] = []

    def hit(self, name: str, value: int, limit: int) -> None:
        """Note a limit."""
        self.problems["limit"] = None
        self.hits[name] = (name, value, limit)

    def start(self, qualified: str, attributes: Mapping[str, str]) -> None:
        """Start tag; an unfinished leaf ends here."""
        self._elements += 1
        self.depth += 1
        if self._elements > self.limits.xml_elements:
            self.hit("xml_elements", self._elements, self.limits.xml_elements)
            raise _StopReadingError
        name = _local(qualified)
        if not self.rooted and name != _ROOT:
            raise _StopReadingError
        if self.depth > self.limits.xml_depth:
            _, deepest, _ = self.hits.get("xml_depth", ("", 0, 0))
            self.hit("xml_depth", max(deepest, self.depth), self.limits.xml_depth)
            return
        if name in _CONTAINERS or name in _LEAVES:
            self._close()
            self._open(name, attributes)

    def _open(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == _ROOT and not self.rooted:
            self.rooted = True
            self.attributes["tipo"] = _attribute(attributes, "tipo")
            self.attributes["errore"] = _attribute(attributes, "errore", "nessuno")
        elif name == "data":
            self.attributes.setdefault("zona", _attribute(attributes, "zona"))
        elif name == "ricevuta":
            self.attributes.setdefault("ricevuta", _attribute(attributes, "tipo"))
        elif name in _LEAVES:
            self._leaf = name
            self._pieces = []
            if name == "destinatari":
                self._leaf_type = _attribute(attributes, "tipo", "certificato")

    def text(self, text: str) -> None:
        """Character data."""
        if self._leaf is not None and self.depth <= self.limits.xml_depth:
            self._pieces.append(text)

    def end(self, qualified: str) -> None:
        """End tag."""
        self.depth -= 1
        name = _local(qualified)
        if name == self._leaf or name in _CONTAINERS:
            self._close()

    def _close(self) -> None:
        name, self._leaf = self._leaf, None
        text = "".join(self._pieces).strip() if name is not None else ""
        if name is None or not text:
            return
        if name == "destinatari":
            self.recipients.append(Recipient(text, self._leaf_type))
        elif name == "ricezione":
            self.received_by.append(text)
        elif name in self.values:
            self.problems["repeated-element"] = None
        else:
            self.values[name] = text

    def finish(self) -> Daticert:
        """Put it together."""
        get = self.values.get
        time = _time(get("giorno"), get("ora"), self.attributes.get("zona"))
        if time is None and (get("giorno") or get("ora")):
            self.problems["unreadable-time"] = None
        extended_error = get("errore-esteso")
        code = _ERROR_CODE.match(extended_error or "")
        return Daticert(
            type=self.attributes.get("tipo"),
            error=self.attributes.get("errore"),
            sender=get("mittente"),
            recipients=tuple(self.recipients),
            reply_to=get("risposte"),
            subject=get("oggetto"),
            provider=get("gestore-emittente"),
            time=time,
            identifier=get("identificativo"),
            message_id=get("msgid"),
            receipt=self.attributes.get("ricevuta"),
            delivered_to=get("consegna"),
            received_by=tuple(self.received_by),
            extended_error=extended_error,
            error_code=code[0] if code is not None else None,
            problems=tuple(self.problems),
            limits=tuple(self.hits.values()),
        )


def read_daticert(data: bytes, limits: Limits) -> Daticert | None:
    """Read a daticert.xml (RFC 6109, 4.4); None if no ``postacert`` root can be found even by the tolerant scan.

    Never raises. Of more than ``limits.xml_bytes`` bytes only that many are read; time and memory are linear in
    what is read.
    """
    size = len(data)
    data = data[: limits.xml_bytes].lstrip(_LEADING)
    narrow = data.replace(b"\x00", b"")  # UTF-16 as well
    if _ROOT.encode() not in narrow.lower():
        return None
    fields = _Fields(limits)
    refusal = "entity-declaration" if _ENTITY in narrow else _parse(data, fields, whole=size <= limits.xml_bytes)
    if refusal is not None:
        fields = _Fields(limits)
        fields.problems[refusal] = None
        _scan(_decode(data), fields)
    if not fields.rooted:
        return None
    if size > limits.xml_bytes:
        fields.hit("xml_bytes", size, limits.xml_bytes)
    return fields.finish()


def _parse(data: bytes, fields: _Fields, *, whole: bool) -> str | None:
    """Let expat read it; the problem that keeps it from doing so, or None."""
    import pyexpat

    def refuse(*_: object) -> None:
        raise _EntityError

    encoding = _charset(data)
    if encoding.startswith("utf-16"):
        try:
            data = data.decode(encoding).lstrip().encode()
        except UnicodeDecodeError:
            return "not-well-formed"
        encoding = "utf-8"
    # An encoding that is given outright keeps expat from asking Python's codecs for whatever is declared.
    parser = pyexpat.ParserCreate(encoding)
    parser.buffer_text = True
    parser.SetParamEntityParsing(pyexpat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler = fields.start
    parser.EndElementHandler = fields.end
    parser.CharacterDataHandler = fields.text
    parser.EntityDeclHandler = refuse
    # What an external subset might declare is not known: such a reference stays as it is written.
    parser.SkippedEntityHandler = lambda name, _: fields.text(f"&{name};")
    # Few chunks: expat before 2.6 looks at an unfinished token again with each.
    step = max(_CHUNK, len(data) // _CHUNKS + 1)
    try:
        for start in range(0, len(data), step):
            parser.Parse(data[start : start + step], False)  # noqa: FBT003 - positional in C
        if whole:
            parser.Parse(b"", True)  # noqa: FBT003 - positional in C
    except _StopReadingError:
        return None
    except _EntityError:
        return "entity-declaration"
    except pyexpat.ExpatError:
        return "not-well-formed"
    return None


def _charset(data: bytes) -> str:
    """Charset by the first bytes, else as declared where that is one that occurs, else UTF-8."""
    wide = _UTF_16.get(data[:2])
    if wide is not None:
        return wide
    declared = _DECLARED.match(data)
    charset = declared[1].decode("ascii").lower() if declared is not None else ""
    return charset if charset in _LEGACY else "utf-8"


def _decode(data: bytes) -> str:
    """Text for the tolerant scan; what is no UTF-8 is windows-1252."""
    charset = _charset(data)
    try:
        return data.decode(charset, "strict" if charset == "utf-8" else "replace")
    except UnicodeDecodeError:
        return data.decode("windows-1252", "replace")


def _scan(text: str, fields: _Fields) -> None:
    """Read what is not well formed: a tag of the schema is a tag, a comment a comment, the rest is text.

    Linear: a section that is not closed is looked for once, and a tag ends at the next angle bracket.
    """
    closings = dict(_SECTIONS)
    at = 0
    try:
        while (token := _TOKEN.search(text, at)) is not None:
            start = token.start()
            if not fields.rooted and _OTHER_TAG.search(text, at, start) is not None:
                return
            fields.text(_resolve(text[at:start]))
            if token[2] is None:
                at = _section_end(text, token, closings, fields)
                continue
            at = token.end()
            _take(token, fields)
            if token[1] and token[2].lower() == _ROOT:
                return
    except _StopReadingError:
        return


def _section_end(text: str, token: re.Match[str], closings: dict[str, str], fields: _Fields) -> int:
    """Offset after the comment, CDATA section, instruction or DOCTYPE that opens here, if it is one.

    Else that after its opening, which is text.
    """
    opening = token[0]
    content = token.end()
    closing = closings.get(opening)
    if opening == _DOCTYPE_OPENING and closing is not None:
        del closings[opening]
        doctype = _DOCTYPE.match(text, token.start()) if not fields.rooted else None
        if doctype is not None:
            return doctype.end()
    elif closing is not None:
        end = text.find(closing, content)
        if end >= 0:
            if opening == _CDATA_OPENING:
                fields.text(text[content:end])
            return end + len(closing)
        del closings[opening]
    fields.text(opening)
    return content


def _take(tag: re.Match[str], fields: _Fields) -> None:
    """Hand a tag of the schema on."""
    closes, name, attributes = tag[1], tag[2].lower(), tag[3]
    if closes:
        fields.end(name)
        return
    found: dict[str, str] = {}
    for each in _ATTRIBUTE.finditer(attributes):
        found.setdefault(each[1], _resolve(each[2] or each[3] or ""))
    fields.depth = 0  # tags may well be left open
    fields.start(name, found)
    if attributes.endswith("/"):
        fields.end(name)


def _resolve(text: str) -> str:
    """Resolve character references and the five predefined entities; leave any other as it is written."""
    return _REFERENCE.sub(_resolve_one, text) if "&" in text else text


def _resolve_one(reference: re.Match[str]) -> str:
    if reference[3]:
        return _PREDEFINED[reference[3]]
    code = int(reference[1]) if reference[1] else int(reference[2], 16)
    valid = 0 < code < 0xD800 or 0xE000 <= code <= 0x10FFFF
    return chr(code) if valid else reference[0]


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()


def _attribute(attributes: Mapping[str, str], name: str, default: str | None = None) -> str | None:
    """Value of an attribute, by its exact name or else by its local one in any case; None if it is blank."""
    value = attributes.get(name)
    if value is None:
        value = next((attributes[each] for each in attributes if _local(each) == name), default)
    return (value or "").strip() or None


def _time(day: str | None, hour: str | None, zone: str | None) -> str | None:
    """ISO 8601 form of ``dd/mm/yyyy``, ``hh:mm:ss`` and ``[+-]hhmm``; None unless there is such a moment."""
    date = _DAY.fullmatch(day or "")
    clock = _HOUR.fullmatch(hour or "")
    shift = _ZONE.fullmatch(zone or "")
    if date is None or clock is None or shift is None:
        return None
    offset = timedelta(hours=int(shift[2]), minutes=int(shift[3]))
    if offset > _FARTHEST_ZONE:
        return None
    if shift[1] == "-":
        offset = -offset
    year, month, day_of_month = int(date[3]), int(date[2]), int(date[1])
    hours, minutes, seconds = int(clock[1]), int(clock[2]), int(clock[3])
    try:
        moment = datetime(year, month, day_of_month, hours, minutes, seconds, tzinfo=timezone(offset))
    except ValueError:
        return None
    return moment.isoformat()
