"""Ids and raw facts give the text: they fit each other, for every row, and in any language."""

from __future__ import annotations

import json
import re
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from pecdetect.policy.rule import Sentence
from pecdetect.policy.rules import CATALOGUE, RULES
from pecdetect.policy.wording import ENGLISH, WORDS, English, in_general, reason_detail, reason_title, say
from pecdetect.profile import Channel

from .expected import CASES
from .factory import judged
from .test_catalogue import details, sentences, texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pecdetect.policy.rule import Rule
    from pecdetect.verdict import FactValue, Reason

    Facts: TypeAlias = dict[str, FactValue]

HOLE = re.compile(r"\{(\w+)(?::ids)?\}")
REASONS = [
    reason
    for case in CASES
    for channel in Channel
    for reason in judged(case.findings, channel=channel, **case.profile).reasons
]
OURS = {text for rule in CATALOGUE for text in (rule.title, *texts(rule))} | set(WORDS.values())


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


def row_of(reason: Reason) -> Any:
    return next(row for row in RULES[reason.code].rows if row.variant == reason.variant)


def used(sentence: Sentence) -> set[str]:
    """The facts that a sentence needs."""
    names = set(HOLE.findall(sentence.text + sentence.one)) | ({sentence.number} if sentence.number else set())
    return names | {str(sentence.when[0])} if sentence.when else names


@pytest.mark.parametrize("rule", CATALOGUE, ids=attrgetter("code"))
class TestEveryRule:
    def test_finds_the_facts_that_its_texts_need_and_no_others(self, rule: Rule) -> None:
        needed = {name for row in rule.rows for sentence in sentences(row) for name in used(sentence)}
        found = {name for reason in REASONS if reason.code == rule.code for name in reason.facts}
        counts = {name for name in found if name.removesuffix("_count") in needed}
        assert needed <= found
        assert found - counts <= needed

    def test_has_templates_that_are_understood(self, rule: Rule) -> None:
        for row in rule.rows:
            for text in details(row):
                assert not set("{}") & set(HOLE.sub("", text)), text
            for sentence in sentences(row):
                assert not HOLE.search(sentence.general)
                assert bool(sentence.one) is bool(sentence.number)

    def test_says_each_of_its_sentences_of_some_message(self, rule: Rule) -> None:
        for row in rule.rows:
            said = [reason for reason in REASONS if (reason.code, reason.variant) == (rule.code, row.variant)]
            for sentence in sentences(row):
                assert any(say((sentence,), reason.facts) for reason in said), sentence.text
                if sentence.one:
                    numbers = {reason.facts[sentence.number] == 1 for reason in REASONS if reason.code == rule.code}
                    assert numbers == {True, False}, sentence.text

    def test_says_something_of_every_message_and_of_none(self, rule: Rule) -> None:
        assert all(reason.detail for reason in REASONS if reason.code == rule.code)
        assert all(in_general(row) for row in rule.rows)


def test_facts_are_raw() -> None:
    for reason in REASONS:
        for name, fact in reason.facts.items():
            assert fact is None or type(fact) in (str, int, bool, tuple), (reason.code, name)
            entries = fact if isinstance(fact, tuple) else (fact,)
            for entry in entries:
                assert entry not in OURS, (reason.code, name)
                if isinstance(entry, str):
                    assert len(entry) <= 80
                    assert not re.fullmatch(r"[\d.,]+", entry), "a number is no string"
            if isinstance(fact, tuple):
                assert all(type(entry) is str for entry in fact)
                assert len(fact) <= 10
                assert reason.facts[f"{name}_count"] >= len(fact)  # type: ignore[operator]


def test_ids_and_facts_give_the_stored_text_also_after_json() -> None:
    for reason in REASONS:
        facts = json.loads(json.dumps(reason.facts))
        assert reason_detail(reason.code, reason.variant, facts, "stored") == reason.detail
        assert reason_title(reason.code, "stored") == reason.title


def test_every_id_of_a_list_has_a_word() -> None:
    for reason in REASONS:
        if reason.code == "ambiguous-structure":
            assert {*reason.facts["others"], *reason.facts["primary"]} <= set(WORDS)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("code", "variant", "facts"),
    [
        ("no-such-rule", "exchange", {}),
        ("message-too-large", "no-such-row", {"size": 1, "limit": 1}),
        ("message-too-large", "over", {}),
        ("message-too-large", "over", {"size": 1}),
        ("message-too-large", "over", {"size": {}, "limit": 1}),
        ("ambiguous-structure", "other-reading", {"primary": [[]], "others": [{}], "dialects": []}),
        ("pec-receipt", "exchange", {"type": "errore"}),
    ],
)
def test_what_does_not_fit_falls_back_to_the_stored_text(code: str, variant: str, facts: dict[str, Any]) -> None:
    assert reason_detail(code, variant, facts, "What was stored.") == "What was stored."


def test_an_unknown_rule_keeps_its_title() -> None:
    assert reason_title("no-such-rule", "What was stored") == "What was stored"


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


def test_another_language_gets_whole_templates() -> None:
    """What is translated is a template of the catalogue, never a piece of one or a text with facts in it."""
    asked = set()

    class Asking(English):
        def text(self, text: str) -> str:
            asked.add(text)
            return text

        def plural(self, one: str, several: str, number: int) -> str:
            asked.update((one, several))
            return super().plural(one, several, number)

    language = Asking()
    for reason in REASONS:
        assert reason_detail(reason.code, reason.variant, reason.facts, "stored", language) == reason.detail
        in_general(row_of(reason), language)
    assert asked <= OURS
    assert ENGLISH.text("x") == "x"
