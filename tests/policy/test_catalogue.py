"""The catalogue as data: complete, consistent, and true in its words."""

from __future__ import annotations

import re
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING

import pytest

from pecdetect._version import RULE_SET
from pecdetect.policy import summary
from pecdetect.policy.references import REFERENCES, Reference
from pecdetect.policy.remedies import REMEDIES, Remedy
from pecdetect.policy.rule import ASSUMED, BLOCKS, EVERY
from pecdetect.policy.rules import CATALOGUE, RULES
from pecdetect.profile import PROFILE_FIELDS, Channel, Profile
from pecdetect.sentences import WORDS, Sentence, say_in_general

from .factory import findings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.policy.rule import Row, Rule

KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

CODES = [
    "pec-transport-envelope",
    "pec-receipt",
    "pec-anomaly-envelope",
    "pec-relayed",
    "pec-unsigned-copy",
    "pec-forwarded",
    "pec-inconsistent",
    "smime-encrypted",
    "smime-opaque-signed",
    "smime-clear-signed",
    "smime-attachments-hidden",
    "smime-compressed",
    "smime-certs-only",
    "smime-undetermined",
    "smime-nested-encrypted",
    "smime-nested",
    "signed-document-attachment",
    "smime-class-mismatch",
    "smime-over-attachment-limit",
    "pgp-signed",
    "pgp-encrypted",
    "irm-protected",
    "secure-message-wrapper",
    "registered-mail-other",
    "sensitivity-label",
    "item-class-report",
    "item-class-meeting",
    "item-class-auto-reply",
    "item-class-other",
    "not-an-email-item",
    "not-a-message",
    "not-one-message",
    "journal-report",
    "not-a-received-copy",
    "unsent-draft",
    "sender-invalid",
    "recipient-invalid",
    "address-not-in-file",
    "no-visible-recipient",
    "recipient-not-known",
    "message-id-missing",
    "duplicate-message-id",
    "message-too-large",
    "attachment-too-large",
    "attachment-blocked-extension",
    "safe-attachments-placeholder",
    "forward-mailbox-not-attached",
    "invalid-xml-characters",
    "subject-too-long",
    "field-over-column-length",
    "body-very-large",
    "charset-unknown",
    "tnef",
    "limit-reached",
    "ambiguous-structure",
    "unopened-content",
    "internal-error",
    "headers-synthesised",
    "container-mismatch",
    "truncated-file",
]
"""Codes are never reused and never renamed: this list only grows."""


def sentences(row: Row) -> Iterator[Sentence]:
    parts = (row.detail,) if isinstance(row.detail, str) else row.detail
    yield from (Sentence(part) if isinstance(part, str) else part for part in parts)


def details(row: Row) -> Iterator[str]:
    for sentence in sentences(row):
        yield from filter(None, (sentence.text, sentence.one, sentence.general))


def texts(rule: Rule) -> Iterator[str]:
    """Everything that a rule says about mail, but its title and its example."""
    yield from filter(None, (rule.summary, rule.detects, rule.why, rule.false_positives))
    for row in rule.rows:
        yield from details(row)


def test_codes_are_those_of_the_contract() -> None:
    assert [rule.code for rule in CATALOGUE] == CODES
    assert list(RULES) == CODES
    assert re.fullmatch(r"\d{4}-\d{2}", RULE_SET)


@pytest.mark.parametrize("rule", CATALOGUE, ids=attrgetter("code"))
class TestEveryRule:
    def test_is_well_named(self, rule: Rule) -> None:
        assert KEBAB.fullmatch(rule.code)
        assert rule.title[0].isupper() or rule.title.startswith("winmail")
        assert len(rule.title) < 50
        assert rule.since == "0.1.0"

    def test_has_its_texts(self, rule: Rule) -> None:
        for text in texts(rule):
            assert text
            assert text == text.strip()
            assert "  " not in text
            assert text.endswith("."), "whole sentences only"
        assert rule.example

    def test_has_a_sentence_for_the_summary_if_it_ever_decides(self, rule: Rule) -> None:
        assert bool(rule.summary) is any(row.effect != "informs" for row in rule.rows)
        assert ". " not in rule.summary

    def test_names_its_rows(self, rule: Rule) -> None:
        variants = [row.variant for row in rule.rows]
        assert all(map(KEBAB.fullmatch, variants))
        assert len(set(variants)) == len(variants)

    def test_speaks_for_every_channel(self, rule: Rule) -> None:
        for channel in Channel:
            rows = [row for row in rule.rows if channel in row.channels]
            assert rows, channel
            assert [row.when is None for row in rows] == [False] * (len(rows) - 1) + [True], channel

    def test_never_assumes_a_block(self, rule: Rule) -> None:
        assert all((row.effect, row.basis) != (BLOCKS, ASSUMED) for row in rule.rows)

    def test_names_what_exists(self, rule: Rule) -> None:
        for row in rule.rows:
            assert set(row.references) <= set(REFERENCES)
            assert len(set(row.references)) == len(row.references)
            assert set(row.assumes) <= PROFILE_FIELDS
            assert row.basis is ASSUMED or row.references, "a source for what is documented or derived"
        assert all(REMEDIES[ident].helps for ident in rule.remedies)
        assert not any(REMEDIES[ident].helps for ident in rule.dead_ends)
        if any(row.effect in ("blocks", "degrades") for row in rule.rows):
            assert rule.remedies, "what blocks or degrades has a remedy"

    def test_can_be_explained_without_a_message(self, rule: Rule) -> None:
        for row in rule.rows:
            text = say_in_general(row.detail)
            assert text.endswith(".")
            assert not set("{}()") & set(re.sub(r"\((?!\))[^()]{3,}\)", "", text)), text
            assert "  " not in text

    def test_needs_something_that_the_findings_have(self, rule: Rule) -> None:
        attrgetter(rule.needs)(findings())

    def test_finds_nothing_in_an_ordinary_message_even_when_searched(self, rule: Rule) -> None:
        assert rule.find(findings(), Profile()) is None


