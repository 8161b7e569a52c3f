"""Outputs of a scan: what they hold, what they never touch, and how a scan goes on where it was stopped."""

from __future__ import annotations

import csv
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pecdetect
from pecdetect.record import Fingerprint, Record
from pecdetect.report import table
from pecdetect.scanning.errors import ForeignFileError, MissingExtraError, OutputError, UnknownFormatError
from pecdetect.scanning.store import documents, files, item
from pecdetect.scanning.store import lines as scanning_lines
from pecdetect.scanning.store.custody import COUNTED, custody_of, last_run
from pecdetect.scanning.store.files import part_of
from pecdetect.scanning.store.outputs import EXTENSIONS, Outputs, open_outputs
from pecdetect.scanning.store.saved import Saved
from support.results import failed, lines, mail, mixed, record, run, skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from io import FileIO

    from pecdetect.scanning.store.custody import Run

Records = list[tuple[Record, Fingerprint]]
RESUMED = (".jsonl", ".sqlite")


def write(path: Path, records: Records, head: Run | None = None) -> list[str]:
    """Scan: ask for each, then add it; gives the sources that had to be judged."""
    judged = []
    with open_outputs([path], head or run()) as outputs:
        for found, fingerprint in records:
            known = outputs.known(found.source, fingerprint)
            if known is None:
                judged.append(found.source)
            outputs.add(found if known is None else found._replace(line=known), fingerprint)
        outputs.finish()
    return judged


def interrupt(path: Path, records: Records, head: Run) -> None:
    with open_outputs([path], head) as outputs:
        for found, fingerprint in records:
            outputs.add(found, fingerprint)
        raise KeyboardInterrupt


def stop(path: Path, records: Records) -> None:
    """Scan, and be stopped behind the last of ``records``."""
    with pytest.raises(KeyboardInterrupt):
        interrupt(path, records, run())


def content(path: Path) -> bytes:
    return lines([(Record(s.source, None, s.line), Fingerprint(0, 0)) for s in Saved(path)])


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


