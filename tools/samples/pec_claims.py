"""PEC that contradicts itself, is replayed, tampered with or made up, and mail that only looks like PEC."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .model import Sample, entity, lines, multipart
from .pec_build import (
    JAVA,
    OPENPEC,
    Envelope,
    attachment,
    clear_signed,
    content,
    daticert_part,
    header,
    original,
    original_part,
    sample,
    signature,
    signed_body,
    signed_type,
    text_part,
    transport,
)
from .pec_model import ALTRO, RECIPIENT, SENDER, daticert
from .pec_types import NOTICES, anomaly, notice

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = {row.label: row for row in NOTICES}


def _claiming(envelope: Envelope, *claims: str) -> Envelope:
    """Return the envelope with other PEC fields, its reference kept."""
    return replace(envelope, claims=(*claims, envelope.claims[-1]))


def _contradictions() -> Iterator[Sample]:
    one = notice(ROWS["non-delivery"], JAVA, "pec-mismatch-header-daticert")
    shows = "X-Ricevuta says avvenuta-consegna, daticert.xml says errore-consegna"
    yield sample(_claiming(replace(one, subject="CONSEGNA: Ordine"), "X-Ricevuta: avvenuta-consegna"), shows)
    one = transport("pec-mismatch-both-fields")
    claims = ("X-Trasporto: posta-certificata", "X-Ricevuta: accettazione")
    yield sample(_claiming(one, *claims), "transport envelope that also has X-Ricevuta")
    one = transport("pec-mismatch-duplicate-field")
    claims = ("X-Trasporto: posta-certificata", "X-Trasporto: errore")
    yield sample(_claiming(one, *claims), "two X-Trasporto fields with different values")
    one = transport("pec-duplicate-field-same-value")
    claims = ("X-Trasporto: posta-certificata", "X-Trasporto: posta-certificata")
    yield sample(_claiming(one, *claims), "two X-Trasporto fields with the same value")
    one = transport("pec-mismatch-receipt-kind")
    claims = ("X-Trasporto: posta-certificata", "X-TipoRicevuta: breve")
    yield sample(_claiming(one, *claims), "X-TipoRicevuta says breve, daticert.xml says completa")
    one = notice(ROWS["non-delivery"], JAVA, "pec-unknown-receipt-value")
    shows = "X-Ricevuta with a value that no rule knows, daticert.xml says errore-consegna"
    yield sample(_claiming(one, "X-Ricevuta: mancata-consegna"), shows)
    one = transport("pec-unknown-transport-value")
    yield sample(_claiming(one, "X-Trasporto: non-pec"), "X-Trasporto with an unknown value on a genuine structure")
    one = anomaly("pec-anomaly-with-daticert", JAVA)
    extra = daticert_part(transport("pec-anomaly-with-daticert").pieces["daticert.xml"], JAVA)
    parts = (one.parts[0], extra, one.parts[1])
    yield sample(replace(one, parts=parts), "anomaly envelope with certification data of its own, which is forbidden")
    one = notice(ROWS["acceptance"], JAVA, "pec-acceptance-with-original")
    inner = original(one.facts, JAVA)
    shows = "acceptance receipt that carries an original, which only deliveries may"
    yield sample(
        replace(one, parts=(*one.parts, original_part(inner, JAVA)), pieces={**one.pieces, "postacert.eml": inner}),
        shows,
    )


def _replays() -> Iterator[Sample]:
    shows = "genuine signed body under another Subject: the signature does not cover the outer header"
    yield sample(replace(transport("pec-replayed-subject"), subject="POSTA CERTIFICATA: Diffida urgente"), shows)
    one = replace(transport("pec-replayed-message-id"), message_id="<altro.20260401.1@gestore.example.it>")
    yield sample(one, "genuine signed body under another Message-ID")
    one = transport("pec-replayed-date")
    data = clear_signed(one).replace(b"Date: Mon, 2 Mar 2026 10:11:12", b"Date: Thu, 2 Apr 2026 18:00:00", 1)
    yield sample(one, "genuine signed body under a Date a month later", data)
    one = replace(transport("pec-replayed-recipient"), to="amministrazione@pec.example.it")
    yield sample(one, "genuine signed body sent to somebody the certification data does not name")
    one = transport("pec-replayed-sender")
    one = replace(one, sender='"Per conto di: direzione@pec.example.it" <posta-certificata@gestore.example.it>')
    yield sample(one, "genuine signed body, From on behalf of somebody else")
    one = transport("pec-tampered-body")
    signed = content(one)
    changed = signed.replace(b"Restiamo in attesa", b"Restiamo in ascolto")
    data = entity(header(one, signed_type(one)), signed_body(one, changed, signature(one, signed)))
    inner = one.pieces["postacert.eml"].replace(b"Restiamo in attesa", b"Restiamo in ascolto")
    one = replace(one, pieces={**one.pieces, "postacert.eml": inner})
    yield sample(one, "transport envelope changed after signing: the digest does not match", data)
    one = replace(transport("pec-signed-by-another-provider"), provider=ALTRO)
    yield sample(one, "transport envelope signed by a provider whose address is not that of From")
    one = transport("pec-text-after-the-end")
    extra = lines("", "Testo aggiunto dopo la firma.")
    yield sample(one, "transport envelope with text after the last delimiter", clear_signed(one) + extra)


def _field_only() -> Iterator[Sample]:
    for name, field, shows in (
        (
            "pec-trasporto-is-an-address", "X-Trasporto: spedizioni@corriere.example.it",
            "ordinary mail of a carrier whose X-Trasporto holds an address: no PEC",
        ),
        (
            "pec-trasporto-unknown-alone", "X-Trasporto: camion 7",
            "ordinary mail whose X-Trasporto holds an unknown value: no PEC",
        ),
        (
            "pec-claim-alone", "X-Trasporto: posta-certificata",
            "plain text that claims to be PEC by its field alone",
        ),
        (
            "pec-claim-alone-receipt", "X-Ricevuta: avvenuta-consegna",
            "plain text that claims to be a receipt by its field alone",
        ),
        ("pec-receipt-kind-alone", "X-TipoRicevuta: breve", "ordinary mail with X-TipoRicevuta: no PEC"),
    ):  # fmt: skip
        fields = lines(
            "From: Spedizioni <spedizioni@corriere.example.it>",
            f"To: {RECIPIENT}",
            "Subject: Avviso di ritiro",
            "Date: Mon, 2 Mar 2026 09:00:00 +0100",
            f"Message-ID: <{name}@corriere.example.it>",
            field,
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=us-ascii",
        )
        yield Sample(f"{name}.eml", entity(fields, lines("Il ritiro avverra' domani.")), shows, "pec")


def _fakes() -> Iterator[Sample]:
    """Mail that was made to look like PEC (no signature, no PEC field)."""
    model = transport("pec-fake", OPENPEC)
    words = text_part(
        "Messaggio di posta certificata",
        "",
        "Il giorno 02/03/2026 alle ore 10:11:12 (+0100) il messaggio",
        f'"Fattura insoluta" inviato da "{SENDER}"',
        f'indirizzato a "{RECIPIENT}" e\' accluso.',
        "Identificativo messaggio: 1A2B3C4D.0099AABB.CCDD0011.22334455.posta-certificata@gestore.example.it",
    )
    fields = lines(
        "Return-Path: <amministrazione@example.com>",
        "Received: from sendm.cert.gestore.example.it (vps12.example.net [192.0.2.199])",
        f"\tby mx.comune.example.it (Postfix) with ESMTP id 4xT3zz for <{RECIPIENT}>;",
        "\tMon,  2 Mar 2026 10:11:20 +0100 (CET)",
        "Date: Monday, 2 Mar 2026 10:11:12 +0100",
        f"From: {SENDER}",
        f"To: {RECIPIENT}",
        "Subject: POSTA CERTIFICATA: Fattura insoluta",
        "Message-ID: <1A2B3C4D.0099AABB@example.com>",
        "X-Riferimento-Message-ID: <B1946AC92492D2347C6235B4D2611184@example.com>",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="b-fake-0001"',
    )
    parts = [
        words,
        attachment("postacert.eml", "application/octet-stream", model.pieces["postacert.eml"]),
        attachment("daticert.xml", "application/octet-stream", daticert(model.facts)),
    ]
    pieces = {name: model.pieces[name] for name in ("postacert.eml", "daticert.xml")}
    shows = "made-up PEC: unsigned, no X-Trasporto, From is the victim, PEC files as attachments"
    yield Sample("pec-fake.eml", entity(fields, multipart("b-fake-0001", parts)), shows, "pec", pieces)
    claims = (
        (
            "pec-subject-alone", "POSTA CERTIFICATA: Fattura insoluta",
            "ordinary mail with the prefix of a PEC in its subject",
        ),
        (
            "pec-subject-receipt-alone", "ACCETTAZIONE: domanda 7",
            "ordinary mail with the prefix of a receipt in its subject",
        ),
        (
            "pec-subject-lower-case", "Consegna: domani alle 9",
            "ordinary Italian subject that resembles a receipt's",
        ),
    )  # fmt: skip
    for name, subject, shows in claims:
        fields = lines(
            "From: Amministrazione <amministrazione@example.com>",
            f"To: {RECIPIENT}",
            f"Subject: {subject}",
            "Date: Mon, 2 Mar 2026 09:30:00 +0100",
            f"Message-ID: <{name}@example.com>",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=us-ascii",
        )
        yield Sample(f"{name}.eml", entity(fields, lines("Vedi oggetto.")), shows, "pec")


def samples() -> Iterator[Sample]:
    """Yield contradictions, replays, bare claims and fakes."""
    yield from _contradictions()
    yield from _replays()
    yield from _field_only()
    yield from _fakes()
