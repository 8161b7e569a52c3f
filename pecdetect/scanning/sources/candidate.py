"""What may be a message, and where its bytes are: values that travel to a worker process, which loads them there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pecdetect import contract
from pecdetect.scanning.errors import SourceError
from pecdetect.scanning.sources.reading import open_regular, read_device, read_fully, read_span

if TYPE_CHECKING:
    from pecdetect.contract import Problem, Result
    from pecdetect.limits import Limits
    from pecdetect.scanning.sources.unpacking import Packing
    from pecdetect.sentences import FactValue

NO_MESSAGE = ("not-a-message", "This file holds no e-mail.")
"""Code and detail for what turns out to be no message."""


class Place(Protocol):
    """Where the bytes of one candidate are."""

    def load(self, limits: Limits) -> bytes | str:
        """Bytes, at most one more than ``limits.message_bytes``, or the path of a file that holds nothing else."""
        ...

    @property
    def carried(self) -> int:
        """Bytes that travel with the candidate."""
        ...


class _Elsewhere:
    """A place that carries no bytes."""

    __slots__ = ()

    @property
    def carried(self) -> int:
        """Bytes that travel with the candidate."""
        return 0


class Whole(NamedTuple):
    """A regular file that is one message. There may be very many: made and sent as a tuple."""

    path: str
    content: bytes | None = None
    """All of a small file, read when it was looked at so that it is opened once; None: read where it is judged."""
    mtime_ns: int = 0
    """Its time of change before ``bytes`` were read."""

    @property
    def carried(self) -> int:
        """Bytes that travel with the candidate."""
        return 0 if self.content is None else len(self.content)

    def load(self, limits: Limits) -> bytes | str:
        """Give the bytes, or the path: the reader of the file bounds it."""
        return self.path if self.content is None else self.content[: limits.message_bytes + 1]


@dataclass(frozen=True, slots=True)
class Device(_Elsewhere):
    """A pipe or a device, which can be read once."""

    path: str

    def load(self, limits: Limits) -> bytes:
        """Give its bytes; one more than allowed where it does not end. Raises ``OSError``."""
        return read_device(self.path, limits.message_bytes + 1)


@dataclass(frozen=True, slots=True)
class Span(_Elsewhere):
    """A stretch of a file: a message of an mbox, a member of a tar."""

    path: str
    start: int
    end: int

    def load(self, limits: Limits) -> bytes:
        """Give its bytes. Raises ``OSError``, also where the file has become shorter."""
        wanted = min(self.end - self.start, limits.message_bytes + 1)
        content = read_span(self.path, self.start, self.start + wanted)
        if len(content) < wanted:
            missing = wanted - len(content)
            detail = f"The file ends {missing:,} bytes before the message does."
            raise SourceError("unreadable", detail, cause="cut-short", missing=missing)
        return content


@dataclass(frozen=True, slots=True)
class Packed(_Elsewhere):
    """A gzip, bzip2 or xz file that holds one message."""

    path: str
    packing: Packing

    def load(self, limits: Limits) -> bytes:
        """Unpack it, to one byte more than allowed at most. Raises ``OSError``."""
        from pecdetect.scanning.sources.unpacking import unpacked

        with open_regular(self.path) as stream:
            return read_fully(unpacked(stream, self.packing, None), limits.message_bytes + 1)


@dataclass(frozen=True, slots=True)
class InMemory:
    """Bytes that cannot be read again: from the standard input, or out of what can only be read in order."""

    content: bytes

    def load(self, limits: Limits) -> bytes:
        """Give them."""
        return self.content[: limits.message_bytes + 1]

    @property
    def carried(self) -> int:
        """Bytes that travel with the candidate."""
        return len(self.content)


class Candidate(NamedTuple):
    """A message, or what may be one. Small and picklable."""

    source: str
    """What it is called: a path as named or found, ``-``, or a path and the place in it (``box.mbox#4711``,
    ``export.zip!/inbox/7.eml``, ``mail.pst!/Inbox/2097188``)."""
    named: bool
    """Named by the user: judged whatever it is. False: met in a folder or archive, skipped when it is no message."""
    file: str | None
    """The file on disk that it comes from; None for the standard input."""
    place: Place
    """Where its bytes are."""

    def load(self, limits: Limits) -> bytes | str:
        """Give its bytes, or the path of the file that it is: what :func:`pecdetect.classify` accepts.

        Bytes are at most one more than ``limits.message_bytes``: enough to see that there are too many. To be
        called once, in the process that judges. Opens read-only. Raises ``OSError`` for what cannot be read, which
        :func:`failure` turns into a result.
        """
        return self.place.load(limits)

    @property
    def carried(self) -> int:
        """Bytes that travel with it (0: it is read where it is judged)."""
        return self.place.carried


def failure(source: str, error: Exception) -> Result:
    """Make the result for something that cannot be read."""
    return contract.failed(source, _problem(error))


def _problem(error: Exception) -> Problem:
    if isinstance(error, SourceError):
        return error.problem
    if isinstance(error, FileNotFoundError):
        return contract.problem("not-found", "There is no such file or folder.")
    if isinstance(error, PermissionError):
        return contract.problem("permission-denied", "The system denies permission to read it.")
    said = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
    return contract.problem("unreadable", f"The system cannot read it: {said}.", cause="system", said=said)


def skipped(source: str, code: str, detail: str, **facts: FactValue) -> Result:
    """Make the result for something that is left out."""
    return contract.skipped(source, contract.problem(code, detail, **facts))
