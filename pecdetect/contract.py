"""The verdict and the result: the frozen contracts ``pecdetect/verdict/1`` and ``pecdetect/result/1``.

These values *are* the contract. :func:`pecdetect.classify` returns them, :func:`encode` writes them, :func:`decode`
reads and validates them, the store keeps them and every renderer draws them. Their fields carry the names of the JSON,
in its order; the one exception is ``from_``, since ``from`` is a word of Python. The JSON Schemas in ``schema/`` are
made from them (``tools/make_schemas.py``).

Other programs rely on every name and word here: none changes its meaning, and none is used again. Fields may be added,
so a reader ignores those that it does not know. What is absent is null, never "". A value with facts holds a
dictionary, so values are comparable and picklable but not hashable.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from json.encoder import encode_basestring_ascii
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct, field

from pecdetect._version import RULE_SET, __version__
from pecdetect.evidence import Reading
from pecdetect.profile import Channel
from pecdetect.sentences import FactValue

_LARGEST = 2**63 - 1
"""The largest integer that a column of SQLite or Arrow holds."""

Text: TypeAlias = Annotated[str, Meta(min_length=1)]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=_LARGEST)]
Code: TypeAlias = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", description="Kebab-case, never used again for another meaning.")
]
Ident: TypeAlias = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$", description="Stable name of a remedy or a source."),
]
Section: TypeAlias = Annotated[
    str,
    Meta(pattern=r"^[0-9./]*$", description='A part: "" the message, "1.2" a part, "2/" the message inside part 2.'),
]
Stream: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^(decoded|msg):",
        description='What offsets count in, where it is not the file: "decoded:<section>" or "msg:<path>".',
    ),
]
Digest: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$", description="SHA-256, lower-case hexadecimal.")]
Facts: TypeAlias = dict[str, FactValue]

Container = Literal["eml", "emlx", "msg", "unknown"]
Position = Literal["top", "nested", "attachment", "floor"]
Kind = Literal["email", "report", "meeting", "auto-reply", "other-item", "none"]
Severity = Literal["low", "high"]
SmimeKind = Literal[
    "clear-signed", "opaque-signed", "encrypted", "auth-encrypted", "compressed", "certs-only", "unknown"
]
PecType = Literal[
    "posta-certificata",
    "errore",
    "accettazione",
    "non-accettazione",
    "presa-in-carico",
    "avvenuta-consegna",
    "errore-consegna",
    "preavviso-errore-consegna",
    "rilevazione-virus",
    "other",
]
PecLayout = Literal["clear-signed", "opaque-signed", "unsigned", "stripped", "relayed", "forwarded", "sealed"]
CheckResult = Literal["pass", "warn", "fail", "not-applicable"]
Inside = Literal["postacert"]

_REPR_CHARACTERS = 100


class Value(Struct, frozen=True, kw_only=True, gc=False):
    """What every value of the contract has in common: it is frozen, and its ``repr`` is one short line."""

    def __repr__(self) -> str:
        """Name the class and its first fields."""
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__[:4])
        return f"<{type(self).__name__} {clipped(shown, _REPR_CHARACTERS)}>"


def clipped(text: str, characters: int) -> str:
    """Shorten a text for display."""
    return text if len(text) <= characters else f"{text[: characters - 3]}..."


class _Word(StrEnum):
    """A word of the contract."""

    __hash__ = str.__hash__  # that of Enum is written in Python, and every verdict asks for it


class Outcome(_Word):
    """What becomes of the message on this channel."""

    BLOCKED = "blocked"
    """The channel does not create, support or read it: documented, or derived from documents."""
    UNDETERMINED = "undetermined"
    """The documents contradict each other or say nothing, or a setting that was not given decides."""
    DEGRADED = "degraded"
    """A record is expected; part of the content is missing or unreadable in it."""
    SYNCS = "syncs"
    """Nothing in the file prevents synchronisation. What a file cannot show may still do so."""

    @property
    def can_sync(self) -> bool | None:
        """True for syncs and degraded, False for blocked, None when undetermined."""
        return None if self is Outcome.UNDETERMINED else self is not Outcome.BLOCKED


class Effect(_Word):
    """What one reason does."""

    BLOCKS = "blocks"
    UNDETERMINED = "undetermined"
    DEGRADES = "degrades"
    INFORMS = "informs"


class Basis(_Word):
    """How well an effect is known."""

    DOCUMENTED = "documented"
    """Microsoft, or an RFC, says it of this kind of mail and channel."""
    DERIVED = "derived"
    """It follows from two documented facts; the chain is in the detail."""
    ASSUMED = "assumed"
    """Plausible, but no document says it."""


class Generator(Value, frozen=True, kw_only=True, gc=False):
    """The program that judged."""

    version: Text
    """Version of pecdetect."""
    rules: Text
    """Version of the rule set: the month in which a rule last changed."""


class Source(Value, frozen=True, kw_only=True, gc=False):
    """What was judged."""

    name: Text | None
    """Name of the file; None for bytes in memory."""
    size: Count
    """Bytes in the file, read or not."""
    sha256: Digest | None
    """None unless asked for."""


class ProfileUsed(Value, frozen=True, kw_only=True, gc=False):
    """The values of the :class:`~pecdetect.Profile` that the verdict was judged by."""

    channel: Channel
    max_attachment_kb: Annotated[int, Meta(ge=1)]
    max_message_mb: Annotated[int, Meta(ge=1)]
    blocked_extensions: tuple[str, ...]
    """Without the dot, lower case, sorted."""
    irm_sync: bool | None
    known_addresses: tuple[str, ...] | None
    """Lower case, sorted."""
    tracks_all: bool | None
    forward_mailbox: bool


class Envelope(Value, frozen=True, kw_only=True, gc=False):
    """The message itself: who wrote it, to whom, when, and what kind of item it is."""

    message_id: Text | None
    date: Text | None
    """ISO 8601; None when absent or unreadable."""
    from_: Text | None = field(name="from")
    """Address of the first sender that has one."""
    to: tuple[Text, ...]
    cc: tuple[Text, ...]
    subject: Text | None
    message_class: Text | None
    """Outlook message class."""
    kind: Kind
    enclosed: Section | None
    """Section of the message that was judged where the file is an envelope around it (a journal report)."""


class PecSignature(Value, frozen=True, kw_only=True, gc=False):
    """What is known of the signature of a PEC; None: not checked."""

    present: bool
    """Whether there is a CMS signature."""
    intact: bool | None
    """Whether the digest in the signature matches what it covers."""
    valid: bool | None
    """Whether the signature verifies with the signer's key."""
    trusted: bool | None
    """Whether a path leads to a trust anchor."""


