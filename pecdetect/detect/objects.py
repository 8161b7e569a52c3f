"""The parts that hold CMS objects (RFC 8551): which they are, and what each of them is. Every object is read once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pecdetect.detect.cms.cms import kind_of_cms, read_cms, sniff_cms, unwrap_base64
from pecdetect.parsing.embedded import is_opened_item
from pecdetect.parsing.opening import open_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pecdetect.contract import SmimeKind
    from pecdetect.detect.cms.cms import Cms
    from pecdetect.parsing.message import Message, Part

SIGNATURE_TYPES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature"})
MIME_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
PGP_SIGNATURE_TYPES = frozenset({"application/pgp-signature", "application/x-pgp-signature"})
_SUFFIXES = (".p7m", ".p7z", ".p7c", ".p7s")
_HEAD = 4096
"""Bytes in which it shows what is encrypted, and how."""
_SNIFF = 64
_SIGNATURE_BYTES = 256 * 1024
"""Bytes of a detached signature that are read: the certificates of a long chain, and room to spare."""
_CMC = "1.3.6.1.5.5.7.12."
"""Content types of certificate management (RFC 5272): requests and responses, no mail."""

_KINDS: dict[str, SmimeKind] = {
    "enveloped-data": "encrypted",
    "encrypted-data": "encrypted",
    "auth-enveloped-data": "auth-encrypted",
    "compressed-data": "compressed",
}
_DECLARED: dict[str, SmimeKind] = {
    "enveloped-data": "encrypted",
    "signed-data": "opaque-signed",
    "authenveloped-data": "auth-encrypted",
    "authenveloped": "auth-encrypted",
    "compressed-data": "compressed",
    "certs-only": "certs-only",
}
"""``smime-type`` (RFC 8551, 3.2.2) where the CMS itself cannot be read."""
_MIME_HEADER = re.compile(
    rb"(?:\r?\n)*+(content-[!-9;-~]{1,60}|mime-version|from|to|subject|date|received)[ \t]*+:", re.IGNORECASE
)


class CmsObject(NamedTuple):
    """What a part holds that is, or claims to be, a CMS object."""

    kind: SmimeKind
    """By its content type; by ``smime-type`` where it cannot be read."""
    cms: Cms | None
    """What it says of itself; None where it cannot be read."""
    mime: bool
    """Whether it signs a MIME entity, which then stands below the part."""


class Objects(NamedTuple):
    """The CMS objects of a message, by the part that holds each."""

    held: dict[Part, CmsObject]
    """Entities of their own."""
    signatures: dict[Part, Cms | None]
    """Detached signatures of what stands beside them; None for one that cannot be read."""


def read_objects(message: Message, parts: Sequence[Part], objects: Objects) -> None:
    """Read every CMS object in some parts, and open the MIME entities that are signed in them.

    What is opened becomes part of the tree, and is read along: no deeper than trees may be.
    """
    for part in parts:
        if part.media_type.type == "multipart":
            signature = signature_part(part) if is_clear_signed(part) else None
            if signature is not None:
                objects.signatures[signature] = read_signature(message, signature)
        elif _may_be_object(part):
            closed = part.message is None
            held = _read_object(message, part)
            if held is not None:
                objects.held[part] = held
            if closed and part.message is not None:
                read_objects(message, part.message.walk(), objects)


def read_signature(message: Message, part: Part) -> Cms | None:
    """Read the detached signature in a part; None where it cannot be read."""
    data = message.decode(part, _SIGNATURE_BYTES)
    return _read(message, part, unwrap_base64(data) or data)


def is_clear_signed(part: Part) -> bool:
    """Whether a part is a multipart/signed that is not OpenPGP's."""
    media_type = part.media_type
    return media_type.type == "multipart" and media_type.subtype == "signed" and not is_pgp_signed(part)


