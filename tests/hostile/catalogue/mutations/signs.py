"""Table 4b: what only one kind of protection has (SIG-07..09, SIG-11, HDR)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hostile.catalogue.model import (
    CD,
    CRLF,
    CT,
    CTE,
    FINDING,
    OWN,
    Entity,
    Multi,
    Mutation,
    Seed,
    base64_of,
    bind,
    bytes_of,
    on_multi,
    on_root,
    quoted_of,
)
from hostile.catalogue.mutations.fields import CONTROLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hostile.catalogue.model import Made

PROTOCOL = re.compile(rb';\s*protocol="?[^";\r\n]*"?')
PROTOCOLS = {
    "missing": b"", "empty": b"; protocol=", "bare": b"; protocol=application/pkcs7-signature",
    "unknown": b'; protocol="application/x-none"',
    "pgp": b'; protocol="application/pgp-signature"', "smime": b'; protocol="application/pkcs7-signature"',
    "extended": b"; protocol*=us-ascii''application%2Fpkcs7-signature",
    "pieces": b'; protocol*0="application/"; protocol*1="pkcs7-signature"',
    "encoded": b'; protocol="=?us-ascii?q?application/pkcs7-signature?="',
    "twice": b'; protocol="application/x-none"; protocol="application/pkcs7-signature"',
    "comment": b"; protocol=(x)application/pkcs7-signature",
    "upper": b'; PROTOCOL="APPLICATION/PKCS7-SIGNATURE"', "open": b'; protocol="application/pkcs7-signature',
    "space": b'; protocol="application / pkcs7-signature"',
}  # fmt: skip


def _protocol(multi: Multi, protocol: bytes) -> Made:
    if multi.entity.media != b"multipart/signed":
        return None
    value = PROTOCOL.sub(b"", multi.other)
    return multi.entity.set(CT, value + b'; boundary="' + multi.boundary + b'"' + protocol)


def _signed() -> Iterator[Mutation]:
    for label, protocol in PROTOCOLS.items():
        yield Mutation(f"SIG-07/protocol-{label}", on_multi(bind(_protocol, protocol)))
    for label, media in {
        "octet-stream": b'application/octet-stream; name="smime.p7s"', "x": b"application/x-pkcs7-signature",
        "no-name": b"application/pkcs7-signature",
        "mime": b'application/pkcs7-mime; name="smime.p7s"', "plain": b"text/plain",
        "pgp": b"application/pgp-signature",
    }.items():  # fmt: skip

        def retype(multi: Multi, media: bytes) -> Made:
            if multi.entity.media != b"multipart/signed":
                return None
            return multi.with_part(1, Entity.parse(multi.parts[1]).drop(CD).set(CT, media).data)

        yield Mutation(f"SIG-07/signature-as-{label}", on_multi(bind(retype, media)))
    yield Mutation("SIG-06/signature-empty", on_multi(_emptied))


def _emptied(multi: Multi) -> Made:
    if multi.entity.media != b"multipart/signed":
        return None
    return multi.with_part(1, Entity.parse(multi.parts[1]).with_body(b"").data)


ARMOUR = re.compile(rb"-----BEGIN PGP [\s\S]*-----END PGP [A-Z ]*-----(\r\n)?")


def _armoured(entity: Entity, change: Callable[[bytes], bytes]) -> Made:
    found = ARMOUR.search(entity.body) if entity.media == b"text/plain" else None
    if not found:
        return None
    return entity.with_body(entity.body[: found.start()] + change(found[0]) + entity.body[found.end() :])


def _rewritten(entity: Entity, name: bytes, value: bytes, write: Callable[[bytes], bytes]) -> Made:
    """A text with armour in it, written in another way and labelled so."""
    if entity.media != b"text/plain" or not ARMOUR.search(entity.body):
        return None
    return entity.set(name, value).with_body(write(entity.body))


def _armour() -> Iterator[Mutation]:
    changes: dict[str, Callable[[bytes], bytes]] = {
        "blanks-behind": lambda a: a.replace(CRLF, b"  " + CRLF), "lf": lambda a: a.replace(CRLF, b"\n"),
        "cr": lambda a: a.replace(CRLF, b"\r"),
        "twice": lambda a: a + CRLF + a, "charset": lambda a: a.replace(CRLF, CRLF + b"Charset: utf-8" + CRLF, 1),
        "text-behind": lambda a: a + b"Bye." + CRLF,
        "blank-lines": lambda a: a.replace(CRLF, CRLF * 2), "crcrlf": lambda a: a.replace(CRLF, b"\r\r\n"),
        "mark": lambda a: b"\xef\xbb\xbf" + a, "no-checksum": lambda a: re.sub(rb"=[\w+/]{4}\r\n", b"", a),
    }  # fmt: skip
    for label, change in changes.items():
        yield Mutation(f"SIG-08/{label}", on_root(bind(_armoured, change)), demand=FINDING)
    page = lambda t: b"<html><body><pre>" + CRLF + t + b"</pre></body></html>" + CRLF  # noqa: E731 - one line
    yield Mutation("SIG-08/in-html", on_root(bind(_rewritten, CT, b"text/html", page)), demand=FINDING)
    quoted = bind(_rewritten, CTE, b"quoted-printable", quoted_of)
    yield Mutation("SIG-08/in-qp", on_root(quoted), demand=FINDING)
    yield Mutation("SIG-08/in-unknown", on_root(bind(_rewritten, CTE, b"x-none", base64_of)), demand=FINDING)


PEC_FIELDS = (b"X-Trasporto", b"X-Ricevuta")


def _of_pec(change: Callable[[Entity, bytes, bytes], Made]) -> Callable[[Seed], bytes | None]:
    """A mutation of the field that makes a message a PEC."""

    def make(seed: Seed) -> bytes | None:
        for name in PEC_FIELDS:
            if (value := seed.root.value(name)) is not None:
                return bytes_of(change(seed.root, name, value))
        return None

    return make


READ_AS_NAMES = {
    "blank-before-colon",
    "tab-before-colon",
    "upper",
    "lower",
    *(f"{label}-within" for label in ("nul", "cr", "vt", "ff")),
}
"""Spellings of a field's name that some reader takes for it. The others leave a copy of a PEC without its field."""


