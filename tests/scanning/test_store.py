"""The store: its schema and what the document says of it, and hostile text and files as data."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from pecdetect import classify, contract
from pecdetect.record import Fingerprint, Record, record_of
from pecdetect.scanning.errors import ForeignFileError, OutputError, SavedError
from pecdetect.scanning.run import scan_records
from pecdetect.scanning.store import container_hashes
from pecdetect.scanning.store.outputs import open_outputs
from pecdetect.scanning.store.run_record import COUNTED
from pecdetect.scanning.store.saved import Saved
from pecdetect.scanning.store.store import APPLICATION_ID, SCHEMA_VERSION
from pecdetect.scanning.store.tables import INDEXES, TABLES
from support.results import EXE, HOSTILE, lines, mail, mixed, record, run, skipped
from support.samples import sample

if TYPE_CHECKING:
    from threading import Event

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "store.md").read_text(encoding="utf-8")


def store(path: Path, records: list[tuple[Record, Fingerprint]]) -> Path:
    with open_outputs([path], run()) as outputs:
        for found, _ in records:
            outputs.add(found)
        outputs.finish()
    return path


def ask(path: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as data:
        return data.execute(query, values).fetchall()


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as data:
        data.execute("PRAGMA writable_schema = ON")
        for statement in statements:
            data.execute(statement)
        data.commit()


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    path = store(tmp_path / "case.sqlite", mixed())
    assert ask(path, "PRAGMA application_id") == [(APPLICATION_ID,)]
    assert APPLICATION_ID.to_bytes(4, "big") == b"PECD"
    assert ask(path, "PRAGMA user_version") == [(SCHEMA_VERSION,)]
    assert ask(path, "PRAGMA journal_mode") == [("delete",)]
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]
    assert ask(path, "PRAGMA foreign_key_check") == []
    assert [entry.name for entry in tmp_path.iterdir()] == ["case.sqlite"]


def test_rows_say_what_the_results_say(tmp_path: Path) -> None:
    path = store(tmp_path / "case.sqlite", mixed())
    rows = ask(path, "SELECT position, source, outcome, skipped, error, result FROM items ORDER BY position")
    assert [row[0] for row in rows] == [1, 2, 3, 4, 5]
    for (_, source, outcome, left_out, error, line), (found, _) in zip(rows, mixed(), strict=True):
        result = json.loads(found.line)
        assert (source, line.encode()) == (found.source, found.line)
        assert outcome == (result["verdict"] or {}).get("outcome")
        assert [left_out, error] == [result[key] and result[key]["code"] for key in ("skipped", "error")]
    verdict = json.loads(mixed()[1][0].line)["verdict"]
    for table in ("reasons", "attachments", "parts", "anomalies"):
        columns = [row[1] for row in ask(path, f"PRAGMA table_info({table})")][2:]
        names = ", ".join(f"{table}.{column}" for column in columns)
        query = f"SELECT {names} FROM {table} JOIN items ON id = item_id WHERE source = ? ORDER BY number"  # noqa: S608
        found_rows = ask(path, query, "in/b.eml")
        assert len(found_rows) == len(verdict[table])
        for row, entry in zip(found_rows, verdict[table], strict=True):
            named = dict(zip(columns, row, strict=True))
            for key in named.keys() & entry.keys() - {"evidence", "facts"}:
                assert named[key] == entry[key]
            assert all(json.loads(named[key]) == entry[key] for key in named.keys() & {"evidence", "facts"})
            assert named.get("first", 0) == entry.get("start", 0)
            assert named.get("decides", 0) == (entry.get("code") in verdict["decided_by"])
    (hostile,) = ask(
        path,
        "SELECT subject, sender, sender_domain, recipients, size, sha256, mtime_ns FROM items WHERE source = ?",
        "in/b.eml",
    )
    size, sha256 = verdict["source"]["size"], verdict["source"]["sha256"]
    assert hostile == (HOSTILE, "a@example.org", "example.org", '["b@example.com"]', size, sha256, 10**9)


def test_the_run_adds_up(tmp_path: Path) -> None:
    path = store(tmp_path / "case.sqlite", mixed())
    store(path, mixed()[:2])
    columns = ", ".join(COUNTED)
    rows = ask(path, f"SELECT complete, items, {columns}, arguments, started <= ended FROM runs ORDER BY id")  # noqa: S608
    assert [row[:2] for row in rows] == [(1, 5), (1, 2)]
    assert all(sum(row[2:8]) == row[1] for row in rows)
    assert rows[0][8:] == ('["check","in"]', 1)
    assert ask(path, "SELECT source, judged_in, seen_in FROM items ORDER BY position") == [
        ("in/a.eml", 1, 2),
        ("in/b.eml", 1, 2),
    ]


def test_what_was_replaced_leaves_nothing(tmp_path: Path) -> None:
    path = store(tmp_path / "case.sqlite", [record("in/b.eml", mail(body=EXE))])
    assert ask(path, "SELECT count(*) FROM attachments") == [(1,)]
    store(path, [record("in/b.eml", mail("x"), mtime=2)])
    assert ask(path, "SELECT count(*) FROM attachments") == [(0,)]
    assert ask(path, "SELECT count(*) FROM parts") == [(1,)]
    assert ask(path, "SELECT source, judged_in, mtime_ns FROM items") == [("in/b.eml", 2, 2 * 10**9)]


def test_a_scan_that_is_under_way_can_be_asked(tmp_path: Path) -> None:
    path = tmp_path / "case.sqlite"
    with open_outputs([path], run()) as outputs:
        for number in range(501):
            outputs.add(record(f"{number}.eml")[0])
        assert ask(path, "SELECT count(*) FROM items") == [(500,)]
        assert ask(path, "SELECT complete, ended FROM runs") == [(0, None)]


def test_digests_that_were_asked_for_are_kept(tmp_path: Path) -> None:
    found, fingerprint = record()
    path = store(tmp_path / "case.sqlite", [(replace(found, md5="d" * 32, sha1="e" * 40), fingerprint)])
    store(path, [(found, fingerprint)])
    assert ask(path, "SELECT md5, sha1 FROM items") == [("d" * 32, "e" * 40)]


def test_the_run_says_how_it_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open_outputs(["case.sqlite"], run("check", "in", "caf\udce8")) as outputs:
        outputs.finish()
    columns = "arguments, directory, environment, profile, limits, started <= ended, exports"
    ((arguments, directory, environment, profile, limits, *rest),) = ask(
        tmp_path / "case.sqlite",
        f"SELECT {columns} FROM runs",  # noqa: S608 - fixed names
    )
    assert json.loads(arguments) == ["check", "in", "caf\\xe8"]
    assert directory == str(tmp_path)
    assert {"platform", "python", "msgspec", "chardet", "libpff-python"} == set(json.loads(environment))
    assert json.loads(profile)["max_attachment_kb"] == 5120
    assert json.loads(limits)["depth"] == 100
    assert rest == [1, "{}"]


# Containers


def scan(path: Path, export: Path) -> int:
    """Scan a folder; gives how many messages had to be judged."""
    with open_outputs([path], run()) as outputs:
        known = []

        def ask_for(*given: Any, **named: Any) -> Any:
            known.append(outputs.known(*given, **named))
            return known[-1]

        for found in scan_records([export], known=ask_for, ignored=outputs.files, jobs=1):
            outputs.add(found)
        outputs.finish()
    return known.count(None)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A mailbox, an archive, and a message of its own."""
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "alone.eml").write_bytes(mail("alone"))
    (folder / "box.mbox").write_bytes(
        b"".join(b"From a@example.org Mon Mar  2 10:11:12 2026\n" + mail() + b"\n" for _ in range(3))
    )
    with zipfile.ZipFile(folder / "box.zip", "w") as archive:
        for name in ("a.eml", "b.eml"):
            archive.writestr(name, mail(name))
    return folder


