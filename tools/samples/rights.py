"""Rights-managed mail (MS-OXORMMS) and sensitivity labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import mail
from .model import Sample, base64_lines, entity, lines, multipart
from .ordinary import simple
from .pec_build import JAVA, identifier, original_header, sample, transport
from .pec_model import Facts

if TYPE_CHECKING:
    from collections.abc import Iterator

MEDIA = "application/x-microsoft-rpmsg-message"
MAGIC = bytes.fromhex("76e80460c411e386a00f00000010" "0000")  # fmt: skip
RPMSG = MAGIC + bytes.fromhex("a00f0000 18000000 7801") + bytes(range(200, 256)) * 4
"""The prefix of a rights-managed message, and bytes that nobody can open."""
BOILERPLATE = mail.text(
    lines(
        "Messaggio protetto con Microsoft Information Protection.",
        "Serve un programma di posta che gestisca i diritti per leggerlo.",
    )
)
CLASS = "Content-Class: rpmsg.message"


def _one(name: str, data: bytes, shows: str, pieces: dict[str, bytes] | None = None) -> Sample:
    return Sample(f"rights-{name}.eml", data, shows, "rights", pieces or {})


def _insert(data: bytes, *rows: str) -> bytes:
    return data.replace(b"MIME-Version", lines(*rows) + b"MIME-Version", 1)


def protected(label: str, *rows: str, name: str = "message.rpmsg", media: str = MEDIA, blob: bytes = RPMSG) -> bytes:
    """Return a mail with this attachment and these fields."""
    data = mail.message(label, "Riservato", BOILERPLATE, mail.attachment(name, media, blob))
    return _insert(data, *rows) if rows else data


def samples() -> Iterator[Sample]:
    """Yield rights-managed mail, labels and near misses."""
    octets = "application/octet-stream"
    full = protected("rights-rpmsg", CLASS)
    rows = (
        ("rpmsg", full, "rights-managed: Content-Class, type, name and magic"),
        (
            "rpmsg-v2", protected("rights-rpmsg-v2", name="message_v2.rpmsg"),
            "rights-managed: message_v2.rpmsg, no Content-Class",
        ),
        (
            "rpmsg-v4", protected("rights-rpmsg-v4", CLASS, name="message_v4.rpmsg", media=octets),
            "rights-managed: message_v4.rpmsg as octet-stream, Content-Class",
        ),
        (
            "rpmsg-octet-stream", protected("rights-rpmsg-octet-stream", media=octets),
            "rights-managed: name and magic, as octet-stream",
        ),
        (
            "rpmsg-mixed-case",
            protected(
                "rights-rpmsg-mixed-case", "content-class: RPMSG.Message", name="Message.RPMSG", media=MEDIA.title()
            ),
            "rights-managed: names in odd letter case",
        ),
        (
            "name-only", protected("rights-name-only", media=octets, blob=b"appunti\r\n"),
            "a file named message.rpmsg, nothing else",
        ),
        (
            "type-only", protected("rights-type-only", name="appunti.bin", blob=b"appunti\r\n"),
            "a part of the rights-management type, nothing else",
        ),
        (
            "magic-only", protected("rights-magic-only", name="dati.bin", media=octets),
            "a part that begins with the magic, nothing else",
        ),
        (
            "content-class-only", _insert(simple("rights-content-class-only", "Nota", "Ciao"), CLASS),
            "Content-Class rpmsg.message on a plain text",
        ),
        (
            "other-rpmsg-name",
            protected("rights-other-rpmsg-name", name="appunti.rpmsg", media=octets, blob=b"appunti\r\n"),
            "a file with the extension .rpmsg and another name",
        ),
    )  # fmt: skip
    for name, data, shows in rows:
        yield _one(name, data, shows)
    label = "msip_labels: MSIP_Label_3de9faa6-9fe1-49b3-9a08-227a296b54a6_Enabled=true;"
    more = "\tMSIP_Label_3de9faa6-9fe1-49b3-9a08-227a296b54a6_Name=Interno;"
    data = _insert(simple("rights-label", "Nota interna", "Ciao"), label, more)
    yield _one("label", data, "sensitivity label without protection")
    yield _one(
        "label-with-rpmsg",
        protected("rights-label-with-rpmsg", label, more, CLASS),
        "sensitivity label on a rights-managed mail",
    )
    data = mail.message("rights-attached", "I: Riservato", mail.text(), mail.attached_message(full))
    yield _one("attached", data, "ordinary mail with a rights-managed message attached", {"messaggio.eml": full})
    facts = Facts(identifier("pec-postacert-rpmsg", JAVA), receipt="completa")
    fields = original_header(facts, JAVA) + lines(CLASS, 'Content-Type: multipart/mixed; boundary="rm-1"')
    inner = entity(fields, multipart("rm-1", [BOILERPLATE, mail.attachment("message.rpmsg", MEDIA, RPMSG)]))
    envelope = transport("pec-postacert-rpmsg", JAVA, inner)
    yield sample(envelope, "transport envelope whose original is rights-managed: a forward stays unreadable")
    html = mail.attachment("message.html", "text/html", b"<p>Apri nel browser</p>\n")
    data = mail.message("rights-html-name-only", "Nota", mail.text(), html)
    yield _one("html-name-only", data, "a harmless message.html attached")
    body = entity(
        lines("Content-Type: application/octet-stream; name=message.rpmsg", "Content-Transfer-Encoding: base64"),
        base64_lines(RPMSG),
    )
    data = mail.header("rights-rpmsg-alone", "Riservato", CLASS) + body
    yield _one("rpmsg-alone", data, "rights-managed part as the whole body")
