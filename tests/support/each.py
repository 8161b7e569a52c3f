"""One test for one question, however many samples it is asked of: a few hundred tests instead of ten thousand."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def for_each(subjects: Iterable[Any], *, name: Callable[[Any], str] | None = None) -> Callable[[Any], Any]:
    """Run a test function for each subject, its first argument, and fail once with every subject that failed.

    The other arguments are fixtures, the same for all subjects.
    """
    asked = list(subjects)
    assert asked, "there is nothing to ask"

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        def run(**fixtures: Any) -> None:
            failures = []
            for subject in asked:
                try:
                    function(subject, **fixtures)
                except Exception as error:  # noqa: BLE001 - raised below, with those of the other subjects
                    failures.append((name(subject) if name else label(subject), error))
            if failures:
                shown = "\n".join(f"{subject}: {type(error).__name__}: {error}" for subject, error in failures)
                raise AssertionError(f"{len(failures)} of {len(asked)}:\n{shown}") from failures[0][1]

        signature = inspect.signature(function)
        _, *others = signature.parameters.values()
        run.__name__, run.__doc__, run.__module__ = function.__name__, function.__doc__, function.__module__
        run.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
        return run

    return decorate


def label(subject: object) -> str:
    """How a subject is called in a failure: a file or a sample by its name."""
    return str(getattr(subject, "name", subject))