def test_every_container_is_there_with_its_sum(tmp_path: Path, export: Path) -> None:
    path = tmp_path / "case.sqlite"
    assert scan(path, export) == 6
    expected = [
        (str(box), box.stat().st_size, box.stat().st_mtime_ns, hashlib.sha256(box.read_bytes()).hexdigest(), None)
        for box in (export / "box.mbox", export / "box.zip")
    ]
    query = "SELECT path, size, mtime_ns, sha256, problem, hashed_in, seen_in FROM containers ORDER BY path"
    assert ask(path, query) == [(*row, 1, 1) for row in expected]
    assert scan(path, export) == 0
    assert ask(path, query) == [(*row, 1, 2) for row in expected]
    (export / "box.zip").unlink()
    assert scan(path, export) == 0
    assert ask(path, query) == [(*expected[0], 1, 3)]
    (export / "box.mbox").write_bytes((export / "box.mbox").read_bytes().replace(b"Offerta", b"Offesta"))
    scan(path, export)
    ((*_, sha256, _, hashed_in, _),) = ask(path, query)
    assert (sha256, hashed_in) == (hashlib.sha256((export / "box.mbox").read_bytes()).hexdigest(), 4)


def test_a_container_of_a_stopped_scan_is_hashed_by_the_next(
    tmp_path: Path, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "case.sqlite"

    def wait(_: str, __: Fingerprint, stop: Event) -> container_hashes._Hashed:
        assert stop.wait(30)
        return container_hashes._Hashed(None, None)

    def stopped() -> None:
        with open_outputs([path], run()) as outputs:
            for found in scan_records([export], jobs=1):
                outputs.add(found)
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(container_hashes, "_hashed", wait)
        with pytest.raises(KeyboardInterrupt):
            stopped()
    assert ask(path, "SELECT sha256 FROM containers") == [(None,), (None,)]
    assert scan(path, export) == 0
    assert ask(path, "SELECT count(sha256) FROM containers") == [(2,)]


def test_a_container_that_changes_or_vanishes_has_no_sum_but_a_reason(tmp_path: Path, export: Path) -> None:
    path = tmp_path / "case.sqlite"
    with open_outputs([path], run()) as outputs:
        for found in scan_records([export], jobs=1):
            fingerprint = Fingerprint(1, 1) if str(found.file).endswith(".zip") else found.fingerprint
            file = str(export / "gone.mbox") if str(found.file).endswith(".mbox") else found.file
            outputs.add(replace(found, file=file, fingerprint=fingerprint))
        outputs.finish()
    rows = dict(ask(path, "SELECT path, problem FROM containers WHERE sha256 IS NULL"))
    assert "changed" in rows[str(export / "box.zip")]
    assert "No such file" in rows[str(export / "gone.mbox")]


def test_very_many_containers_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container_hashes, "_PENDING", 2)
    records = []
    for number in range(20):
        box = tmp_path / f"{number}.eml.gz"
        box.write_bytes(b"x")
        found, fingerprint = record(f"{box}!/{number}.eml")
        size = Fingerprint(1, box.stat().st_mtime_ns)
        records.append((replace(found, file=str(box), fingerprint=size), fingerprint))
    path = store(tmp_path / "case.sqlite", records)
    assert ask(path, "SELECT count(sha256), count(DISTINCT path) FROM containers") == [(20, 20)]


