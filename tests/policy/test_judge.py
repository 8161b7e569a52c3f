"""Judging: order, outcome, assumptions, summary; the same answer every time, and never an exception."""

from __future__ import annotations

import pickle
from itertools import product
from typing import TYPE_CHECKING, Any, get_args

import pytest

from pecdetect.contract import Basis, Effect, Kind, Outcome, PecLayout, Position, Reason, SmimeKind
from pecdetect.detect.findings import Check, Claim, Delivery, Outlook, Oversized, Unopened
from pecdetect.policy.judge import decide, judge, outcome_of
from pecdetect.policy.references import REFERENCES
from pecdetect.policy.rules import CATALOGUE
from pecdetect.policy.verdict import profile_used, shown_evidence
from pecdetect.profile import Channel, Profile
from support.contracts import limit_hit
from support.values import changed as replace

from .expected import CASES, pec_envelope
from .factory import (
    SOURCE,
    attachment,
    box,
    envelope,
    findings,
    judged,
    pec,
    pgp,
    place,
    reason,
    rights,
    smime,
    system,
)

if TYPE_CHECKING:
    from pecdetect.evidence import Reading


def made(effect: Effect, basis: Basis = Basis.DOCUMENTED, code: str = "a", reading: Reading | None = None) -> Reason:
    evidence = () if reading is None else (place(reading=reading),)
    return Reason(
        code=code,
        variant="any",
        effect=effect,
        basis=basis,
        title="T",
        detail="D.",
        facts={},
        evidence=tuple(map(shown_evidence, evidence)),
        assumes=(),
        remedies=(),
        references=(),
    )


@pytest.mark.parametrize(
    ("one", "outcome"),
    [
        (made(Effect.BLOCKS), Outcome.BLOCKED),
        (made(Effect.BLOCKS, Basis.DERIVED), Outcome.BLOCKED),
        (made(Effect.BLOCKS, Basis.ASSUMED), Outcome.UNDETERMINED),
        (made(Effect.BLOCKS, reading="primary"), Outcome.BLOCKED),
        (made(Effect.BLOCKS, reading="alternate"), Outcome.UNDETERMINED),
        (made(Effect.BLOCKS, reading="floor"), Outcome.UNDETERMINED),
        (made(Effect.UNDETERMINED), Outcome.UNDETERMINED),
        (made(Effect.DEGRADES, Basis.ASSUMED), Outcome.DEGRADED),
        (made(Effect.INFORMS), Outcome.SYNCS),
    ],
)
def test_the_outcome_that_one_reason_asks_for(one: Reason, outcome: Outcome) -> None:
    assert outcome_of(one) is outcome
    assert decide([one])[0] is outcome


def test_the_worst_effect_decides() -> None:
    blocks, doubt = made(Effect.BLOCKS, code="b"), made(Effect.UNDETERMINED, code="u")
    degrades, informs = made(Effect.DEGRADES, code="d"), made(Effect.INFORMS, code="i")
    assumed = made(Effect.BLOCKS, Basis.ASSUMED, code="a")
    assert decide([]) == (Outcome.SYNCS, [])
    assert decide([informs]) == (Outcome.SYNCS, [])
    assert decide([degrades, informs]) == (Outcome.DEGRADED, [degrades])
    assert decide([assumed, doubt, degrades]) == (Outcome.UNDETERMINED, [assumed, doubt])
    assert decide([blocks, assumed, doubt]) == (Outcome.BLOCKED, [blocks])


EVERYTHING: dict[str, Any] = {
    "pec": pec("errore", consistent=False),
    "smime": (smime("encrypted", size=10**9), smime("encrypted", "nested"), smime("opaque-signed", "attachment")),
    "pgp": (pgp("encrypted"),),
    "rights": (rights(), rights("wrapper"), rights("label")),
    "systems": (system(),),
    "attachments": (attachment("a.exe", 10**9), attachment("b.pdf", hidden_in="smime.p7m")),
    "delivery": Delivery(
        (place(),), (Oversized("subject", 900, place()),), 10**9, place(), (place(),), (place(),), place(), 0
    ),
    "outlook": Outlook(place(), place(), place(), place()),
    "container_mismatch": place(),
    "truncated": place(),
    "unopened": (Unopened("unknown-encoding", place()),),
    "limits_hit": (limit_hit("parts", 10_001, 10_000, ""),),
    "size": 10**9,
}


