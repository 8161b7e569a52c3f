"""The drawing of the part tree."""

import io

import pytest
from rich.console import Console

from pecdetect.detect.findings import (
    Attachment,
    Delivery,
    Findings,
    Item,
    PartRow,
    Pec,
    Pgp,
    Rights,
    Signature,
    Smime,
    System,
)
from pecdetect.evidence import Evidence
from pecdetect.limits import LimitHit
from pecdetect.parsing.message import Anomaly
from pecdetect.report.terminal import console as terminal
from pecdetect.report.terminal.tree import parent_section, part_tree

ITEM = Item("email", (), None, None, (), (), (), (), (), None)


def drawn(findings: Findings, width: int = 100, glyphs: terminal.Glyphs = terminal.ASCII) -> list[str]:
    stream = io.StringIO()
    console = Console(file=stream, width=width, color_system=None, markup=False)
    terminal.show(console, part_tree("a.eml", findings, glyphs, width))
    return stream.getvalue().splitlines()


def rows(*sections: str) -> tuple[PartRow, ...]:
    return tuple(PartRow(section, "text/plain", None, "7bit", 0, 9) for section in sections)


@pytest.mark.parametrize(
    ("section", "parent"),
    [("", None), ("1", ""), ("1.2", "1"), ("2/", "2"), ("2/1", "2/"), ("2/1.3", "2/1"), ("2/1.3/", "2/1.3"), ("/", "")],
)
def test_parent_section(section: str, parent: str | None) -> None:
    assert parent_section(section) == parent


def test_branches() -> None:
    lines = drawn(Findings("eml", 9, None, ITEM, parts=rows("", "1", "1.1", "1.2", "1.2/", "1.2/1", "2")))
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
        PartRow("", "multipart/mixed", None, "7bit", 0, 20480),
        PartRow("1", "application/pdf", "offerta.pdf", "base64", 100, 20000),
    )
    lines = drawn(Findings("eml", 20480, None, ITEM, parts=parts))
    assert lines[3:] == [
        "Part                     Size  Bytes      Encoding  Name",
        "multipart/mixed       20.0 KB  0-20480    7bit",
        "`- 1 application/pdf  19.4 KB  100-20000  base64    offerta.pdf",
    ]


def test_narrow_terminals_get_the_same_facts_under_one_another() -> None:
    parts = (*rows(""), PartRow("1", "application/pdf", "offerta.pdf", "base64", 100, 20000, "decoded:3"))
    lines = drawn(Findings("eml", 9, None, ITEM, parts=parts), width=40)
    assert lines[3:] == [
        "text/plain",
        "|  9 bytes, bytes 0-9, 7bit",
        "`- 1 application/pdf",
        "   offerta.pdf",
        "   19.4 KB, bytes 100-20000 of",
        "   decoded:3, base64",
    ]


def test_findings_stand_beside_their_part_and_the_rest_elsewhere() -> None:
    pec = Pec(
        "posta-certificata",
        "posta-certificata",
        "clear-signed",
        None,
        Signature(present=True),
        (),
        consistent=True,
        checks=(),
        final=False,
        receipt=None,
        virus=False,
        provider=None,
        sender=None,
        recipients=(),
        identifier=None,
        original_message_id=None,
        subject=None,
        time=None,
        error=None,
        daticert_section="1",
        postacert_section=None,
        signed_section="",
        daticert=None,
        evidence=(),
    )
    findings = Findings(
        "eml",
        9,
        None,
        ITEM,
        pec=pec,
        parts=rows("", "1"),
        anomalies=(Anomaly("bad-thing", "high", "1", 3, 4),),
        limits_hit=(LimitHit("depth", 101, 100, "7.7"),),
    )
    lines = drawn(findings)
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
    lines = drawn(Findings("eml", 9, None, ITEM, parts=rows(*sections)), width=60)
    assert len([line for line in lines if "text/plain" in line]) == 101
    assert max(map(len, lines)) <= 60


def test_parts_whose_parent_is_missing_hang_on_the_nearest() -> None:
    lines = drawn(Findings("eml", 9, None, ITEM, parts=rows("", "1", "1.7.3", "5/2.1")))
    assert [line.split("  9 bytes")[0].rstrip() for line in lines[4:]] == [
        "text/plain",
        "|- 1 text/plain",
        "|  `- 1.7.3 text/plain",
        "`- 5/2.1 text/plain",
    ]


def test_hostile_names_are_harmless() -> None:
    evil = PartRow("", "text/\x1b[2J", "a\u202eexe.pdf\n", "x\x07", 0, 1)
    text = "\n".join(drawn(Findings("eml", 1, None, ITEM, parts=(evil,))))
    assert "text/\\x1b[2J" in text
    assert "a<U+202E>exe.pdf\\n" in text
    assert "x\\x07" in text


def test_no_parts() -> None:
    assert drawn(Findings("unknown", 0, "not-a-message", ITEM)) == ["a.eml", "0 bytes, unknown, 0 parts", ""]


def test_every_kind_of_finding_is_shown() -> None:
    seen = Evidence("1", 0, 1)
    findings = Findings(
        "eml",
        9,
        None,
        ITEM,
        smime=(Smime("encrypted", "top", "", seen),),
        pgp=(Pgp("signed", "inline", "nested", "1", seen, inside="postacert"),),
        rights=(Rights("wrapper", "nested", "1", (seen,), name="Esempio"),),
        systems=(System("de-mail", "likely", "floor", "1", (seen,)),),
        attachments=(Attachment("1", "a.txt", "text/plain", 1, True, 1, None, seen),),  # noqa: FBT003
        delivery=Delivery(tnef=(seen,)),
        unopened=(seen,),
        anomalies=(Anomaly("odd", "low", "1", 0, 1),),
        parts=rows("", "1"),
    )
    lines = drawn(findings)
    assert lines[5] == "|  S/MIME: encrypted, the message itself"
    assert [line.strip() for line in lines[7:]] == [
        "PGP: signed, inline, nested, part 1, within postacert",
        "Rights: Esempio, nested, part 1",
        "System: de-mail (likely), mentioned in raw bytes only",
        "TNEF",
        "attachment",
        "not opened",
        "anomaly: odd (low), bytes 0-1",
    ]


def test_long_types_are_cut_and_other_streams_named() -> None:
    part = PartRow("", "x" * 100 + "/y", None, "7bit", 0, 9, "decoded:3")
    lines = drawn(Findings("eml", 9, None, ITEM, parts=(part,)), width=120)
    assert lines[4].startswith("x" * 48 + "...  9 bytes")
    assert lines[5] == "bytes count in decoded:3"


def test_a_stream_is_named_where_it_begins() -> None:
    parts = [PartRow(section, "a/b", None, "7bit", 0, 9, "decoded:2") for section in ("2/", "2/1", "2/1/", "2/1/1")]
    rows = (PartRow("", "a/b", None, "7bit", 0, 9, None), PartRow("2", "a/b", None, "7bit", 0, 9, None), *parts)
    lines = drawn(Findings("eml", 9, None, ITEM, parts=rows), width=120)
    assert [at for at, line in enumerate(lines) if "bytes count in decoded:2" in line] == [7]
