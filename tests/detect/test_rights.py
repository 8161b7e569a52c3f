"""Rights management, labels and wrappers: two signs each, never a name alone."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from pecdetect.detect.rights import RPMSG_MAGIC, find_rights
from pecdetect.limits import Limits
from pecdetect.parsing.opening import open_message
from support.steps import MOST_GROWTH, growth

if TYPE_CHECKING:
    from collections.abc import Callable

    from pecdetect.detect.findings import Rights

HEADER = b"From: a@example.org\r\nTo: b@example.org\r\nMIME-Version: 1.0\r\n"
CLASS = b"Content-Class: rpmsg.message\r\n"
MAGIC = base64.b64encode(RPMSG_MAGIC + b"\xa0\x0f\x00\x00\x00\x10\x00\x00" + b"x" * 99)
OTHER = base64.b64encode(b"PK\x03\x04" + b"x" * 99)
RPMSG = b"application/x-microsoft-rpmsg-message"
BINARY = b"application/octet-stream"


def find(data: bytes) -> list[Rights]:
    message = open_message(data, len(data), Limits())
    return list(find_rights(message, list(message.walk())))


def mail(*parts: bytes, header: bytes = b"", boundary: bytes = b"b1") -> bytes:
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return (
        HEADER + header + b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n' + body
        + b"--" + boundary + b"--\r\n"
    )  # fmt: skip


def part(media_type: bytes, name: bytes | None, body: bytes, encoding: bytes = b"base64") -> bytes:
    disposition = b'Content-Disposition: attachment; filename="' + name + b'"\r\n' if name is not None else b""
    return (
        b"Content-Type: " + media_type + b"\r\nContent-Transfer-Encoding: " + encoding + b"\r\n" + disposition
        + b"\r\n" + body
    )  # fmt: skip


TEXT = b"Content-Type: text/plain\r\n\r\nciao"


@pytest.mark.parametrize(
    ("header", "media_type", "name", "body", "signs"),
    [
        (CLASS, RPMSG, b"message.rpmsg", MAGIC, 4),
        (b"content-class: RPMSG.Message\r\n", RPMSG, b"message.rpmsg", MAGIC, 4),
        (CLASS, RPMSG, b"x.bin", OTHER, 2),
        (CLASS, BINARY, b"message.rpmsg", OTHER, 2),
        (CLASS, BINARY, None, MAGIC, 2),
        (CLASS, BINARY, b"x.bin", MAGIC, 2),
        (b"", RPMSG, b"message.rpmsg", OTHER, 2),
        (b"", RPMSG, None, MAGIC, 2),
        (b"", BINARY, b"message_v2.rpmsg", MAGIC, 2),
        (b"", BINARY, b"Message_V4.RPMSG", MAGIC, 2),
    ],
)
def test_rights_managed_content(header: bytes, media_type: bytes, name: bytes | None, body: bytes, signs: int) -> None:
    (found,) = find(mail(TEXT, part(media_type, name, body), header=header))
    assert (found.kind, found.position, found.part) == ("rpmsg", "top", "2")
    assert len(found.evidence) == signs


@pytest.mark.parametrize(
    ("header", "media_type", "name", "body"),
    [
        (CLASS, BINARY, b"x.bin", OTHER),
        (b"Content-Class: urn:content-classes:message\r\n", BINARY, b"x.bin", MAGIC),
        (b"", RPMSG, b"x.bin", OTHER),
        (b"", BINARY, b"message.rpmsg", OTHER),
        (b"", BINARY, b"x.bin", MAGIC),
        (b"", BINARY, b"report.rpmsg", MAGIC),
        (b"", BINARY, b"message.rpmsg.txt", MAGIC),
        (CLASS, b"text/plain", b"x.txt", MAGIC),
    ],
)
def test_one_sign_is_not_enough(header: bytes, media_type: bytes, name: bytes, body: bytes) -> None:
    assert find(mail(TEXT, part(media_type, name, body), header=header)) == []


def test_talk_of_rights_management_is_talk() -> None:
    assert find(HEADER + b"\r\nContent-Class: rpmsg.message\r\nthe file message.rpmsg is application/x-...\r\n") == []


def test_evidence_points_at_the_bytes() -> None:
    data = mail(TEXT, part(RPMSG, b"message.rpmsg", MAGIC), header=CLASS)
    (found,) = find(data)
    quoted = [data[e.start : e.end] for e in found.evidence[:3]]
    assert quoted == [
        b"Content-Class: rpmsg.message",
        b"Content-Type: application/x-microsoft-rpmsg-message",
        b'Content-Disposition: attachment; filename="message.rpmsg"',
    ]
    magic = found.evidence[3]
    assert (magic.start, magic.end, magic.stream) == (0, 8, "decoded:2")
    assert magic.excerpt == "76 e8 04 60 c4 11 e3 86"
    binary = mail(TEXT, part(RPMSG, b"x", RPMSG_MAGIC + b"...", b"binary"))
    (found,) = find(binary)
    assert binary[found.evidence[1].start : found.evidence[1].end] == RPMSG_MAGIC


def test_name_in_content_type_is_evidence_too() -> None:
    data = mail(TEXT, b"Content-Type: " + RPMSG + b"; name=message.rpmsg\r\n\r\nx")
    (found,) = find(data)
    assert {data[e.start : e.end] for e in found.evidence} == {b"Content-Type: " + RPMSG + b"; name=message.rpmsg"}


def test_in_an_attached_message_it_is_nested() -> None:
    inner = mail(TEXT, part(RPMSG, b"message.rpmsg", OTHER), header=CLASS, boundary=b"b2")
    (found,) = find(mail(TEXT, b"Content-Type: message/rfc822\r\n\r\n" + inner))
    assert (found.kind, found.position, found.part) == ("rpmsg", "nested", "2/2")
    assert len(found.evidence) == 3
    # The class of the message around says nothing of the one within.
    inner = mail(TEXT, part(BINARY, b"message.rpmsg", OTHER), boundary=b"b2")
    assert find(mail(TEXT, b"Content-Type: message/rfc822\r\n\r\n" + inner, header=CLASS)) == []


LABEL = b"msip_labels: MSIP_Label_0_Enabled=True;\r\n"


def test_label() -> None:
    data = HEADER + LABEL + b"\r\nciao\r\n"
    (found,) = find(data)
    assert (found.kind, found.position, found.part) == ("label", "top", "")
    assert data[found.evidence[0].start : found.evidence[0].end] == LABEL.rstrip()
    protected = find(mail(TEXT, part(RPMSG, b"message.rpmsg", MAGIC), header=LABEL))
    assert [right.kind for right in protected] == ["rpmsg"]
    assert find(HEADER + b"X-msip_labels: x\r\n\r\nmsip_labels: x\r\n") == []


SECMAIL = b'<input type="hidden" name="secmail" value="MIAG">'


@pytest.mark.parametrize(
    ("name", "body", "product"),
    [
        (b"securedoc.html", b"https://res.cisco.com:443/envelopeopener/x.jsp", "Cisco Secure Email Encryption"),
        (b"securedoc_20240101T101010.html", b"DECRYPT_ENVELOPE.JSP", "Cisco Secure Email Encryption"),
        (b"SecureMessageAtt.html", b"https://securereader.proofpoint.com/x", "Proofpoint Encryption"),
        (b"SecureMessageATT00001.HTM", b"/securereader/init.jsf", "Proofpoint Encryption"),
        (b"secure-email.html", b'action="https://mail.example.org/web.app?op=init"', "SEPPmail GINA"),
        (b"secure-email.html", SECMAIL, "SEPPmail GINA"),
        (b"secure-email.html", b"https://gina.hin.ch/web.app?op=init", "HIN Mail Global"),
        (b"message_zdm.html", b"Voltage SecureMail", "Voltage SecureMail"),
        (b"IncaMail.html", SECMAIL, "IncaMail"),
        (b"message.html", b"https://outlook.office365.com/Encryption/x", "Office 365 Message Encryption"),
    ],
)
def test_wrappers(name: bytes, body: bytes, product: str) -> None:
    html = b"<html><form>" + body + b"</form></html>"
    for encoding, data in ((b"7bit", html), (b"base64", base64.encodebytes(html))):
        (found,) = find(mail(TEXT, part(b"text/html", name, data, encoding)))
        assert (found.kind, found.position, found.part, found.name) == ("wrapper", "top", "2", product)
        assert len(found.evidence) == 2


def test_wrapper_evidence_is_the_sign() -> None:
    html = b"<form action='https://RES.cisco.com/'>"
    data = mail(TEXT, part(b"application/octet-stream", b"securedoc.html", html, b"7bit"))
    content = find(data)[0].evidence[1]
    assert data[content.start : content.end] == b"RES.cisco.com"
    utf16 = mail(TEXT, part(b"text/html", b"securedoc.html", base64.b64encode(html.decode().encode("utf-16"))))
    content = find(utf16)[0].evidence[1]
    assert (content.start, content.end, content.stream) == (0, 2 * len(html) + 2, "decoded:2")


@pytest.mark.parametrize(
    ("media_type", "name", "body"),
    [
        (b"text/html", b"securedoc.html", b"<p>ciao</p>"),
        (b"text/html", b"index.html", b"https://res.cisco.com/envelopeopener"),
        (b"text/html", b"securedocument.html", b"https://res.cisco.com/envelopeopener"),
        (b"application/pdf", b"securedoc.pdf", b"https://res.cisco.com/envelopeopener"),
        (b"text/html", b"message.html", b"https://www.example.org/encryption"),
        (b"text/html", b"securedoc.html", b" " * 65536 + b"res.cisco.com"),
    ],
)
def test_wrapper_near_misses(media_type: bytes, name: bytes, body: bytes) -> None:
    assert find(mail(TEXT, part(media_type, name, body, b"7bit"))) == []


def test_wrapper_in_an_attached_message_is_nested() -> None:
    inner = mail(TEXT, part(b"text/html", b"securedoc.html", b"envelopeopener", b"7bit"), boundary=b"b2")
    (found,) = find(mail(TEXT, b"Content-Type: message/rfc822\r\n\r\n" + inner))
    assert (found.position, found.part) == ("nested", "2/2")


def test_time_is_linear() -> None:
    candidates = (
        part(RPMSG, b"message.rpmsg", b"x", b"7bit"),
        part(b"text/html", b"securedoc.html", b"<a>", b"quoted-printable"),
    )

    def prepare(count: int) -> Callable[[], tuple[Rights, ...]]:
        data = mail(*(candidates * count), header=CLASS + LABEL)
        message = open_message(data, len(data), Limits())
        parts = list(message.walk())
        return lambda: find_rights(message, parts)

    assert growth(prepare, 100) < MOST_GROWTH
    assert [right.kind for right in prepare(2000)()] == ["rpmsg"] * 2000
