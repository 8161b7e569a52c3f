"""Outputs of a scan: what they hold, what they never touch, and how a scan goes on where it was stopped."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pecdetect.contract import Result, decode
from pecdetect.record import Fingerprint, Record, record_of
from pecdetect.report import table
from pecdetect.scanning.errors import ForeignFileError, MissingExtraError, OutputError, UnknownFormatError
from pecdetect.scanning.store import exports, outputs as module
from pecdetect.scanning.store.outputs import EXTENSIONS, Outputs, open_outputs
from pecdetect.scanning.store.run_record import COUNTED
from pecdetect.scanning.store.saved import Saved
from support.results import failed, lines, mail, mixed, record, run, skipped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pecdetect.scanning.store.run_record import Run

Records = list[tuple[Record, Fingerprint]]


def fill(outputs: Outputs, records: Records) -> None:
    for found, _ in records:
        outputs.add(found)


def write(path: Path, records: Records, head: Run | None = None) -> list[str]:
    """Scan: ask for each, then add it; gives the sources that had to be judged."""
    judged = []
    with open_outputs([path], head or run()) as outputs:
        for found, fingerprint in records:
            known = outputs.known(found.source, fingerprint)
            if known is None:
                judged.append(found.source)
            outputs.add(found if known is None else record_of(known, file=found.file, fingerprint=fingerprint))
        outputs.finish()
    return judged


def stop(path: Path, records: Records) -> None:
    """Scan, and be stopped after the last of ``records``."""
    with pytest.raises(KeyboardInterrupt):
        interrupt(path, records)


def interrupt(path: Path, records: Records) -> None:
    with open_outputs([path], run()) as outputs:
        fill(outputs, records)
        raise KeyboardInterrupt


def content(path: Path) -> bytes:
    return b"".join(found.line + b"\n" for found in Saved(path))


def test_json_lines_are_the_lines_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "case.jsonl"
    write(path, mixed())
    assert path.read_bytes() == lines(mixed())
    assert path.read_bytes().isascii()


def test_an_array_is_one_document(tmp_path: Path) -> None:
    for number, records in enumerate([[], mixed()[:1], mixed()]):
        path = tmp_path / f"{number}.json"
        write(path, records)
        assert json.loads(path.read_text("ascii")) == [json.loads(found.line) for found, _ in records]
        assert content(path) == lines(records)


def test_several_outputs_hold_the_same(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    paths = [tmp_path / f"case{extension}" for extension in EXTENSIONS]
    with open_outputs(paths, run()) as outputs:
        fill(outputs, mixed())
        ended = outputs.finish()
    assert [ended.counts[name] for name in COUNTED] == [0, 1, 0, 2, 1, 1]
    assert sum(ended.counts[name] for name in COUNTED) == ended.counts["items"]
    assert content(tmp_path / "case.sqlite") == content(tmp_path / "case.jsonl") == lines(mixed())
    with (tmp_path / "case.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [row["source"] for row in csv.DictReader(stream)] == [found.source for found, _ in mixed()]
    assert "in/b.eml" in (tmp_path / "case.html").read_text("utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in paths}


def test_the_sums_of_exports_are_told_and_kept(tmp_path: Path) -> None:
    paths = [tmp_path / "case.jsonl", tmp_path / "case.html", tmp_path / "case.sqlite"]
    with open_outputs(paths, run()) as outputs:
        fill(outputs, mixed())
        outputs.finish()
    sums = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths[:2]}
    assert outputs.sums == sums
    kept = Saved(paths[2]).run
    assert kept is not None
    assert kept.exports == sums


@pytest.mark.parametrize("done", range(6))
def test_a_stopped_scan_goes_on_to_the_same_rows(tmp_path: Path, done: int) -> None:
    path = tmp_path / "case.sqlite"
    stop(path, mixed()[:done])
    assert content(path) == lines(mixed()[:done])
    saved = Saved(path).run
    assert saved is not None
    assert not saved.complete
    assert saved.counts["items"] == done
    judged = write(path, mixed())
    # An error of access is tried again.
    assert judged == [found.source for number, (found, _) in enumerate(mixed()) if number >= done or number == 4]
    assert content(path) == lines(mixed())
    again = Saved(path).run
    assert again is not None
    assert again.complete


def changed(records: Records) -> Records:
    """The first has vanished, the second changed, and there is a new one between."""
    return [record("in/b.eml", mail("new"), mtime=2), record("in/bb.eml"), *records[2:]]


def test_a_finished_scan_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "case.sqlite"
    write(path, mixed())
    assert write(path, mixed()) == ["in/closed.eml"]
    assert content(path) == lines(mixed())
    assert write(path, changed(mixed())) == ["in/b.eml", "in/bb.eml", "in/closed.eml"]
    assert content(path) == lines(changed(mixed()))
    assert write(path, mixed()[:2]) == ["in/a.eml", "in/b.eml"]
    assert content(path) == lines(mixed()[:2])
    assert write(path, []) == []
    assert content(path) == b""


@pytest.mark.parametrize("done", range(5))
def test_what_was_not_reached_is_kept(tmp_path: Path, done: int) -> None:
    path = tmp_path / "case.sqlite"
    write(path, mixed())
    stop(path, changed(mixed())[:done])
    kept = {stored.source: stored.line for stored in Saved(path)}
    expected = {found.source: found.line for found, _ in [*mixed(), *changed(mixed())[:done]]}
    assert kept == expected
    assert write(path, changed(mixed())) == [
        source for place, source in enumerate(["in/b.eml", "in/bb.eml"]) if place >= done
    ] + ["in/closed.eml"]
    assert content(path) == lines(changed(mixed()))


@pytest.mark.parametrize(
    ("fingerprint", "known"),
    [(Fingerprint(len(mail()), 10**9), True), (Fingerprint(len(mail()), 5), False), (Fingerprint(7, 10**9), False)],
)
def test_only_unchanged_files_are_known(tmp_path: Path, fingerprint: Fingerprint, known: object) -> None:
    path = tmp_path / "case.sqlite"
    write(path, [record()])
    with open_outputs([path], run()) as outputs:
        assert (outputs.known("a.eml", fingerprint) is not None) is known
        assert outputs.known("b.eml", fingerprint) is None
        assert outputs.known("a.eml", None) is None
        outputs.finish()


@pytest.mark.parametrize("other", [{"channel": "pop-imap"}, {"digests": ["md5"]}])
def test_other_settings_make_everything_new(tmp_path: Path, other: dict[str, object]) -> None:
    path = tmp_path / "case.sqlite"
    write(path, [record()])
    channel = str(other.get("channel", "exchange"))
    assert write(path, [record(channel=channel)], run(**other)) == ["a.eml"]
    assert content(path) == lines([record(channel=channel)])
    assert write(path, [record(channel=channel)], run(**other)) == []
    # The result under the first settings is no longer there.
    assert write(path, [record()]) == ["a.eml"]


@pytest.mark.parametrize(
    ("found", "named", "known"),
    [
        (failed(code="permission-denied"), False, False),
        (failed(code="timed-out"), False, True),
        (skipped(), False, True),
        (skipped(), True, False),
        (record("x.txt", b"\0"), True, True),
        (record("x.txt", b"\0"), False, False),
    ],
)
def test_what_may_be_otherwise_today_is_not_known(
    tmp_path: Path, found: tuple[Record, Fingerprint], *, named: bool, known: bool
) -> None:
    path = tmp_path / "case.sqlite"
    write(path, [found])
    with open_outputs([path], run()) as outputs:
        result = outputs.known(found[0].source, found[1], named=named)
        outputs.finish()
    assert result == (decode(found[0].line) if known else None)


def test_a_source_named_twice_is_there_twice(tmp_path: Path) -> None:
    path = tmp_path / "case.sqlite"
    for _ in range(2):
        write(path, [record(), record("b.eml"), record()])
        assert content(path) == lines([record(), record("b.eml"), record()])


def test_names_that_are_no_text_are_known_too(tmp_path: Path) -> None:
    path = tmp_path / "case.sqlite"
    write(path, [record("caf\udce8.eml")])
    assert write(path, [record("caf\udce8.eml")]) == []
    assert [found.source for found in Saved(path)] == ["caf\\xe8.eml"]


def test_two_files_that_are_shown_alike_are_judged_again(tmp_path: Path) -> None:
    """The name of one has a byte that is no text, that of the other the four letters which show it."""
    path = tmp_path / "case.sqlite"
    first, fingerprint = record("caf\udce8.eml", mail("one"))
    other, same = record("caf\\xe8.eml", mail("two"))
    assert (first.source, fingerprint) == (other.source, same)
    write(path, [(first, fingerprint), (other, same)])
    assert len(write(path, [(first, fingerprint), (other, same)])) == 2
    assert content(path) == lines([(first, fingerprint), (other, same)])


@pytest.mark.parametrize(("old", "new"), [('"subject":"Offerta"', '"subject":7'), ('"source":"a.eml"', '"source":"b"')])
def test_a_result_that_somebody_changed_is_not_used(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "case.sqlite"
    write(path, [record()])
    with closing(sqlite3.connect(path)) as data, data:
        data.execute("UPDATE items SET result = replace(result, ?, ?)", (old, new))
    assert write(path, [record()]) == ["a.eml"]
    assert content(path) == lines([record()])


FOREIGN = {
    "text": b"Dear diary\n",
    "json": b'{"a": 1}\n',
    "array": b"[1, 2]\n",
    "binary": bytes(range(256)) * 8,
    "sqlite": b"SQLite format 3\0" + bytes(200),
    "nearly": b'{"schema":"pecdetect/result/2","source":"a"}\n',
}


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("kind", FOREIGN)
def test_files_of_others_are_left_alone(tmp_path: Path, extension: str, kind: str) -> None:
    if extension == ".parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"diary{extension}"
    path.write_bytes(FOREIGN[kind])
    for resume in (True, False):
        with pytest.raises(ForeignFileError, match="diary"):
            open_outputs([tmp_path / "new.csv", path], run(), resume=resume)
    assert path.read_bytes() == FOREIGN[kind]
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_ours_are_replaced_and_empty_files_filled(tmp_path: Path, extension: str) -> None:
    if extension == ".parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"case{extension}"
    path.touch()
    for resume in (True, True, False, False):
        with open_outputs([path], run(), resume=resume) as outputs:
            fill(outputs, [record()])
            outputs.finish()
    assert path.stat().st_size > 0
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["case", "case.txt", "case.jsonl.gz", "csv", "case.csv/"])
def test_unknown_extensions(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnknownFormatError):
        open_outputs([tmp_path / "good.jsonl", os.path.join(tmp_path, name)], run())  # noqa: PTH118 - keeps the slash
    assert list(tmp_path.iterdir()) == []


def test_outputs_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for paths in (["none/case.csv"], ["folder.csv"], ["a.csv", "./a.csv"]):
        with pytest.raises(OutputError):
            open_outputs([os.path.join(tmp_path, path) for path in paths], run())  # noqa: PTH118 - keeps the dot
    for delimiter in ("", ",,", "a", '"', "\n", "="):
        with pytest.raises(OutputError, match="delimiter"):
            open_outputs([tmp_path / "a.csv"], run(), delimiter=delimiter)
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder.csv"]


def test_a_missing_package_is_said_before_anything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pecdetect\[arrow\]"):
        open_outputs([tmp_path / "a.jsonl", tmp_path / "a.parquet"], run())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("extension", [".jsonl", ".csv", ".json"])
def test_a_stopped_export_is_whole_and_replaces_no_finished_one(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"case{extension}"
    stop(path, mixed()[:2])
    first = path.read_bytes()
    write(tmp_path / f"same{extension}", mixed()[:2])
    assert first == (tmp_path / f"same{extension}").read_bytes()
    stop(path, mixed()[:1])
    assert path.read_bytes() == first
    assert len(list(tmp_path.iterdir())) == 2


def test_no_report_is_made_of_half_a_scan(tmp_path: Path) -> None:
    stop(tmp_path / "case.html", mixed()[:2])
    assert list(tmp_path.iterdir()) == []


def test_what_goes_wrong_at_the_end_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(export: exports.ArrayExport, _: object) -> None:
        assert export._file is not None
        export._file.discard()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports.ArrayExport, "abort", full)
    outputs = open_outputs([tmp_path / "a.json", tmp_path / "a.jsonl"], run())
    fill(outputs, [record()])
    error = KeyError()
    outputs.__exit__(KeyError, error, None)
    assert "No space left" in error.__notes__[0]
    assert (tmp_path / "a.jsonl").read_bytes() == lines([record()])


def test_all_files_are_named(tmp_path: Path) -> None:
    with open_outputs([tmp_path / "a.jsonl", tmp_path / "b.sqlite"], run()) as outputs:
        names = {os.path.basename(name) for name in outputs.files}  # noqa: PTH119 - strings
        assert {entry.name for entry in tmp_path.iterdir()} <= names
        assert {"a.jsonl", "b.sqlite", "b.sqlite-journal"} <= names
        outputs.finish()


def test_a_result_that_nobody_could_read_back_becomes_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE", 300)
    write(tmp_path / "a.jsonl", [record()])
    (stored,) = Saved(tmp_path / "a.jsonl")
    assert (stored.source, stored.columns.error) == ("a.eml", "result-too-large")


def test_a_table_of_another_delimiter_is_ours_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for delimiter in ";\t|,":
        with open_outputs([path], run(), delimiter=delimiter) as outputs:
            fill(outputs, [record()])
            outputs.finish()
        assert path.read_text("utf-8-sig").startswith(delimiter.join(table.COLUMNS))


def test_a_result_from_another_process_gives_the_same(tmp_path: Path) -> None:
    """It comes as a line; one that was judged here comes with its value."""
    here = [replace(found, result=decode(found.line)) for found, _ in mixed()]
    contents: list[Sequence[bytes]] = []
    for number, records in enumerate((here, [found for found, _ in mixed()])):
        paths = [tmp_path / f"{number}{extension}" for extension in (".csv", ".sqlite")]
        with open_outputs(paths, run()) as outputs:
            for found in records:
                outputs.add(found)
            outputs.finish()
        contents.append((paths[0].read_bytes(), content(paths[1])))
    assert contents[0] == contents[1]
    assert all(isinstance(found.result, Result) for found in here)


def test_outputs_may_be_asked_from_another_thread(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    write(tmp_path / "a.sqlite", [record()])
    with open_outputs([tmp_path / "a.sqlite"], run()) as outputs, ThreadPoolExecutor(1) as pool:
        known = pool.submit(outputs.known, "a.eml", record()[1]).result()
        assert known == decode(record()[0].line)
        outputs.finish()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_scan(tmp_path: Path) -> None:
    """What is held for each item, over many: nothing."""
    import gc
    import tracemalloc

    def held(outputs: Outputs, numbers: range) -> int:
        for number in numbers:
            outputs.add(record(f"in/{number:06}.eml")[0])
            record.cache_clear()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    paths = [tmp_path / name for name in ("a.jsonl", "a.sqlite", "a.csv", "a.json", "a.html")]
    with open_outputs(paths, run()) as outputs:
        held(outputs, range(100))
        tracemalloc.start()
        try:
            before = held(outputs, range(100, 200))
            after = held(outputs, range(200, 1000))
        finally:
            tracemalloc.stop()
    assert after - before < 200_000
