from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from pecdetect.parsing.parameters import (
    Disposition,
    MediaType,
    parse_disposition,
    parse_media_type,
    parse_token,
)
from support.steps import MOST_GROWTH, growth

if TYPE_CHECKING:
    from collections.abc import Callable

PLAIN = [
    # value, type, parameters: ordinary fields, which yield no flag
    (b"text/plain", "text/plain", {}),
    (b" TEXT/Plain ", "text/plain", {}),
    (b" text/plain; charset=utf-8", "text/plain", {"charset": "utf-8"}),
    (b' text/plain;\r\n\tcharset="UTF-8"; format=flowed', "text/plain", {"charset": "UTF-8", "format": "flowed"}),
    (b"text/plain ;charset = utf-8 ;", "text/plain", {"charset": "utf-8"}),
    (b"text/plain;;; Charset=a;; ;", "text/plain", {"charset": "a"}),
    (b"text/html;", "text/html", {}),
    (b'multipart/mixed; boundary="--=_a b;c\'(d)"', "multipart/mixed", {"boundary": "--=_a b;c'(d)"}),
    (b"multipart/mixed; boundary=----=_Part_1:2", "multipart/mixed", {"boundary": "----=_Part_1:2"}),
    (b"a/b; x=a=b?c", "a/b", {"x": "a=b?c"}),
    (b"a/b; x=", "a/b", {"x": ""}),
    (b'a/b; x=""', "a/b", {"x": ""}),
    (b'a/b; x="a\\"b\\\\c"', "a/b", {"x": 'a"b\\c'}),
    (b'a/b; name="C:\\new\\a.txt"', "a/b", {"name": "C:\\new\\a.txt"}),
    (b'a/b; name="\\\\host\\a.txt"', "a/b", {"name": "\\\\host\\a.txt"}),
    (b"a/b; name=two words.txt", "a/b", {"name": "two words.txt"}),
    (b'a/b; name="two\r\n words.txt"', "a/b", {"name": "two words.txt"}),
    (b'a/b; name="two\r\n\twords.txt"', "a/b", {"name": "two words.txt"}),
    (b'a/b; x="two\r\n\twords"', "a/b", {"x": "two\twords"}),
    (b'a/b; name=\n "x.txt"', "a/b", {"name": "x.txt"}),
    (b'a/b; name="caff\xc3\xa8.txt"', "a/b", {"name": "caffè.txt"}),
    (b'a/b; name="caff\xe8.txt"; x="\xc3\xa8"', "a/b", {"name": "caffè.txt", "x": "è"}),
    (b"a/b; name=caff\xe8.txt", "a/b", {"name": "caffè.txt"}),
    (b"a/b; x=1; x=1", "a/b", {"x": "1"}),
    # RFC 2231
    (b"a/b; name*=utf-8''caff%C3%A8.txt", "a/b", {"name": "caffè.txt"}),
    (b"a/b; name*=iso-8859-1'it'caff%E8.txt", "a/b", {"name": "caffè.txt"}),
    (b"a/b; name*=\"utf-8''a%20b\"", "a/b", {"name": "a b"}),
    (b"a/b; name*=''caff%C3%A8", "a/b", {"name": "caffè"}),
    (b"a/b; name*=caff%E8%zz", "a/b", {"name": "caffè%zz"}),
    (b"a/b; name*=rot13''abc", "a/b", {"name": "abc"}),
    (b'a/b; name*0="one "; name*1=two', "a/b", {"name": "one two"}),
    (b"a/b; name*1=b; name*0=a; name*2=c", "a/b", {"name": "abc"}),
    (b"a/b; name*0*=utf-8''%C3; name*1*=%A8; name*2=%41", "a/b", {"name": "è%41"}),
    (b"a/b; name*10=k;" + b";".join(b"name*%d=%c" % (n, 97 + n) for n in range(10)), "a/b", {"name": "abcdefghijk"}),
    (b"multipart/mixed; boundary*0=a; boundary*1=b", "multipart/mixed", {"boundary": "ab"}),
    (b"a/b; name=caffe.txt; name*=utf-8''caff%C3%A8.TXT", "a/b", {"name": "caffè.TXT"}),
    (b"multipart/mixed; boundary*=''x; boundary=x", "multipart/mixed", {"boundary": "x"}),
    (b"a/b; name*x=1; *=2", "a/b", {"name*x": "1", "*": "2"}),
]


