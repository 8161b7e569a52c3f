"""Outlook items (.msg), sound and hostile. Those made from a message hold what Exchange would have stored of it."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from . import mail
from .cms import Signing, enveloped_data, signed_data
from .compound import Node, nodes, write
from .items import delivery_report
from .model import Sample, lines
from .msg import (
    CLSID,
    FROM_ME,
    READ,
    UNSENT,
    Attachment,
    Item,
    Value,
    Writer,
    item_of,
    msg_file,
    recipient,
)
from .ordinary import simple
from .pec_build import JAVA, OPENPEC, clear_signed, transport
from .pec_layouts import opaque
from .pec_types import NOTICES, anomaly, notice
from .pgp import SIGNATURE as PGP_SIGNATURE
from .pgp import encrypted_entity
from .rights import BOILERPLATE, CLASS, MEDIA, RPMSG, protected
from .smime import TEXT, WITH_PDF, clear_message, pkcs7_message, pkcs7_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

SENT = datetime(2026, 3, 2, 9, 11, 12, tzinfo=UTC)
SENDER = "anna.esempio@example.org"
EXCHANGE = "/o=Example/ou=Exchange Administrative Group/cn=Recipients/cn=anna"
LATIN = ("cp1252", 1252)
DELIVERY = next(row for row in NOTICES if row.label == "delivery-completa")


def _one(name: str, data: bytes, shows: str, pieces: dict[str, bytes] | None = None) -> Sample:
    return Sample(f"outlook-{name}.msg", data, shows, "outlook", pieces or {})


def note(subject: str = "Offerta 7/2026", message_class: str = "IPM.Note", **more: object) -> Item:
    """Return an item of Anna's without transport headers, sent to the CRM."""
    values: dict[int, Value] = {
        0x0037: subject,
        0x0039: SENT,
        0x0E07: READ,
        0x1000: mail.TEXT.decode(),
        0x1035: "<offerta-7@mail.example.org>",
        **author(),
    }
    item = Item(message_class, values, recipients=[recipient("crm@example.com", "CRM Vendite")])
    for key, value in more.items():
        setattr(item, key, value)
    return item


def author(address: str = SENDER, kind: str = "SMTP") -> dict[int, Value]:
    """Return the properties of a sender, as SMTP or as an Exchange address."""
    values: dict[int, Value] = {}
    for name, type_, value in ((0x0042, 0x0064, 0x0065), (0x0C1A, 0x0C1E, 0x0C1F)):
        values |= {name: "Anna Esempio", type_: kind, value: address}
    return values


def _plain() -> Iterator[Sample]:
    accents = simple(
        "outlook-ansi",
        "Perche no",
        "Buongiorno, è più tardi di così.",
        kind=("Content-Type: text/plain; charset=utf-8",),
    )
    yield _one(
        "plain",
        msg_file(item_of(simple("outlook-plain", "Nota", "Ciao"))),
        "ordinary mail, Unicode, with transport headers",
    )
    yield _one("plain-ansi", msg_file(item_of(accents, ansi=LATIN)), "ordinary mail, ANSI (windows-1252)")
    item = note("Заказ 42", codec="cp1251", code_page=1251)
    yield _one("ansi-cyrillic", msg_file(item), "ANSI (windows-1251), header fields made from properties")
    item = note("Perché è così", codec="cp1252", code_page=1252)
    item.values[0x3FFD] = 0
    yield _one("ansi-no-code-page", msg_file(item), "ANSI without a usable code page: the charset is guessed")
    data = mail.message("outlook-attachment", "Offerta 7/2026", mail.text(), mail.attachment(), mail.picture())
    yield _one("attachment", msg_file(item_of(data)), "a PDF and a picture attached", {mail.PDF_NAME: mail.PDF})
    yield _one("scattered", msg_file(item_of(data), scattered=True), "the same, every stream stored backwards")
    yield _one("version-4", msg_file(item_of(data), version=4), "the same in a compound file of version 4")
    yield _one("no-transport-headers", msg_file(note()), "no transport headers: fields made from properties")
    item = note()
    item.values |= author(EXCHANGE, "EX")
    yield _one("exchange-addresses", msg_file(item), "the sender is known by an Exchange address only")
    item = note()
    item.values |= author(EXCHANGE, "EX") | {0x5D01: SENDER, 0x5D02: SENDER}
    yield _one("exchange-and-smtp", msg_file(item), "an Exchange address, and the SMTP address beside it")
    item = item_of(simple("outlook-names-only", "Nota", "Ciao"))
    item.values[0x007D] = lines("From: Anna Esempio", "To: CRM Vendite", "Subject: Nota", "").decode()
    yield _one("names-only", msg_file(item), "transport headers with bare names: the addresses come from properties")
    item = note()
    item.values[0x0037] = "Nota\r\nX-Trasporto: posta-certificata\r\nX-Spam: 1"
    yield _one("header-in-subject", msg_file(item), "header fields written into the subject: they are none")
    yield _one("text-named-msg", simple("outlook-text-named-msg", "Nota", "Ciao"), "RFC 822 text in a file named .msg")


