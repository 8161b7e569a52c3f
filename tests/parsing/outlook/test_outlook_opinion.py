"""A second opinion on Outlook items: extract-msg sees the same class, subject and attachments."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pecdetect
from support.corpus import CORPUS
from support.each import for_each
from support.samples import all_samples

if TYPE_CHECKING:
    from pecdetect.parsing.message import Message

extract_msg = pytest.importorskip("extract_msg")

ROOT = Path(__file__).parent.parent.parent.parent
REAL = CORPUS / "msg"
SAMPLES = [*all_samples("*.msg"), *sorted(REAL.rglob("*.msg"))]
LEAST_COMPARED = 50
"""Of the project's own samples; the library refuses what is damaged, and what is no message."""


def opened(path: Path) -> Any:
    """What the library makes of a file; a reason to skip the test where it gives up."""
    logging.getLogger("extract_msg").setLevel(logging.CRITICAL)
    quiet = extract_msg.enums.ErrorBehavior.SUPPRESS_ALL
    try:
        msg = extract_msg.msg_classes.MSGFile(io.BytesIO(path.read_bytes()), errorBehavior=quiet)
        _ = msg.classType, msg.attachments, msg.stringEncoding
    except Exception as error:  # noqa: BLE001 - whatever it raises is its own affair
        pytest.skip(f"extract-msg gives up: {type(error).__name__}")
    return msg


def name_of(attachment: Any) -> str | None:
    strings = (attachment.getStringStream(f"__substg1.0_{ident}") for ident in ("3707", "3704", "3001"))
    name = next((string for string in strings if string), None)
    return name.replace("\0", "").strip() or None if name is not None else None


def ours(message: Message) -> list[tuple[str | None, int | None]]:
    """Names and sizes of the attachments; bodies have no Content-Disposition."""
    return [
        (part.name, None if part.message is not None and part.body_size == 0 else part.end - part.start)
        for part in message.root.children
        if part.get("content-disposition") is not None
    ]


def theirs(msg: Any) -> list[tuple[str | None, int | None]]:
    found = []
    for attachment in msg.attachments:
        data = attachment.getStream("__substg1.0_37010102")
        is_message = attachment.exists("__substg1.0_3701000D/__properties_version1.0")
        found.append((name_of(attachment), None if is_message else len(data or b"")))
    return found


def is_from_property(message: Message) -> bool:
    """Whether the subject is that of the Unicode property: code pages, and transport headers, may say otherwise."""
    return (message.root.field_evidence("subject").stream or "").endswith("__substg1.0_0037001F")


def plain(text: str | None) -> str:
    return " ".join((text or "").replace("\0", "").split())


@for_each(SAMPLES)
def test_the_library_sees_the_same(path: Path) -> None:
    message = pecdetect.read(path)
    if message.container != "msg" or message.unopened:
        return  # no Outlook item, or a damaged one
    with opened(path) as msg:
        assert message.outlook is not None
        assert (message.outlook.message_class or "").rstrip("\0") == (msg.classType or "").rstrip("\0")
        subject = message.root.get("subject")
        if subject is not None and is_from_property(message):
            assert plain(subject.text) == plain(msg.getStringStream("__substg1.0_0037"))
        if message.root.children and message.root.table.index.get(b"content-type") is None:
            assert ours(message) == theirs(msg)
        elif len(msg.attachments) == 1 and not message.root.children:
            assert message.root.end - message.root.start == theirs(msg)[0][1]


def test_enough_is_compared() -> None:
    sound = [path for path in all_samples("*.msg") if not pecdetect.read(path).unopened]
    assert len(sound) >= LEAST_COMPARED
