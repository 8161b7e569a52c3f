"""Table 4, lines and files (AMB-30, 32, 34, 38..43, 46..48) and table 5 (FILE)."""

from __future__ import annotations

import codecs
import gzip
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from hostile.catalogue.model import (
    CD,
    CRLF,
    CT,
    CTE,
    FINDING,
    OUTCOME,
    OWN,
    PRIMARY,
    Entity,
    Mutation,
    base64_of,
    bind,
    on_file,
    on_leaf,
    on_part,
    on_root,
)
from hostile.catalogue.mutations.fields import both

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hostile.catalogue.model import Made


def _ends(head: bytes, body: bytes | None = None, separator: bytes | None = None) -> Callable[[Entity], Made]:
    behind = head if body is None else body
    return lambda e: e.head.replace(CRLF, head) + (separator or head) + e.body.replace(CRLF, behind)


def _alternating(data: bytes, *ends: bytes) -> bytes:
    lines = data.split(CRLF)
    return b"".join(line + ends[at % len(ends)] for at, line in enumerate(lines[:-1])) + lines[-1]


def _if_coded(change: Callable[[Entity], Made]) -> Callable[[Entity], Made]:
    return lambda e: change(e) if e.is_cms else None


def _line_ends() -> Iterator[Mutation]:
    for label, end in {"vt": b"\v", "ff": b"\f", "nel": b"\x85", "rs": b"\x1e", "ls": b"\xe2\x80\xa8"}.items():
        # Ends of lines to some libraries for text, to no reader of mail.
        yield Mutation(f"AMB-30/{label}", on_root(_ends(end)), demand=OUTCOME)
        yield Mutation(f"AMB-30/{label}-in-body", on_leaf(_if_coded(_ends(CRLF, end))))
    for label, end in {"cr": b"\r", "lf": b"\n", "crcrlf": b"\r\r\n", "lfcr": b"\n\r", "crcrcrlf": b"\r\r\r\n",
        "crnullf": b"\r\0\n",
                       "nulcrlf": b"\0\r\n", "crlfnul": b"\r\n\0"}.items():  # fmt: skip
        expect = PRIMARY if label in {"cr", "lf"} else "any"
        yield Mutation(f"AMB-30/{label}", on_root(_ends(end)), expect)
        yield Mutation(f"AMB-30/{label}-in-header", on_root(_ends(end, CRLF)))
        if label not in {"cr", "lf"}:
            yield Mutation(f"AMB-30/{label}-in-header-then-blank-line", on_root(_ends(end, CRLF, CRLF * 2)))
        yield Mutation(f"AMB-30/{label}-in-body", on_root(_ends(CRLF, end)))
        yield Mutation(f"AMB-30/{label}@part", on_part(_ends(end)))
        yield Mutation(f"AMB-30/{label}-in-header@part", on_part(_ends(end, CRLF, CRLF)))
    for label, ends in {"cr-lf": (b"\r", b"\n"), "crlf-lf": (CRLF, b"\n"), "crlf-cr": (CRLF, b"\r"),
        "crlf-crcrlf": (CRLF, b"\r\r\n"),
                        "three": (CRLF, b"\n", b"\r")}.items():  # fmt: skip
        yield Mutation(f"AMB-30/alternating-{label}", on_file(bind(lambda f, e: _alternating(f, *e), ends)))


def _separators() -> Iterator[Mutation]:
    for label, gap in {"missing": b"", "blank": b" \r\n", "tab": b"\t\r\n", "lf": b"\n", "cr": b"\r", "vt": b"\v\r\n",
        "nul": b"\0\r\n",
                       "crcrlf": b"\r\r\n", "hyphens": b"--\r\n", "dot": b".\r\n", "colon": b":\r\n",
                       "no-break-blank": b"\xa0\r\n",
                       "blanks": b"    \r\n", "ff": b"\f\r\n", "words": b"Hello\r\n"}.items():  # fmt: skip
        yield from both(f"AMB-32/{label}", bind(lambda e, g: replace(e, separator=g), gap))


