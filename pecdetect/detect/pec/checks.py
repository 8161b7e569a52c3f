"""Does a PEC agree with itself? The checks that need no key (ids A2 ... A19).

The signature covers the signed entity, never the outer header fields: these are credible only as far as they agree
with the certification data inside. Each check answers pass, warn, fail or not-applicable.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pecdetect.detect.findings import Check
from pecdetect.parsing.addresses import on_behalf_of, parse_addresses
from pecdetect.unfold import unfold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pecdetect.detect.cms.cms import Signer
    from pecdetect.detect.findings import CheckResult, Item
    from pecdetect.detect.pec.daticert import Daticert
    from pecdetect.detect.pec.structure import Pieces
    from pecdetect.parsing.message import Part

_DIGESTS = {
    "md5": "md5",
    "sha-1": "sha1",
    "sha-224": "sha224",
    "sha-256": "sha256",
    "sha-384": "sha384",
    "sha-512": "sha512",
}
_NO_ORIGINAL = frozenset(
    {"accettazione", "non-accettazione", "presa-in-carico", "preavviso-errore-consegna", "rilevazione-virus"}
)
"""Types whose notice must not carry the original message (RFC 6109, 3.1 and 3.2)."""
_CRITICAL_FIELDS = (b"from", b"x-trasporto", b"x-ricevuta", b"content-type", b"subject", b"message-id", b"date")
_MINUTES_APART = 10
_TEXT_WINDOW = 64 * 1024


@dataclass(frozen=True, slots=True)
class Context:
    """What the checks compare."""

    root: Part
    pieces: Pieces
    item: Item
    subject_rest: str
    """The subject without its prefix."""
    type: str
    signer: Signer | None
    intact: bool | None

    @property
    def daticert(self) -> Daticert | None:
        """The certification data."""
        return self.pieces.daticert

    @property
    def inner(self) -> Part | None:
        """Root of the original message."""
        return self.pieces.postacert.message if self.pieces.postacert is not None else None


def digest_matches(pieces: Pieces, signer: Signer | None) -> bool | None:
    """Whether the signed entity has the digest that the signature states (RFC 5652, 11.2); None if not decidable.

    The bytes are taken as they stand, then with every line end made CRLF (RFC 8551, 3.1.1).
    """
    if signer is None or signer.message_digest is None or pieces.content is None or pieces.signed is None:
        return None
    algorithm = _DIGESTS.get(signer.digest or "")
    if algorithm is None:
        return None
    content = pieces.content
    data = content.buffer.data
    octets = data[content.start : content.end] if content.buffer is pieces.signed.buffer else data
    if hashlib.new(algorithm, octets, usedforsecurity=False).digest() == signer.message_digest:
        return True
    canonical = octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return hashlib.new(algorithm, canonical, usedforsecurity=False).digest() == signer.message_digest


def run_checks(context: Context) -> tuple[Check, ...]:
    """All checks on a message's own PEC envelope, in order of their ids."""
    return tuple(Check(ident, *check(context)) for ident, check in _CHECKS)


_Answer = tuple["CheckResult", str]


def _not_applicable(why: str) -> _Answer:
    return "not-applicable", why


def _compare(pairs: Iterable[tuple[str, str | None, str, str | None]], *, worst: CheckResult = "warn") -> _Answer:
    """Compare what is there: pass when each pair agrees, not applicable when there is none to compare."""
    compared = [(a, left, b, right) for a, left, b, right in pairs if left is not None and right is not None]
    if not compared:
        return _not_applicable("nothing to compare")
    different = [f"{a} {left!r} is not {b} {right!r}" for a, left, b, right in compared if left != right]
    if different:
        return worst, "; ".join(different)
    return "pass", "; ".join(f"{a} = {b}" for a, _, b, _ in compared)


def _value(root: Part | None, name: str) -> str | None:
    return root.text(name) if root is not None else None


