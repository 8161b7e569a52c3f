"""Makes new test keys and certificates: ``cd tools && python -m samples.make_keys``.

Not part of making samples: every signed sample changes with the keys. Run it when a certificate has to
change, then run make_samples.py and look at the difference.
"""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .ca import KEYS

PROVIDER = "Gestore di esempio S.p.A."
OTHER_PROVIDER = "Altro gestore di esempio S.r.l."
PEOPLE = (
    ("pec", PROVIDER, "Posta Certificata di esempio", "posta-certificata@gestore.example.it"),
    ("pec2", OTHER_PROVIDER, OTHER_PROVIDER, "posta-certificata@altrogestore.example.it"),
    ("user", "Ditta di esempio S.r.l.", "Anna Esempio", "anna.esempio@example.org"),
    ("user-ec", "Example Ltd", "Bruno Esempio", "bruno.esempio@example.com"),
)
LABEL = "TEST ONLY. Published with the samples of pecdetect; protects nothing, never trust it.\n"


def _name(organisation: str, common_name: str) -> x509.Name:
    parts = (
        (NameOID.COUNTRY_NAME, "IT"),
        (NameOID.ORGANIZATION_NAME, organisation),
        (NameOID.COMMON_NAME, common_name),
    )
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])


def _usage(*, ca: bool, encipher: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=encipher,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _write(name: str, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    (KEYS / f"{name}.key.pem").write_bytes(LABEL.encode() + private)
    (KEYS / f"{name}.pem").write_bytes(LABEL.encode() + public)


def main() -> None:
    """Write a CA, two PEC providers, an RSA user and an EC user to ``keys/``."""
    ca_key = rsa.generate_private_key(65537, 2048)
    ca_name = _name("pecdetect samples", "Test CA of the samples, trust it for nothing")
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    ca = (
        x509.CertificateBuilder(ca_name, ca_name, ca_key.public_key(), 1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(ca=True, encipher=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    _write("ca", ca_key, ca)
    for serial, (name, organisation, common_name, address) in enumerate(PEOPLE, 0x10001):
        key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
        is_ec = name.endswith("-ec")
        key = ec.generate_private_key(ec.SECP256R1()) if is_ec else rsa.generate_private_key(65537, 2048)
        subject = _name(organisation, common_name)
        certificate = (
            x509.CertificateBuilder(ca_name, subject, key.public_key(), serial)
            .not_valid_before(datetime(2025, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2028, 1, 1, tzinfo=UTC))
            .add_extension(_usage(ca=False, encipher=name == "user"), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(address)]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(authority, critical=False)
        )
        _write(name, key, certificate.sign(ca_key, hashes.SHA256()))


if __name__ == "__main__":
    main()
