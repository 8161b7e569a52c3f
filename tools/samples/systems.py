"""Other certified and registered mail systems, and secure-message wrappers that keep the content elsewhere.

A system is recognised by its maker's hosts, names and fields, so these samples have to name them; everything
else in them is made up.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import mail
from .model import Sample, base64_lines, entity, lines
from .ordinary import simple
from .pec_build import JAVA, clear_signed, sample, transport
from .pec_types import NOTICES, notice
from .smime import clear_message

if TYPE_CHECKING:
    from collections.abc import Iterator


def _one(name: str, data: bytes, shows: str, pieces: dict[str, bytes] | None = None) -> Sample:
    return Sample(f"systems-{name}.eml", data, shows, "systems", pieces or {})


def _insert(data: bytes, *rows: str) -> bytes:
    return data.replace(b"MIME-Version", lines(*rows) + b"MIME-Version", 1)


def evidence(event: str, namespace: str = "http://uri.etsi.org/19522/v1#") -> bytes:
    """ERDS evidence (EN 319 522-3), shortened."""
    rows = (
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<Evidence xmlns="{namespace}">',
        "  <EvidenceIdentifier>urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66</EvidenceIdentifier>",
        f"  <ERDSEventId>http://uri.etsi.org/19522/Event/{event}</ERDSEventId>",
        "  <EventTime>2026-03-02T09:11:12Z</EventTime>",
        "</Evidence>",
        "",
    )
    return "\n".join(rows).encode()


def _evidence_part(event: str, xml: bytes) -> bytes:
    fields = lines(
        f'Content-Type: application/xml; charset=UTF-8; name="{event}.xml"',
        "Content-Transfer-Encoding: base64",
        "REM-Section-Type: rem_message/ERDS_evidence",
    )
    return entity(fields, base64_lines(xml))


def _rem() -> Iterator[Sample]:
    words = mail.text(lines("Dispaccio REM."))
    inner = simple("rem-original", "Offerta 7/2026", "Buongiorno.")
    original = entity(
        lines(
            "Content-Type: message/rfc822; name=AttachedMimeMessage",
            "Content-Transfer-Encoding: binary",
            "Content-Disposition: attachment; filename=AttachedMimeMessage",
            "REM-Section-Type: rem_message/original",
        ),
        inner,
    )
    xml = evidence("SubmissionAcceptance")
    signed = mail.mixed("rem-1", words, original, _evidence_part("SubmissionAcceptance", xml))
    pieces = {"AttachedMimeMessage": inner, "SubmissionAcceptance.xml": xml}
    data = clear_message("systems-rem-dispatch", signed)
    yield _one("rem-dispatch", data, "REM dispatch (EN 319 532): original and evidence", pieces)
    xml = evidence("ContentConsignment")
    signed = mail.mixed("rem-2", words, _evidence_part("ContentConsignment", xml))
    data = clear_message("systems-rem-receipt", signed)
    yield _one("rem-receipt", data, "REM receipt: evidence without original", {"ContentConsignment.xml": xml})
    old = '<REMEvidence xmlns="http://uri.etsi.org/02640/v2#"><EventCode/></REMEvidence>\n'
    xml = b'<?xml version="1.0" encoding="UTF-8"?>\n' + old.encode()
    part = mail.attachment("DeliveryNonDeliveryToRecipient.xml", "application/xml", xml)
    data = _insert(
        clear_message("systems-rem-old", mail.mixed("rem-3", words, part)),
        "X-REM-Msg-Type: Message",
        "X-REM-Section-Type: REM-MD Introduction",
        "X-REM-Evidence-Type: DeliveryNonDeliveryToRecipient",
        "X-REM-Evidence-Identifier: 20260302-1",
    )
    yield _one("rem-old", data, "registered mail of the older TS 102 640")
    xml = evidence("ContentHandover")
    data = mail.message(
        "systems-evidence-attached", "Prova", mail.text(), mail.attachment("prova.xml", "application/xml", xml)
    )
    yield _one("evidence-attached", data, "ordinary mail with ERDS evidence attached", {"prova.xml": xml})
    data = _insert(simple("systems-rem-field-alone", "Nota", "Ciao"), "REM-Nota: 7")
    yield _one("rem-field-alone", data, "ordinary mail with a field that begins like REM's")
    acceptance = next(row for row in NOTICES if row.label == "acceptance")
    one = notice(acceptance, JAVA, "pec-acceptance-rem-subject")
    field = b"X-REM-Subject: REM SubmissionAcceptance: Ordine di fornitura 42/2026\r\n"
    shows = "acceptance receipt with X-REM-Subject, as providers write today: still PEC"
    yield sample(one, shows, clear_signed(one).replace(b"X-Ricevuta", field + b"X-Ricevuta", 1))
    one = replace(transport("pec-in-words-rem"), subject="POSTA CERTIFICATA: Ordine REM 42/2026")
    yield sample(one, "transport envelope whose subject speaks of REM")


def _registered() -> Iterator[Sample]:
    fields = (
        "X-de-mail-sender: anna.esempio@example.de-mail.example.org",
        "X-de-mail-chosen-recipient: crm@example.com",
        "X-de-mail-actual-recipient: crm@example.com",
        "X-de-mail-message-id: <1@de-mail.example.org>",
        "X-de-mail-originator-provider: example.org",
        "X-de-mail-integrity: v=1; a=rsa-sha256; d=example.org; bh=AAAA; b=AAAA",
        "X-de-mail-version: 1.7",
        "X-de-mail-auth-level: high",
    )
    data = _insert(simple("systems-de-mail", "Bescheid", "Guten Tag."), "X-de-mail-message-type: normal", *fields)
    yield _one("de-mail", data, "De-Mail")
    xml = b'<?xml version="1.0" encoding="UTF-8"?>\n<confirmation xmlns="urn:de-mail"/>\n'
    label = "systems-de-mail-confirmation"
    data = mail.message(
        label, "Versandbestaetigung", mail.text(), mail.attachment("confirmation.xml", "application/xml", xml)
    )
    kind = "X-de-mail-message-type: confirmation of dispatch"
    yield _one(
        "de-mail-confirmation",
        _insert(data, kind, *fields),
        "De-Mail, confirmation of dispatch",
        {"confirmation.xml": xml},
    )
    sender = "AR24 <no-reply@ar24.fr>"
    subject = "=?utf-8?Q?Lettre_recommand=C3=A9e_=C3=A9lectronique?="
    data = simple("systems-ar24", subject, "Vous avez une lettre.").replace(mail.FROM.encode(), sender.encode(), 1)
    yield _one("ar24", data, "AR24, French registered mail: sender and subject")
    data = simple("systems-ar24-subject-only", subject, "Comment envoyer une lettre ?")
    yield _one("ar24-subject-only", data, "ordinary mail with AR24's subject")
    data = simple("systems-lleida", "Oferta", "Hola.")
    yield _one(
        "lleida",
        _insert(data, "Cc: correo@certificado.lleida.net"),
        "Lleida, Spanish certified mail: its address in Cc",
    )
    data = simple("systems-lleida-in-text", "Oferta", "Scrivere a correo@certificado.lleida.net.")
    yield _one("lleida-in-text", data, "ordinary mail with Lleida's address in its text")
    data = simple("systems-rpost", "Offer", "Hello.").replace(
        b"<crm@example.com>\r\nSubject", b"<crm@example.com.rpost.org>\r\nSubject", 1
    )
    yield _one("rpost", data, "RPost: a recipient whose domain ends in rpost.org")
    data = simple("systems-rpost-lookalike", "Offer", "Hello.").replace(
        b"<crm@example.com>\r\nSubject", b"<crm@xrpost.org.example.com>\r\nSubject", 1
    )
    yield _one("rpost-lookalike", data, "ordinary mail to a domain that only contains rpost.org")
    xml = b'<?xml version="1.0" encoding="UTF-8"?>\n<nachricht.gds.basisnachricht.0005006/>\n'
    data = mail.message(
        "systems-xjustiz", "Klage", mail.text(), mail.attachment("xjustiz_nachricht.xml", "text/xml", xml)
    )
    yield _one("xjustiz", data, "German court mail: xjustiz_nachricht.xml", {"xjustiz_nachricht.xml": xml})


def _page(action: str, *fields: str) -> bytes:
    """Return the HTML of a secure message: a form that posts to the maker's host."""
    rows = ("<html><body>", "<p>Messaggio protetto: apri il modulo per leggerlo.</p>")
    form = (f'<form method="post" action="{action}">', *fields, '<input type="submit" value="Apri"></form>')
    return lines(*rows, *form, "</body></html>")


