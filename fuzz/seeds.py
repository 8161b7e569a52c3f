"""Seeds: what the samples hold, cut into what each harness reads."""

from __future__ import annotations

import re
from email import message_from_bytes
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message
    from pathlib import Path

MOST = 64 * 1024
_VALUE = re.compile(rb"(?m)^[!-9;-~]+:((?:[^\r\n]|\r?\n[ \t])*)")
_CMS = ("pkcs7-mime", "pkcs7-signature")
_TNEF = bytes.fromhex("789f3e22")


def _leaves(data: bytes) -> Iterator[tuple[Message, bytes, bytes]]:
    """Each leaf part as the standard library sees it: raw and decoded."""
    for part in message_from_bytes(data).walk():
        if part.is_multipart():
            continue
        raw, decoded = part.get_payload(), part.get_payload(decode=True)
        if isinstance(raw, str) and isinstance(decoded, bytes):
            yield part, raw.encode("utf-8", "surrogateescape"), decoded


def _of_mail(harness: str, data: bytes) -> Iterator[bytes]:
    if harness in ("eml", "floor"):
        yield data
    elif harness == "fields":
        head = re.split(rb"\r?\n\r?\n", data, maxsplit=1)[0]
        yield head
        yield from (match[1].strip() for match in _VALUE.finditer(head))
    else:
        for part, raw, decoded in _leaves(data):
            wanted = {
                "decodings": part.get("Content-Transfer-Encoding") is not None,
                "daticert": b"postacert" in decoded and part.get_content_subtype() in ("xml", "octet-stream"),
                "cms": part.get_content_subtype().endswith(_CMS),
                "tnef": decoded.startswith(_TNEF),
            }
            if wanted.get(harness):
                yield raw if harness == "decodings" else decoded


def write_seeds(harness: str, samples: Path, folder: Path) -> int:
    """Write the seeds of a harness into a folder, each once, named after its bytes; return how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, bytes] = {}
    for path in sorted(samples.glob("*/*")):
        if path.suffix == ".msg" and harness in ("msg", "floor"):
            pieces = iter((path.read_bytes(),))
        elif path.suffix == ".eml" and harness != "msg":
            pieces = _of_mail(harness, path.read_bytes())
        else:
            continue
        found |= {sha256(piece).hexdigest()[:16]: piece for piece in pieces if 0 < len(piece) <= MOST}
    for name, piece in found.items():
        (folder / name).write_bytes(piece)
    return len(found)
