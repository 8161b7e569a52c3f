"""The alternate readings: made where a question is open, each with its own answer, none for clear mail."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

import pecdetect
from pecdetect.parsing.dialects import ALTERNATES, Dialect
from pecdetect.parsing.message import Message
from pecdetect.parsing.readings import alternates
from support.samples import sample

HEAD = b"From: a@example.org\r\nTo: b@example.org\r\nMIME-Version: 1.0\r\n"
TEXT = b"Content-Type: text/plain\r\n\r\nciao\r\n"
SEALED = b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\n\r\nx\r\n"


def readings(data: bytes) -> dict[str, list[str]]:
    """By dialect, the media types of the parts that it reads."""
    return {
        dialect.name: [part.content_type for part in other.walk()]
        for dialect, other in alternates(pecdetect.read(data))
    }


def parts(boundary: bytes, *inner: bytes) -> bytes:
    return b"".join(b"--" + boundary + b"\r\n" + part for part in inner) + b"--" + boundary + b"--\r\n"


def typed(value: bytes) -> bytes:
    return HEAD + b"Content-Type: " + value + b"\r\n"


MIXED = ["multipart/mixed", "text/plain", "application/pkcs7-mime"]
CASES = {
    "content-type=last": (
        typed(b"text/plain") + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + parts(b"b", TEXT, SEALED),
        MIXED,
    ),
    "boundary=last": (
        typed(b"multipart/mixed; boundary=a; boundary=b") + b"\r\n" + parts(b"b", TEXT, SEALED),
        MIXED,
    ),
    "boundary=extended": (
        typed(b"multipart/mixed; boundary=a; boundary*0=b; boundary*1=c") + b"\r\n" + parts(b"bc", TEXT, SEALED),
        MIXED,
    ),
    "boundary=literal": (
        typed(b'multipart/mixed; boundary="\\b"') + b"\r\n" + parts(b"\\b", TEXT, SEALED),
        MIXED,
    ),
    "boundary=guessed": (typed(b"multipart/mixed") + b"\r\n" + parts(b"b", TEXT, SEALED), MIXED),
    "delimiter=prefix": (
        typed(b"multipart/mixed; boundary=b") + b"\r\n--b\r\n" + TEXT + b"--bX\r\n" + SEALED + b"--b--\r\n",
        MIXED,
    ),
    "header=resumes": (
        typed(b"multipart/mixed; boundary=b") + b"\r\n" + parts(b"b", TEXT, b"\r\n" + SEALED),
        MIXED,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_dialect_reads_what_the_primary_reading_does_not(name: str) -> None:
    data, expected = CASES[name]
    assert [part.content_type for part in pecdetect.read(data).walk()] != expected
    assert readings(data)[name] == expected


def test_the_last_transfer_encoding() -> None:
    data = HEAD + b"Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\nY2lhbw==\r\n"
    assert pecdetect.read(data).root.decoded().startswith(b"Y2lhbw")
    ((dialect, other),) = alternates(pecdetect.read(data))
    assert (dialect.name, other.root.decoded()) == ("transfer-encoding=last", b"ciao")


def test_every_dialect_has_a_case_and_makes_one_choice() -> None:
    assert {dialect.name for dialect in ALTERNATES} == {*CASES, "transfer-encoding=last"}
    plain = Dialect("", frozenset())
    for dialect in ALTERNATES:
        assert dialect.when, dialect.name
        choices = replace(dialect, name="", when=frozenset())
        changed = [f.name for f in fields(Dialect) if getattr(choices, f.name) != getattr(plain, f.name)]
        assert len(changed) == 1, dialect.name


@pytest.mark.parametrize("name", ["ordinary-newsletter", "pec-transport-envelope", "smime-encrypted"])
def test_clear_mail_is_read_once(name: str) -> None:
    assert list(alternates(pecdetect.read(sample(f"{name}.eml")))) == []


def test_readings_share_one_budget() -> None:
    inner = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"QUFBQTogYg0KDQo=" * 64
    data = typed(b"multipart/mixed; boundary=a; boundary=b") + b"\r\n" + parts(b"b", inner, inner)
    message = pecdetect.read(data, limits=pecdetect.Limits(decoded_factor=0, decoded_extra=1000, decoded_bytes=1000))
    before = message.decoded_left
    others: list[Message] = [other for _, other in alternates(message)]
    assert others
    assert 0 <= message.decoded_left < before


def test_what_only_another_reading_shows_leaves_the_answer_open() -> None:
    sealed = sample("smime-clear-signed.eml").read_bytes()
    head, _, body = sealed.partition(b"\r\n\r\n")
    hidden = head.replace(b"Content-Type:", b"Content-Type: text/plain\r\nContent-Type:", 1) + b"\r\n\r\n" + body
    verdict = pecdetect.classify(hidden)
    assert (verdict.outcome, verdict.can_sync) == ("undetermined", None)
    assert "ambiguous-structure" in verdict.decided_by
    entity = verdict.smime[0]
    assert (entity.kind, entity.reading) == ("clear-signed", "alternate")
    reason = next(reason for reason in verdict.reasons if reason.code == "ambiguous-structure")
    place = reason.evidence[0]
    assert hidden[place.start : place.end].startswith(b"Content-Type:")
    assert (place.reading, place.dialect) == ("alternate", "content-type=last")