def is_pgp_signed(part: Part) -> bool:
    """Whether a multipart/signed is OpenPGP's (RFC 3156, 5): by protocol, else by its signature part."""
    protocol = (part.media_type.param("protocol") or "").lower()
    last = part.children[-1].content_type if len(part.children) > 1 else ""
    if last in SIGNATURE_TYPES:
        return False
    return protocol in PGP_SIGNATURE_TYPES or last in PGP_SIGNATURE_TYPES


def signature_part(part: Part) -> Part | None:
    """The detached signature of a multipart/signed, or None where it is gone."""
    return next((child for child in part.children[1:] if child.content_type in SIGNATURE_TYPES), None)


def holds_signed(root: Part) -> bool:
    """Whether a root that is one file holds what was signed in it: a CMS object that was opened."""
    return root.message is not None and root.media_type.type != "message" and not is_opened_item(root)


def _may_be_object(part: Part) -> bool:
    """Whether the header of a part speaks of a CMS object."""
    media_type = part.media_type
    if media_type.type == "application":
        if media_type.subtype.startswith(("pkcs7-", "x-pkcs7-")):
            return not _signs_sibling(part)
        if part.parent is None and media_type.subtype in ("octet-stream", "binary", "x-binary", "cms"):
            return True
    name = part.name
    return name is not None and name.lower().endswith(_SUFFIXES) and not _signs_sibling(part)


def _signs_sibling(part: Part) -> bool:
    """Whether this is a detached signature: reported with the multipart/signed, or loose beside what it signed."""
    if part.content_type not in SIGNATURE_TYPES and not (part.name or "").lower().endswith(".p7s"):
        return False
    return part.parent is not None and part.parent.is_multipart


def _read_object(message: Message, part: Part) -> CmsObject | None:
    """Read the CMS object in a part as far as its kind needs; None where there is none and the type claims none."""
    typed = part.media_type.subtype.startswith(("pkcs7-", "x-pkcs7-"))
    root_by_name = part.parent is None and (part.name or "").lower().endswith(_SUFFIXES)
    if not typed and not root_by_name and not _starts_cms(part):
        return None
    head = part.sniff(_HEAD)
    head = unwrap_base64(head) or head
    kind = kind_of_cms(head)
    if kind is None:
        declared = _DECLARED.get((part.media_type.param("smime-type") or "").lower(), "unknown")
        return CmsObject("unknown" if part.content_type in SIGNATURE_TYPES else declared, None, mime=False)
    if kind in _KINDS:
        return CmsObject(_KINDS[kind], read_cms(head, message.limits), mime=False)
    data = message.decode(part)
    data = unwrap_base64(data) or data
    cms = _read(message, part, data) or read_cms(head, message.limits)
    return _open_content(message, part, data, cms) if cms is not None else None


def _starts_cms(part: Part) -> bool:
    return sniff_cms(part.sniff(_SNIFF)) is not None or unwrap_base64(part.sniff(4 * _SNIFF)) is not None


def _read(message: Message, part: Part, data: bytes) -> Cms | None:
    cms = read_cms(data, message.limits)
    for name, value, limit in cms.limits if cms is not None else ():
        message.hit(name, value, limit, part.section)
    return cms


def _open_content(message: Message, part: Part, data: bytes, cms: Cms) -> CmsObject:
    """Open what a CMS signs, if that is a MIME entity. What signs nothing, or no mail, is of unknown kind."""
    if cms.certs_only:
        return CmsObject("certs-only", cms, mime=False)
    other = cms.kind != "signed-data" or cms.receipt or (cms.inner_oid or "").startswith(_CMC)
    if other or not cms.has_content:
        return CmsObject("unknown", cms, mime=False)
    content = b"".join([data[start:end] for start, end in cms.content])
    if _MIME_HEADER.match(content) is None:
        return CmsObject("opaque-signed", cms, mime=False)
    open_bytes(message, part, content, f"decoded:{part.section}/")
    return CmsObject("opaque-signed", cms, mime=True)
