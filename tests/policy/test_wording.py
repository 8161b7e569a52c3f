"""Ids and raw facts give the text: they fit each other, for every row, and in any language."""

from __future__ import annotations

import json
import re
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

import rule_cases
from pecdetect.policy.rules import CATALOGUE, RULES
from pecdetect.policy.wording import reason_detail, reason_title
from pecdetect.profile import Channel
from pecdetect.sentences import ENGLISH, WORDS, English, Sentence, say, say_in_general

from .expected import CASES
from .factory import judged
from .test_catalogue import details, sentences, texts

if TYPE_CHECKING:
    from pecdetect.contract import Reason
    from pecdetect.policy.rule import Rule
    from pecdetect.sentences import FactValue

    Facts: TypeAlias = dict[str, FactValue]

HOLE = re.compile(r"\{(\w+)(?::ids)?\}")
REASONS = [
    reason
    for case in CASES
    for channel in Channel
    for reason in judged(case.findings, channel=channel, **case.profile).reasons
]
OURS = {text for rule in CATALOGUE for text in (rule.title, *texts(rule))} | set(WORDS.values())


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
        assert all(say_in_general(row.detail) for row in rule.rows)


def are_raw(facts: Facts) -> bool:
    for name, fact in facts.items():
        if isinstance(fact, tuple) and (len(fact) > 10 or facts[f"{name}_count"] < len(fact)):  # type: ignore[operator]
            return False
        for entry in fact if isinstance(fact, tuple) else (fact,):
            if type(entry) not in ((str,) if isinstance(fact, tuple) else (str, int, bool, type(None))):
                return False
            # Neither a text of ours, nor a number written out, nor more than a person reads.
            if isinstance(entry, str) and (entry in OURS or re.fullmatch(r"[\d.,]+", entry) or len(entry) > 80):
                return False
    return True


def test_facts_are_raw() -> None:
    assert [(reason.code, reason.facts) for reason in REASONS if not are_raw(reason.facts)] == []


@pytest.mark.parametrize(
    "fact", ["1,000", "x" * 81, "PEC transport envelope", b"x", 1.5, ["a"], (1,), ("a",) * 11, ("a", "b")]
)
def test_what_is_not_raw_is_noticed(fact: Any) -> None:
    assert not are_raw({"fact": fact, "fact_count": 1})
    assert are_raw({"fact": "a", "fact_count": 1})


@pytest.mark.parametrize(
    "cases", [cases for cases in rule_cases.load().values() if cases.fires], ids=attrgetter("code")
)
def test_the_facts_of_files_are_raw_and_fit_too(cases: rule_cases.RuleCases) -> None:
    for channel in Channel:
        reasons = cases.judge(cases.fires[0], channel).reasons
        assert cases.code in {reason.code for reason in reasons}
        for reason in reasons:
            assert are_raw(reason.facts), reason
            assert reason_detail(reason.code, reason.variant, reason.facts, "stored") == reason.detail


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
        say_in_general(row_of(reason).detail, language)
    assert asked <= OURS
    assert ENGLISH.text("x") == "x"
