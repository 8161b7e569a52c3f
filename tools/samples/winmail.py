"""Messages around TNEF (``winmail.dat``), sound and hostile."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from . import mail, tnef
from .cms import Signing, enveloped_data, signed_data
from .model import Sample, base64_lines, entity, lines, multipart
from .msg import Attachment, Item, item_of, msg_file
from .outlook import note
from .pec_build import JAVA, clear_signed, transport
from .rights import CLASS, protected
from .smime import TEXT, WITH_PDF, clear_message, pkcs7_message, pkcs7_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

STRUCTURE = (b"content-type", b"content-transfer-encoding", b"content-disposition")
CORRELATOR = b"<tnef-1@mail.example.org>"
MEDIA = "application/pkcs7-mime"


def _one(name: str, data: bytes, shows: str, pieces: dict[str, bytes] | None = None) -> Sample:
    return Sample(f"outlook-tnef-{name}.eml", data, shows, "outlook", pieces or {})


def winmail(data: bytes, media: str = "application/ms-tnef") -> bytes:
    """Return a TNEF stream as a part."""
    fields = lines(
        f'Content-Type: {media}; name="winmail.dat"',
        "Content-Transfer-Encoding: base64",
        'Content-Disposition: attachment; filename="winmail.dat"',
    )
    return entity(fields, base64_lines(data))


def packed(data: bytes, content: bytes, *, alone: bool = False, correlator: bytes = b"") -> bytes:
    """Return a message whose content a TNEF stream holds: its header, and the stream alone or beside a text."""
    head = data.partition(b"\r\n\r\n")[0].replace(b"\r\n\t", b"\n\t").replace(b"\r\n ", b"\n ")
    rows = [row for row in head.split(b"\r\n") if row.partition(b":")[0].lower() not in STRUCTURE]
    if correlator:
        rows.append(b"X-MS-TNEF-Correlator: " + correlator)
    header = b"".join(row.replace(b"\n", b"\r\n") + b"\r\n" for row in rows)
    if alone:
        return header + winmail(content)
    kind = lines('Content-Type: multipart/mixed; boundary="tnef-1"')
    return entity(header + kind, multipart("tnef-1", [mail.text(), winmail(content)]))


def _sound() -> Iterator[Sample]:
    envelope = transport("tnef-pec", JAVA)
    signed = clear_signed(envelope)
    yield _one("pec", packed(signed, tnef.stream(item_of(signed))), "PEC transport envelope packed in TNEF")
    signed = clear_message("tnef-clear-signed", WITH_PDF)
    yield _one("clear-signed", packed(signed, tnef.stream(item_of(signed))), "clear-signed, packed in TNEF")
    sealed = pkcs7_message("tnef-encrypted", enveloped_data(TEXT), *pkcs7_rows(MEDIA, smime_type="enveloped-data"))
    content = tnef.stream(item_of(sealed), key=CORRELATOR + b"\0")
    data = packed(sealed, content, alone=True, correlator=CORRELATOR)
    yield _one("encrypted", data, "encrypted; TNEF is the whole body and names this message")
    opaque = pkcs7_message(
        "tnef-opaque-signed", signed_data(WITH_PDF, Signing()), *pkcs7_rows(MEDIA, smime_type="signed-data")
    )
    data = packed(opaque, tnef.stream(item_of(opaque), plain=True), alone=True)
    yield _one("opaque-signed", data, "opaque-signed; TNEF is the whole body and keeps the file as an attribute")
    managed = protected("tnef-rpmsg", CLASS)
    yield _one("rpmsg", packed(managed, tnef.stream(item_of(managed))), "rights-managed, packed in TNEF")
    inner = note("Allegato", attachments=[Attachment(mail.PDF, mail.PDF_NAME, "application/pdf")])
    item = note(attachments=[Attachment(mail.PDF, "copia.pdf"), Attachment(inner, "Allegato", method=5)])
    data = mail.message("tnef-attachments", "Offerta 7/2026", mail.text())
    yield _one("attachments", packed(data, tnef.stream(item)), "a PDF and a message with another one, packed in TNEF")
    data = mail.message("tnef-meeting", "Riunione", mail.text())
    content = tnef.stream(note("Riunione"), old_class="IPM.Microsoft Schedule.MtgReq")
    yield _one("meeting", packed(data, content), "meeting request, by the class in TNEF")
    data = mail.message("tnef-checksum", "Offerta 7/2026", mail.text())
    yield _one("checksum", packed(data, tnef.stream(note(), wrong=True)), "TNEF with wrong checksums, sound otherwise")


def _attached() -> Iterator[Sample]:
    data = mail.message("tnef-foreign", "I: Offerta", mail.text())
    content = tnef.stream(note(), key=CORRELATOR)
    yield _one("foreign", packed(data, content), "TNEF that belongs to another message, forwarded as a file")
    sealed = pkcs7_message("tnef-inner", enveloped_data(TEXT), *pkcs7_rows(MEDIA, smime_type="enveloped-data"))
    content = tnef.stream(item_of(sealed), key=CORRELATOR)
    data = mail.message("tnef-foreign-encrypted", "I: Offerta", mail.text())
    yield _one("foreign-encrypted", packed(data, content), "the same, and what it holds is encrypted")
    data = mail.message("tnef-attached", "I: Offerta", mail.text(), mail.attached_message(packed(sealed, content)))
    yield _one("attached", data, "an encrypted message packed in TNEF, attached as a message")
    item = note(attachments=[Attachment(tnef.stream(item_of(sealed)), "winmail.dat", "application/ms-tnef")])
    yield Sample("outlook-tnef-in-msg.msg", msg_file(item), "Outlook item with TNEF attached", "outlook")


def _damaged() -> Iterator[Sample]:
    content = tnef.stream(note(attachments=[Attachment(mail.PDF, mail.PDF_NAME)]))
    data = mail.message("tnef-cut-off", "Offerta 7/2026", mail.text())
    yield _one("cut-off", packed(data, content[: len(content) // 2], alone=True), "TNEF as the whole body, cut off")
    data = mail.message("tnef-length", "Offerta 7/2026", mail.text())
    lie = content[:6] + struct.pack("<BII", 1, tnef.PROPERTIES, 0xFFFFFFFF) + content[6:]
    yield _one("length", packed(data, lie), "TNEF with an attribute longer than the file")
    data = mail.message("tnef-signature", "Offerta 7/2026", mail.text())
    yield _one("signature", packed(data, b"\0" + content[1:]), "application/ms-tnef that is no TNEF")
    depth = note("In fondo")
    for _ in range(52):
        depth = Item(attachments=[Attachment(depth, method=5)])
    data = mail.message("tnef-52-deep", "Offerta 7/2026", mail.text())
    yield _one("52-deep", packed(data, tnef.stream(depth)), "messages embedded one in another beyond the limit")


def samples() -> Iterator[Sample]:
    """Yield the messages around TNEF."""
    yield from _sound()
    yield from _attached()
    yield from _damaged()
