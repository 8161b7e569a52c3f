"""TNEF: read to the byte, believed no further than it reaches, and taken for the message where a mailbox does so."""

from __future__ import annotations

import base64
import os
import random
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pecdetect
from pecdetect.limits import Limits
from samples import mail, tnef, winmail as group
from samples.msg import INTERNET_HEADERS, Attachment, Item, item_of
from samples.pec_build import JAVA, clear_signed, transport
from samples.winmail import CORRELATOR, packed, winmail
from support.corpus import CORPUS
from support.found import findings_of
from support.steps import steps

if TYPE_CHECKING:
    from pecdetect.parsing.message import Message
    from samples.model import Sample

SAMPLES = {sample.name: sample for sample in group.samples()}
ROOT = Path(__file__).parent.parent.parent.parent
REAL = CORPUS / "aux-tnef"
FLIPS = int(os.environ.get("PECDETECT_FLIPS", "200"))
TRUNCATIONS = 200
STEPS = 20_000
"""Lines of our own code that any file may cost, whatever its size."""
HEADER = mail.message("tnef-test", "Nota", mail.text())


def alone(data: bytes) -> bytes:
    return packed(HEADER, data, alone=True)


def read(data: bytes) -> Message:
    return pecdetect.read(alone(data))


def shape(message: Message) -> list[tuple[str, str, str | None]]:
    return [(part.section, part.content_type, part.name) for part in message.walk()]


def codes(message: Message) -> set[str]:
    return {anomaly.code for anomaly in message.anomalies}


def note(**values: Any) -> Item:
    return Item(values={0x0037: "Nota", 0x1000: "Ciao"}, **values)


# -- What is in it --


def test_bodies_and_attachments_become_parts_below_the_stream() -> None:
    message = pecdetect.read(SAMPLES["outlook-tnef-attachments.eml"].data)
    assert shape(message) == [
        ("", "multipart/mixed", None),
        ("1", "text/plain", None),
        ("2", "application/ms-tnef", "winmail.dat"),
        ("2/", "multipart/mixed", None),
        ("2/1", "text/plain", None),
        ("2/2", "application/octet-stream", "copia.pdf"),
        ("2/3", "message/rfc822", "Allegato"),
        ("2/3/", "multipart/mixed", None),
        ("2/3/1", "text/plain", None),
        ("2/3/2", "application/pdf", "offerta.pdf"),
    ]
    parts = {part.section: part for part in message.walk()}
    assert parts["2/2"].decoded() == parts["2/3/2"].decoded() == mail.PDF
    assert parts["2/1"].decoded() == mail.TEXT
    assert {field.name: field.text for field in parts["2/3/"].fields}["subject"] == "Allegato"
    assert message.anomalies == []


def test_places_count_in_the_decoded_stream() -> None:
    message = pecdetect.read(SAMPLES["outlook-tnef-attachments.eml"].data)
    parts = {part.section: part for part in message.walk()}
    content = parts["2"].decoded()
    place = parts["2/2"].evidence()
    assert place.stream == "decoded:2"
    assert content[place.start : place.end] == mail.PDF
    name = parts["2/2"].field_evidence("content-disposition")
    assert content[name.start : name.end].decode("utf-16-le") == "copia.pdf\0"
    body = parts["2/1"].evidence()
    assert content[body.start : body.end].decode("utf-16-le") == mail.TEXT.decode()


@pytest.mark.parametrize("plain", [False, True])
def test_files_stand_in_properties_or_in_attributes(plain: bool) -> None:  # noqa: FBT001
    item = note(attachments=[Attachment(b"uno", "uno.txt", "text/csv"), Attachment(b"due", "perché.txt")])
    message = read(tnef.stream(item, plain=plain))
    leaves = [(part.name, part.content_type, part.decoded()) for part in message.walk() if part.section[-1:].isdigit()]
    assert leaves[1:] == [("uno.txt", "text/csv", b"uno"), ("perché.txt", "application/octet-stream", b"due")]


