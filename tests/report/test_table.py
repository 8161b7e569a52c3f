"""The table for a spreadsheet: nothing in it runs, nothing in it is hidden, every row has every column."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from pecdetect.report import table
from pecdetect.report.table import COLUMNS, MAX_CELL, cell, cells, write_header, write_row
from support.contracts import failed, mixed, skipped

if TYPE_CHECKING:
    from pathlib import Path

    from pecdetect.contract import Result


def named(result: Result) -> dict[str, str]:
    return dict(zip(COLUMNS, cells(result), strict=True))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (0, "0"),
        ("", ""),
        ("Offerta", "Offerta"),
        ("perch\u00e9 \u8acb\u6c42 \U0001f600", "perch\u00e9 \u8acb\u6c42 \U0001f600"),
        ("=1+1", "'=1+1"),
        ("+39 02", "'+39 02"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\u00a0\u3000=1", "'\u00a0\u3000=1"),
        ("\uff1d1", "'\uff1d1"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff0d1", "'\uff0d1"),
        ("\uff20x", "'\uff20x"),
        ("\u22121", "'\u22121"),
        ('"=1"', '\'"=1"'),
        ("'=1", "''=1"),
        ("\t=1", "\\t=1"),
        ("\r=1", "\\r=1"),
        ("\n=1", "\\n=1"),
        ("a\r\n=1", "a\\r\\n=1"),
        ("\x00\x1b[2J", "\\x00\\x1b[2J"),
        ("\u202egnp.exe", "<U+202E>gnp.exe"),
        ("\u200b=1", "<U+200B>=1"),
        ("\ufeff=1", "<U+FEFF>=1"),
        ("\ud800", "<U+D800>"),
        ("a;=1", "a;'=1"),
        ("a, -1", "a, '-1"),
        ('a|"@x', "a|\"'@x"),
        ("a=1, b", "a=1, b"),
        ("2026-03-02", "2026-03-02"),
        (["a@example.org", "=b"], "a@example.org; '=b"),
        ([], ""),
    ],
)
def test_cells_only_show(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_no_cell_outgrows_a_spreadsheet() -> None:
    for text in ("x" * 100_000, "\x1b" * 100_000, ", =" * 40_000):
        found = cell(text)
        assert len(found) <= 32_767
        assert found.endswith(" ... (cut off)")
    assert cell("x" * MAX_CELL) == "x" * MAX_CELL
    assert "cut off" in cell("\x1b" * (MAX_CELL // 2))


def test_columns_say_what_the_result_says() -> None:
    result = mixed()[1]
    assert result.verdict is not None
    row = named(result)
    assert row["source"] == "in/b.eml"
    assert row["outcome"] == "undetermined"
    assert row["decided_by"] == "invalid-xml-characters"
    assert "attachment-blocked-extension" in row["reasons"].split("; ")
    assert row["subject"].startswith("'=cmd|' /C calc'!A0\\x1b[2J<U+202E>perch\u00e9")
    assert (row["from"], row["to"], row["cc"]) == ("a@example.org", "b@example.com", "")
    assert (row["attachments"], row["attachment_names"]) == ("1", "setup.exe")
    assert (row["container"], row["kind"], row["channel"]) == ("eml", "email", "exchange")
    assert (row["sender"], row["sender_domain"], row["provider_domain"]) == ("a@example.org", "example.org", "")
    assert row["size"] == str(result.verdict.source.size)
    assert re.fullmatch("[0-9a-f]{64}", row["sha256"])
    assert (row["skipped"], row["error"], row["detail"], row["pec_type"]) == ("", "", "", "")


def test_what_has_no_verdict_is_a_row_too() -> None:
    row = named(skipped())
    assert (row["outcome"], row["skipped"], row["detail"]) == ("skipped", "not-a-message", "holds no e-mail")
    row = named(failed())
    assert (row["outcome"], row["error"], row["detail"]) == ("error", "permission-denied", "permission denied")
    assert {name for name, value in row.items() if value} == {"source", "outcome", "error", "detail"}


def written(delimiter: str) -> str:
    stream = io.StringIO(newline="")
    write_header(stream, delimiter)
    for found in mixed():
        write_row(stream, found, delimiter)
    return stream.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_file_is_what_a_reader_expects(delimiter: str) -> None:
    text = written(delimiter)
    assert text.startswith(table.BYTE_ORDER_MARK)
    rows = list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=delimiter))
    assert rows[0] == list(COLUMNS)
    assert [len(row) for row in rows] == [len(COLUMNS)] * 6
    assert rows[1:] == [cells(found) for found in mixed()]
    assert text.count("\r\n") == text.count("\n") == 6


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("read_as", [",", ";", "\t", "|"])
def test_nothing_runs_whatever_the_reader_takes_for_the_delimiter(delimiter: str, read_as: str) -> None:
    text = written(delimiter)
    for row in csv.reader(io.StringIO(text[1:], newline=""), delimiter=read_as):
        assert not [entry for entry in row if re.match(r"[\s\"]*[=+@\-\uff1d]", entry)]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_shows_the_same_and_runs_nothing(tmp_path: Path) -> None:
    (tmp_path / "case.csv").write_bytes(written(",").encode())
    reading = "Text - txt - csv (StarCalc):44,34,76"
    for kind in (f"csv:{reading}", "fods"):
        command = ["soffice", f"-env:UserInstallation={(tmp_path / 'home').as_uri()}", "--headless"]
        command += [f"--infilter={reading}", "--convert-to", kind, "--outdir", str(tmp_path / "out")]
        subprocess.run(  # noqa: S603 - no text from outside
            [*command, str(tmp_path / "case.csv")], check=True, capture_output=True, timeout=120
        )
    with (tmp_path / "out" / "case.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == list(COLUMNS)
    assert rows[1:] == [cells(found) for found in mixed()]
    assert "table:formula" not in (tmp_path / "out" / "case.fods").read_text("utf-8")
