"""Every type of PEC message (RFC 6109, 3), each in the two styles of signing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .model import Sample, base64_lines, entity, lines
from .pec_build import (
    BODY,
    JAVA,
    OPENPEC,
    ORDER,
    ORDER_NAME,
    Envelope,
    Style,
    daticert_part,
    identifier,
    original,
    original_part,
    sample,
    text_part,
    transport,
)
from .pec_model import (
    ALTRO,
    CLIENT_ID,
    GESTORE,
    RECIPIENT,
    SENDER,
    SUBJECT,
    Facts,
    Provider,
    alternative,
    daticert,
    introduction,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Notice:
    """A receipt or notice, as a row of the table."""

    label: str
    """Name of the sample without ``pec-``."""
    shows: str
    prefix: str
    """What stands before the original subject."""
    tipo: str
    """Value of X-Ricevuta and of daticert's ``tipo``."""
    errore: str = "nessuno"
    error_text: str | None = None
    provider: Provider = GESTORE
    to: str = SENDER
    receipt: str | None = None
    with_original: bool = False
    consegna: bool = False
    """Whether daticert names the recipient concerned."""
    extra: tuple[str, ...] = ()
    """More X- fields, as lines."""
    remark: str = ""
    """A further sentence in the text."""


UNKNOWN = "5.1.1 - Altro gestore di esempio S.r.l. - indirizzo non valido"
LATE = "5.4.1 - Gestore di esempio S.p.A. - messaggio non consegnato nelle prime ventiquattro ore"
SECURITY = "X-VerificaSicurezza: errore"

NOTICES = (
    Notice("acceptance", "receipt: the provider accepted the message", "ACCETTAZIONE", "accettazione"),
    Notice(
        "non-acceptance", "notice: refused for a formal defect", "AVVISO DI NON ACCETTAZIONE",
        "non-accettazione", "altro", "il campo A non contiene indirizzi validi",
    ),
    Notice(
        "non-acceptance-virus", "notice: refused because of a virus", "AVVISO DI NON ACCETTAZIONE PER VIRUS",
        "non-accettazione", "virus", "5.5.1, Gestore di esempio S.p.A., presenza di un virus nel messaggio",
        extra=(SECURITY,),
    ),
    Notice(
        "taken-in-charge", "receipt between providers: the recipient's provider took the message over",
        "PRESA IN CARICO", "presa-in-carico", provider=ALTRO, to="ricevute@gestore.example.it",
    ),
    Notice(
        "virus-notice", "notice between providers: a virus was found", "PROBLEMA DI SICUREZZA",
        "rilevazione-virus", "virus", "presenza di un virus nel messaggio",
        provider=ALTRO, to="ricevute@gestore.example.it", extra=(f"X-Mittente: {SENDER}",),
    ),
    Notice(
        "non-delivery-virus", "notice: not delivered because of a virus",
        "AVVISO DI MANCATA CONSEGNA PER VIRUS", "errore-consegna", "virus",
        "5.5.1, Gestore di esempio S.p.A., presenza di un virus nel messaggio",
        consegna=True, extra=(SECURITY,),
    ),
    Notice(
        "delivery-completa", "receipt of delivery with the whole original", "CONSEGNA", "avvenuta-consegna",
        provider=ALTRO, receipt="completa", with_original=True, consegna=True,
    ),
    Notice(
        "delivery-breve", "receipt of delivery with the original, its attachment replaced by a hash",
        "CONSEGNA", "avvenuta-consegna", provider=ALTRO, receipt="breve", with_original=True, consegna=True,
    ),
    Notice(
        "delivery-sintetica", "receipt of delivery without the original", "CONSEGNA", "avvenuta-consegna",
        provider=ALTRO, receipt="sintetica", consegna=True,
    ),
    Notice(
        "non-delivery", "notice: the address does not exist", "AVVISO DI MANCATA CONSEGNA", "errore-consegna",
        "no-dest", UNKNOWN, provider=ALTRO, consegna=True,
    ),
    Notice(
        "timeout-12h", "first notice: not delivered after twelve hours, still trying",
        "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO", "preavviso-errore-consegna", "altro",
        consegna=True,
        remark="Il messaggio non è stato consegnato nelle prime dodici ore. Il gestore continuerà a provare.",
    ),
    Notice(
        "timeout-24h", "second notice: given up after twenty-four hours, which only the text says",
        "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO", "preavviso-errore-consegna", "altro",
        consegna=True,
        remark="Il messaggio non è stato consegnato nelle ventiquattro ore successive al suo invio. "
        "Si dà per non consegnato.",
    ),
    Notice(
        "timeout-final-541", "last notice that calls itself an advance notice: errore-esteso begins 5.4.1",
        "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO", "preavviso-errore-consegna", "altro", LATE,
        consegna=True,
    ),
)  # fmt: skip