class PecClaim(Value, frozen=True, kw_only=True, gc=False):
    """What one place in the message says about its PEC type."""

    source: Text
    """``X-Trasporto``, ``X-Ricevuta``, ``daticert.xml`` or ``Subject``."""
    value: str
    """As written there."""


class PecCheck(Value, frozen=True, kw_only=True, gc=False):
    """One check of a PEC against itself."""

    id: Annotated[str, Meta(pattern=r"^A[0-9]+$")]
    """``A2`` ... ``A19``."""
    result: CheckResult
    detail: Text | None
    """What was compared, with both values where they differ."""
    facts: Facts
    """The values that were compared."""


class PecRecipient(Value, frozen=True, kw_only=True, gc=False):
    """A ``destinatari`` element of daticert.xml."""

    address: str
    type: Text | None
    """``certificato``, ``esterno``, or what is written."""


class Pec(Value, frozen=True, kw_only=True, gc=False):
    """What a PEC envelope says (RFC 6109): the message's own certification, unless ``layout`` is ``forwarded``."""

    type: PecType
    layout: PecLayout
    certified: bool | None
    """False where the whole tree was readable and holds no signed structure; None while no signature was verified."""
    signature: PecSignature
    claimed_by: tuple[PecClaim, ...]
    """Every claim of a type, strongest first."""
    consistent: bool
    """Whether all claims agree."""
    header_agrees: bool | None
    """Whether the outer header agrees with the certification data; None: not verified."""
    checks: tuple[PecCheck, ...]
    type_raw: Text | None
    """The value that decided the type, as written."""
    final: bool
    """A last non-delivery notice, whatever its type says."""
    receipt: Text | None
    """``completa``, ``breve`` or ``sintetica``."""
    virus: bool
    """Whether the notice is about a virus."""
    provider: Text | None
    """gestore-emittente."""
    sender: Text | None
    """mittente: the original sender."""
    recipients: tuple[PecRecipient, ...]
    """destinatari."""
    delivered_to: Text | None
    """consegna: the recipient that a notice is about."""
    taken_in_charge: tuple[str, ...]
    """ricezione: the recipients that the provider took in charge."""
    identifier: Text | None
    """identificativo: the provider's own identifier."""
    original_message_id: Text | None
    """msgid, or X-Riferimento-Message-ID."""
    subject: Text | None
    """oggetto: the original subject."""
    time: Text | None
    """data: ISO 8601 with offset."""
    error: Text | None
    """errore-esteso, or errore where it is not ``nessuno``."""
    error_code: Text | None
    """The status code that errore-esteso begins with (RFC 3463)."""
    daticert: Section | None
    """Section of daticert.xml."""
    postacert: Section | None
    """Section of postacert.eml."""


