"""S/MIME: every entity in every sample, and what small changes do to them."""

from __future__ import annotations

import base64
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pecdetect
from support.each import for_each
from support.found import findings_of
from support.samples import all_samples

if TYPE_CHECKING:
    from pecdetect.detect.findings import Smime

ROOT = Path(__file__).parent.parent.parent
FILES = {path.stem: path for path in all_samples("*.eml") if not path.name.startswith("outlook-")}
"""Outlook items and TNEF have tests of their own."""
TABLE: dict[str, list[dict[str, Any]]] = tomllib.loads((ROOT / "tests" / "cases" / "smime.toml").read_text("utf-8"))
NAMES = [name for name in FILES if name in TABLE or not name.startswith("outlook-")]
"""What an Outlook item holds may well be S/MIME that the table does not name."""
SIGNED = ("clear-signed", "opaque-signed")
IN_A_PEC = ["daticert.xml", "postacert.eml", "ordine-42.pdf"]


def sample(name: str) -> bytes:
    return FILES[name].read_bytes()


@cache
def found(name: str) -> tuple[Smime, ...]:
    return tuple(entity for entity in findings_of(sample(name)).smime if entity.reading == "primary")


def smime(data: bytes) -> Smime:
    (entity,) = findings_of(data).smime
    return entity


def expected(name: str, row: dict[str, Any]) -> dict[str, Any]:
    signed = row["kind"] in SIGNED
    envelope = name.startswith("pec-") and signed and row.get("position", "top") == "top"
    full = {
        "position": "top",
        "part": "",
        "signer": ("Posta Certificata di esempio" if envelope else "Anna Esempio") if signed else "",
        "digest": "sha-256" if signed else "",
        "smime_type": "",
        "document": False,
        "lone_signature": False,
        "header_protection": "",
        "layers": [],
        "hidden": IN_A_PEC if envelope else [],
        "inside": "",
    }
    assert set(row) <= {*full, "kind"}, f"{name}: unknown key"
    return {**full, **row}


def shown(entity: Smime) -> dict[str, Any]:
    return {
        "kind": entity.kind,
        "position": entity.position,
        "part": entity.part,
        "signer": entity.signer or "",
        "digest": entity.digest or "",
        "smime_type": entity.smime_type or "",
        "document": entity.document,
        "lone_signature": entity.lone_signature,
        "header_protection": entity.header_protection or "",
        "layers": list(entity.layers),
        "hidden": list(entity.hidden),
        "inside": entity.inside or "",
    }


def test_the_table_is_of_these_samples() -> None:
    assert set(TABLE) <= set(FILES)


@for_each(NAMES)
def test_what_is_found(name: str) -> None:
    assert [shown(entity) for entity in found(name)] == [expected(name, row) for row in TABLE.get(name, [])]


@for_each(TABLE)
def test_evidence_is_the_type_and_the_size_that_of_the_body(name: str) -> None:
    data = sample(name)
    for entity in found(name):
        assert (entity.reading, entity.dialect) == ("primary", None)
        assert entity.evidence.part == entity.part
        assert 0 <= entity.size <= len(data)
        if entity.evidence.stream is None:
            quoted = data[entity.evidence.start : entity.evidence.end]
            assert quoted.lower().startswith((b"content-type:", b"content-disposition:"))


HEADER = b"From: a@example.org\r\nTo: b@example.org\r\nMIME-Version: 1.0\r\n"


def blob(name: str) -> bytes:
    """The CMS that a sample is."""
    return base64.b64decode(sample(name).partition(b"\r\n\r\n")[2])


ENVELOPED, OPAQUE, DOCUMENT = blob("smime-encrypted"), blob("smime-opaque-signed"), blob("smime-document-at-root")
DETACHED = blob("smime-lone-signature")


def entity(kind: bytes, content: bytes, *fields: bytes) -> bytes:
    lines = [b"Content-Type: " + kind, b"Content-Transfer-Encoding: base64", *fields]
    return b"\r\n".join([*lines, b"", base64.encodebytes(content).replace(b"\n", b"\r\n")])