def test_attributes_are_read_in_the_code_page_of_the_stream() -> None:
    content = tnef.SIGNATURE + b"\1\0"
    for ident, data in (
        (tnef.CODE_PAGE, struct.pack("<II", 1251, 0)),
        (tnef.SUBJECT, "Заказ".encode("cp1251") + b"\0"),
        (tnef.BODY, "Привет".encode("cp1251") + b"\0"),
    ):
        content += tnef.attribute(tnef.MESSAGE, ident, data)
    message = read(content)
    root = message.root.message
    assert root is not None
    assert [field.text for field in root.get_all("subject")] == ["Заказ"]
    assert root.children[0].decoded().decode() == "Привет"
    place = root.children[0].evidence()
    assert (place.start, place.end) == (content.index("Привет".encode("cp1251")), len(content) - 3)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("IPM.Microsoft Mail.Note", "IPM.Note", "email"),
        ("IPM.MICROSOFT MAIL.NON-DELIVERY", "REPORT.IPM.Note.NDR", "report"),
        ("IPM.Microsoft Schedule.MtgRespP", "IPM.Schedule.Meeting.Resp.Pos", "meeting"),
        ("IPM.Contact", "IPM.Contact", "other-item"),
    ],
)
def test_old_classes_are_those_of_today(old: str, new: str, kind: str) -> None:
    item = findings_of(alone(tnef.stream(note(), old_class=old))).envelope
    assert (item.message_class, item.kind) == (new, kind)


def test_the_header_of_the_message_is_its_own() -> None:
    """Sender and recipients are those of the MIME header, not those that TNEF repeats."""
    verdict = pecdetect.classify(alone(tnef.stream(Item(values={0x0037: "Altro", 0x5D01: "altra@example.com"}))))
    assert verdict.message.from_ == "anna.esempio@example.org"
    assert verdict.message.subject == "Nota"
    assert {reason.code for reason in verdict.reasons} == {"tnef"}


# -- What it stands for --


def essence(verdict: dict[str, Any], prefix: str) -> dict[str, Any]:
    pec = {key: value for key, value in verdict["pec"].items() if key not in ("claimed_by", "checks")}
    for key in ("daticert", "postacert"):
        pec[key] = pec[key].removeprefix(prefix)
    codes = [reason["code"] for reason in verdict["reasons"] if reason["code"] != "tnef"]
    return {"outcome": verdict["outcome"], "reasons": codes, "pec": pec}


@pytest.mark.parametrize("is_alone", [False, True])
def test_a_pec_packed_in_tnef_is_the_same_pec(is_alone: bool) -> None:  # noqa: FBT001
    signed = clear_signed(transport("tnef-pec", JAVA))
    inside = pecdetect.classify(packed(signed, tnef.stream(item_of(signed)), alone=is_alone)).to_dict()
    plain = pecdetect.classify(signed).to_dict()
    assert essence(inside, "/" if is_alone else "2/") == essence(plain, "")
    assert [check["result"] for check in inside["pec"]["checks"]] == (
        [check["result"] for check in plain["pec"]["checks"]]
        if is_alone
        else [check["result"].replace("pass", "warn") if check["id"] == "A18" else check["result"]
              for check in plain["pec"]["checks"]]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind", "position", "outcome"),
    [
        ("pec", "clear-signed", "top", "blocked"),
        ("clear-signed", "clear-signed", "top", "undetermined"),
        ("encrypted", "encrypted", "top", "blocked"),
        ("opaque-signed", "opaque-signed", "top", "blocked"),
        ("attached", "encrypted", "nested", "syncs"),
        ("foreign-encrypted", "encrypted", "nested", "undetermined"),
    ],
)
def test_what_is_protected_in_it(name: str, kind: str, position: str, outcome: str) -> None:
    verdict = pecdetect.classify(SAMPLES[f"outlook-tnef-{name}.eml"].data)
    assert [(entity.kind, entity.position) for entity in verdict.smime] == [(kind, position)]
    assert verdict.outcome.value == outcome


def test_rights_managed_content_is_the_message_itself() -> None:
    verdict = pecdetect.classify(SAMPLES["outlook-tnef-rpmsg.eml"].data)
    assert [(right.kind, right.position) for right in verdict.rights] == [("rpmsg", "top")]


