"""What a CMS object says of itself (RFC 5652, 5083, 3274, 2634): kind, place of the content, signers.

Nothing is decrypted, verified or decompressed here, and content is never copied: it is given as ranges.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pecdetect.detect.cms.ber import (
    CHUNKS,
    CONSTRUCTED_OCTET_STRING,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    SET,
    Reader,
    Value,
    decode_oid,
    decode_time,
)
from pecdetect.detect.cms.certificates import COMMON_NAME, OID_PREFIX, Identity, find_certificates, read_names

if TYPE_CHECKING:
    from pecdetect.detect.cms.certificates import Key
    from pecdetect.limits import Limits

CmsKind = Literal[
    "signed-data",
    "enveloped-data",
    "auth-enveloped-data",
    "compressed-data",
    "digested-data",
    "encrypted-data",
    "authenticated-data",
    "data",
    "unknown",
]

SIGNERS = 64
"""Signers that are described; the rest are counted."""

# Content types by their encoded bytes: kind, and which SEQUENCE in it holds the content.
_PKCS7 = bytes.fromhex("2a864886f70d0107")
_SMIME_CONTENT = bytes.fromhex("2a864886f70d01091001")
_FAMILIES = (_PKCS7, _SMIME_CONTENT)
_TYPES: dict[bytes, tuple[CmsKind, int]] = {
    _PKCS7 + b"\x01": ("data", 0),
    _PKCS7 + b"\x02": ("signed-data", 1),
    _PKCS7 + b"\x03": ("enveloped-data", 1),
    _PKCS7 + b"\x04": ("enveloped-data", 1),  # signedAndEnvelopedData of PKCS #7 1.5: encrypted all the same
    _PKCS7 + b"\x05": ("digested-data", 2),
    _PKCS7 + b"\x06": ("encrypted-data", 1),
    _SMIME_CONTENT + b"\x02": ("authenticated-data", 2),
    _SMIME_CONTENT + b"\x09": ("compressed-data", 2),
    _SMIME_CONTENT + b"\x17": ("auth-enveloped-data", 1),
}
_ENCRYPTED = frozenset({"enveloped-data", "auth-enveloped-data", "encrypted-data"})
_RECEIPT = "1.2.840.113549.1.9.16.1.1"

_DIGESTS = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha-1",
    "2.16.840.1.101.3.4.2.4": "sha-224",
    "2.16.840.1.101.3.4.2.1": "sha-256",
    "2.16.840.1.101.3.4.2.2": "sha-384",
    "2.16.840.1.101.3.4.2.3": "sha-512",
}
_USUAL_OIDS: dict[bytes, str] = {
    encoded: decode_oid(encoded, 64) or ""
    for encoded in map(
        bytes.fromhex,
        (
            *("2a864886f70d010701", "2a864886f70d010702", "2a864886f70d010703", "2a864886f70d010706"),
            *("2a864886f70d0205", "2b0e03021a", "608648016503040201", "608648016503040202", "608648016503040203"),
        ),
    )
}
"""Content types and digests of nearly all CMS objects, dotted: taking them apart costs more than looking them up."""
_USUAL_START = re.compile(
    rb"\x30(?P<length>\x80|\x81.|\x82..|\x83...)\x06\x09(?P<oid>" + re.escape(_PKCS7) + rb"[\x01-\x03\x06])\xa0",
    re.DOTALL,
)
"""How nearly all CMS objects begin."""
_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
_SIGNING_TIME = bytes.fromhex("2a864886f70d010905")
_CONTEXT_0 = 0x80
_CONTEXT_1 = 0x81
_CONSTRUCTED_0 = 0xA0
_CONSTRUCTED_3 = 0xA3
_DIGEST_BYTES = 128

_BASE64_RUN = re.compile(rb"[A-Za-z0-9+/\s]*+")
_TEXT_HEAD = re.compile(rb"\s*+(?:-----BEGIN [^\r\n-]{0,64}-----\s*+)?+")
_SPACE = b" \t\r\n\f\v"
_SNIFF_BYTES = 64


@dataclass(frozen=True, slots=True)
class Signer:
    """One SignerInfo (RFC 5652, 5.3), as claimed: no signature is verified."""

    name: str | None
    """Common name of the subject of the signer's certificate, or of its issuer where the CMS carries no
    certificate that the signer identifier matches."""
    organization: str | None
    """Organization of the subject of that certificate."""
    email: str | None
    """First rfc822Name of that certificate's alternative names, else emailAddress of its subject."""
    digest: str | None
    """Digest algorithm: ``sha-256`` and its like (RFC 8551, 3.5.3.2), or a dotted OID."""
    message_digest: bytes | None
    """Signed attribute messageDigest (RFC 5652, 11.2)."""
    signing_time: str | None
    """Signed attribute signingTime (RFC 5652, 11.3), ISO 8601 in UTC."""
    certificate: tuple[int, int] | None
    """Range of that certificate in the input; None where the CMS carries none."""


