"""Messages and archives made for the tests of sources."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from pecdetect.limits import Limits
from pecdetect.scanning.sources.candidate import Candidate
from pecdetect.scanning.sources.sources import expand

if TYPE_CHECKING:
    from collections.abc import Iterable

FROM = b"From anna@example.org Mon Mar  2 09:11:12 2026\n"


def mail(number: int | str = 1, body: bytes = b"Ciao\n") -> bytes:
    """A small message."""
    head = f"From: anna@example.org\nTo: crm@example.com\nSubject: Nota {number}\nMessage-ID: <{number}@example.org>\n"
    return head.encode() + b"\n" + body


def mbox(count: int, body: bytes = b"Ciao\n", line: bytes = FROM) -> bytes:
    """An mbox of so many messages."""
    return b"".join([line + mail(number, body) + b"\n" for number in range(count)])


def zipped(members: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    """A zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, method)
        archive.comment = comment
    return out.getvalue()


def tarred(members: Iterable[tuple[str, bytes]], mode: str = "w", form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar; ``mode`` as :func:`tarfile.open` has it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=form) as archive:  # type: ignore[call-overload]
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def encrypted_zip(name: str, data: bytes, password: bytes) -> bytes:
    """A zip with one member under the traditional encryption (APPNOTE.TXT 6.1), stored."""
    import struct
    import zlib

    crc = zlib.crc32(data)
    table = [0] * 256
    for index in range(256):
        value = index
        for _ in range(8):
            value = (value >> 1) ^ (0xEDB88320 if value & 1 else 0)
        table[index] = value
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = (keys[0] >> 8) ^ table[(keys[0] ^ byte) & 0xFF]
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = (keys[2] >> 8) ^ table[(keys[2] ^ (keys[1] >> 24)) & 0xFF]

    for byte in password:
        update(byte)
    sealed = bytearray()
    for byte in bytes(11) + bytes([crc >> 24]) + data:
        mixed = (keys[2] & 0xFFFF) | 2
        sealed.append(byte ^ (((mixed * (mixed ^ 1)) >> 8) & 0xFF))
        update(byte)
    label = name.encode()
    same = (1, 0, 0, 0, crc, len(sealed), len(data), len(label), 0)
    local = struct.pack("<4s2B4HL2L2H", b"PK\x03\x04", 20, 0, *same) + label + bytes(sealed)
    central = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, *same, 0, 0, 0, 0, 0) + label
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


def found(
    *paths: str | Path, below: Path | None = None, password: bytes | None = None, limits: Limits | None = None
) -> list[tuple[str, str]]:
    """What paths expand to: source (without the folder ``below``), and a subject or the code of a problem."""
    limits = limits or Limits()
    rows = []
    for each in expand(paths, password=password, limits=limits):
        source = each.source
        if below is not None:
            source = source.removeprefix(str(below)).replace("\\", "/").removeprefix("/")
        rows.append((source, outcome(each, limits) if isinstance(each, Candidate) else code(each)))
    return rows


def outcome(candidate: Candidate, limits: Limits) -> str:
    """The subject of a candidate, or the code of what its loading raises."""
    from pecdetect.scanning.sources.candidate import failure

    try:
        loaded = candidate.load(limits)
    except OSError as error:
        return code(failure(candidate.source, error))
    if isinstance(loaded, str):
        loaded = Path(loaded).read_bytes()
    return subject(loaded)


def subject(data: bytes) -> str:
    """The subject of a message."""
    lines = [line for line in data.split(b"\n") if line.startswith(b"Subject: ")]
    return lines[0][9:].decode().strip() if lines else data[:20].decode("latin-1")


def code(result: object) -> str:
    """The code of a result."""
    problem = getattr(result, "error", None) or getattr(result, "skipped", None)
    return str(problem.code) if problem is not None else "?"
