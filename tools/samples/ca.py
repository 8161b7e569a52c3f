"""The test certificates and their keys: who signs and who can decrypt the samples.

The keys are published with the samples: they protect nothing and must never be trusted for anything else.
Signatures are computed here with plain arithmetic so that a run gives the same bytes with every version of
the library that reads the keys.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import load_pem_x509_certificate

from .asn1 import NULL, algorithm, integer, octets, seq

KEYS = Path(__file__).parent / "keys"

DIGESTS = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1"}
"""Object identifiers of the message digests (RFC 8017, B.1)."""
RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its private key."""

    certificate: bytes
    """DER."""
    issuer_and_serial: bytes
    """IssuerAndSerialNumber, DER (RFC 5652, 10.2.4)."""
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

    @property
    def signature_algorithm(self) -> bytes:
        """AlgorithmIdentifier as SignerInfo carries it."""
        if isinstance(self.key, rsa.RSAPrivateKey):
            return algorithm(RSA_ENCRYPTION, NULL)
        return algorithm(ECDSA_WITH_SHA256)

    def sign(self, message: bytes, digest: str) -> bytes:
        """Signature over the message: RSASSA-PKCS1-v1_5, or ECDSA with the nonce of RFC 6979."""
        hashed = hashlib.new(digest, message, usedforsecurity=False).digest()
        if isinstance(self.key, rsa.RSAPrivateKey):
            return _sign_rsa(self.key, seq(algorithm(DIGESTS[digest], NULL), octets(hashed)))
        return _sign_ecdsa(self.key, hashed)

    def encrypt(self, secret: bytes) -> bytes:
        """RSAES-PKCS1-v1_5 with a padding that is always the same: right for samples, wrong for secrets."""
        if not isinstance(self.key, rsa.RSAPrivateKey):
            raise TypeError("only an RSA key can transport a content key")
        public = self.key.public_key().public_numbers()
        size = (public.n.bit_length() + 7) // 8
        padding = (b"pecdetect test padding " * 16)[: size - 3 - len(secret)]
        block = b"\x00\x02" + padding + b"\x00" + secret
        return pow(int.from_bytes(block, "big"), public.e, public.n).to_bytes(size, "big")


def _sign_rsa(key: rsa.RSAPrivateKey, digest_info: bytes) -> bytes:
    """RFC 8017, 8.2.1, by the Chinese remainder theorem."""
    numbers = key.private_numbers()
    size = (key.key_size + 7) // 8
    block = b"\x00\x01" + b"\xff" * (size - 3 - len(digest_info)) + b"\x00" + digest_info
    value = int.from_bytes(block, "big")
    first = pow(value, numbers.dmp1, numbers.p)
    second = pow(value, numbers.dmq1, numbers.q)
    return (second + numbers.q * ((first - second) * numbers.iqmp % numbers.p)).to_bytes(size, "big")


def _sign_ecdsa(key: ec.EllipticCurvePrivateKey, hashed: bytes) -> bytes:
    """RFC 6979, 3.2, on P-256 with SHA-256; the point arithmetic is that of a key made from the nonce."""
    secret = key.private_numbers().private_value
    value = int.from_bytes(hashed, "big")
    seed = secret.to_bytes(32, "big") + (value % P256_ORDER).to_bytes(32, "big")
    mac, state = b"\x00" * 32, b"\x01" * 32
    for separator in (b"\x00", b"\x01"):
        mac = hmac.digest(mac, state + separator + seed, "sha256")
        state = hmac.digest(mac, state, "sha256")
    state = hmac.digest(mac, state, "sha256")
    # A nonce out of range, or a zero r or s, has a probability near 2**-32: the samples never meet it.
    nonce = int.from_bytes(state, "big")
    point = ec.derive_private_key(nonce, ec.SECP256R1()).public_key().public_numbers()
    r = point.x % P256_ORDER
    s = pow(nonce, -1, P256_ORDER) * (value + r * secret) % P256_ORDER
    return seq(integer(r), integer(s))


@cache
def identity(name: str) -> Identity:
    """Read an identity of ``keys/``: ``ca``, ``pec``, ``pec2``, ``user`` or ``user-ec``."""
    pem = load_pem_x509_certificate((KEYS / f"{name}.pem").read_bytes())
    key = serialization.load_pem_private_key((KEYS / f"{name}.key.pem").read_bytes(), None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise TypeError(f"{name}: neither RSA nor EC")
    return Identity(
        certificate=pem.public_bytes(serialization.Encoding.DER),
        issuer_and_serial=seq(pem.issuer.public_bytes(), integer(pem.serial_number)),
        key=key,
    )