def _pec() -> Iterator[Mutation]:
    spelt: dict[str, Callable[[bytes], bytes]] = {
        "blank-before-colon": lambda n: n + b" ", "tab-before-colon": lambda n: n + b"\t", "upper": bytes.upper,
        "lower": bytes.lower, "two-colons": lambda n: n + b":",
        "underscore": lambda n: n.replace(b"-", b"_"), "blank-in-front": lambda n: b" " + n,
        "quoted": lambda n: b'"' + n + b'"', "missing-letter": lambda n: n[:-1],
        **{f"{label}-within": bind(lambda n, o: n[:4] + o + n[4:], data) for label, data in CONTROLS.items()},
    }  # fmt: skip
    for label, spell in spelt.items():
        change = bind(lambda e, n, v, s: e.put(n, (s(n), b" " + v)), spell)
        yield Mutation(f"SIG-09/name-{label}", _of_pec(change), demand=OWN if label in READ_AS_NAMES else FINDING)
    values: dict[str, Callable[[bytes], bytes]] = {
        "upper": bytes.upper, "folded": lambda v: CRLF + b" " + v,
        "fold-inside": lambda v: v[:5] + CRLF + b" " + v[5:], "comment": lambda v: v + b" (x)",
        "quoted": lambda v: b'"' + v + b'"',
        "unknown": lambda _: b"x-none", "empty": lambda _: b"", "encoded": lambda v: b"=?us-ascii?q?" + v + b"?=",
        "nul": lambda v: v + b"\0", "blank-fold": lambda v: CRLF + b" " + CRLF + b" " + v,
    }  # fmt: skip
    for label, rewrite in values.items():
        yield Mutation(f"SIG-09/value-{label}", _of_pec(bind(lambda e, n, v, r: e.set(n, r(v)), rewrite)))
    yield Mutation("SIG-09/twice-disagreeing", _of_pec(lambda e, n, v: e.set(n, b"x-none", v)))
    yield Mutation("SIG-09/twice-disagreeing-behind", _of_pec(lambda e, n, v: e.set(n, v, b"x-none")))
    yield Mutation(
        "SIG-09/both-fields",
        _of_pec(lambda e, n, _: e.first(*((name, b" errore") for name in PEC_FIELDS if name != n))),
    )
    yield Mutation("SIG-09/after-bare-cr", _of_pec(lambda e, n, v: e.put(n, (b"X-A", b" a\r" + n + b": " + v))))
    yield Mutation("SIG-09/after-vt", _of_pec(lambda e, n, v: e.put(n, (b"X-A", b" a\v" + n + b": " + v))))
    yield Mutation("SIG-09/gone", _of_pec(lambda e, _, __: e.drop(*PEC_FIELDS)), demand=FINDING)
    yield Mutation("SIG-09/moved-to-the-end", _of_pec(lambda e, n, v: e.drop(n).last((n, b" " + v))))
    yield Mutation("SIG-09/into-the-signed-part", _of_pec(_moved_inside), demand=FINDING)
    for label, rename in {
        "postacert": (b"postacert.eml", b"message.txt"),
        "daticert": (b"daticert.xml", b"data.bin"),
        "both": (b"cert.", b"data."),
    }.items():
        yield Mutation(f"SIG-09/names-{label}", bind(_edited, "pec", *rename))
    for label, old in {"daticert": b"application/xml", "postacert": b"message/rfc822"}.items():
        yield Mutation(f"SIG-09/type-{label}", bind(_edited, "pec", old, b"application/octet-stream"))
    yield Mutation("SIG-09/retyped-as-text", _of_pec(_as_text), demand=FINDING)


