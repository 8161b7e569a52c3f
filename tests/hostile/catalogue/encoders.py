"""Old and odd transfer encodings, written here because nothing else writes them wrongly enough."""

from __future__ import annotations

import binascii
import struct
from itertools import groupby

from hostile.catalogue.model import CRLF

HQX = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
"""The alphabet of BinHex 4.0 (RFC 1741)."""


def uu_lines(payload: bytes, *, backtick: bool = False, length: int = 45, end: bytes = CRLF) -> bytes:
    rows = [payload[at : at + length] for at in range(0, len(payload), length)]
    return b"".join(binascii.b2a_uu(row, backtick=backtick).rstrip(b"\n") + end for row in rows)


def uuencoded(payload: bytes, *, begin: bytes = b"begin 644 smime.p7m\r\n", end: bytes = b"`\r\nend\r\n") -> bytes:
    return begin + uu_lines(payload) + end


def yencoded(payload: bytes, *, part: bytes = b"", begin: bool = True) -> bytes:
    out = bytearray()
    column = 0
    for byte in payload:
        code = (byte + 42) & 0xFF
        if code in b"\0\n\r=" or (not column and code in b". \t"):
            out += b"=" + bytes([(code + 64) & 0xFF])
        else:
            out.append(code)
        column += 1
        if column == 128:
            out += CRLF
            column = 0
    head = b"=ybegin line=128 size=%d name=smime.p7m\r\n" % len(payload) if begin else b""
    return head + part + bytes(out) + b"\r\n=yend size=%d\r\n" % len(payload)


def _crc(data: bytes) -> bytes:
    return struct.pack(">H", binascii.crc_hqx(data, 0))


def binhexed(payload: bytes) -> bytes:
    """BinHex 4.0 of a file with this data fork (RFC 1741)."""
    name = b"smime.p7m"
    head = bytes([len(name)]) + name + b"\0" + b"BINAdosa" + struct.pack(">HII", 0, len(payload), 0)
    raw = (head + _crc(head) + payload + _crc(payload) + _crc(b"")).replace(b"\x90", b"\x90\0")
    packed = bytearray()
    for byte, run in groupby(raw):
        count = len(list(run))
        packed += (
            bytes([byte]) * count
            if byte == 0x90 or count < 4
            else bytes([byte, 0x90, min(count, 255)]) + bytes([byte]) * max(0, count - 255)
        )
    packed += bytes(-len(packed) % 3)
    letters = bytearray()
    for at in range(0, len(packed), 3):
        word = int.from_bytes(packed[at : at + 3], "big")
        letters += bytes(HQX[word >> shift & 63] for shift in (18, 12, 6, 0))
    text = b":" + bytes(letters) + b":"
    rows = b"".join(text[at : at + 64] + CRLF for at in range(0, len(text), 64))
    return b"(This file must be converted with BinHex 4.0)\r\n\r\n" + rows


def apple_single(payload: bytes, *, double: bool = False) -> bytes:
    """AppleSingle, or the AppleDouble header, of a file (RFC 1740)."""
    magic = 0x00051607 if double else 0x00051600
    name = b"smime.p7m"
    entries = [(3, name), (9, bytes(32))] + ([] if double else [(1, payload)])
    head = struct.pack(">II16xH", magic, 0x20000, len(entries))
    at = len(head) + 12 * len(entries)
    for ident, data in entries:
        head += struct.pack(">III", ident, at, len(data))
        at += len(data)
    return head + b"".join(data for _, data in entries)
