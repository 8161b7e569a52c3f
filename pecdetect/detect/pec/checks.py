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
    from collections.abc import Callable, Mapping, Sequence

    from pecdetect.contract import CheckResult
    from pecdetect.detect.cms.cms import Signer
    from pecdetect.detect.findings import Envelope
    from pecdetect.detect.pec.daticert import Daticert
    from pecdetect.detect.pec.structure import Pieces
    from pecdetect.parsing.message import Part
    from pecdetect.sentences import FactValue

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
_SHOWN = 200
"""Characters of a compared value that are kept; the comparison itself is of the whole."""
_LISTED = 10
"""Values of a list that are kept."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the checks compare."""

    root: Part
    pieces: Pieces
    envelope: Envelope
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
    raw = data[content.start : content.end] if content.buffer is pieces.signed.buffer else data
    if hashlib.new(algorithm, raw, usedforsecurity=False).digest() == signer.message_digest:
        return True
    canonical = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return hashlib.new(algorithm, canonical, usedforsecurity=False).digest() == signer.message_digest


def run_checks(context: Context) -> tuple[Check, ...]:
    """All checks on a message's own PEC envelope, in order of their ids."""
    return tuple(Check(ident, *check(context)) for ident, check in _CHECKS)


_Answer = tuple["CheckResult", "Mapping[str, FactValue]"]


def _not_applicable(missing: str) -> _Answer:
    return "not-applicable", {"missing": missing}


def _agreement(
    pairs: Mapping[str, tuple[tuple[str, str | None], tuple[str, str | None]]], *, worst: CheckResult = "warn"
) -> _Answer:
    """Compare two named values for each pair: pass where all that can be compared agree.

    The facts are the values of each pair that was compared, and ``PAIR_agrees``.
    """
    facts: dict[str, FactValue] = {}
    agree = []
    for name, ((first, one), (second, other)) in pairs.items():
        if one is not None and other is not None:
            agree.append(one == other)
            facts |= {first: one[:_SHOWN], second: other[:_SHOWN], f"{name}_agrees": one == other}
    if not agree:
        return _not_applicable("nothing-to-compare")
    return "pass" if all(agree) else worst, facts


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
        return _not_applicable("signature")
    stated = context.signer.digest if context.signer is not None else None
    return "pass" if context.intact else "fail", {"digest": stated}


def _markers(context: Context) -> _Answer:
    daticert = context.daticert
    if daticert is None:
        return _not_applicable("daticert")
    marker = _value(context.root, "x-trasporto") or _value(context.root, "x-ricevuta")
    receipt = _value(context.root, "x-tiporicevuta")
    return _agreement(
        {
            "type": (("marker", marker.lower() if marker else None), ("type", daticert.type)),
            "receipt": (("asked_receipt", receipt.lower() if receipt else None), ("receipt", daticert.receipt)),
        }
    )


def _identifiers(context: Context) -> _Answer:
    stated = context.daticert.identifier if context.daticert is not None else None
    identifier = _identifier(stated)
    if identifier is None:
        return _not_applicable("identifier")
    inner = _identifier(_value(context.inner, "message-id"))
    result, compared = _agreement(
        {
            "message_id": (
                (
                    "message_id",
                    _identifier(context.envelope.message_id) if context.type == "posta-certificata" else None,
                ),
                ("identifier", identifier),
            ),
            "inner": (("inner", inner), ("identifier", identifier)),
        }
    )
    if context.type == "posta-certificata" or context.pieces.content is None:
        return result, compared
    in_text = identifier in notice_text(context.pieces.content)
    facts = {name: fact for name, fact in compared.items() if name != "missing"}
    return "warn" if not in_text or result == "warn" else "pass", facts | {"in_text_agrees": in_text}


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
    return _agreement({"stated": (("outer", outer), ("stated", stated)), "inner": (("outer", outer), ("inner", inner))})


