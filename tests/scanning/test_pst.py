"""Outlook data files: every item of every folder, its properties as they are, read by what reads .msg files."""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import pecdetect
from pecdetect.limits import Limits
from pecdetect.parsing.outlook.properties import INTERNET_HEADERS
from pecdetect.scanning.errors import SourceError
from pecdetect.scanning.sources import pst
from pecdetect.scanning.sources.candidate import Candidate
from pecdetect.scanning.sources.pst import PstItem, expand_pst
from pecdetect.scanning.sources.pst_items import ItemWriter
from pecdetect.scanning.sources.sources import expand
from support.corpus import CORPUS
from support.exports import found, mail


@dataclass
class Entry:
    entry_type: int | None
    value_type: int | None
    content: bytes | None

    @property
    def data(self) -> bytes | None:
        if self.content == b"broken":
            raise OSError("libpff_record_entry: no. More of it.")
        return self.content


@dataclass
class Row:
    entries: list[Entry]


@dataclass
class Rows:
    record_sets: list[Row]


@dataclass
class Attachment(Rows):
    content: bytes | None = None
    declared: int | None = None
    item: Message | None = None
    at: int = 0

    @property
    def size(self) -> int:
        if self.content is None:
            raise OSError("no data")
        return len(self.content) if self.declared is None else self.declared

    def read_buffer(self, most: int) -> bytes:
        data = (self.content or b"")[self.at : self.at + most]
        self.at += len(data)
        return data

    @property
    def number_of_sub_items(self) -> int:
        return int(self.item is not None)

    def get_sub_item(self, _: int) -> Message:
        assert self.item is not None
        return self.item


@dataclass
class Message(Rows):
    """What the library gives for an item, as far as it is used."""

    recipients: Rows | None = None
    attached: list[Attachment] = field(default_factory=list)
    identifier: int = 0x200024

    @property
    def number_of_attachments(self) -> int:
        return len(self.attached)

    def get_attachment(self, index: int) -> Attachment:
        return self.attached[index]


def text(ident: int, value: str) -> Entry:
    return Entry(ident, 0x1F, value.encode("utf-16-le"))


def number(ident: int, value: int) -> Entry:
    return Entry(ident, 0x0003, struct.pack("<I", value))


def note(*more: Entry, subject: str = "Nota", attached: list[Attachment] | None = None) -> Message:
    entries = [
        text(0x001A, "IPM.Note"),
        text(0x0037, f"\x01\x01{subject}"),
        text(0x0C1F, "anna@example.org"),
        text(0x0C1E, "SMTP"),
        number(0x0E07, 1),
        Entry(0x0039, 0x0040, struct.pack("<Q", 133_848_000_000_000_000)),
        Entry(0x0E1B, 0x000B, b"\x01"),
        Entry(0x65E2, 0x0102, b"key"),
        Entry(None, None, b""),
        Entry(0x8020, 0x1003, b"many"),
    ]
    row = [text(0x3002, "SMTP"), text(0x3003, "crm@example.com"), text(0x3001, "CRM"), number(0x0C15, 1)]
    return Message([Row([*more, *entries])], Rows([Row(row)]), attached or [])


def message(item: Message, names: dict[int, bytes] | None = None, limits: Limits | None = None) -> pecdetect.Message:
    return pecdetect.read(ItemWriter(names or {}, limits or Limits()).write(item))


def test_an_item_reads_as_a_msg() -> None:
    read = message(note(text(0x1000, "Ciao è")))
    assert read.container == "msg"
    assert [anomaly.code for anomaly in read.anomalies] == ["rebuilt-from-pst"]
    assert read.outlook is not None
    assert read.outlook.message_class == "IPM.Note"
    assert read.outlook.flags == 1
    values = {name: read.root.get(name.lower()) for name in ("From", "To", "Subject", "Date")}
    assert {name: value.value if value else None for name, value in values.items()} == {
        "From": "<anna@example.org>",
        "To": '"CRM" <crm@example.com>',
        "Subject": "Nota",
        "Date": "Sun, 23 Feb 2025 16:00:00 +0000",
    }
    (body,) = read.root.children
    assert body.decoded() == "Ciao è".encode()


