"""Where outputs are written: nothing that is there is overwritten, one scan at a time, and a killed one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pecdetect
from pecdetect.scanning.errors import ForeignFileError, OutputError
from pecdetect.scanning.store import files
from pecdetect.scanning.store.files import lock_of
from pecdetect.scanning.store.outputs import EXTENSIONS, open_outputs
from pecdetect.scanning.store.saved import Saved
from support.results import lines, mail, record, run

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDERS = [str(Path(pecdetect.__file__).parents[1]), str(Path(__file__).parents[1])]
links = pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="the system makes links for administrators only")


@pytest.mark.parametrize("kind", ["file", pytest.param("link", marks=links)])
@pytest.mark.parametrize("extension", [".jsonl", ".csv", ".json", ".html"])
def test_a_part_file_overwrites_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extension: str, kind: str
) -> None:
    """Even if somebody could guess its name: what is there stays, and no link is followed."""
    monkeypatch.setattr("secrets.token_hex", lambda _: "0" * 16)
    bait = tmp_path / f"case{extension}.{'0' * 16}.pecdetect-part"
    diary = tmp_path / "diary.txt"
    diary.write_text("Dear diary")
    if kind == "link":
        bait.symlink_to(diary)
    else:
        bait.write_text("Dear diary")
    with pytest.raises(FileExistsError):
        open_outputs([tmp_path / f"case{extension}"], run())
    assert bait.read_text() == diary.read_text() == "Dear diary"
    assert {entry.name for entry in tmp_path.iterdir()} == {bait.name, "diary.txt"}


def test_part_files_have_other_names_each_time(tmp_path: Path) -> None:
    names = set()
    for _ in range(3):
        with open_outputs([tmp_path / "case.jsonl"], run()) as outputs:
            names |= {name for name in outputs.files if name.endswith("-part")}
    assert len(names) == 3
    assert not (tmp_path / "case.jsonl.pecdetect-part").exists()


@links
def test_a_link_in_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    diary = tmp_path / "diary.txt"
    Path(lock_of(str(tmp_path / "case.csv"))).symlink_to(diary)
    with pytest.raises(OSError, match="link"):
        open_outputs([tmp_path / "case.csv"], run())
    assert not diary.exists()


@pytest.mark.parametrize("suffix", [".pecdetect-lock", "-journal"])
def test_files_of_others_with_our_names_are_refused(tmp_path: Path, suffix: str) -> None:
    bait = tmp_path / f"case.sqlite{suffix}"
    bait.write_text("Dear diary")
    with pytest.raises(ForeignFileError, match="case"):
        open_outputs([tmp_path / "case.sqlite"], run())
    assert bait.read_text() == "Dear diary"
    assert [entry.name for entry in tmp_path.iterdir()] == [bait.name]


@links
def test_a_link_in_place_of_the_journal_is_refused(tmp_path: Path) -> None:
    diary = tmp_path / "diary.txt"
    diary.touch()
    (tmp_path / "case.sqlite-journal").symlink_to(diary)
    with pytest.raises(ForeignFileError):
        open_outputs([tmp_path / "case.sqlite"], run())


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_two_scans_into_one_output_are_refused(tmp_path: Path, extension: str) -> None:
    if extension == ".parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"case{extension}"
    with open_outputs([path], run()) as outputs:
        with pytest.raises(OutputError, match="another scan is writing it"):
            open_outputs([tmp_path / "other.csv", path], run())
        outputs.add(record()[0])
        outputs.finish()
    with open_outputs([path], run()) as outputs:
        outputs.finish()
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


SCAN = """
import sys
sys.path[:0] = sys.argv[2:]
from support.results import mail, record, run
from pecdetect.scanning.store.outputs import open_outputs
with open_outputs([sys.argv[1], sys.argv[1].replace(".sqlite", ".jsonl")], run()) as outputs:
    for number in range(100_000):
        outputs.add(record(f"in/{number:06}.eml", mail("new" if number == 3 else "x"))[0])
        if number == 1200:
            outputs.flush()
            print("ready", flush=True)
"""


@contextmanager
def scanning(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A scan in another process, in its middle."""
    command = [sys.executable, "-c", SCAN, str(path), *FOLDERS]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own program
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready" + os.linesep.encode()
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL) if os.name == "posix" else process.kill()


@pytest.mark.parametrize("finished_before", [False, True])
def test_a_killed_scan_lets_go_and_loses_nothing(tmp_path: Path, *, finished_before: bool) -> None:
    path = tmp_path / "case.sqlite"
    everything = [record(f"in/{number:06}.eml", mail("new" if number == 3 else "x")) for number in range(1500)]
    if finished_before:
        with open_outputs([path], run()) as outputs:
            for number in range(1500):
                outputs.add(record(f"in/{number:06}.eml", mail("x"))[0])
            outputs.finish()
    with scanning(path):
        with pytest.raises(OutputError, match="another scan"):
            open_outputs([path], run())
        with pytest.raises(OutputError, match="another scan"):
            open_outputs([path.with_suffix(".jsonl")], run())
    judged = []
    with open_outputs([path, path.with_suffix(".jsonl")], run()) as outputs:
        for found, fingerprint in everything:
            if outputs.known(found.source, fingerprint) is None:
                judged.append(found.source)
            outputs.add(found)
        outputs.finish()
    # The store has what was committed, every five hundred.
    assert not set(judged) & {found.source for found, _ in everything[:1000]}
    assert b"".join(found.line + b"\n" for found in Saved(path)) == lines(everything)
    assert path.with_suffix(".jsonl").read_bytes() == lines(everything)


def test_a_lock_that_vanishes_while_it_is_taken_is_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its last holder removes it between the opening and the locking: nobody else would see that lock."""
    place = Path(lock_of(str(tmp_path / "case.csv")))
    locked = files._locked

    def late(handle: int) -> bool:
        monkeypatch.setattr(files, "_locked", locked)
        place.unlink()
        return locked(handle)

    if os.name != "posix":
        pytest.skip("the system removes no open file")
    monkeypatch.setattr(files, "_locked", late)
    with open_outputs([tmp_path / "case.csv"], run()), pytest.raises(OutputError, match="another scan"):
        open_outputs([tmp_path / "case.csv"], run())


def test_two_names_of_one_output_share_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "case.sqlite"
    with open_outputs([path], run()) as outputs:
        outputs.finish()
    other = tmp_path / "other.sqlite"
    try:
        other.symlink_to(path)
    except OSError:
        pytest.skip("links are for administrators only")
    with open_outputs([path], run()), pytest.raises(OutputError, match="another scan"):
        open_outputs([other], run())


def test_a_lock_is_released_when_an_output_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "b.csv.pecdetect-lock").write_text("Dear diary")
    for _ in range(2):
        with pytest.raises(ForeignFileError):
            open_outputs([tmp_path / "a.csv", tmp_path / "b.csv"], run())
    assert [entry.name for entry in tmp_path.iterdir()] == ["b.csv.pecdetect-lock"]


def test_nothing_is_left_open(tmp_path: Path) -> None:
    if not Path("/proc/self/fd").exists():
        pytest.skip("the system does not list open files")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names only
    paths = [tmp_path / f"case{extension}" for extension in EXTENSIONS if extension != ".parquet"]
    with open_outputs(paths, run()) as outputs:
        outputs.add(record()[0])
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 - as above
