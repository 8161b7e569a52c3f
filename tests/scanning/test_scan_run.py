"""Scanning: one result for each file, and none stops the others."""

import hashlib
import io
import os
import sys
import threading
from pathlib import Path

import pytest

from pecdetect.flow import classify
from pecdetect.profile import Channel, Profile
from pecdetect.result import Result
from pecdetect.scanning import run
from pecdetect.scanning.run import scan
from pecdetect.verdict import Outcome, Verdict

MAIL = (
    b"From: a@example.org\r\nTo: b@example.org\r\nSubject: Pranzo\r\nMessage-ID: <1@example.org>\r\n"
    b"Date: Mon, 2 Mar 2026 10:11:12 +0100\r\n\r\nA domani.\r\n"
)


def kinds(results: list[Result]) -> list[tuple[str, str]]:
    return [(Path(each.source).name, kind(each)) for each in results]


def kind(result: Result) -> str:
    if result.verdict is not None:
        return result.verdict.outcome.value
    problem = result.error or result.skipped
    assert problem is not None
    return problem.code


def test_a_folder_of_everything(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "z.eml").write_bytes(MAIL)
    results = list(scan([tmp_path, tmp_path / "none.eml"]))
    assert kinds(results) == [
        ("a.eml", "syncs"),
        ("logo.png", "not-a-message"),
        ("z.eml", "syncs"),
        ("none.eml", "not-found"),
    ]
    assert results[1].skipped is not None


def test_a_named_file_gets_a_verdict_whatever_it_is(tmp_path: Path) -> None:
    path = tmp_path / "logo.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    (result,) = scan([path])
    assert result.verdict is not None
    assert result.verdict.decided_by == ("not-a-message",)


def test_results_come_as_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    results = scan([tmp_path / "a.eml", tmp_path / "later.eml"])
    assert kind(next(results)) == "syncs"
    (tmp_path / "later.eml").write_bytes(MAIL)
    assert kind(next(results)) == "syncs"


def test_profile_and_hash_reach_the_verdict(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(MAIL)
    (result,) = scan([path], profile=Profile(channel="email-router"), hash=True)
    assert result.verdict is not None
    assert result.verdict.profile.channel is Channel.EMAIL_ROUTER
    assert result.verdict.source.sha256 == hashlib.sha256(MAIL).hexdigest()


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MAIL)))
    (result,) = scan(["-"])
    assert (result.source, kind(result)) == ("-", "syncs")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_named_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(MAIL,))
    writer.start()
    (result,) = scan([pipe])
    writer.join()
    assert kind(result) == "syncs"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PermissionError(13, "Permission denied"), "permission-denied"),
        (OSError(5, "Input/output error"), "unreadable"),
        (MemoryError(), "unreadable"),
        (RecursionError("too deep"), "internal-error"),
        (ZeroDivisionError("x"), "internal-error"),
    ],
)
def test_one_bad_file_never_stops_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    for name in ("a.eml", "bad.eml", "c.eml"):
        (tmp_path / name).write_bytes(MAIL)

    def failing(source: str, **options: object) -> Verdict:
        if source.endswith("bad.eml"):
            raise error
        return classify(source, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "classify", failing)
    results = list(scan([tmp_path]))
    assert kinds(results) == [("a.eml", "syncs"), ("bad.eml", code), ("c.eml", "syncs")]
    assert results[1].error is not None


def test_files_are_left_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(MAIL)
    path.chmod(0o400)
    before = path.stat()
    (result,) = scan([tmp_path], hash=True)
    after = path.stat()
    assert result.verdict is not None
    assert result.verdict.outcome is Outcome.SYNCS
    assert (before.st_mtime_ns, before.st_size, before.st_mode) == (after.st_mtime_ns, after.st_size, after.st_mode)
    assert path.read_bytes() == MAIL
