"""The one count: it adds up, is bounded, and counts a rule under what it did."""

from __future__ import annotations

import pytest

from pecdetect.columns import Columns, columns_of
from pecdetect.contract import Outcome
from pecdetect.report.summary import EXAMPLES, LARGEST, MOST_KEYS, OTHERS, Group, Summary, month
from support.contracts import failed, result, skipped


def test_what_is_counted_is_bounded_and_adds_up() -> None:
    summary = Summary()
    for n in range(MOST_KEYS + 50):
        columns = Columns(
            outcome=Outcome.BLOCKED,
            decided_by=(f"code-{n}",),
            codes=(f"code-{n}", f"noted-{n}"),
            sender_domain=f"{n}.example.org",
            provider_domain=f"{n}.example.it",
            pec_type="other",
            size=n % 7,
        )
        summary.add(f"{n}", columns)
        summary.add(f"{n}", Columns(error=f"error-{n}", detail="x"))
    for groups in (summary.senders, summary.providers, summary.reasons):
        assert len(groups.items()) == MOST_KEYS + 1
        assert dict(groups.items())[OTHERS].of(Outcome.BLOCKED) == 50
        assert sum(group.total for _, group in groups.items()) == MOST_KEYS + 50
    assert (len(summary.noted), summary.noted[OTHERS]) == (MOST_KEYS + 1, 50)
    assert (len(summary.errors), summary.errors[OTHERS].items) == (MOST_KEYS + 1, 50)
    assert [size for size, _ in summary.largest] == [6] * LARGEST
    assert (summary.items, summary.messages, summary.unread) == (2 * MOST_KEYS + 100, MOST_KEYS + 50, MOST_KEYS + 50)


def test_what_has_no_verdict_is_counted_by_reason_and_named_in_part() -> None:
    summary = Summary()
    for n in range(EXAMPLES + 5):
        summary.add(f"{n}.png", columns_of(skipped(f"{n}.png")))
    summary.add("locked.eml", columns_of(failed()))
    assert (summary.items, summary.messages, summary.no_messages, summary.unread) == (EXAMPLES + 6, 0, EXAMPLES + 5, 1)
    assert summary.skipped["not-a-message"].items == EXAMPLES + 5
    assert [number for number, _, _ in summary.skipped["not-a-message"].examples] == list(range(EXAMPLES))
    assert summary.errors["permission-denied"].examples == [(EXAMPLES + 5, "locked.eml", "permission denied")]


def test_a_rule_counts_under_what_it_did() -> None:
    summary = Summary()
    for outcome, decided, codes in (
        (Outcome.BLOCKED, ("a",), ("a", "b")),
        (Outcome.BLOCKED, ("a", "b"), ("a", "b", "c")),
        (Outcome.UNDETERMINED, ("b",), ("b", "c")),
        (Outcome.SYNCS, (), ("c",)),
    ):
        summary.add("x", Columns(outcome=outcome, decided_by=decided, codes=codes))
    assert summary.reasons.deciding(Outcome.BLOCKED) == [("a", 2), ("b", 1)]
    assert summary.reasons.deciding(Outcome.UNDETERMINED) == [("b", 1)]
    assert summary.reasons.deciding(Outcome.SYNCS) == []
    assert summary.noted == {"b": 1, "c": 3}


def test_those_that_get_through_least_come_first_and_none_has_no_name() -> None:
    summary = Summary()
    for domain, outcome in (
        ("z", Outcome.BLOCKED),
        ("a", Outcome.UNDETERMINED),
        ("b", Outcome.DEGRADED),
        (None, Outcome.SYNCS),
        ("c", Outcome.SYNCS),
        ("y", Outcome.BLOCKED),
        ("z", Outcome.BLOCKED),
    ):
        summary.add("x", Columns(outcome=outcome, sender_domain=domain))
    assert [name for name, _ in summary.senders.ranked()] == ["z", "y", "a", "b", "", "c"]
    assert not summary.providers.items()


def test_a_pec_that_names_no_provider_is_counted_among_the_providers() -> None:
    summary = Summary()
    summary.add("x", Columns(outcome=Outcome.BLOCKED, pec_type="other"))
    assert dict(summary.providers.items()) == {"": Group([1, 0, 0, 0])}


@pytest.mark.parametrize(
    ("date", "key"),
    [
        ("2026-03-31T23:59:59-11:00", "2026-03"),
        ("0999-01-02", "0999-01"),
        (None, ""),
        ("soon", ""),
        ("2026-13-01T00:00:00Z", ""),
    ],
)
def test_months(date: str | None, key: str) -> None:
    assert month(date) == key
    summary = Summary()
    summary.add("x", columns_of(result("x", date=date)))
    assert dict(summary.months.items()) == {key: Group([0, 0, 0, 1])}
