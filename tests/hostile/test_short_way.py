"""The short way hides nothing: whatever is done to plain mail, it finds what the long way does or leaves it to that."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING

import pytest

from hostile.test_mutations_fuzz import OPERATORS
from pecdetect.detect.detect import detect
from pecdetect.detect.plain import find_plain
from pecdetect.limits import Limits
from pecdetect.parsing.opening import open_message
from pecdetect.parsing.plain import read_plain
from support.samples import all_samples

if TYPE_CHECKING:
    from pecdetect.detect.findings import Findings

pytestmark = pytest.mark.slow

LIMITS = Limits()
THRESHOLD = 1000
CHUNKS, MUTANTS = 8, 2000
LONGEST = 40_000


def shortly(data: bytes) -> Findings | None:
    plain = read_plain(data, LIMITS)
    return find_plain(plain, "a.eml", THRESHOLD, LIMITS) if plain is not None else None


@cache
def seeds() -> tuple[bytes, ...]:
    """Samples that are plain, also with LF."""
    octets = [path.read_bytes() for path in all_samples("*.eml")]
    octets += [data.replace(b"\r\n", b"\n") for data in octets]
    return tuple(data for data in octets if len(data) < LONGEST and shortly(data) is not None)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_mutants_of_plain_mail_are_found_the_same_in(chunk: int) -> None:
    plain, wrong = 0, []
    for number in range(chunk * MUTANTS, (chunk + 1) * MUTANTS):
        rng = random.Random(number)
        data = bytearray(rng.choice(seeds()))
        for _ in range(rng.randint(1, 2)):
            rng.choice(OPERATORS)(rng, data)
        octets = bytes(data)
        found = shortly(octets)
        if found is None:
            continue
        plain += 1
        if found != detect(open_message(octets, len(octets), LIMITS), "a.eml", THRESHOLD):
            wrong.append(number)
    assert plain > MUTANTS // 10, "enough of them are still plain"
    assert wrong == []


QUOTED = b"Content-Transfer-Encoding: quoted-printable\n\nCiao.=20\n\n"
CMS = b"MIAGCSqGSIb3DQEHAqCAMIACAQExDzAN\n"
ARMOUR = b"LS0tLS1CRUdJTiBQR1AgTUVTU0FHRS0tLS0tCgpoUUVNQTAwMDAwMDAw\n"
HIDDEN = {
    "armour in base64, in quoted-printable": QUOTED + ARMOUR,
    "armour in base64, in a text": b"\nCiao\n" + ARMOUR,
    "a header with blanks before colons": b"\nVa :08\nContent-Type: application/pkcs7-mime\n\n" + CMS,
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_random_mutants_once_hid(name: str) -> None:
    head = b"From: a@example.org\nTo: b@example.com\nContent-Type: text/plain; charset=utf-8\n"
    data = head + HIDDEN[name]
    assert shortly(data) is None
    assert shortly(data.replace(b"\n", b"\r\n")) is None


def test_cms_before_the_first_delimiter_is_not_plain() -> None:
    head = b'From: a@example.org\nTo: b@example.com\nContent-Type: multipart/mixed; boundary="=_b1"\n\n'
    rest = b"--=_b1\nContent-Type: text/plain\n\nCiao.\n--=_b1--\n"
    assert shortly(head + rest) is not None
    assert shortly(head + b"Send mail to MIAGCSqGSIb3DQEHAqCA for more.\n\n" + rest) is None


@pytest.mark.parametrize("before", [b"--=_b1\n", b"--=_b1--\n"])
def test_mixed_line_ends_before_a_delimiter_are_not_plain(before: bytes) -> None:
    head = b'From: a@example.org\nTo: b@example.com\nContent-Type: multipart/mixed; boundary="=_b1"\n\n'
    data = head + b"--=_b1\nContent-Type: text/plain\n\nCiao.\n--=_b1\nContent-Type: text/plain\n\nCiao.\n--=_b1--\n"
    at = data.index(before, len(head) + 8)
    assert shortly(data) is not None
    assert shortly(data[: at - 1] + b"\r\n" + data[at:]) is None
    crlf = data.replace(b"\n", b"\r\n")
    at = crlf.index(before.replace(b"\n", b"\r\n"), len(head) + 16)
    assert shortly(crlf) is not None
    assert shortly(crlf[: at - 2] + b"\n" + crlf[at:]) is None
