"""PEC: type, layout, claims, checks and certification data of every sample, and what small changes do to them."""

from __future__ import annotations

import re
import tomllib
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pecdetect
from pecdetect.detect.pec.pec import SUBJECT_PREFIXES, read_subject
from pecdetect.policy.check_texts import check_detail
from samples import all_samples
from support.each import for_each
from support.found import findings_of

if TYPE_CHECKING:
    from pecdetect.detect.findings import Pec

ROOT = Path(__file__).parent.parent.parent.parent
SAMPLES = {sample.name[:-4]: sample for sample in all_samples() if sample.group != "outlook"}
"""Outlook items and TNEF have tests of their own."""
TABLE: dict[str, Any] = tomllib.loads((ROOT / "tests" / "cases" / "pec.toml").read_text("utf-8"))
NONE: list[str] = TABLE.pop("none")
OTHERS = [name for name in SAMPLES if name not in TABLE and not name.startswith("outlook-")]
"""Of the other groups; what an Outlook item holds may well be a PEC."""
CHECKS = ("A2", "A9", "A10", "A11", "A12", "A13", "A14", "A15", "A17", "A18", "A19")
PREFIXES = {
    "posta-certificata": "POSTA CERTIFICATA",
    "errore": "ANOMALIA MESSAGGIO",
    "accettazione": "ACCETTAZIONE",
    "non-accettazione": "AVVISO DI NON ACCETTAZIONE",
    "presa-in-carico": "PRESA IN CARICO",
    "avvenuta-consegna": "CONSEGNA",
    "errore-consegna": "AVVISO DI MANCATA CONSEGNA",
    "preavviso-errore-consegna": "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO",
    "rilevazione-virus": "PROBLEMA DI SICUREZZA",
}


@cache
def found(name: str) -> Pec | None:
    return findings_of(SAMPLES[name].data).pec


def pec(data: bytes) -> Pec:
    result = findings_of(data).pec
    assert result is not None
    return result


def sample(name: str) -> bytes:
    return SAMPLES[name].data


def expected(name: str) -> dict[str, Any]:
    """What the table says of a sample, with what it does not write filled in."""
    row = TABLE[name]
    kind = row["type"]
    transport = kind == "posta-certificata"
    field = "X-Trasporto" if kind in ("posta-certificata", "errore") else "X-Ricevuta"
    claims = [f"{field}={kind}", f"daticert.xml={kind}", f"Subject={PREFIXES[kind]}"]
    full = {
        "layout": "clear-signed",
        "type_raw": kind,
        "certified": None,
        "signature": True,
        "intact": True,
        "consistent": True,
        "final": kind == "errore-consegna",
        "virus": False,
        "receipt": "completa" if transport else "",
        "error": "",
        "daticert": "1.2",
        "postacert": "1.3" if transport else "",
        "signed": "",
        "claims": claims,
        "na": "A17" if transport else "",
        "warn": "",
        "fail": "",
        "problems": [],
    }
    assert set(row) <= {*full, "type"}, f"{name}: unknown key"
    return {**full, **row}


def shown(result: Pec) -> dict[str, Any]:
    by_result: dict[str, list[str]] = {}
    for check in result.checks:
        by_result.setdefault(check.result, []).append(check.id)
    intact = result.signature.intact
    return {
        "type": result.type,
        "layout": result.layout,
        "type_raw": result.type_raw,
        "certified": result.certified,
        "signature": result.signature.present,
        "intact": "unknown" if intact is None else intact,
        "consistent": result.consistent,
        "final": result.final,
        "virus": result.virus,
        "receipt": result.receipt or "",
        "error": result.error or "",
        "daticert": result.daticert_section or "",
        "postacert": result.postacert_section or "",
        "signed": "none" if result.signed_section is None else result.signed_section,
        "claims": [f"{claim.source}={claim.value}" for claim in result.claimed_by],
        "na": " ".join(by_result.get("not-applicable", [])),
        "warn": " ".join(by_result.get("warn", [])),
        "fail": " ".join(by_result.get("fail", [])),
        "problems": list(result.daticert.problems) if result.daticert is not None else [],
    }


