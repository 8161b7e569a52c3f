"""What is signed is opened once, before detectors look; after that, nothing changes the tree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pecdetect.detect import objects
from pecdetect.detect.attachments import find_attachments
from pecdetect.detect.cms import cms
from pecdetect.detect.envelope import read_envelope
from pecdetect.detect.pec.pec import find_pec
from pecdetect.detect.pgp import find_pgp
from pecdetect.detect.registered import find_systems
from pecdetect.detect.rights import find_rights
from pecdetect.detect.signed import open_signed
from pecdetect.detect.smime import find_smime
from pecdetect.detect.text import find_text_problems
from pecdetect.limits import Limits
from pecdetect.parsing.opening import open_message

if TYPE_CHECKING:
    from collections.abc import Callable

    from pecdetect.detect.signed import Signed
    from pecdetect.parsing.message import Message, Part

SAMPLES = Path(__file__).parent.parent.parent / "samples"
NAMES = (
    *("pec-transport-envelope", "pec-opaque-signed", "pec-delivery-completa", "smime-clear-signed"),
    *("smime-opaque-signed-no-parameters", "smime-encrypted", "pgp-mime-signed", "rights-rpmsg", "systems-cres"),
)


def read(name: str) -> Message:
    data = next(SAMPLES.rglob(f"{name}.eml")).read_bytes()
    return open_message(data, len(data), Limits())


DETECTORS: dict[str, Callable[[Message, Signed, list[Part]], object]] = {
    "smime": lambda message, signed, parts: find_smime(message, parts, signed.objects),
    "envelope": lambda message, _, parts: read_envelope(message, parts),
    "pec": lambda message, signed, parts: find_pec(message, signed, read_envelope(message, parts)),
    "attachments": lambda message, _, parts: find_attachments(message, parts, opened=None, size_threshold=1000),
    "pgp": lambda message, _, parts: find_pgp(message, parts),
    "rights": lambda message, _, parts: find_rights(message, parts),
    "systems": lambda message, _, parts: find_systems(message, parts),
    "text": lambda message, _, parts: find_text_problems(message, parts),
}


def found(name: str, order: list[str]) -> dict[str, object]:
    message = read(name)
    signed = open_signed(message)
    parts = message.walk()
    sections = [part.section for part in parts]
    seen = {detector: DETECTORS[detector](message, signed, parts) for detector in order}
    assert [part.section for part in message.walk()] == [part.section for part in parts] == sections
    return seen


@pytest.mark.parametrize("name", NAMES)
def test_detectors_find_the_same_in_any_order_and_leave_the_tree_as_it_is(name: str) -> None:
    order = list(DETECTORS)
    forwards = found(name, order)
    assert found(name, order[::-1]) == forwards
    assert found(name, order[4:] + order[:4]) == forwards


@pytest.mark.parametrize("name", ["pec-transport-envelope", "pec-opaque-signed", "smime-clear-signed"])
def test_each_object_is_read_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    times = 0
    read_cms = cms.read_cms

    def counted(data: bytes, limits: Limits) -> object:
        nonlocal times
        times += 1
        return read_cms(data, limits)

    monkeypatch.setattr(objects, "read_cms", counted)
    message = read(name)
    signed = open_signed(message)
    find_smime(message, message.walk(), signed.objects)
    find_pec(message, signed, read_envelope(message, message.walk()))
    assert times == len(signed.objects.held) + len(signed.objects.signatures) == 1


def test_what_is_signed_is_in_the_tree() -> None:
    message = read("pec-opaque-signed")
    before = len(message.walk())
    open_signed(message)
    assert len(message.walk()) > before
    assert message.root.message is not None


def test_where_there_is_no_message_nothing_is_opened() -> None:
    data = b"PK\x03\x04" + bytes(40)
    message = open_message(data, len(data), Limits())
    signed = open_signed(message)
    assert not signed.objects.held
    assert signed.envelopes.own is None
