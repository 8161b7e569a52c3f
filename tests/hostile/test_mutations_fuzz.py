"""Fifty thousand seeded mutations of the samples: each gets a verdict that can be written down, never an exception."""

from __future__ import annotations

import os
import random
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

import pecdetect
from support.samples import all_samples

if TYPE_CHECKING:
    from collections.abc import Callable

    Operator = Callable[[random.Random, bytearray], None]

pytestmark = pytest.mark.slow

MUTATIONS = int(os.environ.get("PECDETECT_MUTATIONS", "50000"))
CHUNKS = 50
MOST = 3
"""Operators applied to one file, one after another."""
LONGEST = 256
"""Bytes of a slice that is moved."""
TOKENS = (
    *(b"\r", b"\n", b"\n\n", b"\r\n\r\n", b"\r\n ", b"\r\r\n", b"\0", b"\xff", b"\x80", b"\xfe\xff", b"\xef\xbb\xbf"),
    *(
        b"--",
        b"\r\n--",
        b"--\r\n",
        b"=",
        b"==",
        b"=\r\n",
        b"=3D",
        b"=?",
        b"?=",
        b"=?utf-8?q?",
        b"=?x?b?!?=",
        b"(",
        b")",
    ),
    *(b'"', b"\\", b";", b":", b",", b"<", b">", b"@", b"*", b"*0*=", b"'", b"''", b"%", b"%zz", b"[", b"]", b"  "),
    *(b"Content-Type:", b"Content-Type: ;", b"\r\nContent-Type: multipart/mixed; boundary=", b"; boundary=", b"/"),
    *(b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: x-uuencode\r\n", b"begin 644 a\r\n", b"M"),
    *(
        b"; charset=utf-7",
        b"; charset=idna",
        b"; name*=utf-16''%00",
        b"; protocol=",
        b"; smime-type=",
        b"message/rfc822",
    ),
    *(
        b"application/ms-tnef",
        b"application/pkcs7-mime",
        b"multipart/signed",
        b"X-Trasporto: errore\r\n",
        b"X-Ricevuta:",
    ),
    *(
        b"99999999999999999999",
        b"-1",
        b"4294967295",
        b"Mon, 31 Feb 99999 25:61:61 +9999",
        b"From ",
        b">From ",
        b".\r\n",
    ),
    *(
        b"0\x80",
        b"\0\0",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x24\x80",
        b"\xa0\x80",
        b"MIAGCSqGSIb3DQEHAqCA",
        b"\x78\x9f\x3e\x22",
    ),
    *(
        b"\xff\xff\xff\xff",
        b"\xff\xff\xff\x7f",
        b"\xfe\xff\xff\xff",
        b"\0\0\0\x80",
        b"<!DOCTYPE a [",
        b"<!ENTITY a 'b'>",
    ),
    *(b"<![CDATA[", b"&#0;", b"&a;", b"<postacert>", b"-----BEGIN PGP MESSAGE-----\r\n", b"\x1b[2J", b"\xe2\x80\xae"),
)
_NUMBER = re.compile(rb"[0-9]+")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|[\r\n]|\Z)")


@cache
def seeds() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in all_samples())


@cache
def boundaries() -> tuple[bytes, ...]:
    """Delimiter lines of all samples."""
    return tuple(sorted({line for data in seeds() for line in re.findall(rb"(?m)^--[^\r\n]{1,70}", data)}))


def span(rng: random.Random, data: bytearray) -> tuple[int, int]:
    """A stretch that is not long."""
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.randint(1, LONGEST))


def flip_bits(rng: random.Random, data: bytearray) -> None:
    for _ in range(rng.randint(1, 8)):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def set_bytes(rng: random.Random, data: bytearray) -> None:
    for _ in range(rng.randint(1, 4)):
        if data:
            data[rng.randrange(len(data))] = rng.choice((0, 1, 9, 10, 13, 32, 45, 58, 61, 127, 128, 254, 255))


def insert_bytes(rng: random.Random, data: bytearray) -> None:
    at = rng.randrange(len(data) + 1)
    data[at:at] = rng.randbytes(rng.randint(1, 16))


def delete_slice(rng: random.Random, data: bytearray) -> None:
    start, end = span(rng, data)
    del data[start:end]


def duplicate_slice(rng: random.Random, data: bytearray) -> None:
    start, end = span(rng, data)
    data[end:end] = data[start:end] * rng.choice((1, 1, 1, 2, 16))


