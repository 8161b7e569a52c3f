"""What is wrong with an input, an output or a saved scan, said in one sentence for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.contract import file_name, problem

if TYPE_CHECKING:
    import os

    from pecdetect.contract import Problem
    from pecdetect.sentences import FactValue


class FileProblem(ValueError):  # noqa: N818 - the base of errors
    """Something is wrong with one file."""

    def __init__(self, path: str | os.PathLike[str], detail: str) -> None:
        super().__init__(f"{file_name(str(path))}: {detail}")
        self.path = str(path)
        """The file."""
        self.detail = detail
        """What is wrong with it; text from the file may be in it, not escaped."""

    def __reduce__(self) -> tuple[type[FileProblem], tuple[str, str]]:
        return type(self), (self.path, self.detail)


class OutputError(FileProblem):
    """An output that cannot be opened: nothing was read, nothing was changed."""


class UnknownFormatError(OutputError):
    """No output has this extension."""


class ForeignFileError(OutputError):
    """There is a file that no earlier scan of ours wrote."""


class MissingExtraError(OutputError):
    """A package is needed that is not installed."""


class SavedError(FileProblem):
    """A saved scan that cannot be read: damaged, or none at all."""


class SourceError(OSError):
    """A message, or a file that holds messages, cannot be read or not completely. Survives pickling."""

    def __init__(self, code: str, detail: str, **facts: FactValue) -> None:
        super().__init__(code, detail)
        self.problem: Problem = problem(code, detail, **facts)
        """What a result says about it."""

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with the facts, which the arguments of an exception do not hold."""
        return _source_error, (self.problem,)


def _source_error(problem: Problem) -> SourceError:
    return SourceError(problem.code, problem.detail, **problem.facts)