@dataclass(frozen=True, slots=True)
class Cms:
    """A ContentInfo (RFC 5652, 3) and what can be read of it without a key."""

    kind: CmsKind
    """Its content type; ``unknown`` for one of the PKCS #7 or S/MIME family that is none of the others."""
    oid: str
    """Dotted OID of the content type."""
    form: Literal["der", "ber"]
    """``ber`` when a form was met that DER forbids (indefinite or padded length, string in chunks)."""
    inner_oid: str | None
    """Dotted OID of the type of what is signed, encrypted or compressed."""
    has_content: bool | None
    """Whether that content is here (a detached signature has none); None when not read so far."""
    content: tuple[tuple[int, int], ...]
    """Ranges, in the input, of the content bytes in order: as signed, or compressed. Empty if encrypted."""
    signers: tuple[Signer, ...]
    """The first ``SIGNERS`` signers of signed-data."""
    signer_count: int | None
    """Signers of signed-data in all; None when they were not read to their end."""
    certificates: int
    """Certificates carried, of any format (RFC 5652, 10.2.2)."""
    truncated: bool
    """Whether the input ends early or cannot be read to its end."""
    receipt: bool
    """Whether the content is a signed receipt (RFC 2634, 2.8)."""
    certs_only: bool
    """Whether this is signed-data without signers and without content (RFC 8551, 3.8)."""
    limits: tuple[tuple[str, int, int], ...]
    """Limits hit: name, value, limit. ``asn1_depth`` is one of :class:`~pecdetect.limits.Limits`;
    ``asn1_chunks`` means that ``content`` lists only the first of more chunks than are sane."""


@dataclass(slots=True)
class _Draft:
    """A Cms in the making."""

    kind: CmsKind
    holder: int
    oid_limit: int
    inner_oid: str | None = None
    has_content: bool | None = None
    content: list[tuple[int, int]] = field(default_factory=list)
    signers: list[_SignerDraft] = field(default_factory=list)
    signer_count: int | None = None
    certificates: int = 0
    certificate_area: tuple[int, int] | None = None


@dataclass(slots=True)
class _SignerDraft:
    """A Signer in the making."""

    key: Key | None = None
    issuer: tuple[int, int] | None = None
    digest: str | None = None
    message_digest: bytes | None = None
    signing_time: str | None = None


def sniff_cms(data: bytes) -> str | None:
    """Content type (dotted OID) if these bytes, 64 are enough, start a ContentInfo (RFC 5652, 3), else None.

    DER and BER, whole or cut off; only content types of PKCS #7 and of the S/MIME family.
    """
    found = _sniff(data)
    return found[1] if found is not None else None


def kind_of_cms(data: bytes) -> CmsKind | None:
    """The kind of the ContentInfo that ``data`` starts with; None when none stands there."""
    found = _sniff(data)
    return _TYPES.get(found[0], ("unknown", 0))[0] if found is not None else None


def _sniff(data: bytes) -> tuple[bytes, str] | None:
    """Content type, as encoded and dotted."""
    if not data.startswith(b"\x30"):
        return None
    usual = _USUAL_START.match(data)
    if usual is not None and (usual["length"] == b"\x80" or int.from_bytes(usual["length"][1:], "big") > _SNIFF_BYTES):
        return usual["oid"], _USUAL_OIDS[usual["oid"]]
    reader = Reader(data, 2)
    outer = reader.next()
    reader.enter()
    oid = reader.next()
    if outer is None or oid is None or oid.tag != OBJECT_IDENTIFIER or oid.truncated:
        return None
    raw = data[oid.content : min(oid.end, oid.content + _SNIFF_BYTES)]
    if not any(raw.startswith(family) and len(raw) == len(family) + 1 for family in _FAMILIES):
        return None
    dotted = _USUAL_OIDS.get(raw) or decode_oid(raw, _SNIFF_BYTES)
    # The content, [0] EXPLICIT, has to follow, unless these bytes end before it.
    if oid.end < len(data):
        follows = oid.end < outer.end and data[oid.end] == _CONSTRUCTED_0
    else:
        follows = outer.truncated or outer.indefinite
    return (raw, dotted) if follows and dotted is not None else None


def unwrap_base64(data: bytes) -> bytes | None:
    """Decode base64 or PEM text (RFC 7468) that holds a CMS object; None if it is anything else.

    Blanks in front and a cut-off end are put up with; what follows the base64 text is left out.
    """
    head = _TEXT_HEAD.match(data)
    start = head.end() if head is not None else 0
    if not data.startswith(b"M", start):  # the six bits that every SEQUENCE starts with
        return None
    if _sniff(_decode(data[start : start + 2 * _SNIFF_BYTES])) is None:
        return None
    run = _BASE64_RUN.match(data, start)
    return _decode(run[0]) if run is not None else None