PAYLOAD = '<input type="hidden" name="%s" value="MIAGCSqGSIb3DQEHA6CAMIACAQAxggEpMIIBJQIBADANMA==">'


def _wrappers() -> Iterator[Sample]:
    cres = _page("https://res.cisco.com:443/envelopeopener/decrypt_envelope.jsp", PAYLOAD % "body")
    proofpoint = _page("https://securereader.proofpoint.com/reader", PAYLOAD % "body")
    seppmail = _page("https://mail.seppmail.cloud/web.app?op=init", PAYLOAD % "secmail")
    voltage = _page("https://voltage-pp-0000.example.org/zdm/decrypt", PAYLOAD % "zdm")
    inca = _page("https://incamail.com/open", PAYLOAD % "secmail")
    ome = _page("https://outlook.office365.com/encryption/default.aspx", PAYLOAD % "rpmsg")
    html = "text/html"
    rows = (
        ("cres", "securedoc.html", html, cres, "Cisco Registered Envelope: securedoc.html and its form"),
        ("cres-dated", "securedoc_20260302T101112.html", html, cres, "Cisco Registered Envelope with a dated name"),
        ("proofpoint", "SecureMessageAtt.html", html, proofpoint, "Proofpoint: SecureMessageAtt.html and its host"),
        ("seppmail", "secure-email.html", html, seppmail, "SEPPmail GINA: secure-email.html and its form"),
        ("voltage", "message_zdm.html", html, voltage, "Voltage: message_zdm.html and its form"),
        ("ome-legacy", "message.html", html, ome, "legacy Office 365 Message Encryption: message.html and its form"),
    )
    for name, file, media, page, shows in rows:
        label = f"systems-{name}"
        text = mail.text(lines("Messaggio protetto. Apri l'allegato."))
        data = mail.message(label, "Messaggio sicuro", text, mail.attachment(file, media, page))
        yield _one(name, data, shows, {file: page})
    label = "systems-incamail"
    sender = '"Anna Esempio mittels IncaMail" <anna.esempio@im.post.ch>'
    part = mail.attachment("IncaMail.html", "application/xhtml+xml", inca)
    data = mail.message(label, "Offerta (Secured by IncaMail)", mail.text(lines("IncaMail")), part, sender=sender)
    data = data.replace(b"mail.example.org (mail.example.org", b"gw1.incamail.com (gw1.incamail.com", 1)
    yield _one("incamail", data, "IncaMail: sender, attachment and its form", {"IncaMail.html": inca})
    harmless = lines("<html><body><p>Niente da aprire.</p></body></html>")
    for name, file in (
        ("cres", "securedoc.html"), ("proofpoint", "SecureMessageAtt.html"), ("seppmail", "secure-email.html"),
        ("voltage", "message_zdm.html"), ("incamail", "IncaMail.html"),
    ):  # fmt: skip
        label = f"systems-{name}-name-only"
        data = mail.message(label, "Nota", mail.text(), mail.attachment(file, html, harmless))
        yield _one(f"{name}-name-only", data, f"a harmless attachment named {file}", {file: harmless})
    data = simple("systems-cres-in-text", "Domanda", "Il modulo va a https://res.cisco.com:443/envelopeopener/ ?")
    yield _one("cres-in-text", data, "ordinary mail with the address of Cisco's form in its text")
    phish = _page("https://login.example.net/steal", PAYLOAD % "body")
    data = mail.message(
        "systems-cres-imitated", "Messaggio sicuro", mail.text(), mail.attachment("securedoc.html", html, phish)
    )
    yield _one("cres-imitated", data, "securedoc.html whose form goes to a stranger's host", {"securedoc.html": phish})
    data = simple("systems-zix-footer", "Offer", "Hello.", "", "This message was secured by Zix(R).")
    yield _one("zix-footer", data, "readable mail with the footer of Zix")


def samples() -> Iterator[Sample]:
    """Yield other systems, wrappers and their near misses."""
    yield from _rem()
    yield from _registered()
    yield from _wrappers()
