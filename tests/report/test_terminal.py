"""The console: colours on a terminal only, a stable width in a pipe, ASCII where nothing else fits."""

import io

import pytest
from rich.text import Text

from pecdetect.report.terminal import console as terminal


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def shown(stream: io.StringIO) -> str:
    terminal.show(terminal.open_console(stream), [Text("red", "bold red"), terminal.Unwrapped("x" * 200, "dim")])
    return stream.getvalue()


def test_colours_on_a_terminal() -> None:
    assert "\x1b[" in shown(Terminal())


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_no_color_takes_every_escape_away(stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in shown(stream())


def test_pipes_are_plain_unless_colour_is_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(io.StringIO()) == f"red\n{'x' * 200}\n"
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in shown(io.StringIO())


def test_width_of_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    assert terminal.open_console(io.StringIO()).width == terminal.PIPE_WIDTH
    monkeypatch.setenv("COLUMNS", "40")
    assert terminal.open_console(io.StringIO()).width == 40


@pytest.mark.parametrize(
    ("encoding", "glyphs"),
    [("utf-8", terminal.UNICODE), ("cp1252", terminal.ASCII), ("ascii", terminal.ASCII)],
)
def test_glyphs_follow_the_encoding(encoding: str, glyphs: terminal.Glyphs) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    assert terminal.glyphs_for(terminal.open_console(stream)) == glyphs


def test_a_closed_pipe_is_an_error_not_an_exit() -> None:
    class Closed(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        terminal.open_console(Closed()).print("x")


def test_facts_without_rows() -> None:
    stream = io.StringIO()
    terminal.show(terminal.open_console(stream), [terminal.Facts([])])
    assert not stream.getvalue().strip()