def _identifier(value: str | None) -> str | None:
    return value.strip().strip("<>").strip() or None if value is not None else None


def _address(value: str | None) -> str | None:
    if value is None:
        return None
    mailboxes = parse_addresses(value).mailboxes
    return mailboxes[0].address.lower() if mailboxes and mailboxes[0].address else None


def _folded(value: str | None) -> str | None:
    return " ".join(value.split()) if value is not None else None


def _digest(context: Context) -> _Answer:
    if context.intact is None:
        return _not_applicable("no readable signature with a message digest")
    stated = context.signer.digest if context.signer is not None else None
    if context.intact:
        return "pass", f"{stated} of the signed entity is the one that the signature states"
    return "fail", f"{stated} of the signed entity differs from the one that the signature states"


def _markers(context: Context) -> _Answer:
    daticert = context.daticert
    if daticert is None:
        return _not_applicable("no readable daticert.xml")
    marker = _value(context.root, "x-trasporto") or _value(context.root, "x-ricevuta")
    receipt = _value(context.root, "x-tiporicevuta")
    return _compare(
        [
            ("header marker", marker.lower() if marker else None, "tipo", daticert.type),
            ("X-TipoRicevuta", receipt.lower() if receipt else None, "ricevuta/tipo", daticert.receipt),
        ]
    )


def _identifiers(context: Context) -> _Answer:
    stated = context.daticert.identifier if context.daticert is not None else None
    identifier = _identifier(stated)
    if identifier is None:
        return _not_applicable("no identificativo")
    inner = _identifier(_value(context.inner, "message-id"))
    pairs = [("Message-ID of the original", inner, "identificativo", identifier)]
    if context.type == "posta-certificata":
        pairs.insert(0, ("Message-ID", _identifier(context.item.message_id), "identificativo", identifier))
    elif context.pieces.content is not None:
        shown = identifier if identifier in notice_text(context.pieces.content) else "another or none"
        pairs.insert(0, ("identifier in the text", shown, "identificativo", identifier))
    return _compare(pairs)


def notice_text(content: Part) -> str:
    """The provider's own text: the first text part of the envelope."""
    for part in content.walk_message():
        if part.media_type.type == "text":
            return part.decoded(_TEXT_WINDOW).decode("latin-1")
    return ""


def _references(context: Context) -> _Answer:
    outer = _identifier(_value(context.root, "x-riferimento-message-id"))
    stated = _identifier(context.daticert.message_id) if context.daticert is not None else None
    inner = _identifier(_value(context.inner, "x-riferimento-message-id"))
    return _compare(
        [
            ("X-Riferimento-Message-ID", outer, "msgid", stated),
            ("X-Riferimento-Message-ID", outer, "that of the original", inner),
        ]
    )


def _sender(context: Context) -> _Answer:
    daticert = context.daticert
    if daticert is None or daticert.sender is None:
        return _not_applicable("no mittente")
    sender = daticert.sender.lower()
    names = [on_behalf_of(mailbox.name) for mailbox in context.item.sender]
    behalf = next((name.lower() for name in names if name is not None), None)
    return _compare(
        [
            ("Per conto di", behalf, "mittente", sender),
            ("From of the original", _address(_raw(context.inner, "from")), "mittente", sender),
            (
                "Reply-To",
                _address(_raw(context.root, "reply-to")) if behalf is not None else None,
                "risposte",
                daticert.reply_to.lower() if daticert.reply_to is not None else None,
            ),
        ]
    )


def _raw(root: Part | None, name: str) -> str | None:
    value = root.raw(name.encode()) if root is not None else None
    return unfold(value) if value is not None else None


def _subject(context: Context) -> _Answer:
    stated = _folded(context.daticert.subject) if context.daticert is not None else None
    outer = _folded(context.subject_rest) if context.item.raw_subject else None
    return _compare(
        [
            ("subject without its prefix", outer, "oggetto", stated),
            ("Subject of the original", _folded(_value(context.inner, "subject")), "oggetto", stated),
        ]
    )


