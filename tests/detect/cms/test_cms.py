"""CMS by its content type: every kind, DER and BER, whole and cut off; signers against what made them."""

from __future__ import annotations

import base64
import hashlib
import pickle
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat as Private,
    pkcs7,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from hypothesis import given, settings, strategies as st

from pecdetect.detect.cms import ber, cms
from pecdetect.detect.cms.cms import SIGNERS, Cms, read_cms, sniff_cms, unwrap_base64
from pecdetect.limits import Limits
from support.asn1_values import indefinite, tlv

LIMITS = Limits()
CONTENT = b"Content-Type: text/plain\r\n\r\nBuongiorno\r\n"
ADDRESS = "posta-certificata@pec.example.it"

PKCS7 = "1.2.840.113549.1.7."
SMIME = "1.2.840.113549.1.9.16.1."
DATA, SIGNED, ENVELOPED = PKCS7 + "1", PKCS7 + "2", PKCS7 + "3"


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    data = bytearray()
    for number in [first * 40 + second, *rest]:
        septets = [number & 0x7F]
        while number := number >> 7:
            septets.append(number & 0x7F | 0x80)
        data += bytes(reversed(septets))
    return tlv(6, bytes(data))


def seq(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def content_info(kind: str, *parts: bytes) -> bytes:
    return seq(oid(kind), tlv(0xA0, *parts))


VERSION = tlv(2, b"\x01")
EMPTY_SET = tlv(0x31)
AES = seq(oid("2.16.840.1.101.3.4.1.2"), tlv(4, bytes(16)))
SHA256 = seq(oid("2.16.840.1.101.3.4.2.1"))
ENCRYPTED = seq(oid(DATA), AES, tlv(0x80, bytes(32)))
RECIPIENTS = tlv(0x31, seq(VERSION, seq(seq(), VERSION), AES, tlv(4, bytes(16))))
ORIGINATOR = tlv(0xA0, tlv(0xA0))


def encapsulated(kind: str = DATA, content: bytes | None = CONTENT) -> bytes:
    return seq(oid(kind), b"" if content is None else tlv(0xA0, tlv(4, content)))


def signed(*signers: bytes, content: bytes | None = CONTENT, kind: str = DATA, certificates: bytes = b"") -> bytes:
    held = tlv(0xA0, certificates) if certificates else b""
    return content_info(SIGNED, seq(VERSION, tlv(0x31, SHA256), encapsulated(kind, content), held, tlv(0x31, *signers)))


def to_ber(data: bytes) -> bytes:
    """Write DER values in indefinite lengths, byte strings in chunks of at most seven bytes."""
    written = b""
    reader = ber.Reader(data, 64)
    while (value := reader.next()) is not None:
        held = data[value.content : value.end]
        if value.constructed:
            written += indefinite(value.tag, to_ber(held))
        elif value.tag in (4, 0x80):
            pieces = [tlv(4, held[at : at + 7]) for at in range(0, len(held), 7)]
            written += indefinite(value.tag | 0x20, *pieces)
        else:
            written += data[value.start : value.end]
    return written


def read(data: bytes, limits: Limits = LIMITS) -> Cms:
    found = read_cms(data, limits)
    assert found is not None
    return found


def content_of(found: Cms, data: bytes) -> bytes:
    return b"".join(data[start:end] for start, end in found.content)


class Identity(NamedTuple):
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def issuer_and_serial(self) -> bytes:
        serial = self.certificate.serial_number
        data = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
        return seq(self.certificate.issuer.public_bytes(), tlv(2, data))


def identity(*names: tuple[x509.ObjectIdentifier, str], san: bool = True, ski: bool = True) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(*name) for name in names])
    issuer = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example Trust"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Example CA"),
        ]
    )
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(start + timedelta(days=1000))
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    if ski:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    if san:
        alternatives = [x509.DNSName("pec.example.it"), x509.RFC822Name(ADDRESS), x509.RFC822Name("b@example.org")]
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return Identity(key, builder.sign(key, hashes.SHA256()))


@pytest.fixture(scope="module")
def provider() -> Identity:
    return identity((NameOID.ORGANIZATION_NAME, "Example PEC S.p.A."), (NameOID.COMMON_NAME, "Gestore Esempio"))