def _sender(context: Context) -> _Answer:
    daticert = context.daticert
    if daticert is None or daticert.sender is None:
        return _not_applicable("sender")
    sender = daticert.sender.lower()
    names = [on_behalf_of(mailbox.name) for mailbox in context.envelope.sender]
    behalf = next((name.lower() for name in names if name is not None), None)
    reply_to = _address(_raw(context.root, "reply-to")) if behalf is not None else None
    stated_reply = daticert.reply_to.lower() if daticert.reply_to is not None else None
    return _agreement(
        {
            "behalf": (("behalf", behalf), ("sender", sender)),
            "original": (("original", _address(_raw(context.inner, "from"))), ("sender", sender)),
            "reply_to": (("reply_to", reply_to), ("risposte", stated_reply)),
        }
    )


def _raw(root: Part | None, name: str) -> str | None:
    value = root.raw(name.encode()) if root is not None else None
    return unfold(value) if value is not None else None


def _subject(context: Context) -> _Answer:
    stated = _folded(context.daticert.subject) if context.daticert is not None else None
    outer = _folded(context.subject_rest) if context.envelope.raw_subject else None
    inner = _folded(_value(context.inner, "subject"))
    return _agreement(
        {"stated": (("subject", outer), ("stated", stated)), "inner": (("inner", inner), ("stated", stated))}
    )


def _recipients(context: Context) -> _Answer:
    daticert = context.daticert
    if daticert is None or not daticert.recipients:
        return _not_applicable("recipients")
    stated = {recipient.address.lower() for recipient in daticert.recipients}
    facts: dict[str, FactValue] = {}
    if context.type == "posta-certificata":
        mailboxes = (*context.envelope.to, *context.envelope.cc)
        shown = {mailbox.address.lower() for mailbox in mailboxes if mailbox.address}
        if absent := sorted(stated - shown):
            facts |= _listed("absent", absent)
    delivered = daticert.delivered_to.lower() if daticert.delivered_to is not None else None
    if delivered is not None and delivered not in stated:
        facts |= {"delivered_to": delivered[:_SHOWN], "delivered_to_agrees": False}
    return "warn" if facts else "pass", facts


def _times(context: Context) -> _Answer:
    stated = {
        "date": context.envelope.date,
        "daticert_time": context.daticert.time if context.daticert is not None else None,
        "signing_time": context.signer.signing_time if context.signer is not None else None,
    }
    known = {name: time for name, text in stated.items() if (time := _instant(text)) is not None}
    if len(known) < 2:
        return _not_applicable("times")
    apart = (max(known.values()) - min(known.values())) / 60
    return "pass" if apart <= _MINUTES_APART else "warn", {"minutes": round(apart)} | {n: stated[n] for n in known}


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
        return ("warn", {"part": "daticert"}) if pieces.daticert_part is not None else ("pass", {})
    receipt = context.daticert.receipt if context.daticert is not None else None
    if context.type in _NO_ORIGINAL or (context.type == "avvenuta-consegna" and receipt == "sintetica"):
        return ("warn", {"part": "postacert"}) if pieces.postacert is not None else ("pass", {})
    return _not_applicable("exclusion")


def _unsigned_content(context: Context) -> _Answer:
    signed = context.pieces.signed
    if signed is None or not signed.is_multipart:
        return _not_applicable("multipart-signed")
    facts: dict[str, FactValue] = {}
    if len(signed.children) > 2:
        facts["more_parts"] = True
    if signed.close_end is not None and signed.buffer.data[signed.close_end : signed.end].strip():
        facts["after_end"] = True
    if signed is not context.root:
        siblings = [p.section for p in context.root.children if p is not signed and p.message is not signed]
        if siblings:
            facts |= _listed("siblings", siblings)
    return "warn" if facts else "pass", facts


def _duplicates(context: Context) -> _Answer:
    written = context.root.table.repeated
    repeated = [name.decode() for name in _CRITICAL_FIELDS if name in written]
    return ("fail", _listed("repeated", repeated)) if repeated else ("pass", {})


def _listed(name: str, values: Sequence[str]) -> dict[str, FactValue]:
    """Give the facts of a list that may be long: its first values, and how many there are in all."""
    return {name: tuple([value[:_SHOWN] for value in values[:_LISTED]]), f"{name}_count": len(values)}


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