# -- The samples --


def test_the_table_is_of_these_samples() -> None:
    assert set(TABLE) | set(NONE) == {name for name in SAMPLES if name.startswith("pec-")}
    assert not set(TABLE) & set(NONE)


@for_each(OTHERS)
def test_no_other_sample_is_a_pec(name: str) -> None:
    assert found(name) is None


@for_each(TABLE)
def test_what_is_found(name: str) -> None:
    result = found(name)
    assert result is not None
    assert shown(result) == expected(name)
    own = result.layout != "forwarded"
    assert [check.id for check in result.checks] == (list(CHECKS) if own else [])
    assert all(check_detail(check.id, check.result, check.facts) for check in result.checks)
    assert (result.signature.valid, result.signature.trusted) == (None, None)
    assert result.evidence


@for_each(TABLE)
def test_evidence_quotes_what_stands_there(name: str) -> None:
    """Each claim of a field is shown with the bytes that make it."""
    result = found(name)
    assert result is not None
    content = SAMPLES[name].data
    for claim in result.claimed_by:
        place = claim.evidence
        if claim.source.startswith("X-") and place.stream is None:
            line = content[place.start : place.end].decode("latin-1")
            assert line.lower().startswith(claim.source.lower())
            assert " ".join(line.split()).endswith(claim.value)


WELL_FORMED = [
    name
    for name in TABLE
    if "daticert.xml" in SAMPLES[name].pieces
    and TABLE[name].get("problems") is None
    and TABLE[name].get("daticert") != ""
    and name not in {"pec-daticert-empty", "pec-daticert-wrong-root"}
]


@for_each(WELL_FORMED)
def test_certification_data_is_what_another_reader_reads(name: str) -> None:
    result = found(name)
    assert result is not None
    tree = ET.fromstring(SAMPLES[name].pieces["daticert.xml"].strip())  # noqa: S314 - our own bytes
    head, data = tree.find("intestazione"), tree.find("dati")
    assert head is not None
    assert data is not None
    assert result.provider == data.findtext("gestore-emittente")
    assert result.identifier == data.findtext("identificativo")
    assert result.sender == head.findtext("mittente")
    assert result.subject == head.findtext("oggetto")
    assert [(r.address, r.type) for r in result.recipients] == [
        (entry.text, entry.get("tipo")) for entry in head.findall("destinatari")
    ]
    message_id = data.findtext("msgid")
    assert result.original_message_id == (message_id or field(SAMPLES[name].data, "X-Riferimento-Message-ID"))
    date = data.find("data")
    assert date is not None
    day, month, year = (date.findtext("giorno") or "").split("/")
    zone = date.get("zona") or ""
    assert result.time == f"{year}-{month}-{day}T{date.findtext('ora')}{zone[:3]}:{zone[3:]}"


def field(data: bytes, name: str) -> str | None:
    match = re.search(rf"(?mi)^{name}:[ ]*(.*?)\r?$".encode(), data.partition(b"\r\n\r\n")[0])
    return match[1].decode() if match is not None else None


# -- Subjects --