@pytest.fixture(scope="module")
def other() -> Identity:
    return identity((NameOID.COMMON_NAME, "Città"), (NameOID.EMAIL_ADDRESS, "a@example.org"), san=False, ski=False)


def sign(who: Identity, *options: pkcs7.PKCS7Options, more: Identity | None = None) -> bytes:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(CONTENT).add_signer(who.certificate, who.key, hashes.SHA256())
    if more is not None:
        builder = builder.add_signer(more.certificate, more.key, hashes.SHA384())
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary, *options])


KINDS: list[tuple[str, str, bytes, str, str | None, bool | None, bytes]] = [
    ("data", DATA, tlv(4, CONTENT), "data", None, True, CONTENT),
    ("signed", SIGNED, seq(VERSION, EMPTY_SET, encapsulated(), EMPTY_SET), "signed-data", DATA, True, CONTENT),
    (
        "detached",
        SIGNED,
        seq(VERSION, EMPTY_SET, encapsulated(content=None), EMPTY_SET),
        "signed-data",
        DATA,
        False,
        b"",
    ),
    ("enveloped", ENVELOPED, seq(VERSION, RECIPIENTS, ENCRYPTED), "enveloped-data", DATA, True, b""),
    (
        "enveloped with originator",
        ENVELOPED,
        seq(VERSION, ORIGINATOR, RECIPIENTS, ENCRYPTED),
        "enveloped-data",
        DATA,
        True,
        b"",
    ),
    (
        "content elsewhere",
        ENVELOPED,
        seq(VERSION, RECIPIENTS, seq(oid(DATA), AES)),
        "enveloped-data",
        DATA,
        False,
        b"",
    ),
    (
        "signed and enveloped",
        PKCS7 + "4",
        seq(VERSION, RECIPIENTS, tlv(0x31, SHA256), ENCRYPTED, EMPTY_SET),
        "enveloped-data",
        DATA,
        True,
        b"",
    ),
    (
        "digested",
        PKCS7 + "5",
        seq(VERSION, SHA256, encapsulated(), tlv(4, bytes(32))),
        "digested-data",
        DATA,
        True,
        CONTENT,
    ),
    ("encrypted", PKCS7 + "6", seq(VERSION, ENCRYPTED), "encrypted-data", DATA, True, b""),
    (
        "authenticated",
        SMIME + "2",
        seq(VERSION, ORIGINATOR, RECIPIENTS, AES, tlv(0xA1, oid(DATA)), encapsulated(), tlv(4, bytes(16))),
        "authenticated-data",
        DATA,
        True,
        CONTENT,
    ),
    (
        "compressed",
        SMIME + "9",
        seq(VERSION, seq(oid("1.2.840.113549.1.9.16.3.8")), encapsulated(content=b"\x78\x9c..")),
        "compressed-data",
        DATA,
        True,
        b"\x78\x9c..",
    ),
    (
        "auth-enveloped",
        SMIME + "23",
        seq(VERSION, RECIPIENTS, ENCRYPTED, tlv(4, bytes(16))),
        "auth-enveloped-data",
        DATA,
        True,
        b"",
    ),
    ("family of S/MIME", SMIME + "19", seq(VERSION), "unknown", None, None, b""),
    ("family of PKCS #7", PKCS7 + "9", seq(VERSION), "unknown", None, None, b""),
]


@pytest.mark.parametrize("form", ["der", "ber"])
@pytest.mark.parametrize("case", KINDS, ids=[case[0] for case in KINDS])
def test_kinds(case: tuple[str, str, bytes, str, str | None, bool | None, bytes], form: str) -> None:
    _, content_type, body, kind, inner, has_content, content = case
    data = content_info(content_type, body)
    data = to_ber(data) if form == "ber" else data
    found = read(data + b"\ntrailing")
    assert (found.kind, found.oid, found.form) == (kind, content_type, form)
    assert (found.inner_oid, found.has_content) == (inner, has_content)
    assert content_of(found, data) == content
    assert not found.truncated
    assert found.limits == ()
    assert sniff_cms(data) == sniff_cms(data[:64]) == sniff_cms(data[:20]) == content_type
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own


