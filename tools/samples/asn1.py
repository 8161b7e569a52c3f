"""A tiny writer of ASN.1: DER, and BER where a sample needs indefinite lengths (X.690)."""

from __future__ import annotations

INTEGER, OCTET_STRING, OID, UTC_TIME = 0x02, 0x04, 0x06, 0x17
SEQUENCE, SET = 0x30, 0x31
NULL = b"\x05\x00"


def tlv(tag: int, *contents: bytes) -> bytes:
    """Write a value with a definite, minimal length (X.690, 8.1.3, 10.1)."""
    body = b"".join(contents)
    size = len(body)
    if size < 128:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def indefinite(tag: int, *contents: bytes) -> bytes:
    """Write a constructed value of indefinite length, closed by end-of-contents bytes (X.690, 8.1.3.6)."""
    return bytes((tag, 0x80)) + b"".join(contents) + b"\x00\x00"


def wrap(tag: int, *contents: bytes, ber: bool) -> bytes:
    """Write a constructed value, of indefinite length when ``ber`` is set."""
    return indefinite(tag, *contents) if ber else tlv(tag, *contents)


def seq(*contents: bytes) -> bytes:
    """SEQUENCE."""
    return tlv(SEQUENCE, *contents)


def set_of(*members: bytes) -> bytes:
    """SET OF, its members in the ascending order of DER (X.690, 11.6)."""
    return tlv(SET, *sorted(members))


def integer(value: int) -> bytes:
    """INTEGER, not negative."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER from its dotted form (X.690, 8.19)."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    body = b""
    for arc in (first * 40 + second, *rest):
        digits = [arc & 0x7F]
        while arc := arc >> 7:
            digits.append(0x80 | arc & 0x7F)
        body += bytes(reversed(digits))
    return tlv(OID, body)


def octet_string(data: bytes, *, ber: bool = False, tag: int = OCTET_STRING, chunk: int = 1000) -> bytes:
    """OCTET STRING; with ``ber`` constructed from chunks (X.690, 8.7.3), whatever its tag."""
    if not ber:
        return tlv(tag, data)
    pieces = (tlv(OCTET_STRING, data[at : at + chunk]) for at in range(0, len(data), chunk))
    return indefinite(tag | 0x20, *pieces)


def algorithm(dotted: str, parameters: bytes = b"") -> bytes:
    """AlgorithmIdentifier (RFC 5280, 4.1.1.2)."""
    return seq(oid(dotted), parameters)
