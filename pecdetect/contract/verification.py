"""What verification adds to a verdict: signatures with their signers and certificates, and what servers claim."""

from __future__ import annotations

from typing import Literal

from pecdetect.contract.values import Evidence, Value
from pecdetect.contract.words import Code, Count, Digest, Facts, Inside, Position, Section, Stream, Text
from pecdetect.evidence import Reading


class Covered(Value, frozen=True, kw_only=True, gc=False):
    """The bytes that a signature covers."""

    part: Section
    start: Count
    end: Count
    stream: Stream | None


class CmsForm(Value, frozen=True, kw_only=True, gc=False):
    """The CMS object of a signature (RFC 5652)."""

    form: Literal["der", "ber"]
    part: Section
    signers: Count
    certificates: Count
    embedded_content: bool


class JudgedAt(Value, frozen=True, kw_only=True, gc=False):
    """The time that a signature was judged at."""

    time: Text
    """ISO 8601."""
    source: Text
    """``signing-time``, ``given``, ``now`` ..."""
    corroborated_by: tuple[Text, ...]


class Certificate(Value, frozen=True, kw_only=True, gc=False):
    """A certificate as read (RFC 5280)."""

    subject: str
    issuer: str
    serial: Text
    not_before: Text
    not_after: Text
    sha256: Digest
    sha1: Text
    emails: tuple[str, ...]
    policies: tuple[str, ...]


class PathStep(Value, frozen=True, kw_only=True, gc=False):
    """A step on the path from a signer to an anchor."""

    subject: str
    sha256: Digest | None
    spki_sha256: Digest | None
    anchor: bool
    source: Text


class Revocation(Value, frozen=True, kw_only=True, gc=False):
    """What the files that were given say of the revocation of a certificate."""

    status: Text
    source: Text | None
    this_update: Text | None
    revoked_at: Text | None


class Signer(Value, frozen=True, kw_only=True, gc=False):
    """One signer of a signature, verified."""

    digest: Text | None
    algorithm: Text | None
    key: Text | None
    signing_time: Text | None
    intact: bool | None
    valid: bool | None
    trusted: bool | None
    certificate: Certificate | None
    path: tuple[PathStep, ...]
    revocation: Revocation


class SignatureProblem(Value, frozen=True, kw_only=True, gc=False):
    """Why a signature is not intact, valid or trusted, or what to know about it."""

    code: Code
    effect: Text
    detail: Text
    facts: Facts


class Signature(Value, frozen=True, kw_only=True, gc=False):
    """A signature that was verified; each answer is true, false, or None where it cannot be told."""

    part: Section
    kind: Text
    position: Position
    inside: Inside | None
    depth: Count
    reading: Reading
    covers: Covered | None
    cms: CmsForm | None
    intact: bool | None
    intact_as: Text | None
    """The line ends that the digest fits: ``stored``, ``crlf`` or ``lf``."""
    valid: bool | None
    trusted: bool | None
    trusted_now: bool | None
    judged_at: JudgedAt | None
    indication: Text
    signers: tuple[Signer, ...]
    problems: tuple[SignatureProblem, ...]


class ServerClaim(Value, frozen=True, kw_only=True, gc=False):
    """What a server wrote into the header about this message; not verified."""

    field: Text
    by: Text | None
    value: str
    evidence: Evidence