def _pec() -> Iterator[Sample]:
    for label, style in (("pec-transport-envelope", JAVA), ("pec-transport-envelope-openpec", OPENPEC)):
        envelope = transport(label, style)
        data = msg_file(item_of(clear_signed(envelope)))
        yield _one(label, data, "PEC transport envelope, clear-signed", dict(envelope.pieces))
    envelope = transport("pec-transport-envelope", JAVA)
    data = clear_signed(envelope)
    yield _one("pec-ansi", msg_file(item_of(data, ansi=LATIN)), "the same in an ANSI item")
    yield _one("pec-scattered", msg_file(item_of(data), scattered=True), "the same, every stream stored backwards")
    item = item_of(data)
    item.message_class = "ipm.note.smime"
    yield _one("pec-class-smime", msg_file(item), "PEC transport envelope under the older class, in lower case")
    item = item_of(data)
    item.message_class = "IPM.Note"
    yield _one("pec-class-lost", msg_file(item), "PEC transport envelope whose S/MIME class is lost")
    item = item_of(data, transport=False)
    yield _one("pec-no-transport-headers", msg_file(item), "PEC transport envelope without transport headers")
    item.named["X-Trasporto"] = "posta-certificata"
    yield _one("pec-named-properties", msg_file(item), "the same, X-Trasporto kept as a named property")
    yield _one(
        "pec-flattened",
        msg_file(item_of(data, flattened=True)),
        "PEC taken apart by a converter: no signed entity left",
    )
    receipt = notice(DELIVERY, JAVA, "pec-delivery-completa")
    yield _one(
        "pec-delivery-completa",
        msg_file(item_of(clear_signed(receipt))),
        "PEC receipt of delivery",
        dict(receipt.pieces),
    )
    strange = anomaly("pec-anomaly-envelope", JAVA)
    yield _one(
        "pec-anomaly-envelope", msg_file(item_of(clear_signed(strange))), "PEC anomaly envelope", dict(strange.pieces)
    )
    sealed = transport("pec-opaque-signed", JAVA)
    yield _one(
        "pec-opaque-signed",
        msg_file(item_of(opaque(sealed))),
        "PEC transport envelope as one signed blob",
        dict(sealed.pieces),
    )
    item = note(
        "I: POSTA CERTIFICATA: Ordine", attachments=[Attachment(item_of(data), "POSTA CERTIFICATA.msg", method=5)]
    )
    yield _one("pec-embedded", msg_file(item), "ordinary item with a PEC embedded")
    item = note("I: POSTA CERTIFICATA: Ordine", attachments=[Attachment(data, "posta.eml", "message/rfc822")])
    yield _one("pec-eml-attached", msg_file(item), "ordinary item with a PEC attached as an .eml file")