@pytest.mark.parametrize(
    ("subject", "prefix", "rest", "reply"),
    [
        ("POSTA CERTIFICATA: offerta", "POSTA CERTIFICATA", "offerta", False),
        ("POSTA  CERTIFICATA : offerta", "POSTA CERTIFICATA", "offerta", False),
        ("POSTA CERTIFICATA:", "POSTA CERTIFICATA", "", False),
        ("POSTA CERTIFICATA offerta", None, "POSTA CERTIFICATA offerta", False),
        ("Posta certificata: offerta", None, "Posta certificata: offerta", False),
        ("Consegna: martedì", None, "Consegna: martedì", False),
        ("CONSEGNA: a: b", "CONSEGNA", "a: b", False),
        ("AVVISO DI MANCATA CONSEGNA: x", "AVVISO DI MANCATA CONSEGNA", "x", False),
        ("AVVISO DI MANCATA CONSEGNA PER VIRUS: x", "AVVISO DI MANCATA CONSEGNA PER VIRUS", "x", False),
        (
            "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO: x",
            "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO",
            "x",
            False,
        ),
        ("AVVISO DI NON ACCETTAZIONE PER VIRUS: x", "AVVISO DI NON ACCETTAZIONE PER VIRUS", "x", False),
        ("[elenco] POSTA CERTIFICATA: offerta", "POSTA CERTIFICATA", "offerta", False),
        ("Re: POSTA CERTIFICATA: offerta", "POSTA CERTIFICATA", "offerta", True),
        ("R: I: [elenco] Fwd: ACCETTAZIONE: x", "ACCETTAZIONE", "x", True),
        ("AW[2]: offerta", None, "offerta", True),
        ("ANOMALIA MESSAGGIO: POSTA CERTIFICATA: x", "ANOMALIA MESSAGGIO", "POSTA CERTIFICATA: x", False),
        ("", None, "", False),
        (None, None, "", False),
    ],
)
def test_subjects(subject: str | None, prefix: str | None, rest: str, reply: bool) -> None:  # noqa: FBT001
    mark = read_subject(subject)
    assert (mark.prefix, mark.rest, mark.reply) == (prefix, rest, reply)
    assert bool(mark.types) == (prefix is not None)


def test_no_prefix_hides_a_longer_one() -> None:
    names = [prefix for prefix, _ in SUBJECT_PREFIXES]
    for at, name in enumerate(names):
        assert not any(later.startswith(name) for later in names[at + 1 :])


# -- What small changes do --

TRANSPORT = sample("pec-transport-envelope")
RECEIPT = sample("pec-acceptance")
HEADER = TRANSPORT.partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize(
    ("value", "kind", "raw"),
    [
        (b"posta-certificata", "posta-certificata", "posta-certificata"),
        (b"Posta-Certificata", "posta-certificata", "Posta-Certificata"),
        (b"errore", "errore", "errore"),
        # Beside certification data a value that nobody knows does not decide; the data does.
        (b"altro", "posta-certificata", "posta-certificata"),
        (b"accettazione", "posta-certificata", "posta-certificata"),
    ],
)
def test_the_field_decides_when_it_names_a_type(value: bytes, kind: str, raw: str) -> None:
    result = pec(TRANSPORT.replace(b"X-Trasporto: posta-certificata", b"X-Trasporto: " + value))
    assert (result.type, result.type_raw) == (kind, raw)
    assert result.consistent == (value.lower() == b"posta-certificata")


def test_without_any_known_type_the_type_is_other() -> None:
    data = TRANSPORT.replace(b"X-Trasporto: posta-certificata", b"X-Trasporto: nuovo-tipo")
    data = re.sub(rb"\r\nContent-Type: application/xml.*?\r\n\r\n.*?(?=\r\n--)", b"\r\n\r\n", data, flags=re.DOTALL)
    result = pec(data)
    assert (result.type, result.type_raw) == ("other", "nuovo-tipo")
    assert result.daticert_section is None


@pytest.mark.parametrize("name", ["X-Trasporto", "X-Ricevuta"])
def test_an_unknown_value_and_nothing_else_is_no_pec(name: str) -> None:
    assert findings_of(f"From: a@example.org\r\n{name}: altro\r\n\r\nx\r\n".encode()).pec is None


def test_the_transport_field_wins_over_the_receipt_field() -> None:
    data = TRANSPORT.replace(b"X-Trasporto:", b"X-Ricevuta: accettazione\r\nX-Trasporto:")
    result = pec(data)
    assert result.type == "posta-certificata"
    assert [claim.source for claim in result.claimed_by] == ["X-Trasporto", "X-Ricevuta", "daticert.xml", "Subject"]
    assert not result.consistent


def strip_fields(data: bytes) -> bytes:
    header, blank, body = data.partition(b"\r\n\r\n")
    kept = [line for line in header.split(b"\r\n") if not line.startswith((b"X-Trasporto", b"X-Ricevuta"))]
    return b"\r\n".join(kept) + blank + body


