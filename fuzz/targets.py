"""What each harness does with one input: it calls the library, and checks what must hold for any bytes at all."""

from __future__ import annotations

import importlib
import json
import pkgutil
from typing import TYPE_CHECKING

from alphabet import as_mail

if TYPE_CHECKING:
    from collections.abc import Callable

COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
TNEF = b"\x78\x9f\x3e\x22"
CONTENT_TYPES = (b"\x01\x07\x01", b"\x01\x07\x02", b"\x01\x07\x03", b"\x01\x09\x10\x01\x09", b"\x01\x09\x10\x01\x17")


class BrokenPromiseError(Exception):
    """The library did what it promises never to do."""


def check(holds: object, promise: str) -> None:
    """Raise unless what was promised holds."""
    if not holds:
        raise BrokenPromiseError(promise)


def load_library() -> None:
    """Import every module of the library, and have defects raise instead of being reported in the verdict."""
    package = importlib.import_module("pecdetect")
    for module in pkgutil.walk_packages(package.__path__, "pecdetect."):
        if not module.name.startswith(("pecdetect.cli", "pecdetect.__main__")):
            importlib.import_module(module.name)
    importlib.import_module("pecdetect.flow").SAFETY_NET = False  # type: ignore[attr-defined]


def judge(data: bytes) -> None:
    """Classify a file; the verdict can be written down, and is sure only where everything was read."""
    import pecdetect

    verdict = pecdetect.classify(data)
    check("internal-error" not in {reason.code for reason in verdict.reasons}, "no internal error")
    check(verdict.source.size == len(data), "the size is that of the file")
    json.dumps(verdict.to_dict()).encode("ascii")
    if verdict.can_sync:
        check(not verdict.limits_hit, "past a limit nothing can be synchronised for sure")


def eml(data: bytes) -> None:
    """A whole file."""
    judge(data)


def fields(data: bytes) -> None:
    """Header fields and their values: parameters, addresses, encoded words, dates."""
    from pecdetect.limits import Limits
    from pecdetect.parsing.addresses import parse_addresses
    from pecdetect.parsing.dates import parse_date
    from pecdetect.parsing.encoded_words import decode_encoded_words
    from pecdetect.parsing.header import Buffer, read_header
    from pecdetect.parsing.parameters import parse_disposition, parse_media_type, parse_token
    from pecdetect.unfold import unfold

    parse_media_type(data)
    parse_media_type(b"multipart/mixed; " + data)
    parse_disposition(data)
    parse_disposition(b"attachment; " + data)
    parse_token(data)
    text = unfold(data)
    check("\n" not in text, "an unfolded field is one line")
    decode_encoded_words(text).encode("utf-8", "surrogatepass")
    found = parse_addresses(text, 100)
    check(len(found.mailboxes) <= 100, "no more mailboxes than allowed")
    parse_date(text)
    header = read_header(Buffer(data), 0, len(data), Limits(), (b"--b",))
    check(0 <= header.body_start <= len(data), "the body begins within the file")
    for at in range(len(header.table.names)):
        field = header.table.field(at)
        check(0 <= field.start <= field.value_start <= field.end <= header.body_start, "a field stands in its header")
        field.text.encode("utf-8", "surrogatepass")
    judge(b"From: a@example.org\r\nContent-Type: " + data)


