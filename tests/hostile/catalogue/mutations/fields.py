"""Table 4, header fields: duplicates, spellings, what stands before and in them (AMB-01, 02, 24..29, 31, 35, 36)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostile.catalogue.model import (
    ANY,
    CRLF,
    CT,
    CTE,
    ELSEWHERE,
    FINDING,
    OWN,
    PRIMARY,
    Entity,
    Mutation,
    bind,
    on_part,
    on_root,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hostile.catalogue.model import Made

DECOYS = {
    "plain": b"text/plain",
    "plain-charset": b"text/plain; charset=utf-8",
    "html": b"text/html",
    "mixed": b'multipart/mixed; boundary="nowhere"',
    "image": b"image/png",
    "octet-stream": b"application/octet-stream",
    "empty": b"",
    "unknown": b"x-none/x-none",
}


SHOWN = frozenset({"plain", "plain-charset", "html", "image"})
"""Decoys that Outlook shows: the first Content-Type wins there."""


def both(ident: str, change: Callable[[Entity], Made], expect: str = ANY, demand: str = OWN) -> Iterator[Mutation]:
    """The same in the message's own header and in that of its protected part."""
    yield Mutation(ident, on_root(change), expect, demand)
    yield Mutation(f"{ident}@part", on_part(change), ANY, demand)


def _duplicates() -> Iterator[Mutation]:
    for name, decoy in DECOYS.items():
        row = (CT, b" " + decoy)
        expect = ELSEWHERE if name in SHOWN else ANY
        yield from both(
            f"AMB-01/{name}-just-before",
            bind(lambda e, r: e.put(CT, r, (CT, b" " + (e.value(CT) or b""))), row),
            expect,
        )
        yield from both(f"AMB-01/{name}-at-the-top", bind(lambda e, r: e.first(r), row), expect)
        yield from both(f"AMB-02/{name}-at-the-end", bind(lambda e, r: e.last(r), row), PRIMARY)
        yield from both(f"AMB-01/{name}-on-both-sides", bind(lambda e, r: e.first(r).last(r), row))
    for name, field in {"lower": b"content-type", "upper": b"CONTENT-TYPE", "blank": b"Content-Type "}.items():
        yield from both(f"AMB-01/plain-named-{name}", bind(lambda e, f: e.first((f, b" text/plain")), field))
    yield from both("AMB-01/ten", lambda e: e.first(*[(CT, b" text/plain")] * 10))
    yield from both("AMB-02/same-twice", lambda e: e.last((CT, b" " + (e.value(CT) or b""))), PRIMARY)


NAMES = {
    "blank-before-colon": b"%s ",
    "tab-before-colon": b"%s\t",
    "blanks-before-colon": b"%s   ",
    "fold-before-colon": b"%s\r\n ",
    "two-colons": b"%s:",
    "colon-in-front": b":%s",
    "equals": b"%s=",
    "semicolon": b"%s;",
    "quoted": b'"%s"',
    "comment": b"%s(c)",
    "comment-in-front": b"(c)%s",
    "bracket": b"<%s>",
    "quote-mark": b">%s",
    "hyphen-behind": b"%s-",
    "x-in-front": b"X-%s",
    "dot": b"%s.",
    "encoded-word": b"=?us-ascii?q?%s?=",
    "ideographic-colon": b"%s\xef\xbc\x9a",
}


def _spelt(name: bytes) -> dict[str, bytes]:
    spelt = {label: pattern % name for label, pattern in NAMES.items()}
    spelt |= {
        "underscore": name.replace(b"-", b"_"),
        "blank": name.replace(b"-", b" "),
        "two-hyphens": name.replace(b"-", b"--"),
        "dash": name.replace(b"-", b"\xe2\x80\x93"),
        "no-hyphen": name.replace(b"-", b""),
        "last-letter-gone": name[:-1],
    }
    return spelt


STRANGE = {"x-in-front", "last-letter-gone", "encoded-word", "comment", "comment-in-front"}
"""Names that no reader takes for the field: only the content still shows what it is."""


def _if_cms(change: Callable[[Entity], Made]) -> Callable[[Entity], Made]:
    return lambda e: change(e) if e.is_cms else None


def _named(name: bytes, spelt: bytes) -> Callable[[Entity], Made]:
    return lambda e: e.put(name, (spelt, b" " + value)) if (value := e.value(name)) else None