@pytest.mark.parametrize("case", KINDS, ids=[case[0] for case in KINDS])
@pytest.mark.parametrize("form", ["der", "ber"])
def test_every_prefix(case: tuple[str, str, bytes, str, str | None, bool | None, bytes], form: str) -> None:
    _, content_type, body, kind, _, has_content, content = case
    data = content_info(content_type, body)
    data = to_ber(data) if form == "ber" else data
    known = data.index(oid(content_type)) + len(oid(content_type))
    for size in range(len(data)):
        found = read_cms(data[:size], LIMITS)
        if size < known:
            assert found is None
            continue
        assert found is not None
        assert (found.kind, found.truncated) == (kind, True)
        assert found.has_content in (None, has_content)
        assert content.startswith(content_of(found, data))


def cryptographic_objects() -> dict[str, bytes]:
    who = identity((NameOID.COMMON_NAME, "Esempio"))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    request = x509.CertificateSigningRequestBuilder(who.certificate.subject).sign(who.key, hashes.SHA256())
    crl = x509.CertificateRevocationListBuilder(who.certificate.subject, now, now).sign(who.key, hashes.SHA256())
    bundle = pkcs12.serialize_key_and_certificates(
        b"x", who.key, who.certificate, None, BestAvailableEncryption(b"example")
    )
    return {
        "certificate": who.der,
        "PKCS #10": request.public_bytes(Encoding.DER),
        "CRL": crl.public_bytes(Encoding.DER),
        "PKCS #12": bundle,
        "PKCS #8": who.key.private_bytes(Encoding.DER, Private.PKCS8, NoEncryption()),
        "EC key": who.key.private_bytes(Encoding.DER, Private.TraditionalOpenSSL, NoEncryption()),
    }


OTHERS: dict[str, bytes] = cryptographic_objects() | {
    "empty": b"",
    "one byte": b"\x30",
    "zeros": bytes(64),
    "text": b"0 items, MIAGCSqGSIb3DQEHAqCA",
    "PDF": b"%PDF-1.7\n",
    "PNG": b"\x89PNG\r\n\x1a\n" + bytes(32),
    "zip": b"PK\x03\x04" + bytes(32),
    "algorithm": seq(oid(PKCS7 + "2"), tlv(5)),
    "type without content": seq(oid(PKCS7 + "2")),
    "type without content, more after": seq(oid(PKCS7 + "2")) + tlv(0xA0, b"\x30\x00"),
    "type without content, BER": indefinite(0x30, oid(PKCS7 + "2")),
    "another type": content_info("1.2.840.113549.1.12.10.1.1", seq()),
    "one arc short": content_info("1.2.840.113549.1.7", seq()),
    "one arc long": content_info(PKCS7 + "2.1", seq()),
    "set": tlv(0x31, oid(PKCS7 + "2"), tlv(0xA0, seq())),
    "padded number": seq(tlv(6, bytes.fromhex("2a864886f70d010780")), tlv(0xA0, seq())),
    "long identifier": seq(tlv(6, oid(PKCS7 + "2")[2:] + b"\xff" * 10_000), tlv(0xA0, seq())),
    "nested": b"\x30\x80" * 10_000,
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_cms(name: str) -> None:
    data = OTHERS[name]
    assert sniff_cms(data) is None
    assert sniff_cms(data[:64]) is None
    assert read_cms(data, LIMITS) is None
    assert unwrap_base64(data) is None
    assert unwrap_base64(base64.encodebytes(data)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"\x30\x84\x00\x00\x00\x20" + oid(SIGNED) + tlv(0xA0, seq(VERSION)),
        indefinite(0x30, b"\x06\x81\x09" + oid(SIGNED)[2:], indefinite(0xA0, seq(VERSION))),
        b"\x30\x80" + oid(SIGNED),
    ],
)
def test_sniffs_odd_lengths(data: bytes) -> None:
    assert sniff_cms(data) == SIGNED
    assert read(data).form == "ber"


@pytest.mark.parametrize("form", ["der", "ber"])
def test_signed(provider: Identity, form: str) -> None:
    data = sign(provider)
    start = data.index(provider.der)
    if form == "ber":
        # The outer levels only: a certificate is DER whatever carries it.
        reader = ber.Reader(data, 64)
        reader.next()
        reader.enter()
        reader.next()
        reader.next()
        reader.enter()
        value = reader.next()
        assert value is not None
        rest = data[value.content : value.end]
        data = indefinite(0x30, oid(SIGNED), indefinite(0xA0, indefinite(0x30, rest)))
        start = data.index(provider.der)
    found = read(data)
    assert (found.kind, found.form, found.truncated, found.certs_only) == ("signed-data", form, False, False)
    assert (found.signer_count, found.certificates, found.receipt) == (1, 1, False)
    assert content_of(found, data) == CONTENT
    signer = found.signers[0]
    assert (signer.name, signer.organization, signer.email) == ("Gestore Esempio", "Example PEC S.p.A.", ADDRESS)
    assert (signer.digest, signer.message_digest) == ("sha-256", hashlib.sha256(CONTENT).digest())
    assert signer.certificate == (start, start + len(provider.der))
    assert signer.signing_time is not None
    assert abs(datetime.fromisoformat(signer.signing_time) - datetime.now(UTC)) < timedelta(minutes=5)