def test_reasons_come_strongest_first() -> None:
    order = {rule.code: rank for rank, rule in enumerate(CATALOGUE)}
    for channel in Channel:
        reasons = judged(findings(**EVERYTHING), channel=channel).reasons
        ranks = [
            (list(Effect).index(found.effect), list(Basis).index(found.basis), order[found.code]) for found in reasons
        ]
        assert len(ranks) > 15
        assert ranks == sorted(ranks)


def test_a_profile_field_says_whether_it_was_given() -> None:
    large = findings(attachments=(attachment(size=6_000_000),))
    by_default = judged(large).reasons[0].assumes
    assert [(a.field, a.value, a.given) for a in by_default] == [("max_attachment_kb", 5120, False)]
    given = judged(large, max_attachment_kb=5120).reasons[0].assumes
    assert [(a.field, a.value, a.given) for a in given] == [("max_attachment_kb", 5120, True)]
    unknown = reason(judged(findings(), known_addresses=["x@example.org"]), "recipient-not-known")
    assert unknown is not None
    assert [(a.field, a.value, a.given) for a in unknown.assumes] == [
        ("known_addresses", ("x@example.org",), True),
        ("tracks_all", None, False),
    ]
    blocked = reason(judged(findings(attachments=(attachment("a.exe"),))), "attachment-blocked-extension")
    assert blocked is not None
    assert [(a.field, a.given) for a in blocked.assumes] == [("blocked_extensions", False)]


def test_what_does_not_hang_on_the_profile_assumes_nothing() -> None:
    assert judged(pec_envelope(pec())).reasons[0].assumes == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code} {case.label}")
def test_judging_twice_is_judging_once(case: Any) -> None:
    first, second = judged(case.findings, **case.profile), judged(case.findings, **case.profile)
    assert first == second
    assert pickle.loads(pickle.dumps(first)) == first  # noqa: S301 - our own


def test_a_verdict_carries_what_it_rests_on() -> None:
    found, profile = findings(), Profile()
    verdict = judge(found, profile, SOURCE)
    assert (verdict.profile, verdict.source) == (profile_used(profile), SOURCE)
    assert (verdict.outcome, verdict.can_sync, verdict.reasons) == (Outcome.SYNCS, True, ())


# -- The summary --

GONE = " The Email Router stopped working on 12 April 2021."


def test_a_clean_message_is_promised_nothing() -> None:
    for channel in Channel:
        summary = judged(findings(), channel=channel).summary
        assert summary.startswith("Nothing in this file prevents ")
        for words in ("filter", "correlation", "permissions", "duplicates", "a file does not show"):
            assert words in summary
    assert "item-level monitoring dashboard" in judged(findings()).summary
    assert "“Undeliverable”" in judged(findings()).summary
    assert "Undeliverable" not in judged(findings(), channel="pop-imap").summary


def test_an_informing_reason_leaves_the_summary_as_it_is() -> None:
    assert judged(findings(envelope=envelope(message_id=None))).summary == judged(findings()).summary


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code} {case.label}")
def test_a_summary_is_one_to_three_sentences(case: Any) -> None:
    for channel in Channel:
        summary = judged(case.findings, channel=channel, **case.profile).summary
        assert summary.endswith(GONE) is (channel == "email-router")
        said = summary.removesuffix(GONE).removesuffix(".").split(". ")
        assert 1 <= len(said) <= 3
        assert all(sentence[0].isupper() for sentence in said)
        assert "{" not in summary
        assert "  " not in summary


@pytest.mark.parametrize(
    ("found", "profile", "summary"),
    [
        (
            pec_envelope(pec()),
            {},
            (
                "Blocked for Server-Side Synchronization with Exchange, according to Microsoft's documentation. The "
                "message is a transport envelope of PEC, the Italian certified mail."
            ),
        ),
        (
            findings(smime=(smime("opaque-signed"),)),
            {},
            (
                "Blocked for Server-Side Synchronization with Exchange; this follows from Microsoft's documentation. "
                "The message is signed in one piece (opaque), so its text and files are inside one .p7m."
            ),
        ),
        (
            findings(smime=(smime(),)),
            {},
            (
                "It is not certain whether Server-Side Synchronization with Exchange records this message. The message "
                "is signed in clear (multipart/signed)."
            ),
        ),
        (
            findings(rights=(rights(),)),
            {"channel": "app-for-outlook"},
            (
                "It is not certain whether Dynamics 365 App for Outlook records this message: Microsoft's documents "
                "leave it open, or a setting decides. The message is rights-managed."
            ),
        ),
        (
            findings(envelope=envelope(sender=(), sender_evidence=(place(reading="alternate"),))),
            {},
            (
                "It is not certain whether Server-Side Synchronization with Exchange records this message. The message "
                "has no valid sender address."
            ),
        ),
        (
            findings(envelope=envelope(kind="report")),
            {"channel": "email-router"},
            "Blocked for the Email Router, according to Microsoft's documentation. The message is a delivery report "
            "or read receipt." + GONE,
        ),
        (
            findings(attachments=(attachment("a.exe"),), pgp=(pgp("encrypted"),)),
            {"channel": "email-router"},
            "According to Microsoft's documentation, the Email Router should record this message with part of its "
            "content missing or unreadable. An attachment has a blocked extension and is left out of the record. "
            "There is 1 more reason." + GONE,
        ),
        (
            findings(envelope=envelope(kind="none"), no_message="not-a-message"),
            {},
            "There is no single message to judge. The file does not contain an e-mail.",
        ),
    ],
)
def test_summaries(found: Any, profile: dict[str, Any], summary: str) -> None:
    assert judged(found, **profile).summary == summary