def _beginnings() -> Iterator[Mutation]:
    for label, front in {"one": CRLF, "three": CRLF * 3, "fifty": CRLF * 50, "lf": b"\n", "cr": b"\r",
        "blank": b" \r\n", "tab": b"\t\r\n",
                         "ff": b"\f\r\n", "nul": b"\0\r\n", "hundred-nuls": b"\0" * 100}.items():  # fmt: skip
        yield Mutation(f"AMB-34/{label}", on_file(bind(lambda f, o: o + f, front)))
    for label, mark in {"utf-8": codecs.BOM_UTF8, "twice": codecs.BOM_UTF8 * 2,
        "utf-8-blank-line": codecs.BOM_UTF8 + CRLF,
                        "utf-16": codecs.BOM_UTF16_LE, "utf-7": b"+/v8-",
                        "blank": b" " + codecs.BOM_UTF8}.items():  # fmt: skip
        yield Mutation(f"AMB-39/{label}", on_file(bind(lambda f, o: o + f, mark)))
    for label, codec, mark in (("le", "utf-16-le", codecs.BOM_UTF16_LE), ("be", "utf-16-be", codecs.BOM_UTF16_BE)):
        yield Mutation(f"AMB-40/{label}", on_file(bind(lambda f, c, m: m + f.decode("latin-1").encode(c), codec, mark)))
        yield Mutation(f"AMB-40/{label}-no-mark", on_file(bind(lambda f, c: f.decode("latin-1").encode(c), codec)))
    yield Mutation(
        "AMB-40/le-cut", on_file(lambda f: codecs.BOM_UTF16_LE + f.decode("latin-1").encode("utf-16-le")[:-1])
    )
    yield Mutation("AMB-40/body-only", on_root(lambda e: e.head + CRLF + e.body.decode("latin-1").encode("utf-16-le")))
    line = b"From anna@example.org Mon Mar  2 10:11:12 2026"
    for label, front in {"from": line + CRLF, "from-lf": line + b"\n", "two": (line + CRLF) * 2,
        "escaped": b">" + line + CRLF,
                         "escaped-twice": b">>" + line + CRLF, "from-blank-line": line + CRLF * 2,
                         "short": b"From x" + CRLF,
                         "colonless": b"From" + CRLF, "blank-first": CRLF + line + CRLF}.items():  # fmt: skip
        yield Mutation(
            f"AMB-41/{label}",
            on_file(bind(lambda f, o: o + f, front)),
            PRIMARY if label in {"from", "from-lf"} else "any",
        )


HEADER = b"From: a@example.org\r\nTo: crm@example.com\r\nSubject: Ciao\r\n"
TEXT = HEADER + b"\r\nCiao.\r\n"


def _cut(at: int, gap: bytes) -> Callable[[Entity], Made]:
    def change(entity: Entity) -> Made:
        if len(entity.fields) <= abs(at):
            return None
        first, second = replace(entity, fields=entity.fields[:at]), replace(entity, fields=entity.fields[at:])
        return first.head + gap + second.data

    return change


def _before_type(gap: bytes) -> Callable[[Entity], Made]:
    """A gap in the header, just before its Content-Type."""

    def change(entity: Entity) -> Made:
        place = next((at for at, (name, _) in enumerate(entity.fields) if name.lower() == CT.lower()), 0)
        return _cut(place, gap)(entity) if place else None

    return change


def _second_blocks() -> Iterator[Mutation]:
    for label, gap in {
        "blank-line": CRLF,
        "two": CRLF * 2,
        "blank": b" \r\n",
        "lf": b"\n",
        "cr": b"\r",
        "tab": b"\t\r\n",
        "crcrlf": b"\r\r\n",
    }.items():
        yield Mutation(f"AMB-38/gap-before-type-{label}", on_root(_before_type(gap)))
    line = b"From a@example.org Mon Mar  2 10:11:12 2026" + CRLF
    for label, front in {"junk-field": b"X-Junk: 1\r\n\r\n",
                         "smuggled": TEXT + b"\n.\r\n", "smuggled-cr": TEXT + b"\r\n.\r",
                         "smuggled-lf": TEXT + b"\n.\n",
                         "mbox": line + TEXT + CRLF + line,
                         "commands": TEXT + b"\n.\r\nMAIL FROM:<a@b>\r\nDATA\r\n"}.items():  # fmt: skip
        yield Mutation(f"AMB-38/{label}", on_file(bind(lambda f, o: o + f, front)))


def _long() -> Iterator[Mutation]:
    yield from both("AMB-42/latin-1", lambda e: e.set(b"Subject", b"Perch\xe9"), PRIMARY)
    yield from both("AMB-42/utf-8", lambda e: e.set(b"Subject", "Perché".encode()), PRIMARY)
    yield from both("AMB-42/utf-8-name", lambda e: e.first(("X-Perché".encode(), b" x")))
    yield from both(
        "AMB-42/utf-8-parameter",
        lambda e: e.set(CT, v + '; name="perché.p7m"'.encode()) if (v := e.value(CT)) else None,
        PRIMARY,
    )
    for size in (1000, 10_000, 100_000):
        yield from both(f"AMB-43/field-{size}", bind(lambda e, n: e.last((b"X-Long", b" " + b"x" * n)), size), PRIMARY)
        yield from both(
            f"AMB-43/parameter-{size}",
            bind(
                lambda e, n: (
                    e.set(CT, v.replace(b";", b"; x=" + b"y" * n + b";", 1))
                    if (v := e.value(CT)) and b";" in v
                    else None
                ),
                size,
            ),
        )
    yield from both("AMB-43/unfolded", lambda e: e.with_body(e.body.replace(CRLF, b"") + CRLF) if e.payload else None)
    yield from both("AMB-43/many-fields", lambda e: e.first(*[(b"X-A", b" b")] * 1500))
    yield from both("AMB-43/many-folds", lambda e: e.first((b"X-A", b" b" + (CRLF + b" c") * 3000)))


