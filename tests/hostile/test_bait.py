"""Good mail that talks of protected mail is not taken for it."""

from __future__ import annotations

from collections import Counter

import pecdetect
from hostile.catalogue.bait import EXCEPTIONS, FORMS, OUTCOMES, baits
from support.each import for_each

BAITS = baits()


def outcome(name: str) -> str:
    return pecdetect.classify(BAITS[name]).outcome.value


def test_there_is_enough_bait() -> None:
    assert len(BAITS) >= 70
    assert {name.partition("-")[0] for name in BAITS} >= {form.partition("-")[0] for form in FORMS} | {"file"}
    assert set(OUTCOMES) | set(EXCEPTIONS) <= set(BAITS)


@for_each(BAITS)
def test_bait_is_not_blocked_and_keeps_its_outcome(name: str) -> None:
    found = outcome(name)
    assert found != "blocked"
    if name in EXCEPTIONS:
        assert found != OUTCOMES.get(name, "syncs"), "this is no exception any more"
    else:
        assert found == OUTCOMES.get(name, "syncs")


def test_nearly_all_bait_keeps_its_outcome() -> None:
    kept = Counter(outcome(name) == OUTCOMES.get(name, "syncs") for name in BAITS)
    assert kept[True] >= 0.95 * len(BAITS), kept
