"""Candidates: what the floor shows of protection where the primary reading sees none.

A candidate is a header field, or the beginning of a CMS object, of rights-managed content or of armour, in octets
that the primary reading does not explain. It never blocks: it makes the answer undetermined. What stands in a text
about which all readers agree is no candidate: mail may talk about S/MIME.
"""

from __future__ import annotations

import binascii
import re
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple

from pecdetect.detect.findings import Pgp, Rights, Smime
from pecdetect.detect.rights import RPMSG_MAGIC
from pecdetect.detect.smime import SIGNATURE_TYPES
from pecdetect.evidence import Evidence
from pecdetect.parsing import decoders, raw, transfer
from pecdetect.parsing.encoded_words import decode_encoded_words

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from pecdetect.detect.findings import SmimeKind
    from pecdetect.parsing.raw import Stretch
    from pecdetect.parsing.message import Message, Part

Family = Literal["smime", "pgp", "rights", "pec"]

_VALUE = 1024
"""Octets of a field's value that are looked at."""
_CMS_START = 40
"""Octets in which the content type of a CMS object shows."""
_PGP_CONTROL = frozenset({"pgp-encrypted", "x-pgp-encrypted"})
_MOST = 8
"""Candidates given of one message: one is enough to leave the answer open."""

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
_LINE = re.compile(rb"[^\r\n]{0,200}+")
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
_SECTIONS = re.compile(rb"\*(?:[0-9]{1,4}\*?)?=")
_DAMAGED = re.compile(rb"[^\r\n]{1,8}?--[!-~]{8,}\s*+\Z")
"""A delimiter with something before it."""
_HEADER = 64 * 1024
_NO_LETTER = bytes(set(range(256)) - set(range(0x61, 0x7B)))
_PEC_LETTERS = re.compile(
    rb"xtrasporto(?:postacertificata|errore)|xricevuta(?:non)?(?:accettazione|presaincarico|avvenutaconsegna|"
    rb"(?:preavviso)?erroreconsegna|rilevazionevirus)"
)
"""The fields of a PEC and their values (RFC 6109, 3), whatever stands between their letters."""
_COMMENT = re.compile(rb"\([^()]*+\)")
_PERCENT = re.compile(rb"%([0-9a-f]{2})")
_NOISE = re.compile(rb"[\s\"'\\]++")
_BEGIN = b"-----BEGIN PGP "
_GAP = rb"[\s\0\x1c-\x1e\x85\xa8\xa9\xc2\xe2\x80]"
_ARMOUR = re.compile(
    rb"-----BEGIN PGP (?P<kind>MESSAGE|SIGNED MESSAGE)[^\r\n-]{0,32}-----(?P<gap>" + _GAP + rb"{1,16}+)"
    rb"(?:[A-Za-z]{2,16}+: [^\r\n]{0,100}+" + _GAP + rb"{1,16}+){0,8}+"
    rb"[A-Za-z0-9+/]{16}"
)
"""The first line of armour (RFC 9580, 6.2) and what it holds; what ends its lines, ends them for some reader."""
_LINE_START = re.compile(rb"(?:\A|[\s\0\x1c-\x1e\x85\xa8\xa9]|\xef\xbb\xbf)\Z")
_REGULAR = b" \t\r\n"

_PKCS = bytes.fromhex("2a864886f70d01")
_CONTENT_TYPES = re.compile(
    re.escape(_PKCS) + rb"(?:\x07(?P<pkcs>[\x02-\x06])|\x09\x10\x01(?P<smime>[\x02\x09\x17]))", re.DOTALL
)
_CONTENT_INFO = re.compile(
    rb"\x30(?:[\x00-\x80]|\x81.|\x82..|\x83...|\x84....)\x06[\x09\x0b]" + _CONTENT_TYPES.pattern, re.DOTALL
)
"""The beginning of a CMS object (RFC 5652, 3): a sequence, whose first element is the content type."""
_KINDS: dict[bytes, SmimeKind] = {
    b"\x02": "opaque-signed",
    b"\x03": "encrypted",
    b"\x04": "encrypted",
    b"\x06": "encrypted",
    b"\x09": "compressed",
    b"\x17": "auth-encrypted",
}


class _Candidate(NamedTuple):
    family: Family
    kind: str
    evidence: Evidence


class Candidates(NamedTuple):
    """What the floor shows, by family."""

    smime: tuple[Smime, ...] = ()
    pgp: tuple[Pgp, ...] = ()
    rights: tuple[Rights, ...] = ()
    pec: tuple[Evidence, ...] = ()


