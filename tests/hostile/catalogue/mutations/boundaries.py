"""Table 4, the boundary parameter (AMB-03..07, 14..23)."""

from __future__ import annotations

import base64
from itertools import product
from typing import TYPE_CHECKING

from hostile.catalogue.model import ANY, CRLF, CT, PRIMARY, Multi, Mutation, bind, on_multi

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hostile.catalogue.model import Made

REAL, DECOY = b"real-0Ab", b"decoy-1Cd"
HALF, REST = REAL[:4], REAL[4:]
TEXT_PART = CRLF.join((b"--" + DECOY, b"Content-Type: text/plain", b"", b"Hello.", b"--" + DECOY + b"--", b""))
"""A body that the decoy divides."""


def _with(ident: str, parameter: bytes, expect: str = ANY, *, boundary: bytes = REAL) -> Iterator[Mutation]:
    def change(multi: Multi) -> Made:
        return multi.renamed(boundary, parameter)

    def decoyed(multi: Multi) -> Made:
        made = multi.renamed(boundary, parameter)
        return made.with_body(TEXT_PART + made.body)

    yield Mutation(ident, on_multi(change), expect)
    if DECOY in parameter:
        yield Mutation(f"{ident}+part", on_multi(decoyed))


def _twice() -> Iterator[Mutation]:
    patterns = {"bare": b"boundary=%s; boundary=%s", "quoted": b'boundary="%s"; boundary="%s"',
        "upper": b"boundary=%s; BOUNDARY=%s",
                "bare-quoted": b'boundary=%s; boundary="%s"', "tight": b"boundary=%s;boundary=%s",
                "apart": b"boundary=%s; x=y; boundary=%s",
                "folded": b"boundary=%s;\r\n boundary=%s", "comma": b"boundary=%s, boundary=%s",
                "blank": b"boundary=%s boundary=%s"}  # fmt: skip
    for label, pattern in patterns.items():
        right = PRIMARY if label not in {"comma", "blank"} else ANY
        yield from _with(f"AMB-03/first-right-{label}", pattern % (REAL, DECOY), right)
        yield from _with(f"AMB-03/second-right-{label}", pattern % (DECOY, REAL))
    yield from _with("AMB-03/third-right", b"boundary=%s; boundary=other; boundary=%s" % (DECOY, REAL))
    yield from _with("AMB-03/empty-first", b"boundary=; boundary=%s" % REAL)
    yield from _with("AMB-03/empty-quoted-first", b'boundary=""; boundary=%s' % REAL)
    yield from _with("AMB-03/prefix-first", b"boundary=%s; boundary=%s" % (REAL[:-1], REAL))
    yield from _with("AMB-03/longer-first", b"boundary=%sx; boundary=%s" % (REAL, REAL))
    yield from _with("AMB-03/other-case-first", b"boundary=%s; boundary=%s" % (REAL.swapcase(), REAL))
    yield from _with("AMB-03/eighty-decoys", b"".join(b"boundary=d%d; " % at for at in range(30)) + b"boundary=" + REAL)
    for label, first in {"first": True, "last": False}.items():

        def change(multi: Multi, *, first: bool = first, body: bytes = b"") -> Made:
            made = multi.renamed(REAL)
            wrong = (CT, b' multipart/mixed; boundary="%s"' % DECOY)
            made = made.with_body(body + made.body)
            return made.last(wrong) if first else made.first(wrong)

        yield Mutation(f"AMB-04/right-{label}", on_multi(change), PRIMARY if first else ANY)
        yield Mutation(
            f"AMB-04/right-{label}+part",
            on_multi(bind(lambda m, c: c(m, body=TEXT_PART), change)),
            PRIMARY if first else ANY,
        )


def _percent(text: bytes) -> bytes:
    return b"".join(b"%%%02X" % byte for byte in text)


