"""What README.md shows is what the program prints: transcripts, help, Python, TOML, commands."""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from pecdetect.cli.app import app
from pecdetect.profile import PROFILE_FIELDS, Profile
from support.samples import SAMPLES

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")

CUT = "…"
"""In a transcript: alone on a line it stands for any lines, at the end of a line for the rest of it."""


def blocks(language: str) -> list[str]:
    """The fenced blocks in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def marked(name: str) -> str:
    """What stands in the fence between ``<!-- name -->`` and ``<!-- end -->``."""
    found = re.search(rf"<!-- {name} -->\n+```\w+\n(.*?)\n```\n+<!-- end -->", README, re.DOTALL)
    assert found is not None
    return found[1]


def run(arguments: list[str]) -> str:
    return CliRunner(env={"COLUMNS": "100"}).invoke(app, arguments).stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("readme")
    shutil.copytree(SAMPLES, place / "samples")
    with contextlib.chdir(place):
        for saved, channel in (("case", "exchange"), ("before", "exchange"), ("after", "pop-imap")):
            run(["check", "samples/pec/pec-acceptance.eml", "--channel", channel, "-o", f"{saved}.sqlite", "--quiet"])
    return place


@pytest.fixture
def place(copy: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the samples, as a reader of README.md has it, and nothing to spoil."""
    monkeypatch.chdir(copy)
    return copy


def fits(shown: str, printed: str) -> bool:
    """Whether a line of a transcript is the line that is printed."""
    return printed.startswith(shown[: -len(CUT)]) if shown.endswith(CUT) else printed == shown


def unmatched(shown: list[str], printed: list[str]) -> list[str]:
    """The first piece of a transcript (lines between cuts) that is not printed, in its place; empty: all are."""
    pieces: list[list[str]] = [[]]
    for line in shown:
        if line == CUT:
            pieces.append([])
        else:
            pieces[-1].append(line)
    at = 0
    for number, piece in enumerate(pieces):
        starts = range(at, len(printed) - len(piece) + 1) if number else [0]
        found = next((s for s in starts if all(map(fits, piece, printed[s : s + len(piece)]))), None)
        if found is None or len(printed) - found < len(piece):
            return piece
        at = found + len(piece)
    return [] if shown[-1:] == [CUT] or at == len(printed) else printed[at:]


@pytest.mark.parametrize("block", blocks("console"), ids=lambda block: " ".join(block.split()[1:3]))
def test_a_transcript_is_what_is_printed(block: str, place: Path) -> None:
    command, *shown = block.rstrip("\n").split("\n")
    prompt, program, *arguments = shlex.split(command)
    assert (prompt, program) == ("$", "pecdetect")
    assert unmatched(shown, run(arguments).splitlines()) == []
    assert place.joinpath("samples").is_dir()


def test_a_transcript_that_differs_is_noticed() -> None:
    printed = ["a", "b", "c", "d"]
    assert unmatched(["a", CUT, "c", CUT], printed) == []
    assert unmatched(["a", CUT, "d"], printed) == []
    assert unmatched(["a", CUT, "b", "d"], printed) == ["b", "d"]
    assert unmatched(["b", CUT], printed) == ["b"]
    assert unmatched(["a", CUT, "c"], printed) == ["d"]
    assert unmatched([f"a{CUT}", CUT, "d"], ["abc", "d"]) == []
    assert unmatched(["a", "b", "c", "d", "e"], printed) == ["a", "b", "c", "d", "e"]


def test_every_command_is_shown() -> None:
    shown = {block.split()[2] for block in blocks("console")}
    assert shown == set(app.commands)


def test_the_help_is_that_of_check() -> None:
    assert marked("help").split() == run(["check", "--help"]).split()


def test_the_commands_are_the_ones_that_are_run() -> None:
    assert marked("run") == (
        "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/pecdetect check samples/pec --exit-zero"
    )
    test = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && .venv/bin/python -m pytest"
    assert marked("test") == test
    section = README.partition("<!-- test -->")[2].partition("<!-- end -->")[0]
    assert re.findall(r"^ *python3.*", section, re.MULTILINE) == [test], "the line that .ci/run takes"


@pytest.mark.usefixtures("place")
def test_the_first_command_skips_nothing() -> None:
    command = shlex.split(marked("run").rpartition("pecdetect ")[2])
    assert command == ["check", "samples/pec", "--exit-zero"]
    done = CliRunner().invoke(app, command)
    messages = len(list(SAMPLES.joinpath("pec").iterdir()))
    assert done.output.count(f"\n{messages} messages: ") == 1
    assert "skipped" not in done.output


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("block", blocks("python"))
def test_the_python_runs(block: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - our own text
    assert "pec-transport-envelope" in capsys.readouterr().out


def test_the_profile_is_one() -> None:
    (block,) = blocks("toml")
    values = tomllib.loads(block)["profile"]
    assert set(values) == PROFILE_FIELDS
    assert Profile.from_mapping(values).given == PROFILE_FIELDS


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    for link in links:
        assert (ROOT / link).exists(), link


def test_it_can_be_read_in_one_go() -> None:
    assert len(README.splitlines()) < 300
    assert max(map(len, README.splitlines())) <= 170
