"""Transfer encodings: lenient, bounded, exact about sizes."""

from __future__ import annotations

import base64
import binascii
import quopri
from itertools import takewhile

import pytest
from hypothesis import given, strategies as st

from pecdetect.parsing import transfer

BASE64 = [
    ("plain", b"aGVsbG8=", b"hello"),
    ("folded", b"aGVs\r\nbG8=\r\n", b"hello"),
    ("no padding", b"aGVsbG8", b"hello"),
    ("junk skipped", b"aG!Vs-bG.8=", b"hello"),
    ("padding in the middle", b"Zm9vYg==YmFy", b"foobbar"),
    ("leading padding", b"====aGVsbG8=", b"hello"),
    ("one letter at the end", b"aGVsbG8=a", b"hello"),
    ("empty", b"", b""),
    ("only junk", b"!!!\r\n", b""),
]
UU = [
    ("with begin and end", b"begin 644 x\n%:&5L;&\\\n`\nend\n", b"hello"),
    ("without begin and end", b"%:&5L;&\\\n", b"hello"),
    ("bad line skipped", b"begin 644 x\n\xff\xff\n%:&5L;&\\\nend\n", b"hello"),
    ("text after end", b"begin 644 x\n%:&5L;&\\\nend\n%:&5L;&\\\n", b"hello"),
]
QP = [
    ("plain", b"caff=C3=A8", "caffè".encode()),
    ("soft break", b"abc=\r\ndef", b"abcdef"),
    ("soft break and blanks", b"abc= \t\r\ndef", b"abcdef"),
    ("lower case", b"=c3=a8", "è".encode()),
    ("bad sequence stays", b"100=zz", b"100=zz"),
    ("trailing blanks go", b"abc  \r\ndef", b"abc\r\ndef"),
    ("nothing encoded", b"abc \n", b"abc\n"),
]


@pytest.mark.parametrize(("name", "raw", "expected"), BASE64)
def test_base64(name: str, raw: bytes, expected: bytes) -> None:
    assert transfer.decode(raw, 0, len(raw), "base64", 1000) == expected, name


@pytest.mark.parametrize(("name", "raw", "expected"), UU)
def test_uuencode(name: str, raw: bytes, expected: bytes) -> None:
    assert transfer.decode(raw, 0, len(raw), "x-uuencode", 1000) == expected, name


@pytest.mark.parametrize(("name", "raw", "expected"), QP)
def test_quoted_printable(name: str, raw: bytes, expected: bytes) -> None:
    assert transfer.decode(raw, 0, len(raw), "quoted-printable", 1000) == expected, name


@given(st.binary(max_size=400), st.integers(1, 80))
def test_base64_comes_back_and_sizes_are_exact(data: bytes, width: int) -> None:
    text = base64.b64encode(data)
    raw = b"\r\n".join(text[i : i + width] for i in range(0, len(text), width))
    assert transfer.decode(raw, 0, len(raw), "base64", len(raw)) == data
    assert transfer.decoded_size(raw, 0, len(raw), "base64") == (len(data), len(data))
    least, most = transfer.decoded_size_bounds(len(raw), "base64")
    assert least <= len(data) <= most


@given(st.binary(max_size=400).map(lambda data: data.replace(b"\r", b"")))
def test_quoted_printable_comes_back(data: bytes) -> None:
    """Without CR: the library's encoder leaves a lone one bare, and a blank before it at what is a line end for us."""
    raw = quopri.encodestring(data)
    assert transfer.decode(raw, 0, len(raw), "quoted-printable", 4000) == data
    least, most = transfer.decoded_size_bounds(len(raw), "quoted-printable")
    assert least <= len(data) <= most


@given(st.binary(max_size=400))
def test_uuencode_comes_back(data: bytes) -> None:
    lines = [binascii.b2a_uu(data[i : i + 45]) for i in range(0, len(data), 45)]
    raw = b"begin 644 x\n" + b"".join(lines) + b"`\nend\n"
    assert transfer.decode(raw, 0, len(raw), "uuencode", 4000) == data
    assert transfer.decoded_size(raw, 0, len(raw), "uuencode") == (len(data), len(data))


_UU_LINES = st.lists(
    st.one_of(
        st.binary(min_size=45, max_size=45).map(lambda data: binascii.b2a_uu(data).rstrip(b"\n")),
        st.binary(max_size=45).map(lambda data: binascii.b2a_uu(data, backtick=True).rstrip(b"\n")),
        st.sampled_from([b"M" + b"0" * 59, b"M" + b"0" * 61, b"M" + b"~" * 60, b"M0", b"", b"END", b"M" + b" " * 60]),
    ),
    max_size=8,
)


@given(_UU_LINES, st.sampled_from([b"\n", b"\r\n", b"\r"]), st.integers(0, 200))
def test_full_lines_of_uuencode_are_decoded_as_one_by_one(lines: list[bytes], line_end: bytes, limit: int) -> None:
    before = [line for line in takewhile(lambda line: line != b"END", lines) if line]
    expected = b"".join(transfer.decode(line, 0, len(line), "uuencode", 100) for line in before)
    raw = line_end.join([*lines, b""])
    assert transfer.decode(raw, 0, len(raw), "uuencode", limit) == expected[:limit]


def test_uuencode_is_counted_no_further_than_is_asked() -> None:
    raw = b"".join(binascii.b2a_uu(bytes(45)) for _ in range(100))
    assert transfer.decoded_size(raw, 0, len(raw), "uuencode", 4500) == (4500, 4500)
    least, most = transfer.decoded_size(raw, 0, len(raw), "uuencode", 4499)
    assert least == 4500 <= most
    least, most = transfer.decoded_size(raw, 0, len(raw), "uuencode", 10)
    assert 10 < least < 4500 <= most


@given(
    st.binary(max_size=300),
    st.sampled_from(["base64", "quoted-printable", "x-uue", "7bit", "x-unknown"]),
    st.integers(0, 50),
)
def test_any_bytes_decode_within_the_limit(raw: bytes, encoding: str, limit: int) -> None:
    out = transfer.decode(raw, 0, len(raw), encoding, limit)
    assert len(out) <= limit
    assert transfer.sniff(raw, 0, len(raw), encoding, limit) == out[:limit]


def test_large_base64_is_decoded_in_pieces() -> None:
    data = bytes(range(256)) * 2000
    raw = base64.encodebytes(data)
    assert transfer.decode(raw, 0, len(raw), "base64", len(raw)) == data
    assert transfer.decode(raw, 0, len(raw), "base64", 1000) == data[:1000]


def test_unknown_encoding_is_left_alone() -> None:
    assert transfer.decode(b"abc", 0, 3, "x-secret", 10) == b"abc"
    assert transfer.family("x-secret") == "unknown"
    assert transfer.decoded_size(b"abc", 0, 3, "x-secret") == (3, 3)
