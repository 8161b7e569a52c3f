"""Files that are put on disk and summed up while they grow."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from pecdetect.scanning.store import settling
from pecdetect.scanning.store.settling import SettledAppender

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO
    from pathlib import Path

LINES = [b"%d: " % number + b"x" * (number * 7919 % 90_000) + b"\n" for number in range(200)]
WHOLE = b"".join(LINES)


def written(path: Path, size: int = 0) -> str:
    with closing(SettledAppender(str(path), size)) as appender:
        for line in LINES:
            appender.add(line)
        return appender.finish()


def add_many(appender: SettledAppender, octets: bytes) -> None:
    for _ in range(1000):
        appender.add(octets)


@pytest.mark.parametrize("stride", [1, 100_000, len(WHOLE), 10 * len(WHOLE)])
def test_sum_is_that_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stride: int) -> None:
    monkeypatch.setattr(settling, "_STRIDE", stride)
    path = tmp_path / "lines"
    assert written(path) == hashlib.sha256(WHOLE).hexdigest()
    assert path.read_bytes() == WHOLE


def test_lines_are_put_on_disk_meanwhile_and_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main, fsync = threading.current_thread(), os.fsync
    meanwhile, at_the_end = threading.Event(), threading.Event()

    def noted(handle: int) -> None:
        fsync(handle)
        (at_the_end if threading.current_thread() is main else meanwhile).set()

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(settling, "_STRIDE", 100_000)
    with closing(SettledAppender(str(tmp_path / "lines"), 0)) as appender:
        appender.add(b"x" * 100_000)
        assert meanwhile.wait(10)
        assert not at_the_end.is_set()
        appender.finish()
    assert at_the_end.is_set()


def test_sum_of_a_file_that_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "_STRIDE", 100_000)
    path = tmp_path / "lines"
    path.write_bytes(b"first\ntorn")
    assert written(path, len(b"first\n")) == hashlib.sha256(b"first\n" + WHOLE).hexdigest()


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SettledAppender]:
    """One whose disk has failed in the thread: once, as the system tells of it."""
    main = threading.current_thread()
    failed = threading.Event()

    def fsync(_: int) -> None:
        if threading.current_thread() is not main and not failed.is_set():
            failed.set()
            raise OSError(errno.EIO, "I/O error")

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(settling, "_STRIDE", 100_000)
    with closing(SettledAppender(str(tmp_path / "lines"), 0)) as appender:
        appender.add(b"x" * 100_000)
        assert failed.wait(10)
        yield appender


def test_disk_that_fails_is_told_at_the_end_at_the_latest(broken: SettledAppender) -> None:
    with pytest.raises(OSError, match="I/O error"):
        broken.finish()


def test_disk_that_fails_is_told_with_the_next_lines(broken: SettledAppender, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="I/O error"):
        add_many(broken, b"x" * 100_000)
    broken.close()
    assert (tmp_path / "lines").stat().st_size % 100_000 == 0


def test_disk_that_fails_is_told_when_a_scan_is_stopped(broken: SettledAppender) -> None:
    with pytest.raises(OSError, match="I/O error"):
        broken.close()
    assert broken.failed
    assert broken.stream.closed
    broken.close()  # told once


def test_no_thread_to_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    monkeypatch.setattr(settling, "_STRIDE", 1)
    assert written(tmp_path / "lines") == hashlib.sha256(WHOLE).hexdigest()


def test_closed_without_an_end_leaves_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "_STRIDE", 1)
    before = set(threading.enumerate())
    appender = SettledAppender(str(tmp_path / "lines"), 0)
    for line in LINES:
        appender.add(line)
    (thread,) = set(threading.enumerate()) - before
    appender.close()
    thread.join(10)
    assert not thread.is_alive()
    assert (tmp_path / "lines").read_bytes() == WHOLE


def test_a_slow_disk_is_not_asked_for_each_stride(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits, goes_on = threading.Event(), threading.Event()
    asked = []

    def fsync(handle: int) -> None:
        asked.append(handle)
        waits.set()
        assert goes_on.wait(10)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(settling, "_STRIDE", 100_000)
    with closing(SettledAppender(str(tmp_path / "lines"), 0)) as appender:
        appender.add(b"x" * 100_000)
        assert waits.wait(10)
        for _ in range(20):
            appender.add(b"x" * 100_000)
        goes_on.set()
        assert appender.finish() == hashlib.sha256(b"x" * 2_100_000).hexdigest()
    assert len(asked) <= 3, "what was under way, perhaps the last stride, and the end"


def test_closed_early_does_not_wait_for_the_sum_of_a_long_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summed = []

    class Digest:
        def update(self, octets: bytes) -> None:
            summed.append(len(octets))

    monkeypatch.setattr(hashlib, "sha256", Digest)
    monkeypatch.setattr(settling, "_PIECE", 1)
    monkeypatch.setattr(settling, "_STRIDE", 1)
    path = tmp_path / "lines"
    path.write_bytes(b"x" * 2_000_000)
    appender = SettledAppender(str(path), 2_000_000)
    appender.add(b"x" * 100_000)
    appender.close()
    assert len(summed) < 1_000_000
    assert path.stat().st_size == 2_100_000


def test_file_that_cannot_be_read_back_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[FileIO] = []

    def refused(writer: FileIO, path: str) -> None:
        opened.append(writer)
        raise PermissionError(path)

    monkeypatch.setattr(settling, "_Settling", refused)
    with pytest.raises(PermissionError):
        SettledAppender(str(tmp_path / "lines"), 0)
    assert opened[0].closed
