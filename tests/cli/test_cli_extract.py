"""``pecdetect extract``: what it lists, what it says, how it ends."""

import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pecdetect.cli.app import app
from support.samples import sample

PEC = sample("pec-transport-envelope.eml").read_bytes()
PLAIN = sample("ordinary-plain-text.eml").read_bytes()
KEYS = {"section", "role", "name", "file", "type", "size", "sha256", "decoded"}
HOSTILE = (
    b'From: a@example.org\r\nTo: b@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n'
    b"\r\n--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment;\r\n"
    b" filename*=utf-8''..%2F%1B%5B2J%E2%80%AEgnp.exe\r\nContent-Transfer-Encoding: x-house\r\n\r\nx\r\n"
)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "busta.eml").write_bytes(PEC)
    (tmp_path / "hostile.eml").write_bytes(HOSTILE)
    (tmp_path / "plain.eml").write_bytes(PLAIN)
    (tmp_path / "foto.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    monkeypatch.chdir(tmp_path)


def extract(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["extract", *arguments], input=stdin)


def test_the_list_on_standard_output_is_json() -> None:
    done = extract("busta.eml", "-o", "out")
    assert done.exit_code == 0
    files = json.loads(done.stdout)
    assert [(file["section"], file["role"], file["name"], file["file"]) for file in files] == [
        ("1.2", "daticert", "daticert.xml", "daticert.xml"),
        ("1.3", "postacert", "postacert.eml", "postacert.eml"),
        ("1.3/2", "attachment", "ordine-42.pdf", "ordine-42.pdf"),
    ]
    assert all(
        set(file) == {*["section", "role", "name", "file", "type", "size", "sha256", "decoded"]} for file in files
    )
    assert done.stderr.endswith("pecdetect: 3 files written to out\n")
    assert "postacert.eml: 2,072 bytes of message/rfc822" in done.stderr


def test_standard_input_gives_the_same() -> None:
    assert extract("-", "-o", "piped", stdin=PEC).stdout == extract("busta.eml", "--output", "named").stdout


def test_all() -> None:
    assert len(json.loads(extract("busta.eml", "-o", "out", "--all").stdout)) == 7


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["busta.eml", "-o", "out"], 0, "3 files written"),
        (["plain.eml", "-o", "out", "--all"], 0, "1 file written"),
        (["plain.eml", "-o", "out"], 3, "nothing to extract"),
        (["foto.jpg", "-o", "out", "--all"], 3, "nothing to extract"),
        (["none.eml", "-o", "out"], 2, "none.eml: There is no such file or folder."),
        ([".", "-o", "out"], 2, "not a regular file"),
        (["busta.eml", "-o", "plain.eml"], 2, "Writing to plain.eml failed: "),
        (["busta.eml"], 2, "--output"),
        (["-o", "out"], 2, "FILE"),
    ],
)
def test_exit_status(arguments: list[str], code: int, said: str) -> None:
    done = extract(*arguments)
    assert done.exit_code == code
    assert said in done.stderr


def test_nothing_to_extract_is_an_empty_array_and_no_folder() -> None:
    assert extract("plain.eml", "-o", "out").stdout == "[]\n"
    assert not Path("out").exists()


def test_hostile_names_are_harmless_on_both_streams() -> None:
    done = extract("hostile.eml", "-o", "out", "--all")
    (file,) = json.loads(done.stdout)
    assert file["name"] == "../\x1b[2J\u202egnp.exe"
    assert file["file"] == "__[2J_gnp.exe"
    assert done.stdout.isascii()
    assert done.stderr.isascii()
    assert "\x1b" not in done.stdout + done.stderr
    assert 'declared as "../\\x1b[2J<U+202E>gnp.exe"' in done.stderr
    assert "not decoded" in done.stderr
    assert "ends too early" in done.stderr
    assert os.listdir("out") == ["__[2J_gnp.exe"]  # noqa: PTH208 - names alone


def test_embedded_messages_are_said() -> None:
    done = extract(str(sample("outlook-pec-flattened.msg")), "-o", "out")
    assert done.exit_code == 0
    assert "part 4 is a message that Outlook embeds without bytes of its own" in done.stderr


def test_limits_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from pecdetect.scanning import extract as extraction

    found = extraction.Extraction(limits=("depth", "parts"))
    monkeypatch.setattr(extraction, "extract", lambda *_, **__: found)
    assert "limits were reached (depth, parts)" in extract("busta.eml", "-o", "out").stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX only")
def test_a_pipe_is_not_waited_for() -> None:
    os.mkfifo("pipe")
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)  # noqa: PTH116 - as made
    assert extract("pipe", "-o", "out").exit_code == 2
