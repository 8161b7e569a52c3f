"""Rights management (MS-OXORMMS), sensitivity labels without it, and secure-message wrappers of other makers.

Never one sign alone: a name is anybody's to choose. Nothing is rendered, run or fetched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pecdetect.detect.findings import Rights
from pecdetect.detect.text import content_evidence, name_evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pecdetect.contract import Position
    from pecdetect.evidence import Evidence
    from pecdetect.parsing.message import Message, Part

RPMSG_CLASS = "rpmsg.message"
"""Content-Class of a rights-managed message (MS-OXORMMS, 2.2.1.1)."""
RPMSG_SUBTYPES = frozenset({"x-microsoft-rpmsg-message"})
"""Media subtype of the protected content (MS-OXORMMS, 2.2.3.1)."""
RPMSG_MAGIC = b"\x76\xe8\x04\x60\xc4\x11\xe3\x86"
"""What the protected content begins with (MS-OXORMMS, 2.2.4)."""
_RPMSG_SUFFIX = ".rpmsg"
_RPMSG_STEM = "message"

LABEL_FIELD = "msip_labels"
"""Header field of a sensitivity label, protected or not."""

_HTML_WINDOW = 64 * 1024
_HTML_SUBTYPES = frozenset({"html", "xhtml+xml"})
_HTML_SUFFIXES = (".html", ".htm", ".xhtml")


class Product(NamedTuple):
    """A product that delivers mail as an HTML file to be opened in a browser."""

    name: str
    stems: tuple[str, ...]
    """Its file's name without the extension, lower case; a last ``*`` stands for anything."""
    content: tuple[bytes, ...]
    """What its form or address looks like, lower case; one of them in the first 64 KiB is enough."""


PRODUCTS = (
    Product(
        "Cisco Secure Email Encryption",
        ("securedoc", "securedoc_*", "securedoc-*"),
        (b"envelopeopener", b"decrypt_envelope", b"res.cisco.com"),
    ),
    Product(
        "Proofpoint Encryption",
        ("securemessageatt*", "securemessage", "securemessage_*"),
        (b"securereader.proofpoint.com", b"/securereader/", b"proofpoint encryption"),
    ),
    Product("HIN Mail Global", ("secure-email",), (b".hin.ch",)),
    Product("SEPPmail GINA", ("secure-email",), (b"web.app?op=init", b'name="secmail', b"seppmail")),
    Product("Voltage SecureMail", ("message_zdm",), (b"voltage", b"zdm")),
    Product("IncaMail", ("incamail",), (b"incamail.com", b"incamail.ch", b'name="secmail')),
    Product("Office 365 Message Encryption", ("message",), (b"outlook.office365.com/encryption",)),
)
"""Tried in this order: HIN runs on SEPPmail and is named by its own domain."""


def find_rights(message: Message, parts: Sequence[Part]) -> tuple[Rights, ...]:
    """Rights-managed content, labels without it, and wrappers, in document order. Never raises.

    ``parts`` are all parts of the message. Rights-managed content needs two of: the root's Content-Class, the
    part's media type, its name, the magic of its content. A wrapper needs its product's file name and content.
    """
    root = message.root
    index = root.table.index
    of_class = b"content-class" in index and _has_class(root)
    found: list[Rights] = []
    for part in parts:
        subtype = part.media_type.subtype
        name = part.name
        if name is None:
            if subtype in RPMSG_SUBTYPES or (of_class and _is_leaf(part)):
                _add_rpmsg(found, message, part)
            continue
        name = name.lower()
        if subtype in RPMSG_SUBTYPES or name.endswith(_RPMSG_SUFFIX) or (of_class and _is_leaf(part)):
            _add_rpmsg(found, message, part)
        elif name.endswith(_HTML_SUFFIXES) or subtype in _HTML_SUBTYPES:
            _add_wrapper(found, part, name)
    if b"msip_labels" in index and not any(right.kind == "rpmsg" and right.position == "top" for right in found):
        label = root.field_evidence(LABEL_FIELD)
        found.append(Rights("label", "top", "", (label,)))
    return tuple(found)


# -- Rights-managed content --


def _has_class(root: Part) -> bool:
    field = root.get("content-class")
    return field is not None and field.value.strip("\"' ").lower() == RPMSG_CLASS


def _is_leaf(part: Part) -> bool:
    return part.media_type.type not in ("multipart", "text", "message")


def _add_rpmsg(found: list[Rights], message: Message, part: Part) -> None:
    root = part.message_root()
    evidence: list[Evidence] = []
    if _has_class(root):
        evidence.append(root.field_evidence("content-class"))
    if part.media_type.subtype in RPMSG_SUBTYPES:
        evidence.append(part.field_evidence("content-type"))
    if _is_rpmsg_name(part.name):
        evidence.append(name_evidence(part))
    if part.sniff(len(RPMSG_MAGIC)) == RPMSG_MAGIC:
        evidence.append(content_evidence(part, 0, len(RPMSG_MAGIC), RPMSG_MAGIC.hex(" ")))
    if len(evidence) < 2:
        return
    position: Position = "top" if root is message.root or root is message.analysed else "nested"
    found.append(Rights("rpmsg", position, part.section, tuple(evidence), "Microsoft Purview"))


def _is_rpmsg_name(name: str | None) -> bool:
    """message.rpmsg (MS-OXORMMS, 2.2.3.2), message_v2.rpmsg and on."""
    name = (name or "").lower()
    return name.startswith(_RPMSG_STEM) and name.endswith(_RPMSG_SUFFIX)


# -- Wrappers --


def _add_wrapper(found: list[Rights], part: Part, name: str) -> None:
    stem = name
    for suffix in _HTML_SUFFIXES:
        stem = stem.removesuffix(suffix)
    products = [product for product in PRODUCTS if _is_named(stem, product.stems)]
    if not products:
        return
    # Without NULs, UTF-16 reads as ASCII does.
    data = part.sniff(_HTML_WINDOW)
    window = data.replace(b"\0", b"").lower()
    for product in products:
        sign = next((sign for sign in product.content if sign in window), None)
        if sign is not None:
            position: Position = "nested" if "/" in part.section else "top"
            at = data.lower().find(sign)
            content = content_evidence(part, max(at, 0), at + len(sign) if at >= 0 else len(data), sign.decode())
            found.append(Rights("wrapper", position, part.section, (name_evidence(part), content), product.name))
            return


def _is_named(stem: str, stems: tuple[str, ...]) -> bool:
    return any(stem.startswith(s[:-1]) if s.endswith("*") else stem == s for s in stems)
