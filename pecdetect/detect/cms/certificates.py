"""What X.509 certificates in a CMS say of their subjects (RFC 5280): names and addresses, read, not verified."""

from __future__ import annotations

from dataclasses import dataclass

from pecdetect.detect.cms.ber import Reader, Value, decode_text

Key = tuple[bytes, bytes]
"""Issuer and serial number, or nothing and a key identifier."""

_EMAIL_ADDRESS = bytes.fromhex("2a864886f70d010901")
COMMON_NAME = b"\x55\x04\x03"
_ORGANIZATION = b"\x55\x04\x0a"
_KEY_IDENTIFIER = b"\x55\x1d\x0e"
_ALTERNATIVE_NAME = b"\x55\x1d\x11"
_NAMES = (COMMON_NAME, _ORGANIZATION, _EMAIL_ADDRESS)
_EXTENSIONS = (_KEY_IDENTIFIER, _ALTERNATIVE_NAME)
OID_PREFIX = 16  # bytes that tell these from any other

# Fields of a TBSCertificate without its version (RFC 5280, 4.1).
_SERIAL, _ISSUER, _SUBJECT = 0, 2, 4
_CERTIFICATE_FIELDS = 12
_CERTIFICATE_BYTES = 15  # and there is none shorter

_CONTEXT_1 = 0x81
_CONSTRUCTED_0 = 0xA0
_CONSTRUCTED_3 = 0xA3


@dataclass(frozen=True, slots=True)
class Identity:
    """What a certificate says of its subject."""

    name: str | None
    organization: str | None = None
    email: str | None = None
    certificate: tuple[int, int] | None = None


def find_certificates(reader: Reader, wanted: set[Key], found: dict[Key, Identity]) -> None:
    """Put the certificates that are wanted into ``found``, by issuer and serial number or by key identifier."""
    by_identifier = any(not issuer for issuer, _ in wanted)
    data = reader.data
    while len(found) < len(wanted) and (value := reader.next()) is not None:
        if value.indefinite or value.end - value.content < _CERTIFICATE_BYTES:
            continue
        # The certificate of a signer holds what the signer is known by: others are not taken apart.
        if not any([_holds_key(data, value, key) for key in wanted]) or not reader.enter():  # noqa: C419
            continue
        fields = _certificate_fields(reader)
        reader.leave()
        if len(fields) <= _SUBJECT:
            continue
        issuer, subject = fields[_ISSUER], fields[_SUBJECT]
        serial = fields[_SERIAL]
        key = (data[issuer.start : issuer.end], data[serial.content : serial.end])
        if not by_identifier and key not in wanted:
            continue
        identifier, email = _extensions(reader, fields, _EXTENSIONS if by_identifier else _EXTENSIONS[1:])
        keys = [each for each in (key, (b"", identifier)) if each in wanted and each not in found]
        if keys:
            names = read_names(reader, (subject.content, subject.end))
            email = email or names.get(_EMAIL_ADDRESS)
            place = (value.start, value.end)
            identity = Identity(names.get(COMMON_NAME), names.get(_ORGANIZATION), email, place)
            found.update(dict.fromkeys(keys, identity))


def _holds_key(data: bytes, value: Value, key: Key) -> bool:
    return all([data.find(each, value.content, value.end) >= 0 for each in key])  # noqa: C419 - a list is faster


def _certificate_fields(reader: Reader) -> list[Value]:
    """Fields of the certificate that is open, its version left out (RFC 5280, 4.1); empty if it is none."""
    fields: list[Value] = []
    if reader.next() is None or not reader.enter():
        return fields
    while len(fields) < _CERTIFICATE_FIELDS and (value := reader.next()) is not None:
        if fields or value.tag != _CONSTRUCTED_0:
            fields.append(value)
    reader.leave()
    return [] if any(value.indefinite for value in fields) else fields


def read_names(reader: Reader, area: tuple[int, int]) -> dict[bytes, str]:
    """Attributes that are wanted of a Name (RFC 5280, 4.1.2.4), the first of each."""
    names: dict[bytes, str] = {}
    data = reader.data
    reader = Reader(data, reader.depth_limit, *area)
    while (attributes := reader.next()) is not None:
        if not _holds_any(data, attributes, _NAMES) or not reader.enter():
            continue
        while reader.next() is not None:
            if not reader.enter():
                continue
            kind, value = reader.next(), reader.next()
            if kind is not None and value is not None:
                name = data[kind.content : min(kind.end, kind.content + OID_PREFIX)]
                text = decode_text(data, value) if name in _NAMES and name not in names else None
                if text is not None:
                    names[name] = text
            reader.leave()
        reader.leave()
    return names


def _holds_any(data: bytes, value: Value, names: tuple[bytes, ...]) -> bool:
    """Whether one of these object identifiers stands in a value: what holds none is not taken apart."""
    return any([data.find(name, value.content, value.end) >= 0 for name in names])  # noqa: C419 - a list is faster


def _extensions(reader: Reader, fields: list[Value], wanted: tuple[bytes, ...]) -> tuple[bytes, str | None]:
    """Subject key identifier and first rfc822Name (RFC 5280, 4.2.1.2 and 4.2.1.6), those of them that are wanted."""
    identifier, email = b"", None
    data = reader.data
    area = next((each for each in fields if each.tag == _CONSTRUCTED_3), None)
    if area is None or not _holds_any(data, area, wanted):
        return identifier, email
    reader = Reader(data, reader.depth_limit, area.content, area.end)
    reader.next()
    if not reader.enter():
        return identifier, email
    while (extension := reader.next()) is not None:
        if not _holds_any(data, extension, wanted) or not reader.enter():
            continue
        name = reader.next()
        value = reader.next()
        value = reader.next() or value  # past "critical"
        reader.leave()
        if name is None or value is None:
            continue
        kind = data[name.content : min(name.end, name.content + OID_PREFIX)]
        inner = Reader(data, reader.depth_limit, value.content, value.end)
        held = inner.next()
        if kind == _KEY_IDENTIFIER and held is not None:
            identifier = identifier or data[held.content : held.end]
        elif kind == _ALTERNATIVE_NAME and inner.enter():
            while email is None and (general := inner.next()) is not None:
                email = decode_text(data, general) if general.tag == _CONTEXT_1 else None
    return identifier, email