def test_detached(provider: Identity) -> None:
    found = read(sign(provider, pkcs7.PKCS7Options.DetachedSignature))
    assert (found.has_content, found.content, found.signer_count) == (False, (), 1)
    assert found.signers[0].message_digest == hashlib.sha256(CONTENT).digest()


def test_two_signers(provider: Identity, other: Identity) -> None:
    found = read(sign(provider, more=other))
    assert {(signer.name, signer.email, signer.digest) for signer in found.signers} == {
        ("Gestore Esempio", ADDRESS, "sha-256"),
        ("Città", "a@example.org", "sha-384"),
    }
    assert (found.signer_count, found.certificates) == (2, 2)


def test_without_the_certificate_the_issuer_is_named(provider: Identity) -> None:
    found = read(sign(provider, pkcs7.PKCS7Options.NoCerts))
    signer = found.signers[0]
    assert (signer.name, signer.organization, signer.email, signer.certificate) == ("Example CA", None, None, None)
    assert found.certificates == 0


def test_without_attributes(provider: Identity) -> None:
    signer = read(sign(provider, pkcs7.PKCS7Options.NoAttributes)).signers[0]
    assert (signer.name, signer.message_digest, signer.signing_time) == ("Gestore Esempio", None, None)


def attribute(kind: str, *values: bytes) -> bytes:
    return seq(oid("1.2.840.113549.1.9." + kind), tlv(0x31, *values))


def signer_info(identifier: bytes, *attributes: bytes, digest: bytes = SHA256) -> bytes:
    return seq(VERSION, identifier, digest, tlv(0xA0, *attributes), SHA256, tlv(4, bytes(64)))


def key_identifier(who: Identity) -> bytes:
    return who.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


def test_signer_by_key_identifier(provider: Identity, other: Identity) -> None:
    by_key, by_issuer = tlv(0x80, key_identifier(provider)), other.issuer_and_serial
    data = signed(
        signer_info(by_key), signer_info(by_issuer), signer_info(by_key), certificates=other.der + provider.der
    )
    found = read(data)
    assert [signer.name for signer in found.signers] == ["Gestore Esempio", "Città", "Gestore Esempio"]
    assert [signer.email for signer in found.signers] == [ADDRESS, "a@example.org", ADDRESS]


@pytest.mark.parametrize(
    "identifier",
    [
        tlv(0x80, b"no such key"),
        tlv(0x80),
        seq(),
        seq(seq()),
        seq(seq(), tlv(2, b"\x01")),
        indefinite(0x30, indefinite(0x30), tlv(2, b"\x01")),
        b"",
    ],
)
def test_identifier_of_nobody(provider: Identity, identifier: bytes) -> None:
    found = read(signed(signer_info(identifier), certificates=provider.der))
    assert found.signer_count == 1
    assert found.signers[0].name is None
    assert found.signers[0].certificate is None


@pytest.mark.parametrize(
    ("junk", "count"),
    [
        (b"", 1),
        (tlv(0xA1, bytes(40)), 2),  # an attribute certificate
        (seq(bytes(40)), 2),
        (seq(indefinite(0x30, tlv(2, b"\x01"), seq(), seq(), seq(), seq())), 2),
        (seq(seq(VERSION, seq(), indefinite(0x30), seq(), seq(), seq())), 2),
        (indefinite(0x30, seq(VERSION, seq(), seq(), seq(), seq(), seq())), 2),
        (seq(tlv(2, bytes(20))), 2),
        (seq(), 2),
    ],
)
def test_odd_certificates_are_counted_and_passed_over(provider: Identity, junk: bytes, count: int) -> None:
    for held in (junk + provider.der, provider.der + junk):
        found = read(signed(signer_info(provider.issuer_and_serial), certificates=held))
        assert (found.certificates, found.signers[0].name) == (count, "Gestore Esempio")
        assert not found.truncated


