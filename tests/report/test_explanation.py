"""One verdict on a terminal: all that is known, in order, harmless, and never wider than the terminal."""

import io
import re
from itertools import pairwise

import pytest
from rich.cells import cell_len
from rich.console import Console

from pecdetect.contract import Assumption, Basis, Effect, Outcome, Reason, Source, Verdict
from pecdetect.detect.findings import (
    Attachment,
    Check,
    Claim,
    Findings,
    Item,
    Pec,
    Pgp,
    Rights,
    Signature,
    Smime,
    System,
)
from pecdetect.detect.pec.daticert import Recipient
from pecdetect.evidence import Evidence
from pecdetect.limits import LimitHit
from pecdetect.parsing.addresses import Mailbox
from pecdetect.parsing.message import Anomaly
from pecdetect.policy.references import REFERENCES
from pecdetect.policy.remedies import REMEDIES
from pecdetect.profile import Profile
from pecdetect.report.message import signature_words
from pecdetect.report.terminal import console as terminal
from pecdetect.report.terminal.verdict import explanation
from support.values import changed

HEADER = Evidence("", 1042, 1073, "X-Trasporto: posta-certificata")
DECODED = Evidence("1.2", 5, 20, None, "decoded:1.2")
STREAM = Evidence("", 0, 4, None, "msg:__substg1.0_007D001F")
OTHER = Evidence("1", 7, 8, None, None, "alternate", "boundary=last")
FLOOR = Evidence("", 9, 10, None, None, "floor")

SENDER = Mailbox("Per conto di: ufficio@pec.example.it", "posta-certificata@pec.example.it", "valid", "")
RECIPIENTS = tuple(Mailbox(None, f"u{number}@example.org", "valid", "") for number in range(12))
ITEM = Item(
    "email",
    (),
    "<x@pec.example.it>",
    "2026-03-02T10:11:12+01:00",
    (SENDER,),
    (),
    RECIPIENTS,
    (Mailbox(None, None, "none", "nobody"), Mailbox(None, "b", "local", "b")),
    (),
    "POSTA CERTIFICATA: offerta",
)
PEC = Pec(
    type="posta-certificata",
    type_raw="posta-certificata",
    layout="clear-signed",
    certified=None,
    signature=Signature(present=True, intact=True),
    claimed_by=(Claim("X-Trasporto", "posta-certificata", HEADER), Claim("daticert.xml", "errore", DECODED)),
    consistent=False,
    checks=(Check("A10", "pass", "fine"), Check("A14", "warn", "26 hours apart")),
    final=False,
    receipt="completa",
    virus=False,
    provider="Gestore Esempio",
    sender="ufficio@pec.example.it",
    recipients=(Recipient("protocollo@comune.example.it", "certificato"),),
    identifier="opec1@pec.example.it",
    original_message_id=None,
    subject="offerta",
    time="2026-03-02T10:11:12+01:00",
    error=None,
    daticert_section="1.2",
    postacert_section="1.3",
    signed_section="",
    daticert=None,
    evidence=(HEADER,),
)
REASONS = (
    Reason(
        "pec-transport-envelope",
        Effect.BLOCKS,
        Basis.DOCUMENTED,
        "PEC transport envelope",
        "It is not created.",
        (HEADER, DECODED, STREAM, OTHER, FLOOR, HEADER, HEADER),
        (),
        ("forward", "unwrap-at-gateway"),
        ("KB4490718", "rfc6109"),
    ),
    Reason(
        "smime-over-attachment-limit",
        Effect.UNDETERMINED,
        Basis.ASSUMED,
        "Larger than the limit",
        "One smime.p7m.",
        (),
        (
            Assumption("max_attachment_kb", 5120, given=False),
            Assumption("irm_sync", None, given=False),
            Assumption("tracks_all", value=True, given=True),
            Assumption("known_addresses", frozenset({"b@example.org", "a@example.org"}), given=True),
            Assumption("blocked_extensions", Profile().blocked_extensions, given=False),
        ),
        ("forward",),
        ("KB4490718",),
    ),
    Reason(
        "message-id-missing", Effect.INFORMS, Basis.DOCUMENTED, "No Message-ID", "d", (HEADER,), (), (), ("rfc5322",)
    ),
)
FINDINGS = Findings(
    "eml",
    41234,
    None,
    ITEM,
    pec=PEC,
    smime=(
        Smime(
            "clear-signed",
            "top",
            "",
            HEADER,
            signer="Ente Esempio",
            digest="sha256",
            layers=("encrypted",),
            header_protection="clear",
        ),
        Smime("opaque-signed", "attachment", "1.3", HEADER, document=True, inside="postacert"),
        Smime("encrypted", "nested", "2", HEADER, reading="alternate", dialect="boundary=last"),
    ),
    pgp=(Pgp("encrypted", "inline", "nested", "1.1", HEADER),),
    rights=(Rights("rpmsg", "floor", "", (HEADER,)),),
    systems=(System("de-mail", "likely", "top", "", (HEADER,)),),
    attachments=(
        Attachment("1.3/2", "offerta.pdf", "application/pdf", 20480, True, 20480, "smime.p7m", HEADER),  # noqa: FBT003
        Attachment("1.4", None, "text/csv", 3 * 1024 * 1024, False, 9, None, HEADER),  # noqa: FBT003
    ),
    anomalies=tuple(Anomaly("duplicate-field", "low", "1", number, number + 1) for number in range(23)),
    limits_hit=(LimitHit("parts", 10001, 10000, "1"),),
)
VERDICT = Verdict(
    Source("busta.eml", 41234, "ab" * 32),
    Outcome.BLOCKED,
    Basis.DOCUMENTED,
    ("pec-transport-envelope",),
    "It will not be created.",
    REASONS,
    FINDINGS,
    Profile(),
)


