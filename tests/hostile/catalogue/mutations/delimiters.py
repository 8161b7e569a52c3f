"""Table 4, delimiter lines and what stands between parts (AMB-08..13, 33, 37, 44, 45)."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from hostile.catalogue.model import ANY, CRLF, CT, FINDING, PRIMARY, Entity, Multi, Mutation, bind, on_multi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hostile.catalogue.model import Made


def _opened(change: Callable[[bytes], bytes], which: str) -> Callable[[Multi], Made]:
    """The body with other opening delimiters: all, or only that of the last part."""

    def made(multi: Multi) -> Made:
        last = len(multi.parts) - 1
        line = lambda at, plain: change(plain) if which == "all" or at == last else plain  # noqa: E731
        return multi.entity.with_body(multi.built(open_=line))

    return made


BEHIND = {
    "letter": b"X", "digit": b"1", "vt": b"\v", "nul": b"\0", "ff": b"\f", "text": b" text", "semicolon": b";",
    "hyphen": b"-",
    "closed": b"--", "closed-text": b"--x", "cr": b"\r", "8bit": b"\xa0", "dot": b".", "blank-hyphens": b" --",
    "same-again": b"",
    "tab-text": b"\tx", "comment": b" (c)", "del": b"\x7f", "lf": b"\n",
}  # fmt: skip
BEFORE = {
    "blank": b" ", "tab": b"\t", "two-blanks": b"  ", "vt": b"\v", "nul": b"\0", "cr": b"\r", "8bit": b"\xa0",
    "hyphen": b"-",
    "quote": b"> ", "letter": b"x", "mark": b"\xef\xbb\xbf", "lf": b"\n", "ff": b"\f",
}  # fmt: skip


def _lines() -> Iterator[Mutation]:
    for label, data in {"blank": b" ", "tab": b"\t", "blanks": b"   \t  ", "a-thousand": b" " * 1000}.items():
        for which in ("all", "last"):
            yield Mutation(f"AMB-11/{label}-{which}", on_multi(_opened(bind(lambda p, o: p + o, data), which)), PRIMARY)
    for (label, data), which in product(BEHIND.items(), ("all", "last")):
        change = bind(lambda p, o: p + (o or p), data)
        yield Mutation(f"AMB-12/{label}-{which}", on_multi(_opened(change, which)))
    for (label, data), which in product(BEFORE.items(), ("all", "last")):
        yield Mutation(f"AMB-13/{label}-{which}", on_multi(_opened(bind(lambda p, o: o + p, data), which)))
    for label, change in {
        "one-hyphen": lambda p: p[1:], "three-hyphens": lambda p: b"-" + p, "other-case": lambda p: p.swapcase(),
        "blank-after-hyphens": lambda p: b"-- " + p[2:], "cut": lambda p: p[:-1],
        "dashes": lambda p: b"\xe2\x80\x94" + p[2:],
        "no-hyphens": lambda p: p[2:], "encoded": lambda p: b"=2D=2D" + p[2:],
    }.items():  # fmt: skip
        for which in ("all",) if label == "cut" else ("all", "last"):
            yield Mutation(f"AMB-12/written-{label}-{which}", on_multi(_opened(change, which)))


def _closes() -> Iterator[Mutation]:
    for label, close in {"missing": b"", "cut": b"--", "one-hyphen": None, "blank": None, "junk": None}.items():

        def change(multi: Multi, label: str = label, close: bytes | None = close) -> Made:
            plain = b"--" + multi.boundary
            written = {"one-hyphen": plain + b"-", "blank": plain + b" --", "junk": plain + b"--junk"}.get(label, close)
            return multi.entity.with_body(multi.built(close=written))

        yield Mutation(f"AMB-08/{label}", on_multi(change), PRIMARY if label == "missing" else ANY)
    yield Mutation("AMB-08/no-last-line-end", on_multi(lambda m: m.entity.data.rstrip()), PRIMARY)
    yield Mutation("AMB-08/inner", on_multi(_inner_unclosed))
    yield Mutation("AMB-08/both", on_multi(_both_unclosed))


def _inner(multi: Multi) -> tuple[Entity, Multi] | None:
    """The first part, where it is a multipart."""
    first = Entity.parse(multi.parts[0])
    inner = first.multi
    return (first, inner) if inner else None


def _inner_unclosed(multi: Multi) -> Made:
    found = _inner(multi)
    return multi.with_part(0, found[0].with_body(found[1].built(close=b"")).data) if found else None


def _both_unclosed(multi: Multi) -> Made:
    found = _inner(multi)
    if not found:
        return None
    part = found[0].with_body(found[1].built(close=b"")).data
    return multi.entity.with_body(multi.built(parts=(part, *multi.parts[1:]), close=b""))


def _nested() -> Iterator[Mutation]:
    for label, rename in {
        "longer": lambda b: b + b"x", "shorter": lambda b: b[:-1], "same": lambda b: b,
        "closed-look": lambda b: b + b"--",
        "other-case": lambda b: b.swapcase(),
    }.items():  # fmt: skip
        row = "AMB-10" if label == "same" else "AMB-09"

        def change(multi: Multi, rename: Callable[[bytes], bytes] = rename) -> Made:
            found = _inner(multi)
            if not found:
                return None
            return multi.with_part(0, found[1].renamed(rename(multi.boundary)).data)

        yield Mutation(f"{row}/inner-{label}", on_multi(change))

        def around(multi: Multi, rename: Callable[[bytes], bytes] = rename) -> Made:
            inner = rename(multi.boundary)
            head = Entity(((CT, b' %s; boundary="%s"' % (multi.other, inner)),), b"")
            part = head.with_body(replace(multi, preamble=b"", epilogue=b"").built(inner)).data
            return multi.entity.set(CT, b'multipart/mixed; boundary="%s"' % multi.boundary).with_body(
                multi.built(parts=[part])
            )

        yield Mutation(f"{row}/around-{label}", on_multi(around), demand=FINDING)

    def lines(multi: Multi, line: Callable[[bytes], bytes]) -> Made:
        return multi.with_part(0, multi.parts[0] + CRLF + line(b"--" + multi.boundary) + CRLF + b"text")

    for label, line in {
        "longer": lambda p: p + b"x",
        "shorter": lambda p: p[:-2],
        "indented": lambda p: b" " + p,
        "closed": lambda p: p + b"--",
    }.items():
        yield Mutation(f"AMB-09/line-{label}", on_multi(bind(lines, line)))

    def unnamed(multi: Multi) -> Made:
        parts = [b"Content-Type: multipart/mixed" + CRLF * 2 + b"text", *multi.parts]
        return multi.entity.with_body(multi.built(parts=parts))

    yield Mutation("AMB-10/inner-without-boundary", on_multi(unnamed))

    def same(multi: Multi) -> Made:
        parts = [b'Content-Type: multipart/mixed; boundary="%s"' % multi.boundary + CRLF * 2, *multi.parts]
        return multi.entity.with_body(multi.built(parts=parts))

    yield Mutation("AMB-10/inner-begins-with-same", on_multi(same))


def _headers() -> Iterator[Mutation]:
    blanks = {"one": CRLF, "two": CRLF * 2, "ten": CRLF * 10, "blank": b" " + CRLF, "tab": b"\t" + CRLF, "lf": b"\n",
              "cr": b"\r", "nul": b"\0" + CRLF, "cr-crlf": b"\r\r\n", "vt": b"\v" + CRLF}  # fmt: skip
    for (label, blank), which in product(blanks.items(), ("all", "last")):

        def change(multi: Multi, blank: bytes = blank, which: str = which) -> Made:
            last = len(multi.parts) - 1
            parts = [blank + p if which == "all" or at == last else p for at, p in enumerate(multi.parts)]
            return multi.entity.with_body(multi.built(parts=parts))

        yield Mutation(f"AMB-33/{label}-{which}", on_multi(change))
    yield Mutation(
        "AMB-33/tight", on_multi(lambda m: m.entity.with_body(b"--" + m.boundary + m.built()[len(m.boundary) + 2 :]))
    )


SIGNS = (b"pkcs7", b"rpmsg", b"smime.p7", b"application/pgp")
"""Words of the part that protects a message."""


def _outside() -> Iterator[Mutation]:
    def outside(multi: Multi, before: bytes) -> Made:
        return multi.entity.with_body(before % {b"b": multi.boundary} + multi.built(preamble=b""))

    text = b"--%(b)s\r\nContent-Type: text/plain\r\n\r\nHello.\r\n"
    for label, before in {
        "after-close": text + b"--%(b)s--\r\n", "after-two-closes": text + b"--%(b)s--\r\n--%(b)s--\r\n",
        "after-empty-close": b"--%(b)s--\r\n",
        "after-close-and-text": text + b"--%(b)s--\r\n\r\nBye.\r\n", "after-close-blank": text + b"--%(b)s-- \r\n",
    }.items():  # fmt: skip
        yield Mutation(f"AMB-37/{label}", on_multi(bind(outside, before)))

    def moved(multi: Multi, *, behind: bool) -> Made:
        hidden = next((part for part in multi.parts if any(word in part for word in SIGNS)), multi.parts[-1])
        kept = (b"Content-Type: text/plain" + CRLF * 2 + b"Hello.",)
        if behind:
            return multi.entity.with_body(multi.built(parts=kept, epilogue=CRLF + hidden))
        return multi.entity.with_body(multi.built(parts=kept, preamble=hidden))

    yield Mutation("AMB-37/preamble", on_multi(lambda m: moved(m, behind=False)))
    yield Mutation("AMB-37/epilogue", on_multi(lambda m: moved(m, behind=True)))

    def other(multi: Multi, *, behind: bool) -> Made:
        text_part = b"Content-Type: text/plain" + CRLF * 2 + b"Hello."
        hidden = multi.built(b"else")
        made = multi.built(parts=[text_part], preamble=b"", epilogue=CRLF + hidden if behind else None)
        return multi.entity.with_body(made if behind else hidden + CRLF + made)

    yield Mutation("AMB-37/other-delimiters-before", on_multi(lambda m: other(m, behind=False)))
    yield Mutation("AMB-37/other-delimiters-behind", on_multi(lambda m: other(m, behind=True)))


SUBTYPES = ("alternative", "related", "report", "parallel", "form-data", "appledouble", "encrypted", "digest", "mixed",
"x-mixed-replace",
            "byteranges", "header-set", "voice-message", "signed", "x-none")  # fmt: skip


def _subtyped(multi: Multi, sub: bytes) -> Made:
    """Another subtype; ``multipart/signed`` without its name is another message, not the same one hidden."""
    entity = multi.entity
    whole = entity.media in {b"multipart/signed", b"multipart/encrypted"}
    return None if whole else entity.set(CT, b"multipart/" + sub + entity.parameters)


def _untyped(multi: Multi, media: bytes) -> Made:
    """All parts but the first without their type."""
    if multi.entity.media == b"multipart/signed":
        return None
    parts = [multi.parts[0], *(Entity.parse(part).drop(CT).data for part in multi.parts[1:])]
    return multi.entity.set(CT, media + multi.entity.parameters).with_body(multi.built(parts=parts))


def _inline(multi: Multi) -> Made:
    fields = ((b"Content-ID", b" <a@b>"), (b"Content-Disposition", b" inline"))
    return multi.entity.with_body(multi.built(parts=[Entity.parse(part).last(*fields).data for part in multi.parts]))


def _subtypes() -> Iterator[Mutation]:
    for sub in SUBTYPES:
        row = "AMB-44" if sub == "digest" else "AMB-45"
        yield Mutation(
            f"{row}/{sub}",
            on_multi(bind(_subtyped, sub.encode())),
            demand=FINDING,
        )
    yield Mutation("AMB-44/part-without-type", on_multi(bind(_untyped, b"multipart/mixed")), demand=FINDING)
    yield Mutation("AMB-44/digest-without-type", on_multi(bind(_untyped, b"multipart/digest")), demand=FINDING)
    yield Mutation("AMB-45/content-id", on_multi(_inline))
    yield Mutation("AMB-45/parts-reversed", on_multi(lambda m: m.entity.with_body(m.built(parts=m.parts[::-1]))))
    yield Mutation(
        "AMB-45/part-first", on_multi(lambda m: m.entity.with_body(m.built(parts=(CRLF + b"Text.", *m.parts))))
    )
    yield Mutation(
        "AMB-45/part-last", on_multi(lambda m: m.entity.with_body(m.built(parts=(*m.parts, CRLF + b"Text."))))
    )
    empty = (CRLF,) * 300
    yield Mutation("AMB-45/behind-300-parts", on_multi(lambda m: m.entity.with_body(m.built(parts=(*empty, *m.parts)))))


def mutations() -> Iterator[Mutation]:
    yield from _lines()
    yield from _closes()
    yield from _nested()
    yield from _headers()
    yield from _outside()
    yield from _subtypes()
