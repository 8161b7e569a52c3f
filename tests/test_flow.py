"""``classify`` and ``read``: what they take, what they refuse, and what importing them costs."""

from __future__ import annotations

import base64
import copy
import errno
import gc
import hashlib
import io
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest

import pecdetect
from pecdetect import Limits, Outcome, Profile, flow
from support.samples import sample
from support.values import changed

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
PEC = sample("pec-transport-envelope.eml")
DATA = PEC.read_bytes()
PLAIN = sample("ordinary-plain-text.eml")
DIGEST = hashlib.sha256(DATA).hexdigest()
NAMES = ["pec-acceptance.eml", "smime-encrypted.eml", "pgp-mime-signed.eml", "rights-rpmsg.eml", "items-fax.eml"]
SECTIONS = ["", "1", "1.1", "1.1.1", "1.1.2", "1.2", "1.3", "1.3/", "1.3/1", "1.3/2", "2"]


class Trickle(io.RawIOBase):
    """A stream that gives a few bytes at a time, as pipes do, and has no name."""

    def __init__(self, data: bytes) -> None:
        self.left = data

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        taken, self.left = self.left[: min(size, 1000)], self.left[min(size, 1000) :]
        return taken


class PathLike:
    """A path that is no Path."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __fspath__(self) -> Any:
        return self.value


SOURCES: dict[str, Callable[[], Any]] = {
    "path as text": lambda: str(PEC),
    "path": lambda: PEC,
    "path of bytes": lambda: PathLike(os.fsencode(PEC)),
    "bytes": lambda: DATA,
    "bytearray": lambda: bytearray(DATA),
    "memoryview": lambda: memoryview(DATA),
    "stream": lambda: io.BytesIO(DATA),
    "trickle": lambda: Trickle(DATA),
}


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("hashed", [False, True])
def test_every_source_gives_the_same_verdict(kind: str, hashed: bool) -> None:  # noqa: FBT001
    verdict = pecdetect.classify(SOURCES[kind](), hash=hashed)
    assert verdict.outcome is Outcome.BLOCKED
    name = PEC.name if kind.startswith("path") else None
    source = pecdetect.Source(name=name, size=len(DATA), sha256=DIGEST if hashed else None)
    assert verdict == changed(pecdetect.classify(DATA), source=source)
    message = pecdetect.read(SOURCES[kind]())
    assert [part.section for part in message.walk()] == SECTIONS
    assert message.size == len(DATA)


def test_an_open_file_has_its_name_and_is_read_to_its_end() -> None:
    with PEC.open("rb") as stream:
        verdict = pecdetect.classify(stream, hash=True)
        assert stream.read() == b""
    assert verdict.source == pecdetect.Source(name=PEC.name, size=len(DATA), sha256=DIGEST)


def test_a_stream_named_by_a_number_has_no_name() -> None:
    with os.fdopen(os.open(PEC, os.O_RDONLY), "rb") as stream:
        assert pecdetect.classify(stream).source.name is None


@pytest.mark.parametrize("source", [None, 7, 1.5, ["a.eml"], {"a": 1}, object(), Path])
def test_what_is_no_source_is_a_type_error(source: Any) -> None:
    with pytest.raises(TypeError):
        pecdetect.classify(source)
    with pytest.raises(TypeError):
        pecdetect.read(source)


def test_a_file_in_text_mode_is_a_type_error() -> None:
    with PEC.open(encoding="latin-1") as stream, pytest.raises(TypeError, match="binary"):
        pecdetect.classify(stream)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="binary"):
        pecdetect.classify(io.StringIO("From: a@example.org\n\n"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda folder: folder / "none.eml", FileNotFoundError),
        (lambda folder: folder, IsADirectoryError),
        (lambda folder: folder / "a.eml" / "b.eml", NotADirectoryError),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other errors for these")
def test_paths_that_cannot_be_read_are_os_errors(
    make: Callable[[Path], Path], error: type[OSError], tmp_path: Path
) -> None:
    (tmp_path / "a.eml").write_bytes(b"")
    for call in (pecdetect.classify, pecdetect.read):
        with pytest.raises(error):
            call(make(tmp_path))


def test_a_path_with_nul_is_refused() -> None:
    with pytest.raises(ValueError, match="null"):
        pecdetect.classify("a\0b.eml")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_fifo_as_path_is_refused_at_once_and_as_stream_read(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    with pytest.raises(OSError, match="not a regular file") as raised:
        pecdetect.classify(fifo)
    assert raised.value.errno == errno.EINVAL
    writer = threading.Thread(target=fifo.write_bytes, args=(DATA,))
    writer.start()
    with fifo.open("rb") as stream:
        verdict = pecdetect.classify(stream, hash=True)
    writer.join()
    assert (verdict.source.size, verdict.source.sha256) == (len(DATA), DIGEST)


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid"), reason="POSIX modes")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(DATA)
    path.chmod(0)
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    with pytest.raises(PermissionError):
        pecdetect.classify(path)


@pytest.mark.parametrize(
    "source",
    [lambda path: path, lambda path: path.read_bytes(), lambda path: io.BytesIO(path.read_bytes())],
    ids=["path", "data", "stream"],
)
def test_only_so_many_bytes_are_read_and_the_whole_is_hashed(
    source: Callable[[Path], str | Path | bytes | BinaryIO], tmp_path: Path
) -> None:
    data = PLAIN.read_bytes() + b"x" * 3_000_000
    path = tmp_path / "long.eml"
    path.write_bytes(data)
    verdict = pecdetect.classify(source(path), limits=Limits(message_bytes=2000), hash=True)
    assert verdict.source.size == len(data)
    assert verdict.source.sha256 == hashlib.sha256(data).hexdigest()
    assert [(hit.name, hit.value, hit.limit) for hit in verdict.limits_hit] == [("message_bytes", len(data), 2000)]
    assert verdict.outcome is Outcome.UNDETERMINED
    assert verdict.decided_by == ("limit-reached",)
    assert pecdetect.read(source(path), limits=Limits(message_bytes=2000)).truncated


def test_short_reads_are_not_taken_for_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Network file systems give less than asked for."""
    path = tmp_path / "a.eml"
    path.write_bytes(DATA)
    real = os.read
    monkeypatch.setattr(os, "read", lambda handle, size: real(handle, min(size, 500)))
    verdict = pecdetect.classify(path, hash=True)
    source = pecdetect.Source(name="a.eml", size=len(DATA), sha256=DIGEST)
    assert verdict == changed(pecdetect.classify(DATA), source=source)