@pytest.mark.parametrize(("raw", "essence", "params"), PLAIN)
def test_ordinary_fields_yield_no_flag(raw: bytes, essence: str, params: dict[str, str]) -> None:
    read = parse_media_type(raw)
    assert read is not None
    assert (read.essence, dict(read.params), read.flags) == (essence, params, ())
    assert len(read.params) == len(params)
    # The same parameters after a disposition.
    rest = raw.partition(b";")
    assert parse_disposition(b"inline" + b"".join(rest[1:])) == Disposition("inline", read.params)


ODD = [
    # value, parameters, flags
    (b"a/b; boundary=x; boundary=y", {"boundary": "x"}, {"duplicate-parameter"}),
    (b"a/b; boundary=y; boundary*=''x", {"boundary": "y"}, {"parameter-forms-conflict"}),
    (b"a/b; boundary*0=x; boundary=y", {"boundary": "y"}, {"parameter-forms-conflict"}),
    (b"a/b; name=a.txt; name*=''smime.p7m", {"name": "smime.p7m"}, {"parameter-forms-conflict"}),
    (b'a/b; name="x; boundary=b', {"name": "x", "boundary": "b"}, {"unclosed-quote"}),
    (b'a/b; name="x.pdf; charset="utf-8"', {"name": "x.pdf", "charset": "utf-8"}, {"unclosed-quote"}),
    (b'a/b; name="x\r\n boundary=b', {"name": "x", "boundary": "b"}, {"unclosed-quote", "missing-semicolon"}),
    (b'a/b; name=x"', {"name": "x"}, {"unclosed-quote"}),
    (b'a/b; x="\\', {"x": "\\"}, {"unclosed-quote"}),
    (b"a/b; boundary=(boundary=x)y", {"boundary": "y"}, {"comment-in-parameter"}),
    (b"a/b; boundary=y (boundary=x; z)", {"boundary": "y"}, {"comment-in-parameter"}),
    (b"a/b; boundary((c))=y", {"boundary": "y"}, {"comment-in-parameter"}),
    (b"a/b (c; \\) (d)); (e) boundary = (f) y (g); z=1", {"boundary": "y", "z": "1"}, {"comment-in-parameter"}),
    (b"a/b; x=y(c)z", {"x": "yz"}, {"comment-in-parameter"}),
    (b"a/b; name=report (1).pdf", {"name": "report (1).pdf"}, {"comment-in-parameter"}),
    (b"a/b; name=(x)smime.p7m(y)", {"name": "smime.p7m"}, {"comment-in-parameter"}),
    (b"a/b; (x; boundary=y", {"boundary": "y"}, {"unclosed-comment", "invalid-parameter"}),
    (b"a/b; name=x(y; boundary=z", {"name": "x(y", "boundary": "z"}, {"unclosed-comment"}),
    (b"a/b; " + b"(" * 65 + b")" * 65 + b"; boundary=y", {"boundary": "y"}, {"unclosed-comment"}),
    (b"a/b; " + b"(" * 64 + b")" * 64 + b"; boundary=y", {"boundary": "y"}, {"comment-in-parameter"}),
    (b"a/b; x:y=1; boundary=z", {"boundary": "z"}, {"invalid-parameter"}),
    (b"a/b; \xe8=1; boundary=z", {"boundary": "z"}, {"invalid-parameter"}),
    (b"a/b; name*", {}, {"invalid-parameter"}),
    (b"a/b; =1; boundary=z", {"boundary": "z"}, {"invalid-parameter"}),
    (b'a/b; "x;y=1"; boundary=z', {"boundary": "z"}, {"invalid-parameter"}),
    (b'a/b; "; boundary=z', {"boundary": "z"}, {"invalid-parameter"}),
    (b"a/b; one two boundary=z", {"boundary": "z"}, {"invalid-parameter"}),
    (b"a/b; name*0=a; name*2=c", {"name": "ac"}, {"rfc2231-gap"}),
    (b"a/b; name*1=b; name*2=c", {"name": "bc"}, {"rfc2231-gap"}),
    (b"a/b; name*0=a; name*0=b", {"name": "a"}, {"rfc2231-gap"}),
    (b"a/b; name*00=a; name*01=b", {"name": "ab"}, {"rfc2231-gap"}),
    (b'a/b; name="=?utf-8?Q?caff=C3=A8?="', {"name": "caffè"}, {"encoded-word-parameter"}),
    (b"a/b; name==?utf-8?Q?caff=C3=A8?=", {"name": "caffè"}, {"encoded-word-parameter"}),
    (b'a/b; name*0="=?utf-8?Q?a=20"; name*1="b?="', {"name": "a b"}, {"encoded-word-parameter"}),
    (b'a/b; name="=?utf-8?B?YQ==?=\r\n\t=?utf-8?B?Yg==?="', {"name": "ab"}, {"encoded-word-parameter"}),
    (b'a/b; x="=?utf-8?Q?a?="', {"x": "=?utf-8?Q?a?="}, set()),
    (b'a/b; boundary="\\x"', {"boundary": "x"}, {"quoted-pair-in-boundary"}),
    (b'a/b; name="\\x"', {"name": "x"}, set()),
    (b"a/b x", {}, {"trailing-text"}),
    (b"a/b, c/d; x=1", {"x": "1"}, {"trailing-text"}),
    (b"a/b/c; x=1", {"x": "1"}, {"trailing-text"}),
    (b'a/b; x="1"2; y=3', {"x": "1", "y": "3"}, {"trailing-text"}),
    (b"a/b\0; x=1", {"x": "1"}, {"trailing-text"}),
    (b"a/b boundary=x", {"boundary": "x"}, {"missing-semicolon"}),
    (b'a/b; x="1" y=2', {"x": "1", "y": "2"}, {"missing-semicolon"}),
    (b"a/b; charset=utf-8 format=flowed", {"charset": "utf-8", "format": "flowed"}, {"missing-semicolon"}),
    (b"a/b; charset=utf-8, format=flowed", {"charset": "utf-8", "format": "flowed"}, {"missing-semicolon"}),
    (b"a/b; x=1 (c) charset=y", {"x": "1", "charset": "y"}, {"missing-semicolon", "comment-in-parameter"}),
    (b"a/b; x=1\r\n y=2", {"x": "1", "y": "2"}, {"missing-semicolon"}),
    (b"a/b; x=1 y=2", {"x": "1 y=2"}, {"blank-in-value"}),
    (b"a/b; boundary=x y", {"boundary": "x y"}, {"blank-in-value"}),
    (b"a / b", {}, {"odd-media-type"}),
    (b'"a/b"; x=1', {"x": "1"}, {"odd-media-type"}),
    (b"a(c)/b; x=1", {"x": "1"}, {"odd-media-type", "comment-in-parameter"}),
]