def test_attachments_are_parts() -> None:
    pdf = Attachment(
        [Row([text(0x3707, "offerta.pdf"), number(0x3705, 1), text(0x370E, "application/pdf")])], b"%PDF-" * 900
    )
    empty = Attachment([Row([text(0x3707, "vuoto.txt"), number(0x3705, 1)])], b"")
    read = message(note(text(0x1000, "Ciao"), attached=[pdf, empty]))
    assert [(part.name, part.content_type, part.decoded()) for part in read.root.children[1:]] == [
        ("offerta.pdf", "application/pdf", b"%PDF-" * 900),
        ("vuoto.txt", "application/octet-stream", b""),
    ]


def test_a_signed_item_is_the_entity_that_was_sent() -> None:
    entity = (
        b'Content-Type: multipart/signed; boundary="b"; micalg=sha-256; protocol="application/pkcs7-signature"\r\n\r\n'
        b"--b\r\n" + mail(1) + b"\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nMA==\r\n--b--\r\n"
    )
    attached = Attachment([Row([text(0x3707, "smime.p7m"), number(0x3705, 1)])], entity)
    item = note(attached=[attached])
    item.record_sets[0].entries[0] = text(0x001A, "IPM.Note.SMIME.MultipartSigned")
    verdict = pecdetect.classify(ItemWriter({}, Limits()).write(item))
    assert [(each.kind, each.position) for each in verdict.smime] == [("clear-signed", "top")]


def test_attached_messages_nest_without_recursion() -> None:
    item = note(subject="in der Mitte")
    for depth in range(120):
        item = note(subject=f"{depth}", attached=[Attachment([Row([number(0x3705, 5)])], item=item)])
    read = message(item, limits=Limits(embedded=50))
    assert sum(part.message is not None for part in read.walk()) == 50


def test_a_message_that_the_library_does_not_give_is_told() -> None:
    read = message(note(attached=[Attachment([Row([number(0x3705, 5), text(0x3001, "Inoltrato")])])]))
    assert [anomaly.code for anomaly in read.anomalies] == ["rebuilt-from-pst", "outlook-missing-stream"]


def test_named_properties_keep_their_names() -> None:
    name = "X-Trasporto".encode("utf-16-le")
    names = {
        2: INTERNET_HEADERS,
        3: struct.pack("<IHH", 0, 3 << 1 | 1, 7),
        4: struct.pack("<I", len(name)) + name,
    }
    read = message(note(text(0x8007, "posta-certificata")), names)
    value = read.root.get("x-trasporto")
    assert value is not None
    assert value.value == "posta-certificata"


def test_properties_that_cannot_be_read() -> None:
    assert message(note(Entry(0x3FFA, 0x1F, b"broken"))).root.get("subject") is not None
    with pytest.raises(OSError, match="libpff_record_entry"):
        message(note(Entry(0x1000, 0x1F, b"broken")))


def test_sizes_are_bounded_and_believed_by_their_bytes() -> None:
    with pytest.raises(SourceError, match="limit for one message"):
        message(note(text(0x1000, "x" * 5000)), limits=Limits(message_bytes=4000))
    liar = Attachment([Row([number(0x3705, 1)])], b"x", 2**40)
    with pytest.raises(SourceError, match="shorter than its stated size"):
        message(note(attached=[liar]))


def test_the_stand_in_says_that_it_is_one() -> None:
    first = ItemWriter({}, Limits()).write(note())
    assert "pecdetect.rebuilt".encode("utf-16-le") in first
    assert first == ItemWriter({}, Limits()).write(note())
    assert [(a.code, a.severity) for a in pecdetect.read(first).anomalies] == [("rebuilt-from-pst", "low")]


# -- The library --


def test_without_the_library_the_result_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    (tmp_path / "mail.pst").write_bytes(b"!BDN" + bytes(600))
    (result,) = expand([tmp_path / "mail.pst"])
    assert not isinstance(result, Candidate)
    assert result.error is not None
    assert result.error.code == "missing-extra"
    assert "pecdetect[pst]" in result.error.detail


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    pytest.importorskip("pypff")
    (tmp_path / "mail.pst").write_bytes(b"!BDN" + bytes(600))
    assert found(tmp_path, below=tmp_path) == [("mail.pst", "unreadable")]


