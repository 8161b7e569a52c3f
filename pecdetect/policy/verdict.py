"""Findings and reasons as the contract's values: where what was found becomes what is said.

Texts out of mail are made encodable here, once; what is absent or empty becomes None.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, cast

from pecdetect import contract
from pecdetect.contract import GENERATOR, encodable, text
from pecdetect.policy.check_texts import check_detail
from pecdetect.policy.references import REFERENCES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pecdetect.contract import Basis, Inside, Outcome, PecType, Reason, Source, Verdict
    from pecdetect.detect.findings import (
        Attachment,
        Check,
        Envelope,
        Findings,
        Pec,
        Pgp,
        Rights,
        Smime,
        System,
    )
    from pecdetect.evidence import Evidence
    from pecdetect.parsing.addresses import Mailbox
    from pecdetect.profile import Profile
    from pecdetect.sentences import FactValue


def verdict_of(  # noqa: PLR0913 - the parts of a verdict
    findings: Findings,
    profile: Profile,
    source: Source,
    *,
    outcome: Outcome,
    outcome_basis: Basis,
    decided_by: tuple[str, ...],
    summary: str,
    reasons: tuple[Reason, ...],
) -> Verdict:
    """Put a verdict together."""
    return contract.Verdict(
        schema="pecdetect/verdict/1",
        generator=GENERATOR,
        source=source,
        container=findings.container,
        outcome=outcome,
        can_sync=outcome.can_sync,
        outcome_basis=outcome_basis,
        decided_by=decided_by,
        summary=summary,
        profile=profile_used(profile),
        message=_envelope(findings.envelope),
        pec=None if findings.pec is None else _pec(findings.pec),
        smime=tuple([_smime(entity) for entity in findings.smime]) if findings.smime else (),
        pgp=tuple([_pgp(entity) for entity in findings.pgp]) if findings.pgp else (),
        rights=tuple([_rights(entity) for entity in findings.rights]) if findings.rights else (),
        systems=tuple([_system(entity) for entity in findings.systems]) if findings.systems else (),
        reasons=reasons,
        references=references_of(reasons) if reasons else (),
        attachments=tuple([_attachment(entry) for entry in findings.attachments]) if findings.attachments else (),
        parts=findings.parts,
        anomalies=findings.anomalies,
        limits_hit=findings.limits_hit,
        unopened=tuple([contract.Unopened(part=each.evidence.part, why=each.why) for each in findings.unopened]),
        signatures=None,
        claims=None,
    )


@lru_cache(maxsize=8)
def profile_used(profile: Profile) -> contract.ProfileUsed:
    """Give a profile's values; a scan has one profile for all its messages."""
    known = profile.known_addresses
    return contract.ProfileUsed(
        channel=profile.channel,
        max_attachment_kb=profile.max_attachment_kb,
        max_message_mb=profile.max_message_mb,
        blocked_extensions=_sorted(profile.blocked_extensions),
        irm_sync=profile.irm_sync,
        known_addresses=None if known is None else _sorted(known),
        tracks_all=profile.tracks_all,
        forward_mailbox=profile.forward_mailbox,
    )


def _sorted(words: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(map(encodable, words)))


def assumption(name: str, profile: Profile) -> contract.Assumption:
    """Say which value of a profile field an effect depends on."""
    value: FactValue = getattr(profile_used(profile), name)
    return contract.Assumption(field=name, value=value, given=name in profile.given)


def raw(facts: Mapping[str, FactValue]) -> dict[str, FactValue]:
    """Give facts as the contract holds them: texts and lists of texts made encodable."""
    return {name: _encodable(fact) for name, fact in facts.items()}


def _encodable(fact: FactValue) -> FactValue:
    if isinstance(fact, str):
        return encodable(fact)
    return tuple(map(encodable, fact)) if isinstance(fact, tuple) else fact


def shown_evidence(place: Evidence) -> contract.Evidence:
    """Give evidence as a verdict shows it."""
    return contract.Evidence(
        part=place.part,
        start=place.start,
        end=place.end,
        stream=text(place.stream),
        excerpt=text(place.excerpt),
        reading=place.reading,
        dialect=text(place.dialect),
    )


