"""Child processes import nothing from the working directory: it holds evidence, and anybody may have written that.

The folder that is scanned has a file named after every module of the standard library, and after some of other
packages. Each writes down that it was imported, and by which process, and then gives way to the real module.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import spawn, util
from pathlib import Path

import pytest

import pecdetect
from pecdetect.scanning import safe_start
from support.corpus import CORPUS

pytestmark = pytest.mark.slow

HOME = str(Path(pecdetect.__file__).parents[1])
OTHERS = ("chardet", "click", "jinja2", "msgspec", "pyarrow", "pypff", "rich", "sitecustomize", "usercustomize")
MAIL = "From: a@example.org\nTo: b@example.org\nSubject: s\nMessage-ID: <{}@example.org>\n\nx\n"
BAIT = """
import sys
with open({log!r}, "a") as log:
    log.write(f"{{sys.modules['os'].getpid()}} {{__name__}}\\n")
before = sys.path
sys.path = [entry for entry in before if entry not in {{"", ".", {folder!r}}}]
del sys.modules[__name__]
try:
    __import__(__name__)
except ModuleNotFoundError:
    sys.modules[__name__] = type(sys)(__name__)
finally:
    sys.path = before
"""
SCRIPT = """
import sys
sys.path.insert(0, {home!r})
import os
import pecdetect
print("pid", os.getpid())
for result in pecdetect.scan({paths!r}, jobs={jobs!r}):
    if result.verdict is not None:
        print(result.verdict.outcome)
    elif result.error is not None:
        print(result.error.code)
"""


class Evidence:
    """A folder with bait among the mail, and who took it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.folder = place / "evidence"
        self.folder.mkdir()
        self._log = place / "taken"
        for name in (*sys.stdlib_module_names, *OTHERS, "pecdetect"):
            bait = BAIT.format(log=str(self._log), folder=str(self.folder))
            (self.folder / f"{name}.py").write_text(bait)

    def mail(self, count: int) -> None:
        for number in range(count):
            (self.folder / f"{number}.eml").write_text(MAIL.format(number))

    def script(self, paths: list[str], jobs: int | None) -> str:
        return SCRIPT.format(home=HOME, paths=paths, jobs=jobs)

    def run(self, *arguments: str, cwd: Path | None = None, python_path: str | None = None) -> list[str]:
        """Start Python in the folder; gives the lines that it prints."""
        environment = {
            name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONSAFEPATH"}
        }
        if python_path is not None:
            environment["PYTHONPATH"] = python_path
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, *arguments],
            cwd=cwd or self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    def takers(self) -> dict[int, set[str]]:
        """Modules that were imported from the folder, by process."""
        found: dict[int, set[str]] = {}
        for line in self._log.read_text().splitlines() if self._log.exists() else ():
            pid, name = line.split()
            found.setdefault(int(pid), set()).add(name)
        return found


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    return Evidence(tmp_path)


def test_the_bait_is_good(evidence: Evidence) -> None:
    evidence.run("-c", "import struct, socket, pypff")
    (taken,) = evidence.takers().values()
    assert taken >= {"struct", "socket", "pypff"}


@pytest.mark.parametrize("flags", [(), ("-E",), ("-I",), ("-P",)], ids=" ".join)
def test_a_script(evidence: Evidence, flags: tuple[str, ...]) -> None:
    evidence.mail(20)
    script = evidence.place / "script.py"
    script.write_text(evidence.script(["."], 2))
    assert evidence.run(*flags, str(script))[1:] == ["syncs"] * 20
    assert evidence.takers() == {}


@pytest.mark.parametrize("flags", [(), ("-E",), ("-I",), ("-P",)], ids=" ".join)
def test_a_line_of_code(evidence: Evidence, flags: tuple[str, ...]) -> None:
    """Python itself has the program import from the working directory here, though not its children."""
    evidence.mail(20)
    pid, *outcomes = evidence.run(*flags, "-c", evidence.script(["."], 2))
    assert outcomes == ["syncs"] * 20
    assert set(evidence.takers()) <= {int(pid.split()[1])}


def test_the_command(evidence: Evidence) -> None:
    evidence.mail(20)
    (evidence.place / "bin").mkdir()
    command = evidence.place / "bin" / "pecdetect"
    command.write_text("from pecdetect.__main__ import main\nmain()\n")
    lines = evidence.run(
        str(command), "check", ".", "-q", "-j", "2", "-f", "paths", "--only", "syncs", python_path=HOME
    )
    assert len(lines) == 20
    assert evidence.takers() == {}


@pytest.mark.parametrize("flags", [(), ("-P",)], ids=" ".join)
def test_the_module(evidence: Evidence, flags: tuple[str, ...]) -> None:
    """What Python itself imports before ours begins is all that is taken without ``-P``, and by the parent alone."""
    evidence.mail(20)
    (evidence.folder / "pecdetect.py").unlink()
    arguments = ("-m", "pecdetect", "check", ".", "-q", "-j", "2", "-f", "paths", "--only", "syncs")
    assert len(evidence.run(*flags, *arguments, python_path=HOME)) == 20
    assert len(evidence.takers()) == (0 if flags else 1)
    assert not {"struct", "json", "multiprocessing", "click"} & set().union(*evidence.takers().values())