def mixed(*parts: bytes) -> bytes:
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return HEADER + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body + b"--b--\r\n"


@pytest.mark.parametrize(
    ("kind", "content", "found_kind"),
    [
        # The content decides, whatever the parameter, the type and the name say.
        (b"application/pkcs7-mime; smime-type=signed-data", ENVELOPED, "encrypted"),
        (b"application/pkcs7-mime; smime-type=enveloped-data", OPAQUE, "opaque-signed"),
        (b"application/x-pkcs7-mime; smime-type=certs-only", OPAQUE, "opaque-signed"),
        (b"application/pkcs7-signature; name=smime.p7s", ENVELOPED, "encrypted"),
        (b"application/octet-stream", ENVELOPED, "encrypted"),
        (b"application/binary; name=x", OPAQUE, "opaque-signed"),
        (b"application/cms", ENVELOPED, "encrypted"),
        (b"application/pkcs7-mime; smime-type=enveloped-data", base64.b64encode(ENVELOPED), "encrypted"),
        # Where nothing can be read, the parameter.
        (b"application/pkcs7-mime; smime-type=Enveloped-Data", b"?", "encrypted"),
        (b"application/pkcs7-mime; smime-type=authEnveloped-data", b"?", "auth-encrypted"),
        (b"application/pkcs7-mime; smime-type=signed-data", b"?", "opaque-signed"),
        (b"application/pkcs7-mime; smime-type=compressed-data", b"?", "compressed"),
        (b"application/pkcs7-mime; smime-type=certs-only", b"?", "certs-only"),
        (b"application/pkcs7-mime; smime-type=other", b"?", "unknown"),
        (b"application/pkcs7-mime", b"?", "unknown"),
        # Never of a signature.
        (b"application/pkcs7-signature; smime-type=enveloped-data", b"?", "unknown"),
        (b"application/pkcs7-signature", DETACHED, "unknown"),
    ],
)
def test_the_content_decides_the_kind_at_the_root(kind: bytes, content: bytes, found_kind: str) -> None:
    result = smime(HEADER + entity(kind, content))
    assert (result.kind, result.position, result.part) == (found_kind, "top", "")


@pytest.mark.parametrize(
    "data",
    [
        HEADER + entity(b"application/octet-stream", b"MIIG no CMS"),
        HEADER + entity(b"application/octet-stream", b"%PDF-1.7"),
        HEADER + entity(b"application/pdf", ENVELOPED),
        HEADER + entity(b"text/plain", ENVELOPED),
        mixed(entity(b"application/octet-stream", ENVELOPED)),
        mixed(entity(b"application/pdf; name=smime.p7m", b"%PDF-1.7")),
        mixed(entity(b"application/pkcs10; name=request.p10", b"0")),
        mixed(entity(b"application/pkcs7-signature; name=smime.p7s", DETACHED)),
        mixed(entity(b"application/octet-stream; name=a.pdf.p7s", DETACHED)),
    ],
)
def test_what_is_no_smime(data: bytes) -> None:
    assert [entity for entity in findings_of(data).smime if entity.reading == "primary"] == []


@pytest.mark.parametrize(
    ("part", "kind", "position", "document"),
    [
        # Below the top: what is signed is a document, unless it is a message; what is sealed a body, unless a file.
        (entity(b"application/pkcs7-mime; name=smime.p7m", OPAQUE), "opaque-signed", "nested", False),
        (entity(b"application/pkcs7-mime; name=smime.p7m", DOCUMENT), "opaque-signed", "attachment", False),
        (entity(b"application/octet-stream; name=fattura.xml.p7m", DOCUMENT), "opaque-signed", "attachment", True),
        (entity(b"application/pkcs7-mime; name=fattura.xml.p7m", OPAQUE), "opaque-signed", "nested", False),
        (entity(b"application/pkcs7-mime; name=smime.p7m", ENVELOPED), "encrypted", "nested", False),
        (entity(b"application/pkcs7-mime", ENVELOPED), "encrypted", "nested", False),
        (entity(b"application/pkcs7-mime; name=dati.zip.p7m", ENVELOPED), "encrypted", "attachment", True),
    ],
)
def test_positions_below_the_top(part: bytes, kind: str, position: str, document: bool) -> None:  # noqa: FBT001
    result = smime(mixed(part))
    assert (result.kind, result.position, result.document, result.part) == (kind, position, document, "1")


