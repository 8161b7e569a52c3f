"""Table 4, transfer encodings as they are spelt and written (ENC-01..08)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from hostile.catalogue.model import (
    ANY,
    CRLF,
    CTE,
    PRIMARY,
    Entity,
    Mutation,
    base64_of,
    bind,
    on_leaf,
    quoted_of,
    wrapped,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hostile.catalogue.model import Made

B64 = b"base64"


def encoded(encoding: bytes | None, body: Callable[[bytes], bytes]) -> Callable[[Entity], Made]:
    """The protected entity with this Content-Transfer-Encoding (None: no field) and its content written so."""

    def change(entity: Entity) -> Made:
        payload = entity.payload
        if payload is None:
            return None
        made = entity.drop(CTE) if encoding is None else entity.set(CTE, encoding)
        return made.with_body(body(payload))

    return change


def written(
    ident: str, encoding: bytes | None, body: Callable[[bytes], bytes] = base64_of, expect: str = ANY
) -> Mutation:
    return Mutation(ident, on_leaf(encoded(encoding, body)), expect)


def _two() -> Iterator[Mutation]:
    def fields(*values: bytes) -> Callable[[Entity], Made]:
        return lambda e: e.set(CTE, *values) if e.payload else None

    decoys = {
        "7bit": b"7bit",
        "8bit": b"8bit",
        "qp": b"quoted-printable",
        "binary": b"binary",
        "uu": b"x-uuencode",
        "unknown": b"x-none",
        "empty": b"",
    }
    for label, decoy in decoys.items():
        yield Mutation(f"ENC-01/right-first-{label}", on_leaf(fields(B64, decoy)), PRIMARY)
        yield Mutation(f"ENC-01/right-last-{label}", on_leaf(fields(decoy, B64)))
        yield Mutation(f"ENC-01/right-between-{label}", on_leaf(fields(decoy, B64, decoy)))
        apart = bind(lambda e, d: e.first((CTE, b" " + d)) if e.payload else None, decoy)
        yield Mutation(f"ENC-01/decoy-at-the-top-{label}", on_leaf(apart))
    yield Mutation("ENC-01/same-twice", on_leaf(fields(B64, B64)), PRIMARY)
    for label, values in {"qp-first": (b"quoted-printable", B64), "qp-last": (B64, b"quoted-printable")}.items():
        change = bind(lambda e, v: e.set(CTE, *v).with_body(quoted_of(p)) if (p := e.payload) else None, values)
        yield Mutation(f"ENC-01/written-in-qp-{label}", on_leaf(change))


LISTS = {
    "comma": b"base64, quoted-printable", "comma-tight": b"base64,quoted-printable",
    "semicolon": b"base64;quoted-printable", "blank": b"base64 quoted-printable",
    "last": b"quoted-printable, base64", "last-semicolon": b"7bit; base64", "last-blank": b"7bit base64",
    "slash": b"base64/7bit", "trailing-comma": b"base64,",
    "trailing-semicolon": b"base64;", "parameter": b"base64; x=y", "same": b"base64, base64",
    "leading-comma": b",base64", "leading-semicolon": b";base64",
    "three": b"7bit, 8bit, base64", "colon": b"base64:7bit", "equals": b"encoding=base64", "pipe": b"base64|7bit",
}  # fmt: skip
UNKNOWN = {
    "digits": b"base645", "x": b"x-base64", "64bit": b"64bit", "empty": b"", "utf-7": b"utf-7", "hyphen": b"base-64",
    "blank": b"base 64", "bas64": b"bas64",
    "b": b"b", "dot": b"base64.", "equals": b"=base64", "no-break-blank": b"base64\xa0", "mime64": b"mime64",
    "none": b"none", "7bit": b"7bit", "8bit": b"8bit",
    "binary": b"binary", "qp": b"quoted-printable", "uuencode": b"x-uuencode", "dotted": b"base.64",
    "base32": b"base32", "base128": b"base128", "utf-8": b"utf-8",
    "text": b"text/plain", "x-none": b"x-none", "ietf": b"ietf-token", "mac": b"mac-binhex40", "hex": b"hex",
    "fullwidth": "\uff42ase64".encode(), "zero-width": "base\u200b64".encode(),
}  # fmt: skip
SPELT = {
    "comment-before": b"(c)base64", "comment-behind": b"base64(c)", "comment-blank": b"base64 (7bit)",
    "decoy-comment": b"(7bit) base64", "quoted": b'"base64"',
    "apostrophes": b"'base64'", "encoded-word": b"=?us-ascii?q?base64?=", "encoded-word-b": b"=?us-ascii?b?YmFzZTY0?=",
    "nul-inside": b"base\x0064",
    "nul-behind": b"base64\0", "vt": b"\vbase64", "folded": b"\r\n base64", "fold-inside": b"base\r\n 64",
    "blank-fold": b"\r\n \r\n base64", "brackets": b"<base64>",
    "open-quote": b'"base64', "comment-inside": b"base(c)64", "unclosed-comment": b"base64 (", "escaped": rb"\base64",
    "8bit": b"base64\xff", "crlf-tab": b"\r\n\tbase64",
    "upper": b"BASE64", "mixed": b"bAsE64", "blanks": b"   base64   ",
}  # fmt: skip


def _spelt() -> Iterator[Mutation]:
    for label, value in LISTS.items():
        yield written(f"ENC-02/{label}", value)
    for label, value in LISTS.items():
        if b"quoted" in value:
            yield written(f"ENC-02/{label}-in-qp", value, quoted_of)
    for label, value in UNKNOWN.items():
        yield written(f"ENC-03/{label}", value)
    yield written("ENC-03/missing", None)
    spellings = {
        "x": b"x-quoted-printable", "underscore": b"quoted_printable", "short": b"quoted", "qp": b"qp", "7bit": b"7bit",
        "base64": B64, "plural": b"quoted-printables", "blank": b"quoted printable",
    }  # fmt: skip
    yield written("ENC-03/in-qp-missing", None, quoted_of)
    for label, value in spellings.items():
        yield written(f"ENC-03/in-qp-{label}", value, quoted_of)
    for label, value in {
        "binary": b"binary",
        "base64": B64,
        "qp": b"quoted-printable",
        "8bit": b"8bit",
    }.items():
        yield written(f"ENC-03/raw-{label}", value, lambda p: p, PRIMARY if label == "binary" else ANY)
    yield written("ENC-03/raw-missing", None, lambda p: p)
    for label, value in SPELT.items():
        yield written(f"ENC-04/{label}", value, expect=PRIMARY if label in {"upper", "mixed", "blanks"} else ANY)


def _chunks(payload: bytes, size: int, between: bytes, least: int = 0) -> bytes:
    """Base64 of pieces, each padded on its own."""
    pieces = [payload[at : at + size] for at in range(0, len(payload), size)]
    if least:
        pieces = [payload[:least], payload[least:]]
    return between.join(base64.b64encode(piece) for piece in pieces) + CRLF


def _padded() -> Iterator[Mutation]:
    for size in (1, 2, 4, 5, 7, 10, 16, 46, 100, 448):
        yield written(f"ENC-05/every-{size}", B64, bind(lambda p, n: wrapped(_chunks(p, n, b"")[:-2]), size))
        yield written(f"ENC-05/every-{size}-on-lines", B64, bind(lambda p, n: _chunks(p, n, CRLF), size))
    for least in (1, 2, 4, 10, 22):
        yield written(f"ENC-05/once-after-{least}", B64, bind(lambda p, n: wrapped(_chunks(p, 1, b"", n)[:-2]), least))
    for label, inside in {
        "four": b"====",
        "one": b"=",
        "three": b"===",
        "two-lines": b"==\r\n==",
        "blank": b" == ",
    }.items():
        yield written(f"ENC-05/stray-{label}", B64, bind(lambda p, i: (t := base64_of(p))[:40] + i + t[40:], inside))
        yield written(
            f"ENC-05/stray-early-{label}", B64, bind(lambda p, i: (t := base64_of(p))[:4] + i + t[4:], inside)
        )
    yield written("ENC-05/text-then-padding", B64, lambda p: base64.b64encode(b"Hello..") + CRLF + base64_of(p))
    yield written("ENC-05/text-then-blank-line", B64, lambda p: base64.b64encode(b"Hello..") + CRLF * 2 + base64_of(p))


def _each(payload: bytes, step: int, junk: bytes) -> bytes:
    text = base64.b64encode(payload)
    return wrapped(junk.join(text[at : at + step] for at in range(0, len(text), step)))


def _junk() -> Iterator[Mutation]:
    for width in (1, 2, 3, 4, 5, 6, 77, 500, 100_000):
        yield written(f"ENC-06/lines-of-{width}", B64, bind(base64_of, width))
    for label, junk in {"exclamation": b"!", "hash": b"#", "star": b"*", "dot": b".", "hyphen": b"-", "8bit": b"\xe9",
        "nul": b"\0", "blank": b" ", "tab": b"\t",
                        "cr": b"\r", "vt": b"\v", "percent": b"%", "underscore": b"_", "colon": b":",
                        "comma": b","}.items():  # fmt: skip
        yield written(f"ENC-06/each-{label}", B64, bind(lambda p, j: _each(p, 1, j), junk))
        yield written(f"ENC-06/some-{label}", B64, bind(lambda p, j: _each(p, 7, j), junk))
    for label, front in {"line": b"junk!!\r\n", "one-letter": b"A\r\n", "two-letters": b"AB\r\n",
        "three-letters": b"ABC\r\n", "padding": b"====\r\n", "one-equals": b"=",
                         "equals-each-line": b"==\r\n" * 3, "blank-lines": CRLF * 5, "many-blank-lines": CRLF * 400,
                         "sentence": b"This is the content:\r\n\r\n", "hyphens": b"--\r\n",
                         "boundary-look": b"--none\r\n", "letter-tight": b"A", "two-letters-tight": b"AB",
                         "three-letters-tight": b"ABC", "long-junk": b"!" * 5000 + CRLF,
                         "begin": b"-----BEGIN PKCS7-----\r\n",
                         "begin-base64": b"begin-base64 644 smime.p7m\r\n"}.items():  # fmt: skip
        yield written(f"ENC-06/before-{label}", B64, bind(lambda p, f: f + base64_of(p), front))
    yield written("ENC-06/no-padding", B64, lambda p: base64_of(p).replace(b"=", b""))
    yield written("ENC-06/cut-in-a-quad", B64, lambda p: base64.b64encode(p)[:-3] + CRLF)
    yield written("ENC-06/junk-behind", B64, lambda p: base64_of(p) + b"\r\n--\r\nbye!\r\n")
    yield written("ENC-06/url-alphabet", B64, lambda p: wrapped(base64.urlsafe_b64encode(p)))
    yield written("ENC-06/quoted-lines", B64, lambda p: b"> " + base64_of(p).replace(CRLF, CRLF + b"> "))
    yield written("ENC-06/indented-lines", B64, lambda p: b"    " + base64_of(p).replace(CRLF, CRLF + b"    "))
    yield written("ENC-06/blank-line-each", B64, lambda p: base64_of(p, end=CRLF * 2))
    yield written(
        "ENC-06/numbered-lines",
        B64,
        lambda p: b"".join(b"[%d] " % at + row + CRLF for at, row in enumerate(base64_of(p).split(CRLF))),
    )
    yield written("ENC-06/twice", B64, lambda p: base64_of(base64_of(p)))
    yield written("ENC-06/html-line-breaks", B64, lambda p: base64_of(p, end=b"<br>" + CRLF))
    yield written("ENC-06/utf-16", B64, lambda p: base64_of(p).decode().encode("utf-16-le"))


def _second_headers() -> Iterator[Mutation]:
    for label, block in {
        "type": b"Content-Type: text/plain\r\n\r\n", "encoding": b"Content-Transfer-Encoding: base64\r\n\r\n",
        "two-blocks": b"X-A: b\r\n\r\nX-C: d\r\n\r\n",
        "sealed": b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n",
    }.items():  # fmt: skip
        yield written(f"ENC-07/{label}", B64, bind(lambda p, b: b + base64_of(p), block))
        yield written(f"ENC-07/{label}-encoded", B64, bind(lambda p, b: base64_of(b + base64_of(p)), block))
        yield written(f"ENC-07/{label}-encoded-raw", B64, bind(lambda p, b: base64_of(b + p), block))
        yield written(
            f"ENC-07/{label}-encoded-apart", B64, bind(lambda p, b: base64_of(b) + CRLF + base64_of(p), block)
        )


def _hex(payload: bytes, pattern: bytes, width: int = 25) -> bytes:
    rows = [payload[at : at + width] for at in range(0, len(payload), width)]
    return b"".join(b"".join(pattern % byte for byte in row) + b"=\r\n" for row in rows) + CRLF


def _soft(payload: bytes, end: bytes) -> bytes:
    return quoted_of(payload).replace(b"=\r\n", b"=" + end)


def _quoted() -> Iterator[Mutation]:
    qp = b"quoted-printable"
    yield written("ENC-08/plain", qp, quoted_of, PRIMARY)
    yield written("ENC-08/all", qp, lambda p: _hex(p, b"=%02X"), PRIMARY)
    yield written("ENC-08/lower", qp, lambda p: _hex(p, b"=%02x"))
    yield written("ENC-08/blank-inside", qp, lambda p: _hex(p, b"= %02X"))
    yield written("ENC-08/long-lines", qp, lambda p: _hex(p, b"=%02X", 100_000))
    yield written("ENC-08/one-a-line", qp, lambda p: _hex(p, b"=%02X", 1))
    for label, end in {
        "blanks": b"  \r\n",
        "tab": b"\t\r\n",
        "lf": b"\n",
        "cr": b"\r",
        "crcrlf": b"\r\r\n",
        "nul": b"\0\r\n",
        "vt": b"\v\r\n",
        "two": b"=\r\n",
    }.items():
        yield written(f"ENC-08/soft-{label}", qp, bind(_soft, end))
    for label, junk in {
        "bad-hex": b"=ZZ",
        "half": b"=0",
        "half-end": b"=\r\n=0",
        "lone": b"=",
        "text-first": b"Hello=20\r\n",
    }.items():
        yield written(f"ENC-08/{label}-behind", qp, bind(lambda p, j: quoted_of(p) + j, junk))
        yield written(f"ENC-08/{label}-late", qp, bind(lambda p, j: (t := _hex(p, b"=%02X"))[:300] + j + t[300:], junk))
    yield written("ENC-08/text-before", qp, lambda p: b"Hello,=20\r\n" + quoted_of(p))
    yield written("ENC-08/base64-inside", qp, lambda p: base64_of(p).replace(b"=", b"=3D"))
    yield written("ENC-08/base64-inside-soft", qp, lambda p: base64_of(p).replace(b"=", b"=3D").replace(CRLF, b"=\r\n"))
    yield written("ENC-08/base64-inside-all", qp, lambda p: _hex(base64_of(p), b"=%02X"))
    yield written("ENC-08/base64-said", B64, lambda p: base64_of(p).replace(b"=", b"=3D").replace(CRLF, b"=\r\n"))
    yield written("ENC-08/underscores", qp, lambda p: quoted_of(p).replace(b" ", b"_"))


def mutations() -> Iterator[Mutation]:
    yield from _two()
    yield from _spelt()
    yield from _padded()
    yield from _junk()
    yield from _second_headers()
    yield from _quoted()