def test_more_reasons_are_counted() -> None:
    found = findings(size=10**9, envelope=envelope(sender=()), attachments=(attachment(size=10**8),))
    assert judged(found).summary.endswith("address. There are 2 more reasons.")


def test_blocks_and_degradations_in_the_summary_rest_on_microsoft() -> None:
    """The summary says that the documentation is Microsoft's."""
    for rule in CATALOGUE:
        for row in rule.rows:
            if row.effect in (Effect.BLOCKS, Effect.DEGRADES) and row.basis is not Basis.ASSUMED:
                publishers = {REFERENCES[ident].publisher for ident in row.references}
                assert "Microsoft" in publishers, (rule.code, row.variant)


# -- Nothing raises --

NASTY = "\ud800{names}{0}%s\x00\u202e" * 500


@pytest.mark.slow
def test_extreme_values_are_judged() -> None:
    nasty_box = box(NASTY, "none", NASTY)
    claims = tuple(Claim("X-Trasporto", NASTY, place(NASTY)) for _ in range(500))
    found = findings(
        pec=pec(
            "other",
            type_raw=NASTY,
            consistent=False,
            claimed_by=claims,
            checks=(Check("A19", "fail", {"repeated": (NASTY,), "repeated_count": 1}),) * 50,
        ),
        smime=(smime("encrypted", inside="postacert"),) * 500 + (smime(),),
        attachments=tuple(attachment(NASTY + f"{i}.exe", 10**12) for i in range(500)),
        envelope=envelope(
            kind="other-item",
            message_class=NASTY,
            sender=(nasty_box,) * 500,
            to=(nasty_box,) * 500,
            cc=(box(None, "local", ""),),
            kind_evidence=(replace(place(), quoted=None),),
        ),
        systems=(system(NASTY),) * 500,
        delivery=Delivery(oversized=(Oversized(NASTY, 10**9, place()),) * 500),
        limits_hit=(limit_hit("depth", 10**12, 0, "1." * 1000),) * 500,
        internal_error=NASTY,
    )
    for channel in Channel:
        verdict = judged(found, channel=channel, known_addresses=[NASTY], forward_mailbox=True)
        assert all(len(entry.detail) < 4000 for entry in verdict.reasons)
        assert all(len(repr(entry.facts)) < 8000 for entry in verdict.reasons)
        assert all(len(entry.evidence) <= 20 for entry in verdict.reasons)


def test_every_combination_of_kinds_and_places_is_judged() -> None:
    kinds, positions = get_args(SmimeKind), get_args(Position)
    readings: tuple[Reading, ...] = ("primary", "alternate", "floor")
    for kind, position, reading in product(kinds, positions, readings):
        for document, lone in product((True, False), repeat=2):
            entity = smime(kind, position, reading=reading, document=document, lone_signature=lone)
            for channel in Channel:
                verdict = judged(findings(smime=(entity,)), channel=channel)
                if reading == "primary" and position == "top":
                    assert verdict.reasons
                elif reading != "primary" and position != "attachment":
                    assert verdict.decided_by == ("ambiguous-structure",)


def test_every_pec_layout_and_kind_of_item_is_judged() -> None:
    found = set(get_args(PecLayout)) - {"sealed"}  # which no detector gives yet
    for layout, kind in product(sorted(found), get_args(Kind)):
        verdict = judged(findings(pec=pec(layout=layout, evidence=()), envelope=envelope(kind=kind)))
        assert any(entry.code.startswith("pec-") for entry in verdict.reasons)
