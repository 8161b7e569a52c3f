"""What is wrong with an output or a saved scan, said in one sentence for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pecdetect.contract import file_name

if TYPE_CHECKING:
    import os


class FileProblem(ValueError):  # noqa: N818 - the base of errors
    """Something is wrong with one file."""

    def __init__(self, path: str | os.PathLike[str], detail: str) -> None:
        super().__init__(f"{file_name(str(path))}: {detail}")
        self.path = str(path)
        """The file."""
        self.detail = detail
        """What is wrong with it; text from the file is not in it."""

    def __reduce__(self) -> tuple[type[FileProblem], tuple[str, str]]:
        return type(self), (self.path, self.detail)


class OutputError(FileProblem):
    """An output that cannot be opened: nothing was read, nothing was changed."""


class UnknownFormatError(OutputError):
    """No output has this extension."""


class ForeignFileError(OutputError):
    """A file stands there that no earlier scan of ours wrote."""


class MissingExtraError(OutputError):
    """A package is needed that is not installed."""


class SavedError(FileProblem):
    """A saved scan that cannot be read: damaged, or none at all."""
