"""The values that a verdict is made of: what was judged, what was found in it, and the reasons."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from pecdetect.contract.strings import clipped
from pecdetect.contract.words import (
    Basis,
    CheckResult,
    Code,
    Count,
    Digest,
    Effect,
    Facts,
    Ident,
    Inside,
    Kind,
    PecLayout,
    PecType,
    Position,
    Section,
    Severity,
    SmimeKind,
    Stream,
    Text,
)
from pecdetect.evidence import Reading
from pecdetect.profile import Channel
from pecdetect.sentences import FactValue

_REPR_CHARACTERS = 100


class Value(Struct, frozen=True, kw_only=True, gc=False):
    """What every value of the contract has in common: it is frozen, and its ``repr`` is one short line."""

    def __repr__(self) -> str:
        """Name the class and its first fields."""
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__[:4])
        return f"<{type(self).__name__} {clipped(shown, _REPR_CHARACTERS)}>"


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