@pytest.mark.parametrize(
    ("sender", "subject", "layout"),
    [
        (b"posta-certificata@gestore.example.it", b"POSTA CERTIFICATA: x", "stripped"),
        (b"certified-mail@other.example.it", b"x", "stripped"),
        # A mailbox that is neither a provider's nor the signer's.
        (b"info@gestore.example.it", b"x", "forwarded"),
        (b"anna@example.org", b"POSTA CERTIFICATA: x", "forwarded"),
        # A reply of the provider's own mailbox is no envelope.
        (b"posta-certificata@gestore.example.it", b"Re: POSTA CERTIFICATA: x", "forwarded"),
    ],
)
def test_what_makes_a_stripped_envelope(sender: bytes, subject: bytes, layout: str) -> None:
    data = re.sub(rb"(?m)^From: (?:.*\r\n[ \t])*.*\r\n", b"From: " + sender + b"\r\n", strip_fields(TRANSPORT), count=1)
    data = re.sub(rb"(?m)^Subject: .*\r\n", b"Subject: " + subject + b"\r\n", data, count=1)
    assert pec(data).layout == layout


@pytest.mark.parametrize(
    ("sender", "subject", "layout"),
    [
        (b"anna.esempio@example.org", b"Ordine", "stripped"),
        (b"anna.esempio@example.org", b"I: Ordine", "forwarded"),
        (b"bruno.esempio@example.com", b"Ordine", "forwarded"),
    ],
)
def test_an_envelope_may_be_sent_from_the_signers_own_address(sender: bytes, subject: bytes, layout: str) -> None:
    """Providers sign with a certificate that names the address they send from (RFC 6109, 2.1)."""
    data = re.sub(rb"(?m)^Subject: .*\r\n", b"Subject: " + subject + b"\r\n", sample("pec-forwarded-signed"), count=1)
    data = re.sub(rb"(?m)^From: .*\r\n", b"From: " + sender + b"\r\n", data, count=1)
    assert pec(data).layout == layout


def test_a_signature_that_was_replaced_by_words_is_still_there_but_says_nothing() -> None:
    data = re.sub(
        rb"(name=\"?smime\.p7s\"?.*?\r\n\r\n).*?(?=\r\n--)", rb"\1W3JlbW92ZWRd", TRANSPORT, count=1, flags=re.DOTALL
    )
    result = pec(data)
    assert (result.layout, result.signature.present, result.signature.intact) == ("clear-signed", True, None)
    assert next(check for check in result.checks if check.id == "A2").result == "not-applicable"


@pytest.mark.parametrize(
    ("words", "final"),
    [
        (b"nelle prime dodici ore", False),
        (b"nelle prime 12 ore; un altro avviso dopo ventiquattro ore", False),
        (b"nelle ventiquattro ore", True),
        (b"nelle 24\r\nore", True),
        (b"in attesa", False),
    ],
)
def test_the_words_of_a_notice_tell_the_second_from_the_first(words: bytes, final: bool) -> None:  # noqa: FBT001
    content = SAMPLES["pec-timeout-24h"].data
    start = content.index(b"Content-Type: text/plain")
    start = content.index(b"\r\n\r\n", start) + 4
    end = content.index(b"\r\n--", start)
    assert pec(content[:start] + words + content[end:]).final == final