def test_a_file_that_shrinks_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(DATA)
    left = [DATA[:700], b""]
    monkeypatch.setattr(os, "read", lambda *_: left.pop(0))
    verdict = pecdetect.classify(path)
    assert verdict.source.size == 700


def test_a_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(DATA)
    path.chmod(0o400)
    before = path.stat()
    pecdetect.classify(path, hash=True)
    pecdetect.read(path)
    after = path.stat()
    assert (after.st_mtime_ns, after.st_size, after.st_mode) == (before.st_mtime_ns, before.st_size, before.st_mode)
    assert path.read_bytes() == DATA


def test_positional_options_are_refused() -> None:
    with pytest.raises(TypeError):
        pecdetect.classify(DATA, Profile())  # type: ignore[call-arg,arg-type]


@pytest.mark.parametrize("name", NAMES)
def test_verdicts_are_values(name: str) -> None:
    one, two = (pecdetect.classify(sample(name), hash=True) for _ in range(2))
    assert one == two
    assert one is not two
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(one, protocol))  # noqa: S301 - our own bytes
        assert again == one
        assert again.to_dict() == one.to_dict()
    assert copy.deepcopy(one) == one
    other = pecdetect.classify(sample(name), profile=Profile(channel="email-router"), hash=True)
    assert other != one


def test_verdicts_cannot_be_changed() -> None:
    verdict = pecdetect.classify(DATA)
    values = {"outcome": verdict, "name": verdict.source, "kind": verdict.message, "channel": verdict.profile}
    for field, value in values.items():
        with pytest.raises(AttributeError):
            setattr(value, field, None)
    assert not hasattr(verdict, "__dict__")


def test_a_message_can_be_pickled() -> None:
    message = pecdetect.read(DATA)
    again = pickle.loads(pickle.dumps(message))  # noqa: S301 - our own bytes
    assert [(part.section, part.content_type, part.decoded()) for part in again.walk()] == [
        (part.section, part.content_type, part.decoded()) for part in message.walk()
    ]