NO_CANDIDATES = Candidates()


def find_candidates(message: Message, parts: Sequence[Part] = (), explained: Container[str] = ()) -> Candidates:
    """What the octets show that the primary reading does not explain. Never raises; linear in them.

    ``parts`` are the parts of the message; those whose sections are ``explained`` are findings already.
    """
    found: list[_Candidate] = []
    for part in parts:
        if part.section not in explained and (part.end - part.body_start >= raw.LEAST or part.parent is None):
            found += _in_part(message, part, explained)
    for stretch in raw.unexplained(message):
        candidates = _search(message, stretch)
        if _is_document_in(stretch.part):
            candidates = (candidate for candidate in candidates if candidate.kind != "opaque-signed")
        found += islice(candidates, _MOST)
        if len(found) >= _MOST:
            break
    return _sorted(found[:_MOST]) if found else NO_CANDIDATES


def _in_part(message: Message, part: Part, explained: Container[str]) -> Iterator[_Candidate]:
    """What a part shows by itself."""
    if part.parent is None:
        if message.truncated and b"rpmsg" in (part.raw(b"content-class") or b"").lower():
            evidence = part.field_evidence("content-class")._replace(reading="floor")
            yield _Candidate("rights", "rpmsg", evidence)
    elif part.media_type[1] in _PGP_CONTROL and part.parent.section not in explained:
        evidence = part.field_evidence("content-type")._replace(reading="floor")
        yield _Candidate("pgp", "encrypted", evidence)
    if not part.children and part.message is None:
        candidate = in_leaf(part)
        if candidate is not None:
            yield candidate


def _sorted(found: list[_Candidate]) -> Candidates:
    def of(family: Family) -> list[_Candidate]:
        return [candidate for candidate in found if candidate.family == family]

    return Candidates(
        tuple(Smime(c.kind, "floor", c.evidence.part, c.evidence, reading="floor") for c in of("smime")),  # type: ignore[arg-type]
        tuple(Pgp(c.kind, "inline", "floor", c.evidence.part, c.evidence, reading="floor") for c in of("pgp")),  # type: ignore[arg-type]
        tuple(Rights("rpmsg", "floor", c.evidence.part, (c.evidence,), reading="floor") for c in of("rights")),
        tuple(c.evidence for c in of("pec")),
    )


def _search(message: Message, stretch: Stretch) -> Iterator[_Candidate]:
    for start, octets in raw.windows(stretch):
        yield from _in_octets(octets, _Window(stretch, start, decoded=False))
        window = _Window(stretch, start, decoded=True)
        if start == stretch.part.start and _PEC_LETTERS.search(octets[:_HEADER].lower().translate(None, _NO_LETTER)):
            yield _Candidate("pec", "", window.evidence(0, 0, None))
        yield from _in_letters(octets, window)
        for plain in raw.decoded(octets, min(len(octets), message.decoded_left)):
            message.decoded_left -= len(plain)
            yield from _in_octets(plain, window)
            yield from _in_letters(plain, window)


class _Window(NamedTuple):
    """A piece of a stretch that is looked at as it stands, or what it was decoded to."""

    stretch: Stretch
    base: int
    """Where the piece begins."""
    decoded: bool

    def evidence(self, start: int, end: int, quoted: bytes | None) -> Evidence:
        """Where a candidate stands: exactly, or, where it had to be decoded, the piece that was decoded."""
        base, stretch = self.base, self.stretch
        if self.decoded:
            start, end = 0, min(stretch.end, base + raw.WINDOW) - base
        first, last, stream = stretch.buffer.place(base + start, base + end)
        return Evidence(stretch.part.section, first, last, quoted, stream, "floor")


def _in_octets(octets: bytes, window: _Window) -> Iterator[_Candidate]:
    """Header fields, CMS content types, the magic of rpmsg and armour in octets as they are."""
    text = octets.replace(b"\0", b"")
    fields = window._replace(decoded=window.decoded or len(text) < len(octets))
    for family, kind, at in _fields(text.lower(), loose=window.stretch.loose):
        line = _LINE.match(text, at)
        quoted = line[0].strip() if line is not None else b""
        yield _Candidate(family, kind, fields.evidence(at, at + len(quoted), quoted))
    content = _CONTENT_TYPES.search(octets)
    if content is not None:
        evidence = window.evidence(content.start(), content.end(), content[0].hex(" ").encode())
        yield _Candidate("smime", _kind_of(content) or "unknown", evidence)
    at = octets.find(RPMSG_MAGIC)
    if at >= 0:
        yield _Candidate("rights", "rpmsg", window.evidence(at, at + 8, RPMSG_MAGIC.hex(" ").encode()))
    armour = _armour(octets)
    if armour is not None:
        end = armour.start("gap")
        evidence = window.evidence(armour.start(), end, octets[armour.start() : end])
        yield _Candidate("pgp", _armour_kind(armour), evidence)


