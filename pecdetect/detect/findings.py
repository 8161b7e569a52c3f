"""The facts that detectors find: values only, each with its evidence. What they mean is ``policy/``'s affair.

All are named tuples: to make one, and to load its class, costs a third of what a frozen dataclass does.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from pecdetect.contract import PecType
from pecdetect.evidence import Evidence
from pecdetect.parsing.dates import parse_date
from pecdetect.parsing.encoded_words import decode_encoded_words
from pecdetect.unfold import unfold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pecdetect.contract import (
        Anomaly,
        CheckResult,
        Container,
        Kind,
        LimitHit,
        Part,
        PecLayout,
        Position,
        SmimeKind,
    )
    from pecdetect.detect.pec.daticert import Daticert, Recipient
    from pecdetect.evidence import Reading
    from pecdetect.parsing.addresses import Mailbox
    from pecdetect.sentences import FactValue

PEC_TYPES = tuple([name for name in get_args(PecType) if name != "other"])
"""RFC 6109 message types; anything else is ``other``."""


def seen_in(place: Evidence, reading: Reading, dialect: str | None = None) -> Evidence:
    """The same place, as seen in another reading."""
    return Evidence(place.part, place.start, place.end, place.quoted, place.stream, reading, dialect)


class Claim(NamedTuple):
    """What one place in the message says about its PEC type."""

    source: str
    """``X-Trasporto``, ``X-Ricevuta``, ``daticert.xml`` or ``Subject``."""
    value: str
    """As written there."""
    evidence: Evidence


class Check(NamedTuple):
    """One consistency check of a PEC (ids A2 ... A19)."""

    id: str
    result: CheckResult
    facts: Mapping[str, FactValue] = MappingProxyType({})
    """What was compared, as it is."""


class Signature(NamedTuple):
    """What is known of a PEC's signature. A None was not checked."""

    present: bool
    """A CMS signature part stands there."""
    intact: bool | None = None
    """The digest in the signature matches the signed entity."""
    valid: bool | None = None
    """The signature verifies with the signer's key."""
    trusted: bool | None = None
    """A path leads to a trust anchor."""


class Pec(NamedTuple):
    """What a PEC envelope says (RFC 6109). Its own certification, unless ``layout`` is ``forwarded``."""

    type: str
    """One of :data:`PEC_TYPES`, or ``other``."""
    type_raw: str | None
    """The value that decided, as written."""
    layout: PecLayout
    certified: bool | None
    """False for a claim without the signed structure; None while no signature was verified."""
    signature: Signature
    claimed_by: tuple[Claim, ...]
    """Every claim of a type, strongest first."""
    consistent: bool
    """Whether all claims agree."""
    checks: tuple[Check, ...]
    final: bool
    """A last non-delivery notice, whatever its type says."""
    receipt: str | None
    """``completa``, ``breve`` or ``sintetica``: requested by an envelope, issued by a delivery receipt."""
    virus: bool
    """The notice is about a virus."""
    provider: str | None
    """gestore-emittente."""
    sender: str | None
    """mittente: the original sender."""
    recipients: tuple[Recipient, ...]
    """destinatari."""
    identifier: str | None
    """identificativo: the provider's own identifier."""
    original_message_id: str | None
    """msgid, or X-Riferimento-Message-ID."""
    subject: str | None
    """oggetto: the original subject."""
    time: str | None
    """data: ISO 8601 with offset."""
    error: str | None
    """errore-esteso, or errore where it is not ``nessuno``."""
    daticert_section: str | None
    postacert_section: str | None
    signed_section: str | None
    """Section of the multipart/signed or CMS entity that makes the envelope."""
    daticert: Daticert | None
    """The certification data as read, None when absent or unreadable."""
    evidence: tuple[Evidence, ...]
    """Where the envelope was recognised, strongest first."""


