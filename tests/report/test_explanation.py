"""One verdict on a terminal: all that is known, in order, harmless, and never wider than the terminal."""

import io
import re
from itertools import pairwise

import pytest
from rich.cells import cell_len
from rich.console import Console

from pecdetect import contract
from pecdetect.contract import Assumption, Basis, Outcome, PecSignature, Source, Verdict
from pecdetect.policy.references import REFERENCES
from pecdetect.policy.remedies import REMEDIES
from pecdetect.profile import DEFAULT_BLOCKED_EXTENSIONS
from pecdetect.report.rows import signature_words
from pecdetect.report.terminal import console as terminal
from pecdetect.report.terminal.verdict import explanation
from pecdetect.sentences import FactValue
from support.contracts import anomaly, attachment, evidence, reason, smime, verdict
from support.values import changed

HEADER = evidence("", 1042, 1073, excerpt="X-Trasporto: posta-certificata")
DECODED = evidence("1.2", 5, 20, stream="decoded:1.2")
STREAM = evidence("", 0, 4, stream="msg:__substg1.0_007D001F")
OTHER = evidence("1", 7, 8, reading="alternate", dialect="boundary=last")
FLOOR = evidence("", 9, 10, reading="floor")


def assumption(field: str, value: FactValue, *, given: bool) -> Assumption:
    return Assumption(field=field, value=value, given=given)


def signature(*, present: bool = True, **known: bool) -> PecSignature:
    return PecSignature(present=present, **{"intact": None, "valid": None, "trusted": None} | known)


def check(ident: str, result: contract.CheckResult, detail: str | None = None) -> contract.PecCheck:
    return contract.PecCheck(id=ident, result=result, detail=detail, facts={})


