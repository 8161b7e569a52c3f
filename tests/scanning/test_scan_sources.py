"""What paths name: files, folders in a fixed order, standard input; nothing is lost, nothing is met twice."""

import os
from pathlib import Path

import pytest

from pecdetect.result import Problem, Result
from pecdetect.scanning.sources import Candidate, expand, failure


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")


def expanded(*paths: str | Path) -> list[tuple[str, str]]:
    """Source, and what became of it."""
    found = []
    for each in expand(paths):
        if isinstance(each, Candidate):
            found.append((each.source, "named" if each.named else "met"))
        else:
            problem = each.error or each.skipped
            assert problem is not None
            found.append((each.source, problem.code))
    return found


def test_folders_are_entered_in_a_fixed_order(tmp_path: Path) -> None:
    for name in ("b.eml", "a/2.eml", "a/10.eml", "a/z/deep.eml", "c.eml", "B.eml"):
        touch(tmp_path / name)
    (tmp_path / "empty").mkdir()
    names = [os.path.relpath(source, tmp_path).replace(os.sep, "/") for source, _ in expanded(tmp_path)]
    assert names == ["B.eml", "a/10.eml", "a/2.eml", "a/z/deep.eml", "b.eml", "c.eml"]
    assert {kind for _, kind in expanded(tmp_path)} == {"met"}


def test_files_keep_the_name_and_order_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    touch(tmp_path / "z.eml")
    touch(tmp_path / "a.eml")
    assert expanded("z.eml", "./a.eml", "-") == [("z.eml", "named"), ("./a.eml", "named"), ("-", "named")]


def test_deep_folders_need_no_recursion(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(200):
        deep /= "d"
    touch(deep / "a.eml")
    ((_, kind),) = expanded(tmp_path)
    assert kind == "met"


def test_what_is_missing_is_an_error(tmp_path: Path) -> None:
    assert expanded(tmp_path / "none.eml", "nul\0.eml") == [
        (str(tmp_path / "none.eml"), "not-found"),
        ("nul\0.eml", "unreadable"),
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
def test_pipes_in_folders_are_skipped_and_named_ones_read_as_streams(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert expanded(tmp_path) == [(str(pipe), "not-a-file")]
    (candidate,) = expand([pipe])
    assert candidate == Candidate(str(pipe), named=True, stream=True)


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


def test_a_junction_is_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "junction/b.eml")
    monkeypatch.setattr("pecdetect.scanning.sources._JUNCTION", 0)
    assert expanded(tmp_path) == [(str(tmp_path / "junction"), "symbolic-link")]


def test_what_is_no_path_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError):
        list(expand([7]))  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (FileNotFoundError(2, "x"), Problem("not-found", "no such file or folder")),
        (PermissionError(13, "x"), Problem("permission-denied", "permission denied")),
        (OSError(5, "Input/output error"), Problem("unreadable", "Input/output error")),
        (OSError(), Problem("unreadable", "OSError")),
        (MemoryError(), Problem("unreadable", "MemoryError")),
        (ValueError("embedded null byte"), Problem("unreadable", "embedded null byte")),
    ],
)
def test_failures_have_codes(error: Exception, problem: Problem) -> None:
    assert failure("a.eml", error) == Result("a.eml", error=problem)