def test_a_certificate_without_a_name() -> None:
    issuer = seq(tlv(0x31, seq(oid("2.5.4.3"), tlv(0x0C, b"CA"))), tlv(0x31, seq(oid("2.5.4.3"))), tlv(2, b"1"))
    subject = seq(tlv(0x31, tlv(2, b"1"), seq(oid("2.5.4.10"), tlv(0x0C, b" "))), tlv(0x31, seq()))
    tbs = seq(VERSION, SHA256, issuer, seq(), subject, seq(), tlv(0xA3, tlv(2, b"1")))
    found = read(
        signed(signer_info(seq(issuer, VERSION)), signer_info(seq(issuer, tlv(2, b"\x02"))), certificates=seq(tbs))
    )
    assert [(signer.name, signer.organization) for signer in found.signers] == [(None, None), ("CA", None)]
    assert found.signers[0].certificate is not None


def test_odd_extensions() -> None:
    extensions = seq(
        tlv(2, b"1"),
        seq(),
        seq(oid("2.5.29.17")),
        seq(oid("2.5.29.17"), tlv(4)),
        seq(oid("2.5.29.17"), tlv(1, b"\xff"), tlv(4, seq(tlv(0x82, b"example.it"), tlv(0x81, b" ")))),
        seq(oid("2.5.29.17"), tlv(4, tlv(0x81, b"c@example.org"))),
        seq(oid("2.5.29.17"), tlv(4, seq(tlv(0x81, b"d@example.org")))),
        seq(oid("2.5.29.14"), tlv(4)),
        seq(oid("2.5.29.14"), tlv(4, tlv(4, b"key"))),
    )
    tbs = seq(tlv(0xA0, VERSION), VERSION, SHA256, seq(), seq(), seq(), seq(), tlv(0xA3, extensions))
    found = read(signed(signer_info(tlv(0x80, b"key")), certificates=seq(tbs)))
    assert found.signers[0].email == "d@example.org"


@pytest.mark.parametrize(
    ("attributes", "digest", "time"),
    [
        ([attribute("4", tlv(4, b"digest"))], b"digest", None),
        ([attribute("4", indefinite(0x24, tlv(4, b"dig"), tlv(4, b"est")))], b"digest", None),
        ([attribute("4", tlv(4, b"first")), attribute("4", tlv(4, b"second"))], b"first", None),
        ([attribute("4", tlv(4, bytes(129)))], None, None),
        ([attribute("4", tlv(4))], None, None),
        ([attribute("4", tlv(0x0C, b"digest"))], None, None),
        ([attribute("4")], None, None),
        ([seq(oid("1.2.840.113549.1.9.4"))], None, None),
        ([seq(oid("1.2.840.113549.1.9.4"), tlv(4, b"digest"))], None, None),
        ([attribute("5", tlv(0x17, b"260302091112Z"))], None, "2026-03-02T09:11:12+00:00"),
        ([attribute("5", tlv(0x18, b"20260302101112+0100"))], None, "2026-03-02T09:11:12+00:00"),
        ([attribute("5", tlv(0x17, b"yesterday"))], None, None),
        ([seq(), tlv(2, b"\x01"), attribute("3", oid(DATA)), attribute("4", tlv(4, b"last"))], b"last", None),
    ],
)
def test_attributes(attributes: list[bytes], digest: bytes | None, time: str | None) -> None:
    signer = read(signed(signer_info(seq(seq(), VERSION), *attributes))).signers[0]
    assert (signer.message_digest, signer.signing_time) == (digest, time)


@pytest.mark.parametrize(
    ("algorithm", "name"),
    [
        (seq(oid("1.2.840.113549.2.5"), tlv(5)), "md5"),
        (seq(oid("1.3.14.3.2.26"), tlv(5)), "sha-1"),
        (seq(oid("2.16.840.1.101.3.4.2.3")), "sha-512"),
        (seq(oid("1.2.643.7.1.1.2.2")), "1.2.643.7.1.1.2.2"),
        (seq(), None),
        (seq(tlv(5)), None),
        (seq(tlv(6, b"\xff" * 65)), None),
    ],
)
def test_digest_algorithms(algorithm: bytes, name: str | None) -> None:
    found = read(signed(signer_info(seq(seq(), VERSION), digest=algorithm)))
    assert found.signers[0].digest == name


