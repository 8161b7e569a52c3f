"""Certified mail systems other than PEC, each with its near misses."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from pecdetect.detect.registered import DE_MAIL_MANDATORY, find_systems
from pecdetect.limits import Limits
from pecdetect.parsing.opening import open_message
from support.steps import MOST_GROWTH, growth

if TYPE_CHECKING:
    from collections.abc import Callable

    from pecdetect.detect.findings import System

HEADER = b"From: a@example.org\r\nTo: b@example.org\r\nMIME-Version: 1.0\r\n"
TEXT = b"Content-Type: text/plain\r\n\r\nciao"
SIGNED = b'signed; protocol="application/pkcs7-signature"'
SIGNATURE = b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nMIAG"
ORIGINAL = (
    b"Content-Type: message/rfc822; name=AttachedMimeMessage\r\n"
    b"Content-Disposition: attachment; filename=AttachedMimeMessage\r\n"
    b"%s\r\n" + HEADER + b"%s\r\nciao"
)
ATTACHED = b"Content-Type: message/rfc822\r\n\r\n"
SECTION = b"REM-Section-Type: rem_message/original\r\n"
CLIENT_ID = b"REM-UAMessageIdentifier: <1@example.org>\r\n"
NS = b"http://uri.etsi.org/19522/v1#"
EVIDENCE = b'<?xml version="1.0"?>\n<tns:Evidence xmlns:tns="' + NS + b'"><tns:x/></tns:Evidence>'


def find(data: bytes) -> list[System]:
    message = open_message(data, len(data), Limits())
    return list(find_systems(message, list(message.walk())))


def shown(data: bytes) -> list[tuple[str, str, str, str]]:
    return [(system.name, system.confidence, system.position, system.part) for system in find(data)]


def mail(*parts: bytes, kind: bytes = b"mixed", header: bytes = HEADER, boundary: bytes = b"b1") -> bytes:
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return (
        header + b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + b'"\r\n\r\n' + body
        + b"--" + boundary + b"--\r\n"
    )  # fmt: skip


def xml(body: bytes, name: bytes = b"SubmissionAcceptance.xml", media_type: bytes = b"application/xml") -> bytes:
    return b"Content-Type: " + media_type + b'; charset=UTF-8; name="' + name + b'"\r\n\r\n' + body


def signed(*parts: bytes) -> bytes:
    return mail(mail(*parts, header=b"", boundary=b"b2"), SIGNATURE, kind=SIGNED)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (signed(TEXT, ORIGINAL % (SECTION, CLIENT_ID), xml(EVIDENCE)), ("rem", "certain", "top", "1.2")),
        (signed(TEXT, xml(EVIDENCE)), ("rem", "likely", "top", "1.2")),
        (signed(TEXT, ORIGINAL % (SECTION, b"")), ("rem", "likely", "top", "1.2")),
        (signed(TEXT, ORIGINAL % (b"", b"")), ("rem", "possible", "top", "1.2")),
        (mail(TEXT, ORIGINAL % (SECTION, b""), xml(EVIDENCE)), ("rem", "likely", "top", "2")),
        (mail(TEXT, ORIGINAL % (SECTION, b"")), ("rem", "possible", "top", "2")),
        # Forwarded: only the message inside says so.
        (mail(TEXT, ORIGINAL % (b"", CLIENT_ID)), ("rem", "possible", "nested", "2/")),
        (mail(TEXT, ATTACHED + signed(xml(EVIDENCE))), ("erds", "likely", "nested", "2/1.1")),
        (signed(TEXT, ATTACHED + mail(xml(EVIDENCE))), ("erds", "likely", "nested", "1.2/1")),
    ],
)
def test_rem(data: bytes, expected: tuple[str, str, str, str]) -> None:
    assert shown(data) == [expected]


@pytest.mark.parametrize(
    "body",
    [
        EVIDENCE,
        b"\xef\xbb\xbf" + EVIDENCE,
        b"<!-- <a> --><?xml-stylesheet href='x>y'?>\n<!DOCTYPE Evidence>" + EVIDENCE.partition(b"\n")[2],
        b'<Evidence\n xmlns="' + NS.replace(b"v1", b"v2") + b'">',
        b"<!--" + b" " * 2000 + b"-->" + EVIDENCE.partition(b"\n")[2],
    ],
)
@pytest.mark.parametrize("media_type", [b"application/xml", b"text/xml"])
def test_evidence_roots(body: bytes, media_type: bytes) -> None:
    assert shown(mail(TEXT, xml(body, media_type=media_type))) == [("erds", "likely", "top", "2")]


@pytest.mark.parametrize(
    "part",
    [
        xml(b"<Evidence>"),
        xml(b'<x xmlns="' + NS + b'">'),
        xml(b"<x><Evidence xmlns='" + NS + b"'></x>"),
        xml(b"<!-- " + EVIDENCE + b" --><x/>"),
        xml(b"<!-- " + EVIDENCE),
        xml(b"no element at all"),
        xml(b"<Evidence xmlns='" + NS),
        xml(b""),
        xml(b"<!--" + b" " * 5000 + b"-->" + EVIDENCE),
        xml(EVIDENCE, media_type=b"text/plain"),
        xml(EVIDENCE, name=b"daticert.xml"),
        b"Content-Type: message/rfc822; name=original.eml\r\n\r\n" + HEADER + b"\r\n" + EVIDENCE,
        ORIGINAL % (b"", b""),
    ],
)
def test_rem_near_misses(part: bytes) -> None:
    assert shown(mail(TEXT, part)) == []


def test_rem_evidence_is_exact() -> None:
    data = mail(TEXT, xml(EVIDENCE))
    evidence = find(data)[0].evidence[0]
    assert data[evidence.start : evidence.end] == b'<tns:Evidence xmlns:tns="' + NS + b'">'
    encoded = mail(
        TEXT,
        b"Content-Type: text/xml\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(EVIDENCE),
    )
    evidence = find(encoded)[0].evidence[0]
    assert (evidence.start, evidence.stream) == (EVIDENCE.index(b"<tns"), "decoded:2")
    utf16 = EVIDENCE.decode().encode("utf-16")
    wide = mail(
        TEXT,
        b"Content-Type: text/xml\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(utf16),
    )
    evidence = find(wide)[0].evidence[0]
    assert (evidence.start, evidence.end) == (0, len(utf16))
    assert evidence.excerpt is not None
    assert evidence.excerpt.startswith("<tns:Evidence")


@pytest.mark.parametrize("mark", [b"AE:PL-12345-67890-ABCDE-12", b"https://edoreczenia.example.pl/"])
def test_e_doreczenia(mark: bytes) -> None:
    assert shown(mail(TEXT, xml(EVIDENCE.replace(b"<tns:x/>", mark)))) == [("e-doreczenia", "likely", "top", "2")]


OLD = b'<REMEvidence xmlns="http://uri.etsi.org/02640/v2#">'
OLD_TYPE = b"X-REM-Msg-Type: Dispatch\r\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (mail(TEXT, xml(OLD), header=HEADER + OLD_TYPE), [("rem-ts102640", "certain", "top", "")]),
        (mail(TEXT, xml(OLD)), [("rem-ts102640", "likely", "top", "2")]),
        (mail(TEXT, header=HEADER + OLD_TYPE + b"X-REM-Event: x\r\n"), [("rem-ts102640", "likely", "top", "")]),
        (mail(TEXT, header=HEADER + OLD_TYPE), [("rem-ts102640", "possible", "top", "")]),
        # A PEC provider writes this one on PEC receipts.
        (mail(TEXT, header=HEADER + b"X-REM-Subject: REM SubmissionAcceptance: x\r\n"), []),
        (mail(TEXT, header=HEADER + b"X-Harem-Type: x\r\nTheorem-Name: x\r\n"), []),
    ],
)
def test_old_rem(data: bytes, expected: list[tuple[str, str, str, str]]) -> None:
    assert shown(data) == expected


def de_mail(count: int) -> bytes:
    names = sorted(DE_MAIL_MANDATORY)[:count]
    return HEADER + b"".join(name.title() + b": x\r\n" for name in names) + b"\r\nciao\r\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (de_mail(8), [("de-mail", "certain", "top", "")]),
        (de_mail(7), [("de-mail", "likely", "top", "")]),
        (de_mail(4), [("de-mail", "likely", "top", "")]),
        (de_mail(3), [("de-mail", "possible", "top", "")]),
        (mail(TEXT, xml(b'<x:a xmlns:x="urn:de-mail">')), [("de-mail", "possible", "top", "2")]),
        (HEADER + b"X-Made-Mail-Sender: x\r\n\r\nX-de-mail-sender: x\r\n", []),
    ],
)
def test_de_mail(data: bytes, expected: list[tuple[str, str, str, str]]) -> None:
    assert shown(data) == expected


KIM = b"X-KIM-Dienstkennung: KIM-Mail;Default;V1.5\r\n"
KOM_LE = b"X-KOM-LE-Version: 1.5\r\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            HEADER + KIM + KOM_LE + b"Content-Type: application/pkcs7-mime\r\n\r\nMIAG",
            [("kim", "certain", "top", "")],
        ),
        (HEADER + KIM + KOM_LE + b"\r\nciao", [("kim", "likely", "top", "")]),
        (HEADER + KIM + b"\r\nciao", [("kim", "possible", "top", "")]),
        (HEADER + b"X-Kimono-Size: 3\r\n\r\nciao", []),
    ],
)
def test_kim(data: bytes, expected: list[tuple[str, str, str, str]]) -> None:
    assert shown(data) == expected


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (xml(b'<x xmlns="http://www.xjustiz.de">', b"xjustiz_nachricht.xml"), [("egvp", "likely", "top", "2")]),
        (xml(b"<x/>", b"XJustiz_Nachricht_0a1b.xml"), [("egvp", "possible", "top", "2")]),
        (xml(b"<x/>", b"nachricht.xml"), []),
    ],
)
def test_egvp(part: bytes, expected: list[tuple[str, str, str, str]]) -> None:
    assert shown(mail(TEXT, part)) == expected


AR24 = "Subject: Lettre recommandée électronique\r\n".encode()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"From: AR24 <no-reply@AR24.fr>\r\n" + AR24, [("ar24", "likely")]),
        (b"From: AR24 <no-reply@ar24.fr>\r\nSubject: x\r\n", [("ar24", "possible")]),
        (b"From: AR24 <no-reply@ar24.fr>\r\n", [("ar24", "possible")]),
        (b"From: a@example.org\r\n" + AR24, []),
        (b"From: a@ar24.fr.example.org\r\n" + AR24, []),
        (b"From: ar24.fr <a@example.org>\r\n" + AR24, []),
        (b"From: a@notar24.fr\r\n" + AR24, []),
        (b"To: no-reply@ar24.fr\r\n" + AR24, []),
        (b"To: a@example.org\r\nCc: correo@certificado.lleida.net\r\n", [("lleida", "likely")]),
        (b"From: correo@certificado.lleida.net\r\n", []),
        (b"To: a@lleida.net\r\n", []),
        (b"To: a@example.org.rpost.org\r\n", [("rpost", "likely")]),
        (b"To: a@example.org\r\nX-RPost-Type: 1\r\n", [("rpost", "likely")]),
        (b"To: a@rpost.org\r\nX-Corpost-Id: 1\r\n", []),
        (b"To: b@example.org\r\n", []),
    ],
)
def test_services(header: bytes, expected: list[tuple[str, str]]) -> None:
    found = shown(header + b"\r\nno-reply@ar24.fr correo@certificado.lleida.net\r\n")
    assert [(name, confidence) for name, confidence, _, _ in found] == expected
    assert all(place == ("top", "") for _, _, *rest in found for place in [tuple(rest)])


def test_several_systems_are_all_named() -> None:
    header = HEADER.replace(b"b@example.org", b"b@example.org.rpost.org") + KIM + OLD_TYPE
    assert {name for name, *_ in shown(mail(TEXT, header=header))} == {"rpost", "kim", "rem-ts102640"}


def test_evidence_is_bounded_and_points_at_the_fields() -> None:
    data = HEADER + b"".join(b"REM-X%d: x\r\n" % number for number in range(99)) + b"\r\nciao\r\n"
    (found,) = find(data)
    assert len(found.evidence) == 16
    assert data[found.evidence[0].start : found.evidence[0].end] == b"REM-X0: x"


@pytest.mark.parametrize(
    ("pieces", "size"),
    [([xml(b"<!--" * 1024), xml(b"<!a>" * 1024), SECTION + b"\r\nx"], 20), ([SECTION + b"\r\nx"], 300)],
)
def test_time_is_linear(pieces: list[bytes], size: int) -> None:
    def prepare(count: int) -> Callable[[], tuple[System, ...]]:
        fields = b"".join(b"X-REM-%d: x\r\n" % number for number in range(count))
        data = mail(*(pieces * count), header=HEADER + fields)
        message = open_message(data, len(data), Limits())
        walked = list(message.walk())
        return lambda: find_systems(message, walked)

    assert growth(prepare, size) < MOST_GROWTH
    found = [(system.name, len(system.evidence)) for system in prepare(200)()]
    assert found == [("rem-ts102640", 16), ("rem", 16)]