# The document


def queries() -> list[tuple[str, str]]:
    """Each query of the document and the output below it."""
    pairs = re.findall(r"```sql\n(SELECT.*?)```\n+```text\n(.*?)```", DOCUMENT, re.DOTALL)
    assert len(pairs) == 3
    return pairs


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the document's example is made of: the samples that it names."""
    names = re.findall(r"`([a-z0-9-]+\.eml)`", DOCUMENT)
    assert len(names) == 6
    records = []
    for name in names:
        data = sample(name).read_bytes()
        result, fingerprint = contract.judged(f"export/{name}", classify(data, hash=True)), Fingerprint(7, 10**18)
        records.append((record_of(result, file=result.source, fingerprint=fingerprint), fingerprint))
    return store(tmp_path_factory.mktemp("store") / "case.sqlite", [*records, skipped("export/logo.png")])


@pytest.mark.parametrize(("query", "output"), queries())
def test_the_queries_of_the_document_give_what_it_says(case: Path, query: str, output: str) -> None:
    rows = ask(case, query)
    assert "".join("|".join("" if cell is None else str(cell) for cell in row) + "\n" for row in rows) == output


def test_every_table_and_column_is_documented() -> None:
    for name, statement in TABLES.items():
        section = DOCUMENT.partition(f"## `{name}`")[2].partition("\n## ")[0]
        columns = re.findall(r"^  ([a-z_0-9]+) ", statement, re.MULTILINE)
        assert len(columns) > 5
        assert {column for column in columns if f"`{column}`" not in section} == set(), name
    assert f"`user_version` is {SCHEMA_VERSION}" in DOCUMENT
    assert f"0x{APPLICATION_ID:08x}" in DOCUMENT


