"""Imports point one way: reading knows no detectors, detectors no Dynamics, judging no output."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from support.each import for_each

PACKAGE = Path(__file__).parent.parent / "pecdetect"
LAYERS = (
    ("_version", "unfold", "evidence", "limits", "profile", "sentences", "settings"),
    ("contract", "columns", "record"),
    ("parsing",),
    ("detect",),
    ("policy",),
    ("loading", "flow"),
    ("report",),
    ("scanning",),
    ("cli", "__init__", "__main__"),
)
"""From the innermost outwards: each may import itself and the layers before it, by any kind of import."""
LEVEL = {place: level for level, places in enumerate(LAYERS) for place in places}
FILES = sorted(path for path in PACKAGE.rglob("*.py"))
UPWARD = {("contract", "pecdetect.report.notebook")}
"""The arrows that point upwards: a value shows itself in a notebook (``_repr_html_``)."""
PACKAGES = {
    "msgspec": set(LEVEL),
    "chardet": {"parsing"},
    "rich": {"report", "cli"},
    "click": {"report", "cli"},
    "jinja2": {"report"},
    "markupsafe": {"report"},
    "pyarrow": {"report"},
    "pypff": {"scanning"},
}
"""Packages of others, and who may import them; all else is the standard library."""


def place_of(path: Path) -> str:
    """The folder, or the module outside all folders, that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def home(module: str) -> str:
    """The place that a dotted name of ours leads to."""
    return module.removeprefix("pecdetect").removeprefix(".").partition(".")[0] or "__init__"


def name_of(path: Path) -> str:
    """The dotted name of a module."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in FILES}


def _called(node: ast.Call) -> str:
    """The last name of what is called."""
    function = node.func
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


@cache
def imports(path: Path) -> tuple[tuple[str, bool, int], ...]:
    """What a file imports, wherever in it and however: the module, whether only for type checking, the line."""
    tree = ast.parse(path.read_text("utf-8"))
    found = []
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
            inner = [f"{module}.{alias.name}" for alias in node.names]
            names = [name if name in MODULES else module for name in inner]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.Call) and _called(node) == "import_module":
            (argument,) = node.args
            names = [str(argument.value)] if isinstance(argument, ast.Constant) else []
            assert names or place_of(path) == "__init__", f"{path.name}:{node.lineno}: which module?"
        else:
            continue
        found += [(str(name), node in typing_only, node.lineno) for name in dict.fromkeys(names)]
    return tuple(found)


@for_each(FILES, name=name_of)
def test_imports_point_inwards(path: Path) -> None:
    """Also where they serve type checking alone: who names a type knows it."""
    place = place_of(path)
    for module, _, line in imports(path):
        if module.partition(".")[0] == "pecdetect" and (place, module) not in UPWARD:
            assert LEVEL[home(module)] <= LEVEL[place], f"{path.name}:{line} imports {module}"


def test_every_module_has_a_place() -> None:
    assert {place_of(path) for path in FILES} == set(LEVEL)


def test_there_are_no_circles() -> None:
    """What runs: imports within functions count, those for type checking do not."""
    arrows = {
        name: {
            module
            for module, typing_only, _ in imports(path)
            if module in MODULES and not typing_only and (place_of(path), module) not in UPWARD
        }
        for name, path in MODULES.items()
        if name != "pecdetect"
    }
    while True:  # what nothing is imported by, or what imports nothing, is in no circle
        imported = {target for targets in arrows.values() for target in targets}
        ends = {name for name, targets in arrows.items() if not targets & arrows.keys() or name not in imported}
        if not ends:
            break
        arrows = {name: targets for name, targets in arrows.items() if name not in ends}
    assert {name: targets & arrows.keys() for name, targets in arrows.items()} == {}


def test_no_module_has_the_name_of_what_its_package_exports() -> None:
    import pecdetect

    exported = {name for name in pecdetect.__all__ if name.islower() and not name.startswith("_")}
    assert exported
    assert exported.isdisjoint(path.stem for path in PACKAGE.glob("*.py"))


@for_each(FILES, name=name_of)
def test_packages_of_others_stand_where_they_belong(path: Path) -> None:
    import sys

    for module, typing_only, line in imports(path):
        package = module.partition(".")[0]
        if package in sys.stdlib_module_names or package == "pecdetect" or typing_only:
            continue
        assert package in PACKAGES, f"{path.name}:{line} imports {package}"
        assert place_of(path) in PACKAGES[package], f"{path.name}:{line} imports {package}"


OPENERS = {"open", "read_bytes", "read_text", "fdopen", "unlink", "mkdir", "write_bytes", "write_text"}
MAY_OPEN = {
    # Evidence, read-only; a member of a zip is a stream within the file that reading.py opened.
    "loading.py",
    "scanning/sources/reading.py",
    "scanning/sources/zips.py",
    # What a user or the package says: a profile, paths, pages of rules.
    "profile.py",
    "cli/streams.py",
    "report/guide.py",
    # Outputs that are ours, and saved scans that are read back.
    "scanning/extract.py",
    "scanning/store/files.py",
    "scanning/store/saved.py",
    # The null device, in place of the streams that a worker was born with.
    "scanning/worker.py",
}


def test_what_may_open_files_is_there() -> None:
    assert [name for name in sorted(MAY_OPEN) if not (PACKAGE / name).is_file()] == []


@for_each(FILES, name=name_of)
def test_only_the_outside_opens_files(path: Path) -> None:
    if path.relative_to(PACKAGE).as_posix() in MAY_OPEN:
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = _called(node)
            assert name not in OPENERS, f"{path.name}:{node.lineno} calls {name}"


@for_each(FILES, name=name_of)
def test_nothing_asserts_prints_or_reaches_the_network(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Assert), f"{path.name}:{node.lineno} asserts"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"print", "eval", "exec", "compile"}, f"{path.name}:{node.lineno}"
    network = {"socket", "urllib", "http", "ssl", "ftplib", "smtplib", "imaplib", "requests", "subprocess", "pickle"}
    assert {module.partition(".")[0] for module, _, _ in imports(path)} & network == set()