def _decode(text: bytes) -> bytes:
    text = text.translate(None, _SPACE)
    run = _BASE64_RUN.match(text)
    text = text[: run.end() if run is not None else 0]
    text = text[: len(text) - (len(text) % 4 == 1)]
    return binascii.a2b_base64(text + b"=" * (-len(text) % 4))


def read_cms(data: bytes, limits: Limits) -> Cms | None:
    """Read the ContentInfo (RFC 5652, 3) that ``data`` starts with; None when none stands there.

    Binary only: see :func:`unwrap_base64` for text. Time is linear in the size for chunked BER and does not
    depend on the size of the content for DER.
    """
    found = _sniff(data)
    if found is None:
        return None
    encoded, oid = found
    kind, holder = _TYPES.get(encoded, ("unknown", 0))
    draft = _Draft(kind, holder, limits.oid_bytes)
    reader = Reader(data, limits.asn1_depth)
    reader.next()
    if reader.enter():
        reader.next()
        _read_content(reader, draft)
    while reader.depth:
        reader.leave()
    return _finish(reader, draft, oid)


def _finish(reader: Reader, draft: _Draft, oid: str) -> Cms:
    hits: list[tuple[str, int, int]] = []
    signers = _describe(reader, draft)
    if reader.deepest > reader.depth_limit:
        hits.append(("asn1_depth", reader.deepest, reader.depth_limit))
    if reader.overflow:
        hits.append(("asn1_chunks", reader.overflow, CHUNKS))
    return Cms(
        kind=draft.kind,
        oid=oid,
        form="ber" if reader.ber else "der",
        inner_oid=draft.inner_oid,
        has_content=draft.has_content,
        content=tuple(draft.content),
        signers=signers,
        signer_count=draft.signer_count,
        certificates=draft.certificates,
        truncated=reader.truncated,
        receipt=draft.inner_oid == _RECEIPT,
        certs_only=draft.signer_count == 0 and draft.has_content is not None and not draft.content,
        limits=tuple(hits),
    )


def _read_content(reader: Reader, draft: _Draft) -> None:
    """Content of the ContentInfo: [0] EXPLICIT, the type itself inside."""
    wrapper = reader.next()
    if wrapper is None or not reader.enter():
        return
    inner = reader.next()
    if inner is None:
        return
    if draft.kind == "data":
        _read_bytes(reader, inner, draft)
    elif draft.holder and inner.tag == SEQUENCE and reader.enter():
        _read_fields(reader, draft)


def _read_fields(reader: Reader, draft: _Draft) -> None:
    """Fields of SignedData, EnvelopedData and the rest: alike enough to go by tag and order."""
    sequences = 0
    while (value := reader.next()) is not None:
        if value.tag == SEQUENCE:
            sequences += 1
            if sequences == draft.holder:
                _read_holder(reader, draft)
                if draft.kind != "signed-data":
                    return
        elif sequences and value.tag == _CONSTRUCTED_0 and draft.certificate_area is None:
            _read_certificates(reader, value, draft)
        elif sequences and value.tag == SET and draft.signer_count is None:
            _read_signers(reader, draft)
            return


def _read_holder(reader: Reader, draft: _Draft) -> None:
    """Read EncapsulatedContentInfo (RFC 5652, 5.2) or EncryptedContentInfo (6.1)."""
    if not reader.enter():
        return
    empty = True
    while (value := reader.next()) is not None:
        if value.tag == OBJECT_IDENTIFIER and draft.inner_oid is None:
            draft.inner_oid = _oid(reader, value, draft.oid_limit)
        elif draft.kind in _ENCRYPTED:
            draft.has_content = draft.has_content or value.tag in (_CONTEXT_0, _CONSTRUCTED_0) or None
        elif value.tag == _CONSTRUCTED_0 and empty:
            empty = False
            if reader.enter():
                inner = reader.next()
                if inner is not None:
                    _read_bytes(reader, inner, draft)
                else:
                    empty = reader.exhausted
                reader.leave()
    if draft.has_content is None and empty and reader.exhausted:
        draft.has_content = False
    reader.leave()


def _read_bytes(reader: Reader, value: Value, draft: _Draft) -> None:
    """Ranges of the content; what is no OCTET STRING counts without its tag (RFC 5652, 5.2.1)."""
    draft.has_content = True
    if value.tag in (OCTET_STRING, CONSTRUCTED_OCTET_STRING):
        draft.content = reader.chunks()
    else:
        end = reader.leave() if value.indefinite and reader.enter() else value.end
        draft.content = [(value.content, end)] if end > value.content else []


