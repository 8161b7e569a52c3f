"""Other certified and registered mail than PEC: REM, De-Mail, KIM, EGVP, and the private services.

Most of these are conventions, not standards: each finding says how sure it is. What the KBs say of PEC is not
extended to them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from pecdetect.detect.findings import System
from pecdetect.detect.text import content_evidence, name_evidence, shown_fields
from pecdetect.evidence import EXCERPT_CHARACTERS
from pecdetect.parsing.addresses import parse_addresses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pecdetect.contract import Position
    from pecdetect.evidence import Evidence
    from pecdetect.parsing.header import FieldTable
    from pecdetect.parsing.message import Message, Part

Confidence = Literal["possible", "likely", "certain"]

DE_MAIL_MANDATORY = frozenset(
    b"x-de-mail-" + name
    for name in (
        b"sender chosen-recipient actual-recipient message-id originator-provider message-type integrity version"
    ).split()
)
"""Fields that every De-Mail bears (BSI TR-01201, 3.4)."""

_FIELD_PREFIXES = (
    (b"rem-", "rem"),  # EN 319 532-3
    (b"x-rem-", "rem-ts102640"),  # TS 102 640-2
    (b"x-de-mail-", "de-mail"),
    (b"x-kom-le-", "kim"),
    (b"x-kim-", "kim"),
    (b"x-rpost-", "rpost"),
)
_OTHERS = frozenset({b"x-rem-subject"})
"""Fields that PEC providers write on ordinary PEC receipts."""
_NAME_MARK = re.compile(rb"\n(?:x-)?(?:rem|de-mail|kom-le|kim|rpost)-")


class Service(NamedTuple):
    """A private service, known by the addresses that its mail goes through."""

    name: str
    fields: tuple[str, ...]
    domain: str
    """Domain of its addresses, or a suffix of them where it begins with a dot."""
    subject: str | None
    """Words of its subjects, lower case, without which it is merely possible; None where the address does."""


SERVICES = (
    Service("ar24", ("from",), "ar24.fr", "recommandée électronique"),
    Service("lleida", ("to", "cc"), "certificado.lleida.net", None),
    Service("rpost", ("to", "cc"), ".rpost.org", None),
)

_HOLDERS = frozenset({"xml", "rfc822", "global"})
_XML_WINDOWS = (1024, 4096)
"""Bytes in which the root element of an XML part is looked for: first few, then more."""
_PEC_DATA = "daticert.xml"
_ORIGINAL_NAME = "attachedmimemessage"
"""Name of the original in a REM dispatch (EN 319 532-3)."""
_XJUSTIZ_NAME = "xjustiz_nachricht"
_ERDS_NAMESPACE = b"http://uri.etsi.org/19522/"
"""Of the evidence of EN 319 522-3, up to its version."""
_NAMESPACES = (
    (b"http://uri.etsi.org/02640/", "rem-ts102640"),
    (b"urn:de-mail", "de-mail"),
    (b"xjustiz.de", "egvp"),
)
_POLISH = (b"edoreczenia", b"ae:pl-")
"""e-Doreczenia: its domain, and the addresses that it gives out."""

_ERDS = frozenset({"erds", "e-doreczenia"})
_ALONE = frozenset({"lleida", "rpost", "erds", "e-doreczenia"})
"""Systems that one sign makes likely."""
_REM_LEVELS: tuple[Confidence | None, ...] = (None, "possible", "likely", "certain")
"""By the number of what speaks for it: fields, evidence, the signed message around; the name adds nothing."""
_DE_MAIL_MISSING = 4
_MOST_EVIDENCE = 16
"""Signs quoted of each system."""


class _Sign(NamedTuple):
    system: str
    kind: Literal["field", "xml", "name", "address", "subject"]
    part: str
    evidence: Evidence


def find_systems(message: Message, parts: Sequence[Part]) -> tuple[System, ...]:
    """Signs of other certified mail systems, one finding for each system. Never raises.

    ``parts`` are all parts of the message. Sources: EN 319 522-3, EN 319 532-3, TS 102 640-2, BSI TR-01201;
    the private services and EGVP by what their mail looks like.
    """
    root = message.root
    signs: list[_Sign] = []
    for part in parts:
        if _may_have_signs(part.table):
            signs += _field_signs(part)
        if part.media_type.subtype in _HOLDERS:
            signs += _content_signs(part)
    if _is_addressed(shown_fields(root.table)):
        signs += _address_signs(root)
    return _judged(root, signs) if signs else ()


def _may_have_signs(header: FieldTable) -> bool:
    return bool(header.unusual) and _NAME_MARK.search(b"\n" + b"\n".join(header.unusual)) is not None


def _is_addressed(shown: bytes) -> bool:
    shown = shown.lower()
    # Of bytes, find() is faster than "in".
    return max(shown.find(b"ar24.fr"), shown.find(b"lleida.net"), shown.find(b".rpost.org")) >= 0


# -- Signs --


def _field_signs(part: Part) -> list[_Sign]:
    signs: list[_Sign] = []
    for name in sorted(part.table.index, key=part.table.index.__getitem__):
        system = _system_of(name)
        field = part.get(name.decode("latin-1")) if system is not None else None
        if system is not None and field is not None:
            signs.append(_Sign(system, "field", part.section, field.evidence(part.section)))
            if len(signs) == _MOST_EVIDENCE:
                break
    return signs


def _system_of(name: bytes) -> str | None:
    """The system whose fields have names like this (lower case) one."""
    if name in _OTHERS:
        return None
    return next((system for prefix, system in _FIELD_PREFIXES if name.startswith(prefix)), None)


def _address_signs(root: Part) -> list[_Sign]:
    signs: list[_Sign] = []
    for service in SERVICES:
        for name in service.fields:
            field = root.get(name)
            if field is None or not any(
                _is_in((mailbox.address or "").lower(), service.domain)
                for mailbox in parse_addresses(field.value).mailboxes
            ):
                continue
            signs.append(_Sign(service.name, "address", "", field.evidence("")))
            subject = root.get("subject")
            if service.subject is not None and subject is not None and service.subject in subject.text.lower():
                signs.append(_Sign(service.name, "subject", "", subject.evidence("")))
    return signs


def _is_in(address: str, domain: str) -> bool:
    return address.endswith(domain if domain.startswith(".") else "@" + domain)


def _content_signs(part: Part) -> list[_Sign]:
    """Signs in a part's name and, in XML, in its root element."""
    name = (part.name or "").lower()
    if part.media_type.subtype != "xml":
        return [_Sign("rem", "name", part.section, name_evidence(part))] if name == _ORIGINAL_NAME else []
    if name == _PEC_DATA:
        return []
    signs: list[_Sign] = []
    if name.startswith(_XJUSTIZ_NAME):
        signs.append(_Sign("egvp", "name", part.section, name_evidence(part)))
    root = _root_element(part)
    if root is not None:
        system = _system_of_element(root.tag, root.window)
        if system is not None:
            excerpt = root.tag[:EXCERPT_CHARACTERS].decode("utf-8", "replace")
            evidence = content_evidence(part, root.start, root.end, excerpt)
            signs.append(_Sign(system, "xml", part.section, evidence))
    return signs