def printed(verdict: Verdict, width: int = 100, source: str = "mail/busta.eml") -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, color_system=None, markup=False)
    terminal.show(console, explanation(source, verdict, terminal.UNICODE), terminal.READING_WIDTH)
    return stream.getvalue()


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_the_answer_comes_first() -> None:
    assert printed(VERDICT).splitlines()[:6] == [
        "mail/busta.eml",
        f"40.3 KB, eml, sha256 {'ab' * 32}",
        "",
        "✗ BLOCKED  Server-Side Synchronization with Exchange, documented",
        "It will not be created.",
        "",
    ]


def test_sections_in_order() -> None:
    lines = printed(VERDICT).splitlines()
    heads = [line for before, line in pairwise(lines) if not before and line and line[0] != " "]
    assert heads[1:] == ["Message", "PEC", "Reasons", "Also noted", "Anomalies", "Limits reached", "Sources"]


@pytest.mark.parametrize(
    "part",
    [
        "From Per conto di: ufficio@pec.example.it <posta-certificata@pec.example.it>",
        "u9@example.org and 2 more",
        "Cc nobody (no address) b (malformed)",
        "signer Ente Esempio (not verified), inside: encrypted, header protection clear",
        "S/MIME clear-signed, the message itself, sha256,",
        "opaque-signed, attachment, part 1.3, a document, not a message, within postacert",
        "PGP encrypted, inline, nested, part 1.1",
        "Rights rpmsg, mentioned in raw bytes only",
        "System de-mail (likely), the message itself",
        "offerta.pdf, application/pdf, 20.0 KB, hidden in smime.p7m",
        "no name, text/csv, at most 3.0 MB",
        "Type posta-certificata (transport envelope) Layout clear-signed",
        "Recipients protocollo@comune.example.it",
        "Signature present; digest holds; not checked: signature value, trust",
        "Claims X-Trasporto: posta-certificata daticert.xml: errore",
        "Checks A14 warn: 26 hours apart",
        "✗ pec-transport-envelope blocks, documented PEC transport envelope It is not created.",
        "Evidence the message, bytes 1042-1073 │ X-Trasporto: posta-certificata",
        "part 1.2, bytes 5-20 of part 1.2 decoded",
        "the message, bytes 0-4 of stream __substg1.0_007D001F",
        "part 1, bytes 7-8, alternate reading (boundary=last)",
        "the message, bytes 9-10, raw bytes only",
        "and 2 more places (--format json)",
        "? smime-over-attachment-limit undetermined, assumed",
        "max_attachment_kb = 5120 (default)",
        "irm_sync = not known (default)",
        "tracks_all = yes (given)",
        "known_addresses = a@example.org, b@example.org (given)",
        f"blocked_extensions = {len(Profile().blocked_extensions)} values (default)",
        "What to do forward: as above",
        "Sources KB4490718, rfc6109",
        "Page docs/rules/smime-over-attachment-limit.md (pecdetect explain prints it)",
        "message-id-missing No Message-ID",
        "low duplicate-field, part 1, bytes 0-1",
        "and 3 more (--format json)",
        "encrypted, nested, part 2, in another reading only (boundary=last)",
        "parts 10,001 where 10,000 are allowed, part 1",
    ],
)
def test_everything_is_said(part: str) -> None:
    assert part in squeezed(printed(VERDICT, 200))


def test_a_remedy_says_what_to_do_and_what_is_lost_once() -> None:
    text = squeezed(printed(VERDICT))
    for ident in ("forward", "unwrap-at-gateway"):
        remedy = REMEDIES[ident]
        for said in (remedy.title, remedy.steps, remedy.loses, remedy.is_not):
            assert text.count(said) == 1


def test_sources_have_unbroken_addresses_and_only_those_that_weigh() -> None:
    lines = printed(VERDICT, 40).splitlines()
    assert f"    {REFERENCES['KB4490718'].where}" in lines
    assert not any("rfc5322" in line for line in lines)


