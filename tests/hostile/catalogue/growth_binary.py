"""Growth generators for what stands inside a mail: daticert.xml, CMS, TNEF, and Outlook's compound files."""

from __future__ import annotations

import struct
from functools import partial
from typing import TYPE_CHECKING

from hostile.catalogue.shapes import HEAD, Growth, mirrored, numbered, repeated, scaled

if TYPE_CHECKING:
    from collections.abc import Callable

    from samples.compound import Node, Tree

# -- daticert.xml --
_XML = HEAD + b"X-Trasporto: posta-certificata\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
_XML += b"Content-Type: application/xml; name=daticert.xml\r\n\r\n"
_ROOT = _XML + b'<?xml version="1.0" encoding="UTF-8"?><postacert tipo="posta-certificata" errore="nessuno">'
_END = b"</postacert>\r\n--b--\r\n"
_ENTITY = b"<!ENTITY e%d 'a'>"
XML = (
    repeated("daticert-elements", _ROOT, b"<a/>", _END),
    repeated("daticert-recipients", _ROOT, b'<destinatari tipo="certificato">a@example.org</destinatari>', _END),
    repeated("daticert-unclosed", _ROOT, b"<a>", _END),
    mirrored("daticert-nested", _ROOT, b"<a>", b"", b"</a>"),
    numbered("daticert-attributes", _XML + b"<postacert", b" a%d='b'", b"/>" + _END),
    numbered("daticert-entities", _XML + b"<!DOCTYPE postacert [", _ENTITY, b"]><postacert>" + _END),
    repeated("daticert-references", _ROOT + b"<a>", b"&amp;", b"</a>" + _END),
    repeated("daticert-references-unknown", _ROOT + b"<a>", b"&e;", b"</a>" + _END),
    repeated("daticert-text", _ROOT + b"<mittente>", b"a", b"</mittente>" + _END),
    repeated("daticert-comments", _ROOT, b"<!---->", _END),
    repeated("daticert-open-tags", _ROOT, b"<", _END),
    repeated(
        "daticert-parts",
        _XML[:-2] + b"\r\n",
        b"<postacert/>\r\n--b\r\nContent-Type: text/xml; name=daticert.xml\r\n\r\n",
    ),
)

# -- CMS --
_CMS = HEAD + b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: binary\r\n\r\n"
_SIGNED = bytes.fromhex("308006092a864886f70d010702a080")
_DATA = bytes.fromhex("06092a864886f70d010701")
_VERSION = _CMS + _SIGNED + bytes.fromhex("30800201013100")
_CONTENT = _VERSION + b"\x30\x80" + _DATA
_CERTIFICATES = _CONTENT + b"\0\0\xa0\x80"
_SIGNERS = _CONTENT + b"\0\0\x31\x80"
_CERTIFICATE = bytes.fromhex("300c300a020101300030003000") + b"\0"


