"""What a file is by its first bytes; in doubt it may be a message, so that none is lost."""

from __future__ import annotations

import io

import pytest

from pecdetect.parsing.signatures import COMPOUND_FILE
from pecdetect.scanning.sources.compound_writer import Folder, write_compound
from pecdetect.scanning.sources.sniffing import HEAD, LONG_HEAD, has_property, is_clear, is_doubtful_compound, sniff
from support.exports import FROM, mail, mbox, tarred, zipped


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (mail(1), "x", "message"),
        (mbox(1), "x", "mbox"),
        (b"\xef\xbb\xbf\n" + FROM, "x", "mbox"),
        (zipped([("a", b"")]), "x", "zip"),
        (zipped([]), "x", "zip"),
        (tarred([("a", b"")]), "x", "tar"),
        (b"\x1f\x8b\x08\0", "x", "gzip"),
        (b"BZh91AY&SY", "x", "bzip2"),
        (b"BZhello", "x", "other"),
        (b"\xfd7zXZ\0", "x", "xz"),
        (b"!BDN", "x", "pst"),
        (b"Rar!\x1a\x07\0", "x", "other-archive"),
        (COMPOUND_FILE, "x", "message"),
        (b"", "x.eml", "other"),
        (b"", "x", "other"),
        # What only looks like mail.
        (b"\xde\x12\x04\x95\0\0\nMIME-Version: 1.0\nContent-Type: text/plain\n", "it.mo", "other"),
        (b"%PDF-1.7\nSubject: x\nFrom: y\n", "x", "other"),
        (b"// <!-- <mdb:mork:z v=1.4/> -->\n", "Inbox.msf", "other"),
        (b"Date: 2026-03-02\n\nNotes of the meeting\n", "notes.txt", "other"),
        (b"Dear all,\nDate: tomorrow\nSubject: none\n\n", "notes.txt", "other"),
        (b"date: 1\nname: x\n", "conf.yaml", "other"),
        (b"\x7fBIN\0\0\nFrom: a\nTo: b\nMessage-ID: c\n\n", "x", "other"),
        (b"Content-Type: none\n", "x", "other"),
        # What is in doubt for its name only.
        (b"Date: 2026-03-02\n\nNotes\n", "notes.eml", "message"),
        (b"Ciao", "x.msg", "message"),
        (b"\0\0\0", "x.eml", "message"),
        # Little, but mail.
        (b"From: a@example.org\nSubject: x\n\n", "x", "message"),
        (b"Content-Type: text/plain\n\nCiao", "x", "message"),
        (b"Content-Transfer-Encoding: 7bit\n\nCiao", "x", "message"),
        (b"garbage\nReceived: from x\n\n", "x", "message"),
        (b"RECEIVED : from x\r\n\r\n", "x", "message"),
        (b"1234\nSubject: x\nDate: y\n\n", "1.emlx", "message"),
        (b"1234  \nSubject: x\nDate: y\n\n", "1", "message"),
        (b">From x\nSubject: x\nDate: y\n\n", "1", "message"),
        (b"\n\n\nSubject: x\nDate: y\n\n", "1", "message"),
        (b"Subject: x\rDate: y\r\r", "1", "message"),
        ("Subject: x\nDate: y\n\n".encode("utf-16"), "1", "message"),
        ("Subject: x\nDate: y\n\n".encode("utf-16-be"), "1", "message"),
    ],
)
def test_heads(head: bytes, name: str, kind: str) -> None:
    assert sniff(head, name) == kind
    assert is_clear(head, name) or head == COMPOUND_FILE


def test_a_long_header_is_looked_at_further() -> None:
    padding = b"X-Padding: " + b"x" * 60 + b"\n"
    head = padding * (LONG_HEAD // len(padding))
    assert sniff(head[:HEAD], "x") == "message"
    assert not is_clear(head[:HEAD], "x")
    assert is_clear(head[:HEAD], "x.eml")
    assert sniff(head, "x", final=True) == "other"
    assert sniff(head[: HEAD * 2] + mail(1), "x", final=True) == "message"


@pytest.mark.parametrize(
    ("names", "expected"),
    [(("WordDocument", "1Table"), False), (("__substg1.0_001A001F", "x"), True), (("__SUBSTG1.0_001A001F",), True)],
)
def test_compound_files_are_told_by_the_names_in_them(names: tuple[str, ...], expected: bool) -> None:  # noqa: FBT001
    data = write_compound(Folder(streams=dict.fromkeys(names, b"x" * 5000)))
    assert has_property(io.BytesIO(data), len(data)) is expected
    assert not has_property(io.BytesIO(data), 100)
    assert is_doubtful_compound(data[:HEAD], "x.doc")
    assert not is_doubtful_compound(data[:HEAD], "x.MSG")
    assert not is_doubtful_compound(mail(1), "x.doc")


def test_a_property_across_two_reads_is_met() -> None:
    needle = "__substg1.0_".encode("utf-16-le")
    for at in (0, 5, len(needle) - 1, len(needle)):
        assert has_property(io.BytesIO(b"\1" * (1024 * 1024 - at) + needle), 2**30)