def _extended() -> Iterator[Mutation]:
    rows = {
        "one": b"boundary*=us-ascii''" + REAL,
        "language": b"boundary*=utf-8'en'" + REAL,
        "no-charset": b"boundary*=''" + REAL,
        "no-apostrophes": b"boundary*=" + REAL,
        "unknown-charset": b"boundary*=x-none''" + REAL,
        "percent": b"boundary*=us-ascii''" + _percent(REAL),
        "percent-lower": b"boundary*=us-ascii''" + _percent(REAL).lower(),
        "percent-half": b"boundary*=us-ascii''" + _percent(HALF) + REST,
        "quoted": b"boundary*=\"us-ascii''%s\"" % REAL,
        "two": b"boundary*0=%s; boundary*1=%s" % (HALF, REST),
        "two-quoted": b'boundary*0="%s"; boundary*1="%s"' % (HALF, REST),
        "two-percent": b"boundary*0*=us-ascii''%s; boundary*1*=%s" % (_percent(HALF), _percent(REST)),
        "two-mixed": b"boundary*0*=us-ascii''%s; boundary*1=%s" % (_percent(HALF), REST),
        "each-letter": b"; ".join(b"boundary*%d=%c" % row for row in enumerate(REAL)),
        "only-nought": b"boundary*0=" + REAL,
        "upper": b"BOUNDARY*0=%s; Boundary*1=%s" % (HALF, REST),
        "blank-star": b"boundary *=us-ascii''" + REAL,
        "utf-16": b"boundary*=utf-16le''" + _percent(REAL.decode().encode("utf-16-le")),
    }
    for label, row in rows.items():
        yield from _with(f"AMB-05/{label}", row)
    for label, row in {
        "one": b"boundary*=us-ascii''%s", "nought": b"boundary*0=%s", "percent-nought": b"boundary*0*=us-ascii''%s",
        "nought-and-one": b'boundary*0=%s; boundary*1=""',
    }.items():  # fmt: skip
        yield from _with(f"AMB-06/plain-right-{label}", b"boundary=%s; " % REAL + row % DECOY)
        yield from _with(f"AMB-06/plain-right-behind-{label}", row % DECOY + b"; boundary=%s" % REAL)
        yield from _with(f"AMB-06/extended-right-{label}", row % REAL + b"; boundary=%s" % DECOY)
        yield from _with(f"AMB-06/extended-right-behind-{label}", b"boundary=%s; " % DECOY + row % REAL)
    for label, row in {
        "backwards": b"boundary*1=%s; boundary*0=%s" % (REST, HALF),
        "written-order": b"boundary*1=%s; boundary*0=%s" % (HALF, REST),
        "gap": b"boundary*0=%s; boundary*2=%s" % (HALF, REST),
        "gap-after-whole": b"boundary*0=%s; boundary*2=junk" % REAL,
        "from-one": b"boundary*1=%s; boundary*2=%s" % (HALF, REST),
        "nought-twice": b"boundary*0=%s; boundary*0=%s" % (REAL, DECOY),
        "nought-twice-behind": b"boundary*0=%s; boundary*0=%s" % (DECOY, REAL),
        "nought-twice-joined": b"boundary*0=%s; boundary*0=%s" % (HALF, REST),
        "leading-noughts": b"boundary*00=%s; boundary*01=%s" % (HALF, REST),
        "both-noughts": b"boundary*0=%s; boundary*00=junk; boundary*1=%s" % (HALF, REST),
        "minus": b"boundary*0=%s; boundary*-1=junk" % REAL,
        "letter": b"boundary*a=%s; boundary*b=%s" % (HALF, REST),
        "star-alone": b"boundary*=%s" % REAL,
        "ten-before-two": b"; ".join(b"boundary*%d=%c" % row for row in enumerate(REAL, 5)),
        "apart": b"boundary*0=%s; x=y; boundary*1=%s" % (HALF, REST),
        "first-and-plain": b"boundary*0=%s; boundary=%s" % (DECOY, REAL),
    }.items():
        yield from _with(f"AMB-07/{label}", row)


