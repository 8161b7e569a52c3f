"""Tricks on tricks: two or three of them in one mail, each of which a reader could see through."""

from __future__ import annotations

import base64
import codecs
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from hostile.catalogue.encoders import uuencoded
from hostile.catalogue.model import CRLF, CT, CTE, Entity, Mutation, base64_of, bind, quoted_of, wrapped
from hostile.catalogue.mutations.encodings import encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from hostile.catalogue.model import Multi, Seed

B64 = b"base64"


def _pieces(payload: bytes) -> bytes:
    return wrapped(b"".join(base64.b64encode(payload[at : at + 16]) for at in range(0, len(payload), 16)))


LEAF: dict[str, Callable[[Entity], object]] = {
    "encoding-twice": lambda e: e.set(CTE, b"7bit", B64) if e.payload else None,
    "encoding-unknown": encoded(b"x-none", base64_of),
    "encoding-list": encoded(b"base64, quoted-printable", base64_of),
    "encoding-missing": encoded(None, base64_of),
    "encoding-comment": encoded(b"(c)base64", base64_of),
    "padding": encoded(B64, _pieces),
    "junk": encoded(B64, lambda p: b"junk!!" + CRLF + base64_of(p, 5)),
    "shifted": encoded(B64, lambda p: b"ABC" + base64_of(p)),
    "qp-said-base64": encoded(B64, quoted_of),
    "qp-unknown": encoded(b"x-qp", quoted_of),
    "uu-bare": encoded(b"x-uuencode", lambda p: uuencoded(p, begin=b"", end=b"")),
    "second-header": encoded(B64, lambda p: b"Content-Type: text/plain" + CRLF * 2 + base64_of(p)),
}
PART: dict[str, Callable[[Entity], Entity]] = {
    "blank-line": lambda e: replace(e, fields=((b"", b""), *e.fields)),
    "text-first": lambda e: e.first((CT, b" text/plain")),
    "space-colon": lambda e: e.put(CT, (CT + b" ", b" " + (e.value(CT) or b""))),
    "nul": lambda e: e.put(CT, (CT[:4] + b"\0" + CT[4:], b" " + (e.value(CT) or b""))),
    "garbage": lambda e: e.first((b"junk line", b"")),
    "no-separator": lambda e: replace(e, separator=b" " + CRLF),
    "lf": lambda e: replace(e, separator=b"\n"),
}
HEAD: dict[str, Callable[[Entity], Entity]] = {
    "text-first": lambda e: e.first((CT, b" text/plain")),
    "decoy-last": lambda e: e.last((CT, b' multipart/mixed; boundary="nowhere"')),
    "space-colon": lambda e: e.put(CT, (CT + b" ", b" " + (e.value(CT) or b""))),
    "underscore": lambda e: e.put(CT, (b"Content_Type", b" " + (e.value(CT) or b""))),
    "garbage": lambda e: e.put(CT, (b"junk line", b""), (CT, b" " + (e.value(CT) or b""))),
    "bare-cr": lambda e: e.put(CT, (b"X-A", b" a\r" + CT + b": " + (e.value(CT) or b""))),
    "folded": lambda e: e.put(CT, (CT, CRLF + b" " + CRLF + b" " + (e.value(CT) or b""))),
    "no-version": lambda e: e.drop(b"MIME-Version"),
    "nul": lambda e: e.put(CT, (CT[:4] + b"\0" + CT[4:], b" " + (e.value(CT) or b""))),
    "gap": lambda e: replace(e, separator=b"\t" + CRLF),
}
MULTI: dict[str, Callable[[Multi], Entity]] = {
    "decoy-boundary": lambda m: m.renamed(b"real", b"boundary=decoy; boundary=real"),
    "comment": lambda m: m.renamed(b"real", b"boundary=(boundary=decoy)real"),
    "pieces": lambda m: m.renamed(b"real", b"boundary*1=al; boundary*0=re"),
    "quote": lambda m: m.renamed(b"real", b'name="x; boundary=real'),
    "encoded-word": lambda m: m.renamed(b"real", b'boundary="=?us-ascii?q?real?="'),
    "missing": lambda m: m.renamed(b"real", b"x=y"),
    "empty": lambda m: m.renamed(b"", b'boundary=""'),
    "indented": lambda m: m.entity.with_body(m.built(open_=lambda _, p: b" " + p)),
    "junk-behind": lambda m: m.entity.with_body(m.built(open_=lambda _, p: p + b"\vX")),
    "after-close": lambda m: m.entity.with_body(b"--" + m.boundary + b"--" + CRLF + m.built(preamble=b"")),
    "retyped": lambda m: m.entity.set(CT, b"multi part/x; " + m.entity.parameters),
    "blank-lines": lambda m: m.entity.with_body(m.built(parts=[CRLF + part for part in m.parts])),
    "whole-base64": lambda m: m.entity.set(CTE, B64).with_body(base64_of(m.entity.body)),
}
FILE: dict[str, Callable[[bytes], bytes]] = {
    "cr": lambda f: f.replace(CRLF, b"\r"),
    "crcrlf": lambda f: f.replace(CRLF, b"\r\r\n"),
    "mark": lambda f: codecs.BOM_UTF8 + f,
    "blank-lines": lambda f: CRLF * 2 + f,
    "from-line": lambda f: b">From a@example.org Mon Mar  2 10:11:12 2026" + CRLF + f,
    "utf-16": lambda f: codecs.BOM_UTF16_LE + f.decode("latin-1").encode("utf-16-le"),
    "garbage": lambda f: b"junk line" + CRLF + f,
}