@pytest.mark.parametrize(
    ("key", "field", "own"),
    [
        (None, b"", True),
        (b"", b"", True),
        (CORRELATOR, CORRELATOR, True),
        (CORRELATOR + b"\0", CORRELATOR.strip(b"<>"), True),
        (b"<tnef-test@mail.example.org>\0", b"", True),
        (CORRELATOR, b"", False),
        (CORRELATOR, b"<other@mail.example.org>", False),
    ],
)
def test_a_key_tells_whose_stream_it_is(key: bytes | None, field: bytes, own: bool) -> None:  # noqa: FBT001
    data = tnef.stream(note(), key=key)
    message = pecdetect.read(packed(HEADER, data, correlator=field))
    assert (message.analysed is not None) == own
    assert (message.outlook is not None) == own
    assert pecdetect.read(packed(HEADER, data, alone=True, correlator=field)).analysed is not None


def test_one_stream_stands_for_a_message_and_only_directly_in_it() -> None:
    data = winmail(tnef.stream(note()))
    message = pecdetect.read(mail.message("tnef-two", "Nota", data, data))
    assert message.analysed is not None
    assert message.analysed.section == "1/"
    for part in (mail.mixed("deep", data), mail.attached_message(alone(tnef.stream(note())))):
        message = pecdetect.read(mail.message("tnef-deep", "Nota", mail.text(), part))
        assert message.analysed is None
        assert any(part.section.endswith("/1") for part in message.walk())


@pytest.mark.parametrize("media", ["application/ms-tnef", "application/vnd.ms-tnef", "application/octet-stream"])
def test_type_or_content_tell_what_it_is(media: str) -> None:
    data = winmail(tnef.stream(note()), media)
    assert pecdetect.read(mail.message("tnef-type", "Nota", mail.text(), data)).analysed is not None


def test_attachments_are_those_that_a_mailbox_shows() -> None:
    verdict = pecdetect.classify(SAMPLES["outlook-tnef-attachments.eml"].data).to_dict()
    assert [(entry["part"], entry["name"]) for entry in verdict["attachments"]] == [
        ("2/2", "copia.pdf"),
        ("2/3", "Allegato"),
    ]
    verdict = pecdetect.classify(SAMPLES["outlook-tnef-foreign.eml"].data).to_dict()
    assert [entry["name"] for entry in verdict["attachments"]] == ["winmail.dat"]


def test_a_signed_message_kept_as_a_file_of_no_type_is_read() -> None:
    signed = clear_signed(transport("tnef-pec", JAVA))
    content = b"Content-Type: " + signed.partition(b"Content-Type: ")[2]
    item = note(attachments=[Attachment(content, "smime.p7m", "application/octet-stream")])
    verdict = pecdetect.classify(alone(tnef.stream(item)))
    assert [(entity.kind, entity.position) for entity in verdict.smime] == [("clear-signed", "attachment")]
    item.message_class = ""
    verdict = pecdetect.classify(alone(tnef.stream(item)))
    assert [(entity.kind, entity.position) for entity in verdict.smime] == [("clear-signed", "top")]


# -- What is wrong with it --


def lied(level: int, ident: int, size: int, data: bytes = b"") -> bytes:
    sound = tnef.stream(note())
    return sound[:6] + struct.pack("<BII", level, ident, size) + data + sound[6:]


def listed(count: int, data: bytes = b"") -> bytes:
    return tnef.SIGNATURE + b"\1\0" + tnef.attribute(tnef.MESSAGE, tnef.PROPERTIES, struct.pack("<I", count) + data)


def deep(levels: int) -> bytes:
    data = tnef.stream(note())
    for _ in range(levels):
        content = tnef.MESSAGE_INTERFACE + data
        row = struct.pack("<IHHII", 1, tnef.OBJECT, 0x3701, 1, len(content)) + content + bytes(-len(content) % 4)
        # The sum of the bytes is not looked at: a thousand of them would take the test more than the reader.
        data = tnef.SIGNATURE + b"\1\0" + struct.pack("<BII", 2, tnef.ATTACHMENT_PROPERTIES, len(row)) + row + b"\0\0"
    return data