@pytest.mark.parametrize("width", [20, 40, 61, 80, 100, 200])
def test_never_wider_than_the_terminal(width: int) -> None:
    lines = [line for line in printed(VERDICT, width).splitlines() if "https://" not in line]
    assert max(map(cell_len, lines)) <= min(width, terminal.READING_WIDTH)
    assert not [line for line in lines if line != line.rstrip()]


@pytest.mark.parametrize(
    ("outcome", "mark"),
    [(Outcome.UNDETERMINED, "? UNDETERMINED"), (Outcome.DEGRADED, "~ DEGRADED"), (Outcome.SYNCS, "✓ SYNCS")],
)
def test_outcomes_are_told_apart_without_colour(outcome: Outcome, mark: str) -> None:
    assert mark in printed(changed(VERDICT, outcome=outcome))


def test_a_message_that_only_informs_has_no_reasons_section() -> None:
    verdict = changed(VERDICT, reasons=REASONS[2:])
    text = printed(verdict)
    assert "Also noted" in text
    assert "\nReason" not in text
    assert "\nSources" not in text


def test_no_message() -> None:
    findings = Findings("unknown", 3, "not-a-message", Item("none", (), None, None, (), (), (), (), (), None))
    text = squeezed(printed(changed(VERDICT, findings=findings, reasons=())))
    assert "Message Kind no e-mail" in text


def test_hostile_text_is_shown_harmlessly() -> None:
    evil = "\x1b[2J\u202e[red]x[/red]\x9b\u2066\n\u200b"
    shown = "\\x1b[2J<U+202E>[red]x[/red]\\x9b<U+2066>\\n<U+200B>"
    item = changed(ITEM, raw_subject=evil, sender=(Mailbox(evil, "a@example.org", "valid", ""),))
    pec = changed(PEC, provider=evil)
    reason = changed(REASONS[0], evidence=(changed(HEADER, quoted=evil),), detail=evil)
    findings = changed(FINDINGS, item=item, pec=pec)
    text = printed(changed(VERDICT, findings=findings, reasons=(reason,), summary=evil), source=evil)
    assert text.count(shown) == 7
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e\u2066]", text)


def test_kinds_of_item() -> None:
    item = changed(ITEM, kind="meeting", message_class="IPM.Schedule.Meeting.Request", meeting_method="REQUEST")
    text = squeezed(printed(changed(VERDICT, findings=changed(FINDINGS, item=item))))
    assert "Kind meeting, IPM.Schedule.Meeting.Request, REQUEST" in text


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        (Signature(present=False), "none"),
        (Signature(present=True), "present; not checked: digest, signature value, trust"),
        (
            Signature(present=True, intact=True, valid=False, trusted=False),
            "present; digest holds; signature value fails; trust fails",
        ),
    ],
)
def test_signatures(signature: Signature, words: str) -> None:
    assert signature_words(signature) == words


def test_other_notices() -> None:
    pec = changed(PEC, type="other", type_raw=None, final=True, virus=True, consistent=True, checks=())
    text = squeezed(printed(changed(VERDICT, findings=changed(FINDINGS, pec=pec))))
    assert "Type other (not named) Layout clear-signed, last notice, about a virus Provider" in text
    assert "Claims" not in text
    assert "Checks" not in text


def test_a_reason_may_have_nothing_to_show_for_itself() -> None:
    reason = changed(REASONS[0], evidence=(), remedies=(), references=())
    text = squeezed(printed(changed(VERDICT, reasons=(reason,))))
    assert "It is not created. Page docs/rules/pec-transport-envelope.md (pecdetect explain prints it) " in text


def test_octets_in_memory_have_no_hash() -> None:
    verdict = changed(VERDICT, source=Source(None, 3, None))
    assert printed(verdict).splitlines()[1] == "3 bytes, eml"


def test_a_claim_is_called_a_claim() -> None:
    for certified, words in ((False, "no: a claim without the signed structure"), (True, "yes")):
        pec = changed(PEC, certified=certified)
        text = squeezed(printed(changed(VERDICT, findings=changed(FINDINGS, pec=pec))))
        assert f"Certified {words}" in text


def test_endless_values_are_cut_and_say_so() -> None:
    endless = "x" * 300_000
    mailbox = Mailbox(endless, f"{endless}@example.org", "valid", "")
    attachment = changed(FINDINGS.attachments[0], name=endless)
    item = changed(ITEM, raw_subject=endless, sender=(mailbox,), cc=(Mailbox(None, None, "none", endless),))
    findings = changed(FINDINGS, item=item, attachments=(attachment,))
    text = printed(changed(VERDICT, findings=findings))
    assert len(text) < 40_000
    assert "(295,904 more characters)" in squeezed(text)
    assert "hidden in smime.p7m" in squeezed(text)
