"""Imports point one way: reading knows no detectors, detectors no Dynamics, judging no output."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parent.parent / "pecdetect"
LAYERS = ("parsing", "detect", "policy", "report", "scanning", "cli")
"""From the innermost outwards: each may import itself and what stands before it."""
SHARED: dict[str, int] = {
    # Values that belong to no layer.
    "evidence": -1,
    "unfold": -1,
    "limits": -1,
    "profile": -1,
    "_version": -1,
    # A verdict is made of findings, and judged by policy/; it, and the result that holds it, know their JSON form.
    "verdict": 2,
    "result": 2,
    "record": 2,
    # The flow, its one file access, and the JSON form stand above policy/ and below report/.
    "loading": 2,
    "flow": 2,
    "contract": 2,
    "__init__": 5,
    "__main__": 5,
}
"""Modules outside the folders, by the layer up to which they may import."""
FILES = sorted(path for path in PACKAGE.rglob("*.py"))
ALLOWED = {"chardet", "rich", "click", "jinja2", "markupsafe", "msgspec", "pyarrow"}
"""Packages of others that some module may import; all else is the standard library."""


def home(module: str) -> str:
    """The folder, or the module outside all folders, that a dotted name leads to."""
    return module.removeprefix("pecdetect").removeprefix(".").partition(".")[0] or "__init__"


def level(place: str) -> int:
    return LAYERS.index(place) if place in LAYERS else SHARED[place]


def imports(path: Path) -> Iterator[tuple[str, bool, int]]:
    """Modules of ours that a file imports, whether only for type checking, and the line."""
    tree = ast.parse(path.read_text("utf-8"))
    typing_only = {
        node
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and isinstance(branch.test, ast.Name) and branch.test.id == "TYPE_CHECKING"
        for statement in branch.body
        for node in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}:{node.lineno}: relative import"
            module = node.module or ""
            names = [module] if module != "pecdetect" else [f"pecdetect.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            yield name, node in typing_only, node.lineno


def place_of(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_inwards(path: Path) -> None:
    """Also where they serve type checking alone: who names a type knows it."""
    place = place_of(path)
    for module, typing_only, line in imports(path):
        if module.partition(".")[0] != "pecdetect":
            continue
        target = home(module)
        if target in SHARED and typing_only:
            continue
        assert level(target) <= level(place), f"{path.name}:{line} imports {module}"


def test_every_module_has_a_place() -> None:
    assert {place_of(path) for path in FILES} == {*LAYERS, *SHARED}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_packages_of_others_stand_where_they_belong(path: Path) -> None:
    """The terminal's belong to report/ and cli/; the guesser of charsets and msgspec may stand anywhere."""
    import sys

    for module, typing_only, line in imports(path):
        package = module.partition(".")[0]
        if package in sys.stdlib_module_names or package == "pecdetect" or typing_only:
            continue
        assert package in ALLOWED, f"{path.name}:{line} imports {package}"
        if package not in {"chardet", "msgspec"}:
            assert place_of(path) in {"report", "cli"}, f"{path.name}:{line} imports {package}"


OPENERS = {"open", "read_bytes", "read_text", "fdopen", "unlink", "mkdir", "write_bytes", "write_text"}
MAY_OPEN = {
    # Evidence, read-only; a member of a zip is a stream within the file that reading.py opened.
    "loading.py",
    "scanning/sources/reading.py",
    "scanning/sources/zips.py",
    # What a user or the package says: a profile, paths, pages of rules, schemas.
    "profile.py",
    "cli/streams.py",
    "report/guide.py",
    "scanning/store/validation.py",
    # Outputs that are ours, and saved scans that are read back.
    "scanning/extract.py",
    "scanning/store/files.py",
    "scanning/store/lines.py",
    "scanning/store/custody.py",
    "scanning/store/saved.py",
    "scanning/store/settling.py",
    # The null device, in place of the streams that a worker was born with.
    "scanning/worker.py",
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_outside_opens_files(path: Path) -> None:
    if path.relative_to(PACKAGE).as_posix() in MAY_OPEN:
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            assert name not in OPENERS, f"{path.name}:{node.lineno} calls {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_asserts_prints_or_reaches_the_network(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Assert), f"{path.name}:{node.lineno} asserts"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"print", "eval", "exec", "compile"}, f"{path.name}:{node.lineno}"
    network = {"socket", "urllib", "http", "ssl", "ftplib", "smtplib", "imaplib", "requests", "subprocess", "pickle"}
    assert {module.partition(".")[0] for module, _, _ in imports(path)} & network == set()