def test_a_derived_effect_names_two_sources_or_says_the_chain() -> None:
    for rule in CATALOGUE:
        for row in rule.rows:
            if row.basis == "derived" and row.effect == "blocks":
                assert len(row.references) >= 2, rule.code
                assert "follows" in say_in_general(row.detail), rule.code


def test_no_text_says_that_a_pec_is_encrypted() -> None:
    """A PEC is signed in clear. Encryption is mentioned only to deny it, or of the original inside."""
    for rule in CATALOGUE:
        if rule.code.startswith("pec-"):
            for text in texts(rule):
                for sentence in re.split(r"(?<=[.;])\s", text):
                    if "encrypt" in sentence and "postacert.eml is itself encrypted" not in sentence:
                        assert "not encrypted" in sentence, sentence
    forward = REMEDIES["forward"]
    assert "decrypt" not in forward.steps + forward.loses


def test_every_pec_reason_says_what_the_signature_covers() -> None:
    for rule in CATALOGUE:
        if rule.code.startswith("pec-"):
            assert all("not the outer header fields" in say_in_general(row.detail) for row in rule.rows), rule.code


def test_the_remedy_of_a_pec_is_true() -> None:
    forward = REMEDIES["forward"]
    for words in ("inline", "ordinary mailbox", "not a PEC", "Archive the original", "switch signing"):
        assert words.lower() in forward.steps.lower() + forward.title.lower()
    for words in ("Keep the original file: only it contains the signature", "becomes the sender"):
        assert words in forward.loses
    for words in ("redirect", "resend", "new PEC", "signs by default", "forward as attachment"):
        assert words in forward.is_not
    assert RULES["pec-anomaly-envelope"].remedies[0] == "write-to-ordinary-address"


@pytest.mark.parametrize("remedy", REMEDIES.values(), ids=attrgetter("ident"))
def test_every_remedy_is_complete(remedy: Remedy) -> None:
    assert KEBAB.fullmatch(remedy.ident)
    assert set(remedy.references) <= set(REFERENCES)
    for text in (remedy.steps, remedy.loses, remedy.is_not):
        assert text.endswith(".")
        assert "  " not in text
    assert remedy.is_not.startswith("Not ")
    used = {ident for rule in CATALOGUE for ident in (*rule.remedies, *rule.dead_ends)} | {"decrypt-original"}
    assert remedy.ident in used


@pytest.mark.parametrize("reference", REFERENCES.values(), ids=attrgetter("ident"))
def test_every_source_can_be_found(reference: Reference) -> None:
    assert re.fullmatch(r"[A-Za-z0-9]+(-[a-z0-9]+)*", reference.ident)
    assert re.fullmatch(r"https://[^\s]+", reference.where)
    assert reference.date is None or re.fullmatch(r"\d{4}(-\d{2}){0,2}", reference.date)
    assert re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", reference.read)
    assert all(getattr(reference, field.name) != "" for field in fields(reference))
    cited = {ident for rule in CATALOGUE for row in rule.rows for ident in row.references}
    cited |= {ident for remedy in REMEDIES.values() for ident in remedy.references}
    assert reference.ident in cited | {"email-router-retirement"}, "that one stands behind the summary"


def test_idents_are_unique_and_match() -> None:
    assert all(ident == remedy.ident for ident, remedy in REMEDIES.items())
    assert all(ident == reference.ident for ident, reference in REFERENCES.items())


FORBIDDEN = re.compile(
    r"\b(stands?|octets?|told|nobody|whoever|bears?|unnamed|forge\w*|fake\w*|tamper\w*|manipulat\w*|"
    r"legal\w*|lawful\w*|proof|proves?|guarantee\w*|without loss|lossless|attachment\(s\))\b",
    re.IGNORECASE,
)
"""Words that accuse, promise, or that a reader has to read twice."""


def test_no_text_accuses_promises_or_puzzles() -> None:
    said = [text for rule in CATALOGUE for text in (rule.title, rule.example, *texts(rule))]
    said += [row.condition for rule in CATALOGUE for row in rule.rows]
    said += [text for r in REMEDIES.values() for text in (r.title, r.steps, r.loses, r.is_not)]
    said += [*WORDS.values(), *map(str, vars(summary).values())]
    # "legitimate mail" is no promise.
    assert {text: found[0] for text in said if (found := FORBIDDEN.search(text))} == {}


def test_channels_add_up() -> None:
    assert tuple(Channel) == EVERY
