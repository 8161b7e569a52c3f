"""The seeds: protected messages that ``samples/`` holds, and a few built around their content."""

from __future__ import annotations

from functools import cache

from hostile.catalogue.model import Entity, Seed
from samples import mail
from samples.cms import Signing, certs_only, enveloped_data, signed_data
from samples.model import base64_lines, entity, lines, multipart
from samples.smime import TEXT, WITH_PDF, pkcs7_rows, signature_part
from support.samples import sample, verdict_of

KEYS = ("pec", "smime", "pgp", "rights", "systems")

ROOTS = [
    "pec-transport-envelope",
    "pec-anomaly-envelope-openpec",
    "pec-acceptance-openpec",
    "pec-delivery-breve-openpec",
    "pec-non-delivery-openpec",
    "pec-opaque-signed",
    "pec-stripped-receipt",
    "pec-taken-in-charge-openpec",
    "pec-unsigned-copy-receipt",
    "smime-opaque-signed",
    "smime-opaque-signed-ber",
    "smime-opaque-signed-no-parameters",
    "smime-opaque-signed-octet-stream",
    "smime-encrypted-3des",
    "smime-encrypted-gcm",
    "smime-encrypted-hp",
    "smime-encrypted-no-parameters",
    "smime-encrypted-octet-stream-name-in-disposition",
    "smime-encrypted-wrong-smime-type",
    "smime-encrypted-ber",
    "smime-compressed",
    "smime-certs-only-as-signed-data",
    "smime-cmc-request",
    "smime-document-at-root",
    "smime-clear-signed-ec",
    "smime-clear-signed-sha1",
    "smime-signed-no-protocol",
    "smime-signed-protocol-mismatch",
    "smime-signed-unknown-protocol",
    "smime-lone-signature",
    "systems-rem-receipt",
    "pgp-mime-signed",
    "pgp-mime-signed-attachments",
    "pgp-mime-signed-x-type",
    "rights-rpmsg-alone",
]
PARTS = {
    "rights-rpmsg": 1,
    "rights-rpmsg-octet-stream": 1,
    "rights-rpmsg-v4": 1,
    "smime-list-encrypted": 0,
    "pgp-mime-encrypted": None,
    "pgp-inline-encrypted": None,
    "pgp-inline-encrypted-base64": None,
}
"""Samples whose protected part is a child (its number), and some whose own outcome is only ``degraded``."""
ROWS = {
    "smime-certs-only-as-signed-data": {"SIG-02"},
    "smime-compressed": {"SIG-06"},
    "smime-encrypted-ber": {"SIG-06"},
    "smime-signed-protocol-mismatch": {"SIG-07"},
    "pec-unsigned-copy-receipt": {"SIG-09"},
    "smime-list-encrypted": {"SIG-03"},
}
BEFORE = ("Mark-up before the part", b'<html><body><img src="http://track.example.net/')
MEDIA = "application/pkcs7-mime"


@cache
def seeds() -> tuple[Seed, ...]:
    """All seeds, in order."""
    return (*(_sample(name, None) for name in ROOTS), *(_sample(*row) for row in PARTS.items()), *_built())


def protected_seeds() -> tuple[Seed, ...]:
    """Those whose own outcome is ``blocked`` or ``undetermined``."""
    return tuple(seed for seed in seeds() if seed.outcome in {"blocked", "undetermined"})


def _sample(name: str, child: int | None) -> Seed:
    data = sample(f"{name}.eml").read_bytes()
    verdict = verdict_of(name)
    family = frozenset(key for key in KEYS if verdict[key])
    rows = frozenset(ROWS.get(name, ()))
    return Seed(name, data, family, verdict["outcome"], child, rows)


def _part(blob: bytes, media: str = MEDIA, smime_type: str | None = None) -> bytes:
    return entity(lines(*pkcs7_rows(media, smime_type=smime_type)), base64_lines(blob))


def _html(data: bytes) -> bytes:
    return entity(lines("Content-Type: text/html; charset=us-ascii"), data + b"\r\n")


def _mixed(name: str, outcome: str, child: int, *parts: bytes, row: str) -> Seed:
    data = mail.message(name, "Offerta 7/2026", *parts)
    return Seed(name, data, frozenset({"smime"}), outcome, child, frozenset({row}))


def _built() -> tuple[Seed, ...]:
    sealed, opaque = enveloped_data(TEXT), signed_data(WITH_PDF, Signing())
    both = signature_part(signed_data(b"another text\r\n", Signing()))
    fields = (
        b"Content-Type",
        b' multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="s"',
    )
    head = Entity.parse(mail.message("built-two-contents", "Offerta 7/2026", mail.text())).set(
        fields[0], fields[1].strip()
    )
    two = head.with_body(multipart("s", [TEXT, both]))
    return (
        _mixed("carried-encrypted", "degraded", 1, mail.text(), _part(sealed), row="SIG-04"),
        _mixed("carried-opaque", "syncs", 1, mail.text(), _part(opaque, smime_type="signed-data"), row="SIG-03"),
        _mixed(
            "carried-octet-stream", "degraded", 1, mail.text(), _part(sealed, "application/octet-stream"), row="SIG-04"
        ),
        _mixed("sandwich", "degraded", 1, _html(BEFORE[1]), _part(sealed), _html(b'"></body></html>'), row="SIG-05"),
        Seed("built-two-contents", two.data, frozenset({"smime"}), "undetermined", None, frozenset({"SIG-01"})),
        Seed(
            "built-certificates",
            entity(
                mail.header("built-certificates", "Certificati", *pkcs7_rows(MEDIA)),
                base64_lines(certs_only("ca", "user")),
            ),
            frozenset({"smime"}),
            "undetermined",
            None,
            frozenset({"SIG-02"}),
        ),
    )
