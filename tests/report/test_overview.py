"""Many results on a terminal: the table, what was not judged, the counts."""

import io
from dataclasses import dataclass

import pytest
from rich.cells import cell_len
from rich.console import Console

from pecdetect.columns import columns_of
from pecdetect.contract import Outcome, Result
from pecdetect.report.summary import Summary
from pecdetect.report.terminal import console as terminal
from pecdetect.report.terminal.overview import MESSAGES_SHOWN, Line, Lines, overview
from support.contracts import failed, result, skipped

BUSTA, SIGNED = ("pec-transport-envelope", "smime-encrypted"), ("smime-clear-signed",)
RESULTS = (
    result("in/busta.eml", Outcome.BLOCKED, *BUSTA, subject="POSTA CERTIFICATA: x"),
    result("in/signed.eml", Outcome.UNDETERMINED, *SIGNED, subject="Re: contratto"),
    result("in/logo.eml", Outcome.DEGRADED, "attachment-blocked-extension", subject=None),
    result("in/news.eml", Outcome.SYNCS, subject="Sconti di primavera " * 20),
    skipped("in/logo.png"),
    failed("in/locked.eml"),
)


@dataclass
class Output:
    lines: list[str]
    summary: Summary


def output(
    width: int,
    glyphs: terminal.Glyphs = terminal.UNICODE,
    only: tuple[Outcome, ...] = (),
    results: tuple[Result, ...] = RESULTS,
) -> Output:
    summary, lines = Summary(), Lines()
    for each in results:
        columns = columns_of(each)
        summary.add(each.source, columns)
        lines.add(each.source, columns)
    stream = io.StringIO()
    console = Console(file=stream, width=width, color_system=None, markup=False)
    terminal.show(console, overview(lines, summary, glyphs, width, only))
    return Output(stream.getvalue().splitlines(), summary)


def test_a_line_for_each_message_where_there_is_room() -> None:
    lines = output(100).lines
    assert lines[:6] == [
        "Outcome         File           Decided by                    Subject",
        "✗ blocked       in/busta.eml   pec-transport-envelope +1     POSTA CERTIFICATA: x",
        "? undetermined  in/signed.eml  smime-clear-signed            Re: contratto",
        "~ degraded      in/logo.eml    attachment-blocked-extension",
        "✓ syncs         in/news.eml                                  Sconti di primavera Sconti di primaver…",
        "",
    ]


def test_what_was_not_judged_and_the_counts_follow() -> None:
    assert output(100).lines[6:] == [
        "Skipped",
        "  in/logo.png  not-a-message: holds no e-mail",
        "",
        "Not read",
        "  in/locked.eml  permission-denied: permission denied",
        "",
        "4 messages: 1 blocked, 1 undetermined, 1 degraded, 1 syncs, 1 skipped, 1 not read",
    ]


def test_narrower_terminals_get_the_fields_under_one_another() -> None:
    assert output(80).lines[:4] == [
        "✗ blocked       in/busta.eml",
        "                pec-transport-envelope +1",
        "                POSTA CERTIFICATA: x",
        "? undetermined  in/signed.eml",
    ]
    assert output(40).lines[:5] == [
        "✗ blocked",
        "  in/busta.eml",
        "  pec-transport-envelope +1",
        "  POSTA CERTIFICATA: x",
        "? undetermined",
    ]


@pytest.mark.parametrize("width", [30, 40, 60, 80, 96, 100, 140])
def test_never_wider_than_the_terminal(width: int) -> None:
    assert max(map(cell_len, output(width).lines)) <= width


def test_ascii() -> None:
    lines = output(100, terminal.ASCII).lines
    assert all(text.isascii() for text in lines)
    assert [text[0] for text in lines[1:5]] == ["x", "?", "~", "+"]
    assert lines[4].endswith("...")


def test_only_is_said() -> None:
    assert output(140, only=(Outcome.BLOCKED, Outcome.SYNCS)).lines[-1].endswith(". Shown: blocked, syncs")


def test_long_paths_are_never_cut() -> None:
    path = "in/" + "x" * 150 + ".eml"
    stream = io.StringIO()
    rows = Lines()
    rows.shown.append(Line(path, Outcome.SYNCS, "", "subject"))
    terminal.show(Console(file=stream, width=100, color_system=None), overview(rows, Summary(), terminal.ASCII, 100))
    assert "".join(stream.getvalue().split()).count("x") == 150


def test_counts_add_up() -> None:
    summary = output(100).summary
    assert summary.messages == 4
    assert sum(number for _, number in summary.counts()) == len(RESULTS)
    assert summary.sentence() == "4 messages: 1 blocked, 1 undetermined, 1 degraded, 1 syncs, 1 skipped, 1 not read"
    assert Summary().sentence() == "0 messages"


def test_many_skipped_files_are_counted_and_named_in_part() -> None:
    said = "\n".join(output(100, results=tuple(skipped(f"{n}.json") for n in range(25))).lines)
    assert "19.json" in said
    assert "20.json" not in said
    assert "and 5 more (--format jsonl lists them all)" in said
    assert "25 skipped" in said


def test_of_very_many_messages_none_is_listed() -> None:
    for number, listed in ((MESSAGES_SHOWN, True), (MESSAGES_SHOWN + 1, False)):
        lines = output(100, results=RESULTS[:1] * number + RESULTS[4:]).lines
        assert any("in/busta.eml" in text for text in lines) is listed
        assert lines[0].startswith("201 messages: too many to list here") is not listed
        assert any("in/logo.png" in text for text in lines)
        assert lines[-1].startswith(f"{number} messages")