def test_several_outputs_hold_the_same(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    paths = [tmp_path / f"case{extension}" for extension in EXTENSIONS]
    with open_outputs(paths, run()) as outputs:
        for found, fingerprint in mixed():
            outputs.add(found, fingerprint)
        ended = outputs.finish()
    assert [ended.counts[name] for name in COUNTED] == [0, 1, 0, 2, 1, 1]
    assert sum(ended.counts[name] for name in COUNTED) == ended.counts["items"]
    assert content(tmp_path / "case.sqlite") == content(tmp_path / "case.jsonl") == lines(mixed())
    with (tmp_path / "case.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [row["source"] for row in csv.DictReader(stream)] == [found.source for found, _ in mixed()]
    assert "in/b.eml" in (tmp_path / "case.html").read_text("utf-8")
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {*(path.name for path in paths), "case.jsonl.custody"}


@pytest.mark.parametrize("beside", [".jsonl", ".sqlite", None])
def test_a_report_is_made_of_what_was_kept(tmp_path: Path, beside: str | None) -> None:
    paths = [tmp_path / "case.html", *([tmp_path / f"case{beside}"] if beside else [])]
    pages = set()
    for records in (mixed(), mixed()):
        with open_outputs(paths, run()) as outputs:
            for found, fingerprint in records:
                outputs.add(found, fingerprint)
            outputs.finish()
        pages.add("in/b.eml" in paths[0].read_text("utf-8"))
    assert pages == {True}


def test_the_custody_log_tells_what_was_done(tmp_path: Path) -> None:
    path = tmp_path / "case.jsonl"
    write(path, mixed(), run("check", "in", "caf\udce8"))
    told = last_run(custody_of(str(path)))
    assert told is not None
    assert told.arguments == ("check", "in", "caf\\xe8")
    assert told.complete
    assert told.counts["items"] == 5
    assert told.profile["max_attachment_kb"] == 5120
    assert told.limits["depth"] == 100
    assert told.started <= (told.ended or "")
    entries = [json.loads(line) for line in Path(custody_of(str(path))).read_text("ascii").splitlines()]
    items = [entry["item"] for entry in entries if "item" in entry]
    assert [entry["source"] for entry in items] == [found.source for found, _ in mixed()]
    assert items[0]["sha256"] == json.loads(mixed()[0][0].line)["verdict"]["source"]["sha256"]
    assert (items[0]["size"], items[0]["mtime_ns"]) == mixed()[0][1]
    import hashlib

    assert entries[-1]["end"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_hashes_that_were_asked_for_are_kept(tmp_path: Path) -> None:
    found, fingerprint = record()
    path = tmp_path / "case.jsonl"
    write(path, [(found._replace(md5="d" * 32, sha1="e" * 40), fingerprint)])
    kept = json.loads(Path(custody_of(str(path))).read_text("ascii").splitlines()[1])["item"]
    assert (kept["md5"], kept["sha1"]) == ("d" * 32, "e" * 40)


@pytest.mark.parametrize("extension", RESUMED)
@pytest.mark.parametrize("done", range(6))
def test_a_stopped_scan_goes_on_to_the_same_bytes(tmp_path: Path, extension: str, done: int) -> None:
    path = tmp_path / f"case{extension}"
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


@pytest.mark.parametrize("torn", [b"", b"{", b'{"schema":"pecdetect/result/1","source":"in/', b"\0\0\0"])
@pytest.mark.parametrize("done", [0, 1, 3])
def test_a_torn_last_line_is_dropped(tmp_path: Path, torn: bytes, done: int) -> None:
    if torn == b"\0\0\0" and not done:
        pytest.skip("nothing then shows that the file is ours")
    path = tmp_path / "case.jsonl"
    stop(path, mixed()[:done])
    with path.open("ab") as stream:
        stream.write(torn)
    with Path(custody_of(str(path))).open("ab") as stream:
        stream.write(torn)
    judged = write(path, mixed())
    assert judged[:1] == [mixed()[done][0].source]
    assert path.read_bytes() == lines(mixed())
    assert last_run(custody_of(str(path))) is not None


def changed(records: Records) -> Records:
    """The first has vanished, the second changed, and there is a new one between."""
    return [record("in/b.eml", mail("new"), mtime=2), record("in/bb.eml"), *records[2:]]


@pytest.mark.parametrize("extension", RESUMED)
def test_a_finished_scan_is_brought_up_to_date(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"case{extension}"
    write(path, mixed())
    assert write(path, mixed()) == ["in/closed.eml"]
    assert content(path) == lines(mixed())
    assert write(path, changed(mixed())) == ["in/b.eml", "in/bb.eml", "in/closed.eml"]
    assert content(path) == lines(changed(mixed()))
    assert write(path, mixed()[:2]) == ["in/a.eml", "in/b.eml"]
    assert content(path) == lines(mixed()[:2])
    assert write(path, []) == []
    assert content(path) == b""
    assert not Path(part_of(str(path))).exists()


@pytest.mark.parametrize("extension", RESUMED)
@pytest.mark.parametrize("done", range(5))
def test_what_was_not_reached_is_kept(tmp_path: Path, extension: str, done: int) -> None:
    path = tmp_path / f"case{extension}"
    write(path, mixed())
    stop(path, changed(mixed())[:done])
    kept = {stored.source: stored.line for stored in Saved(path)}
    expected = {found.source: found.line for found, _ in [*mixed(), *changed(mixed())[:done]]}
    assert kept == expected
    assert write(path, changed(mixed())) == [
        source for place, source in enumerate(["in/b.eml", "in/bb.eml"]) if place >= done
    ] + ["in/closed.eml"]
    assert content(path) == lines(changed(mixed()))


@pytest.mark.parametrize("extension", RESUMED)
@pytest.mark.parametrize(
    ("fingerprint", "known"),
    [(Fingerprint(len(mail()), 10**9), True), (Fingerprint(len(mail()), 5), False), (Fingerprint(7, 10**9), False)],
)
def test_only_unchanged_files_are_known(
    tmp_path: Path, extension: str, fingerprint: Fingerprint, known: object
) -> None:
    path = tmp_path / f"case{extension}"
    write(path, [record()])
    with open_outputs([path], run()) as outputs:
        assert (outputs.known("a.eml", fingerprint) is not None) is known
        assert outputs.known("b.eml", fingerprint) is None
        assert outputs.known("a.eml", None) is None
        outputs.add(*record())
        outputs.finish()


@pytest.mark.parametrize("extension", RESUMED)
def test_a_hash_is_proof_whatever_the_time_of_change(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"case{extension}"
    write(path, [record()])
    sha256 = json.loads(record()[0].line)["verdict"]["source"]["sha256"]
    with open_outputs([path], run()) as outputs:
        assert outputs.known("a.eml", Fingerprint(1, 1), sha256=sha256) == record()[0].line
        assert outputs.known("a.eml", record()[1], sha256="0" * 64) is None
        outputs.finish()


@pytest.mark.parametrize("extension", RESUMED)
@pytest.mark.parametrize("other", [{"channel": "pop-imap"}, {"digests": ["md5"]}])
def test_other_settings_make_everything_new(tmp_path: Path, extension: str, other: dict[str, object]) -> None:
    path = tmp_path / f"case{extension}"
    write(path, [record()])
    channel = str(other.get("channel", "exchange"))
    assert write(path, [record(channel=channel)], run(**other)) == ["a.eml"]
    assert content(path) == lines([record(channel=channel)])
    assert write(path, [record(channel=channel)], run(**other)) == []
    # The first settings' result is no longer there.
    assert write(path, [record()]) == (["a.eml"] if other.get("channel") or extension == ".sqlite" else [])


@pytest.mark.parametrize("extension", RESUMED)
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
    tmp_path: Path,
    extension: str,
    found: tuple[Record, Fingerprint],
    *,
    named: bool,
    known: bool,
) -> None:
    path = tmp_path / f"case{extension}"
    write(path, [found])
    with open_outputs([path], run()) as outputs:
        line = outputs.known(found[0].source, found[1], named=named)
        outputs.finish()
    assert line == (found[0].line if known else None)


@pytest.mark.parametrize("extension", RESUMED)
def test_a_source_named_twice_stands_there_twice(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"case{extension}"
    for _ in range(2):
        write(path, [record(), record("b.eml"), record()])
        assert content(path) == lines([record(), record("b.eml"), record()])


@pytest.mark.parametrize("extension", RESUMED)
def test_names_that_are_no_text_are_known_too(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"case{extension}"
    write(path, [record("caf\udce8.eml")])
    assert write(path, [record("caf\udce8.eml")]) == []


def test_lines_without_a_log_are_judged_anew(tmp_path: Path) -> None:
    path = tmp_path / "case.jsonl"
    path.write_bytes(lines([record(), record("gone.eml")]))
    assert write(path, [record()]) == ["a.eml"]
    assert path.read_bytes() == lines([record()])


@pytest.mark.parametrize("extension", RESUMED)
def test_a_line_that_somebody_changed_is_not_used(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"case{extension}"
    write(path, [record()])
    if extension == ".jsonl":
        path.write_bytes(path.read_bytes().replace(b"Offerta", b"Offesta"))
    else:
        import sqlite3

        with sqlite3.connect(path) as data:
            data.execute("UPDATE items SET result = replace(result, '\"degraded\"', '0'), outcome = 'x'")
            data.execute('UPDATE items SET result = replace(result, \'"subject":"Offerta"\', \'"subject":7\')')
        data.close()
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


def test_a_file_that_only_begins_like_ours_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "case.jsonl"
    octets = lines([record()]) + b"Dear diary\n" + lines([record()])
    path.write_bytes(octets)
    with pytest.raises(ForeignFileError, match="line 2"):
        open_outputs([path], run())
    assert path.read_bytes() == octets


def test_a_foreign_log_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "case.jsonl.custody"
    log.write_bytes(b"Dear diary\n")
    with pytest.raises(ForeignFileError, match="custody"):
        open_outputs([tmp_path / "case.jsonl"], run())
    assert log.read_bytes() == b"Dear diary\n"


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_ours_are_replaced_and_empty_files_filled(tmp_path: Path, extension: str) -> None:
    if extension == ".parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"case{extension}"
    path.touch()
    for resume in (True, True, False, False):
        with open_outputs([path], run(), resume=resume) as outputs:
            outputs.add(*record())
            outputs.finish()
    if extension in RESUMED:
        assert content(path) == lines([record()])
    else:
        assert path.stat().st_size > 0


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
    monkeypatch.setattr(documents, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pecdetect\[arrow\]"):
        open_outputs([tmp_path / "a.jsonl", tmp_path / "a.parquet"], run())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("extension", [".csv", ".json"])
def test_a_stopped_document_is_whole_and_replaces_no_finished_one(tmp_path: Path, extension: str) -> None:
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
    def full(output: documents.ArrayOutput, _: object) -> None:
        assert output._stream is not None
        output._stream.close()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(documents.ArrayOutput, "abort", full)
    outputs = open_outputs([tmp_path / "a.json", tmp_path / "a.jsonl"], run())
    outputs.add(*record())
    error = KeyError()
    outputs.__exit__(KeyError, error, None)
    assert "No space left" in error.__notes__[0]
    assert (tmp_path / "a.jsonl").read_bytes() == lines([record()])


def test_all_files_are_told(tmp_path: Path) -> None:
    with open_outputs([tmp_path / "a.jsonl", tmp_path / "b.sqlite"], run()) as outputs:
        names = {os.path.basename(name) for name in outputs.files}  # noqa: PTH119 - strings
        assert {entry.name for entry in tmp_path.iterdir()} <= names
        assert {"a.jsonl.custody", "b.sqlite-journal"} <= names
        outputs.finish()


def test_a_result_that_nobody_could_read_back_becomes_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(item, "MAX_LINE", 300)
    write(tmp_path / "a.jsonl", [record()])
    (stored,) = Saved(tmp_path / "a.jsonl")
    assert (stored.source, stored.result["error"]["code"]) == ("a.eml", "result-too-large")


@pytest.mark.parametrize("line", ["", "{}", record()[0].line + "\n", " " + record()[0].line])
def test_lines_that_are_none_are_refused(tmp_path: Path, line: str) -> None:
    with (
        pytest.raises(ValueError, match="canonical"),
        open_outputs([tmp_path / "a.jsonl"], run()) as outputs,
    ):
        outputs.add(Record("a.eml", "a.eml", line))
    assert (tmp_path / "a.jsonl").read_bytes() == b""


def test_a_table_of_another_delimiter_is_ours_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for delimiter in ";\t|,":
        with open_outputs([path], run(), delimiter=delimiter) as outputs:
            outputs.add(*record())
            outputs.finish()
        assert path.read_text("utf-8-sig").startswith(delimiter.join(table.COLUMNS))


KILLED = """
import sys, time
sys.path[:0] = sys.argv[2:]
from support.results import mail, record, run
from pecdetect.scanning.store.outputs import open_outputs
with open_outputs([sys.argv[1]], run()) as outputs:
    for number in range(100_000):
        outputs.add(*record(f"in/{number:06}.eml", mail("new" if number == 3 else "x")))
        if number == 1200:
            outputs.flush()
            print("ready", flush=True)
"""


def kill(path: Path) -> None:
    """Start a scan in another process and kill it in the middle."""
    folders: Sequence[str] = [str(Path(pecdetect.__file__).parents[1]), str(Path(__file__).parents[1])]
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", KILLED, str(path), *folders], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready" + os.linesep.encode()
        if os.name == "posix":
            process.send_signal(signal.SIGKILL)
        else:
            process.kill()


@pytest.mark.parametrize("extension", RESUMED)
@pytest.mark.parametrize("finished_before", [False, True])
def test_a_killed_scan_loses_nothing(tmp_path: Path, extension: str, *, finished_before: bool) -> None:
    path = tmp_path / f"case{extension}"
    everything = [record(f"in/{number:06}.eml", mail("new" if number == 3 else "x")) for number in range(1500)]
    old = [record(f"in/{number:06}.eml", mail("x")) for number in range(1500)]
    if finished_before:
        write(path, old)
    kill(path)
    judged = write(path, everything)
    # JSON Lines has every line up to the last flush; the store what was committed, every five hundred.
    least = 1200 if extension == ".jsonl" else 1000
    assert not set(judged) & {found.source for found, _ in everything[:least]}
    assert content(path) == lines(everything)
    assert {entry.name for entry in tmp_path.iterdir()} <= {path.name, f"{path.name}.custody"}


def test_lines_are_written_together_and_held_no_longer_than_until_a_flush(tmp_path: Path) -> None:
    path, log = tmp_path / "case.jsonl", tmp_path / "case.jsonl.custody"
    with open_outputs([path], run()) as outputs:
        headed = log.stat().st_size
        outputs.add(*record("in/0.eml"))
        assert (path.stat().st_size, log.stat().st_size) == (0, headed)
        outputs.flush()
        assert path.read_text("ascii") == record("in/0.eml")[0].line + "\n"
        assert log.stat().st_size > headed
        for number in range(1, 100):
            outputs.add(*record(f"in/{number}.eml"))
        written = path.read_bytes()
        assert 64 * 1024 < len(written) < sum(len(record(f"in/{n}.eml")[0].line) + 1 for n in range(100))
        assert written.endswith(b"\n")


FULL = """
import resource, sys
sys.path[:0] = sys.argv[2:]
from support.results import record, run
from pecdetect.scanning.store.outputs import open_outputs
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    with open_outputs([sys.argv[1]], run()) as outputs:
        for number in range(300):
            outputs.add(*record(f"in/{number:06}.eml"))
        outputs.finish()
except OSError as error:
    print(error.strerror, getattr(error, "__notes__", []))
"""


@pytest.mark.skipif(os.name != "posix", reason="needs a bound on the size of files")
def test_a_disk_that_is_full_tears_no_line(tmp_path: Path) -> None:
    path = tmp_path / "case.jsonl"
    folders = [str(Path(pecdetect.__file__).parents[1]), str(Path(__file__).parents[1])]
    said = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", FULL, str(path), *folders], capture_output=True, text=True, check=True
    )
    assert said.stdout == "File too large []\n"
    everything = [record(f"in/{number:06}.eml") for number in range(300)]
    whole = 200_000 // (len(everything[0][0].line) + 1)
    assert content(path) == lines(everything[:whole])
    judged = write(path, everything)
    assert judged == [found.source for found, _ in everything[whole:]]
    assert content(path) == lines(everything)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_was_known_outlives_a_write_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """Lines that were to take the place of earlier ones are lost with the write, the earlier ones are not."""
    path = tmp_path / "case.jsonl"
    names = [f"in/{number:03}.eml" for number in range(300)]
    write(path, [record(name) for name in names])
    write_all = files.write_all

    def half(stream: FileIO, octets: bytes) -> None:
        """The first large write is broken off in the middle."""
        if len(octets) < 60_000:
            return write_all(stream, octets)
        stream.write(octets[: len(octets) // 2])
        raise error

    monkeypatch.setattr(files, "write_all", half)
    changed = [record(names[0], mail("something else")), *(record(name) for name in names[1:])]
    with pytest.raises(type(error)):
        write(path, changed)
    monkeypatch.undo()
    left = [json.loads(line)["source"] for line in content(path).splitlines()]
    assert left == names
    assert not Path(part_of(str(path))).exists()
    write(path, changed)
    assert content(path) == lines(changed)


@pytest.mark.parametrize("body", ["something else", None])
def test_a_disk_that_fails_at_the_end_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str | None
) -> None:
    """The system tells once that it could not write: nobody may take the new file for good after that."""
    path = tmp_path / "case.jsonl"
    names = [f"in/{number}.eml" for number in range(3)]
    before = [record(name) for name in names]
    write(path, before)
    after = [record(names[0], mail(body)), *before[1:]] if body else before
    fsync = os.fsync
    told: list[int] = []

    def failing(handle: int) -> None:
        told.append(handle)
        if len(told) == 1:
            raise OSError(5, "I/O error")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(OSError, match="I/O error") as raised:
        write(path, after)
    assert not getattr(raised.value, "__notes__", [])
    assert content(path) == lines(before)
    write(path, after)
    assert content(path) == lines(after)
    assert not Path(part_of(str(path))).exists()


def test_ctrl_c_at_the_end_of_a_scan_that_changed_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "case.jsonl"
    records = [record(f"in/{number}.eml") for number in range(3)]
    write(path, records)

    def broken_off(_: int) -> None:
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", broken_off)
    with pytest.raises(KeyboardInterrupt) as raised:
        write(path, records)
    assert not getattr(raised.value, "__notes__", [])
    assert content(path) == lines(records)


def test_a_log_that_could_not_be_written_is_still_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for a record may come back before the end of the scan is entered: it is not to stand in a torn one."""
    path = tmp_path / "case.jsonl"
    write_all = files.write_all

    def full_once(stream: FileIO, octets: bytes) -> None:
        if not octets.startswith(b'{"item"'):
            return write_all(stream, octets)
        stream.write(octets[: octets.index(b"in/b.eml")])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_all", full_once)
    with pytest.raises(OSError, match="No space"):
        write(path, [record("in/a.eml"), record("in/b.eml")])
    monkeypatch.undo()
    kinds = [next(iter(json.loads(line))) for line in Path(custody_of(str(path))).read_bytes().splitlines()]
    assert kinds == ["schema", "item", "end"]
    assert write(path, [record("in/a.eml"), record("in/b.eml")])
    assert content(path) == lines([record("in/a.eml"), record("in/b.eml")])


def test_an_index_that_cannot_be_made_leaves_nothing_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "case.jsonl"
    write(path, [record()])
    before = path.read_bytes()
    made = []

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        made.append(connection := real(*arguments, **options))
        return connection

    real: Callable[..., sqlite3.Connection] = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", connect)
    monkeypatch.setattr(scanning_lines, "_TABLES", "CREATE TABLE")
    with pytest.raises(sqlite3.Error):
        write(path, [record()])
    assert len(made) == 1
    with pytest.raises(sqlite3.ProgrammingError):
        made[0].execute("SELECT 1")
    assert path.read_bytes() == before


def test_outputs_may_be_asked_from_another_thread(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    write(tmp_path / "a.jsonl", [record()])
    write(tmp_path / "a.sqlite", [record()])
    for name in ("a.jsonl", "a.sqlite"):
        with open_outputs([tmp_path / name], run()) as outputs, ThreadPoolExecutor(1) as pool:
            assert pool.submit(outputs.known, "a.eml", record()[1]).result() == record()[0].line
            outputs.add(*record())
            outputs.finish()


def test_memory_does_not_grow_with_the_scan(tmp_path: Path) -> None:
    """What is held for each item, over many: nothing."""
    import gc
    import tracemalloc

    def held(outputs: Outputs, numbers: range) -> int:
        for number in numbers:
            outputs.add(*record(f"in/{number:06}.eml"))
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
