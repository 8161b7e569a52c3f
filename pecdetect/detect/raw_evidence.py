"""Candidates: what the floor shows of protection where the primary reading sees none.

A candidate is a header field, or the beginning of a CMS object, of rights-managed content or of armour, in bytes
that the primary reading does not explain. It never blocks: it makes the answer undetermined. What stands in a text
about which all readers agree is no candidate: mail may talk about S/MIME.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from pecdetect.detect import protection_marks
from pecdetect.detect.findings import Pgp, Rights, Smime, seen_in
from pecdetect.detect.leaves import Candidate, in_leaf, is_document_in
from pecdetect.detect.raw_fields import names_a_field, protection_fields
from pecdetect.detect.rights import RPMSG_MAGIC
from pecdetect.evidence import Evidence
from pecdetect.parsing import decoders, raw

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from pecdetect.detect.raw_fields import Family
    from pecdetect.parsing.message import Message, Part
    from pecdetect.parsing.raw import Stretch

_PGP_CONTROL = frozenset({"pgp-encrypted", "x-pgp-encrypted"})
_MOST = 8
"""Candidates given of one message: one is enough to leave the answer open."""

_LINE = re.compile(rb"[^\r\n]{0,200}+")
_HEADER = 64 * 1024
_NO_LETTER = bytes(set(range(256)) - set(range(0x61, 0x7B)))
_PEC_LETTERS = re.compile(
    rb"xtrasporto(?:postacertificata|errore)|xricevuta(?:non)?(?:accettazione|presaincarico|avvenutaconsegna|"
    rb"(?:preavviso)?erroreconsegna|rilevazionevirus)"
)
"""The fields of a PEC and their values (RFC 6109, 3), whatever stands between their letters."""


class Candidates(NamedTuple):
    """What the floor shows, by family."""

    smime: tuple[Smime, ...] = ()
    pgp: tuple[Pgp, ...] = ()
    rights: tuple[Rights, ...] = ()
    pec: tuple[Evidence, ...] = ()


NO_CANDIDATES = Candidates()


def find_candidates(message: Message, parts: Sequence[Part] = (), explained: Container[str] = ()) -> Candidates:
    """What the bytes show that the primary reading does not explain. Never raises; linear in them.

    ``parts`` are the parts of the message; those whose sections are ``explained`` are findings already.
    """
    found: list[Candidate] = []
    for part in parts:
        if part.section not in explained and (part.end - part.body_start >= raw.LEAST or part.parent is None):
            candidate = _by_header(message, part, explained)
            if candidate is not None:
                found.append(candidate)
            if not part.children and part.message is None:
                candidate = in_leaf(part)
                if candidate is not None:
                    found.append(candidate)
    for stretch in raw.unexplained(message):
        candidates = _search(message, stretch)
        if is_document_in(stretch.part):
            candidates = (candidate for candidate in candidates if candidate.kind != "opaque-signed")
        found += islice(candidates, _MOST)
        if len(found) >= _MOST:
            break
    return _sorted(found[:_MOST]) if found else NO_CANDIDATES


def _by_header(message: Message, part: Part, explained: Container[str]) -> Candidate | None:
    """What the header of a part says that the structure does not bear out."""
    if part.parent is None:
        if message.truncated and b"rpmsg" in (part.raw(b"content-class") or b"").lower():
            return Candidate("rights", "rpmsg", seen_in(part.field_evidence("content-class"), "floor"))
    elif part.media_type.subtype in _PGP_CONTROL and part.parent.section not in explained:
        return Candidate("pgp", "encrypted", seen_in(part.field_evidence("content-type"), "floor"))
    return None


def _sorted(found: list[Candidate]) -> Candidates:
    def of(family: Family) -> list[Candidate]:
        return [candidate for candidate in found if candidate.family == family]

    return Candidates(
        tuple(Smime(c.kind, "floor", c.evidence.part, c.evidence, reading="floor") for c in of("smime")),  # type: ignore[arg-type]
        tuple(Pgp(c.kind, "inline", "floor", c.evidence.part, c.evidence, reading="floor") for c in of("pgp")),  # type: ignore[arg-type]
        tuple(Rights("rpmsg", "floor", c.evidence.part, (c.evidence,), reading="floor") for c in of("rights")),
        tuple(c.evidence for c in of("pec")),
    )


def _search(message: Message, stretch: Stretch) -> Iterator[Candidate]:
    for start, data in raw.windows(stretch):
        yield from _in_bytes(data, _Window(stretch, start, decoded=False))
        window = _Window(stretch, start, decoded=True)
        if start == stretch.part.start and _speaks_of_pec(data[:_HEADER]):
            yield Candidate("pec", "", window.evidence(0, 0, None))
        letters = decoders.letters(data)
        yield from _in_letters(letters, window)
        for plain in raw.decoded(data, letters, min(len(data), message.decoded_left), _is_telling):
            message.decoded_left -= len(plain)
            yield from _in_bytes(plain, window)
            yield from _in_letters(decoders.letters(plain), window)


def _is_telling(data: bytes) -> bool:
    """Whether some decoded bytes may hold a candidate; errs only towards yes."""
    if data.find(protection_marks.PKCS) >= 0 or data.find(RPMSG_MAGIC) >= 0 or data.find(protection_marks.BEGIN) >= 0:
        return True
    letters = decoders.letters(data)
    if decoders.holds_objects(letters) or letters.find(decoders.DASHES_LETTERS) >= 0:
        return True
    return names_a_field(data.replace(b"\0", b"").lower())


def _speaks_of_pec(header: bytes) -> bool:
    letters = header.lower().translate(None, _NO_LETTER)
    return (letters.find(b"rasporto") >= 0 or letters.find(b"icevuta") >= 0) and bool(_PEC_LETTERS.search(letters))


class _Window:
    """A piece of a stretch that is looked at as it stands, or what it was decoded to."""

    __slots__ = ("base", "decoded", "stretch")

    def __init__(self, stretch: Stretch, base: int, *, decoded: bool) -> None:
        self.stretch = stretch
        self.base = base
        """Where the piece begins."""
        self.decoded = decoded

    def evidence(self, start: int, end: int, quoted: bytes | None) -> Evidence:
        """Where a candidate stands: exactly, or, where it had to be decoded, the piece that was decoded."""
        base, stretch = self.base, self.stretch
        if self.decoded:
            start, end = 0, min(stretch.end, base + raw.WINDOW) - base
        first, last, stream = stretch.buffer.place(base + start, base + end)
        return Evidence(stretch.part.section, first, last, quoted, stream, "floor")


def _in_bytes(data: bytes, window: _Window) -> Iterator[Candidate]:
    """Header fields, CMS content types, the magic of rpmsg and armour in bytes as they are."""
    text = data.replace(b"\0", b"")
    lower = text.lower()
    if names_a_field(lower):
        fields = window if len(text) == len(data) else _Window(window.stretch, window.base, decoded=True)
        for family, kind, at in protection_fields(lower, loose=window.stretch.loose):
            line = _LINE.match(text, at)
            quoted = line[0].strip() if line is not None else b""
            yield Candidate(family, kind, fields.evidence(at, at + len(quoted), quoted))
    content = protection_marks.CONTENT_TYPES.search(data)
    if content is not None:
        evidence = window.evidence(content.start(), content.end(), content[0].hex(" ").encode())
        yield Candidate("smime", protection_marks.kind_of(content) or "unknown", evidence)
    at = data.find(RPMSG_MAGIC)
    if at >= 0:
        yield Candidate("rights", "rpmsg", window.evidence(at, at + 8, RPMSG_MAGIC.hex(" ").encode()))
    armour = protection_marks.find_armour(data)
    if armour is not None:
        end = armour.start("gap")
        evidence = window.evidence(armour.start(), end, data[armour.start() : end])
        yield Candidate("pgp", protection_marks.armour_kind(armour), evidence)


def _in_letters(letters: bytes, window: _Window) -> Iterator[Candidate]:
    """CMS objects, the magic of rpmsg, and armour in letters of base64, whatever junk stood between them."""
    kind = protection_marks.cms_kind_in(letters)
    if kind is not None:
        yield Candidate("smime", kind, window.evidence(0, 0, None))
    if protection_marks.holds_rpmsg(letters):
        yield Candidate("rights", "rpmsg", window.evidence(0, 0, None))
    armour = protection_marks.armour_kind_in(letters)
    if armour is not None:
        yield Candidate("pgp", armour, window.evidence(0, 0, None))
