"""Common messages, as files: what becomes of each on each channel, and which rules decide that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

import pecdetect
from pecdetect.profile import Channel
from support.samples import sample

if TYPE_CHECKING:
    from pathlib import Path

SYNCS = ("syncs",) * 4


def everywhere(outcome: str, code: str) -> tuple[str, ...]:
    return (f"{outcome} {code}",) * 4


def pec(code: str) -> tuple[str, ...]:
    return f"blocked {code}", f"undetermined {code}", f"blocked {code}", f"undetermined {code}"


@dataclass(frozen=True)
class Row:
    """Samples, and on exchange, pop-imap, email-router and app-for-outlook the outcome and all codes that decide."""

    message: str
    samples: tuple[str, ...]
    wanted: tuple[str, ...]
    basis: tuple[str, ...]
    """How well that is known."""
    profile: dict[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    """Codes of reasons that must be there on every channel, decisive or not."""


DOCUMENTED = ("documented",) * 4
ASSUMED = ("assumed",) * 4
RECEIPTS = (
    "acceptance",
    "non-acceptance",
    "non-acceptance-virus",
    "taken-in-charge",
    "virus-notice",
    "non-delivery-virus",
    "delivery-completa",
    "delivery-breve",
    "delivery-sintetica",
    "non-delivery",
    "timeout-12h",
    "timeout-24h",
    "timeout-final-541",
)
PEC_BASIS = ("documented", "assumed", "documented", "documented")

ROWS = (
    Row(
        "PEC transport envelope",
        (
            "pec-transport-envelope",
            "pec-transport-envelope-openpec",
            "pec-stripped",
            "pec-unsigned-no-signature-part",
            "pec-lf-only",
            "pec-list-tag",
            "pec-to-ordinary-address",
            "pec-postacert-octet-stream",
            "pec-daticert-missing",
        ),
        pec("pec-transport-envelope"),
        PEC_BASIS,
    ),
    Row(
        "PEC receipt of any kind",
        (
            *(f"pec-{kind}{suffix}" for kind in RECEIPTS for suffix in ("", "-openpec")),
            "pec-stripped-receipt",
            "pec-unsigned-empty-signature",
        ),
        pec("pec-receipt"),
        PEC_BASIS,
    ),
    Row(
        "PEC anomaly envelope",
        ("pec-anomaly-envelope", "pec-anomaly-envelope-openpec", "pec-anomaly-nested"),
        pec("pec-anomaly-envelope"),
        PEC_BASIS,
    ),
    *(
        Row(
            f"{code}, signed opaquely: what holds of any opaque signature holds too",
            (sample,),
            (
                f"blocked {code} smime-opaque-signed",
                f"undetermined {code} smime-opaque-signed",
                f"blocked {code} smime-opaque-signed",
                f"undetermined {code}",
            ),
            PEC_BASIS,
        )
        for sample, code in (
            ("pec-opaque-signed", "pec-transport-envelope"),
            ("pec-opaque-signed-receipt", "pec-receipt"),
        )
    ),
    Row("PEC relayed by a list", ("pec-relayed",), everywhere("undetermined", "pec-relayed"), ASSUMED),
    Row(
        "PEC whose signature a gateway removed",
        ("pec-unsigned-copy", "pec-unsigned-copy-receipt"),
        everywhere("undetermined", "pec-unsigned-copy"),
        ASSUMED,
    ),
    Row(
        "PEC forwarded by an ordinary client, inline or attached",
        ("pec-forwarded-fragments", "pec-forwarded-fragments-octet-stream", "pec-forwarded-whole"),
        SYNCS,
        ASSUMED,
        also=("pec-forwarded",),
    ),
    Row("reply to a PEC", ("pec-reply", "pec-extracted-postacert"), SYNCS, ASSUMED),
    Row(
        "S/MIME clear-signed",
        ("smime-clear-signed", "smime-clear-signed-ec", "smime-clear-signed-ber", "smime-clear-signed-sha1"),
        ("undetermined smime-clear-signed", "syncs", "blocked smime-clear-signed", "syncs"),
        ("assumed", "assumed", "derived", "assumed"),
    ),
    Row(
        "S/MIME clear-signed with attachments",
        ("smime-clear-signed-attachments",),
        (
            "undetermined smime-clear-signed",
            "syncs",
            "blocked smime-clear-signed",
            "degraded smime-clear-signed smime-attachments-hidden",
        ),
        ("assumed", "assumed", "derived", "documented"),
        also=("smime-attachments-hidden",),
    ),
    Row(
        "S/MIME opaque-signed",
        ("smime-opaque-signed", "smime-opaque-signed-ber", "smime-opaque-signed-ec"),
        (
            "blocked smime-opaque-signed",
            "undetermined smime-opaque-signed",
            "blocked smime-opaque-signed",
            "degraded smime-opaque-signed",
        ),
        ("derived", "assumed", "derived", "documented"),
    ),
    Row(
        "S/MIME encrypted",
        (
            "smime-encrypted",
            "smime-encrypted-ber",
            "smime-encrypted-gcm",
            "smime-encrypted-3des",
            "smime-encrypted-octet-stream",
            "smime-encrypted-no-smime-type",
        ),
        (
            "blocked smime-encrypted",
            "blocked smime-encrypted",
            "blocked smime-encrypted",
            "undetermined smime-encrypted",
        ),
        DOCUMENTED,
    ),
    Row(
        "newsletter with List-* fields, X-Auto-Response-Suppress, no Message-ID",
        ("ordinary-newsletter",),
        SYNCS,
        ASSUMED,
        also=("message-id-missing",),
    ),
    Row(
        "newsletter with an .svg attached",
        ("ordinary-newsletter-svg",),
        everywhere("degraded", "attachment-blocked-extension"),
        DOCUMENTED,
    ),
    Row(
        "delivery report",
        ("items-delivery-report", "items-read-receipt", "items-feedback-report"),
        ("undetermined item-class-report", "syncs", "blocked item-class-report", "undetermined item-class-report"),
        ("assumed", "assumed", "documented", "assumed"),
    ),
    Row(
        "delivery report, From missing or <>",
        ("items-delivery-report-no-from", "items-delivery-report-null-from"),
        ("blocked sender-invalid", "blocked sender-invalid", "blocked item-class-report", "blocked sender-invalid"),
        DOCUMENTED,
    ),
    Row(
        "meeting request",
        ("items-meeting-request", "items-meeting-request-alone", "items-meeting-cancel", "items-meeting-reply"),
        ("undetermined item-class-meeting", "syncs", "blocked item-class-meeting", "blocked item-class-meeting"),
        ("assumed", "assumed", "documented", "documented"),
    ),
    Row(
        "fattura.xml.p7m attached to ordinary mail",
        ("smime-document-fattura", "smime-document-fattura-octet-stream", "smime-document-contract"),
        SYNCS,
        ASSUMED,
        also=("signed-document-attachment",),
    ),
    Row(
        "rpmsg",
        ("rights-rpmsg", "rights-rpmsg-v2", "rights-rpmsg-v4", "rights-rpmsg-octet-stream"),
        (
            "undetermined irm-protected",
            "degraded irm-protected",
            "degraded irm-protected",
            "undetermined irm-protected",
        ),
        ("documented", "derived", "derived", "documented"),
    ),
    Row(
        "rpmsg, irm_sync True",
        ("rights-rpmsg",),
        everywhere("degraded", "irm-protected"),
        ("derived",) * 4,
        {"irm_sync": True},
    ),
    Row(
        "rpmsg, irm_sync False",
        ("rights-rpmsg",),
        ("blocked irm-protected", "degraded irm-protected", "degraded irm-protected", "blocked irm-protected"),
        ("documented", "derived", "derived", "documented"),
        {"irm_sync": False},
    ),
    Row(
        "undisclosed recipients",
        ("delivery-undisclosed-recipients", "delivery-no-recipients", "delivery-bcc-only", "delivery-to-empty"),
        (
            "undetermined no-visible-recipient",
            "undetermined no-visible-recipient",
            "undetermined no-visible-recipient",
            "syncs",
        ),
        ("documented", "documented", "assumed", "assumed"),
    ),
    Row(
        "undisclosed recipients, tracks_all True",
        ("delivery-undisclosed-recipients",),
        ("syncs", "syncs", "undetermined no-visible-recipient", "syncs"),
        ASSUMED,
        {"tracks_all": True},
    ),
    Row(
        "undisclosed recipients, tracks_all False",
        ("delivery-undisclosed-recipients",),
        (
            "blocked no-visible-recipient",
            "blocked no-visible-recipient",
            "undetermined no-visible-recipient",
            "syncs",
        ),
        ("documented", "documented", "assumed", "assumed"),
        {"tracks_all": False},
    ),
    Row(
        "sent item .msg without transport headers",
        ("outlook-sent-item.msg",),
        SYNCS,
        ASSUMED,
        also=("headers-synthesised", "not-a-received-copy"),
    ),
    Row(
        "contact .msg",
        ("outlook-contact.msg",),
        (
            "undetermined not-an-email-item",
            "syncs",
            "blocked not-an-email-item",
            "undetermined not-an-email-item",
        ),
        ("assumed", "assumed", "documented", "assumed"),
        also=("not-an-email-item",),
    ),
    Row(
        "PEC transport envelope as .msg",
        ("outlook-pec-transport-envelope.msg", "outlook-pec-no-transport-headers.msg", "outlook-pec-ansi.msg"),
        pec("pec-transport-envelope"),
        PEC_BASIS,
    ),
)
CASES = [(row, sample) for row in ROWS for sample in row.samples]


def path_of(name: str) -> Path:
    return sample(name if name.endswith(".msg") else f"{name}.eml")


@pytest.mark.parametrize(("row", "sample"), CASES, ids=[f"{row.message}: {sample}" for row, sample in CASES])
def test_outcome_and_what_decides_it_on_every_channel(row: Row, sample: str) -> None:
    found, bases = [], []
    for channel in Channel:
        profile = pecdetect.Profile(channel=channel, **row.profile)
        verdict = pecdetect.classify(path_of(sample), profile=profile)
        found.append(" ".join([verdict.outcome, *verdict.decided_by]))
        bases.append(str(verdict.outcome_basis))
        assert set(row.also) <= {reason.code for reason in verdict.reasons}
        assert verdict.can_sync is {"blocked": False, "undetermined": None}.get(verdict.outcome, True)
    assert tuple(found) == row.wanted
    assert tuple(bases) == row.basis


@pytest.mark.parametrize("sample", sorted({sample for row, sample in CASES if sample.startswith("pec-")}))
def test_a_pec_is_never_said_to_be_encrypted(sample: str) -> None:
    for channel in Channel:
        verdict = pecdetect.classify(path_of(sample), profile=pecdetect.Profile(channel=channel))
        said = " ".join([verdict.summary, *(reason.detail for reason in verdict.reasons)])
        assert "encrypt" not in said.lower().replace("not encrypted", "")


@pytest.mark.parametrize("sample", sorted({sample for row, sample in CASES if row.wanted == SYNCS}))
def test_syncs_does_not_over_promise(sample: str) -> None:
    verdict = pecdetect.classify(path_of(sample))
    for word in ("mailbox filter", "correlation", "permissions", "duplicates"):
        assert word in verdict.summary
