"""Compound files written in memory read as they were written, by two readers."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from pecdetect.parsing.outlook.compound import STORAGE, STREAM, CompoundFile
from pecdetect.scanning.errors import SourceError
from pecdetect.scanning.sources import compound_writer
from pecdetect.scanning.sources.compound_writer import Folder, write_compound

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = (0, 1, 63, 64, 65, 4095, 4096, 4097, 100_000)


def tree() -> Folder:
    root = Folder({f"stream {size}": bytes([size % 251]) * size for size in SIZES})
    root.folders["deep"] = inner = Folder({"a": b"1"})
    for at in range(60):
        inner.folders["d"] = inner = Folder({f"s{at}": bytes([at]) * at})
    for at in range(300):
        root.folders["deep"].streams[f"many {at:03}"] = str(at).encode()
    return root


def flat(folder: Folder) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    pending = [("", folder)]
    while pending:
        path, each = pending.pop()
        found |= {path + name: data for name, data in each.streams.items()}
        pending += [(f"{path}{name}/", below) for name, below in each.folders.items()]
    return found


def read(content: bytes) -> Iterator[tuple[str, bytes]]:
    file = CompoundFile(content)
    pending = [("", file.top())]
    while pending:
        path, storage = pending.pop()
        for entry in storage.entries.values():
            if entry.kind == STORAGE:
                pending.append((f"{path}{entry.name}/", file.open_storage(storage, entry)))
            elif entry.kind == STREAM:
                data, start, end = file.open_stream(storage, entry)
                yield path + entry.name, data[start:end]
    assert not file.problems
    assert not file.cut


def test_our_reader_reads_it() -> None:
    assert dict(read(write_compound(tree()))) == flat(tree())
    assert write_compound(tree()) == write_compound(tree())


def test_another_reader_reads_it() -> None:
    olefile = pytest.importorskip("olefile")
    with olefile.OleFileIO(io.BytesIO(write_compound(tree()))) as file:
        names = ["/".join(name) for name in file.listdir()]
        assert {name: file.openstream(name).read() for name in names} == flat(tree())
        assert not file.parsing_issues


def test_an_empty_one() -> None:
    assert dict(read(write_compound(Folder()))) == {}


def test_what_has_no_room_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compound_writer, "_DIRECT", 0)
    with pytest.raises(SourceError, match="limit for one message"):
        write_compound(Folder({"a": b"x"}))
