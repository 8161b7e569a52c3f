"""Scanning: one result for each file, and none stops the others."""

import hashlib
import io
import math
import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pecdetect import flow
from pecdetect.contract import Outcome, Result, Source, Verdict, decode, encode, judged
from pecdetect.flow import judge_bytes
from pecdetect.limits import Limits
from pecdetect.profile import Channel, Profile
from pecdetect.record import Fingerprint
from pecdetect.scanning import pool
from pecdetect.scanning.run import FEW, Progress, scan, scan_records
from support.fakes import Hostile

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
        (MemoryError(), "out-of-memory"),
        (RecursionError("too deep"), "internal-error"),
        (ZeroDivisionError("x"), "internal-error"),
    ],
)
def test_one_bad_file_never_stops_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    for name in ("a.eml", "bad.eml", "c.eml"):
        (tmp_path / name).write_bytes(MAIL)

    def failing(data: bytes, origin: Source, profile: Profile, limits: Limits) -> Verdict:
        if origin.name == "bad.eml":
            raise error
        return judge_bytes(data, origin, profile, limits)

    monkeypatch.setattr(flow, "judge_bytes", failing)
    results = list(scan([tmp_path]))
    assert kinds(results) == [("a.eml", "syncs"), ("bad.eml", code), ("c.eml", "syncs")]
    assert results[1].error is not None


def test_the_fingerprint_is_that_of_the_file_before_it_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(MAIL)
    os.utime(path, ns=(5, 5))

    def late(data: bytes, origin: Source, profile: Profile, limits: Limits) -> Verdict:
        path.write_bytes(MAIL * 2)
        return judge_bytes(data, origin, profile, limits)

    monkeypatch.setattr(flow, "judge_bytes", late)
    (record,) = scan_records(path)
    assert record.fingerprint == (len(MAIL), 5)
    assert (record.columns.size, record.columns.sha256) == (len(MAIL), hashlib.sha256(MAIL).hexdigest())


