"""What the checks of a PEC say: every sentence is said of some sample, and none lacks a fact."""

from __future__ import annotations

import re

import pytest

from pecdetect.detect.pec.checks import _CHECKS as DETECTED
from pecdetect.policy.check_texts import _CHECKS, check_detail
from pecdetect.sentences import Sentence
from support.found import findings_of
from support.samples import all_samples

UNSAID = {
    'X-Riferimento-Message-ID is "{outer}", the msgid of daticert.xml is "{stated}".',
    'X-Riferimento-Message-ID is "{outer}" in the envelope and "{inner}" in the original.',
    "There is no readable daticert.xml.",
    "daticert.xml states no destinatari.",
    "These destinatari are not in To or Cc: {absent}.",
    "These fields are repeated: {repeated}.",
    "The signature does not cover the parts {siblings}.",
    "The times are 1 minute apart.",
    'The consegna "{delivered_to}" is not among the destinatari.',
    "multipart/signed has more than two parts.",
}
"""Sentences that no sample shows; the tests below say each of them."""


def sentences() -> set[str]:
    found = set()
    for detail in _CHECKS.values():
        for part in (detail,) if isinstance(detail, str) else detail:
            found |= {part} if isinstance(part, str) else {part.text, part.one} - {""}
    return found


def pattern(sentence: str) -> re.Pattern[str]:
    """What a sentence looks like with its facts."""
    return re.compile(".*?".join(map(re.escape, re.split(r"\{\w+\}", sentence))))


def test_every_check_has_its_words() -> None:
    assert list(_CHECKS) == [ident for ident, _ in DETECTED]
    assert all(isinstance(part, Sentence) for detail in _CHECKS.values() for part in detail)


def test_every_check_of_every_sample_says_something_and_every_sentence_is_said() -> None:
    said = []
    for path in all_samples():
        pec = findings_of(path).pec
        for check in pec.checks if pec is not None else ():
            said.append(check_detail(check.id, check.result, check.facts))
            assert said[-1], f"{path.name}: {check}"
            assert "{" not in said[-1]
    everything = "\n".join(dict.fromkeys(said))
    assert {sentence for sentence in sentences() if not pattern(sentence).search(everything)} <= UNSAID
    assert sentences() >= UNSAID


@pytest.mark.parametrize(
    ("ident", "result", "facts", "wanted"),
    [
        ("A9", "not-applicable", {"missing": "daticert"}, "There is no readable daticert.xml."),
        (
            "A11",
            "warn",
            {"outer": "1", "stated": "2", "stated_agrees": False, "inner": "3", "inner_agrees": False},
            (
                'X-Riferimento-Message-ID is "1", the msgid of daticert.xml is "2". '
                'X-Riferimento-Message-ID is "1" in the envelope and "3" in the original.'
            ),
        ),
        ("A14", "not-applicable", {"missing": "recipients"}, "daticert.xml states no destinatari."),
        (
            "A14",
            "warn",
            {"absent": ("a@example.org", "b@example.org"), "absent_count": 12},
            'These destinatari are not in To or Cc: "a@example.org", "b@example.org" and 10 more.',
        ),
        (
            "A14",
            "warn",
            {"delivered_to": "x@example.org", "delivered_to_agrees": False},
            'The consegna "x@example.org" is not among the destinatari.',
        ),
        ("A15", "pass", {"minutes": 1, "date": "2026-03-02"}, "The times are 1 minute apart. Date states 2026-03-02."),
        ("A18", "warn", {"more_parts": True}, "multipart/signed has more than two parts."),
        (
            "A18",
            "warn",
            {"siblings": ("2", "3"), "siblings_count": 2},
            'The signature does not cover the parts "2", "3".',
        ),
        (
            "A19",
            "fail",
            {"repeated": ("from", "date"), "repeated_count": 2},
            'These fields are repeated: "from", "date".',
        ),
    ],
)
def test_what_no_sample_shows(ident: str, result: str, facts: dict[str, object], wanted: str) -> None:
    assert check_detail(ident, result, facts) == wanted  # type: ignore[arg-type]
