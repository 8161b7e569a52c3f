"""Determinism: the same bytes give the same JSON, byte for byte, wherever and however they are read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from support.samples import SAMPLES as FOLDER, all_samples

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
SAMPLES = all_samples()
NEWEST, OLDEST = 15, 11


@dataclass(frozen=True, slots=True)
class Circumstance:
    """How a process is started."""

    environment: dict[str, str] = field(default_factory=dict)
    switches: tuple[str, ...] = ()
    options: str = "-"


CIRCUMSTANCES = {
    **{
        f"hash seed {seed}": Circumstance({"PYTHONHASHSEED": seed})
        for seed in ("1", "2", "4242", "4294967295", "random")
    },
    **{
        f"locale {name}, time zone {zone}": Circumstance({"LC_ALL": name, "LANG": name, "TZ": zone, "PYTHONUTF8": utf8})
        for name, zone, utf8 in (
            *(("C", "UTC", "0"), ("C", "Asia/Kolkata", "1"), ("C.UTF-8", "America/St_Johns", "0")),
            *(
                ("it_IT.UTF-8", "Europe/Rome", "0"),
                ("tr_TR.ISO8859-9", "UTC", "0"),
                ("tr_TR.ISO8859-9", "XXX-14:30", "1"),
            ),
        )
    },
    "optimised": Circumstance(switches=("-O",)),
    "without docstrings": Circumstance(switches=("-OO",)),
    "recursion limit 200": Circumstance(options="recursion"),
    "a thread with a stack of 256 KiB": Circumstance(options="thread"),
    "both, and the last file first": Circumstance(options="recursion,thread,backwards"),
}
FORMS = ("as it is", "relative", "with dots")
"""Ways to write a path."""


def output(
    circumstance: Circumstance, paths: tuple[str, ...], python: str = sys.executable, folder: Path = ROOT
) -> bytes:
    command = [
        python,
        *circumstance.switches,
        str(Path(__file__).parent / "verdicts.py"),
        str(ROOT),
        circumstance.options,
    ]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | circumstance.environment
    done = subprocess.run(  # noqa: S603 - a Python and our own script
        [*command, *paths], check=False, capture_output=True, env=environment, cwd=folder, timeout=300
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    assert not done.stderr, done.stderr.decode("utf-8", "replace")
    return done.stdout


@cache
def expected() -> bytes:
    """What is said when nothing is odd."""
    return output(Circumstance({"PYTHONHASHSEED": "0"}), tuple(map(str, SAMPLES)))


def assert_same(found: bytes) -> None:
    """Show the first difference, not megabytes of JSON."""
    pairs = zip(expected().split(b"\n"), found.split(b"\n"), SAMPLES, strict=True)
    different = [path.name for one, other, path in pairs if one != other]
    assert different == []


@pytest.mark.parametrize("name", CIRCUMSTANCES)
def test_circumstances_change_nothing(name: str) -> None:
    assert_same(output(CIRCUMSTANCES[name], tuple(map(str, SAMPLES))))


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_a_path_changes_nothing(form: str) -> None:
    paths = {
        "as it is": [str(path) for path in SAMPLES],
        "relative": [str(path.relative_to(FOLDER)) for path in SAMPLES],
        "with dots": [os.path.join(os.curdir, os.pardir, path.relative_to(ROOT)) for path in SAMPLES],  # noqa: PTH118
    }
    assert_same(output(Circumstance(), tuple(paths[form]), folder=FOLDER))


@pytest.fixture(scope="module")
def pure_chardet(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with nothing but chardet without compiled modules, which any Python can import."""
    import chardet

    folder = tmp_path_factory.mktemp("chardet")
    ignored = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
    shutil.copytree(Path(chardet.__file__).parent, folder / "chardet", ignore=ignored)
    return str(folder)


@pytest.mark.parametrize("minor", range(OLDEST, NEWEST + 1))
def test_other_versions_of_python_say_the_same(minor: int, pure_chardet: str) -> None:
    python = shutil.which(f"python3.{minor}")
    if python is None:
        pytest.skip(f"no python3.{minor} on the path")
    probe = [python, "-c", "import chardet, msgspec"]
    environment = {"PYTHONPATH": pure_chardet}
    tried = subprocess.run(probe, check=False, capture_output=True, env=os.environ | environment)  # noqa: S603
    if tried.returncode:
        pytest.skip(f"python3.{minor} does not start here, or has no msgspec")
    assert_same(output(Circumstance(environment), tuple(map(str, SAMPLES)), python))


def test_there_is_something_to_compare() -> None:
    lines = expected().split(b"\n")
    assert len(lines) == len(SAMPLES) > 500
    assert len(set(lines)) == len(lines)
