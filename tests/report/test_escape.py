"""Nothing hostile survives; nothing honest is touched."""

import unicodedata

import pytest
from hypothesis import given, strategies as st

from pecdetect.report.escape import escape, pieces

HOSTILE = {
    "\x1b[31m": "\\x1b[31m",
    "\x1b]0;title\x07": "\\x1b]0;title\\x07",
    "a\nb\rc\td": "a\\nb\\rc\\td",
    "\x00": "\\x00",
    "\x7f": "\\x7f",
    "\x9b2J": "\\x9b2J",
    "\x85": "\\x85",
    "a\u202egnp.exe": "a<U+202E>gnp.exe",
    "\u2066x\u2069": "<U+2066>x<U+2069>",
    "\u061c": "<U+061C>",
    "\u200b\u200c\u200d\u200e\u200f": "<U+200B><U+200C><U+200D><U+200E><U+200F>",
    "\u2060\ufeff": "<U+2060><U+FEFF>",
    "\u00ad": "<U+00AD>",
    "\u2028\u2029": "<U+2028><U+2029>",
    "\u3164\u034f\ufe0f": "<U+3164><U+034F><U+FE0F>",
    "\ud800": "<U+D800>",
    "caf\udce8": "caf<U+DCE8>",
    "\U000e0041": "<U+E0041>",
    "\ue000\U0010ffff": "<U+E000><U+10FFFF>",
}


@pytest.mark.parametrize(("text", "shown"), HOSTILE.items())
def test_hostile_characters_become_visible(text: str, shown: str) -> None:
    assert escape(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Offerta n. 12 [bold]x[/bold] \\x1b",
        "perché così",
        "請求書　第5号",
        "Objet\u00a0: facture",
        "שלום",
        "e\u0301",
        "🙂",
        "Ąž ß ÷ §",
    ],
)
def test_honest_text_stays(text: str) -> None:
    assert escape(text) == text


def test_no_code_point_that_is_kept_can_command_or_hide() -> None:
    # Planes 4 to 13 and 15 on hold nothing but unassigned and private code points: samples of them will do.
    codes = {*range(0x40000), *range(0xE0000, 0xF0000), *range(0x40000, 0x110000, 0x101), 0x10FFFF}
    split = pieces("".join(map(chr, sorted(codes))))
    kept = "".join(piece for piece, escaped in split if not escaped)
    assert len(kept) > 100_000
    assert escape(kept) == kept
    for char in kept:
        category = unicodedata.category(char)
        assert category[0] != "C", hex(ord(char))
        assert category not in {"Zl", "Zp"}, hex(ord(char))


@given(st.text(st.characters()))
def test_pieces_join_to_the_escaped_text(text: str) -> None:
    split = list(pieces(text))
    assert "".join(piece for piece, _ in split) == escape(text)
    assert all(piece for piece, _ in split)


def test_an_escape_is_told_from_text_that_spells_one() -> None:
    assert list(pieces("\\x1b\x1b.")) == [("\\x1b", False), ("\\x1b", True), (".", False)]
    assert list(pieces("\u202e")) == [("<U+202E>", True)]