def test_a_checkout_that_is_the_working_directory(evidence: Evidence) -> None:
    """The package is found there, and nothing else is."""
    (evidence.folder / "pecdetect.py").unlink()
    shutil.copytree(Path(pecdetect.__file__).parent, evidence.folder / "pecdetect")
    mail = evidence.place / "mail"
    mail.mkdir()
    for number in range(20):
        (mail / f"{number}.eml").write_text(MAIL.format(number))
    # A second one, which would be imported had the children only lost the first.
    other = evidence.place / "other" / "pecdetect"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("raise ImportError('not this one')")
    code = evidence.script([str(mail)], 2).replace(f"(0, {HOME!r})", f"(1, {str(other.parent)!r})")
    pid, *outcomes = evidence.run("-c", code)
    assert outcomes == ["syncs"] * 20
    assert set(evidence.takers()) <= {int(pid.split()[1])}


def test_an_installation_that_is_the_working_directory(evidence: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ``pip install --target`` fills has what the package needs, and comes after the standard library."""
    monkeypatch.chdir(evidence.folder)
    monkeypatch.setattr(safe_start, "_HOME", str(evidence.folder))
    monkeypatch.syspath_prepend(str(evidence.folder))
    assert str(evidence.folder) not in safe_start.safe_path()
    (evidence.folder / "pecdetect-1.dist-info").mkdir()
    assert safe_start.safe_path()[-1] == str(evidence.folder)
    assert str(evidence.folder) not in safe_start.safe_path()[:-1]


@pytest.mark.parametrize("relative", [".", f"{os.pathsep}nowhere"], ids=["named", "empty"])
def test_a_relative_pythonpath(evidence: Evidence, relative: str) -> None:
    """It named another folder when the program started than it would for a child."""
    evidence.mail(20)
    script = evidence.place / "script.py"
    script.write_text(f"import os\nos.chdir({str(evidence.folder)!r})\n" + evidence.script(["."], 2))
    outcomes = evidence.run(str(script), cwd=evidence.place, python_path=relative)[1:]
    assert outcomes == ["syncs"] * 20
    assert evidence.takers() == {}


def test_as_many_workers_as_there_are_processors(evidence: Evidence) -> None:
    evidence.mail(400)
    script = evidence.place / "script.py"
    script.write_text(evidence.script(["."], None))
    assert evidence.run(str(script))[1:] == ["syncs"] * 400
    assert evidence.takers() == {}


def test_a_mailbox(evidence: Evidence) -> None:
    """One of 300 KB gets workers."""
    padded = MAIL.replace("x\n", "x" * 70 + "\n")
    message = padded + ("y" * 70 + "\n") * 40
    (evidence.folder / "all.mbox").write_text("".join(f"From - \n{message.format(n)}\n" for n in range(100)))
    script = evidence.place / "script.py"
    script.write_text(evidence.script(["all.mbox"], None))
    assert evidence.run(str(script))[1:] == ["syncs"] * 100
    assert evidence.takers() == {}


def test_a_data_file_of_outlook(evidence: Evidence) -> None:
    """Its folders are listed in a process of their own, whether the library can read it or not."""
    pytest.importorskip("pypff")
    (evidence.folder / "mail.pst").write_bytes(b"!BDN" + bytes(600))
    script = evidence.place / "script.py"
    script.write_text(evidence.script(["mail.pst"], 1))
    assert evidence.run(str(script))[1:] == ["unreadable"]
    assert evidence.takers() == {}


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_a_real_data_file_of_outlook(evidence: Evidence) -> None:
    pytest.importorskip("pypff")
    (path,) = (CORPUS / "pst").rglob("testPST_variousBodyTypes.pst")
    shutil.copy(path, evidence.folder / "mail.pst")
    script = evidence.place / "script.py"
    script.write_text(evidence.script(["mail.pst"], 2))
    assert len(evidence.run(str(script))[1:]) == 4
    assert evidence.takers() == {}


def prepared() -> tuple[list[str], dict[str, object]]:
    """What a child would be started with."""
    return spawn.get_command_line(pipe_handle=1), spawn.get_preparation_data("x")


def test_nothing_stays_changed() -> None:
    """A program that starts processes of its own gets them as before: in other threads meanwhile, and afterwards."""
    before = prepared()
    with safe_start.safe_children(), ThreadPoolExecutor(1) as elsewhere:
        command, data = prepared()
        assert elsewhere.submit(prepared).result() == before
    assert "-P" in command
    assert data["sys_path"] == safe_start.safe_path()
    assert data.get("init_main_from_path") in {None, safe_start.__file__}
    assert prepared() == before


def test_a_program_with_an_interpreter_inside_knows_its_own_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    before = util._args_from_interpreter_flags()  # type: ignore[attr-defined] # no public name
    with safe_start.safe_children():
        assert util._args_from_interpreter_flags() == before  # type: ignore[attr-defined] # as above


def test_a_python_that_cannot_be_told_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spawn, "get_command_line", lambda: [sys.executable, "-c", "pass"])
    with pytest.raises(OSError, match="working directory"), safe_start.safe_children():
        pytest.fail("a child would be started")