@pytest.mark.parametrize(
    ("data", "certs_only", "receipt"),
    [
        (signed(content=None, certificates=seq(bytes(40))), True, False),
        (signed(content=None), True, False),
        (signed(content=b""), True, False),  # content that is there and empty: nothing is signed either
        (signed(content=CONTENT), False, False),
        (signed(signer_info(seq()), content=None), False, False),
        (signed(signer_info(seq()), content=seq(VERSION), kind=SMIME + "1"), False, True),
        (signed(content=None)[:-2], False, False),  # the signers may have been cut off
        (content_info(SIGNED, seq(VERSION, EMPTY_SET)), False, False),
        (content_info(ENVELOPED, seq(VERSION, EMPTY_SET, seq(oid(SMIME + "1"), AES))), False, True),
    ],
)
def test_certs_only_and_receipts(data: bytes, *, certs_only: bool, receipt: bool) -> None:
    found = read(data)
    assert (found.certs_only, found.receipt) == (certs_only, receipt)


@pytest.mark.parametrize(
    ("holder", "has_content", "content"),
    [
        (seq(oid(DATA), tlv(0xA0, tlv(4))), True, b""),
        (seq(oid(DATA), tlv(0xA0)), False, b""),
        (seq(oid(DATA), tlv(0xA0, seq(VERSION))), True, VERSION),  # as PKCS #7 1.5 allows
        (seq(oid(DATA), tlv(0xA0, indefinite(0x30, VERSION))), True, VERSION),
        (seq(oid(DATA), tlv(0xA0, seq())), True, b""),
        (seq(oid(DATA), oid(SIGNED), tlv(0xA0, tlv(4, b"one")), tlv(0xA0, tlv(4, b"two"))), True, b"one"),
        (seq(), False, b""),
    ],
)
def test_encapsulated_content(holder: bytes, *, has_content: bool, content: bytes) -> None:
    data = content_info(SIGNED, seq(VERSION, EMPTY_SET, holder, EMPTY_SET))
    found = read(data)
    assert (found.has_content, content_of(found, data), found.signer_count) == (has_content, content, 0)


@pytest.mark.parametrize(
    "body",
    [b"", tlv(4, b"x"), seq(), seq(seq(), tlv(0x10)), seq(tlv(0x30, b"\x06")), tlv(0x30, b"\x30\x80")],
)
def test_empty_insides(body: bytes) -> None:
    found = read(content_info(SIGNED, body))
    assert (found.kind, found.inner_oid, found.signers) == ("signed-data", None, ())
    assert found.signer_count is None


def test_an_encrypted_content_of_megabytes_is_not_touched() -> None:
    data = content_info(ENVELOPED, seq(VERSION, RECIPIENTS, seq(oid(DATA), AES, tlv(0x80, bytes(5_000_000)))))
    tracemalloc.start()
    found = read(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.has_content
    assert peak < 100_000


def test_a_thousand_certificates(provider: Identity, other: Identity) -> None:
    data = signed(signer_info(provider.issuer_and_serial), certificates=other.der * 1000 + provider.der)
    found = read(data)
    assert (found.certificates, found.signers[0].name) == (1001, "Gestore Esempio")


def test_many_signers_are_counted_and_the_first_described(provider: Identity) -> None:
    data = signed(*[signer_info(provider.issuer_and_serial)] * 1000, certificates=provider.der)
    found = read(data)
    assert (found.signer_count, len(found.signers)) == (1000, SIGNERS)
    assert {signer.name for signer in found.signers} == {"Gestore Esempio"}


def test_depth_limit() -> None:
    data = content_info(SIGNED, seq(VERSION, EMPTY_SET, indefinite(0x30, oid(DATA)), EMPTY_SET))
    nested = b"\x30\x80" * 70 + b"\x00\x00" * 70
    deep = indefinite(0x30, oid(SIGNED), indefinite(0xA0, indefinite(0x30, VERSION, nested)))
    assert read(deep).limits == (("asn1_depth", 73, 64),)
    assert read(data).limits == ()
    for depth in range(7):
        found = read(data, replace(LIMITS, asn1_depth=depth))
        assert found.kind == "signed-data"
        assert bool(found.limits) is (depth < 5)
        assert not found.truncated


def test_content_below_the_depth_limit_is_not_denied() -> None:
    known = [read(signed(), replace(LIMITS, asn1_depth=depth)).has_content for depth in range(8)]
    assert set(known[:6]) == {None}
    assert set(known[6:]) == {True}


def test_depth_limit_inside_a_signer(provider: Identity) -> None:
    data = signed(signer_info(provider.issuer_and_serial, attribute("4", tlv(4, b"digest"))), certificates=provider.der)
    names = []
    for depth in range(10):
        found = read(data, replace(LIMITS, asn1_depth=depth))
        assert found.oid == SIGNED
        assert bool(found.limits) is (depth < 9)
        names += [signer.name for signer in found.signers]
    assert names[-1] == "Gestore Esempio"
    assert names[0] is None


def test_chunk_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ber, "CHUNKS", 2)
    monkeypatch.setattr(cms, "CHUNKS", 2)
    data = to_ber(content_info(DATA, tlv(4, CONTENT)))
    found = read(data)
    assert content_of(found, data) == CONTENT[:14]
    assert found.limits == (("asn1_chunks", 6, 2),)


