"""The drawing of the part tree."""

import io
from typing import Any

import pytest
from rich.console import Console

from pecdetect import classify, contract
from pecdetect.contract import Part, Verdict
from pecdetect.report.terminal import console as terminal
from pecdetect.report.terminal.tree import parent_section, part_tree
from support.contracts import PLAIN, anomaly, attachment, row, smime, verdict
from support.samples import sample
from support.values import changed


def drawn(
    parts: tuple[Part, ...],
    width: int = 100,
    glyphs: terminal.Glyphs = terminal.ASCII,
    size: int = 9,
    container: str = "eml",
    **found: Any,
) -> list[str]:
    source = changed(PLAIN.source, size=size)
    return shown(verdict(parts=parts, source=source, container=container, **found), width, glyphs)


def shown(judged: Verdict, width: int = 100, glyphs: terminal.Glyphs = terminal.ASCII) -> list[str]:
    stream = io.StringIO()
    console = Console(file=stream, width=width, color_system=None, markup=False)
    terminal.show(console, part_tree("a.eml", judged, glyphs, width))
    return stream.getvalue().splitlines()


def rows(*sections: str) -> tuple[Part, ...]:
    return tuple(row(section) for section in sections)


@pytest.mark.parametrize(
    ("section", "parent"),
    [("", None), ("1", ""), ("1.2", "1"), ("2/", "2"), ("2/1", "2/"), ("2/1.3", "2/1"), ("2/1.3/", "2/1.3"), ("/", "")],
)
def test_parent_section(section: str, parent: str | None) -> None:
    assert parent_section(section) == parent


def test_branches() -> None:
    lines = drawn(rows("", "1", "1.1", "1.2", "1.2/", "1.2/1", "2"))
    assert lines[:2] == ["a.eml", "9 bytes, eml, 7 parts"]
    assert [line.split("  9 bytes")[0].rstrip() for line in lines[4:]] == [
        "text/plain",
        "|- 1 text/plain",
        "|  |- 1.1 text/plain",
        "|  `- 1.2 text/plain",
        "|     `- 1.2/ text/plain",
        "|        `- 1.2/1 text/plain",
        "`- 2 text/plain",
    ]


def test_columns_are_aligned_under_their_heads() -> None:
    parts = (
        row("", "multipart/mixed", 0, 20480),
        row("1", "application/pdf", 100, 20000, name="offerta.pdf", encoding="base64"),
    )
    lines = drawn(parts, size=20480)
    assert lines[3:] == [
        "Part                     Size  Bytes      Encoding  Name",
        "multipart/mixed       20.0 KB  0-20480    7bit",
        "`- 1 application/pdf  19.4 KB  100-20000  base64    offerta.pdf",
    ]


def test_narrow_terminals_get_the_same_facts_under_one_another() -> None:
    pdf = row("1", "application/pdf", 100, 20000, name="offerta.pdf", encoding="base64", stream="decoded:3")
    lines = drawn((*rows(""), pdf), width=40)
    assert lines[3:] == [
        "text/plain",
        "|  9 bytes, bytes 0-9, 7bit",
        "`- 1 application/pdf",
        "   offerta.pdf",
        "   19.4 KB, bytes 100-20000 of",
        "   decoded:3, base64",
    ]


def test_findings_are_beside_their_part_and_the_rest_elsewhere() -> None:
    envelope = classify(sample("pec-transport-envelope.eml")).pec
    assert envelope is not None
    lines = drawn(
        rows("", "1"),
        pec=changed(envelope, daticert="1", postacert=None),
        anomalies=(anomaly("bad-thing", "high", "1", 3, 4),),
        limits_hit=(contract.LimitHit(name="depth", value=101, limit=100, part="7.7"),),
    )
    assert lines[4].startswith("text/plain")
    assert lines[5] == "|  PEC: posta-certificata, clear-signed"
    assert lines[6].startswith("`- 1 text/plain")
    assert lines[7:9] == [
        "   PEC: certification data (daticert.xml)",
        "   anomaly: bad-thing (high), bytes 3-4",
    ]
    assert lines[9:] == ["", "Elsewhere", "  part 7.7  limit reached: depth, 101 where 100 are allowed"]


def test_deep_trees_do_not_run_out_of_the_terminal() -> None:
    sections = [".".join(["1"] * depth) for depth in range(101)]
    lines = drawn(rows(*sections), width=60)
    assert len([line for line in lines if "text/plain" in line]) == 101
    assert max(map(len, lines)) <= 60


def test_parts_whose_parent_is_missing_hang_on_the_nearest() -> None:
    lines = drawn(rows("", "1", "1.7.3", "5/2.1"))
    assert [line.split("  9 bytes")[0].rstrip() for line in lines[4:]] == [
        "text/plain",
        "|- 1 text/plain",
        "|  `- 1.7.3 text/plain",
        "`- 5/2.1 text/plain",
    ]


def test_hostile_names_are_harmless() -> None:
    evil = row("", "text/\x1b[2J", 0, 1, name="a\u202eexe.pdf\n", encoding="x\x07")
    text = "\n".join(drawn((evil,)))
    assert "text/\\x1b[2J" in text
    assert "a<U+202E>exe.pdf\\n" in text
    assert "x\\x07" in text


def test_no_parts() -> None:
    assert drawn((), size=0, container="unknown") == ["a.eml", "0 bytes, unknown, 0 parts", ""]


def test_every_kind_of_finding_is_shown() -> None:
    lines = drawn(
        rows("", "1"),
        smime=(smime("encrypted"),),
        pgp=(
            contract.Pgp(
                kind="signed", form="inline", position="nested", part="1", reading="primary", inside="postacert"
            ),
        ),
        rights=(contract.Rights(kind="wrapper", name=None, position="nested", part="1", reading="alternate"),),
        systems=(contract.System(name="de-mail", confidence="likely", position="floor", part="1", reading="floor"),),
        attachments=(attachment(size=1), attachment(size_at_most=2048, hidden_in="smime.p7m")),
        unopened=(contract.Unopened(part="1", why="unknown-encoding"),),
        anomalies=(anomaly("odd"),),
    )
    assert lines[5] == "|  S/MIME: encrypted, the message itself"
    assert [line.strip() for line in lines[7:]] == [
        "PGP: signed, inline, nested, part 1, within postacert",
        "Rights: wrapper, nested, part 1, in another reading only",
        "System: de-mail (likely), mentioned in raw bytes only",
        "attachment, 1 byte",
        "attachment, at most 2.0 KB, hidden in smime.p7m",
        "not opened: unknown-encoding",
        "anomaly: odd (low), bytes 0-1",
    ]


def test_long_types_are_cut_and_other_streams_named() -> None:
    lines = drawn((row("", "x" * 100 + "/y", stream="decoded:3"),), width=120)
    assert lines[4].startswith("x" * 48 + "...  9 bytes")
    assert lines[5] == "bytes count in decoded:3"


def test_a_stream_is_named_where_it_begins() -> None:
    inner = [row(section, stream="decoded:2") for section in ("2/", "2/1", "2/1/", "2/1/1")]
    lines = drawn((*rows("", "2"), *inner), width=120)
    assert [at for at, line in enumerate(lines) if "bytes count in decoded:2" in line] == [7]