def _armour(octets: bytes) -> re.Match[bytes] | None:
    """Armour that begins a line and holds something; None without any."""
    if _BEGIN not in octets:
        return None
    return next((match for match in _ARMOUR.finditer(octets) if _begins_line(octets, match.start())), None)


def _armour_kind(armour: re.Match[bytes]) -> str:
    return "encrypted" if armour["kind"] == b"MESSAGE" else "signed"


def _begins_line(octets: bytes, at: int) -> bool:
    return _LINE_START.search(octets, max(0, at - 3), at) is not None


def _fields(octets: bytes, *, loose: bool) -> Iterator[tuple[Family, str, int]]:
    """Fields that speak of protection, in octets in lower case: family, kind, and where."""
    judged = 0
    for needle in _NEEDLES:
        lines = _Lines(octets)
        word = 0
        at = octets.find(needle)
        while at >= 0:
            if judged >= _JUDGED:  # past so many, only to where one of the words stands
                if word <= at:
                    found = _WORDS.search(octets, at)
                    word = found.start() if found is not None else len(octets)
                if word - at > _VALUE:
                    at = octets.find(needle, max(word - _VALUE, at + len(needle)))
                    continue
            before = _BEFORE.search(octets[max(0, at - _LOOK_BACK) : at])
            behind = _BEHIND.match(octets, at + len(needle)) if before is not None else None
            if before is not None and behind is not None:
                judged += 1
                mime = before["mime"] is not None
                family, kind = _judge_value(octets, behind.end(), mime=mime, thorough=judged <= _JUDGED)
                start = at - (1 if mime else 2)
                if family is not None and (loose or lines.holds(start, behind.end())):
                    yield family, kind, max(0, start)
            at = octets.find(needle, at + len(needle))


class _Lines:
    """Which lines stand where those of a header do; asked for in ascending order, at a cost linear in all."""

    __slots__ = ("followed", "octets", "outside", "until")

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.until = -1
        """Where the blank line is that was found last."""
        self.followed = False
        """Whether anything stands after it."""
        self.outside: set[int] = set()
        """Beginnings of lines that are not in a header."""

    def holds(self, at: int, behind: int) -> bool:
        """Whether the field there stands in a header: fields before it, nothing else, and a body after them."""
        if behind - 1 > self.until:
            blank = _BLANK_LINE.search(self.octets, behind - 1)
            self.until = len(self.octets) if blank is None else blank.start()
            self.followed = blank is not None and bool(self.octets[blank.end() : blank.end() + _VALUE].strip())
        return self.followed and self._is_led(at)

    def _is_led(self, at: int) -> bool:
        """Whether only fields stand between a field and a blank line, a delimiter, or the beginning."""
        octets = self.octets
        first = start = self._start(at)
        for _ in range(_LINES_BACK):
            if start == 0:
                return True
            end = start - (2 if octets.startswith(b"\r\n", start - 2) and start > 1 else 1)
            start = self._start(end)
            if start >= 0 and _DAMAGED.match(octets, start, end) is not None:
                return True
            if start < 0 or start in self.outside or (start < end and _STRUCTURE.match(octets, start, end) is None):
                self.outside.add(first)
                return False
            if not octets[start:end].strip() or octets.startswith(b"--", start):
                return True
        return True

    def _start(self, at: int) -> int:
        """Where the line begins that ends there; -1 where that is further away than a header line is long."""
        least = max(0, at - _LINE_LENGTH)
        start = max(self.octets.rfind(b"\n", least, at), self.octets.rfind(b"\r", least, at)) + 1
        return start if start > 0 or least == 0 else -1