def _bare(name: bytes, between: bytes) -> Callable[[Entity], Made]:
    return lambda e: e.put(name, (name + between + value, b"")) if (value := e.value(name)) else None


def _names() -> Iterator[Mutation]:
    for label, spelt in _spelt(CT).items():
        change = _named(CT, spelt)
        yield from both(f"AMB-28/{label}", _if_cms(change) if label in STRANGE else change)
    for label, between in {"no-colon": b" ", "equals-for-colon": b"=", "nothing": b"", "tab-for-colon": b"\t"}.items():
        yield from both(f"AMB-28/{label}", _bare(CT, between))
    for label, spelt in _spelt(CTE).items():
        yield from both(f"AMB-28/encoding-{label}", _named(CTE, spelt))
    for label, in_front in {"blank": b" ", "tab": b"\t"}.items():
        yield from both(f"AMB-28/{label}-in-front", _if_cms(_named(CT, in_front + CT)))


CONTROLS = {
    "nul": b"\0", "bell": b"\a", "vt": b"\v", "ff": b"\f", "cr": b"\r", "esc": b"\x1b", "del": b"\x7f",
    "no-break-blank": b"\xa0", "mark": b"\xef\xbb\xbf", "soft-hyphen": b"\xc2\xad", "zero-width": b"\xe2\x80\x8b",
}  # fmt: skip


def _controls() -> Iterator[Mutation]:
    for label, data in CONTROLS.items():
        for place, spelt in {
            "before": data + CT,
            "within": CT[:4] + data + CT[4:],
            "behind": CT + data,
        }.items():
            yield from both(f"AMB-29/{label}-{place}-name", _named(CT, spelt))
        yield from both(
            f"AMB-29/{label}-in-type",
            bind(lambda e, o: e.set(CT, v[:6] + o + v[6:]) if (v := e.value(CT)) else None, data),
        )
        yield from both(
            f"AMB-29/{label}-before-type", bind(lambda e, o: e.set(CT, o + v) if (v := e.value(CT)) else None, data)
        )
    for label, data in {
        "cr": b"\r",
        "vt": b"\v",
        "ff": b"\f",
        "nel": b"\x85",
        "ls": b"\xe2\x80\xa8",
        "lf": b"\n",
    }.items():
        yield from both(
            f"AMB-31/{label}-before-the-field",
            bind(lambda e, o: e.put(CT, (b"X-A", b" a" + o + CT + b": " + v)) if (v := e.value(CT)) else None, data),
        )
        yield from both(
            f"AMB-31/{label}-before-a-decoy",
            bind(lambda e, o: e.first((b"X-A", b" a" + o + CT + b": text/plain")), data),
        )
        yield from both(
            f"AMB-31/{label}-after-a-decoy",
            bind(lambda e, o: e.set(CT, b"text/plain" + o + CT + b": " + v) if (v := e.value(CT)) else None, data),
        )


GARBAGE = {
    "words": b"this is no header field",
    "status": b"HTTP/1.1 200 OK",
    "pop": b"+OK 1234 octets",
    "imap": b"* 1 FETCH (BODY[] {1234}",
    "smtp": b"MAIL FROM:<a@example.org>",
    "bytes": b"\xff\xfe\x00\x01junk",
    "no-colon": b"Return-Path <a@example.org>",
    "long": b"x" * 3000,
    "dashes": b"----------",
    "blank-name": b" : x",
    "colon": b":",
    "dot": b".",
}


def _garbage() -> Iterator[Mutation]:
    for label, line in GARBAGE.items():
        row = (line, b"")
        yield from both(f"AMB-35/{label}-first", bind(lambda e, r: e.first(r), row))
        yield from both(
            f"AMB-35/{label}-before-type",
            bind(lambda e, r: e.put(CT, r, (CT, b" " + v)) if (v := e.value(CT)) else None, row),
        )
        yield from both(
            f"AMB-35/{label}-after-type",
            bind(lambda e, r: e.put(CT, (CT, b" " + v), r) if (v := e.value(CT)) else None, row),
        )


VERSIONS = {
    "two": b"2.0", "none": b"", "words": b"yes", "comment": b"1.0 (Apple Message framework v1)",
    "comment-inside": b"1.(c)0", "quoted": b'"1.0"', "negative": b"-1",
}  # fmt: skip


