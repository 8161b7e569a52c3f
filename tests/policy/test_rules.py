"""Every rule, on every channel, with every condition on the profile, and what nearly fires it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pecdetect.contract import Basis, Effect
from pecdetect.detect.findings import Signature
from pecdetect.policy.rules import CATALOGUE, RULES
from pecdetect.policy.verdict import shown_evidence
from pecdetect.profile import Channel

from .expected import CASES, NEAR_MISSES, Case, pec_envelope
from .factory import attachment, envelope, findings, judged, pec, pgp, place, reason, rights, smime

if TYPE_CHECKING:
    from pecdetect.detect.findings import Findings

EFFECTS = {"B": Effect.BLOCKS, "U": Effect.UNDETERMINED, "D": Effect.DEGRADES, "i": Effect.INFORMS}
BASES = {"+": Basis.DOCUMENTED, "=": Basis.DERIVED, "?": Basis.ASSUMED}


def case_id(case: Case) -> str:
    return f"{case.code}: {case.label}" if case.label else case.code


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_a_rule_says_what_the_table_says(case: Case) -> None:
    said = {}
    for channel, cell in zip(Channel, case.cells.split(), strict=True):
        found = reason(judged(case.findings, channel=channel, **case.profile), case.code)
        assert found is not None, channel
        said[channel] = (found.effect, found.basis), (EFFECTS[cell[0]], BASES[cell[1]])
    assert {c: got for c, (got, _) in said.items()} == {c: want for c, (_, want) in said.items()}


@pytest.mark.parametrize(
    ("code", "found", "profile"),
    [(code, found, profile) for code, _, found, profile in NEAR_MISSES],
    ids=[f"{code}: {label}" for code, label, *_ in NEAR_MISSES],
)
@pytest.mark.parametrize("channel", [Channel.EXCHANGE, Channel.EMAIL_ROUTER, Channel.APP_FOR_OUTLOOK])
def test_a_near_miss_does_not_fire(code: str, found: Findings, profile: dict[str, Any], channel: Channel) -> None:
    assert reason(judged(found, channel=channel, **profile), code) is None


def test_every_rule_has_a_case_and_a_near_miss() -> None:
    assert {case.code for case in CASES} == set(RULES)
    assert {code for code, *_ in NEAR_MISSES} == set(RULES)


def test_every_row_of_the_catalogue_is_reached() -> None:
    said = set()
    for case in CASES:
        for channel in Channel:
            verdict = judged(case.findings, channel=channel, **case.profile)
            said |= {(r.code, r.variant, r.effect, r.basis, channel) for r in verdict.reasons}
    rows = {
        (rule.code, row.variant, row.effect, row.basis, channel)
        for rule in CATALOGUE
        for row in rule.rows
        for channel in row.channels
    }
    assert rows == said


@pytest.mark.parametrize("code", ["pec-transport-envelope", "pec-receipt", "pec-anomaly-envelope"])
def test_what_a_pec_says_of_itself(code: str) -> None:
    type_ = {"pec-transport-envelope": "posta-certificata", "pec-receipt": "accettazione"}.get(code, "errore")
    for channel in Channel:
        found = reason(judged(pec_envelope(pec(type_)), channel=channel), code)
        assert found is not None
        assert "covers the body, not the outer header fields" in found.detail
        assert "encrypt" not in found.detail
        assert ("is not certified" in found.detail) is (code == "pec-anomaly-envelope")
    exchange = reason(judged(pec_envelope(pec(type_))), code)
    assert exchange is not None
    assert ("does not name this type" in exchange.detail) is (code != "pec-transport-envelope")


@pytest.mark.parametrize("intact", [None, True, False])
def test_the_state_of_the_signature_is_said(intact: Any) -> None:
    found = pec(signature=Signature(present=True, intact=intact))
    detail = judged(pec_envelope(found)).reasons[0].detail
    assert ("altered or damaged after signing" in detail) is (intact is False)
    assert ("a gateway" in detail.lower()) is (intact is False), "what else can do it"
    assert ("matches the signed content" in detail) is (intact is True)


@pytest.mark.parametrize(
    "inner",
    [
        {"smime": (smime(), smime("encrypted", "top", "1.3/", inside="postacert"))},
        {"pgp": (pgp("encrypted", part="1.3/", inside="postacert"),)},
        {"rights": (rights(part="1.3/2", inside="postacert"),)},
    ],
)
def test_a_sealed_original_is_not_to_be_forwarded(inner: dict[str, Any]) -> None:
    found = judged(findings(pec=pec(), **{"smime": (smime(),), **inner})).reasons[0]
    assert found.code == "pec-transport-envelope"
    assert "forward" not in found.remedies
    assert "Forwarding does not help" in found.detail
    assert found.remedies == ("decrypt-original", "ask-unprotected")


def test_hidden_attachments_are_named() -> None:
    entries = [attachment(f"{'x' * 90}{i}.pdf", hidden_in="smime.p7m") for i in range(30)]
    entries[1] = attachment(None, hidden_in="smime.p7m")
    found = reason(judged(findings(smime=(smime(),), attachments=tuple(entries))), "smime-attachments-hidden")
    assert found is not None
    assert '"application/pdf"' in found.detail
    assert "30 attachments" in found.detail
    names = found.facts["names"]
    assert isinstance(names, tuple)
    assert (len(names), found.facts["names_count"]) == (10, 30)
    assert found.detail.count("...") == 9
    assert "and 20 more" in found.detail
    assert len(found.evidence) == 20


def test_over_pop_and_imap_attachments_are_seen_as_they_are() -> None:
    hidden = attachment("a.svg", 9 * 1024 * 1024, hidden_in="smime.p7m")
    clear = judged(findings(smime=(smime(),), attachments=(hidden,)), channel="pop-imap")
    assert clear.decided_by == ("attachment-too-large",)
    assert reason(clear, "attachment-blocked-extension")
    opaque = judged(findings(smime=(smime("opaque-signed"),), attachments=(hidden,)), channel="pop-imap")
    assert opaque.decided_by == ("smime-opaque-signed",)


def test_a_training_text_is_called_one() -> None:
    found = judged(findings(attachments=(attachment(size=6_000_000),))).reasons[0]
    assert "training text" in found.detail
    assert '"offer.pdf"' in found.detail


def test_both_readings_are_shown() -> None:
    elsewhere = smime("encrypted", reading="alternate")
    ambiguous = reason(judged(findings(smime=(smime(), elsewhere))), "ambiguous-structure")
    assert ambiguous is not None
    assert "S/MIME clear-signed" in ambiguous.detail
    assert "S/MIME encrypted" in ambiguous.detail
    assert [place.reading for place in ambiguous.evidence] == ["alternate"]


@pytest.mark.parametrize("code", ["not-a-message", "not-one-message"])
def test_no_message_has_no_other_reasons(code: Any) -> None:
    bare = envelope(kind="none", sender=(), to=(), message_id=None)
    verdict = judged(findings(no_message=code, envelope=bare, size=10**9, attachments=(attachment("a.exe"),)))
    assert [found.code for found in verdict.reasons] == [code]


def test_what_an_item_is_is_named() -> None:
    voice = findings(envelope=envelope(kind="other-item", other_class=place("Content-Class: voice")))
    assert "Content-Class: voice" in judged(voice).reasons[0].detail
    assert judged(voice).reasons[0].evidence == (shown_evidence(place("Content-Class: voice")),)
    report = findings(envelope=envelope(kind="report", kind_evidence=(place("Content-Type: multipart/report"),)))
    assert '"Content-Type: multipart/report"' in judged(report).reasons[0].detail
    assert '"' not in judged(findings(envelope=envelope(kind="report"))).reasons[0].detail
