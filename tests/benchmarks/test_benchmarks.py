"""The messages of the comparison are what they claim to be, and its tables render; no time is asserted."""

from __future__ import annotations

import base64
import email
import hashlib
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytestmark = pytest.mark.slow

BENCHMARKS = Path(__file__).parent.parent.parent / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import compare  # noqa: E402 - found through the path set above
import export  # noqa: E402
from comparison import corpus, imports, outlook, probe, readers, tables, timing  # noqa: E402
from comparison.cases import CASES, LEVELS, Case  # noqa: E402
from comparison.probe import Probe  # noqa: E402

import pecdetect  # noqa: E402

if TYPE_CHECKING:
    from email.message import Message

BY_NAME = {case.name: case for case in CASES}
SIZES = {
    "small": (4_500, 5_500),
    "medium": (450_000, 550_000),
    "large": (21_500_000, 22_500_000),
    "pec": (6_800_000, 7_000_000),
    "parts": (300_000, 450_000),
    "nested": (10_000, 20_000),
}
TABLE = tables.Table("Five | kB", ("reader", "time", "said"), (("one", "1.00 ms", "a|b"), ("three", "22 s", "-")),
                     words=frozenset({0, 2}))  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("benchmarks") / "small.eml"
    path.write_bytes(BY_NAME["small"].build())
    return path


def parts_of(name: str) -> list[Message]:
    return list(email.message_from_bytes(BY_NAME[name].build()).walk())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_message_has_size_files_and_no_defects(case: Case) -> None:
    data = case.build()
    least, most = SIZES[case.name]
    assert least <= len(data) <= most
    assert b"\n" not in data.replace(b"\r\n", b"")
    names = []
    for part in email.message_from_bytes(data).walk():
        assert not part.defects
        names.append(part.get_filename())
    assert [name for name in names if name in case.files] == list(case.files)


def test_messages_are_the_same_in_every_run() -> None:
    for name in ("small", "nested"):
        assert BY_NAME[name].build() == BY_NAME[name].build()


def test_nested_is_as_deep_as_it_says() -> None:
    parts = parts_of("nested")
    assert [part.get_content_type() for part in parts] == ["multipart/mixed"] * LEVELS + ["application/pdf"]


def test_pec_is_a_signed_transport_envelope() -> None:
    data = BY_NAME["pec"].build()
    message = email.message_from_bytes(data)
    assert message["X-Trasporto"] == "posta-certificata"
    assert message.get_content_type() == "multipart/signed"
    names = [part.get_filename() for part in message.walk() if part.get_filename()]
    assert names == ["daticert.xml", "postacert.eml", "progetto.pdf", "smime.p7s"]
    boundary = b"--" + str(message.get_boundary()).encode()
    signed = data.split(boundary)[1].removeprefix(b"\r\n").removesuffix(b"\r\n")
    signature = base64.b64decode(message.get_payload(1).get_payload())  # type: ignore[union-attr,arg-type]
    assert hashlib.sha256(signed).digest() in signature


@pytest.mark.parametrize("name", [readers.EMAIL, "email (default)"])
def test_probe_in_another_process(name: str, small: Path) -> None:
    seen = probe.probe(name, small)
    assert seen.failure is None
    assert seen.files == ("offerta.pdf",)
    assert seen.growth is None or 0 <= seen.growth < 50_000_000


def test_probe_reports_what_is_raised(tmp_path: Path) -> None:
    seen = probe.measure(readers.EMAIL, tmp_path / "missing.eml")
    assert seen.files == ()
    assert seen.failure is not None
    assert seen.failure.startswith("FileNotFoundError: ")


def test_probe_reports_a_process_that_ends_badly(small: Path) -> None:
    assert probe.probe("no such reader", small) == Probe(failure="ended with code 1")


@pytest.mark.filterwarnings("default")  # what the other readers warn of is theirs
@pytest.mark.parametrize("reader", readers.READERS, ids=lambda reader: reader.name)
def test_installed_readers_find_the_attachment(reader: readers.Reader, small: Path) -> None:
    if reader.name == readers.FLOOR:
        assert reader.load()(small) == []
        return
    if not reader.installed:
        pytest.skip(f"{reader.distribution} is not installed")
    assert reader.load()(small) == ["offerta.pdf"]