def _versions() -> Iterator[Mutation]:
    yield Mutation("AMB-36/missing", on_root(lambda e: e.drop(b"MIME-Version")), PRIMARY)
    for label, value in VERSIONS.items():
        yield Mutation(f"AMB-36/{label}", on_root(bind(lambda e, v: e.set(b"MIME-Version", v), value)), PRIMARY)
    yield Mutation("AMB-36/twice", on_root(lambda e: e.set(b"MIME-Version", b"1.0", b"1.0")), PRIMARY)
    yield Mutation("AMB-36/disagreeing", on_root(lambda e: e.set(b"MIME-Version", b"0.9", b"1.0")), PRIMARY)
    yield Mutation(
        "AMB-36/misspelt", on_root(lambda e: e.drop(b"MIME-Version").last((b"Mime_Version", b" 1.0"))), PRIMARY
    )


def _raw(change: Callable[[bytes], bytes | None]) -> Callable[[Entity], Made]:
    return lambda e: e.put(CT, (CT, raw)) if (v := e.value(CT)) and (raw := change(v)) is not None else None


FOLDS: dict[str, Callable[[bytes], bytes | None]] = {
    "before-type": lambda v: CRLF + b" " + v,
    "blank-fold-before-type": lambda v: CRLF + b" " + CRLF + b" " + v,
    "tab": lambda v: CRLF + b"\t" + v,
    "in-type": lambda v: b" " + v[:5] + CRLF + b" " + v[5:],
    "at-slash": lambda v: b" " + v.replace(b"/", b"/" + CRLF + b" ", 1),
    "before-slash": lambda v: b" " + v.replace(b"/", CRLF + b" /", 1),
    "at-every-semicolon": lambda v: b" " + v.replace(b";", b";" + CRLF + b" "),
    "before-semicolon": lambda v: b" " + v.replace(b";", CRLF + b" ;"),
    "blank-folds-at-semicolons": lambda v: b" " + v.replace(b";", b";" + CRLF + b" \t " + CRLF + b" "),
    "at-equals": lambda v: b" " + v.replace(b"=", b"=" + CRLF + b" ") if b"=" in v else None,
    "before-equals": lambda v: b" " + v.replace(b"=", CRLF + b" =") if b"=" in v else None,
    "in-last-value": lambda v: b" " + v[:-4] + CRLF + b" " + v[-4:],
    "lf-only": lambda v: b" " + v.replace(b";", b";\n "),
    "cr-only": lambda v: b" " + v.replace(b";", b";\r "),
    "crcrlf": lambda v: b" " + v.replace(b";", b";\r\r\n "),
    "vt-begins-line": lambda v: b" " + v.replace(b";", b";" + CRLF + b"\v"),
    "nul-begins-line": lambda v: b" " + v.replace(b";", b";" + CRLF + b"\0"),
    "no-blank": lambda v: b" " + v.replace(b";", b";" + CRLF) if b";" in v else None,
    "a-hundred": lambda v: (CRLF + b" ") * 100 + v,
    "no-blank-after-colon": lambda v: v,
}
CASES: dict[str, Callable[[bytes], bytes]] = {
    "upper": lambda v: v.partition(b";")[0].upper(),
    "swapped": lambda v: v.partition(b";")[0].title().swapcase(),
    "mixed": lambda v: bytes(c ^ 32 if at % 2 and chr(c).isalpha() else c for at, c in enumerate(v.partition(b";")[0])),
}


def _folds() -> Iterator[Mutation]:
    for label, change in FOLDS.items():
        yield from both(f"AMB-24/{label}", _raw(change))
    for label, case in CASES.items():
        rest = lambda v: b"".join(v.partition(b";")[1:])  # noqa: E731 - one table, one line
        yield from both(f"AMB-25/type-{label}", _raw(bind(lambda v, c, r: b" " + c(v) + r(v), case, rest)), PRIMARY)
    for label, name in {"upper": CT.upper(), "lower": CT.lower(), "mixed": b"cOnTeNt-TyPe"}.items():
        yield from both(f"AMB-25/name-{label}", _named(CT, name), PRIMARY)
    for label, name in {"upper": CTE.upper(), "lower": CTE.lower()}.items():
        yield from both(f"AMB-25/encoding-name-{label}", _named(CTE, name), PRIMARY)
    yield from both("AMB-25/encoding-upper", lambda e: e.set(CTE, v.upper()) if (v := e.value(CTE)) else None, PRIMARY)