def _read_certificates(reader: Reader, value: Value, draft: _Draft) -> None:
    if not reader.enter():
        return
    draft.certificates = reader.count()
    draft.certificate_area = (value.content, reader.leave())


def _read_signers(reader: Reader, draft: _Draft) -> None:
    if not reader.enter():
        return
    count = 0
    while count < SIGNERS and (value := reader.next()) is not None:
        count += 1
        if value.tag == SEQUENCE and reader.enter():
            draft.signers.append(_read_signer(reader, draft.oid_limit))
            reader.leave()
    count += reader.count()
    if reader.exhausted:
        draft.signer_count = count
    reader.leave()


def _read_signer(reader: Reader, oid_limit: int) -> _SignerDraft:
    """Read a SignerInfo: version, signer identifier, digest algorithm, signed attributes, and what follows."""
    signer = _SignerDraft()
    reader.next()
    identifier = reader.next()
    if identifier is not None and identifier.tag == _CONTEXT_0 and identifier.end > identifier.content:
        signer.key = (b"", reader.data[identifier.content : identifier.end])
    elif reader.enter():
        _read_issuer_and_serial(reader, signer)
        reader.leave()
    reader.next()
    signer.digest = _read_algorithm(reader, oid_limit)
    attributes = reader.next()
    if attributes is not None and attributes.tag == _CONSTRUCTED_0 and reader.enter():
        _read_attributes(reader, signer)
        reader.leave()
    return signer


def _read_issuer_and_serial(reader: Reader, signer: _SignerDraft) -> None:
    issuer, serial = reader.next(), reader.next()
    if issuer is not None and serial is not None and not issuer.indefinite:
        signer.issuer = (issuer.content, issuer.end)
        signer.key = (reader.data[issuer.start : issuer.end], reader.data[serial.content : serial.end])


def _read_algorithm(reader: Reader, oid_limit: int) -> str | None:
    if not reader.enter():
        return None
    value = reader.next()
    oid = _oid(reader, value, oid_limit) if value is not None else None
    reader.leave()
    return _DIGESTS.get(oid, oid) if oid is not None else None


def _read_attributes(reader: Reader, signer: _SignerDraft) -> None:
    """Signed attributes (RFC 5652, 5.3 and 11)."""
    data = reader.data
    while (attribute := reader.next()) is not None:
        wanted = [data.find(name, attribute.content, attribute.end) >= 0 for name in (_MESSAGE_DIGEST, _SIGNING_TIME)]
        if attribute.tag != SEQUENCE or not any(wanted) or not reader.enter():
            continue
        name = reader.next()
        kind = data[name.content : min(name.end, name.content + OID_PREFIX)] if name is not None else b""
        if kind in (_MESSAGE_DIGEST, _SIGNING_TIME) and reader.next() is not None and reader.enter():
            value = reader.next()
            if value is None:
                pass
            elif kind == _SIGNING_TIME:
                signer.signing_time = signer.signing_time or decode_time(data, value)
            elif signer.message_digest is None and value.tag in (OCTET_STRING, CONSTRUCTED_OCTET_STRING):
                ranges = reader.chunks()
                if sum(end - start for start, end in ranges) <= _DIGEST_BYTES:
                    signer.message_digest = b"".join(data[start:end] for start, end in ranges) or None
            reader.leave()
        reader.leave()


def _oid(reader: Reader, value: Value, limit: int) -> str | None:
    if value.tag != OBJECT_IDENTIFIER or value.truncated:
        return None
    raw = reader.data[value.content : min(value.end, value.content + limit + 1)]
    if raw in _USUAL_OIDS and len(raw) <= limit:
        return _USUAL_OIDS[raw]
    return decode_oid(raw, limit)


def _describe(reader: Reader, draft: _Draft) -> tuple[Signer, ...]:
    """Find the certificates of the signers, in one more pass over the certificates."""
    wanted = {signer.key for signer in draft.signers if signer.key is not None}
    found: dict[Key, Identity] = {}
    if wanted and draft.certificate_area is not None:
        find_certificates(Reader(reader.data, reader.depth_limit, *draft.certificate_area), wanted, found)
    return tuple(_describe_one(reader, signer, found) for signer in draft.signers)


def _describe_one(reader: Reader, signer: _SignerDraft, found: dict[Key, Identity]) -> Signer:
    identity = found.get(signer.key) if signer.key is not None else None
    if identity is None:
        names = read_names(reader, signer.issuer) if signer.issuer is not None else {}
        identity = Identity(names.get(COMMON_NAME))
    return Signer(
        name=identity.name,
        organization=identity.organization,
        email=identity.email,
        digest=signer.digest,
        message_digest=signer.message_digest,
        signing_time=signer.signing_time,
        certificate=identity.certificate,
    )
