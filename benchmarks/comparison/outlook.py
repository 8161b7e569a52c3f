"""Outlook items (.msg): the items that are read, and their readers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from comparison.cases import TOOLS, Case, ordinary, pec_envelope
from comparison.readers import FLOOR, PECDETECT, READERS, Reader

if TYPE_CHECKING:
    from pathlib import Path

    from comparison.readers import Read

READ = "extract-msg, attachments read"


def _samples() -> Any:
    if str(TOOLS) not in sys.path:
        sys.path.insert(0, str(TOOLS))
    from samples import msg

    return msg


def _ordinary(size: int, *names: str) -> bytes:
    """Text, HTML and attachments of ``size`` bytes each."""
    msg = _samples()
    data: bytes = msg.msg_file(msg.item_of(ordinary(size, *names)))
    return data


def _pec() -> bytes:
    msg = _samples()
    data: bytes = msg.msg_file(msg.item_of(pec_envelope()))
    return data


PAIR = ("offerta.pdf", "disegni.pdf")
OUTLOOK_CASES = (
    Case("msg", ".msg, 30 kB: text, HTML, two attachments", PAIR, lambda: _ordinary(10_000, *PAIR), ".msg"),
    Case("msg-large", ".msg, 20 MB: text, HTML, two attachments", PAIR, lambda: _ordinary(10_000_000, *PAIR), ".msg"),
    Case("msg-pec", ".msg, PEC: transport envelope, one attachment of 5 MB", ("progetto.pdf",), _pec, ".msg"),
)


def _extract_msg(*, delayed: bool) -> Read:
    import extract_msg

    def read(path: Path) -> list[str]:
        msg: Any
        with extract_msg.openMsg(path, delayAttachments=delayed) as msg:
            _ = msg.subject, msg.sender
            if delayed:
                return []
            return [name for attached in msg.attachments if (name := attached.longFilename or attached.shortFilename)]

    return read


def _oxmsg() -> Read:
    from oxmsg import Message

    def read(path: Path) -> list[str]:
        message = Message.load(str(path))
        _ = message.subject, message.sender
        return [name for attached in message.attachments if (name := attached.file_name) and attached.file_bytes]

    return read


def _olefile(*, streams: bool) -> Read:
    import olefile

    def read(path: Path) -> list[str]:
        with olefile.OleFileIO(path) as file:
            names = file.listdir()
            if streams:
                for name in names:
                    file.openstream(name).read()
        return []

    return read


OUTLOOK_READERS = (
    *[reader for reader in READERS if reader.name == PECDETECT],
    Reader(READ, "extract_msg", "extract-msg", lambda: _extract_msg(delayed=False)),
    Reader("extract-msg, attachments delayed", "extract_msg", "extract-msg", lambda: _extract_msg(delayed=True)),
    Reader("python-oxmsg", "oxmsg", "python-oxmsg", _oxmsg),
    Reader("olefile, every stream read", "olefile", "olefile", lambda: _olefile(streams=True)),
    Reader("olefile, directory alone", "olefile", "olefile", lambda: _olefile(streams=False)),
    *[reader for reader in READERS if reader.name == FLOOR],
)
"""The last three name no attachments: they are what reading alone costs."""
NAMELESS = frozenset(
    ["extract-msg, attachments delayed", "olefile, every stream read", "olefile, directory alone", FLOOR]
)