MULTIPARTS = {
    "no-subtype": b"multipart", "empty-subtype": b"multipart/", "dot": b"multipart.mixed",
    "quoted": b'"multipart/mixed"',
    "blank-before-slash": b"multipart /mixed", "blank-after-slash": b"multipart/ mixed", "x-type": b"x-multipart/mixed",
    "twice": b"multipart/multipart/mixed", "list": b"multipart/mixed, text/plain",
    "listed-last": b"text/plain, multipart/mixed",
    "backslash": b"multipart\\mixed", "colon": b"multipart:mixed", "equals-in-front": b"=multipart/mixed",
    "semicolon-in-front": b"; multipart/mixed", "words-behind": b"multipart/mixed text/plain", "subtype-only": b"mixed",
    "blank-inside": b"multi part/mixed", "unknown-subtype": b"multipart/x-unknown", "two-slashes": b"multipart//mixed",
    "three-parts": b"multipart/mixed/plain", "empty": b"", "misspelt": b"mulitpart/mixed",
    "bracketed": b"<multipart/mixed>",
    "8bit": b"multipart/mixed\xe9", "encoded-word": b"=?us-ascii?q?multipart/mixed?=", "comma": b"multipart,mixed",
}  # fmt: skip
SEALED = {
    "quoted": b'"%s"', "list": b"%s, text/plain", "listed-last": b"text/plain, %s", "semicolon-in-front": b"; %s",
    "equals-in-front": b"=%s", "words-behind": b"%s text/plain", "x-type": b"x-%s", "third": b"%s/x",
    "bracketed": b"<%s>",
    "encoded-word": b"=?us-ascii?q?%s?=", "8bit": b"%s\xe9", "comment": b"(c)%s(c)", "dot": b"%s.",
}  # fmt: skip
OTHERS = {
    "octet-stream": b"application/octet-stream", "unknown": b"application/x-unknown", "binary": b"binary/octet-stream",
    "no-subtype": b"application", "empty-subtype": b"application/", "plain": b"text/plain", "html": b"text/html",
    "image": b"image/jpeg", "pdf": b"application/pdf", "subtype-only": b"pkcs7-mime",
    "underscore": b"application/pkcs7_mime",
    "pkcs12": b"application/pkcs12", "zip": b"application/zip", "empty": b"", "misspelt": b"aplication/pkcs7-mime",
    "dotted": b"application.pkcs7-mime", "model": b"model/vnd.x",
}  # fmt: skip


def _is_multi(entity: Entity) -> bool:
    return entity.media.startswith(b"multipart/")


def _subtyped(entity: Entity, media: bytes) -> Made:
    """The multipart with this spelling of its type; ``mixed`` stands for its own subtype."""
    own = entity.media.partition(b"/")[2]
    return entity.set(CT, media.replace(b"mixed", own) + entity.parameters) if _is_multi(entity) else None


def _types() -> Iterator[Mutation]:
    for label, media in MULTIPARTS.items():
        yield Mutation(f"AMB-26/multipart-{label}", on_root(bind(_subtyped, media)))
    for label, pattern in SEALED.items():
        yield from both(
            f"AMB-26/{label}",
            bind(lambda e, p: None if _is_multi(e) else e.set(CT, p % e.media + e.parameters), pattern),
        )
    for label, media in OTHERS.items():
        yield from both(
            f"AMB-26/as-{label}",
            bind(lambda e, m: e.set(CT, m + e.parameters) if e.is_cms else None, media),
            demand=FINDING,
        )
    for at, cut in enumerate((b" /", b"/ ", b"//", b"\\", b":", b" ", b"\r\n /")):
        yield from both(
            f"AMB-26/slash-{at}",
            bind(lambda e, c: None if _is_multi(e) else e.set(CT, e.media.replace(b"/", c) + e.parameters), cut),
        )
    for label, media in {
        "plain": b"text/plain", "html": b"text/html", "octet-stream": b"application/octet-stream",
        "message": b"message/rfc822",
        "image": b"image/gif", "unknown": b"application/x-unknown", "pkcs7": b"application/pkcs7-mime", "text": b"text",
    }.items():  # fmt: skip
        change = bind(lambda e, m: e.set(CT, m + e.parameters) if _is_multi(e) else None, media)
        yield Mutation(f"AMB-27/{label}", on_root(change))


def mutations() -> Iterator[Mutation]:
    yield from _duplicates()
    yield from _names()
    yield from _controls()
    yield from _garbage()
    yield from _versions()
    yield from _folds()
    yield from _types()
