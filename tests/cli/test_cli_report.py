"""``pecdetect report`` and ``pecdetect diff``: saved scans, without the mail."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from pecdetect.cli.app import app
from pecdetect.scanning.store import exports
from pecdetect.scanning.store.outputs import EXTENSIONS, open_outputs
from pecdetect.scanning.store.saved import Saved
from support.results import EXE, HOSTILE, lines, mail, mixed, record, run

if TYPE_CHECKING:
    from pathlib import Path


def call(*arguments: str | Path) -> Result:
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(params=["jsonl", "json", "sqlite"])
def saved(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / f"case.{request.param}"
    with open_outputs([path], run()) as outputs:
        for found, _ in mixed():
            outputs.add(found)
        outputs.finish()
    return path


def test_a_saved_scan_in_other_forms(saved: Path, tmp_path: Path) -> None:
    names = [tmp_path / f"out.{kind}" for kind in ("html", "csv", "json", "jsonl")]
    result = call("report", saved, *(word for name in names for word in ("-o", name)))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("pecdetect: 5 results written to ")
    assert f"out.jsonl: SHA-256 {hashlib.sha256(lines(mixed())).hexdigest()}\n" in result.stderr
    assert names[3].read_bytes() == lines(mixed())
    assert len(json.loads(names[2].read_bytes())) == 5
    assert names[1].read_bytes().count(b"\r\n") == 6
    assert "in/b.eml" in names[0].read_text("utf-8")
    # And again, over what is there.
    assert call("report", saved, *(word for name in names for word in ("-o", name))).exit_code == 0


def test_an_export_of_a_saved_scan_has_the_bytes_of_a_direct_one(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    kinds = [kind for kind in EXTENSIONS if kind != ".sqlite"]
    with open_outputs([tmp_path / f"direct{kind}" for kind in kinds] + [tmp_path / "case.sqlite"], run()) as outputs:
        for found, _ in mixed():
            outputs.add(found)
        outputs.finish()
    names = [tmp_path / f"later{kind}" for kind in kinds]
    assert call("report", tmp_path / "case.sqlite", *(word for name in names for word in ("-o", name))).exit_code == 0
    for kind, name in zip(kinds, names, strict=True):
        assert name.read_bytes() == (tmp_path / f"direct{kind}").read_bytes(), kind


def test_lines_become_a_store_and_a_store_is_copied(tmp_path: Path) -> None:
    (tmp_path / "case.jsonl").write_bytes(lines(mixed()))
    assert call("report", tmp_path / "case.jsonl", "-o", tmp_path / "out.sqlite").exit_code == 0
    assert [stored.line for stored in Saved(tmp_path / "out.sqlite")] == [found.line for found, _ in mixed()]
    result = call("report", tmp_path / "out.sqlite", "-o", tmp_path / "more.sqlite")
    assert result.exit_code == 2
    assert "copy the file" in " ".join(result.stderr.replace("\u2502", " ").split())


def test_a_delimiter(saved: Path, tmp_path: Path) -> None:
    assert call("report", saved, "-o", tmp_path / "out.csv", "--delimiter", ";").exit_code == 0
    assert (tmp_path / "out.csv").read_text("utf-8-sig").startswith("source;outcome;")


@pytest.mark.parametrize(
    ("name", "words"),
    [("out.txt", "output ends in one of"), ("none/out.csv", "folder"), ("diary.csv", "not written by pecdetect")],
)
def test_wrong_outputs_are_wrong_usage(saved: Path, tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "diary.csv").write_text("Dear diary\n")
    result = call("report", saved, "-o", tmp_path / "good.json", "-o", tmp_path / name)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.replace("\u2502", " ").split())
    assert not (tmp_path / "good.json").exists()
    assert (tmp_path / "diary.csv").read_text() == "Dear diary\n"


def test_a_scan_is_not_written_over_itself(saved: Path) -> None:
    before = saved.read_bytes()
    assert call("report", saved, "-o", saved).exit_code == 2
    assert saved.read_bytes() == before
    assert call("report", saved).exit_code == 2


def test_parquet_needs_its_extra(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "find_spec", lambda _: None)
    result = call("report", saved, "-o", tmp_path / "out.parquet")
    assert result.exit_code == 2
    assert "pecdetect[arrow]" in result.stderr


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"Dear diary\n", "is no saved scan"),
        (lines(mixed())[:-9], "line 5 is no result"),
        (lines(mixed()).replace(b'"degraded"', b'"x"').replace(b'"syncs"', b'"x"'), "line 1 is no result"),
        (b"SQLite format 3\0" + bytes(84), "no store"),
    ],
)
def test_damage_ends_with_2_and_changes_nothing(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "case\x1b[2J.jsonl"
    path.write_bytes(data)
    out = tmp_path / "out.csv"
    out.write_bytes(b"")
    for result in (call("report", path, "-o", out), call("diff", path, path)):
        assert (result.exit_code, result.stdout) == (2, "")
        assert words in result.stderr
        assert result.stderr.count("\n") == 1
        assert "\x1b" not in result.stderr
    assert call("report", tmp_path / "none.jsonl", "-o", out).exit_code == 2


def test_half_a_scan_is_said_to_be_one(tmp_path: Path) -> None:
    with open_outputs([tmp_path / "case.sqlite"], run()) as outputs:
        outputs.add(record()[0])
    result = call("report", tmp_path / "case.sqlite", "-o", tmp_path / "out.csv")
    assert result.exit_code == 0
    assert "was not completed" in result.stderr
    assert "1 result written" in result.stderr


def test_lines_without_a_log_make_a_report_too(tmp_path: Path) -> None:
    (tmp_path / "case.jsonl").write_bytes(lines(mixed()))
    result = call("report", tmp_path / "case.jsonl", "-o", tmp_path / "out.html", "-o", tmp_path / "out.sqlite")
    assert result.exit_code == 0
    assert "not completed" not in result.stderr
    assert call("diff", tmp_path / "case.jsonl", tmp_path / "out.sqlite").exit_code == 0


# diff


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "a.jsonl", tmp_path / "b.sqlite"
    odd = "in/\x1b[31m\u202e.eml"
    before = [record("in/a.eml"), record(odd, mail(body=EXE)), record("in/c.eml", mail("c")), record("in/d.eml")]
    after = [record("in/a.eml"), record(odd, mail(HOSTILE, body=EXE)), record("new/c.eml", mail("c"))]
    after += [record("in/e.eml", mail("e"))]
    for path, records in zip(paths, (before, after), strict=True):
        with open_outputs([path], run()) as outputs:
            for found, _ in records:
                outputs.add(found)
            outputs.finish()
    return paths


def test_diff_as_text(two: tuple[Path, Path]) -> None:
    result = call("diff", *two)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "degraded -> undetermined: in/\\x1b[31m<U+202E>.eml",
        "    + invalid-xml-characters",
        "moved (syncs): new/c.eml",
        "    was at in/c.eml",
        "new (syncs): in/e.eml",
        "gone (syncs): in/d.eml",
        "5 items: 1 with another outcome, 1 new, 1 gone, 1 moved, 1 the same",
    ]


def test_diff_as_json(two: tuple[Path, Path]) -> None:
    result = call("diff", *two, "--format", "json")
    assert result.exit_code == 1
    assert result.stdout.isascii()
    value = json.loads(result.stdout)
    assert value["schema"] == "pecdetect/diff/1"
    assert value["counts"] == {"outcome": 1, "reasons": 0, "new": 1, "gone": 1, "moved": 1, "same": 1}
    assert [change["change"] for change in value["changes"]] == ["outcome", "moved", "new", "gone"]
    assert value["changes"][0]["gained"] == ["invalid-xml-characters"]
    assert value["settings"] == []


@pytest.mark.parametrize("kind", ["text", "json"])
def test_diff_of_the_same(two: tuple[Path, Path], kind: str) -> None:
    result = call("diff", two[0], two[0], "--format", kind)
    assert result.exit_code == 0
    assert "changes" not in result.stdout if kind == "text" else json.loads(result.stdout)["changes"] == []


def test_diff_names_other_settings(tmp_path: Path) -> None:
    for name, channel in (("a.sqlite", "exchange"), ("b.sqlite", "pop-imap")):
        with open_outputs([tmp_path / name], run(channel=channel)) as outputs:
            outputs.add(record(channel=channel)[0])
            outputs.finish()
    found = call("diff", tmp_path / "a.sqlite", tmp_path / "b.sqlite").stdout.splitlines()
    assert 'setting profile.channel: "exchange" -> "pop-imap"' in found