class Smime(Value, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One S/MIME entity (RFC 8551)."""

    kind: SmimeKind
    position: Position
    part: Section
    reading: Reading
    signer: Text | None
    """Name in the signer's certificate, as read, not verified."""
    digest: Text | None
    """Digest algorithm of the first signer."""
    smime_type: Text | None
    """The ``smime-type`` parameter as declared."""
    intact: bool | None
    """Whether the digest in the signature matches what it covers; None: not decidable, or not looked at."""
    document: bool
    """Whether it is a signed or encrypted document (CAdES, ``contract.pdf.p7m``) and not a protected message."""
    layers: tuple[Text, ...]
    """Kinds seen inside, outermost first, as far as they are visible (RFC 2634)."""
    header_protection: Text | None
    """The ``hp`` parameter as declared (RFC 9788): ``clear`` or ``cipher``."""
    inside: Inside | None = None
    """``postacert`` where it is within the original message of a PEC; else absent from the JSON."""


class Pgp(Value, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One OpenPGP entity (RFC 3156, RFC 9580)."""

    kind: Literal["signed", "encrypted"]
    form: Literal["mime", "inline", "mangled"]
    position: Position
    part: Section
    reading: Reading
    inside: Inside | None = None


class Rights(Value, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Rights management, a sensitivity label, or a secure-message wrapper."""

    kind: Literal["rpmsg", "label", "wrapper"]
    name: Text | None
    """The product, where it is known."""
    position: Position
    part: Section
    reading: Reading
    inside: Inside | None = None


class System(Value, frozen=True, kw_only=True, gc=False):
    """Another certified or registered mail system."""

    name: Text
    confidence: Literal["possible", "likely", "certain"]
    position: Position
    part: Section
    reading: Reading


class Evidence(Value, frozen=True, kw_only=True, gc=False):
    """A place in the message, exact to the byte."""

    part: Section
    start: Count
    """First byte."""
    end: Count
    """One past the last byte."""
    stream: Stream | None
    """What the offsets count in; None: the file."""
    excerpt: Text | None
    """What is written there: one line, shortened; foreign text, not escaped."""
    reading: Reading
    dialect: Text | None
    """The choice that made an alternate reading (``boundary=last``)."""


class Assumption(Value, frozen=True, kw_only=True, gc=False):
    """A profile field that an effect depends on."""

    field: Text
    """Name of the field of :class:`~pecdetect.Profile`."""
    value: FactValue
    """The value that was used."""
    given: bool
    """Whether the caller gave it; False: the default."""


class Reason(Value, frozen=True, kw_only=True, gc=False):
    """A rule that applies to this message, with its evidence."""

    code: Code
    """Code of the rule in the catalogue."""
    variant: Code
    """The row of the rule that matched."""
    effect: Effect
    basis: Basis
    title: Text
    detail: Text
    """What it means for this message on this channel, in English."""
    facts: Facts
    """The raw values that ``detail`` is made of: code, variant and facts give the text in any language."""
    evidence: tuple[Evidence, ...]
    assumes: tuple[Assumption, ...]
    """The profile fields that the effect depends on."""
    remedies: tuple[Ident, ...]
    """Best first."""
    references: tuple[Ident, ...]
    """The sources that support the effect; the verdict's ``references`` say when each was read."""

    def __repr__(self) -> str:
        """Name the code and the effect."""
        return f"<Reason {self.code}: {self.effect.value}, {self.basis.value}>"


class Reference(Value, frozen=True, kw_only=True, gc=False):
    """A source that a reason cites."""

    id: Ident
    url: Text | None
    read: Text
    """When the page was last read: ``2026-11`` or ``2026-11-03``."""


class Attachment(Value, frozen=True, kw_only=True, gc=False):
    """A part that mail clients list as an attachment."""

    part: Section
    name: Text | None
    type: Text
    size: Count | None
    """Decoded bytes, exact; None where they were not counted."""
    size_at_most: Count | None
    """Upper bound of the decoded bytes where they were not counted."""
    size_stated: Count | None
    """Bytes that the message states of content that is elsewhere."""
    sha256: Digest | None
    """Of the decoded content; None unless asked for."""
    hidden_in: Text | None
    """``smime.p7m`` where the mailbox shows that file in its place."""
    inline: bool
    """Whether the text shows it: an inline disposition or a Content-ID."""


class Part(Value, frozen=True, kw_only=True, gc=False):
    """One entity of the part list (RFC 2045)."""

    section: Section
    stream: Stream | None
    type: Text
    name: Text | None
    encoding: str
    start: Count
    end: Count
    size: Count
    """Bytes as transferred, header included."""


class Anomaly(Value, frozen=True, kw_only=True, gc=False):
    """Something malformed or ambiguous met while reading."""

    code: Code
    severity: Severity
    """``high`` where readers are known to disagree about what it means."""
    part: Section
    stream: Stream | None
    start: Count
    end: Count
    reading: Reading


class LimitHit(Value, frozen=True, kw_only=True, gc=False):
    """A limit that this message ran into."""

    name: Text
    """Field of :class:`~pecdetect.Limits`."""
    value: Count
    """What the message asked for, as far as it was counted."""
    limit: Count
    """What was allowed."""
    part: Section


class Unopened(Value, frozen=True, kw_only=True, gc=False):
    """What may itself be the message and stayed closed."""

    part: Section
    why: Code
    """``unknown-encoding``, ``content-elsewhere``, ``unreadable-container``."""


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


class Verdict(Value, frozen=True, kw_only=True, gc=False):
    """Whether Dynamics 365 can synchronise one message, and why."""

    schema: Literal["pecdetect/verdict/1"]
    generator: Generator
    source: Source
    container: Container
    outcome: Outcome
    can_sync: bool | None
    """True for syncs and degraded, False for blocked, None when undetermined."""
    outcome_basis: Basis
    """The basis of the deciding reasons; ``assumed`` when nothing speaks against the message."""
    decided_by: tuple[Code, ...]
    """Codes of the reasons that decided, strongest first; empty for syncs."""
    summary: Text
    """What an administrator needs to know, in one to three sentences."""
    profile: ProfileUsed
    message: Envelope
    pec: Pec | None
    smime: tuple[Smime, ...]
    pgp: tuple[Pgp, ...]
    rights: tuple[Rights, ...]
    systems: tuple[System, ...]
    reasons: tuple[Reason, ...]
    """All reasons, strongest first."""
    references: tuple[Reference, ...]
    """The sources that the reasons cite, each once."""
    attachments: tuple[Attachment, ...]
    """Attachments, those hidden in a signed entity included."""
    parts: tuple[Part, ...]
    anomalies: tuple[Anomaly, ...]
    limits_hit: tuple[LimitHit, ...]
    unopened: tuple[Unopened, ...]
    signatures: tuple[Signature, ...] | None
    """None unless verification was asked for."""
    claims: tuple[ServerClaim, ...] | None
    """None unless verification was asked for."""

    def to_json(self) -> str:
        """The verdict as one line of JSON, ASCII."""
        return encode(self).decode()

    def to_dict(self) -> dict[str, Any]:
        """The verdict as JSON values."""
        return _values(self)

    def __repr__(self) -> str:
        """Name the outcome, what decided it, and the subject."""
        why = f": {', '.join(self.decided_by[:3])}" if self.decided_by else ""
        subject = "" if self.message.subject is None else f" {clipped(self.message.subject, 60)!r}"
        return f"<Verdict {self.outcome.value}{why}{subject}>"

    def _repr_html_(self) -> str:
        """The verdict as a card; notebooks ask for it by this name."""
        from pecdetect.report.notebook import card

        return card(self)


class Problem(Value, frozen=True, kw_only=True, gc=False):
    """Why there is no verdict."""

    code: Code
    """``not-a-message``, ``unreadable`` ..."""
    detail: Text
    """What happened, in English."""
    facts: Facts
    """The raw values that ``detail`` is made of."""


class Result(Value, frozen=True, kw_only=True, gc=False):
    """What comes of one item of a scan: a verdict, or why there is none. Exactly one of the last three is set."""

    schema: Literal["pecdetect/result/1"]
    source: Text
    """What was examined: a path, or a path and the place in it (``export.zip!/inbox/7.eml``, ``box.mbox#4711``)."""
    verdict: Verdict | None
    skipped: Problem | None
    """Why it was left out: it is no message."""
    error: Problem | None
    """What kept it from being read."""

    def __post_init__(self) -> None:
        """Demand exactly one answer. Raises ``ValueError``."""
        if (self.verdict is None) + (self.skipped is None) + (self.error is None) != 2:
            raise ValueError("a result holds a verdict, or skipped, or an error: exactly one of the three")

    def to_json(self) -> str:
        """The result as one line of JSON, ASCII."""
        return encode(self).decode()

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON values."""
        return _values(self)

    def __repr__(self) -> str:
        """Name the source and what came of it."""
        problem = self.skipped or self.error
        why = "skipped" if self.skipped else "error"
        came = repr(self.verdict) if problem is None else f"{why}: {problem.code}"
        return f"<Result {clipped(self.source, 60)!r} {came}>"

    def _repr_html_(self) -> str:
        """The result as a card; notebooks ask for it by this name."""
        from pecdetect.report.notebook import result_card

        return result_card(self)


def judged(source: str, verdict: Verdict) -> Result:
    """Make the result of a message that was judged."""
    return _result(source, verdict=verdict)


def skipped(source: str, problem: Problem) -> Result:
    """Make the result of what was left out."""
    return _result(source, skipped=problem)


def failed(source: str, problem: Problem) -> Result:
    """Make the result of what could not be read."""
    return _result(source, error=problem)


def _result(
    source: str, *, verdict: Verdict | None = None, skipped: Problem | None = None, error: Problem | None = None
) -> Result:
    name = file_name(source)
    return Result(schema="pecdetect/result/1", source=name, verdict=verdict, skipped=skipped, error=error)


def problem(code: str, detail: str, **facts: FactValue) -> Problem:
    """Say why there is no verdict; texts are made encodable."""
    kept = {name: encodable(fact) if isinstance(fact, str) else fact for name, fact in facts.items()}
    return Problem(code=code, detail=encodable(detail), facts=kept)


GENERATOR = Generator(version=__version__, rules=RULE_SET)

_ENCODER = msgspec.json.Encoder()
_BEYOND_ASCII = re.compile("[^\x00-\x7e]+")


class ContractError(ValueError):
    """Bytes that are no result of the contract: torn, edited, or never one."""


def encode(value: Verdict | Result) -> bytes:
    """Write a value as one line of JSON without its end: ASCII, the same bytes in every run."""
    line = _ENCODER.encode(value)
    if line.isascii():
        return line
    return _BEYOND_ASCII.sub(lambda match: encode_basestring_ascii(match[0])[1:-1], line.decode()).encode()


def decode(line: bytes | str) -> Result:
    """Read and validate a result; raises :class:`ContractError` for anything else. Unknown fields are ignored."""
    result: Result = _decoded(Result, line)
    return result


def decode_verdict(line: bytes | str) -> Verdict:
    """Read and validate a verdict; raises :class:`ContractError` for anything else. Unknown fields are ignored."""
    verdict: Verdict = _decoded(Verdict, line)
    return verdict


@cache
def _decoder(form: type[Result | Verdict]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(form)


def _decoded(form: type[Result | Verdict], line: bytes | str) -> Any:
    try:
        return _decoder(form).decode(line)
    except RecursionError:
        raise ContractError("the JSON is nested too deeply") from None
    except (msgspec.MsgspecError, ValueError) as error:  # ValueError: bytes or surrogates that are no text
        raise ContractError(clipped(str(error), 300)) from None


def _values(value: Verdict | Result) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.json.decode(encode(value))
    return values


def text(value: str | None) -> str | None:
    """Give a text that can be encoded, or None for one that is absent or empty."""
    return encodable(value) if value else None


def encodable(value: str) -> str:
    """Replace lone surrogates by U+FFFD; pairs that stand for one character become it."""
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value


def file_name(value: str) -> str:
    r"""Give a file name that can be encoded; bytes that are no text (PEP 383) become ``\xNN``."""
    if value.isascii():
        return value
    try:
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return encodable(value)