def _system_of_element(tag: bytes, window: bytes) -> str | None:
    if _ERDS_NAMESPACE in tag and tag[1:].split(None, 1)[0].rpartition(b":")[2] == b"Evidence":
        window = window.lower()
        return "e-doreczenia" if any(mark in window for mark in _POLISH) else "erds"
    return next((system for namespace, system in _NAMESPACES if namespace in tag), None)


class _Element(NamedTuple):
    start: int
    end: int
    """Offsets in the decoded content."""
    tag: bytes
    window: bytes
    """The bytes that were looked at."""


def _root_element(part: Part) -> _Element | None:
    """The start tag of the root element, where it ends within the first bytes of an XML part."""
    for size in _XML_WINDOWS:
        data = part.sniff(size)
        # Without NULs, UTF-16 reads as ASCII does; offsets then mean all of it.
        window = data.replace(b"\0", b"")
        start = _first_element(window)
        end = window.find(b">", start) + 1 if start >= 0 else 0
        if end:
            tag = window[start:end]
            if len(window) < len(data):
                start, end = 0, len(data)
            return _Element(start, end, tag, window)
        if len(data) < size:
            break
    return None


def _first_element(window: bytes) -> int:
    """Where the first start tag begins, after declarations, comments and instructions; -1 where there is none."""
    at = window.find(b"<")
    while at >= 0 and window[at + 1 : at + 2] in (b"?", b"!"):
        close = b"-->" if window.startswith(b"<!--", at) else b"?>" if window[at + 1] == 0x3F else b">"
        stop = window.find(close, at)
        at = window.find(b"<", stop) if stop >= 0 else -1
    return at


# -- Judgement --


def _judged(root: Part, signs: list[_Sign]) -> tuple[System, ...]:
    signed = root.content_type == "multipart/signed"
    # The evidence of EN 319 522 in a signed message is that of REM; else it may be of any such service.
    rem = any(sign.system == "rem" and sign.kind == "field" for sign in signs)
    systems: dict[str, list[_Sign]] = {}
    # The strongest first: a mere name last, and what messages attached to this one say after what it says itself.
    for sign in sorted(signs, key=lambda sign: (sign.kind == "name", "/" in sign.part)):
        of_rem = sign.system in _ERDS and (rem or (signed and "/" not in sign.part))
        systems.setdefault("rem" if of_rem else sign.system, []).append(sign)
    found: list[System] = []
    for name, group in systems.items():
        first = group[0].part
        position: Position = "nested" if "/" in first else "top"
        confidence = _confidence(root, name, group, signed=signed and position == "top")
        if confidence is not None:
            evidence = tuple(sign.evidence for sign in group[:_MOST_EVIDENCE])
            found.append(System(name, confidence, position, first, evidence))
    return tuple(found)


def _confidence(root: Part, name: str, signs: list[_Sign], *, signed: bool) -> Confidence | None:
    kinds = {sign.kind for sign in signs}
    if name == "rem":
        return _REM_LEVELS[len(kinds - {"name"}) + signed]
    if name == "rem-ts102640" and len(kinds) > 1:
        return "certain"
    if name == "de-mail":
        missing = len(DE_MAIL_MANDATORY - root.table.index.keys())
        if missing <= _DE_MAIL_MISSING:
            return "likely" if missing else "certain"
        return "possible"
    if name == "kim" and root.media_type.type == "application" and b"x-kom-le-version" in root.table.index:
        return "certain"
    return "likely" if len(signs) > 1 or name in _ALONE or (name == "rem-ts102640" and "xml" in kinds) else "possible"