@pytest.mark.parametrize(
    ("change", "check", "result"),
    [
        ((b"Per conto di: acquisti@pec.example.it", b"Per conto di: altri@pec.example.it"), "A12", "warn"),
        ((b"Reply-To: acquisti@pec.example.it", b"Reply-To: altri@pec.example.it"), "A12", "warn"),
        ((b"X-Riferimento-Message-ID: <", b"X-Riferimento-Message-ID: <x"), "A11", "warn"),
        ((b"\r\nDate: Mon, 2 Mar 2026 10:11:12 +0100", b"\r\nDate: Mon, 2 Mar 2026 09:12:12 +0000"), "A15", "pass"),
        ((b"\r\nDate: Mon, 2 Mar 2026 10:11:12 +0100", b"\r\nDate: Mon, 2 Mar 2026 10:31:12 +0100"), "A15", "warn"),
        ((b"\r\nDate: Mon, 2 Mar 2026 10:11:12 +0100", b"\r\nDate: yesterday"), "A15", "pass"),
        ((b"\r\nTo: ", b"\r\nTo: z@example.org\r\nCc: "), "A14", "pass"),
        ((b"\r\nTo: ", b"\r\nBcc: "), "A14", "warn"),
        ((b"\r\nMessage-ID: <", b"\r\nMessage-ID: <x"), "A10", "warn"),
        ((b"\r\nFrom: ", b"\r\nFrom: x@example.org\r\nFrom: "), "A19", "fail"),
        ((b"\r\nSubject: POSTA CERTIFICATA: ", b"\r\nSubject: POSTA CERTIFICATA: Re: "), "A13", "warn"),
    ],
)
def test_changes_to_the_outer_header_are_seen_inside(change: tuple[bytes, bytes], check: str, result: str) -> None:
    before, after = change
    header, blank, body = TRANSPORT.partition(b"\r\n\r\n")
    changed = (b"\r\n" + header).replace(before, after, 1)[2:]
    assert changed != header
    answers = {entry.id: entry for entry in pec(changed + blank + body).checks}
    assert answers[check].result == result, answers[check].facts
    assert answers["A2"].result == "pass", "the signature does not cover the header"


def test_what_stands_beside_the_envelope_is_seen() -> None:
    boundary = re.search(rb'boundary="([^"]+)"', HEADER)
    assert boundary is not None
    extra = b"\r\n--" + boundary[1] + b"\r\nContent-Type: text/plain\r\n\r\nunsigned\r\n--" + boundary[1] + b"--"
    data = TRANSPORT.replace(b"\r\n--" + boundary[1] + b"--", extra)
    answer = {entry.id: entry for entry in pec(data).checks}["A18"]
    assert (answer.result, dict(answer.facts)) == ("warn", {"more_parts": True})
    assert check_detail(*answer) == "multipart/signed has more than two parts."


def test_problems_of_forwarded_certification_data_are_said_once() -> None:
    content = re.sub(
        rb"(filename=\"?daticert\.xml\"?.*?\r\n\r\n).*?(?=\r\n--)",
        rb"\1PHBvc3RhY2VydCB0aXBvPSJlcnJvcmUi",
        SAMPLES["pec-forwarded-signed"].data,
        count=1,
        flags=re.DOTALL,
    )
    codes = [entry.code for entry in findings_of(content).anomalies]
    assert len(codes) == len(set(codes)) == 1
    assert codes[0].startswith("daticert-")


@pytest.mark.parametrize("name", ["pec-transport-envelope", "pec-postacert-octet-stream"])
def test_an_original_beyond_the_limits_stays_closed(name: str) -> None:
    findings = findings_of(sample(name), limits=pecdetect.Limits(embedded=0))
    assert {hit.name for hit in findings.limits_hit} == {"embedded"}
    assert findings.pec is not None
    assert findings.pec.postacert_section == "1.3"
    assert not [row for row in findings.parts if row.section.startswith("1.3/")]


@pytest.mark.parametrize(("limit", "value"), [("xml_bytes", 200), ("xml_depth", 1), ("xml_elements", 1)])
def test_limits_of_certification_data_are_said(limit: str, value: int) -> None:
    verdict = pecdetect.classify(TRANSPORT, limits=pecdetect.Limits(**{limit: value}))
    (hit,) = verdict.limits_hit
    assert (hit.name, hit.limit, hit.part) == (limit, value, "1.2")
    assert "limit-reached" in {reason.code for reason in verdict.reasons}


@pytest.mark.parametrize("name", ["pec-transport-envelope", "pec-acceptance", "pec-delivery-completa"])
def test_an_envelope_that_a_gateway_has_rewritten_is_an_unsigned_copy(name: str) -> None:
    content = SAMPLES[name].data.replace(b"multipart/signed;", b"multipart/mixed;", 1)
    verdict = pecdetect.classify(content)
    assert verdict.pec is not None
    assert verdict.pec.layout == "unsigned"
    assert verdict.decided_by == ("pec-unsigned-copy",)
