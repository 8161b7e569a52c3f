"""S/MIME (RFC 8551): which entities are protected, how, and where they stand.

The CMS content type decides; the ``smime-type`` parameter, the media type and the name are weaker evidence. A
signed document that is merely attached (``fattura.xml.p7m``) is no protected message.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pecdetect.detect.cms.cms import read_cms, sniff_cms, unwrap_base64
from pecdetect.detect.findings import Smime
from pecdetect.parsing.containers import is_opened_item
from pecdetect.parsing.mime import open_octets

if TYPE_CHECKING:
    from pecdetect.contract import Position, SmimeKind
    from pecdetect.detect.cms.cms import Cms
    from pecdetect.parsing.message import Message, Part

SIGNATURE_TYPES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature"})
MIME_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
PGP_SIGNATURE_TYPES = frozenset({"application/pgp-signature", "application/x-pgp-signature"})
_SUFFIXES = (".p7m", ".p7z", ".p7c", ".p7s")
_MICALGS = frozenset(
    {"md5", "sha-1", "sha-224", "sha-256", "sha-384", "sha-512", "rsa-md5", "rsa-sha1", "sha1", "sha256"}
)
_SNIFF = 64
_SIGNATURE_BYTES = 256 * 1024
"""Octets of a detached signature that are read: the certificates of a long chain, and room to spare."""
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


class _Opened(NamedTuple):
    kind: SmimeKind
    cms: Cms | None
    mime: bool
    """Whether what was signed is a MIME entity, which then stands below the part."""


def find_smime(message: Message, parts: list[Part]) -> list[Smime]:
    """S/MIME entities in document order. Signed content that is opaque is opened and read along.

    ``parts`` are the message's parts; parts found inside opened content are appended to it.
    """
    found: list[Smime] = []
    index = 0
    while index < len(parts):
        part = parts[index]
        index += 1
        media_type = part.media_type
        if media_type.type == "multipart":
            if media_type.subtype == "signed" and not is_pgp_signed(part):
                found.append(_clear_signed(message, part))
        elif _is_candidate(part):
            entity = _opaque(message, part)
            if entity is not None:
                found.append(entity)
            if part.message is not None:
                parts[index:index] = list(part.message.walk())
    return found


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


def _is_candidate(part: Part) -> bool:
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


def _clear_signed(message: Message, part: Part) -> Smime:
    protocol = (part.media_type.param("protocol") or "").lower()
    signature = signature_part(part)
    known = signature is not None or protocol in SIGNATURE_TYPES or _micalg_speaks(part, protocol)
    cms = read_signature(message, signature) if signature is not None else None
    signer, digest = _signer(cms)
    content = part.children[0] if part.children else None
    return Smime(
        kind="clear-signed" if known else "unknown",
        position=_position(message, part),
        part=part.section,
        evidence=part.field_evidence("content-type"),
        signer=signer,
        digest=digest,
        smime_type=None,
        size=part.end - part.body_start,
        header_protection=content.media_type.param("hp") if content is not None else None,
        layers=_layers(content),
    )


def _micalg_speaks(part: Part, protocol: str) -> bool:
    """Whether ``micalg`` names S/MIME (RFC 8551, 3.5.3.2) where ``protocol`` is missing or no media type at all."""
    if re.fullmatch(r"[\w.+-]{1,100}/[\w.+-]{1,100}", protocol) is not None:
        return False
    return (part.media_type.param("micalg") or "").lower() in _MICALGS


def read_signature(message: Message, part: Part, most: int | None = _SIGNATURE_BYTES) -> Cms | None:
    """The CMS in a part, of which at most ``most`` octets are decoded; None where there is no readable one."""
    octets = message.decode(part, most)
    return _read(message, part, unwrap_base64(octets) or octets)


def _read(message: Message, part: Part, octets: bytes) -> Cms | None:
    cms = read_cms(octets, message.limits)
    for name, value, limit in cms.limits if cms is not None else ():
        message.hit(name, value, limit, part.section)
    return cms


def _signer(cms: Cms | None) -> tuple[str | None, str | None]:
    """Name and digest algorithm of the first signer; no name where the CMS does not carry its certificate."""
    if cms is None or not cms.signers:
        return None, None
    signer = cms.signers[0]
    return (signer.name or signer.email) if signer.certificate is not None else None, signer.digest


def _layers(content: Part | None) -> tuple[str, ...]:
    """The kind of what a signed entity signs, where that is S/MIME itself (RFC 2634, 1.1)."""
    if content is None:
        return ()
    if content.content_type == "multipart/signed":
        return ("clear-signed",)
    return (content.media_type.param("smime-type") or "pkcs7-mime",) if content.content_type in MIME_TYPES else ()


def _opaque(message: Message, part: Part) -> Smime | None:
    typed = part.media_type.subtype.startswith(("pkcs7-", "x-pkcs7-"))
    name = (part.name or "").lower()
    root_by_name = part.parent is None and name.endswith(_SUFFIXES)
    if not typed and not root_by_name and not _starts_cms(part):
        return None
    opened = _open_cms(message, part)
    signer, digest = _signer(opened.cms)
    inner = part.message.content_type if part.message is not None else None
    return Smime(
        kind=opened.kind,
        position=_opaque_position(message, part, opened, name),
        part=part.section,
        evidence=part.field_evidence("content-type"),
        signer=signer,
        digest=digest,
        smime_type=part.media_type.param("smime-type"),
        size=part.end - part.body_start,
        document=_is_document(opened, name),
        lone_signature=opened.kind == "unknown" and opened.cms is not None,
        header_protection=part.media_type.param("hp")
        or (part.message.media_type.param("hp") if part.message else None),
        layers=(inner,) if inner in MIME_TYPES or inner == "multipart/signed" else (),
    )


def _starts_cms(part: Part) -> bool:
    return sniff_cms(part.sniff(_SNIFF)) is not None or unwrap_base64(part.sniff(4 * _SNIFF)) is not None


def _open_cms(message: Message, part: Part) -> _Opened:
    """Read the CMS in a part as far as its kind needs; a signed MIME entity is opened below the part."""
    declared = _DECLARED.get((part.media_type.param("smime-type") or "").lower(), "unknown")
    if part.content_type in SIGNATURE_TYPES:
        declared = "unknown"
    head = part.sniff(4096)
    cms = read_cms(unwrap_base64(head) or head, message.limits)
    if cms is None:
        return _Opened(declared, None, mime=False)
    if cms.kind in _KINDS:
        return _Opened(_KINDS[cms.kind], cms, mime=False)
    octets = message.decode(part)
    octets = unwrap_base64(octets) or octets
    cms = _read(message, part, octets) or cms
    return _open_signed(message, part, octets, cms)


def _open_signed(message: Message, part: Part, octets: bytes, cms: Cms) -> _Opened:
    """Open what a CMS signs, if that is a MIME entity. What signs nothing, or no mail, is of unknown kind."""
    if cms.certs_only:
        return _Opened("certs-only", cms, mime=False)
    other = cms.kind != "signed-data" or cms.receipt or (cms.inner_oid or "").startswith(_CMC)
    if other or not cms.has_content:
        return _Opened("unknown", cms, mime=False)
    content = b"".join([octets[start:end] for start, end in cms.content])
    if _MIME_HEADER.match(content) is None:
        return _Opened("opaque-signed", cms, mime=False)
    open_octets(message, part, content, f"decoded:{part.section}/")
    return _Opened("opaque-signed", cms, mime=True)


def _is_top(message: Message, part: Part) -> bool:
    """Whether a part is the message itself, or what a mailbox takes for it."""
    return part.parent is None or part is message.analysed


def _position(message: Message, part: Part) -> Position:
    if _is_top(message, part):
        return "top"
    return "attachment" if part.disposition == "attachment" else "nested"


def _opaque_position(message: Message, part: Part, opened: _Opened, name: str) -> Position:
    """Below the top, what is signed is a document unless it is MIME; what is encrypted a body unless named as one."""
    if _is_top(message, part):
        return "top"
    if opened.kind in ("encrypted", "auth-encrypted"):
        return "attachment" if _document_name(name) else "nested"
    return "nested" if opened.mime or opened.kind == "compressed" else "attachment"


def _is_document(opened: _Opened, name: str) -> bool:
    if opened.kind in ("encrypted", "auth-encrypted"):
        return _document_name(name)
    return opened.kind == "opaque-signed" and not opened.mime and _document_name(name)


def _document_name(name: str) -> bool:
    return name != "" and not name.startswith("smime.")
