"""What a PEC provider certifies: the facts, their daticert.xml (RFC 6109, 4.4) and the words for a reader."""

from __future__ import annotations

import html
from dataclasses import dataclass
from xml.sax.saxutils import escape

from .model import entity, lines, multipart, quoted_printable

SENDER = "acquisti@pec.example.it"
RECIPIENT = "protocollo@comune.example.it"
DATE = "Mon, 2 Mar 2026 10:11:12 +0100"
DAY, TIME, ZONE = "02/03/2026", "10:11:12", "+0100"
SUBJECT = "Ordine di fornitura 42/2026"
CLIENT_ID = "<20260302101108.7C3A@pec.example.it>"
"""Message-ID that the sender's program chose."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A PEC provider."""

    name: str
    """As in gestore-emittente."""
    domain: str
    identity: str
    """Who signs, as in ``keys/``."""

    @property
    def service(self) -> str:
        """The address that sends every envelope and receipt."""
        return f"posta-certificata@{self.domain}"


GESTORE = Provider("Gestore di esempio S.p.A.", "gestore.example.it", "pec")
"""The sender's provider."""
ALTRO = Provider("Altro gestore di esempio S.r.l.", "altrogestore.example.it", "pec2")
"""The recipient's provider."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What daticert.xml states."""

    identifier: str
    """The PEC's own id, without angle brackets."""
    tipo: str = "posta-certificata"
    errore: str = "nessuno"
    sender: str = SENDER
    recipients: tuple[tuple[str, str], ...] = ((RECIPIENT, "certificato"),)
    """Address and ``certificato`` or ``esterno``."""
    subject: str = SUBJECT
    provider: Provider = GESTORE
    msgid: str | None = CLIENT_ID
    receipt: str | None = None
    """``completa``, ``breve`` or ``sintetica``."""
    delivered_to: str | None = None
    taken_for: tuple[str, ...] = ()
    error_text: str | None = None
    day: str = DAY
    time: str = TIME


def daticert(facts: Facts, *, prolog: str = "") -> bytes:
    """Certification data as XML; ``prolog`` goes between the declaration and the root."""
    rows = ['<?xml version="1.0" encoding="UTF-8"?>']
    rows += [prolog] if prolog else []
    rows += [f'<postacert tipo="{facts.tipo}" errore="{facts.errore}">', "    <intestazione>"]
    rows.append(f"        <mittente>{escape(facts.sender)}</mittente>")
    rows += [
        f'        <destinatari tipo="{kind}">{escape(address)}</destinatari>' for address, kind in facts.recipients
    ]
    rows.append(f"        <risposte>{escape(facts.sender)}</risposte>")
    rows.append(f"        <oggetto>{escape(facts.subject)}</oggetto>")
    rows += ["    </intestazione>", "    <dati>"]
    rows.append(f"        <gestore-emittente>{escape(facts.provider.name)}</gestore-emittente>")
    rows += [f'        <data zona="{ZONE}">', f"            <giorno>{facts.day}</giorno>"]
    rows += [f"            <ora>{facts.time}</ora>", "        </data>"]
    rows.append(f"        <identificativo>{escape(facts.identifier)}</identificativo>")
    rows += [f"        <msgid>{escape(facts.msgid)}</msgid>"] if facts.msgid else []
    rows += [f'        <ricevuta tipo="{facts.receipt}"/>'] if facts.receipt else []
    rows += [f"        <consegna>{escape(facts.delivered_to)}</consegna>"] if facts.delivered_to else []
    rows += [f"        <ricezione>{escape(address)}</ricezione>" for address in facts.taken_for]
    rows += [f"        <errore-esteso>{escape(facts.error_text)}</errore-esteso>"] if facts.error_text else []
    rows += ["    </dati>", "</postacert>", ""]
    return "\n".join(rows).encode()


TITLES = {
    "posta-certificata": "Messaggio di posta certificata",
    "accettazione": "Ricevuta di accettazione",
    "non-accettazione": "Avviso di non accettazione",
    "presa-in-carico": "Ricevuta di presa in carico",
    "avvenuta-consegna": "Ricevuta di avvenuta consegna",
    "errore-consegna": "Avviso di mancata consegna",
    "preavviso-errore-consegna": "Avviso di mancata consegna per superamento tempo massimo",
    "rilevazione-virus": "Avviso di rilevazione virus",
    "errore": "Anomalia messaggio",
}

OUTCOMES = {
    "posta-certificata": "è partito. L'originale è nell'allegato postacert.eml.",
    "accettazione": "è stato accettato dal gestore, che lo ha inoltrato.",
    "non-accettazione": "non è stato accettato dal gestore e non verrà inoltrato.",
    "presa-in-carico": "è ora in carico al gestore dei destinatari.",
    "avvenuta-consegna": "è nella casella del destinatario.",
    "errore-consegna": "non è stato consegnato.",
    "preavviso-errore-consegna": "non è ancora stato consegnato.",
    "rilevazione-virus": "contiene un virus ed è stato trattenuto.",
}


def introduction(facts: Facts, boundary: str, *, binary: bool = False, remark: str = "") -> bytes:
    """Return the part that people read: plain text and HTML in ISO-8859-1 (RFC 6109, 4.3.1)."""
    title = TITLES[facts.tipo]
    rows = [
        f"Il giorno {facts.day} alle ore {facts.time} ({ZONE}) il messaggio",
        f'"{facts.subject}" scritto da "{facts.sender}" per:',
        *(f"- {address}" for address, _ in facts.recipients),
        OUTCOMES[facts.tipo],
        *([f"Errore: {facts.error_text}"] if facts.error_text else []),
        *([remark] if remark else []),
        f"Identificativo messaggio: {facts.identifier}",
    ]
    plain = f"-- {title} --\n\n" + "\n".join(rows) + "\n"
    marked = "<br>\n".join(html.escape(row) for row in rows)
    page = f"<html>\n<head><title>{title}</title></head>\n<body>\n<h3>{title}</h3>\n{marked}\n</body>\n</html>\n"
    return alternative(plain, page, boundary, binary=binary)


def alternative(plain: str, page: str, boundary: str, *, binary: bool = False) -> bytes:
    """Plain text and HTML in ISO-8859-1, as providers write them."""
    parts = []
    for kind, text in (("plain", plain), ("html", page)):
        header = lines(
            f'Content-Type: text/{kind}; charset="iso-8859-1"',
            "Content-Transfer-Encoding: quoted-printable",
            "Content-Disposition: inline",
        )
        ascii_html = text.encode("ascii", "xmlcharrefreplace").decode() if kind == "html" else text
        parts.append(entity(header, quoted_printable(ascii_html, "iso-8859-1")))
    header = lines(f'Content-Type: multipart/alternative; boundary="{boundary}"')
    header += lines("Content-Transfer-Encoding: binary") if binary else b""
    return entity(header, multipart(boundary, parts))
