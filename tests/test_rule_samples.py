"""Every rule is fired by a file and nearly fired by another, on every channel."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

import rule_cases
from pecdetect.policy.rules import RULES
from pecdetect.profile import Channel
from support.each import for_each
from support.samples import sample

if TYPE_CHECKING:
    from rule_cases import Case, RuleCases

TABLE = rule_cases.load()
SEEN_OVER_POP_IMAP = {("attachment-blocked-extension", "delivery-blocked-extension-hidden.eml")}
"""Near misses only where the mailbox hides the attachments of a signed message: over POP3 and IMAP they are seen."""


def cases(kind: str) -> list[tuple[RuleCases, Case]]:
    return [(rule, case) for rule in TABLE.values() for case in getattr(rule, kind)]


def label(pair: tuple[RuleCases, Case]) -> str:
    rule, case = pair
    return f"{rule.code}: {case.shown}"


def codes(rule: RuleCases, case: Case, channel: Channel) -> set[str]:
    return {reason.code for reason in rule.judge(case, channel).reasons}


def test_every_rule_is_in_the_table() -> None:
    assert set(TABLE) == set(RULES)


@for_each(RULES)
def test_every_rule_has_what_fires_it_and_what_nearly_does(code: str) -> None:
    rule = TABLE[code]
    assert rule.test is not None or (rule.fires and rule.near), "name a sample for each list, or a test that has both"


@for_each(code for code, rule in TABLE.items() if rule.test is not None)
def test_what_no_file_shows_has_a_test(code: str) -> None:
    """The test is there, and the file that it stands in speaks of the rule, or of all rules."""
    named = TABLE[code].test
    assert named is not None
    path, _, function = named.partition("::")
    source = (rule_cases.ROOT / path).read_text("utf-8")
    assert function in {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    folder = (rule_cases.ROOT / path).parent
    assert any(f'"{code}"' in file.read_text("utf-8") for file in folder.glob("*.py"))


@pytest.mark.parametrize("channel", Channel)
@for_each(cases("fires"), name=label)
def test_it_fires(pair: tuple[RuleCases, Case], channel: Channel) -> None:
    rule, case = pair
    assert rule.code in codes(rule, case, channel)


@pytest.mark.parametrize("channel", Channel)
@for_each(cases("near"), name=label)
def test_what_is_near_does_not_fire(pair: tuple[RuleCases, Case], channel: Channel) -> None:
    rule, case = pair
    seen = channel is Channel.POP_IMAP and (rule.code, case.sample) in SEEN_OVER_POP_IMAP
    assert (rule.code in codes(rule, case, channel)) == seen


@for_each([*cases("fires"), *cases("near")], name=label)
def test_samples_are_there(pair: tuple[RuleCases, Case]) -> None:
    _, case = pair
    assert case.sample is None or sample(case.sample).is_file()
