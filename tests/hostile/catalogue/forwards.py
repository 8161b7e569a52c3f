"""A protected message inside another one: nothing is hidden, and what it is stays visible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hostile.catalogue.encoders import uuencoded
from hostile.catalogue.seeds import seeds
from samples import mail
from samples.model import base64_lines, entity, lines
from samples.msg import Attachment, msg_file
from samples.outlook import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hostile.catalogue.model import Seed


@dataclass(frozen=True, slots=True)
class Forward:
    """One way to pass a message on."""

    ident: str
    make: Callable[[Seed], bytes | None]


def _mixed(part: bytes) -> bytes:
    return mail.message("hostile-forward", "I: Offerta", mail.text(), part)


def _attached(media: str, name: str, *, coded: bool = False) -> Callable[[Seed], bytes | None]:
    def make(seed: Seed) -> bytes:
        rows = [f'Content-Type: {media}; name="{name}"', f'Content-Disposition: attachment; filename="{name}"']
        if coded:
            rows.append("Content-Transfer-Encoding: base64")
        return _mixed(entity(lines(*rows), base64_lines(seed.data) if coded else seed.data))

    return make


def _digest(seed: Seed) -> bytes:
    head = mail.header("hostile-forward", "Raccolta", 'Content-Type: multipart/digest; boundary="d"')
    return entity(head, b"--d\r\n\r\n" + seed.data + b"\r\n--d--\r\n")


def _twice(seed: Seed) -> bytes:
    return _mixed(mail.attached_message(_mixed(mail.attached_message(seed.data))))


def _loose(media: str, name: str) -> Callable[[Seed], bytes | None]:
    def make(seed: Seed) -> bytes | None:
        leaf = seed.leaf
        return _mixed(mail.attachment(name, media, leaf.payload or b"")) if leaf and leaf.is_cms else None

    return make


def _in_text(seed: Seed) -> bytes | None:
    leaf = seed.leaf
    if not leaf or not leaf.is_cms:
        return None
    head = mail.header("hostile-forward", "Allegato", "Content-Type: text/plain")
    return entity(head, b"In allegato:\r\n\r\n" + uuencoded(leaf.payload or b""))


def _in_item(seed: Seed) -> bytes:
    return msg_file(note(attachments=[Attachment(seed.data, "messaggio.eml", "message/rfc822")]))


FORWARDS = (
    Forward("rfc822", _attached("message/rfc822", "messaggio.eml")),
    Forward("rfc822-base64", _attached("message/rfc822", "messaggio.eml", coded=True)),
    Forward("global", _attached("message/global", "messaggio.u8msg")),
    Forward("octet-stream-eml", _attached("application/octet-stream", "messaggio.eml", coded=True)),
    Forward("octet-stream-eml-plain", _attached("application/octet-stream", "postacert.eml")),
    Forward("digest", _digest),
    Forward("twice", _twice),
    Forward("item", _in_item),
    Forward("loose-p7m", _loose("application/pkcs7-mime", "smime.p7m")),
    Forward("loose-octet-stream", _loose("application/octet-stream", "smime.p7m")),
    Forward("loose-document", _loose("application/pkcs7-mime", "contratto.pdf.p7m")),
    Forward("uuencoded-in-text", _in_text),
)


def mails(forward: Forward) -> Iterator[tuple[Seed, bytes]]:
    """The mails of one way, one for each seed that it fits."""
    for seed in seeds():
        data = forward.make(seed)
        if data is not None:
            yield seed, data
