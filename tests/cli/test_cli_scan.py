"""``pecdetect check`` over whole exports: files to write, lists to read, workers, the closing table, Ctrl-C."""

import hashlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import pecdetect
from pecdetect.cli.app import app
from pecdetect.scanning.store.saved import Saved

ROOT = Path(pecdetect.__file__).parents[1]
MAIL = "From: a@{domain}\nTo: b@example.org\nSubject: mail {n}\nMessage-ID: <{n}@example.org>\n\nx\n"
PEC = "X-Trasporto: posta-certificata\n" + MAIL
NOBODY = "To: b@example.org\nSubject: nobody\x1b[2J {n}\nMessage-ID: <{n}@example.org>\n\n{fill}\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "in").mkdir()
    for n in range(70):
        (tmp_path / "in" / f"{n:02}.eml").write_text(MAIL.format(n=n, domain=f"d{n % 3}.example.org"))
    for n in range(70, 80):
        (tmp_path / "in" / f"{n}.eml").write_text(NOBODY.format(n=n, fill="x" * n))
    (tmp_path / "in" / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    monkeypatch.chdir(tmp_path)


def check(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["check", *arguments], input=stdin)


def lines(*arguments: str, stdin: bytes | None = None) -> list[str]:
    return check(*arguments, "--format", "jsonl", stdin=stdin).stdout.splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("options", [["-j", "1"], ["-j", "2"], ["--jobs", "3"], ["-j", "1", "--timeout", "30"]])
def test_the_same_with_any_number_of_workers(options: list[str]) -> None:
    assert lines("in", *options) == lines("in")
    assert sorted(lines("in", *options, "--unordered")) == sorted(lines("in"))


def test_outputs_hold_what_the_standard_output_would() -> None:
    expected = lines("in", "none.eml")
    done = check("in", "none.eml", "-o", "out.jsonl", "-o", "out.json", "--output", "out.csv", "--delimiter", ";")
    assert done.exit_code == 2
    assert Path("out.jsonl").read_text("ascii").splitlines() == expected
    assert json.loads(Path("out.json").read_text("ascii")) == [json.loads(line) for line in expected]
    assert len(Path("out.csv").read_text("utf-8-sig").splitlines()) >= len(expected)
    assert "in/00.eml" not in done.stdout
    assert done.stdout.splitlines()[-1] == "80 messages: 10 blocked, 70 syncs, 1 skipped, 1 not read"


def test_an_output_in_the_folder_is_no_input() -> None:
    done = check("in", "-o", "in/out.jsonl", "-o", "in/out.json")
    assert done.stdout.splitlines()[-1] == "80 messages: 10 blocked, 70 syncs, 1 skipped"
    assert check("in", "-o", "in/out.jsonl", "-o", "in/out.json").stdout == done.stdout


def test_a_scan_goes_on_where_it_stopped() -> None:
    check("in", "-o", "whole.jsonl")
    whole = Path("whole.jsonl").read_bytes()
    check(*(f"in/{n:02}.eml" for n in range(30)), "-o", "part.sqlite")
    check("in", "-o", "part.sqlite", "-o", "part.jsonl", "-j", "2")
    assert Path("part.jsonl").read_bytes() == whole
    assert ask("part.sqlite", "SELECT judged_in, count(*) FROM items GROUP BY judged_in") == [(1, 30), (2, 51)]
    check("in", "-o", "part.sqlite", "-o", "part.jsonl", "--no-resume")
    assert Path("part.jsonl").read_bytes() == whole
    assert ask("part.sqlite", "SELECT judged_in, count(*) FROM items GROUP BY judged_in") == [(1, 81)]


def ask(path: str, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as data:
        return data.execute(query).fetchall()


def test_only_a_store_is_resumed_and_the_message_says_so() -> None:
    assert ".sqlite" not in check("in", "-o", "out.jsonl").stderr
    again = check("in", "-o", "out.jsonl").stderr
    assert "out.jsonl is written anew; only a scan into a .sqlite file can be resumed: -o FILE.sqlite" in again
    for options in (["--quiet"], ["--no-resume"], ["-o", "out.sqlite"]):
        assert "written anew" not in check("in", "-o", "out.jsonl", *options).stderr


def test_the_sum_of_an_export_is_said() -> None:
    said = check("in", "-o", "out.jsonl", "-o", "out.sqlite").stderr
    digest = hashlib.sha256(Path("out.jsonl").read_bytes()).hexdigest()
    assert said == f"pecdetect: out.jsonl: SHA-256 {digest}\n"
    assert ask("out.sqlite", "SELECT exports FROM runs") == [(f'{{"out.jsonl":"{digest}"}}',)]
    assert not check("in", "-o", "out.jsonl", "-q").stderr


def test_further_digests_are_kept() -> None:
    check("in", "-o", "out.sqlite", "--md5", "--sha1")
    data = Path("in/00.eml").read_bytes()
    md5, sha1 = (hashlib.new(name, data, usedforsecurity=False).hexdigest() for name in ("md5", "sha1"))
    assert ask("out.sqlite", "SELECT md5, sha1 FROM items WHERE source LIKE '%00.eml'") == [(md5, sha1)]


def test_the_password_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile("a.zip", "w") as archive:
        archive.writestr("1.eml", MAIL.format(n=1, domain="example.org"))
    for words in (["--password", "geheim"], ["--password=geheim"]):
        arguments = ["check", "a.zip", *words, "-o", "out.sqlite"]
        monkeypatch.setattr(sys, "argv", ["pecdetect", *arguments])
        assert CliRunner().invoke(app, arguments).exit_code == 0
        assert b"geheim" not in Path("out.sqlite").read_bytes()
        assert "***" in ask("out.sqlite", "SELECT arguments FROM runs ORDER BY id DESC")[0][0]


def test_paths_from_a_list() -> None:
    Path("list").write_bytes(b"in/01.eml\nin/02.eml\r\n\nin/70.eml")
    sources = [json.loads(line)["source"] for line in lines("in/00.eml", "--from-list", "list")]
    assert sources == ["in/00.eml", "in/01.eml", "in/02.eml", "in/70.eml"]
    assert len(lines("--from-list", "-", stdin=b"in/01.eml\nin/02.eml\n")) == 2
    assert len(lines("--from-list", "-", "-z", stdin=b"in/01.eml\0in/02.eml\0")) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-z", "in"], "--from-list"),
        (["--from-list", "none"], "No such file"),
        (["in", "-j", "0"], "--jobs"),
        (["in", "--timeout", "0"], "--timeout"),
        (["in", "-o", "out.doc"], ".jsonl"),
        (["in", "-o", "out.json", "-o", "./out.json"], "twice"),
        (["in", "-o", "none/out.json"], "none"),
        (["in", "-o", "in/00.eml"], "--output"),
        (["in", "-o", "foreign.jsonl"], "foreign.jsonl"),
        (["in", "-o", "out.csv", "--delimiter", "ab"], "delimiter"),
    ],
)
def test_wrong_usage(options: list[str], said: str) -> None:
    Path("foreign.jsonl").write_text("mine\n")
    result = check(*options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert Path("foreign.jsonl").read_text() == "mine\n"


def test_many_messages_end_in_what_they_come_to() -> None:
    text = check("in").stdout
    assert "  10  ✗ blocked  12.5 %" in text
    assert "  10  sender-invalid" in text
    assert text.index("Skipped, by reason") > text.index("Largest blocked") > text.index("Decided by")
    assert "1  not-a-message" in text
    assert "\x1b" not in text
    only_few = check(*(f"in/{n:02}.eml" for n in range(20))).stdout
    assert "Outcomes" not in only_few


def test_quiet() -> None:
    assert not check("in", "--format", "jsonl", "--quiet").stderr
    assert (
        check("in", "none.eml", "--format", "jsonl", "-q").stderr
        == "pecdetect: none.eml: There is no such file or folder.\n"
    )


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_ctrl_c_leaves_what_was_done_and_no_process(tmp_path: Path) -> None:
    for n in range(3000):
        (tmp_path / "in" / f"x{n}.eml").write_text(MAIL.format(n=n, domain="example.org"))
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(
        [sys.executable, "-m", "pecdetect", "check", "in", "pipe", "-j", "2", "-o", "out.jsonl", "-f", "jsonl"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers, too
        process.stdout.read()
        errors = process.stderr.read().decode()
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert re.search(r"stopped after [0-9,]+ results; only a scan into a .sqlite file can be resumed", errors)
    written = Path(tmp_path / "out.jsonl").read_text("ascii")
    assert written.endswith("\n")
    assert all(json.loads(line)["schema"] == "pecdetect/result/1" for line in written.splitlines())
    assert is_gone(process.pid)


def is_gone(group: int) -> bool:
    """Wait until no process of a group is left; the one that keeps Python's books ends a moment after the last."""
    for _ in range(200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def scanning(tmp_path: Path) -> subprocess.Popen[bytes]:
    """A scan of more than can be judged in a moment, which has judged some of it."""
    for n in range(4000):
        (tmp_path / "in" / f"x{n}.eml").write_text(MAIL.format(n=n, domain="example.org"))
    process = subprocess.Popen(
        [sys.executable, "-m", "pecdetect", "check", "in", "-j", "2", "-o", "out.sqlite", "-o", "out.jsonl"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    for _ in range(600):
        if Path("out.sqlite").exists() and Path("out.sqlite").stat().st_size > 500_000:
            return process
        time.sleep(0.05)
    raise AssertionError("it judges nothing")


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_a_scan_is_killed_at_half_and_started_again(tmp_path: Path) -> None:
    with scanning(tmp_path) as process:
        for output in ("out.sqlite", "out.jsonl"):
            second = check("in", "-o", output)
            assert second.exit_code == 2
            assert "another scan is writing it" in " ".join(second.stderr.split())
        process.send_signal(signal.SIGKILL)
    assert is_gone(process.pid)
    done = ask("out.sqlite", "SELECT count(*) FROM items")[0][0]
    assert 0 < done < 4081
    assert check("in", "-j", "2", "-o", "out.sqlite", "-o", "out.jsonl", "-q").exit_code == 1
    assert ask("out.sqlite", "SELECT complete, items FROM runs") == [(0, 0), (1, 4081)]
    assert ask("out.sqlite", "SELECT count(*) FROM items WHERE judged_in = 1") == [(done,)]
    check("in", "-j", "2", "-o", "whole.sqlite", "-o", "whole.jsonl", "-q")
    assert Path("out.jsonl").read_bytes() == Path("whole.jsonl").read_bytes()
    rows = [list(Saved(name)) for name in ("out.sqlite", "whole.sqlite")]
    assert rows[0] == rows[1]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="limits of files are POSIX")
@pytest.mark.parametrize("extension", [".jsonl", ".json", ".csv", ".html", ".sqlite"])
def test_a_full_disk_leaves_what_was_there(tmp_path: Path, extension: str) -> None:
    name = f"out{extension}"
    assert check("in/00.eml", "in/70.eml", "-o", name, "-q").exit_code == 1
    before = sorted(entry.name for entry in tmp_path.iterdir())
    first = Path(name).read_bytes()
    most = len(first) + 20_000 if extension != ".html" else 40_000
    code = (
        f"import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}));"
        " from pecdetect.__main__ import main; sys.exit(main())"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code, "check", "in", "-j", "1", "-o", name, "-q"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr
    assert b"Traceback" not in done.stderr
    assert sorted(entry.name for entry in tmp_path.iterdir()) == before
    if extension == ".sqlite":
        assert ask(name, "PRAGMA integrity_check") == [("ok",)]
        assert {source for (source,) in ask(name, "SELECT source FROM items")} >= {"in/00.eml", "in/70.eml"}
    else:
        assert Path(name).read_bytes() == first
    assert check("in", "-o", name, "-q").exit_code == 1