@pytest.mark.parametrize("query", [query for query, _ in queries()])
def test_no_query_of_the_document_reads_whole_tables_for_a_join(case: Path, query: str) -> None:
    plan = [row[3] for row in ask(case, f"EXPLAIN QUERY PLAN {query}")]
    assert len([step for step in plan if step.startswith("SCAN") and "INDEX" not in step]) <= 1
    assert not [step for step in plan if "AUTOMATIC" in step]


# Files that are not what they seem


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON items BEGIN DELETE FROM runs; END",
        "DROP TABLE parts",
        "ALTER TABLE items ADD COLUMN more TEXT",
        f"PRAGMA user_version = {SCHEMA_VERSION + 1}",
        "PRAGMA application_id = 0",
    ],
)
def test_tables_of_others_are_refused(tmp_path: Path, statement: str) -> None:
    path = store(tmp_path / "case.sqlite", mixed())
    change(path, statement)
    before = path.read_bytes()
    with pytest.raises(OutputError, match=re.escape(str(path))):
        open_outputs([path], run())
    with pytest.raises(SavedError, match=re.escape(str(path))):
        list(Saved(path))
    assert path.read_bytes() == before


def test_a_view_in_place_of_a_table_is_refused(tmp_path: Path) -> None:
    path = store(tmp_path / "case.sqlite", mixed())
    endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n AS result FROM r"
    change(path, "DROP TABLE items", f"CREATE VIEW items AS {endless}")
    with pytest.raises(SavedError, match="tables"):
        list(Saved(path))
    with pytest.raises(ForeignFileError):
        open_outputs([path], run())


def test_indexes_and_views_of_ones_own_are_welcome(tmp_path: Path) -> None:
    path = store(tmp_path / "case.sqlite", mixed())
    change(path, "CREATE INDEX mine ON items (subject)", "CREATE VIEW blocked AS SELECT * FROM items")
    store(path, mixed())
    assert len(list(Saved(path))) == 5
    assert set(INDEXES) <= {row[0] for row in ask(path, "SELECT name FROM sqlite_schema")}


def test_damaged_pages_are_an_error(tmp_path: Path) -> None:
    path = store(tmp_path / "case.sqlite", [record(f"{number}.eml") for number in range(50)])
    data = path.read_bytes()
    for start in range(4096, len(data), 4096 * 5):
        path.write_bytes(data[:start] + bytes(2000) + data[start + 2000 :])
        try:
            found = [stored.line for stored in Saved(path)]
        except SavedError:
            continue
        # What was hit is nothing that the results are read from.
        assert found == [record(f"{number}.eml")[0].line for number in range(50)]
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(SavedError, match="damaged"):
        list(Saved(path))


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE items SET result = x'00ff' WHERE position = 2", "item 2"),
        ("UPDATE items SET result = CAST(x'7bff' AS TEXT) WHERE position = 2", "damaged"),
        ("UPDATE items SET result = 'x' WHERE position = 2", "item 2 is no result"),
        ("UPDATE items SET result = '{}' WHERE position = 2", "item 2 is no result"),
        ("UPDATE items SET file = 7.5 WHERE position = 2", None),
        ("UPDATE items SET file = x'00' WHERE position = 2", "item 2"),
        ("UPDATE runs SET arguments = '7'", "run"),
        ("UPDATE runs SET profile = '{'", "run"),
        ("UPDATE runs SET limits = x'00'", "run"),
        ("UPDATE items SET result = zeroblob(70000000)", "too big"),
    ],
)
def test_values_of_another_kind_are_an_error(tmp_path: Path, statement: str, words: str | None) -> None:
    path = store(tmp_path / "case.sqlite", mixed())
    change(path, statement)
    if words is None:
        assert len(list(Saved(path))) == 5
        return
    with pytest.raises(SavedError, match=words):
        list(Saved(path))


def test_a_store_is_read_without_changing_it(tmp_path: Path) -> None:
    path = store(tmp_path / "case %41#?.sqlite", mixed())
    before = path.read_bytes()
    path.chmod(0o400)
    stored = list(Saved(path))
    assert b"".join(entry.line + b"\n" for entry in stored) == lines(mixed())
    assert [entry.fingerprint for entry in stored] == [fingerprint for _, fingerprint in mixed()]
    assert path.read_bytes() == before
