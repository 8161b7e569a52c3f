"""A question that is asked of many samples: all are asked, all failures are named, none gets lost."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from support.each import for_each


def test_every_subject_is_asked_and_every_failure_is_named() -> None:
    asked = []

    @for_each([1, 2, 3, 4])
    def is_odd(number: int) -> None:
        asked.append(number)
        assert number % 2, "even"

    with pytest.raises(AssertionError, match=r"2 of 4:\n2: AssertionError: even[^4]*4: AssertionError: even") as caught:
        is_odd()
    assert asked == [1, 2, 3, 4]
    assert caught.value.__cause__ is not None


def test_what_is_raised_is_a_failure_too() -> None:
    @for_each([Path("x/a.eml")])
    def fails(_path: Path) -> None:
        raise KeyError("b")

    with pytest.raises(AssertionError, match=r"1 of 1:\na\.eml: KeyError: 'b'"):
        fails()


def test_names_are_given_where_subjects_have_none() -> None:
    @for_each([(1, 2)], name=lambda pair: f"{pair[0]} and {pair[1]}")
    def fails(_pair: tuple[int, int]) -> None:
        raise AssertionError

    with pytest.raises(AssertionError, match="1 and 2: AssertionError"):
        fails()


@for_each(["a", "b"])
def test_fixtures_are_those_of_the_test(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(name, "utf-8")
    assert "a" in {path.name for path in tmp_path.iterdir()}


def test_fixtures_are_all_that_is_asked_for() -> None:
    assert list(inspect.signature(test_fixtures_are_those_of_the_test).parameters) == ["tmp_path"]


def test_nothing_to_ask_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match="nothing to ask"):
        for_each([])
