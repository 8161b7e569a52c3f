"""S/MIME (RFC 8551): which entities are protected, how, and where they stand.

The CMS content type decides; the ``smime-type`` parameter, the media type and the name are weaker evidence. A
signed document that is merely attached (``fattura.xml.p7m``) is no protected message.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pecdetect.detect.findings import Smime
from pecdetect.detect.objects import MIME_TYPES, SIGNATURE_TYPES, is_clear_signed, signature_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pecdetect.contract import Position
    from pecdetect.detect.cms.cms import Cms
    from pecdetect.detect.objects import CmsObject, Objects
    from pecdetect.parsing.message import Message, Part

_MICALGS = frozenset(
    {"md5", "sha-1", "sha-224", "sha-256", "sha-384", "sha-512", "rsa-md5", "rsa-sha1", "sha1", "sha256"}
)


def find_smime(message: Message, parts: Sequence[Part], objects: Objects) -> list[Smime]:
    """S/MIME entities in document order. ``parts`` are all parts of the message, ``objects`` its CMS objects."""
    found: list[Smime] = []
    for part in parts:
        if part.media_type.type == "multipart":
            if is_clear_signed(part):
                found.append(_clear_signed(message, part, objects))
        elif part in objects.held:
            found.append(_opaque(message, part, objects.held[part]))
    return found


def _clear_signed(message: Message, part: Part, objects: Objects) -> Smime:
    protocol = (part.media_type.param("protocol") or "").lower()
    signature = signature_part(part)
    known = signature is not None or protocol in SIGNATURE_TYPES or _micalg_speaks(part, protocol)
    cms = objects.signatures[signature] if signature is not None else None
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


def _opaque(message: Message, part: Part, held: CmsObject) -> Smime:
    name = (part.name or "").lower()
    signer, digest = _signer(held.cms)
    inner = part.message.content_type if part.message is not None else None
    return Smime(
        kind=held.kind,
        position=_opaque_position(message, part, held, name),
        part=part.section,
        evidence=part.field_evidence("content-type"),
        signer=signer,
        digest=digest,
        smime_type=part.media_type.param("smime-type"),
        size=part.end - part.body_start,
        document=_is_document(held, name),
        lone_signature=held.kind == "unknown" and held.cms is not None,
        header_protection=part.media_type.param("hp")
        or (part.message.media_type.param("hp") if part.message else None),
        layers=(inner,) if inner in MIME_TYPES or inner == "multipart/signed" else (),
    )


def _is_top(message: Message, part: Part) -> bool:
    """Whether a part is the message itself, or what a mailbox takes for it."""
    return part.parent is None or part is message.analysed


def _position(message: Message, part: Part) -> Position:
    if _is_top(message, part):
        return "top"
    return "attachment" if part.disposition == "attachment" else "nested"


def _opaque_position(message: Message, part: Part, held: CmsObject, name: str) -> Position:
    """Below the top, what is signed is a document unless it is MIME; what is encrypted a body unless named as one."""
    if _is_top(message, part):
        return "top"
    if held.kind in ("encrypted", "auth-encrypted"):
        return "attachment" if _document_name(name) else "nested"
    return "nested" if held.mime or held.kind == "compressed" else "attachment"


def _is_document(held: CmsObject, name: str) -> bool:
    if held.kind in ("encrypted", "auth-encrypted"):
        return _document_name(name)
    return held.kind == "opaque-signed" and not held.mime and _document_name(name)


def _document_name(name: str) -> bool:
    return name != "" and not name.startswith("smime.")