def _judge_value(octets: bytes, start: int, *, mime: bool, thorough: bool) -> tuple[Family | None, str]:
    """What the value of a field says of protection, read as leniently as any reader does."""
    stop = _VALUE_END.search(octets, start - 1, start + _VALUE)
    value = octets[start : stop.start() if stop is not None else start + _VALUE]
    for form in _forms(value) if thorough else (value,):
        if not mime:
            if _PEC.search(form) is not None:
                return "pec", ""
            continue
        if (found := _SMIME.search(form)) is not None:
            return "smime", "clear-signed" if found[0].startswith(b"multipart") else "unknown"
        if (found := _PGP.search(form)) is not None:
            return "pgp", "signed" if b"signature" in form else "encrypted"
        if b"rpmsg" in form:
            return "rights", "rpmsg"
        if b"daticert.xml" in form or b"postacert.eml" in form:
            return "pec", ""
    return None, ""


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


_PKCS_LETTERS = decoders.letters_of(_PKCS)
_RPMSG_LETTERS = decoders.letters_of(RPMSG_MAGIC)
_BEFORE_TYPE = 12
"""Letters before a content type in which its object begins; more than it takes, and whole groups."""
_GROUPS = 40
"""Letters from which a content type can be read, and the beginning of its object."""
_ARMOUR_GROUPS = 512
_HITS = 64
_CLEAN_LETTERS, _LETTERS = 64, 512
"""Letters in which an object begins: of base64 as it should be, where nothing stands before it, and of any other."""
_RPMSG_LETTERS_CLEAN, _RPMSG_LETTERS_ANY = 16, 64


def _in_letters(octets: bytes, window: _Window) -> Iterator[_Candidate]:
    """CMS objects, the magic of rpmsg, and armour in base64, whatever junk stands between its letters."""
    letters = decoders.letters(octets)
    kind = _kind_in(letters)
    if kind is not None:
        yield _Candidate("smime", kind, window.evidence(0, len(octets), None))
    if _holds_any(letters, _RPMSG_LETTERS):
        yield _Candidate("rights", "rpmsg", window.evidence(0, len(octets), None))
    armour = _armour_in(letters)
    if armour is not None:
        yield _Candidate("pgp", armour, window.evidence(0, len(octets), None))


def _hits(letters: bytes, needles: tuple[tuple[bytes, int], ...], lead: int, size: int) -> Iterator[bytes]:
    """What letters of base64 say around each place of a needle; ``lead`` letters before it, ``size`` in all."""
    if not _holds_any(letters, needles):
        return
    for needle, before in needles:
        at = letters.find(needle)
        for _ in range(_HITS):
            if at < 0:
                break
            first = at - before
            group = letters[max(first - lead, first % 4) : first - lead + size] if first >= 0 else b""
            yield binascii.a2b_base64(group[: len(group) & ~3])
            at = letters.find(needle, at + 1)


def _kind_in(letters: bytes) -> SmimeKind | None:
    """The kind of the first CMS object in letters of base64; None without any."""
    for octets in _hits(letters, _PKCS_LETTERS, _BEFORE_TYPE, _GROUPS):
        kind = _kind_of(_CONTENT_INFO.search(octets))
        if kind is not None:
            return kind
    return None


def _armour_in(letters: bytes) -> str | None:
    """The kind of the first armour in letters of base64 that holds something; None without any."""
    for octets in _hits(letters, decoders.ARMOUR_LETTERS, 0, _ARMOUR_GROUPS):
        armour = _ARMOUR.search(octets)
        if armour is not None:
            return _armour_kind(armour)
    return None


def _kind_of(content: re.Match[bytes] | None) -> SmimeKind | None:
    return _KINDS.get(content["pkcs"] or content["smime"], "unknown") if content is not None else None


class _Leaf(NamedTuple):
    """The beginning of a body: as it stands, as its header would have it decoded, and what lies under both."""

    raw: bytes
    plain: bytes
    under: list[bytes]
    letters: bytes
    """Letters of base64 in the raw beginning."""
    clean: bool
    """Whether it is base64 as it should be: all readers decode it alike."""


def _leaf(part: Part) -> _Leaf:
    data, start = part.buffer.data, part.body_start
    end = min(part.end, start + decoders.RAW_HEAD)
    raw, plain = data[start:end], part.sniff(decoders.HEAD)
    clean = part.encoding == "base64" and decoders.is_clean_base64(data, start, end)
    under = decoders.layers(plain) if clean else decoders.layers(raw, plain)
    return _Leaf(raw, plain, under, decoders.letters(raw), clean)