@pytest.mark.parametrize(
    ("case", "least", "most"),
    [("msg", 25_000, 40_000), ("msg-large", 20_000_000, 20_500_000), ("msg-pec", 6_800_000, 7_200_000)],
)
def test_outlook_items_have_size_and_files(case: str, least: int, most: int, tmp_path: Path) -> None:
    found = next(entry for entry in outlook.OUTLOOK_CASES if entry.name == case)
    path = tmp_path / f"{case}{found.suffix}"
    path.write_bytes(found.build())
    assert least <= path.stat().st_size <= most
    assert set(found.files) <= set(probe.measure(readers.PECDETECT, path).files)


@pytest.mark.filterwarnings("default")  # as above
@pytest.mark.parametrize("reader", outlook.OUTLOOK_READERS, ids=lambda reader: reader.name)
def test_installed_readers_of_outlook_items_find_the_attachments(reader: readers.Reader, tmp_path: Path) -> None:
    if not reader.installed:
        pytest.skip(f"{reader.distribution} is not installed")
    path = tmp_path / "nota.msg"
    path.write_bytes(outlook.OUTLOOK_CASES[0].build())
    assert reader.load()(path) == ([] if reader.name in outlook.NAMELESS else list(outlook.PAIR))


MAIL = b"From: a@example.org\r\n\r\nx"


def manifest(folder: Path, *rows: tuple[str, str, str]) -> Path:
    """A corpus of small files: path, class and container."""
    lines = []
    for path, name, container in rows:
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(MAIL)
        lines.append(json.dumps({"path": path, "class": name, "truth": {"container": container}}))
    lines.append(json.dumps({"path": "gone.eml", "class": "pec", "truth": {"container": "eml"}}))
    (folder / "MANIFEST.jsonl").write_text("\n".join(lines), "utf-8")
    return folder


def test_real_mail_is_found_by_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "LARGEST", 1000)
    folder = manifest(
        tmp_path,
        ("x/b.eml", "pec", "eml"),
        ("x/a.eml", "pec", "eml"),
        ("x/large.eml", "pec", "eml"),
        ("y/list.eml", "eml", "eml"),
        ("y/box", "eml", "mbox"),
        ("y/a.msg", "msg", "msg"),
        ("y/text.msg", "eml", "eml"),
    )
    (folder / "x" / "large.eml").write_bytes(MAIL * 100)
    found = corpus.real_mail(folder)
    assert {name: [path.name for path in paths] for name, paths in found.items()} == {
        "pec": ["a.eml", "b.eml"],
        "ordinary": ["list.eml", "text.msg"],
        "outlook": ["a.msg"],
    }
    monkeypatch.setattr(corpus, "MOST", 1)
    assert [path.name for path in corpus.real_mail(folder)["pec"]] == ["a.eml"]


def test_outlook_items_need_no_manifest(tmp_path: Path) -> None:
    assert corpus.real_mail(tmp_path) == {}
    for name in ("a.MSG", "a.eml"):
        (tmp_path / name).write_bytes(MAIL)
    assert corpus.real_mail(tmp_path) == {corpus.ITEMS: [tmp_path / "a.MSG"]}


def test_a_reader_goes_through_all_files_before_the_next_one(tmp_path: Path) -> None:
    order: list[str] = []

    def noting(name: str) -> readers.Read:
        def read(path: Path) -> list[str]:
            order.append(name + path.name)
            if name == "b" and path.name == "2":
                raise ValueError
            return []

        return read

    paths = [tmp_path / "1", tmp_path / "2"]
    best = corpus.time_files(paths, {name: noting(name) for name in "ab"}, 2, lambda _: None)
    assert order == ["a1", "a2", "b1", "b2", "a1", "a2", "b1"], "what fails is not tried again"
    assert {name: list(seen) for name, seen in best.items()} == {"a": paths, "b": paths[:1]}