def decodings(data: bytes) -> None:
    """Content transfer encodings: sizes, prefixes and limits agree with what is decoded."""
    from pecdetect.parsing import transfer

    size = len(data)
    for encoding in ("7bit", "base64", "quoted-printable", "x-uuencode", "unknown"):
        whole = transfer.decode(data, 0, size, encoding, 4 * size + 64)
        least, most = transfer.decoded_size_bounds(size, encoding)
        check(least <= len(whole) <= most, f"{encoding}: bounds of the size")
        check(len(whole) <= size, f"{encoding}: no decoding makes more of it")
        low, high = transfer.decoded_size(data, 0, size, encoding)
        check(low <= len(whole) <= high, f"{encoding}: counted size")
        for limit in (0, 1, 57, size // 2):
            piece = transfer.decode(data, 0, size, encoding, limit)
            check(len(piece) <= limit, f"{encoding}: the limit")
            check(len(transfer.sniff(data, 0, size, encoding, limit)) <= limit, f"{encoding}: the size of a prefix")
        inner = transfer.decode(data, size // 4, size // 2, encoding, size)
        check(
            inner == transfer.decode(data[size // 4 : size // 2], 0, size // 2 - size // 4, encoding, size), "a slice"
        )


def floor(data: bytes) -> None:
    """What the structure does not explain: a body without its delimiter, a preamble, an epilogue, a part in doubt."""
    from pecdetect.parsing import decoders, raw

    for plain in raw.decoded(data, decoders.letters(data), len(data), bool):
        check(len(plain) <= max(len(data), 64 * 1024), "what is decoded is bounded")
    head = b"From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    part = b"\r\n--b\r\n\r\na\r\n--b--\r\n"
    judge(head + data)
    judge(head + data + part + data)
    judge(b"From: a@example.org\r\nContent-Type: text/plain\r\nContent-Type: text/html\r\n\r\n" + data)


def daticert(data: bytes) -> None:
    """daticert.xml, as it stands and as the inside of a document."""
    from pecdetect.detect.pec.daticert import read_daticert
    from pecdetect.limits import Limits

    limits = Limits(xml_bytes=16 * 1024, xml_depth=16, xml_elements=200)
    read_daticert(data, limits)
    read_daticert(b'<?xml version="1.0" encoding="UTF-8"?><postacert tipo="accettazione">' + data, limits)
    read_daticert(("﻿<postacert>" + data.decode("latin-1")).encode("utf-16-le"), limits)


def cms(data: bytes) -> None:
    """CMS: whole, behind each content type that there is, and as text."""
    from pecdetect.detect.cms.cms import read_cms, sniff_cms, unwrap_base64
    from pecdetect.limits import Limits

    limits = Limits(asn1_depth=16)
    unwrapped = unwrap_base64(data)
    for tried in (data, unwrapped or b""):
        check((sniff_cms(tried) is None) == (read_cms(tried, limits) is None), "what is taken for CMS is read as CMS")
    for kind in CONTENT_TYPES:
        oid = b"\x2a\x86\x48\x86\xf7\x0d" + kind
        read_cms(b"\x30\x80\x06" + bytes((len(oid),)) + oid + b"\xa0\x80" + data, limits)


def tnef(data: bytes) -> None:
    """TNEF: as the body of a message, with and without its signature in front."""
    head = b"From: a@example.org\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n"
    head += b"Content-Transfer-Encoding: binary\r\n\r\n"
    judge(head + data)
    judge(head + TNEF + b"\0\0" + data)
    properties = len(data).to_bytes(4, "little") + data
    judge(head + TNEF + b"\0\0" + b"\x01\x03\x90\x06\x00" + properties)


def msg(data: bytes) -> None:
    """Outlook items: a compound file, and streams of a sound one."""
    from samples.compound import compound_file

    judge(COMPOUND_FILE + data[len(COMPOUND_FILE) :])
    half = len(data) // 2
    properties = "__properties_version1.0"
    judge(
        compound_file(
            {
                properties: bytes(32) + data[:half],
                "__substg1.0_001A001F": data[half : half + 64],
                "__substg1.0_007D001F": data[half:],
                "__nameid_version1.0": {"__substg1.0_00030102": data[:half], "__substg1.0_00040102": data[half:]},
                "__recip_version1.0_#00000000": {properties: bytes(8) + data[half:], "__substg1.0_3001001F": data[:40]},
                "__attach_version1.0_#00000000": {properties: bytes(8) + data[:half], "__substg1.0_37010102": data},
            }
        )
    )


TARGETS: dict[str, Callable[[bytes], None]] = {
    "eml": eml,
    "fields": fields,
    "decodings": decodings,
    "floor": floor,
    "daticert": daticert,
    "cms": cms,
    "tnef": tnef,
    "msg": msg,
}
"""Harness to what it does."""


def both_ways(target: Callable[[bytes], None], data: bytes) -> None:
    """Run a target on an input as it is, and on the same as words of mail."""
    target(data)
    target(as_mail(data))