@pytest.mark.parametrize(
    ("name", "can_sync"),
    [
        ("pec-transport-envelope.eml", False),
        ("smime-clear-signed.eml", None),
        ("ordinary-newsletter-svg.eml", True),
        ("ordinary-plain-text.eml", True),
    ],
)
def test_a_verdict_says_whether_it_can_sync(name: str, can_sync: bool | None) -> None:  # noqa: FBT001
    assert pecdetect.classify(sample(name)).can_sync is can_sync


def test_a_name_can_be_given() -> None:
    assert pecdetect.classify(DATA, name="citt\udce0.eml").source.name == r"citt\xe0.eml"
    assert pecdetect.classify(PEC, name="b.eml").source.name == "b.eml"


def test_nothing_is_verified_yet() -> None:
    with pytest.raises(TypeError, match="verify must be None"):
        pecdetect.classify(DATA, verify=True)  # type: ignore[arg-type]


def test_every_public_name_is_there() -> None:
    assert set(pecdetect.__all__) <= set(dir(pecdetect))
    for name in pecdetect.__all__:
        assert getattr(pecdetect, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = pecdetect.no_such_name


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh interpreter has after some code."""
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}; print(*sys.modules)"],
        capture_output=True,
        check=True,
    )
    return set(done.stdout.decode().split())


def test_importing_does_no_work() -> None:
    loaded = {name for name in loaded_by("import pecdetect") if name.startswith("pecdetect")}
    assert loaded == {"pecdetect"}


@pytest.mark.parametrize("name", ["ordinary-plain-text.eml", "pec-transport-envelope.eml", "ordinary-newsletter.eml"])
def test_judging_loads_only_what_it_needs(name: str) -> None:
    loaded = loaded_by(f"import pecdetect; pecdetect.classify({str(sample(name))!r})")
    packages = {module.partition(".")[0] for module in loaded}
    assert packages & {"rich", "click", "chardet", "asn1crypto", "extract_msg", "jinja2", "email"} == set()
    assert {module for module in loaded if module.startswith(("pecdetect.cli", "pecdetect.report"))} == set()
    assert "pecdetect.policy.judge" in loaded


def test_a_defect_of_ours_is_a_finding_and_never_an_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(flow, "SAFETY_NET", True)
    monkeypatch.setattr(flow, "open_message", fail)
    verdict = pecdetect.classify(b"From: a@example.org\r\nTo: b@example.org\r\n\r\nx")
    assert (verdict.outcome, verdict.decided_by) == ("undetermined", ("internal-error",))
    assert "RecursionError: too deep" in verdict.reasons[0].detail
    monkeypatch.setattr(flow, "SAFETY_NET", False)
    with pytest.raises(RecursionError):
        pecdetect.classify(b"From: a@example.org\r\n\r\nx")


def test_nothing_of_a_message_is_left_behind() -> None:
    """A tree that only the collector frees would keep the last file in memory while the next is read."""
    gc.collect()
    gc.disable()
    try:
        pecdetect.classify(
            b"From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--"
        )
        assert [thing for thing in gc.get_objects() if isinstance(thing, pecdetect.Part | pecdetect.Message)] == []
    finally:
        gc.enable()


def test_a_wrong_profile_or_limits_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError):
        pecdetect.classify(b"", profile={})  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        pecdetect.classify(b"", limits=3)  # type: ignore[arg-type]


def test_an_encoded_multipart_that_was_not_read_never_syncs() -> None:
    body = base64.encodebytes(b"--b\r\nContent-Disposition: attachment; filename=a.exe\r\n\r\nx\r\n--b--\r\n")
    head = b"From: a@example.org\r\nTo: b@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n"
    verdict = pecdetect.classify(head + b"Content-Transfer-Encoding: base64\r\n\r\n" + body)
    assert "unopened-content" in verdict.decided_by


def test_one_path_is_scanned_as_one_path(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"From: a@example.org\r\n\r\nx")
    assert len(list(pecdetect.scan(str(tmp_path)))) == len(list(pecdetect.scan(tmp_path / "a.eml"))) == 1