MANY = struct.pack("<HHI", 3, 0x0E07, 1)
NAMED = struct.pack("<HH", 0x1F, 0x8000) + INTERNET_HEADERS + struct.pack("<II", 1, 0xFFFFFFFF)
DAMAGED = {
    "signature alone": tnef.SIGNATURE,
    "signature and key": tnef.SIGNATURE + b"\1\0",
    "no signature": b"\0" * 100,
    "length beyond the end": lied(1, tnef.PROPERTIES, 0xFFFFFFFF),
    "length beyond the end, of an attachment": lied(2, tnef.DATA, 0x7FFFFFFF),
    "level 7": lied(7, tnef.BODY, 4, b"Ciao\0\0"),
    "2^32 properties": listed(0xFFFFFFFF, MANY * 4),
    "a string longer than all": listed(1, struct.pack("<HHII", 0x1F, 0x37, 1, 0xFFFFFFFF)),
    "2^32 strings": listed(1, struct.pack("<HHI", 0x101F, 0x37, 0xFFFFFFFF) + bytes(40)),
    "2^32 numbers": listed(1, struct.pack("<HHI", 0x1003, 0x37, 0xFFFFFFFF) + bytes(40)),
    "a type that nobody knows": listed(1, struct.pack("<HHI", 0x77, 0x37, 1)),
    "a name longer than all": listed(1, NAMED),
    "2^32 recipients": lied(1, tnef.RECIPIENTS, 8, struct.pack("<II", 0xFFFFFFFF, 1)),
    "a property that breaks off": listed(1, b"\3\0"),
    "noise": tnef.SIGNATURE + random.Random(4).randbytes(50_000),
}
HOSTILE = DAMAGED | {
    "a thousand messages, one in another": deep(1000),
    "10^6 properties": listed(1_000_000, MANY * 1_000_000),
    "10^6 attributes": tnef.SIGNATURE + b"\1\0" + tnef.attribute(1, tnef.CODE_PAGE, b"") * 1_000_000,
    "10^5 attachments": tnef.SIGNATURE + b"\1\0" + tnef.attribute(2, tnef.REND_DATA, b"") * 100_000,
    "10^5 strings of none": listed(1, struct.pack("<HHI", 0x101F, 0x37, 100_000) + bytes(400_000)),
    "an object that is no message": tnef.stream(note())
    + tnef.attribute(2, tnef.ATTACHMENT_PROPERTIES, struct.pack("<IHHII", 1, tnef.OBJECT, 0x3701, 1, 20) + b"x" * 20),
    "a message that is none": tnef.stream(note())
    + tnef.attribute(
        2,
        tnef.ATTACHMENT_PROPERTIES,
        struct.pack("<IHHII", 1, tnef.OBJECT, 0x3701, 1, 20) + tnef.MESSAGE_INTERFACE + b"xxxx",
    ),
}


HARMLESS = {"an object that is no message", "10^5 strings of none"}
"""Odd, but read to the end."""


@pytest.mark.slow
@pytest.mark.no_cover  # what they run through is covered by the other tests
@pytest.mark.usefixtures("little_stack")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_streams_get_a_verdict(name: str) -> None:
    data = alone(HOSTILE[name])
    assert steps(lambda: pecdetect.classify(data)) < STEPS + 40 * len(data)
    verdict = pecdetect.classify(data)
    assert verdict.outcome.value != "blocked"
    assert (verdict.outcome.value == "syncs") == (name in HARMLESS)


@pytest.mark.parametrize("name", DAMAGED)
@pytest.mark.parametrize("beside", [False, True])
def test_a_damaged_stream_that_is_the_message_is_not_opened(name: str, beside: bool) -> None:  # noqa: FBT001
    verdict = pecdetect.classify(packed(HEADER, DAMAGED[name], alone=not beside))
    assert "tnef-damaged" in {anomaly.code for anomaly in verdict.anomalies}
    assert {"unopened-content", "tnef"} <= {reason.code for reason in verdict.reasons}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_stream_in_an_attached_message_is_not_the_message(name: str) -> None:
    data = mail.attached_message(alone(DAMAGED[name]))
    verdict = pecdetect.classify(mail.message("tnef-below", "Nota", mail.text(), data))
    assert verdict.outcome.value == "syncs"


