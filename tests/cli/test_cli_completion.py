"""Completion by the shell: what README.md says to put into a start file, and what is offered then."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import get_completion_class

import pecdetect

ROOT = Path(pecdetect.__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SHELLS = ("bash", "zsh", "fish")
TOPICS = ["check", "show", "extract", "report", "diff", "explain", "rules"]

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="no shell of these")]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``pecdetect`` as a program, wherever the tests run from."""
    folder = tmp_path_factory.mktemp("bin")
    path = folder / "pecdetect"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pecdetect "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return folder


def run(command: list[str], program: Path, **extra: str) -> str:
    search = os.pathsep.join([str(program), os.environ["PATH"]])
    environment = {**os.environ, "PATH": search, "PYTHONPATH": str(ROOT), **extra}
    return subprocess.run(  # noqa: S603 - our own program
        command, env=environment, capture_output=True, check=True, timeout=60, encoding="utf-8"
    ).stdout


def offered(shell: str, words: str, program: Path) -> list[tuple[str, str]]:
    """Kind and value of what is offered for the last of some words, as the shell's script asks for it."""
    last = words.rpartition(" ")[2]
    at = last if shell == "fish" else str(words.count(" "))
    asked = {"_PECDETECT_COMPLETE": f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": at}
    lines = run(["pecdetect"], program, **asked).splitlines()
    if shell == "zsh":  # three lines each: kind, value, help
        return list(zip(lines[::3], lines[1::3], strict=True))
    return [(line.split(",")[0], re.split(r"[,\t]", line)[1]) for line in lines]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("pecdetect ", [("plain", topic) for topic in TOPICS]),
        ("pecdetect ex", [("plain", "extract"), ("plain", "explain")]),
        ("pecdetect check --irm", [("plain", "--irm-sync")]),
        ("pecdetect check --max-m", [("plain", "--max-message-mb")]),
        ("pecdetect check --channel p", [("plain", "pop-imap")]),
        ("pecdetect check --only s", [("plain", "syncs")]),
        ("pecdetect check --fail-on blocked --format json", [("plain", "json"), ("plain", "jsonl")]),
        ("pecdetect diff a.sqlite b.sqlite -f t", [("plain", "text")]),
    ],
)
def test_words_are_offered(shell: str, words: str, expected: list[tuple[str, str]], program: Path) -> None:
    assert offered(shell, words, program) == expected


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "words",
    [
        "pecdetect check in",
        "pecdetect check a.eml in",
        "pecdetect check --from-list in",
        "pecdetect check --profile in",
        "pecdetect check -o in",
        "pecdetect show in",
        "pecdetect extract a.eml -o in",
        "pecdetect report in",
        "pecdetect report a.sqlite -o in",
        "pecdetect diff a.sqlite in",
    ],
)
def test_paths_are_left_to_the_shell(shell: str, words: str, program: Path) -> None:
    assert offered(shell, words, program) == [("file", "in")]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_asks_us(shell: str, program: Path) -> None:
    script = run(["pecdetect"], program, _PECDETECT_COMPLETE=f"{shell}_source")
    assert f"_PECDETECT_COMPLETE={shell}_complete" in script


@pytest.mark.skipif(get_completion_class("powershell") is None, reason="click 8.5 is the first that knows it")
def test_powershell_where_click_knows_it(program: Path) -> None:
    script = run(["pecdetect"], program, _PECDETECT_COMPLETE="powershell_source")
    assert "powershell_complete" in script
    asked = {"_PECDETECT_COMPLETE": "powershell_complete", "COMP_WORDS": "pecdetect ex", "COMP_CWORD": "1"}
    # Three lines each: kind, value, help.
    assert run(["pecdetect"], program, **asked).splitlines()[1::3] == ["extract", "explain"]


def has(shell: str) -> bool:
    """Whether a shell is here that can do it; bash from 4.4 on."""
    if (path := shutil.which(shell)) is None:
        return False
    said = subprocess.run([path, "--version"], capture_output=True, check=True, encoding="utf-8").stdout  # noqa: S603
    found = re.search(r"(\d+)\.(\d+)", said)
    return shell != "bash" or (found is not None and (int(found[1]), int(found[2])) >= (4, 4))


PRESSED = {
    # What the shell does when the key is pressed, without a terminal; its own functions that need one are stood in for.
    "bash": "compopt() {{ :; }}; {line}; COMP_WORDS=(pecdetect {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); "
    '$(complete -p pecdetect | grep -o "_[a-z_]*") pecdetect; printf "%s\\n" "${{COMPREPLY[@]}}"',
    "zsh": "compdef() {{ function=$1; }}; compadd() {{ print -l -- $completions; }}; "
    "_describe() {{ print -l -- ${{completions_with_descriptions%%:*}}; }}; {line}; "
    "words=(pecdetect {words}); CURRENT=$#words; $function",
    "fish": '{line}; complete -C "pecdetect {words}" | string split -f 1 \\t; true',
}
LINES = {
    "bash": 'eval "$(_PECDETECT_COMPLETE=bash_source pecdetect)"',
    "zsh": 'eval "$(_PECDETECT_COMPLETE=zsh_source pecdetect)"',
    "fish": "_PECDETECT_COMPLETE=fish_source pecdetect | source",
}


@pytest.mark.parametrize(
    "shell",
    [pytest.param(shell, marks=pytest.mark.skipif(not has(shell), reason=f"no {shell} here")) for shell in SHELLS],
)
@pytest.mark.parametrize(
    ("words", "expected"), [("ex", {"extract", "explain"}), ("check --channel app", {"app-for-outlook"})]
)
def test_the_shell_completes(shell: str, words: str, expected: set[str], program: Path) -> None:
    script = PRESSED[shell].format(line=LINES[shell], words=words)
    assert set(run([shell, "-c", script], program).split()) == expected


def test_the_readme_says_how() -> None:
    assert f"`{LINES['bash']}` to your shell's start file (`zsh_source` for zsh)" in README
    assert f"`{LINES['fish']}`" in README
    assert "`powershell_source` writes the script (click 8.5 or later)" in README