def _definite(size: int) -> bytes:
    """Sequences of definite length, one in another."""
    heads: list[bytes] = []
    inside = 0
    while inside < size - len(_CMS) - len(_SIGNED):
        data = inside.to_bytes((inside.bit_length() + 7) // 8 or 1, "big")
        head = b"\x30" + (bytes((inside,)) if inside < 128 else bytes((0x80 | len(data),)) + data)
        heads.append(head)
        inside += len(head)
    return _CMS + _SIGNED + b"".join(reversed(heads))


CMS = (
    mirrored("cms-nested-indefinite", _CMS + _SIGNED, b"\x30\x80", b"", b"\0\0"),
    repeated("cms-nested-open", _CMS + _SIGNED, b"\x30\x80"),
    Growth("cms-nested-definite", _definite),
    repeated("cms-chunks", _CONTENT + b"\xa0\x80\x24\x80", b"\x04\x01a", b"\0\0\0\0"),
    repeated("cms-chunks-empty", _CONTENT + b"\xa0\x80\x24\x80", b"\x04\x00", b"\0\0\0\0"),
    repeated("cms-chunks-nested", _CONTENT + b"\xa0\x80", b"\x24\x80"),
    repeated("cms-certificates", _CERTIFICATES, _CERTIFICATE, b"\0\0"),
    repeated("cms-certificates-empty", _CERTIFICATES, b"\x30\x00", b"\0\0"),
    repeated("cms-signers", _SIGNERS, b"\x30\x05\x02\x01\x01\x30\x00", b"\0\0"),
    repeated("cms-signers-empty", _SIGNERS, b"\x30\x00", b"\0\0"),
    repeated("cms-long-oid", _CMS + b"\x30\x80\x06\x84\x00\xff\xff\xff", b"\x86"),
    repeated("cms-end-of-contents", _CMS + _SIGNED, b"\0\0"),
    repeated("cms-base64", _CMS.replace(b"binary", b"base64") + b"MIAGCSqGSIb3DQEHAqCAMIACAQExADCA\r\n", b"BAFh"),
)

# -- TNEF --
_TNEF = HEAD + b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: binary\r\n\r\n"
_TNEF += b"\x78\x9f\x3e\x22\x01\x00"
_SUBJECT, _DATA_NAME, _REND, _PROPERTIES, _RECIPIENTS = 0x18004, 0x6800F, 0x69002, 0x69003, 0x69004


def _attribute(level: int, name: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, name, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _tnef_rows(name: int, row: bytes, number: int, before: bytes = b"") -> bytes:
    """An attribute that holds a number, and then so many rows."""
    data = before + struct.pack("<I", number) + row * number
    return _TNEF + struct.pack("<BII", 1, name, len(data)) + data + b"\0\0"


def _tnef_deep(number: int) -> bytes:
    """A message in an attachment of a message, again and again: every length is that of all that follows."""
    heads: list[bytes] = []
    interface = bytes.fromhex("0703020000000000c000000000000046")
    inside = 0
    for _ in range(number):
        data = 16 + 6 + inside
        properties = struct.pack("<IHHII", 1, 0x0D, 0x3701, 1, data) + interface + b"\x78\x9f\x3e\x22\x01\x00"
        size = len(properties) + inside
        head = _attribute(2, _REND, bytes(14)) + struct.pack("<BII", 2, 0x69005, size) + properties
        heads.append(head)
        inside += len(head)
    return _TNEF + b"".join(reversed(heads))


_TEXT_ROW = struct.pack("<HHII", 0x1F, 0x3001, 1, 4) + b"a\0\0\0"
_INTEGER_ROW = struct.pack("<HHI", 3, 0x0E07, 1)
_NAMED_ROW = struct.pack("<HH", 3, 0x8000) + bytes(16) + struct.pack("<II", 0, 1) + bytes(4)
_RECIPIENT = struct.pack("<I", 1) + _TEXT_ROW
TNEF = (
    repeated("tnef-attributes", _TNEF, _attribute(1, _SUBJECT, b"a\0")),
    repeated("tnef-attributes-empty", _TNEF, _attribute(1, _DATA_NAME, b"")),
    repeated("tnef-attachments", _TNEF, _attribute(2, _REND, bytes(14))),
    repeated("tnef-attachment-data", _TNEF + _attribute(2, _REND, bytes(14)), _attribute(2, _DATA_NAME, b"a")),
    scaled("tnef-properties", partial(_tnef_rows, _PROPERTIES, _TEXT_ROW), len(_TEXT_ROW)),
    scaled("tnef-integers", partial(_tnef_rows, _PROPERTIES, _INTEGER_ROW), len(_INTEGER_ROW)),
    scaled("tnef-named", partial(_tnef_rows, _PROPERTIES, _NAMED_ROW), len(_NAMED_ROW)),
    scaled("tnef-recipients", partial(_tnef_rows, _RECIPIENTS, _RECIPIENT), len(_RECIPIENT)),
    scaled("tnef-recipients-empty", partial(_tnef_rows, _RECIPIENTS, bytes(4)), 4),
    scaled(
        "tnef-values",
        partial(
            _tnef_rows, _PROPERTIES, struct.pack("<I", 1) + b"a\0\0\0", before=struct.pack("<IHH", 1, 0x101F, 0x3001)
        ),
        8,
    ),
    scaled("tnef-nested", _tnef_deep, 87),
    repeated("tnef-data", _TNEF + struct.pack("<BII", 1, 0x2800C, 0x7FFFFFFF), b"a\0"),
)


# -- compound files --
_STREAM = "__properties_version1.0"


def _item(number: int, name: str, members: Callable[[int], Tree | bytes], counts: tuple[int, int] = (0, 0)) -> bytes:
    """An Outlook item with so many streams or storages of a kind."""
    from samples.compound import compound_file

    header = bytes(8) + struct.pack("<IIII", *counts, *counts) + bytes(8)
    tree: Tree = {_STREAM: header, "__substg1.0_001A001F": "IPM.Note".encode("utf-16-le")}
    tree |= {name % at: members(at) for at in range(number)}
    return compound_file(tree)


def _recipients(number: int) -> bytes:
    who: Tree = {_STREAM: bytes(8), "__substg1.0_3003001F": "a@example.org".encode("utf-16-le")}
    return _item(number, "__recip_version1.0_#%08X", lambda _: who, (number, 0))


def _attachments(number: int) -> bytes:
    record = struct.pack("<IIQ", 0x37050003, 6, 1)
    file: Tree = {_STREAM: bytes(8) + record, "__substg1.0_37010102": b"a", "__substg1.0_3707001F": b"a\0.\0p\0"}
    return _item(number, "__attach_version1.0_#%08X", lambda _: file, (0, number))


def _properties(number: int) -> bytes:
    from samples.compound import compound_file

    rows = b"".join(struct.pack("<IIQ", (at % 0x7FFF) << 16 | 3, 6, 1) for at in range(number))
    return compound_file({_STREAM: bytes(32) + rows, "__substg1.0_001A001F": b"I\0P\0M\0"})


def _one_stream(name: str, unit: bytes, size: int) -> bytes:
    from samples.compound import compound_file

    data = unit * max(1, size // len(unit))
    record = struct.pack("<IIII", int(name[-8:], 16), 6, len(data) + 2, 0)
    return compound_file({_STREAM: bytes(32) + record, name: data})


def _named(number: int) -> bytes:
    """A map of named properties with so many names, all the same."""
    from samples.compound import compound_file

    entries = b"".join(struct.pack("<IHH", 0, 3 << 1 | 1, at & 0x7FFF) for at in range(number))
    names = struct.pack("<I", 2048) + "Content-Type".encode("utf-16-le").ljust(2048, b"a")
    maps: Tree = {"__substg1.0_00020102": bytes(16), "__substg1.0_00030102": entries, "__substg1.0_00040102": names}
    return compound_file({_STREAM: bytes(32), "__nameid_version1.0": maps})


def _deep(number: int) -> bytes:
    """Items embedded one in another."""
    from samples.compound import compound_file

    record = struct.pack("<IIIIIIII", 0x37050003, 6, 5, 0, 0x3701000D, 6, 0xFFFFFFFF, 1)
    inner: Tree = {_STREAM: bytes(32)}
    for _ in range(number):
        attached: Tree = {_STREAM: bytes(8) + record, "__substg1.0_3701000D": inner}
        inner = {_STREAM: bytes(32), "__attach_version1.0_#00000000": attached}
    return compound_file(inner)


def _directory(change: Callable[[list[Node], int], None], number: int) -> bytes:
    """A directory that does not hang together as one should."""
    from samples.compound import Node, nodes, write

    found = nodes({_STREAM: bytes(32), "__substg1.0_001A001F": b"I\0P\0M\0"})
    first = len(found)
    found += [Node(f"s{at:07}", 2) for at in range(number)]
    found[-1].right, found[0].child = found[0].child, first
    change(found, first)
    return write(found)


def _row(found: list[Node], first: int) -> None:
    for at in range(first, len(found) - 1):
        found[at].right = at + 1


def _storages(found: list[Node], first: int) -> None:
    for at in range(first, len(found) - 1):
        found[at].kind, found[at].child = 1, at + 1
    found[first].right, found[-1].right = found[-1].right, 0xFFFFFFFF


def _ring(found: list[Node], first: int) -> None:
    _row(found, first)
    found[-1].left = found[-1].child = first


def _shared(size: int) -> bytes:
    """Half a file of attachments, each of which has the whole other half as its content."""
    from samples.compound import Node, nodes, write

    count = size // 2 // 1000
    record = struct.pack("<IIQ", 0x37050003, 6, 1) + struct.pack("<IIII", 0x37010102, 6, size // 2, 0)
    tree: Tree = {_STREAM: bytes(8) + struct.pack("<IIII", 0, count, 0, count) + bytes(8)}
    for at in range(count):
        tree[f"__attach_version1.0_#{at:08X}"] = {_STREAM: bytes(8) + record, "__substg1.0_37010102": b""}
    found = nodes(tree)
    found.append(Node("x", 2, b"--a\r\n" * (size // 10), right=found[0].child))
    found[0].child = len(found) - 1
    data = bytearray(write(found))
    for node in found:
        if node.name == "__substg1.0_37010102":
            node.start, node.size = found[-1].start, found[-1].size
    # The directory stands in one piece; its first sector is in the header.
    at = (struct.unpack_from("<I", data, 48)[0] + 1) * 512
    data[at : at + 128 * len(found)] = b"".join(node.pack() for node in found)
    return bytes(data)


def _scattered(size: int) -> bytes:
    from samples.compound import compound_file

    body = "Ciao, ".encode("utf-16-le") * (size // 12)
    record = struct.pack("<IIII", 0x1000001F, 6, len(body) + 2, 0)
    return compound_file({_STREAM: bytes(32) + record, "__substg1.0_1000001F": body}, scattered=True)


def _fat(place: Callable[[int, int], int], size: int) -> bytes:
    """A compound file in which the table says of every sector what comes next."""
    data = bytearray(_scattered(size))
    tables = struct.unpack_from("<I", data, 44)[0]
    for sector in struct.unpack_from(f"<{min(tables, 109)}I", data, 76):
        numbers = [place(sector, at) for at in range(128)]
        struct.pack_into("<128I", data, (sector + 1) * 512, *numbers)
    return bytes(data)


OUTLOOK = (
    scaled("outlook-recipients", _recipients, 700),
    scaled("outlook-attachments", _attachments, 900),
    scaled("outlook-properties", _properties, 16),
    scaled("outlook-named-properties", _named, 8),
    scaled("outlook-embedded", _deep, 830),
    scaled("outlook-streams", lambda number: _item(number, "__substg1.0_%08X", lambda _: b"a"), 200),
    scaled("outlook-siblings", partial(_directory, _row), 128),
    scaled("outlook-storages", partial(_directory, _storages), 128),
    scaled("outlook-ring", partial(_directory, _ring), 128),
    Growth("outlook-shared-chains", _shared),
    Growth("outlook-scattered", _scattered),
    Growth("outlook-table-cycle", partial(_fat, lambda sector, at: (sector + at) % 7)),
    Growth("outlook-table-ring", partial(_fat, lambda _sector, at: (at + 1) % 128)),
    Growth("outlook-header-fields", partial(_one_stream, "__substg1.0_007D001F", "X-A: b\r\n".encode("utf-16-le"))),
    Growth("outlook-header-dashes", partial(_one_stream, "__substg1.0_007D001F", "--b\r\n".encode("utf-16-le"))),
    Growth("outlook-display-to", partial(_one_stream, "__substg1.0_0E04001F", "a; ".encode("utf-16-le"))),
    Growth("outlook-body", partial(_one_stream, "__substg1.0_1000001F", "X-Trasporto: a\n".encode("utf-16-le"))),
    Growth("outlook-html", partial(_one_stream, "__substg1.0_10130102", b"-----BEGIN PGP MESSAGE-----\r\n")),
)
BINARY = XML + CMS + TNEF + OUTLOOK
