"""mbox: every message, at its offset, whatever the dialect; every other way to split is told."""

from __future__ import annotations

import io
import json
import random
from typing import TYPE_CHECKING

import pytest

from pecdetect.scanning.sources import mbox as module
from pecdetect.scanning.sources.mbox import FileTape, Piece, SkippedFromLine, StreamTape, split
from support.corpus import CORPUS
from support.exports import FROM, found, mail, mbox

if TYPE_CHECKING:
    from pathlib import Path


def pieces(data: bytes) -> list[Piece | SkippedFromLine]:
    """Split as a file and as a stream, which must come to the same."""
    as_file = list(split(FileTape(io.BytesIO(data), 0, len(data))))
    assert list(split(StreamTape(io.BytesIO(data), 10**9))) == as_file
    return as_file


def texts(data: bytes) -> list[bytes]:
    return [data[each.start : each.end] for each in pieces(data) if isinstance(each, Piece)]


def doubts(data: bytes) -> list[SkippedFromLine]:
    return [each for each in pieces(data) if isinstance(each, SkippedFromLine)]


@pytest.mark.parametrize(
    "line",
    [
        b"From anna@example.org Mon Mar  2 09:11:12 2026",
        b"From anna at example.org  Mon Mar  2 09:11:12 2026",
        b"From - Mon Mar 02 09:11:12 2026",
        b"From MAILER-DAEMON Mon Mar  2 09:11 2026",
        b"From anna@example.org Mon Mar  2 09:11:12 +0100 2026",
        b"From anna@example.org Mon Mar  2 09:11:12 CET 2026 remote from relay",
        b"From anna@example.org Monday, March 2, 2026 09:11:12",
        b"From anna@example.org Mon, 2 Mar 2026 09:11:12 +0100",
        b"From anna@example.org 02-Mar-26 09:11",
        b"From anna@example.org 2026-03-02T09:11:12Z",
        b"From ",
    ],
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_from_lines_as_programs_write_them(line: bytes, end: bytes) -> None:
    data = FROM + mail(1) + b"\n" + line + b"\n" + mail(2) + b"\n"
    data = data.replace(b"\n", end)
    assert texts(data) == [mail(1).replace(b"\n", end), mail(2).replace(b"\n", end)]
    assert not doubts(data)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        # Prose, after an empty line or within a paragraph.
        (b"Ciao\n\nFrom here on it goes down.\nAnna\n", 0),
        (b"Ciao\nFrom anna with love\nNote: none\n", 0),
        # Quoted as mboxo and mboxrd do, and left as it stands.
        (b"Ciao\n\n>From anna@example.org Mon Mar  2 09:11:12 2026\nSubject: x\n", 0),
        (b"Ciao\n\n>>From anna@example.org Mon Mar  2 09:11:12 2026\nSubject: x\n", 0),
        # What might begin a message.
        (b"Ciao\n\nFrom here on: nothing\nNote: none\n", 1),
        (b"Ciao\nFrom anna@example.org Mon Mar  2 09:11:12 2026\nSubject: x\n", 1),
        (b"Ciao\n\nFrom anna@example.org Mon Mar  2 09:11:12 2026\nno field\n", 1),
        (b"Ciao\n\nFrom a\nX: y\n\nFrom b\nX: y\n", 2),
    ],
)
def test_lines_in_a_text(body: bytes, told: int) -> None:
    data = FROM + mail(1, body) + b"\n" + mbox(1)
    assert texts(data) == [mail(1, body), mail(0)]
    expected = [SkippedFromLine(0, data.index(b"\nFrom ", len(FROM)) + 1, told)] if told else []
    assert doubts(data) == expected


def test_a_from_line_in_a_body_that_looks_like_any_splits_at_its_offset() -> None:
    body = b"Ciao\n\n" + FROM + b"Subject: inner\n\nTesto\n"
    data = FROM + mail(1, body) + b"\n" + mbox(1)
    inner = data.index(FROM, 1)
    assert [each.line for each in pieces(data) if isinstance(each, Piece)] == [0, inner, data.rindex(FROM)]


def test_a_file_that_begins_without_a_date_is_split_without_one() -> None:
    line = b"From anna@example.org\n"
    assert texts(mbox(3, line=line)) == [mail(0), mail(1), mail(2)]


def with_length(length: int, body: bytes) -> bytes:
    return b"Subject: x\nContent-Length: %d\n\n%b" % (length, body)


@pytest.mark.parametrize("gap", [b"", b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [False, True])
def test_a_content_length_that_ends_at_a_from_line_or_the_end_is_believed(gap: bytes, last: bool) -> None:  # noqa: FBT001
    body = b"Ciao\n\n" + FROM + b"Subject: inner\n\nTesto\n"
    first = with_length(len(body), body)
    data = FROM + first + gap + (b"" if last else mbox(1))
    spans = [each for each in pieces(data) if isinstance(each, Piece)]
    assert [each.line for each in spans] == ([0] if last else [0, data.rindex(FROM)])
    assert doubts(data) == [SkippedFromLine(0, data.index(FROM, 1), 1)]


@pytest.mark.parametrize("length", [0, 1, 4, 7, 10**9, 10**15 - 1])
def test_a_content_length_that_lies_is_not_believed(length: int) -> None:
    data = FROM + with_length(length, b"Ciao\n") + b"\n" + mbox(1)
    assert texts(data) == [with_length(length, b"Ciao\n"), mail(0)]


def test_a_length_in_the_body_is_text() -> None:
    data = FROM + mail(1, b"Content-Length: 3\n\nabc\n") + b"\n" + mbox(2)
    assert len(texts(data)) == 3


@pytest.mark.parametrize("preface", [b"", b"\n", b"\r\n\r\n", b"\xef\xbb\xbf"])
def test_what_may_stand_in_front(preface: bytes) -> None:
    data = preface + mbox(2)
    assert [each.line for each in pieces(data) if isinstance(each, Piece)] == [
        len(preface), len(preface) + len(mbox(1)),
    ]  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"F", b"From ", b"From x", mail(1), b"x\n" + mbox(2), b"From " + b"x" * 5000])