def _envelope(envelope: Envelope) -> contract.Envelope:
    senders = _addresses(envelope.sender)
    return contract.Envelope(
        message_id=text(envelope.message_id),
        date=text(envelope.date),
        from_=senders[0] if senders else None,
        to=_addresses(envelope.to),
        cc=_addresses(envelope.cc) if envelope.cc else (),
        subject=text(envelope.subject),
        message_class=text(envelope.message_class),
        kind=envelope.kind,
        enclosed=None,
    )


def _addresses(mailboxes: tuple[Mailbox, ...]) -> tuple[str, ...]:
    return tuple([encodable(mailbox.address) for mailbox in mailboxes if mailbox.address])


def _pec(pec: Pec) -> contract.Pec:
    signature, daticert = pec.signature, pec.daticert
    return contract.Pec(
        type=cast("PecType", pec.type),
        layout=pec.layout,
        certified=pec.certified,
        signature=contract.PecSignature(
            present=signature.present, intact=signature.intact, valid=signature.valid, trusted=signature.trusted
        ),
        claimed_by=tuple(contract.PecClaim(source=c.source, value=encodable(c.value)) for c in pec.claimed_by),
        consistent=pec.consistent,
        header_agrees=None,
        checks=tuple([_check(check) for check in pec.checks]),
        type_raw=text(pec.type_raw),
        final=pec.final,
        receipt=text(pec.receipt),
        virus=pec.virus,
        provider=text(pec.provider),
        sender=text(pec.sender),
        recipients=tuple(
            contract.PecRecipient(address=encodable(r.address), type=text(r.type)) for r in pec.recipients
        ),
        delivered_to=None if daticert is None else text(daticert.delivered_to),
        taken_in_charge=() if daticert is None else tuple(map(encodable, daticert.received_by)),
        identifier=text(pec.identifier),
        original_message_id=text(pec.original_message_id),
        subject=text(pec.subject),
        time=text(pec.time),
        error=text(pec.error),
        error_code=None if daticert is None else text(daticert.error_code),
        daticert=pec.daticert_section,
        postacert=pec.postacert_section,
    )


def _check(check: Check) -> contract.PecCheck:
    facts = raw(check.facts)
    detail = text(check_detail(check.id, check.result, facts))
    return contract.PecCheck(id=check.id, result=check.result, detail=detail, facts=facts)


def _smime(entity: Smime) -> contract.Smime:
    return contract.Smime(
        kind=entity.kind,
        position=entity.position,
        part=entity.part,
        reading=entity.reading,
        signer=text(entity.signer),
        digest=text(entity.digest),
        smime_type=text(entity.smime_type),
        intact=None,
        document=entity.document,
        layers=entity.layers,
        header_protection=text(entity.header_protection),
        inside=cast("Inside | None", entity.inside),
    )


def _pgp(entity: Pgp) -> contract.Pgp:
    return contract.Pgp(
        kind=entity.kind,
        form=entity.form,
        position=entity.position,
        part=entity.part,
        reading=entity.reading,
        inside=cast("Inside | None", entity.inside),
    )


def _rights(entity: Rights) -> contract.Rights:
    return contract.Rights(
        kind=entity.kind,
        name=text(entity.name),
        position=entity.position,
        part=entity.part,
        reading=entity.reading,
        inside=cast("Inside | None", entity.inside),
    )


def _system(entity: System) -> contract.System:
    return contract.System(
        name=encodable(entity.name),
        confidence=entity.confidence,
        position=entity.position,
        part=entity.part,
        reading=entity.reading,
    )


def _attachment(entry: Attachment) -> contract.Attachment:
    return contract.Attachment(
        part=entry.part,
        name=text(entry.name),
        type=encodable(entry.type),
        size=entry.size if entry.exact else None,
        size_at_most=None if entry.exact else entry.size,
        size_stated=None,
        sha256=None,
        hidden_in=entry.hidden_in,
        inline=entry.inline,
    )


def references_of(reasons: tuple[Reason, ...]) -> tuple[contract.Reference, ...]:
    """Give each source that the reasons cite, once, in order."""
    cited = dict.fromkeys([ident for reason in reasons for ident in reason.references])
    return tuple([_reference(ident) for ident in cited])


@cache
def _reference(ident: str) -> contract.Reference:
    source = REFERENCES[ident]
    return contract.Reference(id=ident, url=source.where, read=source.read)
