"""Cryptographic Message Syntax by hand (RFC 5652, 5083, 3274, 2634): DER, or BER as streaming writers do."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .asn1 import NULL, SEQUENCE, SET, UTC_TIME, algorithm, integer, octet_string, oid, seq, set_of, tlv, wrap
from .ca import DIGESTS, RSA_ENCRYPTION, Identity, identity

DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
ENVELOPED_DATA = "1.2.840.113549.1.7.3"
COMPRESSED_DATA = "1.2.840.113549.1.9.16.1.9"
AUTH_ENVELOPED_DATA = "1.2.840.113549.1.9.16.1.23"
RECEIPT = "1.2.840.113549.1.9.16.1.1"
CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME = (f"1.2.840.113549.1.9.{arc}" for arc in (3, 4, 5))
CAPABILITIES, ALGORITHM_PROTECTION = (f"1.2.840.113549.1.9.{arc}" for arc in (15, 52))
MSG_SIG_DIGEST = "1.2.840.113549.1.9.16.2.5"
AES128_CBC, AES256_GCM = "2.16.840.1.101.3.4.1.2", "2.16.840.1.101.3.4.1.46"
DES_EDE3_CBC = "1.2.840.113549.3.7"
ZLIB = "1.2.840.113549.1.9.16.3.8"

SIGNED_AT = "260302091112Z"
"""UTCTime of every signature: 2 March 2026, 10:11:12 in Rome."""


@dataclass(frozen=True, slots=True)
class Signing:
    """How a signature is written."""

    signer: str = "user"
    """Name of the identity."""
    digest: str = "sha256"
    ber: bool = False
    """Indefinite lengths and constructed octet strings."""
    when: str = SIGNED_AT
    content_type: str = DATA
    attributes: tuple[bytes, ...] = ()
    """Signed attributes beyond content type, signing time and digest."""


def attribute(kind: str, *values: bytes) -> bytes:
    """Attribute (RFC 5652, 5.3)."""
    return seq(oid(kind), set_of(*values))


def capabilities() -> bytes:
    """SMIMECapabilities, as OpenSSL writes them (RFC 8551, 2.5.2)."""
    return attribute(CAPABILITIES, seq(algorithm(AES128_CBC), algorithm(DES_EDE3_CBC)))


def algorithm_protection(signer: str, digest: str) -> bytes:
    """CMSAlgorithmProtection, as Bouncy Castle writes it (RFC 6211)."""
    signature = identity(signer).signature_algorithm
    # IMPLICIT [1]: the same content under another tag.
    return attribute(ALGORITHM_PROTECTION, seq(algorithm(DIGESTS[digest], NULL), b"\xa1" + signature[1:]))


def content_info(kind: str, content: bytes, *, ber: bool = False) -> bytes:
    """ContentInfo (RFC 5652, 3)."""
    return wrap(SEQUENCE, oid(kind), wrap(0xA0, content, ber=ber), ber=ber)


@cache
def signed_data(content: bytes, how: Signing, *, detached: bool = False) -> bytes:
    """Signed-data over the content, which is left out when detached (RFC 5652, 5)."""
    who = identity(how.signer)
    digest_algorithm = algorithm(DIGESTS[how.digest], NULL)
    hashed = hashlib.new(how.digest, content, usedforsecurity=False).digest()
    attributes = set_of(
        attribute(CONTENT_TYPE, oid(how.content_type)),
        attribute(SIGNING_TIME, tlv(UTC_TIME, how.when.encode())),
        attribute(MESSAGE_DIGEST, octet_string(hashed)),
        *how.attributes,
    )
    signer_info = seq(
        integer(1),
        who.issuer_and_serial,
        digest_algorithm,
        b"\xa0" + attributes[1:],
        who.signature_algorithm,
        octet_string(who.sign(attributes, how.digest)),
    )
    inner = b"" if detached else wrap(0xA0, octet_string(content, ber=how.ber), ber=how.ber)
    body = (
        integer(1 if how.content_type == DATA else 3),
        set_of(digest_algorithm),
        wrap(SEQUENCE, oid(how.content_type), inner, ber=how.ber),
        _certificates(who),
        set_of(signer_info),
    )
    return content_info(SIGNED_DATA, wrap(SEQUENCE, *body, ber=how.ber), ber=how.ber)


def _certificates(who: Identity) -> bytes:
    return tlv(0xA0, *sorted((who.certificate, identity("ca").certificate)))


def certs_only(*names: str) -> bytes:
    """Signed-data without content or signers, to carry certificates (RFC 8551, 3.8)."""
    certificates = tlv(0xA0, *sorted(identity(name).certificate for name in names))
    body = seq(integer(1), tlv(SET), seq(oid(DATA)), certificates, tlv(SET))
    return content_info(SIGNED_DATA, body)


def signed_receipt(original_signature: bytes, identifier: bytes) -> bytes:
    """Signed receipt for a message whose signature value is given (RFC 2634, 2.8)."""
    receipt = seq(integer(1), oid(DATA), octet_string(identifier), octet_string(original_signature))
    digest = hashlib.sha256(original_signature).digest()
    how = Signing("user", content_type=RECEIPT, attributes=(attribute(MSG_SIG_DIGEST, octet_string(digest)),))
    return signed_data(receipt, how)


def _recipients(key: bytes) -> bytes:
    who = identity("user")
    info = seq(integer(0), who.issuer_and_serial, algorithm(RSA_ENCRYPTION, NULL), octet_string(who.encrypt(key)))
    return set_of(info)


def _fixed(label: str, size: int) -> bytes:
    return hashlib.sha256(f"pecdetect samples: {label}".encode()).digest()[:size]


def enveloped_data(content: bytes, *, cipher: str = "aes-128-cbc", ber: bool = False) -> bytes:
    """Enveloped-data for the RSA user: AES-128-CBC, or ``des-ede3-cbc`` as mail before 2010 (RFC 5652, 6)."""
    if cipher == "aes-128-cbc":
        key, vector, kind = _fixed("aes key", 16), _fixed("aes iv", 16), AES128_CBC
        encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    else:
        key, vector, kind = _fixed("3des key", 24), _fixed("3des iv", 8), DES_EDE3_CBC
        encryptor = Cipher(TripleDES(key), modes.CBC(vector)).encryptor()
    size = len(vector)
    fill = size - len(content) % size
    encrypted = encryptor.update(content + bytes((fill,)) * fill) + encryptor.finalize()
    info = wrap(
        SEQUENCE,
        oid(DATA),
        algorithm(kind, octet_string(vector)),
        octet_string(encrypted, ber=ber, tag=0x80),
        ber=ber,
    )
    body = wrap(SEQUENCE, integer(0), _recipients(key), info, ber=ber)
    return content_info(ENVELOPED_DATA, body, ber=ber)


def auth_enveloped_data(content: bytes) -> bytes:
    """Authenticated-enveloped-data for the RSA user with AES-256-GCM (RFC 5083, RFC 5084)."""
    key, nonce = _fixed("gcm key", 32), _fixed("gcm nonce", 12)
    sealed = AESGCM(key).encrypt(nonce, content, None)
    parameters = seq(octet_string(nonce), integer(16))
    info = seq(oid(DATA), algorithm(AES256_GCM, parameters), tlv(0x80, sealed[:-16]))
    return content_info(AUTH_ENVELOPED_DATA, seq(integer(0), _recipients(key), info, octet_string(sealed[-16:])))


def compressed_data(content: bytes) -> bytes:
    """Compressed-data (RFC 3274).

    The zlib stream holds stored blocks only: compressors differ in their choices, a stored block does not.
    """
    stream = b"\x78\x01"
    for at in range(0, len(content), 0xFFFF):
        block = content[at : at + 0xFFFF]
        size = len(block)
        stream += bytes((at + size == len(content),))
        stream += size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + block
    stream += zlib.adler32(content).to_bytes(4, "big")
    inner = seq(oid(DATA), tlv(0xA0, octet_string(stream)))
    return content_info(COMPRESSED_DATA, seq(integer(0), algorithm(ZLIB), inner))