def _strange() -> Iterator[Mutation]:
    for label, parameter in {
        "quoted": b'boundary=""',
        "bare": b"boundary=",
        "blank": b'boundary=" "',
        "semicolon": b"boundary=;x=y",
    }.items():
        yield Mutation(f"AMB-14/{label}", on_multi(bind(lambda m, p: m.renamed(b"", p), parameter)))
        yield Mutation(f"AMB-14/{label}-not-used", on_multi(bind(lambda m, p: m.typed(p), parameter)))
    for label, parameter in {"missing": b"x=y", "nothing": b"", "misspelt": b"boundry=real-0Ab",
        "x": b"x-boundary=real-0Ab", "bound": b"bound=real-0Ab",
                             "no-equals": b"boundary real-0Ab", "colon": b"boundary:real-0Ab",
                             "no-value": b"boundary"}.items():  # fmt: skip
        yield from _with(f"AMB-15/{label}", parameter)
    for label, (written, used) in {
        "behind-dropped": (REAL + b" ", REAL), "behind-kept": (REAL + b" ", REAL + b" "),
        "before-dropped": (b" " + REAL, REAL),
        "before-kept": (b" " + REAL, b" " + REAL), "tab-behind": (REAL + b"\t", REAL),
        "inside": (b"real 0Ab", b"real 0Ab"),
        "inside-dropped": (b"real 0Ab", b"real0Ab"), "many-behind": (REAL + b" " * 60, REAL),
        "inside-cut": (b"real 0Ab", b"real"),
    }.items():  # fmt: skip
        yield from _with(f"AMB-16/{label}", b'boundary="%s"' % written, boundary=used)
    yield from _with("AMB-16/inside-bare", b"boundary=real 0Ab", boundary=b"real 0Ab")
    yield from _with("AMB-16/inside-bare-cut", b"boundary=real 0Ab", boundary=b"real")
    for length in (70, 71, 200, 998, 2048, 2049, 5000, 70_000):
        yield from _with(f"AMB-17/{length}", b'boundary="%s"' % (b"B" * length), boundary=b"B" * length)
    for length in (71, 2049):
        yield from _with(f"AMB-17/{length}-cut", b'boundary="%s"' % (b"B" * length), boundary=b"B" * (length - 1))
    for label, (written, used) in {
        "first": (rb"\real-0Ab", REAL), "all": (b"".join(b"\\%c" % c for c in REAL), REAL),
        "literal": (rb"\real-0Ab", rb"\real-0Ab"),
        "quote": (rb"real\"0Ab", b'real"0Ab'), "backslash": (rb"real\\0Ab", rb"real\0Ab"),
        "backslash-literal": (rb"real\\0Ab", rb"real\\0Ab"),
        "last": (rb"real-0A\b", REAL),
    }.items():  # fmt: skip
        yield from _with(f"AMB-18/{label}", b'boundary="%s"' % written, boundary=used)
    yield from _with("AMB-18/bare", rb"boundary=\real-0Ab")


def _comments() -> Iterator[Mutation]:
    for label, row in {
        "decoy-before": b"boundary=(boundary=%s)%s" % (DECOY, REAL), "before": b"boundary=(x)%s" % REAL,
        "behind": b"boundary=%s(x)" % REAL,
        "behind-blank": b"boundary=%s (x)" % REAL, "before-equals": b"boundary(x)=%s" % REAL,
        "blank-before-equals": b"boundary =%s" % REAL,
        "blank-behind-equals": b"boundary= %s" % REAL, "before-name": b"(x)boundary=%s" % REAL,
        "quoted-behind": b'boundary="%s"(x)' % REAL,
        "quoted-before": b'boundary=(x)"%s"' % REAL, "whole-decoy": b"(; boundary=%s;) boundary=%s" % (DECOY, REAL),
        "decoy-in-quotes": b'x="; boundary=%s;"; boundary=%s' % (DECOY, REAL),
        "words-behind-quotes": b'boundary="%s"junk' % REAL,
        "two-quoted": b'boundary="%s" "%s"' % (HALF, REST), "quoted-then-bare": b'boundary="%s"%s' % (HALF, REST),
    }.items():  # fmt: skip
        yield from _with(f"AMB-19/{label}", row, PRIMARY if label == "decoy-before" else ANY)

    def retyped(multi: Multi, pattern: bytes) -> Made:
        kind, sub = multi.entity.media.split(b"/")
        made = multi.renamed(REAL)
        return made.set(CT, pattern % (kind, sub) + made.parameters)

    for label, pattern in {
        "type": b"%s(c)/%s",
        "subtype": b"%s/(c)%s",
        "behind": b"%s/%s(c)",
        "before": b"(c)%s/%s",
        "decoy": b"(text/plain;)%s/%s",
    }.items():
        yield Mutation(f"AMB-19/in-{label}", on_multi(bind(retyped, pattern)))
    for label, row in {
        "quote": b'(" ; boundary=%s', "quote-closed": b'("); boundary=%s', "escaped": rb"(\)); boundary=%s",
        "nested": b"((x)); boundary=%s",
        "unclosed": b"( ; boundary=%s", "name": b"boundary((c))=%s", "semicolons": b'a=(;";); boundary=%s',
        "closed-only": b"); boundary=%s",
        "deep": b"(" * 65 + b"x" + b")" * 65 + b"; boundary=%s",
        "deeper": b"(" * 2000 + b"x" + b")" * 2000 + b"; boundary=%s",
        "nested-decoy": b"(a(b)boundary=decoy-1Cd); boundary=%s", "escaped-open": rb"(\(); boundary=%s",
        "in-value": b"a=b(c;d=e); boundary=%s",
    }.items():  # fmt: skip
        yield from _with(f"AMB-20/{label}", row % REAL)
    for label, row in {
        "open-before": b'name="x; boundary=%s', "open-quoted": b'charset="; boundary="%s"',
        "close-only": b'name=x"; boundary=%s',
        "apostrophe": b"name='x; boundary=%s", "escaped-end": rb'name="a\"; boundary=%s',
        "escaped-backslash": rb'name="a\\"; boundary=%s',
        "open": b'boundary="%s', "close": b'boundary=%s"', "apostrophes": b"boundary='%s'",
        "doubled": b'boundary=""%s""',
        "backtick": b"boundary=`%s`", "typographic": b"boundary=\xe2\x80\x9c%s\xe2\x80\x9d",
        "brackets": b"boundary=<%s>", "square": b"boundary=[%s]",
        "open-then-name": b'boundary="%s; name=x', "html": b"boundary=&quot;%s&quot;",
        "percent": b"boundary=%%22%s%%22",
    }.items():  # fmt: skip
        yield from _with(f"AMB-21/{label}", row % REAL)
    for label, row in {
        "colon": b"x:y=1; boundary=%s", "8bit": b"\xe9=1; boundary=%s", "no-name": b"=x; boundary=%s",
        "semicolons": b";;; boundary=%s",
        "no-value": b"x; boundary=%s", "blank-in-name": b"x y=1; boundary=%s", "brackets": b"[x]=1; boundary=%s",
        "at": b"x@y=1; boundary=%s",
        "empty-value": b"x=; boundary=%s", "comma": b"x=1,boundary=%s", "no-semicolon": b"x=1 boundary=%s",
        "slash": b"/; boundary=%s",
        "quoted-name": b'"x"=1; boundary=%s', "quoted-boundary": b'"boundary"=%s', "nul": b"x=\0; boundary=%s",
        "two-equals": b"boundary==%s",
        "equals-value": b"boundary=%s=x", "many": b"a=b; " * 300 + b"boundary=%s",
        "prefix": b"xboundary=decoy-1Cd; boundary=%s",
        "behind": b"boundary=%s; x:y=1", "trailing-semicolon": b"boundary=%s;", "8bit-behind": b"boundary=%s\xa0",
        "tab": b"boundary\t=\t%s",
    }.items():  # fmt: skip
        yield from _with(f"AMB-22/{label}", row % REAL)


