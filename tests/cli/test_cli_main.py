"""How the program starts and ends, where a subprocess cannot show it."""

import io
import sys

import pytest

from pecdetect.__main__ import main
from pecdetect.cli import streams
from pecdetect.cli.exits import ExitCode, FailOn, exit_code
from pecdetect.contract import Outcome
from pecdetect.report.summary import Summary, Trouble


class Stream(io.TextIOWrapper):
    """A text stream on bytes; optionally a terminal."""

    def __init__(self, encoding: str, *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="\r\n")
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def written(self) -> bytes:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue()


@pytest.mark.parametrize(
    ("platform", "expected"),
    [("win32", "perch\u00e9 \u8acb\n".encode()), ("linux", "perch\u00e9 \\u8acb\r\n".encode("cp1252"))],
)
def test_streams_take_any_text(monkeypatch: pytest.MonkeyPatch, platform: str, expected: bytes) -> None:
    out, err = Stream("cp1252"), Stream("cp1252")
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    streams.prepare()
    streams.write("perch\u00e9 \u8acb\n")
    streams.note("\u8acb")
    assert out.written() == expected
    assert err.written().startswith(b"pecdetect: ")


def test_streams_that_cannot_be_changed_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    streams.prepare()
    streams.write("x")
    assert isinstance(sys.stdout, io.StringIO)
    assert sys.stdout.getvalue() == "x"


@pytest.mark.parametrize("stream", [io.StringIO(), None])
def test_abandoned_output_without_a_file(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO | None) -> None:
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)
    streams.abandon_output()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--version"], ExitCode.DONE), (["explain", "none"], ExitCode.UNREADABLE), (["rules"], ExitCode.DONE)],
)
def test_main_ends_with_the_code(monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: ExitCode) -> None:
    monkeypatch.setattr(sys, "argv", ["pecdetect", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt, ExitCode.INTERRUPTED), (BrokenPipeError, ExitCode.PIPE_CLOSED)]
)
def test_stopped_from_outside(monkeypatch: pytest.MonkeyPatch, error: type[BaseException], code: ExitCode) -> None:
    def stop(_: str) -> None:
        raise error

    monkeypatch.setattr(streams, "abandon_output", lambda: None)
    monkeypatch.setattr(streams, "write", stop)
    monkeypatch.setattr(sys, "argv", ["pecdetect", "rules", "--format", "json"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ((), (3, 3, 3, 3)),
        ((Outcome.SYNCS,), (0, 0, 0, 0)),
        ((Outcome.DEGRADED, Outcome.SYNCS), (0, 0, 5, 0)),
        ((Outcome.UNDETERMINED, Outcome.DEGRADED), (0, 4, 4, 0)),
        ((Outcome.BLOCKED, Outcome.UNDETERMINED, Outcome.DEGRADED), (1, 1, 1, 0)),
    ],
)
def test_exit_code(outcomes: tuple[Outcome, ...], expected: tuple[int, ...]) -> None:
    summary = Summary()
    for outcome in outcomes:
        summary.outcomes[outcome] += 1
    levels = (FailOn.BLOCKED, FailOn.UNDETERMINED, FailOn.DEGRADED, FailOn.NEVER)
    assert tuple(exit_code(summary, level) for level in levels) == expected
    summary.errors["unreadable"] = Trouble(1)
    assert {exit_code(summary, level) for level in levels} == {ExitCode.UNREADABLE}
