"""Common messages: outcome and deciding rule on each channel, as the table of expected outcomes has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pecdetect.detect.findings import Delivery, Outlook
from pecdetect.profile import Channel

from .expected import RECEIPTS, msg, pec_envelope
from .factory import attachment, box, envelope, findings, judged, pec, place, reason, rights, smime

if TYPE_CHECKING:
    from pecdetect.detect.findings import Findings

HIDDEN = attachment(hidden_in="smime.p7m")
DRAFTLIKE = Outlook(headers_synthesised=place(), from_me=place(), address_not_in_file=place("EX"))

# Message, profile, then outcome and first deciding code on exchange, pop-imap, email-router, app-for-outlook.
TABLE: tuple[tuple[str, Findings, dict[str, Any], tuple[str, str, str, str]], ...] = (
    (
        "PEC transport envelope",
        pec_envelope(pec()),
        {},
        (
            "blocked pec-transport-envelope",
            "undetermined pec-transport-envelope",
            "blocked pec-transport-envelope",
            "undetermined pec-transport-envelope",
        ),
    ),
    *(
        (
            f"PEC {type_}",
            pec_envelope(pec(type_)),
            {},
            (
                f"blocked {code}",
                f"undetermined {code}",
                f"blocked {code}",
                f"undetermined {code}",
            ),
        )
        for type_, code in [*((t, "pec-receipt") for t in RECEIPTS), ("errore", "pec-anomaly-envelope")]
    ),
    (
        "PEC relayed by a list",
        findings(pec=pec(layout="relayed"), smime=(smime(position="nested"),)),
        {},
        ("undetermined pec-relayed",) * 4,
    ),
    ("PEC forwarded", findings(pec=pec(layout="forwarded")), {}, ("syncs",) * 4),
    (
        "clear-signed",
        findings(smime=(smime(),)),
        {},
        ("undetermined smime-clear-signed", "syncs", "blocked smime-clear-signed", "syncs"),
    ),
    (
        "clear-signed with attachments",
        findings(smime=(smime(),), attachments=(HIDDEN,)),
        {},
        (
            "undetermined smime-clear-signed",
            "syncs",
            "blocked smime-clear-signed",
            "degraded smime-clear-signed",
        ),
    ),
    (
        "opaque-signed",
        findings(smime=(smime("opaque-signed"),)),
        {},
        (
            "blocked smime-opaque-signed",
            "undetermined smime-opaque-signed",
            "blocked smime-opaque-signed",
            "degraded smime-opaque-signed",
        ),
    ),
    (
        "encrypted",
        findings(smime=(smime("encrypted"),)),
        {},
        (
            "blocked smime-encrypted",
            "blocked smime-encrypted",
            "blocked smime-encrypted",
            "undetermined smime-encrypted",
        ),
    ),
    ("newsletter without Message-ID", findings(envelope=envelope(message_id=None)), {}, ("syncs",) * 4),
    (
        "newsletter with an .svg",
        findings(envelope=envelope(message_id=None), attachments=(attachment("logo.svg", inline=True),)),
        {},
        ("degraded attachment-blocked-extension",) * 4,
    ),
    (
        "delivery report",
        findings(envelope=envelope(kind="report")),
        {},
        ("undetermined item-class-report", "syncs", "blocked item-class-report", "undetermined item-class-report"),
    ),
    (
        "delivery report without sender",
        findings(envelope=envelope(kind="report", sender=(box(None, "none", "<>"),))),
        {},
        ("blocked sender-invalid", "blocked sender-invalid", "blocked item-class-report", "blocked sender-invalid"),
    ),
    (
        "meeting request",
        findings(envelope=envelope(kind="meeting")),
        {},
        ("undetermined item-class-meeting", "syncs", "blocked item-class-meeting", "blocked item-class-meeting"),
    ),
    (
        "fattura.xml.p7m attached",
        findings(
            smime=(smime("opaque-signed", "attachment", document=True),), attachments=(attachment("fattura.xml.p7m"),)
        ),
        {},
        ("syncs",) * 4,
    ),
    (
        "rpmsg",
        findings(rights=(rights(),)),
        {},
        (
            "undetermined irm-protected",
            "degraded irm-protected",
            "degraded irm-protected",
            "undetermined irm-protected",
        ),
    ),
    ("rpmsg, synchronised", findings(rights=(rights(),)), {"irm_sync": True}, ("degraded irm-protected",) * 4),
    (
        "rpmsg, not synchronised",
        findings(rights=(rights(),)),
        {"irm_sync": False},
        ("blocked irm-protected", "degraded irm-protected", "degraded irm-protected", "blocked irm-protected"),
    ),
    (
        "undisclosed recipients",
        findings(envelope=envelope(to=())),
        {},
        (
            "undetermined no-visible-recipient",
            "undetermined no-visible-recipient",
            "undetermined no-visible-recipient",
            "syncs",
        ),
    ),
    (
        "undisclosed recipients, all tracked",
        findings(envelope=envelope(to=())),
        {"tracks_all": True},
        ("syncs", "syncs", "undetermined no-visible-recipient", "syncs"),
    ),
    (
        "undisclosed recipients, filtered",
        findings(envelope=envelope(to=())),
        {"tracks_all": False},
        (
            "blocked no-visible-recipient",
            "blocked no-visible-recipient",
            "undetermined no-visible-recipient",
            "syncs",
        ),
    ),
    (
        "sent item",
        findings(container="msg", envelope=envelope(sender=(), to=(), message_class="IPM.Note"), outlook=DRAFTLIKE),
        {},
        ("syncs",) * 4,
    ),
    (
        "contact",
        msg(kind="other-item", message_class="IPM.Contact", sender=(), to=(), message_id=None),
        {},
        (
            "undetermined not-an-email-item",
            "syncs",
            "blocked not-an-email-item",
            "undetermined not-an-email-item",
        ),
    ),
    ("ordinary", findings(attachments=(attachment(),), delivery=Delivery(body_size=5000)), {}, ("syncs",) * 4),
)


@pytest.mark.parametrize(("found", "profile", "wanted"), [entry[1:] for entry in TABLE], ids=[e[0] for e in TABLE])
def test_outcome_on_every_channel(found: Findings, profile: dict[str, Any], wanted: tuple[str, ...]) -> None:
    got = []
    for channel in Channel:
        verdict = judged(found, channel=channel, **profile)
        got.append(" ".join([verdict.outcome, *verdict.decided_by[:1]]))
    assert tuple(got) == wanted


def test_what_only_informs_is_there_and_decides_nothing() -> None:
    sent = judged(findings(container="msg", envelope=envelope(sender=(), to=()), outlook=DRAFTLIKE))
    assert {found.code for found in sent.reasons} == {
        "headers-synthesised",
        "not-a-received-copy",
        "address-not-in-file",
    }
    assert sent.decided_by == ()
    assert sent.outcome_basis == "assumed"
    newsletter = judged(findings(envelope=envelope(message_id=None)))
    assert [found.code for found in newsletter.reasons] == ["message-id-missing"]


@pytest.mark.parametrize(
    ("found", "channel", "basis"),
    [
        (pec_envelope(pec()), "exchange", "documented"),
        (pec_envelope(pec()), "app-for-outlook", "documented"),
        (findings(smime=(smime("opaque-signed"),)), "exchange", "derived"),
        (findings(smime=(smime(),)), "exchange", "assumed"),
        (findings(rights=(rights(),)), "exchange", "documented"),
    ],
)
def test_the_basis_is_that_of_the_deciding_reason(found: Findings, channel: str, basis: str) -> None:
    assert judged(found, channel=channel).outcome_basis == basis


def test_clear_signed_with_attachments_also_names_them() -> None:
    verdict = judged(findings(smime=(smime(),), attachments=(HIDDEN,)))
    assert reason(verdict, "smime-attachments-hidden") is not None
    assert verdict.decided_by == ("smime-clear-signed",)
