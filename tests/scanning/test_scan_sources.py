"""What paths name: files, folders in a fixed order, standard input; nothing is lost, nothing is met twice."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from pecdetect.contract import Problem, failed, problem
from pecdetect.limits import Limits
from pecdetect.scanning.errors import SourceError
from pecdetect.scanning.sources import reading
from pecdetect.scanning.sources.candidate import Candidate, Device, InMemory, Whole
from pecdetect.scanning.sources.compound_writer import Folder, write_compound
from pecdetect.scanning.sources.sources import expand, failure, read_list
from support.exports import FROM, found, mail, mbox, outcome, tarred, zipped


def touch(path: Path, data: bytes | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(mail(path.stem) if data is None else data)


def expanded(*paths: str | Path) -> list[tuple[str, str]]:
    """Source, and what became of it."""
    rows = []
    for each in expand(paths):
        if isinstance(each, Candidate):
            rows.append((each.source, "named" if each.named else "met"))
        else:
            problem = each.error or each.skipped
            assert problem is not None
            rows.append((each.source, problem.code))
    return rows


def test_folders_are_entered_in_a_fixed_order(tmp_path: Path) -> None:
    for name in ("b.eml", "a/2.eml", "a/10.eml", "a/z/deep.eml", "c.eml", "B2.eml"):
        touch(tmp_path / name)
    (tmp_path / "empty").mkdir()
    names = [os.path.relpath(source, tmp_path).replace(os.sep, "/") for source, _ in expanded(tmp_path)]
    assert names == ["B2.eml", "a/10.eml", "a/2.eml", "a/z/deep.eml", "b.eml", "c.eml"]
    assert {kind for _, kind in expanded(tmp_path)} == {"met"}


def test_files_keep_the_name_and_order_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(mail(1))))
    touch(tmp_path / "z.eml")
    touch(tmp_path / "a.eml", b"no mail at all")
    assert expanded("z.eml", "./a.eml", "-") == [("z.eml", "named"), ("./a.eml", "named"), ("-", "named")]


def test_a_small_file_that_is_one_message_is_read_once(tmp_path: Path) -> None:
    touch(tmp_path / "a.eml")
    path = str(tmp_path / "a.eml")
    data = Path(path).read_bytes()
    (candidate,) = expand([path])
    place = Whole(path, data, Path(path).stat().st_mtime_ns)
    assert candidate == Candidate(path, named=True, file=path, place=place)
    assert isinstance(candidate, Candidate)
    assert candidate.load(Limits()) == data
    assert candidate.load(Limits(message_bytes=10)) == data[:11]
    assert candidate.carried == len(data)
    assert pickle.loads(pickle.dumps(candidate)) == candidate  # noqa: S301 - our own


@pytest.mark.parametrize(("more", "carried"), [(0, 32 * 1024), (1, 0)])
def test_a_file_that_is_not_small_is_read_by_whoever_judges(tmp_path: Path, more: int, carried: int) -> None:
    data = mail(1)
    touch(tmp_path / "a.eml", data + b"x" * (32 * 1024 - len(data) + more))
    path = str(tmp_path / "a.eml")
    (candidate,) = expand([path])
    assert isinstance(candidate, Candidate)
    assert candidate.carried == carried
    assert candidate.load(Limits()) == (path if more else Path(path).read_bytes())


def test_deep_folders_need_no_recursion(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(200):
        deep /= "d"
    touch(deep / "a.eml")
    ((_, kind),) = expanded(tmp_path)
    assert kind == "met"


def test_what_is_missing_is_an_error(tmp_path: Path) -> None:
    assert expanded(tmp_path / "none.eml", "nul\0.eml", "nul\0*.eml", tmp_path / "*.none") == [
        (str(tmp_path / "none.eml"), "not-found"),
        ("nul\0.eml", "unreadable"),
        ("nul\0*.eml", "unreadable"),
        (str(tmp_path / "*.none"), "not-found"),
    ]


def test_links_in_folders_are_skipped_and_named_ones_followed(tmp_path: Path) -> None:
    touch(tmp_path / "in/a.eml")
    try:
        (tmp_path / "in/link.eml").symlink_to("a.eml")
        (tmp_path / "in/loop").symlink_to(tmp_path / "in", target_is_directory=True)
        (tmp_path / "in/zdangling").symlink_to("nowhere")
    except OSError:
        pytest.skip("no right to make links")
    assert [(Path(source).name, kind) for source, kind in expanded(tmp_path / "in")] == [
        ("a.eml", "met"),
        ("link.eml", "symbolic-link"),
        ("loop", "symbolic-link"),
        ("zdangling", "symbolic-link"),
    ]
    assert expanded(tmp_path / "in/link.eml") == [(str(tmp_path / "in/link.eml"), "named")]
    assert expanded(tmp_path / "in/loop")[0] == (str(tmp_path / "in/loop/a.eml"), "met")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_pipes_in_folders_are_skipped_and_named_ones_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert expanded(tmp_path) == [(str(pipe), "not-a-file")]
    (candidate,) = expand([pipe])
    assert candidate == Candidate(str(pipe), named=True, file=str(pipe), place=Device(str(pipe)))
    assert isinstance(candidate, Candidate)
    writer = threading.Thread(target=pipe.write_bytes, args=(mail(1),))
    writer.start()
    assert candidate.load(Limits()) == mail(1)
    writer.join()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device")
def test_a_device_without_end_is_read_to_one_byte_too_many() -> None:
    (candidate,) = expand(["/dev/zero"])
    assert isinstance(candidate, Candidate)
    assert candidate.load(Limits(message_bytes=5000)) == bytes(5001)


def test_a_folder_that_cannot_be_listed_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "a.eml")
    touch(tmp_path / "locked/b.eml")
    touch(tmp_path / "z.eml")
    listing = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return listing(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert [(Path(source).name, kind) for source, kind in expanded(tmp_path)] == [
        ("a.eml", "met"),
        ("locked", "permission-denied"),
        ("z.eml", "met"),
    ]


def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "a.eml")
    touch(tmp_path / "b.eml")
    opening = os.open

    def locked(path: str, *rest: int) -> int:
        if str(path).endswith("a.eml"):
            raise PermissionError(13, "Permission denied", path)
        return opening(path, *rest)

    monkeypatch.setattr(os, "open", locked)
    assert [kind for _, kind in expanded(tmp_path)] == ["permission-denied", "met"]


def test_a_junction_is_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "junction/b.eml")
    monkeypatch.setattr("pecdetect.scanning.sources.folders._JUNCTION", 0)
    assert expanded(tmp_path) == [(str(tmp_path / "junction"), "symbolic-link")]


def test_what_is_no_path_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError):
        list(expand([7]))  # type: ignore[list-item]


def unreadable(said: str) -> Problem:
    return problem("unreadable", f"The system cannot read it: {said}.", cause="system", said=said)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (FileNotFoundError(2, "x"), problem("not-found", "There is no such file or folder.")),
        (PermissionError(13, "x"), problem("permission-denied", "The system denies permission to read it.")),
        (OSError(5, "Input/output error"), unreadable("Input/output error")),
        (OSError(), unreadable("OSError")),
        (MemoryError(), unreadable("MemoryError")),
        (ValueError("embedded null byte"), unreadable("embedded null byte")),
        (SourceError("limit-reached", "Too much.", limit=7), problem("limit-reached", "Too much.", limit=7)),
    ],
)
def test_failures_have_codes_and_facts(error: Exception, expected: Problem) -> None:
    assert failure("a.eml", error) == failed("a.eml", expected)
    assert failure("a.eml", pickle.loads(pickle.dumps(error))) == failure("a.eml", error)  # noqa: S301 - our own


# -- patterns --


def test_patterns_are_expanded_where_nothing_bears_their_name(tmp_path: Path) -> None:
    for name in ("b", "a", "d/e", "x[1]"):
        touch(tmp_path / f"{name}.eml", mail(name))
    touch(tmp_path / "c.txt", mail("c"))
    assert found(tmp_path / "*.eml", below=tmp_path) == [
        ("a.eml", "Nota a"),
        ("b.eml", "Nota b"),
        ("x[1].eml", "Nota x[1]"),
    ]
    assert found(tmp_path / "?.eml", below=tmp_path) == [("a.eml", "Nota a"), ("b.eml", "Nota b")]
    assert found(tmp_path / "**" / "*.eml", below=tmp_path)[2:] == [("d/e.eml", "Nota d/e"), ("x[1].eml", "Nota x[1]")]
    assert found(tmp_path / "x[1].eml", below=tmp_path) == [("x[1].eml", "Nota x[1]")]
    assert found(tmp_path / "[cd]*", below=tmp_path) == [("c.txt", "Nota c"), ("d/e.eml", "Nota d/e")]
    assert [kind for _, kind in expanded(tmp_path / "?.eml")] == ["named", "named"]


# -- lists --


@pytest.mark.parametrize(
    ("data", "null", "paths"),
    [
        (b"a.eml\nb c.eml\r\n\n\nd.eml", False, ["a.eml", "b c.eml", "d.eml"]),
        (b"a\0b\nc\0\0d", True, ["a", "b\nc", "d"]),
        (b"", False, []),
        (b"x" * 100_000 + b"\ny\n", False, ["x" * 100_000, "y"]),
    ],
)
def test_lists_of_paths(data: bytes, null: bool, paths: list[str]) -> None:  # noqa: FBT001
    assert list(read_list(io.BytesIO(data), null=null)) == paths


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_names_that_are_no_text_survive(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff\xe8.eml"
    try:
        Path(os.fsdecode(name)).write_bytes(mail(1))
    except OSError:
        pytest.skip("the file system wants text")
    (path,) = read_list(io.BytesIO(name + b"\n"))
    assert os.fsencode(path) == name
    assert [text for _, text in found(path)] == ["Nota 1"]


def test_what_is_no_list_is_not_read_to_its_end() -> None:
    with pytest.raises(ValueError, match="no list"):
        list(read_list(io.BytesIO(bytes(10**6))))


# -- standard input --


def standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes, limits: Limits | None = None) -> list[Candidate]:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    candidates = list(expand(["-"], limits=limits or Limits()))
    assert all(isinstance(each, Candidate) and each.file is None for each in candidates)
    return [each for each in candidates if isinstance(each, Candidate)]


def test_standard_input_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (mail(1), b"", b"no mail", zipped([("a.eml", mail(1))])):
        assert standard_input(monkeypatch, data) == [Candidate("-", named=True, file=None, place=InMemory(data))]
    (candidate,) = standard_input(monkeypatch, mail(1), Limits(message_bytes=10))
    assert candidate.load(Limits()) == mail(1)[:11]


def test_standard_input_may_be_an_mbox(monkeypatch: pytest.MonkeyPatch) -> None:
    candidates = standard_input(monkeypatch, mbox(3))
    assert [each.source for each in candidates] == ["-#0", f"-#{len(mbox(1))}", f"-#{2 * len(mbox(1))}"]
    assert [outcome(each, Limits()) for each in candidates] == ["Nota 0", "Nota 1", "Nota 2"]
    (one,) = standard_input(monkeypatch, FROM + mail(1))
    assert one == Candidate("-", named=True, file=None, place=InMemory(mail(1)))


def test_without_a_standard_input_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert expanded("-") == [("-", "unreadable")]


# -- folders of mail programs --


def test_a_maildir(tmp_path: Path) -> None:
    for name in ("cur/1.a:2,S", "cur/2.a!2,", "new/3.a", "tmp/4.a", ".Sent/cur/5", ".Sent/new/x", ".Sent/tmp/y"):
        if os.name == "nt" and ":" in name:
            continue
        touch(tmp_path / "Maildir" / name, b"Date: today\n\nlittle, but delivered\n")
    touch(tmp_path / "Maildir/maildirfolder", b"")
    touch(tmp_path / "Maildir/dovecot.index.cache", b"Subject: x\nFrom: y\n\n")
    met = [
        (source.rpartition("Maildir")[2].replace("\\", "/"), kind) for source, kind in expanded(tmp_path / "Maildir")
    ]
    assert [row for row in met if "1.a" not in row[0]] == [
        ("/.Sent/cur/5", "met"),
        ("/.Sent/new/x", "met"),
        ("/.Sent/tmp/y", "maildir-tmp"),
        ("/cur/2.a!2,", "met"),
        ("/dovecot.index.cache", "mail-index"),
        ("/maildirfolder", "mail-index"),
        ("/new/3.a", "met"),
        ("/tmp/4.a", "maildir-tmp"),  # noqa: S108 - below the Maildir
    ]  # fmt: skip
    assert expanded(tmp_path / "Maildir/new")[0][1] == "met"


def test_folders_that_are_only_called_so_are_no_maildir(tmp_path: Path) -> None:
    touch(tmp_path / "tmp/a.eml")
    touch(tmp_path / "new/notes", b"Date: today\n\nnotes\n")
    assert found(tmp_path, below=tmp_path) == [("new/notes", "not-a-message"), ("tmp/a.eml", "Nota a")]


def test_apple_mail_and_thunderbird(tmp_path: Path) -> None:
    touch(tmp_path / "1.partial.emlx", b"%d\n%b" % (len(mail(1)), mail(1)))
    touch(tmp_path / "Inbox", mbox(2))
    touch(tmp_path / "Inbox.msf", b"// <!-- <mdb:mork:z v='1.4'/> -->\n")
    assert [text for _, text in found(tmp_path, below=tmp_path)] == ["Nota 1", "Nota 0", "Nota 1", "mail-index"]


@pytest.mark.parametrize(
    "data",
    [
        b"\xde\x12\x04\x95\0\0\nMIME-Version: 1.0\nContent-Type: text/plain\n",
        b"Date: 2026-03-02\n\nNotes\n",
        write_compound(Folder({"WordDocument": b"x" * 5000})),
        zipped([("[Content_Types].xml", b"<x/>")]),
        b"7z\xbc\xaf\x27\x1c",
        b"",
    ],
)
def test_what_is_no_message_is_skipped_where_met_and_judged_where_named(tmp_path: Path, data: bytes) -> None:
    touch(tmp_path / "thing.bin", data)
    ((_, code),) = expanded(tmp_path)
    assert code in ("not-a-message", "unsupported-archive")
    ((_, code),) = expanded(tmp_path / "thing.bin")
    assert code == "named"


# -- evidence stays as it is --


def export(tmp_path: Path) -> Path:
    """One of everything."""
    top = tmp_path / "export"
    touch(top / "a.eml")
    touch(top / "box.mbox", mbox(3))
    touch(top / "x.zip", zipped([("a.eml", mail(1)), ("b.mbox", mbox(2)), ("i.zip", zipped([("c.eml", mail(2))]))]))
    touch(top / "x.tar", tarred([("a.eml", mail(1)), ("b.mbox", mbox(2))]))
    touch(top / "x.tgz", gzip.compress(tarred([("a.eml", mail(1))])))
    touch(top / "y.eml.gz", gzip.compress(mail(3)))
    touch(top / "old.doc", write_compound(Folder({"WordDocument": b"x"})))
    touch(top / "damaged.pst", b"!BDN" + bytes(600))
    touch(top / "Maildir/cur/1")
    (top / "Maildir/new").mkdir()
    (top / "Maildir/tmp").mkdir()
    return top


WATCH = """
import sys
opened = []
def hook(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        opened.append((str(path), mode, flags))
    elif event.startswith(("os.remove", "os.rename", "os.mkdir", "os.truncate", "os.utime", "os.chmod", "shutil.")):
        opened.append((event, "w", 1))
sys.addaudithook(hook)
from pecdetect.limits import Limits
from pecdetect.scanning.sources.candidate import Candidate
from pecdetect.scanning.sources.sources import expand
count = 0
for each in expand([sys.argv[1]]):
    if isinstance(each, Candidate):
        loaded = each.load(Limits())
        if isinstance(loaded, str):
            open(loaded, "rb").close()
        count += 1
# A number is a descriptor that is open already: that of a pipe to a process of ours.
import os
writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
bad = [row for row in opened if (row[1] and set(row[1]) & set("wax+")) or (row[2] or 0) & writing]
bad = [row for row in bad if not row[0].endswith(".pyc") and "__pycache__" not in row[0] and not row[0].isdigit()]
print(count, bad)
"""


def digests(top: Path) -> dict[str, tuple[str, int]]:
    files = sorted(path for path in top.rglob("*") if path.is_file())
    return {str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files}


def test_nothing_is_opened_for_writing_and_nothing_changes(tmp_path: Path) -> None:
    """Watched in a process of its own: an audit hook cannot be taken away again."""
    top = export(tmp_path)
    before = digests(top)
    for path in top.rglob("*"):
        if path.is_file():
            path.chmod(0o444)
    environment = {**os.environ, "PYTHONPATH": str(Path(reading.__file__).parents[3]), "PYTHONDONTWRITEBYTECODE": "1"}
    watched = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", WATCH, str(top)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=environment,
    )
    assert watched.stdout == "14 []\n"
    assert digests(top) == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["export"]


def test_expansion_is_lazy_and_the_same_each_time(tmp_path: Path) -> None:
    top = export(tmp_path)
    first, second = list(expand([top])), list(expand([top]))
    assert first == second
    touched = expand(top / name for name in ("a.eml", "none"))
    assert isinstance(next(touched), Candidate)
    assert len({each.source for each in first}) == len(first)


@pytest.mark.skipif(not hasattr(os.stat_result, "st_blocks"), reason="the system does not tell what is on disk")
def test_a_hollow_file_of_any_size_is_not_read_through(tmp_path: Path) -> None:
    path = tmp_path / "big.mbox"
    try:
        with path.open("wb") as stream:
            stream.write(mbox(2))
            stream.truncate(2**42)
    except OSError:
        pytest.skip("no such files here")
    if not reading.is_sparse(str(path)):
        pytest.skip("the file system fills holes")
    assert expanded(tmp_path) == [(str(path), "met")]