def _protected() -> Iterator[Sample]:
    media = "application/pkcs7-mime"
    yield _one(
        "clear-signed",
        msg_file(item_of(clear_message("outlook-clear-signed", WITH_PDF))),
        "clear-signed with a PDF inside",
        {mail.PDF_NAME: mail.PDF},
    )
    signed = pkcs7_message(
        "outlook-opaque-signed", signed_data(WITH_PDF, Signing()), *pkcs7_rows(media, smime_type="signed-data")
    )
    yield _one("opaque-signed", msg_file(item_of(signed)), "opaque-signed with a PDF inside", {mail.PDF_NAME: mail.PDF})
    sealed = pkcs7_message("outlook-encrypted", enveloped_data(TEXT), *pkcs7_rows(media, smime_type="enveloped-data"))
    yield _one("encrypted", msg_file(item_of(sealed)), "encrypted")
    item = item_of(sealed, transport=False)
    item.named.clear()
    item.attachments[0].media, item.attachments[0].name = "application/octet-stream", "SMIME.P7M"
    yield _one("encrypted-bare", msg_file(item), "encrypted; the CMS alone says so")
    item = item_of(clear_message("outlook-class-mismatch", TEXT))
    item.attachments.append(Attachment(mail.PDF, mail.PDF_NAME, "application/pdf"))
    yield _one("class-mismatch", msg_file(item), "an S/MIME class with two attachments: undefined")
    item = note(message_class="IPM.Note.SMIME.MultipartSigned")
    yield _one("class-mismatch-empty", msg_file(item), "an S/MIME class without any attachment: undefined")
    armoured = lines(
        'Content-Type: multipart/signed; protocol="application/pgp-signature"; micalg=pgp-sha256; boundary="pgp-1"',
        "", "--pgp-1", "Content-Type: text/plain", "", "Ciao", "--pgp-1",
        "Content-Type: application/pgp-signature", "", PGP_SIGNATURE, "--pgp-1--",
    )  # fmt: skip
    item = note(
        message_class="IPM.Note.SMIME.MultipartSigned",
        attachments=[Attachment(armoured, "smime.p7m", "multipart/signed")],
    )
    yield _one("pgp-signed", msg_file(item), "signed with PGP, under the S/MIME class that Exchange gives it")
    parts = [Attachment(lines("Version: 1"), None, "application/pgp-encrypted")]
    blob = encrypted_entity("pgp-2").rpartition(b"\r\n\r\n-----BEGIN")
    parts.append(
        Attachment(b"-----BEGIN" + blob[2].partition(b"\r\n--pgp-2")[0], "encrypted.asc", "application/octet-stream")
    )
    yield _one("pgp-encrypted", msg_file(note(attachments=parts)), "PGP/MIME encrypted, as Exchange takes it apart")
    yield _one("rpmsg", msg_file(item_of(protected("outlook-rpmsg", CLASS))), "rights-managed, with transport headers")
    item = note(named={"Content-Class": "rpmsg.message"}, attachments=[Attachment(RPMSG, "message.rpmsg", MEDIA)])
    item.values[0x1000] = BOILERPLATE.partition(b"\r\n\r\n")[2].decode()
    yield _one("rpmsg-no-transport-headers", msg_file(item), "rights-managed, Content-Class kept as a named property")


def _kinds() -> Iterator[Sample]:
    rows = (
        ("meeting-request", "IPM.Schedule.Meeting.Request", "meeting request"),
        ("meeting-reply", "IPM.Schedule.Meeting.Resp.Pos", "reply to a meeting request"),
        ("auto-reply", "IPM.Note.Rules.OofTemplate.Microsoft", "automatic reply"),
        ("voice-mail", "IPM.Note.Microsoft.Voicemail.UM.CA", "voice mail"),
        ("recall", "IPM.Outlook.Recall", "recall of a message"),
        ("custom-form", "IPM.Note.Custom.Ordine", "a form of the company's own"),
    )
    for name, message_class, shows in rows:
        yield _one(name, msg_file(note(message_class=message_class)), shows)
    for name, message_class in (
        ("contact", "IPM.Contact"),
        ("task", "IPM.Task"),
        ("sticky-note", "IPM.StickyNote"),
        ("appointment", "IPM.Appointment"),
        ("distribution-list", "IPM.DistList"),
    ):
        item = Item(message_class, {0x0037: "Anna Esempio", 0x0E07: READ | UNSENT, 0x1000: "Ciao"})
        yield _one(name, msg_file(item), f"no message but an item of the class {message_class}")
    yield _one(
        "delivery-report",
        msg_file(item_of(delivery_report("outlook-delivery-report", "From: Mail <postmaster@example.com>"))),
        "delivery report",
    )
    yield _one(
        "secure-report",
        msg_file(note(message_class="REPORT.IPM.Note.SMIME.NDR")),
        "delivery report on an S/MIME message",
    )
    item = note()
    item.values[0x0E07] = READ | FROM_ME
    yield _one("sent-item", msg_file(item), "a sent item")
    item = note()
    item.values[0x0E07] = READ | UNSENT
    item.recipients.clear()
    yield _one("draft", msg_file(item), "a draft without recipients")