def test_object_identifier_limit() -> None:
    found = read(signed(content=None, kind=SMIME + "1"), replace(LIMITS, oid_bytes=10))
    assert (found.kind, found.oid, found.inner_oid) == ("signed-data", SIGNED, None)


PEM = b"-----BEGIN PKCS7-----\r\n" + base64.encodebytes(signed()).replace(b"\n", b"\r\n") + b"-----END PKCS7-----\r\n"


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(signed()),
        base64.encodebytes(signed()),
        b"\r\n \t\r\n" + base64.encodebytes(signed()),
        base64.encodebytes(signed()).replace(b"\n", b"\r"),
        PEM,
        PEM.replace(b"\r\n", b"\r"),
        PEM.replace(b"PKCS7", b"CMS"),
        b"\n" + PEM + b"text after it",
        base64.encodebytes(signed()) + b"\n-- \nfooter",
    ],
)
def test_unwraps_base64(text: bytes) -> None:
    assert unwrap_base64(text) == signed()


def test_unwraps_what_is_cut_off() -> None:
    text = base64.b64encode(signed())
    for size in range(20, len(text)):
        unwrapped = unwrap_base64(text[:size])
        assert unwrapped == signed()[: size * 6 // 8]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"M",
        b"MIAG",
        b"Messaggio firmato",
        b"-----BEGIN PKCS7-----",
        b"-----BEGIN " + b"x" * 100 + b"-----\n" + base64.b64encode(signed()),
        b"- " + PEM,
        signed(),
        b"> " + base64.encodebytes(signed()),
    ],
)
def test_unwraps_nothing_else(text: bytes) -> None:
    assert unwrap_base64(text) is None


MATERIAL = [content_info(case[1], case[2]) for case in KINDS]
MATERIAL += [to_ber(each) for each in MATERIAL]
MATERIAL += [signed(signer_info(seq(seq(), VERSION), attribute("4", tlv(4, b"x"))), certificates=OTHERS["certificate"])]


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(MATERIAL),
    st.lists(
        st.tuples(
            st.integers(0, 2000),
            st.sampled_from([b"", b"\x00", b"\x80", b"\xff", b"\x30\x80", b"\x00\x00", b"\xa0", b"\x24\x80"]),
            st.integers(0, 5),
        ),
        max_size=6,
    ),
    st.sampled_from([LIMITS, replace(LIMITS, asn1_depth=4, oid_bytes=4), replace(LIMITS, asn1_depth=0)]),
)
def test_damaged(data: bytes, edits: list[tuple[int, bytes, int]], limits: Limits) -> None:
    for place, raw, gap in edits:
        at = place % (len(data) + 1)
        data = data[:at] + raw + data[at + gap :]
    found = read_cms(data, limits)
    assert (found.oid if found is not None else None) == sniff_cms(data)
    unwrap_base64(data)
    if found is None:
        return
    last = 0
    for start, end in found.content:
        assert last <= start < end <= len(data)
        last = end
    assert len(found.signers) <= (len(data) if found.signer_count is None else found.signer_count)
    for signer in found.signers:
        assert signer.name != ""
        assert signer.certificate is None or signer.certificate[1] <= len(data)