@pytest.mark.parametrize("size", [len(MAIL), 50_000])
def test_the_fingerprint_of_what_could_not_be_judged_is_that_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Else what it became would count as judged, and never be."""
    path = tmp_path / "a.eml"
    path.write_bytes(MAIL.ljust(size, b"x"))
    os.utime(path, ns=(5, 5))

    def failing(*_: object) -> Verdict:
        path.write_bytes(MAIL.ljust(60_000, b"y"))
        raise ZeroDivisionError

    monkeypatch.setattr(flow, "judge_bytes", failing)
    (record,) = scan_records(path)
    assert record.columns.error is not None
    assert record.fingerprint == (size, 5)


def test_what_holds_several_messages_is_no_duplicate(tmp_path: Path) -> None:
    """Records and results say the same of it."""
    (tmp_path / "a.eml").write_bytes(MAIL)
    (tmp_path / "b.eml").write_bytes(
        b"From a@example.org Mon Mar  2 10:11:12 2026\n" + MAIL + b"\nFrom here on\n" + MAIL
    )
    lines = [record.line for record in scan_records(tmp_path)]
    assert lines == [encode(each) for each in scan(tmp_path, hash=True)]
    assert any(b'"not-one-message"' in line for line in lines)


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


def export(folder: Path, number: int) -> None:
    """Write mail, and a few files that are none."""
    for n in range(number):
        below = folder / f"{n % 3}"
        below.mkdir(exist_ok=True)
        (below / f"{n}.eml").write_bytes(MAIL.replace(b"<1@", b"<%d@" % (n % 40)))
    (folder / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize("jobs", [2, 3, None])
def test_any_number_of_workers_gives_the_same(tmp_path: Path, jobs: int | None) -> None:
    export(tmp_path, FEW + 20)
    paths = [tmp_path, tmp_path / "none.eml"]
    here = list(scan(paths, hash=True))
    assert list(scan(paths, hash=True, jobs=jobs)) == here
    assert len(here) == FEW + 22


def test_little_work_starts_no_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(pool, "run")
    export(tmp_path, FEW - 1)
    assert len(list(scan(tmp_path, jobs=None))) == FEW
    with pytest.raises(AttributeError):
        list(scan(tmp_path, jobs=None, timeout=5))


def test_no_timeout_at_all(tmp_path: Path) -> None:
    export(tmp_path, 3)
    assert list(scan(tmp_path, timeout=math.inf)) == list(scan(tmp_path))


@pytest.mark.slow
def test_hostile_files_cost_themselves_only(tmp_path: Path) -> None:
    export(tmp_path, 100)
    hostile = {"hang": "timed-out", "exit": "crashed", "raise": "crashed"}
    for how in hostile:
        for n in range(2):
            (tmp_path / f"{n}" / f"{how}-{n}.eml").write_bytes(MAIL)
    records = list(scan_records(tmp_path, jobs=2, timeout=1, work=Hostile()))
    assert len(records) == 107
    assert len({record.source for record in records}) == 107
    lost = {Path(r.source).name.partition("-")[0]: r.columns.error for r in records if r.columns.error is not None}
    assert lost == hostile
    assert sum(record.columns.error is not None for record in records) == 6
    clean = {record.source: record for record in scan_records(tmp_path)}
    fine = [record for record in records if record.columns.error is None]
    assert [r.line for r in fine] == [clean[r.source].line for r in fine]


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_observer_is_told(tmp_path: Path, jobs: int) -> None:
    export(tmp_path, 30)
    told: list[Progress] = []
    for number, _ in enumerate(scan(tmp_path, jobs=jobs, observer=told.append), 1):
        assert len(told) == number
    assert [progress.done for progress in told] == list(range(1, 32))
    assert all(progress.done <= progress.found for progress in told)
    assert told[-1].found == 31


def test_unordered(tmp_path: Path) -> None:
    export(tmp_path, 100)
    sources = [result.source for result in scan(tmp_path)]
    assert sorted(result.source for result in scan(tmp_path, jobs=2, ordered=False)) == sorted(sources)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"jobs": 0}, ValueError),
        ({"jobs": "2"}, TypeError),
        ({"jobs": True}, TypeError),
        ({"timeout": 0}, ValueError),
        ({"timeout": float("nan")}, ValueError),
        ({"profile": "exchange"}, TypeError),
        ({"limits": {}}, TypeError),
        ({"verify": True}, TypeError),
    ],
)
def test_mistakes_are_raised_at_once(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        scan(["a.eml"], **options)


def test_a_record_says_what_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(MAIL)
    (record,) = scan_records(path, digests=("md5", "sha1"))
    assert record.result is not None
    assert record.result.verdict is not None
    assert (record.source, record.file) == (str(path), str(path))
    assert record.line == encode(judged(str(path), record.result.verdict))
    columns = record.columns
    assert columns.outcome is Outcome.SYNCS
    assert (columns.sender_domain, columns.provider_domain, columns.subject) == ("example.org", None, "Pranzo")
    assert (columns.message_id, columns.date) == ("<1@example.org>", "2026-03-02T10:11:12+01:00")
    assert record.fingerprint == (len(MAIL), path.stat().st_mtime_ns)
    assert (columns.size, columns.sha256) == (len(MAIL), hashlib.sha256(MAIL).hexdigest())
    assert record.md5 == hashlib.md5(MAIL, usedforsecurity=False).hexdigest()
    assert record.sha1 == hashlib.sha1(MAIL, usedforsecurity=False).hexdigest()
    (in_worker,) = scan_records(path, digests=("md5", "sha1"), timeout=30)
    assert in_worker == replace(record, result=None)
    assert not next(scan_records(path, with_line=False)).line


def test_outputs_of_the_scan_are_no_input(tmp_path: Path) -> None:
    export(tmp_path, 3)
    ours = tmp_path / "0" / "0.eml"
    found = scan_records(tmp_path, ignored=frozenset({os.path.realpath(ours)}))
    assert str(ours) not in [record.source for record in found]


def test_known_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export(tmp_path, 6)
    before = [replace(record, result=None) for record in scan_records(tmp_path)]
    results = {record.source: decode(record.line) for record in before}
    monkeypatch.delattr(flow, "judge_bytes")
    asked: list[str] = []

    def known(source: str, fingerprint: Fingerprint | None, *, named: bool) -> Result | None:
        assert fingerprint == (len(MAIL), Path(source).stat().st_mtime_ns)
        assert not named
        asked.append(source)
        return results[source]

    assert [replace(record, result=None) for record in scan_records(tmp_path, known=known)] == before
    assert len(asked) == 6
