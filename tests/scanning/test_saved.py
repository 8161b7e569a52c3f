"""Saved scans as an input: nothing in them is believed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from pecdetect.scanning.errors import SavedError
from pecdetect.scanning.store import saved as module
from pecdetect.scanning.store.outputs import open_outputs
from pecdetect.scanning.store.run_record import Run
from pecdetect.scanning.store.saved import Saved
from support.results import HOSTILE, lines, mail, mixed, record, run

if TYPE_CHECKING:
    from pathlib import Path

LINE = record()[0].line


def save(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_lines_are_read_back(tmp_path: Path) -> None:
    path = save(tmp_path / "case.jsonl", lines(mixed()))
    saved = Saved(path)
    for _ in range(2):
        assert b"".join(stored.line + b"\n" for stored in saved) == lines(mixed())
    assert saved.run is None
    assert [stored.source for stored in saved] == [found.source for found, _ in mixed()]
    assert list(Saved(save(tmp_path / "none.jsonl", b""))) == []


@pytest.mark.parametrize("data", [LINE, LINE + b"\r\n", json.dumps(json.loads(LINE), ensure_ascii=False).encode()])
def test_other_forms_become_canonical(tmp_path: Path, data: bytes) -> None:
    (stored,) = Saved(save(tmp_path / "case.jsonl", data))
    assert stored.line == LINE


DAMAGED = {
    "torn": LINE[:-20],
    "no json": b"Dear diary",
    "empty line": b"",
    "no object": b"[]",
    "a number": b"7",
    "other schema": LINE.replace(b"result/1", b"result/2"),
    "other verdict": LINE.replace(b"verdict/1", b"verdict/2"),
    "latin-1": LINE.replace(b"Offerta", b"Offert\xe0"),
    "half a character": LINE.replace(b"Offerta", b"Offert\\ud800"),
    "deep": b'{"schema":' + b"[" * 200_000,
    "deep in what a later version adds": LINE.replace(b'"size":', b'"x":%b,"size":' % (b"[" * 9999 + b"]" * 9999), 1),
    "not a number": LINE.replace(b'"depth":100', b'"depth":NaN').replace(b'"size":', b'"size":NaN,"x":', 1),
    "not a number in what a later version adds": LINE.replace(b'"size":', b'"x":[NaN],"size":', 1),
    "beyond all numbers": LINE.replace(b'"size":', b'"size":1e400,"x":', 1),
    "huge number": LINE.replace(b'"size":', b'"size":99999999999999999999,"x":', 1),
    "many digits": LINE.replace(b'"size":', b'"size":' + b"9" * 5000 + b',"x":', 1),
    "negative": LINE.replace(b'"size":', b'"size":-1,"x":', 1),
    "true is no number": LINE.replace(b'"size":', b'"size":true,"x":', 1),
    "subject": LINE.replace(b'"subject":"Offerta"', b'"subject":["x"]'),
    "outcome": LINE.replace(b'"outcome":"syncs"', b'"outcome":"fine"'),
    "list": LINE.replace(b'"reasons":[]', b'"reasons":{}'),
    "code": LINE.replace(b'"reasons":[]', b'"reasons":[{"code":"<b>"}]'),
    "address": LINE.replace(b'"to":["b@example.com"]', b'"to":[7]'),
    "nothing set": b'{"schema":"pecdetect/result/1","source":"a","verdict":null,"skipped":null,"error":null}',
    "missing": b'{"schema":"pecdetect/result/1","source":"a","verdict":null,"skipped":null}',
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_damage_is_an_error_that_names_the_line(tmp_path: Path, kind: str) -> None:
    assert DAMAGED[kind] != LINE
    path = save(tmp_path / "case.jsonl", LINE + b"\n" + DAMAGED[kind] + b"\n" + LINE + b"\n")
    found = iter(Saved(path))
    assert next(found).line == LINE
    with pytest.raises(SavedError, match="line 2") as caught:
        next(found)
    assert len(str(caught.value)) < len(str(path)) + 300
    assert str(caught.value).isprintable()


def test_a_line_without_an_end_is_not_taken_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE", len(LINE))
    assert len(list(Saved(save(tmp_path / "fits.jsonl", LINE + b"\n")))) == 1
    with pytest.raises(SavedError, match="line 1 is longer"):
        list(Saved(save(tmp_path / "long.jsonl", LINE + b" " * 5_000_000)))


@pytest.mark.parametrize("data", [b"Dear diary\n", b" {}\n", b"\0\0\0\0", b"SQLite format 3\0" + bytes(100)])
def test_what_is_no_saved_scan(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SavedError):
        Saved(save(tmp_path / "case.jsonl", data))


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SavedError, match="no such file"):
        Saved(tmp_path / "none.jsonl")
    with pytest.raises(SavedError):
        Saved(tmp_path)


ARRAYS = {
    "torn": (b"[\n" + LINE + b",\n" + LINE[:-20], "line 3"),
    "without an end": (b"[\n" + LINE + b"\n", "ends too early"),
    "on one line": (b"[" + LINE + b"]", "line 1"),
    "of other things": (b"[\n{}\n]\n", "line 2"),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_damaged_arrays_are_errors(tmp_path: Path, kind: str) -> None:
    data, words = ARRAYS[kind]
    with pytest.raises(SavedError, match=words):
        list(Saved(save(tmp_path / "case.json", data)))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of one run."""
    path = tmp_path / "case.sqlite"
    with open_outputs([path], run(timeout=5)) as outputs:
        outputs.finish()
    return path