def crash(sender: Any, _: str) -> None:
    sender.send([pst._Line("Inbox", (0, 0), 36)])
    os._exit(9)


def fail(_: Any, __: str) -> None:
    os._exit(1)


def hang(sender: Any, _: str) -> None:
    sender.send([])
    time.sleep(600)


SCRIPT = """
import sys
print("begun")
from pecdetect.scanning.sources.sources import expand
print([result.error.code for result in expand(sys.argv[1:])])
"""


def test_a_script_needs_no_guard(tmp_path: Path) -> None:
    """The process that lists does not run the caller's program a second time."""
    pytest.importorskip("pypff")
    (tmp_path / "mail.pst").write_bytes(b"!BDN" + bytes(600))
    (tmp_path / "script.py").write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": str(Path(pecdetect.__file__).parents[1])}
    command = [sys.executable, str(tmp_path / "script.py"), str(tmp_path / "mail.pst")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)  # noqa: S603 - our own
    assert (done.stdout, done.stderr) == ("begun\n['unreadable']\n", "")


@pytest.mark.slow
def test_a_listing_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pypff")
    (tmp_path / "mail.pst").write_bytes(b"!BDN" + bytes(600))
    monkeypatch.setattr(pst, "_send", hang)
    monkeypatch.setattr(pst, "_SILENCE", 3)
    assert found(tmp_path / "mail.pst", below=tmp_path) == [("mail.pst", "timed-out")]


def test_a_crash_while_listing_costs_the_rest_of_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pypff")
    (tmp_path / "mail.pst").write_bytes(b"!BDN" + bytes(600))
    monkeypatch.setattr(pst, "_send", crash)
    first, second = expand([tmp_path / "mail.pst"])
    assert first.source == f"{tmp_path / 'mail.pst'}!/Inbox/36"
    assert not isinstance(second, Candidate)
    assert second.error is not None
    assert (second.error.code, second.error.facts["exit_code"]) == ("crashed", 9)


def test_a_process_that_never_began_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pypff")
    (tmp_path / "mail.pst").write_bytes(b"!BDN" + bytes(600))
    monkeypatch.setattr(pst, "_send", fail)
    assert found(tmp_path / "mail.pst", below=tmp_path) == [("mail.pst", "unreadable")]


# -- Real files --

REAL = {
    "testPST_variousBodyTypes.pst": 4,
    "file_pst": 8,
}


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
@pytest.mark.parametrize("name", REAL)
def test_real_files_give_all_items_that_their_node_index_has(name: str) -> None:
    """A second count that walks no folder: the nodes of messages (MS-PST 2.2.2.1) in the file's own index."""
    pytest.importorskip("pypff")
    (path,) = (CORPUS / "pst").rglob(name)
    items = list(expand_pst(str(path), name))
    assert all(isinstance(each, Candidate) and isinstance(each.place, PstItem) for each in items)
    idents = [each.place.ident for each in items if isinstance(each, Candidate) and isinstance(each.place, PstItem)]
    assert len(idents) == REAL[name]
    assert set(idents) == message_nodes(path.read_bytes())
    for each in items:
        assert isinstance(each, Candidate)
        assert pickle.loads(pickle.dumps(each)) == each  # noqa: S301 - our own
        loaded = each.load(Limits())
        verdict = pecdetect.classify(loaded)
        assert verdict.container == "msg"
        assert verdict.message.message_class == "IPM.Note"
        assert not [anomaly.code for anomaly in pecdetect.read(loaded).anomalies if anomaly.severity == "high"]


def message_nodes(data: bytes) -> set[int]:
    """The identifiers of messages in the leaves of the node B-tree of a Unicode file (MS-PST 2.2.2.7.7.4)."""
    found_nodes: set[int] = set()
    (root,) = struct.unpack_from("<Q", data, 0xE0)
    pending = [root]
    while pending:
        at = pending.pop()
        count, _, size, level = data[at + 488 : at + 492]
        for index in range(count):
            entry = at + index * size
            if level:
                pending.append(struct.unpack_from("<Q", data, entry + 16)[0])
            else:
                (ident,) = struct.unpack_from("<I", data, entry)
                if ident & 0x1F == 4:
                    found_nodes.add(ident)
    return found_nodes