class Smime(NamedTuple):
    """One S/MIME entity (RFC 8551)."""

    kind: SmimeKind
    position: Position
    part: str
    evidence: Evidence
    signer: str | None = None
    """Name in the signer's certificate, as read, not verified."""
    digest: str | None = None
    """Digest algorithm of the first signer."""
    smime_type: str | None = None
    """The ``smime-type`` parameter as declared."""
    size: int = 0
    """Bytes of the entity as transferred; what Exchange shows as one smime.p7m."""
    document: bool = False
    """A signed or encrypted document (CAdES, ``fattura.xml.p7m``), not a protected message."""
    lone_signature: bool = False
    """A root ``application/pkcs7-signature`` with nothing that it signs, or a signed receipt, CMC and the like."""
    header_protection: str | None = None
    """RFC 9788 ``hp`` parameter: ``clear`` or ``cipher``."""
    layers: tuple[str, ...] = ()
    """Kinds seen inside, outermost first, as far as they are visible (RFC 2634 triple wrapping)."""
    hidden: tuple[str, ...] = ()
    """Names of the attachments inside a signed entity."""
    inside: str | None = None
    """``postacert`` when it stands within the original message of a PEC."""
    reading: Reading = "primary"
    dialect: str | None = None


class Pgp(NamedTuple):
    """One OpenPGP entity (RFC 3156, RFC 9580)."""

    kind: Literal["signed", "encrypted"]
    form: Literal["mime", "inline", "mangled"]
    position: Position
    part: str
    evidence: Evidence
    inside: str | None = None
    reading: Reading = "primary"
    dialect: str | None = None


class Rights(NamedTuple):
    """Rights management or a secure-message wrapper."""

    kind: Literal["rpmsg", "label", "wrapper"]
    position: Position
    part: str
    evidence: tuple[Evidence, ...]
    name: str | None = None
    """Product, where it is known."""
    inside: str | None = None
    reading: Reading = "primary"
    dialect: str | None = None


class System(NamedTuple):
    """Another certified or registered mail system."""

    name: str
    confidence: Literal["possible", "likely", "certain"]
    position: Position
    part: str
    evidence: tuple[Evidence, ...]
    reading: Reading = "primary"
    dialect: str | None = None


class Attachment(NamedTuple):
    """A part that mail clients list as an attachment."""

    part: str
    name: str | None
    type: str
    size: int
    """Decoded bytes; exact, or the upper bound where ``exact`` is False."""
    exact: bool
    size_min: int
    """Decoded bytes: lower bound."""
    hidden_in: str | None
    """``smime.p7m`` when it stands inside a signed top entity, where the mailbox shows only that one file."""
    evidence: Evidence
    inline: bool = False


class Envelope(NamedTuple):
    """The message itself: what kind of item it is, from whom, to whom."""

    kind: Kind
    kind_evidence: tuple[Evidence, ...] = ()
    """What made it other than an e-mail."""
    message_id: str | None = None
    raw_date: bytes | str | None = None
    """The Date field as stored, or an ISO 8601 time."""
    sender: tuple[Mailbox, ...] = ()
    """Mailboxes of the From fields, in order."""
    sender_evidence: tuple[Evidence, ...] = ()
    """The From fields; empty when there is none."""
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    recipient_evidence: tuple[Evidence, ...] = ()
    """The To and Cc fields."""
    raw_subject: bytes | str | None = None
    """The Subject field as stored, or its text."""
    message_class: str | None = None
    """Outlook message class, .msg only."""
    draft: bool = False
    """X-Unsent: 1, or MSGFLAG_UNSENT."""
    meeting_method: str | None = None
    """iTIP METHOD of a meeting item."""
    other_class: Evidence | None = None
    """A Content-Class (voice mail, fax ...) or message class that is no ordinary e-mail's."""

    @property
    def subject(self) -> str | None:
        """The subject for display, encoded words decoded; None when absent or empty."""
        raw = self.raw_subject
        return (_text(raw) if isinstance(raw, bytes) else raw) or None

    @property
    def date(self) -> str | None:
        """The date in ISO 8601; None when absent or unreadable."""
        raw = self.raw_date
        return _time(raw) if isinstance(raw, bytes) else raw