def _encoded() -> Iterator[Mutation]:
    words = {
        "q": b"=?us-ascii?Q?%s?=" % REAL, "b": b"=?us-ascii?B?%s?=" % base64.b64encode(REAL),
        "lower": b"=?utf-8?q?%s?=" % REAL,
        "q-hex": b"=?us-ascii?Q?" + b"".join(b"=%02X" % c for c in REAL) + b"?=", "partly": b"real=?us-ascii?Q?-0Ab?=",
        "partly-behind": b"=?us-ascii?Q?real?=-0Ab", "two": b"=?us-ascii?Q?real?= =?us-ascii?Q?-0Ab?=",
        "utf-16": b"=?utf-16le?B?%s?=" % base64.b64encode(REAL.decode().encode("utf-16-le")),
    }  # fmt: skip
    for (label, word), quoted in product(words.items(), (False, True)):
        written = b'boundary="%s"' % word if quoted else b"boundary=" + word
        name = f"{label}-quoted" if quoted else label
        yield from _with(f"AMB-23/{name}", written)
        yield from _with(f"AMB-23/{name}-literal", written, boundary=word)
    yield from _with("AMB-23/parameter", b"=?us-ascii?Q?boundary=3D%s?=" % REAL)


def _folded() -> Iterator[Mutation]:
    for label, row in {
        "in-value": b"boundary=real\r\n -0Ab", "in-quotes": b'boundary="real\r\n -0Ab"',
        "tab-in-quotes": b'boundary="real\r\n\t-0Ab"',
        "in-name": b"boun\r\n dary=real-0Ab", "after-equals": b"boundary=\r\n real-0Ab",
        "before-equals": b"boundary\r\n =real-0Ab",
        "after-quote": b'boundary="\r\n real-0Ab"', "before-quote": b'boundary="real-0Ab\r\n "',
        "blank-in-quotes": b'boundary="real\r\n \r\n -0Ab"',
        "twice": b"\r\n\t\r\n\tboundary=real-0Ab",
    }.items():  # fmt: skip
        yield from _with(f"AMB-24/boundary-{label}", row)
    for label, used in {"kept": b"real -0Ab", "line-end-kept": b"real"}.items():
        yield from _with(f"AMB-24/boundary-blank-{label}", b'boundary="real\r\n -0Ab"', boundary=used)


def mutations() -> Iterator[Mutation]:
    yield from _twice()
    yield from _extended()
    yield from _strange()
    yield from _comments()
    yield from _encoded()
    yield from _folded()
