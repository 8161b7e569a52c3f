"""Table 4, older formats and containers around the content (ENC-09..15)."""

from __future__ import annotations

import gzip
import zlib
from base64 import b64encode
from functools import partial
from typing import TYPE_CHECKING

from hostile.catalogue.encoders import apple_single, binhexed, uu_lines, uuencoded, yencoded
from hostile.catalogue.model import (
    ANY,
    CRLF,
    CT,
    CTE,
    FINDING,
    PRIMARY,
    Entity,
    Multi,
    Mutation,
    Seed,
    base64_of,
    bind,
    on_leaf,
    on_multi,
    on_root,
    quoted_of,
)
from hostile.catalogue.mutations.encodings import B64, encoded, written
from samples import tnef
from samples.msg import item_of
from samples.winmail import packed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hostile.catalogue.model import Made


def _told(ident: str, encoding: bytes, write: Callable[[bytes], bytes]) -> Mutation:
    """Content that no reader unwraps unasked: only its type still shows what it is."""
    change = encoded(encoding, write)
    return Mutation(ident, on_leaf(lambda e: change(e) if e.tells else None))


def _older() -> Iterator[Mutation]:
    spellings = {
        "x-uuencode": b"x-uuencode",
        "x-uue": b"x-uue",
        "uuencode": b"uuencode",
        "uue": b"uue",
        "x-uu": b"x-uu",
        "upper": b"X-UUENCODE",
        "7bit": b"7bit",
        "base64": B64,
    }
    forms: dict[str, Callable[[bytes], bytes]] = {
        "whole": uuencoded, "no-end": lambda p: uuencoded(p, end=b""), "no-begin": lambda p: uuencoded(p, begin=b""),
        "bare": uu_lines,
    }  # fmt: skip
    for label, spelling in spellings.items():
        for form, write in forms.items():
            known = PRIMARY if label in {"x-uuencode", "x-uue", "uuencode"} and form == "whole" else ANY
            yield written(f"ENC-09/{label}-{form}", spelling, write, known)
    for label, write in {
        "text-before": lambda p: b"Hello.\r\n\r\n" + uuencoded(p),
        "mode-0": lambda p: uuencoded(p, begin=b"begin 0 x\r\n"),
        "no-name": lambda p: uuencoded(p, begin=b"begin 644\r\n"),
        "upper-begin": lambda p: uuencoded(p, begin=b"BEGIN 644 x\r\n"),
        "backtick": lambda p: uu_lines(p, backtick=True), "short-lines": lambda p: uu_lines(p, length=3),
        "blanks-behind": lambda p: uuencoded(p).replace(CRLF, b" \r\n"),
        "lf": lambda p: uuencoded(p).replace(CRLF, b"\n"),
        "indented-begin": lambda p: uuencoded(p, begin=b" begin 644 x\r\n"),
        "two-begins": lambda p: b"begin 644 a.txt\r\n" + uuencoded(p),
        "blank-after-begin": lambda p: uuencoded(p, begin=b"begin 644 x\r\n\r\n"),
    }.items():  # fmt: skip
        yield written(f"ENC-09/form-{label}", b"x-uuencode", write)
    yield written(
        "ENC-09/begin-base64", b"x-uuencode", lambda p: b"begin-base64 644 x\r\n" + base64_of(p) + b"====\r\n"
    )
    for label, spelling in {
        "x-yencode": b"x-yencode",
        "yenc": b"yenc",
        "x-yenc": b"x-yenc",
        "8bit": b"8bit",
        "binary": b"binary",
    }.items():
        yield _told(f"ENC-10/{label}", spelling, yencoded)
    yield written("ENC-10/part", b"x-yencode", lambda p: yencoded(p, part=b"=ypart begin=1 end=%d\r\n" % len(p)))
    yield written("ENC-10/text-before", b"x-yencode", lambda p: b"Hello.\r\n" + yencoded(p))
    for label, spelling in {
        "binhex40": b"mac-binhex40",
        "x": b"x-binhex40",
        "binhex": b"binhex",
        "7bit": b"7bit",
    }.items():
        yield _told(f"ENC-11/{label}", spelling, binhexed)
    for label, media in {"mac-binhex40": b"application/mac-binhex40", "x-binhex": b"application/x-binhex40"}.items():
        yield Mutation(f"ENC-11/type-{label}", on_leaf(bind(_binhex_typed, media)))
    yield Mutation("ENC-11/applefile", on_leaf(_apple_single))
    yield Mutation("ENC-11/appledouble", on_leaf(_apple_double), demand=FINDING)
    for label, spelling in {
        "gzip64": b"gzip64",
        "x-gzip64": b"x-gzip64",
        "gzip": b"gzip",
        "x-gzip": b"x-gzip",
        "base64": B64,
    }.items():
        yield _told(f"ENC-12/{label}", spelling, _gzip64)
    yield written("ENC-12/raw", b"x-gzip", lambda p: gzip.compress(p, mtime=0))
    yield written("ENC-12/deflate", b"deflate", lambda p: base64_of(zlib.compress(p)))
    yield Mutation("ENC-12/content-encoding", on_leaf(_content_encoded))