def test_what_is_no_mbox_has_no_messages(data: bytes) -> None:
    assert pieces(data) == []


def test_odd_ends() -> None:
    assert texts(FROM) == [b""]
    assert texts(FROM + FROM) == [FROM]
    assert texts(FROM + b"\n" + mbox(1)) == [b"", mail(0)]
    assert texts(mbox(1).rstrip(b"\n")) == [mail(0).rstrip(b"\n")]
    assert texts(mbox(2) + b"From x Mon Mar  2 09:11:12 2026") == [
        mail(0), mail(1) + b"\nFrom x Mon Mar  2 09:11:12 2026",
    ]  # fmt: skip


def test_windows_cut_anywhere_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the size of a chunk: lines, empty lines and headers across its edges are met all the same."""
    chance = random.Random(7)
    bits = [FROM, b"\n", b"\r\n", b"From ", b"Subject: x\n", b"\nFrom ", b"x", mail(3), b"Content-Length: 21\n\n", FROM]
    for _ in range(60):
        data = FROM + b"".join(chance.choices(bits, k=chance.randrange(1, 40)))
        monkeypatch.setattr(module, "CHUNK", 4 * 1024 * 1024)
        monkeypatch.setattr(module, "_AHEAD", 66 * 1024)
        whole = list(split(FileTape(io.BytesIO(data), 0, len(data))))
        # A header is at most 40 bytes here, and a line 50.
        monkeypatch.setattr(module, "_AHEAD", 2000)
        for size in (1, 7, 64):
            monkeypatch.setattr(module, "CHUNK", size)
            assert list(split(FileTape(io.BytesIO(data), 0, len(data)))) == whole


def test_a_stream_keeps_the_beginning_of_what_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 1000)
    data = mbox(1) + FROM + mail(2, b"y" * 50_000 + b"\n") + b"\n" + mbox(1)
    tape = StreamTape(io.BytesIO(data), 3000)
    taken, most = [], 0
    for each in split(tape):
        assert isinstance(each, Piece)
        most = max(most, tape._held)
        taken.append((each, tape.take(each.start, each.end)))
    assert [data for _, data in taken] == [mail(0), mail(2, b"y" * 50_000 + b"\n")[:3000], mail(0)]
    assert most < 80_000  # what a judged line has in view, and no more
    sizes = [len(mail(0)), len(mail(2, b"y" * 50_000 + b"\n")), len(mail(0))]
    assert [each.end - each.start for each, _ in taken] == sizes


def test_tiny_messages_are_all_met() -> None:
    data = b"From - Mon Mar  2 09:11:12 2026\nSubject: x\n\n" * 20_000
    assert len(pieces(data)) == 20_000


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_the_corpus_splits_as_its_manifest_says() -> None:
    seen = 0
    for line in (CORPUS / "MANIFEST.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        truth = row["truth"]
        if truth.get("container") != "mbox":
            continue
        path = CORPUS / row["path"]
        with path.open("rb") as stream:
            spans = [each.line for each in split(FileTape(stream, 0, path.stat().st_size)) if isinstance(each, Piece)]
        assert len(spans) == truth["messages"], row["path"]
        if "per_message" in truth:
            assert spans == [message["offset"] for message in truth["per_message"]], row["path"]
        seen += 1
    assert seen > 100


# -- through expand --


def test_messages_are_named_by_the_offset_of_their_line(tmp_path: Path) -> None:
    (tmp_path / "box").write_bytes(mbox(3))
    size = len(mbox(1))
    expected = [("box#0", "Nota 0"), (f"box#{size}", "Nota 1"), (f"box#{2 * size}", "Nota 2")]
    assert found(tmp_path / "box", below=tmp_path) == expected
    assert found(tmp_path, below=tmp_path) == expected


def test_one_message_is_a_file_unless_it_is_named_as_an_mbox(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mbox(1))
    (tmp_path / "b.mbox").write_bytes(mbox(1))
    assert found(tmp_path, below=tmp_path) == [("a.eml", "Nota 0"), ("b.mbox#0", "Nota 0")]


def test_a_line_in_doubt_is_a_result(tmp_path: Path) -> None:
    body = b"Ciao\n\nFrom now on: nothing\nNote: none\n"
    data = FROM + mail(1, body) + b"\n"
    (tmp_path / "one.eml").write_bytes(data)
    (tmp_path / "two.mbox").write_bytes(data + mbox(1))
    at = data.index(b"From now")
    assert found(tmp_path, below=tmp_path) == [
        ("one.eml", "Nota 1"),
        (f"one.eml#{at}", "from-line-in-message"),
        (f"two.mbox#{at}", "from-line-in-message"),
        ("two.mbox#0", "Nota 1"),
        (f"two.mbox#{len(data)}", "Nota 0"),
    ]


def test_a_file_that_became_shorter_is_an_error(tmp_path: Path) -> None:
    from pecdetect.limits import Limits
    from pecdetect.scanning.sources.candidate import Candidate
    from pecdetect.scanning.sources.sources import expand
    from support.exports import outcome

    (tmp_path / "box").write_bytes(mbox(2))
    first, second = expand([tmp_path / "box"])
    (tmp_path / "box").write_bytes(mbox(1))
    assert isinstance(first, Candidate)
    assert isinstance(second, Candidate)
    assert outcome(first, Limits()) == "Nota 0"
    assert outcome(second, Limits()) == "unreadable"