def _stacked(seed: Seed, names: tuple[str, ...]) -> bytes | None:
    """The tricks of these names (``LEAF/...`` and so on), innermost first; None where one does not fit."""
    steps = dict(name.split("/") for name in names)
    root: Entity | None = seed.root
    if "LEAF" in steps or "PART" in steps:
        root = _inside(seed, steps)
    if root and "MULTI" in steps:
        root = MULTI[steps["MULTI"]](multi) if (multi := root.multi) else None
    if root and "HEAD" in steps:
        root = HEAD[steps["HEAD"]](root)
    if not root:
        return None
    return FILE[steps["FILE"]](root.data) if "FILE" in steps else root.data


def _inside(seed: Seed, steps: dict[str, str]) -> Entity | None:
    leaf = seed.leaf
    if leaf and "LEAF" in steps:
        made = LEAF[steps["LEAF"]](leaf)
        leaf = made if isinstance(made, Entity) else None
    if leaf and "PART" in steps:
        leaf = PART[steps["PART"]](leaf) if seed.child is not None else None
    if not leaf or seed.child is None:
        return leaf
    multi = seed.root.multi
    return multi.with_part(seed.child, leaf.data) if multi else None


STAGES: dict[str, Iterable[str]] = {"LEAF": LEAF, "PART": PART, "MULTI": MULTI, "HEAD": HEAD, "FILE": FILE}
PAIRS = (
    ("LEAF", "HEAD"),
    ("LEAF", "MULTI"),
    ("LEAF", "PART"),
    ("PART", "MULTI"),
    ("MULTI", "HEAD"),
    ("HEAD", "FILE"),
    ("MULTI", "FILE"),
    ("LEAF", "FILE"),
)
TRIPLES = (
    ("LEAF", "MULTI", "FILE"),
    ("LEAF", "PART", "MULTI"),
    ("MULTI", "HEAD", "FILE"),
    ("LEAF", "HEAD", "FILE"),
    ("PART", "MULTI", "HEAD"),
)
PAIR_STRIDE, TRIPLE_STRIDE = 3, 17
"""Every how many combinations are taken: coprime to the sizes of the tables, so that each trick is in some."""


def mutations() -> Iterator[Mutation]:
    for kinds, stride in ((PAIRS, PAIR_STRIDE), (TRIPLES, TRIPLE_STRIDE)):
        for stages in kinds:
            tables = [[f"{stage}/{name}" for name in STAGES[stage]] for stage in stages]
            chosen = list(product(*tables))
            for names in chosen[::stride]:
                ident = "+".join(name.lower().replace("/", "-") for name in names)
                yield Mutation(f"STACK/{ident}", bind(_stacked, names))