CLEAR = sample("smime-clear-signed")


@pytest.mark.parametrize(
    ("protocol", "kind"),
    [
        (b"application/pkcs7-signature", "clear-signed"),
        (b"application/x-pkcs7-signature", "clear-signed"),
        (b"APPLICATION/PKCS7-SIGNATURE", "clear-signed"),
        # The signature part that stands there tells more than the parameter.
        (b"application/pgp-signature", "clear-signed"),
        (b"application/other", "clear-signed"),
        (b"", "clear-signed"),
    ],
)
def test_the_kind_of_clear_signed(protocol: bytes, kind: str) -> None:
    data = CLEAR.replace(b'protocol="application/pkcs7-signature"', b'protocol="' + protocol + b'"', 1)
    assert smime(data).kind == kind


def without_signature(data: bytes) -> bytes:
    return data.replace(b"Content-Type: application/pkcs7-signature", b"Content-Type: text/plain")


@pytest.mark.parametrize(
    ("protocol", "kind"), [(b"application/pkcs7-signature", "clear-signed"), (b"application/other", "unknown")]
)
def test_without_a_signature_part_the_protocol_tells(protocol: bytes, kind: str) -> None:
    data = without_signature(CLEAR).replace(
        b'protocol="application/pkcs7-signature"', b'protocol="' + protocol + b'"', 1
    )
    result = smime(data)
    assert (result.kind, result.signer, result.digest) == (kind, None, None)


def test_a_pgp_signature_is_none_of_smime() -> None:
    assert findings_of(sample("pgp-mime-signed")).smime == ()
    data = without_signature(CLEAR).replace(b'"application/pkcs7-signature"', b'"application/pgp-signature"', 1)
    assert [entity for entity in findings_of(data).smime if entity.reading == "primary"] == []


@pytest.mark.parametrize(
    ("name", "sections", "streams"),
    [
        ("smime-opaque-signed-attachments", ["", "/", "/1", "/2"], {"decoded:/"}),
        ("smime-attached-p7m-of-a-mail", ["", "1", "2", "2/"], {"decoded:2/"}),
    ],
)
def test_opaque_content_is_opened_below_the_part(name: str, sections: list[str], streams: set[str]) -> None:
    rows = findings_of(sample(name)).parts
    assert [row.section for row in rows][: len(sections)] == sections
    assert {row.stream for row in rows} - {None} == streams


def test_a_signature_that_is_attached_somewhere_is_nested() -> None:
    part = b"Content-Disposition: attachment\r\n" + CLEAR[CLEAR.index(b"Content-Type: multipart/signed") :]
    result = smime(mixed(part))
    assert (result.kind, result.position) == ("clear-signed", "attachment")


def test_layers_that_are_visible() -> None:
    inner = CLEAR[CLEAR.index(b"Content-Type: multipart/signed") :]
    head = re.match(rb"(?s).*?\r\n\r\n", inner)
    assert head is not None
    outer = HEADER + (
        b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=o\r\n\r\n--o\r\n'
        + inner
        + b"\r\n--o\r\n"
        + entity(b"application/pkcs7-signature; name=smime.p7s", DETACHED)
        + b"\r\n--o--\r\n"
    )
    first, second = findings_of(outer).smime
    assert (first.kind, first.layers, first.position) == ("clear-signed", ("clear-signed",), "top")
    assert (second.kind, second.position, second.part) == ("clear-signed", "nested", "1")


@pytest.mark.parametrize("name", ["smime-clear-signed", "smime-opaque-signed"])
def test_limits_of_cms_are_said(name: str) -> None:
    found_limits = findings_of(sample(name), limits=pecdetect.Limits(asn1_depth=3)).limits_hit
    assert "asn1_depth" in {hit.name for hit in found_limits}