def in_leaf(part: Part) -> _Candidate | None:
    """What a body begins with that nothing in its header speaks of; None for most."""
    leaf = _leaf(part)
    evidence = part.evidence()._replace(reading="floor")
    text = part.media_type[0] == "text"
    if text or part.parent is None:
        armour = _armour_in_leaf(part, leaf)
        if armour is not None:
            return _Candidate("pgp", armour, evidence)
    if text and part.encoding in _LITERAL:
        return None
    if _begins_with_rpmsg(leaf):
        return _Candidate("rights", "rpmsg", evidence)
    views = (leaf.plain, *leaf.under) if leaf.clean else (leaf.raw, leaf.plain, *leaf.under)
    kinds = [_kind_of(_CONTENT_INFO.search(view, 0, _CMS_START)) for view in views]
    kinds.append(_kind_in(leaf.letters[: _CLEAN_LETTERS if leaf.clean else _LETTERS]))
    kind = next((kind for kind in kinds if kind is not None), None)
    if kind is None or (kind == "opaque-signed" and _is_document(part, leaf)):
        return None
    return _Candidate("smime", kind, evidence)


def _is_document(part: Part, leaf: _Leaf) -> bool:
    """Whether what is signed protects no message: a detached signature, or a document under a name of its own.

    What is encrypted under such a name may still be the message.
    """
    if part.content_type in SIGNATURE_TYPES or (part.name or "").lower().endswith(".p7s"):
        return part.parent is not None and part.parent.is_multipart and part.parent.media_type[1] != "appledouble"
    named = part.name is not None and part.parent is not None
    return named and not _speaks_of_smime(part) and b"content-type:" not in leaf.plain.lower()


def _is_document_in(part: Part) -> bool:
    """As :func:`_is_document`, for a part whose header is read in several ways; no part with others in it is one."""
    leaf = part.parent is not None and not part.children and part.message is None
    return leaf and _is_document(part, _leaf(part))


def _begins_with_rpmsg(leaf: _Leaf) -> bool:
    views = (leaf.plain, *leaf.under) if leaf.clean else (leaf.raw, leaf.plain, *leaf.under)
    if any(RPMSG_MAGIC in (view[: len(RPMSG_MAGIC)] if leaf.clean else view) for view in views):
        return True
    return _holds_any(leaf.letters[: _RPMSG_LETTERS_CLEAN if leaf.clean else _RPMSG_LETTERS_ANY], _RPMSG_LETTERS)


_TEXT_WINDOW = 64 * 1024
_LITERAL = transfer.IDENTITY | {"quoted-printable"}
"""Encodings in which what a text holds stands as it is."""


def _armour_in_leaf(part: Part, leaf: _Leaf) -> str | None:
    """Armour in a text that the primary reading does not show, and some reader may."""
    data, start, end = part.buffer.data, part.body_start, part.end
    shown = part.media_type[0] == "text" and part.media_type.subtype in ("plain", "html")
    # What stands there in clear is for the primary reading to judge.
    under = leaf.under if _ARMOUR.search(leaf.plain) is None else []
    for view in under if shown else (leaf.plain, *under):
        armour = _armour(view)
        if armour is not None:
            return _armour_kind(armour)
    at = data.find(_BEGIN, start, end)
    if at >= 0:
        octets = data[max(start, at - 3) : min(end, at + _TEXT_WINDOW)]
        for match in _ARMOUR.finditer(octets):
            if _is_odd(part, octets, match):
                return _armour_kind(match)
    if leaf.clean:
        return (
            _armour_in(leaf.letters) if decoders.begins_with_armour(leaf.letters) and _BEGIN not in leaf.plain else None
        )
    if part.encoding == "base64":
        return _armour_in(decoders.letters(data[start : min(end, start + _TEXT_WINDOW)]))
    return _armour_in(leaf.letters[:_LETTERS])


def _is_odd(part: Part, octets: bytes, match: re.Match[bytes]) -> bool:
    """Whether only some readers take it for armour: its lines end in another way, or its encoding is not the text's."""
    if not _begins_line(octets, match.start()):
        return False
    if part.encoding not in _LITERAL or match["gap"].strip(_REGULAR):
        return True
    before = octets[match.start() - 1 : match.start()]
    return bool(before.strip(_REGULAR)) or b"-----END PGP " not in octets


def _holds_any(letters: bytes, needles: tuple[tuple[bytes, int], ...]) -> bool:
    return any([needle in letters for needle, _ in needles])  # noqa: C419 - a list is faster


def _speaks_of_smime(part: Part) -> bool:
    return any(
        _SMIME.search(form) is not None for value in part.table.values for form in _forms(value[:_VALUE].lower())
    )