def breve(facts: Facts, style: Style) -> bytes:
    """Return the original with its attachment replaced by a hash of the base64 text (RFC 6109, 3.3.2.2)."""
    digest = hashlib.sha1(base64_lines(ORDER), usedforsecurity=False).hexdigest()
    name = f"{ORDER_NAME}.hash"
    fields = lines(
        f'Content-Type: text/plain; charset="us-ascii"; name="{name}"',
        "Content-Transfer-Encoding: 7bit",
        f'Content-Disposition: attachment; filename="{name}"',
    )
    return original(facts, style, (text_part(*BODY), entity(fields, lines(digest))))


def notice(row: Notice, style: Style, label: str) -> Envelope:
    """Return a receipt or notice of the table."""
    ours = identifier("pec-transport-envelope", style)
    taken = (RECIPIENT,) if row.tipo == "presa-in-carico" else ()
    facts = Facts(
        ours, row.tipo, row.errore, provider=row.provider, receipt=row.receipt, taken_for=taken,
        delivered_to=RECIPIENT if row.consegna else None, error_text=row.error_text,
    )  # fmt: skip
    xml = daticert(facts)
    pieces = {"daticert.xml": xml}
    parts = [introduction(facts, style.inner(label, 1), binary=style.binary, remark=row.remark)]
    parts.append(daticert_part(xml, style))
    if row.with_original:
        inner = breve(facts, style) if row.receipt == "breve" else original(facts, style)
        parts.append(original_part(inner, style))
        pieces["postacert.eml"] = inner
        if row.receipt == "completa":
            pieces[ORDER_NAME] = ORDER
    kind = (f"{style.receipt_field}: {row.receipt}",) if row.receipt else ()
    return Envelope(
        label=label,
        style=style,
        facts=facts,
        provider=row.provider,
        sender=row.provider.service,
        to=row.to,
        subject=f"{row.prefix}: {SUBJECT}",
        message_id=f"<{identifier(label, style, row.provider, 2)}>",
        claims=(f"X-Ricevuta: {row.tipo}", *kind, *row.extra, f"X-Riferimento-Message-ID: {CLIENT_ID}"),
        parts=tuple(parts),
        return_path=row.provider.service,
        pieces=pieces,
    )


def outsider(label: str) -> bytes:
    """Return a mail from outside PEC, as it reached the provider."""
    fields = lines(
        "Received: from mail.example.com (mail.example.com [192.0.2.80])",
        "\tby mx.gestore.example.it (Postfix) with ESMTPS id 4xT0zB1c2Dz7f",
        f"\tfor <{SENDER}>; Mon,  2 Mar 2026 10:11:09 +0100 (CET)",
        "Date: Mon, 2 Mar 2026 10:11:05 +0100",
        "From: Info Example <info@example.com>",
        f"To: {SENDER}",
        "Subject: Listino 2026",
        f"Message-ID: <{label}@mail.example.com>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=us-ascii",
    )
    return entity(fields, lines("Buongiorno,", "", "il listino 2026 vale dal primo marzo.", "", "Example Ltd"))


def anomaly(
    label: str,
    style: Style,
    inner: bytes | None = None,
    *,
    subject: str = "Listino 2026",
    message_id: str | None = None,
) -> Envelope:
    """Return an anomaly envelope (RFC 6109, 3.2.2): text and what arrived, no certification data."""
    arrived = outsider(label) if inner is None else inner
    rows = (
        "Il gestore ha ricevuto il messaggio allegato, che non viene da un sistema di posta certificata.",
        "I suoi dati non sono stati certificati.",
    )
    plain = "-- Anomalia nel messaggio --\n\n" + "\n".join(rows) + "\n"
    page = f"<html>\n<body>\n<h3>Anomalia nel messaggio</h3>\n{'<br>'.join(rows)}\n</body>\n</html>\n"
    opening = alternative(plain, page, style.inner(label, 1), binary=style.binary)
    return replace(
        transport(label, style),
        sender=f'"Per conto di: info@example.com" <{GESTORE.service}>',
        to=SENDER,
        subject=f"ANOMALIA MESSAGGIO: {subject}",
        message_id=message_id or f"<{label}@mail.example.com>",
        claims=("X-Trasporto: errore",),
        parts=(opening, original_part(arrived, style)),
        return_path="info@example.com",
        reply_to="info@example.com",
        pieces={"postacert.eml": arrived},
    )


def samples() -> Iterator[Sample]:
    """Yield the types, in both styles."""
    how = {"": (JAVA, "SHA-256, BER"), "-openpec": (OPENPEC, "SHA-1, DER")}
    for suffix, (style, written) in how.items():
        yield sample(
            transport(f"pec-transport-envelope{suffix}", style),
            f"transport envelope with the original and a PDF; clear-signed, {written}",
        )
        for row in NOTICES:
            label = f"pec-{row.label}{suffix}"
            yield sample(notice(row, style, label), f"{row.shows}; clear-signed, {written}")
        yield sample(
            anomaly(f"pec-anomaly-envelope{suffix}", style),
            f"anomaly envelope around an ordinary mail, nothing certified; clear-signed, {written}",
        )
