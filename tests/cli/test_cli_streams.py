"""The program as it is run: streams, encodings, terminals, signals."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import pecdetect

pytestmark = pytest.mark.slow

MAIL = (
    "From: Zo\u00eb <a@example.org>\nTo: b@example.org\nMessage-ID: <1@example.org>\n"
    "Subject: perch\u00e9 \u8acb\u6c42\u66f8 \x1b[2J\u202e [red]x[/red]\n\nx\n"
).encode()
ROOT = Path(pecdetect.__file__).parents[1]
COMMAND = [sys.executable, "-m", "pecdetect"]


def environment(**extra: str) -> dict[str, str]:
    dropped = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHONIOENCODING", "PYTHONUTF8", "LC_ALL", "LANG", "TERM"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    ours = {"TERM": "xterm-256color", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT)}
    return {**kept, **ours, **extra}


def run(*arguments: str, cwd: Path, **extra: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(  # noqa: S603 - our own program
        [*COMMAND, *arguments], cwd=cwd, env=environment(**extra), capture_output=True, check=False, timeout=60
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.eml").write_bytes(MAIL)
    (tmp_path / "b.eml").write_bytes(MAIL.replace(b"From:", b"X-From:"))
    return tmp_path


def test_data_and_notes_go_separate_ways(folder: Path) -> None:
    done = run("check", "a.eml", "b.eml", "none.eml", "--format", "jsonl", cwd=folder)
    assert [json.loads(line)["source"] for line in done.stdout.splitlines()] == ["a.eml", "b.eml", "none.eml"]
    assert done.stderr.decode().splitlines() == [
        "pecdetect: none.eml: There is no such file or folder.",
        "pecdetect: 2 messages: 1 blocked, 1 undetermined, 1 not read",
    ]
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "encoding"),
    [
        *((["check", "a.eml"], encoding) for encoding in ("utf-8", "cp1252", "ascii", "latin-1")),
        *((arguments, "ascii") for arguments in (["check", "."], ["show", "a.eml"], ["rules"])),
    ],
)
def test_any_encoding_of_the_stream_will_do(folder: Path, arguments: list[str], encoding: str) -> None:
    done = run(*arguments, cwd=folder, PYTHONIOENCODING=encoding)
    assert not done.stderr
    text = done.stdout.decode(encoding)
    assert done.returncode in {0, 1, 4}
    assert not set(text) & set("\x1b\u202e\r")
    if encoding == "ascii" and arguments == ["check", "a.eml"]:
        assert "perch\\xe9 \\u8acb\\u6c42\\u66f8 \\x1b[2J<U+202E> [red]x[/red]" in text
    if encoding == "cp1252" and arguments == ["check", "a.eml"]:
        assert "perch\u00e9 \\u8acb" in text
        assert "? UNDETERMINED" in text


def test_json_is_the_same_in_any_encoding(folder: Path) -> None:
    outputs = {
        run("check", ".", "--format", "json", cwd=folder, PYTHONIOENCODING=encoding).stdout
        for encoding in ("utf-8", "cp1252")
    }
    assert len(outputs) == 1
    assert outputs.pop().isascii()


@pytest.mark.parametrize("arguments", [["check", "a.eml"], ["explain", "tnef"]])
def test_a_pipe_gets_no_escape_sequences(folder: Path, arguments: list[str]) -> None:
    assert b"\x1b" not in run(*arguments, cwd=folder).stdout


def on_terminal(arguments: list[str], cwd: Path, columns: int, **extra: str) -> str:
    """Run on a pseudo-terminal and return what it shows."""
    pty = pytest.importorskip("pty")
    fcntl = pytest.importorskip("fcntl")
    termios = pytest.importorskip("termios")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, columns.to_bytes(2, sys.byteorder).join([b"\x28\0", b"\0\0\0\0"]))
    with subprocess.Popen(  # noqa: S603 - our own program
        [*COMMAND, *arguments], cwd=cwd, env=environment(**extra), stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        process.wait(60)
    os.close(ours)
    return shown.decode()


@pytest.mark.parametrize("arguments", [["check", "a.eml"], ["check", "."], ["show", "a.eml"], ["rules"]])
def test_terminals(folder: Path, arguments: list[str]) -> None:
    coloured = on_terminal(arguments, folder, 100)
    assert "\x1b[" in coloured
    assert "\x1b[2J" not in coloured
    plain = on_terminal(arguments, folder, 40, NO_COLOR="1")
    assert "\x1b" not in plain
    lines = [line for line in plain.splitlines() if "https://" not in line]
    assert len(lines) > 3
    assert max(map(len, lines)) <= 40


@pytest.mark.skipif(os.name != "posix", reason="SIGPIPE is POSIX")
@pytest.mark.parametrize("output", ["text", "json", "jsonl", "paths"])
def test_a_closed_pipe_ends_quietly(tmp_path: Path, output: str) -> None:
    for number in range(100):
        (tmp_path / f"{number:03}.eml").write_bytes(MAIL)
    with subprocess.Popen(  # noqa: S603 - our own program
        [*COMMAND, "check", ".", "--format", output],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read().decode()
    assert process.returncode == 141
    assert "Traceback" not in errors
    assert "Exception" not in errors
    assert "Broken" not in errors


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_ctrl_c_ends_quietly_and_leaves_what_was_done(folder: Path) -> None:
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(  # noqa: S603 - our own program
        [*COMMAND, "check", "a.eml", str(pipe), "--format", "jsonl"],
        cwd=folder,
        env=environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A background job is started with SIGINT ignored, and would hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        errors = process.stderr.read().decode()
    assert process.returncode == 130
    assert json.loads(first)["source"] == "a.eml"
    assert not rest
    assert "Traceback" not in errors


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX")
def test_read_only_folder_stays_as_it_was(folder: Path) -> None:
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}
    folder.chmod(0o500)
    try:
        assert run("check", ".", cwd=folder).returncode == 1
    finally:
        folder.chmod(0o700)
    assert {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()} == before


def test_json_loads_no_terminal_library(folder: Path) -> None:
    code = (
        "import sys; from pecdetect.__main__ import main\n"
        "sys.argv = ['pecdetect', 'check', 'a.eml', '--format', 'jsonl']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "sys.exit('rich.console' in sys.modules)"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code], cwd=folder, env=environment(), capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()


def test_help_loads_nothing_that_judges(folder: Path) -> None:
    code = (
        "import sys; from pecdetect.__main__ import main\n"
        "sys.argv = ['pecdetect', 'check', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = ('pecdetect.scanning', 'pecdetect.policy', 'pecdetect.detect', 'rich', 'jinja2', 'sqlite3')\n"
        "sys.exit(repr([name for name in sys.modules if name.startswith(heavy)]))"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code], cwd=folder, env=environment(), capture_output=True, check=False, timeout=60
    )
    assert done.stderr.decode().strip() == "[]"


def run_in_shell(line: str, cwd: Path, **extra: str) -> "subprocess.CompletedProcess[bytes]":
    """Run with redirections that only a shell makes: ``{}`` stands for the program."""
    program = f'"{sys.executable}" -m pecdetect'
    return subprocess.run(  # noqa: S603 - our own program
        ["/bin/sh", "-c", line.format(program)],
        cwd=cwd,
        env=environment(**extra),
        capture_output=True,
        check=False,
        timeout=60,
    )


@pytest.mark.skipif(os.name != "posix", reason="SIGPIPE is POSIX")
@pytest.mark.parametrize(
    ("stream", "line"),
    [
        *(("stdout", line) for line in ("--help", "--version", "check --help", "rules", "check a.eml")),
        *(("stderr", line) for line in ("", "--nope", "check --nope", "check none.eml")),
    ],
)
def test_a_reader_that_went_away_is_no_blocked_message(folder: Path, stream: str, line: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: writer}
    done = subprocess.run(  # noqa: S603 - our own program
        [*COMMAND, *line.split()], cwd=folder, env=environment(), check=False, timeout=60, **streams
    )
    os.close(writer)
    assert done.returncode == 141
    assert not done.stdout
    assert not done.stderr


@pytest.mark.skipif(os.name != "posix", reason="SIGPIPE is POSIX")
def test_a_shell_that_wants_no_completion_after_all(folder: Path) -> None:
    done = run_in_shell("({}; echo $? >&2) | true", folder, _PECDETECT_COMPLETE="bash_source")
    assert done.stderr == b"141\n"


@pytest.mark.skipif(os.name != "posix", reason="a POSIX shell")
@pytest.mark.parametrize(
    "arguments", ["check a.eml", "check a.eml -q --format json", "rules", "--help", "check --help"]
)
def test_without_a_standard_output_nothing_can_be_written(folder: Path, arguments: str) -> None:
    done = run_in_shell(f"{{}} {arguments} >&-", folder)
    assert done.returncode == 2
    assert done.stderr == b"pecdetect: cannot write the output: Bad file descriptor\n"
    assert run_in_shell(f"{{}} {arguments} >&- 2>&-", folder).returncode == 2


@pytest.mark.skipif(os.name != "posix", reason="a POSIX shell")
def test_without_a_standard_error_the_code_says_it(folder: Path) -> None:
    assert run_in_shell("{} check a.eml 2>&-", folder).returncode == 4
    assert run_in_shell("{} check a.eml none.eml --format jsonl 2>&-", folder).returncode == 2
    assert run_in_shell("{} check --nope 2>&-", folder).returncode == 2


@pytest.mark.skipif(os.name != "posix", reason="a POSIX shell")
@pytest.mark.parametrize("arguments", ["check -", "check --from-list -", "show -", "extract - -o out"])
def test_without_a_standard_input_there_is_nothing_to_read(folder: Path, arguments: str) -> None:
    done = run_in_shell(f"{{}} {arguments} <&-", folder)
    assert done.returncode == 2
    assert b"there is no standard input" in done.stderr
    assert b"Traceback" not in done.stderr


FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")


@FULL
@pytest.mark.parametrize("arguments", ["check a.eml", "--help", "check --help"])
def test_a_full_disk_is_no_blocked_message(folder: Path, arguments: str) -> None:
    done = run_in_shell(f"{{}} {arguments} >/dev/full", folder)
    assert done.returncode == 2
    assert done.stderr == b"pecdetect: cannot write the output: No space left on device\n"
    assert run_in_shell(f"{{}} {arguments} >/dev/full 2>&1", folder).returncode == 2


@FULL
@pytest.mark.parametrize("arguments", ["", "--nope", "check --nope", "check none.eml", "check a.eml --format jsonl"])
def test_a_full_disk_for_notes_is_no_blocked_message(folder: Path, arguments: str) -> None:
    assert run_in_shell(f"{{}} {arguments} 2>/dev/full", folder).returncode == 2


STOPPED = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from pecdetect import __main__
from pecdetect.cli import app, streams
def stop(*_, **__): signal.raise_signal(signal.SIGINT)
{place} = stop
__main__.main()
"""


@pytest.mark.parametrize("place", ["streams.prepare", "app._Commands.parse_args", "app._Commands.get_command"])
def test_ctrl_c_before_a_command_runs(folder: Path, place: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", STOPPED.format(place=place), "check", "a.eml"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_no_columns_at_all_are_as_good_as_none_given(folder: Path) -> None:
    assert run("check", "a.eml", cwd=folder, COLUMNS="0").stdout == run("check", "a.eml", cwd=folder).stdout