def _recipients(context: Context) -> _Answer:
    daticert = context.daticert
    if daticert is None or not daticert.recipients:
        return _not_applicable("no destinatari")
    stated = {recipient.address.lower() for recipient in daticert.recipients}
    problems = []
    if context.type == "posta-certificata":
        mailboxes = (*context.item.to, *context.item.cc)
        shown = {mailbox.address.lower() for mailbox in mailboxes if mailbox.address}
        if missing := sorted(stated - shown):
            problems.append(f"destinatari not in To or Cc: {', '.join(missing)}")
    delivered = daticert.delivered_to.lower() if daticert.delivered_to is not None else None
    if delivered is not None and delivered not in stated:
        problems.append(f"consegna {delivered} is none of the destinatari")
    return ("warn", "; ".join(problems)) if problems else ("pass", "the recipients agree")


def _times(context: Context) -> _Answer:
    stated = {
        "Date": context.item.date,
        "daticert.xml": context.daticert.time if context.daticert is not None else None,
        "signingTime": context.signer.signing_time if context.signer is not None else None,
    }
    known = {name: time for name, text in stated.items() if (time := _instant(text)) is not None}
    if len(known) < 2:
        return _not_applicable("fewer than two times with a zone")
    apart = (max(known.values()) - min(known.values())) / 60
    shown = ", ".join(f"{name} {stated[name]}" for name in known)
    return ("pass" if apart <= _MINUTES_APART else "warn"), f"{apart:.0f} minutes apart: {shown}"


def _instant(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
        return time.timestamp() if time.tzinfo is not None else None
    except (ValueError, OverflowError, OSError):
        return None


def _contents(context: Context) -> _Answer:
    pieces = context.pieces
    if context.type == "errore":
        if pieces.daticert_part is not None:
            return "warn", "an anomaly envelope has no daticert.xml of its own"
        return "pass", "no daticert.xml, as in every anomaly envelope"
    receipt = context.daticert.receipt if context.daticert is not None else None
    if context.type in _NO_ORIGINAL or (context.type == "avvenuta-consegna" and receipt == "sintetica"):
        if pieces.postacert is not None:
            return "warn", "this type of notice carries no original message"
        return "pass", "no original message, as this type of notice demands"
    return _not_applicable("nothing is forbidden in this type")


def _unsigned_content(context: Context) -> _Answer:
    signed = context.pieces.signed
    if signed is None or not signed.is_multipart:
        return _not_applicable("no multipart/signed")
    extra = []
    if len(signed.children) > 2:
        extra.append("more than two parts in multipart/signed")
    if signed.close_end is not None and signed.buffer.data[signed.close_end : signed.end].strip():
        extra.append("data after the close delimiter")
    if signed is not context.root:
        siblings = [p.section for p in context.root.children if p is not signed and p.message is not signed]
        if siblings:
            extra.append(f"unsigned parts beside the envelope: {', '.join(siblings)}")
    return ("warn", "; ".join(extra)) if extra else ("pass", "nothing stands outside the signed entity")


def _duplicates(context: Context) -> _Answer:
    keys = context.root.table.keys
    repeated = [name for name in _CRITICAL_FIELDS if keys.count(name) > 1]
    return (
        ("fail", f"repeated: {b', '.join(repeated).decode()}")
        if repeated
        else ("pass", "each field that matters stands once")
    )


_CHECKS: tuple[tuple[str, Callable[[Context], _Answer]], ...] = (
    ("A2", _digest),
    ("A9", _markers),
    ("A10", _identifiers),
    ("A11", _references),
    ("A12", _sender),
    ("A13", _subject),
    ("A14", _recipients),
    ("A15", _times),
    ("A17", _contents),
    ("A18", _unsigned_content),
    ("A19", _duplicates),
)