def _text(raw: bytes) -> str:
    return decode_encoded_words(unfold(raw))


def _time(raw: bytes) -> str | None:
    return parse_date(unfold(raw))


class Oversized(NamedTuple):
    """A value longer than the Dataverse column that is to hold it."""

    column: str
    """``messageid``, ``inreplyto``, ``filename``, ``mimetype``, ``sender`` or ``subject``."""
    length: int
    """Characters."""
    evidence: Evidence


class Delivery(NamedTuple):
    """What may get in the way of storing the message, protected or not."""

    invalid_characters: tuple[Evidence, ...] = ()
    """Decoded text with characters outside XML 1.0."""
    oversized: tuple[Oversized, ...] = ()
    body_size: int = 0
    """Decoded bytes of the largest text body, upper bound."""
    body_evidence: Evidence | None = None
    unknown_charsets: tuple[Evidence, ...] = ()
    tnef: tuple[Evidence, ...] = ()
    """application/ms-tnef parts."""
    journal: Evidence | None = None
    """The X-MS-Journal-Report field."""
    attached_messages: int = 0
    """message/rfc822 parts directly in the message."""


class Outlook(NamedTuple):
    """What only an Outlook .msg says."""

    smime_class_mismatch: Evidence | None = None
    """A class ``*.SMIME*`` whose attachments do not fit (MS-OXOSMIME: undefined)."""
    headers_synthesised: Evidence | None = None
    """No transport headers: they were made from properties."""
    address_not_in_file: Evidence | None = None
    """Sender or recipients are known by Exchange addresses only."""
    from_me: Evidence | None = None
    """MSGFLAG_FROMME: a sent item."""


class Unopened(NamedTuple):
    """What may itself be the message and stayed closed."""

    why: str
    """``unknown-encoding``, ``content-elsewhere`` or ``unreadable-container``."""
    evidence: Evidence


class Findings(NamedTuple):
    """Everything that was found in one message."""

    container: Container
    size: int
    """Bytes of the file."""
    no_message: Literal["not-a-message", "not-one-message"] | None
    """Why there is no single message to judge, else None."""
    envelope: Envelope
    pec: Pec | None = None
    smime: tuple[Smime, ...] = ()
    pgp: tuple[Pgp, ...] = ()
    rights: tuple[Rights, ...] = ()
    systems: tuple[System, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    delivery: Delivery = Delivery()
    outlook: Outlook = Outlook()
    container_mismatch: Evidence | None = None
    """The file name says another format than the content."""
    truncated: Evidence | None = None
    """The file ends before its structure does."""
    unopened: tuple[Unopened, ...] = ()
    """What may itself be the message and stayed closed."""
    parts: tuple[Part, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    limits_hit: tuple[LimitHit, ...] = ()
    pec_candidates: tuple[Evidence, ...] = ()
    """Pieces of a PEC that stand in raw bytes only, whatever the structure says."""
    internal_error: str | None = None
    """What the safety net caught: a defect of ours."""
    duplicate_of: str | None = None
    """Source of an earlier message with the same Message-ID; only a scan of several files knows it."""

    @property
    def unusual_envelope(self) -> bool:
        """Whether the item is other than an e-mail with a Message-ID, a valid sender and valid recipients."""
        envelope = self.envelope
        sender, to, cc = envelope.sender, envelope.to, envelope.cc
        if envelope.kind != "email" or envelope.message_class is not None or envelope.message_id is None:
            return True
        if not sender or not (to or cc):
            return True
        return any([mailbox.form != "valid" for mailbox in (*sender, *to, *cc)])  # noqa: C419 - a list is faster