def test_wrong_checksums_are_told_and_nothing_else() -> None:
    message = pecdetect.read(SAMPLES["outlook-tnef-checksum.eml"].data)
    assert [(anomaly.code, anomaly.severity) for anomaly in message.anomalies] == [("tnef-checksum", "low")]
    assert message.unopened == []


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 70_000])
def test_checksums_of_every_size_fit(size: int) -> None:
    data = b"\xff" * size
    assert codes(read(tnef.stream(note(attachments=[Attachment(data, "x.bin")]), plain=True))) == set()


def test_blanks_behind_the_last_attribute_are_nothing() -> None:
    assert codes(read(tnef.stream(note()) + b"\r\n\0\0")) == set()
    assert codes(read(tnef.stream(note()) + b"\r\nx\r\n")) == {"tnef-damaged"}


def test_embedded_messages_count_against_the_one_depth_limit() -> None:
    data = alone(deep(30))
    assert pecdetect.read(data).limits_hit == []
    message = pecdetect.read(data, limits=Limits(embedded=10))
    assert {hit.name for hit in message.limits_hit} == {"embedded"}
    message = pecdetect.read(data, limits=Limits(depth=9))
    assert {hit.name for hit in message.limits_hit} == {"depth"}
    message = pecdetect.read(data, limits=Limits(parts=7))
    assert {hit.name for hit in message.limits_hit} == {"parts"}


def test_the_decoded_bytes_count_against_the_one_budget() -> None:
    data = alone(tnef.stream(note(attachments=[Attachment(b"x" * 100_000, "x.bin")])))
    message = pecdetect.read(data, limits=Limits(decoded_factor=0, decoded_extra=50_000))
    assert {hit.name for hit in message.limits_hit} == {"decoded_bytes"}
    assert "tnef-damaged" in codes(message)


@pytest.mark.slow
@pytest.mark.no_cover  # what they run through is covered by the other tests
@pytest.mark.usefixtures("little_stack")
@pytest.mark.parametrize("sample", SAMPLES.values(), ids=lambda sample: sample.name)
def test_every_sample_cut_short_and_changed_gets_a_verdict(sample: Sample) -> None:
    chance = random.Random(sample.name)
    found = [part.decoded() for part in pecdetect.read(sample.data).walk() if part.name == "winmail.dat"]
    content = found[0] if found else sample.data
    for case in range(TRUNCATIONS + FLIPS):
        if case < TRUNCATIONS:
            changed = bytearray(content[: len(content) * case // TRUNCATIONS])
        else:
            changed = bytearray(content)
            for _ in range(chance.choice((1, 1, 2, 8, 64))):
                changed[chance.randrange(len(changed))] = chance.choice((0, 255, chance.randrange(256)))
        assert pecdetect.classify(alone(bytes(changed))).summary
        assert pecdetect.classify(sample.data[: len(sample.data) * case // (TRUNCATIONS + FLIPS)]).summary


@pytest.mark.parametrize("part", range(20))
def test_a_protected_stream_cut_short_never_syncs(part: int) -> None:
    signed = clear_signed(transport("tnef-pec", JAVA))
    data = tnef.stream(item_of(signed))
    verdict = pecdetect.classify(packed(signed, data[: len(data) * part // 20]))
    assert verdict.outcome.value != "syncs"


@pytest.mark.skipif(not REAL.is_dir(), reason="no corpus at hand (PECDETECT_CORPUS)")
def test_streams_of_real_messages_are_read() -> None:
    names = {}
    for path in sorted(REAL.rglob("*")):
        if path.is_file():
            head = (
                b"From: a@example.org\r\nContent-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            )
            message = pecdetect.read(head + base64.encodebytes(path.read_bytes()))
            names[path.name] = [part.name for part in message.walk() if part.name]
    assert names == {
        "bug52400-winmail-simple.dat": [],
        "bug52400-winmail-with-attachments.dat": ["scion_tc_2007_maintenanceguide.pdf", "Duke_Wave.png"],
        "oom.tnef": [],
        "quick-winmail.dat": ["quick.doc", "quick.html", "quick.pdf", "quick.txt", "quick.xml"],
    }