NAMES = {
    "none": (b"", b""), "type-only": (b'; name="smime.p7m"', b""),
    "disposition-only": (b"", b'attachment; filename="smime.p7m"'),
    "upper": (b'; name="SMIME.P7M"', b""), "extended": (b"; name*=us-ascii''smime.p7m", b""),
    "percent": (b"; name*=us-ascii''smime%2Ep7m", b""),
    "pieces": (b'; name*0="smime."; name*1="p7m"', b""), "pieces-back": (b'; name*1="p7m"; name*0="smime."', b""),
    "encoded": (b'; name="=?us-ascii?q?smime=2Ep7m?="', b""), "encoded-b": (b'; name="=?utf-8?b?c21pbWUucDdt?="', b""),
    "encoded-halves": (b'; name="=?utf-8?q?smime?= =?utf-8?q?=2Ep7m?="', b""), "bare": (b"; name=smime.p7m", b""),
    "open-quote": (b'; name="smime.p7m', b""),
    "blank-behind": (b'; name="smime.p7m "', b""), "dot-behind": (b'; name="smime.p7m."', b""),
    "path": (rb'; name="C:\\x\\smime.p7m"', b""),
    "two": (b'; name="a.txt"; name="smime.p7m"', b""), "two-back": (b'; name="smime.p7m"; name="a.txt"', b""),
    "text": (b'; name="a.txt"', b""),
    "disagree": (b'; name="a.txt"', b'attachment; filename="smime.p7m"'),
    "disagree-back": (b'; name="smime.p7m"', b'attachment; filename="a.txt"'),
    "nul": (b'; name="smime.p7m\0.txt"', b""), "folded": (b'; name="smime\r\n .p7m"', b""),
    "quoted-pairs": (rb'; name="smime\.p7m"', b""),
    "comment": (b"; name=(x)smime.p7m", b""), "stray": (b'; name="smime.p7m', b'attachment; filename="smime'),
    "filename-in-type": (b'; filename="smime.p7m"', b""),
    "inline": (b"", b'inline; filename="smime.p7m"'),
    "disposition-extended": (b"", b"attachment; filename*=utf-8''smime.p7m"),
    "disposition-unknown": (b"", b'x-none; filename="smime.p7m"'),
    "disposition-no-type": (b"", b'filename="smime.p7m"'),
    "disposition-empty": (b'; name="smime.p7m"', b";"),
    "utf-16": (b'; name="=?utf-16le?b?cwBtAGkAbQBlAC4AcAA3AG0A?="', b""), "p7": (b'; name="smime.p7"', b""),
    "8bit": (b'; name="sm\xefme.p7m"', b""), "right-to-left": ('; name="\u202em7p.emims"'.encode(), b""),
    "eml": (b'; name="postacert.eml"', b""), "msg": (b'; name="mail.msg"', b""),
}  # fmt: skip
TYPES = {"octet-stream": b"application/octet-stream", "unknown": b"application/x-unknown", "plain": b"text/plain"}


def _names() -> Iterator[Mutation]:
    for kind, media in TYPES.items():
        for label, (name, disposition) in NAMES.items():

            def change(
                entity: Entity, media: bytes = media, name: bytes = name, disposition: bytes = disposition
            ) -> Made:
                if not entity.is_cms:
                    return None
                made = entity.drop(CD).set(CT, media + name)
                return made.set(CD, disposition) if disposition else made

            # What is neither named nor typed as S/MIME is a mail with some attachment to every reader.
            known = kind == "octet-stream" and b"p7m" in (name + disposition)
            yield Mutation(f"AMB-46/{kind}-{label}", on_root(change), demand=OWN if known else FINDING)
            yield Mutation(f"AMB-46/{kind}-{label}@part", on_part(change), demand=FINDING)


def _outer(entity: Entity, media: bytes, body: bytes, *, coded: bool = False) -> Entity:
    """The message's header with another type and body."""
    made = entity.drop(CT, CTE, CD).last((CT, b" " + media))
    return made.last((CTE, b" base64")).with_body(base64_of(body)) if coded else made.with_body(body)


def _carried(entity: Entity, media: bytes) -> Made:
    """Its content, described by its own fields, as the body of another type."""
    names = {CT.lower(), CTE.lower(), CD.lower()}
    inner = replace(entity, fields=tuple(row for row in entity.fields if row[0].lower() in names))
    return _outer(entity, media, inner.data)