PEC = contract.Pec(
    type="posta-certificata",
    layout="clear-signed",
    certified=None,
    signature=signature(intact=True),
    claimed_by=(
        contract.PecClaim(source="X-Trasporto", value="posta-certificata"),
        contract.PecClaim(source="daticert.xml", value="errore"),
    ),
    consistent=False,
    header_agrees=None,
    checks=(check("A10", "pass", "fine"), check("A14", "warn", "26 hours apart")),
    type_raw="posta-certificata",
    final=False,
    receipt="completa",
    virus=False,
    provider="Gestore Esempio",
    sender="ufficio@pec.example.it",
    recipients=(contract.PecRecipient(address="protocollo@comune.example.it", type="certificato"),),
    delivered_to=None,
    taken_in_charge=(),
    identifier="opec1@pec.example.it",
    original_message_id=None,
    subject="offerta",
    time="2026-03-02T10:11:12+01:00",
    error=None,
    error_code=None,
    daticert="1.2",
    postacert="1.3",
)
REASONS = (
    reason(
        "pec-transport-envelope",
        title="PEC transport envelope",
        detail="It is not created.",
        evidence=(HEADER, DECODED, STREAM, OTHER, FLOOR, HEADER, HEADER),
        remedies=("forward", "unwrap-at-gateway"),
        references=("KB4490718", "rfc6109"),
    ),
    reason(
        "smime-over-attachment-limit",
        "undetermined",
        "assumed",
        title="Larger than the limit",
        detail="One smime.p7m.",
        assumes=(
            assumption("max_attachment_kb", 5120, given=False),
            assumption("irm_sync", None, given=False),
            assumption("tracks_all", value=True, given=True),
            assumption("known_addresses", ("a@example.org", "b@example.org"), given=True),
            assumption("blocked_extensions", tuple(sorted(DEFAULT_BLOCKED_EXTENSIONS)), given=False),
        ),
        remedies=("forward",),
        references=("KB4490718",),
    ),
    reason("message-id-missing", "informs", title="No Message-ID", evidence=(HEADER,), references=("rfc5322",)),
)
VERDICT = verdict(
    source=Source(name="busta.eml", size=41234, sha256="ab" * 32),
    outcome=Outcome.BLOCKED,
    outcome_basis=Basis.DOCUMENTED,
    decided_by=("pec-transport-envelope",),
    summary="It will not be created.",
    reasons=REASONS,
    message_id="<x@pec.example.it>",
    from_="posta-certificata@pec.example.it",
    to=tuple(f"u{number}@example.org" for number in range(12)),
    cc=("b@example.com",),
    subject="POSTA CERTIFICATA: offerta",
    pec=PEC,
    smime=(
        smime("clear-signed", signer="Ente Esempio", digest="sha256", intact=False),
        smime("opaque-signed", "attachment", "1.3", inside="postacert"),
        smime("encrypted", "nested", "2", reading="alternate"),
    ),
    pgp=(contract.Pgp(kind="encrypted", form="inline", position="nested", part="1.1", reading="primary"),),
    rights=(contract.Rights(kind="rpmsg", name=None, position="floor", part="", reading="floor"),),
    systems=(contract.System(name="de-mail", confidence="likely", position="top", part="", reading="primary"),),
    attachments=(
        attachment("offerta.pdf", "1.3/2", type="application/pdf", size=20480, hidden_in="smime.p7m"),
        attachment(None, "1.4", type="text/csv", size_at_most=3 * 1024 * 1024),
        attachment("cloud.doc", "1.5", size_stated=2048),
        attachment("x", "1.6", sha256="cd" * 32),
    ),
    anomalies=(*(anomaly("duplicate-field", start=n, end=n + 1) for n in range(13)), anomaly("odd", "high")),
    limits_hit=(contract.LimitHit(name="parts", value=10001, limit=10000, part="1"),),
    unopened=(contract.Unopened(part="1.7", why="unknown-encoding"),),
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
    assert heads[1:] == [
        "Message", "PEC", "Protection", "Reasons", "Also noted", "Anomalies", "Not opened", "Limits reached", "Sources",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "part",
    [
        "From posta-certificata@pec.example.it To u0@example.org u1@example.org",
        "u9@example.org and 2 more (--format json) Cc b@example.com",
        "S/MIME clear-signed, the message itself, sha256, digest fails, signer Ente Esempio (not verified)",
        "opaque-signed, attachment, part 1.3, within postacert",
        "encrypted, nested, part 2, in another reading only",
        "PGP encrypted, inline, nested, part 1.1",
        "Rights rpmsg, mentioned in raw bytes only",
        "System de-mail (likely), the message itself",
        "offerta.pdf, application/pdf, 20.0 KB, part 1.3/2, hidden in smime.p7m",
        "no name, text/csv, at most 3.0 MB, part 1.4",
        "cloud.doc, text/plain, 2.0 KB as stated, not in this file, part 1.5",
        f"x, text/plain, size not known, part 1.6, sha256 {'cd' * 32}",
        "Type posta-certificata (transport envelope) Layout clear-signed",
        "Recipients protocollo@comune.example.it",
        "Signature present; digest holds; not checked: signature value, trust",
        "Claims X-Trasporto: posta-certificata daticert.xml: errore",
        "Checks A14 warn: 26 hours apart passed: A10",
        "✗ pec-transport-envelope blocks, documented PEC transport envelope It is not created.",
        "Evidence the message, bytes 1042-1073 │ X-Trasporto: posta-certificata",
        "part 1.2, bytes 5-20 of part 1.2 decoded",
        "the message, bytes 0-4 of stream __substg1.0_007D001F",
        "part 1, bytes 7-8, alternate reading (boundary=last)",
        "the message, bytes 9-10, raw bytes only",
        "and 2 more places (--format json)",
        "? smime-over-attachment-limit undetermined, assumed",
        "max_attachment_kb = 5,120 (default)",
        "irm_sync = not known (default)",
        "tracks_all = yes (given)",
        "known_addresses = a@example.org, b@example.org (given)",
        f"blocked_extensions = {len(DEFAULT_BLOCKED_EXTENSIONS)} values (default)",
        "What to do forward: as above",
        "Sources KB4490718, rfc6109",
        "Page docs/rules/smime-over-attachment-limit.md (pecdetect explain prints it)",
        "message-id-missing No Message-ID",
        "high odd, part 1, bytes 0-1 low duplicate-field, part 1, bytes 0-1",
        "and 3 more (--format json) Not opened unknown-encoding part 1.7",
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
    text = printed(changed(VERDICT, reasons=REASONS[2:]))
    assert "Also noted" in text
    assert "\nReason" not in text
    assert "\nSources" not in text


@pytest.mark.parametrize(("code", "words"), [("not-a-message", "no e-mail"), ("not-one-message", "not one message")])
def test_no_message(code: str, words: str) -> None:
    none = changed(verdict(kind="none", from_=None, decided_by=(code,)), reasons=())
    assert f"Message Kind {words}" in squeezed(printed(none))
    assert "From" not in printed(none)


def test_hostile_text_is_shown_harmlessly() -> None:
    evil = "\x1b[2J\u202e[red]x[/red]\x9b\u2066\n\u200b"
    shown = "\\x1b[2J<U+202E>[red]x[/red]\\x9b<U+2066>\\n<U+200B>"
    told = changed(REASONS[0], evidence=(changed(HEADER, excerpt=evil),), detail=evil)
    hostile = changed(
        VERDICT,
        message=changed(VERDICT.message, subject=evil, from_=evil),
        pec=changed(PEC, provider=evil),
        attachments=(attachment(evil),),
        smime=(smime("clear-signed", signer=evil),),
        reasons=(told,),
        summary=evil,
    )
    text = printed(hostile, source=evil)
    assert text.count(shown) == 9
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e\u2066]", text)


def test_kinds_of_item() -> None:
    message = changed(VERDICT.message, kind="meeting", message_class="IPM.Schedule.Meeting.Request")
    text = squeezed(printed(changed(VERDICT, message=message)))
    assert "Kind meeting, IPM.Schedule.Meeting.Request" in text


def test_what_an_envelope_encloses_is_named() -> None:
    text = squeezed(printed(verdict(enclosed="2/", from_=None)))
    assert "Judged the message in part 2/: the file is an envelope around it From no address" in text


@pytest.mark.parametrize(
    ("checked", "words"),
    [
        (signature(present=False), "none"),
        (signature(), "present; not checked: digest, signature value, trust"),
        (
            signature(intact=True, valid=False, trusted=False),
            "present; digest holds; signature value fails; trust fails",
        ),
    ],
)
def test_signatures(checked: PecSignature, words: str) -> None:
    assert signature_words(checked) == words


def test_other_notices() -> None:
    pec = changed(PEC, type="other", type_raw=None, final=True, virus=True, consistent=True, checks=())
    text = squeezed(printed(changed(VERDICT, pec=pec)))
    assert "Type other (not named) Layout clear-signed, last notice, about a virus Provider" in text
    assert "Claims" not in text
    assert "Checks" not in text


def test_what_a_receipt_adds() -> None:
    pec = changed(PEC, header_agrees=False, delivered_to="b@pec.example.it", taken_in_charge=("c@pec.example.it",))
    text = squeezed(printed(changed(VERDICT, pec=pec)))
    assert "Receipt completa Delivered to b@pec.example.it Recipients" in text
    assert "Taken in c@pec.example.it Signature" in text
    assert "Header disagrees with the certification data" in text


def test_a_reason_may_have_nothing_to_show_for_itself() -> None:
    bare = changed(REASONS[0], evidence=(), remedies=(), references=())
    text = squeezed(printed(changed(VERDICT, reasons=(bare,))))
    assert "It is not created. Page docs/rules/pec-transport-envelope.md (pecdetect explain prints it) " in text


def test_bytes_in_memory_have_no_hash() -> None:
    in_memory = changed(VERDICT, source=Source(name=None, size=3, sha256=None))
    assert printed(in_memory).splitlines()[1] == "3 bytes, eml"


def test_a_claim_is_called_a_claim() -> None:
    for certified, words in ((False, "no: a claim without the signed structure"), (True, "yes")):
        pec = changed(PEC, certified=certified)
        text = squeezed(printed(changed(VERDICT, pec=pec)))
        assert f"Certified {words}" in text


def test_what_another_version_knew_is_named() -> None:
    told = changed(REASONS[0], remedies=("from-tomorrow",), references=("KB9999999",))
    text = squeezed(printed(changed(VERDICT, reasons=(told,))))
    assert "What to do from-tomorrow" in text
    assert text.endswith("Sources KB9999999 ")


def test_endless_values_are_cut_and_say_so() -> None:
    endless = "x" * 300_000
    message = changed(VERDICT.message, subject=endless, from_=endless, cc=(endless,))
    found = (changed(VERDICT.attachments[0], name=endless),)
    text = printed(changed(VERDICT, message=message, attachments=found))
    assert len(text) < 40_000
    assert "(295,904 more characters)" in squeezed(text)
    assert "hidden in smime.p7m" in squeezed(text)