@pytest.mark.parametrize("kind", [*DAMAGED, "no text"])
def test_damage_in_a_store_names_the_item_and_is_judged_again(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "case.sqlite"
    kept = [record("a.eml"), record("b.eml"), record("c.eml")]
    with open_outputs([path], run()) as outputs:
        for found, _ in kept:
            outputs.add(found)
        outputs.finish()
    with closing(sqlite3.connect(path)) as data, data:
        as_type = "BLOB" if kind == "no text" else "TEXT"
        content = DAMAGED.get(kind, kept[1][0].line)
        data.execute(f"UPDATE items SET result = CAST(? AS {as_type}) WHERE source = 'b.eml'", (content,))  # noqa: S608
    with pytest.raises(SavedError, match=r"item 2|damaged") as caught:
        list(Saved(path))
    assert str(caught.value).isprintable()
    with open_outputs([path], run()) as outputs:
        answers = [outputs.known(found.source, fingerprint) for found, fingerprint in kept]
        for found, _ in kept:
            outputs.add(found)
        outputs.finish()
    assert [answer is None for answer in answers] == [False, True, False]
    assert [stored.line for stored in Saved(path)] == [found.line for found, _ in kept]


def changed(path: Path, column: str, value: Any) -> Path:
    """The store with another value in its run, of any type."""
    with closing(sqlite3.connect(path)) as data, data:
        data.execute(f"UPDATE runs SET {column} = ?", (value,))  # noqa: S608 - fixed names
    return path


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("arguments", '"x"'),
        ("arguments", "[7]"),
        ("profile", "[]"),
        ("environment", '{"python": 7}'),
        ("exports", "null"),
        ("limits", '{"depth": "x"}'),
        ("options", "{"),
        ("options", "[" * 200_000),
        ("options", '{"timeout":NaN}'),
        ("options", '{"timeout":Infinity}'),
        ("options", '{"x":"\\ud800"}'),
        ("version", b"\xff"),
        ("ended", b"x"),
        ("started", b"x"),
    ],
)
def test_a_damaged_run_is_an_error(store: Path, column: str, value: Any) -> None:
    with pytest.raises(SavedError, match="run is damaged"):
        Saved(changed(store, column, value))


def test_a_run_is_believed_as_far_as_it_goes(store: Path) -> None:
    found = Saved(changed(store, "arguments", json.dumps([HOSTILE]))).run
    assert found is not None
    assert (found.arguments, found.complete) == ((HOSTILE,), True)


def test_runs_survive_being_written(tmp_path: Path) -> None:
    path = tmp_path / "case.sqlite"
    with open_outputs([path], run("check", "perch\u00e9")) as outputs:
        outputs.add(record("b.eml", mail(HOSTILE))[0])
        ended = outputs.finish()
    assert Saved(path).run == ended
    assert ended != replace(ended, directory="elsewhere")
    assert Run.unknown().started == ""


def test_a_scan_without_a_record_of_its_run_has_none(tmp_path: Path) -> None:
    path = tmp_path / "copy.sqlite"
    with open_outputs([path], Run.unknown()) as outputs:
        outputs.finish(saved=True)
    assert Saved(path).run is None


def test_fields_of_a_later_version_are_ignored(tmp_path: Path) -> None:
    value = json.loads(LINE)
    value["verdict"]["pec_trust"] = {"new": 1}
    value["more"] = []
    (stored,) = Saved(save(tmp_path / "case.jsonl", json.dumps(value).encode()))
    assert stored.line == LINE