def test_ratios_are_over_the_files_that_both_read() -> None:
    one, two, three = Path("1"), Path("2"), Path("3")
    best = {"a": {one: 1.0, two: 1.0, three: 2.0}, "b": {one: 2.0, three: 10.0}, "c": {}}
    assert corpus.total_ratio(best, "b", "a") == 4.0
    assert corpus.median_ratio(best, "b", "a") == 3.5
    assert math.isnan(corpus.total_ratio(best, "c", "a"))


@pytest.mark.parametrize("name", ["ordinary", corpus.ITEMS])
def test_a_class_of_real_mail_is_timed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: Path) -> list[str]:
        raise ValueError

    chosen = [reader for reader in outlook.OUTLOOK_READERS if reader.name in (readers.PECDETECT, readers.FLOOR)]
    chosen.append(readers.Reader("fails", "pathlib", None, lambda: failing))
    chosen.append(readers.Reader("missing", "no_such_module", "no-such-module", lambda: failing))
    monkeypatch.setattr(compare, "OUTLOOK_READERS" if name == corpus.ITEMS else "READERS", tuple(chosen))
    paths = [tmp_path / "a", tmp_path / "b"]
    for path in paths:
        path.write_bytes(MAIL)
    table = compare.real_table(name, paths, quick=True)
    assert [row[:2] for row in table.rows] == [
        (readers.PECDETECT, "2 of 2"),
        (readers.FLOOR, "2 of 2"),
        ("fails", "0 of 2"),
        ("missing", "not installed"),
    ]
    assert table.rows[0][3:] == ("1.00", "1.00")


def test_without_real_mail_the_command_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.main(["--real", "--corpus", str(tmp_path)]) == 0
    assert f"there is none in {tmp_path}" in capsys.readouterr().out


def test_readers_take_turns(small: Path) -> None:
    order: list[str] = []

    def noting(name: str) -> readers.Read:
        def read(_: Path) -> list[str]:
            order.append(name)
            return []

        return read

    able = {name: noting(name) for name in "ab"}
    times = timing.interleave(able, small, rounds=2, least=1e-9, tell=lambda _: None)
    assert "".join(order).endswith("abab")
    assert {name: len(row) for name, row in times.items()} == {"a": 2, "b": 2}


def test_ratio_is_the_median_of_the_rounds() -> None:
    times = {"a": [1.0, 2.0, 4.0], "b": [3.0, 4.0, 40.0]}
    assert timing.ratio(times, "b", "a") == 3.0


def test_plain_table_is_aligned() -> None:
    assert tables.plain(TABLE) == (
        "Five | kB\n"
        "reader     time  said\n"
        "------  -------  ----\n"
        "one     1.00 ms  a|b\n"
        "three      22 s  -\n"
    )  # fmt: skip


def test_markdown_table() -> None:
    assert tables.markdown(TABLE) == (
        "### Five | kB\n\n"
        "| reader | time | said |\n"
        "|---|---:|---|\n"
        "| one | 1.00 ms | a\\|b |\n"
        "| three | 22 s | - |\n"
    )  # fmt: skip


def test_page_is_renewed_between_its_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{tables.START}\nold\n{tables.END}\nafter\n", encoding="utf-8")
    for _ in range(2):
        tables.update(page, [TABLE], "a machine")
    text = page.read_text(encoding="utf-8")
    assert text == f"before\n{tables.block([TABLE], 'a machine')}\nafter\n"
    assert "old" not in text
    with pytest.raises(ValueError, match="comparison"):
        tables.replace_block("no markers", "new")


def test_readme_has_a_place_for_the_tables() -> None:
    page = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    assert tables.replace_block(page, "new") != page


@pytest.mark.parametrize(
    ("value", "said"),
    [(1.5, "1.50 s"), (99.97, "100 s"), (0.0123, "12.3 ms"), (0.000_099_8, "99.8 us"), (0.000_001, "1.00 us")],
)
def test_durations(value: float, said: str) -> None:
    assert tables.seconds(value) == said


@pytest.mark.parametrize(
    ("value", "said"), [(0.0, "0.000"), (0.0123, "0.012"), (0.5, "0.50"), (9.996, "10.0"), (1234.5, "1234")]
)
def test_significant_digits(value: float, said: str) -> None:
    assert tables.significant(value) == said