def swap_slices(rng: random.Random, data: bytearray) -> None:
    (first, middle), (second, end) = sorted((span(rng, data), span(rng, data)))
    if middle <= second:
        data[first:end] = data[second:end] + data[middle:second] + data[first:middle]


def overwrite_slice(rng: random.Random, data: bytearray) -> None:
    start, end = span(rng, data)
    other = rng.randrange(len(data) + 1)
    data[start:end] = data[other : other + end - start]


def edit_lines(rng: random.Random, data: bytearray) -> None:
    """Delete, double, move or join lines."""
    lines = _LINE.findall(data)
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    action = rng.randrange(5)
    if action == 0:
        del lines[at]
    elif action == 1:
        lines.insert(other, lines[at])
    elif action == 2:
        lines[at], lines[other] = lines[other], lines[at]
    elif action == 3:
        lines[at] = lines[at].rstrip(b"\r\n")
    else:
        few = lines[at : at + 8]
        rng.shuffle(few)
        lines[at : at + 8] = few
    data[:] = b"".join(lines)


def splice(rng: random.Random, data: bytearray) -> None:
    """The beginning of one file and the end of another."""
    other = rng.choice(seeds())
    data[rng.randrange(len(data) + 1) :] = other[rng.randrange(len(other)) :]


def insert_seed(rng: random.Random, data: bytearray) -> None:
    """A piece of another file in the middle."""
    start, end = span(rng, bytearray(other := rng.choice(seeds())))
    at = rng.randrange(len(data) + 1)
    data[at:at] = other[start:end]


def insert_token(rng: random.Random, data: bytearray) -> None:
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data) + 1)
        data[at:at] = rng.choice(TOKENS)


def insert_boundary(rng: random.Random, data: bytearray) -> None:
    own = re.findall(rb"--[^\r\n]{1,70}", bytes(data[:65536]))
    at = rng.randrange(len(data) + 1)
    data[at:at] = b"\r\n" + rng.choice(own or boundaries()) + rng.choice((b"\r\n", b"--\r\n", b" \n", b"x\r\n"))


def truncate(rng: random.Random, data: bytearray) -> None:
    del data[rng.randrange(len(data) + 1) :]


def blow_up_number(rng: random.Random, data: bytearray) -> None:
    found = [match.span() for match in _NUMBER.finditer(data, 0, 65536)]
    if found:
        start, end = rng.choice(found)
        data[start:end] = rng.choice((b"9" * 30, b"0", b"-1", b"4294967296", b"1e9", b"9" * 5000))


def convert_line_ends(rng: random.Random, data: bytearray) -> None:
    end = rng.choice((b"\n", b"\r", b"\r\r\n", b"\n\r", b"\r\n\r\n"))
    start, stop = sorted((rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)))
    if rng.random() < 0.5:
        start, stop = 0, len(data)
    data[start:stop] = bytes(data[start:stop]).replace(b"\r\n", b"\n").replace(b"\n", end)


def fold_case(rng: random.Random, data: bytearray) -> None:
    start, end = span(rng, data)
    data[start:end] = bytes(data[start:end]).swapcase()


OPERATORS: tuple[Operator, ...] = (
    *(flip_bits, set_bytes, insert_bytes, delete_slice, duplicate_slice, swap_slices, overwrite_slice, edit_lines),
    *(splice, insert_seed, insert_token, insert_boundary, truncate, blow_up_number, convert_line_ends, fold_case),
)


def mutant(number: int) -> tuple[bytes, list[str]]:
    """The file of this number and the operators that made it: the same everywhere, always."""
    rng = random.Random(number)
    data = bytearray(seeds()[number % len(seeds())])
    applied = []
    for _ in range(rng.randint(1, MOST)):
        operator = rng.choice(OPERATORS)
        operator(rng, data)
        applied.append(operator.__name__)
    return bytes(data), applied


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_mutation_raises(chunk: int) -> None:
    for number in range(chunk, MUTATIONS, CHUNKS):
        data, applied = mutant(number)
        try:
            verdict = pecdetect.classify(data)
            written = verdict.to_dict()
        except Exception as error:
            error.add_note(f"mutation {number}: {', '.join(applied)}")
            raise
        assert written["source"]["size"] == len(data)
        assert written["can_sync"] is not True or not written["limits_hit"], number


def test_mutations_are_the_same_everywhere_and_all_operators_take_part() -> None:
    made = [mutant(number) for number in range(2000)]
    assert made == [mutant(number) for number in range(2000)]
    assert {name for _, applied in made for name in applied} == {operator.__name__ for operator in OPERATORS}
    assert sum(data not in seeds() for data, _ in made) > 1900
