"""Templates and raw facts become sentences, in English and in another language."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from pecdetect.sentences import ENGLISH, English, Sentence, say, say_in_general

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pecdetect.sentences import FactValue

    Facts: TypeAlias = dict[str, FactValue]


class Marked(English):
    """A language that shows what was translated, and writes numbers and lists its own way."""

    def text(self, text: str) -> str:
        return f"«{text}»"

    def plural(self, one: str, several: str, number: int) -> str:
        return self.text(f"{number}: {super().plural(one, several, number)}")

    def number(self, number: int) -> str:
        return f"{number:,}".replace(",", ".")

    def listing(self, names: Sequence[str], more: int) -> str:
        return f"[{'|'.join(names)}+{more}]"


def test_facts_are_never_read_as_templates() -> None:
    hostile = "{limit}{0.__class__}%s\ud800"
    facts: Facts = {"names": (hostile,), "names_count": 1}
    assert say((Sentence("Two: {names}.", one="One: {names}.", number="names_count"),), facts) == f'One: "{hostile}".'


def test_numbers_and_lists_are_written_when_the_text_is() -> None:
    facts: Facts = {"names": ("a", "b"), "names_count": 1234, "size": 1_048_576, "none": None, "empty": ()}
    assert say("{names} have {size} bytes.", facts) == '"a", "b" and 1,232 more have 1,048,576 bytes.'
    assert say("{names} have {size} bytes.", facts, Marked()) == '«["a"|"b"+1232] have 1.048.576 bytes.»'
    assert say(("Said.", "{none} is left out.", "{empty} is left out."), facts) == "Said."


def test_a_list_that_was_not_counted_is_whole() -> None:
    assert say("{names}.", {"names": ("a", "b")}) == '"a", "b".'
    assert say("{names}.", {"names": ("a", "b"), "names_count": 1}) == '"a", "b".'


def test_a_sentence_may_depend_on_a_fact() -> None:
    detail = (Sentence("Yes.", when=("intact", True)), Sentence("Open.", when=("intact", None, False)))
    assert [say(detail, {"intact": intact}) for intact in (True, False, None)] == ["Yes.", "Open.", "Open."]
    assert say((Sentence("Empty.", when=("names", ())),), {"names": []}) == "Empty."  # type: ignore[dict-item]


def test_ids_of_a_list_have_words() -> None:
    assert say("{seen:ids}.", {"seen": ("pec", "no-such-id")}) == "PEC, no-such-id."
    assert say("{seen:ids}.", {"seen": ("pec",)}, Marked()) == "«[«PEC»+0].»"


def test_plurals_are_pairs_of_whole_templates() -> None:
    detail = (Sentence("{number} things.", one="One thing.", number="number"),)
    assert [say(detail, {"number": number}) for number in (0, 1, 1000)] == ["0 things.", "One thing.", "1,000 things."]
    assert say(detail, {"number": 1}, Marked()) == "«1: One thing.»"
    assert say(detail, {"number": None}) == "", "the several are left out"


def test_a_fact_that_is_missing_raises() -> None:
    for detail in ("{size}", (Sentence("x", when=("size", 1)),), (Sentence("x", one="y", number="size"),)):
        with pytest.raises(KeyError):
            say(detail, {})


def test_a_page_has_no_holes() -> None:
    detail = (
        "Always.",
        "{name} is left out.",
        Sentence("{name} is replaced.", general="Something."),
        Sentence("Only if.", when=("name", "x")),
        Sentence("If.", when=("name", "x"), general="In general."),
        Sentence("Many."),
    )
    assert say_in_general(detail) == "Always. Something. In general. Many."
    assert say_in_general("Always.", Marked()) == "«Always.»"
    assert ENGLISH.text("x") == "x"