def _edited(seed: Seed, family: str, old: bytes, new: bytes) -> bytes | None:
    """A seed of that family with other bytes in some places."""
    return seed.data.replace(old, new) if family in seed.family else None


def _as_text(entity: Entity, _name: bytes, _value: bytes) -> Made:
    return entity.drop(CT, CTE).last((CT, b" text/plain"))


def _moved_inside(entity: Entity, name: bytes, value: bytes) -> Made:
    multi = entity.drop(name).multi
    return multi.with_part(0, name + b": " + value + CRLF + multi.parts[0]) if multi else None


def _rights() -> Iterator[Mutation]:
    magic = b"dugEYMQR44ag"
    edits = {
        "name": (b"message.rpmsg", b"message.bin"),
        "type": (b"application/x-microsoft-rpmsg-message", b"application/octet-stream"),
        "magic": (magic, b"AAAAAAAAAAAA"),
        "upper-name": (b"message.rpmsg", b"MESSAGE.RPMSG"),
        "class": (b"Content-Class: rpmsg.message", b"X-Class: none"),
        "upper-type": (b"application/x-microsoft-rpmsg-message", b"APPLICATION/X-MICROSOFT-RPMSG-MESSAGE"),
    }  # fmt: skip
    whole = lambda s: _edited(s, "rights", *edits["magic"]) if b"x-microsoft-rpmsg" in s.data else None  # noqa: E731 - one line
    yield Mutation("SIG-11/magic", whole, demand=FINDING)
    for label, pair in edits.items():
        if label == "magic":
            continue
        yield Mutation(f"SIG-11/{label}", bind(_edited, "rights", *pair), demand=FINDING if label == "name" else OWN)


FIELDS = {
    "from-twice": (b"From", b"Anna <a@example.org>"), "to-twice": (b"To", b"other@example.net"),
    "subject-twice": (b"Subject", b"Another"), "date-twice": (b"Date", b"Mon, 2 Mar 2026 10:11:12 +0100"),
    "from-nul": (b"From", b"An\0na <a@example.org>"), "from-group": (b"From", b"g: a@example.org;"),
    "from-route": (b"From", b"<@a,@b:c@example.org>"), "attribute-headers": (b"headers", b"x"),
    "attribute-body": (b"body", b"x"), "attribute-class": (b"__class__", b"x"), "constructor": (b"constructor", b"x"),
    "escape": (b"Subject", b"\x1b[2J\x07"),
    "bidi": (b"Subject", "\u202egpj.exe\u2028".encode()), "surrogate": (b"Subject", b"\xed\xa0\x80"),
    "id-twice": (b"Message-ID", b"<[a]@[b].x>"),
}  # fmt: skip


def _people() -> Iterator[Mutation]:
    for label, (name, value) in FIELDS.items():
        row = (
            "HDR-02"
            if label.startswith(("attribute", "constructor"))
            else "HDR-03"
            if label in {"escape", "bidi", "surrogate"}
            else "HDR-01"
        )
        yield Mutation(f"{row}/{label}-first", on_root(bind(lambda e, n, v: e.first((n, b" " + v)), name, value)))
        yield Mutation(f"{row}/{label}-last", on_root(bind(lambda e, n, v: e.last((n, b" " + v)), name, value)))


def mutations() -> Iterator[Mutation]:
    yield from _signed()
    yield from _armour()
    yield from _pec()
    yield from _rights()
    yield from _people()
