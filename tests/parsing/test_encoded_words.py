from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from pecdetect.parsing.encoded_words import decode_encoded_words, decode_text, settle_parameters
from support.steps import MOST_GROWTH, growth

if TYPE_CHECKING:
    from collections.abc import Callable

DECODED = [
    ("Offerta", "Offerta"),
    ("=?utf-8?Q?caff=C3=A8?=", "caffè"),
    ("=?UTF-8?b?Y2Fmw6g=?=", "cafè"),
    ("=?utf-8?q?a_b=5Fc?=", "a b_c"),
    ("Re: =?iso-8859-1?Q?citt=E0?= nuova", "Re: città nuova"),
    ("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
    ("=?utf-8?Q?a?=\r\n\t =?iso-8859-1?Q?=E8?=", "aè"),
    ("=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c"),
    (" =?utf-8?Q?a?= ", " a "),
    # A character split between two words of the same charset, one of them base64.
    ("=?utf-8?Q?=C3?= =?UTF-8?B?qA==?=", "è"),
    # ... but not between different charsets.
    ("=?utf-8?Q?=C3?= =?iso-8859-1?Q?=A8?=", "\ufffd¨"),
    ('"=?utf-8?Q?Rossi=2C_Mario?="', '"Rossi, Mario"'),
    ("(=?utf-8?Q?a?=)x=?utf-8?Q?b?==?utf-8?Q?c?=y", "(a)xbcy"),
    ("=?utf-8?Q?with blanks in it?=", "with blanks in it"),
    ("=?utf-8*it-IT?Q?citt=C3=A0?=", "città"),
    ("=?utf-8?B?YQ?=", "a"),
    ("=?utf-8?B?YQ==?=", "a"),
    ("=?utf-8?B?Y Q = =?=", "a"),
    ("=?utf-8?B?YWI=Y2Q=?=", "abcd"),
    ("=?utf-8?Q??=", ""),
    ("=?utf-8?Q?a=?=", "a"),
    ("=?utf-8?Q?50=ZZ?=", "50=ZZ"),
    ("=?utf-8?Q?già=20fatto?=", "già fatto"),
    ("=?iso-8859-1?Q?già=E8?=", "giàè"),
    ("=?unknown?Q?=E8?=", "è"),
    ("=?unknown?Q?=C3=A8?=", "è"),
    ("=?us-ascii?Q?=C3=A8?=", "è"),
    ("=?iso-8859-1?Q?=80uro?=", "€uro"),
    ("=?gb2312?B?jPI=?=", b"\x8c\xf2".decode("gb18030")),
    ("=?ks_c_5601-1987?B?u+fB+A==?=", "사진"),
    ("=?windows-874?Q?=A1?=", "ก"),
    ("=?utf-7?Q?+AOg-?=", "è"),
    ("=?idna?Q?a?=", "a"),
    ("=?undefined?Q?=E8?=", "è"),
    ("=?rot13?Q?abc?=", "abc"),
    ("=?zip?B?YWJj?=", "abc"),
    ("=?a\0b?Q?x?=", "x"),
    # Left as they are.
    ("=?utf-8?B?!!!!?=", "=?utf-8?B?!!!!?="),
    ("=?utf-8?B?Y?=", "=?utf-8?B?Y?="),
    ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
    ("=?utf-8?Q?abc", "=?utf-8?Q?abc"),
    ("=??Q?abc?=", "=??Q?abc?="),
    ("a =?utf-8?B?!!!!?= =?utf-8?Q?b?=", "a =?utf-8?B?!!!!?= b"),
    ("=?utf-8?Q?a?= =?utf-8?B?!!!!?=", "a =?utf-8?B?!!!!?="),
    # The word that closes counts, not the one before it.
    ("=?utf-8?Q?a =?utf-8?Q?b?=", "=?utf-8?Q?a b"),
]


@pytest.mark.parametrize(("text", "expected"), DECODED)
def test_decode_encoded_words(text: str, expected: str) -> None:
    assert decode_encoded_words(text) == expected


@pytest.mark.parametrize(
    ("data", "charset", "expected"),
    [
        (b"abc", None, "abc"),
        (b"caff\xc3\xa8", None, "caffè"),
        (b"caff\xe8 \x80", None, "caffè €"),
        (b"\x81", None, "\ufffd"),
        (b"caff\xe8", "utf-8", "caff\ufffd"),
        (b"caff\xe8", "UTF8", "caff\ufffd"),
        (b"caff\xe8", "ISO_8859-1", "caffè"),
        (b"\x80", "latin1", "€"),
        (b"\x81", "iso-8859-1", "\x81"),
        (b"caff\xe8", "us-ascii", "caffè"),
        (b"caff\xe8", "ANSI_X3.4-1968", "caffè"),
        (b"caff\x8a", "ibm850", "caffè"),
        (b"caff\xe8", "'iso-8859-15'", "caffè"),
        (b"a\x00b\x00", "utf-16le", "ab"),
        (b"\xe8", "cp1251", "и"),
        (b"\xc0", "koi8-u", "ю"),
        (b"caff\xe8", "", "caffè"),
        (b"caff\xe8", "x" * 1000, "caffè"),
        (b"caff\xe8", "no-such-charset", "caffè"),
        (b"+2AA-", "utf-7", "?"),
        *(
            (b"abc", name, "abc")
            for name in ("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "rot13", "hex")
        ),
        *((b"YQ==", name, "YQ==") for name in ("base64", "zlib", "bz2", "quopri", "uu", "mbcs", "oem", "charmap")),
        (b"\\u0041", "unicode-escape", "\\u0041"),
    ],
)
def test_decode_text(data: bytes, charset: str | None, expected: str) -> None:
    assert decode_text(data, charset) == expected


def test_parameters_are_settled_in_order_of_first_mention() -> None:
    flags = ["trailing-text"]
    pieces = [("b*1", "y"), ("a", "1"), ("b*0", "x"), ("a", "2")]
    assert settle_parameters(pieces, flags) == (("b", "xy"), ("a", "1"))
    assert flags == ["trailing-text", "duplicate-parameter"]


@pytest.mark.parametrize(
    "unit",
    [
        "=?",
        "=?a?q?",
        "=?a?q?x",
        "=?a?b?!?=",
        "=?utf-8?q?a?= ",
        "?=",
        "=?a?q? x",
        "=",
        "?",
        "=?a?b?A==?=",
        "=?utf-8?B?Y",
    ],
)
def test_hostile_repetition_takes_linear_time(unit: str) -> None:
    for around in ("%s", "=?utf-8?Q?%s", "=?utf-8?B?%s?=", "%s?="):

        def prepare(size: int, around: str = around) -> Callable[[], str]:
            return partial(decode_encoded_words, around % (unit * (size // len(unit))))

        assert growth(prepare, 2000) < MOST_GROWTH
        assert len(prepare(300_000)()) <= 300_000 + len(around)


def test_many_charsets_are_not_remembered() -> None:
    text = "".join(f"=?x-{index}?Q?a?=" for index in range(5_000))
    assert decode_encoded_words(text) == "a" * 5_000


@settings(deadline=None, max_examples=300)
@given(
    st.text(st.sampled_from("=?utf-8QqBb_ \t=C3A8YWJj*é\ud800"), max_size=80)
    | st.tuples(
        st.sampled_from(
            ["utf-8", "utf-7", "hz", "iso-2022-jp", "iso-2022-kr", "utf-16", "big5", "gb2312", "johab", "x"]
        ),
        st.sampled_from("QB"),
        st.binary(max_size=30).map(lambda data: "".join(f"={byte:02X}" for byte in data)) | st.text(max_size=30),
    ).map(lambda word: f"=?{word[0]}?{word[1]}?{word[2]}?=")
)
def test_never_raises_on_words(text: str) -> None:
    assert isinstance(decode_encoded_words(text), str)


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=60), st.none() | st.text(max_size=20) | st.sampled_from(["utf-7", "hz", "utf-32", "utf-16"]))
def test_decoded_text_can_be_encoded(data: bytes, charset: str | None) -> None:
    assert decode_text(data, charset).encode("utf-8").decode("utf-8") == decode_text(data, charset)