@pytest.mark.parametrize(("raw", "params", "flags"), ODD)
def test_odd_fields(raw: bytes, params: dict[str, str], flags: set[str]) -> None:
    read = parse_media_type(raw)
    assert read is not None
    assert read.essence == "a/b"
    assert dict(read.params) == params
    assert set(read.flags) == flags
    assert len(read.flags) == len(flags)


@pytest.mark.parametrize(
    "raw", [b"", b" ", b"text", b"text; charset=utf-8", b"text/", b"/plain", b"text plain", b";x=1", b"=?x?=/y", b"("]
)
def test_no_media_type(raw: bytes) -> None:
    assert parse_media_type(raw) is None


def test_bytes_of_a_boundary_survive() -> None:
    read = parse_media_type(b'multipart/mixed; boundary="a\xe8\x81b"; name="\xe8\x81"')
    assert read is not None
    assert (read.param("boundary") or "").encode("utf-8", "surrogateescape") == b"a\xe8\x81b"
    assert read.param("name") == "è\ufffd"
    assert read.param("absent") is None


def test_parameters_are_limited() -> None:
    raw = b"a/b" + b"".join(b"; p%d=1" % n for n in range(300))
    read = parse_media_type(raw)
    assert read is not None
    assert (len(read.params), read.flags) == (256, ("too-many-parameters",))
    short = parse_media_type(b"a/b; name*0=a; name*1=b; c=d", max_parameters=2)
    assert short == MediaType("a", "b", (("name", "ab"),), ("too-many-parameters",))
    exact = parse_media_type(b"a/b; x=1; y=2", max_parameters=2)
    assert exact == MediaType("a", "b", (("x", "1"), ("y", "2")), plain=True)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b" attachment", Disposition("attachment")),
        (b"INLINE; FileName=x", Disposition("inline", (("filename", "x"),))),
        (b"attachment;filename*=utf-8''%C3%A8", Disposition("attachment", (("filename", "è"),))),
        (b'attachment filename="x"', Disposition("attachment", (("filename", "x"),), ("missing-semicolon",))),
        (b'"attachment"; filename=x', Disposition("attachment", (("filename", "x"),))),
        (b"(c) attachment", Disposition("attachment", (), ("comment-in-parameter",))),
        (b"filename=x", Disposition("", (("filename", "x"),))),
        (b" ; filename=x", Disposition("", (("filename", "x"),))),
        (
            b"attachment; filename==?utf-8?Q?a?=",
            Disposition("attachment", (("filename", "a"),), ("encoded-word-parameter",)),
        ),
        (b"=?utf-8?Q?x?=", Disposition("", (), ("invalid-parameter",))),
        (b"inline; size=3", Disposition("inline", (("size", "3"),))),
        (b"", Disposition("")),
    ],
)
def test_dispositions(raw: bytes, expected: Disposition) -> None:
    assert parse_disposition(raw) == expected
    assert expected.param("filename") == dict(expected.params).get("filename")