def test_case_table_names_what_is_missing_and_what_fails() -> None:
    probes = {
        readers.PECDETECT: Probe(("offerta.pdf",), 1_500_000),
        readers.EMAIL: Probe(("offerta.pdf", "disegni.pdf"), 4_000_000),
        "mail-parser": compare.MISSING,
        "eml-parser": Probe(failure="RecursionError: too deep"),
        readers.FLOOR: Probe((), None),
    }
    times = {readers.PECDETECT: [1e-3, 2e-3], readers.EMAIL: [2e-2, 6e-2], readers.FLOOR: [1e-5, 1e-5]}
    table = compare.case_table(BY_NAME["medium"], 500_000, probes, times)
    assert table.head == ("reader", "time", "x pecdetect", "peak memory", "x file", "attachments found")
    assert table.rows == (
        ("pecdetect", "1.50 ms", "1.00", "+1.5 MB", "3.00", "1 of 2"),
        ("email (compat32)", "40.0 ms", "25.0", "+4.0 MB", "8.00", "2 of 2"),
        ("mail-parser", "-", "-", "-", "-", "not installed"),
        ("eml-parser", "-", "-", "-", "-", "RecursionError: too deep"),
        ("(reading the file)", "10.0 us", "0.007", "-", "-", "-"),
    )
    untimed = compare.case_table(BY_NAME["small"], 5_000, probes, {})
    assert untimed.head == ("reader", "peak memory", "x file", "attachments found")
    assert untimed.rows[0] == ("pecdetect", "+1.5 MB", "-", "1 of 1")


def test_without_pecdetect_the_standard_library_is_the_measure() -> None:
    probes = {readers.PECDETECT: compare.MISSING, readers.EMAIL: Probe(("offerta.pdf",), 1)}
    table = compare.case_table(BY_NAME["small"], 5_000, probes, {readers.EMAIL: [1.0]})
    assert table.head[2] == "x email (compat32)"


def test_import_statements_begin_with_the_measure() -> None:
    assert imports.statements()[:2] == ["pass", "import email.parser"]


def test_imports_are_timed_and_failures_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "statements", lambda: [imports.BARE, imports.BASE, "import no_such_module"])
    table = compare.import_table(quick=True)
    assert [row[0] for row in table.rows] == [
        "(the interpreter alone)",
        "import email.parser",
        "import no_such_module (fails)",
    ]
    assert table.rows[1][2] == table.rows[1][4] == "1.00"


@pytest.mark.parametrize(
    ("argv", "measured"),
    [
        ([], "speed real imports"),
        (["--only", "pec"], "speed"),
        (["--memory"], "memory"),
        (["--import"], "imports"),
        (["--speed", "--import"], "speed imports"),
        (["--only", "pec", "--memory"], "memory"),
        (["--corpus", "folder"], "speed real imports"),
        (["--corpus", "folder", "--real"], "real"),
        (["--only", "msg", "--speed", "--real"], "speed real"),
    ],
)
def test_flags(argv: list[str], measured: str) -> None:
    options = compare.arguments(argv)
    assert [name for name in ("speed", "memory", "real", "imports") if getattr(options, name)] == measured.split()


def test_page_without_markers_is_refused_before_measuring(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing here\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="2"):
        compare.arguments(["--markdown", str(page)])


def test_command_prints_the_machine_and_a_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "READERS", readers.READERS[:2])
    assert compare.main(["--only", "small", "--memory"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == compare.machine()
    assert out[2].startswith("5 kB: ")
    assert [row.split()[0] for row in out[5:7]] == ["pecdetect", "email"]


def test_the_export_holds_what_it_says(tmp_path: Path) -> None:
    export.write_export(tmp_path, 200)
    results = list(pecdetect.scan(tmp_path))
    assert len(results) == 200
    assert all(result.verdict is not None for result in results)
    hostile = [result.source for result in results if Path(result.source).name.startswith(export.HOSTILE)]
    assert len(hostile) == 2