def _parts_of_messages() -> Iterator[Mutation]:
    partial = b'message/partial; id="a@b"; number=1; total='
    for label, media in {
        "whole": partial + b"1", "first": partial + b"2", "no-id": b"message/partial; number=1; total=1",
        "no-parameters": b"message/partial",
    }.items():  # fmt: skip
        yield Mutation(f"AMB-47/{label}", on_root(bind(_carried, media)))
    cut = lambda e: _outer(e, partial + b"3", e.data[: len(e.data) * 3 // 4])  # noqa: E731 - one line
    yield Mutation("AMB-47/first-of-three", on_root(cut))
    for label, access in {
        "local-file": b'local-file; name="/etc/passwd"',
        "url": b'url; url="http://example.net/x"',
        "ftp": b'anon-ftp; site="ftp.example.net"; name="x"',
    }.items():
        change = bind(_carried, b"message/external-body; access-type=" + access)
        yield Mutation(f"AMB-48/{label}", on_root(change), demand=FINDING)
    for label, media in {
        "rfc822": b"message/rfc822", "global": b"message/global", "news": b"message/news",
        "rfc822-quoted": b'"message/rfc822"',
    }.items():  # fmt: skip
        plain = bind(lambda e, m: _outer(e, m, e.data), media)
        coded = bind(lambda e, m: _outer(e, m, e.data, coded=True), media)
        yield Mutation(f"ENC-13/{label}-only-content", on_root(plain), demand=FINDING)
        yield Mutation(f"ENC-13/{label}-base64-only-content", on_root(coded), demand=FINDING)


def _files() -> Iterator[Mutation]:
    compound = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
    for label, change in {
        "compound-behind": lambda f: f + compound, "compound-sectors-behind": lambda f: f + compound * 8,
        "zip-behind": lambda f: f + b"PK\x05\x06" + bytes(18),
        "nuls-behind": lambda f: f + bytes(4096), "pdf-behind": lambda f: f + b"\r\n%PDF-1.7\r\n%%EOF\r\n",
        "pdf-before": lambda f: b"%PDF-1.7\r\n" + f,
        "html-before": lambda f: b"<html>\r\n" + f,
        "plist-behind": lambda f: f + b'<?xml version="1.0"?><plist version="1.0"><dict/></plist>',
    }.items():  # fmt: skip
        yield Mutation(f"FILE-03/{label}", on_file(change))
    yield Mutation(
        "FILE-03/emlx",
        on_file(lambda f: b"%d\n" % len(f) + f + b'<?xml version="1.0"?><plist version="1.0"><dict/></plist>'),
    )
    yield Mutation("FILE-03/emlx-lying", on_file(lambda f: b"99\n" + f))
    yield Mutation("FILE-03/gzip", on_file(lambda f: gzip.compress(f, mtime=0)), demand=OUTCOME)
    yield Mutation("FILE-03/compound-before", on_file(lambda f: compound + f), demand=OUTCOME)
    for eighths in range(3, 8):
        yield Mutation(f"FILE-04/body-cut-{eighths}-eighths", on_root(bind(_body_cut, eighths)), demand=OUTCOME)
        yield Mutation(f"FILE-04/body-cut-{eighths}-eighths@part", on_part(bind(_body_cut, eighths)))
    yield Mutation(
        "FILE-02/length-lies", on_root(lambda e: e.last((b"Content-Length", b" 3"), (b"Lines", b" 1"))), PRIMARY
    )
    yield Mutation("FILE-02/part-length-lies", on_part(lambda e: e.last((b"Content-Length", b" 3"))))
    yield Mutation(
        "FILE-02/from-escaped-in-body",
        on_root(lambda e: e.with_body(re.sub(rb"(?m)^", b">From x\r\n", e.body, count=1))),
    )
    yield Mutation("FILE-02/dot-stuffed", on_root(lambda e: e.with_body(e.body + b"\r\n..\r\n.\r\n")))
    yield Mutation(
        "FILE-05/second-fragment",
        on_root(
            lambda e: e.drop(CT, CTE, CD).last((CT, b' message/partial; id="a@b"; number=2; total=2')).with_body(e.body)
        ),
        demand=OUTCOME,
    )


def _body_cut(entity: Entity, eighths: int) -> Made:
    body = entity.body[: len(entity.body) * eighths // 8]
    # Of what stands only behind the cut nobody can know.
    shown = entity.media != b"multipart/mixed" or b"rpmsg" in body or b"pkcs7" in body or b"daticert" in body
    return entity.with_body(body) if shown and len(entity.body) > 500 else None


def mutations() -> Iterator[Mutation]:
    yield from _line_ends()
    yield from _separators()
    yield from _beginnings()
    yield from _second_blocks()
    yield from _long()
    yield from _names()
    yield from _parts_of_messages()
    yield from _files()