@pytest.mark.parametrize(
    ("raw", "token", "flags"),
    [
        (b"base64", "base64", ()),
        (b" BASE64\r\n", "base64", ()),
        (b'"7bit"', "7bit", ()),
        (b"\r\n quoted-printable", "quoted-printable", ()),
        (b"base64 (c(d))", "base64", ("comment-in-parameter",)),
        (b"(c) base64", "base64", ("comment-in-parameter",)),
        (b"ba(c)se64", "ba se64", ("comment-in-parameter", "trailing-text")),
        (b"base64;", "base64", ("trailing-text",)),
        (b"base64,\t quoted-printable", "base64, quoted-printable", ("trailing-text",)),
        (b"quoted printable", "quoted printable", ("trailing-text",)),
        (b"base64 (", "base64 (", ("unclosed-comment", "trailing-text")),
        (b'"base64', "base64", ("unclosed-quote",)),
        (b"=?utf-8?Q?base64?=", "=?utf-8?q?base64?=", ("trailing-text",)),
        (b"\xe8", "è", ("trailing-text",)),
        (b"", "", ()),
        (b"base64" + b" " * 300, "base64", ()),
    ],
)
def test_tokens(raw: bytes, token: str, flags: tuple[str, ...]) -> None:
    assert parse_token(raw) == (token, flags)


def test_long_values_are_read_like_short_ones() -> None:
    long = b"x" * 1000
    assert parse_media_type(b"a/b; x=" + long) == MediaType("a", "b", (("x", long.decode()),), plain=True)
    assert parse_disposition(b"inline; x=" + long) == Disposition("inline", (("x", long.decode()),))


HOSTILE = [
    *(b'( ; =? [ < " \\ () =" (\\) a=" x= ;a*0*= ;a*0*=b ;@ a="b; ="\\"'.split()),
    *(b"a ", b"\n", b"a\n", b"\n a", b"a=b c=", b"; a=b", b"a b=", b" ;", b"x= y=", b'; a="b" '),
]
BEFORE = (b"", b"a/b; name=", b'a/b; x="', b"a/b; charset=a ")


@pytest.mark.parametrize(
    "parse",
    [partial(parse_media_type, max_parameters=10**6), partial(parse_disposition, max_parameters=10**6), parse_token],
    ids=["media type", "disposition", "token"],
)
@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_repetition_takes_linear_time(unit: bytes, parse: Callable[[bytes], object]) -> None:
    for before in BEFORE:

        def prepare(size: int, before: bytes = before) -> Callable[[], object]:
            return partial(parse, before + unit * (size // len(unit)))

        assert growth(prepare, 2000) < MOST_GROWTH


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_repetition_is_read(unit: bytes) -> None:
    text = unit * (20_000 // len(unit))
    for before in BEFORE:
        read = parse_media_type(before + text, 1_000_000)
        assert read is None or read.type == "a"
        assert len(parse_disposition(before + text).params) <= 256
        assert len(parse_token(before + text)[0]) <= len(before + text)


@settings(deadline=None, max_examples=500)
@given(
    st.lists(
        st.sampled_from(
            [*HOSTILE, b"a/b", b"boundary", b"name", b"*0", b"*1*", b"=", b"''", b"%C3", b"\xc3\xa8", b"\xe8"]
        )
    ).map(b"".join)
    | st.binary(max_size=80)
)
def test_invariants(raw: bytes) -> None:
    disposition = parse_disposition(b"x; " + raw)
    for value in (parse_media_type(raw), parse_media_type(b"a/b; " + raw), disposition):
        if value is None:
            continue
        names = [name for name, _ in value.params]
        assert len(set(names)) == len(names)
        assert len(set(value.flags)) == len(value.flags)
        assert all(name == name.lower() and name.isascii() for name in names)
        for name, text in value.params:
            assert name == "boundary" or text.encode("utf-8").decode("utf-8") == text
    assert parse_disposition(b"x; " + raw) == disposition