def _binhex_typed(entity: Entity, media: bytes) -> Made:
    payload = entity.payload
    return entity.set(CT, media).drop(CTE).with_body(binhexed(payload)) if payload else None


def _apple_single(entity: Entity) -> Made:
    payload = entity.payload if entity.media != b"text/plain" else None
    typed = entity.set(CT, b'application/applefile; name="smime.p7m"')
    return typed.with_body(base64_of(apple_single(payload))) if payload else None


def _content_encoded(entity: Entity) -> Made:
    payload = entity.payload
    told = payload and entity.tells
    return entity.last((b"Content-Encoding", b" gzip")).with_body(_gzip64(payload or b"")) if told else None


def _gzip64(data: bytes) -> bytes:
    return base64_of(gzip.compress(data, mtime=0))


def _apple_double(entity: Entity) -> Made:
    if not entity.payload or entity.media.endswith(b"-signature"):
        return None
    header = Entity(
        ((CT, b" application/applefile"), (CTE, b" base64")), base64_of(apple_single(entity.payload, double=True))
    )
    data = Entity(tuple(row for row in entity.fields if row[0].lower().startswith(b"content-")), entity.body)
    parts = b"".join(b"--ad\r\n" + part.data + CRLF for part in (header, data))
    return entity.set(CT, b'multipart/appledouble; boundary="ad"').drop(CTE).with_body(parts + b"--ad--\r\n")


def _whole(multi: Multi, value: bytes, write: Callable[[bytes], bytes]) -> Made:
    return multi.entity.set(CTE, value).with_body(write(multi.entity.body))


def _composite() -> Iterator[Mutation]:
    forms: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
        "base64": (B64, base64_of), "qp": (b"quoted-printable", quoted_of), "uu": (b"x-uuencode", uuencoded),
        "base64-said": (B64, bytes),
        "qp-said": (b"quoted-printable", bytes), "unknown-said": (b"x-none", bytes),
        "base64-not-said": (b"7bit", base64_of), "gzip64": (b"gzip64", _gzip64),
        "base64-unwrapped": (B64, b64encode),
    }  # fmt: skip
    for label, (value, write) in forms.items():
        yield Mutation(f"ENC-13/multipart-{label}", on_multi(bind(_whole, value, write)))


def _packed(seed: Seed, *, alone: bool = False, plain: bool = False) -> bytes | None:
    # Exchange packs no message that is a signature alone, and knows no OpenPGP.
    alone_signature = seed.root.media.endswith(b"-signature")
    if seed.family == {"pgp"} or alone_signature or seed.outcome not in {"blocked", "undetermined"}:
        return None
    return packed(seed.data, tnef.stream(item_of(seed.data), plain=plain), alone=alone)


def _edited(seed: Seed, old: bytes, new: bytes) -> bytes | None:
    """Packed, and then made to look like something else."""
    made = _packed(seed)
    return made.replace(old, new) if made else None


def _winmail() -> Iterator[Mutation]:
    for alone in (False, True):
        for plain in (False, True):
            label = ("alone" if alone else "beside-text") + ("-plain" if plain else "")
            yield Mutation(f"ENC-14/{label}", partial(_packed, alone=alone, plain=plain))
    yield Mutation("ENC-14/octet-stream", bind(_edited, b"application/ms-tnef", b"application/octet-stream"))
    yield Mutation("ENC-14/another-name", bind(_edited, b"winmail.dat", b"win.bin"))


def _charsets() -> Iterator[Mutation]:
    for charset in (
        b"utf-7",
        b"utf-16",
        b"utf-16le",
        b"ibm500",
        b"x-ebcdic",
        b"utf-32",
        b"unknown-8bit",
        b"iso-2022-jp",
    ):
        label = charset.decode()
        yield Mutation(
            f"ENC-15/{label}",
            on_root(bind(lambda e, c: e.set(CT, v + b"; charset=" + c) if (v := e.value(CT)) else None, charset)),
            PRIMARY,
        )
        yield Mutation(
            f"ENC-15/{label}-leaf",
            on_leaf(bind(lambda e, c: e.set(CT, v + b"; charset=" + c) if (v := e.value(CT)) else None, charset)),
            PRIMARY,
        )


def mutations() -> Iterator[Mutation]:
    yield from _older()
    yield from _composite()
    yield from _winmail()
    yield from _charsets()