def _nested() -> Iterator[Sample]:
    inner = note("Allegato", attachments=[Attachment(mail.PDF, mail.PDF_NAME, "application/pdf")])
    item = note(attachments=[Attachment(inner, "Allegato", method=5)])
    yield _one(
        "embedded-message", msg_file(item), "a message embedded, with a PDF of its own", {mail.PDF_NAME: mail.PDF}
    )
    attached = mail.message(
        "outlook-in-eml",
        "I: Offerta",
        mail.text(),
        mail.attachment("offerta.msg", "application/vnd.ms-outlook", msg_file(inner)),
    )
    item = note(attachments=[Attachment(attached, "inoltro.eml", "message/rfc822")])
    yield _one(
        "msg-in-eml-in-msg", msg_file(item), "an .eml attached that has a .msg attached", {mail.PDF_NAME: mail.PDF}
    )
    link = Attachment(None, "listino.xlsx", method=7, more={0x370D: "https://example.org/listino.xlsx"})
    yield _one("web-reference", msg_file(note(attachments=[link])), "an attachment that is only a link")
    bare = Attachment(b"GIF89a", None, "image/gif", more={0x7FFE: True, 0x3712: "logo@example.org"})
    yield _one("nameless-attachment", msg_file(note(attachments=[bare])), "a hidden attachment without a name")


def _damaged() -> Iterator[Sample]:
    sound = msg_file(note(attachments=[Attachment(mail.PDF * 10, mail.PDF_NAME, "application/pdf")]))
    yield _one("cut-off", sound[: len(sound) // 2], "cut off in the middle")
    yield _one("damaged-header", _poke(sound, 30, "<H", 31), "a sector size that cannot be")
    yield _one(
        "no-message", write(nodes({"WordDocument": b"\xec\xa5" * 100})), "a compound file that is no Outlook item"
    )
    directory = nodes(Writer(note()).tree(), CLSID)
    first = len(directory)
    directory += [Node(f"s{at:04}", 2, right=first + at + 1) for at in range(300)]
    directory[-1].right, directory[0].child = directory[0].child, first
    yield _one(
        "long-directory", write(directory), "300 entries in one row: a directory that must not be walked by recursion"
    )
    directory = nodes(Writer(note()).tree(), CLSID)
    directory[-1].right = directory[0].child
    yield _one("directory-cycle", write(directory), "a directory that leads back to its beginning")
    depth = note("In fondo")
    for _ in range(52):
        depth = Item(attachments=[Attachment(depth, method=5)])
    yield _one("embedded-52-deep", msg_file(depth), "messages embedded one in another beyond the limit")
    parts = [Attachment(b"", f"copia-{at}.bin", "application/octet-stream") for at in range(20)]
    directory = nodes(Writer(note(attachments=parts)).tree(), CLSID)
    directory.append(Node("vero", 2, bytes(16_384), right=directory[0].child))
    directory[0].child = len(directory) - 1
    whole = bytearray(write(directory))
    for node in directory:
        if node.name == "__substg1.0_37010102":
            node.start, node.size = directory[-1].start, directory[-1].size
    at = (struct.unpack_from("<I", whole, 48)[0] + 1) * 512
    whole[at : at + 128 * len(directory)] = b"".join(node.pack() for node in directory)
    yield _one("shared-sectors", bytes(whole), "twenty attachments that are all the same sectors")


def _poke(data: bytes, at: int, kind: str, value: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into(kind, changed, at, value)
    return bytes(changed)


def samples() -> Iterator[Sample]:
    """Yield the Outlook items."""
    yield from _plain()
    yield from _pec()
    yield from _protected()
    yield from _kinds()
    yield from _nested()
    yield from _damaged()
    attached = mail.attachment(
        "offerta.msg",
        "application/vnd.ms-outlook",
        msg_file(item_of(clear_signed(transport("pec-transport-envelope", JAVA)))),
    )
    data = mail.message("outlook-attached-to-eml", "I: POSTA CERTIFICATA: Ordine", mail.text(), attached)
    yield Sample("outlook-attached-to-eml.eml", data, "ordinary mail with a PEC attached as a .msg file", "outlook")
